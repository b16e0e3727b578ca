//! `--after-open`: each action as it looks on the wire, in both roles.

use super::run::{Run, after_open, end_of, holds, time};
use super::wire::{BINARY, CLOSE, End, Frame, PING, PONG, TEXT, Wire, close_body, header, server};
use serde_json::json;
use std::time::Duration;

/// What `listen` sends behind its 101, as frames.
fn sent_by_server(actions: &[&str], frames: usize) -> Vec<Frame> {
    let run = Run::listen(&after_open(actions));
    let mut client = Wire::open(run.port());
    let frames = (0..frames).map(|_| client.frame()).collect();
    run.interrupt().expect(0);
    frames
}

/// What `connect` sends behind its request, as frames.
fn sent_by_client(actions: &[&str], frames: usize) -> Vec<Frame> {
    let (listener, port) = server();
    let _run = Run::connect_port(port, &after_open(actions));
    let mut server = Wire::accept_open(&listener);
    (0..frames).map(|_| server.frame()).collect()
}

#[test]
fn each_action_is_its_frame_in_both_roles() {
    let long = "r".repeat(200);
    let with_long = format!("close:1000:{long}");
    let body = |code, reason: &str| close_body(code, reason);
    let mars = "孩子,地球太危险了,快回火星去吧!";
    let with_mars = format!("close:1000:{mars}");
    let cases: Vec<(&str, u8, Vec<u8>)> = vec![
        ("text:hi", TEXT, b"hi".to_vec()),
        ("text:", TEXT, vec![]),
        ("text: a:b; 'c' \"d\" ", TEXT, b" a:b; 'c' \"d\" ".to_vec()),
        ("text:火星", TEXT, "火星".as_bytes().to_vec()),
        ("binary:00ffA0", BINARY, vec![0x00, 0xff, 0xa0]),
        ("binary:", BINARY, vec![]),
        ("ping", PING, vec![]),
        ("ping:p:q", PING, b"p:q".to_vec()),
        ("pong", PONG, vec![]),
        ("pong:unasked", PONG, b"unasked".to_vec()),
        ("close", CLOSE, vec![]),
        ("close:1000", CLOSE, body(1000, "")),
        ("close:4001:a:b", CLOSE, body(4001, "a:b")),
        (&with_mars, CLOSE, body(1000, mars)),
        ("close:0", CLOSE, body(0, "")),
        ("close:1005:never", CLOSE, body(1005, "never")),
        ("close:65535", CLOSE, body(65535, "")),
        (&with_long, CLOSE, body(1000, &long)),
    ];
    for (action, first, payload) in cases {
        let server = sent_by_server(&[action], 1).remove(0);
        assert_eq!((server.first, &server.payload), (first, &payload), "{action}");
        assert_eq!(server.masking_key, None, "{action}");
        assert_eq!(server.length_bits, if payload.len() > 125 { 16 } else { 7 }, "{action}");
        let client = sent_by_client(&[action], 1).remove(0);
        assert_eq!((client.first, client.payload), (first, payload), "{action}");
        assert!(client.masking_key.is_some(), "{action}");
        assert_eq!(client.length_bits, server.length_bits, "{action}");
    }
}

