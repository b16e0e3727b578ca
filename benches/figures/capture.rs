//! Captures: writing one, opening one.

use crate::table::{Line, median, per_second};
use bytes::Bytes;
use core::net::SocketAddr;
use std::fs::File;
use std::io::BufRead as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wsscope::protocol::header::write_frame;
use wsscope::protocol::{Header, Opcode, Role};
use wsscope::session::open::{self, Progress};
use wsscope::session::recorder::SharedLog;
use wsscope::session::{Observed, Record, Recorder};

const MILLION: u64 = 1_000_000;

const HEADS: [(Role, &str); 2] = [
    (
        Role::Client,
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    ),
    (
        Role::Server,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    ),
];

/// Text frames of a server, as many as one read brings; every hundredth is a Ping and
/// every thousandth speaks of an error.
fn read_of(frames: u64, size: usize) -> Bytes {
    let mut octets = Vec::new();
    for i in 0..frames {
        let (opcode, text) = match i {
            _ if i % 100 == 99 => (Opcode::PING, "beat".to_owned()),
            _ if i % 1000 == 500 => (Opcode::TEXT, format!("{{\"id\":{i},\"error\":true}}")),
            _ => (Opcode::TEXT, format!("{{\"id\":{i},\"state\":\"fine\"}}")),
        };
        let size = if opcode == Opcode::TEXT { size } else { text.len() };
        let text = format!("{text:<size$}");
        write_frame(&Header::new(opcode, text.len() as u64, None), text.as_bytes(), &mut octets);
    }
    octets.into()
}

/// Records so many frames of `size` octets; the time that it took.
pub fn record(path: &Path, frames: u64, size: usize) -> Duration {
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .expect("a file that can be written");
    let mut recorder = Recorder::new(file, None, SharedLog::default()).expect("a recorder");
    let mut time = 1_700_000_000_000_000_000;
    let mut take = |recorder: &mut Recorder, what| {
        time += 1000;
        recorder.take(Record { connection: 1, time, what });
    };
    let [client, server] = [50_000, 8000].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    take(
        &mut recorder,
        Observed::Opened { role: Some(Role::Server), client, server, tunnel: None },
    );
    for (from, head) in HEADS {
        take(&mut recorder, Observed::Octets { from, octets: Bytes::from_static(head.as_bytes()) });
    }
    let per_read = frames.min(if size > 4096 { 16 } else { 1000 });
    let octets = read_of(per_read, size);
    let start = Instant::now();
    for _ in 0..frames / per_read {
        let octets = octets.clone();
        take(&mut recorder, Observed::Octets { from: Role::Server, octets });
        if recorder.waiting() > 4 << 20 {
            recorder.commit().expect("room on the disk");
        }
    }
    recorder.finish().expect("room on the disk");
    start.elapsed()
}

/// In a process of its own: opens a capture, prints the seconds to the first row and to
/// all rows, the rows, and the octets of memory that it took.
pub fn open_only(path: &str) {
    let before = resident();
    let log = SharedLog::default();
    let shared = log.clone();
    let start = Instant::now();
    let first = std::thread::spawn(move || {
        while shared.read().is_empty() {
            std::thread::yield_now();
        }
        start.elapsed()
    });
    let file = File::open(path).expect("the capture");
    open::open(file, &log, &Progress::default()).expect("a capture");
    let all = start.elapsed();
    let first = first.join().expect("a row");
    let rows = log.read().len();
    println!("{} {} {rows} {}", first.as_secs_f64(), all.as_secs_f64(), resident() - before);
}

/// Octets of memory that are in use.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

struct Opening {
    first: f64,
    all: f64,
    rows: f64,
    memory: f64,
}

fn opening(path: &Path) -> Opening {
    let output = Command::new(std::env::current_exe().expect("this program"))
        .arg("open")
        .arg(path)
        .output()
        .expect("a process");
    let line = output.stdout.lines().next().and_then(Result::ok).unwrap_or_default();
    let figures: Vec<f64> = line.split(' ').filter_map(|figure| figure.parse().ok()).collect();
    let [first, all, rows, memory] = figures[..] else { panic!("opening failed: {line}") };
    Opening { first, all, rows, memory }
}

/// Seconds that tshark takes to find the frames of one opcode.
fn tshark(path: &Path) -> Option<f64> {
    let start = Instant::now();
    let status = Command::new("tshark")
        .arg("-r")
        .arg(path)
        .args(["-Y", "websocket.opcode == 9"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.ok().filter(|status| status.success()).map(|_| start.elapsed().as_secs_f64())
}

/// The lines of this group.
pub fn lines() -> Vec<Line> {
    let folder = tempfile::tempdir().expect("a folder that can be written");
    let path = folder.path().join("million.pcapng");
    let mut lines = Vec::new();

    let write = |frames, size| {
        median((0..5).map(|_| per_second(frames, record(&path, frames, size))).collect())
    };
    let large = write(20_000, 64 * 1024) * 65536.0 / 1e9;
    let small = write(MILLION, 64);
    lines.push(Line::at_least(
        "record, decode and index frames of 64 B",
        small / 1e6,
        5.0,
        "M packets/s",
    ));
    lines.push(Line::at_least("the same, 64 KiB", large, 1.0, "GB/s"));

    let openings: Vec<Opening> = (0..5).map(|_| opening(&path)).collect();
    let of = |figure: fn(&Opening) -> f64| median(openings.iter().map(figure).collect());
    let (first, all) = (of(|o| o.first), of(|o| o.all));
    lines.push(Line::at_most("open 1,000,000 frames: first row", first, 0.1, "s"));
    lines.push(Line::at_most("open 1,000,000 frames: all rows", all, 0.3, "s"));
    match tshark(&path) {
        Some(theirs) => lines.push(Line::ratio(
            "the same, all rows",
            format!("{all:.2} s"),
            format!("`tshark -Y` {theirs:.1} s"),
            theirs / all,
            Some(40.0),
        )),
        None => lines.push(Line::missing("the same, all rows", "needs tshark")),
    }
    lines.push(Line::at_most("memory for a frame", of(|o| o.memory / o.rows), 48.0, "octets"));

    let _ = std::fs::remove_file(&path);
    let path = folder.path().join("ten.pcapng");
    record(&path, 10 * MILLION, 64);
    let ten = opening(&path);
    lines.push(Line::at_most("open 10,000,000 frames", ten.all, 3.0, "s"));
    lines.push(Line::at_most("memory of it", ten.memory / 1e6, 500.0, "MB"));
    lines
}
