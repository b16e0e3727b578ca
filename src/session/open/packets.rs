//! Blocks of a pcapng and records of a pcap: packets, interfaces, and facts of
//! ours.

use super::Reader;
use super::link::{self, Interface, Packet};
use crate::protocol::closing_handshake::TcpEvent;
use crate::session::gap::Missing;
use crate::session::pcap::{self, Record};
use crate::session::pcapng::facts::{COMMENT_PREFIX, Fact, What, role};
use crate::session::pcapng::read::{self, RawBlock, ReadError};
use crate::session::pcapng::{EPB_FLAGS, IDB, INBOUND, OPT_COMMENT, OTHERS, OUTBOUND, SHB, SPB};
use pcap_parser::pcapng::Block;
use pcap_parser::traits::PcapNGPacketBlock as _;

impl Reader<'_> {
    pub(super) fn record(&mut self, header: pcap::Header, record: &Record<'_>) {
        let unit = 1_000_000_000 / header.resolution;
        let time = u64::from(record.seconds) * 1_000_000_000 + u64::from(record.fraction) * unit;
        self.log.at = record.offset;
        self.state.comments.packet(record.offset);
        self.packet(&Packet {
            link: i32::from(header.link),
            time,
            data: record.data,
            offset: record.offset,
            original: record.original,
            outbound: None,
        });
    }

    pub(super) fn block(&mut self, raw: &RawBlock<'_>) -> Result<(), ReadError> {
        self.log.at = raw.offset;
        if let Some(json) = raw.local() {
            if let Some(fact) = Fact::from_json(json) {
                self.fact(&fact);
            }
            return Ok(());
        }
        if raw.is_packet() {
            let packet = raw.packet().ok_or(ReadError::Damaged(raw.offset))?;
            self.state.comments.packet(raw.offset);
            let flow = self.enhanced(raw, &packet);
            for (_, text) in packet.options.filter(|(code, _)| *code == OPT_COMMENT) {
                self.comment(text);
                self.state.comments.of_packet(raw.offset, text, flow, self.log);
            }
            return Ok(());
        }
        match raw.parse() {
            Some(Block::SectionHeader(section)) => {
                self.state.interfaces.clear();
                self.state.flows.begun.clear();
                self.state.ours = section
                    .options
                    .iter()
                    .any(|o| o.code.0 == 4 && o.value.starts_with(b"wsscope "));
                for option in section.options.iter().filter(|o| o.code.0 == OPT_COMMENT) {
                    let text = option.as_bytes().unwrap_or_default();
                    self.comment(text);
                    self.state.comments.of_section(raw.offset, text);
                }
            }
            Some(Block::InterfaceDescription(interface)) => {
                // The parser takes no power of two for what it is.
                let resolution = link::resolution(interface.if_tsresol);
                if resolution.is_none() {
                    let clock = (raw.offset, interface.if_tsresol);
                    self.state.opened.impossible_clock.get_or_insert(clock);
                }
                self.state.interfaces.push(Interface {
                    link: interface.linktype.0,
                    resolution,
                    // The parser reads it as little-endian whatever the section says.
                    offset: if raw.big_endian {
                        interface.if_tsoffset.swap_bytes()
                    } else {
                        interface.if_tsoffset
                    },
                    snap: interface.snaplen,
                });
            }
            // It has no time of its own.
            Some(Block::SimplePacket(packet)) => {
                let Some(interface) = self.state.interfaces.first() else {
                    self.state.opened.left_out.packets += 1;
                    return Ok(());
                };
                let captured = match interface.snap {
                    0 => usize::MAX,
                    snap => snap as usize,
                };
                let data = packet.packet_data();
                let data = &data[..data.len().min(captured)];
                let (link, time) = (interface.link, self.state.time);
                let offset = position(raw, data);
                let original = packet.origlen;
                self.packet(&Packet { link, time, data, offset, original, outbound: None });
            }
            _ if matches!(raw.kind, SHB | IDB | SPB) => {
                return Err(ReadError::Damaged(raw.offset));
            }
            _ if OTHERS.contains(&raw.kind) => {}
            // It may hold packets.
            _ => self.state.opened.left_out.blocks += 1,
        }
        Ok(())
    }

    /// Takes a packet; which of the flows it is of.
    fn enhanced(&mut self, raw: &RawBlock<'_>, packet: &read::Packet<'_>) -> Option<usize> {
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
        let Some(interface) = self.state.interfaces.get(packet.interface as usize) else {
            self.state.opened.left_out.packets += 1;
            return None;
        };
        let packet = Packet {
            link: interface.link,
            time: interface.time(packet.time).unwrap_or(self.state.time),
            data: packet.data,
            offset: position(raw, packet.data),
            original: packet.original,
            outbound,
        };
        self.packet(&packet)
    }

    fn comment(&mut self, text: &[u8]) {
        let fact = text.strip_prefix(COMMENT_PREFIX.as_bytes()).and_then(Fact::from_json);
        if let Some(fact) = fact {
            self.fact(&fact);
        }
    }

    fn fact(&mut self, fact: &Fact) {
        let time = fact.time;
        if fact.what == (What::End {}) {
            self.state.opened.ended_in_order = true;
        }
        let Some(number) = self.number(fact.connection) else { return };
        match &fact.what {
            What::Fault(stored) => {
                if let Some(fault) = stored.fault() {
                    self.log.append_fault(number, fault, time);
                }
            }
            What::Tunnel(tunnel) => self.log.tunnel(number, tunnel.clone()),
            What::Tls(tls) => self.log.tls(number, tls.clone(), time),
            What::Page(page) => self.log.page(number, page.clone()),
            What::Observed(stored) => self.log.close_event(number, stored.clone().into(), time),
            What::CloseNotify { from } => {
                if let Some(from) = role(from) {
                    self.log.close_notify(number, from);
                }
            }
            What::Gap { from, octets, cut } => {
                let missing = if *cut { Missing::Cut } else { Missing::Lost };
                if let Some(from) = role(from) {
                    self.gap(fact.connection, from, *octets, missing, time);
                }
            }
            What::Lost { from, error } => {
                if let Some(from) = role(from) {
                    self.log.tcp(number, from, TcpEvent::Lost, error.clone(), time);
                }
            }
            What::Note { .. } => self.log.note_of_fact(fact),
            What::Over {} => self.log.over(number, time),
            What::End {} => {}
            What::MadeFrom(from) => self.log.made_from = Some(from.clone()),
        }
    }
}

/// Where octets of a block stand in the file.
fn position(raw: &RawBlock<'_>, slice: &[u8]) -> u64 {
    let within = slice.as_ptr() as usize - raw.octets.as_ptr() as usize;
    raw.offset + within as u64
}
