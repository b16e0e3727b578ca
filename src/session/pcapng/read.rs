//! Walks the blocks of a pcapng file; parsing a block is `pcap-parser`'s.

use super::{EPB, LOCAL, PB, SHB};
use crate::session::buffer::Buffer;
use pcap_parser::pcapng::{Block, parse_block_be, parse_block_le};
use std::io::{self, Read};

/// Largest block that is read.
const MAX_BLOCK: usize = 256 << 20;

/// Why a file, or the rest of it, cannot be read.
#[derive(Debug)]
pub enum ReadError {
    /// The system's error.
    Io(io::Error),
    /// It has no octets at all.
    Empty,
    /// It begins neither as a pcapng does nor as a pcap.
    NotACapture,
    /// The block or record at this position is damaged or cut off.
    Damaged(u64),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> ReadError {
        ReadError::Io(error)
    }
}

/// Reads block after block.
#[derive(Debug)]
pub struct BlockReader<R> {
    buffer: Buffer<R>,
    big_endian: bool,
}

/// One block.
#[derive(Debug)]
pub struct RawBlock<'a> {
    /// Its position in the file.
    pub offset: u64,
    /// Its type.
    pub kind: u32,
    /// All of its octets.
    pub octets: &'a [u8],
    /// Its section's byte order.
    pub big_endian: bool,
}

/// An Enhanced Packet Block, or an old Packet Block.
#[derive(Debug)]
pub struct Packet<'a> {
    /// The number of its interface.
    pub interface: u32,
    /// In units of its interface.
    pub time: u64,
    /// What was captured of it.
    pub data: &'a [u8],
    /// Octets that it had.
    pub original: u32,
    /// Its options.
    pub options: Options<'a>,
}

/// The options of a block: code and value, without asking for memory.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    octets: &'a [u8],
    big_endian: bool,
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let u16_at = |at: usize| {
            let two = [*self.octets.get(at)?, *self.octets.get(at + 1)?];
            Some(if self.big_endian { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
        };
        let (code, len) = (u16_at(0)?, usize::from(u16_at(2)?));
        let value = self.octets.get(4..4 + len)?;
        self.octets = self.octets.get(4 + len.next_multiple_of(4)..).unwrap_or_default();
        (code != 0).then_some((code, value))
    }
}

impl<'a> RawBlock<'a> {
    /// Whether it is a packet with a time and options.
    #[must_use]
    pub fn is_packet(&self) -> bool {
        matches!(self.kind, EPB | PB)
    }

    /// The packet of an Enhanced Packet Block or a Packet Block, and nothing where it
    /// makes no sense.
    #[must_use]
    pub fn packet(&self) -> Option<Packet<'a>> {
        let u32_at = |at: usize| {
            let four = self.octets.get(at..at + 4)?.try_into().ok()?;
            Some(if self.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
        };
        let interface = match (self.kind, u32_at(8)?) {
            // 16 bits; the other 16 count packets that were dropped.
            (PB, both) if self.big_endian => both >> 16,
            (PB, both) => both & 0xFFFF,
            (_, interface) => interface,
        };
        let len = u32_at(20)? as usize;
        let body = self.octets.get(28..self.octets.len().checked_sub(4)?)?;
        let options = body.get(len.next_multiple_of(4)..)?;
        Some(Packet {
            interface,
            time: u64::from(u32_at(12)?) << 32 | u64::from(u32_at(16)?),
            data: &body[..len],
            original: u32_at(24)?,
            options: Options { octets: options, big_endian: self.big_endian },
        })
    }

