//! `_wsFrames`: a head, a frame, an end of TCP, an error or the end, each an item
//! with every field that its octets can be rebuilt from.

use crate::protocol::Role;
use crate::protocol::opening_handshake::latin1;
use crate::session::log::Log;
use crate::session::page::StoredClose;
use crate::session::row::{Kind, Row};
use crate::session::source::Source;
use crate::session::{entry, timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io;

/// The item of a row, with what is written on it; none where the row follows from
/// the entry.
pub(super) fn item(log: &Log, source: &Source, index: u64) -> io::Result<Option<Value>> {
    let mut item = of_row(log, source, index)?;
    if let Some(item) = &mut item {
        super::note(item, log, index);
    }
    Ok(item)
}

fn of_row(log: &Log, source: &Source, index: u64) -> io::Result<Option<Value>> {
    let Some(row) = log.row(index) else { return Ok(None) };
    let time = timestamp::rfc3339(row.time);
    let from = row.from().map(Role::word);
    Ok(Some(match row.kind {
        Kind::Opened => return Ok(None),
        Kind::Head => {
            let (head, body) = entry::head(log, source, index)?;
            let mut item = json!({"time": time, "from": from, "head": latin1(&head)});
            if !body.is_empty() {
                item["body"] = STANDARD.encode(&body).into();
            }
            item
        }
        Kind::Tls => {
            let connection = log.connection(row.connection);
            let tls = connection.and_then(|connection| connection.tls.as_deref());
            json!({"time": time, "tls": tls})
        }
        Kind::Frame => frame(log, source, index, row)?,
        Kind::Tcp => {
            let mut item = json!({"time": time, "from": from, "tcp": row.tcp_event().word()});
            if let Some(error) = log.tcp_error(index) {
                item["error"] = error.into();
            }
            let connection = log.connection(row.connection).zip(row.from());
            if connection.is_some_and(|(c, from)| c.ended_tls(from) == Some(true)) {
                item["close_notify"] = true.into();
            }
            item
        }
        Kind::Observed => {
            let connection = log.connection(row.connection);
            let Some(seen) = connection.and_then(|c| c.observed.as_ref()) else { return Ok(None) };
            json!({"time": time, "close_event": StoredClose::from(&seen.event)})
        }
        Kind::Fault => {
            let Some(fault) = log.fault(index) else { return Ok(None) };
            json!({
                "time": time,
                "stage": fault.stage.word(),
                "kind": fault.kind.word(),
                "detail": fault.detail,
            })
        }
        Kind::Closed => json!({"time": time, "over": true}),
    }))
}

fn frame(log: &Log, source: &Source, index: u64, row: &Row) -> io::Result<Value> {
    let frame = entry::frame(log, source, index, u64::MAX)?;
    let header = &frame.header;
    let key = header.masking_key.map(|key| format!("{:08x}", u32::from_be_bytes(key)));
    let mut item = json!({
        "time": timestamp::rfc3339(row.time),
        "from": row.from().map(Role::word),
        "fin": header.fin,
        "rsv": row.rsv(),
        "opcode": header.opcode.value(),
        "masking_key": key,
        "length_bits": header.length_form.bits(),
        "payload_len": header.payload_len,
        "payload": STANDARD.encode(&frame.payload),
    });
    if !row.is_complete() {
        item["complete"] = false.into();
        item["octets"] = log.octets_len(index).into();
    }
    let holes = frame.holes(log, index);
    if !holes.is_empty() {
        item["missing"] = json!(holes);
    }
    Ok(item)
}
