//! Notes as comments of a capture, which Wireshark shows and writes as well.
//!
//! A note stands on the packet in which its row ends: `text`, `[bookmark]` or
//! `[bookmark] text`. Where several rows end in one packet, those that are not the
//! first say which they are: `[frame 2] text`, and `[row 3] text` for one that is no
//! frame. A connection's note is `[connection] text` on its first packet. The
//! section's comment is the session's name; a row before any packet has `[row 1]`
//! there. A text that looks like one of these has `[note]` before it.

use super::log::Log;
use super::notes::{MAX_CHARS, Mark, Note, Stored, Subject};
use super::pcapng::facts::COMMENT_PREFIX;
use super::row::Kind;
use std::fmt::Write as _;

/// Octets that one comment may have.
const MAX_OCTETS: usize = 4 * MAX_CHARS;

/// Which of the rows that end in a packet a comment is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Which {
    First,
    Frame(u64),
    Row(u64),
    Connection,
}

/// A comment, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Parsed<'a> {
    which: Which,
    bookmark: bool,
    text: &'a str,
}

fn parse(comment: &str) -> Parsed<'_> {
    let mut parsed = Parsed { which: Which::First, bookmark: false, text: comment };
    while let Some((tag, rest)) =
        parsed.text.strip_prefix('[').and_then(|text| text.split_once(']'))
    {
        let mut words = tag.split(' ');
        let number = |n: Option<&str>| n.and_then(|n| n.parse().ok()).filter(|n: &u64| *n > 0);
        match (words.next(), number(words.next()), words.next()) {
            (Some("frame"), Some(n), None) => parsed.which = Which::Frame(n),
            (Some("row"), Some(n), None) => parsed.which = Which::Row(n),
            _ if tag == "connection" => parsed.which = Which::Connection,
            _ if tag == "bookmark" => parsed.bookmark = true,
            _ if tag == "note" => return Parsed { text: after(rest), ..parsed },
            _ => break,
        }
        parsed.text = after(rest);
    }
    parsed
}

/// What follows a tag and its blank.
fn after(rest: &str) -> &str {
    rest.strip_prefix(' ').unwrap_or(rest)
}

/// The comments that say this.
fn compose(which: Which, mark: &Mark) -> Vec<String> {
    let tag = match which {
        Which::First => String::new(),
        Which::Frame(n) => format!("[frame {n}] "),
        Which::Row(n) => format!("[row {n}] "),
        Which::Connection => "[connection] ".to_owned(),
    };
    let mut comments = Vec::new();
    let (mut text, mut bookmark) = (mark.text.as_str(), mark.bookmark);
    // Joined comments of somebody else may be longer than one can be.
    while bookmark || !text.is_empty() {
        let cut = text.floor_char_boundary(MAX_OCTETS);
        let (now, later) = text.split_at(cut);
        let mut comment = tag.clone();
        if bookmark {
            comment += "[bookmark] ";
        }
        let looks = parse(now).text.len() != now.len() || now.starts_with(COMMENT_PREFIX);
        let _ = write!(comment, "{}{now}", if looks { "[note] " } else { "" });
        comments.push(comment.trim_end().to_owned());
        (text, bookmark) = (later, false);
    }
    comments
}

/// A stretch of the file, from a packet to the next one, and the rows in it.
#[derive(Debug, Default)]
struct Zone {
    start: u64,
    end: u64,
    /// Rows that end here, in the order of the log.
    rows: Vec<u64>,
    /// A row that has octets here and ends elsewhere.
    inside: Option<u64>,
}

impl Zone {
    fn frames(&self, log: &Log) -> impl Iterator<Item = u64> {
        let frame = |index: &u64| log.row(*index).is_some_and(|r| r.kind == Kind::Frame);
        self.rows.iter().copied().filter(frame)
    }

    /// How a comment here says that it is on this row.
    fn which(&self, log: &Log, row: u64) -> Which {
        let frames: Vec<u64> = self.frames(log).collect();
        let frame = frames.iter().position(|index| *index == row).map(|n| n as u64 + 1);
        match self.rows.iter().position(|index| *index == row) {
            None => Which::First,
            Some(0) if frame.is_none() || frames.len() == 1 => Which::First,
            Some(n) => frame.map_or(Which::Row(n as u64 + 1), Which::Frame),
        }
    }

    /// The row that a comment here is on.
    fn row(&self, log: &Log, which: Which) -> Option<u64> {
        let nth = |n: u64| usize::try_from(n - 1).ok();
        match which {
            Which::First | Which::Connection => self.rows.first().copied().or(self.inside),
            Which::Frame(n) => self.frames(log).nth(nth(n)?),
            Which::Row(n) => self.rows.get(nth(n)?).copied(),
        }
    }
}

