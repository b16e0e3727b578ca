//! What people write to a session: notes on rows and connections, bookmarks, and
//! the session's name.
//!
//! While a session is recorded each change is a fact in the capture, the last one
//! counts; in a saved file they are comments, which `session::comments` reads and
//! writes.

use super::log::Log;
use super::pcapng::facts::{Fact, What};
use super::row::Kind;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Characters that a note may have: as UTF-8 it fits into one option of a pcapng.
pub const MAX_CHARS: usize = 15_000;

/// What a note is on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Subject {
    /// The session as a whole; its note is its name.
    Session,
    /// A connection, by its number.
    Connection(u32),
    /// A row, by its index in the log.
    Row(u64),
}

/// A note as somebody writes it. One without text and bookmark is none: it
/// removes what was there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// What it is on.
    pub subject: Subject,
    /// Any text, of several lines.
    pub text: String,
    /// It is marked to be found again.
    pub bookmark: bool,
}

impl Note {
    /// A note with its line breaks as `\n` and nothing blank at its end. Rows alone can
    /// be bookmarked.
    #[must_use]
    pub fn new(subject: Subject, text: &str, bookmark: bool) -> Note {
        let bookmark = bookmark && matches!(subject, Subject::Row(_));
        let text = text.replace("\r\n", "\n").replace('\r', "\n").trim_end().to_owned();
        Note { subject, text, bookmark }
    }

    /// As a fact of the capture, with the connection and the time of its row.
    #[must_use]
    pub fn fact(&self, log: &Log) -> Fact {
        let (connection, row) = match self.subject {
            Subject::Session => (0, None),
            Subject::Connection(number) => (number, None),
            Subject::Row(index) => (log.row(index).map_or(0, |row| row.connection), Some(index)),
        };
        let time = row.and_then(|index| log.row(index)).map_or(0, |row| row.time);
        let what = What::Note { row, text: self.text.clone(), bookmark: self.bookmark };
        Fact { connection, time, what }
    }
}

/// A comment as it stands in the file that the log was read from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Stored {
    /// Position of its block.
    pub block: u64,
    /// The option's value.
    pub value: Vec<u8>,
}

/// What is written on one subject, and where it comes from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Mark {
    pub text: String,
    pub bookmark: bool,
    /// Comments of the file that say so, or said so before it was changed.
    pub stored: Vec<Stored>,
    /// It says something else than `stored`.
    pub changed: bool,
}

/// Everything that was written to a session.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    pub(super) marks: BTreeMap<Subject, Mark>,
    revision: u64,
}

impl Notes {
    /// How often something was changed by hand since the session was begun or opened.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The text on a subject.
    #[must_use]
    pub fn text(&self, subject: Subject) -> Option<&str> {
        self.marks.get(&subject).map(|mark| mark.text.as_str()).filter(|text| !text.is_empty())
    }

    /// Whether a subject is bookmarked.
    #[must_use]
    pub fn bookmarked(&self, subject: Subject) -> bool {
        self.marks.get(&subject).is_some_and(|mark| mark.bookmark)
    }

    /// Every subject with a text or a bookmark, in their order.
    pub fn subjects(&self) -> impl DoubleEndedIterator<Item = Subject> {
        let shown = self.marks.iter().filter(|(_, m)| m.bookmark || !m.text.is_empty());
        shown.map(|(subject, _)| *subject)
    }

    /// The rows that are bookmarked, in the order of the log.
    pub fn bookmarks(&self) -> impl DoubleEndedIterator<Item = u64> {
        self.marks.iter().filter(|(_, mark)| mark.bookmark).filter_map(|(subject, _)| match subject
        {
            Subject::Row(index) => Some(*index),
            _ => None,
        })
    }

    /// The rows in this range with a text or a bookmark.
    pub fn rows(&self, range: RangeInclusive<u64>) -> impl Iterator<Item = u64> {
        let (first, last) = range.into_inner();
        let marks = self.marks.range(Subject::Row(first)..=Subject::Row(last.max(first)));
        let shown = marks.filter(|(_, mark)| mark.bookmark || !mark.text.is_empty());
        shown.filter_map(|(subject, _)| match subject {
            Subject::Row(index) => Some(*index),
            _ => None,
        })
    }

