//! The log: rows in the order of observation, and each connection's state.
//!
//! Appending is [`super::assemble`]'s. Rows become visible only when their
//! octets are in the capture file: [`Log::len`] counts those.

use super::Fault;
use super::row::{Kind, Row};
use super::wire::Wire;
use crate::protocol::closing_handshake::ClosingHandshake;
use crate::protocol::violation::Violation;
use crate::protocol::{ReadyState, Role, Time};
use core::net::SocketAddr;
use std::collections::HashMap;

/// Octets at a place of the capture file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Position of the first in the file.
    pub offset: u64,
    /// How many.
    pub len: u32,
}

/// What is known of one connection.
#[derive(Debug)]
pub struct Connection {
    /// From 1, in the order of their beginning.
    pub number: u32,
    /// Which end is ours; `None` between strangers.
    pub role: Option<Role>,
    /// The client's address.
    pub client: SocketAddr,
    /// The server's address.
    pub server: SocketAddr,
    /// When TCP was established.
    pub since: Time,
    /// When something was last observed of it.
    pub last: Time,
    /// The facts of its ending.
    pub closing: ClosingHandshake,
    /// Frames of each end.
    pub frames: [u64; 2],
    /// Octets of each end, heads included.
    pub octets: [u64; 2],
    /// Violations in it.
    pub violations: u32,
    /// The status of a response other than 101.
    pub refused: Option<u16>,
    /// It asked for WebSocket.
    pub asked_upgrade: bool,
    /// User-Agent or Server header of each end.
    pub agents: [Option<String>; 2],
    /// Its 101 names none of the subprotocols that were offered.
    pub subprotocol_ignored: bool,
    /// Its Closed row has been appended.
    pub over: bool,
    pub(super) wire: Option<Box<Wire>>,
}

impl Connection {
    /// The end that states are shown for: ours, or the client between strangers.
    #[must_use]
    pub fn viewpoint(&self) -> Role {
        self.role.unwrap_or(Role::Client)
    }

    /// `readyState` of our end; CLOSED once nothing more will be observed.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        if self.over { ReadyState::Closed } else { self.closing.ready_state(self.viewpoint()) }
    }

    /// The address of the far end; the client between strangers.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        match self.role {
            Some(Role::Client) => self.server,
            _ => self.client,
        }
    }

    /// Since when a Ping waits for its Pong, and whose Ping it is.
    #[must_use]
    pub fn ping_waits_since(&self) -> Option<(Role, Time)> {
        let wire = self.wire.as_ref()?;
        let since = |role| wire.ping_waits_since(role).map(|time| (role, time));
        Role::BOTH.into_iter().filter_map(since).min_by_key(|(_, time)| *time)
    }

    /// A frame that is still arriving: from whom, octets that came, octets of the whole.
    #[must_use]
    pub fn arriving(&self) -> Option<(Role, u64, Option<u64>)> {
        let wire = self.wire.as_ref()?;
        Role::BOTH.into_iter().find_map(|role| {
            let half = wire.pending(role);
            let seen = half.pending_octets();
            let whole = half
                .pending_frame()
                .map(|(header, _)| header.payload_len.saturating_add(header.octets() as u64));
            (seen > 0).then_some((role, seen, whole))
        })
    }
}

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
    connections: Vec<Connection>,
    pub(super) frames: u32,
    violations: HashMap<u64, Vec<Violation>>,
    pieces: HashMap<u64, Vec<Piece>>,
    lengths: HashMap<u64, u64>,
    cut_at: HashMap<u64, u64>,
    faults: HashMap<u64, Fault>,
    tcp_errors: HashMap<u64, String>,
    head_lens: HashMap<u64, u32>,
    pub(super) notice: Option<Fault>,
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
    }

    /// The row at `index`, from 0.
    #[must_use]
    pub fn row(&self, index: u64) -> Option<&Row> {
        self.rows.get(index).filter(|_| index < self.visible)
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
        self.violations.get(&index).map_or(&[], Vec::as_slice)
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
            Some(row) if matches!(row.kind, Kind::Frame | Kind::Head) => {
                let len = u32::try_from(self.octets_len(index)).unwrap_or(u32::MAX);
                vec![Piece { offset: row.offset, len }]
            }
            _ => Vec::new(),
        }
    }

    /// What keeps the session from being recorded, where something does.
    #[must_use]
    pub fn notice(&self) -> Option<&Fault> {
        self.notice.as_ref()
    }

    pub(super) fn push(&mut self, mut row: Row, extra: Extra) {
        let index = self.rows.len();
        if !extra.violations.is_empty() {
            row.set_violations(true);
            if let Some(connection) = self.connection_mut(row.connection) {
                connection.violations += extra.violations.len() as u32;
            }
            self.violations.insert(index, extra.violations);
        }
        match u32::try_from(extra.len) {
            Ok(len) => row.len = len,
            Err(_) => {
                row.set_long(true);
                self.lengths.insert(index, extra.len);
            }
        }
        match &extra.pieces[..] {
            [] => {}
            [piece] => row.offset = piece.offset,
            pieces => {
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
pub(super) struct Extra {
    pub violations: Vec<Violation>,
    pub len: u64,
    pub pieces: Vec<Piece>,
    pub cut_at: Option<u64>,
    pub head_len: Option<u32>,
    pub fault: Option<Fault>,
    pub tcp_error: Option<String>,
}
