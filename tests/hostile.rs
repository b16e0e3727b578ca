//! Peers that mean harm: whatever they send gets its row, the memory stays bounded,
//! and nobody else on the same listener notices.

use super::run::{Ended, Run, holds};
use super::wire::{CLOSE, End, MASKING_KEY, TEXT, Wire, frame, header, request};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const MIB: u64 = 1024;

/// A figure of /proc/PID/status, in KiB; nothing where there is no /proc.
fn memory(run: &Run, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", run.pid())).ok()?;
    header(&status, name)?.split_whitespace().next()?.parse().ok()
}

/// Marsaglia's xorshift: the same octets in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn octets(&mut self, len: u64) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

/// A listener with an honest client that is open all along.
struct Besieged {
    run: Run,
    honest: Wire,
    at_first: Option<u64>,
}

impl Besieged {
    fn new(options: &[&str]) -> Besieged {
        let run = Run::listen(&[&["--echo"], options].concat());
        let honest = Wire::open(run.port());
        let at_first = memory(&run, "VmRSS");
        let mut besieged = Besieged { run, honest, at_first };
        besieged.still_echoes("before");
        besieged
    }

    #[track_caller]
    fn still_echoes(&mut self, text: &str) {
        self.honest.send_frame(TEXT, text.as_bytes());
        self.honest.expect(TEXT, text.as_bytes());
    }

    fn client(&self) -> Wire {
        Wire::connect(self.run.port())
    }

    fn open(&self) -> Wire {
        Wire::open(self.run.port())
    }

    /// The honest client and a new one are served, and the peak of the memory is
    /// at most `limit` KiB above what it was at first; then everything ends in order.
    #[track_caller]
    fn survives(mut self, limit: u64) -> Ended {
        self.still_echoes("after");
        let mut another = self.open();
        another.send_frame(TEXT, b"a new one");
        another.expect(TEXT, b"a new one");
        for client in [&mut self.honest, &mut another] {
            client.send_close(1000, "");
            client.expect_close(1000, "");
            client.fin();
        }
        if let (Some(first), Some(peak)) = (self.at_first, memory(&self.run, "VmHWM")) {
            let grown = peak.saturating_sub(first);
            assert!(grown <= limit, "memory grew by {grown} KiB, from {first} to {peak}");
        }
        self.run.interrupt().expect(0)
    }
}

#[test]
fn ten_thousand_random_strings() {
    const BATCH: usize = 100;
    let mut random = Random(0x5EED_0F57_0C45);
    let mut besieged = Besieged::new(&[]);
    let began = Instant::now();
    for batch in 0..10_000 / BATCH {
        let mut clients: Vec<Wire> = (0..BATCH).map(|_| besieged.client()).collect();
        for (i, client) in clients.iter_mut().enumerate() {
            let len = random.below(300) + 1;
            let octets = random.octets(len);
            // Half of them as a request, half as frames behind a good one.
            if i % 2 == 0 {
                client.try_send(&octets);
            } else {
                client.try_send(&[request("").as_bytes(), &octets].concat());
            }
            client.fin();
        }
        besieged.still_echoes(&format!("batch {batch}"));
        for client in &mut clients {
            client.rest();
        }
    }
    let took = began.elapsed();
    let ended = besieged.survives(160 * MIB);
    // The 10,000 and the two honest ones.
    assert_eq!(ended.all("connection").len(), 10_002);
    assert_eq!(ended.all("closed").len(), 10_002);
    let accepted = ended
        .all("opening_handshake")
        .into_iter()
        .filter(|line| line["head"].as_str().is_some_and(|head| head.starts_with("HTTP/1.1 101 ")));
    assert_eq!(accepted.count(), 5_002);
    eprintln!("10,000 random strings took {took:?}");
    assert!(took < Duration::from_secs(120), "took {took:?}");
}

#[test]
fn a_head_that_never_ends() {
    let mut besieged = Besieged::new(&["--open-timeout", "60000"]);
    let mut client = besieged.client();
    client.send(b"GET / HTTP/1.1\r\n");
    // Some 20 MB: at some point it is refused, and perhaps no longer read.
    for i in 0..200_000 {
        if !client.try_send(format!("X-Header-{i}: {}\r\n", "x".repeat(100)).as_bytes()) {
            break;
        }
        if i % 10_000 == 0 {
            besieged.still_echoes("during");
        }
    }
    client.fin();
    let error = besieged.run.line("error");
    holds(&error, &json!({"stage": "opening_handshake", "connection": 2}));
    besieged.run.until(|line| line["type"] == "closed" && line["connection"] == 2);
    besieged.survives(64 * MIB);
}

