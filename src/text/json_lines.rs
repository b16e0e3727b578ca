//! JSON Lines: one object for each row of the log. They are made here and not in
//! `session` since they hold sentences; `session::import` reads them back.

use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::opening_handshake::latin1;
use crate::protocol::{CloseBody, Opcode, Role, SECOND, Violation};
use crate::session::client_model::{CloseEvent, Report};
use crate::session::entry;
use crate::session::inflate::{Compressed, Reader};
use crate::session::log::Log;
use crate::session::page::compare;
use crate::session::row::{Kind, Row};
use crate::session::source::Source;
use crate::session::tls::{Certificate, Tls, Verification};
use crate::session::verdict::{Step, Verdict, What};
use crate::text::{
    Lang, advice, deflate as text_deflate, faults, rules, sentences, steps as text_steps, tls,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io;

pub use crate::session::timestamp::rfc3339 as time;

/// The longest message that a line holds inflated: a small frame may inflate to a
/// thousand times its size, and a line is made in memory.
const INFLATED_LIMIT: u64 = 64 << 20;

/// Octets that are not to be read as text.
fn bytes(octets: &[u8]) -> Value {
    json!({"bytes": STANDARD.encode(octets)})
}

/// Octets that may not be text.
fn text_or_bytes(octets: &[u8]) -> Value {
    std::str::from_utf8(octets).map_or_else(|_| bytes(octets), |text| json!({"text": text}))
}

fn violations(lang: Lang, list: &[Violation]) -> Value {
    let one = |v: &Violation| {
        let mut object = json!({
            "id": v.rule.id(),
            "rfc": v.rule.rfc(),
            "section": v.rule.section(),
            "severity": v.rule.severity().word(),
            "by": v.by.word(),
            "sentence": rules::rule(lang, v.rule),
        });
        if let Some(at) = v.at {
            object["octet"] = at.into();
        }
        object
    };
    list.iter().map(one).collect()
}

fn from(row: &Row) -> Value {
    row.from().map(Role::word).into()
}

/// The line of the session's name, which stands before all rows.
#[must_use]
pub fn session(log: &Log) -> Option<Value> {
    log.name().map(|name| json!({"type": "session", "name": name}))
}

/// The line of a row, with what is written on it.
///
/// # Errors
/// The capture could not be read.
pub fn line(
    log: &Log,
    source: &Source,
    inflated: &mut Reader,
    index: u64,
    lang: Lang,
) -> io::Result<Value> {
    let mut line = of_row(log, source, inflated, index, lang)?;
    if let Some(note) = log.note(index) {
        line["note"] = note.into();
    }
    if log.bookmarked(index) {
        line["bookmark"] = true.into();
    }
    if let Some(row) = log.row(index).filter(|row| row.kind == Kind::Opened)
        && let Some(note) = log.connection_note(row.connection)
    {
        line["connection_note"] = note.into();
    }
    Ok(line)
}

fn of_row(
    log: &Log,
    source: &Source,
    inflated: &mut Reader,
    index: u64,
    lang: Lang,
) -> io::Result<Value> {
    let Some(row) = log.row(index) else { return Err(io::ErrorKind::InvalidInput.into()) };
    let number = row.connection;
    let when = time(row.time);
    let connection = log.connection(number);
    let broken = || violations(lang, log.violations(index));
    Ok(match row.kind {
        Kind::Opened => json!({
            "type": "connection",
            "connection": number,
            "time": when,
            "role": connection.and_then(|c| c.role).map(Role::word),
            "client": connection.map(|c| c.client.to_string()),
            "server": connection.map(|c| c.server.to_string()),
            "tunnel": connection.and_then(|c| c.tunnel.as_ref()),
        }),
        Kind::Tls => {
            let seen = connection.and_then(|c| c.tls.as_deref());
            json!({
                "type": "tls",
                "connection": number,
                "time": when,
                "version": seen.and_then(|tls| tls.version.as_deref()),
                "cipher_suite": seen.and_then(|tls| tls.cipher_suite.as_deref()),
                "alpn": seen.and_then(|tls| tls.alpn.as_deref()),
                "server_name": seen.and_then(|tls| tls.server_name.as_deref()),
                "verified": seen.and_then(verified),
                "verification": seen.and_then(|tls| tls::verification(lang, tls)),
                "chain": seen.map_or_else(Vec::new, |tls| tls.chain.iter().map(certificate).collect()),
                // As the capture keeps it, to be read back.
                "facts": seen,
            })
        }
        Kind::Head => {
            let (head, body) = entry::head(log, source, index)?;
            let mut object = json!({
                "type": "opening_handshake",
                "connection": number,
                "time": when,
                "from": from(row),
                "head": latin1(&head),
            });
            if !body.is_empty() {
                object["body"] = text_or_bytes(&body);
            }
            if let Some(page) = connection
                .and_then(|c| c.page.as_ref())
                .filter(|_| row.from() == Some(Role::Client))
            {
                object["page"] = json!(page);
            }
            if let Some((agreed, sentence)) = deflate(log, source, index, lang)? {
                object["deflate"] = json!({"agreed": agreed, "sentence": sentence});
            }
            object["violations"] = broken();
            object
        }
        Kind::Frame => {
            let mut object = frame(log, source, index, row, lang)?;
            if let Some(message) = log.compressed(index) {
                object["inflated"] = inflate(log, source, inflated, index, message)?;
                object["inflated_len"] = message.inflated().ok().into();
            }
            object
        }
        Kind::Tcp => {
            let mut object = json!({
                "type": "tcp",
                "connection": number,
                "time": when,
                "from": from(row),
                "event": row.tcp_event().word(),
                "error": log.tcp_error(index),
                "violations": broken(),
            });
            let notified = connection.zip(row.from()).and_then(|(c, from)| c.ended_tls(from));
            if let Some(notified) = notified.filter(|_| row.tcp_event() == TcpEvent::Fin) {
                object["close_notify"] = notified.into();
            }
            object
        }
        Kind::Observed => {
            let page = connection.and_then(|c| c.page.as_ref());
            let event = connection.and_then(|c| c.observed.as_ref()).map(|seen| &seen.event);
            let compared = connection.and_then(compare);
            json!({
                "type": "observed",
                "connection": number,
                "time": when,
                "browser": page.map(|page| &page.browser),
                "name": page.map(|page| &page.name),
                "close_event": event.map(close_event),
                "predicted": compared.and_then(|compared| compared.as_predicted()),
            })
        }
        Kind::Fault => {
            let fault = log.fault(index);
            json!({
                "type": "error",
                "connection": (number != 0).then_some(number),
                "time": when,
                "stage": fault.map(|f| f.stage.word()),
                "message": fault.map(|f| faults::fault(lang, f)),
                "kind": fault.map(|f| f.kind.word()),
                "detail": fault.map(|f| &f.detail),
            })
        }
        Kind::Closed => {
            let Some(connection) = connection else {
                return Err(io::ErrorKind::InvalidData.into());
            };
            let verdict = Verdict::of(connection);
            let held = |role: Role| {
                let held = &verdict.held[role.index()];
                json!({"code": held.code.0, "reason": held.reason, "was_clean": held.was_clean})
            };
            json!({
                "type": "closed",
                "connection": number,
                "time": when,
                "client": held(Role::Client),
                "server": held(Role::Server),
                "close_event": close_event(&verdict.close_event),
                "explanation": sentences::explanation(lang, &verdict.explanation),
                "models": {
                    "node_ws": report(&verdict.node_ws, "error"),
                    "python": report(&verdict.python, "exception"),
                },
                "steps": steps(lang, &verdict.steps),
                "advice": verdict.advice.map(|a| advice::advice(lang, &a)),
                "violations": broken(),
            })
        }
    })
}

/// What a 101 makes of permessage-deflate, where either end named it.
fn deflate(
    log: &Log,
    source: &Source,
    index: u64,
    lang: Lang,
) -> io::Result<Option<(Option<String>, String)>> {
    let outcome = entry::deflate(log, source, index)?;
    let agreed = outcome.agreed().map(|agreed| agreed.to_string());
    Ok(text_deflate::outcome(lang, &outcome).map(|sentence| (agreed, sentence)))
}

/// Whether this end verified the server's certificate: null for a server.
fn verified(tls: &Tls) -> Option<bool> {
    (tls.verification != Verification::None).then(|| tls.verification == Verification::Passed)
}

fn certificate(certificate: &Certificate) -> Value {
    let when = |seconds: i64| time(u64::try_from(seconds).unwrap_or(0).saturating_mul(SECOND));
    json!({
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "names": certificate.names,
        "not_before": when(certificate.not_before),
        "not_after": when(certificate.not_after),
        "sha256": certificate.sha256,
    })
}

fn close_event(event: &CloseEvent) -> Value {
    json!({
        "code": event.code.0,
        "reason": event.reason,
        "was_clean": event.was_clean,
        "error": event.error,
    })
}

/// What a library reports, its error or exception under the word that it uses.
fn report(report: &Report, error: &str) -> Value {
    json!({
        "code": report.code.map(|code| code.0),
        "reason": report.reason,
        "was_clean": report.was_clean,
        error: report.error,
    })
}

fn steps(lang: Lang, list: &[Step]) -> Value {
    let one = |step: &Step| {
        let (what, code) = match step.what {
            What::Fault(_) => ("fault", None),
            What::Close(code) => ("close", code),
            What::Answer { code, .. } => ("answer", code),
            What::FrameAfterClose => ("frame_after_close", None),
            What::Tcp(event) => (event.word(), None),
        };
        let mut object = json!({
            "time": time(step.time),
            "after_ms": step.after as f64 / 1e6,
            "by": step.by.word(),
            "what": what,
            "sentence": text_steps::step(lang, step),
        });
        if let What::Close(_) | What::Answer { .. } = step.what {
            object["code"] = code.map(|code| code.0).into();
        }
        object
    };
    list.iter().map(one).collect()
}

/// The message that a frame ends, inflated; null where it is none, or is longer than
/// a line holds.
fn inflate(
    log: &Log,
    source: &Source,
    inflated: &mut Reader,
    index: u64,
    message: &Compressed,
) -> io::Result<Value> {
    if message.inflated().ok().is_none_or(|len| len > INFLATED_LIMIT) {
        return Ok(Value::Null);
    }
    let whole = inflated.message(log, source, index, INFLATED_LIMIT)?.filter(|m| m.whole);
    Ok(match whole {
        Some(whole) if message.is_text() => text_or_bytes(&whole.octets),
        Some(whole) => bytes(&whole.octets),
        None => Value::Null,
    })
}

fn frame(log: &Log, source: &Source, index: u64, row: &Row, lang: Lang) -> io::Result<Value> {
    let frame = entry::frame(log, source, index, u64::MAX)?;
    let header = &frame.header;
    let text =
        (row.is_text() && !header.rsv1).then(|| std::str::from_utf8(&frame.payload).ok()).flatten();
    let payload = match text {
        Some(text) => json!({"text": text}),
        None => bytes(&frame.payload),
    };
    let hex = |key: [u8; 4]| format!("{:08x}", u32::from_be_bytes(key));
    let mut object = json!({
        "type": "frame",
        "connection": row.connection,
        "number": row.number,
        "time": time(row.time),
        "from": from(row),
        "fin": header.fin,
        "rsv1": header.rsv1,
        "rsv2": header.rsv2,
        "rsv3": header.rsv3,
        "opcode": header.opcode.value(),
        "mask": header.masking_key.is_some(),
        "masking_key": header.masking_key.map(hex),
        "length_bits": header.length_form.bits(),
        "payload_len": header.payload_len,
        "complete": row.is_complete(),
        "payload": payload,
    });
    if !row.is_complete() {
        // How much of its header came, where its payload does not show it.
        object["octets"] = log.octets_len(index).into();
    }
    if header.opcode == Opcode::CLOSE {
        let body = CloseBody::parse(&frame.payload);
        object["status_code"] = body.code().map(|code| code.0).into();
        object["reason"] = body.reason().into();
    }
    let holes = frame.holes(log, index);
    if !holes.is_empty() {
        object["missing"] = json!(holes);
    }
    object["violations"] = violations(lang, log.violations(index));
    Ok(object)
}
