//! Present mode, for a room: large type, high contrast, and only the ladder (or the
//! table), the verdict (or a row in detail), and the step of a lesson.

use super::app::{App, now};
use super::close_panel::close_panel_ui;
use super::command::Command;
use super::ladder::{Center, which};
use super::lesson::LessonPanel;
use super::panes::Pane;
use super::shortcuts::hint;
use super::verdict_card::{VerdictCard, verdict_card, verdict_card_ui};
use super::{theme, widgets};
use crate::engine::status::Status;
use crate::text::keys::Does;
use egui::{
    Align, CentralPanel, Context, Frame, Layout, Margin, Panel, RichText, ScrollArea, Ui,
    ViewportCommand,
};

/// Points from top to bottom: the type is as large as the window allows.
const POINTS: f32 = 560.0;
/// Zoom in a small window.
const SMALLEST: f32 = 1.3;
/// Zoom on a large screen.
const LARGEST: f32 = 3.0;

/// What present mode remembers.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Present {
    before: Option<Before>,
    /// The zoom that suits the height of the window.
    zoom: f32,
    /// The chosen row in detail, instead of the verdict.
    pub detail: bool,
}

/// How the window was before.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Before {
    zoom: f32,
    fit: bool,
    fullscreen: bool,
    center: Center,
}

impl Present {
    /// Whether the window presents.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.before.is_some()
    }

    /// While it does: the zoom to go back to.
    #[must_use]
    pub fn zoom_before(&self) -> Option<f32> {
        Some(self.before?.zoom)
    }
}

/// The zoom at which a window of this height (in points at zoom 1) is read from afar.
fn zoom(height: f32) -> f32 {
    ((height / POINTS * 20.0).round() / 20.0).clamp(SMALLEST, LARGEST)
}

