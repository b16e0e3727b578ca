//! The bar of a replay, its keys, and what the window does for it.

use super::app::App;
use super::command::Command;
use super::replay::{Order, Pace, Replaying};
use super::shortcuts::{self, pressed};
use super::state::Weight;
use super::{theme, widgets};
use crate::protocol::SECOND;
use crate::session::log::Log;
use crate::session::view::Scope;
use crate::text::keys::Does;
use crate::text::{Lang, opened, replay as words_of};
use egui::{Button, Context, Frame, InputState, Margin, Panel, Slider, Ui, WidgetInfo};

/// The keys of a replay.
pub fn keys(input: &mut InputState, commands: &mut Vec<Command>) {
    for (does, order) in [
        (Does::ToStart, Order::Start),
        (Does::ToEnd, Order::End),
        (Does::StepForward, Order::Step { forward: true }),
        (Does::StepBack, Order::Step { forward: false }),
        (Does::Play, Order::Play),
        (Does::Faster, Order::Quicken(true)),
        (Does::Slower, Order::Quicken(false)),
    ] {
        while pressed(input, does) {
            commands.push(Command::Replay(order));
        }
    }
}

/// The bar: where the replay is, and what moves it.
pub fn replay_ui(
    ui: &mut Ui,
    replay: &Replaying,
    whole: &Log,
    lang: Lang,
    commands: &mut Vec<Command>,
) {
    let words = lang.words();
    let (here, all) = (replay.target(), whole.len());
    let mut order = |order| commands.push(Command::Replay(order));
    let wide = ui.available_width() > 660.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.spacing_mut().button_padding.x = 8.0;
        let step = |ui: &mut Ui, sign: &str, name: &str, does: Does, enabled: bool| {
            let button = Button::new(sign).min_size(egui::vec2(30.0, 26.0));
            let response = ui.add_enabled(enabled, button);
            response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, enabled, name));
            response.on_hover_text(shortcuts::hint(name, does)).clicked()
        };
        if step(ui, "|◀", words.replay_start, Does::ToStart, here > 0) {
            order(Order::Start);
        }
        if step(ui, "◀", words.replay_back, Does::StepBack, here > 0) {
            order(Order::Step { forward: false });
        }
        if step(ui, "▶", words.replay_forward, Does::StepForward, here < all) {
            order(Order::Step { forward: true });
        }
        if step(ui, "▶|", words.replay_end, Does::ToEnd, here < all) {
            order(Order::End);
        }
        let (playing, now) = replay.pace();
        let play = if playing { words.replay_pause } else { words.replay_play };
        if ui.button(play).on_hover_text(shortcuts::hint(play, Does::Play)).clicked() {
            order(Order::Play);
        }
        let pace = egui::ComboBox::from_id_salt("pace")
            .selected_text(words_of::pace(lang, now.figures()))
            .width(112.0);
        let list = pace.show_ui(ui, |ui| {
            for pace in Pace::ALL {
                let label = words_of::pace(lang, pace.figures());
                if ui.selectable_label(now == pace, label).clicked() {
                    order(Order::Pace(pace));
                }
            }
        });
        let hint = format!(
            "{} ({}, {})",
            words.replay_pace,
            shortcuts::names(Does::Slower, false),
            shortcuts::names(Does::Faster, false)
        );
        let list = list.response.on_hover_text(hint);
        let name = format!("{}: {}", words.replay_pace, words_of::pace(lang, now.figures()));
        list.widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, true, &name));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = ui.button(words.replay_leave);
            if close.on_hover_text(shortcuts::hint(words.replay_leave, Does::Replay)).clicked() {
                order(Order::Toggle);
            }
            let time = replay.time().saturating_sub(whole.start().unwrap_or_default());
            let time = if here == 0 { 0 } else { time };
            widgets::dim(ui, words_of::position(lang, here, all, time as f64 / SECOND as f64));
            if wide {
                slider_ui(ui, here, all, lang, &mut order);
            }
        });
    });
    if !wide {
        slider_ui(ui, here, all, lang, &mut order);
    }
    if let Some(error) = replay.error() {
        let error = opened::read_error(lang, error);
        widgets::wrong(ui, format!("{}: {error}", words.cannot_read));
    }
}

