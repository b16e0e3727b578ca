//! What a page of ours in a browser reported of the ending, beside what was predicted.

use super::theme::{self, palette};
use crate::session::Connection;
use crate::session::client_model::CloseEvent;
use crate::session::page::{Comparison, Field, Page, compare};
use crate::text::{Lang, page};
use egui::{Color32, Grid, Label, RichText, Ui};

/// What is shown of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// The name that the page gave, and its browser.
    pub who: String,
    /// The CloseEvent; `None` while the page has not reported.
    pub event: Option<CloseEvent>,
    /// Beside the prediction, once it has.
    pub comparison: Option<Comparison>,
}

impl Seen {
    /// Of this connection; `None` where no page of ours is at its other end.
    #[must_use]
    pub fn of(connection: &Connection, lang: Lang) -> Option<Seen> {
        let page = connection.page.as_ref();
        let event = connection.observed.as_ref().map(|seen| seen.event.clone());
        if page.is_none() && event.is_none() {
            return None;
        }
        let who = page.map(|page| who(page, lang)).unwrap_or_default();
        Some(Seen { who, event, comparison: compare(connection) })
    }
}

/// `Li Lei · Chromium 156`: the name first, as in a list of people.
#[must_use]
pub fn who(page: &Page, lang: Lang) -> String {
    let unnamed = Page { name: String::new(), ..page.clone() };
    let browser = page::summary(lang, &unnamed);
    if page.name.is_empty() { browser } else { format!("{} · {browser}", page.name) }
}

/// The value of a field as JavaScript writes it.
fn value(event: &CloseEvent, field: Field, lang: Lang) -> String {
    let words = lang.words();
    match field {
        Field::Code => event.code.0.to_string(),
        Field::Reason => format!("\"{}\"", event.reason),
        Field::WasClean => event.was_clean.to_string(),
        Field::Error => if event.error { words.error_came } else { words.error_none }.to_owned(),
    }
}

/// A line for each field: as predicted, as observed, and whether these are the same; of
/// a browser that nobody predicts what was observed alone.
pub fn seen_ui(ui: &mut Ui, seen: &Seen, predicted: Option<&CloseEvent>, lang: Lang) {
    let words = lang.words();
    let colours = palette(ui);
    ui.label(RichText::new(&seen.who).font(theme::bold()));
    let (Some(event), Some(comparison)) = (&seen.event, &seen.comparison) else {
        ui.label(RichText::new(words.page_is_silent).font(theme::small()).color(colours.dim));
        return;
    };
    let predicted = predicted.filter(|_| *comparison != Comparison::NotPredicted);
    let dim = |text: &str| RichText::new(text).font(theme::small()).color(colours.dim);
    let room = (ui.available_width() - 96.0) / if predicted.is_some() { 2.0 } else { 1.0 };
    let cell = |ui: &mut Ui, text: String, color: Color32| {
        let text = RichText::new(text).font(theme::mono()).color(color);
        ui.scope(|ui| {
            ui.set_max_width(room);
            ui.add(Label::new(text).wrap());
        });
    };
    Grid::new("observed").num_columns(4).min_row_height(18.0).spacing([8.0, 4.0]).show(ui, |ui| {
        ui.label("");
        if predicted.is_some() {
            ui.label(dim(words.predicted));
        }
        ui.label(dim(words.observed));
        ui.end_row();
        for field in [Field::Code, Field::Reason, Field::WasClean, Field::Error] {
            let differs = matches!(comparison, Comparison::Differs(all) if all.contains(&field));
            let color = if differs { colours.close } else { colours.text };
            ui.label(RichText::new(page::field(field)).font(theme::mono()).color(colours.dim));
            if let Some(predicted) = predicted {
                cell(ui, value(predicted, field, lang), colours.text);
            }
            cell(ui, value(event, field, lang), color);
            if predicted.is_some() {
                let mark = RichText::new(if differs { "≠" } else { "=" });
                ui.label(mark.font(theme::bold()).color(if differs { color } else { colours.dim }));
            }
            ui.end_row();
        }
    });
    let (mark, color) = match comparison {
        Comparison::Agrees => ("= ", colours.open),
        Comparison::Differs(_) => ("≠ ", colours.close),
        Comparison::NotPredicted => ("", colours.dim),
    };
    let sentence = format!("{mark}{}", page::comparison(lang, comparison));
    ui.label(RichText::new(sentence).font(theme::bold()).color(color));
}
