//! What every line of JSON has to look like, and what all lines of a run have to
//! agree on. [`super::run::Run`] puts each line and each run to this test.

use super::run::octets;
use serde_json::Value;
use std::collections::HashMap;

type Test = fn(&Value) -> bool;

fn text(value: &Value) -> bool {
    value.is_string()
}

fn filled(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

fn number(value: &Value) -> bool {
    value.is_u64()
}

fn from_one(value: &Value) -> bool {
    value.as_u64().is_some_and(|n| n >= 1)
}

fn flag(value: &Value) -> bool {
    value.is_boolean()
}

fn flag_or_null(value: &Value) -> bool {
    value.is_boolean() || value.is_null()
}

fn end(value: &Value) -> bool {
    value == "client" || value == "server"
}

fn end_or_null(value: &Value) -> bool {
    end(value) || value.is_null()
}

fn text_or_null(value: &Value) -> bool {
    value.is_string() || value.is_null()
}

fn tunnel_or_null(value: &Value) -> bool {
    value.is_null() || (filled(&value["proxy"]) && filled(&value["target"]))
}

fn connection_or_null(value: &Value) -> bool {
    from_one(value) || value.is_null()
}

fn code_or_null(value: &Value) -> bool {
    value.is_null() || value.as_u64().is_some_and(|code| code <= 65535)
}

fn opcode(value: &Value) -> bool {
    value.as_u64().is_some_and(|opcode| opcode <= 15)
}

fn length_bits(value: &Value) -> bool {
    matches!(value.as_u64(), Some(7 | 16 | 64))
}

fn key_or_null(value: &Value) -> bool {
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    value.is_null() || value.as_str().is_some_and(|key| key.len() == 8 && key.chars().all(hex))
}

fn tcp_event(value: &Value) -> bool {
    value == "fin" || value == "rst" || value == "lost"
}

fn stage(value: &Value) -> bool {
    let stages = ["listen", "lookup", "tcp", "tls", "opening_handshake", "send", "record"];
    value.as_str().is_some_and(|stage| stages.contains(&stage))
}

/// RFC 3339, UTC, nine digits, `Z`.
fn time(value: &Value) -> bool {
    let pattern = "dddd-dd-ddTdd:dd:dd.dddddddddZ";
    value.as_str().is_some_and(|time| {
        time.len() == pattern.len()
            && time
                .chars()
                .zip(pattern.chars())
                .all(|(c, p)| if p == 'd' { c.is_ascii_digit() } else { c == p })
    })
}

fn payload(value: &Value) -> bool {
    value.as_object().is_some_and(|payload| payload.len() == 1)
        && (value["text"].is_string() || value["bytes"].is_string())
}

/// What an end holds, and the CloseEvent.
fn held(value: &Value) -> bool {
    value["code"].as_u64().is_some_and(|code| code <= 65535)
        && value["reason"].is_string()
        && value["was_clean"].is_boolean()
}

/// What a browser reported.
fn observed(value: &Value) -> bool {
    held(value) && value["error"].is_boolean()
}

/// What libraries report; python has no code where the connection never was open.
fn models(value: &Value) -> bool {
    let report = |value: &Value| {
        code_or_null(&value["code"])
            && value["reason"].is_string()
            && value["was_clean"].is_boolean()
    };
    report(&value["node_ws"])
        && report(&value["python"])
        && text_or_null(&value["node_ws"]["error"])
        && filled(&value["python"]["exception"])
}

fn steps(value: &Value) -> bool {
    let step = |value: &Value| {
        time(&value["time"])
            && value["after_ms"].as_f64().is_some_and(|ms| ms >= 0.0)
            && end(&value["by"])
            && filled(&value["what"])
            && filled(&value["sentence"])
    };
    value.as_array().is_some_and(|steps| steps.iter().all(step))
}

fn violations(value: &Value) -> bool {
    value.as_array().is_some_and(|violations| violations.iter().all(violation))
}

fn violation(value: &Value) -> bool {
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    value["id"].as_str().is_some_and(|id| !id.is_empty() && id.chars().all(kebab))
        && matches!(value["rfc"].as_u64(), Some(6454 | 6455 | 7692 | 9110 | 9112))
        && filled(&value["section"])
        && matches!(value["severity"].as_str(), Some("must" | "should" | "note"))
        && end(&value["by"])
        && filled(&value["sentence"])
}

/// Every key of a type of line, with the test that its value has to pass.
fn keys(kind: &str) -> &'static [(&'static str, Test)] {
    match kind {
        "listening" => &[("url", filled)],
        "connection" => &[
            ("connection", from_one),
            ("time", time),
            ("role", end_or_null),
            ("client", filled),
            ("server", filled),
            ("tunnel", tunnel_or_null),
        ],
        "opening_handshake" => &[
            ("connection", from_one),
            ("time", time),
            ("from", end),
            ("head", text),
            ("violations", violations),
        ],
        "frame" => &[
            ("connection", from_one),
            ("number", from_one),
            ("time", time),
            ("from", end),
            ("fin", flag),
            ("rsv1", flag),
            ("rsv2", flag),
            ("rsv3", flag),
            ("opcode", opcode),
            ("mask", flag),
            ("masking_key", key_or_null),
            ("length_bits", length_bits),
            ("payload_len", number),
            ("complete", flag),
            ("payload", payload),
            ("status_code", code_or_null),
            ("reason", text_or_null),
            ("violations", violations),
        ],
        "tls" => &[
            ("connection", from_one),
            ("time", time),
            ("version", text_or_null),
            ("cipher_suite", text_or_null),
            ("alpn", text_or_null),
            ("server_name", text_or_null),
            ("verification", text_or_null),
            ("chain", Value::is_array),
        ],
        "tcp" => &[
            ("connection", from_one),
            ("time", time),
            ("from", end),
            ("event", tcp_event),
            ("error", text_or_null),
            ("violations", violations),
        ],
        "error" => &[
            ("connection", connection_or_null),
            ("time", time),
            ("stage", stage),
            ("message", filled),
        ],
        "closed" => &[
            ("connection", from_one),
            ("time", time),
            ("client", held),
            ("server", held),
            ("close_event", held),
            ("explanation", filled),
            ("models", models),
            ("steps", steps),
            ("advice", text_or_null),
            ("violations", violations),
        ],
        "observed" => &[
            ("connection", from_one),
            ("time", time),
            ("browser", text_or_null),
            ("name", text_or_null),
            ("close_event", observed),
            ("predicted", flag_or_null),
        ],
        _ => &[],
    }
}

