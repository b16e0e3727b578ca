//! The octets that filters look at, read in large blocks: rows stand in the file
//! in their order, so that one pass over a session is one pass over its file.

use crate::protocol::deflate::InflateError;
use crate::protocol::{Opcode, mask};
use crate::session::inflate::{Compressed, Reader};
use crate::session::log::{Log, Piece};
use crate::session::row::{Kind, Row};
use crate::session::source::Source;
use std::io;

/// Octets read at once while rows follow each other.
const BLOCK: usize = 1 << 18;
/// Octets read at once where the next row is far away.
const PROBE: usize = 1 << 12;
/// Octets of one payload, or of one message, that are looked at.
pub const LOOKED_AT: u64 = 64 << 20;

/// Part of the file, kept.
#[derive(Debug)]
struct Block {
    source: Source,
    octets: Vec<u8>,
    at: u64,
}

impl Block {
    /// Appends octets of the file.
    fn append(&mut self, offset: u64, len: usize, to: &mut Vec<u8>) -> io::Result<()> {
        let held = |block: &Block| {
            let start = usize::try_from(offset.checked_sub(block.at)?).ok()?;
            (start.checked_add(len)? <= block.octets.len()).then_some(start)
        };
        let start = match held(self) {
            Some(start) => start,
            None => {
                let end = self.at + self.octets.len() as u64;
                let near = offset.abs_diff(end) <= BLOCK as u64;
                let want = len.max(if near { BLOCK } else { PROBE });
                self.octets.resize(want, 0);
                let got = self.source.read(offset, &mut self.octets);
                self.octets.truncate(*got.as_ref().unwrap_or(&0));
                self.at = offset;
                if got? < len {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                0
            }
        };
        to.extend_from_slice(&self.octets[start..start + len]);
        Ok(())
    }
}

/// Reads the octets of rows; fastest in their order.
#[derive(Debug)]
pub struct Payloads {
    block: Block,
    /// What was asked for last.
    octets: Vec<u8>,
    inflated: Reader,
    /// Payloads and messages of which only the first [`LOOKED_AT`] octets were
    /// looked at.
    pub cut: u64,
}

impl Payloads {
    /// Of this capture.
    #[must_use]
    pub fn new(source: Source) -> Payloads {
        let block = Block { source, octets: Vec::new(), at: 0 };
        Payloads { block, octets: Vec::new(), inflated: Reader::default(), cut: 0 }
    }

    /// Appends octets of a row from `skip` on.
    fn append(&mut self, log: &Log, index: u64, row: &Row, skip: u64) -> io::Result<()> {
        let whole = row.is_complete() && row.kind == Kind::Frame && !row.is_long();
        let came = if whole {
            u64::from(row.len) + row.header_octets() as u64
        } else {
            log.octets_len(index)
        };
        let room = LOOKED_AT.saturating_sub(self.octets.len() as u64);
        let mut left = came.saturating_sub(skip);
        if left > room {
            self.cut += 1;
            left = room;
        }
        if !row.in_pieces() {
            return self.block.append(row.offset + skip, left as usize, &mut self.octets);
        }
        let mut skip = skip;
        for Piece { offset, len } in log.pieces(index) {
            let skipped = skip.min(u64::from(len));
            skip -= skipped;
            let take = (u64::from(len) - skipped).min(left);
            self.block.append(offset + skipped, take as usize, &mut self.octets)?;
            left -= take;
        }
        Ok(())
    }

    /// Appends a frame's payload, unmasked.
    fn append_payload(&mut self, log: &Log, index: u64, row: &Row) -> io::Result<()> {
        let start = self.octets.len();
        if !row.masked() {
            return self.append(log, index, row, row.header_octets() as u64);
        }
        self.append(log, index, row, row.header_octets() as u64 - 4)?;
        let Some(key) = self.octets[start..].first_chunk().copied() else {
            self.octets.truncate(start); // cut off within its header
            return Ok(());
        };
        mask::apply(key, 0, &mut self.octets[start + 4..]);
        self.octets.drain(start..start + 4);
        Ok(())
    }

    /// A frame's masking-key, where it has one and it came.
    ///
    /// # Errors
    /// The capture could not be read; so below.
    pub fn masking_key(&mut self, log: &Log, index: u64, row: &Row) -> io::Result<Option<&[u8]>> {
        if row.kind != Kind::Frame || !row.masked() {
            return Ok(None);
        }
        self.octets.clear();
        self.append(log, index, row, row.header_octets() as u64 - 4)?;
        Ok(self.octets.get(..4))
    }

    /// A frame's own payload, unmasked.
    ///
    /// # Errors
    /// As above.
    pub fn payload(&mut self, log: &Log, index: u64, row: &Row) -> io::Result<Option<&[u8]>> {
        if row.kind != Kind::Frame {
            return Ok(None);
        }
        self.octets.clear();
        self.append_payload(log, index, row)?;
        Ok(Some(&self.octets))
    }

    /// A head with its body.
    ///
    /// # Errors
    /// As above.
    pub fn head(&mut self, log: &Log, index: u64, row: &Row) -> io::Result<Option<&[u8]>> {
        if row.kind != Kind::Head {
            return Ok(None);
        }
        self.octets.clear();
        self.append(log, index, row, 0)?;
        Ok(Some(&self.octets))
    }

    /// The text of a row: of a fragment its own; of the last one the whole
    /// message, so that what stands across two is found. A compressed message has
    /// its text at its last frame alone, as far as it could be inflated.
    ///
    /// THE ONE PLACE where a filter's text comes from.
    ///
    /// # Errors
    /// As above.
    pub fn text(&mut self, log: &Log, index: u64, row: &Row) -> io::Result<Option<&[u8]>> {
        if !has_text(log, index, row) {
            return Ok(None);
        }
        self.octets.clear();
        if row.is_compressed() {
            let source = self.block.source.clone();
            let Some(message) = self.inflated.message(log, &source, index, LOOKED_AT)? else {
                return Ok(None);
            };
            self.cut += u64::from(message.octets.len() as u64 == LOOKED_AT && !message.whole);
            self.octets = message.octets;
        } else if row.opcode() == Opcode::CONTINUATION && row.fin() {
            for (index, row) in fragments(log, index, row) {
                self.append_payload(log, index, row)?;
            }
        } else {
            self.append_payload(log, index, row)?;
        }
        Ok(Some(&self.octets))
    }
}

/// Whether a row has a text.
#[must_use]
pub fn has_text(log: &Log, index: u64, row: &Row) -> bool {
    if row.kind != Kind::Frame || !row.is_compressed() {
        return row.kind == Kind::Frame && row.is_text();
    }
    let known = |message: &&Compressed| message.inflated() != Err(InflateError::ContextLost);
    log.compressed(index).filter(known).is_some_and(Compressed::is_text)
}

/// The frames of the message that this one ends, in order.
fn fragments<'a>(log: &'a Log, index: u64, row: &'a Row) -> Vec<(u64, &'a Row)> {
    let mut found = vec![(index, row)];
    for before in (0..index).rev() {
        let Some(other) = log.row(before) else { break };
        let same = other.kind == Kind::Frame
            && other.opcode().is_data()
            && (other.connection, other.from(), other.message)
                == (row.connection, row.from(), row.message);
        if same {
            found.push((before, other));
            if other.opcode() != Opcode::CONTINUATION {
                break;
            }
        }
    }
    found.reverse();
    found
}
