//! permessage-deflate of a role: off, or on with the four parameters, for
//! connections to come.

use super::widgets;
use crate::protocol::Role;
use crate::protocol::deflate::{ClientWindow, EXTENSION, Name, Parameters};
use crate::text::Lang;
use egui::{Ui, vec2};

/// What a client offers, or a server accepts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeflateForm {
    on: bool,
    parameters: Parameters,
}

impl Default for DeflateForm {
    fn default() -> DeflateForm {
        DeflateForm::of(Some(Parameters::BROWSER))
    }
}

impl DeflateForm {
    /// A form that shows this.
    #[must_use]
    pub fn of(deflate: Option<Parameters>) -> DeflateForm {
        let parameters = deflate.unwrap_or(Parameters::BROWSER);
        DeflateForm { on: deflate.is_some(), parameters }
    }

    /// What the form says; `None` for off.
    #[must_use]
    pub fn parameters(&self) -> Option<Parameters> {
        self.on.then_some(self.parameters)
    }
}

/// A window to choose; `true` when another was chosen.
fn window_ui<T: PartialEq + Copy>(
    ui: &mut Ui,
    name: Name,
    value: &mut T,
    choices: impl Iterator<Item = (T, String)>,
) -> bool {
    let before = *value;
    ui.label(name.word());
    // No list to drop down: it would close the menu that the form is in.
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (choice, text) in choices {
            let chosen = *value == choice;
            let button = egui::Button::selectable(chosen, &text);
            let response = ui.add(button.min_size(vec2(26.0, 22.0)));
            response.widget_info(|| {
                let label = format!("{} {text}", name.word());
                egui::WidgetInfo::selected(egui::Role::RadioButton, true, chosen, label)
            });
            if response.clicked() {
                *value = choice;
            }
        }
    });
    *value != before
}

/// The bits of a window, from the least on.
fn bits(least: u8) -> impl Iterator<Item = u8> {
    least..=15
}

/// The form of a role; `true` when something changed.
pub fn deflate_ui(ui: &mut Ui, form: &mut DeflateForm, role: Role, lang: Lang) -> bool {
    let words = lang.words();
    let client = role == Role::Client;
    ui.separator();
    widgets::caption(ui, EXTENSION);
    let on = if client { words.deflate_offer } else { words.deflate_accept };
    let mut changed = ui.checkbox(&mut form.on, on).changed();
    if form.on {
        let parameters = &mut form.parameters;
        for (value, name) in [
            (&mut parameters.server_no_context_takeover, Name::ServerNoContextTakeover),
            (&mut parameters.client_no_context_takeover, Name::ClientNoContextTakeover),
        ] {
            changed |= ui.checkbox(value, name.word()).changed();
        }
        // It is the server that cannot compress with 8 (`Decline::ServerWindow8`).
        let least = if client { 8 } else { 9 };
        let none = [(None, "—".to_owned())].into_iter();
        let choices = none.chain(bits(least).map(|bits| (Some(bits), bits.to_string())));
        let value = &mut parameters.server_max_window_bits;
        changed |= window_ui(ui, Name::ServerMaxWindowBits, value, choices);
        // A server that says nothing leaves it to the client.
        let absent = client.then(|| (ClientWindow::Absent, "—".to_owned()));
        let any = if client { words.deflate_any } else { "—" };
        let any = [(ClientWindow::Any, any.to_owned())];
        let some = bits(8).map(|bits| (ClientWindow::Bits(bits), bits.to_string()));
        let choices = absent.into_iter().chain(any).chain(some);
        let value = &mut parameters.client_max_window_bits;
        changed |= window_ui(ui, Name::ClientMaxWindowBits, value, choices);
    }
    widgets::dim(ui, words.deflate_to_come);
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_what_it_was_made_of() {
        let narrow = Parameters { server_max_window_bits: Some(9), ..Parameters::BROWSER };
        for deflate in [None, Some(Parameters::BROWSER), Some(narrow)] {
            assert_eq!(DeflateForm::of(deflate).parameters(), deflate);
        }
        let mut form = DeflateForm::of(None);
        form.on = true;
        assert_eq!(form.parameters(), Some(Parameters::BROWSER));
    }
}