#[test]
fn a_head_of_one_megabyte() {
    let mut besieged = Besieged::new(&[]);
    let mut client = besieged.client();
    let head = request(&format!("X-Long: {}\r\n", "x".repeat(1 << 20)));
    client.try_send(head.as_bytes());
    besieged.still_echoes("during");
    client.fin();
    client.rest();
    let error = besieged.run.line("error");
    holds(&error, &json!({"stage": "opening_handshake", "connection": 2}));
    besieged.run.until(|line| line["type"] == "closed" && line["connection"] == 2);
    besieged.survives(64 * MIB);
}

#[test]
fn half_a_frame_and_silence() {
    let mut besieged = Besieged::new(&[]);
    let mut half_header = besieged.open();
    half_header.send(&[0x82, 0xfe, 0x01]);
    let mut half_payload = besieged.open();
    half_payload.send(&[0x81, 0x8a, 0, 0, 0, 0, b'a', b'b', b'c']);
    besieged.still_echoes("during");
    half_header.quiet_for(Duration::from_millis(100));
    half_payload.quiet_for(Duration::from_millis(100));
    // What came is shown once it is clear that no more will.
    half_payload.fin();
    half_payload.expect_end(End::Fin);
    let cut = besieged.run.until(|line| line["type"] == "frame" && line["complete"] == false);
    holds(&cut, &json!({"connection": 3, "payload_len": 10, "payload": {"text": "abc"}}));
    half_header.fin();
    half_header.expect_end(End::Fin);
    let cut = besieged.run.until(|line| line["type"] == "frame" && line["complete"] == false);
    holds(&cut, &json!({"connection": 2, "opcode": 2}));
    besieged.survives(32 * MIB);
}

#[test]
fn half_a_frame_when_the_run_ends() {
    let run = Run::listen(&[]);
    let mut client = Wire::open(run.port());
    client.send(&[0x81, 0x8a, 0, 0, 0, 0, b'a', b'b', b'c']);
    client.fin();
    client.rest();
    let ended = run.interrupt().expect(0);
    holds(ended.frames("client")[0], &json!({"complete": false, "payload": {"text": "abc"}}));
}

#[test]
fn a_frame_that_announces_more_than_there_is() {
    let lengths: [(u64, Option<&str>); 3] = [
        (1 << 63, Some("length-top-bit")),
        ((1 << 63) - 1, None),
        (u64::MAX, Some("length-top-bit")),
    ];
    for (len, violation) in lengths {
        let mut besieged = Besieged::new(&[]);
        let mut client = besieged.open();
        let mut octets = vec![0x82, 0xff];
        octets.extend(len.to_be_bytes());
        octets.extend(MASKING_KEY);
        client.send(&octets);
        // A length that no message may have fails the connection at once.
        let close = client.frame();
        let code = if violation.is_some() { 1002_u16 } else { 1009 };
        assert_eq!((close.first, &close.payload[..2]), (CLOSE, &code.to_be_bytes()[..]), "{len}");
        // Its payload may still come, and is not kept.
        for _ in 0..8 {
            if !client.try_send(&[0x55; 1 << 20]) {
                break;
            }
        }
        besieged.still_echoes("during");
        client.fin();
        client.rest();
        let announced = besieged.run.until(|line| {
            line["type"] == "frame" && line["connection"] == 2 && line["opcode"] == 2
        });
        assert_eq!(announced["payload_len"], len);
        holds(&announced, &json!({"complete": false, "length_bits": 64}));
        if let Some(id) = violation {
            let violations = announced["violations"].as_array().expect("a list");
            assert!(
                violations.iter().any(|violation: &Value| violation["id"] == id),
                "{announced}"
            );
        }
        besieged.run.until(|line| line["type"] == "closed" && line["connection"] == 2);
        besieged.survives(128 * MIB);
    }
}

#[test]
fn a_flood_of_small_frames() {
    let mut besieged = Besieged::new(&[]);
    let mut client = besieged.open();
    let empty = frame(0x8a, Some([0; 4]), b"").repeat(10_000);
    for _ in 0..5 {
        client.send(&empty);
        besieged.still_echoes("during");
    }
    client.send_close(1000, "");
    client.expect_close(1000, "");
    client.fin();
    client.expect_end(End::Fin);
    let ended = besieged.survives(128 * MIB);
    let pongs = ended.frames("client").into_iter().filter(|line| line["opcode"] == 10).count();
    assert_eq!(pongs, 50_000);
}

#[test]
fn a_peer_that_does_not_read() {
    let mut besieged = Besieged::new(&[]);
    let mut client = besieged.open();
    // Echoes pile up until neither side can write; nobody else notices.
    let big = frame(TEXT, Some([0; 4]), &[b'x'; 1 << 16]);
    client.limit_writes(Duration::from_millis(300));
    for _ in 0..2_000 {
        if !client.try_send(&big) {
            break;
        }
    }
    besieged.still_echoes("during");
    drop(client); // with unread octets: a reset
    besieged.run.until(|line| line["type"] == "closed" && line["connection"] == 2);
    besieged.survives(256 * MIB);
}
