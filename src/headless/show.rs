//! `wsscope show FILE`: the rows of a capture, one line each, as a live run
//! prints them; only those that a filter lets through.

use super::capture::{self, Capture};
use super::cli::ShowOptions;
use super::progress::Shown;
use super::{json, people};
use crate::session::import::Input;
use crate::session::inflate::Reader;
use crate::session::log::Log;
use crate::session::open::Progress;
use crate::session::selection;
use crate::session::source::Source;
use crate::text::system::io_error;
use crate::text::{Lang, filter, sentences};
use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
    let capture = read(input, options.stream, lang).map_err(unreadable)?;
    match print(options, &capture.log.read(), &capture.source, lang) {
        Ok(0) => {}
        Ok(cut) => eprintln!("{}: {}", path.display(), filter::cut(lang, cut)),
        // Nobody reads any more: that is no failure.
        Err(Failed::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(Failed::Output(error)) => return Err(io_error(lang, &error)),
        Err(Failed::Capture(error)) => return Err(unreadable(io_error(lang, &error))),
    }
    capture.report(path, options.stream.is_none(), lang);
    Ok(capture.is_whole())
}

/// Reads the file, and tells how far it is.
fn read(input: Input, stream: Option<u32>, lang: Lang) -> Result<Capture, String> {
    let size = input.size();
    let progress = Arc::new(Progress::default());
    let read = progress.clone();
    let _shown = Shown::begin(move || {
        let read = read.octets.load(Ordering::Relaxed);
        let far = match size {
            0 => sentences::octets(lang, read),
            size => format!("{} %", read * 100 / size),
        };
        format!("{} {far}", lang.words().opening)
    });
    Capture::read(input, stream, lang, &progress)
}

/// What failed while printing.
enum Failed {
    Output(io::Error),
    Capture(io::Error),
}

fn print(options: &ShowOptions, log: &Log, source: &Source, lang: Lang) -> Result<u64, Failed> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    // Progress between the lines on a screen would be in their way.
    let quiet = io::stdout().is_terminal();
    let (rows, done) = (log.len().max(1), Arc::new(AtomicU64::new(0)));
    let far = done.clone();
    let _shown = (!quiet)
        .then(|| Shown::begin(move || format!("{} %", far.load(Ordering::Relaxed) * 100 / rows)));
    let (mut failed, mut inflated) = (None, Reader::default());
    let cut = selection::for_each(&options.filter, log, source, |index| {
        done.store(index, Ordering::Relaxed);
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
