//! Whole conversations: our `listen` against our `connect`, and tokio-tungstenite
//! in both roles, as an independent peer in this process.

use super::capture;
use super::run::{Ended, LIMIT, Run, after_open, bytes, end_of, holds, words};
use super::wire::{CLOSE, End, PONG, TEXT, Wire, close_body, frame, server};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::future::Future;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// Runs an asynchronous conversation, within the limit.
fn talk<T>(conversation: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        tokio::time::timeout(LIMIT, conversation).await.expect("the conversation takes too long")
    })
}

fn close_frame(code: u16, reason: &'static str) -> CloseFrame {
    CloseFrame { code: CloseCode::from(code), reason: reason.into() }
}

/// What both ends have to agree on: the frames without the numbers and times, in
/// the order of each direction.
fn frames<'a>(ended: &'a Ended, from: &str) -> Vec<[&'a Value; 7]> {
    let keys = ["fin", "opcode", "masking_key", "payload", "inflated", "status_code", "reason"];
    ended.frames(from).into_iter().map(|line| keys.map(|key| &line[key])).collect()
}

/// Our `listen` and our `connect` with these options, to their ends.
fn both(listen: &[&str], connect: &[&str]) -> (Ended, Ended) {
    let server = Run::listen(&[&["--connections", "1"], listen].concat());
    let client = Run::connect_port(server.port(), connect);
    let (client, server) = (client.end(), server.end().expect(0));
    for from in ["client", "server"] {
        assert_eq!(frames(&client, from), frames(&server, from), "the {from}'s frames");
        let heads = |ended: &Ended| -> Vec<Value> {
            let heads = ended.all("opening_handshake");
            heads.iter().filter(|line| line["from"] == from).map(|l| l["head"].clone()).collect()
        };
        assert_eq!(heads(&client), heads(&server), "the {from}'s heads");
    }
    let (one, two) = (client.only("connection"), server.only("connection"));
    assert_eq!((&one["client"], &one["server"]), (&two["client"], &two["server"]));
    (client, server)
}

#[test]
fn our_two_ends_agree() {
    let welcome = after_open(&["text:welcome", "ping:p"]);
    let actions = ["text:hello 火星", "binary:00ff", "ping", "wait:100", "close:3001:bye"];
    let (client, server) = both(&[&["--echo"], &welcome[..]].concat(), &after_open(&actions));
    assert_eq!(client.code(), 0);
    let clean = json!({"code": 3001, "reason": "bye", "was_clean": true});
    for ended in [&client, &server] {
        let closed = ended.only("closed");
        for name in ["client", "server", "close_event"] {
            assert_eq!(end_of(&closed[name]), clean, "{name}");
        }
        let opcodes: Vec<_> =
            ended.frames("client").iter().filter_map(|line| line["opcode"].as_u64()).collect();
        assert_eq!(opcodes.iter().filter(|opcode| **opcode == 10).count(), 1, "one Pong");
        assert_eq!(opcodes.last(), Some(&8));
    }
    for ended in [&client, &server] {
        let echoes: Vec<_> =
            ended.frames("server").iter().map(|line| line["inflated"].clone()).collect();
        assert!(echoes.contains(&json!({"text": "hello 火星"})));
        assert!(echoes.contains(&bytes(&[0, 255])));
    }
}

#[test]
fn our_two_ends_agree_on_each_end() {
    let end = |code: u16, reason: &str, was_clean: bool| json!({"code": code, "reason": reason, "was_clean": was_clean});
    let nothing = end(1006, "", false);
    for (listen, connect, client_holds, server_holds) in [
        (&[][..], &["close:1000:x"][..], end(1000, "x", true), end(1000, "x", true)),
        (&[], &["close"], end(1005, "", true), end(1005, "", true)),
        (&[], &["fin"], nothing.clone(), nothing.clone()),
        (
            &["--on-close", "4002:other"],
            &["close:3001:bye"],
            end(4002, "other", true),
            end(3001, "bye", true),
        ),
        (
            &["--on-close", "empty"],
            &["close:3001:bye"],
            end(1005, "", true),
            end(3001, "bye", true),
        ),
        (&["--on-close", "fin"], &["close:3001:bye"], nothing.clone(), end(3001, "bye", false)),
        (&["--on-close", "rst"], &["close:3001:bye"], nothing.clone(), end(3001, "bye", false)),
        (&["--after-open", "fin"], &[], nothing.clone(), nothing.clone()),
        (
            &["--after-open", "close:4001:火星"],
            &[],
            end(4001, "火星", true),
            end(4001, "火星", true),
        ),
        (&["--after-open", "close"], &[], end(1005, "", true), end(1005, "", true)),
    ] {
        let connect = after_open(connect);
        let (client, server) = both(listen, &connect);
        for ended in [&client, &server] {
            let closed = ended.only("closed");
            assert_eq!(end_of(&closed["client"]), client_holds, "{listen:?} {connect:?}");
            assert_eq!(end_of(&closed["server"]), server_holds, "{listen:?} {connect:?}");
        }
        assert_eq!(client.code(), i32::from(client_holds["was_clean"] != true), "{listen:?}");
    }
}