/// Puts the rows of the log into `zones`, which are in the order of the file.
fn fill(zones: &mut [Zone], log: &Log) {
    let (Some(first), Some(last)) = (zones.first(), zones.last()) else { return };
    let (start, end) = (first.start, last.end);
    let find = |zones: &[Zone], at: u64| {
        let behind = zones.partition_point(|zone| zone.start <= at);
        behind.checked_sub(1).filter(|n| at < zones[*n].end)
    };
    for index in 0..log.len() {
        let at = log.anchor(index);
        let here = (start..end).contains(&at).then(|| find(zones, at)).flatten();
        if let Some(n) = here {
            zones[n].rows.push(index);
        }
        for piece in log.split_pieces(index) {
            if let Some(n) = find(zones, piece.offset).filter(|n| Some(*n) != here) {
                zones[n].inside.get_or_insert(index);
            }
        }
    }
}

/// A comment that was met while a capture is read.
#[derive(Debug)]
struct Met {
    stored: Stored,
    /// The flow of its packet, if it is of one: it may turn out to be WebSocket later.
    flow: Option<usize>,
    /// Rows that there were when it was met.
    rows: u64,
}

/// The comments of a capture, until all of it is read.
#[derive(Debug, Default)]
pub(super) struct Comments {
    of_sections: Vec<Stored>,
    of_packets: Vec<Met>,
    zones: Vec<Zone>,
}

impl Comments {
    /// A packet begins: the rows before it belong to others.
    pub fn packet(&mut self, offset: u64) {
        if let Some(zone) = self.zones.last_mut().filter(|zone| zone.end == u64::MAX) {
            zone.end = offset;
        }
    }

    /// A comment of the section whose header is at `block`.
    pub fn of_section(&mut self, block: u64, value: &[u8]) {
        if !is_fact(value) {
            self.of_sections.push(Stored { block, value: value.to_vec() });
        }
    }

    /// A comment of the packet at `block`, of this flow.
    pub fn of_packet(&mut self, block: u64, value: &[u8], flow: Option<usize>, log: &Log) {
        if is_fact(value) {
            return;
        }
        if self.zones.last().is_none_or(|zone| zone.start != block) {
            self.zones.push(Zone { start: block, end: u64::MAX, ..Zone::default() });
        }
        let stored = Stored { block, value: value.to_vec() };
        self.of_packets.push(Met { stored, flow, rows: log.appended_len() });
    }

    /// The capture has been read and its rows are visible: each comment becomes the
    /// note that it is. `number` tells which connection of the log a flow is.
    pub fn settle(mut self, log: &mut Log, number: impl Fn(usize) -> Option<u32>) {
        for stored in self.of_sections {
            let text = text(&stored.value);
            let parsed = parse(&text);
            let (subject, text) = match parsed.which {
                Which::Row(n) if n <= log.len() => (Subject::Row(n - 1), parsed.text),
                Which::First => (Subject::Session, parsed.text),
                _ => (Subject::Session, &*text),
            };
            log.notes.read(Note::new(subject, text, parsed.bookmark), stored);
        }
        fill(&mut self.zones, log);
        for met in self.of_packets {
            let text = text(&met.stored.value);
            let mut parsed = parse(&text);
            let zone = self.zones.binary_search_by_key(&met.stored.block, |zone| zone.start);
            let zone = zone.ok().map(|n| &self.zones[n]);
            let connection = met.flow.and_then(&number);
            let opened = || log.opened_row(connection?);
            let named = zone.and_then(|zone| zone.row(log, parsed.which));
            let named = named.or_else(|| opened().filter(|_| parsed.which == Which::Connection));
            if named.is_none() {
                parsed = Parsed { which: Which::First, bookmark: false, text: &text };
            }
            let row = named.or_else(|| {
                let of_it = |i: &u64| log.row(*i).map(|r| r.connection) == connection;
                zone.and_then(|zone| zone.row(log, Which::First))
                    .or_else(|| (0..met.rows).rev().find(of_it))
                    // It came before anything told that this is WebSocket.
                    .or_else(opened)
            });
            // What is on no connection of ours stays in the file, unseen.
            let Some(row) = row else { continue };
            let connection = log.row(row).map_or(0, |row| row.connection);
            let subject = match parsed.which {
                Which::Connection if connection > 0 => Subject::Connection(connection),
                _ => Subject::Row(row),
            };
            log.notes.read(Note::new(subject, parsed.text, parsed.bookmark), met.stored);
        }
    }
}

fn is_fact(value: &[u8]) -> bool {
    value.strip_prefix(COMMENT_PREFIX.as_bytes()).is_some_and(|json| json.starts_with(b"{"))
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).trim_end_matches('\0').to_owned()
}

/// Comments that a copy writes, or leaves out, on one block.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub add: Vec<String>,
    pub drop: Vec<Vec<u8>>,
}

