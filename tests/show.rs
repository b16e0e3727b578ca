//! `wsscope show`: the rows of a capture as a live run prints them, through a
//! filter, from a pipe, from a damaged file, into a pipe that nobody reads.

use super::run::{Ended, LIMIT, Run, command, expect_usage_error};
use super::wire::{End, PING, TEXT, Wire};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::RecvTimeoutError;
use tempfile::TempDir;

/// A run that was recorded, with all that it printed.
fn recorded(options: &[&str]) -> Ended {
    let options = [&["--record", "c.pcapng", "--echo", "--connections", "1"], options].concat();
    let run = Run::listen_on("127.0.0.1:0", &options);
    let mut client = Wire::open(run.port());
    for text in ["one", "an \u{1F600} error", "three"] {
        client.send_frame(TEXT, text.as_bytes());
        client.expect(TEXT, text.as_bytes());
    }
    client.send_frame(PING, b"p");
    client.frame();
    client.send(&[0xC1, 0]); // unmasked, RSV1
    client.frame();
    client.expect_end(End::Fin);
    client.fin();
    run.end_unshaped().expect(0)
}

/// Without the rules of a whole run: a filter leaves lines out, damage the rest.
fn show(path: &Path, options: &[&str]) -> Ended {
    Run::start(&[&["show", path.to_str().unwrap()], options].concat()).end_unshaped()
}

/// The lines of the kinds that a capture holds.
fn lines(ended: &Ended) -> Vec<Value> {
    ended.lines.iter().filter(|line| line["type"] != "listening").cloned().collect()
}

#[test]
fn a_capture_prints_the_lines_of_its_run() {
    let live = recorded(&[]);
    let shown = show(&live.path("c.pcapng"), &["--json"]).expect(0);
    assert!(lines(&live).len() > 12);
    assert_eq!(lines(&shown), lines(&live));
}

#[test]
fn a_filter_chooses_the_lines_live_and_from_a_file() {
    let filter = "text contains \"error\" || rule == client-not-masked";
    let live = recorded(&["--filter", filter]);
    let path = live.path("c.pcapng");
    let shown = show(&path, &["--json", "--filter", filter]).expect(0);
    assert_eq!(lines(&shown).len(), 3, "{:?}", shown.lines);
    assert_eq!(lines(&shown), lines(&live));
    let none = show(&path, &["--json", "--filter", "len > 1000"]).expect(0);
    assert!(none.lines.is_empty());
}

#[test]
fn people_get_a_line_for_each_row() {
    let live = recorded(&[]);
    let mut run =
        Run::start(&["show", live.path("c.pcapng").to_str().unwrap(), "--filter", "ping"]);
    let line = run.text().expect("a line");
    assert!(line.contains("client ▶") && line.contains("Ping"), "{line}");
    assert_eq!(run.text(), None);
    run.end().expect(0);
}

#[test]
fn a_pipe_is_read_to_its_end() {
    let live = recorded(&[]);
    let home = TempDir::new().unwrap();
    let mut command = command(home.path(), &["show", "-", "--json"]);
    command.stdin(Stdio::from(File::open(live.path("c.pcapng")).unwrap()));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let shown: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(shown, lines(&live));
}

#[test]
fn the_rows_of_a_pipe_are_printed_while_it_is_open() {
    let live = recorded(&[]);
    let capture = std::fs::read(live.path("c.pcapng")).unwrap();
    let json: String = lines(&live).iter().map(|line| format!("{line}\n")).collect();
    for whole in [capture, json.into_bytes()] {
        let home = TempDir::new().unwrap();
        let mut command = command(home.path(), &["show", "-", "--json"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, printed) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            out.lines().try_for_each(|line| sender.send(line.unwrap())).unwrap();
        });
        let next = || {
            let line = printed.recv_timeout(LIMIT);
            assert_ne!(line, Err(RecvTimeoutError::Timeout), "a line while the pipe is open");
            line.ok().map(|line| serde_json::from_str::<Value>(&line).unwrap())
        };
        let (first, rest) = whole.split_at(whole.len() / 2);
        pipe.write_all(first).unwrap();
        let mut shown = Vec::new();
        while shown.len() < 3 {
            shown.push(next().expect("a line"));
        }
        pipe.write_all(rest).unwrap();
        drop(pipe);
        shown.extend(std::iter::from_fn(next));
        assert_eq!(shown, lines(&live));
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn what_stands_before_the_damage_is_printed() {
    let live = recorded(&[]);
    let whole = std::fs::read(live.path("c.pcapng")).unwrap();
    let path = live.path("cut.pcapng");
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let shown = show(&path, &["--json"]).expect(1);
    assert!(shown.stderr.contains("damaged or cut off at octet"), "{}", shown.stderr);
    let (before, all) = (lines(&shown), lines(&live));
    let same = before.iter().zip(&all).take_while(|(shown, live)| shown == live).count();
    assert!(same >= 3 && before.len() < all.len(), "{same} of {}", before.len());
    for (content, sentence) in [(&b"a list"[..], "not a capture"), (b"", "The file is empty")] {
        std::fs::write(&path, content).unwrap();
        let shown = show(&path, &[]).expect(1);
        assert!(shown.stderr.contains(sentence), "{}", shown.stderr);
    }
    assert!(show(Path::new("/no/such/file"), &[]).expect(1).stderr.contains("/no/such/file"));
}

#[test]
fn a_filter_that_is_none_is_a_usage_error_with_its_column() {
    for arguments in [
        &["show", "c.pcapng", "--filter", "len > 5 && opcod == 8"][..],
        &["listen", "0", "--headless", "--filter", "len > 5 && opcod == 8"],
    ] {
        let ended = expect_usage_error(arguments);
        let sentence = "column 12: unknown field `opcod`; did you mean `opcode`?";
        assert!(ended.stderr.contains(sentence), "{}", ended.stderr);
    }
    expect_usage_error(&["listen", "0", "--filter", "ping"]);
    expect_usage_error(&["show"]);
}

#[cfg(unix)]
#[test]
fn nobody_need_read_to_the_end() {
    let live = recorded(&[]);
    let home = TempDir::new().unwrap();
    let path = live.path("c.pcapng");
    let mut command = command(home.path(), &["show", path.to_str().unwrap(), "--json"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
