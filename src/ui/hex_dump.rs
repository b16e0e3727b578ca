//! Octets in hex and ASCII, coloured by what they are; visible lines only.
//!
//! What is under the pointer is shared with the bit diagram, both ways: the two
//! digits of an octet are bits of their own, so each points at its own field.

use super::bit_diagram::{Class, Linked, Spot};
use super::long_rows::LongRows;
use super::theme::{self, GRID, palette};
use crate::protocol::Header;
use egui::{Align2, Id, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use std::fmt::Write as _;
use std::io;

/// Height of a line.
pub const LINE: f32 = 20.0;

const OCTET: f32 = 18.0;

/// Octets to be shown.
#[derive(Clone, Copy, Debug)]
pub struct HexDump<'a> {
    /// Tells it from other dumps of the window.
    pub id: &'a str,
    /// The accessible name of its scrollbar.
    pub name: &'a str,
    /// The header of the frame that they belong to.
    pub header: &'a Header,
    /// Where in the frame the first of them is.
    pub origin: u64,
    /// How many there are.
    pub len: u64,
    /// Lines visible at most.
    pub visible: u64,
}

/// How the octets are set out in a width.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Columns {
    octets: u64,
    digits: usize,
    hex: f32,
    ascii: f32,
    glyph: f32,
}

impl Columns {
    fn of(width: f32, glyph: f32, len: u64) -> Columns {
        let digits = (format!("{:x}", len.saturating_sub(1)).len()).max(4);
        let hex = digits as f32 * glyph + 2.0 * GRID;
        let columns = |octets: u64| {
            let gap = if octets > 8 { 2.0 * GRID } else { GRID };
            Columns { octets, digits, hex, ascii: hex + octets as f32 * OCTET + gap, glyph }
        };
        let fits = |c: &Columns| c.ascii + c.octets as f32 * glyph <= width;
        [16, 12, 8, 6].map(columns).into_iter().find(fits).unwrap_or_else(|| columns(4))
    }

    fn octet_x(&self, i: u64) -> f32 {
        let middle = if self.octets > 8 && i >= self.octets / 2 { GRID } else { 0.0 };
        self.hex + i as f32 * OCTET + middle
    }

    /// The octet at `x` from the left, and which of its two digits; both of one in ASCII.
    fn at(&self, x: f32) -> Option<(u64, u64)> {
        let ascii = (x - self.ascii) / self.glyph;
        if ascii >= 0.0 {
            return (ascii < self.octets as f32).then_some((ascii as u64, 1));
        }
        (0..self.octets).rev().find(|i| x >= self.octet_x(*i)).and_then(|i| {
            let within = x - self.octet_x(i);
            (within < OCTET).then_some((i, u64::from(within > self.glyph)))
        })
    }
}

/// The line of octets as a screen reader says it.
fn spoken(digits: usize, at: u64, octets: &[u8]) -> String {
    let mut line = format!("{at:0digits$x}");
    for octet in octets {
        let _ = write!(line, " {octet:02x}");
    }
    line
}

