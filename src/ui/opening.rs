//! The opening handshake in the window: what a server answers, and going on behind
//! a refusal.

use super::app::App;
use super::state::RoleOptions;
use super::{theme, widgets};
use crate::engine::address::Target;
use crate::engine::follow::Attempt;
use crate::engine::header::{is_token, parse_header};
use crate::engine::order::Order;
use crate::protocol::connection::Settings;
use crate::protocol::opening_handshake::{
    Answer, Flaw, RequestParts, ResponseParts, StartLine, Subprotocol,
};
use crate::protocol::{Head, MILLISECOND, Role};
use crate::session::entry;
use crate::text::{Lang, faults};
use core::net::IpAddr;
use egui::{TextEdit, Ui, vec2};

/// The answer of a server as its form shows it.
#[derive(Debug, Clone)]
pub struct AnswerForm {
    /// How requests are answered.
    pub answer: Answer,
    /// The status of a refusal as typed.
    pub status: String,
    /// Its body.
    pub body: String,
    /// Milliseconds as typed.
    pub delay: String,
    /// Which subprotocol is named.
    pub subprotocol: Subprotocol,
    /// The name of one that is named whatever was offered.
    pub name: String,
}

impl Default for AnswerForm {
    fn default() -> AnswerForm {
        AnswerForm {
            answer: Answer::Accept,
            status: "503".into(),
            body: String::new(),
            delay: "0".into(),
            subprotocol: Subprotocol::Offered,
            name: "chat".into(),
        }
    }
}

impl AnswerForm {
    /// A form that shows this.
    #[must_use]
    pub fn of(parts: &ResponseParts) -> AnswerForm {
        let mut form = AnswerForm {
            answer: parts.answer.clone(),
            subprotocol: parts.subprotocol.clone(),
            delay: (parts.delay / MILLISECOND).to_string(),
            ..AnswerForm::default()
        };
        if let Answer::Refuse { status, body } = &parts.answer {
            (form.status, form.body) = (status.to_string(), body.clone());
        }
        if let Subprotocol::Named(name) = &parts.subprotocol {
            form.name.clone_from(name);
        }
        form
    }

    /// What the form says; `None` where a number or a name is none.
    fn parts(&self) -> Option<(Answer, u64, Subprotocol)> {
        let answer = match &self.answer {
            Answer::Refuse { .. } => {
                let status = self.status.trim().parse().ok();
                let status = status.filter(|status| (200..1000).contains(status))?;
                Answer::Refuse { status, body: self.body.clone() }
            }
            other => other.clone(),
        };
        let subprotocol = match &self.subprotocol {
            Subprotocol::Named(_) => {
                let name = self.name.trim();
                Subprotocol::Named(is_token(name).then(|| name.to_owned())?)
            }
            other => other.clone(),
        };
        let delay = u64::from(self.delay.trim().parse::<u32>().ok()?) * MILLISECOND;
        Some((answer, delay, subprotocol))
    }
}

pub(super) fn subprotocols(options: &RoleOptions) -> Vec<String> {
    options
        .subprotocols
        .split(',')
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .map(str::to_owned)
        .collect()
}

impl RoleOptions {
    /// Options that show these headers and subprotocols.
    #[must_use]
    pub fn of(subprotocols: &[String], headers: &[(String, String)]) -> RoleOptions {
        RoleOptions {
            subprotocols: subprotocols.join(", "),
            headers: headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect(),
            ..RoleOptions::default()
        }
    }
}

fn line(text: &mut String) -> TextEdit<'_> {
    let edit = TextEdit::singleline(text).align(egui::Align2::LEFT_CENTER);
    edit.min_size(vec2(60.0, 26.0)).desired_width(f32::INFINITY)
}

fn field(ui: &mut Ui, label: &str, text: &mut String) -> bool {
    ui.horizontal(|ui| {
        let label = widgets::dim(ui, label);
        let edit = line(text).font(egui::TextStyle::Monospace);
        ui.add(edit).labelled_by(label.id).changed()
    })
    .inner
}

