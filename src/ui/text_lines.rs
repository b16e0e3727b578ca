//! A text cut into visual lines, so that only the visible ones are laid out.
//!
//! Octets that are not UTF-8, and control characters, are written as `\xNN` and
//! remembered as such. Lines are cut by columns, wide characters taking two.

use crate::session::filter::highlight::Highlight;
use std::fmt::Write as _;
use std::ops::Range;

/// Longest visual line in characters.
const MAX_CHARS: usize = 400;

/// A text and where its visual lines are.
#[derive(Clone, Debug, Default)]
pub struct TextLines {
    text: String,
    escaped: Vec<Range<usize>>,
    lines: Vec<Range<usize>>,
    columns: usize,
    highlight: Highlight,
    lit: Vec<Range<usize>>,
}

impl TextLines {
    /// Octets as text. Where they are the `cut` beginning of something longer, a
    /// character that is not whole at the end is left out.
    #[must_use]
    pub fn of_octets(octets: &[u8], cut: bool) -> TextLines {
        let mut lines = TextLines::default();
        let mut chunks = octets.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            lines.push(chunk.valid());
            let last = chunks.peek().is_none();
            let unfinished = std::str::from_utf8(chunk.invalid())
                .is_err_and(|error| error.error_len().is_none());
            if !(cut && last && unfinished) {
                chunk.invalid().iter().for_each(|octet| lines.escape(*octet));
            }
        }
        lines
    }

    fn push(&mut self, text: &str) {
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\n' | '\t' => self.text.push(c),
                '\r' if chars.peek() == Some(&'\n') => {}
                '\0'..='\x1f' | '\x7f' => self.escape(c as u8),
                '\u{80}'..='\u{9f}' => {
                    self.escape(0xC2);
                    self.escape(c as u8);
                }
                _ => self.text.push(c),
            }
        }
    }

    fn escape(&mut self, octet: u8) {
        let at = self.text.len();
        let _ = write!(self.text, "\\x{octet:02x}");
        match self.escaped.last_mut() {
            Some(range) if range.end == at => range.end = self.text.len(),
            _ => self.escaped.push(at..self.text.len()),
        }
    }

    /// The whole text, escapes included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Cuts the lines anew where the width is another.
    pub fn wrap(&mut self, columns: usize) {
        let columns = columns.max(8);
        if columns == self.columns {
            return;
        }
        self.columns = columns;
        self.lines.clear();
        let mut start = 0;
        for line in self.text.split('\n') {
            let end = start + line.len();
            wrap_line(line, start, columns, &mut self.lines);
            start = end + 1;
        }
    }

    /// How many visual lines there are; 0 before [`TextLines::wrap`].
    #[must_use]
    pub fn len(&self) -> u64 {
        self.lines.len() as u64
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// A visual line as pieces, each with whether it is escaped.
    #[must_use]
    pub fn line(&self, index: u64) -> Vec<(&str, bool)> {
        let range = usize::try_from(index).ok().and_then(|i| self.lines.get(i));
        range.map_or_else(Vec::new, |range| self.pieces(range))
    }

    /// Lights up what a filter looked for, also where a line breaks within it.
    pub fn light(&mut self, highlight: &Highlight) {
        if !highlight.same(&self.highlight) {
            self.highlight = highlight.clone();
            self.lit = highlight.places(&self.text);
        }
    }

    /// What is lit up of a visual line, counted from its beginning.
    #[must_use]
    pub fn lit(&self, index: u64) -> Vec<Range<usize>> {
        let Some(line) = usize::try_from(index).ok().and_then(|i| self.lines.get(i)) else {
            return Vec::new();
        };
        let first = self.lit.partition_point(|lit| lit.end <= line.start);
        let within = self.lit[first..].iter().take_while(|lit| lit.start < line.end);
        within
            .map(|lit| lit.start.max(line.start) - line.start..lit.end.min(line.end) - line.start)
            .collect()
    }

    /// The whole text as pieces, each with whether it is escaped.
    #[must_use]
    pub fn all(&self) -> Vec<(&str, bool)> {
        self.pieces(&(0..self.text.len()))
    }

    fn pieces(&self, range: &Range<usize>) -> Vec<(&str, bool)> {
        let mut pieces = Vec::new();
        let mut at = range.start;
        let first = self.escaped.partition_point(|escaped| escaped.end <= range.start);
        for escaped in self.escaped[first..].iter().take_while(|e| e.start < range.end) {
            let (from, to) = (escaped.start.max(at), escaped.end.min(range.end));
            if from > at {
                pieces.push((&self.text[at..from], false));
            }
            pieces.push((&self.text[from..to], true));
            at = to;
        }
        if at < range.end {
            pieces.push((&self.text[at..range.end], false));
        }
        pieces
    }
}

