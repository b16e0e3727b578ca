//! A session written in each of its forms: those that hold sentences are made
//! here, the others by `session::export`.

use super::ladder::{Shown, ladder};
use super::ladder_svg::ladder_svg;
use super::{Lang, json_lines};
use crate::protocol::Time;
use crate::session::export::{Format, Progress, Watched, csv, har};
use crate::session::inflate::Reader;
use crate::session::ladder::{Folding, Ladder};
use crate::session::pcapng::read::ReadError;
use crate::session::recorder::SharedLog;
use crate::session::save::{self, Masks};
use crate::session::source::Source;
use std::io::{self, Write};
use std::sync::atomic::Ordering;

/// How a session is written.
#[derive(Clone, Debug)]
pub struct Export {
    /// In which form.
    pub format: Format,
    /// Of a ladder, only this connection; a picture shows the first without.
    pub connection: Option<u32>,
    /// Of the table, only these rows.
    pub rows: Option<Vec<u64>>,
    /// Of a ladder, which runs are folded.
    pub folding: Folding,
    /// The language of its sentences.
    pub lang: Lang,
    /// Now, for the clocks of what is still CLOSING.
    pub now: Time,
}

impl Export {
    /// The whole session in this form, as it is in a file.
    #[must_use]
    pub fn of(format: Format, lang: Lang) -> Export {
        Export { format, connection: None, rows: None, folding: Folding::default(), lang, now: 0 }
    }

    /// Writes the rows that the log has now.
    ///
    /// # Errors
    /// The capture cannot be read, or `out` not written, or somebody cancelled it.
    pub fn write(
        &self,
        log: &SharedLog,
        source: &Source,
        out: &mut dyn Write,
        progress: &Progress,
    ) -> Result<(), ReadError> {
        let out = &mut Watched::new(out, progress);
        match self.format {
            Format::Pcapng => {
                let until = log.read().captured();
                save::write(source, log, out, &Masks { until, ..Masks::default() })?;
            }
            Format::Har => har::write(log, source, out, progress)?,
            Format::Csv => csv::write(log, source, self.rows.as_deref(), out, progress)?,
            Format::JsonLines => {
                if let Some(line) = json_lines::session(&log.read()) {
                    writeln!(out, "{line}")?;
                }
                let mut inflated = Reader::default();
                progress.rows(log, |index| {
                    let log = log.read();
                    let line = json_lines::line(&log, source, &mut inflated, index, self.lang)?;
                    writeln!(out, "{line}")
                })?;
            }
            Format::Svg => out.write_all(self.picture(log, source).as_bytes())?,
            Format::Text => self.ladders(log, source, out, progress)?,
        }
        out.flush()?;
        Ok(())
    }

    fn picture(&self, log: &SharedLog, source: &Source) -> String {
        let log = log.read();
        let value = Ladder::of(&log, self.connection.unwrap_or(1), self.folding.clone());
        ladder_svg(&log, source, &value, self.lang, self.now)
    }

    fn ladders(
        &self,
        log: &SharedLog,
        source: &Source,
        out: &mut dyn Write,
        progress: &Progress,
    ) -> io::Result<()> {
        let count = log.read().connections().len() as u32;
        let numbers = self.connection.map_or(1..=count, |number| number..=number);
        let first = *numbers.start();
        progress.whole.store(numbers.clone().count() as u64, Ordering::Relaxed);
        for number in numbers {
            let log = log.read();
            let value = Ladder::of(&log, number, self.folding.clone());
            let shown = Shown { now: self.now, ..Shown::default() };
            if number > first {
                out.write_all(b"\n\n")?;
            }
            out.write_all(ladder(&log, source, &value, self.lang, shown).as_bytes())?;
            progress.done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}
