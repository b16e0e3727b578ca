//! In place of the table, what to do while there are no rows.

use super::command::Command;
use super::invitation::{WIDTH, invitation_ui};
use super::state::State;
use super::widgets;
use crate::engine::status::Status;
use egui::{Align, Layout, ScrollArea, Ui, vec2};

/// A sentence in the middle.
pub fn nothing_ui(ui: &mut Ui, sentence: &str) {
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() / 2.0 - 16.0).max(8.0));
        widgets::dim(ui, sentence);
    });
}

/// While there are no rows: how others come.
pub fn waiting_ui(ui: &mut Ui, state: &mut State, status: &Status, commands: &mut Vec<Command>) {
    if status.listening.is_none() {
        return;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.vertical_centered(|ui| {
            ui.add_space((ui.available_height() / 2.0 - 200.0).max(12.0));
            widgets::dim(ui, state.lang.words().waiting_for_clients);
            ui.add_space(8.0);
            let width = WIDTH.min(ui.available_width() - 24.0);
            ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
                invitation_ui(ui, state, status, commands);
            });
        });
    });
}
