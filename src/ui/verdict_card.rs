//! The verdict on a connection as cards: what the page gets, what each end
//! holds, and the one fact that decided it.

use super::observed::{Seen, seen_ui};
use super::theme::{self, GRID, palette};
use crate::protocol::closing_handshake::Held;
use crate::protocol::{ReadyState, Role, StatusCode};
use crate::session::Connection;
use crate::session::client_model::{CloseEvent, Report};
use crate::session::verdict::{Explanation, Step, Verdict, steps};
use crate::text::{self, Lang, advice, codes, sentences};
use egui::text::LayoutJob;
use egui::{Color32, FontId, Frame, Margin, RichText, TextFormat, Ui};

/// Height of a line of octets or figures that wraps.
pub const LINE_HEIGHT: f32 = 16.0;

/// What the cards say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerdictCard {
    /// A question is asked that this would answer: nothing of it is shown.
    pub hidden: bool,
    /// Nothing more will be observed.
    pub over: bool,
    /// The CloseEvent, once something was seen that ends the connection.
    pub close_event: Option<CloseEvent>,
    /// What a page of ours reported, once there is one and it may have.
    pub seen: Option<Seen>,
    /// What each end holds, client first, once the same.
    pub held: Option<[Held; 2]>,
    /// The one fact that decided it.
    pub sentence: String,
    /// What libraries report in the client's place, once the same.
    pub reports: Vec<(&'static str, Report)>,
    /// When each step was, counted from the step before, and what.
    pub steps: Vec<(String, String)>,
    /// How long the steps took together.
    pub total: Option<String>,
    /// How long the end whose states are shown was CLOSING, once it is CLOSED.
    pub closing: Option<String>,
    /// What to do about it.
    pub advice: Option<String>,
}

/// The verdict on `connection`, so far or final.
#[must_use]
pub fn verdict_card(connection: &Connection, lang: Lang) -> VerdictCard {
    let verdict = Verdict::of(connection);
    let line = |(i, step): (usize, &Step)| {
        let after = if i == 0 { String::new() } else { sentences::duration(step.after) };
        (after, text::steps::step(lang, step))
    };
    let connecting = verdict.explanation == Explanation::Open
        && connection.ready_state() == ReadyState::Connecting;
    let ending = !matches!(verdict.explanation, Explanation::Open | Explanation::Unended);
    VerdictCard {
        hidden: false,
        over: connection.over,
        sentence: match connecting {
            true => lang.words().not_open_yet.to_owned(),
            false => sentences::explanation(lang, &verdict.explanation),
        },
        reports: match ending {
            true => vec![("npm ws", verdict.node_ws), ("python websockets", verdict.python)],
            false => Vec::new(),
        },
        steps: verdict.steps.iter().enumerate().map(line).collect(),
        total: steps::total(&verdict.steps).map(sentences::duration),
        closing: connection
            .closing
            .closing(connection.viewpoint())
            .and_then(|(since, until)| Some(until?.time.saturating_sub(since.time)))
            .map(sentences::duration),
        advice: verdict.advice.map(|a| advice::advice(lang, &a)),
        seen: Seen::of(connection, lang).filter(|_| ending),
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

/// With a language, also what a code means that is never on the wire.
fn code_and_reason(ui: &mut Ui, code: StatusCode, reason: &str, lang: Option<Lang>) {
    let name = code.name().map(|name| format!(" {name}")).unwrap_or_default();
    ui.label(RichText::new(format!("code {}{name}", code.0)).font(theme::mono()));
    let told = matches!(code, StatusCode::NO_STATUS | StatusCode::ABNORMAL);
    if let Some(lang) = lang.filter(|_| told) {
        let meaning = RichText::new(codes::status_code(lang, code)).font(theme::small());
        ui.label(meaning.color(palette(ui).dim));
    }
    if !reason.is_empty() {
        let reason = RichText::new(format!("reason \"{reason}\"")).font(theme::mono());
        ui.label(reason.line_height(Some(LINE_HEIGHT)));
    }
}

/// Paints the cards.
pub fn verdict_card_ui(ui: &mut Ui, card_value: &VerdictCard, lang: Lang) {
    let words = lang.words();
    if card_value.hidden {
        return card(ui, words.verdict, |ui| {
            ui.label(RichText::new(words.verdict_hidden).color(palette(ui).dim));
        });
    }
    if let Some(seen) = &card_value.seen {
        card(ui, words.predicted_and_observed, |ui| {
            seen_ui(ui, seen, card_value.close_event.as_ref(), lang);
        });
        ui.add_space(GRID);
    }
    let reported = card_value.seen.as_ref().is_some_and(|seen| seen.event.is_some());
    if let Some(event) = card_value.close_event.as_ref().filter(|_| !reported) {
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
                code_and_reason(ui, held.code, &held.reason, Some(lang));
            }
        });
        ui.add_space(GRID);
    }
    let title = if card_value.over { words.verdict } else { words.so_far };
    card(ui, title, |ui| {
        ui.label(&card_value.sentence);
    });
    if !card_value.steps.is_empty() {
        ui.add_space(GRID);
        card(ui, words.step_by_step, |ui| ending(ui, card_value, lang));
    }
    if let Some(advice) = &card_value.advice {
        ui.add_space(GRID);
        card(ui, words.what_to_do, |ui| {
            ui.label(advice);
        });
    }
    if !card_value.reports.is_empty() {
        ui.add_space(GRID);
        card(ui, words.other_clients, |ui| {
            for (name, report) in &card_value.reports {
                library(ui, name, report, lang);
            }
        });
    }
}

/// A line for each step: how long after the step before, and what.
fn ending(ui: &mut Ui, card_value: &VerdictCard, lang: Lang) {
    let dim = palette(ui).dim;
    for (after, what) in &card_value.steps {
        ui.horizontal_wrapped(|ui| {
            if !after.is_empty() {
                ui.label(RichText::new(format!("+{after}")).font(theme::mono()).color(dim));
            }
            ui.label(what);
        });
    }
    let words = lang.words();
    let figures = [(words.in_all, &card_value.total), (words.closing_lasted, &card_value.closing)];
    for (name, figure) in figures {
        if let Some(figure) = figure {
            let text = format!("{name} {figure}");
            ui.label(RichText::new(text).font(theme::small()).color(dim));
        }
    }
}

fn library(ui: &mut Ui, name: &str, report: &Report, lang: Lang) {
    let colours = palette(ui);
    let was_clean = format!("wasClean {}", report.was_clean);
    let colour = clean(ui, report.was_clean);
    let name = (name, theme::body(), colours.text);
    one_line(ui, [name, (&was_clean, theme::mono(), colour)]);
    match report.code {
        Some(code) => code_and_reason(ui, code, &report.reason, None),
        None => {
            ui.label(RichText::new(lang.words().no_code).font(theme::mono()));
        }
    }
    if let Some(error) = &report.error {
        ui.label(RichText::new(error).font(theme::mono()).color(colours.dim));
    }
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
    code_and_reason(ui, event.code, &event.reason, None);
    ui.label(RichText::new(words.chromium).font(theme::small()).color(palette(ui).dim));
}