/// A changed note on its way to a packet.
struct Pending {
    subject: Subject,
    mark: Mark,
    /// Where its row ends.
    anchor: u64,
    /// Within the zones; `None` for one before any packet.
    zone: Option<usize>,
}

/// Finds the packets that changed notes become comments of.
pub(super) struct Carriers {
    pending: Vec<Pending>,
    next: usize,
    zones: Vec<Zone>,
    last: Option<u64>,
}

impl Carriers {
    /// For the notes of this log.
    pub fn new(log: &Log) -> Carriers {
        let changed = log.notes.marks.iter().filter(|(_, mark)| mark.changed);
        let mut pending: Vec<Pending> = changed
            .map(|(&subject, mark)| {
                let row = match subject {
                    Subject::Session => None,
                    Subject::Connection(number) => log.opened_row(number),
                    Subject::Row(index) => Some(index),
                };
                let anchor = row.map_or(0, |row| log.anchor(row));
                Pending { subject, mark: mark.clone(), anchor, zone: None }
            })
            .collect();
        pending.sort_by_key(|pending| pending.anchor);
        Carriers { pending, next: 0, zones: Vec::new(), last: None }
    }

    /// The next packet of the file begins here; `u64::MAX` at the end.
    pub fn packet(&mut self, offset: u64) {
        let begun = self.next;
        while self.pending.get(self.next).is_some_and(|pending| pending.anchor < offset) {
            self.next += 1;
        }
        if let Some(start) = self.last.filter(|_| self.next > begun) {
            let zone = Some(self.zones.len());
            self.pending[begun..self.next].iter_mut().for_each(|pending| pending.zone = zone);
            self.zones.push(Zone { start, end: offset, ..Zone::default() });
        }
        self.last = Some(offset);
    }

    /// What changes on which block; `None` is the first section's header.
    pub fn changes(mut self, log: &Log) -> Vec<(Option<u64>, Change)> {
        fill(&mut self.zones, log);
        let mut changes = Vec::new();
        for pending in &self.pending {
            for stored in &pending.mark.stored {
                let drop = vec![stored.value.clone()];
                changes.push((Some(stored.block), Change { add: Vec::new(), drop }));
            }
            let zone = pending.zone.map(|zone| &self.zones[zone]);
            let which = match (pending.subject, zone) {
                (Subject::Session, _) => Which::First,
                (Subject::Connection(_), _) => Which::Connection,
                (Subject::Row(row), Some(zone)) => zone.which(log, row),
                (Subject::Row(row), None) => Which::Row(row + 1),
            };
            let add = compose(which, &pending.mark);
            changes.push((zone.map(|zone| zone.start), Change { add, drop: Vec::new() }));
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mark(text: &str, bookmark: bool) -> Mark {
        Mark { text: text.to_owned(), bookmark, ..Mark::default() }
    }

    #[test]
    fn comments_read_well() {
        assert_eq!(compose(Which::First, &mark("why?", false)), ["why?"]);
        assert_eq!(compose(Which::First, &mark("", true)), ["[bookmark]"]);
        assert_eq!(compose(Which::Frame(2), &mark("here", true)), ["[frame 2] [bookmark] here"]);
        assert_eq!(compose(Which::Connection, &mark("a", false)), ["[connection] a"]);
        assert_eq!(compose(Which::First, &mark("[bookmark]", false)), ["[note] [bookmark]"]);
        assert_eq!(compose(Which::First, &mark("", false)), [""; 0]);
        let parsed = parse("[frame x] [frame 0] a");
        assert_eq!((parsed.which, parsed.text), (Which::First, "[frame x] [frame 0] a"));
        assert_eq!(parse("[bookmark]look").text, "look");
    }

    proptest! {
        #[test]
        fn a_comment_reads_as_it_was_written(
            text in r"(\[(note|bookmark|frame 1|row 2|connection)\] ?|wsscope \{|\PC|\n){0,8}",
            bookmark in any::<bool>(),
            which in prop_oneof![
                Just(Which::First),
                Just(Which::Connection),
                (1u64..9).prop_map(Which::Frame),
                (1u64..9).prop_map(Which::Row),
            ],
        ) {
            let note = Note::new(Subject::Session, &text, bookmark);
            let comments = compose(which, &mark(&note.text, bookmark));
            prop_assert_eq!(comments.len(), usize::from(bookmark || !note.text.is_empty()));
            for comment in comments {
                prop_assert!(!is_fact(comment.as_bytes()));
                let parsed = parse(&comment);
                prop_assert_eq!(parsed, Parsed { which, bookmark, text: &note.text });
            }
        }

        #[test]
        fn any_comment_can_be_taken_apart(comment in r"(\[|\]|[a-z0-9 ]|frame|\PC){0,20}") {
            let _ = parse(&comment);
        }
    }
}
