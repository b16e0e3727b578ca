//! The top: role, address, start and stop, the file menu, language, size, light.

use super::command::Command;
use super::deflate_form::deflate_ui;
use super::lesson::lesson_menu_ui;
use super::network::{invite_button_ui, network_ui, network_warning_ui};
use super::opening::opening_ui;
use super::proxy_form::proxy_ui;
use super::replay::Order;
use super::session::Session;
use super::shortcuts::hint;
use super::state::{PathFor, State};
use super::tls_form::{server_choice_ui, tls_line_ui, tls_options_ui};
use super::widgets::End;
use super::{theme, widgets};
use crate::engine::status::{Dialing, Status};
use crate::protocol::{ReadyState, Role};
use crate::session::export::Format;
use crate::session::store::Unsaved;
use crate::text::keys::Does;
use crate::text::{Lang, faults, sentences};
use egui::{Button, Sense, TextEdit, Ui, WidgetInfo, vec2};
use std::path::{Path, PathBuf};

/// What the file menu lists.
#[derive(Debug, Default)]
pub struct Files {
    /// Sessions that were not saved.
    pub unsaved: Vec<Unsaved>,
}

/// The name of the bar's first line.
const LINE: &str = "top";
/// What goes on is not worth less room than this.
const LEAST_STATUS: f32 = 90.0;

/// The top bar.
pub fn top_bar_ui(
    ui: &mut Ui,
    state: &mut State,
    session: Option<&Session>,
    status: &Status,
    files: &Files,
    commands: &mut Vec<Command>,
) {
    let words = state.lang.words();
    widgets::both_ends(ui, LINE, |ui, end| match end {
        End::Left => {
            let roles = [(Role::Server, words.role_server), (Role::Client, words.role_client)];
            if widgets::segmented(ui, &mut state.role, &roles) {
                state.top_error = None;
            }
            match state.role {
                Role::Server => server_ui(ui, state, status, commands),
                Role::Client => client_ui(ui, state, session, status, commands),
            }
        }
        End::Right => right_ui(ui, state, session, files, commands),
    });
    if state.role == Role::Server {
        ui.horizontal_wrapped(|ui| {
            network_ui(ui, state, status, commands);
            if let Some(session) = session {
                widgets::dim(ui, counts(session, state.lang));
            }
            network_warning_ui(ui, state, status);
        });
    }
    tls_line_ui(ui, state, status, commands);
    let fault = match state.role {
        Role::Server => &status.listen_fault,
        Role::Client => &status.dial_fault,
    };
    if let Some(error) = &state.top_error {
        widgets::wrong(ui, error);
    } else if let Some(fault) = fault {
        ui.horizontal(|ui| {
            widgets::wrong(ui, sentences::capitalised(&faults::fault(state.lang, fault)));
            let in_use = fault.kind == crate::session::FaultKind::AddressInUse;
            if in_use && ui.button(words.next_free_port).clicked() {
                commands.push(Command::Listen { next_free: true });
            }
        });
    }
}

/// How many connections are open, and how many are not any more.
fn counts(session: &Session, lang: Lang) -> String {
    let words = lang.words();
    let log = session.log.read();
    let all = log.connections().len();
    let closed = log.connections().iter().filter(|c| c.over && !c.is_unended()).count();
    format!("{} {} · {closed} {}", all - closed, words.open_count, words.closed_count)
}

/// What goes on, as far as what stands at the right leaves room; that goes to a line
/// of its own where it leaves too little.
fn status_ui(ui: &mut Ui, text: &str) {
    let right = widgets::width_of_right_end(ui, LINE) + ui.spacing().item_spacing.x;
    let beside = ui.available_width() - right;
    let room = if beside < LEAST_STATUS { ui.available_width() } else { beside };
    let color = theme::palette(ui).dim;
    let galley = widgets::one_line(ui, text, theme::small(), color, room);
    if room < 16.0 {
        return;
    }
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text));
    let cut = galley.elided;
    ui.painter().galley(rect.min, galley, color);
    if cut {
        response.on_hover_text(text);
    }
}

