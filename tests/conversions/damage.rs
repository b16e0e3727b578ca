//! Files that are cut off, mistyped or hostile: a message with the place, and
//! what stands before.

use super::super::session_files::rig::{self, Script};
use super::Session;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::{Opcode, Role};
use wsscope::session::export::Format;
use wsscope::session::import::Kind;

fn session() -> Session {
    let mut script = Script::default();
    let one = script.connection("127.0.0.1:50001", "127.0.0.1:8000");
    for text in ["one", "two", "three"] {
        script.octets(one, Role::Client, rig::frame(Role::Client, Opcode::TEXT, text.as_bytes()));
    }
    script.octets(one, Role::Server, &rig::frame(Role::Server, Opcode::BINARY, &[7; 9])[..5]);
    script.tcp(one, Role::Client, TcpEvent::Rst);
    let (_recorded, session) = Session::of(&script);
    session
}

fn lines() -> Vec<Value> {
    session().lines()
}

fn joined(lines: &[Value]) -> Vec<u8> {
    lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect()
}

/// The only problem of these lines.
#[track_caller]
fn problem(lines: &[Value]) -> String {
    let session = Session::import(joined(lines));
    let problems = session.problems();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems[0].clone()
}

#[test]
fn a_bad_line_is_told_by_its_number() {
    let lines = lines();
    assert_eq!(lines[3]["type"], "frame");
    for (key, value, words) in [
        ("time", json!("noon"), "line 4: the value of time makes no sense"),
        ("from", json!("me"), "line 4: the value of from makes no sense"),
        ("opcode", json!(16), "line 4: the value of opcode makes no sense"),
        ("opcode", json!(1e99), "column"),
        ("opcode", json!("text"), "column"),
        ("fin", json!(null), "column"),
        ("length_bits", json!(8), "line 4: the value of length_bits makes no sense"),
        ("masking_key", json!("+7fa213d"), "line 4: the value of masking_key makes no sense"),
        ("payload_len", json!(4), "announces 4 octets of payload, and there are 3"),
        ("payload_len", json!(200), "line 4: the value of payload_len makes no sense"),
        ("payload", json!({"bytes": "?"}), "line 4: the value of payload makes no sense"),
        ("payload", json!({"octets": ""}), "column"),
        ("connection", json!(2), "no line of type connection came before for connection 2"),
    ] {
        let mut bad = lines.clone();
        bad[3][key] = value;
        let problem = problem(&bad);
        assert!(problem.starts_with("line 4") && problem.contains(words), "{problem}");
    }
    let mut bad = lines.clone();
    bad[3].as_object_mut().unwrap().shift_remove("opcode");
    assert!(problem(&bad).contains("missing field `opcode`"));
    let mut headless = lines.clone();
    headless.remove(1);
    let told = Session::import(joined(&headless)).problems();
    assert!(told[0].starts_with("line 3: a frame, but the HTTP head"), "{told:?}");
    let mut over = lines.clone();
    over.push(lines[3].clone());
    let words = format!("line {}: connection 1 is over already", over.len());
    assert_eq!(problem(&over), words);
    let mut head = lines.clone();
    head[1]["head"] = json!("\u{100}");
    assert!(Session::import(joined(&head)).problems()[0].contains("the value of head"));
}

#[test]
fn lines_that_say_nothing_of_a_session_are_passed_over() {
    let mut lines = lines();
    lines.insert(0, json!({"type": "listening", "url": "ws://127.0.0.1:1/"}));
    lines.push(json!({"type": "weather", "sunny": true}));
    let mut text = b"\xEF\xBB\xBF".to_vec();
    text.extend(joined(&lines));
    text.extend(b"\r\n   \r\n");
    let session = Session::import(text);
    assert_eq!(session.problems(), Vec::<String>::new());
    assert_eq!(session.opened.left_out.lines, 1);
    assert_eq!(session.lines(), lines[1..lines.len() - 1]);
}

