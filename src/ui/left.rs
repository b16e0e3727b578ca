//! The left of the window: the connections and how this end answers, in everyday use.

use super::app::App;
use super::behaviour_panel::{own_behaviour_ui, partner_ui};
use super::command::Command;
use super::connection_list::{ConnectionList, connection_list_ui};
use super::panes::Pane;
use crate::engine::status::Status;
use crate::protocol::ReadyState;
use egui::{Frame, Margin, Panel, Ui};
use std::time::Duration;

/// What the list keeps of a low window: its caption and a connection.
const LIST: f32 = 124.0;

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
            // Several connections are looked at, and need the room to be.
            let several = session.log.read().connections().len() > 1;
            let room = ui.available_height() * if several { 0.56 } else { 0.8 };
            let room = room.min(ui.available_height() - LIST).max(LIST);
            Panel::bottom("behaviour").frame(below).resizable(false).show(ui, |ui| {
                let area = egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room);
                area.show(ui, |ui| {
                    if let Some(partner) = &status.partner {
                        partner_ui(ui, partner, &mut self.state.partner_text, lang, commands);
                        ui.add_space(8.0);
                    }
                    own_behaviour_ui(ui, &mut self.state, session, status, commands);
                });
            });
        }
        let (status, now) = (&self.shown_status(), self.time());
        pad.show(ui, |ui| {
            let log = session.shown().read();
            let scope = self.state.view.scope().connection;
            let list = ConnectionList { log: &log, status, scope, now, lang };
            connection_list_ui(ui, &list, &mut self.state.wanted, commands);
            let ticks = |c: &crate::session::Connection| {
                c.ready_state() == ReadyState::Closing || c.ping_waits_since().is_some()
            };
            if live && log.connections().iter().any(ticks) {
                ui.ctx().request_repaint_after(Duration::from_secs(1));
            }
        });
    }
}
