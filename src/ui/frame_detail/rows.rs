//! Rows that are no frames: heads and whole connections.

use super::frame::{job, job_lit};
use super::paint::violations;
use super::payload::choice;
use super::{AcceptPart, Broken, DetailState, HeadPart};
use crate::protocol::deflate::EXTENSION;
use crate::protocol::opening_handshake::latin1;
use crate::session::filter::highlight::Highlight;
use crate::text::Lang;
use crate::ui::long_rows::LongRows;
use crate::ui::opening::asks_ui;
use crate::ui::text_lines::TextLines;
use crate::ui::theme::{self, GRID, palette};
use crate::ui::verdict_card::{caption, card, one_line};
use core::net::SocketAddr;
use egui::{Label, RichText, TextWrapMode, Ui};
use std::fmt::Write as _;

/// Height of a line of text.
pub(super) const LINE: f32 = 20.0;

/// Octets of text beyond which it is certain that not all lines are visible.
const SHORT: usize = 8192;

/// Paints the visible lines of a text; says how many were laid out.
pub(super) fn lines_ui(
    ui: &mut Ui,
    lines: &mut TextLines,
    id: &str,
    visible: u64,
    (top, highlight): (&mut f64, &Highlight),
    lang: Lang,
) -> u64 {
    lines.light(highlight);
    let font = theme::mono();
    let glyph = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    let columns = |width: f32| (width / glyph) as usize;
    let rows = |count: u64| LongRows {
        id,
        name: lang.words().text_rows,
        count,
        row_height: LINE,
        visible,
    };
    // With a scrollbar beside it the text is narrower. A long text has one for
    // certain: it is not cut anew for each width in each paint.
    let count = if lines.text().len() > SHORT {
        u64::MAX
    } else {
        lines.wrap(columns(ui.available_width()));
        lines.len()
    };
    let width = rows(count).row_width(ui.available_width());
    lines.wrap(columns(width));
    rows(lines.len()).show(ui, top, |ui, row| {
        let line = job_lit(ui, lines.line(row), &lines.lit(row), &font);
        ui.add(Label::new(line).wrap_mode(TextWrapMode::Extend));
    })
}

pub(super) fn head(
    ui: &mut Ui,
    part: &HeadPart,
    broken: &[Broken],
    state: &mut DetailState,
    lang: Lang,
) {
    let words = lang.words();
    caption(ui, words.head);
    let DetailState { heads: [head, body], tops, highlight, .. } = state;
    let mut laid_out = lines_ui(ui, head, "head", 20, (&mut tops[0], highlight), lang);
    if choice(ui, false, words.copy_head) {
        ui.ctx().copy_text(latin1(&part.head));
    }
    if !part.body.is_empty() {
        ui.add_space(GRID);
        caption(ui, words.head_body);
        laid_out += lines_ui(ui, body, "body", 12, (&mut tops[1], highlight), lang);
    }
    state.laid_out += laid_out;
    ui.add_space(GRID);
    violations(ui, broken, lang);
    if let Some(deflate) = &part.deflate {
        ui.add_space(GRID);
        card(ui, EXTENSION, |ui| {
            ui.label(deflate);
        });
    }
    if let Some((sentence, asks)) = &part.refusal {
        ui.add_space(GRID);
        card(ui, words.refused, |ui| {
            ui.label(sentence);
            if let Some(asks) = asks {
                ui.add_space(GRID);
                let went_on = asks_ui(ui, asks, &mut state.login, lang);
                state.go_on = went_on.or(state.go_on.take());
            }
        });
    }
    if let Some(accept) = &part.accept {
        ui.add_space(GRID);
        card(ui, words.accept_derivation, |ui| accept_ui(ui, accept, lang));
    }
}

fn accept_ui(ui: &mut Ui, part: &AcceptPart, lang: Lang) {
    let words = lang.words();
    let colours = palette(ui);
    let Some(derivation) = &part.derivation else {
        ui.label(words.no_key);
        return;
    };
    let mut sha1 = String::new();
    for octet in derivation.sha1 {
        let _ = write!(sha1, "{octet:02x}");
    }
    for (step, value) in [
        (words.step_concatenate, &derivation.concatenation),
        (words.step_sha1, &sha1),
        (words.step_base64, &derivation.accept),
    ] {
        ui.label(RichText::new(step).font(theme::small()).color(colours.dim));
        let mut value = job(ui, [(value.as_str(), false)], &theme::mono());
        value.wrap.break_anywhere = true;
        ui.label(value);
    }
    ui.add_space(GRID);
    match &part.response {
        None => ui.label(RichText::new(words.accept_pending).color(colours.dim)),
        Some(None) => ui.label(RichText::new(words.accept_missing).color(colours.close)),
        Some(Some(held)) if *held == derivation.accept => {
            ui.label(RichText::new(words.accept_right).color(colours.open))
        }
        Some(Some(held)) => {
            ui.label(RichText::new(words.accept_wrong).color(colours.close));
            ui.label(RichText::new(held).font(theme::mono()).color(colours.close))
        }
    };
}

pub(super) fn addresses(
    ui: &mut Ui,
    client: &(SocketAddr, Option<String>),
    server: &(SocketAddr, Option<String>),
    lang: Lang,
) {
    let words = lang.words();
    let colours = palette(ui);
    caption(ui, words.addresses);
    for ((address, agent), name, colour) in
        [(client, words.client, colours.client), (server, words.server, colours.server)]
    {
        let address = address.to_string();
        one_line(ui, [(name, theme::body(), colour), (&address, theme::mono(), colours.text)]);
        if let Some(agent) = agent {
            let agent: String = agent.chars().take(200).collect();
            ui.label(RichText::new(agent).font(theme::small()).color(colours.dim));
        }
    }
}
