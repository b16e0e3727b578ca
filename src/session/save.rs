//! Save as: copies a capture block by block. Local-use blocks become comments
//! that Wireshark shows and wsscope reads back; credentials can be replaced. A
//! classic pcap becomes a pcapng, packet by packet.

use super::buffer::Buffer;
use super::entry;
use super::export::whole_file;
use super::import::Input;
use super::log::{Log, Piece};
use super::open::Progress;
use super::pcap::RecordReader;
use super::pcapng::facts::{COMMENT_PREFIX, Fact};
use super::pcapng::read::{BlockReader, RawBlock, ReadError};
use super::pcapng::write::{block, option, section_header};
use super::pcapng::{EPB, IDB, OPT_COMMENT, SHB};
use super::row::Kind;
use super::source::Source;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::iter::Peekable;
use std::path::Path;

/// What a copy keeps back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    /// Octets to be replaced by X, by their position in the original.
    pub pieces: Vec<Piece>,
    /// Where the copy ends: what was recorded later was not looked at.
    pub until: Option<u64>,
}

/// Where credentials stand: the values of Cookie, Set-Cookie, Authorization and
/// Proxy-Authorization, and userinfo in a request's target or in a Location.
///
/// # Errors
/// The capture could not be read.
pub fn credentials(log: &Log, source: &Source) -> io::Result<Masks> {
    let mut pieces = Vec::new();
    for index in 0..log.len() {
        if log.row(index).is_none_or(|row| row.kind != Kind::Head) {
            continue;
        }
        let (octets, _) = entry::head(log, source, index)?;
        let at = log.pieces(index);
        for range in secret_ranges(&octets) {
            mask(&at, range, &mut pieces);
        }
    }
    for (octets, at) in log.arriving_heads() {
        for range in secret_ranges(octets) {
            mask(at, range, &mut pieces);
        }
    }
    pieces.sort_unstable_by_key(|piece| piece.offset);
    Ok(Masks { pieces, until: log.captured })
}

const SECRET_HEADERS: [&str; 4] = ["cookie", "set-cookie", "authorization", "proxy-authorization"];

fn secret_ranges(head: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let (mut at, mut continues) = (0, false);
    for (number, line) in head.split_inclusive(|o| *o == b'\n').enumerate() {
        let text = line.trim_ascii_end();
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        if number == 0 {
            if let Some(range) = userinfo(text) {
                ranges.push(range);
            }
        } else if folded && continues {
            ranges.push(at..at + text.len());
        } else if let Some(colon) = text.iter().position(|o| *o == b':') {
            let name = text[..colon].trim_ascii().to_ascii_lowercase();
            continues = SECRET_HEADERS.iter().any(|secret| secret.as_bytes() == name);
            let location = userinfo(text).filter(|_| name == b"location");
            ranges.extend(location.map(|range| at + range.start..at + range.end));
            if continues {
                let blank = text[colon + 1..].iter().take_while(|o| **o == b' ').count();
                ranges.push(at + colon + 1 + blank..at + text.len());
            }
        }
        at += line.len();
    }
    ranges
}

/// `user:password` of a URL within a line.
fn userinfo(line: &[u8]) -> Option<std::ops::Range<usize>> {
    let start = line.windows(3).position(|w| w == b"://")? + 3;
    let end = line[start..].iter().position(|o| matches!(o, b'/' | b'?' | b' '));
    let authority = &line[start..end.map_or(line.len(), |end| start + end)];
    let at = authority.iter().rposition(|o| *o == b'@')?;
    Some(start..start + at)
}

fn mask(pieces: &[Piece], range: std::ops::Range<usize>, masks: &mut Vec<Piece>) {
    let mut at = 0;
    for piece in pieces {
        let (start, end) = (range.start.max(at), range.end.min(at + piece.len as usize));
        if start < end && !piece.is_missing() {
            let offset = piece.offset + (start - at) as u64;
            masks.push(Piece { offset, len: (end - start) as u32 });
        }
        at += piece.len as usize;
    }
}

/// The facts of a capture, by the position of the packet that they become
/// comments of; those before any packet of theirs belong to the section.
type Comments = HashMap<Option<u64>, Vec<String>>;

/// The fact in a local-use block of ours; we write little-endian.
fn fact(raw: &RawBlock<'_>) -> Option<Fact> {
    raw.local().filter(|_| !raw.big_endian).and_then(Fact::from_json)
}

fn collect_comments(input: impl Read, until: Option<u64>) -> Result<Comments, ReadError> {
    let mut blocks = BlockReader::new(input)?;
    let mut comments = Comments::new();
    let mut last_packet = None;
    loop {
        match blocks.next_block() {
            Ok(Some(raw)) if until.is_some_and(|until| raw.offset >= until) => {
                return Ok(comments);
            }
            Ok(Some(raw)) if raw.kind == EPB => last_packet = Some(raw.offset),
            Ok(Some(raw)) => {
                if let Some(fact) = fact(&raw) {
                    let comment = format!("{COMMENT_PREFIX}{}", fact.to_json());
                    comments.entry(last_packet).or_default().push(comment);
                }
            }
            Ok(None) | Err(ReadError::Damaged(_)) => return Ok(comments),
            Err(error) => return Err(error),
        }
    }
}

/// Copies the capture at `from` to `to`, a new file that replaces an old one
/// only when it is whole. What stands behind damage is not copied.
///
/// # Errors
/// A file could not be read or written, or somebody is recording into `to`; an
/// old file at `to` is unharmed.
pub fn copy(from: &Path, to: &Path, masks: &Masks) -> Result<(), ReadError> {
    let source =
        Source::new(Input::of_file(File::open(from)?, None)?.packets(&Progress::default())?);
    whole_file(to, true, |out| write(&source, out, masks))
}

