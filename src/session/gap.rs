//! Captures that lack octets: how that becomes rows. A gap within the payload of
//! a frame damages this frame; behind any other, nothing is decoded any more.

use super::log::{Extra, Log};
use super::piece::{Piece, push_missing};
use super::row::{Kind, Row};
use super::wire::Wire;
use super::{Fault, FaultKind, Stage};
use crate::protocol::{Role, Time};
use serde::{Deserialize, Serialize};

/// Why octets are missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missing {
    /// No packet with them was captured.
    Lost,
    /// The snap length cut them off their packet.
    Cut,
}

/// A longer gap cannot be told by sequence numbers (RFC 9293 §3.4): whoever writes of one
/// writes nonsense.
pub const MAX_GAP: u64 = 1 << 31;

/// Octets of a frame's payload that the capture lacks, as JSON spells them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(expecting = "missing as a list of objects")]
pub struct Hole {
    /// Where, counted from the first octet of payload.
    pub at: u64,
    /// How many.
    pub octets: u64,
}

impl Log {
    /// Goes on with a connection whose opening handshake was not captured.
    pub fn midway(&mut self, number: u32, time: Time) {
        if let Some(connection) = self.connection_mut(number) {
            connection.wire = Some(Box::new(Wire::midway()));
            connection.asked_upgrade = true;
            connection.closing.opened(time);
        }
    }

    /// The connection's 101 was captured and its request was not: what the client
    /// sends behind it are frames (RFC 6455 §4.1).
    pub(super) fn without_request(&mut self, number: u32, time: Time) {
        let Some(connection) = self.connection_mut(number) else { return };
        connection.asked_upgrade = true;
        if let Some(wire) = &mut connection.wire {
            wire.without_request();
        }
        self.append_fault(number, Fault::new(Stage::Tcp, FaultKind::NoRequest, ""), time);
    }

    /// A fault in what `from` sent; what it is about stands at these places.
    pub fn append_fault_of(
        &mut self,
        number: u32,
        from: Role,
        kind: FaultKind,
        octets: u64,
        pieces: &[Piece],
        time: Time,
    ) {
        let fault = Fault::new(Stage::Tcp, kind, format!("{} {octets}", from.word()));
        let row = Row::new(Kind::Fault, number, time, Some(from));
        let len = pieces.iter().map(|piece| u64::from(piece.len)).sum();
        self.push(row, Extra { fault: Some(fault), len, pieces, ..Extra::default() });
    }

    /// `octets` octets of `from` are not in the capture.
    pub fn gap(&mut self, number: u32, from: Role, octets: u64, missing: Missing, time: Time) {
        let Some(connection) = self.connection_mut(number) else { return };
        let Some(mut wire) = connection.wire.take() else { return };
        connection.last = time;
        let cut = missing == Missing::Cut;
        let known = !wire.pending(from).is_opaque();
        let after = wire.gap(&mut connection.closing, from, octets, time);
        connection.blind[from.index()] |= !after.in_frame;
        let kind = match (missing, after.in_frame) {
            (Missing::Cut, _) => FaultKind::Cut,
            (Missing::Lost, true) => FaultKind::GapInFrame,
            (Missing::Lost, false) => FaultKind::Gap,
        };
        if after.in_frame {
            // A frame that was cut says so itself.
            if !cut {
                self.append_fault_of(number, from, kind, octets, &[], time);
            }
            push_missing(octets, &mut wire.pieces[from.index()]);
        }
        if let Some(done) = after.done {
            self.append(number, from, time, done, &wire.pieces[from.index()]);
            wire.pieces[from.index()].clear();
        }
        if !after.in_frame && !known && cut {
            push_missing(octets, &mut wire.pieces[from.index()]);
        } else if !after.in_frame {
            self.undecoded(number, from, &mut wire, time);
            self.append_fault_of(number, from, kind, octets, &[], time);
        }
        if let Some(connection) = self.connection_mut(number) {
            connection.wire = Some(wire);
        }
    }

    /// The octets of `from` that came behind a gap become a row.
    pub(super) fn undecoded(&mut self, number: u32, from: Role, wire: &mut Wire, time: Time) {
        if !(wire.has_gap(from) && wire.pending(from).is_opaque()) {
            return;
        }
        let pieces = std::mem::take(&mut wire.pieces[from.index()]);
        if !pieces.is_empty() {
            let octets = pieces.iter().map(|piece| u64::from(piece.len)).sum();
            self.append_fault_of(number, from, FaultKind::Undecoded, octets, &pieces, time);
        }
    }
}
