//! What stands in each form, and that others take it.

use super::super::session_files::rig::{self, Script};
use super::Session;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::header::{LengthForm, write_frame};
use wsscope::protocol::{Header, Opcode, Role};
use wsscope::session::export::Format;
use wsscope::session::export::payload::{self, Payload};
use wsscope::session::{Fault, FaultKind, Stage};

fn fragment(fin: bool, opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let header = Header {
        fin,
        length_form: LengthForm::Bits64,
        ..Header::new(opcode, payload.len() as u64, Some([1, 2, 3, 4]))
    };
    let mut octets = Vec::new();
    write_frame(&header, payload, &mut octets);
    octets
}

/// Two connections: one with fragments around a Ping that ends with a Close each
/// way, one that is refused.
fn script() -> Script {
    let mut script = Script::default();
    let one = script.connection("127.0.0.1:50001", "127.0.0.1:8000");
    script.octets(one, Role::Client, fragment(false, Opcode::TEXT, "孩".as_bytes()));
    let two = script.opened(None, "[::1]:50002", "[::1]:8000");
    script.octets(two, Role::Client, rig::REQUEST);
    script.octets(one, Role::Client, rig::frame(Role::Client, Opcode::PING, b"?"));
    script.octets(one, Role::Server, rig::frame(Role::Server, Opcode::PONG, b"?"));
    script.octets(one, Role::Client, fragment(true, Opcode::CONTINUATION, "子\n".as_bytes()));
    let no = "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\nLocation: /login\r\n\r\nno\n";
    script.octets(two, Role::Server, no);
    script.tcp(two, Role::Server, TcpEvent::Fin);
    script.tcp(two, Role::Client, TcpEvent::Fin);
    script.octets(one, Role::Server, rig::frame(Role::Server, Opcode::BINARY, &[0, 255]));
    script.octets(one, Role::Server, rig::frame(Role::Server, Opcode::TEXT, b"=1+1"));
    script.fault(one, Fault::new(Stage::Send, FaultKind::NotSent, "17"));
    for role in [Role::Client, Role::Server] {
        script.octets(one, role, rig::frame(role, Opcode::CLOSE, b"\x03\xe8bye"));
    }
    script.tcp(one, Role::Server, TcpEvent::Fin);
    script.tcp(one, Role::Client, TcpEvent::Fin);
    script
}

fn number(value: &Value) {
    assert!(value.is_number(), "{value} is no number");
}

/// What Chrome's import reads with a cast that throws, and what HTTP Toolkit's
/// JSON Schema asks for.
fn others_take(har: &Value) {
    let log = &har["log"];
    assert_eq!(log["version"], "1.2");
    assert!(log["creator"]["name"].is_string() && log["creator"]["version"].is_string());
    assert!(log["pages"].is_array());
    for entry in log["entries"].as_array().unwrap() {
        let (request, response) = (&entry["request"], &entry["response"]);
        for value in [
            &entry["time"],
            &request["headersSize"],
            &request["bodySize"],
            &response["status"],
            &response["headersSize"],
            &response["bodySize"],
            &response["content"]["size"],
        ] {
            number(value);
        }
        for stage in ["send", "wait", "receive", "blocked", "dns", "connect", "ssl"] {
            number(&entry["timings"][stage]);
        }
        let stages = ["send", "wait", "receive"].map(|s| entry["timings"][s].as_f64().unwrap());
        assert!(stages.iter().all(|stage| *stage >= 0.0));
        let sum: f64 = stages.iter().sum();
        assert!((sum - entry["time"].as_f64().unwrap()).abs() < 1e-3);
        for text in [
            &entry["startedDateTime"],
            &request["method"],
            &request["url"],
            &request["httpVersion"],
            &response["statusText"],
            &response["httpVersion"],
            &response["redirectURL"],
            &response["content"]["mimeType"],
        ] {
            assert!(text.is_string(), "{text}");
        }
        for list in [&request["headers"], &request["queryString"], &request["cookies"]] {
            assert!(list.is_array());
        }
        assert!(response["headers"].is_array() && response["cookies"].is_array());
        assert!(entry["cache"].is_object());
        assert_eq!(entry["_resourceType"], "websocket");
        for message in entry["_webSocketMessages"].as_array().unwrap() {
            assert!(message["type"] == "send" || message["type"] == "receive");
            number(&message["time"]);
            number(&message["opcode"]);
            assert!(message["data"].is_string());
        }
    }
}

