//! The JSON Lines key by key: what each type says about a known conversation.

use super::run::{Run, bytes, end_of, holds, octets};
use super::wire::{self, BINARY, CLOSE, End, MASKING_KEY, PING, PONG, TEXT, Wire, frame, server};
use serde_json::{Value, json};

/// A client's frame with any first octet, any form of its length and any mask.
fn odd(first: u8, mask: Option<[u8; 4]>, length_bits: u8, payload: &[u8]) -> Vec<u8> {
    let bit = if mask.is_some() { 0x80 } else { 0 };
    let mut octets = match length_bits {
        7 => vec![first, bit | payload.len() as u8],
        16 => [&[first, bit | 126][..], &(payload.len() as u16).to_be_bytes()].concat(),
        _ => [&[first, bit | 127][..], &(payload.len() as u64).to_be_bytes()].concat(),
    };
    let key = mask.unwrap_or_default();
    octets.extend(&key[..if mask.is_some() { 4 } else { 0 }]);
    octets.extend(payload.iter().enumerate().map(|(i, octet)| octet ^ key[i % 4]));
    octets
}

/// The frames that `listen` shows of what one client sent and then ended.
fn shown(sent: &[u8]) -> Vec<Value> {
    let mut run = Run::listen(&["--connections", "1"]);
    let mut client = Wire::open(run.port());
    client.send(sent);
    client.fin();
    client.rest();
    run.closed();
    let ended = run.end().expect(0);
    ended.frames("client").into_iter().cloned().collect()
}

#[track_caller]
fn has(line: &Value, id: &str, by: &str) {
    let violations = line["violations"].as_array().expect("a list");
    let found = violations.iter().any(|v| v["id"] == id && v["by"] == by);
    assert!(found, "no {id} by {by} in {line}");
}

#[test]
fn a_connection_names_both_addresses() {
    let mut run = Run::listen(&["--connections", "1"]);
    let port = run.port();
    let mut client = Wire::open(port);
    let line = run.line("connection");
    assert_eq!(line["connection"], 1);
    assert_eq!(line["role"], "server");
    assert_eq!(line["client"], client.local().to_string());
    assert_eq!(line["server"], format!("127.0.0.1:{port}"));
    client.send_close(1000, "");
    client.expect_close(1000, "");
    client.fin();
    run.end().expect(0);

    let (listener, port) = server();
    let mut run = Run::connect_port(port, &["--after-open", "close:1000"]);
    let mut server = Wire::accept_open(&listener);
    let line = run.line("connection");
    assert_eq!((&line["connection"], &line["role"]), (&json!(1), &json!("client")));
    assert_eq!(line["server"], format!("127.0.0.1:{port}"));
    server.expect_close(1000, "");
    server.send_close(1000, "");
    server.fin();
    run.end().expect(0);
}

#[test]
fn connections_count_from_one_and_frames_over_all_of_them() {
    let mut run = Run::listen(&["--connections", "2"]);
    for number in [1, 2] {
        let mut client = Wire::open(run.port());
        client.send_frame(TEXT, b"hi");
        let frame = run.frame("client");
        assert_eq!(frame["connection"], number);
        assert_eq!(frame["number"], number);
        client.fin();
        client.expect_end(End::Fin);
        assert_eq!(run.closed()["connection"], number);
    }
    run.end().expect(0);
}

#[test]
fn heads_are_shown_octet_by_octet() {
    let mut run = Run::listen(&["--connections", "1", "--header", "X-Server: s"]);
    let mut client = Wire::connect(run.port());
    let mut head = wire::request("x-odd:  two  spaces \r\n").into_bytes();
    let at = head.len() - 2;
    head.splice(at..at, b"X-Latin: caf\xe9 \xff\r\n".iter().copied());
    client.send(&head);
    let answer = client.head();
    let request = run.line("opening_handshake");
    assert_eq!(request["from"], "client");
    assert_eq!(request["connection"], 1);
    let expected: String = head.iter().map(|&octet| char::from(octet)).collect();
    assert_eq!(request["head"], expected.as_str());
    assert!(request["body"].is_null(), "{request}");
    assert_eq!(request["violations"], json!([]));
    let response = run.line("opening_handshake");
    assert_eq!((&response["from"], &response["head"]), (&json!("server"), &json!(answer)));
    client.fin();
    client.rest();
    run.end().expect(0);
}