/// The position as a slider.
fn slider_ui(ui: &mut Ui, here: u64, all: u64, lang: Lang, order: &mut impl FnMut(Order)) {
    let (words, palette) = (lang.words(), theme::palette(ui));
    let mut rows = here;
    ui.spacing_mut().slider_width = (ui.available_width() - 8.0).max(40.0);
    ui.visuals_mut().widgets.inactive.bg_fill = palette.stroke;
    let slider = Slider::new(&mut rows, 0..=all).show_value(false).trailing_fill(true);
    let slider = ui.add(slider).on_hover_text(words.replay_position);
    slider.widget_info(|| WidgetInfo::slider(true, here as f64, words.replay_position));
    if slider.changed() && rows != here {
        order(Order::To(rows));
    }
}

impl App {
    /// Carries out what a replay is asked.
    pub(super) fn replay(&mut self, order: Order) {
        let Some(session) = &mut self.session else { return };
        let scope = self.state.view.scope();
        match (order, &mut session.replay) {
            (Order::Toggle, None) if session.log.read().is_empty() => {}
            (Order::Toggle, None) => match Replaying::begin(&session.source, session.stream) {
                Ok(replay) => {
                    // The ladder stays with the connection that it shows.
                    let log = session.log.read();
                    let shown = super::ladder::which(&log, scope, self.state.selected);
                    drop(log);
                    session.replay = Some(replay);
                    if self.state.center == super::ladder::Center::Ladder {
                        let connection = shown.map(|(number, _)| number);
                        self.set_scope(Scope { connection, ..scope });
                    }
                    self.other_rows();
                }
                Err(error) => {
                    let error = opened::read_error(self.state.lang, &error);
                    let words = self.state.lang.words();
                    self.say(Weight::Error, format!("{}: {error}", words.cannot_read));
                }
            },
            (Order::Toggle, Some(_)) => {
                session.replay = None;
                self.other_rows();
            }
            (order, Some(replay)) => replay.order(order, &session.log.read(), scope),
            (_, None) => {}
        }
    }

    /// Another log is shown: what was made of the rows begins anew.
    fn other_rows(&mut self) {
        let state = &mut self.state;
        state.view.reset();
        state.selected = None;
        state.follow = true;
        state.scroll = super::table::Scroll::default();
        state.ladder.anew();
    }

    /// Brings a replay on, between two paintings.
    pub(super) fn replay_between(&mut self, ctx: &Context) {
        let Some(session) = &mut self.session else { return };
        let complete = session.is_complete();
        let Some(replay) = &mut session.replay else { return };
        let scope = self.state.view.scope();
        let before = replay.fresh();
        let (anew, reached) = replay.update(&session.source, &session.log, complete, scope);
        if anew {
            self.state.view.reset();
            self.state.ladder.anew();
        }
        if replay.fresh() != before || anew {
            self.state.follow = true;
            // Who looks at a row looks at the newest one from now on.
            let last = replay.log().read().len().checked_sub(1);
            self.state.selected = self.state.selected.and(last);
        }
        if !reached {
            ctx.request_repaint();
        } else if let Some(after) = replay.wakes_in() {
            ctx.request_repaint_after(after);
        }
    }

    /// The bar below the rows, while the session is replayed.
    pub(super) fn replay_bar_ui(&self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let Some(session) = self.session() else { return };
        let Some(replay) = &session.replay else { return };
        let frame =
            Frame::new().fill(theme::palette(ui).raised).inner_margin(Margin::symmetric(12, 6));
        Panel::bottom("replay").frame(frame).show(ui, |ui| {
            replay_ui(ui, replay, &session.log.read(), self.state.lang, commands);
        });
    }
}
