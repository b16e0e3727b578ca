//! Notes of a file that is imported. Each is told beside its row, which comes to be
//! with what the line says, or later: a frame that was cut off ends with its connection.

use super::Made;
use crate::protocol::Role;
use crate::session::log::Log;
use crate::session::notes::{Note, Subject};
use crate::session::row::{Kind, Row};
use std::collections::HashMap;

/// What a note is told with.
#[derive(Clone, Copy, Debug)]
pub(super) enum On {
    Session,
    Connection,
    /// The next row of this kind of the connection, from this end where one is told.
    Row(Kind, Option<Role>),
}

/// A note as the file tells it.
#[derive(Debug)]
pub(super) struct Told {
    pub on: On,
    pub text: String,
    pub bookmark: bool,
}

impl Told {
    /// A note, where anything was written.
    pub fn new(on: On, text: Option<&str>, bookmark: bool) -> Option<Told> {
        let text = text.unwrap_or_default();
        (bookmark || !text.is_empty()).then(|| Told { on, text: text.to_owned(), bookmark })
    }
}

/// Notes that were told.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// With their connection: their rows are not there yet.
    waiting: Vec<(u32, Told)>,
    whole: Vec<Note>,
    /// Where each connection began and ended. The one is there before its note, the
    /// other follows from the end of TCP.
    ends: HashMap<(u32, Kind), u64>,
    /// Rows that were looked at.
    looked: u64,
}

impl Noted {
    fn tell(&mut self, connection: u32, told: Told) {
        let subject = match told.on {
            On::Session => Subject::Session,
            On::Connection => Subject::Connection(connection),
            On::Row(kind, _) => match self.ends.get(&(connection, kind)) {
                Some(row) => Subject::Row(*row),
                None => return self.waiting.push((connection, told)),
            },
        };
        self.whole.push(Note::new(subject, &told.text, told.bookmark));
    }

    /// Looks at rows that came since.
    fn look(&mut self, log: &Log) {
        for index in self.looked..log.appended_len() {
            let Some(row) = log.appended(index) else { continue };
            if matches!(row.kind, Kind::Opened | Kind::Closed) {
                self.ends.insert((row.connection, row.kind), index);
            }
            let is = |(connection, told): &(u32, Told)| {
                *connection == row.connection && is_of(row, told.on)
            };
            if let Some(at) = self.waiting.iter().position(is) {
                let (_, told) = self.waiting.remove(at);
                self.whole.push(Note::new(Subject::Row(index), &told.text, told.bookmark));
            }
        }
        self.looked = log.appended_len();
    }
}

fn is_of(row: &Row, on: On) -> bool {
    match on {
        On::Row(kind, from) => row.kind == kind && (from.is_none() || from == row.from()),
        On::Session | On::Connection => false,
    }
}

impl Made<'_> {
    /// Takes a note; one on a row comes before what the row is made of.
    pub(super) fn note(&mut self, connection: u32, told: Told) {
        self.noted.tell(connection, told);
    }

    /// Looks for the rows of notes among those that came since.
    pub(super) fn look_for_noted(&mut self) {
        self.noted.look(&self.log.read());
    }

    /// Writes the notes whose rows are known by now, which is all that have one.
    pub(super) fn write_notes(&mut self) {
        for note in std::mem::take(&mut self.noted.whole) {
            self.recorder.note(&note);
        }
    }
}
