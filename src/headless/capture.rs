//! A capture that a command reads, and what is said about it on stderr.

use crate::session::import::Input;
use crate::session::open::{Choice, Opened, Progress};
use crate::session::recorder::SharedLog;
use crate::session::source::Source;
use crate::text::{Lang, opened};
use std::fs::File;
use std::path::Path;

/// A capture that was read to its end.
pub struct Capture {
    /// Its rows.
    pub log: SharedLog,
    /// Their octets.
    pub source: Source,
    /// What opening it came to.
    pub opened: Opened,
}

impl Capture {
    /// Reads a capture; with `stream`, from 1, one without an opening handshake as well.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    pub fn open(path: &Path, stream: Option<u32>, lang: Lang) -> Result<Capture, String> {
        let capture = Capture::read(path, None, lang)?;
        let Some(number) = stream else { return Ok(capture) };
        let streams = &capture.opened.streams;
        match streams.get(number as usize - 1) {
            Some(stream) => Capture::read(path, Some(stream.choice), lang),
            None => Err(opened::no_such_stream(lang, number, streams.len())),
        }
    }

    fn read(path: &Path, choice: Option<Choice>, lang: Lang) -> Result<Capture, String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        let input = Input::of_file(file, None).map_err(|error| error.to_string())?;
        let source = input.source().map_err(|error| error.to_string())?;
        let log = SharedLog::default();
        let opened = (input.read(choice, &log, &Progress::default()))
            .map_err(|error| opened::read_error(lang, &error))?;
        Ok(Capture { log, source, opened })
    }
}

/// What is said about a file, a line each; with `list`, also the streams that can
/// be chosen.
#[must_use]
pub fn said(file: &Opened, list: bool, lang: Lang) -> Vec<String> {
    let mut lines: Vec<String> = opened::opened(lang, file).into_iter().collect();
    let streams = file.streams.iter().zip(1..).filter(|_| list);
    lines.extend(streams.map(|(s, n)| format!("--stream {n}: {}", opened::stream(lang, s))));
    lines
}
