//! The table of frames: virtual, so that ten rows and ten million cost the same.

mod row;
mod scroll;

pub use row::{Class, TableRow};
pub use scroll::{Extent, Scroll};

use super::command::Command;
use super::panes::rows_have_keys;
use super::theme::{self, Palette};
use super::widgets;
use crate::protocol::Role;
use crate::session::filter::highlight::Highlight;
use crate::session::inflate::Previews;
use crate::session::log::Log;
use crate::session::row::Kind;
use crate::session::source::Source;
use crate::session::view::View;
use crate::text::Lang;
use egui::{Color32, FontId, Key, Modifiers, Rect, Sense, Ui, WidgetInfo, pos2, vec2};
use std::cell::RefCell;
use std::ops::Range;

/// What the table shows, and where it stands.
pub struct Table<'a> {
    /// The rows.
    pub log: &'a Log,
    /// Their octets.
    pub source: &'a Source,
    /// Compressed messages, inflated.
    pub previews: &'a RefCell<Previews>,
    /// Which of them.
    pub view: &'a View,
    /// The chosen one, as the log counts.
    pub selected: Option<u64>,
    /// The newest stays in view.
    pub follow: bool,
    /// Rows that a step of a replay brought: they stand out.
    pub fresh: Range<u64>,
    /// The language.
    pub lang: Lang,
    /// A row to bring into view.
    pub reveal: Option<u64>,
    /// A column says which connection.
    pub show_connection: bool,
    /// Rows that light up.
    pub lit: &'a [u64],
}

/// Where the columns begin; one without room ends where it begins.
struct Columns {
    number: f32,
    connection: f32,
    time: f32,
    delta: f32,
    from: f32,
    what: f32,
    bits: [f32; 3],
    length: f32,
    preview: f32,
    end: f32,
}

/// The least room of a preview: rather than less, columns are left out.
const PREVIEW: f32 = 120.0;
/// Columns that are left out, in this order: RSV, MASK, FIN, what passed since the row
/// before, the time. The detail of a row has them.
const LEFT_OUT: [usize; 5] = [7, 8, 6, 3, 2];

impl Columns {
    /// `digits` is how wide numbers, connections and times may become.
    fn new(left: f32, right: f32, digits: [f32; 3], show_connection: bool) -> Columns {
        let [number, connection, time] = digits;
        let connection = if show_connection { connection.max(34.0) } else { 0.0 };
        let (number, time) = (number.max(38.0), time.max(58.0));
        let mut widths =
            [number, connection, time, 68.0, 68.0, 80.0, 30.0, 32.0, 38.0, 52.0 + 14.0];
        let (left, end) = (left + 8.0, right - 8.0);
        for column in LEFT_OUT {
            if end - left - widths.iter().sum::<f32>() < PREVIEW {
                widths[column] = 0.0;
            }
        }
        let mut at = left;
        let starts = widths.map(|width| {
            at += width;
            at - width
        });
        let [number, connection, time, delta, from, what, fin, rsv, mask, length] = starts;
        let bits = [fin, rsv, mask];
        let preview = at;
        Columns { number, connection, time, delta, from, what, bits, length, preview, end }
    }
}

/// One line of text, cut off with an ellipsis where it does not fit.
fn cell(ui: &Ui, at: f32, until: f32, middle: f32, text: &str, font: FontId, color: Color32) {
    if text.is_empty() || until <= at {
        return;
    }
    let galley = widgets::one_line(ui, text, font, color, until - at);
    let top = middle - galley.size().y / 2.0;
    ui.painter().galley(pos2(at, top), galley, color);
}

