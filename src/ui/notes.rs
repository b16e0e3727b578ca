//! Notes in the window: the editor below the detail pane, bookmarks, the session's
//! name, and the question before unsaved notes are lost.

use super::app::App;
use super::command::Command;
use super::session::Session;
use super::shortcuts::{hint, names, pressed};
use super::state::{PathFor, State};
use super::widgets::End;
use super::{theme, widgets};
use crate::engine::order::Order;
use crate::session::Log;
use crate::session::notes::{MAX_CHARS, Note, Subject};
use crate::text::keys::Does;
use crate::text::{Lang, Words};
use egui::{Context, Frame, Galley, Key, Margin, Panel, Sense, TextEdit, Ui};
use std::sync::Arc;

/// The editor of a note.
#[derive(Debug, Default)]
pub struct NoteForm {
    /// What is edited, and its text as typed.
    editing: Option<(Subject, String)>,
    /// The note of the row's connection is shown, not the row's.
    of_connection: bool,
    /// The editor is to get the focus.
    focus: bool,
    /// The session's name is to get it.
    focus_name: bool,
    /// The session's name as typed, while it is.
    name: Option<String>,
}

impl NoteForm {
    /// What was typed and is not written yet.
    fn unwritten(&self, log: &Log) -> Option<Command> {
        let (subject, text) = self.editing.as_ref()?;
        unwritten(log, *subject, text)
    }
}

fn unwritten(log: &Log, subject: Subject, text: &str) -> Option<Command> {
    let text = Note::new(subject, text, false).text;
    let other = log.notes().text(subject).unwrap_or_default() != text;
    other.then_some(Command::Note(subject, text))
}

/// What is done once nobody minds the unsaved notes any more.
#[derive(Debug, Clone)]
pub enum Leaving {
    /// This.
    Command(Box<Command>),
    /// The window closes.
    Close,
}

/// What to do with unsaved notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsavedNotes {
    /// Save them into the file that was opened.
    Save,
    /// Save a copy with them.
    SaveAs,
    /// Forget them.
    Discard,
    /// Stay.
    Cancel,
}

/// The keys of notes and bookmarks.
pub fn keys(ctx: &Context, state: &mut State, commands: &mut Vec<Command>) {
    let pressed = |does| ctx.input_mut(|input| pressed(input, does));
    if pressed(Does::NextBookmark) {
        commands.push(Command::GoToBookmark { forward: true });
    }
    if pressed(Does::PreviousBookmark) {
        commands.push(Command::GoToBookmark { forward: false });
    }
    if pressed(Does::Note) {
        (state.notes.focus, state.notes.of_connection) = (true, false);
    }
    if pressed(Does::Bookmark) {
        commands.push(Command::ToggleBookmark);
    }
    if pressed(Does::Save) {
        commands.push(Command::Save);
    }
}

