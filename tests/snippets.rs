//! The code that the window shows for clients is run as it stands, against a server.

use super::peer::{folder, python};
use super::run::{Run, after_open};
use std::fs;
use std::process::{Command, Output, Stdio};
use wsscope::text::Lang;
use wsscope::text::snippet::{Call, Client, snippet};

const REASON: &str = "孩子 \"quoted\"";

/// A server that answers a message, closes with a reason and ends.
fn server() -> Run {
    let close = format!("close:4001:{REASON}");
    let options = ["--connections", "1", "--subprotocol", "v2.mars", "--echo"];
    Run::listen(&[&options[..], &after_open(&["wait:300", &close])].concat())
}

fn call(run: &Run) -> Call {
    Call {
        url: run.url(),
        subprotocols: vec!["v1.mars".into(), "v2.mars".into()],
        origin: Some("http://mars.test".into()),
        headers: vec![
            ("X-Planet".into(), r#"a "quoted" \ it's"#.into()),
            ("X-Moon".into(), "Phobos".into()),
            ("X-Moon".into(), "Deimos".into()),
        ],
        insecure: false,
    }
}

/// What the request has of it, and that the message and its echo went.
fn check(mut run: Run, output: &Output) {
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(printed.contains("hello"), "{printed}");
    let request = run.until(|line| line["type"] == "opening_handshake" && line["from"] == "client");
    let head = request["head"].as_str().unwrap();
    let lines: Vec<(String, &str)> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value))
        .collect();
    for (name, value) in [
        ("origin", "http://mars.test"),
        ("x-planet", r#"a "quoted" \ it's"#),
        ("x-moon", "Phobos"),
        ("x-moon", "Deimos"),
    ] {
        let found = lines.iter().any(|(n, v)| n == name && *v == value);
        assert!(found, "{name}: {value} in {lines:#?}");
    }
    let offered = lines.iter().find(|(name, _)| name == "sec-websocket-protocol");
    let offered: String = offered.unwrap().1.split_whitespace().collect();
    assert_eq!(offered, "v1.mars,v2.mars");
    let closed = run.closed();
    assert_eq!(closed["client"]["code"], 4001, "{closed}");
    run.end().expect(0);
}

/// Runs a program that these lines are, in a folder of its own.
fn run(client: Client, file: &str, program: &std::path::Path) {
    let server = server();
    let folder_of_its_own = tempfile::tempdir().unwrap();
    let path = folder_of_its_own.path();
    fs::write(path.join(file), snippet(client, &call(&server), Lang::Zh)).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder().join("node_modules"), path.join("node_modules")).unwrap();
    let output = Command::new(program)
        .arg(file)
        .current_dir(path)
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(printed.contains(&format!("4001 {REASON}")), "{printed} {output:?}");
    check(server, &output);
}

#[test]
#[ignore = "needs node with npm ws"]
fn the_lines_for_node_run() {
    run(Client::Node, "client.mjs", "node".as_ref());
}

#[test]
#[ignore = "needs Python with websockets"]
fn the_lines_for_python_run() {
    run(Client::Python, "client.py", &python());
}

#[test]
#[ignore = "needs websocat where it is on the PATH"]
fn the_line_for_websocat_runs() {
    if Command::new("websocat").arg("--version").output().is_err() {
        return; // no Debian release has it
    }
    let server = server();
    let line = snippet(Client::Websocat, &call(&server), Lang::Zh);
    let script = format!("{{ echo hello; sleep 5; }} | {}", line.lines().last().unwrap());
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    check(server, &output);
}
