//! Prints rows as they become visible.

use super::{json, people};
use crate::session::filter::{Filter, Payloads};
use crate::session::inflate::Reader;
use crate::session::recorder::SharedLog;
use crate::session::source::Source;
use crate::text::Lang;
use crate::text::run::{Said, said};
use std::io::{self, Write};

/// Prints to standard output.
pub struct Printer {
    log: SharedLog,
    source: Source,
    json: bool,
    lang: Lang,
    inflated: Reader,
    next: u64,
    filter: Filter,
    payloads: Payloads,
    /// Nobody reads any more.
    pub closed: bool,
}

impl Printer {
    /// Of this log and its capture, what the filter lets through.
    pub fn new(log: SharedLog, source: Source, filter: Filter, json: bool, lang: Lang) -> Printer {
        let payloads = Payloads::new(source.clone());
        let inflated = Reader::default();
        Printer { log, source, json, lang, inflated, next: 0, filter, payloads, closed: false }
    }

    /// A line of our own, in either form.
    pub fn say(&mut self, json: &serde_json::Value, people: &str) {
        let line = if self.json { json.to_string() } else { people.to_owned() };
        self.put(&line);
    }

    fn put(&mut self, line: &str) {
        if self.closed {
            return;
        }
        let mut out = io::stdout().lock();
        let result = out
            .write_all(line.as_bytes())
            .and_then(|()| out.write_all(b"\n"))
            .and_then(|()| out.flush());
        self.closed = result.is_err();
    }

    /// The rows that came since, a line each.
    pub fn rows(&mut self) {
        loop {
            let line = {
                let log = self.log.read();
                if self.next >= log.len() || self.closed {
                    return;
                }
                let (source, inflated) = (&self.source, &mut self.inflated);
                match self.filter.matches(&log, self.next, &mut self.payloads) {
                    Err(error) => Err(error),
                    Ok(false) => {
                        self.next += 1;
                        continue;
                    }
                    Ok(true) if self.json => {
                        json::line(&log, source, inflated, self.next, self.lang)
                            .map(|v| v.to_string())
                    }
                    Ok(true) => people::line(&log, source, inflated, self.next, self.lang),
                }
            };
            self.next += 1;
            match line {
                Ok(line) => self.put(&line),
                Err(error) => {
                    eprintln!("wsscope: {}", said(self.lang, &Said::CannotRead(&error)));
                }
            }
        }
    }
}
