//! TCP connections: which there are, when their octets are in order, and when
//! what is missing will not come any more.
//!
//! A segment is taken when the octets before it were, and when its sender cannot
//! have seen more of the other end than was taken: so that packets which a
//! capture holds in another order tell the same story.
//!
//! A hole is a gap once the other end has acknowledged it and [`Direction::has_waited`]
//! says that it was waited for long enough, once more than [`MAX_HELD`]
//! octets wait behind it, or when the connection or the file ends. So is a direction
//! of which no segment was captured, as the acknowledgements of the other end show.

use super::direction::{Carried, Direction};
use super::link::Segment;
use super::sniff::Sniffer;
use super::streams;
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{Role, Time};
use crate::session::assemble::Place;
use crate::session::gap::{MAX_GAP, Missing};
use crate::session::log::Piece;
use crate::session::{FaultKind, Log};
use core::net::SocketAddr;
use std::convert::Infallible;

/// Octets that wait behind a hole of one direction at most.
const MAX_HELD: usize = 4 << 20;
/// And of all connections together.
const MAX_HELD_OF_ALL: usize = 64 << 20;

/// What a connection turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// No upgrade so far.
    Undecided,
    /// WebSocket: the log's number.
    Shown(u32),
    /// TLS.
    Encrypted,
    /// Nothing more comes: it was counted.
    Closed,
}

/// A TCP connection.
#[derive(Debug)]
pub(super) struct Flow {
    /// Who sent its first packet, and the other end.
    pub ends: [SocketAddr; 2],
    pub fate: Fate,
    /// Which end is the client, as far as is known.
    pub client: usize,
    /// That is certain: there was a SYN, or a request.
    pub client_known: bool,
    /// Whether the first packet left this machine.
    pub outbound: Option<bool>,
    pub since: Time,
    /// Position in the file of its first packet.
    pub at: u64,
    pub sniffer: Sniffer,
    pub directions: [Direction; 2],
    /// Segments of each end, and octets of payload.
    pub packets: [u64; 2],
    pub octets: [u64; 2],
    /// Octets of each end that were passed over, while its first frame is looked for
    /// behind an opening handshake that was cut.
    pub passed: [Option<u64>; 2],
    /// An end of TCP was seen.
    ended: bool,
    last: Time,
}

/// Where a flow's octets go.
pub(super) struct Out<'a> {
    pub log: &'a mut Log,
    /// The capture is one of ours: every connection is shown.
    pub ours: bool,
    /// Octets that wait in all flows.
    pub held: &'a mut usize,
}

/// Octets of a packet are where the packet is.
struct InFile {
    at: u64,
}

impl Place for InFile {
    type Error = Infallible;

    fn place(
        &mut self,
        _: u32,
        _: Role,
        _: Time,
        octets: &[u8],
        pieces: &mut Vec<Piece>,
    ) -> Result<(), Infallible> {
        pieces.push(Piece { offset: self.at, len: octets.len() as u32 });
        self.at += octets.len() as u64;
        Ok(())
    }
}

impl Flow {
    /// The connection of this segment, from here on.
    pub fn new(segment: &Segment<'_>, at: u64, time: Time, outbound: Option<bool>) -> Flow {
        Flow {
            ends: [segment.source, segment.destination],
            fate: Fate::Undecided,
            client: usize::from(segment.syn && segment.acknowledged.is_some()),
            client_known: segment.syn,
            outbound,
            since: time,
            at,
            sniffer: Sniffer::default(),
            directions: Default::default(),
            packets: [0; 2],
            octets: [0; 2],
            passed: [None; 2],
            ended: false,
            last: time,
        }
    }

    pub fn role(&self, side: usize) -> Role {
        if side == self.client { Role::Client } else { Role::Server }
    }

    /// Whether a SYN of `side` begins another connection: it is not this one's, sent
    /// again or overtaken by what came behind it.
    pub fn is_over_with(&self, side: usize, sequence: u32) -> bool {
        let direction = &self.directions[side];
        let same = direction.next.is_none()
            || direction.position(sequence).is_some_and(|at| at + 1 == direction.start);
        !same || self.ended || self.fate == Fate::Closed
    }

