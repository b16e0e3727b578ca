//! Synthesised IP and TCP headers with running sequence numbers.

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

/// The packets of one connection.
#[derive(Debug)]
pub struct Flow {
    addresses: [SocketAddr; 2],
    next: [u32; 2],
}

impl Flow {
    /// Between these two; where one is IPv4 and the other IPv6, both are written as IPv6.
    #[must_use]
    pub fn new(client: SocketAddr, server: SocketAddr) -> Flow {
        let unmap = |a: SocketAddr| SocketAddr::new(a.ip().to_canonical(), a.port());
        let (client, server) = (unmap(client), unmap(server));
        let widen = |a: SocketAddr| match a.ip() {
            IpAddr::V4(ip) => SocketAddr::new(ip.to_ipv6_mapped().into(), a.port()),
            IpAddr::V6(_) => a,
        };
        let addresses = if client.is_ipv4() == server.is_ipv4() {
            [client, server]
        } else {
            [widen(client), widen(server)]
        };
        Flow { addresses, next: [1, 1] }
    }

    /// Appends the headers of a packet of `from` that holds `len` octets of
    /// payload, at most 65,000, and counts it.
    pub fn header(&mut self, from: Role, flags: Flags, len: usize, out: &mut Vec<u8>) {
        let (me, peer) = (from.index(), from.peer().index());
        let (source, destination) = (self.addresses[me], self.addresses[peer]);
        let mut tcp = TcpHeader::new(source.port(), destination.port(), self.next[me], u16::MAX);
        (tcp.syn, tcp.fin, tcp.rst, tcp.psh) = (flags.syn, flags.fin, flags.rst, flags.psh);
        if !(flags.syn && from == Role::Client) {
            tcp.ack = true;
            tcp.acknowledgment_number = self.next[peer];
        }
        let advance = len as u32 + u32::from(flags.syn) + u32::from(flags.fin);
        self.next[me] = self.next[me].wrapping_add(advance);
        let segment = (tcp.header_len() + len) as u16;
        match (source.ip(), destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let header = Ipv4Header::new(
                    segment,
                    64,
                    IpNumber::TCP,
                    source.octets(),
                    destination.octets(),
                );
                if let Ok(mut header) = header {
                    header.dont_fragment = true;
                    header.header_checksum = header.calc_header_checksum();
                    out.extend_from_slice(&header.to_bytes());
                }
            }
            (source, destination) => {
                let octets = |ip: IpAddr| match ip {
                    IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
                    IpAddr::V6(ip) => ip.octets(),
                };
                let header = Ipv6Header {
                    traffic_class: 0,
                    flow_label: Ipv6FlowLabel::ZERO,
                    payload_length: segment,
                    next_header: IpNumber::TCP,
                    hop_limit: 64,
                    source: octets(source),
                    destination: octets(destination),
                };
                out.extend_from_slice(&header.to_bytes());
            }
        }
        out.extend_from_slice(&tcp.to_bytes());
    }
}