/// Writes what [`copy`] makes of a capture.
///
/// # Errors
/// The capture could not be read, or `out` not written.
pub fn write(source: &Source, mut out: &mut dyn Write, masks: &Masks) -> Result<(), ReadError> {
    let mut magic = [0; 4];
    let begins = source.read(0, &mut magic)?;
    if RecordReader::<File>::begins(&magic[..begins]) {
        return copy_records(RecordReader::of(Buffer::new(source.reader()))?, masks, &mut out);
    }
    let comments = collect_comments(source.reader(), masks.until)?;
    copy_blocks(BlockReader::new(source.reader())?, &comments, masks, &mut out)
}

/// Replaces what is to be kept back in octets that stand at `offset` in the file.
fn cover<'a>(
    octets: &mut [u8],
    offset: u64,
    masks: &mut Peekable<impl Iterator<Item = &'a Piece>>,
) {
    let end = offset + octets.len() as u64;
    while let Some(piece) = masks.next_if(|piece| piece.offset < end) {
        let start = piece.offset.saturating_sub(offset) as usize;
        let stop = (start + piece.len as usize).min(octets.len());
        octets[start..stop].fill(b'X');
    }
}

fn copy_records(
    mut records: RecordReader<impl Read>,
    masks: &Masks,
    out: &mut impl Write,
) -> Result<(), ReadError> {
    let header = records.header();
    let mut buffer = Vec::new();
    section_header(&mut buffer, &[]);
    block(&mut buffer, IDB, 0, |out| {
        out.extend_from_slice(&header.link.to_le_bytes());
        out.extend_from_slice(&[0; 2]);
        out.extend_from_slice(&header.snap.to_le_bytes());
        let digits = if header.resolution == 1_000_000_000 { 9 } else { 6 };
        option(out, 9, &[digits]); // if_tsresol
        option(out, 0, &[]);
    });
    let mut pieces = masks.pieces.iter().peekable();
    loop {
        out.write_all(&buffer)?;
        buffer.clear();
        let record = match records.next_record() {
            Ok(Some(record)) if masks.until.is_some_and(|until| record.offset >= until) => break,
            Ok(Some(record)) => record,
            Ok(None) | Err(ReadError::Damaged(_)) => break,
            Err(error) => return Err(error),
        };
        let time = u64::from(record.seconds) * header.resolution + u64::from(record.fraction);
        let mut data = record.data.to_vec();
        cover(&mut data, record.offset, &mut pieces);
        block(&mut buffer, EPB, 0, |out| {
            let numbers = [0, (time >> 32) as u32, time as u32, data.len() as u32, record.original];
            numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
            out.extend_from_slice(&data);
        });
    }
    Ok(())
}

fn copy_blocks(
    mut blocks: BlockReader<impl Read>,
    comments: &Comments,
    masks: &Masks,
    out: &mut impl Write,
) -> Result<(), ReadError> {
    let until = masks.until;
    let mut pieces = masks.pieces.iter().peekable();
    let mut first_section = true;
    loop {
        let raw = match blocks.next_block() {
            Ok(Some(raw)) if until.is_some_and(|until| raw.offset >= until) => break,
            Ok(Some(raw)) => raw,
            Ok(None) | Err(ReadError::Damaged(_)) => break,
            Err(error) => return Err(error),
        };
        if fact(&raw).is_some() {
            continue;
        }
        let key = match raw.kind {
            SHB if std::mem::take(&mut first_section) => Some(None),
            EPB => Some(Some(raw.offset)),
            _ => None,
        };
        let mut octets = raw.octets.to_vec();
        cover(&mut octets, raw.offset, &mut pieces);
        let new = key.and_then(|key| comments.get(&key));
        match new {
            Some(new) => out.write_all(&with_comments(&raw, &octets, new))?,
            None => out.write_all(&octets)?,
        }
    }
    Ok(())
}

/// The block with further comments; its own options are kept.
fn with_comments(raw: &RawBlock<'_>, octets: &[u8], comments: &[String]) -> Vec<u8> {
    let u32_at = |at: usize| {
        let four = [octets[at], octets[at + 1], octets[at + 2], octets[at + 3]];
        if raw.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
    };
    // Ours are little-endian; a fact can only stand in a file of ours.
    let options_at = match raw.kind {
        SHB => 24,
        _ => 28 + (u32_at(20) as usize).next_multiple_of(4),
    };
    let body = &octets[8..octets.len() - 4];
    let options_at = options_at - 8;
    if raw.big_endian || options_at > body.len() {
        return octets.to_vec();
    }
    let mut out = Vec::with_capacity(octets.len() + 256);
    block(&mut out, raw.kind, 0, |out| {
        out.extend_from_slice(&body[..options_at]);
        for comment in comments {
            let cut = comment.floor_char_boundary(60_000);
            option(out, OPT_COMMENT, &comment.as_bytes()[..cut]);
        }
        match &body[options_at..] {
            [] => option(out, 0, &[]),
            options => out.extend_from_slice(options),
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_wherever_they_stand() {
        let head = b"GET ws://joe:pw@h/x HTTP/1.1\r\nHost: h\r\ncookie:  a=b; c\r\nX: y\r\n\
                     Authorization: Basic abc\r\n def\r\nLocation: ws://a:b@h/@\r\n\r\n";
        let found: Vec<&[u8]> = secret_ranges(head).into_iter().map(|r| &head[r]).collect();
        assert_eq!(found, [&b"joe:pw"[..], b"a=b; c", b"Basic abc", b" def", b"a:b"]);
    }
}
