//! A session that a command reads, from a file or a pipe, and what is said about
//! it on stderr.

use super::progress::Shown;
use crate::session::import::{Input, Kind};
use crate::session::open::{self, Opened, Progress};
use crate::session::recorder::SharedLog;
use crate::session::source::Source;
use crate::text::{Lang, import, opened};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A session that was read to its end.
pub struct Capture {
    /// Its rows.
    pub log: SharedLog,
    /// Their octets.
    pub source: Source,
    /// What opening it came to.
    pub opened: Opened,
}

/// Begins to read a file, or a pipe; `-` is standard input.
///
/// # Errors
/// It cannot be opened.
pub fn begin(path: &Path, kind: Option<Kind>) -> io::Result<Input> {
    if path == Path::new("-") {
        return Input::of_pipe(io::stdin(), kind);
    }
    let file = File::open(path)?;
    if file.metadata()?.is_file() { Input::of_file(file, kind) } else { Input::of_pipe(file, kind) }
}

impl Capture {
    /// Reads all of it; with `stream`, from 1, one without an opening handshake as well.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    pub fn read(
        input: Input,
        stream: Option<u32>,
        lang: Lang,
        progress: &Progress,
    ) -> Result<Capture, String> {
        let unreadable = |error| opened::read_error(lang, &error);
        let log = SharedLog::default();
        let source = input.source().map_err(|error| unreadable(error.into()))?;
        let opened = input.read(None, &log, progress).map_err(unreadable)?;
        let Some(number) = stream else { return Ok(Capture { log, source, opened }) };
        let Some(stream) = opened.streams.get(number as usize - 1) else {
            return Err(opened::no_such_stream(lang, number, opened.streams.len()));
        };
        let log = SharedLog::default();
        let opened = open::open_stream(source.reader(), Some(stream.choice), &log, progress)
            .map_err(unreadable)?;
        Ok(Capture { log, source, opened })
    }

    /// The same, and tells how far it is.
    ///
    /// # Errors
    /// As [`Capture::read`].
    pub fn read_shown(input: Input, stream: Option<u32>, lang: Lang) -> Result<Capture, String> {
        let size = input.size();
        let progress = Arc::new(Progress::default());
        let read = progress.clone();
        let _shown =
            Shown::begin(move || opened::reading(lang, read.octets.load(Ordering::Relaxed), size));
        Capture::read(input, stream, lang, &progress)
    }

    /// Nothing is missing of what was in the file.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.opened.damaged_at.is_none() && self.opened.problems.is_empty()
    }

    /// Says on stderr what was left out, made up or damaged, a line each; with
    /// `streams`, also the streams that can be chosen.
    pub fn report(&self, path: &Path, streams: bool, lang: Lang) {
        let mut lines: Vec<String> = opened::opened(lang, &self.opened).into_iter().collect();
        lines.extend(import::problems(lang, &self.opened.problems));
        let made_from = self.log.read().made_from().map(|from| import::made_from(lang, from));
        lines.extend(made_from);
        let streams = self.opened.streams.iter().zip(1..).filter(|_| streams);
        lines.extend(streams.map(|(s, n)| format!("--stream {n}: {}", opened::stream(lang, s))));
        for line in lines {
            eprintln!("{}: {line}", path.display());
        }
    }
}
