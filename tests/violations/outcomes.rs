//! What a broken rule leads to: with `--violations note` the connection goes on,
//! and what is no MUST never fails it.

use super::cases::{self, Case, Play};
use super::{Listener, expect_broken, violations};
use crate::run::{Run, after_open, end_of};
use crate::wire::{CLOSE, PONG, TEXT, Wire, request, server};
use serde_json::{Value, json};
use wsscope::protocol::{Role, Rule};

/// What no message can follow: the stream, the message or the closing handshake
/// has come to its end with it.
fn is_last(rule: Rule) -> bool {
    use Rule::*;
    matches!(
        rule,
        LengthTopBit
            | CloseBodyOneOctet
            | ReasonNotUtf8
            | CodeNeverOnTheWire
            | CodeUnassigned
            | CodeOfClients
            | FrameAfterClose
            | FrameCutOff
    )
}

/// Sends a message, which has to come back behind what was answered before.
#[track_caller]
fn expect_echo(wire: &mut Wire, rule: Rule) {
    wire.send_frame(TEXT, b"still here");
    loop {
        let frame = wire.frame();
        assert_ne!(frame.first, CLOSE, "{} fails the connection", rule.id());
        if frame.payload == b"still here" {
            return;
        }
    }
}

#[test]
fn a_noted_rule_fails_no_connection() {
    let mut noting = Listener::new(&["--violations", "note", "--echo"]);
    let mut tried = 0;
    for Case { rule, by, broken, .. } in cases::frames(Role::Client) {
        let Play::Frames(_, octets) = broken else { continue };
        // A Close is answered, whatever is in it: no connection fails.
        let close = rule == Rule::ControlTooLong && octets[0] == CLOSE;
        if is_last(rule) || close {
            continue;
        }
        let mut client = noting.connect();
        client.send(request("").as_bytes());
        client.head();
        client.send(&octets);
        if matches!(rule, Rule::MessageInsideMessage | Rule::ContinuationWithoutStart) {
            client.send_frame(0x80, b""); // ends what may be open
        }
        expect_echo(&mut client, rule);
        client.send_close(1000, "");
        let lines = noting.lines_of(client);
        expect_broken(&lines, rule, by);
        let held = json!({"code": 1000, "reason": "", "was_clean": true});
        assert_eq!(end_of(&lines.last().expect("a closed line")["server"]), held, "{}", rule.id());
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
}

#[test]
fn a_faulty_close_that_is_noted_is_answered_in_kind() {
    let mut noting = Listener::new(&["--violations", "note"]);
    for (body, answer, rule) in [
        (&b"\x03"[..], &b""[..], Rule::CloseBodyOneOctet),
        (b"\x03\xed", b"\x03\xed", Rule::CodeNeverOnTheWire),
        (b"\0\0", b"\0\0", Rule::CodeUnassigned),
        (b"\x03\xe8\xff", b"\x03\xe8\xff", Rule::ReasonNotUtf8),
    ] {
        let mut client = noting.connect();
        client.send(request("").as_bytes());
        client.head();
        client.send_frame(CLOSE, body);
        client.expect(CLOSE, answer);
        let lines = noting.lines_of(client);
        expect_broken(&lines, rule, Role::Client);
        // The answer in kind breaks the same rule.
        if !answer.is_empty() {
            expect_broken(&lines, rule, Role::Server);
        }
    }
}

#[test]
fn what_is_no_must_fails_no_connection() {
    let mut strict = Listener::new(&["--echo"]);
    for Case { rule, broken, .. } in cases::frames(Role::Client) {
        let Play::Frames(_, octets) = broken else { continue };
        if rule.fails() || is_last(rule) {
            continue;
        }
        let mut client = strict.connect();
        client.send(request("").as_bytes());
        client.head();
        client.send(&octets);
        expect_echo(&mut client, rule);
        client.send_close(1000, "");
        expect_broken(&strict.lines_of(client), rule, Role::Client);
    }
}

#[test]
fn text_fails_the_connection_at_the_very_octet() {
    let (sockets, port) = server();
    let run = Run::connect_port(port, &[]);
    let mut server = Wire::accept_open(&sockets);
    server.send(b"\x01\x02a\xe5\x89\x00\x80\x7e\x01\x00\xad");
    assert_eq!(server.frame().first, PONG);
    server.quiet_for(std::time::Duration::from_millis(50));
    server.send(b"("); // no third octet of a character; 254 are still to come
    server.expect_close(1007, "");
    server.fin();
    server.read_on();
    let lines = run.end().expect(1).lines;
    let found = violations(&lines).find(|v| v["id"] == "text-not-utf8").expect("it is told");
    assert_eq!(found["octet"], 1, "{found}");
}

#[test]
fn a_101_with_a_fault_that_is_noted_is_taken() {
    let (sockets, port) = server();
    let run = Run::connect_port(port, &["--violations", "note", "--echo"]);
    let mut server = Wire::accept(&sockets);
    server.head();
    server.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
    expect_echo(&mut server, Rule::ResponseAccept);
    server.send_close(1000, "");
    server.expect_close(1000, "");
    server.fin();
    server.read_on();
    let ended = run.end().expect(0);
    expect_broken(&ended.lines, Rule::ResponseConnection, Role::Server);
    expect_broken(&ended.lines, Rule::ResponseAccept, Role::Server);
    assert_eq!(ended.only("closed")["client"]["was_clean"], true);
}

#[test]
fn our_own_two_ends_break_the_rules_and_go_on() {
    let rude = [
        "frame:rsv1=1,text=a",
        "frame:rsv2=1,rsv3=1,opcode=2,hex=00",
        "frame:opcode=3",
        "frame:bits=16,text=a",
        "frame:bits=64,opcode=ping,text=a",
        "frame:mask=zero,text=a",
        "frame:mask=none,text=a",
        "frame:opcode=9,fin=0,text=a",
        "raw:80 00",
        "batch:",
        "frame:fin=0,text=a",
        "frame:text=b",
        ":end",
        "frame:hex=ff",
        "pong:nobody asked",
        "text:still here",
        "close:1005",
    ];
    let noting = ["--violations", "note", "--deflate", "off", "--connections", "1"];
    let mut listen = Run::listen(&noting);
    let options = [&after_open(&rude)[..], &noting[..4]].concat();
    let connect = Run::connect_port(listen.port(), &options);
    let lines = connect.end().lines;
    listen.until(|line| line["payload"]["text"] == "still here");
    let ended = listen.end().expect(0);
    use Rule::*;
    for rule in [
        Rsv1,
        Rsv2,
        Rsv3,
        ReservedOpcode,
        LengthNotMinimal,
        MaskingKeyZero,
        ClientNotMasked,
        ControlFragmented,
        ContinuationWithoutStart,
        MessageInsideMessage,
        TextNotUtf8,
        PongUnsolicited,
        CodeNeverOnTheWire,
    ] {
        for lines in [&lines, &ended.lines] {
            expect_broken(lines, rule, Role::Client);
        }
    }
    // Each end has its own order of the two directions.
    let ids = |lines: &[Value]| {
        let mut ids: Vec<String> =
            violations(lines).map(|v| format!("{} {}", v["id"], v["by"])).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&lines), ids(&ended.lines));
}
