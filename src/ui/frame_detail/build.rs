//! Builds the value from the log and the capture, without painting anything.

use super::payload::MAX_TEXT;
use super::{
    AcceptPart, Body, Broken, ClosePart, CompressedPart, FieldLine, FrameDetail, FramePart,
    HeadPart, Key, MessagePart, TlsPart,
};
use crate::engine::follow;
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::header::FIELDS;
use crate::protocol::opening_handshake::{Head, MAX_HEAD, derive_accept};
use crate::protocol::{CloseBody, Opcode, Role, Violation};
use crate::session::inflate::Previews;
use crate::session::row_octets::RowOctets;
use crate::session::source::Source;
use crate::session::{Kind, Log, Row, entry};
use crate::text::system::io_error;
use crate::text::{self, Lang, codes, deflate, detail, faults, fields, rules, tls};
use crate::ui::opening::{Asks, target_of};
use crate::ui::text_lines::TextLines;
use crate::ui::verdict_card::verdict_card;
use std::io;

/// Octets of a frame shown below its diagram.
const BEGINNING: u64 = 48;
/// A frame of no more octets is shown whole.
const WHOLE: u64 = 64;
/// Octets of a Close that are read.
const CLOSE_LIMIT: u64 = 4096;
/// Rows on either side in which the fragments of a message are looked for.
const NEAR: u64 = 2000;
/// Octets that were not decoded, of which that many are shown.
const UNDECODED: u64 = 256;
/// Octets of an assembled message that are shown.
const ASSEMBLED: u64 = 2048;

/// Octets as text in a few pieces, each with whether it is escaped.
fn pieces(octets: &[u8], cut: bool) -> Vec<(String, bool)> {
    let lines = TextLines::of_octets(octets, cut);
    lines.all().into_iter().map(|(text, escaped)| (text.to_owned(), escaped)).collect()
}

fn broken(lang: Lang, violation: &Violation) -> Broken {
    let rule = violation.rule;
    Broken {
        severity: rule.severity(),
        id: rule.id(),
        section: format!("RFC {} §{}", rule.rfc(), rule.section()),
        sentence: rules::rule(lang, rule),
        at: violation.at.map(|at| detail::at_octet(lang, at)),
    }
}

impl FrameDetail {
    /// Everything about the row at `index`; `None` where there is none. Reads at
    /// most one head or 4 KiB of frames; a compressed message is inflated up to 1 MiB.
    #[must_use]
    pub fn of(
        (log, source): (&Log, &Source),
        previews: &mut Previews,
        index: u64,
        lang: Lang,
    ) -> Option<FrameDetail> {
        let row = log.row(index)?;
        let since = row.time.saturating_sub(log.start().unwrap_or(row.time));
        let octets = matches!(row.kind, Kind::Frame | Kind::Head).then(|| log.octets_len(index));
        let from = row.from().unwrap_or(Role::Client);
        let connection = log.connection(row.connection);
        let verdict = || connection.map(|c| verdict_card(c, lang));
        let (caption, body) = match row.kind {
            Kind::Frame => (
                detail::frame_caption(lang, row.number, row.opcode(), from),
                frame(log, source, index, row, lang).map(|mut part| {
                    part.compressed = compressed((log, source), previews, index, row, lang);
                    Body::Frame(Box::new(part))
                }),
            ),
            Kind::Head => {
                let read = head(log, source, index, from, lang);
                let start = read.as_ref().ok().and_then(|(_, head)| Some(&head.as_ref()?.start));
                let caption = detail::head_caption(lang, start, from);
                (caption, read.map(|(part, _)| Body::Head(Box::new(part))))
            }
            Kind::Tcp => {
                let event = match log.payload_len(index) {
                    0 => TcpEvent::Fin,
                    1 => TcpEvent::Rst,
                    _ => TcpEvent::Lost,
                };
                let ours = connection.is_some_and(|c| c.role == Some(from));
                let notified = connection.and_then(|c| c.ended_tls(from));
                let notified = notified.filter(|_| event == TcpEvent::Fin);
                let body = Body::Tcp {
                    tls: notified.map(|notified| tls::fin(lang, from, notified)),
                    meaning: detail::tcp_meaning(lang, from, event, ours),
                    error: log.tcp_error(index).map(str::to_owned),
                    verdict: verdict(),
                };
                (detail::tcp_caption(lang, event, from), Ok(body))
            }
            Kind::Tls => {
                let connection = connection?;
                let part = TlsPart::of(connection.tls.as_deref()?, connection.close_notify, lang);
                (detail::tls_caption(lang, row.connection), Ok(Body::Tls(Box::new(part))))
            }
            Kind::Fault => {
                let fault = log.fault(index)?;
                let octets = source.row_octets(log, index, 0, UNDECODED);
                let octets = octets.unwrap_or_default();
                let lines = octets.chunks(16).map(|line| {
                    line.iter().map(|octet| format!("{octet:02x} ")).collect::<String>()
                });
                let body = Body::Fault(faults::fault(lang, fault), lines.collect());
                (detail::fault_caption(lang, fault.stage), Ok(body))
            }
            Kind::Opened | Kind::Closed | Kind::Observed => {
                let over = row.kind != Kind::Opened;
                let c = connection?;
                let [client, server] = c.agents.clone();
                let body = Body::Connection {
                    client: (c.client, client),
                    server: (c.server, server),
                    verdict: verdict_card(c, lang),
                };
                (detail::connection_caption(lang, row.connection, over), Ok(body))
            }
        };
        Some(FrameDetail {
            key: Key { index, time: row.time },
            caption,
            place: detail::place(lang, row.connection, since, octets),
            broken: log.violations(index).iter().map(|v| broken(lang, v)).collect(),
            body: body.unwrap_or_else(|error: io::Error| {
                Body::Fault(detail::unreadable(lang, &io_error(lang, &error)), Vec::new())
            }),
        })
    }
}

