//! The verdict on a connection as cards: what the page gets, what each end
//! holds, and the one fact that decided it.

use super::theme::{self, GRID, palette};
use crate::protocol::closing_handshake::Held;
use crate::protocol::{Role, StatusCode};
use crate::session::Connection;
use crate::session::client_model::CloseEvent;
use crate::session::verdict::{Explanation, Verdict};
use crate::text::{Lang, sentences};
use egui::text::LayoutJob;
use egui::{Color32, FontId, Frame, Margin, RichText, TextFormat, Ui};

/// Height of a line of octets or figures that wraps.
pub const LINE_HEIGHT: f32 = 16.0;

/// What the cards say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerdictCard {
    /// Nothing more will be observed.
    pub over: bool,
    /// The CloseEvent, once something was seen that ends the connection.
    pub close_event: Option<CloseEvent>,
    /// What each end holds, client first, once the same.
    pub held: Option<[Held; 2]>,
    /// The one fact that decided it.
    pub sentence: String,
}

/// The verdict on `connection`, so far or final.
#[must_use]
pub fn verdict_card(connection: &Connection, lang: Lang) -> VerdictCard {
    let verdict = Verdict::of(connection);
    let ending = connection.over || verdict.explanation != Explanation::Open;
    VerdictCard {
        over: connection.over,
        sentence: sentences::explanation(lang, &verdict.explanation),
        close_event: ending.then_some(verdict.close_event),
        held: ending.then_some(verdict.held),
    }
}

/// A caption above a section.
pub fn caption(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(theme::bold_small()).color(palette(ui).dim));
}

/// A rounded box with a caption.
pub fn card(ui: &mut Ui, title: &str, add: impl FnOnce(&mut Ui)) {
    let colours = palette(ui);
    Frame::new()
        .fill(colours.ground)
        .stroke(egui::Stroke::new(1.0, colours.stroke))
        .corner_radius(8.0)
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            caption(ui, title);
            add(ui);
        });
}

fn clean(ui: &Ui, was_clean: bool) -> Color32 {
    if was_clean { palette(ui).open } else { palette(ui).close }
}

/// Texts of different faces on one base line.
pub fn one_line<const N: usize>(ui: &mut Ui, texts: [(&str, FontId, Color32); N]) {
    let mut job = LayoutJob::default();
    for (i, (text, font, colour)) in texts.into_iter().enumerate() {
        if i > 0 {
            job.append(" ", GRID, TextFormat::simple(theme::small(), colour));
        }
        job.append(text, 0.0, TextFormat::simple(font, colour));
    }
    ui.label(job);
}

fn code_and_reason(ui: &mut Ui, code: StatusCode, reason: &str) {
    let name = code.name().map(|name| format!(" {name}")).unwrap_or_default();
    ui.label(RichText::new(format!("code {}{name}", code.0)).font(theme::mono()));
    if !reason.is_empty() {
        let reason = RichText::new(format!("reason \"{reason}\"")).font(theme::mono());
        ui.label(reason.line_height(Some(LINE_HEIGHT)));
    }
}

/// Paints the cards.
pub fn verdict_card_ui(ui: &mut Ui, card_value: &VerdictCard, lang: Lang) {
    let words = lang.words();
    if let Some(event) = &card_value.close_event {
        let title = if card_value.over { words.as_page_over } else { words.as_page };
        card(ui, title, |ui| close_event(ui, event, lang));
        ui.add_space(GRID);
    }
    if let Some(held) = &card_value.held {
        card(ui, words.each_end_holds, |ui| {
            for role in Role::BOTH {
                let held = &held[role.index()];
                let name = if role == Role::Client { words.client } else { words.server };
                let colours = palette(ui);
                let name_colour =
                    if role == Role::Client { colours.client } else { colours.server };
                let was_clean = format!("wasClean {}", held.was_clean);
                let colour = clean(ui, held.was_clean);
                let name = (name, theme::body(), name_colour);
                one_line(ui, [name, (&was_clean, theme::mono(), colour)]);
                code_and_reason(ui, held.code, &held.reason);
            }
        });
        ui.add_space(GRID);
    }
    let title = if card_value.over { words.verdict } else { words.so_far };
    card(ui, title, |ui| {
        ui.label(&card_value.sentence);
    });
}

fn close_event(ui: &mut Ui, event: &CloseEvent, lang: Lang) {
    let words = lang.words();
    if event.error {
        ui.label(RichText::new(words.error_event_first).color(palette(ui).close));
    }
    let was_clean = format!("wasClean {}", event.was_clean);
    let (text, colour) = (palette(ui).text, clean(ui, event.was_clean));
    let parts = [("CloseEvent", text), (was_clean.as_str(), colour)];
    one_line(ui, parts.map(|(text, colour)| (text, theme::mono(), colour)));
    code_and_reason(ui, event.code, &event.reason);
    ui.label(RichText::new(words.chromium).font(theme::small()).color(palette(ui).dim));
}