/// Fails unless `line` has every key of its type, and each value its form.
#[track_caller]
pub fn check(line: &Value) {
    let kind = line["type"].as_str().unwrap_or_else(|| panic!("no type in {line}"));
    let keys = keys(kind);
    assert!(!keys.is_empty(), "an unknown type: {line}");
    for (key, passes) in keys {
        assert!(passes(&line[key]), "{key} is {} in {line}", line[key]);
    }
    if kind == "frame" {
        check_frame(line);
    }
}

fn check_frame(line: &Value) {
    let payload = octets(&line["payload"]);
    let announced = line["payload_len"].as_u64();
    if line["complete"] == true {
        assert_eq!(Some(payload.len() as u64), announced, "the payload's length in {line}");
    }
    assert_eq!(line["mask"] == true, line["masking_key"].is_string(), "the key in {line}");
    let (text, opcode) = (line["payload"]["text"].is_string(), line["opcode"].as_u64());
    match opcode {
        Some(1) if line["complete"] == true => {
            let valid = std::str::from_utf8(&payload).is_ok() && line["rsv1"] == false;
            assert_eq!(text, valid, "text or bytes in {line}");
        }
        Some(0 | 1) => {}
        _ => assert!(!text, "text in {line}"),
    }
    if opcode != Some(8) {
        assert!(line["status_code"].is_null() && line["reason"].is_null(), "a code in {line}");
    }
}

/// Fails unless the lines of a whole run agree with each other.
#[track_caller]
pub fn check_all(lines: &[Value]) {
    let mut frames = 0;
    let mut closed: HashMap<u64, bool> = HashMap::new();
    for line in lines {
        let connection = line["connection"].as_u64();
        match line["type"].as_str() {
            Some("connection") => {
                let number = connection.expect("checked above");
                assert_eq!(number, closed.len() as u64 + 1, "connections count from 1: {line}");
                closed.insert(number, false);
            }
            Some("closed") => {
                let number = connection.expect("checked above");
                let before = closed.insert(number, true);
                assert_eq!(before, Some(false), "closed once, behind its connection: {line}");
            }
            Some("listening" | "error") => {}
            // It may come when all else is over.
            Some("observed") => {
                let number = connection.expect("checked above");
                assert!(closed.contains_key(&number), "behind its connection: {line}");
            }
            _ => {
                let number = connection.expect("checked above");
                assert_eq!(closed.get(&number), Some(&false), "outside its connection: {line}");
            }
        }
        if line["type"] == "frame" {
            frames += 1;
            assert_eq!(line["number"], frames, "frames are numbered in order: {line}");
        }
    }
    for (connection, closed) in closed {
        assert!(closed, "the run ended, connection {connection} has no closed line");
    }
}