fn frame(log: &Log, source: &Source, index: u64, row: &Row, lang: Lang) -> io::Result<FramePart> {
    let is_close = row.opcode() == Opcode::CLOSE;
    let limit = if is_close { CLOSE_LIMIT } else { WHOLE };
    let read = entry::frame(log, source, index, limit)?;
    let header = read.header;
    let mut beginning = read.header_octets.clone();
    beginning.extend_from_slice(&read.masked);
    if log.octets_len(index) > WHOLE {
        beginning.truncate(BEGINNING as usize);
    }
    let fields = FIELDS.iter().filter_map(|field| {
        let value = fields::value(lang, &header, field.id)?;
        Some(FieldLine { id: field.id, value, meaning: fields::meaning(lang, &header, field.id) })
    });
    let key = header.masking_key.filter(|_| !read.masked.is_empty());
    let came = read.header_octets.len();
    let missing = log.missing(index);
    let cut_off = if !missing.is_empty() {
        Some(detail::missing(lang, &missing))
    } else if came < header.octets() {
        Some(detail::cut_off_header(lang, came as u64))
    } else {
        (!row.is_complete()).then(|| detail::cut_off(lang, read.payload_came, header.payload_len))
    };
    Ok(FramePart {
        octets: log.octets_len(index),
        fields: fields.collect(),
        unmasking: key.map(|key| detail::unmasking(lang, read.masked[0], key[0])),
        cut_off,
        close: is_close.then(|| close(lang, &read.payload, read.payload_came)),
        message: message(log, source, index, row, lang),
        is_text: row.is_text(),
        compressed: None,
        payload: RowOctets::of(log, source, index)
            .from(read.header_octets.len() as u64, header.masking_key),
        verdict: log
            .connection(row.connection)
            .filter(|_| is_close)
            .map(|connection| verdict_card(connection, lang)),
        header,
        beginning,
    })
}

/// What is shown of the compressed message that a row belongs to.
fn compressed(
    (log, source): (&Log, &Source),
    previews: &mut Previews,
    index: u64,
    row: &Row,
    lang: Lang,
) -> Option<CompressedPart> {
    if !deflate::is_of_message(log, index) {
        return None;
    }
    let Some(message) = log.compressed(index) else {
        let (rows, whole) = fragments(log, index, row);
        let end = rows.last().copied().filter(|last| whole && *last != index);
        let number = end.and_then(|end| log.row(end)).map(|end| end.number);
        let place = deflate::fragment(lang, row.part, number);
        return Some(CompressedPart { place, failed: None, end, preview: None });
    };
    let preview = previews.of(log, source, index, MAX_TEXT);
    let mut place = format!("{} {}", lang.words().message_number, row.message);
    if let Ok(len) = message.inflated() {
        place.push_str(" · ");
        place.push_str(&deflate::ratio(lang, message.octets(log), len));
    }
    let lost = log.lost_context(index);
    let failed = message.inflated().err();
    let failed = failed.map(|error| deflate::not_inflated(lang, log, error, lost));
    Some(CompressedPart { place, failed, end: None, preview })
}

fn close(lang: Lang, payload: &[u8], came: u64) -> ClosePart {
    let words = lang.words();
    let mut part = ClosePart {
        body: payload.to_vec(),
        title: words.no_status_code.to_owned(),
        meaning: None,
        sender: None,
        reason: None,
        reason_octets: came.saturating_sub(2),
    };
    match CloseBody::parse(payload) {
        CloseBody::Empty => {}
        CloseBody::OneOctet(octet) => part.title = format!("{octet:02x} · {}", words.one_octet),
        CloseBody::Code(code, reason) => {
            part.title = format!("{} {}", code.0, code.name().unwrap_or(words.unregistered));
            part.meaning = Some(codes::status_code(lang, code));
            let section = if code.registered().is_some() { "7.4.1" } else { "7.4.2" };
            part.sender = Some(format!("§{section} · {}", codes::sender(lang, code)));
            let cut = came > payload.len() as u64;
            part.reason = Some(pieces(reason, cut));
        }
    }
    part
}