fn field(ui: &mut Ui, text: &mut String, width: f32, label: &str) -> bool {
    let edit = TextEdit::singleline(text)
        .id_salt(label)
        .font(theme::mono())
        .align(egui::Align2::LEFT_CENTER)
        .min_size(vec2(width, 28.0))
        .desired_width(width);
    let response = ui.add(edit);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, label));
    response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter))
}

fn server_ui(ui: &mut Ui, state: &mut State, status: &Status, commands: &mut Vec<Command>) {
    let words = state.lang.words();
    let entered = field(ui, &mut state.address, 150.0, words.address);
    server_choice_ui(ui, &mut state.tls, state.lang);
    if options_ui(ui, state, Role::Server, commands) {
        commands.push(Command::Answer);
    }
    if status.listening.is_some() {
        if ui.button(format!("■ {}", words.stop)).clicked() {
            commands.push(Command::StopListening);
        }
    } else if widgets::primary(ui, true, words.start).clicked() || entered {
        commands.push(Command::Listen { next_free: false });
    }
    let state_of = match status.listening {
        Some(_) => ReadyState::Open,
        None => ReadyState::Closed,
    };
    let (rect, _) = ui.allocate_exact_size(vec2(12.0, 20.0), egui::Sense::hover());
    super::connection_list::state_shape(ui, rect.center(), state_of);
    match status.listening {
        Some(address) => status_ui(ui, &format!("{} {address}", words.listening)),
        None => status_ui(ui, words.not_listening),
    }
}

fn client_ui(
    ui: &mut Ui,
    state: &mut State,
    session: Option<&Session>,
    status: &Status,
    commands: &mut Vec<Command>,
) {
    let words = state.lang.words();
    let entered = field(ui, &mut state.url, 250.0, words.url);
    options_ui(ui, state, Role::Client, commands);
    if widgets::primary(ui, status.dialing.is_none(), words.connect).clicked() || entered {
        commands.push(Command::Connect);
    }
    invite_button_ui(ui, state);
    let dialing = status.dialing.as_ref().map(|dialing| match dialing {
        Dialing::Lookup(name) => format!("{} {name}", words.looking_up),
        Dialing::Tcp(address) => format!("{} {address}", words.connecting_tcp),
        Dialing::Proxy(proxy) => format!("{} {proxy}", words.asking_proxy),
    });
    if dialing.is_some() {
        ui.spinner();
    }
    let counts = session.map(|session| counts(session, state.lang));
    let parts: Vec<String> = dialing.into_iter().chain(counts).collect();
    if !parts.is_empty() {
        status_ui(ui, &parts.join(" · "));
    }
}

/// The options of a role, those of a server with its answer; `true` when one changed.
fn options_ui(ui: &mut Ui, state: &mut State, role: Role, commands: &mut Vec<Command>) -> bool {
    let (lang, words) = (state.lang, state.lang.words());
    let options = &mut state.options[role.index()];
    let answer = (role == Role::Server).then_some(&mut state.answer);
    let menu = egui::containers::menu::MenuButton::new(format!("{} ▾", words.options));
    let stay = egui::containers::menu::MenuConfig::new()
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    let (_, shown) = menu.config(stay).ui(ui, |ui| {
        ui.set_min_width(320.0);
        ui.set_max_width(400.0);
        let room = ui.ctx().content_rect().height() - 80.0;
        let scroll = egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room);
        let shown = scroll.show(ui, |ui| {
            let changed = opening_ui(ui, options, answer, lang);
            if role == Role::Client {
                proxy_ui(ui, &mut state.proxy, lang);
            }
            tls_options_ui(ui, &mut state.tls, role, lang, commands);
            changed | deflate_ui(ui, &mut state.deflate[role.index()], role, lang)
        });
        shown.inner
    });
    shown.is_some_and(|shown| shown.inner)
}

