//! What a file says must be seen.

use super::{FileRole, Wrong, word, words};
use crate::engine::header::parse_header;
use crate::lesson::expectation::{Closed, Expectation, FrameExpected, RowExpected, What};
use crate::protocol::action::parse_hex;
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::frame_spec::parse_opcode;
use crate::protocol::header::LengthForm;
use crate::protocol::{MILLISECOND, Opcode, ReadyState, Role, Rule, StatusCode, Time};
use crate::session::FaultKind;
use serde::Deserialize;
use toml::Spanned;

/// One piece of evidence: exactly one of `request`, `status`, `frame`, `tcp`,
/// `fault`, `quiet`, `closed`, `state` and `crossed`, and what goes with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileExpected {
    from: Option<FileRole>,
    violations: Option<Vec<Spanned<String>>>,
    request: Option<True>,
    status: Option<u16>,
    header: Option<Vec<Spanned<String>>>,
    frame: Option<Spanned<String>>,
    fin: Option<bool>,
    rsv1: Option<bool>,
    rsv2: Option<bool>,
    rsv3: Option<bool>,
    masked: Option<bool>,
    bits: Option<Spanned<u8>>,
    length: Option<u64>,
    code: Option<u16>,
    reason: Option<String>,
    text: Option<String>,
    octets: Option<Spanned<String>>,
    tcp: Option<Spanned<String>>,
    fault: Option<Spanned<String>>,
    quiet: Option<u32>,
    closed: Option<FileClosed>,
    state: Option<FileStates>,
    crossed: Option<True>,
}

/// A key that is there or not.
#[derive(Deserialize)]
#[serde(try_from = "bool")]
struct True;

impl TryFrom<bool> for True {
    type Error = &'static str;

    fn try_from(value: bool) -> Result<True, &'static str> {
        if value { Ok(True) } else { Err("expected true, or no such key") }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileClosed {
    client: Option<u16>,
    client_clean: Option<bool>,
    server: Option<u16>,
    server_clean: Option<bool>,
    event: Option<u16>,
    event_clean: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileStates {
    client: Option<FileState>,
    server: Option<FileState>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum FileState {
    Connecting,
    Open,
    Closing,
    Closed,
}

impl From<FileState> for ReadyState {
    fn from(state: FileState) -> ReadyState {
        match state {
            FileState::Connecting => ReadyState::Connecting,
            FileState::Open => ReadyState::Open,
            FileState::Closing => ReadyState::Closing,
            FileState::Closed => ReadyState::Closed,
        }
    }
}

fn named_opcode(text: &str) -> Result<Opcode, &'static str> {
    parse_opcode(text).ok_or("expected continuation, text, binary, close, ping, pong or 0 to 15")
}

fn tcp_event(text: &str) -> Result<TcpEvent, &'static str> {
    let events = [TcpEvent::Fin, TcpEvent::Rst, TcpEvent::Lost];
    events.into_iter().find(|event| event.word() == text).ok_or("expected fin, rst or lost")
}

fn fault_kind(text: &str) -> Result<FaultKind, &'static str> {
    let found = FaultKind::ALL.iter().find(|kind| kind.word() == text);
    found.copied().ok_or("no such kind of fault")
}

fn rule(text: &str) -> Result<Rule, &'static str> {
    let found = Rule::ALL.iter().find(|rule| rule.id() == text);
    found.copied().ok_or("no such rule")
}

/// In their order.
pub fn expectations(files: Vec<Spanned<FileExpected>>) -> Result<Vec<Expectation>, Wrong> {
    files.into_iter().map(|file| file.get_ref().expectation(&file)).collect()
}

