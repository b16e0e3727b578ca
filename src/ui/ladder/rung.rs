//! One rung: its time, its label above its arrow, its remarks, a click.

use super::Panel;
use super::geometry::{Geometry, HALF};
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{Opcode, Role};
use crate::session::ladder::{Ladder, Mark, Rung, Step, What};
use crate::text::rung::{Class, RungWords, spoken};
use crate::text::sentences;
use crate::ui::command::Command;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets;
use egui::{Align2, Color32, Pos2, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

/// The sign of a note.
const NOTE: f32 = 11.0;

/// What every rung is painted with.
pub struct Shown<'a> {
    /// The panel.
    pub panel: &'a Panel<'a>,
    /// The value.
    pub ladder: &'a Ladder,
    /// Where things stand.
    pub geometry: &'a Geometry,
    /// The chosen rung.
    pub chosen: Option<usize>,
    /// This end holds an answer.
    pub held: bool,
    /// Rungs that light up.
    pub lit: Vec<usize>,
}

fn color(palette: &Palette, class: Class, from: Option<Role>) -> Color32 {
    match (class, from) {
        (Class::Ending | Class::Fault, _) => palette.close,
        (Class::Heartbeat, _) => palette.ping,
        (Class::Data, Some(Role::Client)) => palette.client,
        (Class::Data, Some(Role::Server)) => palette.server,
        _ => palette.dim,
    }
}