/// One short line of text that ends at `right`.
fn right_aligned(ui: &Ui, right: f32, middle: f32, text: String, font: FontId, color: Color32) {
    let galley = ui.painter().layout_no_wrap(text, font, color);
    let at = pos2(right - galley.size().x, middle - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
}

fn header(ui: &Ui, rect: Rect, columns: &Columns, lang: Lang, palette: &Palette) {
    let words = lang.words();
    let middle = rect.center().y;
    let put = |at: f32, until: f32, text: &str| {
        cell(ui, at, until, middle, text, theme::bold_small(), palette.dim);
    };
    put(columns.number, columns.connection, words.column_number);
    put(columns.connection, columns.time, words.column_connection);
    put(columns.time, columns.delta, words.column_time);
    put(columns.delta, columns.from, "Δ");
    put(columns.from, columns.what, words.column_from);
    put(columns.what, columns.bits[0], words.column_opcode);
    put(columns.bits[0], columns.bits[1], "FIN");
    put(columns.bits[1], columns.bits[2], "RSV");
    put(columns.bits[2], columns.length, "MASK");
    put(columns.preview, columns.end, words.column_preview);
    let length = words.column_length.to_owned();
    right_aligned(ui, columns.preview - 14.0, middle, length, theme::bold_small(), palette.dim);
    let y = rect.bottom();
    ui.painter().hline(rect.x_range(), y, egui::Stroke::new(1.0, palette.stroke));
}

fn paint_row(
    ui: &Ui,
    rect: Rect,
    columns: &Columns,
    row: &TableRow,
    highlight: &Highlight,
    palette: &Palette,
) {
    let middle = rect.center().y;
    let (plain, what_color) = match row.class {
        Class::Plain => (palette.text, palette.text),
        Class::Heartbeat => (palette.text, palette.ping),
        Class::Ending => (palette.text, palette.close),
        Class::Fault => (palette.close, palette.close),
        Class::Quiet => (palette.dim, palette.dim),
    };
    let put = |at: f32, until: f32, text: &str, color: Color32| {
        cell(ui, at, until, middle, text, theme::mono(), color);
    };
    put(columns.number, columns.connection, &row.number, palette.dim);
    put(columns.connection, columns.time, &row.connection, palette.dim);
    put(columns.time, columns.delta, &row.time, plain);
    put(columns.delta, columns.from, &row.delta, palette.dim);
    let (from, color) = match row.from {
        Some(Role::Client) => ("client ▶", palette.client),
        Some(Role::Server) => ("◀ server", palette.server),
        None => ("", palette.dim),
    };
    put(columns.from, columns.what, from, color);
    if row.bits[0].is_empty() && row.length.is_empty() {
        // Not a frame: the words may take the room of the bits.
        put(columns.what, columns.length, &row.what, what_color);
    } else {
        put(columns.what, columns.bits[0] - 4.0, &row.what, what_color);
    }
    let [fin, rsv, mask] = columns.bits;
    let ends = [rsv, mask, columns.length];
    for ((at, end), bit) in [fin, rsv, mask].into_iter().zip(ends).zip(&row.bits) {
        put(at, end, bit, plain);
    }
    let length = row.length.clone();
    right_aligned(ui, columns.preview - 14.0, middle, length, theme::mono(), plain);
    let mut preview_at = columns.preview;
    if row.violations > 0 {
        let mark = format!("! {}", row.violations);
        put(preview_at, columns.end, &mark, palette.close);
        preview_at += 28.0;
    }
    if row.note.is_some() {
        let mark = Rect::from_center_size(pos2(preview_at + 6.0, middle), vec2(11.0, 12.0));
        widgets::note_mark(ui, mark, palette.accent);
        preview_at += 20.0;
    }
    if row.bookmarked {
        let mark = pos2(rect.left() + 1.0, rect.top() + 4.0);
        widgets::bookmark_mark(ui, Rect::from_min_size(mark, vec2(6.0, 14.0)), palette.accent);
    }
    if columns.end > preview_at && !row.preview.is_empty() {
        let lit = highlight.places(&row.preview);
        let width = columns.end - preview_at;
        let galley = widgets::one_line_lit(ui, &row.preview, &lit, theme::mono(), plain, width);
        ui.painter().galley(pos2(preview_at, middle - galley.size().y / 2.0), galley, plain);
    }
}

/// Keys for the table, when nothing else takes them: how many rows to move, or
/// the end to go to.
pub fn keys(ui: &Ui, page: i64) -> Option<Move> {
    if ui.ctx().text_edit_focused() || !rows_have_keys(ui.ctx()) {
        return None;
    }
    ui.input_mut(|input| {
        // Between two paintings a key may come more than once.
        let mut pressed = |key| input.count_and_consume_key(Modifiers::NONE, key) as i64;
        let (down, up) = (pressed(Key::ArrowDown), pressed(Key::ArrowUp));
        let (page_down, page_up) = (pressed(Key::PageDown), pressed(Key::PageUp));
        let rows = down - up + page * (page_down - page_up);
        if pressed(Key::Home) > 0 {
            Some(Move::First(rows.max(0)))
        } else if pressed(Key::End) > 0 {
            Some(Move::Last)
        } else if rows != 0 {
            Some(Move::By(rows))
        } else {
            None
        }
    })
}

/// Where keys lead.
pub enum Move {
    /// So many rows further.
    By(i64),
    /// To the first row, and on by so many.
    First(i64),
    /// To the last row.
    Last,
}

const SCROLL_BAR: f32 = 12.0;

/// How wide the largest number, connection and time of the log are, with a gap.
fn digits(ui: &Ui, log: &Log) -> [f32; 3] {
    let digit = ui.painter().layout_no_wrap("0".to_owned(), theme::mono(), Color32::PLACEHOLDER);
    let figures = |n: u64| n.checked_ilog10().unwrap_or(0) + 1;
    let last = log.len().checked_sub(1).and_then(|index| log.row(index));
    let lasts = last.map_or(0, |row| row.time.saturating_sub(log.start().unwrap_or(row.time)));
    let connections = log.connections().len() as u64;
    // Behind the point of a time are three more.
    let places = [
        figures(log.frame_count().into()),
        figures(connections),
        figures(lasts / 1_000_000_000) + 4,
    ];
    places.map(|places| places as f32 * digit.size().x + 8.0)
}

/// Paints the table; `scroll` is where it stands.
pub fn table_ui(ui: &mut Ui, table: &Table<'_>, scroll: &mut Scroll, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let area = ui.available_rect_before_wrap();
    let (head, body) = area.split_top_bottom_at_y(area.top() + 26.0);
    let right = body.right() - SCROLL_BAR;
    let columns = Columns::new(body.left(), right, digits(ui, table.log), table.show_connection);
    header(ui, head, &columns, table.lang, palette);
    let extent = Extent { rows: table.view.len(), visible: body.height() / theme::ROW };
    ui.allocate_rect(area, Sense::hover());
    if table.follow {
        *scroll = extent.end();
    }
    if let Some(index) = table.reveal {
        *scroll = scroll.showing(table.view.position(index), extent);
    }
    move_by_keys(ui, table, scroll, extent, commands);
    move_by_wheel(ui, body, theme::ROW, table.follow, scroll, extent, commands);
    *scroll = scroll.moved(0.0, extent);
    let clip = ui.clip_rect();
    ui.set_clip_rect(body.intersect(clip));
    let mut y = body.top() - scroll.fraction * theme::ROW;
    let mut position = scroll.row;
    let mut previous = position
        .checked_sub(1)
        .and_then(|p| table.view.index(p))
        .and_then(|index| table.log.row(index).map(|row| row.time));
    while y < body.bottom() {
        let Some(index) = table.view.index(position) else { break };
        let (capture, mut previews) = ((table.log, table.source), table.previews.borrow_mut());
        let row = TableRow::of(capture, &mut previews, index, previous, table.lang);
        drop(previews);
        let Some(row) = row else { break };
        let rect =
            Rect::from_min_size(pos2(body.left(), y), vec2(body.width() - SCROLL_BAR, theme::ROW));
        row_ui(ui, table, index, rect, &columns, &row, commands);
        previous = table.log.row(index).map(|row| row.time);
        y += theme::ROW;
        position += 1;
    }
    ui.set_clip_rect(clip);
    scroll_bar(ui, body, scroll, extent, "rows", commands);
}

fn row_ui(
    ui: &Ui,
    table: &Table<'_>,
    index: u64,
    rect: Rect,
    columns: &Columns,
    row: &TableRow,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    let selected = table.selected == Some(index);
    let response = ui.interact(rect, ui.scope_id().with(("row", index)), Sense::CLICK);
    response.widget_info(|| WidgetInfo::selected(egui::Role::Row, true, selected, row.label()));
    let lit = table.lit.contains(&index);
    if selected || lit {
        let fill = if selected { palette.selected } else { palette.lit };
        ui.painter().rect_filled(rect, 0.0, fill);
    } else if table.fresh.contains(&index) {
        ui.painter().rect_filled(rect, 0.0, palette.selected.gamma_multiply(0.6));
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, palette.hovered);
    }
    if lit {
        ui.painter().rect_filled(rect.with_max_x(rect.left() + 3.0), 0.0, palette.closing);
    }
    if table.view.finds() && table.view.found().is_some_and(|found| found.has(index)) {
        ui.painter().rect_filled(rect.with_max_x(rect.left() + 3.0), 0.0, palette.accent);
    }
    paint_row(ui, rect, columns, row, table.view.highlight(), palette);
    if response.clicked() {
        commands.push(Command::Select(index));
    }
    if let Some(note) = &row.note {
        let shown: String = note.chars().take(400).collect();
        response.clone().on_hover_text(shown);
    }
    if table.log.row(index).is_some_and(|row| row.kind == Kind::Frame) {
        response.context_menu(|ui| {
            if ui.button(table.lang.words().edit_again).clicked() {
                commands.push(Command::EditAgain(index));
                ui.close();
            }
        });
    }
}

