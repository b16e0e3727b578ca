//! Opens a capture, ours or another's: walks its packets in order and appends the
//! same rows that the live session had, by the same code.
//!
//! In a capture of ours every connection is shown. In others those that ask for
//! WebSocket are, and a stream that somebody chose; the rest is counted.

mod direction;
mod flows;
mod link;
mod packets;
mod replay;
mod sniff;
mod streams;

use super::Log;
use super::buffer::Buffer;
use super::comments::Comments;
use super::gap::Missing;
use super::import::Problems;
use super::pcap::RecordReader;
use super::pcapng::read::{BlockReader, ReadError};
use super::recorder::SharedLog;
use crate::protocol::{Role, Time};
use core::net::SocketAddr;
use flows::{Fate, Flow, Out};
use link::{Interface, Packet, Segment};
pub use replay::Replay;
use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
pub use streams::{Choice, Stream};

/// How far opening is, and whether it is still wanted.
#[derive(Debug, Default)]
pub struct Progress {
    /// Octets of the file that were read.
    pub octets: AtomicU64,
    /// Set to stop.
    pub cancelled: AtomicBool,
    /// Told when rows have become visible, unless it was not asked since.
    pub published: Option<SyncSender<()>>,
}

impl Progress {
    /// Rows have become visible.
    pub fn publish(&self) {
        if let Some(published) = &self.published {
            // Full: it is told already.
            let _ = published.try_send(());
        }
    }
}

/// What opening a file came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Where the file is damaged or cut off; what stands before it is in the log.
    pub damaged_at: Option<u64>,
    /// The recording was ended in order.
    pub ended_in_order: bool,
    /// What the log does not have.
    pub left_out: LeftOut,
    /// Packets of which the snap length cut off octets of TCP.
    pub cut: u64,
    /// The first interface whose packets have no times: where it is described in the
    /// file, and its `if_tsresol`, which no clock can have.
    pub impossible_clock: Option<(u64, u8)>,
    /// Streams that can be opened as WebSocket by choice.
    pub streams: Vec<Stream>,
    /// Somebody cancelled it.
    pub cancelled: bool,
    /// Parts of an imported file that make no sense; the rest was taken.
    pub problems: Problems,
}

/// What is in a capture and not in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// TCP connections without a request for WebSocket.
    pub connections: u64,
    /// TCP connections with TLS.
    pub encrypted: u64,
    /// Packets that are not TCP over IP, or of a link type that is not known.
    pub packets: u64,
    /// Packets that the snap length cut off before the end of their TCP header.
    pub cut: u64,
    /// Packets that are parts of IP packets.
    pub fragments: u64,
    /// Blocks of a pcapng of kinds that are not known: they may hold packets.
    pub blocks: u64,
    /// Entries of a HAR without WebSocket.
    pub items: u64,
    /// JSON Lines of a type that is not known.
    pub lines: u64,
}

/// Which packets belong together.
#[derive(Debug, Default)]
struct Flows {
    all: Vec<Flow>,
    /// The newest of each pair of addresses, in both orders.
    by_ends: HashMap<(SocketAddr, SocketAddr), usize>,
    /// The one that the last packet was of.
    latest: usize,
    /// Those that began with a SYN since the section did: facts count them.
    begun: Vec<usize>,
    /// Octets that wait in all of them.
    held: usize,
}

/// What is known between two batches of packets.
#[derive(Debug, Default)]
struct State {
    interfaces: Vec<Interface>,
    /// The section is one of ours.
    ours: bool,
    /// The last time that a packet had, for those that have none.
    time: Time,
    flows: Flows,
    opened: Opened,
    choice: Option<Choice>,
    comments: Comments,
}

struct Reader<'a> {
    log: &'a mut Log,
    state: &'a mut State,
}

/// Either format.
enum Input<R> {
    Pcapng(BlockReader<R>),
    Pcap(RecordReader<R>),
}

impl<R: Read> Input<R> {
    fn new(input: R) -> Result<Input<R>, ReadError> {
        let mut buffer = Buffer::new(input);
        buffer.fill(12)?;
        if BlockReader::<R>::begins(buffer.octets()) {
            Ok(Input::Pcapng(BlockReader::of(buffer)))
        } else if RecordReader::<R>::begins(buffer.octets()) {
            Ok(Input::Pcap(RecordReader::of(buffer)?))
        } else if buffer.octets().is_empty() {
            Err(ReadError::Empty)
        } else {
            Err(ReadError::NotACapture)
        }
    }

