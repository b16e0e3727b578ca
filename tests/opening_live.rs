//! The opening handshake with real peers: what each says of a server that refuses or
//! answers wrongly, and which subprotocol theirs chooses.

use super::peer::{Library, Peer};
use super::run::{Run, holds};
use serde_json::{Value, json};

/// How we answer, and what one peer says of that in its own words.
type Scene = (&'static [&'static str], &'static str);

/// Plays each scene; `visit` gives what the peer saw of a URL.
fn refuses(scenes: &[Scene], mut visit: impl FnMut(Value) -> Value) {
    let mut wrong = Vec::new();
    for (options, expected) in scenes {
        let run = Run::listen(options);
        let saw = visit(json!({"url": run.url(), "protocols": ["a", "b"]}));
        let said = saw["said"].as_str().unwrap_or_default().replace(&run.url(), "URL");
        let ended = run.interrupt().expect(0);
        holds(&saw, &json!({"opened": false, "code": 1006, "wasClean": false}));
        for closed in ended.all("closed") {
            holds(closed, &json!({"close_event": {"code": 1006, "was_clean": false}}));
        }
        if said != *expected {
            wrong.push(format!("{options:?}: {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

const WRONG_ACCEPT: &[&str] = &["--answer", "wrong-accept"];
const NO_ACCEPT: &[&str] = &["--answer", "no-accept"];
const NO_UPGRADE: &[&str] = &["--answer", "no-upgrade"];
const NO_CONNECTION: &[&str] = &["--answer", "no-connection"];
const UNAUTHORIZED: &[&str] = &["--answer", "401:who are you?"];
const FORBIDDEN: &[&str] = &["--answer", "403:not from there"];
const UNAVAILABLE: &[&str] = &["--answer", "503:later", "--header", "Retry-After: 9"];
const REDIRECT: &[&str] = &["--answer", "302", "--header", "Location: /elsewhere"];
const SURPRISE: &[&str] = &["--answer-subprotocol", "z"];
const SILENT: &[&str] = &["--answer-subprotocol", "none"];

#[test]
#[ignore = "needs chromium"]
fn what_chromium_says() {
    let mut browser = Peer::chromium();
    let scenes = [
        (WRONG_ACCEPT, "Incorrect 'Sec-WebSocket-Accept' header value"),
        (NO_ACCEPT, "'Sec-WebSocket-Accept' header is missing"),
        (NO_UPGRADE, "'Upgrade' header is missing"),
        (NO_CONNECTION, "'Connection' header is missing"),
        (UNAUTHORIZED, "HTTP Authentication failed; no valid credentials available"),
        (FORBIDDEN, "Unexpected response code: 403"),
        (UNAVAILABLE, "Unexpected response code: 503"),
        (REDIRECT, "Unexpected response code: 302"),
        (
            SURPRISE,
            "'Sec-WebSocket-Protocol' header value 'z' in response does not match any of sent values",
        ),
        (SILENT, "Sent non-empty 'Sec-WebSocket-Protocol' header but no response was received"),
    ];
    refuses(&scenes, |scenario| {
        browser.play(&scenario);
        let mut saw = browser.answer();
        // What it says of every failure comes first.
        let said = saw["said"].as_str().unwrap_or_default();
        let said = said.split_once(" failed: ").map_or(said, |(_, said)| said);
        saw["said"] = said.trim_start_matches("Error during WebSocket handshake: ").into();
        saw
    });
}

#[test]
#[ignore = "needs node with npm ws"]
fn what_npm_ws_says() {
    let scenes = [
        (WRONG_ACCEPT, "Invalid Sec-WebSocket-Accept header"),
        (NO_ACCEPT, "Invalid Sec-WebSocket-Accept header"),
        (NO_UPGRADE, "Unexpected server response: 101"),
        (NO_CONNECTION, "Unexpected server response: 101"),
        (UNAUTHORIZED, "Unexpected server response: 401"),
        (FORBIDDEN, "Unexpected server response: 403"),
        (UNAVAILABLE, "Unexpected server response: 503"),
        (REDIRECT, "Unexpected server response: 302"),
        (SURPRISE, "Server sent an invalid subprotocol"),
        (SILENT, "Server sent no subprotocol"),
    ];
    refuses(&scenes, |scenario| Library::NodeWs.client(&scenario).answer());
}

#[test]
#[ignore = "needs python websockets"]
fn what_python_websockets_says() {
    let scenes = [
        (
            WRONG_ACCEPT,
            "InvalidHeaderValue: invalid Sec-WebSocket-Accept header: Vrguz3TUn9ngPf9JpcYLpRwPtcc=",
        ),
        (NO_ACCEPT, "InvalidHeader: missing Sec-WebSocket-Accept header"),
        (NO_UPGRADE, "InvalidUpgrade: missing Upgrade header"),
        (NO_CONNECTION, "InvalidUpgrade: missing Connection header"),
        (UNAUTHORIZED, "InvalidStatus: server rejected WebSocket connection: HTTP 401"),
        (FORBIDDEN, "InvalidStatus: server rejected WebSocket connection: HTTP 403"),
        (UNAVAILABLE, "InvalidStatus: server rejected WebSocket connection: HTTP 503"),
        // It follows redirects by itself, also in a circle.
        (REDIRECT, "SecurityError: more than 10 redirects"),
        (SURPRISE, "NegotiationError: unsupported subprotocol: z"),
    ];
    refuses(&scenes, |scenario| Library::PythonWebsockets.client(&scenario).answer());
}

/// A library as a server that takes `b` alone, or refuses.
fn as_server(library: Library) {
    for (offered, chosen) in [(&["a", "b"][..], Some("b")), (&["a"], None)] {
        let (_peer, port) = library.server(&json!({"mode": "echo", "protocols": ["b"]}));
        let mut options = vec!["--after-open", "close:1000"];
        options.extend(offered.iter().flat_map(|name| ["--subprotocol", name]));
        let ended = Run::connect_port(port, &options).end().expect(0);
        let response = ended.all("opening_handshake")[1];
        let head = response["head"].as_str().unwrap_or_default();
        assert_eq!(super::wire::header(head, "Sec-WebSocket-Protocol"), chosen, "{library:?}");
        assert_eq!(response["violations"], json!([]), "{library:?}");
    }
    let (_peer, port) = library.server(&json!({"mode": "refuse", "body": "who are you?"}));
    let ended = Run::connect_port(port, &["--follow"]).end().expect(1);
    let response = ended.all("opening_handshake")[1];
    assert!(response["head"].as_str().is_some_and(|head| head.starts_with("HTTP/1.1 401 ")));
    assert!(response["body"].to_string().contains("who are you?"), "{response}");
}

#[test]
#[ignore = "needs node with npm ws"]
fn npm_ws_chooses_a_subprotocol_and_refuses() {
    as_server(Library::NodeWs);
}

#[test]
#[ignore = "needs python websockets"]
fn python_websockets_chooses_a_subprotocol_and_refuses() {
    as_server(Library::PythonWebsockets);
}
