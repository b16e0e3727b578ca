//! A frame: diagram, beginning, what it says, payload and the table of fields.

use super::paint::violations;
use super::payload::payload_ui;
use super::{Broken, ClosePart, DetailState, FieldLine, FramePart, MessagePart, inflated};
use crate::protocol::CloseBody;
use crate::text::{Lang, detail};
use crate::ui::bit_diagram::{Class, Figure, Spot, bit_diagram_ui};
use crate::ui::hex_dump::HexDump;
use crate::ui::theme::{self, GRID, palette};
use crate::ui::verdict_card::{LINE_HEIGHT, caption, card, verdict_card_ui};
use crate::ui::widgets::append_lit;
use egui::text::LayoutJob;
use egui::{Align, FontId, Label, Layout, RichText, Sense, TextFormat, Ui, UiBuilder};
use std::ops::Range;

/// Pieces of text as one, what is escaped in the colour of errors.
pub(super) fn job<'a>(
    ui: &Ui,
    pieces: impl IntoIterator<Item = (&'a str, bool)>,
    font: &FontId,
) -> LayoutJob {
    job_lit(ui, pieces, &[], font)
}

/// The same with some places lit up, which are in order.
pub(super) fn job_lit<'a>(
    ui: &Ui,
    pieces: impl IntoIterator<Item = (&'a str, bool)>,
    lit: &[Range<usize>],
    font: &FontId,
) -> LayoutJob {
    let colours = palette(ui);
    let mut job = LayoutJob::default();
    let mut start = 0;
    for (text, escaped) in pieces {
        let end = start + text.len();
        let within = lit.iter().filter(|lit| lit.start < end && lit.end > start);
        let within = within.map(|lit| lit.start.max(start) - start..lit.end.min(end) - start);
        let within: Vec<_> = within.collect();
        start = end;
        let colour = if escaped { colours.close } else { colours.text };
        let mut format = TextFormat::simple(font.clone(), colour);
        format.line_height = (*font == theme::mono()).then_some(LINE_HEIGHT);
        append_lit(ui, &mut job, text, &within, format);
    }
    job
}

fn small(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(theme::small()).color(palette(ui).dim));
}

pub(super) fn show(
    ui: &mut Ui,
    part: &FramePart,
    broken: &[Broken],
    state: &mut DetailState,
    lang: Lang,
) {
    let close = part.close.as_ref().map(|close| CloseBody::parse(&close.body));
    bit_diagram_ui(ui, Figure { header: &part.header, close }, &mut state.linked, lang);
    ui.add_space(GRID);
    beginning(ui, part, state, lang);
    ui.add_space(GRID);
    if let Some(cut_off) = &part.cut_off {
        ui.label(RichText::new(cut_off).color(palette(ui).close));
    }
    if let Some(close) = &part.close {
        close_ui(ui, close, lang);
    }
    violations(ui, broken, lang);
    if let Some(message) = &part.message {
        ui.add_space(GRID);
        message_ui(ui, message, lang);
    }
    if let Some(verdict) = &part.verdict {
        ui.add_space(GRID);
        verdict_card_ui(ui, verdict, lang);
    }
    if let Some(compressed) = &part.compressed {
        ui.add_space(2.0 * GRID);
        inflated::show(ui, compressed, state, lang);
    }
    ui.add_space(2.0 * GRID);
    payload_ui(ui, part, state, lang);
    ui.add_space(2.0 * GRID);
    caption(ui, lang.words().fields);
    for line in &part.fields {
        field(ui, part, line, state);
    }
}

fn beginning(ui: &mut Ui, part: &FramePart, state: &mut DetailState, lang: Lang) {
    let dump = HexDump {
        id: "beginning",
        name: lang.words().hex_rows,
        header: &part.header,
        origin: 0,
        len: part.beginning.len() as u64,
        visible: u64::MAX,
    };
    let mut top = 0.0;
    state.laid_out += dump.show(ui, &mut top, &mut state.linked, |at, limit| {
        let octets = part.beginning.iter().skip(at as usize).take(limit as usize);
        Ok(octets.copied().collect())
    });
    if (part.beginning.len() as u64) < part.octets {
        small(ui, &detail::shown(lang, part.beginning.len() as u64, part.octets));
    }
}

fn close_ui(ui: &mut Ui, close: &ClosePart, lang: Lang) {
    let colours = palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(&close.title).font(theme::bold()).color(colours.close));
        if let Some(sender) = &close.sender {
            ui.label(RichText::new(sender).color(colours.dim));
        }
    });
    if let Some(meaning) = close.meaning {
        ui.label(meaning);
    }
    let Some(reason) = &close.reason else { return };
    if reason.is_empty() {
        ui.label(RichText::new(lang.words().no_reason).color(colours.dim));
        return;
    }
    let pieces = reason.iter().map(|(text, escaped)| (text.as_str(), *escaped));
    let octets = detail::exact_octets(lang, close.reason_octets);
    ui.label(RichText::new(format!("{} · {octets}", lang.words().reason)).color(colours.dim));
    let reason = job(ui, pieces, &theme::bold());
    ui.label(reason);
}

fn message_ui(ui: &mut Ui, message: &MessagePart, lang: Lang) {
    card(ui, lang.words().message, |ui| {
        ui.label(&message.place);
        if let Some(octets) = message.octets {
            small(ui, &detail::exact_octets(lang, octets));
        }
        if !message.text.is_empty() {
            let pieces = message.text.iter().map(|(text, escaped)| (text.as_str(), *escaped));
            let text = job(ui, pieces, &theme::mono());
            ui.label(text);
        }
        if let Some(shown) = &message.shown {
            small(ui, shown);
        }
    });
}

/// A line of the table: name, value and section, the meaning below.
fn field(ui: &mut Ui, part: &FramePart, line: &FieldLine, state: &mut DetailState) {
    let spot = Spot::Field(line.id);
    let colours = palette(ui);
    let background = ui.painter().add(egui::Shape::Noop);
    let row = ui.scope_builder(UiBuilder::new().sense(Sense::hover()), |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.set_min_width(ui.available_width());
        let field = line.id.field();
        ui.horizontal(|ui| {
            ui.set_min_height(20.0);
            // One text, so that both faces stand on one base line.
            let mut name = LayoutJob::default();
            let format = TextFormat::simple(theme::small(), colours.dim);
            name.append(field.name, 0.0, format);
            let format = TextFormat::simple(theme::mono(), Class::of(spot).paint(ui));
            name.append(&line.value, 2.0 * GRID, format);
            ui.add(Label::new(name));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                small(ui, &format!("§{}", field.section));
            });
        });
        ui.add(Label::new(RichText::new(line.meaning).font(theme::small())).wrap());
        if let Some(unmasking) = &part.unmasking
            && line.id == crate::protocol::header::FieldId::MaskingKey
        {
            ui.add(Label::new(RichText::new(unmasking).font(theme::mono())).wrap());
        }
        ui.add_space(GRID);
    });
    if row.response.contains_pointer() {
        state.linked.hover(spot);
    }
    let rect = row.response.rect;
    if state.linked.lit().map(Spot::field) == Some(line.id) {
        let lit = rect.expand2(egui::vec2(GRID, 0.0));
        ui.painter().set(background, egui::Shape::rect_filled(lit, 4.0, colours.selected));
    }
    ui.painter().hline(rect.x_range(), rect.max.y, egui::Stroke::new(1.0, colours.stroke));
}
