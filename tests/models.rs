//! The models of three clients against what the clients were really seen to
//! report: each observed scenario is recorded as octets and ends of TCP, and the
//! verdict on it has to be what that client said.

use super::session::{Session, hex};
use serde_json::{Value, json};
use wsscope::protocol::Role::{Client, Server};
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::header::write_frame;
use wsscope::protocol::{Header, Opcode, Role, StatusCode, close};
use wsscope::session::client_model::Report;
use wsscope::session::verdict::Verdict;

const OBSERVED: &str = include_str!("vectors/observed-closes.json");

/// A millisecond.
const MS: u64 = 1_000_000;

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

pub fn frame(from: Role, opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let key = (from == Client).then_some([0x37, 0xfa, 0x21, 0x3d]);
    let mut octets = Vec::new();
    write_frame(&Header::new(opcode, payload.len() as u64, key), payload, &mut octets);
    octets
}

pub fn close_frame(from: Role, code: Option<u64>, reason: &str) -> Vec<u8> {
    let body = code.map(|code| {
        close::body(StatusCode(u16::try_from(code).expect("a code")), reason.as_bytes())
    });
    frame(from, Opcode::CLOSE, &body.unwrap_or_default())
}

/// The Close that the client put on the wire: 1005 stands for an empty one there,
/// and 1006 for none.
fn client_close(observed: &Value) -> Option<Vec<u8>> {
    let sent = &observed["close_the_peer_sent"];
    if sent.is_null() || sent["code"] == 1006 {
        return None;
    }
    let code = sent["code"].as_u64().filter(|code| *code != 1005);
    Some(close_frame(Client, code, text(sent, "reason")))
}

/// What the server sends behind its head, in the same write.
fn server_frames(server: &Value) -> Vec<u8> {
    let message = server["message"].as_str();
    let mut frames = message.map_or_else(Vec::new, |m| frame(Server, Opcode::TEXT, m.as_bytes()));
    frames.extend(match text(server, "mode") {
        "close" | "lib-close" => {
            close_frame(Server, server["code"].as_u64(), text(server, "reason"))
        }
        "close-empty" => close_frame(Server, None, ""),
        "raw" => hex(text(server, "hex")),
        _ => Vec::new(),
    });
    frames
}

/// What the server answers to the client's Close.
fn answer(observed: &Value) -> Vec<u8> {
    let server = &observed["server"];
    match &server["answer"] {
        Value::Number(code) => close_frame(Server, code.as_u64(), text(server, "answer-reason")),
        Value::String(word) if word == "empty" => close_frame(Server, None, ""),
        Value::String(word) => word.strip_prefix("hex:").map(hex).unwrap_or_default(),
        _ if text(server, "mode") == "echo" => {
            let sent = &observed["close_the_peer_sent"];
            let code = sent["code"].as_u64().filter(|code| *code != 1005);
            close_frame(Server, code, text(sent, "reason"))
        }
        _ if text(server, "mode") == "silent" && !observed["saw"]["code"].is_null() => {
            // A server that is silent until it gets a Close, and echoes that.
            let sent = &observed["close_the_peer_sent"];
            close_frame(Server, sent["code"].as_u64(), text(sent, "reason"))
        }
        _ => Vec::new(),
    }
}

/// The scenario as records, or why it is none.
fn record(observed: &Value) -> Result<Session, &'static str> {
    let (server, saw) = (&observed["server"], &observed["saw"]);
    let opened = saw["opened"] != false;
    if server.is_null() {
        return Err("no TCP connection came to be");
    }
    if opened && saw["code"].is_null() {
        return Err("the client had reported nothing when it was looked at");
    }
    let mode = text(server, "mode");
    let mut session = Session::new();
    session.opened();
    let offered: Vec<&str> = match observed["client_does"]["protocols"].as_array() {
        Some(names) => names.iter().filter_map(Value::as_str).collect(),
        None => Vec::new(),
    };
    session.request(&offered.join(", "));
    let before_open = observed["client_does"]["closeAfter"] == -1;
    let protocol = match (server["protocol"].as_str(), offered.first()) {
        (Some("none"), _) | (None, None) => "",
        (Some(name), _) => name,
        (None, Some(name)) => name,
    };
    let frames = server_frames(server);
    match mode {
        _ if before_open => session.tcp(Client, TcpEvent::Fin),
        "http" => {
            let status = &server["status"];
            let head = format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n");
            session.octets(Server, head.into_bytes());
        }
        "bad-accept" => session.response("AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "", "", &frames),
        "drop" => {}
        _ => session.response("", protocol, text(server, "extension"), &frames),
    }
    let then = text(server, "then");
    let reset = [mode, then, text(server, "answer")].contains(&"rst");
    let at_once = matches!(then, "end" | "destroy")
        || matches!(mode, "end" | "destroy" | "lib-terminate" | "http" | "drop");
    if at_once {
        session.tcp(Server, TcpEvent::Fin);
    }
    if let Some(close) = client_close(observed) {
        session.octets(Client, close);
        if !at_once {
            let answer = answer(observed);
            let silent = ["end", "rst", "never"].contains(&text(server, "answer"));
            if !answer.is_empty() && !silent && opened {
                session.octets(Server, answer);
            }
        }
    }
    session.wait(if server["hold"] == 70_000 { 70_000 * MS } else { 50 * MS });
    if reset {
        session.tcp(Server, TcpEvent::Rst);
    } else {
        if !at_once && observed["tcp_ended_by"] != "client" {
            session.tcp(Server, TcpEvent::Fin);
        }
        session.tcp(Client, TcpEvent::Fin);
        session.tcp(Server, TcpEvent::Fin);
    }
    Ok(session)
}

