//! The engine for a long time, and at full speed: nothing is lost, and memory grows by
//! the index alone.
//!
//! Ten minutes at 20,000 messages a second, and ten million frames:
//! `WSSCOPE_SOAK=600 cargo test --release soak -- --ignored --nocapture`,
//! `WSSCOPE_FRAMES=10000000 cargo test --release full_speed -- --ignored --nocapture`.
//! `WSSCOPE_PROGRAM=target/release/wsscope` measures that build, whatever runs the test;
//! `WSSCOPE_KEEP=FILE.pcapng` keeps the capture.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use wsscope::protocol::header::write_frame;
use wsscope::protocol::{Header, Opcode};
use wsscope::session::open::{self, Progress};
use wsscope::session::recorder::SharedLog;

const CONNECTIONS: usize = 10;
const PAYLOAD: usize = 64;
/// Messages that go out in one write.
const BATCH: u64 = 100;
/// A frame in the index, of the 48 octets that it may take at most.
const INDEX: u64 = 48;
/// A server that echoes nothing for so long has lost something.
const STALLED: Duration = Duration::from_secs(60);
/// What the allocator and the queues may add, however long it lasts.
const ONCE: u64 = 16 << 20;

/// The number in this variable of the environment.
pub fn asked(variable: &str, otherwise: u64) -> u64 {
    let asked = std::env::var(variable).ok();
    asked.map_or(otherwise, |text| text.parse().expect("a number"))
}

/// The program that is tried.
pub fn program() -> PathBuf {
    let asked = std::env::var_os("WSSCOPE_PROGRAM").map(PathBuf::from);
    asked.unwrap_or_else(|| env!("CARGO_BIN_EXE_wsscope").into())
}

/// Resident octets of a process.
pub fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

/// A server that echoes and records.
struct Server {
    child: Child,
    port: u16,
    /// Closed, it would end the run.
    _output: BufReader<ChildStdout>,
}

impl Server {
    fn start(capture: &Path) -> Server {
        let connections = CONNECTIONS.to_string();
        // Of the rows nothing is printed: the printer is not what is tried.
        let quiet = ["--filter", "connection == 0", "--connections", &connections];
        let mut child = Command::new(program())
            .args(["listen", "0", "--headless", "--echo", "--record"])
            .arg(capture)
            .args(quiet)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let port = line.trim_end().trim_end_matches('/').rsplit(':').next().unwrap();
        Server { child, port: port.parse().unwrap(), _output: output }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection: where messages go out, and who counts the octets that come back, of
/// all connections together.
struct Connection {
    stream: TcpStream,
    reader: JoinHandle<()>,
}

fn connect(port: u16, echoed: &Arc<AtomicU64>) -> Connection {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_nodelay(true).unwrap();
    let request = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut reader = BufReader::with_capacity(1 << 18, stream.try_clone().unwrap());
    loop {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "a response");
        if line == "\r\n" {
            break;
        }
    }
    let echoed = echoed.clone();
    let reader = std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 18];
        loop {
            match reader.read(&mut buffer).unwrap() {
                0 => return,
                n => drop(echoed.fetch_add(n as u64, Ordering::Relaxed)),
            }
        }
    });
    Connection { stream, reader }
}

/// What was seen of a run.
struct Run {
    /// Frames either way between the first and the last look at the memory.
    frames: u64,
    /// Octets that the program took more.
    grown: u64,
}

