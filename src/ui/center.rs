//! The middle of the window: the bar of filters, then table, ladder or statistics.

use super::app::App;
use super::command::Command;
use super::filter::bar_ui;
use super::ladder::{self, Center, which};
use super::lesson::Teaching;
use super::panes::Pane;
use super::replay::Replaying;
use super::table::{Table, table_ui};
use crate::engine::status::Status;
use crate::text::filter::nothing_passes;
use egui::{Frame, Margin, Panel, Ui};

impl App {
    /// The bar, the rows, and what a replay needs.
    pub(super) fn center_ui(&mut self, ui: &mut Ui, status: &Status, commands: &mut Vec<Command>) {
        let Some(session) = &self.session else { return };
        let log = session.shown().read();
        let bar = Frame::new().inner_margin(Margin::symmetric(12, 6));
        Pane::Rows.begin(ui, ui.max_rect(), self.state.lang);
        Panel::top("table bar").frame(bar).show(ui, |ui| {
            bar_ui(ui, &mut self.state, session, &log, commands);
        });
        drop(log);
        self.replay_bar_ui(ui, commands);
        self.rows_ui(ui, status, commands);
    }

    /// Table, ladder or statistics, and below them what is held.
    pub(super) fn rows_ui(&mut self, ui: &mut Ui, status: &Status, commands: &mut Vec<Command>) {
        let (time, shown_status) = (self.time(), self.shown_status());
        let Some(session) = &self.session else { return };
        let log = session.shown().read();
        let replays = session.replay.as_ref();
        let on_ladder = (self.state.center == Center::Ladder)
            .then(|| which(&log, self.state.view.scope(), self.state.selected))
            .flatten()
            .map(|(number, _)| number);
        super::hold::keys(ui, status, &self.state, &log, commands);
        super::hold::hold_ui(ui, &log, status, &self.state, on_ladder, commands);
        if log.is_empty() && replays.is_some() {
            return super::tail::nothing_ui(ui, self.state.lang.words().present_nothing);
        }
        if log.is_empty() {
            return super::tail::waiting_ui(ui, &mut self.state, status, commands);
        }
        let lit = self.teaching.as_ref().map(Teaching::lit).unwrap_or_default();
        if self.state.center == Center::Statistics {
            let (statistics, lang) = (&self.state.statistics, self.state.lang);
            let left = self.state.view.len() - statistics.looked();
            return super::statistics::statistics_ui(ui, statistics, left, lang);
        }
        if self.state.center == Center::Ladder {
            let panel = ladder::Panel {
                log: &log,
                source: &session.source,
                previews: &session.previews,
                status: &shown_status,
                scope: self.state.view.scope(),
                selected: self.state.selected,
                follow: self.state.follow,
                fresh: replays.map_or(0..0, Replaying::fresh),
                presented: self.state.present.is_on(),
                lang: self.state.lang,
                now: time,
                lit: &lit,
            };
            return ladder::ladder_ui(ui, &panel, &mut self.state.ladder, commands);
        }
        let view = &self.state.view;
        if view.is_empty() && view.shown().progress(log.len()).is_none() {
            return super::tail::nothing_ui(ui, nothing_passes(self.state.lang));
        }
        let reveal = self.state.reveal.take();
        let table = Table {
            reveal,
            lit: &lit,
            log: &log,
            source: &session.source,
            previews: &session.previews,
            view: &self.state.view,
            selected: self.state.selected,
            follow: self.state.follow,
            fresh: replays.map_or(0..0, Replaying::fresh),
            lang: self.state.lang,
            show_connection: self.state.view.scope().connection.is_none()
                && log.connections().len() > 1,
        };
        table_ui(ui, &table, &mut self.state.scroll, commands);
    }
}
