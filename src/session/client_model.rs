//! What a page in Chromium is told about the ending, as rules drawn from
//! observation of Chromium 156; the RFC's own computation is
//! [`crate::protocol::closing_handshake`]'s.

use super::log::Connection;
use crate::protocol::closing_handshake::{CloseFact, TcpEvent};
use crate::protocol::{Role, Rule, StatusCode};

/// The fields of a browser's CloseEvent, and whether an error event comes first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CloseEvent {
    /// `event.code`
    pub code: StatusCode,
    /// `event.reason`
    pub reason: String,
    /// `event.wasClean`
    pub was_clean: bool,
    /// An error event comes first.
    pub error: bool,
}

impl CloseEvent {
    fn abnormal(error: bool) -> CloseEvent {
        CloseEvent { code: StatusCode::ABNORMAL, reason: String::new(), was_clean: false, error }
    }
}

/// Chromium takes every code but 1005, 1006 and 1015.
fn refuses(close: &CloseFact) -> bool {
    match close.fault {
        None | Some(Rule::CodeUnassigned) => false,
        Some(Rule::CodeNeverOnTheWire) => close.code != Some(StatusCode(1004)),
        Some(_) => true,
    }
}

/// The CloseEvent of a Chromium page in the client's place.
#[must_use]
pub fn chromium(connection: &Connection) -> CloseEvent {
    let facts = &connection.closing;
    let server = facts.end(Role::Server);
    // A page that offered subprotocols fails a 101 that names none of them.
    if facts.opened_at().is_none() || connection.subprotocol_ignored {
        return CloseEvent::abnormal(true);
    }
    let close = match (&server.close, &server.fault) {
        (_, Some((_, fault)))
            if server.close.as_ref().is_none_or(|c| fault.order < c.moment.order) =>
        {
            return CloseEvent::abnormal(true);
        }
        (None, _) => return CloseEvent::abnormal(false),
        (Some(close), _) => close,
    };
    // A frame behind the Close is found when it was read together with it.
    if refuses(close) || server.frame_after_close.is_some() {
        return CloseEvent::abnormal(true);
    }
    let reset =
        matches!(facts.broken_by(), Some((Role::Server, TcpEvent::Rst) | (_, TcpEvent::Lost)));
    CloseEvent {
        code: close.code.unwrap_or(StatusCode::NO_STATUS),
        reason: close.reason.clone().unwrap_or_default(),
        was_clean: !reset,
        error: false,
    }
}
