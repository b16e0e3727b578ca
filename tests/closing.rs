//! How this end answers a Close and ends TCP: every value of `--on-close`,
//! `--close-delay` and `--tcp-end`, in both roles.

use super::run::{Ended, Run, end_of, holds, time};
use super::wire::{CLOSE, End, TEXT, Wire, server};
use serde_json::{Value, json};
use std::time::Duration;

/// Long enough for something wrong to happen, short enough to wait for.
const QUIET: Duration = Duration::from_millis(300);

fn held(code: u16, reason: &str, was_clean: bool) -> Value {
    json!({"code": code, "reason": reason, "was_clean": was_clean})
}

/// `listen` with these options, and a client that has sent Close 3001 "bye".
fn as_server(options: &[&str]) -> (Run, Wire) {
    let run = Run::listen(&[&["--connections", "1"], options].concat());
    let mut client = Wire::open(run.port());
    client.send_close(3001, "bye");
    (run, client)
}

/// `connect` with these options, and a server that has sent Close 3001 "bye".
fn as_client(options: &[&str]) -> (Run, Wire) {
    let (listener, port) = server();
    let run = Run::connect_port(port, options);
    let mut server = Wire::accept_open(&listener);
    server.send_close(3001, "bye");
    (run, server)
}

/// Fails unless the closed line holds this for the client, the server and the page.
#[track_caller]
fn expect_closed(ended: &Ended, client: Value, server: Value, close_event: Value) {
    let closed = ended.only("closed");
    let got =
        (end_of(&closed["client"]), end_of(&closed["server"]), end_of(&closed["close_event"]));
    assert_eq!(got, (client, server, close_event), "{closed}");
}

#[test]
fn a_server_answers_with_the_same_unless_told() {
    for options in [&[][..], &["--on-close", "same"]] {
        let (run, mut client) = as_server(options);
        client.expect_close(3001, "bye");
        client.expect_end(End::Fin);
        client.fin();
        let clean = held(3001, "bye", true);
        expect_closed(&run.end().expect(0), clean.clone(), clean.clone(), clean);
    }
}

#[test]
fn the_same_of_an_empty_close_is_an_empty_one() {
    let run = Run::listen(&["--connections", "1"]);
    let mut client = Wire::open(run.port());
    client.send_frame(CLOSE, b"");
    client.expect(CLOSE, b"");
    client.expect_end(End::Fin);
    client.fin();
    let clean = held(1005, "", true);
    expect_closed(&run.end().expect(0), clean.clone(), clean.clone(), clean);
}

#[test]
fn a_server_answers_with_an_empty_close() {
    let (run, mut client) = as_server(&["--on-close", "empty"]);
    client.expect(CLOSE, b"");
    client.expect_end(End::Fin);
    client.fin();
    let ended = run.end().expect(0);
    let answer = ended.frames("server")[0];
    assert!(answer["status_code"].is_null() && answer["reason"].is_null(), "{answer}");
    expect_closed(&ended, held(1005, "", true), held(3001, "bye", true), held(1005, "", true));
}

#[test]
fn a_server_answers_with_a_code_of_its_own() {
    for (option, code, reason) in
        [("4002", 4002, ""), ("4002:other", 4002, "other"), ("1000:a:b", 1000, "a:b")]
    {
        let (run, mut client) = as_server(&["--on-close", option]);
        client.expect_close(code, reason);
        client.expect_end(End::Fin);
        client.fin();
        let ended = run.end().expect(0);
        let got = held(code, reason, true);
        expect_closed(&ended, got.clone(), held(3001, "bye", true), got);
    }
}

#[test]
fn a_server_that_never_answers_does_nothing() {
    let (run, mut client) = as_server(&["--on-close", "never"]);
    client.quiet_for(QUIET);
    client.fin(); // its own FIN follows at once, without a Close
    client.expect_end(End::Fin);
    let ended = run.end().expect(0);
    assert!(ended.frames("server").is_empty());
    let nothing = held(1006, "", false);
    expect_closed(&ended, nothing.clone(), held(3001, "bye", false), nothing);
}

#[test]
fn a_server_ends_tcp_in_place_of_an_answer() {
    for (option, end) in [("fin", End::Fin), ("rst", End::Rst)] {
        let (run, mut client) = as_server(&["--on-close", option]);
        client.expect_end(end);
        client.fin();
        let ended = run.end().expect(0);
        assert!(ended.frames("server").is_empty(), "{option}");
        holds(ended.all("tcp")[0], &json!({"from": "server", "event": option}));
        let nothing = held(1006, "", false);
        expect_closed(&ended, nothing.clone(), held(3001, "bye", false), nothing);
    }
}

