//! A client of npm `ws`, as observed of 8.23 with its default settings.

use super::{Facts, First, Report, ms};
use crate::protocol::closing_handshake::Broken;
use crate::protocol::{Rule, Time};
use crate::session::log::Connection;

/// How long it waits for the answer to `close()`, and then ends TCP.
const PATIENCE: Time = ms(30_000);

/// Its name of the error for a broken rule; `None` where it does not mind. It
/// reads a header to its end before the payload, so most need no whole frame.
fn error(broken: &Broken) -> Option<&'static str> {
    Some(match broken.rule {
        Rule::Rsv2 | Rule::Rsv3 => "WS_ERR_UNEXPECTED_RSV_2_3",
        Rule::Rsv1 => "WS_ERR_UNEXPECTED_RSV_1",
        Rule::ReservedOpcode | Rule::ContinuationWithoutStart | Rule::MessageInsideMessage => {
            "WS_ERR_INVALID_OPCODE"
        }
        Rule::ControlFragmented => "WS_ERR_EXPECTED_FIN",
        Rule::ControlTooLong | Rule::CloseBodyOneOctet => "WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH",
        // A longer form than needed is taken, but not in a control frame, where
        // 126 and 127 are lengths that are too long.
        Rule::LengthNotMinimal if broken.control => "WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH",
        Rule::ServerMasked => "WS_ERR_UNEXPECTED_MASK",
        Rule::LengthTopBit => "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH",
        Rule::MessageTooBig => "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
        Rule::CodeNeverOnTheWire | Rule::CodeUnassigned => "WS_ERR_INVALID_CLOSE_CODE",
        Rule::ReasonNotUtf8 => "WS_ERR_INVALID_UTF8",
        // Text is looked at once the message is whole: see `bad_message`.
        _ => return None,
    })
}

/// Where in a frame it looks first, since it stops at the first error.
fn place(rule: Rule) -> u8 {
    match rule {
        Rule::Rsv2 | Rule::Rsv3 => 0,
        Rule::Rsv1 => 1,
        Rule::ReservedOpcode | Rule::ContinuationWithoutStart | Rule::MessageInsideMessage => 2,
        Rule::ControlFragmented => 3,
        Rule::ControlTooLong | Rule::CloseBodyOneOctet | Rule::LengthNotMinimal => 4,
        Rule::ServerMasked => 5,
        Rule::LengthTopBit | Rule::MessageTooBig => 6,
        Rule::CodeNeverOnTheWire | Rule::CodeUnassigned => 7,
        _ => 8,
    }
}

/// The close event of an `ws` client in the client's place; the error is the
/// code, or the message, of the error event before it.
#[must_use]
pub fn node_ws(connection: &Connection) -> Report {
    let facts = Facts::of(connection);
    // It never was open: an error event, then 1006.
    if !facts.opened(true) {
        return Report::abnormal(Some(refusal(connection)));
    }
    let own = |rule, moment| Broken { rule, moment, whole: true, control: false };
    let text = facts.server.bad_message.map(|moment| own(Rule::TextNotUtf8, moment));
    let long = facts.server.long[1].map(|moment| own(Rule::MessageTooBig, moment));
    let minds = |b: &&Broken| error(b).is_some();
    let faults = facts.server.broken.iter().filter(minds).copied().chain(text).chain(long);
    match facts.first(faults.clone(), PATIENCE) {
        // A frame that it does not take is an error event; what comes behind it,
        // a Close too, is thrown away.
        First::Fault(first) => {
            let same = faults.filter(|b| b.moment == first.moment);
            let first = same.min_by_key(|b| place(b.rule));
            let name = first.and_then(|b| error(&b)).unwrap_or("WS_ERR_INVALID_UTF8");
            Report::abnormal(Some(name.to_owned()))
        }
        // No Close, or none in time: 1006 and no error, also for a reset.
        First::Nothing => Report::abnormal(None),
        // It answers at once and takes no notice of what follows, not of frames
        // and not of a reset; wasClean says that a Close went each way.
        First::Close(close) => {
            let was_clean = !facts.reset_before_answer(close);
            Report { was_clean, ..Report::of(close, None) }
        }
    }
}

/// The message of the error for a handshake that failed.
fn refusal(connection: &Connection) -> String {
    match (connection.refused, connection.bad_response) {
        (Some(status), _) => format!("Unexpected server response: {status}"),
        (None, Some(Rule::ResponseUpgrade)) => "Invalid Upgrade header".to_owned(),
        (None, Some(Rule::ResponseAccept)) => "Invalid Sec-WebSocket-Accept header".to_owned(),
        (None, Some(Rule::ResponseSubprotocol)) => "Server sent an invalid subprotocol".to_owned(),
        (None, Some(Rule::ResponseExtension)) => {
            "Server indicated an extension that was not requested".to_owned()
        }
        (None, None) if connection.subprotocol_ignored => "Server sent no subprotocol".to_owned(),
        _ => "socket hang up".to_owned(),
    }
}
