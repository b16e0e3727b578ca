//! A connection of which a HAR tells messages only: octets that carry them.
//!
//! Nothing is invented that would be judged: each message is one unfragmented
//! frame in the shortest form; a client's is masked, since unmasked it would be
//! a violation that did not happen, and its key is the running number of the
//! message, plainly no drawn one. An end is made only where the HAR tells one.
//! Who began a closing handshake is not told; the client is put first.

use super::super::octets::base64;
use super::super::problem::{Items, Place, Problems, words};
use super::super::spool::Spool;
use super::entry::Entry;
use super::heads::{addresses, request, response};
use super::{EntryError, Wrong};
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::header::write_frame;
use crate::protocol::{Header, Opcode, Role, Time};
use crate::session::timestamp::of_seconds;
use crate::session::{Fault, FaultKind, Observed, Record, Stage};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// An item of `_webSocketMessages`. Chrome has a type `error` too, with opcode −1.
#[derive(Deserialize)]
#[serde(expecting = "a message")]
struct Message<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    /// Seconds since the epoch.
    time: Option<f64>,
    opcode: Option<i64>,
    #[serde(borrow)]
    data: Option<Cow<'a, str>>,
}

/// The connection while it is made.
struct Making<'a> {
    spool: &'a mut Spool,
    connection: u32,
    /// When something last happened.
    last: Time,
    /// Frames of the client.
    masked: u32,
    /// A Close is among the messages, as in some tools.
    closed: bool,
}

impl Making<'_> {
    fn push(&mut self, time: Time, what: Observed) -> Result<(), EntryError> {
        self.last = time;
        self.spool.push(Record { connection: self.connection, time, what })?;
        Ok(())
    }

    fn octets(&mut self, time: Time, from: Role, octets: Vec<u8>) -> Result<(), EntryError> {
        self.push(time, Observed::Octets { from, octets: Bytes::from(octets) })
    }

    fn frame(
        &mut self,
        time: Time,
        from: Role,
        opcode: Opcode,
        payload: &[u8],
    ) -> Result<(), EntryError> {
        let key = (from == Role::Client).then(|| {
            self.masked = self.masked.wrapping_add(1).max(1);
            self.masked.to_be_bytes()
        });
        let mut octets = Vec::new();
        write_frame(&Header::new(opcode, payload.len() as u64, key), payload, &mut octets);
        self.octets(time, from, octets)
    }
}

/// Makes the records of an entry; a message that makes no sense is left out.
pub(super) fn read(
    entry: &Entry<'_>,
    connection: u32,
    spool: &mut Spool,
    problems: &mut Problems,
) -> Result<(), EntryError> {
    let started = entry.started()?;
    let head = request(entry)?;
    let items: Vec<&RawValue> = match entry.messages {
        Some(list) => serde_json::from_str(list.get()).map_err(|error| words(&error))?,
        None => Vec::new(),
    };
    let (client, server) = addresses(entry, connection)?;
    let mut making = Making { spool, connection, last: started, masked: 0, closed: false };
    making.push(started, Observed::Opened { role: None, client, server, tunnel: None })?;
    let response = response(entry, &head, !items.is_empty());
    making.octets(started, Role::Client, head)?;
    let response = response?;
    let open = response.as_ref().is_some_and(|response| response.open);
    if let Some(response) = response {
        let time = started.saturating_add(entry.until_response());
        making.octets(time, Role::Server, response.octets)?;
    }
    for (index, raw) in items.into_iter().enumerate() {
        match message(raw, &mut making) {
            Ok(()) => {}
            Err(EntryError::Wrong(wrong)) => {
                let item = Some((Items::Messages, index as u64 + 1));
                let url = entry.url().into_owned();
                problems.note(Place::Entry { entry: connection.into(), url, item }, wrong);
            }
            Err(error) => return Err(error),
        }
    }
    let end = started.saturating_add(entry.lasted()).max(making.last);
    close(entry.close.as_ref(), end, open, &mut making)?;
    let last = making.last;
    making.push(last, Observed::Over)
}

fn message(raw: &RawValue, making: &mut Making<'_>) -> Result<(), EntryError> {
    let message: Message<'_> = serde_json::from_str(raw.get()).map_err(|error| words(&error))?;
    let time = match message.time {
        Some(time) if time >= 0.0 => {
            // Playwright writes milliseconds: as seconds, beyond what a capture can hold.
            let time = of_seconds(time).or_else(|| of_seconds(time / 1000.0));
            time.ok_or(Wrong::Value("time"))?
        }
        // Left out, or −1 for that.
        _ => making.last,
    };
    let data = message.data.unwrap_or_default();
    let from = match &*message.kind {
        "send" => Role::Client,
        "receive" => Role::Server,
        "error" => {
            let fault = Fault::new(Stage::Tcp, FaultKind::System, data);
            return making.push(time, Observed::Fault(fault));
        }
        _ => return Err(Wrong::Value("type").into()),
    };
    let opcode = message.opcode.ok_or(Wrong::Missing("opcode"))?;
    let opcode = u8::try_from(opcode).ok().filter(|opcode| *opcode < 16);
    let opcode = Opcode::new(opcode.ok_or(Wrong::Value("opcode"))?);
    let payload = match opcode {
        Opcode::TEXT => data.into_owned().into_bytes(),
        _ => base64(&data, "data")?,
    };
    // It is a message, put together: not the continuation of another.
    let opcode = if opcode == Opcode::CONTINUATION { Opcode::BINARY } else { opcode };
    making.closed |= opcode == Opcode::CLOSE;
    making.frame(time, from, opcode, &payload)
}

/// `_webSocketClose`: code, reason and timestamp, or the word `aborted`.
fn close(
    told: Option<&Value>,
    end: Time,
    open: bool,
    making: &mut Making<'_>,
) -> Result<(), EntryError> {
    let lost = |making: &mut Making<'_>| {
        let error = Some("aborted".to_owned());
        making.push(end, Observed::Tcp { from: Role::Client, event: TcpEvent::Lost, error })
    };
    let told = match told {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::String(word)) if word == "aborted" => return lost(making),
        Some(Value::Object(told)) => told,
        Some(_) => return Err(Wrong::Value("_webSocketClose").into()),
    };
    let end = match told.get("timestamp").and_then(Value::as_f64).and_then(of_seconds) {
        Some(time) => time.max(making.last),
        None => end,
    };
    let code = match told.get("code") {
        None | Some(Value::Null) => 1005,
        Some(code) => {
            let code = code.as_u64().and_then(|code| u16::try_from(code).ok());
            code.ok_or(Wrong::Value("_webSocketClose.code"))?
        }
    };
    let reason = told.get("reason").and_then(Value::as_str).unwrap_or_default();
    match code {
        // Neither is ever on the wire (RFC 6455 §7.4.1).
        1006 | 1015 => return lost(making),
        _ if !open || making.closed => {}
        1005 => close_frames(making, end, &[])?,
        _ => close_frames(making, end, &[&code.to_be_bytes(), reason.as_bytes()].concat())?,
    }
    for from in [Role::Server, Role::Client] {
        making.push(end, Observed::Tcp { from, event: TcpEvent::Fin, error: None })?;
    }
    Ok(())
}

fn close_frames(making: &mut Making<'_>, time: Time, body: &[u8]) -> Result<(), EntryError> {
    for from in [Role::Client, Role::Server] {
        making.frame(time, from, Opcode::CLOSE, body)?;
    }
    Ok(())
}