#[test]
fn a_har_has_all_that_others_need() {
    let (_recorded, session) = Session::of(&script());
    let har = session.har();
    others_take(&har);
    let entries = har["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    let messages = entries[0]["_webSocketMessages"].as_array().unwrap();
    let told: Vec<Value> =
        messages.iter().map(|m| json!([m["type"], m["opcode"], m["data"]])).collect();
    let binary = STANDARD.encode([0, 255]);
    let expected = [
        json!(["send", 1, "孩子\n"]),
        json!(["receive", 2, binary]),
        json!(["receive", 1, "=1+1"]),
    ];
    assert_eq!(told, expected);
    let seconds = messages[0]["time"].as_f64().unwrap();
    assert!((1.7e9..1.7e9 + 1.0).contains(&seconds), "{seconds}");
    let close = &entries[0]["_webSocketClose"];
    assert_eq!((&close["code"], &close["reason"]), (&json!(1000), &json!("bye")));
    number(&close["timestamp"]);
    assert_eq!(entries[0]["request"]["url"], "ws://h/chat");
    let frames = entries[0]["_wsFrames"].as_array().unwrap();
    let ping = frames.iter().find(|frame| frame["opcode"] == 9).unwrap();
    assert_eq!(ping["masking_key"], "37fa213d");
    assert_eq!((&ping["from"], &ping["payload"]), (&json!("client"), &json!("Pw==")));
    let first = frames.iter().find(|frame| frame["opcode"] == 1).unwrap();
    assert_eq!((&first["fin"], &first["length_bits"]), (&json!(false), &json!(64)));
    assert_eq!(frames.iter().filter(|frame| frame["tcp"] == "fin").count(), 2);

    let refused = &entries[1];
    assert_eq!(refused["response"]["status"], 403);
    assert_eq!(refused["response"]["content"]["text"], "no\n");
    assert_eq!(refused["response"]["redirectURL"], "/login");
    assert_eq!(refused["serverIPAddress"], "::1");
    assert_eq!(refused["_webSocketMessages"], json!([]));
    assert_eq!(refused["_webSocketClose"], "aborted");
}

#[test]
fn a_connection_without_heads_has_an_entry_too() {
    let mut script = Script::default();
    script.opened(Some(Role::Server), "127.0.0.1:50001", "127.0.0.1:8000");
    let one = script.opened(Some(Role::Server), "127.0.0.1:50002", "127.0.0.1:8000");
    script.octets(one, Role::Client, b"\x16\x03\x01 no HTTP\r\n\r\n");
    let (_recorded, session) = Session::of(&script);
    let har = session.har();
    others_take(&har);
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 2);
    let (_recorded, empty) = Session::of(&Script::default());
    others_take(&empty.har());
    assert!(empty.write(Format::Csv).starts_with(b"number,time,"));
}

#[test]
fn the_table_is_quoted_and_no_formula() {
    let (_recorded, session) = Session::of(&script());
    let csv = String::from_utf8(session.write(Format::Csv)).unwrap();
    let header = "number,time,seconds,connection,from,kind,opcode,fin,rsv,mask,length,complete,\
                  status_code,text,violations\r\n";
    assert!(csv.starts_with(header), "{csv}");
    assert!(csv.contains(",\"子\n\","), "{csv}");
    assert!(csv.contains(",'=1+1,"), "{csv}");
    assert!(csv.contains(",Binary,1,000,0,2,1,,0x00ff,\r\n"), "{csv}");
    assert!(csv.contains(",Close,1,000,1,5,1,1000,bye,\r\n"), "{csv}");
}

#[test]
fn what_is_cancelled_leaves_no_file() {
    use std::sync::atomic::Ordering;
    use wsscope::session::export::{Progress, whole_file};
    let (_recorded, session) = Session::of(&script());
    let folder = tempfile::tempdir().unwrap();
    for format in Format::ALL {
        let progress = Progress::default();
        progress.cancelled.store(true, Ordering::Relaxed);
        let export = wsscope::text::export::Export::of(format, wsscope::text::Lang::En);
        let written = whole_file(&folder.path().join("out"), false, |out| {
            export.write(&session.log, &session.source, out, &progress)
        });
        assert!(written.is_err(), "{format:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{format:?}");
    }
}

fn saved(session: &Session, which: Payload) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    payload::write(&session.log, &session.source, which, &mut out).map(|()| out).map_err(|error| {
        wsscope::text::import::payload_error(wsscope::text::Lang::En, which, &error)
    })
}

#[test]
fn a_payload_and_a_message_are_saved_unmasked() {
    let (_recorded, session) = Session::of(&script());
    let frames: Vec<Value> = session.all("frame");
    let of = |opcode: u64| {
        let frame = frames.iter().find(|frame| frame["opcode"] == opcode).unwrap();
        frame["number"].as_u64().unwrap() as u32
    };
    let (text, ping, rest) = (of(1), of(9), of(0));
    assert_eq!(saved(&session, Payload::Frame(text)), Ok("孩".as_bytes().to_vec()));
    for number in [text, rest] {
        let whole = "孩子\n".as_bytes().to_vec();
        assert_eq!(saved(&session, Payload::Message(number)), Ok(whole));
    }
    assert_eq!(saved(&session, Payload::Frame(ping)), Ok(b"?".to_vec()));
    assert_eq!(saved(&session, Payload::Message(ping)), Ok(b"?".to_vec()));
    let none = saved(&session, Payload::Frame(99)).unwrap_err();
    assert_eq!(none, format!("no frame 99, it has {}", frames.len()));
    assert!(saved(&session, Payload::Frame(0)).is_err());

    let mut script = Script::default();
    let one = script.connection("127.0.0.1:50001", "127.0.0.1:8000");
    script.octets(one, Role::Client, fragment(false, Opcode::TEXT, b"a"));
    let (_recorded, session) = Session::of(&script);
    assert!(saved(&session, Payload::Message(1)).unwrap_err().contains("never became whole"));
}
