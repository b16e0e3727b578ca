//! The ladder beside the table: the same rows as arrows between two lifelines.
//!
//! Its content is `session::ladder`'s value, its words `text::rung`'s; only the
//! rungs that are visible are laid out.

mod bands;
mod files;
mod geometry;
mod keys;
mod rung;
mod tail;

use super::command::Command;
use super::table::{Extent, Scroll, move_by_wheel, scroll_bar};
use super::{theme, widgets};
use crate::engine::status::Status;
use crate::protocol::{Role, Time};
use crate::session::inflate::Previews;
use crate::session::ladder::{Folding, Ladder};
use crate::session::log::Log;
use crate::session::source::Source;
use crate::session::view::{Scope, View};
use crate::text::{Lang, rung as words_of};
use egui::{Rect, Sense, Ui, pos2};
use geometry::Geometry;
use std::cell::RefCell;
use std::ops::Range;

/// What stands in the middle of the window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Center {
    /// The rows as a table.
    #[default]
    Table,
    /// The rows of one connection as a ladder.
    Ladder,
    /// The figures of the rows.
    Statistics,
}

/// Why this connection is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// It is the one that is chosen in the list.
    Chosen,
    /// The chosen row is of it.
    Row,
    /// It is the newest.
    Newest,
}

/// The connection that the ladder shows.
#[must_use]
pub fn which(log: &Log, scope: Scope, selected: Option<u64>) -> Option<(u32, Why)> {
    let exists = |number: &u32| log.connection(*number).is_some();
    let chosen = || scope.connection.filter(exists).map(|number| (number, Why::Chosen));
    let row = || {
        let row = selected.and_then(|index| log.row(index))?;
        Some(row.connection).filter(exists).map(|number| (number, Why::Row))
    };
    let newest = || log.connections().last().map(|c| (c.number, Why::Newest));
    chosen().or_else(row).or_else(newest)
}

/// What the ladder remembers between two paintings.
#[derive(Debug)]
pub struct LadderView {
    ladder: Option<Ladder>,
    folding: Folding,
    /// Of the rows that the view shows.
    generation: u64,
    scroll: Scroll,
    /// How high a rung is, 1 for the usual height.
    pub zoom: f32,
    /// The zoom follows the window so that all rungs fit.
    pub fit: bool,
    /// The chosen rung is to be brought into view.
    pub reveal: bool,
    /// Rungs that the last painting laid out.
    pub laid_out: usize,
    /// Every row of the session has been filtered and is in the ladder.
    complete: bool,
}

impl Default for LadderView {
    fn default() -> LadderView {
        LadderView {
            ladder: None,
            folding: Folding::default(),
            generation: 0,
            scroll: Scroll::default(),
            zoom: 1.0,
            fit: false,
            reveal: false,
            laid_out: 0,
            complete: false,
        }
    }
}

impl LadderView {
    /// Builds what is shown from rows that came since; `false` while some are left.
    pub fn update(&mut self, log: &Log, number: Option<u32>, view: &View) -> bool {
        let Some(number) = number else {
            self.ladder = None;
            return true;
        };
        if self.ladder.as_ref().is_none_or(|ladder| ladder.number() != number) {
            self.folding.unfolded.clear();
            self.scroll = Scroll::default();
            self.ladder = Some(Ladder::new(number, self.folding.clone()));
            self.reveal = true;
        }
        let Some(ladder) = &mut self.ladder else { return true };
        if ladder.folding() != &self.folding || view.generation() != self.generation {
            self.generation = view.generation();
            *ladder = Ladder::new(number, self.folding.clone());
            self.reveal = true;
        }
        let built = ladder.update_shown(log, view.shown());
        self.complete = built && view.shown().progress(log.len()).is_none();
        built
    }

    /// The session is another.
    pub fn reset(&mut self) {
        let (zoom, fit) = (self.zoom, self.fit);
        *self = LadderView { zoom, fit, ..LadderView::default() };
    }

    /// The rows are others, of the same session.
    pub fn anew(&mut self) {
        self.ladder = None;
    }

    /// Rungs higher or lower by this factor.
    pub fn zoom_by(&mut self, factor: f32) {
        self.fit = false;
        self.zoom *= factor;
    }

    /// Folds a run of data frames, or unfolds it.
    pub fn toggle(&mut self, run: u64) {
        if !self.folding.unfolded.remove(&run) {
            self.folding.unfolded.insert(run);
        }
    }

    /// The value on the screen, to be told what more is known of it.
    pub fn ladder_mut(&mut self) -> Option<&mut Ladder> {
        self.ladder.as_mut()
    }

    /// The value on the screen.
    #[must_use]
    pub fn ladder(&self) -> Option<&Ladder> {
        self.ladder.as_ref()
    }
}

