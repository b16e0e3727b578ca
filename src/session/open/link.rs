//! From a packet to the TCP segment in it: link types, IP, and the clock of an
//! interface. Taking headers apart is `etherparse`'s.

use crate::protocol::{SECOND, Time};
use crate::session::pcapng::LINKTYPE_RAW;
use core::net::{IpAddr, SocketAddr};
use etherparse::{
    EtherType, IpNumber, Ipv4HeaderSlice, Ipv6HeaderSlice, LaxNetSlice, LaxSlicedPacket, TcpSlice,
    TransportSlice, err::Layer,
};

#[derive(Debug, Clone, Copy)]
pub(super) struct Interface {
    pub(super) link: i32,
    /// Units of time in a second; nothing if its packets have no times.
    pub(super) resolution: Option<u64>,
    /// Seconds to be added.
    pub(super) offset: i64,
    /// Octets captured of a packet at most; 0 for no limit.
    pub(super) snap: u32,
}

/// A packet of a capture, whatever its format.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packet<'a> {
    pub(super) link: i32,
    pub(super) time: Time,
    /// What was captured of it.
    pub(super) data: &'a [u8],
    /// Position of that in the file.
    pub(super) offset: u64,
    /// Octets that it had.
    pub(super) original: u32,
    /// Whether it left this machine, where that is known.
    pub(super) outbound: Option<bool>,
}

/// What was found in a packet.
#[derive(Debug)]
pub(super) enum Found<'a> {
    Segment(Segment<'a>),
    /// Part of an IP packet.
    Fragment,
    /// Cut off before the end of its TCP header.
    HeaderCut,
    /// No TCP, or a link that is not known.
    NotTcp,
}

/// A TCP segment.
#[derive(Debug)]
pub(super) struct Segment<'a> {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) sequence: u32,
    pub(super) acknowledged: Option<u32>,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    /// As far as it was captured.
    pub(super) payload: &'a [u8],
    /// Position of that in the file.
    pub(super) at: u64,
    /// Octets of payload that were cut off.
    pub(super) cut: u32,
}

impl<'a> Packet<'a> {
    /// Takes the headers of a whole packet apart that has nothing but IPv4 or IPv6 and
    /// TCP, as ours do, without looking for all else.
    fn plain(&self) -> Option<Segment<'a>> {
        if self.link != i32::from(LINKTYPE_RAW) || self.original as usize != self.data.len() {
            return None;
        }
        let (source, destination, len): (IpAddr, IpAddr, _) = match self.data.first()? >> 4 {
            4 => {
                let ip = Ipv4HeaderSlice::from_slice(self.data).ok()?;
                let plain = ip.protocol() == IpNumber::TCP
                    && !ip.is_fragmenting_payload()
                    && usize::from(ip.total_len()) == self.data.len();
                plain.then(|| {
                    (ip.source_addr().into(), ip.destination_addr().into(), ip.slice().len())
                })?
            }
            _ => {
                let ip = Ipv6HeaderSlice::from_slice(self.data).ok()?;
                let len = ip.slice().len();
                let plain = ip.next_header() == IpNumber::TCP
                    && usize::from(ip.payload_length()) == self.data.len() - len;
                plain.then(|| (ip.source_addr().into(), ip.destination_addr().into(), len))?
            }
        };
        let tcp = TcpSlice::from_slice(self.data.get(len..)?).ok()?;
        let header = tcp.header_slice().len();
        Some(Segment::of([source, destination], &tcp, self.offset + (len + header) as u64, 0))
    }

    /// Takes its headers apart.
    pub(super) fn segment(&self) -> Found<'a> {
        if let Some(segment) = self.plain() {
            return Found::Segment(segment);
        }
        let was_cut = self.original as usize > self.data.len();
        let sliced = match slice(self.link, self.data) {
            Some(Some(sliced)) => sliced,
            Some(None) if was_cut => return Found::HeaderCut,
            _ => return Found::NotTcp,
        };
        let (source, destination, start, len): (IpAddr, IpAddr, _, _) = match &sliced.net {
            Some(LaxNetSlice::Ipv4(ip)) => {
                let header = ip.header();
                let len = usize::from(header.total_len());
                let addresses = (header.source_addr(), header.destination_addr());
                (addresses.0.into(), addresses.1.into(), header.slice(), len)
            }
            Some(LaxNetSlice::Ipv6(ip)) => {
                let header = ip.header();
                let len = match usize::from(header.payload_length()) {
                    0 => 0,
                    len => len + header.slice().len(),
                };
                let addresses = (header.source_addr(), header.destination_addr());
                (addresses.0.into(), addresses.1.into(), header.slice(), len)
            }
            None if was_cut && matches!(sliced.stop_err, Some((_, layer)) if is_ip(layer)) => {
                return Found::HeaderCut;
            }
            _ => return Found::NotTcp,
        };
        let tcp = match &sliced.transport {
            Some(TransportSlice::Tcp(tcp)) => tcp,
            Some(_) => return Found::NotTcp,
            None => {
                return match sliced.net.as_ref().and_then(LaxNetSlice::ip_payload_ref) {
                    Some(payload) if payload.fragmented => Found::Fragment,
                    Some(payload) if payload.ip_number == IpNumber::TCP => Found::HeaderCut,
                    _ => Found::NotTcp,
                };
            }
        };
        // Payload and IP header are slices of the packet: where they stand in it.
        let within = |slice: &[u8]| slice.as_ptr() as usize - self.data.as_ptr() as usize;
        let announced = match len {
            // Left to the network card, as in captures of what was sent.
            0 => self.original as usize,
            len => within(start) + len,
        };
        let at = self.offset + within(tcp.payload()) as u64;
        let cut = announced.saturating_sub(self.data.len()) as u32;
        Found::Segment(Segment::of([source, destination], tcp, at, cut))
    }
}