/// The editor for the chosen row, or its connection.
pub fn note_ui(ui: &mut Ui, session: &Session, state: &mut State, commands: &mut Vec<Command>) {
    let words = state.lang.words();
    let log = session.log.read();
    let row = state.selected.and_then(|index| Some((index, log.row(index)?)));
    let connection = row.map(|(_, row)| row.connection).or(state.view.scope().connection);
    let connection = connection.filter(|number| log.connection(*number).is_some());
    let form = &mut state.notes;
    let subject = match (row, connection) {
        (Some((index, _)), None) => Some(Subject::Row(index)),
        (Some((index, _)), Some(_)) if !form.of_connection => Some(Subject::Row(index)),
        (_, number) => number.map(Subject::Connection),
    };
    if form.editing.as_ref().map(|(subject, _)| *subject) != subject {
        commands.extend(form.unwritten(&log));
        let text = |subject| log.notes().text(subject).unwrap_or_default().to_owned();
        form.editing = subject.map(|subject| (subject, text(subject)));
    }
    let Some((subject, mut text)) = form.editing.take() else { return };
    let frame = Frame::new().inner_margin(Margin { top: 8, ..Margin::ZERO });
    Panel::bottom("note").frame(frame).resizable(false).show(ui, |ui| {
        widgets::both_ends(ui, "note", |ui, end| match (end, row, connection) {
            (End::Left, Some(_), Some(number)) => {
                let one = format!("{} {number}", words.connection_n);
                let has = |subject| if log.notes().text(subject).is_some() { " ·" } else { "" };
                let one = format!("{one}{}", has(Subject::Connection(number)));
                let choices = [(false, words.note_of_row), (true, one.as_str())];
                widgets::segmented(ui, &mut form.of_connection, &choices);
            }
            (End::Left, None, Some(number)) => {
                widgets::dim(ui, format!("{} {number}", words.connection_n));
            }
            (End::Right, Some((index, _)), _) => bookmarks_ui(ui, &log, index, words, commands),
            _ => {}
        });
        ui.add_space(4.0);
        // An empty one leaves its room to what stands above.
        let rows = if text.is_empty() { 1 } else { 2 };
        let edit = TextEdit::multiline(&mut text)
            .id_salt("note")
            .hint_text(words.note_hint)
            .char_limit(MAX_CHARS)
            .desired_rows(rows)
            .desired_width(f32::INFINITY);
        let area = egui::ScrollArea::vertical().id_salt("note").max_height(120.0);
        let response = area.show(ui, |ui| ui.add(edit)).inner;
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, words.note)
        });
        if std::mem::take(&mut form.focus) {
            response.request_focus();
        }
        if !response.has_focus() && !response.lost_focus() {
            // Whatever wrote it last.
            log.notes().text(subject).unwrap_or_default().clone_into(&mut text);
        }
        if response.lost_focus() {
            commands.extend(unwritten(&log, subject, &text));
        }
    });
    form.editing = Some((subject, text));
}

/// The bookmark of a row, and the way to others, from right to left.
fn bookmarks_ui(ui: &mut Ui, log: &Log, index: u64, words: &Words, commands: &mut Vec<Command>) {
    ui.spacing_mut().item_spacing.x = 4.0;
    ui.spacing_mut().button_padding.x = 6.0;
    for (sign, name, forward) in
        [("↓", words.next_bookmark, true), ("↑", words.previous_bookmark, false)]
    {
        let any = log.notes().bookmarks().next().is_some();
        let button = egui::Button::new(sign).min_size(egui::vec2(24.0, 22.0));
        let button = ui.add_enabled(any, button).on_hover_text(name);
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, any, name));
        if button.clicked() {
            commands.push(Command::GoToBookmark { forward });
        }
    }
    if bookmark_button(ui, log.bookmarked(index), words.bookmark).clicked() {
        commands.push(Command::ToggleBookmark);
    }
}

/// The switch of a bookmark: its sign, full or empty.
fn bookmark_button(ui: &mut Ui, on: bool, name: &str) -> egui::Response {
    let button = egui::Button::new("").min_size(egui::vec2(26.0, 22.0)).selected(on);
    let response = ui.add(button).on_hover_text(hint(name, Does::Bookmark));
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, on, name));
    let palette = theme::palette(ui);
    let mark = egui::Rect::from_center_size(response.rect.center(), egui::vec2(8.0, 13.0));
    widgets::bookmark_mark(ui, mark, if on { palette.accent } else { palette.dim });
    response
}

/// The most that a session's name takes of a line.
const MAX_NAME: f32 = 280.0;

