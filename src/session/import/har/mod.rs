//! A HAR: what Chrome, mitmproxy, HTTP Toolkit and Playwright write, and what
//! wsscope does.
//!
//! The document is walked, not held: one entry at a time is in memory. Entries
//! that are no WebSocket are counted and left out. With `_wsFrames`, which
//! wsscope adds, an entry's octets are rebuilt exactly ([`frames`]); without,
//! they are made up as far as messages tell ([`made_up`]), and the session says so.

mod entry;
mod frames;
mod heads;
mod made_up;

use super::noted::{On, Told};
use super::problem::{Place, Problems, words};
use super::spool::Spool;
use super::{Made, Watched, Wrong};
use crate::session::pcapng::facts::MadeFrom;
use entry::Entry;
use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;
use std::io::{self, BufRead as _, BufReader};

/// Reads the whole document, then replays its connections in the order of time.
pub(super) fn read(mut input: BufReader<Watched<'_>>, made: &mut Made<'_>) -> io::Result<()> {
    if input.fill_buf()?.starts_with(b"\xEF\xBB\xBF") {
        input.consume(3);
    }
    let mut walk = Walk {
        spool: Spool::new()?,
        problems: Problems::default(),
        failed: None,
        creator: String::new(),
        comment: String::new(),
        listed: false,
        entries: 0,
        left_out: 0,
        made_up: 0,
    };
    let mut json = serde_json::Deserializer::from_reader(input);
    let walked = (&mut walk).deserialize(&mut json).and_then(|()| json.end());
    if let Some(error) = walk.failed {
        return Err(error);
    }
    match walked {
        Err(error) if error.is_io() => return Err(error.into()),
        Err(error) => {
            let (line, column, entries) = (error.line(), error.column(), walk.entries);
            walk.problems.note(Place::Json { line, column, entries }, words(&error));
        }
        Ok(()) if !walk.listed => {
            let place = Place::Json { line: 1, column: 1, entries: 0 };
            walk.problems.note(place, Wrong::NoEntries);
        }
        Ok(()) => {}
    }
    made.problems = walk.problems;
    made.left_out.items = walk.left_out;
    if walk.made_up > 0 {
        let time = walk.spool.start().unwrap_or_default();
        made.made_from(MadeFrom { format: "har".into(), by: walk.creator }, time);
    }
    if let Some(told) = Told::new(On::Session, Some(&walk.comment), false) {
        made.note(0, told);
    }
    walk.spool.replay(made)
}

/// What was gathered on the way through the document.
struct Walk {
    spool: Spool,
    problems: Problems,
    /// The temporary file could not be written.
    failed: Option<io::Error>,
    /// The program that wrote it, with its version.
    creator: String,
    /// The session's name.
    comment: String,
    /// `log.entries` was there.
    listed: bool,
    entries: u64,
    left_out: u64,
    /// Connections without `_wsFrames`.
    made_up: u64,
}

impl Walk {
    fn entry(&mut self, raw: &RawValue) {
        self.entries += 1;
        let number = u32::try_from(self.entries).unwrap_or(u32::MAX);
        let entry = match Entry::parse(raw) {
            Ok(Some(entry)) => entry,
            Ok(None) => {
                self.left_out += 1;
                return;
            }
            Err(wrong) => return self.note(String::new(), wrong),
        };
        let result = match entry.frames {
            Some(frames) => {
                frames::read(&entry, frames, number, &mut self.spool, &mut self.problems)
            }
            None => {
                self.made_up += 1;
                made_up::read(&entry, number, &mut self.spool, &mut self.problems)
            }
        };
        match result {
            Ok(()) => {
                if let Some(told) = Told::new(On::Connection, entry.comment(), false) {
                    self.spool.tell(told);
                }
            }
            Err(EntryError::Wrong(wrong)) => self.note(entry.url().into_owned(), wrong),
            Err(EntryError::Io(error)) => self.failed = Some(error),
        }
    }

    fn note(&mut self, url: String, wrong: Wrong) {
        self.problems.note(Place::Entry { entry: self.entries, url, item: None }, wrong);
    }
}

/// Why an entry was not taken.
enum EntryError {
    Wrong(Wrong),
    Io(io::Error),
}

impl From<Wrong> for EntryError {
    fn from(wrong: Wrong) -> EntryError {
        EntryError::Wrong(wrong)
    }
}

impl From<io::Error> for EntryError {
    fn from(error: io::Error) -> EntryError {
        EntryError::Io(error)
    }
}

/// Which object or list of the document is walked.
struct Part<'a> {
    walk: &'a mut Walk,
    depth: Depth,
}

#[derive(Clone, Copy)]
enum Depth {
    Root,
    Log,
    Entries,
}

impl<'de> DeserializeSeed<'de> for &mut Walk {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(Part { walk: self, depth: Depth::Root })
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        match self.depth {
            Depth::Entries => json.deserialize_seq(self),
            _ => json.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.depth {
            Depth::Root => "an object with log",
            Depth::Log => "log as an object",
            Depth::Entries => "log.entries as a list",
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Part { walk, depth } = self;
        while let Some(key) = map.next_key::<String>()? {
            match (depth, key.as_str()) {
                (Depth::Root, "log") => map.next_value_seed(Part { walk, depth: Depth::Log })?,
                (Depth::Log, "entries") => {
                    walk.listed = true;
                    map.next_value_seed(Part { walk, depth: Depth::Entries })?;
                }
                (Depth::Log, "creator") => {
                    let creator = map.next_value::<Value>()?;
                    let word = |key: &str| creator[key].as_str().unwrap_or_default().to_owned();
                    let whole = format!("{} {}", word("name"), word("version"));
                    walk.creator = whole.trim().chars().take(200).collect();
                }
                (Depth::Log, "comment") => {
                    let comment = map.next_value::<Value>()?;
                    walk.comment = comment.as_str().unwrap_or_default().to_owned();
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(raw) = list.next_element::<Box<RawValue>>()? {
            self.walk.entry(&raw);
            if self.walk.failed.is_some() {
                return Err(de::Error::custom("the temporary file cannot be written"));
            }
        }
        Ok(())
    }
}
