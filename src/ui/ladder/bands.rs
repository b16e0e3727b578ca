//! The lifelines: readyState as coloured, named bands. A band is full where the
//! states of its end are known, hatched with a dashed outline where they are
//! inferred, half as wide once its end has sent FIN, a thin line once closed.

use super::geometry::{Geometry, HALF};
use super::rung::Shown;
use crate::protocol::{ReadyState, Role};
use crate::text::rung as words_of;
use crate::ui::theme::{self, Palette};
use egui::{Color32, Rect, Shape, Stroke, Ui, pos2};
use std::ops::Range;

/// The colour of a state's band.
fn color(palette: &Palette, state: ReadyState) -> Color32 {
    match state {
        ReadyState::Open => palette.open,
        ReadyState::Closing => palette.closing,
        ReadyState::Connecting | ReadyState::Closed => palette.closed,
    }
}

#[derive(Clone, Copy, PartialEq)]
struct Look {
    state: ReadyState,
    half: bool,
}

/// A stretch of one look.
struct Band {
    look: Look,
    from: f32,
    to: f32,
}

/// Paints both lifelines beside these rungs and the tail below them.
pub fn bands_ui(
    ui: &Ui,
    shown: &Shown<'_>,
    rungs: Range<usize>,
    place: impl Fn(usize) -> f32,
    tail: u64,
) {
    let geometry = shown.geometry;
    let all = shown.ladder.rungs().len();
    for role in Role::BOTH {
        let mut bands: Vec<Band> = Vec::new();
        let mut add = |look: Look, from: f32, to: f32| match bands.last_mut() {
            Some(last) if last.look == look => last.to = to,
            _ => bands.push(Band { look, from, to }),
        };
        let mut last = Look { state: shown.ladder.bottom(role), half: false };
        for at in rungs.clone() {
            let rung = &shown.ladder.rungs()[at];
            let top = place(at);
            let (step, change) = shown.step(at, role, top);
            let above = at.checked_sub(1).map(|above| &shown.ladder.rungs()[above]);
            let half = |rung| shown.ladder.half_closed(rung) == Some(role);
            let before = Look { state: step.before, half: above.is_some_and(half) };
            last = Look { state: step.after, half: half(rung) };
            add(before, top, change);
            add(last, change, top + geometry.rung);
        }
        if rungs.end == all {
            let bottom = place(all);
            last.state = shown.ladder.bottom(role);
            add(last, bottom, bottom + tail as f32 * geometry.rung - 12.0);
        }
        for band in &bands {
            paint(ui, shown, role, band);
        }
        name(ui, shown, role, &bands, rungs.end == all);
    }
}

fn paint(ui: &Ui, shown: &Shown<'_>, role: Role, band: &Band) {
    let palette = theme::palette(ui);
    let x = shown.geometry.lifelines[role.index()];
    let fill = color(palette, band.look.state);
    let painter = ui.painter();
    if band.look.state == ReadyState::Closed {
        painter.vline(x, band.from..=band.to, Stroke::new(2.0, palette.stroke));
        return;
    }
    let mut rect = Rect::from_x_y_ranges(x - HALF..=x + HALF, band.from..=band.to);
    if band.look.half {
        // The half that faces the other end stays: it still receives.
        match role {
            Role::Client => rect.min.x = x,
            Role::Server => rect.max.x = x,
        }
    }
    if shown.ladder.is_known(role) {
        painter.rect_filled(rect, 2.0, fill);
        return;
    }
    painter.rect_filled(rect, 0.0, fill.gamma_multiply(0.22));
    let clipped = painter.with_clip_rect(rect.intersect(ui.clip_rect()));
    // Seen from the top of the ladder, so that the hatching scrolls with it.
    const GAP: f32 = 6.0;
    let stroke = Stroke::new(1.5, fill.gamma_multiply(0.8));
    let visible = rect.intersect(ui.clip_rect());
    let first = ((visible.top() - rect.top()) / GAP).floor().max(0.0);
    let mut y = rect.top() + first * GAP - 2.0 * HALF;
    while y < visible.bottom() {
        clipped.line_segment([pos2(x - HALF, y + 2.0 * HALF), pos2(x + HALF, y)], stroke);
        y += GAP;
    }
    let stroke = Stroke::new(1.5, fill);
    let (top, bottom) = (visible.top().max(rect.top()), visible.bottom());
    for x in [rect.left(), rect.right()] {
        let line = Shape::dashed_line(&[pos2(x, top), pos2(x, bottom)], stroke, 5.0, 3.0);
        painter.extend(line);
    }
    painter.hline(rect.x_range(), rect.top(), stroke);
}

/// The name of each state beside its band, in the middle of what is visible; at
/// the bottom of the ladder with the clock of CLOSING.
fn name(ui: &Ui, shown: &Shown<'_>, role: Role, bands: &[Band], ends: bool) {
    let palette = theme::palette(ui);
    let clip = ui.clip_rect();
    let geometry: &Geometry = shown.geometry;
    let mut names: Vec<(ReadyState, f32, f32)> = Vec::new();
    for band in bands {
        let (from, to) = (band.from.max(clip.top()), band.to.min(clip.bottom()));
        match names.last_mut() {
            Some(last) if last.0 == band.look.state => last.2 = to,
            _ if to > from => names.push((band.look.state, from, to)),
            _ => {}
        }
    }
    let clock = words_of::clock(shown.ladder, role, shown.panel.now).filter(|_| ends);
    if clock.is_some() && !shown.ladder.is_over() {
        ui.ctx().request_repaint_after(std::time::Duration::from_secs(1));
    }
    let count = names.len();
    let mut free = clip.top();
    for (at, (state, from, to)) in names.into_iter().enumerate() {
        let text = match &clock {
            Some(clock) if at + 1 == count => clock.clone(),
            _ => state.word().to_owned(),
        };
        let color = color(palette, state);
        let font = geometry.font(theme::bold_small());
        let galley = ui.painter().layout_no_wrap(text, font, color);
        let size = galley.size();
        let top = (from.midpoint(to) - size.y / 2.0).max(free);
        if top + size.y > clip.bottom() + 4.0 {
            continue;
        }
        free = top + size.y;
        let x = geometry.lifelines[role.index()];
        let gap = HALF + 8.0;
        let x = if role == Role::Client { x - gap - size.x } else { x + gap };
        ui.painter().galley(pos2(x, top), galley, color);
    }
}
