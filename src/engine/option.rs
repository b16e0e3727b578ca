//! What an end is set up with, as people type it: the words of the command line's
//! options, and of a lesson's file.

use super::header::is_token;
use crate::protocol::MILLISECOND;
use crate::protocol::Time;
use crate::protocol::action::parse_code_reason;
use crate::protocol::behaviour::{OnClose, OnPing, OnViolation, TcpEnd, When};
use crate::protocol::opening_handshake::{Answer, Flaw, Subprotocol};

/// Milliseconds, in nanoseconds.
///
/// # Errors
/// What was expected.
pub fn parse_ms(text: &str) -> Result<Time, String> {
    let ms = text.parse::<u64>().ok().and_then(|ms| ms.checked_mul(MILLISECOND));
    ms.filter(|ns| *ns < u64::MAX / 4).ok_or_else(|| "expected milliseconds".into())
}

/// What `--on-close` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseAnswer {
    /// The answer.
    pub answer: OnClose,
    /// It waits for a hand.
    pub by_hand: bool,
}

/// `same`, `empty`, `never`, `fin`, `rst`, `CODE[:REASON]` or `hand`.
///
/// # Errors
/// What was expected.
pub fn parse_on_close(text: &str) -> Result<CloseAnswer, String> {
    if text == "hand" {
        return Ok(CloseAnswer { answer: OnClose::Same, by_hand: true });
    }
    let answer = match text {
        "same" => OnClose::Same,
        "empty" => OnClose::Empty,
        "never" => OnClose::Never,
        "fin" => OnClose::Fin,
        "rst" => OnClose::Rst,
        _ => {
            let (code, reason) = parse_code_reason(text).map_err(|_| {
                "expected same, empty, never, fin, rst, hand or CODE[:REASON] with a code from 0 to 65535"
            })?;
            OnClose::Code(code, reason)
        }
    };
    Ok(CloseAnswer { answer, by_hand: false })
}

/// `reply` or `never`.
///
/// # Errors
/// What was expected.
pub fn parse_on_ping(text: &str) -> Result<OnPing, String> {
    match text {
        "reply" => Ok(OnPing::Reply(When::AtOnce)),
        "never" => Ok(OnPing::Never),
        _ => Err("expected reply or never".into()),
    }
}

/// `auto`, `never` or milliseconds.
///
/// # Errors
/// What was expected.
pub fn parse_tcp_end(text: &str) -> Result<TcpEnd, String> {
    match text {
        "auto" => Ok(TcpEnd::Auto),
        "never" => Ok(TcpEnd::Never),
        ms => parse_ms(ms)
            .map(TcpEnd::After)
            .map_err(|_| "expected auto, never or milliseconds".into()),
    }
}

/// `fail` or `note`.
///
/// # Errors
/// What was expected.
pub fn parse_violations(text: &str) -> Result<OnViolation, String> {
    match text {
        "fail" => Ok(OnViolation::Fail),
        "note" => Ok(OnViolation::Note),
        _ => Err("expected fail or note".into()),
    }
}

/// How a server answers a request: `accept`, `never`, a 101 with a flaw, or
/// `STATUS[:BODY]`.
///
/// # Errors
/// What was expected.
pub fn parse_answer(text: &str) -> Result<Answer, String> {
    Ok(match text {
        "accept" => Answer::Accept,
        "never" => Answer::Never,
        "wrong-accept" => Answer::Flawed(Flaw::WrongAccept),
        "no-accept" => Answer::Flawed(Flaw::NoAccept),
        "no-upgrade" => Answer::Flawed(Flaw::NoUpgrade),
        "no-connection" => Answer::Flawed(Flaw::NoConnection),
        _ => {
            let (status, body) = text.split_once(':').unwrap_or((text, ""));
            let digits = status.bytes().all(|octet| octet.is_ascii_digit());
            let status = status.parse().ok().filter(|s| digits && (200..1000).contains(s));
            let status = status.ok_or(
                "expected accept, never, wrong-accept, no-accept, no-upgrade, no-connection or \
                 STATUS[:BODY] with a status from 200 to 999",
            )?;
            Answer::Refuse { status, body: body.to_owned() }
        }
    })
}

/// The subprotocol of a 101: `none` or a name.
///
/// # Errors
/// What was expected.
pub fn parse_subprotocol(text: &str) -> Result<Subprotocol, String> {
    match text {
        "none" => Ok(Subprotocol::None),
        name => parse_token(name).map(Subprotocol::Named),
    }
}

/// A token of HTTP (RFC 9110 §5.6.2).
///
/// # Errors
/// What was expected.
pub fn parse_token(text: &str) -> Result<String, String> {
    if is_token(text) { Ok(text.to_owned()) } else { Err("expected a token without blanks".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_as_they_are_typed() {
        for (text, answer) in [
            ("accept", Answer::Accept),
            ("no-upgrade", Answer::Flawed(Flaw::NoUpgrade)),
            ("503", Answer::Refuse { status: 503, body: String::new() }),
            ("401:no: go", Answer::Refuse { status: 401, body: "no: go".into() }),
        ] {
            assert_eq!(parse_answer(text), Ok(answer));
        }
        for bad in ["", "101", "199", "1000", "+404", "404 x", "no"] {
            assert!(parse_answer(bad).is_err(), "{bad}");
        }
        assert!(parse_subprotocol("a b").is_err());
    }
}