#[test]
fn a_client_answers_as_it_is_told() {
    for (option, answer, exit) in [
        ("same", Some((3001, "bye")), 0),
        ("4002:other", Some((4002, "other")), 0),
        ("fin", None, 1),
        ("rst", None, 1),
    ] {
        let (run, mut server) = as_client(&["--on-close", option]);
        match answer {
            Some((code, reason)) => server.expect_close(code, reason),
            None => server.expect_end(if option == "fin" { End::Fin } else { End::Rst }),
        }
        server.fin();
        let ended = run.end().expect(exit);
        let (code, reason) = answer.unwrap_or((1006, ""));
        let closed = ended.only("closed");
        assert_eq!(end_of(&closed["server"]), held(code, reason, exit == 0), "{option}");
        assert_eq!(end_of(&closed["client"]), held(3001, "bye", exit == 0), "{option}");
    }
    let (run, mut server) = as_client(&["--on-close", "empty"]);
    let answer = server.frame();
    assert_eq!((answer.first, answer.payload.len()), (CLOSE, 0));
    assert!(answer.masking_key.is_some());
    server.fin();
    expect_closed(
        &run.end().expect(0),
        held(3001, "bye", true),
        held(1005, "", true),
        held(3001, "bye", true),
    );

    let (run, mut server) = as_client(&["--on-close", "never"]);
    server.quiet_for(QUIET);
    server.fin();
    server.expect_end(End::Fin);
    let ended = run.end().expect(1);
    let closed = ended.only("closed");
    assert_eq!(end_of(&closed["client"]), held(3001, "bye", false));
    assert_eq!(end_of(&closed["server"]), held(1006, "", false));
}

#[test]
fn a_close_is_answered_once() {
    let (run, mut client) = as_server(&[]);
    client.try_send(&super::wire::frame(CLOSE, Some([1, 2, 3, 4]), b""));
    client.expect_close(3001, "bye");
    let (rest, _) = client.rest();
    assert!(rest.is_empty());
    client.fin();
    run.end().expect(0);
}

#[test]
fn the_answer_to_the_own_close_is_not_answered() {
    let (listener, port) = server();
    let run = Run::connect_port(port, &["--after-open", "close:1000:x"]);
    let mut server = Wire::accept_open(&listener);
    server.expect_close(1000, "x");
    server.send_close(4001, "y");
    server.fin();
    server.expect_end(End::Fin);
    let ended = run.end().expect(0);
    expect_closed(&ended, held(4001, "y", true), held(1000, "x", true), held(4001, "y", true));
}

#[test]
fn close_delay_holds_the_answer_back() {
    for on_close in ["same", "fin", "rst", "4002"] {
        let (run, mut client) = as_server(&["--close-delay", "300", "--on-close", on_close]);
        if on_close == "same" {
            client.expect_close(3001, "bye");
        }
        client.rest();
        client.fin();
        let ended = run.end().expect(0);
        let close = time(ended.frames("client")[0]);
        let answer = match ended.frames("server").first() {
            Some(frame) => time(frame),
            None => time(ended.all("tcp")[0]),
        };
        let delay = answer - close;
        assert!((299.0..5000.0).contains(&delay), "{on_close}: {delay} ms");
    }
}

#[test]
fn data_is_still_heard_while_the_answer_is_held_back() {
    let run = Run::listen(&["--connections", "1", "--close-delay", "300", "--echo"]);
    let mut client = Wire::open(run.port());
    client.send_frame(TEXT, b"before");
    client.expect(TEXT, b"before");
    client.send_close(1000, "");
    client.expect_close(1000, "");
    client.expect_end(End::Fin);
    client.fin();
    run.end().expect(0);
}

#[test]
fn a_server_ends_tcp_at_once_by_default() {
    for options in [&[][..], &["--tcp-end", "auto"]] {
        let (run, mut client) = as_server(options);
        client.expect_close(3001, "bye");
        client.expect_end(End::Fin);
        client.fin();
        let ended = run.end().expect(0);
        holds(ended.all("tcp")[0], &json!({"from": "server", "event": "fin"}));
        let waited = time(ended.all("tcp")[0]) - time(ended.frames("server")[0]);
        assert!(waited < 1000.0, "{waited} ms");
    }
}