fn right_ui(
    ui: &mut Ui,
    state: &State,
    session: Option<&Session>,
    files: &Files,
    commands: &mut Vec<Command>,
) {
    let words = state.lang.words();
    if square(ui, "?", &hint(words.keys, Does::Help)).clicked() {
        commands.push(Command::Keys);
    }
    if square(ui, "◐", words.theme).clicked() {
        commands.push(Command::SwitchTheme);
    }
    let language = if state.lang == Lang::En { "中" } else { "EN" };
    if square(ui, language, words.language).clicked() {
        commands.push(Command::SwitchLanguage);
    }
    if square(ui, "A+", words.bigger).clicked() {
        commands.push(Command::Zoom(1.1));
    }
    if square(ui, "A−", words.smaller).clicked() {
        commands.push(Command::Zoom(1.0 / 1.1));
    }
    if session.is_some() {
        let present = ui.button(words.present);
        if present.on_hover_text(hint(words.present, Does::Present)).clicked() {
            commands.push(Command::Present);
        }
    }
    ui.menu_button(format!("{} ▾", words.file), |ui| {
        ui.set_min_width(280.0);
        file_menu(ui, state, session, files, commands);
    });
    lesson_menu_ui(ui, state, commands);
}

fn square(ui: &mut Ui, text: &str, label: &str) -> egui::Response {
    let padding = ui.spacing().button_padding;
    ui.spacing_mut().button_padding.x = 6.0;
    let response = ui.add(Button::new(text).min_size(vec2(32.0, 28.0))).on_hover_text(label);
    ui.spacing_mut().button_padding = padding;
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, label));
    response
}

/// The end of a path, short enough for a menu.
fn short(path: &Path) -> String {
    let text = path.display().to_string();
    let skip = text.chars().count().saturating_sub(44);
    if skip == 0 { text } else { format!("…{}", text.chars().skip(skip).collect::<String>()) }
}

fn file_menu(
    ui: &mut Ui,
    state: &State,
    session: Option<&Session>,
    files: &Files,
    commands: &mut Vec<Command>,
) {
    let words = state.lang.words();
    let mut item = |ui: &mut Ui, enabled: bool, label: &str, command: Command| {
        if ui.add_enabled(enabled, Button::new(label)).clicked() {
            commands.push(command);
            ui.close();
        }
    };
    let rows = session.is_some_and(|s| !s.log.read().is_empty());
    item(ui, session.is_some(), words.new_session, Command::NewSession);
    item(ui, true, words.connect_again, Command::Connect);
    ui.separator();
    item(ui, rows, &hint(words.replay, Does::Replay), Command::Replay(Order::Toggle));
    item(ui, session.is_some(), &hint(words.present, Does::Present), Command::Present);
    ui.separator();
    item(ui, true, words.open, Command::AskPath(PathFor::Open));
    let notes = session.is_some_and(|s| s.unsaved_notes(&s.log.read()));
    item(ui, notes, words.save, Command::Save);
    item(ui, rows, words.save_as, Command::AskPath(PathFor::Save { masked: false }));
    item(ui, rows, words.save_masked, Command::AskPath(PathFor::Save { masked: true }));
    ui.add_enabled_ui(rows && state.writing.is_none(), |ui| {
        ui.menu_button(words.export, |ui| {
            for (label, format) in [
                ("HAR…", Format::Har),
                ("JSON Lines…", Format::JsonLines),
                (words.export_csv, Format::Csv),
                (words.export_ladders, Format::Text),
            ] {
                item(ui, true, label, Command::AskPath(PathFor::Export(format)));
            }
        });
    });
    let mut list = |ui: &mut Ui, caption: &str, paths: Vec<(PathBuf, String)>| {
        if paths.is_empty() {
            return;
        }
        ui.separator();
        widgets::caption(ui, caption);
        for (path, label) in paths {
            item(ui, true, &label, Command::Path(PathFor::Open, path));
        }
    };
    let recent = state.recent.iter().map(|path| (path.clone(), short(path))).collect();
    list(ui, words.recent, recent);
    let unsaved = files.unsaved.iter().take(8).map(|u| (u.path.clone(), unsaved(u, state.lang)));
    list(ui, words.unsaved_sessions, unsaved.collect());
}

/// An unsaved session in a line.
#[must_use]
pub fn unsaved(session: &Unsaved, lang: Lang) -> String {
    let words = lang.words();
    let name = session.path.file_stem().unwrap_or_default().to_string_lossy();
    let crashed =
        if session.crashed { format!(" · {}", words.was_cut_short) } else { String::new() };
    format!("{name} · {}{crashed}", sentences::octets(lang, session.octets))
}