/// The session's name, or its file's, at the end of a line that wraps, or in the next
/// one; a click edits it.
pub fn name_ui(ui: &mut Ui, session: &Session, log: &Log, state: &mut State) -> Option<Command> {
    let words = state.lang.words();
    if let Some(name) = &mut state.notes.name {
        let edit = TextEdit::singleline(name).id_salt("session name").desired_width(160.0);
        let response = ui.add(edit.char_limit(200).hint_text(words.session_name));
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::TextInput, true, words.session_name)
        });
        if std::mem::take(&mut state.notes.focus_name) {
            response.request_focus();
        }
        if !response.lost_focus() {
            return None;
        }
        let name = state.notes.name.take().unwrap_or_default();
        let escaped = ui.input(|input| input.key_pressed(Key::Escape));
        return (!escaped).then_some(Command::Note(Subject::Session, name));
    }
    let palette = theme::palette(ui);
    let line = |ui: &Ui, text: &str, color, width| {
        widgets::one_line(ui, text, theme::small(), color, width)
    };
    let live = session.engine().is_some();
    let what = if live { words.live } else { words.viewing };
    let name = format!("{what} {}", session.title(log));
    let shown = line(ui, &name, palette.dim, MAX_NAME);
    let unsaved = session.unsaved_notes(log);
    let unsaved = unsaved.then(|| line(ui, words.notes_not_saved, palette.closing, MAX_NAME));
    let gap = ui.spacing().item_spacing.x;
    let width = shown.size().x + unsaved.as_ref().map_or(0.0, |galley| galley.size().x + gap);
    ui.add_space((ui.available_size_before_wrap().x - width - 1.0).max(0.0));
    let mut put = |galley: Arc<Galley>, text: &str, color, sense| {
        let (rect, response) = ui.allocate_exact_size(galley.size(), sense);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
        ui.painter().galley(rect.min, galley, color);
        response
    };
    if let Some(unsaved) = unsaved {
        put(unsaved, words.notes_not_saved, palette.closing, Sense::hover())
            .on_hover_text(names(Does::Save, cfg!(target_os = "macos")));
    }
    let hint = format!("{name}\n{}\n{}", session.path.display(), words.rename_session);
    if put(shown, &name, palette.dim, Sense::click()).on_hover_text(hint).clicked() {
        state.notes.name = Some(log.name().unwrap_or_default().to_owned());
        state.notes.focus_name = true;
    }
    None
}

/// The question what to do with unsaved notes.
pub fn question_ui(ctx: &Context, lang: Lang, commands: &mut Vec<Command>) {
    let words = lang.words();
    let modal = egui::Modal::new(egui::Id::unique("unsaved notes")).show(ctx, |ui| {
        ui.set_max_width(420.0);
        ui.label(egui::RichText::new(words.unsaved_notes).heading());
        ui.add_space(4.0);
        ui.label(words.unsaved_notes_question);
        ui.add_space(12.0);
        ui.horizontal(|ui| {
            let mut answer = |clicked: bool, answer| {
                if clicked {
                    commands.push(Command::UnsavedNotes(answer));
                }
            };
            answer(widgets::primary(ui, true, words.save).clicked(), UnsavedNotes::Save);
            answer(ui.button(words.save_as).clicked(), UnsavedNotes::SaveAs);
            answer(ui.button(words.discard_notes).clicked(), UnsavedNotes::Discard);
            answer(ui.button(words.cancel).clicked(), UnsavedNotes::Cancel);
        });
    });
    if modal.should_close() {
        commands.push(Command::UnsavedNotes(UnsavedNotes::Cancel));
    }
}

impl App {
    /// Writes the text of a note; a bookmark stays as it is.
    pub(super) fn write_text(&mut self, subject: Subject, text: &str) {
        let Some(session) = &self.session else { return };
        let bookmark = session.log.read().notes().bookmarked(subject);
        self.write_note(Note::new(subject, text, bookmark));
    }

    /// Writes a note: into the log, and into the capture while it is recorded.
    fn write_note(&mut self, note: Note) {
        let Some(session) = &mut self.session else { return };
        session.log.write().set_note(note.clone());
        if session.engine().is_some() && !session.order(Order::Note(note)) {
            session.unrecorded = true;
        }
    }

    /// Writes what was typed, even if the editor still has the focus.
    fn write_typed(&mut self) {
        let typed = self.session.as_ref().and_then(|s| self.state.notes.unwritten(&s.log.read()));
        if let Some(Command::Note(subject, text)) = typed {
            self.write_text(subject, &text);
        }
    }

