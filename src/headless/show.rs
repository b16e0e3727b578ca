//! `wsscope show FILE`: the rows of a capture, one line each, as a live run
//! prints them; only those that a filter lets through.

use super::capture::{self, Capture};
use super::cli::ShowOptions;
use super::progress::Shown;
use super::{json, people};
use crate::session::filter::Payloads;
use crate::session::import::Input;
use crate::session::inflate::Reader;
use crate::session::log::Log;
use crate::session::open::{Opened, Progress};
use crate::session::recorder::SharedLog;
use crate::session::selection;
use crate::session::source::Source;
use crate::text::system::io_error;
use crate::text::{Lang, filter, opened};
use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;

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
    let input = capture::begin(path, None).map_err(|error| unreadable(io_error(lang, &error)))?;
    let (shown, capture) = if path.is_file() || options.stream.is_some() {
        let capture = Capture::read_shown(input, options.stream, lang).map_err(unreadable)?;
        let mut lines = Lines::new(options, capture.source.clone(), lang);
        let shown = lines.all(&capture.log.read()).map(|()| lines.cut());
        (shown, capture)
    } else {
        follow(options, input, lang).map_err(unreadable)?
    };
    match shown {
        Ok(0) => {}
        Ok(cut) => eprintln!("{}: {}", path.display(), filter::cut(lang, cut)),
        // Nobody reads any more: that is no failure.
        Err(Failed::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            return Ok(true);
        }
        Err(Failed::Output(error)) => return Err(io_error(lang, &error)),
        Err(Failed::Capture(error)) => return Err(unreadable(io_error(lang, &error))),
    }
    capture.report(path, options.stream.is_none(), lang);
    Ok(capture.is_whole())
}

/// Prints the rows of a pipe while they come; where printing fails, the rest of the
/// pipe is not waited for.
fn follow(
    options: &ShowOptions,
    input: Input,
    lang: Lang,
) -> Result<(Result<u64, Failed>, Capture), String> {
    let unreadable = |error| opened::read_error(lang, &error);
    let (log, source) = (SharedLog::default(), input.source().map_err(|e| e.to_string())?);
    let (sender, published) = sync_channel(1);
    // Only the reader has it: once it is gone, nothing more comes.
    let progress = Progress { published: Some(sender), ..Progress::default() };
    let into = log.clone();
    let reader = std::thread::spawn(move || {
        let progress = progress;
        input.read(None, &into, &progress)
    });
    let mut lines = Lines::new(options, source.clone(), lang);
    let mut shown = Ok(());
    while shown.is_ok() && published.recv().is_ok() {
        shown = lines.some(&log.read());
    }
    if shown.is_err() {
        let opened = Opened::default();
        return Ok((shown.map(|()| 0), Capture { log, source, opened }));
    }
    let opened = reader.join().map_err(|_| "the reader panicked".to_owned())?;
    let opened = opened.map_err(unreadable)?;
    let shown = lines.some(&log.read()).map(|()| lines.cut());
    Ok((shown, Capture { log, source, opened }))
}

/// What failed while printing.
enum Failed {
    Output(io::Error),
    Capture(io::Error),
}

/// Prints rows, each once.
struct Lines<'a> {
    options: &'a ShowOptions,
    lang: Lang,
    source: Source,
    payloads: Payloads,
    inflated: Reader,
    out: BufWriter<StdoutLock<'static>>,
    /// The next row.
    next: Arc<AtomicU64>,
}

impl Lines<'_> {
    fn new(options: &ShowOptions, source: Source, lang: Lang) -> Lines<'_> {
        let payloads = Payloads::new(source.clone());
        let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let (inflated, next) = (Reader::default(), Arc::default());
        Lines { options, lang, source, payloads, inflated, out, next }
    }

    /// Payloads too long to be looked at whole.
    fn cut(&self) -> u64 {
        self.payloads.cut
    }

    /// Prints every row, and tells how far it is where the lines do not show it.
    fn all(&mut self, log: &Log) -> Result<(), Failed> {
        // Progress between the lines on a screen would be in their way.
        let quiet = io::stdout().is_terminal();
        let (rows, far) = (log.len().max(1), self.next.clone());
        let far = move || format!("{} %", far.load(Ordering::Relaxed) * 100 / rows);
        let _shown = (!quiet).then(|| Shown::begin(far));
        self.some(log)
    }

    /// Prints the rows that came since.
    fn some(&mut self, log: &Log) -> Result<(), Failed> {
        let Lines { options, lang, source, payloads, inflated, out, next } = self;
        let mut failed = None;
        let rows = next.load(Ordering::Relaxed)..log.len();
        let end = rows.end;
        let printed = selection::for_some(&options.filter, log, payloads, rows, &mut |index| {
            next.store(index, Ordering::Relaxed);
            let line = if options.json {
                json::line(log, source, inflated, index, *lang)?.to_string()
            } else {
                people::line(log, source, inflated, index, *lang)?
            };
            writeln!(out, "{line}").map_err(|error| {
                failed = Some(error);
                io::ErrorKind::Other.into()
            })
        });
        next.store(end, Ordering::Relaxed);
        match (failed, printed) {
            (Some(error), _) => Err(Failed::Output(error)),
            (None, Err(error)) => {
                let _ = out.flush(); // what stands before it
                Err(Failed::Capture(error))
            }
            (None, Ok(())) => out.flush().map_err(Failed::Output),
        }
    }
}
