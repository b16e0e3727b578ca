//! `wsscope lesson`.

use super::outcomes::lesson_of;
use crate::run::command;
use serde_json::Value;
use std::path::Path;

struct Told {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs in `home`, which is another folder than the sources'.
fn lesson(home: &Path, arguments: &[&str]) -> Told {
    let mut command = command(home, &[&["lesson"], arguments].concat());
    let output = command.current_dir(home).output().unwrap();
    let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
    Told {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

#[test]
fn lessons_are_listed_in_both_languages() {
    let home = tempfile::tempdir().unwrap();
    let told = lesson(home.path(), &[]);
    assert_eq!((told.code, told.stdout.lines().count()), (0, 15), "{}", told.stderr);
    assert!(told.stdout.starts_with("  1  opening "), "{}", told.stdout);
    let told = lesson(home.path(), &["--lang", "zh"]);
    assert!(told.stdout.contains("打开握手"), "{}", told.stdout);
    let told = lesson(home.path(), &["--headless", "--json"]);
    let first: Value = serde_json::from_str(told.stdout.lines().next().unwrap()).unwrap();
    assert_eq!((&first["type"], &first["id"]), (&"lesson".into(), &"opening".into()));
}

#[test]
fn a_lesson_is_told_to_its_end() {
    let home = tempfile::tempdir().unwrap();
    let told = lesson(home.path(), &["polite", "--headless", "--record", "out.pcapng"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    for words in [
        "5. The server ends it politely",
        "RFC 6455 §1.4, §5.5.1",
        "(1) A client has connected",
        "✓ server → client · Close 1000 · 孩子,地球太危险了,快回火星去吧!",
        "? The reason will be",
        "● 47 octets",
        "CLOSED 1000 clean",
    ] {
        assert!(told.stdout.contains(words), "{words}:\n{}", told.stdout);
    }
    let mut show = command(home.path(), &["show", "out.pcapng", "--filter", "close"]);
    let shown = show.current_dir(home.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&shown.stdout).lines().count(), 2);
    let again = lesson(home.path(), &["polite", "--headless", "--record", "out.pcapng"]);
    assert_eq!(again.code, 2, "an existing file stays");
    let told = lesson(home.path(), &["5", "--headless", "--lang", "zh"]);
    assert!(told.stdout.contains("CLOSED 1000 干净"), "{}", told.stdout);
}

#[test]
fn each_step_is_a_json_line() {
    let home = tempfile::tempdir().unwrap();
    let told = lesson(home.path(), &["7", "--headless", "--json"]);
    let lines: Vec<Value> =
        told.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["lesson", "step", "step", "step", "end"]);
    assert_eq!(lines[2]["evidence"][0]["payload_len"], 0);
    assert_eq!(lines[2]["question"]["right"], 0);
    assert_eq!((&lines[3]["met"], &lines[4]["met"]), (&true.into(), &true.into()));
    assert_eq!(lines[3]["evidence"][0]["type"], "closed");
}

#[test]
fn a_file_of_ones_own_is_played_or_refused() {
    let home = tempfile::tempdir().unwrap();
    let step = r#"[[run.step]]
say = { en = "Hang up", zh = "挂断" }
server.do = ["fin"]
see = [{ from = "server", frame = "close" }]
"#;
    let text = lesson_of("other = \"ours\"", step);
    std::fs::write(home.path().join("own.toml"), &text).unwrap();
    let told = lesson(home.path(), &["own.toml", "--headless"]);
    assert_eq!(told.code, 1, "{}", told.stderr);
    let said = "✗ Expected: server · Close. Came instead: server → client · FIN";
    assert!(told.stdout.contains(said), "{}", told.stdout);
    let told = lesson(home.path(), &["own.toml", "--headless", "--json"]);
    assert_eq!(told.code, 1);
    assert!(told.stdout.ends_with("{\"type\":\"end\",\"met\":false}\n"), "{}", told.stdout);

    std::fs::write(home.path().join("own.toml"), text.replace("open =", "opened =")).unwrap();
    for (name, words) in [
        ("own.toml", "own.toml, line 10: unknown field `opened`"),
        ("none", "no lesson and no file 'none'"),
    ] {
        let told = lesson(home.path(), &[name, "--headless"]);
        assert_eq!((told.code, told.stderr.lines().count()), (2, 1), "{}", told.stderr);
        assert!(told.stderr.contains(words), "{}", told.stderr);
    }
    let told = lesson(home.path(), &["opening", "--headless", "--browser"]);
    assert_eq!(told.code, 2);
    assert!(told.stderr.contains("cannot be played with a browser"), "{}", told.stderr);
}
