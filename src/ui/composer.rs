//! What is to be sent: text, octets, Ping, Pong, fragments.

use super::command::Command;
use super::state::{Compose, Composer, OctetForm, PathFor, State, Target};
use super::widgets;
use crate::protocol::action::parse_hex;
use crate::protocol::{Action, Opcode};
use crate::session::log::Log;
use crate::text::{Lang, sentences};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use egui::{ComboBox, Key, Modifiers, TextEdit, Ui};

impl Composer {
    /// The octets that are typed.
    ///
    /// # Errors
    /// What is wrong with them, as a sentence.
    pub fn octets(&self, lang: Lang) -> Result<Vec<u8>, String> {
        let words = lang.words();
        match self.form {
            OctetForm::Hex => {
                parse_hex(&self.octets).map_err(|_| format!("{}: {}", words.hex, words.bad_hex))
            }
            OctetForm::Base64 => {
                let compact: String = self.octets.split_whitespace().collect();
                STANDARD.decode(compact).map_err(|e| format!("{}: {e}", words.bad_base64))
            }
            OctetForm::File => std::fs::read(self.octets.trim())
                .map_err(|error| format!("{}: {error}", self.octets.trim())),
        }
    }

    /// What is to be done.
    ///
    /// # Errors
    /// What is wrong with what is typed, as a sentence.
    pub fn action(&self, lang: Lang) -> Result<Action, String> {
        let text = || self.text.as_bytes().to_vec();
        Ok(match self.tab {
            Compose::Text => Action::Frame(Opcode::TEXT, text()),
            Compose::Binary => Action::Frame(Opcode::BINARY, self.octets(lang)?),
            Compose::Ping => Action::Frame(Opcode::PING, text()),
            Compose::Pong => Action::Frame(Opcode::PONG, text()),
            Compose::Raw => Action::Raw(self.octets(lang)?),
            Compose::Fragments => {
                let size = self.size.trim().parse().ok().filter(|size| *size > 0);
                let size = size.ok_or_else(|| format!("{}: 1 …", lang.words().fragment_size))?;
                Action::Fragments { opcode: Opcode::TEXT, payload: text(), size }
            }
        })
    }
}

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
    ];
    if widgets::segmented(ui, &mut state.composer.tab, &tabs) {
        state.composer_error = None;
    }
    ui.add_space(4.0);
    let octets = matches!(state.composer.tab, Compose::Binary | Compose::Raw);
    let field = if octets { &mut state.composer.octets } else { &mut state.composer.text };
    let edit = TextEdit::multiline(field)
        .id_salt("composer")
        .font(egui::TextStyle::Monospace)
        .desired_rows(2)
        .desired_width(f32::INFINITY);
    // Long texts scroll within the field.
    let edit = egui::ScrollArea::vertical()
        .id_salt("composer scroll")
        .max_height(44.0)
        .show(ui, |ui| ui.add(edit))
        .inner;
    edit.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, words.send_what)
    });
    if edit.changed() {
        state.composer_error = None;
    }
    let shortcut = ui.input_mut(|i| i.consume_key(Modifiers::COMMAND, Key::Enter));
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        if octets {
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
                match state.composer.action(lang) {
                    Ok(action) => commands.push(Command::Perform(vec![action])),
                    Err(error) => state.composer_error = Some(error),
                }
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                if let Some(error) = &state.composer_error {
                    widgets::wrong_in_line(ui, error);
                } else if !octets {
                    let len = state.composer.text.len() as u64;
                    widgets::dim(ui, format!("· {}", sentences::octets(lang, len)));
                }
            });
        });
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
