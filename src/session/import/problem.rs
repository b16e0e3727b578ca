//! What could not be imported, and where it stands; `text` makes the sentence.

/// A part of a file that could not be taken; the rest was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// Why.
    pub wrong: Wrong,
}

/// Where in a file; everything is counted from 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// A line of JSON Lines; the column where the parser names one.
    Line {
        /// The line.
        line: u64,
        /// In octets; 0 for the whole line.
        column: usize,
    },
    /// Where the JSON of a HAR breaks off or makes no sense: nothing behind it is read.
    Json {
        /// The line.
        line: usize,
        /// In octets.
        column: usize,
        /// Entries that were whole before.
        entries: u64,
    },
    /// An entry of a HAR.
    Entry {
        /// Which.
        entry: u64,
        /// Its URL, where it has one.
        url: String,
        /// Of one of its lists, which item; the entry as a whole where there is none.
        item: Option<(Items, u64)>,
    },
}

/// A list of a HAR's entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Items {
    /// `_webSocketMessages`
    Messages,
    /// `_wsFrames`
    Frames,
}

impl Items {
    /// As the file spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Items::Messages => "_webSocketMessages",
            Items::Frames => "_wsFrames",
        }
    }
}

/// Why something could not be taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// The parser's words.
    Json(String),
    /// A key that is needed is not there.
    Missing(&'static str),
    /// The value of this key makes no sense.
    Value(&'static str),
    /// A connection of which no `connection` line came before.
    UnknownConnection(u64),
    /// The connection is over already.
    ConnectionOver(u64),
    /// A frame of an end whose HTTP head did not come before.
    FrameBeforeHead,
    /// The payload of a whole frame is not as long as it announces.
    Length {
        /// Octets announced.
        announced: u64,
        /// Octets there.
        there: u64,
    },
    /// The line is longer than this.
    TooLong(u64),
    /// There is no list `log.entries`.
    NoEntries,
}

/// The problems of one file: the first of them, and how many more there were.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Problems {
    /// In the order of the file.
    pub first: Vec<Problem>,
    /// Those that are only counted.
    pub more: u64,
}

impl Problems {
    /// Problems that are kept.
    const KEPT: usize = 20;

    /// Whether everything was taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    pub(super) fn note(&mut self, place: Place, wrong: Wrong) {
        if self.first.len() < Problems::KEPT {
            self.first.push(Problem { place, wrong });
        } else {
            self.more += 1;
        }
    }
}

/// The parser's words without the place, which is told better beside them.
pub(super) fn words(error: &serde_json::Error) -> Wrong {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    Wrong::Json(text[..end].to_owned())
}