/// The answer; a change is in force at once, for connections to come.
fn answer_ui(ui: &mut Ui, form: &mut AnswerForm, lang: Lang) -> bool {
    let words = lang.words();
    let mut changed = false;
    ui.spacing_mut().interact_size.y = 22.0;
    ui.add_space(8.0);
    widgets::caption(ui, words.answer);
    let refuse = Answer::Refuse { status: 503, body: String::new() };
    for (answer, label) in [
        (Answer::Accept, words.answer_accept),
        (refuse, words.answer_refuse),
        (Answer::Never, words.answer_never),
        (Answer::Flawed(Flaw::WrongAccept), words.answer_wrong_accept),
        (Answer::Flawed(Flaw::NoAccept), words.answer_no_accept),
        (Answer::Flawed(Flaw::NoUpgrade), words.answer_no_upgrade),
        (Answer::Flawed(Flaw::NoConnection), words.answer_no_connection),
    ] {
        let refuses = |answer: &Answer| matches!(answer, Answer::Refuse { .. });
        let chosen = form.answer == answer || refuses(&form.answer) && refuses(&answer);
        if ui.radio(chosen, label).clicked() && !chosen {
            form.answer = answer.clone();
            changed = true;
        }
        if refuses(&answer) && refuses(&form.answer) {
            changed |= field(ui, words.answer_status, &mut form.status);
            changed |= field(ui, words.answer_body, &mut form.body);
        }
    }
    changed |= field(ui, words.answer_delay, &mut form.delay);
    ui.add_space(8.0);
    widgets::caption(ui, words.subprotocol_chosen);
    for (subprotocol, label) in [
        (Subprotocol::Offered, words.subprotocol_offered),
        (Subprotocol::None, words.subprotocol_none),
        (Subprotocol::Named(String::new()), words.subprotocol_named),
    ] {
        let kind = std::mem::discriminant(&subprotocol);
        let chosen = kind == std::mem::discriminant(&form.subprotocol);
        if ui.radio(chosen, label).clicked() && !chosen {
            form.subprotocol = subprotocol;
            changed = true;
        }
    }
    if matches!(form.subprotocol, Subprotocol::Named(_)) {
        changed |= field(ui, words.subprotocol_name, &mut form.name);
    }
    if form.parts().is_none() {
        widgets::wrong(ui, words.bad_answer);
    }
    changed
}

/// The form of a role, that of a server with its answer; `true` when something changed.
pub fn opening_ui(
    ui: &mut Ui,
    options: &mut RoleOptions,
    answer: Option<&mut AnswerForm>,
    lang: Lang,
) -> bool {
    let words = lang.words();
    let text = |ui: &mut Ui, label: &str, text: &mut String, rows: usize| {
        let label = widgets::dim(ui, label);
        let edit = if rows == 1 { line(text) } else { TextEdit::multiline(text) };
        let edit = edit.desired_rows(rows).desired_width(f32::INFINITY).font(theme::mono());
        let changed = ui.add(edit).labelled_by(label.id).changed();
        ui.add_space(4.0);
        changed
    };
    widgets::caption(ui, words.opening_handshake);
    if answer.is_none() {
        text(ui, words.origin, &mut options.origin, 1);
    }
    let mut changed = text(ui, words.subprotocols, &mut options.subprotocols, 1);
    changed |= text(ui, words.headers, &mut options.headers, 3);
    widgets::dim(ui, words.headers_hint);
    changed | answer.is_some_and(|answer| answer_ui(ui, answer, lang))
}

/// What a response other than 101 asks for, on a connection of our client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asks {
    /// Another URL.
    Redirect(String),
    /// A user and a password.
    Basic,
}

/// The target of a request to `server`, `HOST:PORT`: by the name in its Host, unless that
/// is one of the user's own and names another server.
#[must_use]
pub fn target_of(request: &Head, server: &str, tls: bool) -> Option<Target> {
    let StartLine::Request { target, .. } = &request.start else {
        return None;
    };
    let scheme = if tls { "wss" } else { "ws" };
    let at = |host: &str| format!("{scheme}://{host}{target}").parse::<Target>().ok();
    let connected = at(server)?;
    let is_name = |target: &Target| target.host.parse::<IpAddr>().is_err();
    let is_server = |target: &Target| {
        let named = is_name(target) && !is_name(&connected);
        target.port == connected.port && (named || target.host == connected.host)
    };
    let named = request.get("Host").and_then(at).filter(is_server);
    Some(named.unwrap_or(connected))
}

/// User and password as they are typed.
#[derive(Debug, Default)]
pub struct Login {
    user: String,
    password: String,
}

/// The button, or the fields, that go on; gives `user:password`, or nothing for a redirect.
pub fn asks_ui(ui: &mut Ui, asks: &Asks, login: &mut Login, lang: Lang) -> Option<Option<String>> {
    let words = lang.words();
    match asks {
        Asks::Redirect(url) => {
            widgets::dim(ui, url);
            widgets::primary(ui, true, words.follow_redirect).clicked().then_some(None)
        }
        Asks::Basic => {
            field(ui, words.user, &mut login.user);
            ui.horizontal(|ui| {
                let label = widgets::dim(ui, words.password);
                ui.add(line(&mut login.password).password(true)).labelled_by(label.id);
            });
            let again = widgets::primary(ui, !login.user.is_empty(), words.try_again_with);
            again.clicked().then(|| Some(format!("{}:{}", login.user, login.password)))
        }
    }
}

