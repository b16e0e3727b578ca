//! `wsscope convert`, as it is typed.

use super::super::run::command;
use super::super::session_files::rig::{self, Script};
use super::Session;
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tempfile::TempDir;
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::{Opcode, Role};
use wsscope::session::export::Format;

fn session() -> Session {
    let mut script = Script::default();
    let one = script.connection("127.0.0.1:50001", "127.0.0.1:8000");
    script.octets(one, Role::Client, rig::frame(Role::Client, Opcode::TEXT, "孩子".as_bytes()));
    for role in [Role::Client, Role::Server] {
        script.octets(one, role, rig::frame(role, Opcode::CLOSE, b"\x03\xe8"));
    }
    script.tcp(one, Role::Server, TcpEvent::Fin);
    script.tcp(one, Role::Client, TcpEvent::Fin);
    let (_recorded, session) = Session::of(&script);
    session
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(TempDir::new().unwrap());
        std::fs::write(folder.path("in.pcapng"), session().write(Format::Pcapng)).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn convert(&self, arguments: &[&str], input: &[u8]) -> Output {
        let arguments = [&["convert"], arguments].concat();
        let mut child = command(self.0.path(), &arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that does not want it may have ended.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }

    #[track_caller]
    fn good(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let output = self.convert(arguments, input);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        output.stdout
    }

    #[track_caller]
    fn bad(&self, arguments: &[&str], code: i32, words: &str) {
        let output = self.convert(arguments, b"");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(words), "{stderr}");
    }

    fn lines(&self, name: &str) -> Vec<Value> {
        Session::import(std::fs::read(self.path(name)).unwrap()).lines()
    }

    /// What stands in it, without what was there before.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name != "tmp" && name != "in.pcapng");
        names.sort();
        names
    }
}

#[test]
fn every_form_by_its_ending() {
    let folder = Folder::new();
    let lines = session().lines();
    for out in ["a.har", "b.jsonl", "c.ndjson", "d.pcapng"] {
        folder.good(&["in.pcapng", out], b"");
        assert_eq!(folder.lines(out), lines, "{out}");
        // And from there.
        folder.good(&[out, "back.pcapng", "--overwrite"], b"");
        assert_eq!(folder.lines("back.pcapng"), lines, "{out}");
    }
    for (out, begins) in [("e.csv", "number,time,"), ("f.svg", "<svg"), ("g.txt", "")] {
        folder.good(&["in.pcapng", out], b"");
        let text = std::fs::read_to_string(folder.path(out)).unwrap();
        assert!(text.starts_with(begins) && text.contains("1000"), "{text}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.path("a.har")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "it may hold cookies");
    }
}

#[test]
fn a_pipe_at_both_ends() {
    let folder = Folder::new();
    let capture = std::fs::read(folder.path("in.pcapng")).unwrap();
    let lines = folder.good(&["-", "-", "--to", "jsonl"], &capture);
    assert_eq!(Session::import(lines.clone()).lines(), session().lines());
    let har = folder.good(&["-", "-", "--from", "jsonl", "--to", "har"], &lines);
    let back = folder.good(&["-", "-", "--to", "pcapng"], &har);
    assert_eq!(Session::import(back).lines(), session().lines());
    folder.bad(&["in.pcapng", "-"], 2, "a pipe has no ending: give --to FORMAT");
}

#[test]
fn nobody_at_the_end_of_the_pipe_is_no_failure() {
    let folder = Folder::new();
    let mut script = Script::default();
    let one = script.connection("127.0.0.1:50001", "127.0.0.1:8000");
    for _ in 0..4 {
        // More than any writer keeps to itself.
        let long = rig::frame(Role::Client, Opcode::TEXT, &[b'x'; 20_000]);
        script.octets(one, Role::Client, long);
    }
    let (recorded, _) = Session::of(&script);
    std::fs::copy(&recorded.path, folder.path("long.pcapng")).unwrap();
    for form in ["csv", "jsonl", "har", "pcapng", "txt", "svg"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(folder.0.path(), &["convert", "long.pcapng", "-", "--to", form])
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.is_empty(), "{form}: {stderr}");
    }
}

