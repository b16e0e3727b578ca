//! The right-hand pane: one row of the log in full, kept until it changes.

use super::command::Command;
use super::frame_detail::{DetailState, FrameDetail, Save, frame_detail_ui};
use super::session::Session;
use super::state::{PathFor, State};
use super::verdict_card::{VerdictCard, verdict_card, verdict_card_ui};
use super::widgets;
use crate::session::export::payload::Payload;
use crate::text::Lang;
use egui::Ui;

/// The pane and what it remembers.
#[derive(Default)]
pub struct Detail {
    state: DetailState,
    built: Option<(Key, FrameDetail)>,
}

/// What a built detail depends on: the capture, the row, how many rows there
/// are (a message may have got its last fragment), the language, and whether the
/// verdict is shown.
#[derive(PartialEq)]
struct Key {
    path: std::path::PathBuf,
    index: u64,
    rows: u64,
    lang: Lang,
    verdict_hidden: bool,
}

impl Detail {
    /// Paints the chosen row, or the verdict so far of the chosen connection.
    pub fn paint(
        &mut self,
        ui: &mut Ui,
        session: Option<&Session>,
        state: &State,
        commands: &mut Vec<Command>,
    ) {
        let (lang, words) = (state.lang, state.lang.words());
        let Some(session) = session else { return };
        let log = session.shown().read();
        let Some(index) = state.selected.filter(|index| *index < log.len()) else {
            self.built = None;
            widgets::dim(ui, words.select_a_row);
            let scope = state.view.scope().connection;
            let only = || (log.connections().len() == 1).then_some(1);
            if let Some(connection) = scope.or_else(only).and_then(|n| log.connection(n)) {
                ui.add_space(8.0);
                let hidden = state.verdict_hidden;
                let card = VerdictCard { hidden, ..verdict_card(connection, lang) };
                egui::ScrollArea::vertical()
                    .auto_shrink(false)
                    .show(ui, |ui| verdict_card_ui(ui, &card, lang));
            }
            return;
        };
        let (path, rows, verdict_hidden) = (session.path.clone(), log.len(), state.verdict_hidden);
        let mut key = Key { path, index, rows, lang, verdict_hidden };
        if self.built.as_ref().is_none_or(|(built, _)| *built != key) {
            let mut previews = session.previews.borrow_mut();
            let mut detail = FrameDetail::of((&log, &session.source), &mut previews, index, lang);
            if let Some(detail) = detail.as_mut().filter(|_| verdict_hidden) {
                detail.hide_verdict();
            }
            if previews.has_put_off() {
                key.rows = u64::MAX; // built anew at the next painting
            }
            self.built = detail.map(|detail| (key, detail));
        }
        let number = log.row(index).map_or(0, |row| row.number);
        drop(log);
        if let Some((_, detail)) = &self.built {
            self.state.highlight = state.view.highlight().clone();
            frame_detail_ui(ui, detail, &mut self.state, lang);
            let connection = session.shown().read().row(index).map(|row| row.connection);
            if let (Some(userinfo), Some(connection)) = (self.state.go_on.take(), connection) {
                commands.push(Command::GoOn(connection, userinfo));
            }
        }
        if let Some(row) = self.state.jump_to.take() {
            commands.push(Command::Reveal(row));
        }
        let payload = match self.state.save.take() {
            None => return,
            Some(Save::Payload) => Payload::Frame(number),
            Some(Save::Message) => Payload::Message(number),
        };
        commands.push(Command::AskPath(PathFor::Payload(payload)));
    }
}