impl App {
    /// The further headers of the role that is set up; tells where there is a line that is none.
    fn headers(&mut self) -> Option<Vec<(String, String)>> {
        let lines = self.state.role_options().headers.clone();
        let parsed: Result<Vec<_>, String> =
            lines.lines().filter(|l| !l.trim().is_empty()).map(parse_header).collect();
        match parsed {
            Ok(headers) => Some(headers),
            Err(_) => {
                self.state.top_error = Some(self.state.lang.words().bad_header.to_owned());
                None
            }
        }
    }

    /// What our client asks this target with, as the forms say.
    pub(super) fn client_settings(&mut self, target: &Target) -> Option<Settings> {
        let own = self.headers()?;
        let options = self.state.role_options();
        let origin = options.origin.trim();
        let request = RequestParts {
            target: target.target.clone(),
            host: target.host_header.clone(),
            origin: (!origin.is_empty()).then(|| origin.to_owned()),
            subprotocols: subprotocols(options),
            headers: target.authorization().into_iter().chain(own).collect(),
        };
        Some(Settings { request, ..self.settings() })
    }

    /// What our server answers as the forms say; tells what is wrong in them.
    pub(super) fn response(&mut self) -> Option<ResponseParts> {
        let headers = self.headers()?;
        let Some((answer, delay, subprotocol)) = self.state.answer.parts() else {
            self.state.top_error = Some(self.state.lang.words().bad_answer.to_owned());
            return None;
        };
        let subprotocols = subprotocols(self.state.role_options());
        Some(ResponseParts { answer, delay, subprotocols, subprotocol, headers })
    }

    /// Answers as the forms say from now on, where they can be read.
    pub(super) fn answer(&mut self) {
        let live = self.session.as_ref().is_some_and(|session| session.engine().is_some());
        self.state.top_error = None;
        if let Some(response) = self.response().filter(|_| live) {
            self.order(Order::Answer(response, self.settings().deflate));
        }
    }

    /// Goes on behind the refusal on this connection.
    pub(super) fn go_on(&mut self, connection: u32, userinfo: Option<&str>) {
        self.state.role = Role::Client;
        self.state.top_error = None;
        let Some(session) = &self.session else { return };
        let heads = Role::BOTH
            .map(|role| entry::last_head(&session.log.read(), &session.source, connection, role));
        let [Some(request), Some(response)] = heads else { return };
        let target = session
            .log
            .read()
            .connection(connection)
            .and_then(|c| target_of(&request, &c.reached(), c.tls.is_some()));
        let Some(target) = target else { return };
        let Some(settings) = self.client_settings(&target) else { return };
        let attempt = Attempt::new(target, settings);
        let next = match userinfo {
            Some(userinfo) => Ok(Some(attempt.with_credentials(userinfo))),
            None => attempt.next(&response),
        };
        match next {
            Ok(Some(attempt)) => {
                if !attempt.is_first_host() {
                    self.state.tls.server_name.clear();
                }
                let Attempt { target, settings, .. } = attempt;
                self.state.url.clone_from(&target.url);
                let Some(tls) = self.client_tls() else { return };
                let Some(proxy) = self.client_proxy() else { return };
                self.order(Order::Connect { target, settings, tls, proxy });
            }
            Ok(None) => {}
            Err(fault) => self.state.top_error = Some(faults::fault(self.state.lang, &fault)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_was_for_the_server_that_got_it() {
        for (host, server, url) in [
            ("h:81", "10.0.0.1:81", "ws://h:81/a"),
            ("h", "10.0.0.1:80", "ws://h/a"),
            ("10.0.0.1:81", "10.0.0.1:81", "ws://10.0.0.1:81/a"),
            ("other", "10.0.0.1:81", "ws://10.0.0.1:81/a"),
            ("10.0.0.2:81", "10.0.0.1:81", "ws://10.0.0.1:81/a"),
            ("", "[::1]:81", "ws://[::1]:81/a"),
            // Behind a tunnel, where no address is known.
            ("h:81", "h:81", "ws://h:81/a"),
            ("other:81", "h:81", "ws://h:81/a"),
        ] {
            let head = format!("GET /a HTTP/1.1\r\nHost: {host}\r\n\r\n");
            let head = Head::parse(Role::Client, head.as_bytes()).unwrap();
            let target = target_of(&head, server, false).unwrap();
            assert_eq!(target.url, url, "{host} at {server}");
        }
    }
}
