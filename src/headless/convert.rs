//! `wsscope convert IN OUT`: a session from one form into another, by the endings.

use super::capture::{self, Capture};
use super::ladder::which;
use super::progress::Shown;
use crate::session::export::payload::{self, Payload, PayloadError};
use crate::session::export::{Format, Progress, is_taken, whole_file};
use crate::session::import::Kind;
use crate::session::ladder::Folding;
use crate::session::open;
use crate::session::pcapng::read::ReadError;
use crate::text::export::Export;
use crate::text::run::{Said, said};
use crate::text::system::io_error;
use crate::text::{Lang, import, opened};
use clap::Args;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// `wsscope convert`
#[derive(Debug, Args)]
pub struct ConvertOptions {
    /// A capture, a HAR or JSON Lines; - for standard input
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// By its ending .pcapng, .har, .jsonl, .ndjson, .csv, .svg or .txt (ladders); - for standard
    /// output
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    /// What IN is: pcapng, har or jsonl; else its content tells
    #[arg(long, value_name = "FORMAT", value_parser = parse_from)]
    pub from: Option<Kind>,
    /// What OUT becomes: pcapng, har, jsonl, csv, svg or txt; else its ending tells
    #[arg(long, value_name = "FORMAT", value_parser = parse_to)]
    pub to: Option<Format>,
    /// Replace an existing file
    #[arg(long)]
    pub overwrite: bool,
    /// Of ladders, only this connection, counted from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub connection: Option<u32>,
    /// Of ladders, an arrow for each data frame, also of long runs
    #[arg(long)]
    pub unfold: bool,
    /// Open the N-th stream without an opening handshake as WebSocket; without
    /// this they are listed on stderr
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub stream: Option<u32>,
    /// Write the payload of frame N alone, unmasked, whatever OUT's ending
    #[arg(long, value_name = "N", conflicts_with_all = ["to", "connection", "unfold", "message"])]
    pub payload: Option<u32>,
    /// Write the message that frame N belongs to, put together
    #[arg(long, value_name = "N", conflicts_with_all = ["to", "connection", "unfold"])]
    pub message: Option<u32>,
}

fn parse_from(word: &str) -> Result<Kind, String> {
    let known = match Format::of_word(word) {
        Some(Format::JsonLines) => Some(Kind::JsonLines),
        _ => Kind::ALL.into_iter().find(|kind| kind.word() == word),
    };
    known.ok_or_else(|| "expected pcapng, har or jsonl".into())
}

fn parse_to(word: &str) -> Result<Format, String> {
    Format::of_word(word).ok_or_else(|| "expected pcapng, har, jsonl, csv, svg or txt".into())
}

/// What is to be written.
enum Wanted {
    Session(Export),
    Payload(Payload),
}

impl ConvertOptions {
    fn wanted(&self, lang: Lang) -> Result<Wanted, String> {
        if let Some(number) = self.payload {
            return Ok(Wanted::Payload(Payload::Frame(number)));
        }
        if let Some(number) = self.message {
            return Ok(Wanted::Payload(Payload::Message(number)));
        }
        let shown = self.output.display();
        let format = self.to.or_else(|| Format::of_path(&self.output)).ok_or_else(|| {
            if self.output == Path::new("-") {
                "a pipe has no ending: give --to FORMAT".to_owned()
            } else {
                format!(
                    "the ending of {shown} names no format: \
                     .pcapng, .har, .jsonl, .ndjson, .csv, .svg or .txt, or give --to FORMAT"
                )
            }
        })?;
        Ok(Wanted::Session(Export {
            connection: self.connection,
            folding: Folding { all: self.unfold, ..Folding::default() },
            ..Export::of(format, lang)
        }))
    }
}

/// What a signal stops: reading, then writing.
#[derive(Default)]
struct Stages {
    read: open::Progress,
    written: Progress,
    /// Octets to be read, where that is known.
    size: u64,
    writing: AtomicBool,
}

