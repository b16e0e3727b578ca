//! Messages to the user, and the path field where no dialog can be shown.

use super::command::Command;
use super::state::{PathFor, State, Weight};
use super::{theme, widgets};
use crate::session::export::is_taken;
use crate::text::opened;
use egui::{Key, ScrollArea, TextEdit, Ui};
use std::path::PathBuf;

/// The streams that can be opened by choice.
fn streams_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    if state.streams.is_empty() {
        return;
    }
    let height = ui.spacing().interact_size.y + ui.spacing().item_spacing.y;
    let area = ScrollArea::vertical().id_salt("streams").max_height(6.0 * height);
    area.show_rows(ui, height, state.streams.len(), |ui, shown| {
        for stream in &state.streams[shown] {
            ui.horizontal(|ui| {
                if ui.button(state.lang.words().open_as_websocket).clicked() {
                    commands.push(Command::OpenStream(stream.choice));
                }
                ui.label(opened::stream(state.lang, stream));
            });
        }
    });
}

/// The message and the path field, whichever there are.
pub fn message_ui(ui: &mut Ui, state: &mut State, commands: &mut Vec<Command>) {
    let words = state.lang.words();
    if let Some(message) = &state.message {
        ui.horizontal(|ui| {
            match message.weight {
                Weight::Info => drop(ui.label(&message.text)),
                Weight::Error => drop(widgets::wrong(ui, &message.text)),
            }
            if ui.small_button(words.dismiss).clicked() {
                commands.push(Command::Dismiss);
            }
        });
    }
    if let Some(writing) = &state.writing {
        ui.horizontal(|ui| {
            let bar = egui::ProgressBar::new(writing.share()).text(words.writing);
            ui.add(bar.desired_width(320.0));
            if ui.small_button(words.cancel).clicked() {
                commands.push(Command::CancelWriting);
            }
        });
    }
    streams_ui(ui, state, commands);
    let Some(field) = &mut state.path_field else { return };
    ui.horizontal(|ui| {
        let label = widgets::dim(ui, words.path);
        let edit = TextEdit::singleline(&mut field.text).id_salt("path").desired_width(420.0);
        let response = ui.add(edit.font(theme::mono())).labelled_by(label.id);
        if std::mem::take(&mut field.focus) {
            response.request_focus();
        }
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        let reads = matches!(field.purpose, PathFor::Open | PathFor::Send | PathFor::Tls(_));
        let path = typed_path(&field.text);
        let replaces = field.taken.as_ref() == Some(&field.text);
        let verb = if reads { words.open_it } else { words.save };
        let given = !path.as_os_str().is_empty();
        if (widgets::primary(ui, given, verb).clicked() || entered) && given {
            if reads || replaces || !is_taken(&path) {
                commands.push(Command::Path(field.purpose, path));
                commands.push(Command::ForgetPath);
            } else {
                (field.taken, field.focus) = (Some(field.text.clone()), true);
            }
        }
        let escaped = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Escape));
        if ui.button(words.cancel).clicked() || escaped {
            commands.push(Command::ForgetPath);
        }
        if replaces {
            widgets::wrong(ui, words.path_taken);
        } else {
            widgets::dim(ui, words.no_dialog);
        }
    });
}

/// The path that was typed; `~` is the home folder, as in a shell.
fn typed_path(text: &str) -> PathBuf {
    let path = PathBuf::from(text.trim());
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}
