//! Playbooks of the opening handshake: what is accepted, refused and given up.

use super::stage::{Stage, action, request};
use wsscope::protocol::Role::{self, Client, Server};
use wsscope::protocol::behaviour::OnViolation;
use wsscope::protocol::connection::{Output, Settings};
use wsscope::protocol::opening_handshake::{Answer, MAX_HEAD};
use wsscope::protocol::{Connection, MILLISECOND};

/// The request with something else in a place.
fn request_but(from: &str, to: &str) -> Vec<u8> {
    let request = String::from_utf8(request()).expect("a request is text");
    assert!(request.contains(from), "{from}");
    request.replacen(from, to, 1).into_bytes()
}

/// A client whose request is out.
fn asking(change: impl FnOnce(&mut Settings)) -> Stage {
    let mut stage = Stage::waiting(Client, change);
    stage.play("> GET / HTTP/1.1\n= CONNECTING");
    stage
}

/// Our client's 101 with something else in a place.
fn accept_but(stage: &Stage, from: &str, to: &str) -> Vec<u8> {
    let accept = String::from_utf8(stage.accept()).expect("a response is text");
    assert!(accept.contains(from), "{from}");
    accept.replacen(from, to, 1).into_bytes()
}

/// How both roles end TCP behind a failed opening handshake.
const REFUSED: &str = "> fin\n= CLOSED 1006 \"\" unclean\n@ 1999\n@ 1\n> rst";

/// Feeds `octets` in one read, and again octet by octet, then plays.
fn in_one_read_and_in_many(stage: impl Fn() -> Stage, octets: &[u8], script: &str) {
    for size in [octets.len(), 1] {
        let mut stage = stage();
        octets.chunks(size).for_each(|octets| stage.receive(octets));
        stage.play(script);
    }
}

#[test]
fn a_server_refuses_what_is_no_request_for_websocket() {
    let bad = "HTTP/1.1 400 Bad Request";
    let upgrade = "HTTP/1.1 426 Upgrade Required";
    for (octets, status, problem) in [
        (request_but("GET", "PUT"), bad, "Rules([RequestMethod])"),
        (request_but("HTTP/1.1", "HTTP/1.0"), bad, "Rules([RequestHttpVersion])"),
        (request_but("Host: h\r\n", ""), bad, "Rules([RequestHost])"),
        (
            request_but("Connection: Upgrade", "Connection: close"),
            bad,
            "Rules([RequestConnection])",
        ),
        (request_but("Key: ", "Key: x"), bad, "Rules([RequestKey])"),
        (request_but("Version: 13", "Version: 8"), upgrade, "Rules([RequestVersion])"),
        (request_but("Upgrade: websocket", "Upgrade: h2c"), upgrade, "Rules([RequestUpgrade])"),
        (b"\x81\x85\x37\xfa\r\n\r\n".to_vec(), bad, "NotHttp(\"invalid token\")"),
    ] {
        let script = format!("! {problem}\n> {status}\n{REFUSED}");
        in_one_read_and_in_many(|| Stage::waiting(Server, |_| ()), &octets, &script);
    }
}

#[test]
fn a_refused_peer_that_ends_tcp_is_not_reset() {
    let mut stage = Stage::waiting(Server, |_| ());
    stage.receive(&request_but("GET", "PUT"));
    stage.play("! Rules([RequestMethod])\n> HTTP/1.1 400 Bad Request\n> fin\n< fin\n@ 60000");
}

#[test]
fn a_head_beyond_the_limit_is_refused_with_431() {
    let long = |len: usize| format!("Host: h\r\nX: {}\r\n", "x".repeat(len));
    let limit = 64 * 1024;
    let fits = limit - request_but("Host: h\r\n", &long(0)).len();
    let too_long =
        format!("! HeadTooLong\n> HTTP/1.1 431 Request Header Fields Too Large\n{REFUSED}");
    let server = || Stage::waiting(Server, |_| ());
    for (len, script) in [
        (fits, "! Opened\n> HTTP/1.1 101 Switching Protocols\n= OPEN"),
        (fits + 1, &too_long[..]),
        (3 * limit, &too_long),
    ] {
        in_one_read_and_in_many(server, &request_but("Host: h\r\n", &long(len)), script);
    }
    in_one_read_and_in_many(server, &vec![b'x'; limit + 1], &too_long);

    let response = format!("HTTP/1.1 101 S\r\n{}", long(limit));
    let script = format!("! HeadTooLong\n{REFUSED}");
    in_one_read_and_in_many(|| asking(|_| ()), response.as_bytes(), &script);
}

