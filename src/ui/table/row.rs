//! One row of the table as words: what is to be painted, without painting.

use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{CloseBody, Opcode, Role};
use crate::session::entry;
use crate::session::inflate::Previews;
use crate::session::log::{Connection, Log};
use crate::session::row::{Kind, Row};
use crate::session::source::Source;
use crate::session::verdict::{Explanation, Verdict};
use crate::text::{Lang, deflate, detail, faults, page, sentences, tls, tunnel};

/// Octets of a payload that a preview reads.
const PREVIEW: u64 = 240;
/// Characters of a preview that are laid out.
const CHARS: usize = 200;

/// The colour class of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// Messages and heads.
    Plain,
    /// Ping, Pong.
    Heartbeat,
    /// Close, FIN, RST.
    Ending,
    /// What did not work.
    Fault,
    /// The verdict, and the beginning of TCP.
    Quiet,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// The frame's number; a dot for what is no frame.
    pub number: String,
    /// The connection.
    pub connection: String,
    /// Seconds since the first row.
    pub time: String,
    /// Since the row before it.
    pub delta: String,
    /// Who sent it.
    pub from: Option<Role>,
    /// Opcode by name, or what else it is.
    pub what: String,
    /// FIN, RSV, MASK.
    pub bits: [String; 3],
    /// Octets of payload.
    pub length: String,
    /// The beginning of what it says.
    pub preview: String,
    /// Its colour class.
    pub class: Class,
    /// It breaks this many rules.
    pub violations: usize,
    /// The note on it.
    pub note: Option<String>,
    /// It is bookmarked.
    pub bookmarked: bool,
    /// What note and bookmark are called.
    marks: [&'static str; 2],
}

impl TableRow {
    /// Reads a row; `previous` is the time of the row above it.
    #[must_use]
    pub fn of(
        (log, source): (&Log, &Source),
        previews: &mut Previews,
        index: u64,
        previous: Option<u64>,
        lang: Lang,
    ) -> Option<TableRow> {
        let row = log.row(index)?;
        let start = log.start().unwrap_or(row.time);
        let (what, preview, class) = describe((log, source), previews, index, row, lang);
        let frame = row.kind == Kind::Frame;
        let bit = |on: bool| String::from(if on { "1" } else { "0" });
        let bits = if frame {
            let rsv = if row.rsv() == 0 { "0".into() } else { format!("{:03b}", row.rsv()) };
            [bit(row.fin()), rsv, bit(row.masked())]
        } else {
            Default::default()
        };
        let length = match row.kind {
            Kind::Frame | Kind::Head => short(log.payload_len(index)),
            _ => String::new(),
        };
        Some(TableRow {
            number: if frame { row.number.to_string() } else { "·".into() },
            connection: if row.connection == 0 {
                String::new()
            } else {
                row.connection.to_string()
            },
            time: format!("{:.3}", row.time.saturating_sub(start) as f64 / 1e9),
            delta: previous.map_or_else(String::new, |previous| {
                format!("+{}", sentences::duration(row.time.saturating_sub(previous)))
            }),
            from: row.from().filter(|_| row.kind != Kind::Opened),
            what,
            bits,
            length,
            preview,
            class,
            violations: log.violations(index).len(),
            note: log.note(index).map(str::to_owned),
            bookmarked: log.bookmarked(index),
            marks: [lang.words().note, lang.words().bookmark],
        })
    }

    /// What a screen reader says, and a test finds.
    #[must_use]
    pub fn label(&self) -> String {
        let from = self.from.map_or("", Role::word);
        let mark = |on: bool, name: &'static str| if on { name } else { "" };
        let note = mark(self.note.is_some(), self.marks[0]);
        let bookmark = mark(self.bookmarked, self.marks[1]);
        let what = [self.number.as_str(), from, &self.what, &self.length, &self.preview];
        let parts = [&what[..], &[note, bookmark]].concat();
        parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(" ")
    }
}

/// A length that fits its column.
fn short(len: u64) -> String {
    match len {
        0..1_000_000 => len.to_string(),
        1_000_000..1_000_000_000 => format!("{:.1} M", len as f64 / 1e6),
        1_000_000_000..1_000_000_000_000 => format!("{:.1} G", len as f64 / 1e9),
        _ => format!("{:.0e}", len as f64),
    }
}

