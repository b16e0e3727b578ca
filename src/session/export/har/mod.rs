//! A session as HAR 1.2, an entry for each connection.
//!
//! Data messages stand in `_webSocketMessages` and the end in `_webSocketClose`,
//! as Chrome and HTTP Toolkit have them; what those cannot say (masks, fragments,
//! control frames, ends of TCP) stands in `_wsFrames`, from which wsscope rebuilds
//! every octet. Chrome refuses a document in which one of its numbers is missing,
//! so every one is there. Errors of no connection have no entry to stand in.
//!
//! Written item by item: what is in memory is a number for each row, and one message.

mod entry;
mod frames;

use super::messages::Assembly;
use super::{Progress, messages::Message};
use crate::protocol::Role;
use crate::session::inflate::Reader;
use crate::session::log::Log;
use crate::session::recorder::SharedLog;
use crate::session::source::Source;
use crate::session::timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::sync::atomic::Ordering;

/// Writes every connection.
///
/// # Errors
/// The capture cannot be read, or `out` not written.
pub fn write(
    log: &SharedLog,
    source: &Source,
    out: &mut dyn Write,
    progress: &Progress,
) -> io::Result<()> {
    let rows = rows_of_connections(&log.read());
    // Each row is looked at for a message and for what it is.
    let all: usize = rows.iter().map(Vec::len).sum();
    progress.whole.store(2 * all as u64, Ordering::Relaxed);
    let version = env!("CARGO_PKG_VERSION");
    write!(
        out,
        "{{\"log\":{{\"version\":\"1.2\",\"creator\":{{\"name\":\"wsscope\",\"version\":\"{version}\"}},"
    )?;
    if let Some(name) = log.read().name() {
        write!(out, "\"comment\":{},", json!(name))?;
    }
    out.write_all(b"\"pages\":[],\"entries\":[")?;
    for (index, rows) in rows.iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        let number = index as u32 + 1;
        let head = entry::head(&log.read(), source, number, rows)?;
        // The object stays open for the lists.
        let head = head.to_string();
        out.write_all(head.strip_suffix('}').unwrap_or(&head).as_bytes())?;
        let (mut assembly, mut inflated) = (Assembly::default(), Reader::default());
        list(out, "_webSocketMessages", rows, progress, |row| {
            let log = log.read();
            let message = assembly.take(&log, row);
            let message = message.map(|m| self::message(&log, source, &mut inflated, &m));
            message.transpose()
        })?;
        if let Some(close) = entry::close(&log.read(), number) {
            write!(out, ",\n\"_webSocketClose\":{close}")?;
        }
        write!(out, ",\n\"_wsConnection\":{}", entry::connection(&log.read(), number, rows))?;
        list(out, "_wsFrames", rows, progress, |row| frames::item(&log.read(), source, row))?;
        out.write_all(b"}")?;
    }
    out.write_all(b"\n]}}\n")
}

/// The rows of each connection, four octets a row.
fn rows_of_connections(log: &Log) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); log.connections().len()];
    for index in 0..log.len() {
        let connection = log.row(index).map_or(0, |row| row.connection) as usize;
        if let Some(of) = connection.checked_sub(1).and_then(|at| rows.get_mut(at)) {
            of.push(index as u32);
        }
    }
    rows
}

/// Writes a list of what `item` makes of the rows.
fn list<T: Serialize>(
    out: &mut dyn Write,
    key: &str,
    rows: &[u32],
    progress: &Progress,
    mut item: impl FnMut(u64) -> io::Result<Option<T>>,
) -> io::Result<()> {
    write!(out, ",\n\"{key}\":[")?;
    let mut first = true;
    for &row in rows {
        if let Some(item) = item(row.into())? {
            out.write_all(if first { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *out, &item)?;
            first = false;
        }
        progress.done.fetch_add(1, Ordering::Relaxed);
    }
    out.write_all(b"]")
}

/// The longest message that stands inflated in a document.
const INFLATED: u64 = 64 << 20;

/// The four keys without which Chrome drops the entry.
#[derive(Serialize)]
struct HarMessage {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Seconds since the epoch.
    time: f64,
    opcode: u8,
    /// Text, or base64 where the opcode is not 1.
    data: String,
    /// These are the octets on the wire: they could not be inflated, or to too many.
    #[serde(rename = "_compressed", skip_serializing_if = "std::ops::Not::not")]
    compressed: bool,
}

fn message(
    log: &Log,
    source: &Source,
    inflated: &mut Reader,
    message: &Message,
) -> io::Result<HarMessage> {
    let (octets, plain) = message.octets(log, source, inflated, INFLATED)?;
    let text = plain && message.opcode == crate::protocol::Opcode::TEXT;
    let last = message.rows.last().and_then(|row| log.row(*row));
    Ok(HarMessage {
        kind: if message.from(log) == Some(Role::Client) { "send" } else { "receive" },
        time: timestamp::seconds(last.map_or(0, |row| row.time)),
        opcode: if text { 1 } else { 2 },
        data: if text {
            // What is no UTF-8 stands exactly in `_wsFrames`.
            String::from_utf8_lossy(&octets).into_owned()
        } else {
            STANDARD.encode(&octets)
        },
        compressed: !plain,
    })
}

/// Adds what is written on a row.
fn note(of: &mut Value, log: &Log, row: u64) {
    if let Some(note) = log.note(row) {
        of["comment"] = note.into();
    }
    if log.bookmarked(row) {
        of["bookmark"] = true.into();
    }
}

/// A time between two, in milliseconds.
fn milliseconds(from: u64, to: u64) -> Value {
    json!(to.saturating_sub(from) as f64 / 1e6)
}