    fn set(&mut self, note: Note) -> bool {
        let mark = self.marks.entry(note.subject).or_default();
        if (&mark.text, mark.bookmark) == (&note.text, note.bookmark) {
            return false;
        }
        (mark.text, mark.bookmark, mark.changed) = (note.text, note.bookmark, true);
        true
    }

    /// Adds what a comment of the file says.
    pub(super) fn read(&mut self, note: Note, stored: Stored) {
        let mark = self.marks.entry(note.subject).or_default();
        if !mark.text.is_empty() && !note.text.is_empty() {
            mark.text.push('\n');
        }
        mark.text += &note.text;
        mark.bookmark |= note.bookmark;
        mark.stored.push(stored);
    }
}

impl Log {
    /// What was written to the session.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// The note on a row.
    #[must_use]
    pub fn note(&self, index: u64) -> Option<&str> {
        self.notes.text(Subject::Row(index))
    }

    /// Whether a row is bookmarked.
    #[must_use]
    pub fn bookmarked(&self, index: u64) -> bool {
        self.notes.bookmarked(Subject::Row(index))
    }

    /// The note on a connection.
    #[must_use]
    pub fn connection_note(&self, number: u32) -> Option<&str> {
        self.notes.text(Subject::Connection(number))
    }

    /// The session's name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.notes.text(Subject::Session)
    }

    /// Writes a note, in place of what was there.
    pub fn set_note(&mut self, note: Note) {
        if self.notes.set(note) {
            self.notes.revision += 1;
        }
    }

    /// Has the notes of another log with the same rows.
    pub fn take_notes_of(&mut self, other: &Log) {
        self.notes = other.notes.clone();
    }

    /// Takes a note that the capture holds as a fact.
    pub(super) fn note_of_fact(&mut self, fact: &Fact) {
        let What::Note { row, text, bookmark } = &fact.what else { return };
        let subject = match (row, fact.connection) {
            (None, 0) => Some(Subject::Session),
            (None, number) => Some(Subject::Connection(number)),
            (Some(row), _) => self.row_of_fact(*row, fact).map(Subject::Row),
        };
        if let Some(subject) = subject {
            self.notes.set(Note::new(subject, text, *bookmark));
        }
    }

    /// The row that a fact means: the one of its index, or where another version
    /// counted otherwise the last one until its time.
    fn row_of_fact(&self, index: u64, fact: &Fact) -> Option<u64> {
        let of_connection = |index: &u64| {
            self.appended(*index).is_some_and(|row| row.connection == fact.connection)
        };
        let same = |index: &u64| self.appended(*index).is_some_and(|row| row.time == fact.time);
        Some(index).filter(of_connection).filter(same).or_else(|| {
            let until = |i: &u64| self.appended(*i).is_some_and(|row| row.time <= fact.time);
            (0..).take_while(until).filter(of_connection).last()
        })
    }

    /// The row with which a connection begins.
    pub(super) fn opened_row(&self, number: u32) -> Option<u64> {
        let opens = |index: &u64| {
            let row = self.appended(*index);
            row.is_some_and(|row| row.kind == Kind::Opened && row.connection == number)
        };
        (0..self.appended_len()).find(opens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_note_replaces_and_a_removed_one_is_gone() {
        let mut log = Log::default();
        let row = Subject::Row(3);
        log.set_note(Note::new(row, "first\r\nline \n", false));
        assert_eq!((log.note(3), log.bookmarked(3)), (Some("first\nline"), false));
        log.set_note(Note::new(row, "second", true));
        log.set_note(Note::new(row, "second", true));
        assert_eq!((log.note(3), log.bookmarked(3)), (Some("second"), true));
        assert_eq!(log.notes().revision(), 2);
        assert_eq!(log.notes().bookmarks().collect::<Vec<_>>(), [3]);
        log.set_note(Note::new(row, "", false));
        assert_eq!((log.note(3), log.notes().subjects().next()), (None, None));
    }
}