/// What is painted.
pub struct Panel<'a> {
    /// The rows.
    pub log: &'a Log,
    /// Their octets.
    pub source: &'a Source,
    /// Compressed messages, inflated.
    pub previews: &'a RefCell<Previews>,
    /// What the engine is doing.
    pub status: &'a Status,
    /// Which rows the window shows.
    pub scope: Scope,
    /// The chosen row.
    pub selected: Option<u64>,
    /// The newest rung stays in view.
    pub follow: bool,
    /// Rows that a step of a replay brought: they stand out.
    pub fresh: Range<u64>,
    /// For a room: without tools, and never small.
    pub presented: bool,
    /// The language.
    pub lang: Lang,
    /// For clocks.
    pub now: Time,
    /// Rows that light up.
    pub lit: &'a [u64],
}

const TOOLS: f32 = 36.0;
const HEAD: f32 = 44.0;
const LEGEND: f32 = 24.0;

/// Paints the ladder.
pub fn ladder_ui(
    ui: &mut Ui,
    panel: &Panel<'_>,
    view: &mut LadderView,
    commands: &mut Vec<Command>,
) {
    let Some(ladder) = view.ladder.take() else {
        if panel.log.connections().is_empty() {
            let inner = ui.available_rect_before_wrap().shrink(12.0);
            ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
                widgets::dim(ui, panel.lang.words().no_connections);
            });
        }
        return;
    };
    let area = ui.available_rect_before_wrap();
    let tools = if panel.presented { 0.0 } else { TOOLS };
    let (tools, rest) = area.split_top_bottom_at_y(area.top() + tools);
    let (head, rest) = rest.split_top_bottom_at_y(rest.top() + HEAD * geometry::names(view.zoom));
    let (body, legend) = rest.split_top_bottom_at_y(rest.bottom() - LEGEND);
    if !panel.presented {
        tools_ui(ui, tools, panel, &ladder, view, commands);
    }
    ui.allocate_rect(area, Sense::hover());
    let holding = panel.status.held.get(&ladder.number()).filter(|_| !ladder.is_over());
    let held = holding
        .and_then(|h| Some((crate::text::held::held(panel.lang, h.first.first()?), h.count)));
    let count = ladder.rungs().len() as u64;
    zoom(ui, body, view, count as f32 + if held.is_some() { 2.0 } else { 1.0 }, panel.presented);
    let geometry = Geometry::new(body, view.zoom, panel.presented);
    let tail = tail::rungs(&geometry, held.is_some(), ladder.is_over());
    let extent = Extent { rows: count + tail, visible: body.height() / geometry.rung };
    let chosen = panel.selected.and_then(|row| ladder.rung_of(panel.log, row));
    if std::mem::take(&mut view.reveal)
        && let Some(chosen) = chosen
    {
        view.scroll = view.scroll.showing(chosen as u64, extent);
    }
    keys::move_by_keys(ui, panel, &ladder, chosen, &mut view.scroll, extent, commands);
    move_by_wheel(ui, body, geometry.rung, panel.follow, &mut view.scroll, extent, commands);
    if panel.follow {
        view.scroll = extent.end();
    }
    view.scroll = view.scroll.moved(0.0, extent);
    head_ui(ui, head, &geometry, panel, &ladder);
    if count == 0 && view.complete {
        let text = panel.lang.words().ladder_all_hidden;
        let color = theme::palette(ui).dim;
        let at = pos2(geometry.middle(), body.top() + geometry.tail());
        ui.painter().text(at, egui::Align2::CENTER_CENTER, text, theme::small(), color);
    }
    let clip = ui.clip_rect();
    ui.set_clip_rect(body.intersect(clip));
    let top = body.top() - view.scroll.fraction * geometry.rung;
    let first = view.scroll.row as usize;
    let until = first + ((body.bottom() - top) / geometry.rung).ceil() as usize;
    let until = until.min(ladder.rungs().len());
    view.laid_out = until.saturating_sub(first);
    let place = |at: usize| top + (at as f32 - first as f32) * geometry.rung;
    let lit = panel.lit.iter().filter_map(|row| ladder.rung_of(panel.log, *row)).collect();
    let shown = rung::Shown {
        panel,
        ladder: &ladder,
        geometry: &geometry,
        chosen,
        held: held.is_some(),
        lit,
    };
    for at in first..until {
        shown.ground(ui, at, place(at), commands);
    }
    bands::bands_ui(ui, &shown, first..until, place, tail);
    for at in first..until {
        shown.rung_ui(ui, at, place(at), commands);
    }
    if let Some(held) = held {
        tail::held_ui(ui, &shown, &held, place(ladder.rungs().len()), commands);
    }
    ui.set_clip_rect(clip);
    scroll_bar(ui, body, &mut view.scroll, extent, panel.lang.words().ladder_rungs, commands);
    tail::legend_ui(ui, legend, &ladder, panel.lang);
    view.ladder = Some(ladder);
}

