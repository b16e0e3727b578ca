//! The one place where commands are carried out.

use super::app::App;
use super::command::Command;
use super::composer::resolve;
use super::deflate_form::DeflateForm;
use super::ladder::Center;
use super::opening::AnswerForm;
use super::session::{Report, Session};
use super::state::{
    BehaviourForm, Message, OctetForm, PathField, PathFor, RoleOptions, Target, Weight,
};
use crate::engine::address::{ListenAddress, Target as Url};
use crate::engine::order::{ConnectionOrder, Order, PartnerOrder};
use crate::engine::proxy::Proxy;
use crate::engine::status::PartnerRole;
use crate::engine::tls::{ClientTls, ServerTls};
use crate::lesson::Lesson;
use crate::protocol::connection::Settings;
use crate::protocol::{Action, MILLISECOND, Role};
use crate::session::export::Format;
use crate::session::open::{Choice, Opened};
use crate::session::pcapng::read::ReadError;
use crate::session::view::Scope;
use crate::text::system::io_error;
use crate::text::{Lang, faults, import, opened};
use std::path::PathBuf;
use std::sync::Arc;

/// What the command line begins with.
#[derive(Debug, Clone)]
pub enum Begin {
    /// Listening.
    Listen(ListenAddress, Box<Settings>, Option<Arc<ServerTls>>),
    /// Connecting; the URL as it was typed, and the proxy.
    Connect(String, Box<Url>, Box<Settings>, Arc<ClientTls>, Option<Arc<Proxy>>),
    /// A lesson, perhaps with a browser at the other end.
    Lesson(Arc<Lesson>, bool),
}

/// Lines in which the window says what of a file it could not read.
const SHOWN_PROBLEMS: usize = 4;

impl App {
    /// Begins as the command line says.
    pub fn begin(&mut self, begin: Begin) {
        match begin {
            Begin::Listen(address, settings, tls) => {
                self.state.tls.show_server(tls.as_ref(), &address.host);
                self.state.role = Role::Server;
                self.state.address = address.to_string();
                let response = &settings.response;
                self.state.answer = AnswerForm::of(response);
                *self.state.role_options() =
                    RoleOptions::of(&response.subprotocols, &response.headers);
                self.state.behaviour = BehaviourForm::of(settings.behaviour.clone());
                self.state.deflate[self.state.role.index()] = DeflateForm::of(settings.deflate);
                self.base = *settings.clone();
                self.order(Order::Listen { address, next_free: false, settings: *settings, tls });
            }
            Begin::Connect(url, target, settings, tls, proxy) => {
                self.state.tls.show_client(&tls.options);
                self.state.proxy = proxy.as_ref().map_or_else(String::new, |p| p.url.clone());
                self.state.role = Role::Client;
                self.state.url = url;
                let request = &settings.request;
                // Credentials of the URL stand there.
                let skip = usize::from(target.userinfo.is_some());
                *self.state.role_options() = RoleOptions {
                    origin: request.origin.clone().unwrap_or_default(),
                    ..RoleOptions::of(&request.subprotocols, &request.headers[skip..])
                };
                self.state.behaviour = BehaviourForm::of(settings.behaviour.clone());
                self.state.deflate[self.state.role.index()] = DeflateForm::of(settings.deflate);
                self.base = *settings.clone();
                let (target, settings) = (*target, *settings);
                self.order(Order::Connect { target, settings, tls, proxy });
            }
            Begin::Lesson(lesson, browser) => self.begin_lesson(lesson, browser),
        }
    }

