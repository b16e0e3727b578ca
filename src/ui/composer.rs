//! What is to be sent: text, octets, Ping, Pong, fragments.

use super::command::Command;
use super::frame_editor::frame_editor_ui;
use super::shortcuts::pressed;
use super::state::{Compose, Composer, OctetForm, PathFor, State, Target};
use super::widgets;
use crate::protocol::action::{parse_hex, parse_sequence};
use crate::protocol::deflate::Parameters;
use crate::protocol::{Action, Opcode, Role};
use crate::session::log::Log;
use crate::text::actions::action_error;
use crate::text::keys::Does;
use crate::text::system::io_error;
use crate::text::{Lang, sentences};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use egui::{ComboBox, TextEdit, Ui};

/// Octets as they are typed in this form.
///
/// # Errors
/// What is wrong with them, as a sentence.
pub fn typed_octets(form: OctetForm, typed: &str, lang: Lang) -> Result<Vec<u8>, String> {
    let words = lang.words();
    match form {
        OctetForm::Hex => parse_hex(typed).map_err(|_| format!("{}: {}", words.hex, words.bad_hex)),
        OctetForm::Base64 => {
            let compact: String = typed.split_whitespace().collect();
            STANDARD.decode(compact).map_err(|e| format!("{}: {e}", words.bad_base64))
        }
        OctetForm::File => std::fs::read(typed.trim())
            .map_err(|error| format!("{}: {}", typed.trim(), io_error(lang, &error))),
    }
}

impl Composer {
    /// What is to be done.
    ///
    /// # Errors
    /// What is wrong with what is typed, as a sentence.
    pub fn actions(&self, lang: Lang) -> Result<Vec<Action>, String> {
        let text = || self.text.as_bytes().to_vec();
        let octets = || typed_octets(self.form, &self.octets, lang);
        let action = match self.tab {
            Compose::Text => Action::Frame(Opcode::TEXT, text()),
            Compose::Binary => Action::Frame(Opcode::BINARY, octets()?),
            Compose::Ping => Action::Frame(Opcode::PING, text()),
            Compose::Pong => Action::Frame(Opcode::PONG, text()),
            Compose::Raw => Action::Raw(octets()?),
            Compose::Frame => Action::Custom(self.frame.frame(lang)?),
            Compose::Sequence => {
                return parse_sequence(&self.sequence).map_err(|error| action_error(lang, &error));
            }
            Compose::Fragments => {
                let size = self.size.trim().parse().ok().filter(|size| *size > 0);
                let size = size.ok_or_else(|| format!("{}: 1 …", lang.words().fragment_size))?;
                Action::Fragments { opcode: Opcode::TEXT, payload: text(), size }
            }
        };
        Ok(vec![action])
    }
}

/// What the form of octets, where they go and the button need in one line.
const ONE_LINE: f32 = 560.0;

/// The composer.
pub fn composer_ui(ui: &mut Ui, state: &mut State, log: &Log, commands: &mut Vec<Command>) {
    let lang = state.lang;
    let words = lang.words();
    let tabs = [
        (Compose::Text, words.text),
        (Compose::Binary, words.binary),
        (Compose::Ping, "Ping"),
        (Compose::Pong, "Pong"),
        (Compose::Fragments, words.fragments),
        (Compose::Raw, words.raw),
        (Compose::Frame, words.frame_tab),
        (Compose::Sequence, words.sequence),
    ];
    if widgets::segmented_wrapped(ui, &mut state.composer.tab, &tabs) {
        state.composer_error = None;
    }
    ui.add_space(4.0);
    let octets = matches!(state.composer.tab, Compose::Binary | Compose::Raw);
    let (role, agreed) = target_ends(state, log);
    let composer = &mut state.composer;
    match composer.tab {
        Compose::Frame => {
            let to = (role, agreed.as_ref());
            frame_editor_ui(ui, &mut composer.frame, &mut composer.linked, to, lang);
        }
        Compose::Sequence => {
            field_ui(ui, &mut composer.sequence, &mut state.composer_error, lang);
            sequences_ui(ui, composer, lang);
        }
        _ => {
            let field = if octets { &mut composer.octets } else { &mut composer.text };
            field_ui(ui, field, &mut state.composer_error, lang);
        }
    }
    let tab = state.composer.tab;
    let shortcut = ui.input_mut(|input| pressed(input, Does::Send));
    ui.add_space(4.0);
    let narrow = ui.available_width() < ONE_LINE;
    if octets && narrow {
        ui.horizontal(|ui| form_ui(ui, state, commands));
    }
    ui.horizontal(|ui| {
        if octets && !narrow {
            form_ui(ui, state, commands);
        }
        if state.composer.tab == Compose::Fragments {
            let label = widgets::dim(ui, words.fragment_size);
            let size = TextEdit::singleline(&mut state.composer.size).desired_width(56.0);
            ui.add(size).labelled_by(label.id);
        }
        target_ui(ui, state, log, commands);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let ready = has_target(state, log);
            let label = format!("{} Ctrl+↵", words.send);
            let clicked = widgets::primary(ui, ready, &label).clicked();
            if ready && (clicked || shortcut) {
                state.composer_error = None;
                match state.composer.actions(lang) {
                    Ok(actions) => commands.push(Command::Perform(actions)),
                    Err(error) => state.composer_error = Some(error),
                }
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                if let Some(error) = &state.composer_error {
                    widgets::wrong_in_line(ui, error);
                } else if !octets && !matches!(tab, Compose::Frame | Compose::Sequence) {
                    let len = state.composer.text.len() as u64;
                    widgets::dim(ui, format!("· {}", sentences::octets(lang, len)));
                }
            });
        });
    });
}

