//! Sessions that were written down elsewhere: a HAR, JSON Lines.
//!
//! A session is octets in a capture, so importing makes a capture: a temporary
//! pcapng, written through the ordinary [`Recorder`]. What a
//! file is, is decided by how it begins, not by its name.

mod har;
mod json_lines;
mod noted;
mod octets;
mod problem;
mod spool;

pub use problem::{Items, Place, Problem, Problems, Wrong};

use super::open::{self, Choice, LeftOut, Opened, Progress};
use super::pcapng::facts::MadeFrom;
use super::pcapng::read::ReadError;
use super::recorder::SharedLog;
use super::source::Source;
use super::{Record, Recorder};
use crate::protocol::Time;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, Write as _};
use std::sync::atomic::Ordering;

/// What a file holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Packets.
    Capture,
    /// An HTTP Archive.
    Har,
    /// The lines of `--json`.
    JsonLines,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 3] = [Kind::Capture, Kind::Har, Kind::JsonLines];

    /// As the command line calls it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Capture => "pcapng",
            Kind::Har => "har",
            Kind::JsonLines => "jsonl",
        }
    }

    /// Its octets are told, so a capture has to be made of them.
    fn is_made(self) -> bool {
        self != Kind::Capture
    }

    /// What a file is that begins so. A HAR is an object whose first key is
    /// `log`; any other object begins JSON Lines; what is no JSON is packets.
    #[must_use]
    pub fn of(beginning: &[u8]) -> Kind {
        let text = beginning.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(beginning);
        match text.trim_ascii_start().strip_prefix(b"{") {
            None => Kind::Capture,
            Some(inside) if inside.trim_ascii_start().starts_with(b"\"log\"") => Kind::Har,
            Some(_) => Kind::JsonLines,
        }
    }
}

/// Octets by which the kind of a file is told; blank ones before the first brace count.
const BEGINNING: u64 = 4096;

/// How a file begins that is packed with gzip (RFC 1952).
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// Octets that wait before rows become visible.
const COMMIT: usize = 1 << 20;

/// A file that is about to be read, and the capture that its rows point into.
pub struct Input {
    kind: Kind,
    input: Box<dyn Read + Send>,
    capture: File,
    /// The capture is the file itself.
    in_place: bool,
    size: u64,
}

impl Input {
    /// Of a regular file; `kind` where its beginning is not to decide.
    ///
    /// # Errors
    /// It cannot be read, or no temporary file can be made.
    pub fn of_file(mut file: File, kind: Option<Kind>) -> io::Result<Input> {
        let mut beginning = Vec::new();
        (&file).take(BEGINNING).read_to_end(&mut beginning)?;
        file.rewind()?;
        if beginning.starts_with(&GZIP) || kind.unwrap_or_else(|| Kind::of(&beginning)).is_made() {
            let size = if beginning.starts_with(&GZIP) { 0 } else { file.metadata()?.len() };
            return Ok(Input { size, ..Input::of_pipe(file, kind)? });
        }
        let (capture, size) = (file.try_clone()?, file.metadata()?.len());
        Ok(Input { kind: Kind::Capture, input: Box::new(file), capture, in_place: true, size })
    }

    /// Of a pipe, or packed with gzip: packets are put into a temporary file, since
    /// rows say where octets stand.
    ///
    /// # Errors
    /// As [`Input::of_file`].
    pub fn of_pipe(mut pipe: impl Read + Send + 'static, kind: Option<Kind>) -> io::Result<Input> {
        let mut magic = Vec::new();
        (&mut pipe).take(GZIP.len() as u64).read_to_end(&mut magic)?;
        let packed = magic == GZIP;
        let pipe = BufReader::with_capacity(1 << 18, io::Cursor::new(magic).chain(pipe));
        let mut whole: Box<dyn Read + Send> =
            if packed { Box::new(Unpacked(MultiGzDecoder::new(pipe))) } else { Box::new(pipe) };
        let beginning = beginning(&mut whole)?;
        let kind = kind.unwrap_or_else(|| Kind::of(&beginning));
        let input = Box::new(io::Cursor::new(beginning).chain(whole));
        Ok(Input { kind, input, capture: tempfile::tempfile()?, in_place: false, size: 0 })
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the file is the capture, as it stands: notes can be saved into it.
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        self.in_place
    }

    /// Octets of the file; 0 where it is not known how many will be read.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Reads what the rows point to.
    ///
    /// # Errors
    /// The system gives no second handle.
    pub fn source(&self) -> io::Result<Source> {
        self.capture.try_clone().map(Source::new)
    }

    /// Reads all of it into the log, with `choice` also a stream without an opening
    /// handshake; rows become visible on the way.
    ///
    /// # Errors
    /// It cannot be read at all, or the capture cannot be written.
    pub fn read(
        self,
        choice: Option<Choice>,
        log: &SharedLog,
        progress: &Progress,
    ) -> Result<Opened, ReadError> {
        if self.kind == Kind::Capture {
            let Input { input, capture, in_place, .. } = self;
            if in_place {
                return open::open_stream(capture, choice, log, progress);
            }
            let kept = Kept { input, capture, progress };
            let mut opened = open::open_stream(kept, choice, log, progress)?;
            if progress.cancelled.load(Ordering::Relaxed) {
                // What seems to break off was not read.
                (opened.cancelled, opened.damaged_at) = (true, None);
            }
            return Ok(opened);
        }
        let mut made = Made::new(self.capture, log, progress)?;
        let input = BufReader::with_capacity(1 << 16, Watched { input: self.input, progress });
        match self.kind {
            Kind::Har => har::read(input, &mut made)?,
            _ => json_lines::read(input, &mut made)?,
        }
        let cancelled = progress.cancelled.load(Ordering::Relaxed);
        made.finish()?;
        // Whatever the count was: nothing more will be read.
        progress.octets.fetch_max(self.size, Ordering::Relaxed);
        Ok(Opened {
            ended_in_order: true,
            left_out: made.left_out,
            problems: made.problems,
            cancelled,
            ..Opened::default()
        })
    }

