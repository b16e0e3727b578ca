//! A frame's header as a diagram of bits, after the figure of RFC 6455 §5.2.
//!
//! A field under the pointer lights up here and in the hex; a click pins it.

use super::theme::{self, palette};
use crate::protocol::header::{FIELDS, FieldId};
use crate::protocol::{CloseBody, Header, Opcode};
use crate::text::{Lang, detail, fields};
use egui::{Align2, Color32, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use std::ops::Range;

/// What can be pointed at: a field, or a part of a Close's payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Spot {
    /// A field of the header, or the payload.
    Field(FieldId),
    /// The first two octets of a Close's payload.
    StatusCode,
    /// What follows them.
    Reason,
}

impl Spot {
    /// The field that it is, or is a part of.
    #[must_use]
    pub fn field(self) -> FieldId {
        match self {
            Spot::Field(id) => id,
            Spot::StatusCode | Spot::Reason => FieldId::Payload,
        }
    }

    /// The bits that it takes in a frame with this header.
    #[must_use]
    pub fn bits(self, header: &Header) -> Option<Range<u64>> {
        let bits = self.field().bits(header)?;
        let split = (bits.start + 16).min(bits.end);
        let bits = match self {
            Spot::Field(_) => bits,
            Spot::StatusCode => bits.start..split,
            Spot::Reason => split..bits.end,
        };
        (!bits.is_empty()).then_some(bits)
    }

    /// What stands at a bit of a frame.
    #[must_use]
    pub fn at(header: &Header, bit: u64) -> Option<Spot> {
        let has = |spot: &Spot| spot.bits(header).is_some_and(|bits| bits.contains(&bit));
        let close = header.opcode == Opcode::CLOSE && header.payload_len >= 2;
        let parts = [Spot::StatusCode, Spot::Reason];
        let fields = FIELDS.iter().map(|field| Spot::Field(field.id));
        parts.into_iter().filter(|_| close).chain(fields).find(has)
    }
}

/// The spot that diagram, hex and table have in common.
#[derive(Clone, Copy, Debug, Default)]
pub struct Linked {
    hovered: Option<Spot>,
    next: Option<Spot>,
    pinned: Option<Spot>,
}

impl Linked {
    /// What is lit: under the pointer, else pinned.
    #[must_use]
    pub fn lit(&self) -> Option<Spot> {
        self.hovered.or(self.pinned)
    }

    /// The field under the pointer.
    #[must_use]
    pub fn hovered(&self) -> Option<FieldId> {
        self.hovered.map(Spot::field)
    }

    /// The pointer is over `spot`.
    pub fn hover(&mut self, spot: Spot) {
        self.next = Some(spot);
    }

    /// Keeps `spot` lit, or no longer.
    pub fn pin(&mut self, spot: Spot) {
        self.pinned = (self.pinned != Some(spot)).then_some(spot);
    }

    /// Everything has been painted: what was under the pointer is lit from now on.
    pub fn finish(&mut self, ui: &Ui) {
        let next = self.next.take();
        if next != self.hovered {
            self.hovered = next;
            ui.ctx().request_repaint();
        }
    }
}

const CELL: f32 = 24.0;

/// Widths of FIN, RSV1–3, opcode, MASK and length, in proportion.
const WIDTHS: [f32; 7] = [28.0, 18.0, 18.0, 18.0, 66.0, 40.0, 80.0];

/// What the diagram says of a payload beside its length.
#[derive(Clone, Copy, Debug)]
pub struct Figure<'a> {
    /// The header.
    pub header: &'a Header,
    /// For a Close, its payload, unmasked.
    pub close: Option<CloseBody<'a>>,
}

