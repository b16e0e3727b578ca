//! A browser's HAR opens, and Wireshark reads what was made of HAR and JSON Lines.

use super::super::peer::Peer;
use super::super::run::Run;
use super::super::wireshark::fields;
use super::{Session, foreign};
use serde_json::{Value, json};
use wsscope::session::export::Format;
use wsscope::session::timestamp::parse_rfc3339;

#[test]
#[ignore = "needs chromium"]
fn the_har_of_a_browser_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.har");
    let run = Run::listen(&["--connections", "1", "--echo", "--deflate", "off"]);
    let mut browser = Peer::chromium();
    browser.play(&json!({
        "url": run.url(), "send": ["孩子", {"bytes": "AP8="}], "expect": 2,
        "close": [3001, "bye"], "har": path,
    }));
    let saw = browser.answer();
    assert_eq!(saw["messages"], json!(["孩子", {"bytes": "AP8="}]), "{saw}");
    let ended = run.end().expect(0);
    let session = Session::import(std::fs::read(&path).unwrap());
    assert_eq!(session.problems(), Vec::<String>::new());
    let told = |frames: Vec<Value>| -> Vec<Value> {
        let data = frames.into_iter().filter(|frame| frame["opcode"].as_u64() < Some(8));
        data.map(|frame| json!([frame["from"], frame["opcode"], frame["payload"]])).collect()
    };
    for from in ["client", "server"] {
        let of = |frames: Vec<Value>| -> Vec<Value> {
            told(frames).into_iter().filter(|frame| frame[0] == from).collect()
        };
        let ours = ended.frames(from).into_iter().cloned().collect();
        assert_eq!(of(session.all("frame")), of(ours));
    }
    // Milliseconds, which a browser of the same machine tells in another unit.
    let time = |line: &Value| parse_rfc3339(line["time"].as_str().unwrap()).unwrap();
    let apart = time(&session.all("frame")[0]).abs_diff(time(ended.frames("client")[0]));
    assert!(apart < 60_000_000_000, "{apart} ns");
}

#[test]
#[ignore = "needs tshark"]
fn wireshark_reads_what_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.pcapng");
    let har = Session::import(foreign::chrome());
    let lines = Session::import(har.write(Format::JsonLines));
    for session in [har, lines] {
        std::fs::write(&path, session.write(Format::Pcapng)).unwrap();
        let names = ["websocket.opcode", "websocket.payload.text"];
        let rows = fields(&path, "websocket", &names);
        let opcodes: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(opcodes, ["1", "2", "1"]);
        assert_eq!(fields(&path, "http.request.uri == \"/chat?x=1\"", &["frame.number"]).len(), 1);
    }
}