fn of_report(report: &Report) -> Value {
    let code = report.code.map(|code| code.0);
    let reason = code.map(|_| &report.reason);
    json!({"code": code, "reason": reason, "wasClean": report.was_clean, "error": report.error})
}

/// What the model says, and what the client said, with the same keys.
fn compared(observed: &Value, verdict: &Verdict) -> (Value, Value) {
    let saw = &observed["saw"];
    let mut expected = json!({
        "code": saw["code"], "reason": saw["reason"], "wasClean": saw["wasClean"],
    });
    // A name, and behind it words; the message of an error without a name is whole.
    let name = |text: &str| {
        let first = text.split(": ").next().unwrap_or_default();
        let named = !first.contains(' ');
        if named { first.to_owned() } else { text.to_owned() }
    };
    let mut told = match text(observed, "peer") {
        "chromium" => {
            expected["error"] = saw["error"].clone();
            let event = &verdict.close_event;
            json!({
                "code": event.code.0, "reason": event.reason, "wasClean": event.was_clean,
                "error": event.error,
            })
        }
        "node_ws" => {
            expected["error"] = saw["error"].as_str().map(name).into();
            of_report(&verdict.node_ws)
        }
        _ => {
            let exception = observed["exception"].as_str().or(saw["error"].as_str());
            expected["error"] = exception.map(name).into();
            of_report(&verdict.python)
        }
    };
    // Messages that are the system's or say more than that it failed.
    for (value, other) in [(&mut told, "socket hang up"), (&mut expected, "ECONNRESET")] {
        if value["error"] == other {
            value["error"] = "no response".into();
        }
    }
    for value in [&mut told, &mut expected] {
        if value["error"].as_str().is_some_and(|e| e.starts_with("Server sent a")) {
            value["error"] = "a subprotocol that was not offered".into();
        }
        if value["error"].as_str().is_some_and(|e| e.contains("before the connection was")) {
            value["error"] = "no response".into();
        }
    }
    (told, expected)
}

#[test]
fn three_clients_report_what_their_models_say() {
    let all: Value = serde_json::from_str(OBSERVED).expect("JSON");
    let (mut table, mut figures) = (String::new(), [[0; 3]; 3]);
    for observed in all["observed"].as_array().expect("a list") {
        let (scenario, peer) = (text(observed, "scenario"), text(observed, "peer"));
        let column = ["chromium", "node_ws", "python"].iter().position(|p| *p == peer);
        let column = column.expect("one of the three");
        let (row, line) = match record(observed) {
            Err(why) => (2, why.to_owned()),
            Ok(session) => {
                let log = session.log.read();
                let connection = log.connection(1).expect("one connection");
                assert!(connection.over, "{scenario} {peer} is not over");
                let (told, expected) = compared(observed, &Verdict::of(connection));
                if told == expected {
                    (0, told.to_string())
                } else {
                    (1, format!("the model says {told}\n{:41}it was     {expected}", ""))
                }
            }
        };
        figures[row][column] += 1;
        let word = ["agree", "DISAGREE", "not applicable"][row];
        table += &format!("{word:14} {scenario:22} {peer:9} {line}\n");
    }
    let sums = figures.map(|row| row.iter().sum::<u32>());
    println!("{table}\nchromium, node_ws, python: agree {:?}", figures[0]);
    println!("disagree {:?}, not applicable {:?}", figures[1], figures[2]);
    assert_eq!(sums[1], 0, "\n{table}");
    assert_eq!(sums.iter().sum::<u32>(), 265, "a scenario is lost");
    assert_eq!(sums[2], 27, "scenarios without a wire:\n{table}");
}

/// Code and wasClean of Chromium, npm ws and python websockets.
fn told(session: &Session) -> [(Option<u16>, bool); 3] {
    let verdict = session.verdict();
    let event = &verdict.close_event;
    let report = |report: &Report| (report.code.map(|code| code.0), report.was_clean);
    [(Some(event.code.0), event.was_clean), report(&verdict.node_ws), report(&verdict.python)]
}

const CLEAN: (Option<u16>, bool) = (Some(4001), true);
const NOT_CLEAN: (Option<u16>, bool) = (Some(4001), false);
const ABNORMAL: (Option<u16>, bool) = (Some(1006), false);

