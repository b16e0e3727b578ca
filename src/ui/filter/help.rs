//! The help of the filter language, made from the table of fields.

use super::form::FilterForm;
use crate::session::filter::field::{FIELDS, Type};
use crate::text::{Lang, filter as words_of};
use crate::ui::{theme, widgets};
use egui::{Grid, RichText, ScrollArea, Ui, Window};

/// Paints the help where it is open; an example that is clicked is taken over.
pub fn help_ui(ui: &Ui, form: &mut FilterForm, lang: Lang) {
    let mut open = form.help;
    let words = lang.words();
    let palette = theme::palette(ui);
    let window = Window::new(words.filter_help)
        .open(&mut open)
        .default_size([640.0, 560.0])
        .default_pos([320.0, 120.0])
        .collapsible(false);
    window.show(ui.ctx(), |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            for rule in words_of::rules(lang) {
                ui.label(rule);
            }
            ui.add_space(8.0);
            widgets::caption(ui, words.filter_examples);
            Grid::new("examples").num_columns(2).show(ui, |ui| {
                for (filter, meaning) in words_of::examples(lang) {
                    if ui.button(RichText::new(filter).font(theme::mono())).clicked() {
                        form.set(filter);
                        form.focus = true;
                    }
                    widgets::dim(ui, meaning);
                    ui.end_row();
                }
            });
            ui.add_space(8.0);
            widgets::caption(ui, words.filter_fields);
            Grid::new("fields").num_columns(3).striped(true).show(ui, |ui| {
                for entry in FIELDS {
                    let name = RichText::new(entry.name).font(theme::mono());
                    ui.label(name.color(palette.accent)).on_hover_text(entry.wireshark.join("\n"));
                    widgets::dim(ui, words_of::kind(lang, entry.kind));
                    let mut meaning = words_of::meaning(lang, entry.field).to_owned();
                    let values = entry.field.words();
                    if entry.kind != Type::Flag && (1..=6).contains(&values.len()) {
                        let values: Vec<_> = values.into_iter().map(|(word, _)| word).collect();
                        meaning += &format!(": {}", values.join(", "));
                    }
                    ui.vertical(|ui| {
                        ui.label(meaning);
                        for name in entry.wireshark {
                            let name = RichText::new(*name).font(theme::mono());
                            ui.label(name.color(palette.dim));
                        }
                    });
                    ui.end_row();
                }
            });
        });
    });
    form.help = open && form.help;
}
