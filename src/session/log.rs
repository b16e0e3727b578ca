//! The log: rows in the order of observation, and each connection's state.
//!
//! Appending is [`super::assemble`]'s. Rows become visible only when their
//! octets are in the capture file: [`Log::len`] counts those.

use super::Fault;
use super::broken_rules::BrokenRules;
use super::inflate::{Compressed, Inflation};
use super::pcapng::facts::MadeFrom;
use super::piece;
use super::row::{Kind, Row};
use crate::protocol::deflate::InflateError;
use crate::protocol::violation::Violation;
use crate::protocol::{Role, Time};
use std::collections::HashMap;
use std::ops::Range;

pub use super::connection::Connection;
pub use super::piece::Piece;

const CHUNK: usize = 8192;

/// Rows in chunks of equal size: growing never copies, and never asks for twice
/// the memory.
#[derive(Debug, Default)]
struct Rows(Vec<Vec<Row>>);

impl Rows {
    fn len(&self) -> u64 {
        match self.0.last() {
            Some(last) => ((self.0.len() - 1) * CHUNK + last.len()) as u64,
            None => 0,
        }
    }

    fn push(&mut self, row: Row) {
        match self.0.last_mut() {
            Some(last) if last.len() < CHUNK => last.push(row),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(row);
                self.0.push(chunk);
            }
        }
    }

    fn truncate(&mut self, len: u64) {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        self.0.truncate(len.div_ceil(CHUNK));
        if let Some(last) = self.0.last_mut().filter(|_| !len.is_multiple_of(CHUNK)) {
            last.truncate(len % CHUNK);
        }
    }

    fn get(&self, index: u64) -> Option<&Row> {
        let index = usize::try_from(index).ok()?;
        self.0.get(index / CHUNK)?.get(index % CHUNK)
    }
}

/// Everything that was observed.
#[derive(Debug, Default)]
pub struct Log {
    rows: Rows,
    visible: u64,
    /// Connections and frames among the visible rows.
    visible_connections: usize,
    visible_frames: u32,
    connections: Vec<Connection>,
    pub(super) frames: u32,
    violations: BrokenRules,
    pieces: HashMap<u64, Vec<Piece>>,
    lengths: HashMap<u64, u64>,
    cut_at: HashMap<u64, u64>,
    faults: HashMap<u64, Fault>,
    tcp_errors: HashMap<u64, String>,
    head_lens: HashMap<u64, u32>,
    pub(super) inflation: Inflation,
    pub(super) notice: Option<Fault>,
    pub(super) notes: super::notes::Notes,
    /// Where in the capture the block begins that is being taken.
    pub(super) at: u64,
    /// Octets of the capture that the visible rows were made of.
    pub(super) captured: Option<u64>,
    pub(super) made_from: Option<MadeFrom>,
}

