//! What invites others: where they reach us, large and as a QR code, and the lines
//! with which a client of any kind connects. It stands where there are no rows yet,
//! and in a window of its own.

use super::command::Command;
use super::network::{Addresses, url};
use super::opening::subprotocols;
use super::state::State;
use super::{theme, widgets};
use crate::engine::address::Target;
use crate::engine::header::parse_header;
use crate::engine::reach;
use crate::engine::status::Status;
use crate::engine::tls::ServerOptions;
use crate::protocol::Role;
use crate::text::snippet::{Call, Client, snippet};
use core::net::SocketAddr;
use egui::{Frame, Margin, RichText, ScrollArea, Sense, Ui, WidgetInfo, vec2};

/// How wide all of it is.
pub(super) const WIDTH: f32 = 620.0;
/// A side of the QR code.
const QR: f32 = 148.0;
/// The white that a QR code needs around it, in modules (ISO/IEC 18004).
const QUIET: usize = 4;
/// The type of an address that is read across a room.
const LARGE: f32 = 24.0;

/// What the invitation remembers.
#[derive(Debug, Default)]
pub struct Invitation {
    /// It stands in a window of its own.
    pub open: bool,
    client: Client,
    addresses: Addresses,
    /// The address that others are told, where there are several.
    chosen: Option<SocketAddr>,
}

impl Invitation {
    /// The address that others are told.
    pub fn address(&mut self, bound: SocketAddr) -> Option<SocketAddr> {
        let found = self.addresses.of(bound).as_deref().unwrap_or_default();
        self.chosen.filter(|chosen| found.contains(chosen)).or(found.first().copied())
    }
}

/// The window of its own, where it is open.
pub fn invitation_window(
    ctx: &egui::Context,
    state: &mut State,
    status: &Status,
    commands: &mut Vec<Command>,
) {
    let mut open = state.invitation.open;
    egui::Window::new(state.lang.words().invite_title)
        .id(egui::Id::unique("invitation"))
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .default_width(WIDTH)
        .pivot(egui::Align2::CENTER_CENTER)
        .default_pos(ctx.content_rect().center())
        .show(ctx, |ui| {
            ui.set_width(WIDTH);
            invitation_ui(ui, state, status, commands);
        });
    state.invitation.open = open;
}

/// Where a client of any kind reaches our server, and the lines to do so; the lines
/// alone where we are a client.
pub fn invitation_ui(ui: &mut Ui, state: &mut State, status: &Status, commands: &mut Vec<Command>) {
    let server = status.listening.filter(|_| state.role == Role::Server);
    let call = match server {
        Some(bound) => {
            address_ui(ui, state, status, bound, commands);
            ui.add_space(16.0);
            let told = state.invitation.address(bound).unwrap_or(reach::from_here(bound));
            server_call(state, status, told)
        }
        None => client_call(state),
    };
    code_ui(ui, state, call.as_ref());
}

fn address_ui(
    ui: &mut Ui,
    state: &mut State,
    status: &Status,
    bound: SocketAddr,
    commands: &mut Vec<Command>,
) {
    let words = state.lang.words();
    let told = state.invitation.address(bound);
    let here = reach::from_here(bound);
    let shown = url(status, told.unwrap_or(here));
    let page = status.listening_tls.is_none();
    let qr = page && told.is_some();
    ui.horizontal_top(|ui| {
        let room = ui.available_width() - if qr { QR + 24.0 } else { 0.0 };
        ui.vertical(|ui| {
            ui.set_width(room);
            ui.label(if page { words.open_in_browser } else { words.connect_there });
            ui.add_space(4.0);
            let large = RichText::new(&shown).font(egui::FontId::monospace(LARGE));
            ui.add(egui::Label::new(large.color(theme::palette(ui).accent)).selectable(true));
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                if page && widgets::primary(ui, true, words.open_browser).clicked() {
                    commands.push(Command::OpenInBrowser(url(status, here)));
                }
                if ui.button(words.copy_address).clicked() {
                    ui.ctx().copy_text(shown.clone());
                }
            });
            ui.add_space(4.0);
            others_ui(ui, state, status, bound, told);
        });
        if qr {
            ui.add_space(16.0);
            qr_ui(ui, &shown);
        }
    });
}

