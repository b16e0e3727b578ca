//! The pane that shows everything about one row.
//!
//! [`FrameDetail::of`] builds the value, [`frame_detail_ui`] paints it; what the
//! user chose is in [`DetailState`]. A payload is read while it is painted, the
//! visible part of it only.

mod build;
mod frame;
mod inflated;
mod paint;
mod payload;
mod rows;
mod tls;

use super::bit_diagram::Linked;
use super::opening::{Asks, Login};
use super::verdict_card::VerdictCard;
use crate::protocol::header::FieldId;
use crate::protocol::opening_handshake::AcceptDerivation;
use crate::protocol::{Header, Severity, Time};
use crate::session::filter::highlight::Highlight;
use crate::session::inflate::Preview;
use crate::session::row_octets::RowOctets;
use core::net::SocketAddr;
use std::sync::Arc;

pub use paint::frame_detail_ui;
pub use payload::Tab;
pub use tls::TlsPart;

/// Everything that the pane shows about one row.
#[derive(Clone, Debug)]
pub struct FrameDetail {
    /// Tells one row from another, also of another session.
    pub key: Key,
    /// "FRAME 11 · CLOSE · FROM THE SERVER"
    pub caption: String,
    /// Connection, time and size.
    pub place: String,
    /// What is wrong with it.
    pub broken: Vec<Broken>,
    /// What is shown of this kind of row.
    pub body: Body,
}

/// Which row it is; the time tells sessions apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    /// The row's index in the log.
    pub index: u64,
    /// Its time.
    pub time: Time,
}

/// A broken rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// How binding it is.
    pub severity: Severity,
    /// Its stable name.
    pub id: &'static str,
    /// "RFC 6455 §5.5.1"
    pub section: String,
    /// What it demands.
    pub sentence: &'static str,
    /// Which octet broke it.
    pub at: Option<String>,
}

impl FrameDetail {
    /// Hides the verdict, where there is one.
    pub fn hide_verdict(&mut self) {
        let verdict = match &mut self.body {
            Body::Frame(part) => part.verdict.as_mut(),
            Body::Tcp { verdict, .. } => verdict.as_mut(),
            Body::Connection { verdict, .. } => Some(verdict),
            Body::Head(_) | Body::Tls(_) | Body::Fault(..) => None,
        };
        if let Some(verdict) = verdict {
            verdict.hidden = true;
        }
    }
}

/// What is shown, by kind of row.
#[derive(Clone, Debug)]
pub enum Body {
    /// A frame.
    Frame(Box<FramePart>),
    /// An HTTP head.
    Head(Box<HeadPart>),
    /// The end of one direction of TCP.
    Tcp {
        /// What it means.
        meaning: String,
        /// How it ended TLS.
        tls: Option<String>,
        /// The system's words.
        error: Option<String>,
        /// The verdict on the connection.
        verdict: Option<VerdictCard>,
    },
    /// TLS.
    Tls(Box<TlsPart>),
    /// Something that did not work, or cannot be read back; the first octets that it
    /// is about, in hexadecimal.
    Fault(String, Vec<String>),
    /// A connection as a whole.
    Connection {
        /// The client's address and what it calls itself.
        client: (SocketAddr, Option<String>),
        /// The server's.
        server: (SocketAddr, Option<String>),
        /// The verdict.
        verdict: VerdictCard,
    },
}

/// A frame.
#[derive(Clone, Debug)]
pub struct FramePart {
    /// Its header.
    pub header: Header,
    /// Octets of it that came.
    pub octets: u64,
    /// The first of them, as on the wire.
    pub beginning: Vec<u8>,
    /// The table of its fields.
    pub fields: Vec<FieldLine>,
    /// How the first octet is unmasked.
    pub unmasking: Option<String>,
    /// The stream ended inside it.
    pub cut_off: Option<String>,
    /// For a Close.
    pub close: Option<ClosePart>,
    /// For a fragment.
    pub message: Option<MessagePart>,
    /// It belongs to a text message.
    pub is_text: bool,
    /// For a frame of a compressed message.
    pub compressed: Option<CompressedPart>,
    /// The payload that came.
    pub payload: RowOctets,
    /// For a Close, the verdict on the connection.
    pub verdict: Option<VerdictCard>,
}

