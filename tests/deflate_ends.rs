//! permessage-deflate at our own ends: what is offered and answered, messages both
//! ways, fragments, what inflates to too much, and what the lines say of it.

use super::run::{Run, after_open, bytes, expect_usage_error, holds, octets};
use super::wire::{CLOSE, TEXT, Wire, header, server};
use serde_json::{Value, json};
use wsscope::protocol::Role;
use wsscope::protocol::deflate::{Deflater, Parameters};

const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// A compressed "Hello" (RFC 7692 §7.2.3.1).
const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";

/// First octets with RSV1.
const COMPRESSED_TEXT: u8 = TEXT | 0x40;

fn offering(parameters: &str) -> String {
    format!("{EXTENSIONS}: permessage-deflate{parameters}\r\n")
}

#[test]
fn a_client_offers_what_it_is_told_to() {
    for (options, offer) in [
        (&[][..], Some("permessage-deflate; client_max_window_bits")),
        (&["--deflate", "on"], Some("permessage-deflate; client_max_window_bits")),
        (&["--deflate", "off"], None),
        (
            &["--deflate", "client_no_context_takeover;server_max_window_bits=\"10\""],
            Some("permessage-deflate; client_no_context_takeover; server_max_window_bits=10"),
        ),
        // By hand: that and nothing else.
        (&["--header", "Sec-WebSocket-Extensions: x-other"], Some("x-other")),
    ] {
        let (sockets, port) = server();
        let run = Run::connect_port(port, options);
        let (mut server, head) = Wire::accept_with(&sockets, "", b"");
        assert_eq!(header(&head, EXTENSIONS), offer, "{options:?}");
        assert_eq!(head.matches(EXTENSIONS).count(), usize::from(offer.is_some()));
        server.fin();
        server.read_on();
        let told = &run.end().expect(1).lines;
        let answer = told.iter().find(|l| l["head"].as_str().is_some_and(|h| h.contains(" 101 ")));
        let offered = offer.is_some_and(|offer| offer != "x-other");
        let deflate = &answer.expect("a response")["deflate"];
        assert_eq!(deflate.is_object(), offered, "{options:?}: {deflate}");
        assert_eq!(deflate["agreed"], Value::Null);
    }
}

#[test]
fn a_server_answers_an_offer_that_it_can_take() {
    for (deflate, offer, answer, told) in [
        ("on", "; client_max_window_bits", Some("permessage-deflate"), "4096"),
        ("on", "; server_max_window_bits=8", None, "zlib"),
        ("on", "; server_max_window_bits=8, permessage-deflate", Some("permessage-deflate"), ""),
        ("on", "; window=3", None, "window"),
        ("off", "", None, "not taken"),
        (
            "server_max_window_bits=9; client_no_context_takeover",
            "",
            Some("permessage-deflate; client_no_context_takeover; server_max_window_bits=9"),
            "512 octets (9 bits)",
        ),
    ] {
        let mut run = Run::listen(&["--deflate", deflate]);
        let (mut client, head) = Wire::open_with(run.port(), &offering(offer));
        assert_eq!(header(&head, EXTENSIONS), answer, "{deflate} | {offer}");
        let line =
            run.until(|line| line["type"] == "opening_handshake" && line["from"] == "server");
        assert_eq!(line["deflate"]["agreed"].as_str(), answer, "{line}");
        let sentence = line["deflate"]["sentence"].as_str().expect("a sentence");
        assert!(told == "4096" || sentence.contains(told), "{sentence}");
        client.fin();
        client.read_on();
    }
    expect_usage_error(&["listen", "--deflate", "server_max_window_bits=8"]);
    expect_usage_error(&["connect", "ws://h/", "--deflate", "window=3"]);
}

