//! Compares what was observed with what was expected.

use super::expectation::{Closed, FrameExpected, RowExpected, What};
use crate::protocol::{CloseBody, Opcode, ReadyState, Role};
use crate::session::filter::Payloads;
use crate::session::log::{Connection, Log};
use crate::session::row::{Kind, Row};
use crate::session::source::Source;
use crate::session::verdict::Verdict;
use crate::session::{FaultKind, entry};
use std::io;

/// Octets of a control frame that are looked at: more than it may have.
const CONTROL: u64 = 1 << 16;

/// Looks at the rows of one session.
#[derive(Debug)]
pub struct Witness {
    source: Source,
    payloads: Payloads,
}

impl Witness {
    /// Of this capture.
    #[must_use]
    pub fn new(source: Source) -> Witness {
        Witness { payloads: Payloads::new(source.clone()), source }
    }

    /// Whether a row is what was expected. One that cannot be read back is not.
    pub fn is(&mut self, log: &Log, index: u64, expected: &RowExpected) -> bool {
        let Some(row) = log.row(index) else { return false };
        if expected.from.is_some_and(|from| row.from() != Some(from)) {
            return false;
        }
        if let Some(rules) = &expected.violations {
            let broken = log.violations(index);
            let same = broken.iter().all(|violation| rules.contains(&violation.rule));
            if broken.len() != rules.len() || !same {
                return false;
            }
        }
        match &expected.what {
            What::Head(status, headers) => {
                row.kind == Kind::Head
                    && row.http_status() == *status
                    && self.has_headers(log, index, headers).unwrap_or(false)
            }
            What::Frame(frame) => {
                row.kind == Kind::Frame && self.is_frame(log, index, row, frame).unwrap_or(false)
            }
            What::Tcp(event) => row.kind == Kind::Tcp && row.tcp_event() == *event,
            What::Fault(kind) => fault(log, index) == Some(*kind),
        }
    }

    fn has_headers(&self, log: &Log, index: u64, headers: &[(String, String)]) -> io::Result<bool> {
        if headers.is_empty() {
            return Ok(true);
        }
        let Some(head) = entry::parsed_head(log, &self.source, index)? else { return Ok(false) };
        Ok(headers.iter().all(|(name, value)| head.get(name) == Some(value)))
    }

    fn is_frame(
        &mut self,
        log: &Log,
        index: u64,
        row: &Row,
        expected: &FrameExpected,
    ) -> io::Result<bool> {
        fn fits<T: PartialEq>(expected: Option<T>, is: T) -> bool {
            expected.is_none_or(|expected| expected == is)
        }
        let bits = [4, 2, 1].map(|bit| row.rsv() & bit != 0);
        let header = row.is_complete()
            && row.opcode() == expected.opcode
            && fits(expected.fin, row.fin())
            && expected.rsv.iter().zip(bits).all(|(expected, is)| fits(*expected, is))
            && fits(expected.masked, row.masked())
            && fits(expected.form, row.length_form())
            && fits(expected.length, log.payload_len(index))
            && expected.code.is_none_or(|code| row.status() == Some(code));
        if !header {
            return Ok(false);
        }
        if let Some(reason) = &expected.reason {
            let payload = entry::beginning(log, &self.source, index, CONTROL)?;
            if CloseBody::parse(&payload).reason() != Some(reason) {
                return Ok(false);
            }
        }
        if let Some(octets) = &expected.octets {
            let read = self.source.row_octets(log, index, 0, octets.len() as u64)?;
            if read != *octets {
                return Ok(false);
            }
        }
        match &expected.text {
            Some(text) => self.has_text(log, index, row, text),
            None => Ok(true),
        }
    }

    fn has_text(&mut self, log: &Log, index: u64, row: &Row, text: &str) -> io::Result<bool> {
        if row.opcode().is_control() {
            let payload = entry::beginning(log, &self.source, index, CONTROL)?;
            return Ok(row.opcode() != Opcode::CLOSE && payload == text.as_bytes());
        }
        Ok(self.payloads.text(log, index, row)? == Some(text.as_bytes()))
    }
}

fn fault(log: &Log, index: u64) -> Option<FaultKind> {
    log.fault(index).map(|fault| fault.kind)
}

/// Whether the ends hold what was expected.
#[must_use]
pub fn holds(connection: &Connection, expected: &Closed) -> bool {
    held(connection, expected) == *expected
}

/// What the ends hold, of all that was expected of them.
#[must_use]
pub fn held(connection: &Connection, expected: &Closed) -> Closed {
    let verdict = Verdict::of(connection);
    let mut held = *expected;
    for (end, verdict) in verdict.held.iter().enumerate() {
        held.codes[end] = expected.codes[end].map(|_| verdict.code);
        held.clean[end] = expected.clean[end].map(|_| verdict.was_clean);
    }
    held.event = expected.event.map(|_| verdict.close_event.code);
    held.event_clean = expected.event_clean.map(|_| verdict.close_event.was_clean);
    held
}

/// readyState of each end, as far as it was expected; of the far one, inferred.
#[must_use]
pub fn states(
    connection: &Connection,
    expected: &[Option<ReadyState>; 2],
) -> [Option<ReadyState>; 2] {
    Role::BOTH.map(|role| {
        let state = match connection.over {
            true => ReadyState::Closed,
            false => connection.closing.ready_state(role),
        };
        expected[role.index()].map(|_| state)
    })
}

/// Whether an end's log shows its own Close before the other's; `None` as long as
/// it does not show both.
#[must_use]
pub fn closed_first(connection: &Connection, role: Role) -> Option<bool> {
    let order = |role| connection.closing.end(role).close.as_ref().map(|c| c.moment.order);
    Some(order(role)? < order(role.peer())?)
}
