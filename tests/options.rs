//! The options that shape what is said: headers, subprotocols, limits, echo, pings,
//! standard input.

use super::run::{Run, command, holds, time};
use super::wire::{
    BINARY, CLOSE, End, KEY, MASKING_KEY, PING, PONG, TEXT, Wire, frame, header, request, server,
};
use serde_json::json;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;

/// The head of `connect`'s request with these options.
fn request_head(options: &[&str]) -> String {
    let (listener, port) = server();
    let _run = Run::connect_port(port, options);
    Wire::accept(&listener).head()
}

/// The values of a header, in order.
fn all<'a>(head: &'a str, name: &str) -> Vec<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
        .collect()
}

#[test]
fn a_request_has_what_the_rfc_asks_for() {
    let (listener, port) = server();
    let _run = Run::connect(&format!("ws://127.0.0.1:{port}/chat?room=1%202"), &[]);
    let head = Wire::accept(&listener).head();
    assert!(head.starts_with("GET /chat?room=1%202 HTTP/1.1\r\n"), "{head}");
    assert_eq!(header(&head, "Host"), Some(&format!("127.0.0.1:{port}")[..]));
    assert_eq!(header(&head, "Upgrade").map(str::to_ascii_lowercase).as_deref(), Some("websocket"));
    assert_eq!(
        header(&head, "Connection").map(str::to_ascii_lowercase).as_deref(),
        Some("upgrade")
    );
    assert_eq!(header(&head, "Sec-WebSocket-Version"), Some("13"));
    let key = header(&head, "Sec-WebSocket-Key").expect("a key");
    assert_eq!((key.len(), key.ends_with("==")), (24, true), "{key}");
    for absent in ["Origin", "Sec-WebSocket-Protocol"] {
        assert_eq!(header(&head, absent), None, "{head}");
    }
    let another = request_head(&[]);
    assert_ne!(header(&another, "Sec-WebSocket-Key"), Some(key), "a new key each time");
    assert!(another.starts_with("GET / HTTP/1.1\r\n"), "{another}");
}

#[test]
fn headers_are_added_to_the_request_in_order() {
    let head = request_head(&[
        "--header",
        "Authorization: Bearer a:b",
        "--header",
        "X-Two: 1",
        "--header",
        "X-Two: 2",
        "--origin",
        "http://example.com",
    ]);
    assert_eq!(header(&head, "Authorization"), Some("Bearer a:b"));
    assert_eq!(all(&head, "X-Two"), ["1", "2"]);
    assert_eq!(all(&head, "Origin"), ["http://example.com"]);
}