    /// It is WebSocket: the log gets it.
    pub fn show(&mut self, out: &mut Out<'_>) -> u32 {
        if let Fate::Shown(number) = self.fate {
            return number;
        }
        let number = out.log.connections().len() as u32 + 1;
        let role = self.outbound.map(|out| self.role(usize::from(!out)));
        let [client, server] = [self.ends[self.client], self.ends[1 - self.client]];
        let here = std::mem::replace(&mut out.log.at, self.at);
        out.log.opened(number, role, client, server, self.since);
        out.log.at = here;
        self.fate = Fate::Shown(number);
        if !out.ours {
            self.directions.iter_mut().for_each(Direction::keep);
        }
        number
    }

    /// Takes a segment of `side`.
    pub fn segment(&mut self, side: usize, segment: &Segment<'_>, time: Time, out: &mut Out<'_>) {
        if matches!(self.fate, Fate::Encrypted | Fate::Closed) {
            return;
        }
        let peer = 1 - side;
        if segment.syn {
            self.directions[side].begin(segment.sequence);
            if segment.payload.is_empty() {
                return;
            }
        }
        // A SYN has a number of its own; octets may come with it (RFC 7413).
        let sequence = segment.sequence.wrapping_add(u32::from(segment.syn));
        let Some(seq) = self.directions[side].position(sequence) else { return };
        let ack = segment.acknowledged.and_then(|ack| self.directions[peer].position(ack));
        if let Some(ack) = ack {
            self.directions[peer].acknowledged(ack);
        }
        self.packets[side] += 1;
        self.last = self.last.max(time);
        let end = match (segment.rst, segment.fin) {
            (true, _) => Some(TcpEvent::Rst),
            (_, true) => Some(TcpEvent::Fin),
            _ => None,
        };
        let carried = Carried {
            octets: segment.payload,
            at: segment.at,
            cut: segment.cut,
            end,
            ack,
            time: self.last,
        };
        let from_its_beginning = self.directions[peer].syn;
        let direction = &mut self.directions[side];
        if direction.next.is_none() {
            // Octets that the other end received before it began to be captured are not missed.
            let missed = from_its_beginning || direction.absent;
            let start = direction.heard.filter(|heard| missed && *heard < seq).unwrap_or(seq);
            (direction.start, direction.next) = (start, Some(start));
        }
        if !segment.payload.is_empty() || segment.cut > 0 || end.is_some() {
            let ready = direction.next.is_some_and(|next| seq <= next) && !direction.holds();
            if ready && self.is_caused(side, ack) {
                self.take(side, seq, &carried, out);
            } else {
                let direction = &mut self.directions[side];
                let before = direction.held_octets;
                let differ = direction.hold(seq, carried);
                *out.held += direction.held_octets - before;
                self.note_overlap(side, differ, out);
            }
        }
        if self.directions.iter().any(|d| d.holds() || d.is_behind()) {
            self.settle(false, out);
        }
    }

    /// Whether all that the sender had received was taken.
    fn is_caused(&self, side: usize, ack: Option<u64>) -> bool {
        ack.is_none_or(|ack| self.directions[1 - side].has_taken(ack))
    }

    /// Takes segments whose turn has come, and gives up what will not come any
    /// more; all of it at the `last` moment.
    pub fn settle(&mut self, last: bool, out: &mut Out<'_>) {
        loop {
            let mut moved = false;
            for side in [0, 1] {
                while let Some((seq, held)) = self.directions[side].first_held()
                    && self.directions[side].next.is_none_or(|next| seq <= next)
                    && self.is_caused(side, held.ack)
                {
                    let Some((seq, held)) = self.directions[side].pop() else { break };
                    *out.held -= held.octets.len();
                    // It did not wait for anything that came.
                    let time = match self.directions[1 - side].absent {
                        true => held.time,
                        false => held.time.max(self.last),
                    };
                    let held = Carried { time, ..held };
                    self.take(side, seq, &held, out);
                    moved = true;
                }
            }
            if moved || self.give_up(0, last, out) || self.give_up(1, last, out) || self.untie(out)
            {
                continue;
            }
            return;
        }
    }

    /// Takes a segment although it is not its turn, where each end claims to have
    /// received what the other is to send after it.
    fn untie(&mut self, out: &mut Out<'_>) -> bool {
        let tied = self.directions.iter().all(Direction::has_head);
        if tied && let Some((seq, held)) = self.directions[0].pop() {
            *out.held -= held.octets.len();
            self.take(0, seq, &held, out);
        }
        tied
    }

