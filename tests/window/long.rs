//! A long session in the real window: `WSSCOPE_FRAMES` of them, or another's capture.
//!
//! `WSSCOPE_KEEP=ten.pcapng WSSCOPE_FRAMES=10000000 cargo test --release full_speed --
//! --ignored`, then `WSSCOPE_CAPTURE=ten.pcapng cargo test --release long:: -- --ignored
//! --nocapture`.

use super::{Desk, wait};
use crate::soak::{asked, resident};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;
use wsscope::protocol::Role;
use wsscope::session::open::{self, Progress};
use wsscope::session::recorder::SharedLog;
use wsscope::session::{Observed, Record, Recorder};

/// Octets of the index a frame, and what a view of all rows adds.
const FRAME: u64 = 48;
/// What the window takes with a session of a few rows, its type and the renderer.
const WINDOW: u64 = 160 << 20;

/// Records so many frames from the server, every hundredth a Ping.
fn record(path: &Path, frames: u64) {
    let file = File::create_new(path).unwrap();
    let mut recorder = Recorder::new(file, None, SharedLog::default()).unwrap();
    let [client, server] = ["127.0.0.1:50001", "127.0.0.1:8000"].map(|end| end.parse().unwrap());
    let opened = Observed::Opened { role: Some(Role::Server), client, server, tunnel: None };
    let mut time = 1_700_000_000_000_000_000;
    let mut take = |recorder: &mut Recorder, what| {
        time += 100_000;
        recorder.take(Record { connection: 1, time, what });
        recorder.commit().unwrap();
    };
    take(&mut recorder, opened);
    let octets = |from, octets: &[u8]| {
        let octets = bytes::Bytes::copy_from_slice(octets);
        Observed::Octets { from, octets }
    };
    use crate::session_files::rig::{REQUEST, RESPONSE};
    take(&mut recorder, octets(Role::Client, REQUEST.as_bytes()));
    take(&mut recorder, octets(Role::Server, RESPONSE.as_bytes()));
    let hundred = [b"\x81\x02hi".repeat(99), b"\x89\x01p".to_vec()].concat();
    for _ in 0..frames / 100 {
        take(&mut recorder, octets(Role::Server, &hundred));
    }
    recorder.finish().unwrap();
}

#[test]
#[ignore = "needs Xvfb, xdotool and imagemagick"]
fn a_long_session_opens_scrolls_and_filters() {
    let folder = tempfile::tempdir().unwrap();
    let given = std::env::var_os("WSSCOPE_CAPTURE").map(PathBuf::from);
    let path = given.unwrap_or_else(|| {
        let path = folder.path().join("long.pcapng");
        record(&path, asked("WSSCOPE_FRAMES", 300_000));
        path
    });
    let log = SharedLog::default();
    open::open(File::open(&path).unwrap(), &log, &Progress::default()).unwrap();
    let frames = u64::from(log.read().frame_count());
    drop(log);

    let begin = Instant::now();
    let desk = Desk::start(&[path.to_str().unwrap()]);
    println!("{frames} frames, all of them after {:?}", begin.elapsed());
    let process = desk.program.id();
    let first = desk.settled();
    for key in ["End", "Page_Up", "Home"] {
        let before = desk.settled();
        desk.xdotool(&["key", key]);
        desk.differs(&before);
    }
    desk.settled();
    let memory = resident(process);
    println!("{} MB resident", memory / 1_000_000);
    assert!(memory <= FRAME * frames + WINDOW, "{memory} octets");
    for filter in ["opcode == close", "text contains nothing", "payload contains 00:ff"] {
        let (begin, before) = (Instant::now(), desk.settled());
        desk.xdotool(&["key", "ctrl+f"]);
        desk.xdotool(&["key", "ctrl+a"]);
        desk.xdotool(&["type", filter]);
        desk.xdotool(&["key", "Return"]);
        desk.differs(&before);
        desk.settled();
        println!("{filter}: typed and done after {:?}", begin.elapsed());
    }
    let before = desk.settled();
    desk.xdotool(&["key", "ctrl+f"]);
    desk.xdotool(&["key", "ctrl+a"]);
    desk.xdotool(&["key", "BackSpace"]);
    desk.xdotool(&["key", "Return"]);
    desk.differs(&before);
    wait("a window like the first one", || (desk.settled().len() == first.len()).then_some(()));
    assert!(resident(process) <= FRAME * frames + WINDOW);
}