fn move_by_keys(
    ui: &Ui,
    table: &Table<'_>,
    scroll: &mut Scroll,
    extent: Extent,
    commands: &mut Vec<Command>,
) {
    let Some(step) = keys(ui, (extent.visible as i64 - 1).max(1)) else { return };
    let Some(last) = extent.rows.checked_sub(1) else { return };
    let current = table.selected.map(|index| table.view.position(index));
    let to = match (step, current) {
        (Move::First(rows), _) => last.min(rows.unsigned_abs()),
        (Move::Last, _) => last,
        (Move::By(_), None) => scroll.row.min(last),
        (Move::By(rows), Some(at)) => at.saturating_add_signed(rows).min(last),
    };
    *scroll = scroll.showing(to, extent);
    if let Some(index) = table.view.index(to) {
        commands.push(Command::Select(index));
        commands.push(Command::Follow(to == last && table.follow));
    }
}

/// The wheel over `body` moves a list of rows of this height; away from the end
/// nothing is followed.
pub fn move_by_wheel(
    ui: &Ui,
    body: Rect,
    row: f32,
    follow: bool,
    scroll: &mut Scroll,
    extent: Extent,
    commands: &mut Vec<Command>,
) {
    if !ui.rect_contains_pointer(body) {
        return;
    }
    let wheel = ui.input(|input| input.smooth_scroll_delta().y);
    if wheel != 0.0 {
        *scroll = scroll.moved(f64::from(-wheel / row), extent);
        let at_end = scroll.is_at_end(extent);
        if follow && wheel > 0.0 || !follow && wheel < 0.0 && at_end {
            commands.push(Command::Follow(at_end && wheel < 0.0));
        }
    }
}