#[test]
fn a_refusal_shows_its_body() {
    let (listener, port) = server();
    let run = Run::connect_port(port, &[]);
    let mut server = Wire::accept(&listener);
    server.head();
    server.send(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nno!\n");
    server.fin();
    let ended = run.end().expect(1);
    let response = ended.all("opening_handshake")[1];
    assert_eq!(response["from"], "server");
    assert_eq!(response["head"], "HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\n");
    assert_eq!(octets(&response["body"]), b"no!\n");
    let error = ended.only("error");
    assert_eq!(
        (&error["stage"], &error["connection"]),
        (&json!("opening_handshake"), &json!(1)),
        "{error}"
    );
    let nothing = json!({"code": 1006, "reason": "", "was_clean": false});
    let closed = ended.only("closed");
    for name in ["client", "server", "close_event"] {
        assert_eq!(end_of(&closed[name]), nothing, "{name}");
    }
}

#[test]
fn a_text_frame_has_every_key() {
    let frames = shown(&frame(TEXT, Some(MASKING_KEY), "héllo".as_bytes()));
    holds(
        &frames[0],
        &json!({
            "type": "frame", "connection": 1, "number": 1, "from": "client", "fin": true,
            "rsv1": false, "rsv2": false, "rsv3": false, "opcode": 1, "mask": true,
            "masking_key": "37fa213d", "length_bits": 7, "payload_len": 6, "complete": true,
            "payload": {"text": "héllo"}, "violations": [],
        }),
    );
}

#[test]
fn every_opcode_is_shown() {
    for opcode in 0..=15 {
        // A reserved opcode fails the connection: each has one of its own.
        let frames = shown(&frame(0x80 | opcode, Some(MASKING_KEY), b""));
        assert_eq!(frames.len(), 1, "opcode {opcode}");
        let payload = if opcode == 1 { json!({"text": ""}) } else { json!({"bytes": ""}) };
        holds(
            &frames[0],
            &json!({
                "opcode": opcode, "fin": true, "payload": payload, "payload_len": 0,
                "complete": true, "mask": true,
            }),
        );
        match opcode {
            0 => has(&frames[0], "continuation-without-start", "client"),
            1 | 2 | 8 | 9 => assert_eq!(frames[0]["violations"], json!([])),
            // Allowed, and noted: it answers no Ping.
            10 => has(&frames[0], "pong-unsolicited", "client"),
            _ => has(&frames[0], "reserved-opcode", "client"),
        }
    }
}

#[test]
fn every_reserved_bit_is_shown() {
    for (bit, key) in [(0x40, "rsv1"), (0x20, "rsv2"), (0x10, "rsv3")] {
        let frames = shown(&frame(BINARY | bit, Some(MASKING_KEY), b"x"));
        for name in ["rsv1", "rsv2", "rsv3"] {
            assert_eq!(frames[0][name], name == key, "{}", frames[0]);
        }
        has(&frames[0], &format!("{key}-without-extension"), "client");
    }
}

#[test]
fn every_form_of_the_length_is_shown() {
    for (length_bits, len) in [(7, 0), (7, 125), (16, 126), (16, 65535), (64, 65536), (64, 70_000)]
    {
        let payload = vec![b'x'; len];
        let frames = shown(&odd(BINARY, Some(MASKING_KEY), length_bits, &payload));
        holds(
            &frames[0],
            &json!({
                "length_bits": length_bits, "payload_len": len, "complete": true,
                "payload": bytes(&payload), "violations": [],
            }),
        );
    }
    for length_bits in [16, 64] {
        let frames = shown(&odd(TEXT, Some(MASKING_KEY), length_bits, b"short"));
        holds(
            &frames[0],
            &json!({
                "length_bits": length_bits, "payload_len": 5, "payload": {"text": "short"}
            }),
        );
        has(&frames[0], "length-not-minimal", "client");
    }
}

#[test]
fn a_frame_without_a_mask_is_shown_and_fails_the_connection() {
    let mut run = Run::listen(&["--connections", "1"]);
    let mut client = Wire::open(run.port());
    client.send(&frame(TEXT, None, b"bare"));
    let shown = run.frame("client");
    holds(
        &shown,
        &json!({"mask": false, "masking_key": null, "payload": {"text": "bare"}, "number": 1}),
    );
    has(&shown, "client-not-masked", "client");
    let close = client.frame();
    assert_eq!((close.first, &close.payload[..2]), (CLOSE, &1002u16.to_be_bytes()[..]));
    client.fin();
    client.rest();
    run.end().expect(0);
}

#[test]
fn a_masking_key_of_zero_is_a_key() {
    let frames = shown(&frame(TEXT, Some([0; 4]), b"plain"));
    holds(
        &frames[0],
        &json!({"mask": true, "masking_key": "00000000", "payload": {"text": "plain"}}),
    );
}

#[test]
fn text_is_text_only_where_it_is_valid_by_itself() {
    let euro = "€".as_bytes();
    let key = Some(MASKING_KEY);
    let sent = [
        frame(0x01, key, b"a"),
        frame(0x00, key, &euro[..1]), // valid as a message, not as a frame
        frame(0x00, key, &euro[1..]),
        frame(PING, key, b"in between"),
        frame(0x80, key, b"z"),
        frame(0x02, key, b"b"),
        frame(0x80, key, b"binary goes on"),
    ]
    .concat();
    let frames = shown(&sent);
    let payloads: Vec<&Value> = frames.iter().map(|line| &line["payload"]).collect();
    assert_eq!(
        payloads,
        [
            &json!({"text": "a"}),
            &bytes(&euro[..1]),
            &bytes(&euro[1..]),
            &bytes(b"in between"),
            &json!({"text": "z"}),
            &bytes(b"b"),
            &bytes(b"binary goes on"),
        ]
    );
    let fins: Vec<bool> = frames.iter().map(|line| line["fin"] == true).collect();
    assert_eq!(fins, [false, false, false, true, true, false, true]);
    for line in &frames {
        // The same masking-key each time is worth a note, and breaks nothing.
        let broken = line["violations"].as_array().expect("a list").iter();
        assert!(broken.clone().all(|v| v["severity"] == "note"), "{line}");
    }
}

#[test]
fn text_that_is_no_utf8_is_bytes() {
    let frames = shown(&frame(TEXT, Some(MASKING_KEY), b"\xc3\x28"));
    assert_eq!(frames[0]["payload"], bytes(b"\xc3\x28"));
    has(&frames[0], "text-not-utf8", "client");
}

#[test]
fn control_frames_are_bytes() {
    let key = Some(MASKING_KEY);
    let frames = shown(&[frame(PING, key, b"p"), frame(PONG, key, b"")].concat());
    holds(&frames[0], &json!({"opcode": 9, "payload": bytes(b"p")}));
    holds(&frames[1], &json!({"opcode": 10, "payload": {"bytes": ""}}));
}

#[test]
fn a_close_tells_code_and_reason() {
    let key = Some(MASKING_KEY);
    let reason = "孩子,地球太危险了,快回火星去吧!";
    let body = wire::close_body(1000, reason);
    let shown = |payload: &[u8]| shown(&frame(CLOSE, key, payload)).remove(0);
    holds(
        &shown(&body),
        &json!({
            "opcode": 8, "payload_len": 47, "length_bits": 7, "payload": bytes(&body),
            "status_code": 1000, "reason": reason, "violations": [],
        }),
    );
    let empty = shown(b"");
    assert!(empty["status_code"].is_null() && empty["reason"].is_null(), "{empty}");
    assert_eq!(shown(&[0x0f, 0xa1])["status_code"], 4001);
    assert_eq!(shown(&[0, 0])["status_code"], 0);
    assert_eq!(shown(&[0xff, 0xff])["status_code"], 65535);

    let octet = shown(&[3]);
    assert!(octet["status_code"].is_null() && octet["reason"].is_null(), "{octet}");
    assert_eq!(octet["payload"], bytes(&[3]));
    has(&octet, "close-body-one-octet", "client");
    let violation = &octet["violations"][0];
    holds(violation, &json!({"rfc": 6455, "section": "5.5.1", "severity": "must", "by": "client"}));

    let odd = shown(b"\x03\xe8\xff\xfe");
    holds(&odd, &json!({"status_code": 1000, "reason": null}));
    has(&odd, "reason-not-utf8", "client");
}

#[test]
fn a_frame_that_the_end_of_the_stream_cut_off_is_shown() {
    // Announces ten octets, brings three.
    let mut sent = vec![TEXT, 0x8a];
    sent.extend(MASKING_KEY);
    sent.extend(b"abc".iter().zip(MASKING_KEY).map(|(octet, key)| octet ^ key));
    let frames = shown(&sent);
    assert_eq!(frames.len(), 1);
    let frame = &frames[0];
    holds(
        frame,
        &json!({
            "number": 1, "opcode": 1, "complete": false, "payload_len": 10, "length_bits": 7,
            "masking_key": "37fa213d",
        }),
    );
    assert_eq!(octets(&frame["payload"]), b"abc");
    has(frame, "frame-cut-off", "client");

    // Ends inside the header.
    let frames = shown(&[BINARY, 0xfe, 0x01]);
    holds(&frames[0], &json!({"opcode": 2, "complete": false}));
    assert_eq!(octets(&frames[0]["payload"]), b"");

    let frames = shown(&[CLOSE]);
    holds(&frames[0], &json!({"opcode": 8, "complete": false}));
}

#[test]
fn frames_of_both_ends_and_the_end_of_tcp_come_in_order() {
    let run = Run::listen(&["--connections", "1", "--after-open", "text:hello"]);
    let mut client = Wire::open(run.port());
    client.expect(TEXT, b"hello");
    client.send_close(3001, "bye");
    client.expect_close(3001, "bye");
    client.expect_end(End::Fin);
    client.fin();
    let ended = run.end().expect(0);
    let order: Vec<String> = ended
        .lines
        .iter()
        .map(|line| {
            let word = |key: &str| line[key].as_str().unwrap_or_default();
            let opcode = line["opcode"].as_u64().map(|o| o.to_string()).unwrap_or_default();
            format!("{} {} {}{opcode}", word("type"), word("from"), word("event"))
        })
        .collect();
    assert_eq!(
        order,
        [
            "listening  ",
            "connection  ",
            "opening_handshake client ",
            "opening_handshake server ",
            "frame server 1",
            "frame client 8",
            "frame server 8",
            "tcp server fin",
            "tcp client fin",
            "closed  ",
        ]
    );
    let server = ended.frames("server")[0];
    holds(
        server,
        &json!({"mask": false, "masking_key": null, "number": 1, "payload": {"text": "hello"}}),
    );
    for line in ended.all("tcp") {
        assert_eq!((&line["error"], &line["violations"]), (&Value::Null, &json!([])));
    }
    let closed = ended.only("closed");
    let clean = json!({"code": 3001, "reason": "bye", "was_clean": true});
    for name in ["client", "server", "close_event"] {
        assert_eq!(end_of(&closed[name]), clean, "{name}");
    }
    assert_eq!(closed["violations"], json!([]));
}

#[test]
fn a_reset_is_told_with_who_did_it() {
    let mut run = Run::listen(&["--connections", "1"]);
    let client = Wire::open(run.port());
    run.line("opening_handshake");
    run.line("opening_handshake");
    client.rst();
    let tcp = run.line("tcp");
    assert_eq!((&tcp["from"], &tcp["event"]), (&json!("client"), &json!("rst")));
    let closed = run.closed();
    let nothing = json!({"code": 1006, "reason": "", "was_clean": false});
    assert_eq!(
        (end_of(&closed["server"]), end_of(&closed["close_event"])),
        (nothing.clone(), nothing)
    );
    run.end().expect(0);
}

#[test]
fn a_connection_that_never_asked_is_closed_as_well() {
    let mut run = Run::listen(&[]);
    let mut client = Wire::connect(run.port());
    client.fin();
    client.rest();
    let closed = run.closed();
    assert_eq!(
        end_of(&closed["close_event"]),
        json!({"code": 1006, "reason": "", "was_clean": false})
    );
    run.interrupt().expect(0);
}

#[test]
fn a_request_that_is_no_upgrade_is_refused_and_shown() {
    let mut run = Run::listen(&["--no-page"]);
    let mut client = Wire::connect(run.port());
    client.send(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 4"), "{head}");
    let request = run.line("opening_handshake");
    assert_eq!(request["head"], "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
    has(&request, "request-upgrade", "client");
    let response = run.line("opening_handshake");
    assert_eq!(response["head"], head.as_str());
    client.fin();
    client.rest();
    let closed = run.closed();
    assert_eq!(
        end_of(&closed["close_event"]),
        json!({"code": 1006, "reason": "", "was_clean": false})
    );
    run.interrupt().expect(0);
}

#[test]
fn what_is_no_http_is_refused_and_closed() {
    let mut run = Run::listen(&[]);
    let mut client = Wire::connect(run.port());
    client.send(b"\x16\x03\x01 this is not HTTP\r\n\r\n");
    client.fin();
    client.rest();
    let error = run.line("error");
    assert_eq!(error["stage"], "opening_handshake", "{error}");
    run.closed();
    run.interrupt().expect(0);
}
