//! A client of python `websockets`, as observed of 17.4 with its default settings.

use super::{Facts, First, Report, ms};
use crate::protocol::closing_handshake::{Broken, Moment};
use crate::protocol::{Rule, StatusCode, Time};
use crate::session::log::Connection;

/// `close_timeout`: how long it waits for the answer to `close()`.
const PATIENCE: Time = ms(10_000);

/// Whether it fails the connection for a broken rule. It looks at the opcode, the
/// mask and the length in the header, and at all else in a whole frame; a length
/// in a longer form than needed is taken.
fn minds(broken: &Broken) -> bool {
    match broken.rule {
        Rule::LengthNotMinimal | Rule::TextNotUtf8 => false,
        Rule::ReservedOpcode | Rule::ServerMasked | Rule::LengthTopBit => true,
        _ => broken.whole,
    }
}

/// `close_code`, `close_reason` and the exception of a `websockets` client in the
/// client's place; clean means that a Close was received and sent.
#[must_use]
pub fn python(connection: &Connection) -> Report {
    let facts = Facts::of(connection);
    // It never was open: an exception and no code. A 101 without a subprotocol
    // is taken, although some were offered.
    if !facts.opened(false) {
        let error = Some(refusal(connection).to_owned());
        return Report { code: None, ..Report::abnormal(error) };
    }
    let own = |rule, moment| Broken { rule, moment, whole: true, control: false };
    // Text becomes a string when the program receives it: a Close in the same
    // read was taken before, and a program that waits in close() receives nothing.
    let close = facts.server.close.as_ref();
    let received = |bad: &Moment| {
        facts.asked.is_none_or(|c| bad.order < c.moment.order)
            && close.is_none_or(|c| c.moment.time != bad.time)
    };
    let text = facts.server.bad_message.filter(received);
    let text = text.map(|moment| own(Rule::TextNotUtf8, moment));
    let long = facts.server.long[0].map(|moment| own(Rule::MessageTooBig, moment));
    let faults = facts.server.broken.iter().filter(|b| minds(b)).copied().chain(text).chain(long);
    let ok = |code: Option<StatusCode>| matches!(code.map(|c| c.0), None | Some(1000 | 1001));
    match facts.first(faults, PATIENCE) {
        First::Close(close) => {
            // It sends the same back, unless it asked first, or the Close came
            // inside a fragmented message: then 1002, and the code stays.
            let sent = match facts.asked {
                Some(asked) => asked.code,
                None if facts.server.close_inside_message => Some(StatusCode(1002)),
                None => close.code,
            };
            let name = if ok(close.code) && ok(sent) {
                "ConnectionClosedOK"
            } else {
                "ConnectionClosedError"
            };
            Report::of(close, Some(name.to_owned()))
        }
        // What follows a frame that it does not take is thrown away, a Close too;
        // where no Close came, or none in time, it is the same 1006.
        First::Fault(_) | First::Nothing => {
            Report::abnormal(Some("ConnectionClosedError".to_owned()))
        }
    }
}

/// The exception for a handshake that failed.
fn refusal(connection: &Connection) -> &'static str {
    match (connection.refused, connection.bad_response) {
        (Some(_), _) => "InvalidStatus",
        (None, Some(Rule::ResponseUpgrade | Rule::ResponseConnection)) => "InvalidUpgrade",
        (None, Some(Rule::ResponseAccept)) => "InvalidHeaderValue",
        (None, Some(Rule::ResponseSubprotocol | Rule::ResponseExtension)) => "NegotiationError",
        (None, _) => "InvalidMessage",
    }
}