#[test]
fn both_ends_record_the_same_octets() {
    let server =
        Run::listen_on("127.0.0.1:0", &["--connections", "1", "--record", "c.pcapng", "--echo"]);
    let port = server.port();
    let url = server.url();
    let actions = after_open(&["text:hello", "wait:100", "close:1000"]);
    let options = words("--headless --json --record c.pcapng");
    let client = Run::start(&[&["connect", &url], &options[..], &actions].concat());
    let client = client.end().expect(0);
    let server = server.end().expect(0);
    let address = client.only("connection")["client"].as_str().expect("an address").to_owned();
    let from = address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    for (from, to) in [(from, port), (port, from)] {
        let one = capture::direction(&client.path("c.pcapng"), from, to);
        let two = capture::direction(&server.path("c.pcapng"), from, to);
        assert_eq!(one, two);
        assert!(one.fin && !one.octets.is_empty(), "{one:?}");
    }
}

#[test]
fn a_close_in_the_same_segment_as_the_101_is_not_lost() {
    for (code, reason) in [(1000, "孩子,地球太危险了,快回火星去吧!"), (4001, "")] {
        let (listener, port) = server();
        let run = Run::connect_port(port, &[]);
        let close = frame(CLOSE, None, &close_body(code, reason));
        let (mut server, _) = Wire::accept_with(&listener, "", &close);
        server.expect_close(code, reason);
        server.fin();
        server.expect_end(End::Fin);
        let ended = run.end().expect(0);
        let close = ended.frames("server")[0];
        holds(close, &json!({"opcode": 8, "status_code": code, "number": 1, "complete": true}));
        let head = ended.all("opening_handshake")[1]["head"].as_str().expect("a head");
        assert!(head.ends_with("\r\n\r\n"), "the head ends with its blank line: {head:?}");
        let clean = json!({"code": code, "reason": reason, "was_clean": true});
        assert_eq!(end_of(&ended.only("closed")["close_event"]), clean);
    }
}

#[test]
fn frames_behind_the_request_in_the_same_segment_are_not_lost() {
    let run = Run::listen(&["--echo"]);
    let mut client = Wire::connect(run.port());
    let text = frame(TEXT, Some(super::wire::MASKING_KEY), b"impatient");
    client.send(&[super::wire::request("").as_bytes(), &text].concat());
    client.head();
    client.expect(TEXT, b"impatient");
}

#[test]
fn octets_that_come_one_by_one_are_the_same() {
    let mut run = Run::listen(&["--connections", "1", "--echo"]);
    let mut client = Wire::connect(run.port());
    for octet in super::wire::request("").as_bytes() {
        client.send(&[*octet]);
    }
    client.head();
    let key = Some(super::wire::MASKING_KEY);
    let sent = [
        frame(TEXT, key, "火星".as_bytes()),
        frame(super::wire::PING, key, b"p"),
        frame(super::wire::BINARY, key, &[7; 300]),
        frame(CLOSE, key, &close_body(1000, "x")),
    ];
    for octet in sent.concat() {
        client.send(&[octet]);
    }
    client.expect(TEXT, "火星".as_bytes());
    client.expect(PONG, b"p");
    client.expect(super::wire::BINARY, &[7; 300]);
    client.expect_close(1000, "x");
    client.fin();
    holds(&run.frame("client"), &json!({"payload": {"text": "火星"}, "violations": []}));
    run.end().expect(0);
}

#[test]
fn tungstenite_as_a_client() {
    let run = Run::listen(&["--connections", "2", "--echo", "--on-ping", "reply"]);
    let url = run.url();
    talk(async {
        let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.expect("a 101");
        let big = "x".repeat(200_000);
        for message in [
            Message::text("hello 火星"),
            Message::binary(vec![0, 1, 255]),
            Message::text(big),
            Message::binary(Vec::new()),
        ] {
            socket.send(message.clone()).await.expect("it is open");
            let echo = socket.next().await.expect("an echo").expect("in order");
            assert_eq!(echo, message);
        }
        socket.send(Message::Ping(b"p".as_slice().into())).await.expect("it is open");
        let pong = socket.next().await.expect("a Pong").expect("in order");
        assert_eq!(pong, Message::Pong(b"p".as_slice().into()));
        socket.close(Some(close_frame(3001, "bye"))).await.expect("it is open");
        let close = socket.next().await.expect("a Close").expect("in order");
        assert_eq!(close, Message::Close(Some(close_frame(3001, "bye"))));
        assert!(socket.next().await.is_none());

        let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.expect("a 101");
        socket.close(None).await.expect("it is open");
        assert_eq!(socket.next().await.expect("a Close").expect("in order"), Message::Close(None));
        assert!(socket.next().await.is_none());
    });
    let ended = run.end().expect(0);
    let mut closed = ended.all("closed");
    closed.sort_by_key(|line| line["connection"].as_u64());
    holds(closed[0], &json!({"server": {"code": 3001, "reason": "bye", "was_clean": true}}));
    holds(closed[1], &json!({"server": {"code": 1005, "reason": "", "was_clean": true}}));
    for line in ended.all("frame") {
        assert_eq!(line["violations"], json!([]), "{line}");
    }
}

