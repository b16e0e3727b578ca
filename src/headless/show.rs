//! `wsscope show FILE`: the rows of a capture, one line each, as a live run
//! prints them; only those that a filter lets through.

use super::capture::said;
use super::cli::ShowOptions;
use super::{json, people};
use crate::session::inflate::Reader;
use crate::session::log::Log;
use crate::session::open::{self, Opened, Progress};
use crate::session::pcapng::read::ReadError;
use crate::session::recorder::SharedLog;
use crate::session::selection;
use crate::session::source::Source;
use crate::text::{Lang, filter, opened};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Prints the rows; 1 where the file cannot be read to its end.
#[must_use]
pub fn run(options: &ShowOptions, lang: Lang) -> ExitCode {
    match show(options, lang) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(1)
        }
    }
}

/// `true` if the file was whole.
fn show(options: &ShowOptions, lang: Lang) -> Result<bool, String> {
    let words = lang.words();
    let name = if is_pipe(&options.file) {
        words.standard_input.to_owned()
    } else {
        options.file.display().to_string()
    };
    let unreadable = |error: &dyn std::fmt::Display| format!("{name}: {error}");
    let mut ticker = Ticker::new();
    let file = input(&options.file, &mut ticker, lang).map_err(|e| unreadable(&e))?;
    let source = Source::new(file.try_clone().map_err(|e| unreadable(&e))?);
    let (log, opened) = read(file, &mut ticker, lang);
    ticker.clear();
    let opened = opened.map_err(|error| unreadable(&opened::read_error(lang, &error)))?;
    let printed = print(options, &log.read(), &source, &mut ticker, lang);
    ticker.clear();
    match printed {
        Ok(0) => {}
        Ok(cut) => eprintln!("{name}: {}", filter::cut(lang, cut)),
        // Nobody reads any more: that is no failure.
        Err(Failed::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(Failed::Output(error)) => return Err(error.to_string()),
        Err(Failed::Capture(error)) => return Err(unreadable(&error)),
    }
    for line in said(&opened, false, lang) {
        eprintln!("{name}: {line}");
    }
    Ok(opened.damaged_at.is_none())
}

fn is_pipe(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The file; what comes through a pipe is put into a temporary one, since rows are
/// read back from their places.
fn input(path: &Path, ticker: &mut Ticker, lang: Lang) -> io::Result<File> {
    if !is_pipe(path) {
        return File::open(path);
    }
    let mut file = tempfile::tempfile()?;
    let mut stdin = io::stdin().lock();
    let mut octets = vec![0; 1 << 16];
    let mut came: u64 = 0;
    loop {
        match stdin.read(&mut octets) {
            Ok(0) => break,
            Ok(n) => {
                file.write_all(&octets[..n])?;
                came += n as u64;
                let so_far = || crate::text::sentences::octets(lang, came);
                ticker.tick(|| format!("{} {}", lang.words().opening, so_far()));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    io::Seek::rewind(&mut file)?;
    Ok(file)
}

/// Reads the file on a thread, and tells how far it is.
fn read(file: File, ticker: &mut Ticker, lang: Lang) -> (SharedLog, Result<Opened, ReadError>) {
    let size = file.metadata().map_or(0, |data| data.len()).max(1);
    let log = SharedLog::default();
    let progress = Arc::new(Progress::default());
    let (sender, end) = channel();
    let (thread_log, thread_progress) = (log.clone(), progress.clone());
    let thread = std::thread::spawn(move || {
        let opened = open::open(file, &thread_log, &thread_progress);
        drop(sender);
        opened
    });
    while let Err(RecvTimeoutError::Timeout) = end.recv_timeout(TICK) {
        let read = progress.octets.load(Ordering::Relaxed);
        ticker.tick(|| format!("{} {} %", lang.words().opening, read * 100 / size));
    }
    let _: Result<(), _> = end.recv();
    match thread.join() {
        Ok(opened) => (log, opened),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// What failed while printing.
enum Failed {
    Output(io::Error),
    Capture(io::Error),
}

fn print(
    options: &ShowOptions,
    log: &Log,
    source: &Source,
    ticker: &mut Ticker,
    lang: Lang,
) -> Result<u64, Failed> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    // Progress between the lines on a screen would be in their way.
    let quiet = io::stdout().is_terminal();
    let rows = log.len().max(1);
    let (mut failed, mut inflated) = (None, Reader::default());
    let cut = selection::for_each(&options.filter, log, source, |index| {
        if !quiet {
            ticker.tick(|| format!("{} %", index * 100 / rows));
        }
        let line = if options.json {
            json::line(log, source, &mut inflated, index, lang)?.to_string()
        } else {
            people::line(log, source, &mut inflated, index, lang)?
        };
        writeln!(out, "{line}").map_err(|error| {
            failed = Some(error);
            io::ErrorKind::Other.into()
        })
    });
    match (failed, cut) {
        (Some(error), _) => Err(Failed::Output(error)),
        (None, Err(error)) => {
            let _ = out.flush(); // what stands before it
            Err(Failed::Capture(error))
        }
        (None, Ok(cut)) => out.flush().map(|()| cut).map_err(Failed::Output),
    }
}

const TICK: Duration = Duration::from_millis(200);

/// Tells on a terminal how far something is that takes longer than a second.
struct Ticker {
    last: Option<Instant>,
    shown: bool,
}

impl Ticker {
    fn new() -> Ticker {
        let soon = Instant::now() + Duration::from_secs(1) - TICK;
        Ticker { last: io::stderr().is_terminal().then_some(soon), shown: false }
    }

    fn tick(&mut self, words: impl FnOnce() -> String) {
        let now = Instant::now();
        if self.last.is_some_and(|last| now.saturating_duration_since(last) >= TICK) {
            eprint!("\r{}\x1b[K", words());
            (self.last, self.shown) = (Some(now), true);
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            eprint!("\r\x1b[K");
        }
    }
}
