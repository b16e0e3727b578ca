//! Filtering an opened capture of a million frames, against Wireshark's engine that has
//! the same capture open.

use crate::capture;
use crate::table::{Line, best, cpu_of, cpu_time};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use wsscope::session::filter::Filter;
use wsscope::session::open::{self, Progress};
use wsscope::session::recorder::SharedLog;
use wsscope::session::selection;
use wsscope::session::source::Source;

const FRAMES: u64 = 1_000_000;
const ROUNDS: usize = 5;
/// In one round, since a thread's time on the CPU is known to some milliseconds.
const PASSES: u32 = 5;

/// What is asked for, in the words of both; seconds at most, and times sharkd.
const ASKED: [(&str, &str, f64, f64); 3] = [
    ("opcode", "websocket.opcode == 9", 0.010, 450.0),
    ("text contained", "websocket.payload.text contains \"error\"", 0.100, 45.0),
    ("regex", "websocket.payload.text matches \"id\\\":\\\\d*7,\"", 0.200, 25.0),
];

/// Seconds on the CPU in which every row is looked at; and the rows found.
fn filtered(filter: &Filter, log: &SharedLog, source: &Source) -> (f64, u64) {
    let (begin, mut found) = (cpu_time(), 0);
    let log = log.read();
    for _ in 0..PASSES {
        found = 0;
        selection::for_each(filter, &log, source, |_| {
            found += 1;
            Ok(())
        })
        .expect("a capture that can be read");
    }
    ((cpu_time() - begin).as_secs_f64() / f64::from(PASSES), found)
}

/// Wireshark's engine, held open.
struct Sharkd {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Sharkd {
    fn open(path: &Path) -> Option<Sharkd> {
        let mut child = Command::new("sharkd")
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let (input, output) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        let mut sharkd = Sharkd { child, input, output };
        sharkd.ask("load", &serde_json::json!({ "file": path }))?;
        Some(sharkd)
    }

    /// Seconds on the CPU until the answer came, and how many items it has.
    fn ask(&mut self, method: &str, parameters: &serde_json::Value) -> Option<(f64, u64)> {
        let call = serde_json::json!({
            "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters,
        });
        let start = cpu_of(Some(self.child.id()))?;
        writeln!(self.input, "{call}").ok()?;
        // However long it takes, and whatever it says before.
        let mut answer = String::new();
        while !answer.starts_with('{') {
            answer.clear();
            if self.output.read_line(&mut answer).ok()? == 0 {
                return None;
            }
        }
        let seconds = cpu_of(Some(self.child.id()))? - start;
        let answer: serde_json::Value = serde_json::from_str(&answer).ok()?;
        let result = answer.get("result")?;
        Some((seconds, result.as_array().map_or(0, Vec::len) as u64))
    }
}

impl Drop for Sharkd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of this group.
pub fn lines() -> Vec<Line> {
    let folder = capture::folder();
    let path = folder.path().join("million.pcapng");
    capture::record(&path, FRAMES, 64);
    let log = SharedLog::default();
    let file = File::open(&path).expect("the capture");
    open::open(file, &log, &Progress::default()).expect("a capture");
    let source = Source::new(File::open(&path).expect("the capture"));
    let mut sharkd = Sharkd::open(&path);
    let mut lines = Vec::new();
    for (what, text, limit, times) in ASKED {
        let filter = Filter::parse(text).expect("a filter");
        let passes: Vec<_> = (0..ROUNDS).map(|_| filtered(&filter, &log, &source)).collect();
        let (ours, found) = (best(passes.iter().map(|pass| pass.0), f64::min), passes[0].1);
        let work = format!("filter an opened million by {what}");
        lines.push(Line::at_most(&work, ours * 1e3, limit * 1e3, "ms"));
        let asked = serde_json::json!({ "filter": text });
        let theirs = sharkd.as_mut().and_then(|sharkd| sharkd.ask("frames", &asked));
        lines.push(match theirs {
            Some((theirs, rows)) => {
                // A packet is a frame in this capture.
                assert_eq!(found, rows, "both find the same with {text}");
                let against = format!("sharkd {theirs:.1} s");
                let own = format!("{:.1} ms", ours * 1e3);
                Line::ratio("the same", own, against, theirs / ours, Some(times))
            }
            None if sharkd.is_some() => Line::missing("the same", "sharkd gave no answer"),
            None => Line::missing("the same", "needs sharkd"),
        });
    }
    lines
}