impl App {
    /// Begins to present, or ends it. Where there are no full screens the window
    /// presents as large as it is.
    pub(super) fn toggle_present(&mut self) {
        let ctx = self.context().clone();
        if let Some(before) = self.state.present.before.take() {
            let state = &mut self.state;
            state.present.detail = false;
            state.ending_shown = false;
            state.ladder.fit = before.fit;
            state.center = before.center;
            ctx.set_zoom_factor(before.zoom);
            theme::set_contrast(&ctx, false);
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(before.fullscreen));
            return;
        }
        if self.session.is_none() {
            return;
        }
        let fullscreen = ctx.input(|i| i.viewport().fullscreen.unwrap_or(false));
        let state = &mut self.state;
        state.present.before = Some(Before {
            zoom: ctx.zoom_factor(),
            fit: state.ladder.fit,
            fullscreen,
            center: state.center,
        });
        state.ladder.fit = true;
        state.center = Center::Ladder;
        theme::set_contrast(&ctx, true);
        state.present.zoom = zoom(height(&ctx));
        ctx.set_zoom_factor(state.present.zoom);
        if !fullscreen {
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(true));
        }
    }

    /// The chosen row in detail, or the verdict again; the newest where none is chosen.
    pub(super) fn present_detail(&mut self) {
        self.state.present.detail = !self.state.present.detail;
        let Some(session) = self.session().filter(|_| self.state.selected.is_none()) else {
            return;
        };
        let log = session.shown().read();
        let shown = which(&log, self.state.view.scope(), None).map(|(number, _)| number);
        let of_it = |i: &u64| log.row(*i).is_some_and(|row| Some(row.connection) == shown);
        let newest = (0..log.len()).rev().find(of_it);
        drop(log);
        self.state.selected = newest;
    }

    /// Closes what is open above, or else ends presenting.
    pub(super) fn leave_above(&mut self) {
        super::panes::let_go(self.context());
        let state = &mut self.state;
        if state.path_field.is_some() {
            state.path_field = None;
        } else if state.filter.help {
            state.filter.help = false;
        } else if state.keys_shown {
            state.keys_shown = false;
        } else if state.ending_shown {
            state.ending_shown = false;
        } else if state.present.is_on() {
            self.toggle_present();
        }
    }

    /// To the ways to end the connection: the panel below, or above what is presented.
    pub(super) fn go_to_ending(&mut self) {
        let live = self.session().is_some_and(|session| session.engine().is_some());
        self.state.close.focus = live;
        self.state.ending_shown = live && self.state.present.is_on();
    }

    /// The window follows its size: the full screen comes some paintings later.
    fn fit_presented(&mut self, ctx: &Context) {
        let wanted = zoom(height(ctx));
        if self.state.present.zoom != wanted {
            self.state.present.zoom = wanted;
            ctx.set_zoom_factor(wanted);
        }
    }

    /// The window is about to close: its size is remembered as it was before.
    pub(super) fn present_no_more(&mut self) {
        if let Some(before) = self.state.present.before {
            self.toggle_present();
            // There may be no other painting in which it would take effect.
            self.context().options_mut(|options| options.zoom_factor = before.zoom);
        }
    }

    /// Paints everything there is while presenting.
    pub(super) fn present_ui(
        &mut self,
        ui: &mut Ui,
        lesson: Option<&LessonPanel>,
        commands: &mut Vec<Command>,
    ) {
        self.fit_presented(ui.ctx());
        let (status, palette) = (self.shown_status(), theme::palette(ui));
        let frame =
            |x: i8, y: i8| Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(x, y));
        Panel::top("presented").frame(frame(12, 6)).show(ui, |ui| {
            self.presented_head_ui(ui, commands);
        });
        self.message_ui(ui, commands);
        let share = if self.state.present.detail { 0.52 } else { 0.34 };
        let width = ui.available_width() * share;
        Panel::right("presented right").exact_size(width).frame(frame(12, 8)).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            Pane::Detail.begin(ui, ui.max_rect(), self.state.lang);
            self.step_ui(ui, lesson, commands);
            if self.state.present.detail {
                self.paint_detail(ui, commands);
            } else {
                self.presented_verdict_ui(ui);
            }
        });
        CentralPanel::default().frame(frame(0, 0)).show(ui, |ui| {
            Pane::Rows.begin(ui, ui.max_rect(), self.state.lang);
            self.replay_bar_ui(ui, commands);
            self.rows_ui(ui, &status, commands);
        });
        if self.state.ending_shown {
            self.ending_ui(ui, commands);
        }
    }

    /// What is presented, and how to leave.
    fn presented_head_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let words = self.state.lang.words();
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let leave = ui.button(words.present_end);
                if leave.on_hover_text(hint(words.present_end, Does::Present)).clicked() {
                    commands.push(Command::Present);
                }
                let keys = ui.button(words.keys);
                if keys.on_hover_text(hint(words.keys, Does::Help)).clicked() {
                    commands.push(Command::Keys);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let Some(session) = self.session() else { return };
                    let log = session.shown().read();
                    let shown = which(&log, self.state.view.scope(), self.state.selected);
                    let Some(connection) = shown.and_then(|(n, _)| log.connection(n)) else {
                        return;
                    };
                    let state = connection.ready_state();
                    let name = format!("{} {}", words.connection_n, connection.number);
                    ui.label(RichText::new(name).font(theme::bold()));
                    let size = egui::vec2(12.0, 20.0);
                    let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
                    super::connection_list::state_shape(ui, rect.center(), state);
                    let color = super::connection_list::state_color(theme::palette(ui), state);
                    ui.label(RichText::new(state.word()).font(theme::bold()).color(color));
                    let clock = super::connection_list::clock(connection, state, self.time());
                    ui.label(RichText::new(clock).font(theme::mono()).color(color));
                });
            });
        });
    }

    /// The step of a lesson that runs stands here, above the verdict.
    fn step_ui(&self, ui: &mut Ui, lesson: Option<&LessonPanel>, commands: &mut Vec<Command>) {
        let Some(lesson) = lesson else { return };
        let height = ui.available_height() * 0.7;
        Panel::top("presented step").exact_size(height).frame(Frame::new()).show(ui, |ui| {
            self.lesson_ui(ui, lesson, commands);
        });
    }

    fn presented_verdict_ui(&self, ui: &mut Ui) {
        let words = self.state.lang.words();
        let Some(session) = self.session() else { return };
        let log = session.shown().read();
        let shown = which(&log, self.state.view.scope(), self.state.selected);
        let Some(connection) = shown.and_then(|(number, _)| log.connection(number)) else {
            widgets::dim(ui, words.present_nothing);
            return;
        };
        let hidden = self.state.verdict_hidden;
        let card = VerdictCard { hidden, ..verdict_card(connection, self.state.lang) };
        ScrollArea::vertical().id_salt("verdict").auto_shrink(false).show(ui, |ui| {
            verdict_card_ui(ui, &card, self.state.lang);
        });
    }

    /// The ways to end the connection, above what is presented.
    fn ending_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let Some(session) = self.session.as_ref() else { return };
        let log = session.log.clone();
        let log = log.read();
        let ctx = ui.ctx().clone();
        let before = commands.len();
        let modal = egui::Modal::new(egui::Id::unique("ending")).show(&ctx, |ui| {
            ui.set_width((ctx.content_rect().width() - 64.0).min(640.0));
            widgets::caption(ui, self.state.lang.words().ending_caption);
            ui.add_space(4.0);
            close_panel_ui(ui, &mut self.state, &log, commands);
        });
        let done = commands[before..].iter().any(|c| matches!(c, Command::Perform(_)));
        if done || modal.should_close() {
            self.state.ending_shown = false;
            super::panes::let_go(&ctx);
        }
    }

    /// For clocks on the screen: now, or the time of the replay.
    pub(super) fn time(&self) -> u64 {
        let replay = self.session().and_then(|session| session.replay.as_ref());
        replay.map_or_else(now, super::replay::Replaying::time)
    }

    /// What the engine does; nothing of it, while the past is on the screen.
    pub(super) fn shown_status(&self) -> Status {
        let replays = self.session().is_some_and(|session| session.replay.is_some());
        if replays { Status::default() } else { self.status() }
    }

    /// Shows the next connection, or the one before, around the end.
    pub(super) fn next_connection(&mut self, forward: bool) {
        let Some(session) = self.session() else { return };
        let log = session.shown().read();
        let count = log.connections().len() as u32;
        let here = which(&log, self.state.view.scope(), self.state.selected);
        drop(log);
        let Some((here, _)) = here else { return };
        let to = if forward { here % count + 1 } else { (here + count - 2) % count + 1 };
        self.state.selected = None;
        self.apply(Command::Scope(Some(to)));
    }
}

/// The height of the window in points at zoom 1.
fn height(ctx: &Context) -> f32 {
    ctx.content_rect().height() * ctx.zoom_factor()
}
