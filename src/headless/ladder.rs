//! `wsscope ladder FILE`: the ladders of a capture as text, or one as SVG.

use super::cli::LadderOptions;
use crate::session::ladder::{Folding, Ladder};
use crate::session::open::{self, Opened, Progress};
use crate::session::pcapng::read::ReadError;
use crate::session::recorder::SharedLog;
use crate::session::source::Source;
use crate::text::ladder::{Shown, ladder, no_such_connection, one_connection_only};
use crate::text::ladder_svg::ladder_svg;
use crate::text::{Lang, Words};
use std::fs::File;
use std::io::{self, Write as _};
use std::process::ExitCode;

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

fn read_error(words: &Words, error: &ReadError) -> String {
    match error {
        ReadError::Io(error) => error.to_string(),
        ReadError::NotPcapng => words.not_a_capture.to_owned(),
        ReadError::OldPcap => words.old_pcap.to_owned(),
        ReadError::Damaged(at) => format!("{} {at}", words.damaged_at),
    }
}

fn ladders(options: &LadderOptions, lang: Lang) -> Result<(), (u8, String)> {
    let words = lang.words();
    let path = options.file.display();
    let unreadable = |error: String| (1, format!("{path}: {error}"));
    let file = File::open(&options.file).map_err(|e| unreadable(e.to_string()))?;
    let source = Source::new(file.try_clone().map_err(|e| unreadable(e.to_string()))?);
    let log = SharedLog::default();
    let opened = open::open(file, &log, &Progress::default())
        .map_err(|error| unreadable(read_error(words, &error)))?;
    report(&opened, options, words);
    let log = log.read();
    let count = log.connections().len() as u32;
    let numbers: Vec<u32> = match options.connection {
        Some(number) if (1..=count).contains(&number) => vec![number],
        Some(number) => {
            return Err(unreadable(no_such_connection(lang, number, count)));
        }
        None => (1..=count).collect(),
    };
    let folding = Folding { all: options.unfold, ..Folding::default() };
    if let Some(svg) = &options.svg {
        let [number] = numbers[..] else {
            return Err((2, one_connection_only(lang, count)));
        };
        let value = Ladder::of(&log, number, folding);
        let picture = ladder_svg(&log, &source, &value, lang, 0);
        return std::fs::write(svg, picture)
            .map_err(|error| (1, format!("{}: {error}", svg.display())));
    }
    let mut out = io::stdout().lock();
    for (at, number) in numbers.into_iter().enumerate() {
        let value = Ladder::of(&log, number, folding.clone());
        let mut text = ladder(&log, &source, &value, lang, Shown::default());
        if at > 0 {
            text.insert_str(0, "\n\n");
        }
        // Nobody reads any more: that is no failure.
        if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
            break;
        }
    }
    Ok(())
}

fn report(opened: &Opened, options: &LadderOptions, words: &Words) {
    let path = options.file.display();
    if let Some(at) = opened.damaged_at {
        eprintln!("{path}: {} {at}; {}", words.damaged_at, words.shown_up_to);
    }
    if opened.left_out > 0 {
        eprintln!("{path}: {} {}", opened.left_out, words.left_out);
    }
}
