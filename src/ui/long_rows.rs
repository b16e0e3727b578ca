//! A list of any length in a box of a few rows: only visible rows are laid out,
//! and the position is a number of rows, since pixels of 32 bits end at 2^24.

use super::theme::{GRID, palette};
use egui::{EventFilter, Key, Rect, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

const BAR: f32 = 8.0;

/// What a long list looks like.
#[derive(Clone, Copy, Debug)]
pub struct LongRows<'a> {
    /// Tells it from other lists of the window.
    pub id: &'a str,
    /// The accessible name of its scrollbar.
    pub name: &'a str,
    /// How many rows there are.
    pub count: u64,
    /// How high each is.
    pub row_height: f32,
    /// How many are visible at most.
    pub visible: u64,
}

impl LongRows<'_> {
    /// The width left for a row when `width` is there for all.
    #[must_use]
    pub fn row_width(&self, width: f32) -> f32 {
        if self.count > self.visible { width - BAR - GRID } else { width }
    }

    /// Paints the rows from `top` on; says how many were laid out. `paint` gets
    /// the row's number and a `Ui` that has its rectangle.
    pub fn show(&self, ui: &mut Ui, top: &mut f64, mut paint: impl FnMut(&mut Ui, u64)) -> u64 {
        let rows = self.count.min(self.visible);
        let size = vec2(ui.available_width(), rows as f32 * self.row_height);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let max = self.count.saturating_sub(self.visible) as f64;
        let mut rows_rect = rect;
        if max > 0.0 {
            rows_rect.max.x -= BAR + GRID;
            if response.contains_pointer() {
                let delta = ui.input(|i| i.smooth_scroll_delta.y);
                let next = (*top - f64::from(delta / self.row_height)).clamp(0.0, max);
                if delta != 0.0 && next != *top {
                    *top = next;
                    ui.input_mut(|i| i.smooth_scroll_delta.y = 0.0);
                }
            }
            let bar = Rect::from_min_max(pos2(rect.max.x - BAR, rect.min.y), rect.max);
            self.bar(ui, bar, top, max);
        }
        *top = top.clamp(0.0, max);
        let first = top.floor();
        let shift = (*top - first) as f32 * self.row_height;
        let last = (first as u64 + rows + u64::from(shift > 0.0)).min(self.count);
        let clip = rows_rect.intersect(ui.clip_rect());
        for row in first as u64..last {
            let y = rows_rect.min.y + (row - first as u64) as f32 * self.row_height - shift;
            let row_rect = Rect::from_min_size(
                pos2(rows_rect.min.x, y),
                vec2(rows_rect.width(), self.row_height),
            );
            let place = UiBuilder::new().max_rect(row_rect).id_salt((self.id, row));
            let mut child = ui.new_child(place);
            child.set_clip_rect(clip);
            paint(&mut child, row);
        }
        last - first as u64
    }

    fn bar(&self, ui: &Ui, bar: Rect, top: &mut f64, max: f64) {
        let page = self.visible.saturating_sub(1).max(1) as f64;
        let response =
            ui.interact(bar, ui.scope_id().with((self.id, "bar")), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::slider(true, *top, self.name));
        let handle_height =
            (bar.height() * (self.visible as f64 / self.count as f64) as f32).max(24.0);
        let way = f64::from(bar.height() - handle_height);
        if let Some(pointer) = response.interact_pointer_pos().filter(|_| way > 0.0) {
            let y = f64::from(pointer.y - bar.min.y - handle_height / 2.0);
            *top = (y / way * max).clamp(0.0, max);
        }
        if response.has_focus() {
            let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
            let moves = [
                (Key::ArrowUp, -1.0),
                (Key::ArrowDown, 1.0),
                (Key::PageUp, -page),
                (Key::PageDown, page),
                (Key::Home, -max),
                (Key::End, max),
            ];
            for (key, step) in moves {
                if ui.input(|i| i.key_pressed(key)) {
                    *top = (*top + step).clamp(0.0, max);
                }
            }
        }
        let colours = palette(ui);
        let at = bar.min.y + (*top / max * way) as f32;
        let handle = Rect::from_min_size(pos2(bar.min.x, at), vec2(BAR, handle_height));
        let active = response.hovered() || response.has_focus() || response.dragged();
        let fill = if active { colours.dim } else { colours.stroke };
        ui.painter().rect_filled(bar, BAR / 2.0, colours.raised);
        ui.painter().rect_filled(handle, BAR / 2.0, fill);
    }
}
