//! Opens a capture: walks its packets in order and appends the same rows that
//! the live session had, by the same code.
//!
//! A connection begins with a SYN. In a capture of somebody else only those that
//! begin with a GET are taken; segments are expected in order (one that was sent
//! again is passed over).

use super::Log;
use super::assemble::Place;
use super::log::Piece;
use super::pcapng::facts::{COMMENT_PREFIX, Fact, What, role};
use super::pcapng::read::{BlockReader, Packet, RawBlock, ReadError};
use super::pcapng::{EPB, EPB_FLAGS, INBOUND, OPT_COMMENT, OUTBOUND};
use super::recorder::SharedLog;
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{Role, Time};
use core::net::{IpAddr, SocketAddr};
use etherparse::{NetSlice, SlicedPacket, TcpSlice, TransportSlice};
use pcap_parser::pcapng::Block;
use std::collections::HashMap;
use std::convert::Infallible;
use std::io::Read;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far opening is, and whether it is still wanted.
#[derive(Debug, Default)]
pub struct Progress {
    /// Octets of the file that were read.
    pub octets: AtomicU64,
    /// Set to stop.
    pub cancelled: AtomicBool,
}

/// What opening a file came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Where the file is damaged or cut off; what stands before it is in the log.
    pub damaged_at: Option<u64>,
    /// The recording was ended in order.
    pub ended_in_order: bool,
    /// TCP connections without a request by GET, packets without TCP: left out.
    pub left_out: u64,
    /// Somebody cancelled it.
    pub cancelled: bool,
}

#[derive(Debug, Clone, Copy)]
struct Interface {
    link: i32,
    /// Units of time in a second.
    resolution: u64,
    /// Seconds to be added.
    offset: i64,
}

/// A direction of a TCP connection: from, to.
type Key = (SocketAddr, SocketAddr);

#[derive(Debug)]
struct Flow {
    client: SocketAddr,
    server: SocketAddr,
    role: Option<Role>,
    since: Time,
    /// The log's number; `None` until the first octets of a stranger.
    number: Option<u32>,
    /// Next sequence number of each end.
    next: [Option<u32>; 2],
    ignored: bool,
}

struct Reader<'a> {
    log: &'a mut Log,
    interfaces: Vec<Interface>,
    ours: bool,
    flows: Vec<Flow>,
    by_key: HashMap<Key, usize>,
    opened: Opened,
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

/// Blocks read between two publications of rows.
const BATCH: usize = 4096;

/// Reads all of `input` into the log; rows become visible on the way.
///
/// # Errors
/// The file is of another kind, or cannot be read at all.
pub fn open(input: impl Read, log: &SharedLog, progress: &Progress) -> Result<Opened, ReadError> {
    let mut blocks = BlockReader::new(input)?;
    let mut opened = Opened::default();
    let (mut interfaces, mut flows, mut by_key, mut ours) = (vec![], vec![], HashMap::new(), false);
    loop {
        let mut guard = log.write();
        let mut reader = Reader { log: &mut guard, interfaces, ours, flows, by_key, opened };
        let more = reader.batch(&mut blocks);
        Reader { interfaces, ours, flows, by_key, opened, .. } = reader;
        progress.octets.store(blocks.position(), Ordering::Relaxed);
        let end = match more {
            Ok(true) if !progress.cancelled.load(Ordering::Relaxed) => None,
            Ok(more) => {
                opened.cancelled = more;
                Some(Ok(()))
            }
            Err(ReadError::Damaged(at)) => {
                opened.damaged_at = Some(at);
                Some(Ok(()))
            }
            Err(error) => Some(Err(error)),
        };
        if end.is_some() {
            guard.over_all();
        }
        guard.publish();
        guard.captured = Some(blocks.position());
        drop(guard);
        match end {
            None => {}
            Some(Ok(())) => return Ok(opened),
            Some(Err(error)) => return Err(error),
        }
    }
}