fn wrap_line(line: &str, offset: usize, columns: usize, lines: &mut Vec<Range<usize>>) {
    let (mut start, mut used, mut chars) = (0, 0, 0);
    let mut space: Option<usize> = None;
    for (at, c) in line.char_indices() {
        let width = width(c);
        if used + width > columns || chars == MAX_CHARS {
            // A word goes to the next line whole where that leaves two thirds of this one.
            let end = space.filter(|s| line[*s..at].chars().count() * 3 < columns).unwrap_or(at);
            lines.push(offset + start..offset + end);
            (used, chars) =
                line[end..at].chars().fold((0, 0), |(u, n), c| (u + self::width(c), n + 1));
            (start, space) = (end, None);
        }
        used += width;
        chars += 1;
        if c == ' ' {
            space = Some(at + 1);
        }
    }
    lines.push(offset + start..offset + line.len());
}

/// Columns of a character in a fixed-width face whose wide glyphs come from another.
fn width(c: char) -> usize {
    match c as u32 {
        0x09 => 4,
        0x300..=0x36F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F
        | 0x2010..=0x2BFF
        | 0x2E80..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFFE6
        | 0x1F000.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lines: &TextLines) -> Vec<String> {
        (0..lines.len()).map(|i| lines.line(i).iter().map(|(text, _)| *text).collect()).collect()
    }

    #[test]
    fn lines_are_cut_at_words_and_by_columns() {
        let mut lines =
            TextLines::of_octets("one two three\nfour\n\n孩子地球太危险".as_bytes(), false);
        lines.wrap(10);
        assert_eq!(shown(&lines), ["one two ", "three", "four", "", "孩子地球太", "危险"]);
        lines.wrap(100);
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn what_is_no_text_is_escaped_and_marked() {
        let mut lines = TextLines::of_octets(b"a\xff\xfeb\x00\r\nc\xe5\xad", false);
        lines.wrap(80);
        assert_eq!(
            lines.line(0),
            [("a", false), ("\\xff\\xfe", true), ("b", false), ("\\x00", true)]
        );
        assert_eq!(lines.line(1), [("c", false), ("\\xe5\\xad", true)]);
        let mut cut = TextLines::of_octets(b"c\xe5\xad", true);
        cut.wrap(80);
        assert_eq!(shown(&cut), ["c"]);
    }

    #[test]
    fn what_is_lit_goes_on_in_the_next_line() {
        let mut lines = TextLines::of_octets(b"one two three two", false);
        lines.wrap(8);
        let filter = crate::session::filter::Filter::parse("text contains \"o three t\"").unwrap();
        lines.light(&Highlight::of(filter.expr()));
        assert_eq!(shown(&lines), ["one two ", "three ", "two"]);
        let lit = |line: u64| -> Vec<(usize, usize)> {
            lines.lit(line).into_iter().map(|at| (at.start, at.end)).collect()
        };
        assert_eq!([lit(0), lit(1), lit(2)], [vec![(6, 8)], vec![(0, 6)], vec![(0, 1)]]);
        lines.light(&Highlight::default());
        assert!(lines.lit(0).is_empty());
    }

    #[test]
    fn a_line_of_ten_megabytes_becomes_short_ones() {
        let mut lines = TextLines::of_octets(&vec![b'x'; 10 << 20], false);
        lines.wrap(10_000);
        assert_eq!(lines.len(), (10 << 20) / MAX_CHARS as u64 + 1);
        assert!(lines.line(7)[0].0.len() <= MAX_CHARS);
    }
}
