//! Who reaches our server: this machine alone or the network, at which address, and
//! the browser that is started there.

use super::app::App;
use super::command::Command;
use super::session::Report;
use super::state::{State, Weight};
use super::tls_form::warning;
use super::{theme, widgets};
use crate::engine::address::ListenAddress;
use crate::engine::reach;
use crate::engine::status::Status;
use crate::text::system::io_error;
use core::net::SocketAddr;
use egui::{RichText, Ui};
use std::io;
use std::time::{Duration, Instant};

/// Opens a URL in a browser.
pub type Opener = fn(&str) -> io::Result<()>;

/// How long known addresses count: laptops change networks.
const FRESH: Duration = Duration::from_secs(5);

/// The addresses at which others reach us, asked of the system now and then.
#[derive(Debug, Default)]
pub struct Addresses {
    known: Option<(SocketAddr, Instant, Result<Vec<SocketAddr>, String>)>,
}

impl Addresses {
    /// Of a listener that is bound to `bound`; an error in the system's words.
    pub fn of(&mut self, bound: SocketAddr) -> &Result<Vec<SocketAddr>, String> {
        let fresh = |(of, at, _): &(SocketAddr, Instant, _)| *of == bound && at.elapsed() < FRESH;
        let ask = || reach::by_others(bound).map_err(|error| error.to_string());
        let known = self.known.take().filter(fresh);
        &self.known.insert(known.unwrap_or_else(|| (bound, Instant::now(), ask()))).2
    }
}

/// The URL that others are told for this address: of the page, or where TLS is spoken, and
/// so no page is served, of the server itself.
#[must_use]
pub fn url(status: &Status, address: SocketAddr) -> String {
    let scheme = if status.listening_tls.is_some() { "wss" } else { "http" };
    format!("{scheme}://{address}/")
}

/// Whether the network reaches the server, as it listens or else as it is typed.
fn is_open(state: &State, status: &Status) -> bool {
    let typed = || state.address.parse::<ListenAddress>().is_ok_and(|typed| !typed.is_local());
    status.listening.map_or_else(typed, |bound| !bound.ip().is_loopback())
}

/// Lets the network in, and leads to the server's page.
pub fn network_ui(ui: &mut Ui, state: &mut State, status: &Status, commands: &mut Vec<Command>) {
    let words = state.lang.words();
    let open = is_open(state, status);
    let known = state.address.parse::<ListenAddress>().is_ok();
    ui.add_enabled_ui(known, |ui| {
        let chip = widgets::chip(ui, open, words.listen_on_network);
        if chip.on_hover_text(words.listen_on_network_hint).clicked() {
            commands.push(Command::ListenOnNetwork(!open));
        }
    });
    let Some(bound) = status.listening else { return };
    if status.listening_tls.is_none() {
        let here = url(status, reach::from_here(bound));
        if ui.button(words.open_browser).on_hover_text(&here).clicked() {
            commands.push(Command::OpenInBrowser(here));
        }
    }
    invite_button_ui(ui, state);
    if let Some(told) = state.invitation.address(bound) {
        let told = RichText::new(url(status, told)).font(theme::mono());
        ui.add(egui::Label::new(told).selectable(true));
    }
}

/// What it means that the network is let in.
pub fn network_warning_ui(ui: &mut Ui, state: &State, status: &Status) {
    if is_open(state, status) {
        warning(ui, state.lang.words().network_warning);
    }
}

/// Shows the address and the code in a window of their own, or no longer.
pub fn invite_button_ui(ui: &mut Ui, state: &mut State) {
    let words = state.lang.words();
    let open = &mut state.invitation.open;
    if ui.add(egui::Button::new(words.invite).selected(*open)).clicked() {
        *open = !*open;
    }
}

impl App {
    /// Lets the network reach the server, or this machine alone; a listener goes on at
    /// the same port.
    pub(super) fn listen_on_network(&mut self, on: bool) {
        let Ok(typed) = self.state.address.parse::<ListenAddress>() else { return };
        let listening = self.status().listening;
        let mut address = typed.on_network(on);
        address.port = listening.map_or(address.port, |bound| bound.port());
        self.state.address = address.to_string();
        if listening.is_some() {
            self.listen(false);
        }
    }

    /// Starts the system's browser; starting one may take a while.
    pub(super) fn open_in_browser(&self, url: String) {
        let open = self.opener;
        self.beside.run(move || {
            let result = open(&url);
            Report::Browser(url, result)
        });
    }

    /// Tells why no browser was started.
    pub(super) fn on_browser(&mut self, url: &str, result: io::Result<()>) {
        if let Err(error) = result {
            let lang = self.state.lang;
            let text = format!("{} {url} ({})", lang.words().no_browser, io_error(lang, &error));
            self.say(Weight::Error, text);
        }
    }
}