impl FileExpected {
    fn expectation(&self, file: &Spanned<FileExpected>) -> Result<Expectation, Wrong> {
        let kinds = [
            self.request.is_some(),
            self.status.is_some(),
            self.frame.is_some(),
            self.tcp.is_some(),
            self.fault.is_some(),
            self.quiet.is_some(),
            self.closed.is_some(),
            self.state.is_some(),
            self.crossed.is_some(),
        ];
        if kinds.into_iter().filter(|is| *is).count() != 1 {
            let message = "expected one of request, status, frame, tcp, fault, quiet, closed, \
                           state and crossed";
            return Err(Wrong::new(file.span(), message));
        }
        self.check(file)?;
        if let Some(ms) = self.quiet {
            return Ok(Expectation::Quiet(Time::from(ms) * MILLISECOND));
        }
        if let Some(FileStates { client, server }) = self.state {
            return Ok(Expectation::States([client, server].map(|s| s.map(ReadyState::from))));
        }
        if self.crossed.is_some() {
            return Ok(Expectation::Crossed);
        }
        if let Some(closed) = &self.closed {
            let code = |code: Option<u16>| code.map(StatusCode);
            return Ok(Expectation::Closed(Closed {
                codes: [code(closed.client), code(closed.server)],
                clean: [closed.client_clean, closed.server_clean],
                event: code(closed.event),
                event_clean: closed.event_clean,
            }));
        }
        let violations = self.violations.as_deref().map(|list| words(list, rule)).transpose()?;
        let from = self.from.map(Role::from);
        Ok(Expectation::Row(RowExpected { from, what: self.what()?, violations }))
    }

    fn what(&self) -> Result<What, Wrong> {
        let headers = self.header.as_deref().map(|list| words(list, parse_header)).transpose()?;
        Ok(match (&self.frame, &self.tcp, &self.fault) {
            (Some(frame), _, _) => What::Frame(Box::new(self.frame(word(frame, named_opcode)?)?)),
            (_, Some(tcp), _) => What::Tcp(word(tcp, tcp_event)?),
            (_, _, Some(fault)) => What::Fault(word(fault, fault_kind)?),
            _ => What::Head(self.status, headers.unwrap_or_default()),
        })
    }

    fn frame(&self, opcode: Opcode) -> Result<FrameExpected, Wrong> {
        let form = self.bits.as_ref().map(|bits| match bits.get_ref() {
            7 => Ok(LengthForm::Bits7),
            16 => Ok(LengthForm::Bits16),
            64 => Ok(LengthForm::Bits64),
            _ => Err(Wrong::new(bits.span(), "a length has 7, 16 or 64 bits")),
        });
        Ok(FrameExpected {
            opcode,
            fin: self.fin,
            rsv: [self.rsv1, self.rsv2, self.rsv3],
            masked: self.masked,
            form: form.transpose()?,
            length: self.length,
            code: self.code.map(StatusCode),
            reason: self.reason.clone(),
            text: self.text.clone(),
            octets: self.octets.as_ref().map(|hex| word(hex, parse_hex)).transpose()?,
        })
    }

    /// What goes with another kind than this one would never be looked at.
    fn check(&self, file: &Spanned<FileExpected>) -> Result<(), Wrong> {
        let of_frames = self.fin.is_some()
            || self.rsv1.is_some()
            || self.rsv2.is_some()
            || self.rsv3.is_some()
            || self.masked.is_some()
            || self.bits.is_some()
            || self.length.is_some()
            || self.code.is_some()
            || self.reason.is_some()
            || self.text.is_some()
            || self.octets.is_some();
        if of_frames && self.frame.is_none() {
            let message = "fin, rsv1 to rsv3, masked, bits, length, code, reason, text and octets \
                           belong to a frame";
            return Err(Wrong::new(file.span(), message));
        }
        if self.header.is_some() && self.request.is_none() && self.status.is_none() {
            return Err(Wrong::new(file.span(), "header belongs to a request or a status"));
        }
        let concluded = self.quiet.is_some()
            || self.closed.is_some()
            || self.state.is_some()
            || self.crossed.is_some();
        if concluded && (self.from.is_some() || self.violations.is_some()) {
            return Err(Wrong::new(file.span(), "from and violations belong to a row"));
        }
        Ok(())
    }
}
