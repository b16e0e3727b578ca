//! Save as: copies a capture block by block. Local-use blocks and notes become
//! comments that Wireshark shows and wsscope reads back; credentials can be
//! replaced. Whatever else a block holds is copied as it is. A classic pcap becomes
//! a pcapng, packet by packet.

use super::buffer::Buffer;
use super::comments::{Carriers, Change};
use super::entry;
use super::export::whole_file;
use super::import::Input;
use super::log::{Log, Piece};
use super::open::{self, Progress};
use super::pcap::RecordReader;
use super::pcapng::facts::{COMMENT_PREFIX, Fact, What};
use super::pcapng::read::{BlockReader, RawBlock, ReadError};
use super::pcapng::write::{block, option, section_header};
use super::pcapng::{EPB, IDB, OPT_COMMENT, SHB};
use super::recorder::SharedLog;
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

/// What changes on the blocks of a capture, by their positions; `None` is the
/// first section's header, where facts before any packet go.
type Changes = HashMap<Option<u64>, Change>;

/// The fact in a local-use block of ours; we write little-endian.
fn fact(raw: &RawBlock<'_>) -> Option<Fact> {
    raw.local().filter(|_| !raw.big_endian).and_then(Fact::from_json)
}

fn collect_changes(input: impl Read, log: &SharedLog, until: u64) -> Result<Changes, ReadError> {
    let mut blocks = BlockReader::new(input)?;
    let mut changes = Changes::new();
    let mut carriers = Carriers::new(&log.read());
    let mut last_packet = None;
    loop {
        match blocks.next_block() {
            Ok(Some(raw)) if raw.offset >= until => break,
            Ok(Some(raw)) if raw.is_packet() => {
                last_packet = Some(raw.offset);
                carriers.packet(raw.offset);
            }
            Ok(Some(raw)) => {
                // Notes are in the log, the last of each.
                let fact = fact(&raw).filter(|fact| !matches!(fact.what, What::Note { .. }));
                if let Some(fact) = fact {
                    let comment = format!("{COMMENT_PREFIX}{}", fact.to_json());
                    changes.entry(last_packet).or_default().add.push(comment);
                }
            }
            Ok(None) | Err(ReadError::Damaged(_)) => break,
            Err(error) => return Err(error),
        }
    }
    carriers.packet(until.min(blocks.position()));
    for (block, Change { add, drop }) in carriers.changes(&log.read()) {
        let change = changes.entry(block.filter(|at| *at > 0)).or_default();
        change.add.extend(add);
        change.drop.extend(drop);
    }
    Ok(changes)
}

/// Copies the capture at `from` to `to`, as [`copy_noted`] does, with the notes
/// that it holds.
///
/// # Errors
/// As [`copy_noted`], and `from` is no capture.
pub fn copy(from: &Path, to: &Path, masks: &Masks) -> Result<(), ReadError> {
    let capture = Input::of_file(File::open(from)?, None)?.packets(&Progress::default())?;
    let (source, log) = (Source::new(capture), SharedLog::default());
    open::open(source.reader(), &log, &Progress::default())?;
    copy_noted(&source, &log, to, masks)
}

/// Copies a capture to `to`, a new file that replaces an old one only when it is
/// whole. The notes of its log become comments. What stands behind damage is not
/// copied.
///
/// # Errors
/// A file could not be read or written, or somebody is recording into `to`; an
/// old file at `to` is unharmed.
pub fn copy_noted(
    source: &Source,
    log: &SharedLog,
    to: &Path,
    masks: &Masks,
) -> Result<(), ReadError> {
    whole_file(to, true, |out| write(source, log, out, masks))
}

/// Writes what [`copy_noted`] makes of a capture.
///
/// # Errors
/// The capture could not be read, or `out` not written.
pub fn write(
    source: &Source,
    log: &SharedLog,
    out: &mut dyn Write,
    masks: &Masks,
) -> Result<(), ReadError> {
    let mut magic = [0; 4];
    let begins = source.read(0, &mut magic)?;
    if RecordReader::<File>::begins(&magic[..begins]) {
        copy_records(source, log, masks, out)
    } else {
        copy_blocks(source, log, masks, out)
    }
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
    source: &Source,
    log: &SharedLog,
    masks: &Masks,
    out: &mut dyn Write,
) -> Result<(), ReadError> {
    let until = masks.until.unwrap_or(u64::MAX);
    let begin = || RecordReader::of(Buffer::new(source.reader()));
    let mut carriers = Carriers::new(&log.read());
    let mut records = begin()?;
    while let Ok(Some(record)) = records.next_record() {
        carriers.packet(record.offset);
    }
    carriers.packet(until.min(records.position()));
    let notes: Changes = carriers.changes(&log.read()).into_iter().collect();
    let comments = |at: Option<u64>| notes.get(&at).map_or(&[][..], |change| &change.add[..]);
    let mut records = begin()?;
    let header = records.header();
    let mut buffer = Vec::new();
    section_header(&mut buffer, comments(None));
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
            Ok(Some(record)) if record.offset >= until => break,
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
            let noted = comments(Some(record.offset));
            if !noted.is_empty() {
                out.resize(out.len().next_multiple_of(4), 0);
                noted.iter().for_each(|comment| option(out, OPT_COMMENT, comment.as_bytes()));
                option(out, 0, &[]);
            }
        });
    }
    Ok(())
}

