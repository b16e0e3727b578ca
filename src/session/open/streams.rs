//! Streams whose beginning was not captured: they may be WebSocket, and somebody
//! may choose one.

use super::flows::Flow;
use crate::protocol::Header;
use core::net::SocketAddr;

/// A stream without an opening handshake, and without a beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// How to open it.
    pub choice: Choice,
    /// The end that is taken for the server.
    pub server: SocketAddr,
    /// Packets of the client and of the server.
    pub packets: [u64; 2],
    /// Octets of payload of both.
    pub octets: [u64; 2],
    /// The first octets of both.
    pub first: [Vec<u8>; 2],
    /// Both begin as frames do, masked as their roles want it.
    pub likely: bool,
}

/// Which stream to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Position in the file of its first packet.
    pub at: u64,
    /// The end that is the client.
    pub client: SocketAddr,
    /// Its opening handshake was captured in part, or its beginning was lost: frames
    /// are looked for behind that.
    pub handshake_cut: bool,
}

impl Stream {
    /// The flow, if it can be opened by choice.
    pub(super) fn of(flow: &Flow) -> Option<Stream> {
        let is_http = flow.sniffer.is_http();
        let begun = flow.client_known || is_http;
        let handshake_cut = begun && flow.sniffer.may_have_upgraded();
        if begun && !handshake_cut || flow.octets == [0; 2] {
            return None;
        }
        // A client masks, a server does not (RFC 6455 §5.1).
        let masks = [0, 1].map(|side| masked(flow.sniffer.first(side)));
        let client = match masks {
            [Some(first), Some(second)] if first != second => Some(usize::from(second)),
            [Some(first), None] if flow.octets[1] == 0 => Some(usize::from(!first)),
            [None, Some(second)] if flow.octets[0] == 0 => Some(usize::from(second)),
            _ => None,
        };
        let known = flow.client_known.then_some(flow.client);
        if handshake_cut && !is_http && (client.is_none() || client != known) {
            return None;
        }
        let likely = handshake_cut || client.is_some();
        let client = known.or(client);
        // Servers listen at the lower port.
        let client = client.unwrap_or(usize::from(flow.ends[1].port() > flow.ends[0].port()));
        let server = 1 - client;
        Some(Stream {
            choice: Choice { at: flow.at, client: flow.ends[client], handshake_cut },
            server: flow.ends[server],
            packets: [flow.packets[client], flow.packets[server]],
            octets: [flow.octets[client], flow.octets[server]],
            first: [client, server].map(|side| flow.sniffer.first(side).to_vec()),
            likely,
        })
    }
}

/// Whether a frame that begins so is masked; `None` if it cannot be a frame.
pub(super) fn masked(first: &[u8]) -> Option<bool> {
    let mut padded = [0; 14];
    let len = first.len().min(padded.len());
    padded[..len].copy_from_slice(&first[..len]);
    let header = Header::parse(&padded).filter(|_| len >= 2)?;
    let control = header.opcode.is_control();
    let sane = !(header.opcode.is_reserved() || header.rsv2 || header.rsv3)
        && !(control && (!header.fin || header.payload_len > 125 || header.rsv1))
        && header.payload_len >> 63 == 0;
    sane.then_some(header.masking_key.is_some())
}