/// The rows of the message that the row belongs to, in order; `true` if all were found.
fn fragments(log: &Log, index: u64, row: &Row) -> (Vec<u64>, bool) {
    let same = |i: &u64| {
        log.row(*i).is_some_and(|r| {
            r.kind == Kind::Frame
                && r.connection == row.connection
                && r.from() == row.from()
                && r.message == row.message
        })
    };
    let has = |i: u64, what: fn(&Row) -> bool| log.row(i).is_some_and(what);
    let mut rows = vec![index];
    if row.part != 1 {
        for i in (index.saturating_sub(NEAR)..index).rev().filter(same) {
            rows.push(i);
            if has(i, |r| r.part == 1) {
                break;
            }
        }
    }
    rows.reverse();
    if !row.fin() {
        for i in (index + 1..log.len().min(index + 1 + NEAR)).filter(same) {
            rows.push(i);
            if has(i, Row::fin) {
                break;
            }
        }
    }
    let begun = rows.first().is_some_and(|i| has(*i, |r| r.part == 1));
    let ended = rows.last().is_some_and(|i| has(*i, Row::fin));
    (rows, begun && ended)
}

fn message(log: &Log, source: &Source, index: u64, row: &Row, lang: Lang) -> Option<MessagePart> {
    if row.message == 0 || (row.part == 1 && row.fin()) {
        return None;
    }
    let (rows, whole) = fragments(log, index, row);
    let from_first = rows.first().and_then(|i| log.row(*i)).is_some_and(|r| r.part == 1);
    let octets: u64 = rows.iter().map(|i| log.payload_len(*i)).fold(0, u64::saturating_add);
    let mut text = Vec::new();
    if row.is_text() && from_first {
        for i in &rows {
            let left = ASSEMBLED.saturating_sub(text.len() as u64);
            match entry::beginning(log, source, *i, left) {
                Ok(part) if left > 0 => text.extend(part),
                _ => break,
            }
        }
    }
    let cut = (text.len() as u64) < octets;
    Some(MessagePart {
        place: detail::part(lang, row.message, row.part, whole.then_some(rows.len())),
        octets: whole.then_some(octets),
        shown: (cut && !text.is_empty()).then(|| detail::shown(lang, text.len() as u64, octets)),
        text: pieces(&text, true),
    })
}

fn head(
    log: &Log,
    source: &Source,
    index: u64,
    from: Role,
    lang: Lang,
) -> io::Result<(HeadPart, Option<Head>)> {
    let mut octets = source.row_octets(log, index, 0, MAX_HEAD as u64)?;
    let head_len = usize::try_from(log.head_len(index)).unwrap_or(usize::MAX);
    let body = octets.split_off(head_len.min(octets.len()));
    let parsed = Head::parse(from, &octets).ok();
    let part = HeadPart {
        accept: accept(log, source, index, parsed.as_ref()),
        deflate: deflate::outcome(lang, &entry::deflate(log, source, index)?),
        refusal: parsed.as_ref().and_then(|head| refusal(log, source, index, head, lang)),
        head: octets,
        body,
    };
    Ok((part, parsed))
}

/// What a response other than 101 means, and asks of our client.
fn refusal(
    log: &Log,
    source: &Source,
    index: u64,
    head: &Head,
    lang: Lang,
) -> Option<(String, Option<Asks>)> {
    let status = head.status().filter(|status| *status >= 200)?;
    let sentence = text::refusal::refusal(lang, status);
    let connection = log.connection(log.row(index)?.connection)?;
    let ours = connection.role == Some(Role::Client);
    let asks = || {
        let [request, _] = entry::handshake_rows(log, index);
        let request = entry::parsed_head(log, source, request?).ok()??;
        let from = target_of(&request, &connection.reached(), connection.tls.is_some())?;
        match follow::location(&from, head) {
            Some(to) => to.ok().map(|target| Asks::Redirect(target.url)),
            None => follow::asks_for_basic(head).then_some(Asks::Basic),
        }
    };
    Some((sentence, ours.then(asks).flatten()))
}

/// Sec-WebSocket-Accept of a request that asks for WebSocket, or of a 101.
fn accept(log: &Log, source: &Source, index: u64, head: Option<&Head>) -> Option<AcceptPart> {
    let head = head.filter(|h| h.asks_upgrade() || h.status() == Some(101))?;
    let [request, response] = entry::handshake_rows(log, index).map(|row| {
        let row = row?;
        if row == index { Some(head.clone()) } else { entry::parsed_head(log, source, row).ok()? }
    });
    let request = request?;
    let key = request.get("Sec-WebSocket-Key");
    let value = |head: Head| head.get("Sec-WebSocket-Accept").map(str::to_owned);
    Some(AcceptPart {
        derivation: key.map(derive_accept),
        response: response.filter(|r| r.status() == Some(101)).map(value),
    })
}
