//! Synthesised IP and TCP headers with running sequence numbers. `etherparse` writes
//! each end's once; a packet changes only what differs in it.

use crate::protocol::Role;
use core::net::{IpAddr, SocketAddr};
use etherparse::{IpNumber, Ipv4Header, Ipv6FlowLabel, Ipv6Header, TcpHeader};

/// The TCP flags that a capture of ours uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flags {
    /// Opens a direction.
    pub syn: bool,
    /// Ends a direction.
    pub fin: bool,
    /// Ends both.
    pub rst: bool,
    /// Payload.
    pub psh: bool,
}

/// Octets of a TCP header without options.
const TCP: usize = 20;

/// Octets of the longest headers: IPv6 and TCP.
const LONGEST: usize = 60;

/// The headers of one end's packets.
#[derive(Debug)]
struct Template {
    /// Those of a packet without payload, flags and numbers.
    octets: [u8; LONGEST],
    len: usize,
    /// What a packet without payload announces as its length, and the checksum
    /// that belongs to it; IPv6 has none.
    bare: u16,
    checksum: Option<u16>,
}

impl Template {
    fn new(source: SocketAddr, destination: SocketAddr) -> Template {
        let mut headers = Vec::with_capacity(LONGEST);
        let mut checksum = None;
        match (source.ip(), destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let mut header = Ipv4Header {
                    total_len: (Ipv4Header::MIN_LEN + TCP) as u16,
                    time_to_live: 64,
                    protocol: IpNumber::TCP,
                    source: source.octets(),
                    destination: destination.octets(),
                    dont_fragment: true,
                    ..Ipv4Header::default()
                };
                header.header_checksum = header.calc_header_checksum();
                checksum = Some(header.header_checksum);
                headers.extend_from_slice(&header.to_bytes());
            }
            (source, destination) => {
                let octets_of = |ip: IpAddr| match ip {
                    IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
                    IpAddr::V6(ip) => ip.octets(),
                };
                let header = Ipv6Header {
                    traffic_class: 0,
                    flow_label: Ipv6FlowLabel::ZERO,
                    payload_length: TCP as u16,
                    next_header: IpNumber::TCP,
                    hop_limit: 64,
                    source: octets_of(source),
                    destination: octets_of(destination),
                };
                headers.extend_from_slice(&header.to_bytes());
            }
        }
        let bare = if checksum.is_some() { Ipv4Header::MIN_LEN + TCP } else { TCP };
        let tcp = TcpHeader::new(source.port(), destination.port(), 0, u16::MAX);
        headers.extend_from_slice(&tcp.to_bytes());
        let mut octets = [0; LONGEST];
        octets[..headers.len()].copy_from_slice(&headers);
        Template { octets, len: headers.len(), bare: bare as u16, checksum }
    }

    /// Appends the headers of a packet with `len` octets of payload.
    fn write(&self, len: u16, sequence: u32, acknowledged: u32, flags: u8, out: &mut Vec<u8>) {
        let mut headers = self.octets;
        let announced = self.bare + len;
        let (at, tcp) = match self.checksum {
            Some(checksum) => {
                // Only the length differs: RFC 1624, equation 3.
                let sum = u32::from(!checksum) + u32::from(!self.bare) + u32::from(announced);
                let sum = (sum & 0xFFFF) + (sum >> 16);
                let sum = (sum & 0xFFFF) + (sum >> 16);
                headers[10..12].copy_from_slice(&(!(sum as u16)).to_be_bytes());
                (2, Ipv4Header::MIN_LEN)
            }
            None => (4, Ipv6Header::LEN),
        };
        headers[at..at + 2].copy_from_slice(&announced.to_be_bytes());
        headers[tcp + 4..tcp + 8].copy_from_slice(&sequence.to_be_bytes());
        headers[tcp + 8..tcp + 12].copy_from_slice(&acknowledged.to_be_bytes());
        headers[tcp + 13] = flags;
        out.extend_from_slice(&headers[..self.len]);
    }
}

/// The packets of one connection.
#[derive(Debug)]
pub struct Flow {
    templates: [Template; 2],
    next: [u32; 2],
}

