//! Options of the opening handshake: what a server answers.
#![allow(rustdoc::broken_intra_doc_links)] // its comments are the text of --help

use crate::engine::header::is_token;
use crate::protocol::opening_handshake::{Answer, Flaw, ResponseParts, Subprotocol};
use clap::Args;

/// How `listen` answers a request.
#[derive(Debug, Args, Clone)]
pub struct AnswerOptions {
    /// Answer to a request: accept; STATUS[:BODY] refuses (--header goes into that too); never;
    /// or a 101 that the client has to refuse: wrong-accept, no-accept, no-upgrade, no-connection
    #[arg(long, value_name = "ANSWER", default_value = "accept", value_parser = parse_answer)]
    pub answer: Answer,
    /// That answer comes so much later
    #[arg(long, value_name = "MS", default_value = "0", value_parser = super::cli::parse_ms)]
    pub answer_delay: u64,
    /// The 101 names this subprotocol, offered or not; none: it names none
    #[arg(long, value_name = "NAME", value_parser = parse_subprotocol)]
    #[arg(conflicts_with = "subprotocol")]
    pub answer_subprotocol: Option<Subprotocol>,
}

impl AnswerOptions {
    /// The answer, with what `listen` and `connect` have in common.
    #[must_use]
    pub fn response(
        &self,
        subprotocols: Vec<String>,
        headers: Vec<(String, String)>,
    ) -> ResponseParts {
        ResponseParts {
            answer: self.answer.clone(),
            delay: self.answer_delay,
            subprotocols,
            subprotocol: self.answer_subprotocol.clone().unwrap_or_default(),
            headers,
        }
    }
}

fn parse_answer(text: &str) -> Result<Answer, String> {
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

fn parse_subprotocol(text: &str) -> Result<Subprotocol, String> {
    match text {
        "none" => Ok(Subprotocol::None),
        name if is_token(name) => Ok(Subprotocol::Named(name.to_owned())),
        _ => Err("expected none or a token without blanks".into()),
    }
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
