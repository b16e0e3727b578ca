//! What stands behind a row, read back from the capture: for the printer, the
//! exporters and the detail pane.

use super::gap::Hole;
use super::log::Log;
use super::row::{Kind, Row};
use super::source::Source;
use crate::protocol::deflate::{Outcome, negotiation};
use crate::protocol::opening_handshake::Head;
use crate::protocol::{Header, Role, mask};
use std::io;
use std::ops::Range;

/// A frame with its octets.
#[derive(Clone, Debug)]
pub struct FrameEntry {
    /// The header; of one that was cut off, the missing octets are 0.
    pub header: Header,
    /// Header octets that came.
    pub header_octets: Vec<u8>,
    /// The payload's octets as on the wire: all that came, or the asked-for beginning.
    pub masked: Vec<u8>,
    /// The same, unmasked.
    pub payload: Vec<u8>,
    /// Octets of payload that came.
    pub payload_came: u64,
}

impl FrameEntry {
    /// What of its payload the capture lacks: there it is 0.
    #[must_use]
    pub fn holes(&self, log: &Log, index: u64) -> Vec<Hole> {
        let header = self.header_octets.len() as u64;
        let of_payload = |range: Range<u64>| Hole {
            at: range.start.saturating_sub(header),
            octets: range.end - range.start,
        };
        log.missing(index).into_iter().map(of_payload).collect()
    }
}

/// Reads a frame back, at most `limit` octets of its payload.
///
/// # Errors
/// The capture could not be read, or the row is no frame.
pub fn frame(log: &Log, source: &Source, index: u64, limit: u64) -> io::Result<FrameEntry> {
    let Some(row) = log.row(index).filter(|row| row.kind == Kind::Frame) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let header_len = row.header_octets();
    let limit = limit.saturating_add(header_len as u64);
    let mut octets = source.row_octets(log, index, 0, limit)?;
    let came = log.octets_len(index);
    let masked = octets.split_off(octets.len().min(header_len));
    let mut padded = octets.clone();
    padded.resize(header_len.max(2), 0);
    let header = Header::parse(&padded).ok_or(io::ErrorKind::InvalidData)?;
    let mut payload = masked.clone();
    if let Some(key) = header.masking_key {
        mask::apply(key, 0, &mut payload);
        for range in log.missing(index) {
            let at = |row: u64| (row.saturating_sub(header_len as u64) as usize).min(payload.len());
            let (start, end) = (at(range.start), at(range.end));
            payload[start..end].fill(0);
        }
    }
    let payload_came = came.saturating_sub(octets.len() as u64);
    Ok(FrameEntry { header, header_octets: octets, masked, payload, payload_came })
}

/// The first octets of a frame's payload, unmasked.
///
/// # Errors
/// As [`frame`].
pub fn beginning(log: &Log, source: &Source, index: u64, limit: u64) -> io::Result<Vec<u8>> {
    frame(log, source, index, limit).map(|frame| frame.payload)
}

/// The last head that `from` sent on a connection, where it can be read.
#[must_use]
pub fn last_head(log: &Log, source: &Source, connection: u32, from: Role) -> Option<Head> {
    let index = (0..log.len()).rev().find(|index| {
        let is = |row: &&Row| row.kind == Kind::Head && row.from() == Some(from);
        log.row(*index).filter(is).is_some_and(|row| row.connection == connection)
    })?;
    parsed_head(log, source, index).ok()?
}

/// A head's octets and its body's.
///
/// # Errors
/// The capture could not be read.
pub fn head(log: &Log, source: &Source, index: u64) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut octets = source.row_octets(log, index, 0, u64::MAX)?;
    let head_len = usize::try_from(log.head_len(index)).unwrap_or(usize::MAX);
    let body = octets.split_off(head_len.min(octets.len()));
    Ok((octets, body))
}

/// A head, parsed.
///
/// # Errors
/// The capture could not be read; a head that is none is `Ok(None)`.
pub fn parsed_head(log: &Log, source: &Source, index: u64) -> io::Result<Option<Head>> {
    let Some(from) = log.row(index).and_then(super::Row::from) else { return Ok(None) };
    let (octets, _) = head(log, source, index)?;
    Ok(Head::parse(from, &octets).ok())
}

/// What came of permessage-deflate with this row, where it is a 101.
///
/// # Errors
/// The capture could not be read.
pub fn deflate(log: &Log, source: &Source, index: u64) -> io::Result<Outcome> {
    if log.row(index).and_then(super::Row::http_status) != Some(101) {
        return Ok(Outcome::None);
    }
    let [request, _] = handshake_rows(log, index);
    let request = match request {
        Some(row) => parsed_head(log, source, row)?,
        None => None,
    };
    let response = parsed_head(log, source, index)?;
    Ok(response.map_or(Outcome::None, |head| negotiation::outcome(request.as_ref(), &head)))
}

/// The heads of a connection's opening handshake that the log holds, newest
/// pair first found from `index` outwards: the client's, the server's.
#[must_use]
pub fn handshake_rows(log: &Log, index: u64) -> [Option<u64>; 2] {
    let mut rows = [None, None];
    let Some(row) = log.row(index) else { return rows };
    if let Some(from) = row.from() {
        rows[from.index()] = Some(index);
        let other = from.peer();
        let matches = |i: &u64| {
            log.row(*i).is_some_and(|r| {
                r.kind == Kind::Head && r.connection == row.connection && r.from() == Some(other)
            })
        };
        const NEAR: u64 = 100_000;
        rows[other.index()] = match from {
            Role::Client => (index + 1..log.len().min(index + NEAR)).find(matches),
            Role::Server => (index.saturating_sub(NEAR)..index).rev().find(matches),
        };
    }
    rows
}