    /// Reads until the next packet is there, or no more comes.
    fn wait(&mut self) -> io::Result<()> {
        match self {
            Input::Pcapng(blocks) => blocks.wait(),
            Input::Pcap(records) => records.wait(),
        }
    }

    /// Whether the next packet can be taken without reading.
    fn is_there(&self) -> bool {
        match self {
            Input::Pcapng(blocks) => blocks.is_there(),
            Input::Pcap(records) => records.is_there(),
        }
    }

    fn position(&self) -> u64 {
        match self {
            Input::Pcapng(blocks) => blocks.position(),
            Input::Pcap(records) => records.position(),
        }
    }
}

/// Blocks taken between two publications of rows at most.
const BATCH: usize = 4096;

/// Reads all of `input` into the log; rows become visible on the way.
///
/// # Errors
/// The file is of another kind, or cannot be read at all.
pub fn open(input: impl Read, log: &SharedLog, progress: &Progress) -> Result<Opened, ReadError> {
    open_stream(input, None, log, progress)
}

/// The same, and shows the chosen stream as well.
///
/// # Errors
/// As [`open`].
pub fn open_stream(
    input: impl Read,
    choice: Option<Choice>,
    log: &SharedLog,
    progress: &Progress,
) -> Result<Opened, ReadError> {
    let mut input = Input::new(input)?;
    let mut state = State { choice, ..State::default() };
    loop {
        // Not under the lock: a pipe may give nothing for long.
        let waited = input.wait();
        let mut guard = log.write();
        let mut reader = Reader { log: &mut guard, state: &mut state };
        let more = waited.map_err(ReadError::Io).and_then(|()| reader.batch(&mut input));
        progress.octets.store(input.position(), Ordering::Relaxed);
        let end = match more {
            Ok(true) if !progress.cancelled.load(Ordering::Relaxed) => None,
            Ok(more) => {
                reader.state.opened.cancelled = more;
                Some(Ok(()))
            }
            Err(ReadError::Damaged(at)) => {
                reader.state.opened.damaged_at = Some(at);
                Some(Ok(()))
            }
            Err(error) => Some(Err(error)),
        };
        if end.is_some() {
            reader.finish();
            guard.over_all();
        }
        guard.publish();
        guard.captured = Some(input.position());
        if let Some(end) = end {
            let flows = &state.flows;
            state.comments.settle(&mut guard, |flow| flows.number(flow));
            return end.map(|()| state.opened);
        }
        drop(guard);
        progress.publish();
    }
}

