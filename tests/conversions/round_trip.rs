//! There and back: whatever was recorded comes back the same.

use super::super::session_files::round_trip::{op, script};
use super::Session;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use wsscope::session::export::Format;
use wsscope::session::notes::{Note, Subject};

/// The rows of each connection. Frames are numbered over all of them, which a
/// list by connections cannot keep where rows were recorded after their time.
fn by_connection(lines: Vec<Value>) -> Vec<Vec<Value>> {
    let mut connections = Vec::new();
    for mut line in lines {
        let Some(number) = line["connection"].as_u64() else { continue };
        connections.resize(connections.len().max(number as usize), Vec::new());
        line["number"].take();
        connections[number as usize - 1].push(line);
    }
    connections
}

fn same(left: &[Value], right: &[Value]) {
    for (left, right) in left.iter().zip(right) {
        assert_eq!(left, right);
    }
    assert_eq!(left.len(), right.len());
}

/// What somebody may write on a session: which of its rows, as a share of all, the
/// text, and whether it is bookmarked; then the name, and a note on each connection.
type Written = (Vec<(f64, String, bool)>, String, String);

fn written() -> impl Strategy<Value = Written> {
    let text = "(\\PC|\n|\\[note\\] |\\[bookmark\\]){0,6}";
    (vec((0.0..1.0, text, any::<bool>()), 0..8), text, text)
}

fn write_notes(session: &Session, (rows, name, of_connections): &Written) {
    let mut log = session.log.write();
    for (share, text, bookmark) in rows {
        let row = (share * log.len() as f64) as u64;
        log.set_note(Note::new(Subject::Row(row), text, *bookmark));
    }
    log.set_note(Note::new(Subject::Session, name, false));
    for number in 1..=log.connections().len() as u32 {
        log.set_note(Note::new(Subject::Connection(number), of_connections, false));
    }
}

fn name(session: &Session) -> Option<String> {
    session.log.read().name().map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 25, failure_persistence: None, ..Default::default() })]

    #[test]
    fn json_lines_come_back_row_by_row(
        steps in vec((0usize..5, any::<bool>(), op()), 1..90),
        written in written(),
    ) {
        let (_recorded, session) = Session::of(&script(&steps));
        write_notes(&session, &written);
        let text = session.write(Format::JsonLines);
        let back = Session::import(text.clone());
        prop_assert_eq!(back.problems(), Vec::<String>::new());
        same(&session.lines(), &back.lines());
        prop_assert_eq!((name(&back), back.log.read().notes().revision()), (name(&session), 0));
        prop_assert!(back.write(Format::JsonLines) == text);
        prop_assert!(back.log.read().made_from().is_none());
    }

    #[test]
    fn our_own_har_comes_back_connection_by_connection(
        steps in vec((0usize..5, any::<bool>(), op()), 1..90),
        written in written(),
    ) {
        let (_recorded, session) = Session::of(&script(&steps));
        write_notes(&session, &written);
        let back = Session::import(session.write(Format::Har));
        prop_assert_eq!(back.problems(), Vec::<String>::new());
        let (left, right) = (by_connection(session.lines()), by_connection(back.lines()));
        prop_assert_eq!(left.len(), right.len());
        for (left, right) in left.iter().zip(&right) {
            same(left, right);
        }
        prop_assert_eq!(name(&back), name(&session));
        prop_assert!(back.log.read().made_from().is_none());
    }

    #[test]
    fn a_capture_made_of_lines_is_a_capture(
        steps in vec((0usize..5, any::<bool>(), op()), 1..40),
        written in written(),
    ) {
        let (_recorded, session) = Session::of(&script(&steps));
        write_notes(&session, &written);
        let made = Session::import(session.write(Format::JsonLines));
        let capture = made.write(Format::Pcapng);
        let opened = Session::import(capture);
        prop_assert_eq!((opened.opened.damaged_at, opened.opened.left_out.items), (None, 0));
        same(&session.lines(), &opened.lines());
        prop_assert_eq!(name(&opened), name(&session));
    }

    #[test]
    fn the_table_has_a_line_for_each_row(
        steps in vec((0usize..5, any::<bool>(), op()), 1..60),
    ) {
        let (_recorded, session) = Session::of(&script(&steps));
        let csv = session.write(Format::Csv);
        let mut reader = csv::Reader::from_reader(&csv[..]);
        let header = reader.headers().unwrap().clone();
        let column = |name: &str| header.iter().position(|column| column == name).unwrap();
        let lines = session.lines();
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        prop_assert_eq!(records.len(), lines.len());
        for (record, line) in records.iter().zip(&lines) {
            let cell = |name: &str| &record[column(name)];
            prop_assert_eq!(cell("kind"), line["type"].as_str().unwrap());
            prop_assert_eq!(cell("time"), line["time"].as_str().unwrap());
            let number = |key: &str| line[key].as_u64().map_or(String::new(), |n| n.to_string());
            prop_assert_eq!(cell("connection"), number("connection"));
            prop_assert_eq!(cell("number"), number("number"));
            prop_assert!(!cell("text").starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
            if line["type"] == "frame" {
                prop_assert_eq!(cell("length"), number("payload_len"));
                prop_assert_eq!(cell("fin") == "1", line["fin"].as_bool().unwrap());
                let rsv = ["rsv1", "rsv2", "rsv3"].map(|key| line[key].as_bool().unwrap());
                let rsv: String = rsv.map(|bit| if bit { '1' } else { '0' }).iter().collect();
                prop_assert_eq!(cell("rsv"), rsv);
                prop_assert_eq!(cell("status_code"), number("status_code"));
            }
        }
    }
}