/// The further addresses, or why there is none for others.
fn others_ui(
    ui: &mut Ui,
    state: &mut State,
    status: &Status,
    bound: SocketAddr,
    told: Option<SocketAddr>,
) {
    let words = state.lang.words();
    if bound.ip().is_loopback() {
        widgets::dim(ui, words.only_this_machine);
        return;
    }
    match state.invitation.addresses.of(bound).clone() {
        Err(error) => drop(widgets::wrong(ui, format!("{} {error}", words.no_addresses))),
        Ok(found) if found.is_empty() => drop(widgets::wrong(ui, words.in_no_network)),
        Ok(found) if found.len() > 1 => {
            widgets::dim(ui, words.further_addresses);
            for address in found {
                let further = RichText::new(url(status, address)).font(theme::mono());
                if ui.selectable_label(told == Some(address), further).clicked() {
                    state.invitation.chosen = Some(address);
                }
            }
        }
        Ok(_) => {}
    }
}

/// Black on white in every theme, as cameras want it.
fn qr_ui(ui: &mut Ui, url: &str) {
    let Ok(code) = qrcode::QrCode::new(url) else { return };
    let (rect, response) = ui.allocate_exact_size(vec2(QR, QR), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, format!("QR {url}")));
    let painter = ui.painter();
    painter.rect_filled(rect, 4.0, egui::Color32::WHITE);
    let side = code.width();
    let module = QR / (side + 2 * QUIET) as f32;
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == qrcode::Color::Dark {
            let place = vec2((at % side + QUIET) as f32, (at / side + QUIET) as f32) * module;
            let square = egui::Rect::from_min_size(rect.min + place, vec2(module, module));
            painter.rect_filled(square, 0.0, egui::Color32::BLACK);
        }
    }
}

/// How a client asks our server.
fn server_call(state: &State, status: &Status, address: SocketAddr) -> Option<Call> {
    let tls = status.listening_tls.as_ref();
    let scheme = if tls.is_some() { "wss" } else { "ws" };
    Some(Call {
        url: format!("{scheme}://{address}/"),
        subprotocols: subprotocols(&state.options[Role::Server.index()]),
        insecure: tls.is_some_and(|tls| tls.options == ServerOptions::SelfSigned),
        ..Call::default()
    })
}

/// How our client asks; `None` where what is typed is no URL.
fn client_call(state: &State) -> Option<Call> {
    let target = state.url.parse::<Target>().ok()?;
    let options = &state.options[Role::Client.index()];
    let origin = options.origin.trim();
    let url = match target.url.contains("://") {
        true => target.url,
        false => format!("ws://{}", target.url),
    };
    Some(Call {
        url,
        subprotocols: subprotocols(options),
        origin: (!origin.is_empty()).then(|| origin.to_owned()),
        headers: options.headers.lines().filter_map(|line| parse_header(line).ok()).collect(),
        insecure: target.tls && state.tls.accept_any,
    })
}

fn code_ui(ui: &mut Ui, state: &mut State, call: Option<&Call>) {
    let words = state.lang.words();
    widgets::caption(ui, words.code_caption);
    ui.add_space(4.0);
    let Some(call) = call else {
        widgets::wrong(ui, words.code_no_url);
        return;
    };
    let choices = Client::ALL.map(|client| (client, client.name()));
    widgets::segmented(ui, &mut state.invitation.client, &choices);
    ui.add_space(4.0);
    let code = snippet(state.invitation.client, call, state.lang);
    let palette = theme::palette(ui);
    Frame::new().fill(palette.ground).corner_radius(6.0).inner_margin(Margin::same(12)).show(
        ui,
        |ui| {
            ui.set_width(ui.available_width());
            ScrollArea::horizontal().id_salt("code").show(ui, |ui| {
                let text = RichText::new(code.trim_end()).font(theme::mono());
                ui.add(egui::Label::new(text).extend().selectable(true));
            });
        },
    );
    ui.add_space(4.0);
    if ui.button(words.copy_code).clicked() {
        ui.ctx().copy_text(code);
    }
}