impl Reader<'_> {
    /// Takes the packets that are there; `false` at the end of the file.
    fn batch(&mut self, input: &mut Input<impl Read>) -> Result<bool, ReadError> {
        for taken in 0..BATCH {
            if taken > 0 && !input.is_there() {
                break;
            }
            if !self.next(input)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads one packet; `false` at the end of the file.
    fn next(&mut self, input: &mut Input<impl Read>) -> Result<bool, ReadError> {
        let more = match input {
            Input::Pcapng(blocks) => match blocks.next_block()? {
                Some(block) => Some(self.block(&block)?),
                None => None,
            },
            Input::Pcap(records) => {
                let header = records.header();
                records.next_record()?.map(|record| self.record(header, &record))
            }
        };
        Ok(more.is_some())
    }

    /// Takes a packet; which of the flows it is of.
    fn packet(&mut self, packet: &Packet<'_>) -> Option<usize> {
        self.state.time = packet.time;
        let left_out = &mut self.state.opened.left_out;
        match packet.segment() {
            link::Found::Segment(segment) => {
                self.state.opened.cut += u64::from(segment.cut > 0);
                return Some(self.segment(packet, &segment));
            }
            link::Found::HeaderCut => left_out.cut += 1,
            link::Found::Fragment => left_out.fragments += 1,
            link::Found::NotTcp => left_out.packets += 1,
        }
        None
    }

    fn segment(&mut self, packet: &Packet<'_>, segment: &Segment<'_>) -> usize {
        let State { flows, ours, choice, opened, .. } = &mut *self.state;
        let (mut index, mut side) = match flows.find(segment) {
            Some((index, side)) => (index, side),
            None => (flows.add(packet, segment), 0),
        };
        let mut out = Out { log: self.log, ours: *ours, held: &mut flows.held };
        // In our own captures a SYN always begins a connection.
        let request = segment.syn && segment.acknowledged.is_none();
        let old = &mut flows.all[index];
        if segment.syn && (*ours && request || old.is_over_with(side, segment.sequence)) {
            let unused = old.packets == [0; 2] && old.at == packet.offset;
            if !unused {
                end(old, opened, !*ours, &mut out);
                index = flows.add(packet, segment);
                side = 0;
                out = Out { log: self.log, ours: *ours, held: &mut flows.held };
            }
        }
        let flow = &mut flows.all[index];
        if request && flows.begun.last() != Some(&index) && flow.at == packet.offset {
            flows.begun.push(index);
            if *ours {
                flow.show(&mut out);
            }
        }
        if flow.at == packet.offset
            && let Some(choice) = choice.filter(|choice| choice.at == flow.at)
        {
            flow.client = usize::from(flow.ends[0] != choice.client);
            if choice.handshake_cut {
                flow.passed = [Some(0); 2];
            }
            let number = flow.show(&mut out);
            out.log.midway(number, packet.time);
        }
        flow.segment(side, segment, packet.time, &mut out);
        index
    }

    /// The file ends: what waited will not come any more.
    fn finish(&mut self) {
        let State { flows, ours, opened, .. } = &mut *self.state;
        let mut out = Out { log: self.log, ours: *ours, held: &mut flows.held };
        for flow in &mut flows.all {
            end(flow, opened, false, &mut out);
        }
    }

    /// The log's number of the connection that a fact calls so: those with a SYN
    /// count, shown or not.
    fn number(&self, fact: u32) -> Option<u32> {
        let Some(before) = fact.checked_sub(1) else { return Some(0) };
        let index = *self.state.flows.begun.get(before as usize)?;
        self.state.flows.number(index)
    }

    /// The octets of `from` that come next were never captured, a fact says.
    fn gap(&mut self, fact: u32, from: Role, octets: u64, missing: Missing, time: Time) {
        let State { flows, ours, .. } = &mut *self.state;
        let begun = (fact as usize).checked_sub(1).and_then(|at| flows.begun.get(at));
        if let Some(&index) = begun {
            let mut out = Out { log: self.log, ours: *ours, held: &mut flows.held };
            flows.all[index].gap(from, octets, missing, time, &mut out);
        }
    }
}

/// Nothing more comes of a flow: what it was is counted.
fn end(flow: &mut Flow, opened: &mut Opened, over: bool, out: &mut Out<'_>) {
    flow.finish(out);
    match flow.fate {
        Fate::Encrypted => opened.left_out.encrypted += 1,
        Fate::Undecided => match Stream::of(flow) {
            Some(stream) => opened.streams.push(stream),
            None => opened.left_out.connections += 1,
        },
        Fate::Shown(number) if over => out.log.over(number, flow.last()),
        Fate::Shown(_) | Fate::Closed => {}
    }
    if !matches!(flow.fate, Fate::Shown(_)) {
        flow.fate = Fate::Closed;
    }
}

impl Flows {
    /// The log's number of a flow that is shown.
    fn number(&self, index: usize) -> Option<u32> {
        match self.all[index].fate {
            Fate::Shown(number) => Some(number),
            _ => None,
        }
    }

    /// The flow of a segment, and which of its ends sent it.
    fn find(&mut self, segment: &Segment<'_>) -> Option<(usize, usize)> {
        let ends = [segment.source, segment.destination];
        let side = |flow: &Flow| match flow.ends {
            these if these == ends => Some(0),
            [first, second] if [second, first] == ends => Some(1),
            _ => None,
        };
        // It is the newest of its ends, or else it would not be the latest.
        if let Some(side) = self.all.get(self.latest).and_then(side) {
            return Some((self.latest, side));
        }
        self.latest = *self.by_ends.get(&(segment.source, segment.destination))?;
        Some((self.latest, side(&self.all[self.latest])?))
    }

    fn add(&mut self, packet: &Packet<'_>, segment: &Segment<'_>) -> usize {
        let index = self.all.len();
        self.all.push(Flow::new(segment, packet.offset, packet.time, packet.outbound));
        self.by_ends.insert((segment.source, segment.destination), index);
        self.by_ends.insert((segment.destination, segment.source), index);
        self.latest = index;
        index
    }
}