impl Reader<'_> {
    /// Reads some blocks; `false` at the end of the file.
    fn batch(&mut self, blocks: &mut BlockReader<impl Read>) -> Result<bool, ReadError> {
        for _ in 0..BATCH {
            match blocks.next_block()? {
                Some(block) => self.block(&block)?,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn block(&mut self, raw: &RawBlock<'_>) -> Result<(), ReadError> {
        if let Some(json) = raw.local() {
            if let Some(fact) = Fact::from_json(json) {
                self.fact(&fact);
            }
            return Ok(());
        }
        if raw.kind == EPB {
            let packet = raw.packet().ok_or(ReadError::Damaged(raw.offset))?;
            if self.packet(raw, &packet).is_none() {
                self.opened.left_out += 1;
            }
            for (_, text) in packet.options.filter(|(code, _)| *code == OPT_COMMENT) {
                self.comment(text);
            }
            return Ok(());
        }
        match raw.parse() {
            Some(Block::SectionHeader(section)) => {
                self.interfaces.clear();
                self.ours = section
                    .options
                    .iter()
                    .any(|o| o.code.0 == 4 && o.value.starts_with(b"wsscope "));
                for option in section.options.iter().filter(|o| o.code.0 == OPT_COMMENT) {
                    self.comment(option.as_bytes().unwrap_or_default());
                }
            }
            Some(Block::InterfaceDescription(interface)) => self.interfaces.push(Interface {
                link: interface.linktype.0,
                resolution: interface.ts_resolution().unwrap_or(1_000_000),
                // The parser reads it as little-endian whatever the section says.
                offset: if raw.big_endian {
                    interface.if_tsoffset.swap_bytes()
                } else {
                    interface.if_tsoffset
                },
            }),
            _ => {}
        }
        Ok(())
    }

    fn comment(&mut self, text: &[u8]) {
        let fact = text.strip_prefix(COMMENT_PREFIX.as_bytes()).and_then(Fact::from_json);
        if let Some(fact) = fact {
            self.fact(&fact);
        }
    }

    fn fact(&mut self, fact: &Fact) {
        let (number, time) = (fact.connection, fact.time);
        match &fact.what {
            What::Fault { .. } => {
                if let Some(fault) = fact.fault() {
                    self.log.append_fault(number, fault, time);
                }
            }
            What::Lost { from, error } => {
                if let Some(from) = role(from) {
                    self.log.tcp(number, from, TcpEvent::Lost, error.clone(), time);
                }
            }
            What::Over {} => self.log.over(number, time),
            What::End {} => self.opened.ended_in_order = true,
        }
    }

    /// Takes a packet; `None` if it is not TCP over IP.
    fn packet(&mut self, raw: &RawBlock<'_>, packet: &Packet<'_>) -> Option<()> {
        let interface = *self.interfaces.get(packet.interface as usize)?;
        let sliced = slice(interface.link, packet.data)?;
        let Some(TransportSlice::Tcp(tcp)) = &sliced.transport else { return None };
        let (source, destination) = addresses(&sliced)?;
        let source = SocketAddr::new(source, tcp.source_port());
        let destination = SocketAddr::new(destination, tcp.destination_port());
        let payload = tcp.payload();
        // The payload is a slice of the block: where it stands in the file.
        let at = payload.as_ptr() as usize - raw.octets.as_ptr() as usize;
        let at = raw.offset + at as u64;
        let time = time(interface, packet.time);
        let mut options = packet.options;
        let outbound = options
            .find(|(code, _)| *code == EPB_FLAGS)
            .and_then(|(_, value)| value.get(..4)?.try_into().ok())
            .and_then(|flags| {
                let flags = if raw.big_endian {
                    u32::from_be_bytes(flags)
                } else {
                    u32::from_le_bytes(flags)
                };
                match flags & 3 {
                    OUTBOUND => Some(true),
                    INBOUND => Some(false),
                    _ => None, // the direction is not known
                }
            });
        self.segment((source, destination), tcp, payload, at, time, outbound);
        Some(())
    }

    fn segment(
        &mut self,
        key: Key,
        tcp: &TcpSlice<'_>,
        payload: &[u8],
        at: u64,
        time: Time,
        outbound: Option<bool>,
    ) {
        let (source, destination) = key;
        if tcp.syn() && !tcp.ack() {
            return self.begin(key, tcp.sequence_number(), time, outbound);
        }
        let Some(&index) = self.by_key.get(&(source, destination)) else {
            self.opened.left_out += 1;
            return;
        };
        let flow = &mut self.flows[index];
        let from = if flow.client == source { Role::Client } else { Role::Server };
        if tcp.syn() {
            flow.next[from.index()] = Some(tcp.sequence_number().wrapping_add(1));
            return;
        }
        let next = flow.next[from.index()].get_or_insert(tcp.sequence_number());
        let again = next.wrapping_sub(tcp.sequence_number());
        // What was sent again is passed over; half the number space is "before".
        let skip = if again < u32::MAX / 2 { (again as usize).min(payload.len()) } else { 0 };
        let fresh = &payload[skip..];
        let fin_again = tcp.fin() && again > payload.len() as u32 && again < u32::MAX / 2;
        *next = next.wrapping_add(fresh.len() as u32 + u32::from(tcp.fin() && !fin_again));
        if !fresh.is_empty() && !flow.ignored {
            let get = fresh.starts_with(b"GET ") && from == Role::Client;
            if flow.number.is_none() && !get {
                flow.ignored = true;
                self.opened.left_out += 1;
            } else {
                self.start_connection(index);
            }
        }
        let Some(number) = self.flows[index].number else { return };
        if !fresh.is_empty() {
            let Ok(()) =
                self.log.octets(number, from, time, fresh, &mut InFile { at: at + skip as u64 });
        }
        if tcp.rst() {
            self.log.tcp(number, from, TcpEvent::Rst, None, time);
        } else if tcp.fin() && !fin_again {
            self.log.tcp(number, from, TcpEvent::Fin, None, time);
        }
    }

    fn begin(&mut self, (client, server): Key, sequence: u32, time: Time, outbound: Option<bool>) {
        let index = self.flows.len();
        self.flows.push(Flow {
            client,
            server,
            role: outbound.map(|out| if out { Role::Client } else { Role::Server }),
            since: time,
            number: None,
            next: [Some(sequence.wrapping_add(1)), None],
            ignored: false,
        });
        self.by_key.insert((client, server), index);
        self.by_key.insert((server, client), index);
        if self.ours {
            self.start_connection(index);
        }
    }

    fn start_connection(&mut self, index: usize) {
        let number = self.log.connections().len() as u32 + 1;
        let flow = &mut self.flows[index];
        if flow.number.is_none() {
            flow.number = Some(number);
            self.log.opened(number, flow.role, flow.client, flow.server, flow.since);
        }
    }
}

fn addresses(packet: &SlicedPacket<'_>) -> Option<(IpAddr, IpAddr)> {
    match packet.net.as_ref()? {
        NetSlice::Ipv4(ip) => {
            Some((ip.header().source_addr().into(), ip.header().destination_addr().into()))
        }
        NetSlice::Ipv6(ip) => {
            Some((ip.header().source_addr().into(), ip.header().destination_addr().into()))
        }
        _ => None,
    }
}

fn slice(link: i32, data: &[u8]) -> Option<SlicedPacket<'_>> {
    match link {
        1 => SlicedPacket::from_ethernet(data).ok(),
        101 | 228 | 229 | 12 | 14 => SlicedPacket::from_ip(data).ok(),
        0 | 108 => SlicedPacket::from_ip(data.get(4..)?).ok(),
        113 => SlicedPacket::from_linux_sll(data).ok(),
        276 => SlicedPacket::from_ip(data.get(20..)?).ok(),
        _ => None,
    }
}

fn time(interface: Interface, units: u64) -> Time {
    if interface.resolution == 1_000_000_000 && interface.offset == 0 {
        return units;
    }
    let nanos = u128::from(units) * 1_000_000_000 / u128::from(interface.resolution.max(1));
    let offset = i128::from(interface.offset) * 1_000_000_000;
    let time = i128::try_from(nanos).unwrap_or(i128::MAX).saturating_add(offset);
    Time::try_from(time).unwrap_or(0)
}
