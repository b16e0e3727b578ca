//! What clients report of an ending in the client's place: a page in Chromium,
//! npm `ws` and python `websockets`. Each is a function from the facts of a
//! connection, by rules that model what the client does with the octets of the
//! server; where it differs from the RFC, the client is right here and
//! [`crate::protocol::closing_handshake`] is there.
//!
//! The client of the connection may have been another: of what it did, only its
//! own closing handshake counts, as if the modelled one had been told to start it.

mod chromium;
mod node_ws;
mod python;

pub use chromium::{CloseEvent, chromium};
pub use node_ws::node_ws;
pub use python::python;

use super::log::Connection;
use crate::protocol::closing_handshake::{Broken, CloseFact, EndFacts, Moment, TcpEvent};
use crate::protocol::{Role, StatusCode, Time};

/// What a library reports of the ending.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// The code; `None` where the library has none, since it never was open.
    pub code: Option<StatusCode>,
    /// The reason.
    pub reason: String,
    /// A Close was sent and received.
    pub was_clean: bool,
    /// The library's name of the error event that comes first, or of the exception.
    pub error: Option<String>,
}

impl Report {
    fn abnormal(error: Option<String>) -> Report {
        let code = Some(StatusCode::ABNORMAL);
        Report { code, reason: String::new(), was_clean: false, error }
    }

    fn of(close: &CloseFact, error: Option<String>) -> Report {
        Report {
            code: Some(close.code.unwrap_or(StatusCode::NO_STATUS)),
            reason: close.reason.clone().unwrap_or_default(),
            was_clean: true,
            error,
        }
    }
}

/// What the server did, and when the client asked for the end.
struct Facts<'a> {
    connection: &'a Connection,
    server: &'a EndFacts,
    /// The client's Close, where it started the closing handshake, and not because
    /// the server broke a rule.
    asked: Option<&'a CloseFact>,
}

/// What a client comes across first.
enum First<'a> {
    /// A frame for which it fails the connection.
    Fault(Broken),
    /// A Close that it takes.
    Close(&'a CloseFact),
    /// The end of TCP, or of its patience.
    Nothing,
}

impl<'a> Facts<'a> {
    fn of(connection: &'a Connection) -> Facts<'a> {
        let facts = &connection.closing;
        let asked = facts.end(Role::Client).close.as_ref();
        let server = facts.end(Role::Server);
        let faulty = !server.broken.is_empty() || server.bad_message.is_some();
        let first = |c: &&CloseFact| {
            let fails = matches!(c.code.map(|code| code.0), Some(1002 | 1007 | 1009));
            let later = server.close.as_ref().is_some_and(|s| s.moment.order < c.moment.order);
            !(later || fails && faulty)
        };
        Facts { connection, server, asked: asked.filter(first) }
    }

    /// Whether `moment` is later than a client waits that asked for the end and
    /// has `patience`.
    fn too_late(&self, moment: Moment, patience: Time) -> bool {
        self.asked.is_some_and(|c| moment.time >= c.moment.time.saturating_add(patience))
    }

    /// What comes first for a client that fails for each of `faults`, and waits
    /// `patience` for an answer to its own Close.
    fn first(&self, faults: impl Iterator<Item = Broken>, patience: Time) -> First<'a> {
        let close = self.server.close.as_ref();
        let fault = faults.min_by_key(|b| b.moment.order).filter(|fault| {
            // Its octets came before those of the Close; a cut-off frame is the last.
            close.is_none_or(|c| fault.moment.order < c.moment.order)
        });
        match (fault, close) {
            (Some(fault), _) if !self.too_late(fault.moment, patience) => First::Fault(fault),
            (None, Some(close)) if !self.too_late(close.moment, patience) => First::Close(close),
            _ => First::Nothing,
        }
    }

    /// Whether the server reset TCP before the client could write its answer to
    /// `close`: it was not seen, and there was hardly time for one.
    fn reset_before_answer(&self, close: &CloseFact) -> bool {
        let Some((TcpEvent::Rst, reset)) = self.server.tcp else { return false };
        let answer = self.connection.closing.end(Role::Client).close.as_ref();
        let answered = answer.is_some_and(|c| c.moment.order < reset.order);
        let soon = reset.time < close.moment.time.saturating_add(HARDLY_TIME);
        self.server.fin.is_none() && !answered && soon
    }

    /// Whether the 101 was one that the client takes.
    fn opened(&self, needs_subprotocol: bool) -> bool {
        self.connection.closing.opened_at().is_some()
            && self.connection.bad_response.is_none()
            && !(needs_subprotocol && self.connection.subprotocol_ignored)
    }
}

/// A client that is not busy has answered a Close by then.
const HARDLY_TIME: Time = ms(20);

/// Milliseconds as [`Time`].
const fn ms(ms: u64) -> Time {
    ms * 1_000_000
}