    /// Carries out a wish.
    pub fn apply(&mut self, command: Command) {
        let Some(command) = self.hold_back(command) else { return };
        match command {
            Command::Listen { next_free } => self.listen(next_free),
            Command::ListenOnNetwork(on) => self.listen_on_network(on),
            Command::OpenInBrowser(url) => self.open_in_browser(url),
            Command::StopListening => self.order(Order::StopListening),
            Command::Connect => self.connect(),
            Command::Answer => self.answer(),
            Command::GoOn(connection, userinfo) => self.go_on(connection, userinfo.as_deref()),
            Command::TryPartner(role) => self.try_partner(role),
            Command::Partner(order) => self.order(Order::Partner(order)),
            Command::Perform(actions) => self.perform(actions),
            Command::PerformAll(actions) => {
                self.order(Order::All(ConnectionOrder::Perform(actions)));
            }
            Command::Aim(target) => self.state.target = target,
            Command::Behave(None) => {
                self.state.own_behaviour.clear();
                let behaviour = self.state.behaviour.behaviour.clone();
                self.order(Order::Behave(behaviour));
            }
            Command::Behave(Some(number)) => {
                if let Some(form) = self.state.own_behaviour.get(&number) {
                    let order = ConnectionOrder::Behave(form.behaviour.clone());
                    self.order(Order::One(number, order));
                }
            }
            Command::EditAgain(index) => self.edit_again(index),
            Command::Release(number) => self.order(Order::One(number, ConnectionOrder::Release)),
            Command::Waiting(number, order) => self.order(Order::One(number, order)),
            Command::Hold(Some(number), hold) => {
                self.order(Order::One(number, ConnectionOrder::Hold(hold)));
            }
            Command::Hold(None, hold) => {
                self.state.hold = hold;
                self.order(Order::Hold(hold));
            }
            Command::End(number) => self.order(Order::One(number, ConnectionOrder::ShutDown)),
            Command::EndAll => self.order(Order::All(ConnectionOrder::ShutDown)),
            Command::Scope(connection) => {
                let scope = Scope { connection, ..self.state.view.scope() };
                self.set_scope(scope);
            }
            Command::Show(scope) => self.set_scope(scope),
            Command::Filter(text) => self.filter(&text),
            Command::NextMatch(forward) => self.next_match(forward),
            Command::Center(center) => {
                self.state.center = center;
                self.state.ladder.reveal = true;
            }
            Command::Unfold(run) => self.state.ladder.toggle(run),
            Command::CopyLadder => self.copy_ladder(),
            Command::Select(index) => {
                self.state.selected = Some(index);
                // Who looks at a row stays there.
                self.state.follow = false;
            }
            Command::Reveal(index) => self.reveal(index),
            Command::Follow(follow) => self.state.follow = follow,
            Command::AskPath(purpose) => self.ask_path(purpose),
            Command::Path(purpose, path) => self.path(purpose, path),
            Command::CancelOpening => {
                if let Some(session) = &self.session {
                    session.cancel_opening();
                }
            }
            Command::CancelWriting => self.cancel_writing(),
            Command::ForgetPath => {
                self.state.path_field = None;
                self.leaving = None;
            }
            Command::NewSession => self.end_session(),
            Command::SwitchLanguage => {
                self.state.lang = if self.state.lang == Lang::En { Lang::Zh } else { Lang::En };
            }
            Command::SwitchTheme => {
                let ctx = self.context();
                let next = match ctx.theme() {
                    egui::Theme::Dark => egui::Theme::Light,
                    egui::Theme::Light => egui::Theme::Dark,
                };
                ctx.set_theme(next);
            }
            Command::Zoom(factor) => {
                let ctx = self.context();
                ctx.set_zoom_factor((ctx.zoom_factor() * factor).clamp(0.6, 3.0));
            }
            Command::Dismiss => {
                self.state.message = None;
                self.state.streams.clear();
            }
            Command::OpenStream(choice) => {
                if let Some(path) = self.session.as_ref().map(|session| session.path.clone()) {
                    self.open(path, Some(choice));
                }
            }
            Command::Note(subject, text) => self.write_text(subject, &text),
            Command::ToggleBookmark => self.toggle_bookmark(),
            Command::GoToBookmark { forward } => self.go_to_bookmark(forward),
            Command::Save => self.save_notes(),
            Command::Teach(teach) => self.teach(teach),
            Command::UnsavedNotes(answer) => self.answer_unsaved(answer),
            Command::Keys => {
                self.state.keys_shown = !self.state.keys_shown;
                super::panes::let_go(self.context());
            }
            Command::Present => self.toggle_present(),
            Command::Leave => self.leave_above(),
            Command::PresentDetail => self.present_detail(),
            Command::TableOrLadder => {
                let ladder = self.state.center == Center::Ladder;
                self.apply(Command::Center(if ladder { Center::Table } else { Center::Ladder }));
            }
            Command::LadderZoom(factor) => self.state.ladder.zoom_by(factor),
            Command::NextConnection(forward) => self.next_connection(forward),
            Command::Ending => self.go_to_ending(),
            Command::Replay(order) => self.replay(order),
        }
    }

    /// Gives an order, in a live session that is begun where there is none.
    pub(super) fn order(&mut self, order: Order) {
        if self.session.as_ref().is_none_or(|s| s.engine().is_none()) && !self.new_live_session() {
            return;
        }
        let taken = self.session.as_ref().is_some_and(|session| session.order(order));
        if !taken {
            let words = self.state.lang.words();
            self.say(Weight::Error, words.no_orders.to_owned());
        }
    }

