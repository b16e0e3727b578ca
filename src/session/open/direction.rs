//! One direction of a TCP connection: which octets come next, and segments that
//! came before their turn. It knows no connection and no WebSocket.
//!
//! Sequence numbers are counted on beyond 32 bits, so that they never wrap.

use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{SECOND, Time};
use std::collections::BTreeMap;

/// Packets of a connection in which one that was overtaken may still come.
const PATIENCE: u64 = 64;
/// And how long that may take.
const PATIENCE_TIME: Time = SECOND;

/// A segment farther away from what comes next belongs to another connection.
const FARTHEST: i64 = 1 << 30;
/// Octets that were taken and are kept, to see whether they are sent again as
/// others.
const KEPT: usize = 16 * 1024;

/// What a segment carries, from a sequence number on.
#[derive(Debug, Default)]
pub(super) struct Carried<O> {
    /// Payload as far as it was captured.
    pub octets: O,
    /// Position in the file of its first octet.
    pub at: u64,
    /// Octets behind it that the snap length cut off.
    pub cut: u32,
    /// FIN or RST behind that.
    pub end: Option<TcpEvent>,
    /// What the sender had received by then.
    pub ack: Option<u64>,
    /// When it was captured.
    pub time: Time,
}

pub(super) type Held = Carried<Box<[u8]>>;

/// What of a segment is new.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fresh {
    /// Octets to be passed over: they came before.
    pub skip: usize,
    /// Octets behind the payload that are missing.
    pub cut: u64,
    /// FIN or RST.
    pub end: Option<TcpEvent>,
    /// Octets that came before and were others then.
    pub differ: u64,
}

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Direction {
    /// The sequence number of the next octet; `None` before the first segment.
    pub next: Option<u64>,
    /// Its first, if that is known by a SYN; else the first that was seen.
    pub start: u64,
    /// Its SYN was seen.
    pub syn: bool,
    /// The other end received everything before it.
    pub acked: u64,
    /// Before the first segment: the least that the other end received, so that
    /// octets behind it are missing.
    pub heard: Option<u64>,
    /// No segment came in spite of that: it was not captured.
    pub absent: bool,
    /// Since when what comes next is known to be missing: which octet, packets, time.
    pub missing_since: Option<(u64, u64, Time)>,
    /// The octet before what comes next was missing and taken for a FIN.
    pub assumed_fin: bool,
    /// Octets held.
    pub held_octets: usize,
    held: BTreeMap<(u64, u32), Held>,
    order: u32,
    kept: Option<Box<[u8]>>,
    /// Since when.
    kept_from: u64,
}

impl Direction {
    /// It begins behind its SYN.
    pub fn begin(&mut self, sequence: u32) {
        let start = self.position(sequence).unwrap_or(1 << 32 | u64::from(sequence)) + 1;
        self.syn = true;
        if self.next.is_none() {
            (self.start, self.next) = (start, Some(start));
        }
    }

    /// Where this sequence number is; `None` if it belongs to another connection.
    pub fn position(&self, sequence: u32) -> Option<u64> {
        let near = self.next.or(self.heard).unwrap_or(1 << 32 | u64::from(sequence));
        let away = i64::from(sequence.wrapping_sub(near as u32) as i32);
        near.checked_add_signed(away).filter(|_| self.next.is_none() || away.abs() < FARTHEST)
    }

    /// The other end received everything before `ack`.
    pub fn acknowledged(&mut self, ack: u64) {
        self.acked = self.acked.max(ack);
        if self.next.is_none() {
            self.heard = Some(self.heard.map_or(ack, |heard| heard.min(ack)));
        }
    }

    /// Whether all before `ack` was taken, or will not come.
    pub fn has_taken(&self, ack: u64) -> bool {
        match self.next {
            Some(next) => ack <= next,
            None => self.absent || self.heard.is_none_or(|heard| ack <= heard),
        }
    }

    /// Keeps octets from now on, to see whether they are sent again as others.
    pub fn keep(&mut self) {
        self.kept = Some(vec![0; KEPT].into());
        self.kept_from = self.next.unwrap_or_default();
    }

