//! TCP connections: which there are, and the octets of each direction in order.

use super::Reader;
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{Role, Time};
use crate::session::assemble::Place;
use crate::session::log::Piece;
use core::net::SocketAddr;
use etherparse::TcpSlice;
use std::convert::Infallible;

/// A direction of a TCP connection: from, to.
pub(super) type Key = (SocketAddr, SocketAddr);

#[derive(Debug)]
pub(super) struct Flow {
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

impl Reader<'_> {
    pub(super) fn segment(
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