/// A line of the table of fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldLine {
    /// Which field.
    pub id: FieldId,
    /// Its value.
    pub value: String,
    /// What that means.
    pub meaning: &'static str,
}

/// What a Close says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClosePart {
    /// The beginning of the payload, unmasked.
    pub body: Vec<u8>,
    /// "1000 Normal Closure"
    pub title: String,
    /// What the code means.
    pub meaning: Option<&'static str>,
    /// Section, and who may send it.
    pub sender: Option<String>,
    /// The reason, in pieces that are UTF-8 or escaped.
    pub reason: Option<Vec<(String, bool)>>,
    /// Its number of octets.
    pub reason_octets: u64,
}

/// The message that a fragment belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessagePart {
    /// "part 2 of 3 · message 3"
    pub place: String,
    /// Octets of the message, where all its fragments were found.
    pub octets: Option<u64>,
    /// The assembled text from its first fragment on, in pieces.
    pub text: Vec<(String, bool)>,
    /// What is cut of it.
    pub shown: Option<String>,
}

/// The compressed message that a frame belongs to.
#[derive(Clone, Debug)]
pub struct CompressedPart {
    /// "message 3 · 412 → 1,904 octets, 22 %", or which fragment of it this is.
    pub place: String,
    /// Why it was not inflated, or not whole.
    pub failed: Option<String>,
    /// The row of its last frame, where that is another one.
    pub end: Option<u64>,
    /// What it inflates to, at its last frame.
    pub preview: Option<Arc<Preview>>,
}

/// An HTTP head.
#[derive(Clone, Debug)]
pub struct HeadPart {
    /// The head, verbatim.
    pub head: Vec<u8>,
    /// What followed it.
    pub body: Vec<u8>,
    /// How the key becomes the response's proof.
    pub accept: Option<AcceptPart>,
    /// For a 101: what it makes of permessage-deflate.
    pub deflate: Option<String>,
    /// For a response other than 101: what it means, and what it asks of our client.
    pub refusal: Option<(String, Option<Asks>)>,
}

/// `Sec-WebSocket-Accept`, worked out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AcceptPart {
    /// From the request's key; `None` where it has none.
    pub derivation: Option<AcceptDerivation>,
    /// What the response holds; `None` before there is a response.
    pub response: Option<Option<String>>,
}

/// What of a frame is to be saved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Save {
    /// Its payload.
    Payload,
    /// The message that it belongs to.
    Message,
}

/// What the user chose, and what is kept from paint to paint.
#[derive(Debug, Default)]
pub struct DetailState {
    /// What is lit in diagram, hex and table.
    pub linked: Linked,
    /// How the payload is shown; `None` for what suits it.
    pub tab: Option<Tab>,
    /// The payload as on the wire.
    pub masked: bool,
    /// User and password, where a response asks for them.
    pub login: Login,
    /// To go on behind a refusal was asked for, perhaps with `user:password`.
    pub go_on: Option<Option<String>>,
    /// What is to be saved, until somebody takes the wish.
    pub save: Option<Save>,
    /// A row that is to be shown instead, until somebody takes the wish.
    pub jump_to: Option<u64>,
    /// What was copied last, and whether that was inflated.
    pub copied: Option<(bool, String)>,
    /// What the filter looks for in texts.
    pub highlight: Highlight,
    pub(super) key: Option<Key>,
    pub(super) jump: String,
    pub(super) tops: [f64; 5],
    pub(super) prepared: Option<payload::Prepared>,
    pub(super) heads: [super::text_lines::TextLines; 2],
    /// Lines of octets and text laid out by the last paint.
    pub laid_out: u64,
}

impl DetailState {
    /// The field under the pointer.
    #[must_use]
    pub fn hovered(&self) -> Option<FieldId> {
        self.linked.hovered()
    }

    /// Another row: positions and what was prepared are its predecessor's.
    fn turn_to(&mut self, detail: &FrameDetail) {
        if self.key == Some(detail.key) {
            return;
        }
        let DetailState { linked, tab, masked, .. } = *self;
        let highlight = std::mem::take(&mut self.highlight);
        let key = Some(detail.key);
        *self = DetailState { linked, tab, masked, highlight, key, ..Default::default() };
        if let Body::Head(part) = &detail.body {
            let lines = super::text_lines::TextLines::of_octets;
            self.heads = [lines(part.head.trim_ascii_end(), false), lines(&part.body, false)];
        }
    }
}