/// The bar at the right edge of a list that counts rows.
pub fn scroll_bar(
    ui: &Ui,
    body: Rect,
    scroll: &mut Scroll,
    extent: Extent,
    label: &str,
    commands: &mut Vec<Command>,
) {
    if extent.rows as f32 <= extent.visible {
        return;
    }
    let palette = theme::palette(ui);
    let track = Rect::from_min_max(pos2(body.right() - SCROLL_BAR, body.top()), body.max);
    let (start, len) = scroll.handle(extent, 24.0 / track.height().max(24.0));
    let response = ui.interact(track, ui.scope_id().with("scroll bar"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::ScrollBar, true, label));
    if let Some(pointer) = response.interact_pointer_pos() {
        let free = track.height() * (1.0 - len);
        let at = (pointer.y - track.top() - track.height() * len / 2.0) / free.max(1.0);
        *scroll = Scroll::at(at, extent);
        commands.push(Command::Follow(scroll.is_at_end(extent)));
    }
    let handle = Rect::from_min_size(
        pos2(track.left() + 3.0, track.top() + start * track.height()),
        vec2(SCROLL_BAR - 6.0, len * track.height()),
    );
    let color = if response.hovered() || response.dragged() { palette.dim } else { palette.stroke };
    ui.painter().rect_filled(handle, 3.0, color);
}

#[cfg(test)]
mod tests {
    use super::Columns;

    #[test]
    fn columns_of_lesser_worth_make_way_for_the_preview() {
        let columns = |right| Columns::new(0.0, right, [38.0, 34.0, 58.0], true);
        let wide = columns(732.0);
        assert!(wide.bits[1] < wide.bits[2] && wide.time < wide.delta);
        let narrow = columns(520.0);
        assert_eq!([narrow.bits[0]; 2], [narrow.bits[2], narrow.length], "no bits");
        assert!(narrow.time < narrow.from && narrow.end - narrow.preview >= super::PREVIEW);
        let least = columns(360.0);
        assert_eq!([least.time; 2], [least.delta, least.from], "neither time nor what passed");
        assert!(least.end - least.preview > 50.0, "{}", least.end - least.preview);
    }
}
