//! Figures of the rows that a view shows: frames and octets over time, sizes,
//! opcodes, round trips of Pings. Kept up to date a bounded piece at a time.

use super::entry;
use super::heartbeat::Heartbeat;
use super::log::Log;
use super::row::{Kind, Row};
use super::source::Source;
use super::view::View;
use crate::protocol::{MILLISECOND, Opcode, Role, Time};
use std::collections::{BTreeMap, HashMap};

/// What one call of [`Statistics::update`] may cost, in rows: a few milliseconds.
const AT_A_TIME: u64 = 200_000;
/// What a Ping or Pong costs, in rows: its payload is read from the file.
const READING: u64 = 200;
/// Slices of time that are kept.
const SLICES: usize = 2000;

/// Frames and octets, of the client and of the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Slice {
    /// Frames of each end.
    pub frames: [u64; 2],
    /// Octets of each end's frames, headers included.
    pub octets: [u64; 2],
}

impl Slice {
    fn add(&mut self, other: &Slice) {
        for end in 0..2 {
            self.frames[end] += other.frames[end];
            self.octets[end] += other.octets[end];
        }
    }
}

/// How many values there were, the least and the greatest, and roughly the rest.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Spread {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: u128,
    /// The least.
    pub min: u64,
    /// The greatest.
    pub max: u64,
    /// How many in each bin; a bin is narrower than a hundredth of its value.
    bins: BTreeMap<u32, u64>,
}

/// Bits that tell values of one magnitude apart.
const FINE: u32 = 7;

impl Spread {
    fn add(&mut self, value: u64) {
        self.min = if self.count == 0 { value } else { self.min.min(value) };
        self.max = self.max.max(value);
        self.count += 1;
        self.sum += u128::from(value);
        *self.bins.entry(bin(value)).or_default() += 1;
    }

    /// The value that half of them do not exceed, to a hundredth.
    #[must_use]
    pub fn median(&self) -> Option<u64> {
        let mut left = self.count.checked_sub(1)? / 2;
        for (bin, count) in &self.bins {
            match left.checked_sub(*count) {
                Some(rest) => left = rest,
                None => return Some(begin(*bin).clamp(self.min, self.max)),
            }
        }
        None
    }

    /// Both together.
    #[must_use]
    pub fn with(&self, other: &Spread) -> Spread {
        let [min, max] = match (self.count, other.count) {
            (_, 0) => [self.min, self.max],
            (0, _) => [other.min, other.max],
            _ => [self.min.min(other.min), self.max.max(other.max)],
        };
        let mut bins = self.bins.clone();
        other.bins.iter().for_each(|(bin, count)| *bins.entry(*bin).or_default() += count);
        Spread { count: self.count + other.count, sum: self.sum + other.sum, min, max, bins }
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }
}

fn bin(value: u64) -> u32 {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(FINE + 1);
    (shift << (FINE + 1)) | (value >> shift) as u32
}

fn begin(bin: u32) -> u64 {
    u64::from(bin & ((2 << FINE) - 1)) << (bin >> (FINE + 1))
}

/// Sizes are counted by powers of two: 0, 1, 2–3, 4–7, … up to 2^63 and more.
pub const SIZES: usize = 65;

/// A round trip: when the Pong came, in nanoseconds since the log's first row, who
/// had asked, and how long it took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RoundTrip {
    /// When the Pong came.
    pub at: Time,
    /// Whose Ping it was.
    pub from: Role,
    /// Nanoseconds from the Ping to its Pong.
    pub took: Time,
}

/// Round trips that are kept one by one, for the plot.
const ROUND_TRIPS: usize = 2000;

/// The figures.
#[derive(Debug)]
pub struct Statistics {
    looked: u64,
    /// Of the rows that the view showed then.
    generation: u64,
    width: Time,
    slices: Vec<Slice>,
    /// All frames.
    pub total: Slice,
    /// Payloads of each end's frames.
    pub payload: [Spread; 2],
    /// How many payloads of each end are of a size, by powers of two.
    pub sizes: [[u64; SIZES]; 2],
    /// Frames of each opcode, of each end.
    pub opcodes: [[u64; 16]; 2],
    /// Round trips of each end's Pings, in nanoseconds.
    pub round_trips: [Spread; 2],
    /// Some of them, evenly spread.
    pub some_round_trips: Vec<RoundTrip>,
    skip: u64,
    waiting: HashMap<u32, Heartbeat>,
    /// Octets of compressed messages on the wire, and inflated.
    pub compressed: [(u64, u64); 2],
}

impl Default for Statistics {
    fn default() -> Statistics {
        Statistics {
            generation: 0,
            looked: 0,
            width: MILLISECOND,
            slices: Vec::new(),
            total: Slice::default(),
            payload: Default::default(),
            sizes: [[0; SIZES]; 2],
            opcodes: [[0; 16]; 2],
            round_trips: Default::default(),
            some_round_trips: Vec::new(),
            skip: 1,
            waiting: HashMap::new(),
            compressed: [(0, 0); 2],
        }
    }
}

/// Octets of the compressed message that ends with this row, as sent and inflated.
fn inflated(log: &Log, index: u64) -> Option<(u64, u64)> {
    let message = log.compressed(index)?;
    Some((message.octets(log), message.inflated().ok()?))
}

impl Statistics {
    /// Rows of the view that were looked at.
    #[must_use]
    pub fn looked(&self) -> u64 {
        self.looked
    }

