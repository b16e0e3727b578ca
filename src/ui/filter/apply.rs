//! Other rows are asked for: by chips, by a filter, by going to the next match.

use crate::session::filter::Filter;
use crate::session::view::Scope;
use crate::ui::App;
use crate::ui::table::Scroll;

impl App {
    pub(in crate::ui) fn set_scope(&mut self, scope: Scope) {
        if self.state.view.set_scope(scope) {
            self.show_selected();
        }
    }

    /// Other rows are shown: the chosen one stays in view.
    fn show_selected(&mut self) {
        self.state.scroll = Scroll::default();
        if let (Some(session), Some(index)) = (&self.session, self.state.selected) {
            self.state.view.update(session.shown(), &session.source, &self.beside.wake());
            self.state.scroll.row = self.state.view.position(index).saturating_sub(8);
        }
    }

    /// Puts a filter in force; where it was already and only finds, goes on.
    pub(in crate::ui) fn filter(&mut self, text: &str) {
        let Ok(filter) = Filter::parse(text) else { return };
        let form = &mut self.state.filter;
        form.note_recent(text);
        let (some, finds) = (!filter.is_all(), form.finds);
        if self.state.view.set_filter(Some(filter), finds) {
            self.show_selected();
        } else if some && finds {
            self.next_match(true);
        }
    }

    pub(in crate::ui) fn next_match(&mut self, forward: bool) {
        let Some(found) = self.state.view.found() else { return };
        if let Some(index) = found.next(self.state.selected, forward) {
            self.reveal(index);
        }
    }

    pub(in crate::ui) fn reveal(&mut self, index: u64) {
        self.state.selected = Some(index);
        self.state.follow = false;
        self.state.reveal = Some(index);
        self.state.ladder.reveal = true;
    }
}