impl Figure<'_> {
    /// The wide rows below the first two octets.
    fn wide(&self, lang: Lang) -> Vec<(Spot, String, Class)> {
        let header = self.header;
        let mut rows = Vec::new();
        let field = |id: FieldId| fields::value(lang, header, id).map(|v| (id, v));
        let wide = [FieldId::ExtendedLength, FieldId::MaskingKey];
        for (id, value) in wide.into_iter().filter_map(field) {
            let colour = if id == FieldId::MaskingKey { Class::Key } else { Class::Length };
            rows.push((Spot::Field(id), format!("{} · {value}", id.field().name), colour));
        }
        let words = lang.words();
        match self.close {
            Some(CloseBody::Code(code, reason)) => {
                let (high, low) = (code.0 >> 8, code.0 & 0xFF);
                let text = format!("{} {} · {high:02x} {low:02x}", words.status_code, code.0);
                rows.push((Spot::StatusCode, text, Class::Status));
                if header.payload_len > 2 {
                    let mut octets = detail::exact_octets(lang, header.payload_len - 2);
                    if std::str::from_utf8(reason).is_ok() {
                        octets.push_str(words.of_utf8);
                    }
                    rows.push((
                        Spot::Reason,
                        format!("{} · {octets}", words.reason),
                        Class::Payload,
                    ));
                }
            }
            _ => {
                let octets = detail::exact_octets(lang, header.payload_len);
                let text = format!("{} · {octets}", FieldId::Payload.field().name);
                rows.push((Spot::Field(FieldId::Payload), text, Class::Payload));
            }
        }
        rows
    }
}

/// Which class of octets a text is about; told by words too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// The first octet.
    Header,
    /// Length.
    Length,
    /// Masking-key.
    Key,
    /// Status code.
    Status,
    /// Payload.
    Payload,
}

impl Class {
    /// The class of what stands at a spot.
    #[must_use]
    pub fn of(spot: Spot) -> Class {
        match spot {
            Spot::StatusCode => Class::Status,
            Spot::Reason | Spot::Field(FieldId::Payload) => Class::Payload,
            Spot::Field(FieldId::MaskingKey) => Class::Key,
            Spot::Field(FieldId::Mask | FieldId::PayloadLength | FieldId::ExtendedLength) => {
                Class::Length
            }
            Spot::Field(_) => Class::Header,
        }
    }

    /// In the appearance in use.
    #[must_use]
    pub fn paint(self, ui: &Ui) -> Color32 {
        let colours = palette(ui);
        match self {
            Class::Header => colours.ping,
            Class::Length => colours.text,
            Class::Key => colours.server,
            Class::Status => colours.close,
            Class::Payload => colours.payload,
        }
    }
}

/// Paints the diagram.
pub fn bit_diagram_ui(ui: &mut Ui, figure: Figure<'_>, linked: &mut Linked, lang: Lang) {
    let wide = figure.wide(lang);
    let height = CELL * (2 + wide.len()) as f32;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    ui.painter().rect_filled(rect, 4.0, palette(ui).ground);
    let scale = rect.width() / WIDTHS.iter().sum::<f32>();
    let mut x = rect.min.x;
    for (field, width) in FIELDS.iter().zip(WIDTHS) {
        let left = x;
        x += width * scale;
        let cell = Rect::from_min_max(pos2(left, rect.min.y), pos2(x, rect.min.y + 2.0 * CELL));
        narrow_cell(ui, figure.header, field.id, cell, linked, lang);
    }
    let rsv = WIDTHS[0] * scale;
    let rsv_name = Rect::from_min_size(
        pos2(rect.min.x + rsv, rect.min.y + CELL),
        vec2(3.0 * WIDTHS[1] * scale, CELL),
    );
    caption(ui, rsv_name, "RSV1–3");
    for (i, (spot, text, colour)) in wide.iter().enumerate() {
        let top = rect.min.y + CELL * (2 + i) as f32;
        let cell = Rect::from_min_size(pos2(rect.min.x, top), vec2(rect.width(), CELL));
        interact(ui, figure.header, *spot, text, cell, linked, lang);
        let painter = ui.painter().with_clip_rect(cell.intersect(ui.clip_rect()));
        let colour = colour.paint(ui);
        painter.text(cell.center(), Align2::CENTER_CENTER, text, theme::small(), colour);
    }
    let stroke = Stroke::new(1.0, palette(ui).stroke);
    for i in 1..2 + wide.len() {
        ui.painter().hline(rect.x_range(), rect.min.y + CELL * i as f32, stroke);
    }
    ui.painter().rect_stroke(rect, 4.0, stroke, egui::StrokeKind::Inside);
}