    pub(super) fn toggle_bookmark(&mut self) {
        self.write_typed();
        let (Some(session), Some(index)) = (&self.session, self.state.selected) else { return };
        let log = session.log.read();
        let text = log.note(index).unwrap_or_default();
        let note = Note::new(Subject::Row(index), text, !log.bookmarked(index));
        drop(log);
        self.write_note(note);
    }

    /// Chooses the next bookmarked row that is shown, or the one before; around the end.
    pub(super) fn go_to_bookmark(&mut self, forward: bool) {
        let Some(session) = &self.session else { return };
        let view = &self.state.view;
        let here = self.state.selected;
        let found = {
            let log = session.log.read();
            let shown = |index: &u64| view.index(view.position(*index)) == Some(*index);
            let behind = |index: &u64| here.is_none_or(|here| *index > here);
            let before = |index: &u64| here.is_none_or(|here| *index < here);
            let rows: Vec<u64> = log.notes().bookmarks().filter(shown).collect();
            if forward {
                rows.iter().copied().find(behind).or(rows.first().copied())
            } else {
                rows.iter().copied().rfind(before).or(rows.last().copied())
            }
        };
        if let Some(index) = found {
            self.state.scroll.row = view.position(index).saturating_sub(8);
            self.state.ladder.reveal = true;
            self.apply(Command::Select(index));
        }
    }

    /// Saves unsaved notes into the file that was opened. What is no capture as it
    /// stands stays as it is: a copy is one.
    pub(super) fn save_notes(&mut self) {
        self.write_typed();
        let unsaved = self.session.as_mut().filter(|s| s.unsaved_notes(&s.log.read()));
        match unsaved {
            Some(session) if session.in_place => {
                session.save(session.path.clone(), false, &self.beside);
            }
            Some(_) => self.apply(Command::AskPath(PathFor::Save { masked: false })),
            None => {}
        }
    }

    /// Whether there are notes that would be lost with the session.
    pub(super) fn has_unsaved_notes(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.unsaved_notes(&session.log.read()))
    }

    /// Whether this has to wait for an answer about unsaved notes.
    fn leaves(&self, command: &Command) -> bool {
        let live = self.session.as_ref().is_some_and(|session| session.engine().is_some());
        match command {
            Command::NewSession | Command::Path(PathFor::Open, _) => true,
            Command::Teach(teach) => teach.leaves(),
            Command::Listen { .. } | Command::Connect | Command::TryPartner(_) => !live,
            _ => false,
        }
    }

    /// Holds a command back that would lose unsaved notes, and asks about them.
    pub(super) fn hold_back(&mut self, command: Command) -> Option<Command> {
        if matches!(command, Command::Path(PathFor::Save { .. }, _)) || self.leaves(&command) {
            self.write_typed();
        }
        if !self.leaves(&command) || !self.has_unsaved_notes() {
            return Some(command);
        }
        self.leaving = Some(Leaving::Command(Box::new(command)));
        self.asking = true;
        None
    }

    /// The window is to be closed: whether unsaved notes are in the way.
    pub(super) fn hold_close(&mut self) -> bool {
        self.write_typed();
        let unsaved = self.has_unsaved_notes();
        if unsaved {
            self.leaving = Some(Leaving::Close);
            self.asking = true;
        }
        unsaved
    }

    pub(super) fn answer_unsaved(&mut self, answer: UnsavedNotes) {
        self.asking = false;
        match answer {
            UnsavedNotes::Save => self.save_notes(),
            UnsavedNotes::SaveAs => {
                self.apply(Command::AskPath(PathFor::Save { masked: false }));
            }
            UnsavedNotes::Discard => {
                if let Some(session) = &mut self.session {
                    session.forget_notes();
                }
                self.leave();
            }
            UnsavedNotes::Cancel => self.leaving = None,
        }
    }

    /// Goes on with what was held back.
    pub(super) fn leave(&mut self) {
        match self.leaving.take() {
            Some(Leaving::Command(command)) => self.apply(*command),
            Some(Leaving::Close) => {
                self.context().send_viewport_cmd(egui::ViewportCommand::Close);
            }
            None => {}
        }
    }
}
