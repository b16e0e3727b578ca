//! The Close frame's body and the status codes (RFC 6455 §5.5.1, §7.4; IANA's
//! WebSocket Close Code Number Registry).

/// A status code; every number from 0 to 65535 survives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct StatusCode(pub u16);

/// Who may put a code on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Sender {
    /// Either end.
    Either,
    /// Only a client.
    Client,
    /// Only a server.
    Server,
    /// Nobody: an end reports it without having received it.
    Nobody,
}

/// One row of the registry.
#[derive(Debug)]
pub struct Registered {
    /// The number.
    pub code: StatusCode,
    /// The registry's name of it, not translated.
    pub name: &'static str,
    /// Who may send it.
    pub sender: Sender,
}

/// Every code that IANA's registry names; 1011 is either end's since erratum 3227 of RFC 6455.
pub const REGISTRY: [Registered; 19] = {
    const fn row(code: u16, name: &'static str, sender: Sender) -> Registered {
        Registered { code: StatusCode(code), name, sender }
    }
    [
        row(1000, "Normal Closure", Sender::Either),
        row(1001, "Going Away", Sender::Either),
        row(1002, "Protocol error", Sender::Either),
        row(1003, "Unsupported Data", Sender::Either),
        row(1004, "Reserved", Sender::Nobody),
        row(1005, "No Status Rcvd", Sender::Nobody),
        row(1006, "Abnormal Closure", Sender::Nobody),
        row(1007, "Invalid frame payload data", Sender::Either),
        row(1008, "Policy Violation", Sender::Either),
        row(1009, "Message Too Big", Sender::Either),
        row(1010, "Mandatory Ext.", Sender::Client),
        row(1011, "Internal Error", Sender::Either),
        row(1012, "Service Restart", Sender::Server),
        row(1013, "Try Again Later", Sender::Server),
        row(1014, "Bad Gateway", Sender::Server),
        row(1015, "TLS handshake", Sender::Nobody),
        row(3000, "Unauthorized", Sender::Either),
        row(3003, "Forbidden", Sender::Either),
        row(3008, "Timeout", Sender::Either),
    ]
};

/// What is known of a code that may or may not be in the registry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeRange {
    /// 0–999: never used.
    NotUsed,
    /// 1000–2999: the protocol's own and its extensions'.
    Protocol,
    /// 3000–3999: libraries and frameworks, registered with IANA.
    Libraries,
    /// 4000–4999: private use.
    Private,
    /// 5000–65535: undefined.
    Undefined,
}

impl StatusCode {
    /// Normal Closure.
    pub const NORMAL: StatusCode = StatusCode(1000);
    /// Going Away.
    pub const GOING_AWAY: StatusCode = StatusCode(1001);
    /// Reported where a Close had no code.
    pub const NO_STATUS: StatusCode = StatusCode(1005);
    /// Reported where no Close came.
    pub const ABNORMAL: StatusCode = StatusCode(1006);

    /// The registry's row for this number.
    #[must_use]
    pub fn registered(self) -> Option<&'static Registered> {
        REGISTRY.iter().find(|row| row.code == self)
    }

    /// The registry's name, or nothing.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        self.registered().map(|row| row.name)
    }

    /// Which of §7.4.2's ranges it is in.
    #[must_use]
    pub fn range(self) -> CodeRange {
        match self.0 {
            0..=999 => CodeRange::NotUsed,
            1000..=2999 => CodeRange::Protocol,
            3000..=3999 => CodeRange::Libraries,
            4000..=4999 => CodeRange::Private,
            _ => CodeRange::Undefined,
        }
    }

    /// Whether §7.4 lets an endpoint put it on the wire at all.
    #[must_use]
    pub fn may_be_sent(self) -> bool {
        self.broken_rule().is_none()
    }

    /// Whether it says something that only a client can mean (§7.4.1).
    #[must_use]
    pub fn is_clients(self) -> bool {
        self.registered().is_some_and(|row| row.sender == Sender::Client)
    }

    /// The rule that a Close with this code breaks.
    #[must_use]
    pub fn broken_rule(self) -> Option<super::Rule> {
        match self.0 {
            1004..=1006 | 1015 => Some(super::Rule::CodeNeverOnTheWire),
            1000..=1003 | 1007..=1014 | 3000..=4999 => None,
            _ => Some(super::Rule::CodeUnassigned),
        }
    }
}

/// Longest reason that fits a control frame beside the code, in octets.
pub const MAX_REASON: usize = 123;

/// The body of a Close frame, faulty ones included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CloseBody<'a> {
    /// No body: §7.1.5 calls that 1005.
    Empty,
    /// One octet, which can hold no code.
    OneOctet(u8),
    /// A code and the reason's octets, UTF-8 or not.
    Code(StatusCode, &'a [u8]),
}

impl<'a> CloseBody<'a> {
    /// Reads an unmasked Close payload.
    #[must_use]
    pub fn parse(payload: &'a [u8]) -> CloseBody<'a> {
        match payload {
            [] => CloseBody::Empty,
            [octet] => CloseBody::OneOctet(*octet),
            [high, low, reason @ ..] => {
                CloseBody::Code(StatusCode(u16::from_be_bytes([*high, *low])), reason)
            }
        }
    }

    /// The code that is on the wire.
    #[must_use]
    pub fn code(&self) -> Option<StatusCode> {
        match self {
            CloseBody::Code(code, _) => Some(*code),
            _ => None,
        }
    }

    /// The reason that is on the wire, where it is UTF-8; "" where there is a
    /// code and no reason.
    #[must_use]
    pub fn reason(&self) -> Option<&'a str> {
        match self {
            CloseBody::Code(_, reason) => std::str::from_utf8(reason).ok(),
            _ => None,
        }
    }
}

/// The payload of a Close frame with `code` and `reason`.
#[must_use]
pub fn body(code: StatusCode, reason: &[u8]) -> Vec<u8> {
    let mut body = code.0.to_be_bytes().to_vec();
    body.extend_from_slice(reason);
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Rule;

    #[test]
    fn the_wire_takes_what_the_rfc_allows() {
        let allowed: Vec<u16> = (0..=u16::MAX).filter(|&c| StatusCode(c).may_be_sent()).collect();
        let mut expected: Vec<u16> = vec![1000, 1001, 1002, 1003];
        expected.extend(1007..=1014);
        expected.extend(3000..=4999);
        assert_eq!(allowed, expected);
        assert_eq!(StatusCode(1005).broken_rule(), Some(Rule::CodeNeverOnTheWire));
        assert_eq!(StatusCode(999).broken_rule(), Some(Rule::CodeUnassigned));
    }

    #[test]
    fn a_body_is_read_as_it_is() {
        assert_eq!(CloseBody::parse(b""), CloseBody::Empty);
        assert_eq!(CloseBody::parse(b"\x03"), CloseBody::OneOctet(3));
        let mars = body(StatusCode::NORMAL, "孩子,地球太危险了,快回火星去吧!".as_bytes());
        assert_eq!(mars.len(), 47);
        let parsed = CloseBody::parse(&mars);
        assert_eq!(parsed.code(), Some(StatusCode::NORMAL));
        assert_eq!(parsed.reason(), Some("孩子,地球太危险了,快回火星去吧!"));
        assert_eq!(CloseBody::parse(b"\x03\xe8\xff\xfe").reason(), None);
    }
}