fn caption(ui: &Ui, rect: Rect, text: &str) {
    let colour = palette(ui).dim;
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, theme::small(), colour);
}

fn narrow_cell(
    ui: &mut Ui,
    header: &Header,
    id: FieldId,
    cell: Rect,
    linked: &mut Linked,
    lang: Lang,
) {
    let value = fields::value(lang, header, id).unwrap_or_default();
    let label = format!("{} {value}", id.field().name);
    interact(ui, header, Spot::Field(id), &label, cell, linked, lang);
    let (bits, count): (u16, u16) = match id {
        FieldId::Opcode => (u16::from(header.opcode.value()), 4),
        FieldId::PayloadLength => (u16::from(fields::length_bits(header)), 7),
        _ => (u16::from(value == "1"), 1),
    };
    let inner = if count > 1 { cell.shrink2(vec2(6.0, 0.0)) } else { cell };
    let step = inner.width() / f32::from(count);
    let set = palette(ui).text;
    for bit in 0..count {
        let centre = pos2(inner.min.x + step * (f32::from(bit) + 0.5), cell.min.y + CELL / 2.0);
        let digit = if bits >> (count - 1 - bit) & 1 == 1 { "1" } else { "0" };
        ui.painter().text(centre, Align2::CENTER_CENTER, digit, theme::mono(), set);
    }
    let name = Rect::from_min_max(pos2(cell.min.x, cell.min.y + CELL), cell.max);
    match id {
        FieldId::Fin => caption(ui, name, "FIN"),
        FieldId::Opcode => caption(ui, name, &label),
        FieldId::Mask => caption(ui, name, "MASK"),
        FieldId::PayloadLength => caption(ui, name, &format!("length {value}")),
        _ => {}
    }
    let bottom = if matches!(id, FieldId::Rsv1 | FieldId::Rsv2) { name.min.y } else { cell.max.y };
    if id != FieldId::PayloadLength {
        let stroke = Stroke::new(1.0, palette(ui).stroke);
        ui.painter().vline(cell.max.x, cell.min.y..=bottom, stroke);
    }
}

fn interact(
    ui: &mut Ui,
    header: &Header,
    spot: Spot,
    label: &str,
    cell: Rect,
    linked: &mut Linked,
    lang: Lang,
) {
    let response = ui.interact(cell, ui.scope_id().with(("bits", spot)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    if response.hovered() || response.has_focus() {
        linked.hover(spot);
    }
    if response.clicked() {
        linked.pin(spot);
    }
    let colours = palette(ui);
    if linked.lit() == Some(spot) {
        ui.painter().rect_filled(cell, 2.0, colours.selected);
    }
    if linked.pinned == Some(spot) || response.has_focus() {
        let stroke = Stroke::new(1.0, colours.accent);
        ui.painter().rect_stroke(cell.shrink(1.0), 2.0, stroke, egui::StrokeKind::Inside);
    }
    response.on_hover_ui(|ui| tooltip(ui, header, spot, label, lang));
}

/// What a spot is: its name and value, its bits, its meaning, its section.
pub fn tooltip(ui: &mut Ui, header: &Header, spot: Spot, label: &str, lang: Lang) {
    ui.set_max_width(280.0);
    let words = lang.words();
    ui.label(egui::RichText::new(label).font(theme::bold()));
    let field = spot.field().field();
    let section = if spot == Spot::Field(field.id) { field.section } else { "5.5.1" };
    let mut place = format!("RFC 6455 §{section}");
    if let Some(bits) = spot.bits(header) {
        let bits = detail::bits(lang, bits.start, bits.end - 1);
        place = format!("{bits} · {place}");
    }
    ui.label(egui::RichText::new(place).font(theme::small()).color(palette(ui).dim));
    ui.label(match spot {
        Spot::Field(id) => fields::meaning(lang, header, id),
        Spot::StatusCode => words.status_code_meaning,
        Spot::Reason => words.reason_meaning,
    });
}