#[test]
fn another_status_is_a_problem_that_names_it() {
    let response = |rest: &str| format!("HTTP/1.1 401 Unauthorized\r\n{rest}").into_bytes();
    let long = "x".repeat(64 * 1024 + 1);
    for octets in [
        response("Content-Length: 3\r\n\r\nno!"),
        response("Transfer-Encoding: chunked\r\n\r\n3\r\nno!\r\n0\r\n\r\n"),
        // Nobody waits for the end of a body that is too long.
        response(&format!("Content-Length: 99999999\r\n\r\n{long}")),
        response(&format!("\r\n{long}")),
    ] {
        in_one_read_and_in_many(|| asking(|_| ()), &octets, &format!("! Status(401)\n{REFUSED}"));
    }
    // A body without a length ends with the stream.
    let mut stage = asking(|_| ());
    stage.receive(&response("\r\nno!"));
    stage.play("= CONNECTING\n< fin\n! Status(401)\n> fin\n= CLOSED 1006 \"\" unclean\n@ 60000");
    // An interim response is none.
    let mut stage = asking(|_| ());
    stage.receive(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    let accept = stage.accept();
    stage.play("= CONNECTING");
    stage.receive(&accept);
    stage.play("! Opened\n= OPEN");
}

#[test]
fn a_client_refuses_a_101_that_breaks_a_rule() {
    for (from, to, rule) in [
        ("Accept: ", "Accept: x", "ResponseAccept"),
        ("Upgrade: websocket", "Upgrade: h2c", "ResponseUpgrade"),
        ("Connection: Upgrade", "Connection: close", "ResponseConnection"),
        ("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n", "ResponseSubprotocol"),
        ("\r\n\r\n", "\r\nSec-WebSocket-Extensions: x-y\r\n\r\n", "ResponseExtension"),
    ] {
        let bad = accept_but(&asking(|_| ()), from, to);
        let script = format!("! Rules([{rule}])\n{REFUSED}");
        in_one_read_and_in_many(|| asking(|_| ()), &bad, &script);
        let noted = || asking(|s| s.behaviour.on_violation = OnViolation::Note);
        let script = format!("! Rules([{rule}])\n! Opened\n= OPEN");
        in_one_read_and_in_many(noted, &bad, &script);
    }
    // The server's fault, but no reason to refuse.
    for (from, to) in [
        ("HTTP/1.1", "HTTP/1.0"),
        ("\r\n\r\n", "\r\nContent-Length: 0\r\n\r\n"),
        ("Upgrade:", "Upgrade :"),
        ("Connection: ", "Connection:\r\n "),
    ] {
        let tolerated = accept_but(&asking(|_| ()), from, to);
        in_one_read_and_in_many(|| asking(|_| ()), &tolerated, "! Opened\n= OPEN");
    }
    // What was offered may be chosen.
    let offering = || asking(|s| s.request.subprotocols = vec!["soap".into(), "chat".into()]);
    let good = accept_but(&offering(), "Protocol: soap", "Protocol: chat");
    in_one_read_and_in_many(offering, &good, "! Opened\n= OPEN");
}

#[test]
fn a_stream_that_ends_or_breaks_before_the_101() {
    asking(|_| ()).play("< fin\n! EndedBeforeResponse\n> fin\n= CLOSED 1006 \"\" unclean\n@ 60000");
    asking(|_| ()).play("< rst\n! BrokenBeforeResponse\n= CLOSED 1006 \"\" unclean\n@ 60000");
    let mut stage = asking(|_| ());
    stage.receive(b"HTTP/1.1 101");
    stage.play("< fin\n! NotHttp(\"the stream ended before the blank line\")\n> fin\n@ 60000");
    Stage::waiting(Server, |_| ()).play("< fin\n> fin\n= CLOSED\n@ 60000");
    Stage::waiting(Server, |_| ()).play("< lost\n= CLOSED\n@ 60000");
}

#[test]
fn the_opening_handshake_has_a_limit() {
    let limit = |s: &mut Settings| {
        s.open_timeout = 300 * MILLISECOND;
    };
    for role in Role::BOTH {
        let answer = if role == Server { "> HTTP/1.1 408 Request Timeout\n" } else { "" };
        let given_up = |ms: u32, limit: u64| {
            format!("@ {}\n= CONNECTING\n@ 1\n! OpenTimeout({limit})\n{answer}{REFUSED}", ms - 1)
        };
        let waiting = |limited: bool| match (role, limited) {
            (Client, false) => asking(|_| ()),
            (Client, true) => asking(limit),
            (Server, false) => Stage::waiting(Server, |_| ()),
            (Server, true) => Stage::waiting(Server, limit),
        };
        waiting(false).play(&given_up(10_000, 10_000_000_000));
        waiting(true).play(&given_up(300, 300_000_000));
        // Once open, there is none.
        Stage::open(role, limit).play("@ 60000\n= OPEN");
    }
}

#[test]
fn an_answer_that_is_late_or_never_comes_keeps_what_came_before_it() {
    let mut stage = Stage::waiting(Server, |s| s.response.delay = 20_000 * MILLISECOND);
    stage.receive(&[&request()[..], b"\x89\x81\0\0\0\0a"].concat());
    // The limit for the request is no limit for the answer.
    stage.play(
        "@ 19999\n= CONNECTING\n@ 1\n\
         ! Opened\n> HTTP/1.1 101 Switching Protocols\n> pong:a\n= OPEN",
    );

    let mut stage = Stage::waiting(Server, |s| s.response.answer = Answer::Never);
    stage.receive(&request());
    stage.receive(&vec![0; MAX_HEAD - 1]);
    assert!(stage.end.reads());
    stage.receive(b"x");
    assert!(!stage.end.reads(), "a peer cannot fill the memory");
    stage.play("@ 60000\n= CONNECTING\n< fin\n> fin\n= CLOSED 1006 \"\" unclean\n@ 60000");
}

#[test]
fn a_bad_request_is_taken_where_rules_are_only_noted() {
    let noting = |s: &mut Settings| s.behaviour.on_violation = OnViolation::Note;
    let accepted = "> HTTP/1.1 101 Switching Protocols\n= OPEN";
    for (octets, script) in [
        (request_but("GET", "PUT"), format!("! Rules([RequestMethod])\n! Opened\n{accepted}")),
        (
            request_but("Sec-WebSocket-Key", "X-Key"),
            format!("! Rules([RequestKey])\n! NoKey\n! Opened\n{accepted}"),
        ),
        (
            request_but("Upgrade: websocket", "Upgrade: h2c"),
            format!("! Rules([RequestUpgrade])\n> HTTP/1.1 426 Upgrade Required\n{REFUSED}"),
        ),
    ] {
        in_one_read_and_in_many(|| Stage::waiting(Server, noting), &octets, &script);
    }
}

#[test]
fn frames_in_the_read_of_the_head_are_not_lost() {
    let script = "! Opened\n> hello\n> pong:a + close:1000\n= CLOSING";
    let hello = |s: &mut Settings| {
        s.after_open = vec![action("text:hello")];
    };
    let mut stage = asking(hello);
    let mut octets = stage.accept();
    octets.extend(b"\x89\x01a\x88\x02\x03\xe8");
    stage.receive(&octets);
    stage.play(&script.replace("> hello", "> text:hello"));

    let mut stage = Stage::waiting(Server, hello);
    let mut octets = request();
    octets.extend(b"\x89\x81\0\0\0\0a\x88\x82\0\0\0\0\x03\xe8");
    stage.receive(&octets);
    let script = script.replace("> hello", "> HTTP/1.1 101 Switching Protocols\n> text:hello");
    stage.play(&script.replace("= CLOSING", "> fin\n= CLOSING"));
}

#[test]
fn nothing_is_written_before_the_101() {
    for write in ["text:a", "close:1000", "raw:8100"] {
        asking(|_| ()).play(&format!("$ {write}\n! NotOpen\n= CONNECTING"));
        Stage::waiting(Server, |_| ()).play(&format!("$ {write}\n! NotOpen"));
    }
    asking(|_| ()).play("$ fin\n> fin\n= CLOSED");
    Stage::waiting(Server, |_| ()).play("$ rst\n> rst\n= CLOSED\n@ 60000");
}

#[test]
fn both_ends_of_ours_agree() {
    let mut client = Stage::waiting(Client, |s| s.request.subprotocols = vec!["chat".into()]);
    let mut server = Stage::waiting(Server, |_| ());
    let take = |end: &mut Connection| match end.poll_output() {
        Some(Output::Write(octets)) => octets,
        other => panic!("{other:?}"),
    };
    server.receive(&take(&mut client.end));
    let accept = take(&mut server.end);
    assert!(accept.windows(26).any(|w| w.eq_ignore_ascii_case(b"sec-websocket-protocol: ch")));
    client.receive(&accept);
    client.play("! Opened\n= OPEN");
    server.play("! Opened\n= OPEN");
}
