//! A page in Chromium, as observed of Chromium 156.

use super::{Facts, First, ms};
use crate::protocol::closing_handshake::{Broken, TcpEvent};
use crate::protocol::{Role, Rule, StatusCode, Time};
use crate::session::log::Connection;

/// How long it waits for the answer to the page's `close()`.
const PATIENCE: Time = ms(60_000);
/// How long it waits for the end of TCP once it has the server's Close.
const LINGER: Time = ms(2_000);

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

/// Whether it fails the connection for a broken rule.
fn minds(facts: &Facts<'_>, broken: &Broken) -> bool {
    match broken.rule {
        // It takes, and echoes, every code but 1005, 1006 and 1015.
        Rule::CodeUnassigned => false,
        Rule::CodeNeverOnTheWire => facts
            .server
            .close
            .as_ref()
            .is_none_or(|c| matches!(c.code, Some(code) if code != StatusCode(1004))),
        // Once the page has called close(), data are thrown away unread.
        Rule::TextNotUtf8 | Rule::ContinuationWithoutStart | Rule::MessageInsideMessage => {
            facts.asked.is_none_or(|c| broken.moment.order < c.moment.order)
        }
        // All else is seen in the header, whatever the state.
        _ => true,
    }
}

/// The CloseEvent of a Chromium page in the client's place.
#[must_use]
pub fn chromium(connection: &Connection) -> CloseEvent {
    let facts = Facts::of(connection);
    // No 101, or one that names none of the subprotocols that the page offered.
    if !facts.opened(true) {
        return CloseEvent::abnormal(true);
    }
    let faults = facts.server.broken.iter().filter(|b| minds(&facts, b)).copied();
    let close = match facts.first(faults, PATIENCE) {
        First::Fault(_) => return CloseEvent::abnormal(true),
        // TCP merely ended, or the page waited in vain: no error event.
        First::Nothing => return CloseEvent::abnormal(false),
        First::Close(close) => close,
    };
    // Where the answer cannot be written, the code that came is forgotten.
    if facts.reset_before_answer(close) {
        return CloseEvent::abnormal(false);
    }
    // It answers at once, then reads on until TCP ends or its patience does.
    let until = close.moment.time.saturating_add(LINGER);
    // Any frame meanwhile fails the connection, a Ping too.
    if facts.server.frame_after_close.is_some_and(|m| m.time < until) {
        return CloseEvent::abnormal(true);
    }
    // A reset instead of a FIN keeps the code and loses wasClean.
    let broken = Role::BOTH.into_iter().any(|role| {
        let Some((event, moment)) = facts.connection.closing.end(role).tcp else { return false };
        let counts = match event {
            TcpEvent::Fin => false,
            TcpEvent::Rst => role == Role::Server,
            TcpEvent::Lost => true,
        };
        counts && facts.server.fin.is_none() && moment.time < until
    });
    CloseEvent {
        code: close.code.unwrap_or(StatusCode::NO_STATUS),
        reason: close.reason.clone().unwrap_or_default(),
        was_clean: !broken,
        error: false,
    }
}