impl Log {
    /// Rows whose octets are in the capture.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.visible
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.visible == 0
    }

    /// Makes every row appended so far visible: its octets are in the file.
    pub fn publish(&mut self) {
        self.visible = self.rows.len();
        self.visible_connections = self.connections.len();
        self.visible_frames = self.frames;
    }

    /// Takes back what was appended and never became visible: its octets are not
    /// in the file. What is still arriving is decoded no further.
    pub(super) fn retract(&mut self) {
        let visible = self.visible;
        self.rows.truncate(visible);
        self.connections.truncate(self.visible_connections);
        self.frames = self.visible_frames;
        self.violations.truncate(visible);
        self.pieces.retain(|index, _| *index < visible);
        self.lengths.retain(|index, _| *index < visible);
        self.cut_at.retain(|index, _| *index < visible);
        self.faults.retain(|index, _| *index < visible);
        self.tcp_errors.retain(|index, _| *index < visible);
        self.head_lens.retain(|index, _| *index < visible);
        self.inflation.retract(visible);
        for connection in &mut self.connections {
            connection.wire = None;
        }
    }

    /// Keeps what the next message of a direction may refer to.
    pub(super) fn keep_window(&mut self, connection: u32, from: Role, window: &[u8]) {
        self.inflation.keep(connection, from, self.rows.len(), window);
    }

    /// The row at `index`, from 0.
    #[must_use]
    pub fn row(&self, index: u64) -> Option<&Row> {
        self.rows.get(index).filter(|_| index < self.visible)
    }

    /// Whether every row appended so far is visible.
    #[must_use]
    pub fn is_published(&self) -> bool {
        self.visible == self.rows.len()
    }

    /// Rows with those that are not visible yet.
    pub(super) fn appended_len(&self) -> u64 {
        self.rows.len()
    }

    /// A row, visible or not.
    pub(super) fn appended(&self, index: u64) -> Option<&Row> {
        self.rows.get(index)
    }

    /// Where a row ends in the capture: the last of its octets that is there, or for
    /// one without octets the block that it comes from.
    pub(super) fn anchor(&self, index: u64) -> u64 {
        let Some(row) = self.row(index) else { return 0 };
        let last = |begin: u64, len: u64| begin.saturating_add(len.saturating_sub(1));
        match self.split_pieces(index).iter().rfind(|piece| !piece.is_missing()) {
            Some(piece) => last(piece.offset, piece.len.into()),
            None if row.in_pieces() => row.offset,
            None => last(row.offset, self.octets_len(index)),
        }
    }

    /// Where the octets of a row are that is in several places.
    pub(super) fn split_pieces(&self, index: u64) -> &[Piece] {
        let split = self.row(index).filter(|row| row.in_pieces());
        split.and_then(|_| self.pieces.get(&index)).map_or(&[], Vec::as_slice)
    }

    /// Every connection, in the order of their numbers.
    #[must_use]
    pub fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// The connection with this number.
    #[must_use]
    pub fn connection(&self, number: u32) -> Option<&Connection> {
        self.connections.get((number as usize).checked_sub(1)?)
    }

    pub(super) fn connection_mut(&mut self, number: u32) -> Option<&mut Connection> {
        self.connections.get_mut((number as usize).checked_sub(1)?)
    }

    pub(super) fn push_connection(&mut self, connection: Connection) {
        self.connections.push(connection);
    }

    /// Frames so far.
    #[must_use]
    pub fn frame_count(&self) -> u32 {
        self.frames
    }

    /// When the first row happened: time zero of the table.
    #[must_use]
    pub fn start(&self) -> Option<Time> {
        self.row(0).map(|row| row.time)
    }

    /// What is wrong with a row.
    #[must_use]
    pub fn violations(&self, index: u64) -> &[Violation] {
        self.violations.of(index)
    }

    /// What did not work, for a row of [`Kind::Fault`].
    #[must_use]
    pub fn fault(&self, index: u64) -> Option<&Fault> {
        self.faults.get(&index)
    }

    /// The system's words, for a row of [`Kind::Tcp`] that was lost.
    #[must_use]
    pub fn tcp_error(&self, index: u64) -> Option<&str> {
        self.tcp_errors.get(&index).map(String::as_str)
    }

    /// Octets of a frame's payload as announced; of a head and its body as came.
    #[must_use]
    pub fn payload_len(&self, index: u64) -> u64 {
        match self.row(index) {
            Some(row) if row.is_long() => self.lengths.get(&index).copied().unwrap_or_default(),
            Some(row) => u64::from(row.len),
            None => 0,
        }
    }

    /// Octets of the row that came, header included.
    #[must_use]
    pub fn octets_len(&self, index: u64) -> u64 {
        match self.row(index) {
            Some(row) if row.kind == Kind::Frame => self
                .cut_at
                .get(&index)
                .copied()
                .unwrap_or_else(|| self.payload_len(index) + row.header_octets() as u64),
            Some(row) if row.kind == Kind::Head => self.payload_len(index),
            // Octets that could not be decoded.
            Some(row) if row.kind == Kind::Fault => self.payload_len(index),
            _ => 0,
        }
    }

    /// Octets of a head up to and with its blank line; the rest is its body.
    #[must_use]
    pub fn head_len(&self, index: u64) -> u64 {
        self.head_lens.get(&index).map_or_else(|| self.payload_len(index), |len| u64::from(*len))
    }

    /// Where the row's octets are in the capture, in order.
    #[must_use]
    pub fn pieces(&self, index: u64) -> Vec<Piece> {
        match self.row(index) {
            Some(row) if row.in_pieces() => self.pieces.get(&index).cloned().unwrap_or_default(),
            Some(row)
                if matches!(row.kind, Kind::Frame | Kind::Head)
                    || row.len > 0 && row.kind == Kind::Fault =>
            {
                let len = u32::try_from(self.octets_len(index)).unwrap_or(u32::MAX);
                vec![Piece { offset: row.offset, len }]
            }
            _ => Vec::new(),
        }
    }

    /// Which octets of the row the capture lacks, counted from its first.
    #[must_use]
    pub fn missing(&self, index: u64) -> Vec<Range<u64>> {
        piece::missing(&self.pieces(index))
    }

    /// Octets of the heads that are still arriving, and where they are.
    pub(super) fn arriving_heads(&self) -> impl Iterator<Item = (&[u8], &[Piece])> {
        let wires = self.connections.iter().filter_map(|c| c.wire.as_deref());
        wires.flat_map(|wire| {
            Role::BOTH.into_iter().filter_map(|role| {
                let octets = wire.pending(role).head_octets()?;
                Some((octets, &wire.pieces[role.index()][..]))
            })
        })
    }

    /// What keeps the session from being recorded, where something does.
    #[must_use]
    pub fn notice(&self) -> Option<&Fault> {
        self.notice.as_ref()
    }

    /// Octets of the capture that the visible rows were made of.
    #[must_use]
    pub fn captured(&self) -> Option<u64> {
        self.captured
    }

    /// What the session was made from, where it was not observed as it stands.
    #[must_use]
    pub fn made_from(&self) -> Option<&MadeFrom> {
        self.made_from.as_ref()
    }

    pub(super) fn push(&mut self, mut row: Row, extra: Extra<'_>) {
        let index = self.rows.len();
        if let (Some(from), Some(connection)) = (row.from(), self.connection_mut(row.connection)) {
            if row.kind == Kind::Frame && row.message != 0 && row.part == 1 {
                connection.message_begin[from.index()] = index;
            }
            let first = connection.message_begin[from.index()];
            if let Some((inflated, text)) = extra.inflated {
                self.inflation.push(Compressed::new([first, index], inflated, text));
            }
        }
        if !extra.violations.is_empty() {
            row.set_violations(true);
            if let Some(connection) = self.connection_mut(row.connection) {
                connection.violations += extra.violations.len() as u32;
            }
            self.violations.push(index, &extra.violations);
        }
        match u32::try_from(extra.len) {
            Ok(len) => row.len = len,
            Err(_) => {
                row.set_long(true);
                self.lengths.insert(index, extra.len);
            }
        }
        match extra.pieces {
            [] => row.offset = self.at,
            [piece] => row.offset = piece.offset,
            pieces => {
                row.offset = self.at;
                row.set_pieces(true);
                self.pieces.insert(index, pieces.to_vec());
            }
        }
        if let Some(cut_at) = extra.cut_at {
            self.cut_at.insert(index, cut_at);
        }
        if let Some(head_len) = extra.head_len {
            self.head_lens.insert(index, head_len);
        }
        if let Some(fault) = extra.fault {
            self.faults.insert(index, fault);
        }
        if let Some(error) = extra.tcp_error {
            self.tcp_errors.insert(index, error);
        }
        self.rows.push(row);
    }
}

