//! `wsscope ladder FILE`: the ladders of a capture as text, or one as SVG.

use super::capture::{self, Capture};
use super::cli::LadderOptions;
use super::progress::Shown;
use crate::session::export::{Format, Progress};
use crate::session::ladder::Folding;
use crate::session::pcapng::read::ReadError;
use crate::text::export::Export;
use crate::text::ladder::{no_such_connection, one_connection_only};
use crate::text::system::io_error;
use crate::text::{Lang, opened};
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;
use std::sync::Arc;

/// Prints the ladders; 1 where the file cannot be read or has no such connection.
#[must_use]
pub fn run(options: &LadderOptions, lang: Lang) -> ExitCode {
    match ladders(options, lang) {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, message)) => {
            eprintln!("error: {message}");
            ExitCode::from(code)
        }
    }
}

/// Whether there is such a connection; a picture needs one that is named or alone.
///
/// # Errors
/// The exit code and the message.
pub fn which(
    connection: Option<u32>,
    count: u32,
    picture: bool,
    lang: Lang,
) -> Result<(), (u8, String)> {
    match connection {
        Some(number) if !(1..=count).contains(&number) => {
            Err((1, no_such_connection(lang, number, count)))
        }
        None if picture && count != 1 => Err((2, one_connection_only(lang, count))),
        _ => Ok(()),
    }
}

fn ladders(options: &LadderOptions, lang: Lang) -> Result<(), (u8, String)> {
    let path = &options.file;
    let unreadable = |error: String| (1, format!("{}: {error}", path.display()));
    let input = capture::begin(path, None).map_err(|error| unreadable(io_error(lang, &error)))?;
    let capture = Capture::read_shown(input, options.stream, lang).map_err(unreadable)?;
    capture.report(path, options.stream.is_none(), lang);
    let (log, source) = (&capture.log, &capture.source);
    let count = log.read().connections().len() as u32;
    which(options.connection, count, options.svg.is_some(), lang).map_err(|(code, message)| {
        (code, if code == 1 { format!("{}: {message}", path.display()) } else { message })
    })?;
    let mut export = Export {
        connection: options.connection,
        folding: Folding { all: options.unfold, ..Folding::default() },
        ..Export::of(Format::Text, lang)
    };
    let progress = Arc::new(Progress::default());
    // Progress between the lines on a screen would be in their way.
    let quiet = options.svg.is_none() && io::stdout().is_terminal();
    let far = progress.clone();
    let _shown = (!quiet).then(|| Shown::begin(move || opened::writing(lang, far.share())));
    if let Some(svg) = &options.svg {
        export.format = Format::Svg;
        let mut picture = Vec::new();
        let written = export.write(log, source, &mut picture, &progress);
        let written = written.map_err(|error| (1, opened::read_error(lang, &error)));
        return written.and_then(|()| {
            let failed = |error: io::Error| (1, format!("{}: {error}", svg.display()));
            std::fs::write(svg, picture).map_err(failed)
        });
    }
    match export.write(log, source, &mut io::stdout().lock(), &progress) {
        // Nobody reads any more: that is no failure.
        Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| (1, opened::read_error(lang, &error))),
    }
}