    /// Gives up a hole of `side` if it is one, and time to.
    fn give_up(&mut self, side: usize, last: bool, out: &mut Out<'_>) -> bool {
        if self.directions[side].next.is_none() {
            return self.give_up_all(side, last, out);
        }
        let packets = self.packets[0] + self.packets[1];
        let direction = &mut self.directions[side];
        let Some(next) = direction.next.filter(|_| !direction.has_head()) else {
            return false; // it is the other end that lacks something
        };
        let held = direction.first_held();
        let ending = held.is_some_and(|(_, held)| held.octets.is_empty() && held.cut == 0);
        let held = held.map(|(seq, _)| seq).filter(|seq| *seq > next);
        let behind = direction.is_behind();
        if held.is_none() && !behind {
            direction.missing_since = None;
            return false;
        }
        let full = direction.held_octets > MAX_HELD || *out.held > MAX_HELD_OF_ALL;
        if behind {
            if !(direction.has_waited(next, packets, self.last) || last || full) {
                return false;
            }
        } else if !(last || full) {
            return false;
        }
        direction.missing_since = None;
        // What is acknowledged is missing; what is only overtaken may still come.
        let to = match held {
            Some(held) if behind && !last && !full => held.min(direction.acked),
            Some(held) => held,
            None => direction.acked,
        };
        direction.next = Some(to);
        // A FIN or RST alone may have any number; and a single octet that nothing
        // follows is a FIN that was not captured, until something does follow.
        let fin = held.is_none() && to - next == 1;
        direction.assumed_fin = fin;
        if !fin && (behind || !ending) {
            self.emit_gap(side, to - next, Missing::Lost, self.last, out);
        }
        true
    }

    /// Gives up a direction of which no segment came if it is one, and time to.
    fn give_up_all(&mut self, side: usize, last: bool, out: &mut Out<'_>) -> bool {
        let packets = self.packets[0] + self.packets[1];
        let full = self.directions[1 - side].held_octets > MAX_HELD || *out.held > MAX_HELD_OF_ALL;
        let direction = &mut self.directions[side];
        if !direction.is_behind() {
            return false;
        }
        let given_up = direction.absent;
        if !(last || !given_up && (direction.has_waited(0, packets, self.last) || full)) {
            return false;
        }
        direction.absent = true;
        let time = self.directions[1 - side].first_held().map_or(self.last, |(_, held)| held.time);
        self.tell_absent(side, time, out) || !given_up
    }

    /// Tells what the other end received, since that was told, of a direction that was
    /// not captured.
    fn tell_absent(&mut self, side: usize, time: Time, out: &mut Out<'_>) -> bool {
        let shown = matches!(self.fate, Fate::Shown(_));
        let direction = &mut self.directions[side];
        let told = direction.heard.filter(|_| shown && direction.absent && direction.is_behind());
        let Some(told) = told else { return false };
        let octets = direction.acked - told;
        direction.heard = Some(direction.acked);
        self.emit_gap(side, octets, Missing::Lost, time, out);
        true
    }

    fn take<O: AsRef<[u8]>>(
        &mut self,
        side: usize,
        seq: u64,
        carried: &Carried<O>,
        out: &mut Out<'_>,
    ) {
        let fresh = self.directions[side].advance(seq, carried);
        self.note_overlap(side, fresh.differ, out);
        let octets = &carried.octets.as_ref()[fresh.skip..];
        self.octets[side] += octets.len() as u64;
        let follows = !octets.is_empty() || fresh.cut > 0 || fresh.end == Some(TcpEvent::Fin);
        if follows && std::mem::take(&mut self.directions[side].assumed_fin) {
            self.emit_gap(side, 1, Missing::Lost, carried.time, out);
        }
        if !octets.is_empty() {
            self.emit(side, octets, carried.at + fresh.skip as u64, carried.time, out);
        }
        if fresh.cut > 0 {
            self.emit_gap(side, fresh.cut, Missing::Cut, carried.time, out);
        }
        if let Some(event) = fresh.end {
            self.ended = true;
            if let Fate::Shown(number) = self.fate {
                out.log.tcp(number, self.role(side), event, None, carried.time);
            }
        }
    }