impl<'a> Segment<'a> {
    /// What a TCP header says, between these hosts; where its payload stands in the file,
    /// and how many octets of it the snap length cut off.
    fn of(
        [source, destination]: [IpAddr; 2],
        tcp: &TcpSlice<'a>,
        at: u64,
        cut: u32,
    ) -> Segment<'a> {
        Segment {
            source: SocketAddr::new(source, tcp.source_port()),
            destination: SocketAddr::new(destination, tcp.destination_port()),
            sequence: tcp.sequence_number(),
            acknowledged: tcp.ack().then(|| tcp.acknowledgment_number()),
            syn: tcp.syn(),
            fin: tcp.fin(),
            rst: tcp.rst(),
            payload: tcp.payload(),
            at,
            cut,
        }
    }
}

fn is_ip(layer: Layer) -> bool {
    matches!(layer, Layer::IpHeader | Layer::Ipv4Header | Layer::Ipv6Header)
}

/// The headers of a packet; `None` within where they cannot be read, and outside of it
/// where the link is not known.
fn slice(link: i32, data: &[u8]) -> Option<Option<LaxSlicedPacket<'_>>> {
    let ip = |data| LaxSlicedPacket::from_ip(data).ok();
    let ether = |kind: usize, header: usize| {
        let kind = EtherType(u16::from_be_bytes(*data.get(kind..)?.first_chunk()?));
        Some(LaxSlicedPacket::from_ether_type(kind, data.get(header..)?))
    };
    Some(match link {
        1 => LaxSlicedPacket::from_ethernet(data).ok(),
        // Raw IP, under the numbers of several systems.
        12 | 14 | 101 | 228 | 229 => ip(data),
        // The loopback of BSD and macOS: an address family, then IP.
        0 | 108 => data.get(4..).and_then(ip),
        // Linux's "any", cooked v1 and v2.
        113 => ether(14, 16),
        276 => ether(0, 20),
        _ => return None,
    })
}

impl Interface {
    /// A time of its clock.
    pub(super) fn time(&self, units: u64) -> Option<Time> {
        let resolution = self.resolution?;
        if resolution == SECOND && self.offset == 0 {
            return Some(units);
        }
        let nanos = u128::from(units) * u128::from(SECOND) / u128::from(resolution);
        let offset = i128::from(self.offset) * i128::from(SECOND);
        let time = i128::try_from(nanos).unwrap_or(i128::MAX).saturating_add(offset);
        Some(Time::try_from(time).unwrap_or(0))
    }
}

/// Units in a second, as the option `if_tsresol` says them; nothing if they are more
/// than 64 bits can count: such a clock wraps within a second or two
/// (draft-ietf-opsawg-pcapng §4.2).
pub(super) fn resolution(if_tsresol: u8) -> Option<u64> {
    let exponent = u32::from(if_tsresol & 0x7F);
    match if_tsresol & 0x80 {
        0 => 10u64.checked_pow(exponent),
        _ => 2u64.checked_pow(exponent),
    }
}
