//! What the filter's field remembers: what is typed, what is wrong with it, what
//! may be typed next, and the filters that are kept.

use crate::session::filter::complete::{Completion, complete};
use crate::session::filter::{Error, Filter};

/// Filters that are offered again.
const RECENT: usize = 12;
/// Entries of the list of what may be typed next.
pub const OFFERED: usize = 10;

/// The filter's field.
#[derive(Debug, Default)]
pub struct FilterForm {
    /// As typed.
    pub text: String,
    /// It only finds, and hides no row.
    pub finds: bool,
    /// What is wrong with what is typed.
    pub error: Option<Error>,
    /// That it is wrong was asked for: by Enter.
    pub told: bool,
    /// What may be typed next; empty where nothing is offered.
    pub completion: Completion,
    /// Which of it is chosen.
    pub chosen: Option<usize>,
    /// The field is to have the keyboard.
    pub focus: bool,
    /// The help is open.
    pub help: bool,
    /// The name under which it is to be kept.
    pub name: String,
    /// Filters that are kept, by name.
    pub kept: Vec<(String, String)>,
    /// Filters that were in force, the newest first.
    pub recent: Vec<String>,
}

impl FilterForm {
    /// The text is another, and the caret stands at this octet.
    pub fn typed(&mut self, caret: usize) {
        self.error = Filter::parse(&self.text).err();
        self.told = false;
        self.offer(caret);
        // Where nothing is typed of a name yet, a list would be in the way.
        let value = self.text[..caret.min(self.text.len())].trim_end().ends_with(['=', '{', ',']);
        if self.completion.at.is_empty() && !value {
            self.completion = Completion::default();
        }
    }

    /// Offers what may stand at the caret.
    pub fn offer(&mut self, caret: usize) {
        self.completion = complete(&self.text, caret);
        self.completion.items.truncate(OFFERED);
        self.chosen = None;
        // A name that is complete needs no list.
        let typed = &self.text[self.completion.at.clone()];
        if let [only] = self.completion.items[..]
            && only.text() == typed
        {
            self.completion = Completion::default();
        }
    }

    /// Nothing is offered.
    pub fn close(&mut self) {
        self.completion = Completion::default();
        self.chosen = None;
    }

    /// Whether something is offered.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.completion.items.is_empty()
    }

    /// Moves the choice, around the ends.
    pub fn choose_next(&mut self, forward: bool) {
        let Some(last) = self.completion.items.len().checked_sub(1) else { return };
        self.chosen = Some(match (self.chosen, forward) {
            (None, true) => 0,
            (None, false) => last,
            (Some(at), true) => {
                if at == last {
                    0
                } else {
                    at + 1
                }
            }
            (Some(at), false) => at.checked_sub(1).unwrap_or(last),
        });
    }

    /// Puts in what is offered at `index`; says where the caret goes, in octets.
    pub fn accept(&mut self, index: usize) -> Option<usize> {
        let text = self.completion.items.get(index)?.text();
        let at = self.completion.at.clone();
        let blank = if self.text[at.end..].starts_with([' ', ')']) { "" } else { " " };
        self.text.replace_range(at.clone(), &format!("{text}{blank}"));
        let caret = at.start + text.len() + blank.len();
        self.close();
        self.error = Filter::parse(&self.text).err();
        self.told = false;
        Some(caret)
    }

    /// Another text altogether.
    pub fn set(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        self.error = Filter::parse(text).err();
        self.told = self.error.is_some();
        self.close();
    }

    /// A filter came into force.
    pub fn note_recent(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.recent.retain(|known| known != text);
        self.recent.insert(0, text.to_owned());
        self.recent.truncate(RECENT);
    }

    /// Keeps what is typed under its name.
    pub fn keep(&mut self) {
        let name = self.name.trim().to_owned();
        if name.is_empty() || self.error.is_some() || self.text.trim().is_empty() {
            return;
        }
        self.kept.retain(|(known, _)| *known != name);
        self.kept.push((name, self.text.trim().to_owned()));
        self.name.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_completed_in_place() {
        let mut form = FilterForm { text: "fin && opc == 8".into(), ..FilterForm::default() };
        form.typed(10);
        assert!(form.is_open() && form.error.is_some());
        form.choose_next(true);
        assert_eq!(form.accept(form.chosen.unwrap()), Some(13));
        assert_eq!(form.text, "fin && opcode == 8");
        assert!(form.error.is_none() && !form.is_open());
    }

    #[test]
    fn the_choice_goes_around() {
        let mut form = FilterForm { text: "from == ".into(), ..FilterForm::default() };
        form.typed(8);
        assert_eq!(form.completion.items.len(), 2);
        for (forward, chosen) in [(false, 1), (true, 0), (true, 1), (true, 0), (false, 1)] {
            form.choose_next(forward);
            assert_eq!(form.chosen, Some(chosen));
        }
    }

    #[test]
    fn filters_are_kept_and_remembered_once() {
        let mut form = FilterForm::default();
        for text in ["ping", "pong", " ping "] {
            form.note_recent(text);
        }
        assert_eq!(form.recent, ["ping", "pong"]);
        form.set("len >");
        form.name = "long".into();
        form.keep();
        assert!(form.kept.is_empty(), "it is no filter");
        for text in ["len > 5", "len > 6"] {
            form.set(text);
            form.name = "long".into();
            form.keep();
        }
        assert_eq!(form.kept, [("long".to_owned(), "len > 6".to_owned())]);
    }
}
