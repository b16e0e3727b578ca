//! Real peers: Chromium, npm ws and python websockets, at the other end of our own.
//! What they report has to be what our `closed` line says.

use super::peer::{Library, Peer};
use super::run::{Run, after_open, bytes, holds, octets};
use super::wire::close_body;
use serde_json::{Value, json};

const MARS: &str = "孩子,地球太危险了,快回火星去吧!";

/// A CloseEvent as the peers spell it, from how our lines do.
fn event(code: u16, reason: &str, was_clean: bool) -> Value {
    json!({"code": code, "reason": reason, "wasClean": was_clean})
}

/// What our line holds, spelled as the peers do.
fn as_event(held: &Value) -> Value {
    json!({"code": held["code"], "reason": held["reason"], "wasClean": held["was_clean"]})
}

/// A page that visits `listen` with these options: what it saw, and our closed line.
fn visit(browser: &mut Peer, options: &[&str], scenario: Value) -> (Value, Value) {
    let mut run = Run::listen(&[&["--connections", "1"], options].concat());
    let mut scenario = scenario;
    scenario["url"] = run.url().into();
    browser.play(&scenario);
    let saw = browser.answer();
    let closed = run.closed();
    run.end().expect(0);
    (saw, closed)
}

#[test]
#[ignore = "needs chromium"]
fn the_scenes_of_a_connection_that_the_server_ends() {
    let mut browser = Peer::chromium();
    let with_mars = format!("close:1000:{MARS}");
    for (action, expected) in [
        (&with_mars[..], event(1000, MARS, true)),
        ("fin", event(1006, "", false)),
        ("close", event(1005, "", true)),
    ] {
        let (saw, closed) = visit(&mut browser, &after_open(&[action]), json!({}));
        assert_eq!(saw["opened"], true, "{action}: {saw}");
        assert_eq!(saw["error"], false, "{action}: {saw}");
        holds(&saw, &expected);
        assert_eq!(as_event(&closed["close_event"]), expected, "{action}");
    }
}

#[test]
#[ignore = "needs chromium"]
fn the_scenes_of_a_connection_that_the_page_ends() {
    let mut browser = Peer::chromium();
    for (on_close, expected) in [
        ("same", event(3001, "bye", true)),
        ("fin", event(1006, "", false)),
        ("rst", event(1006, "", false)),
        ("empty", event(1005, "", true)),
        ("4002:other", event(4002, "other", true)),
        ("1005", event(1006, "", false)),
    ] {
        let scenario = json!({"close": [3001, "bye"]});
        let (saw, closed) = visit(&mut browser, &["--on-close", on_close], scenario);
        assert_eq!(saw["opened"], true, "{on_close}: {saw}");
        holds(&saw, &expected);
        assert_eq!(as_event(&closed["close_event"]), expected, "{on_close}");
        holds(&closed["server"], &json!({"code": 3001, "reason": "bye"}));
    }
    // `close()` without arguments has no body, and 1005 is what both ends hold.
    let (saw, closed) = visit(&mut browser, &[], json!({"close": []}));
    holds(&saw, &event(1005, "", true));
    assert_eq!(as_event(&closed["close_event"]), event(1005, "", true));
    assert_eq!(as_event(&closed["server"]), event(1005, "", true));
}

#[test]
#[ignore = "needs chromium"]
fn a_page_hangs_in_closing_without_an_answer() {
    let mut browser = Peer::chromium();
    let mut run = Run::listen(&["--connections", "1", "--on-close", "never"]);
    browser.play(&json!({"url": run.url(), "close": [3001, "bye"], "look_after": 1000}));
    let saw = browser.answer();
    holds(&saw, &json!({"opened": true, "readyState": 2, "code": null, "wasClean": null}));
    // The page is gone by now; nothing of ours ended the connection.
    let closed = run.closed();
    holds(&closed, &json!({"server": {"code": 3001, "reason": "bye", "was_clean": false}}));
    let ended = run.end().expect(0);
    assert!(ended.frames("server").is_empty());
    assert_ne!(ended.all("tcp")[0]["from"], "server");
}