    /// The capture from its beginning, out of its pipe as far as that goes.
    ///
    /// # Errors
    /// It could not be unpacked or written.
    pub fn packets(self, progress: &Progress) -> io::Result<File> {
        let Input { input, mut capture, in_place, .. } = self;
        if !in_place {
            io::copy(&mut Watched { input, progress }, &mut capture)?;
        }
        capture.rewind()?;
        Ok(capture)
    }
}

/// As many octets as tell the kind, and no more are waited for.
fn beginning(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut beginning = vec![0; BEGINNING as usize];
    let mut there = 0;
    while there < beginning.len() && !tells(&beginning[..there]) {
        match input.read(&mut beginning[there..]) {
            Ok(0) => break,
            Ok(read) => there += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    beginning.truncate(there);
    Ok(beginning)
}

/// Whether [`Kind::of`] says the same whatever follows.
fn tells(beginning: &[u8]) -> bool {
    match Kind::of(beginning) {
        // A mark of UTF-8 may only have begun.
        Kind::Capture => beginning.len() > 3 && !beginning.trim_ascii_start().is_empty(),
        Kind::Har => true,
        Kind::JsonLines => {
            let inside = beginning.iter().skip_while(|octet| **octet != b'{').skip(1);
            inside.skip_while(|octet| octet.is_ascii_whitespace()).count() >= "\"log\"".len()
        }
    }
}

/// What gzip unpacks; one that is cut off gives what came out of it.
struct Unpacked<R>(MultiGzDecoder<R>);

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        match self.0.read(octets) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            read => read,
        }
    }
}

/// A pipe whose octets are put into the capture before they are seen; whoever is
/// cancelled sees its end.
struct Kept<'a> {
    input: Box<dyn Read + Send>,
    capture: File,
    progress: &'a Progress,
}

impl Read for Kept<'_> {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        if self.progress.cancelled.load(Ordering::Relaxed) {
            return Ok(0);
        }
        let read = self.input.read(octets)?;
        self.capture.write_all(&octets[..read])?;
        Ok(read)
    }
}

/// Counts what is read; whoever is cancelled sees the end of the file.
struct Watched<'a> {
    input: Box<dyn Read + Send>,
    progress: &'a Progress,
}

impl Read for Watched<'_> {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        if self.progress.cancelled.load(Ordering::Relaxed) {
            return Ok(0);
        }
        let read = self.input.read(octets)?;
        self.progress.octets.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The capture that is being made.
struct Made<'a> {
    progress: &'a Progress,
    recorder: Recorder,
    log: SharedLog,
    connections: u32,
    problems: Problems,
    left_out: LeftOut,
    noted: noted::Noted,
}

impl<'a> Made<'a> {
    fn new(capture: File, log: &SharedLog, progress: &'a Progress) -> io::Result<Made<'a>> {
        let recorder = Recorder::new(capture, None, log.clone())?;
        Ok(Made {
            progress,
            recorder,
            log: log.clone(),
            connections: 0,
            problems: Problems::default(),
            left_out: LeftOut::default(),
            noted: noted::Noted::default(),
        })
    }

    /// Takes the next record, unless somebody has cancelled it.
    fn take(&mut self, record: Record) -> io::Result<()> {
        if self.progress.cancelled.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.recorder.take(record);
        self.look_for_noted();
        if self.recorder.waiting() >= COMMIT { self.commit() } else { Ok(()) }
    }

    /// Makes visible what came so far.
    fn commit(&mut self) -> io::Result<()> {
        self.recorder.commit()?;
        self.progress.publish();
        Ok(())
    }

    /// Nothing more comes.
    fn finish(&mut self) -> io::Result<()> {
        self.recorder.over_all();
        self.look_for_noted();
        self.recorder.commit()?;
        self.write_notes();
        self.recorder.finish()
    }

    /// The number of a connection that begins now.
    fn next_connection(&mut self) -> u32 {
        self.connections += 1;
        self.connections
    }

    fn is_over(&self, connection: u32) -> bool {
        self.log.read().connection(connection).is_none_or(|c| c.over)
    }

    fn made_from(&mut self, from: MadeFrom, time: Time) {
        self.recorder.made_from(from, time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_how_it_begins() {
        for (beginning, kind) in [
            (&b"\x0a\x0d\x0d\x0a\x1c"[..], Kind::Capture),
            (b"", Kind::Capture),
            (b"[1]", Kind::Capture),
            (b"{\"log\":{", Kind::Har),
            (b"\xEF\xBB\xBF\r\n{\n  \"log\" : {", Kind::Har),
            (b"{\"type\":\"listening\"}\n", Kind::JsonLines),
            (b"{\"connection\":1}", Kind::JsonLines),
            (b"{", Kind::JsonLines),
        ] {
            assert_eq!(Kind::of(beginning), kind, "{beginning:?}");
        }
    }
}