#[test]
fn a_window_of_8_bits_is_answered_uncompressed() {
    let (sockets, port) = server();
    let run = Run::connect_port(port, &["--echo"]);
    let answer = offering("; client_max_window_bits=8");
    let (mut server, _) = Wire::accept_with(&sockets, &answer, b"");
    server.send_frame(COMPRESSED_TEXT, HELLO);
    server.expect(TEXT, b"Hello");
    server.send_close(1000, "");
    server.expect_close(1000, "");
    server.fin();
    server.read_on();
    let ended = run.end().expect(0);
    let sentence = ended.all("opening_handshake")[1]["deflate"]["sentence"].as_str();
    assert!(sentence.is_some_and(|sentence| sentence.contains("8 bits")), "{sentence:?}");
}

#[test]
fn the_lines_hold_a_message_as_sent_and_inflated() {
    let mut run = Run::listen(&["--echo"]);
    let (mut client, _) = Wire::open_with(run.port(), &offering(""));
    client.send_frame(0x41, &HELLO[..3]);
    client.send_frame(0x80, &HELLO[3..]);
    client.expect(COMPRESSED_TEXT, HELLO);
    client.send_frame(0xc2, b"\xf2\0\x11\0\0"); // the same, from the window
    client.expect(0xc2, b"\xf2\0\x11\0\0");
    client.send_frame(TEXT, b"plain");
    let first = run.frame("client");
    holds(&first, &json!({"rsv1": true, "payload": bytes(&HELLO[..3])}));
    assert!(first.get("inflated").is_none(), "only the last frame says it: {first}");
    let last = run.frame("client");
    holds(&last, &json!({"payload": bytes(&HELLO[3..]), "inflated": {"text": "Hello"}}));
    assert_eq!(last["inflated_len"], 5);
    let binary = run.frame("client");
    holds(&binary, &json!({"opcode": 2, "inflated": bytes(b"Hello")}));
    let plain = run.frame("client");
    holds(&plain, &json!({"payload": {"text": "plain"}}));
    assert!(plain.get("inflated").is_none(), "{plain}");
}

#[test]
fn our_two_ends_agree_with_every_choice() {
    let text = "text:abcabcabc 火星 ".to_owned() + &"abc ".repeat(3000);
    let actions = [&text[..], "text:abcabcabc 火星", "binary:0000000000ff", "text:", "close:1000"];
    for (wishes, offer) in [
        ("on", "on"),
        ("server_no_context_takeover", "on"),
        ("on", "client_no_context_takeover; server_max_window_bits=9"),
        ("client_max_window_bits=9", "server_no_context_takeover; client_max_window_bits"),
        ("on", "server_no_context_takeover; client_no_context_takeover; client_max_window_bits=8"),
        ("off", "on"),
    ] {
        let listen = Run::listen(&["--connections", "1", "--echo", "--deflate", wishes]);
        let options = [&["--deflate", offer], &after_open(&actions)[..]].concat();
        let (client, server) =
            (Run::connect_port(listen.port(), &options).end().expect(0), listen.end().expect(0));
        for ended in [&client, &server] {
            let mut messages = Vec::new();
            for line in ended.all("frame") {
                assert_eq!(line["violations"], json!([]), "{wishes} | {offer}: {line}");
                if line["opcode"] != 8 && line["from"] == "client" {
                    let inflated = line.get("inflated");
                    messages.push(octets(inflated.unwrap_or(&line["payload"])));
                }
            }
            let expected =
                [&text.as_bytes()[5..], "abcabcabc 火星".as_bytes(), &[0, 0, 0, 0, 0, 255], b""];
            assert_eq!(messages, expected, "{wishes} | {offer}");
        }
    }
}

/// The most memory that a process ever took, in octets.
fn peak(run: &Run) -> u64 {
    let path = format!("/proc/{}/status", run.pid());
    let status = std::fs::read_to_string(path).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
        .map_or(0, |kb: u64| kb << 10)
}

/// The limit as it is unless told, and a small one.
const LIMITS: [&[&str]; 2] = [&["--max-message", "1000000"], &[]];

