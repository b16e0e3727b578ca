//! Decoding and unmasking, data in cache, against tungstenite's `WebSocket::read`.

use crate::table::{Line, in_turns, per_second, short};
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::process::Command;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::WebSocket;
use tokio_tungstenite::tungstenite::protocol::{Role as PeerRole, WebSocketConfig};
use wsscope::protocol::decoder::Decoder;
use wsscope::protocol::header::write_frame;
use wsscope::protocol::{Header, Opcode, mask};

/// Octets of the frames that are decoded over and over: they stay in the cache.
const IN_CACHE: usize = 256 * 1024;

const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(300);

/// Masked binary frames of a client.
fn frames(size: usize) -> (Vec<u8>, u64) {
    let count = (IN_CACHE / size).max(2);
    let mut octets = Vec::new();
    for i in 0..count {
        let key = (0x9E37_79B9 ^ (i as u32)).to_be_bytes();
        let header = Header::new(Opcode::BINARY, size as u64, Some(key));
        write_frame(&header, &vec![0x5A; size], &mut octets);
    }
    (octets, count as u64)
}

/// Decodes and unmasks every frame in place; the next pass masks it again.
fn pass(decoder: &mut Decoder, octets: &mut [u8]) -> u64 {
    let (mut at, mut whole) = (0, 0);
    while at < octets.len() {
        let step = decoder.step(&octets[at..]);
        if let Some(key) = decoder.header().and_then(|header| header.masking_key) {
            let payload = at + step.payload.start..at + step.payload.end;
            mask::apply(key, step.payload_offset, &mut octets[payload]);
        }
        whole += u64::from(step.frame_complete);
        at += step.consumed;
    }
    whole
}

fn ours(octets: &mut [u8]) -> f64 {
    let mut decoder = Decoder::default();
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < ROUND {
        count += pass(&mut decoder, black_box(octets));
    }
    per_second(count, start.elapsed())
}

/// The same octets for ever.
struct Endless<'a> {
    octets: &'a [u8],
    at: usize,
}

impl Read for Endless<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = into.len().min(self.octets.len() - self.at);
        into[..n].copy_from_slice(&self.octets[self.at..self.at + n]);
        self.at = (self.at + n) % self.octets.len();
        Ok(n)
    }
}

impl Write for Endless<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn tungstenite(octets: &[u8]) -> f64 {
    let config = WebSocketConfig::default();
    let mut socket =
        WebSocket::from_raw_socket(Endless { octets, at: 0 }, PeerRole::Server, Some(config));
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < ROUND {
        for _ in 0..64 {
            black_box(socket.read().expect("a frame"));
            count += 1;
        }
    }
    per_second(count, start.elapsed())
}

/// In a process of its own, for counting its instructions.
pub fn decode_only(size: usize, wanted: usize) {
    let (mut octets, per_pass) = frames(size);
    let mut decoder = Decoder::default();
    let mut count = 0;
    while count < wanted as u64 {
        pass(&mut decoder, black_box(&mut octets));
        count += per_pass;
    }
}

/// Instructions a frame: what twice as many frames take more.
fn instructions(size: usize) -> Result<f64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let count = |frames: u64| -> Result<f64, String> {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(&program)
            .args(["decode", &size.to_string(), &frames.to_string()])
            .output()
            .map_err(|_| "needs valgrind".to_owned())?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = told.lines().find_map(|line| line.split("Collected :").nth(1));
        line.and_then(|figure| figure.trim().parse().ok()).ok_or_else(|| "valgrind failed".into())
    };
    let (_, per_pass) = frames(size);
    let (few, many) = (100 * per_pass, 200 * per_pass);
    Ok((count(many)? - count(few)?) / (many - few) as f64)
}

/// The lines of this group.
pub fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for (size, words, target) in
        [(64, "64 B", 3.0), (1024, "1 KiB", 2.0), (64 * 1024, "64 KiB", 1.5)]
    {
        let (octets, _) = frames(size);
        let mut own = octets.clone();
        let (ours, theirs) = in_turns(ROUNDS, || ours(&mut own), || tungstenite(&octets));
        lines.push(Line::ratio(
            &format!("decode and unmask frames of {words}"),
            format!("{}/s", short(ours)),
            format!("tungstenite `read` {}/s", short(theirs)),
            ours / theirs,
            Some(target),
        ));
    }
    let work = "instructions of it a 64-B frame (callgrind)";
    lines.push(match instructions(64) {
        Ok(figure) => Line::at_most(work, figure, 300.0, ""),
        Err(why) => Line::missing(work, &why),
    });
    lines
}