    /// Looks at rows of the view that came since; `false` while some are left.
    pub fn update(&mut self, log: &Log, source: &Source, view: &View) -> bool {
        if self.generation != view.generation() {
            *self = Statistics { generation: view.generation(), ..Statistics::default() };
        }
        let mut left = AT_A_TIME;
        while left > 0 {
            let Some(index) = view.index(self.looked) else { return true };
            let Some(row) = log.row(index) else { return true };
            self.looked += 1;
            let heartbeat = row.kind == Kind::Frame && row.opcode().is_control();
            left = left.saturating_sub(if heartbeat { READING } else { 1 });
            match (row.kind, row.from()) {
                (Kind::Frame, Some(from)) => self.frame(log, source, index, row, from),
                (Kind::Closed, _) => drop(self.waiting.remove(&row.connection)),
                _ => {}
            }
        }
        self.looked == view.len()
    }

    fn frame(&mut self, log: &Log, source: &Source, index: u64, row: &Row, from: Role) {
        let end = from.index();
        let at = row.time.saturating_sub(log.start().unwrap_or(row.time));
        let mut slice = Slice::default();
        slice.frames[end] = 1;
        slice.octets[end] = log.octets_len(index);
        self.total.add(&slice);
        self.slice(at).add(&slice);
        let len = log.payload_len(index);
        self.payload[end].add(len);
        self.sizes[end][(u64::BITS - len.leading_zeros()) as usize] += 1;
        let opcode = row.opcode();
        self.opcodes[end][usize::from(opcode.value())] += 1;
        if let Some((wire, whole)) = inflated(log, index) {
            self.compressed[end].0 += wire;
            self.compressed[end].1 += whole;
        }
        if (opcode == Opcode::PING || opcode == Opcode::PONG) && row.is_complete() {
            let payload = entry::beginning(log, source, index, u64::MAX).unwrap_or_default();
            let waiting = self.waiting.entry(row.connection).or_default();
            if opcode == Opcode::PING {
                waiting.ping(from, &payload, row.time);
            } else if let Ok(took) = waiting.pong(from, &payload, row.time) {
                self.round_trip(RoundTrip { at, from: from.peer(), took });
            }
        }
    }

    fn round_trip(&mut self, trip: RoundTrip) {
        let spreads = &mut self.round_trips;
        spreads[trip.from.index()].add(trip.took);
        let count = spreads[0].count + spreads[1].count;
        if count.is_multiple_of(self.skip) {
            self.some_round_trips.push(trip);
        }
        if self.some_round_trips.len() > ROUND_TRIPS {
            let mut every = [true, false].into_iter().cycle();
            self.some_round_trips.retain(|_| every.next() == Some(true));
            self.skip *= 2;
        }
    }

    /// The slice of this time; all become ten times as wide until it is one of them.
    fn slice(&mut self, at: Time) -> &mut Slice {
        while at / self.width >= SLICES as u64 {
            self.width *= 10;
            self.slices = merged(&self.slices, 10);
        }
        let at = (at / self.width) as usize;
        if self.slices.len() <= at {
            self.slices.resize(at + 1, Slice::default());
        }
        &mut self.slices[at]
    }

    /// Slices of time since the log's first row, at most about so many, and how
    /// wide they are in nanoseconds: 1, 2 or 5 times a power of ten.
    #[must_use]
    pub fn slices(&self, most: usize) -> (Time, Vec<Slice>) {
        let mut by = 1;
        for factor in [2, 5, 10, 20, 50, 100, 200, 500, 1000] {
            if self.slices.len().div_ceil(by) > most.max(2) {
                by = factor;
            }
        }
        (self.width * by as u64, merged(&self.slices, by))
    }

    /// How many octets became one on the wire; `None` where nothing was compressed.
    #[must_use]
    pub fn ratio(&self, from: Role) -> Option<f64> {
        let (wire, whole) = self.compressed[from.index()];
        (wire > 0).then(|| whole as f64 / wire as f64)
    }
}

fn merged(slices: &[Slice], by: usize) -> Vec<Slice> {
    let merge = |slices: &[Slice]| {
        let mut sum = Slice::default();
        slices.iter().for_each(|slice| sum.add(slice));
        sum
    };
    slices.chunks(by).map(merge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_is_narrower_than_a_hundredth() {
        for value in (0..64).flat_map(|shift| [1u64 << shift, (1 << shift) + (1 << shift) / 3]) {
            let begin = begin(bin(value));
            assert!(begin <= value && (value - begin) as f64 <= value as f64 / 100.0, "{value}");
        }
        assert!((0..100_000u64).is_sorted_by_key(bin));
        assert!(bin(u64::MAX) > bin(u64::MAX / 2));
    }

    #[test]
    fn the_median_lies_in_the_middle() {
        let mut spread = Spread::default();
        assert_eq!((spread.median(), spread.mean()), (None, None));
        for value in [5, 1, 1_000_000, 7, 6] {
            spread.add(value);
        }
        assert_eq!((spread.median(), spread.min, spread.max), (Some(6), 1, 1_000_000));
        for _ in 0..9 {
            spread.add(2_000_000_000);
        }
        let median = spread.median().unwrap() as f64;
        assert!((median / 2e9 - 1.0).abs() < 0.01, "{median}");
    }

    #[test]
    fn slices_become_wider_and_lose_nothing() {
        let mut statistics = Statistics::default();
        for at in [0, 1, 1999, 2000, 3_000_000, 86_400_000_000] {
            statistics.slice(at * MILLISECOND).frames[0] += 1;
        }
        for most in [1, 10, 100, 1000] {
            let (width, slices) = statistics.slices(most);
            assert!(slices.len() <= most.max(2) && slices.len() > most / 11);
            assert_eq!(slices.iter().map(|slice| slice.frames[0]).sum::<u64>(), 6);
            let last = 86_400_000_000 * MILLISECOND / width;
            assert_eq!((slices.len() as u64 - 1, slices.last().unwrap().frames[0]), (last, 1));
        }
    }
}
