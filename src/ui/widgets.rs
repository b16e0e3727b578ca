//! The few controls that egui does not have as we want them.

use super::theme;
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align, Button, Color32, FontId, Id, Layout, Response, RichText, Sense};
use egui::{Ui, WidgetInfo, vec2};
use std::ops::Range;
use std::sync::Arc;

/// A row of choices of which one holds; `true` when another was chosen.
pub fn segmented<T: PartialEq + Copy>(ui: &mut Ui, value: &mut T, choices: &[(T, &str)]) -> bool {
    segments(ui, value, choices, false)
}

/// The same in as many rows as it takes.
pub fn segmented_wrapped<T: PartialEq + Copy>(
    ui: &mut Ui,
    value: &mut T,
    choices: &[(T, &str)],
) -> bool {
    segments(ui, value, choices, true)
}

fn segments<T: PartialEq + Copy>(
    ui: &mut Ui,
    value: &mut T,
    choices: &[(T, &str)],
    wrapped: bool,
) -> bool {
    let palette = theme::palette(ui);
    let before = *value;
    egui::Frame::new()
        .fill(palette.raised)
        .stroke(egui::Stroke::new(1.0, palette.stroke))
        .corner_radius(5.0)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
            let layout = Layout::left_to_right(Align::Center).with_main_wrap(wrapped);
            let row = vec2(ui.available_size_before_wrap().x, ui.spacing().interact_size.y);
            ui.allocate_ui_with_layout(row, layout, |ui| {
                for (choice, label) in choices {
                    if segment(ui, *value == *choice, label).clicked() {
                        *value = *choice;
                    }
                }
            });
        });
    before != *value
}

fn segment(ui: &mut Ui, selected: bool, label: &str) -> Response {
    let palette = theme::palette(ui);
    let color = if selected { palette.text } else { palette.dim };
    let galley = ui.painter().layout_no_wrap(label.to_owned(), theme::body(), color);
    let size = vec2(galley.size().x + 24.0, 26.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::Role::Tab, true, selected, label));
    if selected {
        ui.painter().rect_filled(rect, 5.0, palette.selected);
        let line = rect.with_min_y(rect.bottom() - 2.0);
        ui.painter().rect_filled(line, 0.0, palette.accent);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 5.0, palette.hovered);
    }
    if response.has_focus() {
        let stroke = egui::Stroke::new(1.0, palette.accent);
        ui.painter().rect_stroke(rect, 5.0, stroke, egui::StrokeKind::Inside);
    }
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    response
}

/// The one button that a panel is about.
pub fn primary(ui: &mut Ui, enabled: bool, label: &str) -> Response {
    let palette = theme::palette(ui);
    filled(ui, enabled, label, palette.accent, palette.on_accent)
}

/// A button that ends something in a Close.
pub fn ending(ui: &mut Ui, enabled: bool, label: &str) -> Response {
    let palette = theme::palette(ui);
    filled(ui, enabled, label, palette.close, palette.on_accent)
}

fn filled(ui: &mut Ui, enabled: bool, label: &str, fill: Color32, text: Color32) -> Response {
    ui.add_enabled_ui(enabled, |ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for state in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
            state.weak_bg_fill = fill;
        }
        ui.add(Button::new(RichText::new(label).color(text)))
    })
    .inner
}

/// A button that ends TCP: outlined.
pub fn outlined(ui: &mut Ui, enabled: bool, label: &str) -> Response {
    let color = theme::palette(ui).close;
    ui.add_enabled_ui(enabled, |ui| {
        let button = Button::new(RichText::new(label).color(color));
        ui.add(button.stroke(egui::Stroke::new(1.0, color)))
    })
    .inner
}

/// A small round switch.
pub fn chip(ui: &mut Ui, on: bool, label: &str) -> Response {
    let palette = theme::palette(ui);
    let color = if on { palette.text } else { palette.dim };
    let galley = ui.painter().layout_no_wrap(label.to_owned(), theme::small(), color);
    let size = vec2(galley.size().x + 18.0, 22.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::Role::CheckBox, true, on, label));
    let line = if on || response.has_focus() { palette.accent } else { palette.stroke };
    let stroke = egui::Stroke::new(1.0, line);
    ui.painter().rect_stroke(rect, 11.0, stroke, egui::StrokeKind::Inside);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    response
}

/// The two ends of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// What stands at the left.
    Left,
    /// What stands at the right, added from right to left.
    Right,
}

fn right_end(line: &str) -> Id {
    Id::unique(("right end", line))
}

/// How wide the right end of a line was in the last painting.
pub fn width_of_right_end(ui: &Ui, line: &str) -> f32 {
    ui.data(|data| data.get_temp(right_end(line))).unwrap_or_default()
}

