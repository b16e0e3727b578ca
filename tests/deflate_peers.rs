//! permessage-deflate with real peers: npm ws and python websockets in both roles
//! with every choice of the four parameters, and Chromium.

use super::peer::{Library, Peer};
use super::run::{Ended, Run, after_open, command, holds, octets};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::process::Stdio;
use tempfile::TempDir;

/// Every choice: as the header writes it, and as the scripts are told.
fn choices() -> Vec<(String, Value)> {
    let mut choices = Vec::new();
    for server_alone in [false, true] {
        for client_alone in [false, true] {
            for server_bits in [None, Some(9), Some(15)] {
                for client_bits in [json!(null), json!(true), json!(9), json!(15)] {
                    let mut words = Vec::new();
                    let mut flag = |on, word: &str| {
                        if on {
                            words.push(word.to_owned())
                        }
                    };
                    flag(server_alone, "server_no_context_takeover");
                    flag(client_alone, "client_no_context_takeover");
                    flag(client_bits == true, "client_max_window_bits");
                    words.extend(server_bits.map(|bits| format!("server_max_window_bits={bits}")));
                    words.extend(
                        client_bits.as_u64().map(|b| format!("client_max_window_bits={b}")),
                    );
                    let told = json!({
                        "server_no_context_takeover": server_alone,
                        "client_no_context_takeover": client_alone,
                        "server_max_window_bits": server_bits,
                        "client_max_window_bits": client_bits,
                    });
                    choices.push((words.join("; "), told));
                }
            }
        }
    }
    choices
}

/// Messages that refer to each other, an empty one and a large one.
fn messages() -> Vec<Value> {
    let large: String = (0..6000u32).map(|i| format!("{} ", i.wrapping_mul(7919) % 977)).collect();
    vec![
        json!("Hello 火星"),
        json!("Hello 火星, Hello"),
        json!(""),
        json!({"bytes": STANDARD.encode([0, 1, 255].repeat(400))}),
        json!(large),
        json!("Hello 火星"),
    ]
}

/// What a frame of ours ends, as the scripts spell it.
fn as_message(line: &Value) -> Option<Value> {
    let inflated = line.get("inflated")?;
    Some(match inflated["text"].as_str() {
        Some(text) => json!(text),
        None => json!({"bytes": STANDARD.encode(octets(inflated))}),
    })
}

/// Fails unless these messages went both ways, compressed, and nothing is wrong.
#[track_caller]
fn expect_echoed(ended: &Ended, messages: &[Value], what: &str) {
    for from in ["client", "server"] {
        let frames = ended.frames(from);
        let told: Vec<Value> = frames.iter().filter_map(|line| as_message(line)).collect();
        assert_eq!(told, messages, "{what}: of the {from}");
        assert!(frames.iter().any(|line| line["rsv1"] == true), "{what}: of the {from}");
    }
    for line in ended.all("frame").into_iter().chain(ended.all("opening_handshake")) {
        assert_eq!(line["violations"], json!([]), "{what}: {line}");
    }
}

fn agreed(ended: &Ended) -> &Value {
    &ended.all("opening_handshake")[1]["deflate"]["agreed"]
}

fn as_client(library: Library) {
    for (header, told) in choices() {
        let run = Run::listen(&["--connections", "1", "--echo"]);
        let messages = messages();
        let scenario = json!({
            "url": run.url(), "deflate": told, "send": messages, "expect": messages.len(),
            "close": [1000, "bye"],
        });
        let saw = library.client(&scenario).answer();
        assert_eq!(saw["messages"], json!(messages), "{library:?} {header}");
        holds(&saw, &json!({"code": 1000, "reason": "bye", "wasClean": true}));
        let ended = run.end().expect(0);
        assert!(agreed(&ended).is_string(), "{library:?} {header}");
        expect_echoed(&ended, &messages, &format!("{library:?} {header}"));
    }
}

/// Actions that send these messages.
fn sending(messages: &[Value]) -> Vec<String> {
    let hex = |octets: &[u8]| octets.iter().map(|o| format!("{o:02x}")).collect::<String>();
    let action = |message: &Value| match message.as_str() {
        Some(text) => format!("text:{text}"),
        None => format!("binary:{}", hex(&octets(message))),
    };
    messages.iter().map(action).collect()
}

