//! Options of the opening handshake: what a server answers.
#![allow(rustdoc::broken_intra_doc_links)] // its comments are the text of --help

use crate::engine::option::{parse_answer, parse_ms, parse_subprotocol};
use crate::protocol::opening_handshake::{Answer, ResponseParts, Subprotocol};
use clap::Args;

/// How `listen` answers a request.
#[derive(Debug, Args, Clone)]
pub struct AnswerOptions {
    /// Answer to a request: accept; STATUS[:BODY] refuses (--header goes into that too); never;
    /// or a 101 that the client has to refuse: wrong-accept, no-accept, no-upgrade, no-connection
    #[arg(long, value_name = "ANSWER", default_value = "accept", value_parser = parse_answer)]
    pub answer: Answer,
    /// That answer comes so much later
    #[arg(long, value_name = "MS", default_value = "0", value_parser = parse_ms)]
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
