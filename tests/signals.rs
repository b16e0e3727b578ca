//! How a run is ended from outside: by a signal, or by nobody reading what it prints.

use super::capture;
use super::run::{LIMIT, Run, after_open, command, holds, words};
use super::wire::{CLOSE, End, MASKING_KEY, TEXT, Wire, frame, server};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _};
use std::time::{Duration, Instant};
use tempfile::TempDir;

#[test]
fn a_signal_closes_with_1001() {
    for signal in ["INT", "TERM"] {
        let run = Run::listen_on("127.0.0.1:0", &["--record", "c.pcapng"]);
        let port = run.port();
        let (mut one, mut two) = (Wire::open(port), Wire::open(port));
        let from = one.local().port();
        run.signal(signal);
        for client in [&mut one, &mut two] {
            client.expect_close(1001, "");
            client.send_close(1001, "");
            client.expect_end(End::Fin);
            client.fin();
        }
        let ended = run.end().expect(0);
        assert_eq!(ended.all("closed").len(), 2);
        for closed in ended.all("closed") {
            holds(closed, &json!({"client": {"code": 1001, "was_clean": true}}));
        }
        let path = ended.path("c.pcapng");
        let close = frame(CLOSE, Some(MASKING_KEY), b"\x03\xe9");
        assert!(capture::direction(&path, from, port).octets.ends_with(&close));
        let answered = capture::direction(&path, port, from);
        assert!(answered.octets.ends_with(b"\x88\x02\x03\xe9") && answered.fin);
    }
}

#[test]
fn a_signal_closes_whatever_the_behaviour() {
    let behaviour = words("--on-close never --close-delay 60000 --tcp-end never --on-ping never");
    let actions = after_open(&["wait:60000", "text:never"]);
    let mut run = Run::listen(&[behaviour, actions].concat());
    let mut client = Wire::open(run.port());
    run.line("connection");
    let began = Instant::now();
    run.signal("INT");
    client.expect_close(1001, "");
    // Not answered: two seconds are waited.
    client.expect_end(End::Fin);
    let waited = began.elapsed();
    assert!(waited >= Duration::from_millis(1_900), "gave up after {waited:?}");
    client.fin();
    let ended = run.end().expect(0);
    assert!(began.elapsed() < Duration::from_secs(10), "took {:?}", began.elapsed());
    holds(ended.only("closed"), &json!({"client": {"code": 1001, "was_clean": false}}));
}

#[test]
fn a_signal_waits_for_no_delay() {
    let mut run = Run::listen(&words("--delay 400 --echo"));
    let mut client = Wire::open(run.port());
    run.line("connection");
    client.send_frame(TEXT, b"hello");
    run.until(|line| line["opcode"] == 1);
    run.signal("INT");
    let mut close = client.frame();
    if close.first == TEXT {
        close = client.frame(); // the echo was due before the signal came
    }
    assert_eq!((close.first, &close.payload[..]), (CLOSE, &b"\x03\xe9"[..]));
    client.send_close(1001, "");
    client.expect_end(End::Fin);
    client.fin();
    run.end().expect(0);
}

#[test]
fn a_peer_that_does_nothing_does_not_hold_up_the_end() {
    let run = Run::listen(&[]);
    let mut client = Wire::open(run.port());
    let asked = Wire::connect(run.port()); // this one never asks
    let began = Instant::now();
    run.signal("INT");
    client.expect_close(1001, "");
    run.end().expect(0);
    assert!(began.elapsed() < Duration::from_secs(10), "took {:?}", began.elapsed());
    drop((client, asked));
}

#[test]
fn a_second_signal_ends_at_once() {
    let run = Run::listen(&[]);
    let mut client = Wire::open(run.port());
    run.signal("INT");
    client.expect_close(1001, ""); // the two seconds have begun
    let began = Instant::now();
    run.signal("INT");
    let ended = run.end_at_once();
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    assert!(began.elapsed() < Duration::from_millis(1_700), "took {:?}", began.elapsed());
}

#[test]
fn a_signal_ends_connect_as_well() {
    let (listener, port) = server();
    let mut run = Run::connect_port(port, &[]);
    let mut server = Wire::accept_open(&listener);
    run.line("opening_handshake");
    run.line("opening_handshake");
    run.signal("INT");
    server.expect_close(1001, "");
    server.send_close(1001, "");
    server.fin();
    server.expect_end(End::Fin);
    run.end().expect(0);
}

#[test]
fn a_closed_stdout_ends_the_run_in_order() {
    let home = TempDir::new().expect("a folder");
    let mut child = command(
        home.path(),
        &["listen", "127.0.0.1:0", "--headless", "--json", "--echo", "--record", "c.pcapng"],
    )
    .spawn()
    .expect("the program starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut next = || -> Value {
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        serde_json::from_str(&line).expect("JSON")
    };
    let first = next();
    let url = first["url"].as_str().expect("a URL").trim_end_matches('/').to_owned();
    let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let mut client = Wire::open(port);
    let from = client.local().port();
    while next()["from"] != "server" {}
    drop(stdout);
    client.send_frame(TEXT, b"this line cannot be printed");
    let mut close = client.frame();
    if close.first == TEXT {
        close = client.frame();
    }
    assert_eq!((close.first, &close.payload[..]), (CLOSE, &b"\x03\xe9"[..]));
    client.send_close(1001, "");
    client.expect_end(End::Fin);
    client.fin();
    let deadline = Instant::now() + LIMIT;
    let status = loop {
        match child.try_wait().expect("the process is ours") {
            Some(status) => break status,
            None if Instant::now() > deadline => {
                let _ = child.kill();
                panic!("it did not end");
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let mut stderr = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("UTF-8");
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert!(status.code().is_some(), "{status}: {stderr}");
    let answered = capture::direction(&home.path().join("c.pcapng"), port, from);
    assert!(answered.octets.ends_with(b"\x88\x02\x03\xe9") && answered.fin, "{answered:?}");
}
