//! What a TCP connection carries, from its octets: an upgrade to WebSocket, which
//! may be any of its requests, or TLS.

use crate::protocol::Role;
use crate::protocol::opening_handshake::{Head, MAX_HEAD};

/// What was recognised.
#[derive(Debug)]
pub(super) enum Found {
    /// A request for WebSocket: its octets so far, each with its place in the file.
    Request(Vec<(Vec<u8>, u64)>),
    /// A 101 to one that was not captured.
    Response(Vec<(Vec<u8>, u64)>),
    /// TLS.
    Tls,
}

/// Looks at both directions.
#[derive(Debug, Default)]
pub(super) struct Sniffer {
    sides: [Side; 2],
}

#[derive(Debug, Default)]
struct Side {
    /// The beginning, as far as it is shown.
    first: Vec<u8>,
    /// The head that is arriving.
    head: Vec<u8>,
    /// Octets of it that came together, and where they are.
    pieces: Vec<(usize, u64)>,
    /// Heads were seen.
    http: bool,
    /// The last of them was a response that is no 101.
    declined: bool,
    /// Octets are missing within a head, or at the beginning.
    cut: bool,
}

/// Octets of the beginning that are kept.
const FIRST: usize = 16;

impl Sniffer {
    /// The first octets of `side`.
    pub fn first(&self, side: usize) -> &[u8] {
        &self.sides[side].first
    }

    /// Whether a head of HTTP was seen.
    pub fn is_http(&self) -> bool {
        self.sides.iter().any(|side| side.http)
    }

    /// Whether octets are missing where an upgrade to WebSocket may have been.
    pub fn may_have_upgraded(&self) -> bool {
        self.sides.iter().any(|side| side.cut) && !self.sides.iter().any(|side| side.declined)
    }

    /// Looks at the next octets of `side`.
    pub fn octets(&mut self, side: usize, octets: &[u8], at: u64) -> Option<Found> {
        let side = &mut self.sides[side];
        let room = FIRST - side.first.len();
        if room > 0 {
            side.first.extend_from_slice(&octets[..octets.len().min(room)]);
            if matches!(side.first[..], [0x14..=0x17, 3, 0..=4, ..]) {
                return Some(Found::Tls);
            }
        }
        // Within a request it is the end of its first line.
        if side.head.is_empty() && octets.starts_with(b"HTTP/1.") {
            side.http = true;
            side.declined = !octets.starts_with(b"HTTP/1.1 101");
            let upgraded = !side.declined && says_websocket(octets);
            return upgraded.then(|| Found::Response(vec![(octets.to_vec(), at)]));
        }
        side.request(octets, at)
    }

    /// Octets of `side` are missing, or it ends: what had begun counts as it is.
    pub fn gap(&mut self, side: usize) -> Option<Found> {
        let side = &mut self.sides[side];
        side.cut |= !side.head.is_empty() || side.first.is_empty();
        let asks = says_websocket(&side.head);
        let found = side.take();
        asks.then_some(Found::Request(found))
    }
}

impl Side {
    /// Collects a request's head. A body is looked through for one that begins
    /// with a segment, as clients send it.
    fn request(&mut self, mut octets: &[u8], mut at: u64) -> Option<Found> {
        loop {
            if self.head.is_empty() && !begins_request(octets) {
                return None;
            }
            let before = self.head.len();
            self.head.extend_from_slice(octets);
            self.pieces.push((octets.len(), at));
            if !begins_request(&self.head) {
                self.take();
                return None;
            }
            self.http = true;
            let look = before.saturating_sub(3);
            let end = self.head[look..].windows(4).position(|w| w == b"\r\n\r\n");
            let Some(end) = end.map(|end| look + end + 4) else {
                if self.head.len() > MAX_HEAD {
                    self.take();
                }
                return None;
            };
            let head = Head::parse(Role::Client, &self.head[..end]);
            if head.is_ok_and(|head| head.asks_upgrade()) {
                return Some(Found::Request(self.take()));
            }
            self.take();
            let used = end - before;
            (octets, at) = (&octets[used..], at + used as u64);
        }
    }

    /// The octets collected, in their pieces.
    fn take(&mut self) -> Vec<(Vec<u8>, u64)> {
        let head = std::mem::take(&mut self.head);
        let mut rest = &head[..];
        let pieces = std::mem::take(&mut self.pieces).into_iter().map(|(len, at)| {
            let (piece, later) = rest.split_at(len.min(rest.len()));
            rest = later;
            (piece.to_vec(), at)
        });
        pieces.collect()
    }
}

/// Whether these octets, if they are the first of a line, begin a request.
fn begins_request(octets: &[u8]) -> bool {
    [&b"GET "[..], b"POST ", b"HEAD ", b"PUT ", b"DELETE ", b"OPTIONS ", b"PATCH "]
        .iter()
        .any(|method| octets.starts_with(method) || method.starts_with(octets))
}

/// Whether a head, or its beginning, has a header that names WebSocket.
fn says_websocket(head: &[u8]) -> bool {
    let mut lines = head.split(|octet| *octet == b'\n');
    lines.any(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with(b"upgrade:") && line.windows(9).any(|word| word == b"websocket")
            || line.starts_with(b"sec-websocket-")
    })
}