/// `connect` with a pipe as standard input.
fn connect(port: u16, options: &[&str]) -> Run {
    let home = TempDir::new().expect("a folder for the run");
    let url = format!("ws://127.0.0.1:{port}/");
    let arguments = [&["connect", &url, "--no-record", "--headless", "--json"], options].concat();
    let mut command = command(home.path(), &arguments);
    command.stdin(Stdio::piped());
    Run::spawn(command, home)
}

fn as_server(library: Library) {
    let messages = messages();
    let actions = sending(&messages);
    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    for (header, told) in choices() {
        // What is asked for, of a server that takes anything; then what a server asks for.
        let any = json!({"client_max_window_bits": null});
        let default = "client_max_window_bits".to_owned();
        for (offer, wishes) in [(header.clone(), &any), (default, &told)] {
            // A server's wish is a number, or none.
            if wishes["client_max_window_bits"] == true {
                continue;
            }
            let offer = if offer.is_empty() { "on" } else { &offer };
            let (mut server, port) = library.server(&json!({"mode": "echo", "deflate": wishes}));
            let options = [&["--stdin", "--deflate", offer], &after_open(&actions)[..]].concat();
            let mut run = connect(port, &options);
            for _ in &messages {
                run.until(|line| line["from"] == "server" && line.get("inflated").is_some());
            }
            run.end_input(); // Close 1000, once everything came back
            let ended = run.end().expect(0);
            let what = format!("{library:?} {offer} | {wishes}");
            assert!(agreed(&ended).is_string(), "{what}");
            assert_eq!(server.answer()["messages"], json!(messages), "{what}");
            expect_echoed(&ended, &messages, &what);
        }
    }
}

#[test]
#[ignore = "needs node with npm ws"]
fn npm_ws_as_a_client_with_every_parameter() {
    as_client(Library::NodeWs);
}

#[test]
#[ignore = "needs node with npm ws"]
fn npm_ws_as_a_server_with_every_parameter() {
    as_server(Library::NodeWs);
}

#[test]
#[ignore = "needs python websockets"]
fn python_websockets_as_a_client_with_every_parameter() {
    as_client(Library::PythonWebsockets);
}

#[test]
#[ignore = "needs python websockets"]
fn python_websockets_as_a_server_with_every_parameter() {
    as_server(Library::PythonWebsockets);
}

#[test]
#[ignore = "needs chromium"]
fn a_page_sends_and_gets_compressed_messages() {
    let mut browser = Peer::chromium();
    let large: String =
        (0..200_000u32).map(|i| format!("{} ", i.wrapping_mul(7919) % 977)).collect();
    let mut messages = messages();
    messages.push(json!(large));
    // "Hello" of RFC 7692 §7.2.3.1 in two fragments. It is unknown to our own compressor,
    // so it goes where messages do not refer to each other.
    let alone = "server_no_context_takeover; client_no_context_takeover";
    let fragments =
        after_open(&["frame:fin=0,rsv1=1,hex=f248cd", "ping:p", "frame:opcode=0,hex=c9c90700"]);
    for (deflate, before) in [
        ("on", &[][..]),
        (alone, &fragments),
        ("client_max_window_bits=9", &[]),
        ("server_max_window_bits=9", &[]),
    ] {
        let options = ["--connections", "1", "--echo", "--deflate", deflate];
        let run = Run::listen(&[&options, before].concat());
        let hello = !before.is_empty();
        let expect = messages.len() + usize::from(hello);
        browser.play(&json!({
            "url": run.url(), "send": messages, "expect": expect, "close": [1000, ""],
        }));
        let saw = browser.answer();
        let mut expected = messages.clone();
        if hello {
            expected.insert(0, json!("Hello"));
        }
        assert_eq!(saw["messages"], json!(expected), "{deflate}");
        holds(&saw, &json!({"code": 1000, "wasClean": true}));
        let ended = run.end().expect(0);
        assert!(agreed(&ended).is_string(), "{deflate}");
        let told: Vec<Value> = ended.frames("client").into_iter().filter_map(as_message).collect();
        assert_eq!(told, messages, "{deflate}");
        for line in ended.all("frame") {
            assert_eq!(line["violations"], json!([]), "{deflate}: {line}");
        }
    }
}
