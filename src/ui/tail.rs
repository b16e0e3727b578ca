//! Under the table: answers that wait for a hand; in its place, what to do while
//! there are no rows.

use super::command::Command;
use super::state::State;
use super::theme;
use crate::engine::status::Status;
use crate::protocol::Action;
use crate::protocol::connection::HeldAnswer;
use crate::session::log::Log;
use crate::text::Lang;
use egui::{Frame, Margin, Panel, RichText, Ui};

/// What is held, in words.
#[must_use]
pub fn held_words(held: &HeldAnswer, lang: Lang) -> &'static str {
    let words = lang.words();
    match held.action {
        Action::Fin | Action::FinAbrupt | Action::Rst => words.held_tcp,
        _ if held.to_close => words.held_close,
        _ => words.held_ping,
    }
}

/// A line for each connection that holds an answer, except one.
pub fn tail_ui(
    ui: &mut Ui,
    log: &Log,
    status: &Status,
    state: &State,
    except: Option<u32>,
    commands: &mut Vec<Command>,
) {
    let scope = state.view.scope().connection;
    let held: Vec<_> = status
        .held
        .iter()
        .filter(|(number, _)| scope.is_none_or(|s| s == **number))
        .filter(|(number, _)| except != Some(**number))
        .filter(|(number, _)| log.connection(**number).is_some_and(|c| !c.over))
        .take(6)
        .collect();
    if held.is_empty() {
        return;
    }
    let words = state.lang.words();
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(palette.raised).inner_margin(Margin::symmetric(12, 4));
    Panel::bottom("held").frame(frame).show(ui, |ui| {
        for (number, answers) in held {
            let Some(first) = answers.first() else { continue };
            ui.horizontal(|ui| {
                let (rect, _) =
                    ui.allocate_exact_size(egui::vec2(12.0, 20.0), egui::Sense::hover());
                super::connection_list::state_shape(
                    ui,
                    rect.center(),
                    crate::protocol::ReadyState::Closing,
                );
                let what = held_words(first, state.lang);
                let more =
                    if answers.len() > 1 { format!(" ({})", answers.len()) } else { String::new() };
                let text = format!("{} {number}: {what}{more}", words.connection_n);
                ui.label(RichText::new(text).color(palette.closing));
                if ui.button(words.let_through).clicked() {
                    commands.push(Command::Release(*number));
                }
            });
        }
    });
}

/// While there are no rows.
pub fn waiting_ui(ui: &mut Ui, status: &Status, lang: Lang) {
    let words = lang.words();
    let Some(address) = status.listening else { return };
    let palette = theme::palette(ui);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() / 2.0 - 80.0).max(8.0));
        ui.label(RichText::new(words.waiting_for_clients).color(palette.dim));
        ui.add_space(8.0);
        let code = format!(
            "const ws = new WebSocket('ws://{address}/');\n\
             ws.onopen = () => ws.send('hello');\n\
             ws.onmessage = e => console.log(e.data);\n\
             ws.onclose = e => console.log(e.code, e.reason, e.wasClean);"
        );
        let galley = ui.painter().layout_no_wrap(code.clone(), theme::mono(), palette.text);
        let (rect, response) =
            ui.allocate_exact_size(galley.size() + egui::vec2(24.0, 24.0), egui::Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &code));
        ui.painter().rect_filled(rect, 6.0, palette.ground);
        ui.painter().galley(rect.min + egui::vec2(12.0, 12.0), galley, palette.text);
        ui.add_space(8.0);
        if ui.button(words.copy).clicked() {
            ui.ctx().copy_text(code);
        }
    });
}
