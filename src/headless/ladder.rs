//! `wsscope ladder FILE`: the ladders of a capture as text, or one as SVG.

use super::capture::{Capture, said};
use super::cli::LadderOptions;
use crate::session::ladder::{Folding, Ladder};
use crate::text::Lang;
use crate::text::ladder::{Shown, ladder, no_such_connection, one_connection_only};
use crate::text::ladder_svg::ladder_svg;
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

fn ladders(options: &LadderOptions, lang: Lang) -> Result<(), (u8, String)> {
    let path = options.file.display();
    let unreadable = |error: String| (1, format!("{path}: {error}"));
    let Capture { log, source, opened } =
        Capture::open(&options.file, options.stream, lang).map_err(unreadable)?;
    for line in said(&opened, options.stream.is_none(), lang) {
        eprintln!("{path}: {line}");
    }
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
