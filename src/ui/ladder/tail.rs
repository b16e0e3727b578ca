//! Below the last rung: what is held, and the legend.

use super::geometry::{Geometry, HALF};
use super::rung::Shown;
use crate::protocol::Role;
use crate::session::ladder::Ladder;
use crate::text::Lang;
use crate::ui::command::Command;
use crate::ui::theme;
use crate::ui::widgets;
use egui::{Align2, Rect, RichText, Shape, Stroke, Ui, UiBuilder, pos2, vec2};

const CARD: egui::Vec2 = vec2(268.0, 68.0);

/// How many rungs the tail takes.
#[must_use]
pub fn rungs(geometry: &Geometry, held: bool, over: bool) -> u64 {
    let height = if held { CARD.y + 24.0 } else { 28.0 };
    if over { 1 } else { (height / geometry.rung).ceil() as u64 }
}

/// An answer that waits for a hand: a card between the lifelines, a dashed line
/// from the end that holds it, and the button that lets it through.
pub fn held_ui(
    ui: &mut Ui,
    shown: &Shown<'_>,
    (what, count): &(String, usize),
    top: f32,
    commands: &mut Vec<Command>,
) {
    let (palette, words) = (theme::palette(ui), shown.panel.lang.words());
    let Some(ours) = shown.ladder.role() else { return };
    let geometry = shown.geometry;
    let size = vec2(CARD.x.min(geometry.middle_width() - 64.0), CARD.y);
    let rect = Rect::from_center_size(pos2(geometry.middle(), top + 8.0 + size.y / 2.0), size);
    let (from, to) = match ours {
        Role::Client => (geometry.lifelines[0] + HALF + 2.0, rect.left()),
        Role::Server => (geometry.lifelines[1] - HALF - 2.0, rect.right()),
    };
    let y = rect.top() + 20.0;
    let stroke = Stroke::new(1.8, palette.closing);
    let line = [pos2(from, y - 6.0), pos2(to, y)];
    ui.painter().extend(Shape::dashed_line(&line, stroke, 5.0, 4.0));
    ui.painter().rect_filled(rect, 6.0, palette.ground);
    let stroke = Stroke::new(1.2, palette.closing);
    ui.painter().rect_stroke(rect, 6.0, stroke, egui::StrokeKind::Inside);
    let more = if *count > 1 { format!(" ({count})") } else { String::new() };
    let text = format!("{what}{more}");
    let galley = widgets::one_line(ui, &text, theme::bold(), palette.closing, size.x - 16.0);
    let at = pos2(rect.center().x - galley.size().x / 2.0, rect.top() + 6.0);
    ui.painter().galley(at, galley, palette.closing);
    let button = Rect::from_center_size(rect.center() + vec2(0.0, 15.0), vec2(150.0, 26.0));
    ui.scope_builder(UiBuilder::new().max_rect(button), |ui| {
        let button_ui = egui::Button::new(RichText::new(words.let_through));
        if ui.add_sized(button.size(), button_ui).clicked() {
            commands.push(Command::Release(shown.ladder.number()));
        }
    });
}

/// What the bands mean.
pub fn legend_ui(ui: &Ui, rect: Rect, ladder: &Ladder, lang: Lang) {
    let (palette, words) = (theme::palette(ui), lang.words());
    let mut parts = Vec::new();
    if Role::BOTH.into_iter().any(|role| ladder.is_known(role)) {
        parts.push(words.states_known);
    }
    if !Role::BOTH.into_iter().all(|role| ladder.is_known(role)) {
        parts.push(words.states_inferred);
    }
    if ladder.rungs().iter().rev().take(64).any(|rung| ladder.half_closed(rung).is_some()) {
        parts.push(words.half_band);
    }
    let line = Stroke::new(1.0, palette.stroke);
    ui.painter().hline(rect.x_range(), rect.top(), line);
    let width = rect.width() - 24.0;
    let galley = widgets::one_line(ui, &parts.join(" · "), theme::small(), palette.dim, width);
    let at = Align2::LEFT_CENTER.anchor_size(rect.left_center() + vec2(12.0, 0.0), galley.size());
    ui.painter().galley(at.min, galley, palette.dim);
}
