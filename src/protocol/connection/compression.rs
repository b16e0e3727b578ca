//! permessage-deflate at an endpoint: what it offers and accepts, and its own
//! messages compressed. What the peer sends is inflated by [`crate::protocol::Half`].

use super::{Connection, Settings};
use crate::protocol::deflate::{Deflater, negotiation};
use crate::protocol::header::{Header, write_frame};
use crate::protocol::opening_handshake::{RequestParts, ResponseParts};
use crate::protocol::{Head, Opcode};
use std::borrow::Cow;

const HEADER: &str = "Sec-WebSocket-Extensions";

/// Who writes the header by hand says all of it.
fn by_hand(headers: &[(String, String)]) -> bool {
    headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(HEADER))
}

/// What a client asks with, its offer included.
pub(super) fn offering(settings: &Settings) -> RequestParts {
    let mut request = settings.request.clone();
    if let Some(offer) = settings.deflate.filter(|_| !by_hand(&request.headers)) {
        request.headers.insert(0, (HEADER.to_owned(), offer.to_string()));
    }
    request
}

/// What a server adds to its 101, its answer to the offers of `request` included.
pub(super) fn answering(settings: &Settings, request: &Head) -> ResponseParts {
    let mut response = settings.response.clone();
    let wishes = settings.deflate.filter(|_| !by_hand(&response.headers));
    if let Some(answer) = wishes.and_then(|wishes| negotiation::accept(&wishes, request).ok()) {
        response.headers.insert(0, (HEADER.to_owned(), answer.to_string()));
    }
    response
}

impl Connection {
    /// From now on both ends compress as this 101 says.
    pub(super) fn agree_deflate(&mut self, response: &Head) {
        let outcome = negotiation::outcome(self.request.as_ref(), response);
        if let Some(agreed) = outcome.agreed() {
            self.incoming.agree_deflate(&agreed, self.settings.max_message);
            self.deflater = Deflater::new(agreed.direction(self.role));
        }
    }

    /// The payload of a data message of this end, compressed where that was agreed,
    /// and whether it is.
    pub(super) fn deflated<'a>(
        &mut self,
        opcode: Opcode,
        payload: &'a [u8],
    ) -> (Cow<'a, [u8]>, bool) {
        let data = matches!(opcode, Opcode::TEXT | Opcode::BINARY);
        match &mut self.deflater {
            Some(deflater) if data => (Cow::Owned(deflater.message(payload)), true),
            _ => (Cow::Borrowed(payload), false),
        }
    }

    /// Octets by hand may be a compressed message, which the peer then knows and our
    /// compressor does not: what comes refers to nothing before.
    pub(super) fn begin_context_anew(&mut self) {
        if let Some(deflater) = &mut self.deflater {
            deflater.begin_anew();
        }
    }

    /// Appends a message in one frame to `out`, or a control frame.
    pub(super) fn write_message(&mut self, opcode: Opcode, payload: &[u8], out: &mut Vec<u8>) {
        let (payload, rsv1) = self.deflated(opcode, payload);
        let header = Header { rsv1, ..self.header(opcode, payload.len()) };
        write_frame(&header, &payload, out);
    }

    /// The same among the automatic answers.
    pub(super) fn answer(&mut self, opcode: Opcode, payload: &[u8]) {
        let mut answers = std::mem::take(&mut self.answers);
        self.write_message(opcode, payload, &mut answers);
        self.answers = answers;
    }
}