    /// What of a segment at `seq`, not behind the next octet, is new; the next
    /// octet is then behind it.
    pub fn advance<O: AsRef<[u8]>>(&mut self, seq: u64, carried: &Carried<O>) -> Fresh {
        let octets = carried.octets.as_ref();
        let mut next = *self.next.get_or_insert(seq);
        let again = next - seq;
        let skip = usize::try_from(again).unwrap_or(usize::MAX).min(octets.len());
        let differ = self.differ(seq, &octets[..skip], next);
        next += (octets.len() - skip) as u64;
        self.remember(seq + skip as u64, &octets[skip..]);
        let behind = seq + octets.len() as u64 + u64::from(carried.cut);
        let cut = behind.saturating_sub(next);
        next += cut;
        let end = match carried.end {
            Some(TcpEvent::Fin) if behind < next => None, // it was sent again
            end => end,
        };
        next += u64::from(end == Some(TcpEvent::Fin));
        self.next = Some(next);
        Fresh { skip, cut, end, differ }
    }

    fn remember(&mut self, seq: u64, octets: &[u8]) {
        let Some(kept) = &mut self.kept else { return };
        let last = octets.len().saturating_sub(KEPT);
        let mut at = ((seq + last as u64) % KEPT as u64) as usize;
        let mut rest = &octets[last..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(KEPT - at));
            kept[at..at + now.len()].copy_from_slice(now);
            (at, rest) = (0, later);
        }
    }

    /// How many octets, of those that are still kept, were others when they came.
    fn differ(&self, seq: u64, octets: &[u8], next: u64) -> u64 {
        let Some(kept) = &self.kept else { return 0 };
        // A probe of keep-alive repeats one octet, whatever it was (RFC 9293 §3.8.4).
        if octets.len() < 2 {
            return 0;
        }
        let oldest = next.saturating_sub(KEPT as u64).max(self.start).max(self.kept_from);
        let numbered = octets.iter().zip(seq..).filter(|(_, seq)| *seq >= oldest);
        numbered.filter(|(octet, seq)| kept[(seq % KEPT as u64) as usize] != **octet).count() as u64
    }

    /// Keeps a segment whose turn has not come, as far as it is new: of octets
    /// that come twice the first copy counts. Says how many differ.
    pub fn hold(&mut self, seq: u64, carried: Carried<&[u8]>) -> u64 {
        let octets = carried.octets;
        let end = seq + octets.len() as u64;
        let mut at = seq.max(self.next.unwrap_or(seq)).min(end);
        let before = self.held.range(..(at, 0)).next_back();
        let first = before.map_or((at, 0), |(key, _)| *key);
        let mut differ = 0;
        let mut gaps = Vec::new();
        for ((start, _), held) in self.held.range(first..(end, 0)) {
            let stop = start + held.octets.len() as u64;
            let common = at.max(*start)..end.min(stop);
            if common.start >= common.end {
                continue;
            }
            let new = &octets[(common.start - seq) as usize..(common.end - seq) as usize];
            let old = &held.octets[(common.start - start) as usize..];
            differ += new.iter().zip(old).filter(|(new, old)| new != old).count() as u64;
            if at < *start {
                gaps.push(at..*start);
            }
            at = common.end;
        }
        let Carried { at: offset, cut, end: ending, ack, time, .. } = carried;
        let mut insert = |range: std::ops::Range<u64>, cut, end| {
            let octets = &octets[(range.start - seq) as usize..(range.end - seq) as usize];
            let held = Held {
                octets: octets.into(),
                at: offset + (range.start - seq),
                cut,
                end,
                ack,
                time,
            };
            self.held_octets += held.octets.len();
            self.held.insert((range.start, self.order), held);
            self.order = self.order.wrapping_add(1);
        };
        for gap in gaps {
            insert(gap, 0, None);
        }
        if at < end || cut > 0 || ending.is_some() {
            insert(at..end, cut, ending);
        }
        differ
    }

    /// Where the first held segment begins, and what its sender had received.
    pub fn first_held(&self) -> Option<(u64, &Held)> {
        self.held.first_key_value().map(|((seq, _), held)| (*seq, held))
    }

    /// Takes the first held segment.
    pub fn pop(&mut self) -> Option<(u64, Held)> {
        let ((seq, _), held) = self.held.pop_first()?;
        self.held_octets -= held.octets.len();
        Some((seq, held))
    }

    /// Whether what comes next, the octet `next`, was waited for long enough, now that
    /// the connection has so many packets; the first time it is asked, waiting begins.
    pub fn has_waited(&mut self, next: u64, packets: u64, time: Time) -> bool {
        let now = (next, packets, time);
        let since = self.missing_since.filter(|(at, ..)| *at == next).unwrap_or(now);
        self.missing_since = Some(since);
        packets - since.1 >= PATIENCE || time - since.2 >= PATIENCE_TIME
    }

    /// Gives back the memory: nothing more comes.
    pub fn forget(&mut self) {
        let (start, next, syn) = (self.start, self.next, self.syn);
        *self = Direction { start, next, syn, ..Direction::default() };
    }

    /// Whether the segment that comes next is there, and only waits for the other end.
    pub fn has_head(&self) -> bool {
        self.first_held().is_some_and(|(seq, _)| self.next.is_none_or(|next| seq <= next))
    }

    /// Whether a segment waits for its turn.
    pub fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// Whether the other end has received what did not come: octets, or a FIN.
    pub fn is_behind(&self) -> bool {
        self.next.or(self.heard).is_some_and(|next| self.acked > next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(octets: &[u8]) -> Carried<&[u8]> {
        Carried { octets, ..Carried::default() }
    }

    fn all(direction: &mut Direction) -> Vec<u8> {
        let mut octets = Vec::new();
        while let Some((seq, held)) = direction.pop() {
            let fresh = direction.advance(seq, &held);
            octets.extend_from_slice(&held.octets[fresh.skip..]);
        }
        octets
    }

    #[test]
    fn the_first_copy_of_an_octet_counts() {
        let mut direction = Direction::default();
        direction.begin(u32::MAX - 2);
        let start = direction.start;
        assert_eq!(direction.hold(start + 4, carried(b"EF")), 0);
        assert_eq!(direction.hold(start + 1, carried(b"bcdefgh")), 2);
        assert_eq!(direction.hold(start + 9, carried(b"j")), 0);
        assert_eq!(direction.hold(start, carried(b"aXcdEFghij")), 1);
        assert_eq!(all(&mut direction), b"abcdEFghij");
        assert_eq!(direction.next, Some(start + 10));
        assert_eq!(direction.held_octets, 0);
    }

    #[test]
    fn numbers_go_on_where_they_wrap() {
        let mut direction = Direction::default();
        direction.begin(u32::MAX - 1);
        assert_eq!(direction.position(u32::MAX), direction.next);
        assert_eq!(direction.position(1), direction.next.map(|next| next + 2));
        assert_eq!(direction.position(u32::MAX - 1), direction.next.map(|next| next - 1));
        assert_eq!(direction.position(0x7000_0000), None, "another connection's");
    }

    #[test]
    fn what_is_sent_again_is_compared() {
        let mut direction = Direction::default();
        direction.begin(99);
        direction.keep();
        let start = direction.start;
        assert_eq!(direction.advance(start, &carried(b"abcd")).differ, 0);
        let fresh = direction.advance(start + 1, &carried(b"bXdefg"));
        assert_eq!((fresh.skip, fresh.differ), (3, 1));
        // Keep-alive: one octet before the next, whatever it is.
        assert_eq!(direction.advance(start + 6, &carried(b"\0")).differ, 0);
        let long = vec![b'x'; 3 * KEPT];
        direction.advance(start + 7, &carried(&long));
        assert_eq!(direction.advance(start + 7, &carried(&long)).differ, 0);
    }
}
