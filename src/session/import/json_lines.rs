//! JSON Lines, as `--json` prints them, back into the records they came of.
//!
//! Each line stands for itself: one that makes no sense is named with its number
//! and left out. Sentences, verdicts and violations are not read: they follow
//! from the octets.

use super::noted::{On, Told};
use super::octets::{self, FrameFields, base64, masking_key};
use super::problem::{Place, Wrong, words};
use super::{Made, Watched};
use crate::protocol::{Role, Time};
use crate::session::gap::Hole;
use crate::session::page::{Page, StoredClose};
use crate::session::pcapng::facts;
use crate::session::row::Kind;
use crate::session::tls::Tls;
use crate::session::tunnel::Tunnel;
use crate::session::{Observed, Record};
use bytes::Bytes;
use core::net::SocketAddr;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read as _};

/// Octets of the longest line that is read: a frame of 1 GiB in base64 fits.
const MAX_LINE: u64 = 2 << 30;

#[derive(Deserialize)]
#[serde(expecting = "an object with type")]
struct Typed<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    from: Option<Cow<'a, str>>,
    #[serde(borrow)]
    note: Option<Cow<'a, str>>,
    #[serde(default)]
    bookmark: bool,
    #[serde(borrow)]
    connection_note: Option<Cow<'a, str>>,
    /// The session's.
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
}

impl Typed<'_> {
    /// What is written on the line's row, its connection, or the session.
    fn told(&self) -> [Option<Told>; 2] {
        let row = |kind| On::Row(kind, self.from.as_deref().and_then(facts::role));
        let on = match &*self.kind {
            "session" => return [Told::new(On::Session, self.name.as_deref(), false), None],
            "connection" => row(Kind::Opened),
            "tls" => row(Kind::Tls),
            "opening_handshake" => row(Kind::Head),
            "frame" => row(Kind::Frame),
            "tcp" => row(Kind::Tcp),
            "error" => row(Kind::Fault),
            "closed" => row(Kind::Closed),
            "observed" => row(Kind::Observed),
            _ => return [None, None],
        };
        [
            Told::new(on, self.note.as_deref(), self.bookmark),
            Told::new(On::Connection, self.connection_note.as_deref(), false),
        ]
    }
}

#[derive(Deserialize)]
struct ConnectionLine<'a> {
    connection: u64,
    #[serde(borrow)]
    time: Cow<'a, str>,
    role: Option<String>,
    client: SocketAddr,
    server: SocketAddr,
    tunnel: Option<Tunnel>,
}

/// Octets that may be text.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Octets<'a> {
    #[serde(borrow)]
    Text(Cow<'a, str>),
    #[serde(borrow)]
    Bytes(Cow<'a, str>),
}

impl Octets<'_> {
    fn decode(self, key: &'static str) -> Result<Vec<u8>, Wrong> {
        match self {
            Octets::Text(text) => Ok(text.into_owned().into_bytes()),
            Octets::Bytes(text) => base64(&text, key),
        }
    }
}

#[derive(Deserialize)]
struct HeadLine<'a> {
    connection: u64,
    #[serde(borrow)]
    time: Cow<'a, str>,
    from: String,
    #[serde(borrow)]
    head: Cow<'a, str>,
    #[serde(borrow)]
    body: Option<Octets<'a>>,
    page: Option<Page>,
}

#[derive(Deserialize)]
struct FrameLine<'a> {
    connection: u64,
    #[serde(borrow)]
    time: Cow<'a, str>,
    from: String,
    fin: bool,
    rsv1: bool,
    rsv2: bool,
    rsv3: bool,
    opcode: u8,
    masking_key: Option<String>,
    length_bits: u8,
    payload_len: u64,
    complete: bool,
    octets: Option<u64>,
    #[serde(borrow)]
    payload: Octets<'a>,
    #[serde(default)]
    missing: Vec<Hole>,
}

#[derive(Deserialize)]
struct TcpLine<'a> {
    connection: u64,
    #[serde(borrow)]
    time: Cow<'a, str>,
    from: String,
    event: String,
    error: Option<String>,
    #[serde(default)]
    close_notify: bool,
}

#[derive(Deserialize)]
struct TlsLine<'a> {
    connection: u64,
    #[serde(borrow)]
    time: Cow<'a, str>,
    facts: Box<Tls>,
}

