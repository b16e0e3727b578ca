//! `wsscope show FILE`: the rows of a capture, one line each, as a live run
//! prints them; only those that a filter lets through.

use super::capture::{self, Capture};
use super::cli::ShowOptions;
use super::{json, people};
use crate::session::import::Input;
use crate::session::inflate::Reader;
use crate::session::log::Log;
use crate::session::open::Progress;
use crate::session::selection;
use crate::session::source::Source;
use crate::text::{Lang, filter, sentences};
use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::process::ExitCode;
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
    let path = &options.file;
    let unreadable = |error: String| format!("{}: {error}", path.display());
    let mut ticker = Ticker::new();
    let input = capture::begin(path, None).map_err(|error| unreadable(error.to_string()))?;
    let read = read(input, options.stream, &mut ticker, lang);
    ticker.clear();
    let capture = read.map_err(unreadable)?;
    let printed = print(options, &capture.log.read(), &capture.source, &mut ticker, lang);
    ticker.clear();
    match printed {
        Ok(0) => {}
        Ok(cut) => eprintln!("{}: {}", path.display(), filter::cut(lang, cut)),
        // Nobody reads any more: that is no failure.
        Err(Failed::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(Failed::Output(error)) => return Err(error.to_string()),
        Err(Failed::Capture(error)) => return Err(unreadable(error.to_string())),
    }
    capture.report(path, options.stream.is_none(), lang);
    Ok(capture.is_whole())
}

/// Reads the file on a thread, and tells how far it is.
fn read(
    input: Input,
    stream: Option<u32>,
    ticker: &mut Ticker,
    lang: Lang,
) -> Result<Capture, String> {
    let size = input.size();
    let progress = Progress::default();
    std::thread::scope(|scope| {
        let (sender, end) = channel::<()>();
        let progress = &progress;
        let thread = scope.spawn(move || {
            let capture = Capture::read(input, stream, lang, progress);
            drop(sender);
            capture
        });
        while let Err(RecvTimeoutError::Timeout) = end.recv_timeout(TICK) {
            let read = progress.octets.load(Ordering::Relaxed);
            let far = || match size {
                0 => sentences::octets(lang, read),
                size => format!("{} %", read * 100 / size),
            };
            ticker.tick(|| format!("{} {}", lang.words().opening, far()));
        }
        match thread.join() {
            Ok(capture) => capture,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
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
