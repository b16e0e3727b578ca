//! What must be seen on the wire, or concluded from it, as a value.

use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::header::LengthForm;
use crate::protocol::{Opcode, ReadyState, Role, Rule, StatusCode, Time};
use crate::session::FaultKind;

/// One piece of evidence that a step waits for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expectation {
    /// A row of the log.
    Row(RowExpected),
    /// No row of this connection for so many nanoseconds.
    Quiet(Time),
    /// The connection is over, and each end holds this.
    Closed(Closed),
    /// readyState of each end, the client's first, as far as it is expected.
    States([Option<ReadyState>; 2]),
    /// Each end sent its Close before it had read the other's. Known where both ends
    /// are ours.
    Crossed,
}

/// A row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowExpected {
    /// From which end.
    pub from: Option<Role>,
    /// What it is.
    pub what: What,
    /// Exactly these rules are broken by it; `None` does not look.
    pub violations: Option<Vec<Rule>>,
}

/// What a row is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// A request, or a response with its status, with these header lines among others.
    Head(Option<u16>, Vec<(String, String)>),
    /// A frame.
    Frame(Box<FrameExpected>),
    /// The end of one direction of TCP.
    Tcp(TcpEvent),
    /// Something that did not work.
    Fault(FaultKind),
}

/// A frame; what is `None` is not looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameExpected {
    /// Its opcode.
    pub opcode: Opcode,
    /// Its FIN bit.
    pub fin: Option<bool>,
    /// Its bits RSV1 to RSV3.
    pub rsv: [Option<bool>; 3],
    /// Its MASK bit.
    pub masked: Option<bool>,
    /// How its length is written.
    pub form: Option<LengthForm>,
    /// Octets of its payload.
    pub length: Option<u64>,
    /// The status code of a Close.
    pub code: Option<StatusCode>,
    /// The reason of a Close.
    pub reason: Option<String>,
    /// The text of its message, at the message's last frame; of a control frame its payload.
    pub text: Option<String>,
    /// The octets with which it begins on the wire.
    pub octets: Option<Vec<u8>>,
}

/// What each end holds of an ending (RFC 6455 §7.1.5, §7.1.6); what is `None` is
/// not looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Closed {
    /// The code that each end holds, the client's first.
    pub codes: [Option<StatusCode>; 2],
    /// Whether it was clean for each end, the client's first.
    pub clean: [Option<bool>; 2],
    /// The code of the CloseEvent that a page in Chromium gets in the client's place.
    pub event: Option<StatusCode>,
    /// Its `wasClean`.
    pub event_clean: Option<bool>,
}