/// In which form octets are typed.
fn form_ui(ui: &mut Ui, state: &mut State, commands: &mut Vec<Command>) {
    let words = state.lang.words();
    let forms = [
        (OctetForm::Hex, words.hex),
        (OctetForm::Base64, words.base64),
        (OctetForm::File, words.file),
    ];
    widgets::segmented(ui, &mut state.composer.form, &forms);
    if state.composer.form == OctetForm::File && ui.button(words.choose_file).clicked() {
        commands.push(Command::AskPath(PathFor::Send));
    }
}

/// The field that several tabs share; long texts scroll within it.
fn field_ui(ui: &mut Ui, text: &mut String, error: &mut Option<String>, lang: Lang) {
    let edit = TextEdit::multiline(text)
        .id_salt("composer")
        .font(egui::TextStyle::Monospace)
        .desired_rows(2)
        .desired_width(f32::INFINITY);
    let edit = egui::ScrollArea::vertical()
        .id_salt("composer scroll")
        .max_height(44.0)
        .show(ui, |ui| ui.add(edit))
        .inner;
    edit.widget_info(|| {
        let label = lang.words().send_what;
        egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, label)
    });
    if edit.changed() {
        *error = None;
    }
}

/// Sequences that are kept under a name.
fn sequences_ui(ui: &mut Ui, composer: &mut Composer, lang: Lang) {
    let words = lang.words();
    ui.horizontal(|ui| {
        ui.menu_button(format!("{} ▾", words.presets), |ui| {
            for (name, sequence) in &composer.sequences {
                if ui.button(name).on_hover_text(sequence).clicked() {
                    composer.sequence_name = name.clone();
                    composer.sequence = sequence.clone();
                    ui.close();
                }
            }
        });
        let label = widgets::dim(ui, words.sequence_name);
        let edit = TextEdit::singleline(&mut composer.sequence_name).desired_width(140.0);
        ui.add(edit).labelled_by(label.id);
        let name = composer.sequence_name.trim().to_owned();
        let known = composer.sequences.iter().position(|(n, _)| *n == name);
        if ui.add_enabled(!name.is_empty(), egui::Button::new(words.keep)).clicked() {
            match known {
                Some(at) => composer.sequences[at].1 = composer.sequence.clone(),
                None => composer.sequences.push((name, composer.sequence.clone())),
            }
        }
        if let Some(at) = known
            && ui.button(words.forget).clicked()
        {
            composer.sequences.remove(at);
        }
    });
}

/// The connection that a target means.
#[must_use]
pub fn resolve(state: &State, log: &Log) -> Option<Target> {
    let open = |number: &u32| log.connection(*number).is_some_and(|c| !c.over && c.role.is_some());
    match state.target {
        Target::One(number) if open(&number) => Some(Target::One(number)),
        Target::All => {
            log.connections().iter().any(|c| !c.over && c.role.is_some()).then_some(Target::All)
        }
        _ => {
            let scoped = state.view.scope().connection.filter(|n| open(n));
            let newest = || {
                log.connections()
                    .iter()
                    .rev()
                    .find(|c| !c.over && c.role.is_some())
                    .map(|c| c.number)
            };
            scoped.or_else(newest).map(Target::One)
        }
    }
}

/// Our role in the connection that a target means, and what was agreed there of
/// permessage-deflate.
fn target_ends(state: &State, log: &Log) -> (Role, Option<Parameters>) {
    let target = match resolve(state, log) {
        Some(Target::One(number)) => log.connection(number),
        _ => None,
    };
    let role = target.and_then(|connection| connection.role);
    (role.unwrap_or(state.role), target.and_then(|connection| connection.deflate))
}

/// Whether there is anybody to send to.
#[must_use]
pub fn has_target(state: &State, log: &Log) -> bool {
    resolve(state, log).is_some()
}

fn target_ui(ui: &mut Ui, state: &State, log: &Log, commands: &mut Vec<Command>) {
    let words = state.lang.words();
    let Some(target) = resolve(state, log) else {
        widgets::dim(ui, words.nobody_open);
        return;
    };
    let open: Vec<u32> = log.connections().iter().filter(|c| !c.over).map(|c| c.number).collect();
    let name = |target: Target| match target {
        Target::One(number) => format!("{} {number}", words.connection_n),
        _ => format!("{} ({})", words.all_open, open.len()),
    };
    let label = widgets::dim(ui, words.to);
    let combo = ComboBox::from_id_salt("target").selected_text(name(target)).width(132.0);
    let response = combo.show_ui(ui, |ui| {
        // A class of a hundred is chosen by "all", or in the list.
        let choices = open.iter().rev().take(30).map(|n| Target::One(*n));
        for choice in choices.chain([Target::All]) {
            if ui.selectable_label(choice == target, name(choice)).clicked() {
                commands.push(Command::Aim(choice));
            }
        }
    });
    response.response.labelled_by(label.id);
}