/// Ctrl and the wheel, or the height of the window.
fn zoom(ui: &Ui, body: Rect, view: &mut LadderView, rungs: f32, presented: bool) {
    if ui.rect_contains_pointer(body) {
        let factor = ui.input(egui::InputState::zoom_delta);
        if factor != 1.0 {
            view.fit = false;
            view.zoom *= factor;
        }
    }
    if view.fit {
        view.zoom = (body.height() / rungs / geometry::RUNG).min(1.5);
    }
    let lowest = if presented { geometry::READ_FROM_AFAR } else { geometry::LOWEST };
    view.zoom = view.zoom.clamp(lowest, geometry::TALLEST);
}

fn tools_ui(
    ui: &mut Ui,
    rect: Rect,
    panel: &Panel<'_>,
    ladder: &Ladder,
    view: &mut LadderView,
    commands: &mut Vec<Command>,
) {
    let words = panel.lang.words();
    let why = match which(panel.log, panel.scope, panel.selected) {
        Some((_, Why::Chosen)) => words.ladder_chosen,
        Some((_, Why::Row)) => words.ladder_of_row,
        _ => words.ladder_newest,
    };
    let inner = rect.shrink2(egui::vec2(12.0, 4.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().button_padding.x = 8.0;
            let small = |ui: &mut Ui, label: &str, name: &str| {
                let text = egui::RichText::new(label).font(theme::small());
                let response = ui.add(egui::Button::new(text).min_size(egui::vec2(26.0, 24.0)));
                let name = name.to_owned();
                response.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::Button, true, name.clone())
                });
                response
            };
            if small(ui, words.ladder_svg, words.ladder_svg).clicked() {
                commands.push(Command::AskPath(super::state::PathFor::Svg));
            }
            if small(ui, words.ladder_copy, words.ladder_copy).clicked() {
                commands.push(Command::CopyLadder);
            }
            for (label, name, factor) in
                [("+", words.ladder_zoom_in, 1.25), ("−", words.ladder_zoom_out, 0.8)]
            {
                if small(ui, label, name).on_hover_text(name).clicked() {
                    view.zoom_by(factor);
                }
            }
            if widgets::chip(ui, view.fit, words.ladder_fit).clicked() {
                view.fit = !view.fit;
                view.zoom = if view.fit { view.zoom } else { 1.0 };
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let text = format!("{} {} · {why}", words.connection_n, ladder.number());
                let color = theme::palette(ui).dim;
                let text = egui::RichText::new(text).font(theme::small()).color(color);
                ui.add(egui::Label::new(text).truncate());
            });
        });
    });
}

/// The names of both ends, which stay while the rungs move.
fn head_ui(ui: &Ui, rect: Rect, geometry: &Geometry, panel: &Panel<'_>, ladder: &Ladder) {
    let palette = theme::palette(ui);
    let connection = panel.log.connection(ladder.number());
    for role in Role::BOTH {
        let color = if role == Role::Client { palette.client } else { palette.server };
        let (address, agent) = match connection {
            Some(c) if role == Role::Client => (c.client.to_string(), &c.agents[0]),
            Some(c) => (c.server.to_string(), &c.agents[1]),
            None => continue,
        };
        let agent = agent.as_deref().map(|agent| format!("{agent} · "));
        let mut name = words_of::lifeline(ladder, role, panel.lang);
        let mine = ladder.role() == Some(role) && !ladder.is_over();
        let holding = panel.status.held.get(&ladder.number()).filter(|h| mine && h.on_hold);
        if let Some(holding) = holding {
            name = format!("{name} · {}", super::hold::line(holding, panel.lang));
        }
        let width = geometry.middle_width() - 16.0;
        let under = format!("{}{address}", agent.filter(|a| a.len() < 28).unwrap_or_default());
        let zoom = geometry::names(geometry.rung / geometry::RUNG);
        let font = |font: egui::FontId| egui::FontId { size: font.size * zoom, ..font };
        let (bold, small) = (font(theme::bold()), font(theme::small()));
        let lines = [(name, bold, color, 2.0), (under, small, palette.dim, 22.0 * zoom)];
        for (text, font, color, y) in lines {
            let galley = widgets::one_line(ui, &text, font, color, width);
            let middle = geometry.lifelines[role.index()];
            let half = galley.size().x / 2.0;
            let x = middle.clamp(rect.left() + 8.0 + half, rect.right() - 8.0 - half) - half;
            ui.painter().galley(pos2(x, rect.top() + y), galley, color);
        }
    }
    let line = egui::Stroke::new(1.0, palette.stroke);
    ui.painter().hline(rect.x_range(), rect.bottom(), line);
}
