//! Captures: writing one, opening one.

use crate::table::{Line, best, cpu_of, cpu_time, per_second};
use bytes::Bytes;
use core::net::SocketAddr;
use std::fs::File;
use std::io::BufRead as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wsscope::protocol::header::write_frame;
use wsscope::protocol::{Header, Opcode, Role};
use wsscope::session::assemble::Place as _;
use wsscope::session::open::{self, Progress};
use wsscope::session::pcapng::write::Writer;
use wsscope::session::recorder::SharedLog;
use wsscope::session::{Observed, Record, Recorder};

const MILLION: u64 = 1_000_000;
const ROUNDS: usize = 5;

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

/// A folder in memory, where there is one: what a disk sustains is not measured.
pub fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.expect("a folder that can be written")
}

/// Text frames of a server, as many as one read brings; one of so many is a Ping and
/// every thousandth speaks of an error.
fn read_of(frames: u64, size: usize, ping: u64) -> Bytes {
    let mut octets = Vec::new();
    for i in 0..frames {
        let (opcode, text) = match i {
            _ if i % ping == ping - 1 => (Opcode::PING, "beat".to_owned()),
            _ if i % 1000 == 500 => (Opcode::TEXT, format!("{{\"id\":{i},\"error\":true}}")),
            _ => (Opcode::TEXT, format!("{{\"id\":{i},\"state\":\"fine\"}}")),
        };
        let mut text = text.into_bytes();
        if opcode == Opcode::TEXT {
            text.resize(size, b' ');
        }
        write_frame(&Header::new(opcode, text.len() as u64, None), &text, &mut octets);
    }
    octets.into()
}

/// A file that is made anew.
fn create(path: &Path) -> File {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(true);
    options.open(path).expect("a file that can be written")
}

/// Writes packets of `size` octets, without looking at them; the time that it took.
fn write(path: &Path, packets: u64, size: usize) -> Duration {
    let mut file = create(path);
    let mut writer = Writer::default();
    let [client, server] = [50_000, 8000].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    writer.opened(1, Some(Role::Server), client, server, 0);
    let (octets, mut pieces) = (vec![0x5A; size], Vec::new());
    let start = cpu_time();
    for time in 0..packets {
        pieces.clear();
        let Ok(()) = writer.place(1, Role::Client, time, &octets, &mut pieces);
        if writer.waiting() > 1 << 20 {
            writer.flush(&mut file).expect("room on the disk");
        }
    }
    writer.flush(&mut file).expect("room on the disk");
    cpu_time() - start
}

/// Records so many frames of `size` octets, every hundredth a Ping; the time that it took.
pub fn record(path: &Path, frames: u64, size: usize) -> Duration {
    record_pinging(path, frames, size, 100)
}

/// The same with one Ping in so many frames.
pub fn record_pinging(path: &Path, frames: u64, size: usize, ping: u64) -> Duration {
    let mut recorder = Recorder::new(create(path), None, SharedLog::default()).expect("a recorder");
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
    let octets = read_of(per_read, size, ping);
    let start = cpu_time();
    for _ in 0..frames / per_read {
        let octets = octets.clone();
        take(&mut recorder, Observed::Octets { from: Role::Server, octets });
        if recorder.waiting() > 1 << 20 {
            recorder.commit().expect("room on the disk");
        }
    }
    recorder.finish().expect("room on the disk");
    cpu_time() - start
}

/// In a process of its own: prints the nanoseconds that a frame took.
pub fn record_only(path: &str, frames: usize, size: usize) {
    let time = record(Path::new(path), frames as u64, size);
    println!("{}", time.as_nanos() as f64 / frames as f64);
}

/// In a process of its own: opens a capture, prints the seconds to the first row by the
/// clock, to all rows on the CPU, the rows, and the octets of memory that it took.
pub fn open_only(path: &str) {
    let before = resident();
    let log = SharedLog::default();
    let shared = log.clone();
    let start = Instant::now();
    let first = std::thread::spawn(move || {
        while shared.read().is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
        start.elapsed()
    });
    let (file, begin) = (File::open(path).expect("the capture"), cpu_time());
    open::open(file, &log, &Progress::default()).expect("a capture");
    let all = cpu_time() - begin;
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

/// Seconds on the CPU that tshark takes to find the frames of one opcode.
fn tshark(path: &Path) -> Option<f64> {
    let start = cpu_of(None)?;
    let status = Command::new("tshark")
        .arg("-r")
        .arg(path)
        .args(["-Y", "websocket.opcode == 9"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.ok().filter(|status| status.success())?;
    Some(cpu_of(None)? - start)
}

/// The lines of this group.
pub fn lines() -> Vec<Line> {
    let folder = folder();
    let path = folder.path().join("million.pcapng");
    let mut lines = Vec::new();

    let packets = |count, size| {
        best((0..ROUNDS).map(|_| per_second(count, write(&path, count, size))), f64::max)
    };
    let rate = packets(2 * MILLION, 64);
    lines.push(Line::at_least("write packets of 64 B", rate / 1e6, 5.0, "M packets/s"));
    let rate = packets(8000, 60_000) * 60_000.0 / 1e9;
    lines.push(Line::at_least("write packets of 60,000 B", rate, 1.0, "GB/s"));
    let recorded = |frames, size| {
        best((0..ROUNDS).map(|_| per_second(frames, record(&path, frames, size))), f64::max)
    };
    let large = recorded(8000, 64 * 1024) * 65536.0 / 1e9;
    lines.push(Line::alone("decode, index and write frames of 64 KiB", large, "GB/s"));
    // Last: this capture is what is opened below.
    let small = recorded(MILLION, 64) / 1e6;
    lines.push(Line::alone("decode, index and write frames of 64 B", small, "M frames/s"));

    let openings: Vec<Opening> = (0..ROUNDS).map(|_| opening(&path)).collect();
    let of = |figure: fn(&Opening) -> f64| best(openings.iter().map(figure), f64::min);
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
    let openings: Vec<Opening> = (0..ROUNDS).map(|_| opening(&path)).collect();
    let of = |figure: fn(&Opening) -> f64| best(openings.iter().map(figure), f64::min);
    lines.push(Line::at_most("open 10,000,000 frames", of(|o| o.all), 3.0, "s"));
    lines.push(Line::at_most("memory of it", of(|o| o.memory / 1e6), 500.0, "MB"));
    lines
}