#[derive(Deserialize)]
struct ErrorLine<'a> {
    connection: Option<u64>,
    #[serde(borrow)]
    time: Cow<'a, str>,
    stage: String,
    #[serde(default)]
    message: String,
    kind: Option<String>,
    detail: Option<String>,
}

#[derive(Deserialize)]
struct ObservedLine<'a> {
    connection: u64,
    #[serde(borrow)]
    time: Cow<'a, str>,
    browser: Option<String>,
    name: Option<String>,
    close_event: StoredClose,
}

#[derive(Deserialize)]
struct ClosedLine<'a> {
    connection: u64,
    #[serde(borrow)]
    time: Cow<'a, str>,
}

/// A connection that was announced: its number here, and whose head came.
#[derive(Clone, Copy)]
struct Known {
    number: u32,
    heads: [bool; 2],
}

#[derive(Default)]
struct Reader {
    known: HashMap<u64, Known>,
    /// What the line tells that happened before the rest of it.
    before: Vec<Record>,
    /// What is written beside it.
    told: [Option<Told>; 2],
}

/// Reads every line.
pub(super) fn read(mut input: BufReader<Watched<'_>>, made: &mut Made<'_>) -> io::Result<()> {
    let mut reader = Reader::default();
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        number += 1;
        if memchr::memchr(b'\n', input.buffer()).is_none() {
            // The rest of the line may be long in coming.
            made.commit()?;
        }
        if (&mut input).take(MAX_LINE + 1).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let mut place = Place::Line { line: number, column: 0 };
        if line.len() as u64 > MAX_LINE {
            made.problems.note(place, Wrong::TooLong(MAX_LINE));
            input.skip_until(b'\n')?;
            continue;
        }
        let text = if number == 1 { line.strip_prefix(b"\xEF\xBB\xBF") } else { None };
        let text = text.unwrap_or(&line).trim_ascii();
        if text.is_empty() {
            continue;
        }
        match reader.line(text, made) {
            Ok(Some(record)) => {
                for before in std::mem::take(&mut reader.before) {
                    made.take(before)?;
                }
                for told in std::mem::take(&mut reader.told).into_iter().flatten() {
                    made.note(record.connection, told);
                }
                made.take(record)?;
            }
            Ok(None) => {
                for told in std::mem::take(&mut reader.told).into_iter().flatten() {
                    made.note(0, told);
                }
            }
            Err(error) => {
                let wrong = match error {
                    LineError::Wrong(wrong) => wrong,
                    LineError::Json(error) => {
                        place = Place::Line { line: number, column: error.column() };
                        words(&error)
                    }
                };
                made.problems.note(place, wrong);
            }
        }
    }
}

enum LineError {
    Json(serde_json::Error),
    Wrong(Wrong),
}

impl From<serde_json::Error> for LineError {
    fn from(error: serde_json::Error) -> LineError {
        LineError::Json(error)
    }
}

impl From<Wrong> for LineError {
    fn from(wrong: Wrong) -> LineError {
        LineError::Wrong(wrong)
    }
}

fn time(text: &str) -> Result<Time, Wrong> {
    octets::time(text, "time")
}

impl Reader {
    /// The record of a line; none where it says nothing that was observed.
    fn line(&mut self, line: &[u8], made: &mut Made<'_>) -> Result<Option<Record>, LineError> {
        let typed = serde_json::from_slice::<Typed<'_>>(line)?;
        self.told = typed.told();
        let (connection, time, what) = match &*typed.kind {
            "connection" => self.connection(serde_json::from_slice(line)?, made)?,
            "opening_handshake" => self.head(serde_json::from_slice(line)?, made)?,
            "frame" => self.frame(serde_json::from_slice(line)?, made)?,
            "tcp" => {
                let line: TcpLine<'_> = serde_json::from_slice(line)?;
                let known = *self.open(line.connection, made)?;
                let from = octets::from(&line.from)?;
                let event = octets::tcp_event(&line.event).ok_or(Wrong::Value("event"))?;
                let (number, time) = (known.number, time(&line.time)?);
                if line.close_notify {
                    let what = Observed::CloseNotify { from };
                    self.before.push(Record { connection: number, time, what });
                }
                (number, time, Observed::Tcp { from, event, error: line.error })
            }
            "tls" => {
                let line: TlsLine<'_> = serde_json::from_slice(line)?;
                let known = *self.open(line.connection, made)?;
                (known.number, time(&line.time)?, Observed::Tls(line.facts))
            }
            "error" => {
                let line: ErrorLine<'_> = serde_json::from_slice(line)?;
                let known =
                    line.connection.map(|number| self.known(number).copied()).transpose()?;
                let (kind, detail) = (line.kind.as_deref(), line.detail.as_deref());
                let fault = octets::fault(&line.stage, kind, detail, &line.message)?;
                let what = octets::observed(fault)?;
                (known.map_or(0, |k| k.number), time(&line.time)?, what)
            }
            "observed" => {
                let line: ObservedLine<'_> = serde_json::from_slice(line)?;
                // It may come when the connection is over.
                let number = self.known(line.connection)?.number;
                let time = time(&line.time)?;
                // Its request, which says so too, may not have been whole.
                let page = line.browser.zip(line.name);
                self.before.extend(page.map(|(browser, name)| {
                    let what = Observed::Page(Page { browser, name });
                    Record { connection: number, time, what }
                }));
                (number, time, Observed::CloseEvent(line.close_event.into()))
            }
            "closed" => {
                let line: ClosedLine<'_> = serde_json::from_slice(line)?;
                // Most follow from the end of TCP; the recorder knows.
                (self.known(line.connection)?.number, time(&line.time)?, Observed::Over)
            }
            "listening" | "session" => return Ok(None),
            _ => {
                made.left_out.lines += 1;
                return Ok(None);
            }
        };
        Ok(Some(Record { connection, time, what }))
    }