/// What a row has beside its 40 octets.
#[derive(Debug, Default)]
pub(super) struct Extra<'a> {
    pub violations: Vec<Violation>,
    pub len: u64,
    pub pieces: &'a [Piece],
    pub cut_at: Option<u64>,
    pub head_len: Option<u32>,
    /// Of the last frame of a compressed message: what it inflates to, and whether it
    /// is a text message.
    pub inflated: Option<(Result<u64, InflateError>, bool)>,
    pub fault: Option<Fault>,
    pub tcp_error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::opcode::Opcode;
    use crate::protocol::{Header, header};
    use core::net::SocketAddr;
    use std::convert::Infallible;

    /// Counts octets, as a capture does.
    struct Counted(u64);

    impl super::super::assemble::Place for Counted {
        type Error = Infallible;

        fn place(
            &mut self,
            _: u32,
            _: Role,
            _: Time,
            octets: &[u8],
            pieces: &mut Vec<Piece>,
        ) -> Result<(), Infallible> {
            pieces.push(Piece { offset: self.0, len: octets.len() as u32 });
            self.0 += octets.len() as u64;
            Ok(())
        }
    }

    const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\n\r\n";

    fn with_frames(frames: usize) -> Log {
        with_frames_of(&Header::new(Opcode::TEXT, 2, None), frames)
    }

    fn with_frames_of(header: &Header, frames: usize) -> Log {
        let mut log = Log::default();
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        log.opened(1, None, address, address, 0);
        let mut octets = Vec::new();
        header::write_frame(header, b"hi", &mut octets);
        let read = [RESPONSE, &octets.repeat(frames)].concat();
        // Whatever the reads: the last one ends within a frame.
        for read in read.chunks(4003) {
            let Ok(()) = log.octets(1, Role::Server, 0, read, &mut Counted(0));
        }
        log.publish();
        log
    }

    /// Octets that the index takes.
    fn memory(log: &Log) -> usize {
        let chunks = log.rows.0.iter().map(|chunk| chunk.capacity() * size_of::<Row>());
        let index = log.rows.0.capacity() * size_of::<Vec<Row>>();
        let split = log.pieces.capacity() * size_of::<(u64, Vec<Piece>)>()
            + log.pieces.values().map(|p| p.capacity() * size_of::<Piece>()).sum::<usize>();
        chunks.sum::<usize>() + index + split + log.violations.memory()
    }

    #[test]
    fn a_frame_takes_at_most_48_octets_of_memory() {
        let frames = 200_000;
        let log = with_frames(frames);
        assert_eq!((log.frame_count() as usize, log.len()), (frames, frames as u64 + 2));
        let rare = [
            log.violations.memory(),
            log.lengths.len(),
            log.cut_at.len(),
            log.faults.len(),
            log.tcp_errors.len(),
            log.head_lens.len(),
        ];
        assert_eq!(rare, [0; 6], "a tiny frame stands in a side table");
        assert!(!log.pieces.is_empty() && log.pieces.len() < frames / 500);
        let memory = memory(&log);
        assert!(memory <= frames * 48, "{memory} octets for {frames} frames");
    }

    #[test]
    fn a_frame_that_breaks_a_rule_takes_at_most_80_octets_more() {
        let frames = 200_000;
        let masked = Header::new(Opcode::TEXT, 2, Some([1, 2, 3, 4]));
        let log = with_frames_of(&masked, frames);
        assert!((2..frames as u64 + 2).all(|index| log.violations(index).len() == 1));
        let memory = memory(&log);
        assert!(memory <= frames * (48 + 80), "{memory} octets for {frames} frames");
    }

    #[test]
    fn a_row_ends_where_its_last_octet_stands() {
        let mut log = Log::default();
        let pieces = [Piece { offset: 40, len: 3 }, Piece::missing(9), Piece::missing(1)];
        for pieces in [&pieces[..], &pieces[..1], &pieces[1..]] {
            log.push(Row::new(Kind::Frame, 0, 0, None), Extra { pieces, ..Extra::default() });
        }
        log.publish();
        assert_eq!([log.anchor(0), log.anchor(2)], [42, 0]);
    }

    #[test]
    fn what_is_retracted_leaves_nothing_behind() {
        let frames = 2 * CHUNK + 10;
        for len in [0, 1, CHUNK as u64 - 1, CHUNK as u64, CHUNK as u64 + 1, frames as u64] {
            let mut log = with_frames(frames);
            log.visible = len;
            log.retract();
            assert_eq!(log.rows.len(), len);
            assert!(log.pieces.keys().all(|index| *index < len));
            assert_eq!(log.row(len.wrapping_sub(1)).is_some(), len > 0);
            log.push(Row::new(Kind::Fault, 0, 0, None), Extra::default());
            log.publish();
            assert_eq!((log.len(), log.row(len).map(|row| row.kind)), (len + 1, Some(Kind::Fault)));
        }
    }
}