impl Stages {
    /// While reading, nothing is there that would be left behind, and the pipe
    /// that is read may never give anything; what is written is taken back.
    fn cancel(&self) {
        if !self.writing.load(Ordering::SeqCst) || self.cancelled() {
            std::process::exit(CANCELLED.into());
        }
        self.written.cancelled.store(true, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.written.cancelled.load(Ordering::Relaxed)
    }

    /// How far it is, in a few words.
    fn shown(&self, lang: Lang) -> String {
        if self.writing.load(Ordering::Relaxed) {
            return opened::writing(lang, self.written.share());
        }
        opened::reading(lang, self.read.octets.load(Ordering::Relaxed), self.size)
    }
}

const CANCELLED: u8 = 130;

/// Converts; 1 where something of IN could not be read, 2 for a usage error.
#[must_use]
pub fn run(options: &ConvertOptions, lang: Lang) -> ExitCode {
    match convert(options, lang) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err((code, message)) => {
            eprintln!("error: {message}");
            ExitCode::from(code)
        }
    }
}

fn convert(options: &ConvertOptions, lang: Lang) -> Result<bool, (u8, String)> {
    let wanted = options.wanted(lang).map_err(|message| (2, message))?;
    let out = &options.output;
    let to_pipe = out == Path::new("-");
    if !to_pipe && !options.overwrite && is_taken(out) {
        return Err((2, said(lang, &Said::Exists(out))));
    }
    let path = &options.input;
    let unreadable = |error: String| (1, format!("{}: {error}", path.display()));
    let input =
        capture::begin(path, options.from).map_err(|error| unreadable(io_error(lang, &error)))?;
    let stages = Arc::new(Stages { size: input.size(), ..Stages::default() });
    let signalled = stages.clone();
    crate::engine::on_signal(move || signalled.cancel())
        .map_err(|error| (1, said(lang, &Said::NoSignals(&error))))?;
    let far = stages.clone();
    let _shown = Shown::begin(move || far.shown(lang));
    let session = Capture::read(input, options.stream, lang, &stages.read).map_err(unreadable)?;
    session.report(path, options.stream.is_none(), lang);
    if !session.is_whole() && session.log.read().is_empty() {
        return Err((1, said(lang, &Said::NothingReadable(path))));
    }
    if let Wanted::Session(export) = &wanted {
        let count = session.log.read().connections().len() as u32;
        let picture = export.format == Format::Svg;
        which(export.connection, count, picture, lang)?;
    }
    stages.writing.store(true, Ordering::SeqCst);
    let write = |out: &mut dyn Write| write(&session, &wanted, out, lang, &stages.written);
    let written = if to_pipe {
        write(&mut io::stdout().lock())
    } else {
        whole_file(out, options.overwrite, write)
    };
    match written {
        Err(_) if stages.cancelled() => Err((CANCELLED, said(lang, &Said::Cancelled(out)))),
        // Nobody reads any more: that is no failure.
        Err(Failed::Io(error)) if to_pipe && error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(session.is_whole())
        }
        Err(Failed::Io(error)) => {
            Err((1, format!("{}: {}", out.display(), io_error(lang, &error))))
        }
        Err(Failed::Other(message)) => Err((1, format!("{}: {message}", path.display()))),
        Ok(()) => Ok(session.is_whole()),
    }
}

/// Why nothing was written.
enum Failed {
    Io(io::Error),
    Other(String),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Failed {
        Failed::Io(error)
    }
}

fn write(
    session: &Capture,
    wanted: &Wanted,
    out: &mut dyn Write,
    lang: Lang,
    progress: &Progress,
) -> Result<(), Failed> {
    let (log, source) = (&session.log, &session.source);
    match wanted {
        Wanted::Session(export) => match export.write(log, source, out, progress) {
            Err(ReadError::Io(error)) => Err(Failed::Io(error)),
            written => written.map_err(|error| Failed::Other(opened::read_error(lang, &error))),
        },
        Wanted::Payload(which) => match payload::write(log, source, *which, out) {
            Ok(()) => Ok(out.flush()?),
            Err(PayloadError::Io(error)) => Err(Failed::Io(error)),
            Err(error) => Err(Failed::Other(import::payload_error(lang, *which, &error))),
        },
    }
}
