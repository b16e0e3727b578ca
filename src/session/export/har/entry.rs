//! What an entry says beside its lists: the heads as HAR spells them, the times,
//! and the end.

use super::milliseconds;
use crate::protocol::opening_handshake::{Head, StartLine};
use crate::protocol::{Role, StatusCode, Time};
use crate::session::log::{Connection, Log};
use crate::session::row::Kind;
use crate::session::source::Source;
use crate::session::verdict::Verdict;
use crate::session::{entry, timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io;

/// A head with its body, and when it was whole.
struct Told {
    time: Time,
    octets: Vec<u8>,
    body: Vec<u8>,
    head: Option<Head>,
}

/// The newest head of `from`.
fn told(log: &Log, source: &Source, rows: &[u32], from: Role) -> io::Result<Option<Told>> {
    let row = |index: &&u32| log.row(u64::from(**index));
    let is =
        |index: &&u32| row(index).is_some_and(|r| r.kind == Kind::Head && r.from() == Some(from));
    let Some(&index) = rows.iter().rev().find(is) else { return Ok(None) };
    let (octets, body) = entry::head(log, source, index.into())?;
    let head = Head::parse(from, &octets).ok();
    let time = log.row(index.into()).map_or(0, |row| row.time);
    Ok(Some(Told { time, octets, body, head }))
}

fn headers(told: Option<&Told>) -> Value {
    let head = told.and_then(|told| told.head.as_ref());
    let list = head.map(|head| &head.headers[..]).unwrap_or_default();
    list.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

/// `HTTP/1.1`, or nothing where no head was understood.
fn version(told: Option<&Told>) -> String {
    let minor = told.and_then(|told| match told.head.as_ref()?.start {
        StartLine::Request { minor_version, .. } | StartLine::Response { minor_version, .. } => {
            Some(minor_version)
        }
    });
    minor.map_or_else(String::new, |minor| format!("HTTP/1.{minor}"))
}

fn sizes(told: Option<&Told>) -> (i64, i64) {
    told.map_or((-1, 0), |told| (told.octets.len() as i64, told.body.len() as i64))
}

fn request(about: &Connection, told: Option<&Told>) -> Value {
    let (method, target) = match told.and_then(|told| told.head.as_ref()) {
        Some(Head { start: StartLine::Request { method, target, .. }, .. }) => {
            (method.as_str(), target.as_str())
        }
        _ => ("GET", "/"),
    };
    let host = told.and_then(|told| told.head.as_ref()?.get("Host").map(str::to_owned));
    let host = host.unwrap_or_else(|| about.server.to_string());
    // A proxy is asked for a whole URL.
    let whole = target.contains("://");
    let url = if whole { target.to_owned() } else { format!("ws://{host}{target}") };
    let url =
        url::Url::parse(&url).map_or_else(|_| format!("ws://{}/", about.server), String::from);
    let query = url::Url::parse(&url).ok();
    let query = query.iter().flat_map(url::Url::query_pairs);
    let (headers_size, body_size) = sizes(told);
    json!({
        "method": method,
        "url": url,
        "httpVersion": version(told),
        "headers": headers(told),
        "queryString": query.map(|(n, v)| json!({"name": n, "value": v})).collect::<Value>(),
        "cookies": [],
        "headersSize": headers_size,
        "bodySize": body_size,
    })
}

fn response(told: Option<&Told>) -> Value {
    let (status, phrase) = match told.and_then(|told| told.head.as_ref()) {
        Some(Head { start: StartLine::Response { status, phrase, .. }, .. }) => {
            (*status, phrase.as_str())
        }
        _ => (0, ""),
    };
    let (headers_size, body_size) = sizes(told);
    let head = told.and_then(|told| told.head.as_ref());
    let header = |name: &str| head.and_then(|head| head.get(name)).unwrap_or_default();
    let body = told.map(|told| &told.body[..]).unwrap_or_default();
    let mut content = json!({"size": body.len(), "mimeType": header("Content-Type")});
    if let Ok(text) = std::str::from_utf8(body) {
        content["text"] = text.into();
    } else {
        content["text"] = STANDARD.encode(body).into();
        content["encoding"] = "base64".into();
    }
    json!({
        "status": status,
        "statusText": phrase,
        "httpVersion": version(told),
        "headers": headers(told),
        "cookies": [],
        "content": content,
        "redirectURL": header("Location"),
        "headersSize": headers_size,
        "bodySize": body_size,
        "_transferSize": headers_size.max(0) + body_size,
    })
}

/// The entry without its lists.
pub(super) fn head(log: &Log, source: &Source, number: u32, rows: &[u32]) -> io::Result<Value> {
    let Some(about) = log.connection(number) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let asked = told(log, source, rows, Role::Client)?;
    let answered = told(log, source, rows, Role::Server)?;
    let sent = asked.as_ref().map_or(about.since, |told| told.time);
    let came = answered.as_ref().map_or(sent, |told| told.time);
    let started = timestamp::rfc3339(about.since);
    // Milliseconds, as every tool writes them; `_wsConnection` has the whole.
    let started = format!("{}Z", started.get(..23).unwrap_or(&started));
    let mut entry = json!({
        "startedDateTime": started,
        // The sum of the three stages that are known.
        "time": milliseconds(about.since, about.last.max(came)),
        "request": request(about, asked.as_ref()),
        "response": response(answered.as_ref()),
        "cache": {},
        "timings": {
            "blocked": -1,
            "dns": -1,
            "connect": -1,
            "ssl": -1,
            "send": milliseconds(about.since, sent),
            "wait": milliseconds(sent, came),
            "receive": milliseconds(came, about.last),
        },
        "serverIPAddress": about.server.ip().to_string(),
        "connection": number.to_string(),
        "_resourceType": "websocket",
    });
    if let Some(note) = log.connection_note(number) {
        entry["comment"] = note.into();
    }
    Ok(entry)
}

/// The end, as a page in the client's place is told it; nothing while it is open.
pub(super) fn close(log: &Log, number: u32) -> Option<Value> {
    let about = log.connection(number).filter(|about| about.over)?;
    let event = Verdict::of(about).close_event;
    Some(match event.code {
        StatusCode(1006) => json!("aborted"),
        StatusCode(code) => {
            let timestamp = timestamp::seconds(about.last);
            json!({"code": code, "reason": event.reason, "timestamp": timestamp})
        }
    })
}

/// `_wsConnection`: what only wsscope reads.
pub(super) fn connection(log: &Log, number: u32, rows: &[u32]) -> Value {
    let about = log.connection(number);
    let mut connection = json!({
        "number": number,
        "time": about.map(|about| timestamp::rfc3339(about.since)),
        "role": about.and_then(|about| about.role).map(Role::word),
        "client": about.map(|about| about.client.to_string()),
        "server": about.map(|about| about.server.to_string()),
    });
    if let Some(page) = about.and_then(|about| about.page.as_ref()) {
        connection["page"] = json!(page);
    }
    // The row with which it begins has no item of its own.
    let opens = |row: &&u32| log.row(u64::from(**row)).is_some_and(|r| r.kind == Kind::Opened);
    if let Some(&row) = rows.iter().find(opens) {
        super::note(&mut connection, log, row.into());
    }
    connection
}
