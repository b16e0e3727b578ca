//! What a page in Chromium was observed to be told, scenario by scenario,
//! against what the log says of the same octets.

use super::rig::{self, REQUEST, RESPONSE, Script};
use serde_json::Value;
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::{Opcode, Role, close};
use wsscope::session::verdict::Verdict;

const OBSERVED: &str = include_str!("../vectors/observed-closes.json");

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

fn close_frame(from: Role, code: u64, reason: &str) -> Vec<u8> {
    let code = wsscope::protocol::StatusCode(u16::try_from(code).unwrap());
    rig::frame(from, Opcode::CLOSE, &close::body(code, reason.as_bytes()))
}

/// The Close that the client put on the wire. Libraries call an empty one 1005,
/// and 1006 where none came.
fn client_close(observed: &Value) -> Option<Vec<u8>> {
    let sent = &observed["close_the_peer_sent"];
    match sent["code"].as_u64() {
        Some(1006) => None,
        Some(1005) => Some(rig::frame(Role::Client, Opcode::CLOSE, b"")),
        Some(code) => Some(close_frame(Role::Client, code, text(sent, "reason"))),
        None if sent["body_octets"] == 0 => Some(rig::frame(Role::Client, Opcode::CLOSE, b"")),
        None => None,
    }
}

/// The heads that went, request first.
fn heads(observed: &Value) -> (String, String) {
    let (server, mut request) = (&observed["server"], REQUEST.to_owned());
    let add = |head: &mut String, line: String| head.insert_str(head.len() - 2, &line);
    let asked: Vec<&str> = match observed["client_does"]["protocols"].as_array() {
        Some(names) => names.iter().filter_map(Value::as_str).collect(),
        None => Vec::new(),
    };
    if !asked.is_empty() {
        add(&mut request, format!("Sec-WebSocket-Protocol: {}\r\n", asked.join(", ")));
    }
    let mut response = match text(server, "mode") {
        "http" => {
            format!("HTTP/1.1 {} No\r\nContent-Length: 0\r\n\r\n", server["status"])
        }
        "bad-accept" => RESPONSE.replace("s3pP", "AAAA"),
        "drop" => String::new(),
        _ => RESPONSE.to_owned(),
    };
    match (server["protocol"].as_str(), asked.first().copied()) {
        (Some("none"), _) | (None, None) => {}
        (Some(name), _) | (None, Some(name)) => {
            add(&mut response, format!("Sec-WebSocket-Protocol: {name}\r\n"));
        }
    }
    if let Some(name) = server["extension"].as_str() {
        add(&mut response, format!("Sec-WebSocket-Extensions: {name}\r\n"));
    }
    (request, response)
}

/// The frames behind the 101, in the same write.
fn server_frames(server: &Value) -> Vec<u8> {
    let mut frames = match server["message"].as_str() {
        Some(message) => rig::frame(Role::Server, Opcode::TEXT, message.as_bytes()),
        None => Vec::new(),
    };
    frames.extend(match text(server, "mode") {
        "close" | "lib-close" => {
            let code = server["code"].as_u64().unwrap();
            close_frame(Role::Server, code, text(server, "reason"))
        }
        "close-empty" => rig::frame(Role::Server, Opcode::CLOSE, b""),
        "raw" => hex(text(server, "hex")),
        "silent" | "echo" | "lib-terminate" | "destroy" | "end" | "rst" | "http" | "bad-accept"
        | "drop" => Vec::new(),
        mode => panic!("a server that does {mode}"),
    });
    frames
}

/// The server's answer to the client's Close, and whether it ends TCP by a RST.
fn answer(observed: &Value) -> (Vec<u8>, bool) {
    let server = &observed["server"];
    match &server["answer"] {
        Value::Number(code) => {
            let reason = text(server, "answer-reason");
            (close_frame(Role::Server, code.as_u64().unwrap(), reason), false)
        }
        Value::String(word) => match word.as_str() {
            "empty" => (rig::frame(Role::Server, Opcode::CLOSE, b""), false),
            "rst" => (Vec::new(), true),
            "end" | "never" => (Vec::new(), false),
            word => (hex(word.strip_prefix("hex:").unwrap()), false),
        },
        _ if text(server, "mode") == "echo" => {
            let sent = &observed["close_the_peer_sent"];
            let code = sent["code"].as_u64().filter(|code| *code != 1005);
            let frame = match code {
                Some(code) => close_frame(Role::Server, code, text(sent, "reason")),
                None => rig::frame(Role::Server, Opcode::CLOSE, b""),
            };
            (frame, false)
        }
        _ => (Vec::new(), false),
    }
}