#[test]
fn a_long_line_is_read_and_a_bad_one_named() {
    let mut long = lines();
    let text = "x".repeat(10 << 20);
    long[3]["payload_len"] = json!(text.len());
    long[3]["length_bits"] = json!(64);
    long[3]["payload"] = json!({"text": text});
    let session = Session::import(joined(&long));
    assert_eq!(session.problems(), Vec::<String>::new());
    assert_eq!(session.all("frame")[0]["payload"]["text"].as_str().unwrap().len(), 10 << 20);
    let mut lines = joined(&lines());
    let at = lines.len();
    lines.extend(b"{\"type\":\"frame\",\"connection\":1,\"payload\":\"");
    lines.extend(vec![b'['; 10 << 20]);
    let told = Session::import(lines.clone()).problems();
    let number = lines[..at].iter().filter(|o| **o == b'\n').count() + 1;
    assert!(told[0].starts_with(&format!("line {number}, column ")), "{told:?}");
    assert!(told[0].len() < 300);
}

#[test]
fn lines_cut_off_anywhere_keep_what_stands_before() {
    let whole = joined(&lines());
    for cut in 0..whole.len() {
        let session = Session::import_as(Some(Kind::JsonLines), whole[..cut].to_vec());
        let before = whole[..cut].iter().filter(|octet| **octet == b'\n').count();
        assert!(session.problems().len() <= 1, "cut at {cut}");
        let complete = session.all("frame").iter().filter(|f| f["complete"] == true).count();
        // The connection and two heads come first, three whole frames behind them.
        assert!(complete >= before.saturating_sub(3).min(3), "cut at {cut}");
    }
}

#[test]
fn a_har_cut_off_anywhere_names_the_place() {
    let har = session().write(Format::Har);
    let end = har.len() - har.iter().rev().position(|octet| *octet == b'}').unwrap();
    for cut in (20..end).step_by(7) {
        let session = Session::import(har[..cut].to_vec());
        let problems = session.problems();
        assert_eq!(problems.len(), 1, "cut at {cut}");
        assert!(problems[0].starts_with("line "), "{problems:?}");
    }
    // The only entry is whole here.
    let cut = har[..end - 4].to_vec();
    let session = Session::import(cut);
    assert_eq!(session.all("frame").len(), 4);
    assert_eq!(session.problems().len(), 1);
    for (text, words) in [
        (&b"{\"log\":{}}"[..], "no list log.entries"),
        (b"{\"log\":17}", "log as an object"),
        (b"{\"log\":{\"entries\":{}}}", "log.entries as a list"),
        (b"{\"log\":{\"entries\":[]}} more", "trailing characters"),
        (b"{\"log\":{\"entries\":[{\"_webSocketMessages\":[],\"time\":1e999}]}}", "out of range"),
    ] {
        let problems = Session::import(text).problems();
        assert!(problems[0].contains(words), "{problems:?} has not {words}");
    }
    let deep = [b"{\"log\":".to_vec(), vec![b'['; 100_000]].concat();
    assert_eq!(Session::import(deep).problems().len(), 1);
}

#[derive(Clone, Debug)]
enum Change {
    Set(Index, u8),
    Cut(Index),
    Repeat(Index, Index),
    Digits(Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, octet)| Change::Set(at, octet)),
        any::<Index>().prop_map(Change::Cut),
        (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Change::Repeat(a, b)),
        any::<Index>().prop_map(Change::Digits),
    ]
}

fn changed(mut octets: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if octets.is_empty() {
            break;
        }
        match change {
            Change::Set(at, octet) => {
                let at = at.index(octets.len());
                octets[at] = *octet;
            }
            Change::Cut(at) => octets.truncate(at.index(octets.len())),
            Change::Repeat(a, b) => {
                let (a, b) = (a.index(octets.len()), b.index(octets.len()));
                let piece = octets[a.min(b)..a.max(b)].to_vec();
                octets.splice(a..a, piece);
            }
            Change::Digits(at) => {
                // A number grows beyond what it may be.
                let at = at.index(octets.len());
                let digit = octets[at..].iter().position(u8::is_ascii_digit);
                octets.splice(at + digit.unwrap_or(0)..at + digit.unwrap_or(0), *b"99999999999");
            }
        }
    }
    octets
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_a_file_holds_nothing_panics(
        changes in proptest::collection::vec(change(), 1..6),
    ) {
        let session = session();
        for (format, kind) in [(Format::Har, Kind::Har), (Format::JsonLines, Kind::JsonLines)] {
            let octets = changed(session.write(format), &changes);
            let read = Session::import_as(Some(kind), octets);
            // What was taken can be written again in every form.
            for format in [Format::Har, Format::JsonLines, Format::Csv, Format::Text] {
                read.write(format);
            }
        }
    }
}