#[test]
fn a_server_never_ends_tcp_if_told() {
    let (run, mut client) = as_server(&["--tcp-end", "never"]);
    client.expect_close(3001, "bye");
    client.quiet_for(QUIET);
    client.fin(); // not answered by a FIN either
    client.quiet_for(QUIET);
    let ended = run.interrupt().expect(0);
    holds(ended.all("tcp")[0], &json!({"from": "client", "event": "fin"}));
    client.expect_end(End::Fin);
}

#[test]
fn the_end_of_tcp_comes_so_much_later() {
    let (run, mut client) = as_server(&["--tcp-end", "300"]);
    client.expect_close(3001, "bye");
    client.expect_end(End::Fin);
    client.fin();
    let ended = run.end().expect(0);
    // From the peer's Close: that line bears the time at which it was read, before
    // the answer went and the limit began.
    let waited = time(ended.all("tcp")[0]) - time(ended.frames("client")[0]);
    assert!((299.0..5000.0).contains(&waited), "{waited} ms");

    let (run, mut server) = as_client(&["--tcp-end", "300"]);
    server.expect_close(3001, "bye");
    server.expect_end(End::Fin); // the client, although the server has not
    server.fin();
    let ended = run.end().expect(0);
    holds(ended.all("tcp")[0], &json!({"from": "client", "event": "fin"}));
    let waited = time(ended.all("tcp")[0]) - time(ended.frames("server")[0]);
    assert!((299.0..5000.0).contains(&waited), "{waited} ms");
}

#[test]
fn a_client_ends_tcp_when_the_server_has() {
    let (run, mut server) = as_client(&[]);
    server.expect_close(3001, "bye");
    server.quiet_for(QUIET);
    server.fin();
    server.expect_end(End::Fin);
    let ended = run.end().expect(0);
    holds(ended.all("tcp")[0], &json!({"from": "server", "event": "fin"}));
    let clean = held(3001, "bye", true);
    expect_closed(&ended, clean.clone(), clean.clone(), clean);
}

#[test]
fn a_client_waits_ten_seconds_for_the_server() {
    let (run, mut server) = as_client(&[]);
    server.expect_close(3001, "bye");
    server.expect_end(End::Fin);
    server.fin();
    let ended = run.end().expect(0);
    holds(ended.all("tcp")[0], &json!({"from": "client", "event": "fin"}));
    let waited = time(ended.all("tcp")[0]) - time(ended.frames("server")[0]);
    assert!((9_999.0..15_000.0).contains(&waited), "{waited} ms");
}

#[test]
fn the_fin_of_the_peer_is_answered_at_once() {
    let run = Run::listen(&["--connections", "1"]);
    let mut client = Wire::open(run.port());
    client.fin();
    client.expect_end(End::Fin);
    let nothing = held(1006, "", false);
    expect_closed(&run.end().expect(0), nothing.clone(), nothing.clone(), nothing);

    let (listener, port) = server();
    let run = Run::connect_port(port, &[]);
    let mut server = Wire::accept_open(&listener);
    server.fin();
    server.expect_end(End::Fin);
    run.end().expect(1);
}

#[test]
fn the_fin_of_the_peer_is_not_answered_if_told() {
    let mut run = Run::listen(&["--tcp-end", "never"]);
    let mut client = Wire::open(run.port());
    client.fin();
    holds(&run.line("tcp"), &json!({"from": "client", "event": "fin"}));
    client.quiet_for(QUIET);
    run.interrupt().expect(0);
}

#[test]
fn a_close_and_a_fin_in_one_segment_are_both_seen() {
    // Unread octets behind an own FIN would make it a RST; here nothing is unread.
    let (run, mut client) = as_server(&[]);
    client.fin();
    client.expect_close(3001, "bye");
    client.expect_end(End::Fin);
    let ended = run.end().expect(0);
    let clean = held(3001, "bye", true);
    expect_closed(&ended, clean.clone(), clean.clone(), clean);
}

#[test]
fn octets_behind_the_peers_close_do_not_turn_the_fin_into_a_reset() {
    let run = Run::listen(&["--connections", "1"]);
    let mut client = Wire::open(run.port());
    let more = super::wire::frame(TEXT, Some([1, 2, 3, 4]), &[b'x'; 60_000]);
    let close = super::wire::frame(CLOSE, Some([1, 2, 3, 4]), b"\x03\xe8");
    client.send(&[close, more.clone(), more].concat());
    client.expect_close(1000, "");
    client.expect_end(End::Fin);
    client.fin();
    let ended = run.end().expect(0);
    let shown = ended.frames("client");
    assert_eq!(shown.len(), 3, "what comes behind a Close is shown");
    holds(&shown[1]["violations"][0], &json!({"id": "frame-after-close", "by": "client"}));
}