    /// Options of this block, from these octets on.
    #[must_use]
    pub fn options<'o>(&self, octets: &'o [u8]) -> Options<'o> {
        Options { octets, big_endian: self.big_endian }
    }

    /// `octets`, this block's own or masked ones, up to its options, and those up to
    /// the length at its end; for a section header or a packet.
    #[must_use]
    pub fn split_options<'o>(&self, octets: &'o [u8]) -> Option<(&'o [u8], &'o [u8])> {
        let at = match self.kind {
            SHB => 24,
            _ => 28 + self.packet()?.data.len().next_multiple_of(4),
        };
        octets.get(..octets.len().checked_sub(4)?)?.split_at_checked(at)
    }

    /// The parsed block, and nothing where its content makes no sense.
    #[must_use]
    pub fn parse(&self) -> Option<Block<'a>> {
        let parse = if self.big_endian { parse_block_be } else { parse_block_le };
        parse(self.octets).ok().map(|(_, block)| block)
    }

    /// The body of a local-use block.
    #[must_use]
    pub fn local(&self) -> Option<&'a [u8]> {
        (self.kind == LOCAL).then(|| &self.octets[8..self.octets.len() - 4])
    }
}

impl<R: Read> BlockReader<R> {
    /// Reads from the beginning of `input`.
    ///
    /// # Errors
    /// It is no pcapng.
    pub fn new(input: R) -> Result<BlockReader<R>, ReadError> {
        let mut buffer = Buffer::new(input);
        buffer.fill(12)?;
        if !BlockReader::<R>::begins(buffer.octets()) {
            return Err(ReadError::NotACapture);
        }
        Ok(BlockReader::of(buffer))
    }

    /// Whether a file that begins so is a pcapng.
    #[must_use]
    pub fn begins(octets: &[u8]) -> bool {
        octets.starts_with(&SHB.to_le_bytes())
    }

    /// Goes on reading where a pcapng begins.
    #[must_use]
    pub fn of(buffer: Buffer<R>) -> BlockReader<R> {
        BlockReader { buffer, big_endian: false }
    }

    /// Position in the file of the next block.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.buffer.position()
    }

    fn u32_at(&self, at: usize) -> u32 {
        let octets = &self.buffer.octets()[at..at + 4];
        let octets = [octets[0], octets[1], octets[2], octets[3]];
        if self.big_endian { u32::from_be_bytes(octets) } else { u32::from_le_bytes(octets) }
    }

    /// The byte order and the length of the block that begins with the octets that are
    /// there, twelve at least; none where it cannot be one.
    fn begin(&self) -> Option<(bool, usize)> {
        let octets = self.buffer.octets();
        let big_endian = match (octets.starts_with(&SHB.to_le_bytes()), &octets[8..12]) {
            (false, _) => self.big_endian,
            (true, [0x4D, 0x3C, 0x2B, 0x1A]) => false,
            (true, [0x1A, 0x2B, 0x3C, 0x4D]) => true,
            _ => return None,
        };
        let four = [octets[4], octets[5], octets[6], octets[7]];
        let len = if big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) };
        let len = len as usize;
        ((12..=MAX_BLOCK).contains(&len) && len.is_multiple_of(4)).then_some((big_endian, len))
    }

    /// Reads until the next block is there, or no more comes.
    ///
    /// # Errors
    /// The input could not be read.
    pub fn wait(&mut self) -> io::Result<()> {
        if self.buffer.fill(12)?
            && let Some((_, len)) = self.begin()
        {
            self.buffer.fill(len)?;
        }
        Ok(())
    }

    /// Whether the next block can be taken without reading.
    #[must_use]
    pub fn is_there(&self) -> bool {
        let there = self.buffer.octets().len();
        there >= 12 && self.begin().is_some_and(|(_, len)| there >= len)
    }

    /// The next block; `None` at the end of the file.
    ///
    /// # Errors
    /// The rest cannot be read, or is damaged from [`BlockReader::position`] on.
    pub fn next_block(&mut self) -> Result<Option<RawBlock<'_>>, ReadError> {
        let damaged = ReadError::Damaged(self.position());
        if !self.buffer.fill(12)? {
            return if self.buffer.octets().is_empty() { Ok(None) } else { Err(damaged) };
        }
        let Some((big_endian, len)) = self.begin() else { return Err(damaged) };
        self.big_endian = big_endian;
        if !self.buffer.fill(len)? {
            return Err(damaged);
        }
        if self.u32_at(len - 4) as usize != len {
            return Err(damaged);
        }
        let (offset, kind, big_endian) = (self.position(), self.u32_at(0), self.big_endian);
        Ok(Some(RawBlock { offset, kind, octets: self.buffer.take(len), big_endian }))
    }
}