/// A line with something at both ends; where they do not fit beside each other, the
/// right one gets a line of its own. `line` is its name.
pub fn both_ends(ui: &mut Ui, line: &str, mut add: impl FnMut(&mut Ui, End)) {
    let before = width_of_right_end(ui, line);
    let mut width = None;
    let mut right = |ui: &mut Ui, add: &mut dyn FnMut(&mut Ui, End)| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            add(ui, End::Right);
            width = Some(ui.min_rect().width());
        });
    };
    let beside = ui.horizontal(|ui| {
        add(ui, End::Left);
        let beside = ui.available_width() >= before;
        if beside {
            right(ui, &mut add);
        }
        beside
    });
    if !beside.inner {
        ui.horizontal(|ui| right(ui, &mut add));
    }
    let width = width.unwrap_or_default();
    if width != before {
        ui.data_mut(|data| data.insert_temp(right_end(line), width));
        ui.ctx().request_repaint();
    }
}

/// The sign of a note: a sheet with lines.
pub fn note_mark(ui: &Ui, rect: egui::Rect, color: Color32) {
    let stroke = egui::Stroke::new(1.0, color);
    ui.painter().rect_stroke(rect, 2.0, stroke, egui::StrokeKind::Inside);
    for line in [0.35, 0.65] {
        let y = rect.top() + rect.height() * line;
        ui.painter().hline(rect.x_range().shrink(3.0), y, stroke);
    }
}

/// The sign of a bookmark: a ribbon with a notch.
pub fn bookmark_mark(ui: &Ui, rect: egui::Rect, color: Color32) {
    let notch = egui::pos2(rect.center().x, rect.bottom() - 4.0);
    let halves = [(rect.left_top(), rect.left_bottom()), (rect.right_top(), rect.right_bottom())];
    for (top, bottom) in halves {
        let middle = egui::pos2(rect.center().x, rect.top());
        let half = vec![top, middle, notch, bottom];
        ui.painter().add(egui::Shape::convex_polygon(half, color, egui::Stroke::NONE));
    }
}

/// One line of text, cut off with an ellipsis where it is wider than `width`.
pub fn one_line(
    ui: &Ui,
    text: &str,
    font: FontId,
    color: Color32,
    width: f32,
) -> Arc<egui::Galley> {
    one_line_lit(ui, text, &[], font, color, width)
}

/// The same with some places lit up.
pub fn one_line_lit(
    ui: &Ui,
    text: &str,
    lit: &[Range<usize>],
    font: FontId,
    color: Color32,
    width: f32,
) -> Arc<egui::Galley> {
    let mut job = LayoutJob::default();
    append_lit(ui, &mut job, text, lit, TextFormat::simple(font, color));
    job.wrap = TextWrapping {
        max_width: width.max(0.0),
        max_rows: 1,
        break_anywhere: true,
        overflow_character: Some('…'),
    };
    ui.painter().layout_job(job)
}

/// Appends a text to a job with some places lit up, which are in order.
pub fn append_lit(
    ui: &Ui,
    job: &mut LayoutJob,
    text: &str,
    lit: &[Range<usize>],
    format: TextFormat,
) {
    let palette = theme::palette(ui);
    let found = TextFormat { color: palette.on_found, background: palette.found, ..format.clone() };
    let mut at = 0;
    for place in lit {
        job.append(&text[at..place.start], 0.0, format.clone());
        job.append(&text[place.clone()], 0.0, found.clone());
        at = place.end;
    }
    job.append(&text[at..], 0.0, format);
}

/// A caption above a section.
pub fn caption(ui: &mut Ui, text: &str) {
    let palette = theme::palette(ui);
    ui.label(RichText::new(text.to_uppercase()).font(theme::bold_small()).color(palette.dim));
}

/// A dim remark.
pub fn dim(ui: &mut Ui, text: impl Into<String>) -> Response {
    let palette = theme::palette(ui);
    ui.label(RichText::new(text).font(theme::small()).color(palette.dim))
}

/// The same that is not broken: in lines that wrap it goes to the next one whole.
pub fn dim_whole(ui: &mut Ui, text: impl Into<String>) -> Response {
    let palette = theme::palette(ui);
    let text = RichText::new(text).font(theme::small()).color(palette.dim);
    ui.add(egui::Label::new(text).extend())
}

/// A sentence about what is wrong.
pub fn wrong(ui: &mut Ui, text: impl Into<String>) -> Response {
    let palette = theme::palette(ui);
    ui.label(RichText::new(text).font(theme::small()).color(palette.close))
}

/// The same in what is left of a line; the whole of it under the pointer.
pub fn wrong_in_line(ui: &mut Ui, text: impl Into<String>) -> Response {
    let palette = theme::palette(ui);
    let text = RichText::new(text).font(theme::small()).color(palette.close);
    ui.add(egui::Label::new(text).truncate())
}