#[test]
fn each_client_has_its_own_patience_for_an_answer() {
    for (seconds, expected) in [
        (9, [CLEAN; 3]),
        (11, [CLEAN, CLEAN, ABNORMAL]),
        (29, [CLEAN, CLEAN, ABNORMAL]),
        (31, [CLEAN, ABNORMAL, ABNORMAL]),
        (59, [CLEAN, ABNORMAL, ABNORMAL]),
        (61, [ABNORMAL; 3]),
    ] {
        let mut session = Session::open();
        session.octets(Client, close_frame(Client, Some(3001), ""));
        session.wait(seconds * 1000 * MS);
        session.octets(Server, close_frame(Server, Some(4001), ""));
        session.tcp(Server, TcpEvent::Fin);
        session.tcp(Client, TcpEvent::Fin);
        assert_eq!(told(&session), expected, "{seconds} s");
    }
}

#[test]
fn a_reset_or_a_frame_counts_while_chromium_waits_for_the_end_of_tcp() {
    for (ms, reset, frame_behind) in
        [(500, NOT_CLEAN, ABNORMAL), (1900, NOT_CLEAN, ABNORMAL), (2100, CLEAN, CLEAN)]
    {
        let mut session = Session::open();
        session.octets(Server, close_frame(Server, Some(4001), ""));
        session.octets(Client, close_frame(Client, Some(4001), ""));
        session.wait(ms * MS);
        session.tcp(Server, TcpEvent::Rst);
        assert_eq!(told(&session), [reset, CLEAN, CLEAN], "a reset after {ms} ms");

        let mut session = Session::open();
        session.octets(Server, close_frame(Server, Some(4001), ""));
        session.octets(Client, close_frame(Client, Some(4001), ""));
        session.wait(ms * MS);
        session.octets(Server, frame(Server, Opcode::PING, b""));
        session.tcp(Server, TcpEvent::Fin);
        session.tcp(Client, TcpEvent::Fin);
        assert_eq!(told(&session), [frame_behind, CLEAN, CLEAN], "a Ping after {ms} ms");
    }
}

#[test]
fn a_reset_before_the_answer_is_written() {
    let mut session = Session::open();
    session.octets(Server, close_frame(Server, Some(4001), ""));
    session.tcp(Server, TcpEvent::Rst);
    assert_eq!(told(&session), [ABNORMAL, NOT_CLEAN, CLEAN]);

    // There was time to answer, whatever this client did.
    let mut session = Session::open();
    session.octets(Server, close_frame(Server, Some(4001), ""));
    session.wait(50 * MS);
    session.tcp(Server, TcpEvent::Rst);
    assert_eq!(told(&session), [NOT_CLEAN, CLEAN, CLEAN]);

    // Its FIN was read before.
    let mut session = Session::open();
    session.octets(Server, close_frame(Server, Some(4001), ""));
    session.tcp(Server, TcpEvent::Fin);
    session.tcp(Server, TcpEvent::Rst);
    assert_eq!(told(&session), [CLEAN; 3]);
}

#[test]
fn python_takes_a_mebibyte_and_ws_a_hundred() {
    for (octets, expected) in [(1 << 20, [CLEAN; 3]), ((1 << 20) + 1, [CLEAN, CLEAN, ABNORMAL])] {
        let mut session = Session::open();
        let half = vec![0; octets / 2];
        let mut first = Header::new(Opcode::BINARY, half.len() as u64, None);
        first.fin = false;
        let mut wire = Vec::new();
        write_frame(&first, &half, &mut wire);
        session.octets(Server, wire);
        let rest = vec![0; octets - half.len()];
        session.octets(Server, frame(Server, Opcode::CONTINUATION, &rest));
        session.octets(Server, close_frame(Server, Some(4001), ""));
        session.tcp(Server, TcpEvent::Fin);
        session.tcp(Client, TcpEvent::Fin);
        assert_eq!(told(&session), expected, "{octets} octets");
    }
}

#[test]
fn a_close_behind_bad_text_in_one_read_is_what_python_sees_first() {
    for (together, python) in [(true, CLEAN), (false, ABNORMAL)] {
        let mut session = Session::open();
        let (text, close) = (hex("8102c328"), close_frame(Server, Some(4001), ""));
        if together {
            session.octets(Server, [text, close].concat());
        } else {
            session.octets(Server, text);
            session.octets(Server, close);
        }
        session.tcp(Server, TcpEvent::Fin);
        session.tcp(Client, TcpEvent::Fin);
        assert_eq!(told(&session), [ABNORMAL, ABNORMAL, python]);
    }
}

#[test]
fn the_name_of_an_error_is_that_of_what_ws_looks_at_first() {
    for (octets, error) in [
        ("f3026869", "WS_ERR_UNEXPECTED_RSV_2_3"),
        ("c9820000000068", "WS_ERR_UNEXPECTED_RSV_1"),
        ("0982000000006869", "WS_ERR_EXPECTED_FIN"),
        ("8881000000000003", "WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH"),
        ("880403edfffe", "WS_ERR_INVALID_CLOSE_CODE"),
        ("8102c328", "WS_ERR_INVALID_UTF8"),
    ] {
        let mut session = Session::open();
        session.octets(Server, hex(octets));
        session.tcp(Server, TcpEvent::Fin);
        assert_eq!(session.verdict().node_ws.error.as_deref(), Some(error), "{octets}");
    }
}