#[test]
fn a_payload_alone() {
    let folder = Folder::new();
    assert_eq!(folder.good(&["in.pcapng", "-", "--payload", "1"], b""), "孩子".as_bytes());
    folder.good(&["in.pcapng", "text", "--message", "1"], b"");
    assert_eq!(std::fs::read(folder.path("text")).unwrap(), "孩子".as_bytes());
    folder.bad(&["in.pcapng", "none", "--payload", "9"], 1, "no frame 9, it has 3");
    folder.bad(&["in.pcapng", "none", "--payload", "1", "--message", "1"], 2, "cannot be used");
    assert_eq!(folder.names(), ["text"]);
}

#[test]
fn what_cannot_be_done_is_said_and_leaves_nothing() {
    let folder = Folder::new();
    std::fs::write(folder.path("old.har"), "precious").unwrap();
    folder.bad(&["in.pcapng", "old.har"], 2, "old.har exists: choose another name");
    assert_eq!(std::fs::read(folder.path("old.har")).unwrap(), b"precious");
    folder.good(&["in.pcapng", "old.har", "--overwrite"], b"");
    folder.bad(&["in.pcapng", "out.doc"], 2, "names no format");
    folder.bad(&["in.pcapng", "out", "--to", "doc"], 2, "expected pcapng, har, jsonl");
    folder.bad(&["in.pcapng", "out.har", "--from", "csv"], 2, "expected pcapng, har or jsonl");
    folder.bad(&["in.pcapng"], 2, "OUT");
    folder.bad(&["nowhere.har", "out.csv"], 1, "nowhere.har");
    folder.bad(&["in.pcapng", "nowhere/out.csv"], 1, "nowhere/out.csv");
    folder.bad(&["in.pcapng", "out.txt", "--connection", "2"], 1, "no connection 2, it has 1");
    std::fs::write(folder.path("list"), "a shopping list").unwrap();
    folder.bad(&["list", "out.csv"], 1, "This is not a capture");
    std::fs::write(folder.path("bad.json"), "{\"milk\": 2}").unwrap();
    folder.bad(&["bad.json", "out.csv"], 1, "bad.json: line 1, column");
    assert_eq!(folder.names(), ["bad.json", "list", "old.har"]);
}

#[test]
fn what_stands_before_the_damage_is_converted() {
    let folder = Folder::new();
    let damaged = |name: &str, format: Format, keep: usize| {
        let mut octets = session().write(format);
        octets.truncate(octets.len() * keep / 100);
        std::fs::write(folder.path(name), octets).unwrap();
    };
    damaged("cut.jsonl", Format::JsonLines, 50);
    damaged("cut.pcapng", Format::Pcapng, 80);
    for (name, words) in [("cut.jsonl", "cut.jsonl: line "), ("cut.pcapng", "damaged or cut off")] {
        let out = format!("{name}.har");
        folder.bad(&[name, &out], 1, words);
        assert!(!folder.lines(&out).is_empty(), "{name}");
    }
}

#[test]
fn a_ladder_of_other_forms() {
    let folder = Folder::new();
    let ladder = |name: &Path| {
        let name = name.to_str().unwrap();
        let output = command(folder.0.path(), &["ladder", name]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let of_capture = ladder(Path::new("in.pcapng"));
    assert!(!of_capture.is_empty());
    for name in ["a.har", "a.jsonl"] {
        folder.good(&["in.pcapng", name], b"");
        assert!(ladder(Path::new(name)) == of_capture, "{name}");
    }
}

/// A named pipe that nobody writes to: the program waits for it until a signal comes.
#[cfg(unix)]
#[test]
fn a_signal_leaves_no_half_file() {
    use std::io::{BufRead as _, BufReader};
    let folder = Folder::new();
    let lines = session().write(Format::JsonLines);
    let mut child = command(folder.0.path(), &["convert", "-", "out.har"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // More than the program's own buffers and the pipe's hold: it reads.
    for _ in 0..200 {
        pipe.write_all(&lines).unwrap();
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let status = child.wait().unwrap();
    drop(pipe);
    assert_eq!(status.code(), Some(130));
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(said.next().is_none_or(|line| !line.unwrap().contains("panicked")));
    assert_eq!(folder.names(), Vec::<String>::new());
}