#[test]
#[ignore = "needs chromium"]
fn a_page_that_leaves_says_1001() {
    let mut browser = Peer::chromium();
    let (saw, closed) = visit(&mut browser, &[], json!({"leave": true}));
    assert_eq!(saw["opened"], true);
    // Clean or not: a page that is gone may reset TCP before it reads the answer.
    holds(&closed["server"], &json!({"code": 1001, "reason": ""}));
}

#[test]
#[ignore = "needs chromium"]
fn the_page_reports_what_the_closed_line_foretells() {
    let mut browser = Peer::chromium();
    let long = "a".repeat(124);
    let with_long = format!("close:1000:{long}");
    let full = format!("close:1000:{}", &long[1..]);
    let mut scenes: Vec<Vec<&str>> = vec![
        vec![&full],
        vec![&with_long],                 // over 125 octets
        vec!["raw:880103"],               // a body of one octet
        vec!["raw:880403e8fffe"],         // a reason that is no UTF-8
        vec!["raw:880503e8eda080"],       // a surrogate
        vec!["raw:880503e8610062"],       // U+0000 in the reason
        vec!["raw:887e000203e8"],         // a length that is not minimal
        vec!["raw:c80203e8"],             // RSV1
        vec!["raw:080203e8"],             // without FIN
        vec!["raw:88820000000003e8"],     // masked
        vec!["raw:8102c328"],             // text that is no UTF-8
        vec!["raw:8300"],                 // a reserved opcode
        vec!["raw:8000"],                 // a continuation of nothing
        vec!["raw:827f8000000000000001"], // the top bit of the length
        vec!["text:hi", "close:4001:r"],
        vec!["text:hi", "fin"],
        vec!["raw:81056869", "fin"], // cut off
        vec!["close:4001:r", "fin"],
        vec!["rst"],
        vec!["wait:200", "rst"],
        vec!["wait:200", "fin"],
        vec!["ping:are you there", "close:1000"],
    ];
    let codes = [
        0, 1, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012,
        1013, 1014, 1015, 1016, 1100, 2999, 3000, 3999, 4000, 4999, 5000, 65535,
    ]
    .map(|code| format!("close:{code}:r"));
    scenes.extend(codes.iter().map(|code| vec![&code[..]]));
    let mut wrong = Vec::new();
    for actions in scenes {
        let (saw, closed) = visit(&mut browser, &after_open(&actions), json!({}));
        let told = as_event(&closed["close_event"]);
        let seen = event(
            saw["code"].as_u64().and_then(|code| code.try_into().ok()).unwrap_or(0),
            saw["reason"].as_str().unwrap_or("no close event"),
            saw["wasClean"] == true,
        );
        if told != seen {
            wrong.push(format!("{actions:?}: the page saw {seen}, close_event is {told}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs chromium"]
fn a_page_that_is_refused_sees_1006() {
    let mut browser = Peer::chromium();
    // A subprotocol that the page did not offer.
    let options = ["--header", "Sec-WebSocket-Protocol: surprise"];
    let (saw, closed) = visit(&mut browser, &options, json!({}));
    holds(&saw, &json!({"opened": false, "error": true}));
    holds(&saw, &event(1006, "", false));
    assert_eq!(as_event(&closed["close_event"]), event(1006, "", false));
}

#[test]
#[ignore = "needs chromium"]
fn a_page_is_echoed() {
    let mut browser = Peer::chromium();
    let messages = json!(["hello 火星", {"bytes": "AAH/"}, "", {"bytes": ""}]);
    let scenario = json!({
        "protocols": ["chat.v2", "chat.v1"], "send": messages, "expect": 4, "close": [1000, MARS],
    });
    let (saw, closed) = visit(&mut browser, &["--echo", "--subprotocol", "chat.v1"], scenario);
    assert_eq!(saw["messages"], messages);
    assert_eq!(saw["protocol"], "chat.v1");
    holds(&saw, &event(1000, MARS, true));
    assert_eq!(as_event(&closed["close_event"]), event(1000, MARS, true));
}

/// A library as the client of our `listen`.
fn as_client(library: Library) {
    let play = |options: &[&str], scenario: Value| {
        let run = Run::listen(&[&["--connections", "1"], options].concat());
        let mut scenario = scenario;
        scenario["url"] = run.url().into();
        let saw = library.client(&scenario).answer();
        (saw, run.end().expect(0))
    };

    let messages = json!(["hello 火星", {"bytes": "AAH/"}, "", "x".repeat(100_000)]);
    let (saw, ended) = play(
        &["--echo", "--subprotocol", "b"],
        json!({"protocols": ["a", "b"], "send": messages, "expect": 4, "close": [3001, "bye"]}),
    );
    assert_eq!((&saw["messages"], &saw["protocol"]), (&messages, &json!("b")), "{library:?}");
    holds(&saw, &event(3001, "bye", true));
    let closed = ended.only("closed");
    for end in ["client", "server", "close_event"] {
        assert_eq!(as_event(&closed[end]), event(3001, "bye", true), "{library:?}: {end}");
    }
    for line in ended.all("frame") {
        assert_eq!(line["violations"], json!([]), "{line}");
    }

    let with_mars = format!("close:1000:{MARS}");
    for (options, scenario, expected) in [
        (after_open(&[&with_mars]), json!({}), event(1000, MARS, true)),
        (after_open(&["close:4001:r"]), json!({}), event(4001, "r", true)),
        (after_open(&["close"]), json!({}), event(1005, "", true)),
        (after_open(&["fin"]), json!({}), event(1006, "", false)),
        (
            vec!["--on-close", "4002:other"],
            json!({"close": [3001, "bye"]}),
            event(4002, "other", true),
        ),
        (vec!["--on-close", "empty"], json!({"close": [3001, "bye"]}), event(1005, "", true)),
        (vec!["--on-close", "fin"], json!({"close": [3001, "bye"]}), event(1006, "", false)),
        (vec![], json!({"close": []}), event(1005, "", true)),
        (vec![], json!({"close": [1000]}), event(1000, "", true)),
    ] {
        let (saw, ended) = play(&options, scenario);
        assert_eq!(saw["opened"], true, "{library:?} {options:?}: {saw}");
        holds(&saw, &expected);
        assert_eq!(as_event(&ended.only("closed")["client"]), expected, "{library:?} {options:?}");
    }

    let (_, ended) = play(&[], json!({"terminate": true}));
    holds(ended.only("closed"), &json!({"server": {"code": 1006, "was_clean": false}}));
}

/// A library as the server of our `connect`.
fn as_server(library: Library) {
    let (mut server, port) = library.server(&json!({"mode": "echo"}));
    let run = Run::connect_port(
        port,
        &[
            &["--subprotocol", "a"][..],
            &after_open(&[
                "text:hello 火星",
                "binary:0001ff",
                "ping:p",
                "wait:300",
                "close:3001:bye",
            ]),
        ]
        .concat(),
    );
    let ended = run.end().expect(0);
    let payload = |opcode: u64| -> Vec<u8> {
        let frames = ended.frames("server");
        let frame = frames.iter().find(|line| line["opcode"] == opcode);
        octets(&frame.unwrap_or_else(|| panic!("no opcode {opcode}: {frames:?}"))["payload"])
    };
    assert_eq!(payload(1), "hello 火星".as_bytes());
    assert_eq!(payload(2), [0, 1, 255]);
    assert_eq!(payload(10), b"p");
    assert_eq!(payload(8), close_body(3001, "bye"));
    let saw = server.answer();
    holds(&saw, &event(3001, "bye", true));
    assert_eq!(saw["messages"], json!(["hello 火星", {"bytes": "AAH/"}]));
    assert_eq!(saw["protocol"], "a");
    let closed = ended.only("closed");
    for end in ["client", "server", "close_event"] {
        assert_eq!(as_event(&closed[end]), event(3001, "bye", true), "{library:?}: {end}");
    }
    // The same server again: an empty Close, and one that is not answered.
    let run = Run::connect_port(port, &after_open(&["close"]));
    holds(
        run.end().expect(0).only("closed"),
        &json!({"client": {"code": 1005, "was_clean": true}}),
    );
    holds(&server.answer(), &event(1005, "", true));
    let run = Run::connect_port(port, &after_open(&["fin"]));
    holds(run.end().expect(1).only("closed"), &json!({"client": {"code": 1006}}));
    holds(&server.answer(), &json!({"code": 1006, "wasClean": false}));

    for (close, expected) in [
        (json!([4001, MARS]), event(4001, MARS, true)),
        (json!([1000]), event(1000, "", true)),
        (json!([]), event(1005, "", true)),
    ] {
        let (mut server, port) = library.server(&json!({"mode": "close", "close": close}));
        let ended = Run::connect_port(port, &[]).end().expect(0);
        let closed = ended.only("closed");
        for end in ["client", "server", "close_event"] {
            assert_eq!(as_event(&closed[end]), expected, "{library:?}: {end}");
        }
        holds(&server.answer(), &expected);
    }

    let (mut server, port) = library.server(&json!({"mode": "close", "close": [4001, "theirs"]}));
    let ended = Run::connect_port(port, &["--on-close", "4002:ours"]).end().expect(0);
    let closed = ended.only("closed");
    assert_eq!(as_event(&closed["client"]), event(4001, "theirs", true));
    assert_eq!(as_event(&closed["server"]), event(4002, "ours", true));
    holds(&server.answer(), &event(4002, "ours", true));

    let (_server, port) = library.server(&json!({"mode": "terminate"}));
    let ended = Run::connect_port(port, &[]).end().expect(1);
    for end in ["client", "server", "close_event"] {
        assert_eq!(
            as_event(&ended.only("closed")[end]),
            event(1006, "", false),
            "{library:?}: {end}"
        );
    }

    let (_server, port) = library.server(&json!({"mode": "refuse", "body": "not you\n"}));
    let ended = Run::connect_port(port, &[]).end().expect(1);
    let response = ended.all("opening_handshake")[1];
    let head = response["head"].as_str().expect("a head");
    assert!(head.starts_with("HTTP/1.1 401 "), "{head}");
    assert_eq!(octets(&response["body"]), b"not you\n");
    holds(ended.only("error"), &json!({"stage": "opening_handshake"}));
    assert_eq!(as_event(&ended.only("closed")["close_event"]), event(1006, "", false));
}

#[test]
#[ignore = "needs node with npm ws"]
fn npm_ws_as_a_client() {
    as_client(Library::NodeWs);
}

#[test]
#[ignore = "needs node with npm ws"]
fn npm_ws_as_a_server() {
    as_server(Library::NodeWs);
}

#[test]
#[ignore = "needs python websockets"]
fn python_websockets_as_a_client() {
    as_client(Library::PythonWebsockets);
}

#[test]
#[ignore = "needs python websockets"]
fn python_websockets_as_a_server() {
    as_server(Library::PythonWebsockets);
}

#[test]
#[ignore = "needs node with npm ws"]
fn a_ws_client_gives_up_on_a_server_that_never_answers() {
    let mut run = Run::listen(&["--connections", "1", "--on-close", "never"]);
    let scenario = json!({"url": run.url(), "close": [3001, "bye"], "look_after": 500});
    let mut client = Library::NodeWs.client(&scenario);
    // The client looks after half a second: it is still CLOSING. Its own limit is 30 s.
    let close = run.frame("client");
    holds(&close, &json!({"status_code": 3001, "payload": bytes(&close_body(3001, "bye"))}));
    let saw = client.answer();
    holds(&saw, &json!({"readyState": 2, "code": null}));
}
