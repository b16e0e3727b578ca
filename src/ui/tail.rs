//! In place of the table, what to do while there are no rows.

use super::theme;
use crate::engine::status::Status;
use crate::text::Lang;
use egui::{RichText, Ui};

/// While a replay stands before the first row.
pub fn nothing_yet_ui(ui: &mut Ui, lang: Lang) {
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() / 2.0 - 16.0).max(8.0));
        super::widgets::dim(ui, lang.words().present_nothing);
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