impl HexDump<'_> {
    /// Paints the visible lines from `top` on, read through `read(at, limit)`;
    /// says how many were laid out.
    pub fn show(
        &self,
        ui: &mut Ui,
        top: &mut f64,
        linked: &mut Linked,
        read: impl Fn(u64, u64) -> io::Result<Vec<u8>>,
    ) -> u64 {
        let font = theme::mono();
        let glyph = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
        let full = Columns::of(ui.available_width(), glyph, self.len);
        let rows = |columns: Columns| LongRows {
            id: self.id,
            name: self.name,
            count: self.len.div_ceil(columns.octets),
            row_height: LINE,
            visible: self.visible,
        };
        let width = rows(full).row_width(ui.available_width());
        let columns = Columns::of(width, glyph, self.len);
        // A shorter line than before keeps the same octets in view.
        let per_line = Id::unique((self.id, "octets per line"));
        let before = ui.data(|data| data.get_temp::<u64>(per_line)).unwrap_or(columns.octets);
        if before != columns.octets {
            *top = (*top * before as f64 / columns.octets as f64).floor();
        }
        ui.data_mut(|data| data.insert_temp(per_line, columns.octets));
        rows(columns).show(ui, top, |ui, row| {
            let at = row * columns.octets;
            match read(at, columns.octets) {
                Ok(octets) => self.line(ui, columns, at, &octets, linked),
                Err(error) => {
                    ui.colored_label(palette(ui).close, error.to_string());
                }
            }
        })
    }

    /// The row of [`HexDump::show`] that an octet is in, after it was painted once.
    #[must_use]
    pub fn row_of(ui: &Ui, id: &str, octet: u64) -> f64 {
        let per_line = ui.data(|data| data.get_temp::<u64>(Id::unique((id, "octets per line"))));
        (octet / per_line.unwrap_or(8)) as f64
    }

    fn line(&self, ui: &mut Ui, columns: Columns, at: u64, octets: &[u8], linked: &mut Linked) {
        let rect = ui.max_rect();
        let response = ui.interact(rect, ui.scope_id().with("line"), Sense::click());
        response.widget_info(|| {
            WidgetInfo::labeled(Role::Label, true, spoken(columns.digits, at, octets))
        });
        let spot =
            |i: u64, digit: u64| Spot::at(self.header, 8 * (self.origin + at + i) + 4 * digit);
        let pointed = response.hover_pos().and_then(|pos| columns.at(pos.x - rect.min.x));
        let pointed = pointed.filter(|(i, _)| *i < octets.len() as u64);
        if let Some(found) = pointed.and_then(|(i, digit)| spot(i, digit)) {
            linked.hover(found);
            if response.clicked() {
                linked.pin(found);
            }
        }
        let colours = palette(ui);
        let painter = ui.painter();
        let mono = theme::mono();
        let y = rect.center().y;
        let digits = columns.digits;
        let left = pos2(rect.min.x, y);
        let offset = format!("{at:0digits$x}");
        painter.text(left, Align2::LEFT_CENTER, offset, mono.clone(), colours.dim);
        let lit = linked.lit().and_then(|spot| spot.bits(self.header));
        for (i, octet) in (0..).zip(octets) {
            let x = rect.min.x + columns.octet_x(i);
            let ascii_x = rect.min.x + columns.ascii + i as f32 * columns.glyph;
            let first = 8 * (self.origin + at + i);
            if let Some(bits) = &lit
                && bits.start < first + 8
                && bits.end > first
            {
                // Bits of one half of the octet light up that digit alone.
                let from = if bits.start >= first + 4 { columns.glyph } else { 0.0 };
                let to = if bits.end <= first + 4 { columns.glyph } else { 2.0 * columns.glyph };
                let mark = |x: f32, from: f32, to: f32| {
                    Rect::from_min_max(pos2(x + from - 1.0, y - 8.0), pos2(x + to + 1.0, y + 8.0))
                };
                painter.rect_filled(mark(x, from, to), 2.0, colours.selected);
                painter.rect_filled(mark(ascii_x, 0.0, columns.glyph), 2.0, colours.selected);
            }
            let colour = spot(i, 1).map_or(Class::Payload, Class::of).paint(ui);
            let hex = format!("{octet:02x}");
            painter.text(pos2(x, y), Align2::LEFT_CENTER, hex, mono.clone(), colour);
            let printable = octet.is_ascii_graphic() || *octet == b' ';
            let (letter, colour) =
                if printable { (char::from(*octet), colour) } else { ('.', colours.dim) };
            painter.text(pos2(ascii_x, y), Align2::LEFT_CENTER, letter, mono.clone(), colour);
        }
    }
}

/// Allocates the room of one line without octets, with a word in it.
pub fn no_octets(ui: &mut Ui, word: &str) {
    let size = vec2(ui.available_width(), LINE);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, word));
    let left = pos2(rect.min.x, rect.center().y);
    ui.painter().text(left, Align2::LEFT_CENTER, word, theme::small(), palette(ui).dim);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_their_width_and_the_pointer_finds_its_digit() {
        for (width, len, octets) in
            [(256.0, 60, 8), (340.0, 60, 8), (456.0, 60, 16), (256.0, 1 << 27, 6)]
        {
            let columns = Columns::of(width, 7.25, len);
            assert_eq!(columns.octets, octets, "{width} {len}");
            assert!(columns.ascii + columns.octets as f32 * columns.glyph <= width);
        }
        let columns = Columns::of(256.0, 7.25, 60);
        for i in 0..8 {
            assert_eq!(columns.at(columns.octet_x(i) + 1.0), Some((i, 0)));
            assert_eq!(columns.at(columns.octet_x(i) + 10.0), Some((i, 1)));
            assert_eq!(columns.at(columns.ascii + i as f32 * 7.25 + 1.0), Some((i, 1)));
        }
        assert_eq!(columns.at(0.0), None);
        assert_eq!(columns.at(400.0), None);
        assert_eq!(spoken(4, 16, &[0x88, 1]), "0010 88 01");
    }
}