/// Deflate data that inflates to so many times 4 MiB of zeros.
fn zeros(times: usize) -> Vec<u8> {
    let direction = Parameters::default().direction(Role::Client);
    let mut deflater = Deflater::new(direction).expect("15 bits");
    let zeros = deflater.message(&vec![0; 4 << 20]);
    let mut octets = [&zeros[..], &[0, 0, 0xff, 0xff]].concat().repeat(times);
    octets.push(0);
    octets
}

#[test]
fn ten_megabytes_that_inflate_to_ten_gigabytes_are_refused_in_little_room() {
    let bomb = zeros(2560);
    assert!((9 << 20..12 << 20).contains(&bomb.len()), "{} octets", bomb.len());
    for limit in LIMITS {
        let mut run = Run::listen(&[&["--echo"][..], limit].concat());
        let before = peak(&run);
        let (mut client, _) = Wire::open_with(run.port(), &offering(""));
        client.send_frame(0xc2, &bomb);
        client.expect_close(1009, "");
        client.fin();
        client.read_on();
        let closed = run.closed();
        holds(&closed, &json!({"close_event": {"code": 1009}}));
        let told = closed["explanation"].to_string();
        assert!(told.contains("1009"), "{told}");
        let frame = run.lines.iter().find(|line| line["rsv1"] == true).expect("the bomb");
        holds(frame, &json!({"inflated": null, "inflated_len": null}));
        assert_eq!(octets(&frame["payload"]).len(), bomb.len());
        // The frame itself is in the line of JSON, in base64.
        let grown = peak(&run).saturating_sub(before);
        assert!(grown < 160 << 20, "{limit:?}: {grown} octets more");
    }
}

#[test]
fn a_message_that_inflates_to_too_much_ends_the_connection_and_takes_no_room() {
    let bomb = zeros(17); // 68 MiB in 70 KB
    for (options, fails) in [(&["--echo", "--max-message", "1000000"][..], true), (&[], false)] {
        let mut run = Run::listen(options);
        let before = peak(&run);
        let (mut client, _) = Wire::open_with(run.port(), &offering(""));
        client.send_frame(0xc2, &bomb);
        if fails {
            client.expect_close(1009, "");
        } else {
            client.send_close(1000, "");
            assert_eq!(client.frame().first, CLOSE);
        }
        client.fin();
        client.read_on();
        let closed = run.closed();
        holds(&closed, &json!({"client": {"code": if fails { 1009 } else { 1000 }}}));
        let bomb = |line: &&Value| line["type"] == "frame" && line["from"] == "client";
        let frame = run.lines.iter().find(bomb).expect("the bomb");
        assert_eq!((&frame["inflated"], frame["rsv1"] == true), (&Value::Null, true));
        let grown = peak(&run).saturating_sub(before);
        assert!(grown < 48 << 20, "{options:?}: {grown} octets more");
    }
}

#[test]
fn half_a_message_by_hand_is_noted_and_what_follows_is_not_guessed() {
    let mut run = Run::listen(&["--echo", "--violations", "note"]);
    let (mut client, _) = Wire::open_with(run.port(), &offering(""));
    client.send_frame(COMPRESSED_TEXT, b"\xff");
    client.send_frame(COMPRESSED_TEXT, HELLO);
    client.send_frame(TEXT, b"plain");
    let echo = client.frame();
    assert!(echo.first == COMPRESSED_TEXT, "only what is whole comes back: {echo:?}");
    let bad = run.frame("client");
    assert_eq!(bad["violations"][0]["id"], "deflate-data-invalid", "{bad}");
    assert_eq!(bad["inflated"], Value::Null);
    let lost = run.frame("client");
    assert_eq!((&lost["inflated"], &lost["inflated_len"]), (&Value::Null, &Value::Null), "{lost}");
    let told = lost["violations"].as_array().expect("a list");
    assert!(told.iter().all(|violation| violation["id"] == "masking-key-repeated"), "{lost}");
}
