//! Where a capture goes, and what is in it.

use super::capture;
use super::run::{Run, command, expect_usage_error, holds, output, words};
use super::wire::{CLOSE, End, MASKING_KEY, TEXT, Wire, frame, has_ipv6, request};
use serde_json::json;
use std::net::{Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn captures(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    paths
        .flat_map(|path| if path.is_dir() { captures(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "pcapng"))
        .collect()
}

#[test]
fn both_families_record_and_report_their_addresses() {
    if !has_ipv6() {
        return;
    }
    let run = Run::listen_on("[::1]:0", &["--record", "c.pcapng", "--connections", "1"]);
    let port = run.port();
    let mut client = Wire::connect_to(SocketAddr::from((Ipv6Addr::LOCALHOST, port)));
    client.send(request("").as_bytes());
    client.head();
    let address = client.local();
    client.send_close(1000, "");
    client.expect_close(1000, "");
    client.fin();
    client.expect_end(End::Fin);
    let ended = run.end().expect(0);
    let connection = ended.only("connection");
    assert_eq!(connection["client"], address.to_string());
    assert_eq!(connection["server"], format!("[::1]:{port}"));
    let sent = capture::direction(&ended.path("c.pcapng"), address.port(), port);
    assert!(sent.syn && sent.fin && !sent.rst && !sent.octets.is_empty(), "{sent:?}");
}

#[test]
fn listen_fails_where_it_cannot_record() {
    let ended = output(&words("listen 0 --headless --json --record no/such/folder/c.pcapng"));
    let ended = ended.expect(1);
    holds(ended.only("error"), &json!({"stage": "record"}));
}

#[test]
fn an_existing_capture_is_refused() {
    let home = TempDir::new().expect("a folder");
    let existing = home.path().join("c.pcapng");
    std::fs::write(&existing, b"somebody's work").expect("a file");
    let path = existing.to_str().expect("a path of UTF-8");
    for arguments in [["listen", "127.0.0.1:0"], ["connect", "ws://127.0.0.1:1/"]] {
        expect_usage_error(&[&arguments[..], &["--headless", "--json", "--record", path]].concat());
        assert_eq!(std::fs::read(&existing).expect("a file"), b"somebody's work");
    }
    let run = Run::listen_on("127.0.0.1:0", &["--record", path, "--overwrite"]);
    run.interrupt().expect(0);
    assert!(capture::packets(&existing).is_empty());
}

#[test]
fn the_capture_goes_where_it_is_told() {
    let run = Run::listen_on("127.0.0.1:0", &["--record", "c.pcapng", "--echo"]);
    let port = run.port();
    let mut client = Wire::open(port);
    let from = client.local().port();
    client.send_frame(TEXT, b"recorded");
    client.expect(TEXT, b"recorded");
    client.send_close(1000, "");
    client.expect_close(1000, "");
    client.expect_end(End::Fin);
    client.fin();
    let ended = run.interrupt().expect(0);
    let path = ended.path("c.pcapng");
    let sent = capture::direction(&path, from, port);
    let expected = [
        request("").into_bytes(),
        frame(TEXT, Some(MASKING_KEY), b"recorded"),
        frame(CLOSE, Some(MASKING_KEY), b"\x03\xe8"),
    ]
    .concat();
    assert_eq!(sent, capture::Direction { octets: expected, syn: true, fin: true, rst: false });
    let answered = capture::direction(&path, port, from);
    assert!(answered.octets.starts_with(b"HTTP/1.1 101 "));
    let frames = [frame(TEXT, None, b"recorded"), frame(CLOSE, None, b"\x03\xe8")].concat();
    assert!(answered.octets.ends_with(&frames));
    assert!(answered.fin && !answered.rst);
    assert!(captures(&ended.path("data")).is_empty(), "a capture of one's own elsewhere as well");
}

#[test]
fn no_packet_holds_octets_of_two_frames() {
    let run = Run::listen_on("127.0.0.1:0", &["--record", "c.pcapng"]);
    let port = run.port();
    let mut client = Wire::open(port);
    let key = Some(MASKING_KEY);
    let big = frame(TEXT, key, &[b'x'; 100_000]);
    let sent = [frame(TEXT, key, b"one"), frame(TEXT, key, b"two"), big, frame(CLOSE, key, b"")];
    client.send(&sent.concat());
    client.expect(CLOSE, b"");
    client.fin();
    let ended = run.interrupt().expect(0);
    let packets = capture::packets(&ended.path("c.pcapng"));
    let (mut ends, mut at) = (Vec::new(), 0);
    for packet in packets.iter().filter(|packet| packet.to == port) {
        assert!(packet.payload.len() <= 65_000, "{} octets in a packet", packet.payload.len());
        at += packet.payload.len();
        ends.push(at);
    }
    let mut end = request("").len();
    for frame in &sent {
        end += frame.len();
        assert!(ends.contains(&end), "no packet ends where the frame does, at {end}: {ends:?}");
    }
}

#[test]
fn the_capture_is_among_the_users_data_unless_told() {
    let home = TempDir::new().expect("a folder");
    let data = home.path().join("data");
    let command = command(home.path(), &["listen", "127.0.0.1:0", "--headless", "--json"]);
    let mut run = Run::spawn(command, home);
    run.line("listening");
    let mut client = Wire::open(run.port());
    client.send_frame(TEXT, b"kept");
    run.frame("client");
    let while_running = captures(&data);
    assert_eq!(while_running.len(), 1, "{while_running:?}");
    let mode = {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(&while_running[0]).expect("a file").permissions().mode()
    };
    assert_eq!(mode & 0o777, 0o600, "a capture is its user's alone");
    let ended = run.interrupt().expect(0);
    let path = &captures(&data)[0];
    let name = path.to_str().expect("a path of UTF-8");
    assert!(ended.stderr.contains(name), "{name} is told on stderr:\n{}", ended.stderr);
    assert!(!capture::packets(path).is_empty());
}

#[test]
fn no_record_leaves_nothing() {
    let run = Run::listen(&[]);
    let mut client = Wire::open(run.port());
    client.send_frame(TEXT, b"x");
    let ended = run.interrupt().expect(0);
    assert!(captures(ended.home.path()).is_empty(), "{:?}", captures(ended.home.path()));
    let left: Vec<_> = std::fs::read_dir(ended.path("tmp")).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
}