    fn known(&mut self, connection: u64) -> Result<&mut Known, Wrong> {
        self.known.get_mut(&connection).ok_or(Wrong::UnknownConnection(connection))
    }

    /// A connection that is not over.
    fn open(&mut self, connection: u64, made: &Made<'_>) -> Result<&mut Known, Wrong> {
        let known = self.known(connection)?;
        if made.is_over(known.number) {
            return Err(Wrong::ConnectionOver(connection));
        }
        Ok(known)
    }

    fn connection(
        &mut self,
        line: ConnectionLine<'_>,
        made: &mut Made<'_>,
    ) -> Result<(u32, Time, Observed), Wrong> {
        let role = match line.role.as_deref() {
            None => None,
            Some(word) => Some(octets::from(word).map_err(|_| Wrong::Value("role"))?),
        };
        let time = time(&line.time)?;
        // Two runs may stand behind each other in one file.
        let number = made.next_connection();
        self.known.insert(line.connection, Known { number, heads: [false; 2] });
        let ConnectionLine { client, server, tunnel, .. } = line;
        Ok((number, time, Observed::Opened { role, client, server, tunnel }))
    }

    fn head(
        &mut self,
        line: HeadLine<'_>,
        made: &Made<'_>,
    ) -> Result<(u32, Time, Observed), Wrong> {
        let from = octets::from(&line.from)?;
        let time = time(&line.time)?;
        let mut octets = octets::latin1(&line.head)?;
        octets.extend(line.body.map(|body| body.decode("body")).transpose()?.unwrap_or_default());
        if octets.is_empty() {
            return Err(Wrong::Value("head"));
        }
        let known = self.open(line.connection, made)?;
        known.heads[from.index()] = true;
        let connection = known.number;
        let page = line.page.map(Observed::Page);
        self.before.extend(page.map(|what| Record { connection, time, what }));
        Ok((connection, time, Observed::Octets { from, octets: Bytes::from(octets) }))
    }

    fn frame(
        &mut self,
        line: FrameLine<'_>,
        made: &Made<'_>,
    ) -> Result<(u32, Time, Observed), Wrong> {
        let from: Role = octets::from(&line.from)?;
        let time = time(&line.time)?;
        let fields = FrameFields {
            fin: line.fin,
            rsv: [line.rsv1, line.rsv2, line.rsv3],
            opcode: line.opcode,
            key: line.masking_key.as_deref().map(masking_key).transpose()?,
            length_bits: line.length_bits,
            payload_len: line.payload_len,
            complete: line.complete,
            octets: line.octets,
            payload: line.payload.decode("payload")?,
            missing: line.missing,
        };
        let mut observed = fields.observed(from)?;
        let known = self.open(line.connection, made)?;
        if !known.heads[from.index()] {
            return Err(Wrong::FrameBeforeHead);
        }
        let connection = known.number;
        let last = observed.pop().ok_or(Wrong::Value("octets"))?;
        let before = observed.into_iter().map(|what| Record { connection, time, what });
        self.before.extend(before);
        Ok((connection, time, last))
    }
}