    fn emit(&mut self, side: usize, octets: &[u8], at: u64, time: Time, out: &mut Out<'_>) {
        if self.fate == Fate::Undecided {
            let Some(found) = self.sniffer.octets(side, octets, at) else { return };
            return self.found(side, found, time, out);
        }
        let from = self.role(side);
        if let Some(passed) = &mut self.passed[side] {
            if streams::masked(octets) != Some(from == Role::Client) {
                *passed += octets.len() as u64;
                return;
            }
            self.tell_passed(side, time, out);
        }
        if let Fate::Shown(number) = self.fate {
            let Ok(()) = out.log.octets(number, from, time, octets, &mut InFile { at });
        }
    }

    fn emit_gap(&mut self, side: usize, octets: u64, why: Missing, time: Time, out: &mut Out<'_>) {
        if self.fate == Fate::Undecided
            && let Some(found) = self.sniffer.gap(side)
        {
            self.found(side, found, time, out);
        }
        if let Some(passed) = &mut self.passed[side] {
            *passed += octets;
        } else if let Fate::Shown(number) = self.fate {
            out.log.gap(number, self.role(side), octets, why, time);
        }
    }

    /// It is known that the next octets of `from` were not captured, and why; without
    /// that, the sequence numbers would tell in time.
    pub fn gap(&mut self, from: Role, octets: u64, why: Missing, time: Time, out: &mut Out<'_>) {
        let side = if from == Role::Client { self.client } else { 1 - self.client };
        let direction = &mut self.directions[side];
        let next = direction.next.and_then(|next| next.checked_add(octets));
        if direction.holds() || next.is_none() || !(1..=MAX_GAP).contains(&octets) {
            return;
        }
        direction.next = next;
        self.last = self.last.max(time);
        self.emit_gap(side, octets, why, time, out);
    }

    /// Frames begin, or nothing more comes: tells what was passed over before.
    fn tell_passed(&mut self, side: usize, time: Time, out: &mut Out<'_>) {
        if let (Fate::Shown(number), Some(octets)) = (self.fate, self.passed[side].take())
            && octets > 0
        {
            let (from, kind) = (self.role(side), FaultKind::HandshakeCut);
            out.log.append_fault_of(number, from, kind, octets, &[], time);
        }
    }

    /// The sniffer knows what the connection is.
    fn found(&mut self, side: usize, found: super::sniff::Found, time: Time, out: &mut Out<'_>) {
        use super::sniff::Found;
        let response = matches!(found, Found::Response(_));
        let octets = match found {
            Found::Tls => {
                self.forget(out);
                self.fate = Fate::Encrypted;
                return;
            }
            Found::Request(octets) => {
                (self.client, self.client_known) = (side, true);
                octets
            }
            Found::Response(octets) => {
                (self.client, self.client_known) = (1 - side, true);
                octets
            }
        };
        let number = self.show(out);
        if response {
            out.log.without_request(number, time);
        }
        for side in [0, 1] {
            self.tell_absent(side, time, out);
        }
        for (octets, at) in octets {
            self.emit(side, &octets, at, time, out);
        }
    }

    fn note_overlap(&mut self, side: usize, differ: u64, out: &mut Out<'_>) {
        if let Fate::Shown(number) = self.fate
            && differ > 0
        {
            let (from, kind) = (self.role(side), FaultKind::Overlap);
            out.log.append_fault_of(number, from, kind, differ, &[], self.last);
        }
    }

    /// Nothing more comes of this connection, or of the file.
    pub fn finish(&mut self, out: &mut Out<'_>) {
        if matches!(self.fate, Fate::Undecided | Fate::Shown(_)) {
            self.settle(true, out);
        }
        for side in [0, 1] {
            self.tell_passed(side, self.last, out);
            if self.fate == Fate::Undecided
                && let Some(found) = self.sniffer.gap(side)
            {
                self.found(side, found, self.last, out);
            }
        }
        self.forget(out);
    }

    /// Gives back the memory.
    fn forget(&mut self, out: &mut Out<'_>) {
        for direction in &mut self.directions {
            *out.held -= direction.held_octets;
            direction.forget();
        }
    }

    /// When something was last seen of it.
    pub fn last(&self) -> Time {
        self.last
    }
}
