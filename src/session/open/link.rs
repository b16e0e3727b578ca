//! From a packet to the TCP segment in it: link types, IP, and the clock of an
//! interface.

use super::Reader;
use crate::protocol::Time;
use crate::session::pcapng::read::{Packet, RawBlock};
use crate::session::pcapng::{EPB_FLAGS, INBOUND, OUTBOUND};
use core::net::{IpAddr, SocketAddr};
use etherparse::{NetSlice, SlicedPacket, TransportSlice};

#[derive(Debug, Clone, Copy)]
pub(super) struct Interface {
    pub(super) link: i32,
    /// Units of time in a second.
    pub(super) resolution: u64,
    /// Seconds to be added.
    pub(super) offset: i64,
}

impl Reader<'_> {
    /// Takes a packet; `None` if it is not TCP over IP.
    pub(super) fn packet(&mut self, raw: &RawBlock<'_>, packet: &Packet<'_>) -> Option<()> {
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