fn describe(
    (log, source): (&Log, &Source),
    previews: &mut Previews,
    index: u64,
    row: &Row,
    lang: Lang,
) -> (String, String, Class) {
    let words = lang.words();
    let connection = log.connection(row.connection);
    match row.kind {
        Kind::Opened => {
            let preview = connection.map(|c| {
                let way = c.tunnel.as_ref().map(|t| format!(" · {}", tunnel::summary(lang, t)));
                let way = way.unwrap_or_default();
                format!("{} · {} → {}{way}", words.tcp_connected, c.client, c.server)
            });
            ("TCP".into(), preview.unwrap_or_default(), Class::Quiet)
        }
        Kind::Tls => {
            let tls = connection.and_then(|c| c.tls.as_deref());
            let preview = tls.map(|tls| tls::summary(lang, tls)).unwrap_or_default();
            let class = match tls {
                Some(tls) if tls.is_established() && !tls.is_unverified() => Class::Quiet,
                _ => Class::Fault,
            };
            ("TLS".into(), preview, class)
        }
        Kind::Head => {
            let head = source.row_octets(log, index, 0, PREVIEW).unwrap_or_default();
            let line = head.split(|o| *o == b'\r' || *o == b'\n').next().unwrap_or_default();
            let line = visible(line);
            let mut parts = line.splitn(3, ' ');
            let (first, second, rest) = (parts.next(), parts.next(), parts.next());
            match row.from() {
                Some(Role::Server) => {
                    (second.unwrap_or("?").into(), rest.unwrap_or_default().into(), Class::Plain)
                }
                _ => {
                    let what = format!("{} {}", first.unwrap_or("?"), second.unwrap_or_default());
                    (what, words.opening_handshake.into(), Class::Plain)
                }
            }
        }
        Kind::Frame => frame((log, source), previews, index, row, lang),
        Kind::Tcp => {
            let event = row.tcp_event();
            let notified = connection.zip(row.from()).and_then(|(c, from)| c.ended_tls(from));
            let preview = match event {
                TcpEvent::Fin if notified == Some(true) => words.tls_notified,
                TcpEvent::Fin if notified == Some(false) => words.tls_abrupt,
                TcpEvent::Fin => words.write_side_ended,
                TcpEvent::Rst => words.reset_tcp,
                TcpEvent::Lost => log.tcp_error(index).unwrap_or(words.lost),
            };
            (event.word().to_uppercase(), preview.into(), Class::Ending)
        }
        Kind::Fault => {
            let fault = log.fault(index);
            let stage = fault.map_or("", |f| f.stage.word());
            let sentence = fault.map(|f| faults::fault(lang, f)).unwrap_or_default();
            (stage.replace('_', " "), clip(&sentence), Class::Fault)
        }
        Kind::Observed => {
            let preview = connection.and_then(|connection| page::observed(lang, connection));
            ("CloseEvent".into(), clip(&preview.unwrap_or_default()), Class::Quiet)
        }
        Kind::Closed if connection.is_some_and(Connection::is_unended) => {
            let sentence = sentences::explanation(lang, &Explanation::Unended);
            ("END".into(), clip(&sentence), Class::Quiet)
        }
        Kind::Closed => {
            let preview = connection.map(|connection| {
                let verdict = Verdict::of(connection);
                let held = &verdict.held[connection.viewpoint().index()];
                let clean = if held.was_clean { words.clean } else { words.not_clean };
                let sentence = sentences::explanation(lang, &verdict.explanation);
                clip(&format!("{} {clean} · {sentence}", held.code.0))
            });
            ("CLOSED".into(), preview.unwrap_or_default(), Class::Quiet)
        }
    }
}

fn frame(
    (log, source): (&Log, &Source),
    previews: &mut Previews,
    index: u64,
    row: &Row,
    lang: Lang,
) -> (String, String, Class) {
    let words = lang.words();
    let mut payload = entry::beginning(log, source, index, PREVIEW).unwrap_or_default();
    let (mut text, mut mark) = (row.is_text(), None);
    if deflate::is_of_message(log, index) {
        let inflated = previews.of(log, source, index, PREVIEW);
        mark = Some(deflate::mark(lang, inflated.as_deref()));
        if let Some(inflated) = inflated.filter(|i| i.message.inflated().is_ok()) {
            text = inflated.message.is_text();
            payload.clone_from(&inflated.inflated.octets);
        }
    }
    let opcode = row.opcode();
    let mut what = opcode.name().to_owned();
    let (mut preview, class) = if opcode == Opcode::CLOSE {
        let body = CloseBody::parse(&payload);
        if let Some(code) = body.code() {
            what = format!("Close {}", code.0);
        }
        // The code stands in its own column; its name only where no reason does.
        let preview = match body {
            CloseBody::OneOctet(octet) => format!("{octet:02x}"),
            CloseBody::Code(_, reason) if std::str::from_utf8(reason).is_err() => hex(reason),
            CloseBody::Code(code, b"") => code.name().unwrap_or_default().to_owned(),
            _ => visible_text(body.reason().unwrap_or_default()),
        };
        (preview, Class::Ending)
    } else if opcode.is_control() {
        (beginning(&payload, words.empty_text), Class::Heartbeat)
    } else if text {
        (beginning(&payload, words.empty_text), Class::Plain)
    } else {
        let empty = if payload.is_empty() { words.empty_text } else { "" };
        (format!("{empty}{}", hex(&payload)), Class::Plain)
    };
    if let Some(mark) = mark {
        preview = format!("{mark} · {preview}");
    }
    if opcode.is_data() && (!row.fin() || opcode == Opcode::CONTINUATION) && row.message > 0 {
        let last = if row.fin() { format!(" ({})", words.last_part) } else { String::new() };
        preview = format!(
            "{} {}{last} · {} {} · {preview}",
            words.part, row.part, words.message_number, row.message
        );
    }
    if opcode == Opcode::CONTINUATION {
        what = "Cont.".into();
    }
    if let Some(shortfall) = detail::shortfall(lang, log, index) {
        preview = format!("{shortfall} · {preview}");
    }
    (what, clip(&preview), class)
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(CHARS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn hex(octets: &[u8]) -> String {
    let shown: Vec<String> = octets.iter().take(40).map(|o| format!("{o:02x}")).collect();
    let more = if octets.len() > 40 { " …" } else { "" };
    shown.join(" ") + more
}

/// The beginning of a text that may be cut inside a character; other octets as hex.
fn beginning(octets: &[u8], empty: &str) -> String {
    match std::str::from_utf8(octets) {
        Ok("") => empty.to_owned(),
        Ok(text) => visible_text(text),
        Err(error) if error.error_len().is_none() && octets.len() as u64 >= PREVIEW => {
            visible(&octets[..error.valid_up_to()])
        }
        Err(_) => hex(octets),
    }
}

fn visible(octets: &[u8]) -> String {
    visible_text(&String::from_utf8_lossy(octets))
}

/// Line breaks and control characters as a middle dot.
fn visible_text(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '·' } else { c }).collect()
}