#[test]
fn each_frame_of_a_client_has_a_key_of_its_own() {
    let frames = sent_by_client(&["text:a"; 8], 8);
    let mut keys: Vec<_> = frames.iter().map(|frame| frame.masking_key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert!(keys.len() >= 7, "{keys:?}");
}

#[test]
fn raw_octets_go_out_as_they_are() {
    let mut run = Run::listen(&after_open(&["raw:C1 0268 69", "raw:8802", "raw: 03 e8 "]));
    let mut client = Wire::open(run.port());
    client.expect(0xc1, b"hi"); // RSV1 without an extension
    client.expect_close(1000, "");
    client.send_close(1000, "");
    client.expect_end(End::Fin);
    client.fin();
    holds(&run.frame("server"), &json!({"opcode": 1, "rsv1": true, "complete": true}));
    holds(&run.frame("server"), &json!({"opcode": 8, "status_code": 1000}));
    // A Close written as raw octets is a Close: it ended the connection in order.
    holds(&run.closed(), &json!({"server": {"code": 1000, "was_clean": true}}));
    run.interrupt().expect(0);

    let (listener, port) = server();
    let mut run = Run::connect_port(port, &after_open(&["raw:81 02 68 69"]));
    let mut server = Wire::accept_open(&listener);
    let frame = server.frame();
    assert_eq!((frame.masking_key, &frame.payload[..]), (None, &b"hi"[..]));
    let line = run.frame("client");
    holds(&line, &json!({"mask": false, "masking_key": null, "payload": {"text": "hi"}}));
}

#[test]
fn actions_are_carried_out_in_order() {
    let actions = [
        "text:1",
        "binary:02",
        "ping:3",
        "pong:4",
        "raw:81 01 35",
        "wait:1",
        "text:6",
        "close:1000:7",
    ];
    let sent: Vec<(u8, Vec<u8>)> =
        sent_by_server(&actions, 7).into_iter().map(|frame| (frame.first, frame.payload)).collect();
    assert_eq!(
        sent,
        [
            (TEXT, b"1".to_vec()),
            (BINARY, vec![2]),
            (PING, b"3".to_vec()),
            (PONG, b"4".to_vec()),
            (TEXT, b"5".to_vec()),
            (TEXT, b"6".to_vec()),
            (CLOSE, close_body(1000, "7")),
        ]
    );
}

#[test]
fn wait_waits() {
    let mut run = Run::listen(&after_open(&["text:a", "wait:300", "text:b"]));
    let mut client = Wire::open(run.port());
    client.expect(TEXT, b"a");
    client.expect(TEXT, b"b");
    // The request was read before anything was done; a frame's time is when the
    // write returned, which may be late.
    let opened = time(&run.line("opening_handshake"));
    run.frame("server");
    let waited = time(&run.frame("server")) - opened;
    assert!((299.0..5000.0).contains(&waited), "waited {waited} ms");
}

#[test]
fn a_wait_does_not_hold_up_answers() {
    let run = Run::listen(&[&["--echo"][..], &after_open(&["wait:20000", "text:late"])].concat());
    let mut client = Wire::open(run.port());
    client.send_frame(TEXT, b"now");
    client.expect(TEXT, b"now");
    client.send_frame(PING, b"p");
    client.expect(PONG, b"p");
    client.send_close(1000, "");
    client.expect_close(1000, "");
}

#[test]
fn fin_ends_the_write_side_and_reading_goes_on() {
    let run = Run::listen(&[&["--connections", "1"][..], &after_open(&["text:a", "fin"])].concat());
    let mut client = Wire::open(run.port());
    client.expect(TEXT, b"a");
    client.expect_end(End::Fin);
    client.send_frame(TEXT, b"still heard");
    client.fin();
    let ended = run.end().expect(0);
    let heard = ended.frames("client");
    holds(heard[0], &json!({"payload": {"text": "still heard"}, "complete": true}));
    let ends: Vec<_> =
        ended.all("tcp").iter().map(|line| (&line["from"], &line["event"])).collect();
    assert_eq!(ends, [(&json!("server"), &json!("fin")), (&json!("client"), &json!("fin"))]);
    let nothing = json!({"code": 1006, "reason": "", "was_clean": false});
    let closed = ended.only("closed");
    assert_eq!(
        (end_of(&closed["client"]), end_of(&closed["close_event"])),
        (nothing.clone(), nothing)
    );
}

#[test]
fn rst_resets() {
    let run = Run::listen(&[&["--connections", "1"][..], &after_open(&["rst"])].concat());
    // The reset may overtake the 101 in this end's buffer: it is not read.
    let mut client = Wire::connect(run.port());
    client.send(super::wire::request("").as_bytes());
    let ended = run.end().expect(0);
    holds(ended.only("tcp"), &json!({"from": "server", "event": "rst"}));
    let nothing = json!({"code": 1006, "reason": "", "was_clean": false});
    assert_eq!(end_of(&ended.only("closed")["close_event"]), nothing);

    let run =
        Run::listen(&[&["--connections", "1"][..], &after_open(&["wait:200", "rst"])].concat());
    let mut client = Wire::open(run.port());
    client.expect_end(End::Rst);
    run.end().expect(0);

    let (listener, port) = server();
    let run = Run::connect_port(port, &after_open(&["wait:200", "rst"]));
    let mut server = Wire::accept_open(&listener);
    server.expect_end(End::Rst);
    let ended = run.end().expect(1);
    holds(ended.only("tcp"), &json!({"from": "client", "event": "rst"}));
}

#[test]
fn a_reset_behind_a_close_keeps_the_code_for_the_browser() {
    let actions = after_open(&["close:4001:r", "wait:200", "rst"]);
    let options = [&["--connections", "1", "--tcp-end", "never"][..], &actions].concat();
    let run = Run::listen(&options);
    let mut client = Wire::open(run.port());
    client.expect_close(4001, "r");
    client.send_close(4001, "r");
    client.expect_end(End::Rst);
    let ended = run.end().expect(0);
    let expected = json!({"code": 4001, "reason": "r", "was_clean": false});
    assert_eq!(end_of(&ended.only("closed")["close_event"]), expected);
}

#[test]
fn actions_behind_the_own_close_are_carried_out() {
    let mut run = Run::listen(&after_open(&["close:1000:x", "text:behind", "ping"]));
    let mut client = Wire::open(run.port());
    client.expect_close(1000, "x");
    client.expect(TEXT, b"behind");
    client.expect(PING, b"");
    run.frame("server");
    let behind = run.frame("server");
    let violation = &behind["violations"][0];
    holds(violation, &json!({"id": "frame-after-close", "by": "server"}));
}

#[test]
fn what_is_to_be_written_behind_the_own_fin_is_an_error() {
    for end in ["fin", "rst"] {
        let actions = after_open(&[end, "text:too late"]);
        let run = Run::listen(&[&["--connections", "1"][..], &actions].concat());
        let mut client = Wire::connect(run.port());
        client.send(super::wire::request("").as_bytes());
        client.fin();
        let ended = run.end().expect(0);
        let error = ended.only("error");
        assert_eq!((&error["stage"], &error["connection"]), (&json!("send"), &json!(1)), "{end}");
        assert!(ended.frames("server").is_empty(), "{end}");
    }
}

#[test]
fn actions_left_when_the_connection_has_ended_are_discarded() {
    let actions = after_open(&["wait:20000", "text:never", "close:1000"]);
    let run = Run::listen(&[&["--connections", "1"][..], &actions].concat());
    let mut client = Wire::open(run.port());
    client.fin();
    client.expect_end(End::Fin);
    let ended = run.end().expect(0);
    assert!(ended.frames("server").is_empty());
    assert!(ended.all("error").is_empty());
}

#[test]
fn the_first_action_is_directly_behind_the_101() {
    let run = Run::listen(&after_open(&["close:1000:at once"]));
    let mut client = Wire::connect(run.port());
    client.send(super::wire::request("").as_bytes());
    let head = client.head();
    assert!(header(&head, "Sec-WebSocket-Accept").is_some());
    client.expect_close(1000, "at once");
    client.quiet_for(Duration::from_millis(100));
}

#[test]
fn after_open_is_done_on_each_connection() {
    let run = Run::listen(&after_open(&["text:welcome"]));
    for _ in 0..3 {
        let mut client = Wire::open(run.port());
        client.expect(TEXT, b"welcome");
    }
}