impl Shown<'_> {
    /// Tail and head of a rung's arrow, where the rung begins at `top`.
    fn heights(&self, at: usize, top: f32) -> (f32, f32) {
        let tail = top + self.geometry.tail();
        match self.ladder.crossing(at) {
            // Crossing arrows go from the upper rung to the lower one, both.
            Some(other) if other > at => (tail, tail + self.geometry.rung),
            Some(_) => (tail - self.geometry.rung, tail),
            None => (tail, tail + self.geometry.slope()),
        }
    }

    /// The states of a lifeline above and below a rung, and where it changes: at
    /// the tail of what it sends, at the head of what it receives.
    pub fn step(&self, at: usize, role: Role, top: f32) -> (Step, f32) {
        let rungs = self.ladder.rungs();
        let (tail, head) = self.heights(at, top);
        if let Some(other) = self.ladder.crossing(at) {
            // Each end changed when it sent its own, on the upper rung.
            let own = if rungs[at].from == Some(role) { at } else { other };
            let own = rungs[own].states[role.index()];
            let below = Step { before: own.after, after: own.after };
            return if other > at { (own, tail) } else { (below, tail) };
        }
        let receives = rungs[at].is_arrow() && rungs[at].from != Some(role);
        (rungs[at].states[role.index()], if receives { head } else { tail })
    }

    fn rect(&self, top: f32) -> Rect {
        let body = self.geometry.body;
        Rect::from_min_size(pos2(body.left(), top), vec2(body.width() - 12.0, self.geometry.rung))
    }

    /// The ground of a rung that is chosen or pointed at, below the lifelines.
    pub fn ground(&self, ui: &Ui, at: usize, top: f32, _: &mut Vec<Command>) {
        let palette = theme::palette(ui);
        let rect = self.rect(top);
        let edge = rect.with_max_x(rect.left() + 3.0);
        let (chosen, lit) = (self.chosen == Some(at), self.lit.contains(&at));
        if chosen || lit {
            let fill = if chosen { palette.selected } else { palette.lit };
            let line = if lit { palette.closing } else { palette.accent };
            ui.painter().rect_filled(rect, 0.0, fill);
            ui.painter().rect_filled(edge, 0.0, line);
        } else if self.is_fresh(at) {
            ui.painter().rect_filled(rect, 0.0, palette.selected.gamma_multiply(0.6));
        } else if ui.rect_contains_pointer(rect) {
            ui.painter().rect_filled(rect, 0.0, palette.hovered);
        }
    }

    /// Whether the last step of a replay brought it, or something into its fold.
    fn is_fresh(&self, at: usize) -> bool {
        let (rung, fresh) = (&self.ladder.rungs()[at], &self.panel.fresh);
        rung.row < fresh.end && fresh.start <= rung.last
    }

    /// Paints a rung and takes its click.
    pub fn rung_ui(&self, ui: &Ui, at: usize, top: f32, commands: &mut Vec<Command>) {
        let (palette, panel) = (theme::palette(ui), self.panel);
        let rung = &self.ladder.rungs()[at];
        let (capture, mut previews) = ((panel.log, panel.source), panel.previews.borrow_mut());
        let words = RungWords::of(capture, &mut previews, self.ladder, at, panel.lang);
        drop(previews);
        let chosen = self.chosen == Some(at);
        let id = ui.scope_id().with(("rung", rung.row));
        // Keys choose rungs; Tab goes past them.
        let response = ui.interact(self.rect(top), id, Sense::CLICK);
        let spoken = spoken(rung, &words, panel.lang);
        response.widget_info(|| WidgetInfo::selected(egui::Role::Row, true, chosen, &spoken));
        self.times(ui, at, rung, top, palette);
        if words.bookmarked {
            let mark = pos2(self.geometry.body.left() + 3.0, top + self.geometry.tail() - 10.0);
            widgets::bookmark_mark(ui, Rect::from_min_size(mark, vec2(7.0, 14.0)), palette.accent);
        }
        let color = color(palette, words.class, rung.from);
        let (tail, head) = self.heights(at, top);
        if let Some(from) = rung.from.filter(|_| rung.is_arrow()) {
            let bold = chosen || self.lit.contains(&at) || self.is_fresh(at);
            self.arrow(ui, rung, from, (tail, head), color, bold);
            // What this end holds is drawn below the last rung.
            let held = self.held && self.ladder.role() == Some(from.peer());
            if !held && self.ladder.marks(at).contains(&Mark::Unanswered) {
                self.no_answer(ui, from, head, palette);
            }
        } else if let (Some(from), What::Tcp(TcpEvent::Lost)) = (rung.from, rung.what) {
            let x = self.geometry.lifelines[from.index()];
            cross(ui, pos2(x, tail), 7.0, Stroke::new(2.5, color));
        }
        let cut = self.label(ui, at, &words, (tail, rung.is_arrow()), color, palette);
        if rung.run.is_some_and(|run| rung.is_folded() || run == rung.row) {
            self.fold_ui(ui, rung, tail, commands);
        }
        if response.clicked() {
            commands.push(Command::Select(rung.row));
            if let Some(run) = rung.run.filter(|_| rung.is_folded()) {
                commands.push(Command::Unfold(run));
            }
        }
        if cut || !words.notes.is_empty() {
            response.on_hover_text_at_pointer(spoken);
        }
    }

    fn times(&self, ui: &Ui, at: usize, rung: &Rung, top: f32, palette: &Palette) {
        let geometry = self.geometry;
        let start = self.panel.log.start().unwrap_or(rung.time);
        let time = format!("{:.3}", rung.time.saturating_sub(start) as f64 / 1e9);
        let font = geometry.font(theme::mono());
        let y = top + geometry.tail() - 1.0;
        let left = geometry.times;
        ui.painter().text(pos2(left, y), Align2::LEFT_BOTTOM, time, font.clone(), palette.text);
        if let Some(delta) = self.ladder.delta(at).filter(|_| geometry.rung > 34.0) {
            let delta = format!("+{}", sentences::duration(delta));
            let font = egui::FontId { size: font.size * 0.92, ..font };
            ui.painter().text(pos2(left, y), Align2::LEFT_TOP, delta, font, palette.dim);
        }
    }

    fn arrow(
        &self,
        ui: &Ui,
        rung: &Rung,
        from: Role,
        (tail, head): (f32, f32),
        color: Color32,
        chosen: bool,
    ) {
        let [left, right] = self.geometry.lifelines;
        let (start, end, sign) = match from {
            Role::Client => (left + HALF + 1.0, right - HALF - 1.0, -1.0),
            Role::Server => (right - HALF - 1.0, left + HALF + 1.0, 1.0),
        };
        let bold = if chosen { 1.0 } else { 0.0 };
        let (from, to) = (pos2(start, tail), pos2(end, head));
        let back = (from - to).normalized();
        let side = back.rot90();
        let long = 11.0 * self.geometry.zoom.min(1.3);
        let painter = ui.painter();
        if rung.is_folded() {
            // Many: two lines side by side.
            for off in [-2.0, 2.0] {
                let stroke = Stroke::new(1.5 + bold, color);
                painter.line_segment(
                    [from + side * off, to + back * (long - 2.0) + side * off],
                    stroke,
                );
            }
        } else {
            let stroke = Stroke::new(1.8 + bold, color);
            painter.line_segment([from, to + back * (long - 2.0)], stroke);
        }
        if rung.what == What::Tcp(TcpEvent::Rst) {
            let at = pos2(end + sign * 8.0, head);
            cross(ui, at, 6.0, Stroke::new(2.5 + bold, color));
            return;
        }
        let (width, tip) = (long * 0.48, to);
        let points = vec![tip, tip + back * long + side * width, tip + back * long - side * width];
        painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
        if rung.what == What::Tcp(TcpEvent::Fin) {
            // A bar at the tail: nothing more comes from here.
            let at = pos2(start - sign * 5.0, tail);
            painter.vline(at.x, at.y - 6.0..=at.y + 6.0, Stroke::new(2.5, color));
        }
    }

    /// Where the answer would begin: a dashed stub and a question mark.
    fn no_answer(&self, ui: &Ui, from: Role, head: f32, palette: &Palette) {
        let x = self.geometry.lifelines[from.peer().index()];
        let sign = if from == Role::Client { -1.0 } else { 1.0 };
        let y = head + self.geometry.rung * 0.11;
        let (start, end) = (pos2(x + sign * (HALF + 2.0), y), pos2(x + sign * 56.0, y + 3.0));
        let stroke = Stroke::new(1.5, palette.closing);
        ui.painter().extend(Shape::dashed_line(&[start, end], stroke, 4.0, 4.0));
        let font = self.geometry.font(theme::bold_small());
        let at = end + vec2(sign * 8.0, 0.0);
        ui.painter().text(at, Align2::CENTER_CENTER, "?", font, palette.closing);
    }

    /// The label and the remarks in one line above the arrow; whether it is cut.
    fn label(
        &self,
        ui: &Ui,
        at: usize,
        words: &RungWords,
        (tail, arrow): (f32, bool),
        color: Color32,
        palette: &Palette,
    ) -> bool {
        let geometry = self.geometry;
        let width = geometry.middle_width() - 48.0;
        let crossing = self.ladder.crossing(at);
        let width = if crossing.is_some() { width / 2.0 } else { width };
        let violations = match &words.violations[..] {
            [] => String::new(),
            [one] => format!("! {one}"),
            more => format!("! {} {}", more.len(), self.panel.lang.words().violations),
        };
        // Crossing arrows are seen to cross; their labels share a line.
        let mut remarks = if crossing.is_some() { Vec::new() } else { words.marks.clone() };
        if !violations.is_empty() {
            remarks.insert(0, violations);
        }
        let remark = remarks.join(" · ");
        let small = geometry.font(theme::small());
        let ending = matches!(self.ladder.rungs()[at].what, What::Frame(Opcode::CLOSE));
        let remark_color = if ending { palette.closing } else { palette.close };
        let font = if arrow { geometry.font(theme::bold()) } else { geometry.font(theme::small()) };
        let font = egui::FontId { size: font.size * 0.96, ..font };
        // The label keeps a third; the remarks take what it does not need.
        let whole = widgets::one_line(ui, &words.label, font.clone(), color, width).size().x;
        let rest = (width - 12.0 - whole).max(width * 0.62);
        let remark = widgets::one_line(ui, &remark, small, remark_color, rest);
        let gap = if remark.size().x > 0.0 { 12.0 } else { 0.0 };
        let noted = if words.notes.is_empty() { 0.0 } else { NOTE + 8.0 };
        let room = width - remark.size().x - gap - noted;
        let label = widgets::one_line(ui, &words.label, font, color, room);
        let whole = noted + label.size().x + gap + remark.size().x;
        let x = match (crossing, self.ladder.rungs()[at].from) {
            (Some(_), Some(Role::Client)) => geometry.lifelines[0] + HALF + 8.0,
            (Some(_), _) => geometry.lifelines[1] - HALF - 8.0 - whole,
            _ => geometry.middle() - whole / 2.0,
        };
        if noted > 0.0 {
            let mark = vec2(NOTE, NOTE + 1.0);
            let at = pos2(x + NOTE / 2.0, tail - if arrow { 10.0 } else { 0.0 });
            widgets::note_mark(ui, Rect::from_center_size(at, mark), palette.accent);
        }
        let x = x + noted;
        let bottom = if arrow { tail - 2.0 } else { tail + label.size().y / 2.0 };
        let top = bottom - label.size().y;
        let lower = label.size().y - remark.size().y;
        let remark_at: Pos2 = pos2(x + label.size().x + gap, top + lower * 0.6);
        let cut = label.elided || remark.elided || words.violations.len() > 1;
        ui.painter().galley(pos2(x, top), label, color);
        ui.painter().galley(remark_at, remark, remark_color);
        cut
    }

    /// The box at the tail of a run that folds and unfolds it.
    fn fold_ui(&self, ui: &Ui, rung: &Rung, tail: f32, commands: &mut Vec<Command>) {
        let (palette, words) = (theme::palette(ui), self.panel.lang.words());
        let Some(run) = rung.run else { return };
        let (name, sign) = if rung.is_folded() { (words.unfold, "+") } else { (words.fold, "−") };
        let x = match rung.from {
            Some(Role::Server) => self.geometry.lifelines[1] - HALF - 22.0,
            _ => self.geometry.lifelines[0] + HALF + 6.0,
        };
        let rect = Rect::from_min_size(pos2(x, tail - 20.0), vec2(16.0, 16.0));
        let id = ui.scope_id().with(("fold", rung.row));
        let response = ui.interact(rect, id, Sense::click());
        let label = format!("{name} {}", rung.row);
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
        let line = if response.hovered() { palette.accent } else { palette.dim };
        ui.painter().rect_filled(rect, 3.0, palette.raised);
        let stroke = Stroke::new(1.0, line);
        ui.painter().rect_stroke(rect, 3.0, stroke, egui::StrokeKind::Inside);
        let font = theme::bold_small();
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, sign, font, palette.text);
        if response.on_hover_text(name).clicked() {
            commands.push(Command::Unfold(run));
        }
    }
}

fn cross(ui: &Ui, at: Pos2, half: f32, stroke: Stroke) {
    for (x, y) in [(half, half), (half, -half)] {
        ui.painter().line_segment([at - vec2(x, y), at + vec2(x, y)], stroke);
    }
}