    pub(super) fn new_live_session(&mut self) -> bool {
        let live = match self.record.take() {
            Some((path, overwrite)) => Session::record(path, overwrite, self.beside.wake()),
            None => {
                self.sessions_folder().and_then(|folder| Session::keep(folder, self.beside.wake()))
            }
        };
        match live {
            Ok((session, gone)) => {
                self.end_session();
                self.session = Some(session);
                if gone > 0 {
                    let words = self.state.lang.words();
                    self.say(Weight::Info, format!("{gone} {}", words.old_sessions_went));
                }
                true
            }
            Err(error) => {
                let words = self.state.lang.words();
                self.say(
                    Weight::Error,
                    format!("{}: {}", words.cannot_record, io_error(self.state.lang, &error)),
                );
                false
            }
        }
    }

    fn end_session(&mut self) {
        self.teaching = None;
        if let Some(session) = self.session.take() {
            session.end(&self.beside);
        }
        self.state.streams.clear();
        self.state.view.reset();
        self.state.ladder.reset();
        self.state.notes = super::notes::NoteForm::default();
        self.set_scope(Scope {
            hide_heartbeats: self.state.view.scope().hide_heartbeats,
            ..Scope::default()
        });
        self.state.selected = None;
        self.state.follow = true;
        self.state.target = Target::Auto;
        self.state.own_behaviour.clear();
        self.state.behave_alone = false;
        self.state.scroll = super::table::Scroll::default();
        self.look_for_sessions();
    }

    pub(super) fn say(&mut self, weight: Weight, text: String) {
        self.state.message = Some(Message { weight, text });
    }

    // ---- beginning ----

    pub(super) fn settings(&self) -> Settings {
        Settings {
            behaviour: self.state.behaviour.behaviour.clone(),
            hold: self.state.hold,
            deflate: self.state.deflate[self.state.role.index()].parameters(),
            ..self.base.clone()
        }
    }

    pub(super) fn listen(&mut self, next_free: bool) {
        self.state.role = Role::Server;
        self.state.top_error = None;
        let Some(response) = self.response() else { return };
        match self.state.address.parse::<ListenAddress>() {
            Err(error) => self.state.top_error = Some(faults::address(self.state.lang, &error)),
            Ok(address) => {
                let Some(tls) = self.server_tls(&address.host) else { return };
                let settings = Settings { response, ..self.settings() };
                self.state.adopt = next_free;
                self.order(Order::Listen { address, next_free, settings, tls });
            }
        }
    }

    fn connect(&mut self) {
        self.state.role = Role::Client;
        self.state.top_error = None;
        match self.state.url.parse::<Url>() {
            Err(error) => self.state.top_error = Some(faults::address(self.state.lang, &error)),
            Ok(target) => {
                let Some(settings) = self.client_settings(&target) else { return };
                let Some(tls) = self.client_tls() else { return };
                let Some(proxy) = self.client_proxy() else { return };
                self.order(Order::Connect { target, settings, tls, proxy });
            }
        }
    }

