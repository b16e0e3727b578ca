//! The left of the window: the connections and how this end answers, or a lesson.

use super::app::{App, now};
use super::behaviour_panel::{behaviour_ui, partner_ui};
use super::command::Command;
use super::connection_list::connection_list_ui;
use super::lesson::{LessonPanel, lesson_panel_ui};
use super::panes::Pane;
use super::session::Session;
use super::state::State;
use super::widgets;
use crate::engine::status::Status;
use crate::protocol::ReadyState;
use egui::{Frame, Margin, Panel, Ui};
use std::time::Duration;

impl App {
    /// The connections, and how this end answers.
    pub(super) fn left_ui(&mut self, ui: &mut Ui, status: &Status, commands: &mut Vec<Command>) {
        let Some(session) = &self.session else { return };
        let lang = self.state.lang;
        Pane::Connections.begin(ui, ui.max_rect(), lang);
        let live = session.engine().is_some();
        let pad = Frame::new().inner_margin(Margin::symmetric(12, 0));
        if live {
            let below = Frame::new().inner_margin(Margin::symmetric(12, 8));
            Panel::bottom("behaviour").frame(below).resizable(false).show(ui, |ui| {
                if let Some(partner) = &status.partner {
                    partner_ui(ui, partner, &mut self.state.partner_text, lang, commands);
                    ui.add_space(8.0);
                }
                let room = ui.ctx().content_rect().height() * 0.42;
                let area = egui::ScrollArea::vertical()
                    .max_height(room)
                    .min_scrolled_height(room.min(320.0));
                area.show(ui, |ui| {
                    own_behaviour_ui(ui, &mut self.state, session, status, commands);
                });
            });
        }
        pad.show(ui, |ui| {
            let log = session.shown().read();
            let scope = self.state.view.scope().connection;
            let status = &self.shown_status();
            connection_list_ui(ui, &log, status, scope, self.time(), lang, commands);
            let ticks = |c: &crate::session::Connection| {
                c.ready_state() == ReadyState::Closing || c.ping_waits_since().is_some()
            };
            if live && log.connections().iter().any(ticks) {
                ui.ctx().request_repaint_after(Duration::from_secs(1));
            }
        });
    }

    /// The lesson, and below it its connections, where there is more than one.
    pub(super) fn lesson_ui(
        &self,
        ui: &mut Ui,
        status: &Status,
        lesson: &LessonPanel,
        commands: &mut Vec<Command>,
    ) {
        let Some(session) = &self.session else { return };
        let log = session.log.read();
        let lang = self.state.lang;
        if log.connections().len() > 1 {
            let frame = Frame::new().inner_margin(Margin::symmetric(12, 8));
            Panel::bottom("lesson connections").frame(frame).show(ui, |ui| {
                ui.set_max_height(ui.ctx().content_rect().height() * 0.3);
                let scope = self.state.view.scope().connection;
                connection_list_ui(ui, &log, status, scope, now(), lang, commands);
            });
        }
        drop(log);
        lesson_panel_ui(ui, lesson, lang, commands);
    }
}

/// The behaviour of every connection, or of the chosen one alone.
fn own_behaviour_ui(
    ui: &mut Ui,
    state: &mut State,
    session: &Session,
    status: &Status,
    commands: &mut Vec<Command>,
) {
    let (lang, words) = (state.lang, state.lang.words());
    let scope = state.view.scope().connection;
    let open = |n: &u32| session.log.read().connection(*n).is_some_and(|c| !c.over);
    let chosen = scope.filter(open);
    widgets::caption(ui, words.behaviour);
    if let Some(number) = chosen {
        let one = format!("{} {number}", words.connection_n);
        let choices = [(false, words.for_all), (true, one.as_str())];
        widgets::segmented(ui, &mut state.behave_alone, &choices);
    }
    let alone = chosen.filter(|_| state.behave_alone);
    let on_hold = |number| status.held.get(&number).is_some_and(|holding| holding.on_hold);
    super::hold::switch_ui(ui, alone.map_or(state.hold, on_hold), alone, lang, commands);
    match alone {
        Some(number) => {
            let all = &state.behaviour;
            let form = state.own_behaviour.entry(number).or_insert_with(|| all.clone());
            behaviour_ui(ui, form, Some(number), lang, commands);
        }
        None => behaviour_ui(ui, &mut state.behaviour, None, lang, commands),
    }
}