/// Sends messages, so many a second or as many as the server takes, until `done` of the
/// messages sent; every one has to come back, and to be in the capture.
fn run(rate: Option<u64>, mut done: impl FnMut(u64) -> bool) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("WSSCOPE_KEEP").map(PathBuf::from);
    let capture = kept.unwrap_or_else(|| folder.path().join("soak.pcapng"));
    let mut server = Server::start(&capture);
    let echoed = Arc::new(AtomicU64::new(0));
    let mut connections: Vec<_> = (0..CONNECTIONS).map(|_| connect(server.port, &echoed)).collect();
    let came = || echoed.load(Ordering::Relaxed) / (2 + PAYLOAD) as u64;
    let mut batch = Vec::new();
    for i in 0..BATCH {
        let key = (0x1234_5678 + i as u32).to_be_bytes();
        let header = Header::new(Opcode::BINARY, PAYLOAD as u64, Some(key));
        write_frame(&header, &[0x5A; PAYLOAD], &mut batch);
    }
    let process = server.child.id();
    let look = |came| (2 * came, resident(process));
    let (begin, mut sent) = (Instant::now(), 0);
    let mut looks = vec![look(0)];
    let mut next_look = Duration::from_secs(1);
    while !done(sent) {
        let stream = &mut connections[(sent / BATCH) as usize % CONNECTIONS].stream;
        stream.write_all(&batch).unwrap();
        sent += BATCH;
        if begin.elapsed() >= next_look {
            looks.push(look(came()));
            next_look += next_look.mul_f64(0.25).max(Duration::from_secs(1));
        }
        if let Some(rate) = rate {
            // Late is late: what the server did not take in time is not made up for.
            let due = begin + Duration::from_nanos(sent * 1_000_000_000 / rate);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }
    let mut before = (came(), Instant::now());
    while came() < sent {
        std::thread::sleep(Duration::from_millis(1));
        if came() > before.0 {
            before = (came(), Instant::now());
        }
        assert!(before.1.elapsed() < STALLED, "{} of {sent} messages came back", came());
    }
    let lasted = begin.elapsed();
    looks.push(look(sent));
    for Connection { mut stream, reader } in connections {
        stream.write_all(b"\x88\x80\x12\x34\x56\x78").unwrap();
        reader.join().unwrap();
        let _ = stream.shutdown(Shutdown::Both);
    }
    let closes = 2 * CONNECTIONS as u64;
    assert_eq!(echoed.load(Ordering::Relaxed), sent * (2 + PAYLOAD) as u64 + closes);
    assert!(server.child.wait().unwrap().success());
    let log = SharedLog::default();
    let opened = open::open(File::open(&capture).unwrap(), &log, &Progress::default()).unwrap();
    assert_eq!(u64::from(log.read().frame_count()), 2 * sent + closes, "every frame is recorded");
    assert!(opened.damaged_at.is_none() && opened.ended_in_order, "{opened:?}");
    let (first, last) = (looks[0], looks[looks.len() - 1]);
    for (frames, octets) in &looks {
        println!("{frames:>10} frames, {:>5} MB", octets / 1_000_000);
    }
    let run = Run { frames: last.0 - first.0, grown: last.1.saturating_sub(first.1) };
    println!(
        "{sent} messages there and back in {lasted:.1?}, {:.0} a second; {:.1} octets of memory \
         for each of {} frames",
        sent as f64 / lasted.as_secs_f64(),
        run.grown as f64 / run.frames.max(1) as f64,
        run.frames,
    );
    run
}

#[test]
#[ignore = "needs half a minute, or WSSCOPE_SOAK seconds"]
fn soak_twenty_thousand_messages_a_second_take_their_index_alone() {
    let (begin, lasts) = (Instant::now(), Duration::from_secs(asked("WSSCOPE_SOAK", 20)));
    let run = run(Some(20_000), |_| begin.elapsed() >= lasts);
    assert!(run.grown <= INDEX * run.frames + ONCE, "{} octets", run.grown);
}

#[test]
#[ignore = "needs WSSCOPE_FRAMES frames to be recorded, a million unless said"]
fn frames_at_full_speed_are_all_recorded() {
    let frames = asked("WSSCOPE_FRAMES", 1_000_000);
    let run = run(None, |sent| 2 * sent >= frames);
    assert!(run.grown <= INDEX * run.frames + ONCE, "{} octets", run.grown);
}