    /// The server starts and the partner connects to it, or the other way round.
    fn try_partner(&mut self, role: PartnerRole) {
        self.state.adopt = true;
        match role {
            PartnerRole::Client => {
                self.state.role = Role::Server;
                let Some(response) = self.response() else { return };
                let settings = Settings { response, ..self.settings() };
                let address = ListenAddress { host: "127.0.0.1".into(), port: 8000 };
                self.order(Order::Listen { address, next_free: true, settings, tls: None });
                self.order(Order::Partner(PartnerOrder::Connect));
            }
            PartnerRole::Server => {
                self.state.role = Role::Client;
                let pause = Action::Wait(400 * MILLISECOND);
                let after_open = vec![
                    Action::text("hello"),
                    pause.clone(),
                    Action::text(r#"{"planet":"mars","moons":["Phobos","Deimos"]}"#),
                    pause,
                    Action::text("你好,火星"),
                ];
                let settings = Settings { after_open, ..self.settings() };
                self.order(Order::ConnectToPartner { settings });
            }
        }
    }

    fn perform(&mut self, actions: Vec<Action>) {
        let Some(session) = &self.session else { return };
        let target = resolve(&self.state, &session.log.read());
        let order = ConnectionOrder::Perform(actions);
        match target {
            Some(Target::One(number)) => self.order(Order::One(number, order)),
            Some(_) => self.order(Order::All(order)),
            None => {}
        }
    }

    // ---- files ----

    fn path(&mut self, purpose: PathFor, path: PathBuf) {
        match purpose {
            PathFor::Open => self.open(path, None),
            PathFor::Export(format) => self.export(format, path),
            PathFor::Payload(payload) => self.save_payload(payload, path),
            PathFor::Save { masked } => {
                // By its ending, as everywhere; only a capture can be masked.
                if let Some(format) = Format::of_path(&path).filter(|f| *f != Format::Pcapng) {
                    return self.save_as(format, masked, path);
                }
                if let Some(session) = &mut self.session {
                    session.save(path, masked, &self.beside);
                }
            }
            PathFor::Svg => self.save_svg(path),
            PathFor::Pem => self.save_pem(&path),
            PathFor::Tls(file) => *self.state.tls.path(file) = path.display().to_string(),
            PathFor::Send => {
                self.state.composer_error = None;
                self.state.composer.form = OctetForm::File;
                self.state.composer.octets = path.display().to_string();
            }
        }
    }

    fn open(&mut self, path: PathBuf, stream: Option<Choice>) {
        self.state.message = None;
        match Session::open(path.clone(), stream, &self.beside) {
            Ok(session) => self.show_file(session),
            Err(error) => {
                let words = self.state.lang.words();
                let shown = path.display();
                self.say(
                    Weight::Error,
                    format!("{} {shown}: {}", words.cannot_read, io_error(self.state.lang, &error)),
                );
            }
        }
    }

    /// Shows a file in place of the session on the screen.
    pub(super) fn show_file(&mut self, session: Session) {
        self.end_session();
        self.state.follow = false;
        self.session = Some(session);
    }

    /// Takes what a thread beside the window reports.
    pub fn on_report(&mut self, report: Report) {
        match report {
            Report::Picked(purpose, Some(path), _) => self.path(purpose, path),
            Report::Picked(_, None, true) => self.leaving = None,
            Report::Picked(purpose, None, false) => {
                let text = self.file_name(purpose);
                self.state.path_field = Some(PathField { purpose, text, focus: true, taken: None });
            }
            Report::Browser(url, result) => self.on_browser(&url, result),
            Report::Ended => self.look_for_sessions(),
            Report::Written(path, result, progress) => self.on_written(&path, result, &progress),
            Report::Opened(path, result) => self.on_opened(path, result),
            Report::Saved(path, Ok(()), masked) => {
                let words = self.state.lang.words();
                self.say(Weight::Info, format!("{} {}", words.saved_to, path.display()));
                if !masked {
                    self.state.note_recent(path);
                    if !self.has_unsaved_notes() {
                        self.leave();
                    }
                }
            }
            Report::Saved(path, Err(error), masked) => {
                if let Some(session) = self.session.as_mut().filter(|_| !masked) {
                    session.saved_rows = None;
                    session.saved_notes = None;
                }
                self.leaving = None;
                let words = self.state.lang.words();
                let text = opened::read_error(self.state.lang, &error);
                self.say(
                    Weight::Error,
                    format!("{} {}: {text}", words.cannot_save, path.display()),
                );
            }
        }
    }

    fn on_opened(&mut self, path: PathBuf, result: Result<Opened, ReadError>) {
        if self.session.as_ref().is_none_or(|session| session.path != path) {
            return; // another session is on the screen by now
        }
        match result {
            Ok(file) => {
                let lang = self.state.lang;
                let mut lines = import::problems(lang, &file.problems);
                let more = lines.len().saturating_sub(SHOWN_PROBLEMS);
                lines.truncate(SHOWN_PROBLEMS);
                if more > 0 {
                    lines.push(format!("+ {more}"));
                }
                let bad = !lines.is_empty() || file.damaged_at.is_some();
                lines.extend(opened::opened(lang, &file));
                let log = self.session.as_ref().map(|session| session.log.clone());
                let made_from = log.and_then(|log| log.read().made_from().cloned());
                lines.extend(made_from.map(|from| import::made_from(lang, &from)));
                if !lines.is_empty() {
                    self.say(if bad { Weight::Error } else { Weight::Info }, lines.join("\n"));
                }
                self.state.streams = file.streams;
                if self.session.as_ref().is_some_and(|session| session.temporary.is_none()) {
                    self.state.note_recent(path);
                }
            }
            Err(error) => {
                let text =
                    format!("{}: {}", path.display(), opened::read_error(self.state.lang, &error));
                self.end_session();
                self.say(Weight::Error, text);
            }
        }
    }
}
