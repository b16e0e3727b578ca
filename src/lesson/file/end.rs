//! What a file says of one end: in a run what it begins with, in a step what it does.

use super::{Wrong, word, words};
use crate::engine::header::{parse_header, parse_header_value};
use crate::engine::option::{
    parse_answer, parse_on_close, parse_on_ping, parse_subprotocol, parse_tcp_end, parse_token,
    parse_violations,
};
use crate::lesson::end::{Act, Change};
use crate::protocol::action::{Word, fold};
use crate::protocol::behaviour::{TcpBy, When};
use crate::protocol::connection::Settings;
use crate::protocol::deflate::Parameters;
use crate::protocol::opening_handshake::{RequestParts, ResponseParts};
use crate::protocol::{Action, MILLISECOND, Role, Time};
use serde::Deserialize;
use toml::Spanned;

/// The keys of an end; those of the command line's options, with `_` for `-`, and
/// some of the window.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEnd {
    // How it behaves: in runs and steps.
    on_close: Option<Spanned<String>>,
    close_delay: Option<u32>,
    on_ping: Option<Spanned<String>>,
    tcp_end: Option<Spanned<String>>,
    tcp_by: Option<Spanned<String>>,
    before_close: Option<String>,
    reading: Option<bool>,
    echo: Option<bool>,
    violations: Option<Spanned<String>>,
    // How it opens: in runs.
    after_open: Option<Vec<Spanned<String>>>,
    header: Option<Vec<Spanned<String>>>,
    subprotocol: Option<Vec<Spanned<String>>>,
    deflate: Option<Spanned<String>>,
    max_message: Option<u64>,
    open_timeout: Option<u32>,
    origin: Option<Spanned<String>>,
    answer: Option<Spanned<String>>,
    answer_delay: Option<u32>,
    answer_subprotocol: Option<Spanned<String>>,
    // What it does: in steps.
    #[serde(rename = "do")]
    actions: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    release: bool,
}

fn ms(ms: u32) -> Time {
    Time::from(ms) * MILLISECOND
}

fn tcp_by(text: &str) -> Result<TcpBy, &'static str> {
    match text {
        "fin" => Ok(TcpBy::Fin),
        "rst" => Ok(TcpBy::Rst),
        _ => Err("expected fin or rst"),
    }
}

/// As `--deflate`.
fn deflate(text: &str) -> Result<Option<Parameters>, String> {
    match text {
        "off" => Ok(None),
        "on" => Ok(Some(Parameters::BROWSER)),
        _ => match Parameters::parse(text, Role::Client) {
            Ok(parameters) if !text.is_empty() => Ok(Some(parameters)),
            _ => Err("expected off, on or parameters as in the header".to_owned()),
        },
    }
}

fn actions(list: Option<&Vec<Spanned<String>>>) -> Result<Vec<Action>, Wrong> {
    let Some(list) = list else { return Ok(Vec::new()) };
    let words = words(list, str::parse::<Word>)?;
    let span = list.first().map(Spanned::span).unwrap_or_default();
    fold(words).map_err(|error| Wrong::new(span, error.to_string()))
}

impl FileEnd {
    fn change(&self) -> Result<Change, Wrong> {
        let answer = self.on_close.as_ref().map(|text| word(text, parse_on_close)).transpose()?;
        let by_hand = answer.as_ref().map(|answer| answer.by_hand);
        let close_when = match (by_hand, self.close_delay) {
            (Some(true), _) => Some(When::ByHand),
            (_, Some(delay)) => Some(When::After(ms(delay))),
            (Some(false), None) => Some(When::AtOnce),
            (None, None) => None,
        };
        Ok(Change {
            on_close: answer.map(|answer| answer.answer),
            close_when,
            on_ping: self.on_ping.as_ref().map(|text| word(text, parse_on_ping)).transpose()?,
            tcp_end: self.tcp_end.as_ref().map(|text| word(text, parse_tcp_end)).transpose()?,
            tcp_by: self.tcp_by.as_ref().map(|text| word(text, tcp_by)).transpose()?,
            before_close: self.before_close.clone(),
            reading: self.reading,
            echo: self.echo,
            on_violation: self
                .violations
                .as_ref()
                .map(|text| word(text, parse_violations))
                .transpose()?,
        })
    }

    fn opens(&self) -> bool {
        self.after_open.is_some()
            || self.header.is_some()
            || self.subprotocol.is_some()
            || self.deflate.is_some()
            || self.max_message.is_some()
            || self.open_timeout.is_some()
            || self.origin.is_some()
            || self.answers()
    }

    fn answers(&self) -> bool {
        self.answer.is_some() || self.answer_delay.is_some() || self.answer_subprotocol.is_some()
    }
}

/// What an end of a run begins with.
pub fn settings(role: Role, file: Option<&Spanned<FileEnd>>) -> Result<Settings, Wrong> {
    // Compression is what a lesson is about, or it is not there.
    let mut settings = Settings { deflate: None, ..Settings::default() };
    let Some(file) = file else { return Ok(settings) };
    let (span, end) = (file.span(), file.get_ref());
    if end.actions.is_some() || end.release {
        return Err(Wrong::new(span, "'do' and 'release' belong into a step"));
    }
    if role == Role::Client && end.answers() {
        return Err(Wrong::new(span, "a client does not answer a request"));
    }
    if role == Role::Server && end.origin.is_some() {
        return Err(Wrong::new(span, "a server sends no Origin"));
    }
    end.change()?.apply(&mut settings.behaviour);
    settings.after_open = actions(end.after_open.as_ref())?;
    if let Some(octets) = end.max_message {
        settings.max_message = octets;
    }
    if let Some(limit) = end.open_timeout {
        settings.open_timeout = ms(limit);
    }
    if let Some(text) = &end.deflate {
        settings.deflate = word(text, deflate)?;
    }
    let headers = words(end.header.as_deref().unwrap_or_default(), parse_header)?;
    let subprotocols = words(end.subprotocol.as_deref().unwrap_or_default(), parse_token)?;
    match role {
        Role::Client => {
            let origin = end.origin.as_ref().map(|o| word(o, parse_header_value)).transpose()?;
            settings.request =
                RequestParts { headers, subprotocols, origin, ..RequestParts::default() };
        }
        Role::Server => {
            let answer = end.answer.as_ref().map(|text| word(text, parse_answer)).transpose()?;
            let named = end.answer_subprotocol.as_ref();
            settings.response = ResponseParts {
                answer: answer.unwrap_or_default(),
                delay: end.answer_delay.map_or(0, ms),
                subprotocols,
                subprotocol: named
                    .map(|text| word(text, parse_subprotocol))
                    .transpose()?
                    .unwrap_or_default(),
                headers,
            };
        }
    }
    Ok(settings)
}

/// What an end does in a step.
pub fn act(file: Option<&Spanned<FileEnd>>) -> Result<Act, Wrong> {
    let Some(file) = file else { return Ok(Act::default()) };
    let end = file.get_ref();
    if end.opens() {
        let message = "how an end opens is said in the run, not in a step";
        return Err(Wrong::new(file.span(), message));
    }
    Ok(Act { change: end.change()?, actions: actions(end.actions.as_ref())?, release: end.release })
}