#[test]
fn headers_are_added_to_the_101() {
    let run = Run::listen(&["--header", "Set-Cookie: a=1", "--header", "Set-Cookie: b=2"]);
    let (_, head) = Wire::open_with(run.port(), "");
    assert_eq!(all(&head, "Set-Cookie"), ["a=1", "b=2"]);
    assert_eq!(all(&head, "Sec-WebSocket-Accept"), ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="], "for {KEY}");
}

#[test]
fn any_path_is_accepted() {
    let run = Run::listen(&[]);
    for path in ["/", "/a/b?c=d", "/%E7%81%AB", "ws://example.com/absolute"] {
        let mut client = Wire::connect(run.port());
        let request = request("").replace("/chat?room=1", path);
        client.send(request.as_bytes());
        let head = client.head();
        assert!(head.starts_with("HTTP/1.1 101 "), "{path}: {head}");
    }
}

#[test]
fn subprotocols_are_offered_in_order() {
    let head = request_head(&["--subprotocol", "chat.v2", "--subprotocol", "chat.v1"]);
    let offered: Vec<&str> = all(&head, "Sec-WebSocket-Protocol")
        .into_iter()
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    assert_eq!(offered, ["chat.v2", "chat.v1"]);
}

#[test]
fn the_first_offered_subprotocol_among_ours_is_chosen() {
    let offer = "Sec-WebSocket-Protocol: a, b, c\r\n";
    for (options, chosen) in [
        (&[][..], Some("a")),
        (&["--subprotocol", "c", "--subprotocol", "b"], Some("b")),
        (&["--subprotocol", "z"], None),
    ] {
        let run = Run::listen(options);
        let (_, head) = Wire::open_with(run.port(), offer);
        assert_eq!(header(&head, "Sec-WebSocket-Protocol"), chosen, "{options:?}");
        let two = "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b , c\r\n";
        let (_, head) = Wire::open_with(run.port(), two);
        assert_eq!(header(&head, "Sec-WebSocket-Protocol"), chosen, "{options:?}, in two headers");
        let (_, head) = Wire::open_with(run.port(), "");
        assert_eq!(header(&head, "Sec-WebSocket-Protocol"), None, "{options:?}, none offered");
    }
}

#[test]
fn a_subprotocol_that_was_not_offered_is_refused() {
    let (listener, port) = server();
    let run = Run::connect_port(port, &["--subprotocol", "a"]);
    let (mut server, _) = Wire::accept_with(&listener, "Sec-WebSocket-Protocol: z\r\n", b"");
    server.rest();
    server.fin();
    let ended = run.end().expect(1);
    holds(ended.only("error"), &json!({"stage": "opening_handshake", "connection": 1}));
    let violation = &ended.all("opening_handshake")[1]["violations"][0];
    holds(violation, &json!({"id": "response-subprotocol", "by": "server", "severity": "must"}));
}

#[test]
fn a_101_with_a_wrong_accept_is_refused() {
    let (listener, port) = server();
    let run = Run::connect_port(port, &["--after-open", "text:never"]);
    let mut server = Wire::accept(&listener);
    server.head();
    server.send(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
    );
    let (octets, _) = server.rest();
    assert!(octets.is_empty(), "{octets:?}");
    server.fin();
    let ended = run.end().expect(1);
    holds(ended.only("error"), &json!({"stage": "opening_handshake"}));
}

#[test]
fn a_reset_instead_of_a_response_has_its_sentence() {
    let (listener, port) = server();
    let run = Run::connect_port(port, &[]);
    let mut server = Wire::accept(&listener);
    server.head();
    server.rst();
    let ended = run.end().expect(1);
    let said = "TCP was broken off before the server's response was complete";
    holds(ended.only("error"), &json!({"stage": "opening_handshake", "message": said}));
    let last = ended.lines.last().expect("a line");
    holds(last, &json!({"type": "closed", "client": {"code": 1006}}));
}

#[test]
fn the_opening_handshake_has_a_limit() {
    let mut run = Run::listen(&["--open-timeout", "300"]);
    let mut client = Wire::connect(run.port());
    client.send(b"GET / HTTP/1.1\r\n");
    client.rest();
    client.fin();
    let began = time(&run.line("connection"));
    let error = run.line("error");
    holds(&error, &json!({"stage": "opening_handshake", "connection": 1}));
    let waited = time(&error) - began;
    assert!((250.0..5000.0).contains(&waited), "{waited} ms");
    run.closed();
    run.interrupt().expect(0);

    let (listener, port) = server();
    let run = Run::connect_port(port, &["--open-timeout", "300"]);
    let mut server = Wire::accept(&listener);
    server.head();
    server.rest();
    server.fin();
    let ended = run.end().expect(1);
    holds(ended.only("error"), &json!({"stage": "opening_handshake"}));
}

#[test]
fn an_open_connection_is_not_limited() {
    let run = Run::listen(&["--open-timeout", "200", "--echo"]);
    let mut client = Wire::open(run.port());
    client.quiet_for(Duration::from_millis(500));
    client.send_frame(TEXT, b"still there");
    client.expect(TEXT, b"still there");
}

#[test]
fn a_message_beyond_the_limit_fails_with_1009() {
    let key = Some(MASKING_KEY);
    let whole = frame(TEXT, key, b"elevenchars");
    let fragments =
        [frame(0x01, key, b"elev"), frame(PING, key, b""), frame(0x80, key, b"enchars")].concat();
    for sent in [whole, fragments] {
        let run = Run::listen(&["--connections", "1", "--max-message", "10", "--echo"]);
        let mut client = Wire::open(run.port());
        client.send_frame(TEXT, b"ten octets");
        client.expect(TEXT, b"ten octets");
        client.send(&sent);
        let mut close = client.frame();
        if close.first == PONG {
            close = client.frame();
        }
        assert_eq!((close.first, &close.payload[..2]), (CLOSE, &1009u16.to_be_bytes()[..]));
        client.fin();
        client.rest();
        let ended = run.end().expect(0);
        holds(ended.frames("server").last().expect("a Close"), &json!({"status_code": 1009}));
    }
    let (listener, port) = server();
    let run = Run::connect_port(port, &["--max-message", "10"]);
    let mut server = Wire::accept_open(&listener);
    server.send_frame(BINARY, &[0; 11]);
    let close = server.frame();
    assert_eq!((close.first, &close.payload[..2]), (CLOSE, &1009u16.to_be_bytes()[..]));
    server.fin();
    server.rest();
    run.end().expect(1);
}

#[test]
fn echo_answers_each_data_message() {
    let key = Some(MASKING_KEY);
    let run = Run::listen(&["--echo"]);
    let mut client = Wire::open(run.port());
    for len in [0, 1, 125, 126, 65535, 65536, 300_000] {
        let payload: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
        client.send_frame(BINARY, &payload);
        client.expect(BINARY, &payload);
    }
    client.send_frame(TEXT, "héllo 火星".as_bytes());
    client.expect(TEXT, "héllo 火星".as_bytes());
    // Fragments come back as one message, with a Pong to the Ping between them.
    let sent = [
        frame(0x01, key, b"one, "),
        frame(PING, key, b"p"),
        frame(0x00, key, b"two, "),
        frame(0x80, key, b"three"),
    ];
    client.send(&sent.concat());
    client.expect(PONG, b"p");
    let (mut echo, mut whole) = (client.frame(), Vec::<u8>::new());
    assert_eq!(echo.first & 15, 1, "{echo:?}");
    loop {
        whole.extend(&echo.payload);
        if echo.first & 0x80 != 0 {
            break;
        }
        echo = client.frame();
    }
    assert_eq!(whole, b"one, two, three");
    // A Pong is no data.
    client.send_frame(PONG, b"unasked");
    client.quiet_for(Duration::from_millis(100));

    let (listener, port) = server();
    let _run = Run::connect_port(port, &["--echo"]);
    let mut server = Wire::accept_open(&listener);
    server.send_frame(TEXT, b"to a client");
    let echo = server.frame();
    assert!(echo.masking_key.is_some());
    assert_eq!((echo.first, &echo.payload[..]), (TEXT, &b"to a client"[..]));
}

#[test]
fn nothing_is_echoed_unless_told() {
    let run = Run::listen(&[]);
    let mut client = Wire::open(run.port());
    client.send_frame(TEXT, b"x");
    client.quiet_for(Duration::from_millis(200));
}

#[test]
fn pings_are_answered_unless_told() {
    for options in [&[][..], &["--on-ping", "reply"]] {
        let run = Run::listen(options);
        let mut client = Wire::open(run.port());
        client.send_frame(PING, b"are you there");
        client.expect(PONG, b"are you there");
        client.send_frame(PING, b"");
        client.expect(PONG, b"");
    }
    let run = Run::listen(&["--on-ping", "never", "--echo"]);
    let mut client = Wire::open(run.port());
    client.send_frame(PING, b"are you there");
    client.send_frame(TEXT, b"x");
    client.expect(TEXT, b"x");

    let (listener, port) = server();
    let _run = Run::connect_port(port, &[]);
    let mut server = Wire::accept_open(&listener);
    server.send_frame(PING, b"p");
    let pong = server.frame();
    assert!(pong.masking_key.is_some());
    assert_eq!((pong.first, &pong.payload[..]), (PONG, &b"p"[..]));
}

#[test]
fn each_line_of_standard_input_is_a_text_message() {
    let (listener, port) = server();
    let home = TempDir::new().expect("a folder");
    let url = format!("ws://127.0.0.1:{port}/");
    let mut command =
        command(home.path(), &["connect", &url, "--headless", "--json", "--no-record", "--stdin"]);
    command.stdin(Stdio::piped());
    let mut run = Run::spawn(command, home);
    let mut server = Wire::accept_open(&listener);
    run.type_in("hello\n");
    server.expect(TEXT, b"hello"); // before the next line is typed
    run.type_in("\n火星\nlast, without an end");
    server.expect(TEXT, b"");
    server.expect(TEXT, "火星".as_bytes());
    run.end_input();
    server.expect(TEXT, b"last, without an end");
    server.expect_close(1000, "");
    server.send_close(1000, "");
    server.fin();
    server.expect_end(End::Fin);
    run.end().expect(0);
}

#[test]
fn standard_input_that_is_there_before_the_101_is_not_lost() {
    let (listener, port) = server();
    let home = TempDir::new().expect("a folder");
    let url = format!("ws://127.0.0.1:{port}/");
    let options = ["--headless", "--json", "--no-record", "--stdin", "--after-open", "text:first"];
    let mut command = command(home.path(), &[&["connect", &url][..], &options].concat());
    command.stdin(Stdio::piped());
    let mut run = Run::spawn(command, home);
    run.type_in("one\ntwo\n");
    run.end_input();
    let mut server = Wire::accept_open(&listener);
    server.expect(TEXT, b"first");
    server.expect(TEXT, b"one");
    server.expect(TEXT, b"two");
    server.expect_close(1000, "");
    server.send_close(1000, "");
    server.fin();
    run.end().expect(0);
}

#[test]
fn standard_input_is_left_alone_unless_told() {
    // It is at its end from the beginning; the connection stays open.
    let (listener, port) = server();
    let _run = Run::connect_port(port, &[]);
    let mut server = Wire::accept_open(&listener);
    server.quiet_for(Duration::from_millis(300));
}
