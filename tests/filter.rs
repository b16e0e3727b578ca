//! The filter language: which rows of a known session each expression lets
//! through, which column an error points at, and that printing, evaluation and
//! Wireshark agree.

mod known;
mod language;
mod naive;
mod tshark;

use known::{Session, session};
use wsscope::session::filter::Filter;
use wsscope::session::selection;

/// The rows that a filter lets through.
fn rows(session: &Session, text: &str) -> Vec<u64> {
    let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let mut found = Vec::new();
    selection::for_each(&filter, &session.log.read(), &session.source, |index| {
        found.push(index);
        Ok(())
    })
    .unwrap();
    found
}

#[test]
fn expressions_let_through_the_rows_they_describe() {
    let session = session();
    for (text, expected) in [
        ("", (0..31).collect::<Vec<u64>>()),
        // The words of the manual.
        ("opcode == close && code != 1000", vec![24]),
        ("from == server", vec![2, 4, 6, 8, 10, 11, 13, 15, 16, 21, 24, 25, 28]),
        ("len > 1024", vec![12]),
        (r#"text contains "error""#, vec![4, 10, 11]),
        (r#"text matches "ID\":\\d+""#, vec![4]),
        (r#"text matches r"id.:\d+""#, vec![4]),
        (r#"text ~ "(?-i)ID""#, vec![]),
        ("connection == 3", vec![27, 28, 29, 30]),
        ("time > 0.02 && time <= 0.0222222", vec![17, 18]),
        // Presence, flags, absence.
        ("close", vec![14, 15, 24]),
        ("ping", vec![5, 9]),
        ("!ping && connection == 1 && !data", vec![0, 1, 2, 6, 13, 14, 15, 16, 17, 18]),
        ("code", vec![14, 15, 24]),
        ("websocket.fin && !fin", vec![8, 10]),
        ("not websocket.opcode && connection == 2", vec![19, 20, 21, 25, 26]),
        ("event", vec![16, 17, 25, 29]),
        ("event == rst || status == 404", vec![25, 28, 29]),
        // What stands across two fragments is in the last.
        (r#"text == "an error""#, vec![]),
        (r#"text contains "an error""#, vec![11]),
        ("message == 2 && from == server", vec![8, 10, 11]),
        ("part == 2", vec![10]),
        ("kind == opening_handshake && from == client", vec![1, 20]),
        ("opcode in {8..9}", vec![5, 9, 14, 15, 24]),
        ("opcode in {ping, 0xa, continuation}", vec![5, 6, 9, 10, 11, 13]),
        ("payload contains 88:02:03", vec![7, 12]),
        ("payload == 88:02:03", vec![7]),
        (r#"payload == "\x88\x02\x03""#, vec![7]),
        ("masking_key == 37:fa:21:3d && text", vec![3, 22]),
        ("mask == 0 && from == client", vec![23]),
        ("violation && kind == frame", vec![5, 7, 9, 12, 13, 14, 23]),
        (r#"rule == "client-not-masked""#, vec![23]),
        ("severity == must && data", vec![23]),
        (r#"reason contains "火星""#, vec![14]),
        ("websocket.payload.close.status_code >= 1001", vec![24]),
        ("length16", vec![12]),
        ("websocket.payload_length == 126", vec![12]),
        ("ip.src == 10.0.0.0/8 && tcp.dstport == 8000 && event", vec![17]),
        (r#"head contains "GET /chat""#, vec![1, 20]),
        ("number in {1, 3..4}", vec![3, 5, 6]),
        // Precedence: !, then and, then xor, then or.
        ("ping or close and code == 1002", vec![5, 9, 24]),
        ("(ping or close) and code == 1002", vec![24]),
        ("close xor code == 1002", vec![14, 15]),
        ("ping ^^ ping && from == server || pong", vec![5, 6, 9, 13]),
        ("!close == 1 && code", vec![]),
        ("! ! ping", vec![5, 9]),
    ] {
        assert_eq!(rows(&session, text), expected, "{text}\n{}", session.shown());
    }
}