impl Flow {
    /// Between these two; where one is IPv4 and the other IPv6, both are written as IPv6.
    #[must_use]
    pub fn new(client: SocketAddr, server: SocketAddr) -> Flow {
        let unmap = |a: SocketAddr| SocketAddr::new(a.ip().to_canonical(), a.port());
        let (client, server) = (unmap(client), unmap(server));
        let templates = [Template::new(client, server), Template::new(server, client)];
        Flow { templates, next: [1, 1] }
    }

    /// Octets of the headers of each packet.
    #[must_use]
    pub fn header_len(&self) -> usize {
        self.templates[0].len
    }

    /// Appends the headers of a packet of `from` that holds `len` octets of payload, at
    /// most 65,000, and counts it.
    pub fn header(&mut self, from: Role, flags: Flags, len: usize, out: &mut Vec<u8>) {
        let (me, peer) = (from.index(), from.peer().index());
        let sequence = self.next[me];
        let advance = len as u32 + u32::from(flags.syn) + u32::from(flags.fin);
        self.next[me] = sequence.wrapping_add(advance);
        let ack = !(flags.syn && from == Role::Client);
        let acknowledged = if ack { self.next[peer] } else { 0 };
        let bits = u8::from(flags.fin)
            | u8::from(flags.syn) << 1
            | u8::from(flags.rst) << 2
            | u8::from(flags.psh) << 3
            | u8::from(ack) << 4;
        self.templates[me].write(len as u16, sequence, acknowledged, bits, out);
    }

    /// Counts octets of `from` that stand in no packet.
    pub fn skip(&mut self, from: Role, octets: u64) {
        // Sequence numbers wrap.
        let next = &mut self.next[from.index()];
        *next = next.wrapping_add(octets as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use etherparse::{NetSlice, SlicedPacket, TransportSlice};

    #[test]
    fn every_header_is_whole_and_its_checksum_right() {
        for (client, server) in [
            ("10.0.0.1:5000", "10.255.0.2:80"),
            ("[::1]:5000", "[2001:db8::2]:80"),
            ("10.0.0.1:5000", "[::1]:80"),
            ("[::ffff:10.0.0.1]:5000", "10.0.0.2:80"),
        ] {
            let ends = [client, server].map(|end| end.parse::<SocketAddr>().unwrap());
            let mut flow = Flow::new(ends[0], ends[1]);
            let syn = Flags { syn: true, ..Flags::default() };
            let psh = Flags { psh: true, ..Flags::default() };
            let mut sent = [1u32; 2];
            for (from, flags, len) in [(Role::Client, syn, 0), (Role::Server, syn, 0)]
                .into_iter()
                .chain((0..65_000).step_by(617).map(|len| (Role::Client, psh, len)))
                .chain([(Role::Server, psh, 65_000), (Role::Server, psh, 1)])
            {
                let mut packet = Vec::new();
                flow.header(from, flags, len, &mut packet);
                assert_eq!(packet.len(), flow.header_len());
                packet.resize(packet.len() + len, 0);
                let sliced = SlicedPacket::from_ip(&packet).unwrap();
                if let Some(NetSlice::Ipv4(ip)) = &sliced.net {
                    let header = ip.header().to_header();
                    assert_eq!(header.header_checksum, header.calc_header_checksum());
                }
                let Some(TransportSlice::Tcp(tcp)) = &sliced.transport else { panic!() };
                let (me, peer) = (from.index(), from.peer().index());
                assert_eq!(tcp.payload().len(), len);
                assert_eq!((tcp.syn(), tcp.psh(), tcp.fin()), (flags.syn, flags.psh, false));
                assert_eq!(tcp.sequence_number(), sent[me]);
                assert_eq!(tcp.source_port(), ends[me].port());
                let first = flags.syn && from == Role::Client;
                assert_eq!(
                    (tcp.ack(), tcp.acknowledgment_number()),
                    match first {
                        true => (false, 0),
                        false => (true, sent[peer]),
                    }
                );
                sent[me] += len as u32 + u32::from(flags.syn);
            }
        }
    }
}