fn copy_blocks(
    source: &Source,
    log: &SharedLog,
    masks: &Masks,
    out: &mut dyn Write,
) -> Result<(), ReadError> {
    let until = masks.until.unwrap_or(u64::MAX);
    let changes = collect_changes(source.reader(), log, until)?;
    let mut blocks = BlockReader::new(source.reader())?;
    let mut pieces = masks.pieces.iter().peekable();
    let unchanged = Change::default();
    loop {
        let raw = match blocks.next_block() {
            Ok(Some(raw)) if raw.offset >= until => break,
            Ok(Some(raw)) => raw,
            Ok(None) | Err(ReadError::Damaged(_)) => break,
            Err(error) => return Err(error),
        };
        if fact(&raw).is_some() {
            continue;
        }
        let mut octets = raw.octets.to_vec();
        cover(&mut octets, raw.offset, &mut pieces);
        let change = match raw.kind == SHB || raw.is_packet() {
            true => changes.get(&Some(raw.offset).filter(|at| *at > 0)),
            false => None,
        };
        match change {
            Some(change) => out.write_all(&changed(&raw, &octets, change))?,
            // A section that says its length is another once a packet in it is.
            None if raw.kind == SHB && !changes.is_empty() => {
                out.write_all(&changed(&raw, &octets, &unchanged))?;
            }
            None => out.write_all(&octets)?,
        }
    }
    Ok(())
}

/// The block with further comments, and without some; its other options are kept.
fn changed(raw: &RawBlock<'_>, octets: &[u8], change: &Change) -> Vec<u8> {
    let u16_of = |n: u16| if raw.big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
    let u32_of = |n: usize| {
        let n = n as u32;
        if raw.big_endian { n.to_be_bytes() } else { n.to_le_bytes() }
    };
    let Some((fixed, options)) = raw.split_options(octets) else { return octets.to_vec() };
    let mut out = Vec::with_capacity(octets.len() + 256);
    out.extend_from_slice(fixed);
    if raw.kind == SHB {
        out[16..24].fill(0xFF); // the length of the section is not said
    }
    for comment in &change.add {
        let cut = comment.floor_char_boundary(u16::MAX as usize - 3);
        out.extend_from_slice(&u16_of(OPT_COMMENT));
        out.extend_from_slice(&u16_of(cut as u16));
        out.extend_from_slice(&comment.as_bytes()[..cut]);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    let mut drop = change.drop.clone();
    let mut rest = options;
    while let Some((code, value)) = raw.options(rest).next() {
        let (option, later) = rest.split_at((4 + value.len().next_multiple_of(4)).min(rest.len()));
        let dropped = drop.iter().position(|old| code == OPT_COMMENT && old == value);
        match dropped {
            Some(at) => std::mem::drop(drop.swap_remove(at)),
            None => out.extend_from_slice(option),
        }
        rest = later;
    }
    match rest {
        [] if out.len() > fixed.len() => out.extend_from_slice(&[0; 4]), // opt_endofopt
        rest => out.extend_from_slice(rest),
    }
    let len = u32_of(out.len() + 4);
    out.extend_from_slice(&len);
    out[4..8].copy_from_slice(&len);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_wherever_they_stand() {
        let head = b"GET ws://joe:pw@h/x HTTP/1.1\r\nHost: h\r\ncookie:  a=b; c\r\nX: y\r\n\
                     Authorization: Basic abc\r\n def\r\n\
                     Proxy-Authorization: Basic ghi\r\nLocation: ws://a:b@h/@\r\n\r\n";
        let found: Vec<&[u8]> = secret_ranges(head).into_iter().map(|r| &head[r]).collect();
        assert_eq!(found, [&b"joe:pw"[..], b"a=b; c", b"Basic abc", b" def", b"Basic ghi", b"a:b"]);
    }
}