#[test]
fn tungstenite_as_a_client_is_told_why() {
    let reason = "孩子,地球太危险了,快回火星去吧!";
    let action: Cow<'_, str> = format!("close:1000:{reason}").into();
    let run = Run::listen(&["--connections", "1", "--after-open", &action]);
    let url = run.url();
    talk(async {
        let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.expect("a 101");
        let close = socket.next().await.expect("a Close").expect("in order");
        assert_eq!(close, Message::Close(Some(close_frame(1000, reason))));
        while socket.next().await.is_some() {}
    });
    let ended = run.end().expect(0);
    holds(
        ended.only("closed"),
        &json!({"client": {"code": 1000, "reason": reason, "was_clean": true}}),
    );
}

#[test]
fn tungstenite_as_a_server() {
    talk(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let actions = ["text:hello 火星", "binary:0001ff", "ping:p", "wait:200", "close:3001:bye"];
        let options = after_open(&actions);
        let run = Run::connect_port(port, &options);
        let (stream, _) = listener.accept().await.expect("it connects");
        let mut socket = tokio_tungstenite::accept_async(stream).await.expect("a request");
        for expected in [
            Message::text("hello 火星"),
            Message::binary(vec![0, 1, 255]),
            Message::Ping(b"p".as_slice().into()),
        ] {
            let message = socket.next().await.expect("a message").expect("in order");
            assert_eq!(message, expected);
        }
        let close = socket.next().await.expect("a Close").expect("in order");
        assert_eq!(close, Message::Close(Some(close_frame(3001, "bye"))));
        assert!(socket.next().await.is_none());
        drop(socket);
        let ended = tokio::task::spawn_blocking(|| run.end()).await.expect("it ended").expect(0);
        let pongs: Vec<_> =
            ended.frames("server").into_iter().filter(|line| line["opcode"] == 10).collect();
        assert_eq!(pongs.len(), 1);
        assert_eq!(pongs[0]["payload"], bytes(b"p"));
        let clean = json!({"code": 3001, "reason": "bye", "was_clean": true});
        assert_eq!(end_of(&ended.only("closed")["client"]), clean);
    });
}

#[test]
fn tungstenite_as_a_server_is_answered() {
    talk(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let run = Run::connect_port(port, &["--echo"]);
        let (stream, _) = listener.accept().await.expect("it connects");
        let mut socket = tokio_tungstenite::accept_async(stream).await.expect("a request");
        let message = Message::text("x".repeat(70_000));
        socket.send(message.clone()).await.expect("it is open");
        assert_eq!(socket.next().await.expect("an echo").expect("in order"), message);
        socket.close(Some(close_frame(4001, "enough"))).await.expect("it is open");
        let close = socket.next().await.expect("a Close").expect("in order");
        assert_eq!(close, Message::Close(Some(close_frame(4001, "enough"))));
        assert!(socket.next().await.is_none());
        drop(socket);
        let ended = tokio::task::spawn_blocking(|| run.end()).await.expect("it ended").expect(0);
        let clean = json!({"code": 4001, "reason": "enough", "was_clean": true});
        assert_eq!(end_of(&ended.only("closed")["client"]), clean);
    });
}

#[test]
fn many_connections_at_once_are_kept_apart() {
    let run = Run::listen(&["--connections", "50", "--echo"]);
    let url = run.url();
    talk(async {
        let conversations = (0..50).map(|number| {
            let url = url.clone();
            tokio::spawn(async move {
                let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.expect("a 101");
                for turn in 0..20 {
                    let message = Message::text(format!("{number}/{turn}"));
                    socket.send(message.clone()).await.expect("it is open");
                    assert_eq!(socket.next().await.expect("an echo").expect("in order"), message);
                }
                socket.close(None).await.expect("it is open");
                while socket.next().await.is_some() {}
            })
        });
        for conversation in conversations.collect::<Vec<_>>() {
            conversation.await.expect("it ends in order");
        }
    });
    let ended = run.end().expect(0);
    assert_eq!(ended.all("closed").len(), 50);
    assert_eq!(ended.all("frame").len(), 50 * (20 + 1) * 2);
    for connection in 1..=50 {
        let payloads: Vec<&str> = ended
            .frames("client")
            .into_iter()
            .filter(|line| line["connection"] == connection)
            .filter_map(|line| line["payload"]["text"].as_str())
            .collect();
        let number = payloads[0].split('/').next().expect("a number");
        let expected: Vec<String> = (0..20).map(|turn| format!("{number}/{turn}")).collect();
        assert_eq!(payloads, expected, "connection {connection}");
    }
}