/// The wire of a scenario as records, or why there is none.
fn script(observed: &Value) -> Result<Script, &'static str> {
    let (server, saw) = (&observed["server"], &observed["saw"]);
    if saw["code"].is_null() {
        return Err("the page was told nothing");
    }
    if server.is_null() {
        return Err("no TCP connection");
    }
    let mut script = Script::default();
    let one = script.opened(Some(Role::Server), "127.0.0.1:50001", "127.0.0.1:8000");
    let (request, response) = heads(observed);
    script.octets(one, Role::Client, request);
    let before_open = observed["client_does"]["closeAfter"].as_i64().is_some_and(|ms| ms < 0);
    if before_open {
        script.tcp(one, Role::Client, TcpEvent::Fin);
    }
    let first = [response.into_bytes(), server_frames(server)].concat();
    if !first.is_empty() && !before_open {
        script.octets(one, Role::Server, first);
    }
    let then = text(server, "then");
    let at_once = matches!(then, "end" | "destroy")
        || matches!(text(server, "mode"), "end" | "destroy" | "lib-terminate" | "http" | "drop");
    if at_once {
        script.tcp(one, Role::Server, TcpEvent::Fin);
    }
    let closing = client_close(observed);
    let (answer, reset) = answer(observed);
    if let Some(close) = closing {
        script.octets(one, Role::Client, close);
        if !answer.is_empty() {
            script.octets(one, Role::Server, answer);
        }
    }
    if reset || then == "rst" || text(server, "mode") == "rst" {
        script.tcp(one, Role::Server, TcpEvent::Rst);
    } else {
        if observed["tcp_ended_by"] == "client" && !before_open {
            script.tcp(one, Role::Client, TcpEvent::Fin);
        }
        if !at_once {
            script.tcp(one, Role::Server, TcpEvent::Fin);
        }
        if observed["tcp_ended_by"] != "client" && !before_open {
            script.tcp(one, Role::Client, TcpEvent::Fin);
        }
    }
    Ok(script)
}

#[test]
fn a_chromium_page_is_told_what_the_model_says() {
    let all: Value = serde_json::from_str(OBSERVED).unwrap();
    let chromium = all["observed"].as_array().unwrap().iter();
    let (mut table, mut agreed, mut disagreed, mut without) = (String::new(), 0, 0, Vec::new());
    for observed in chromium.filter(|observed| observed["peer"] == "chromium") {
        let (name, saw) = (text(observed, "scenario"), &observed["saw"]);
        let script = match script(observed) {
            Ok(script) => script,
            Err(why) => {
                table += &format!("not applicable  {name}: {why}\n");
                without.push(name);
                continue;
            }
        };
        let recorded = rig::record(&script);
        let log = recorded.log.read();
        let connection = log.connection(1).unwrap();
        let event = Verdict::of(connection).close_event;
        let told = (event.code.0.into(), event.reason.as_str(), event.was_clean, event.error);
        let expected = (
            saw["code"].as_u64().unwrap(),
            text(saw, "reason"),
            saw["wasClean"].as_bool().unwrap(),
            saw["error"].as_bool().unwrap(),
        );
        if told == expected && connection.over {
            agreed += 1;
            table += &format!("agree           {name}: {told:?}\n");
        } else {
            disagreed += 1;
            table +=
                &format!("DISAGREE        {name}: the model says {told:?}, saw {expected:?}\n");
        }
    }
    println!("{table}");
    assert_eq!(disagreed, 0, "\n{table}");
    let throws = without.iter().filter(|name| name.starts_with("client-throws-")).count();
    let leaves = without.iter().filter(|name| name.starts_with("client-leaves-")).count();
    assert_eq!((throws, leaves), (8, 2));
    assert_eq!(without.len(), throws + leaves + usize::from(without.contains(&"refused")));
    assert_eq!(agreed + without.len(), 90);
}
