//! Walks the records of a classic pcap file, as tcpdump writes it; parsing one is
//! `pcap-parser`'s. What the packets mean is `open`'s.

use super::buffer::Buffer;
use super::pcapng::read::ReadError;
use pcap_parser::pcap::{
    LegacyPcapBlock, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified,
    parse_pcap_header,
};
use std::io::{self, Read};

/// Octets of the file's header.
const HEADER: usize = 24;
/// Octets that libpcap captures of a packet at most.
const MAX_PACKET: u32 = 262_144;

/// What holds for all records of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The link type of all packets.
    pub link: u16,
    /// Units of time in a second: a million or a thousand million.
    pub resolution: u64,
    /// Octets captured of a packet at most.
    pub snap: u32,
    big_endian: bool,
    /// Kuznetzov's libpcap: records have 8 octets more in front of the packet.
    modified: bool,
}

impl Header {
    /// Octets before the packet in each record.
    fn record_header(self) -> usize {
        if self.modified { 24 } else { 16 }
    }
}

/// A packet.
#[derive(Debug)]
pub struct Record<'a> {
    /// Position in the file of its first octet.
    pub offset: u64,
    /// Seconds since the epoch.
    pub seconds: u32,
    /// And as many of the header's units.
    pub fraction: u32,
    /// Octets that it had.
    pub original: u32,
    /// What was captured of it.
    pub data: &'a [u8],
}

/// Reads record after record.
#[derive(Debug)]
pub struct RecordReader<R> {
    buffer: Buffer<R>,
    header: Header,
}

impl<R: Read> RecordReader<R> {
    /// Whether a file that begins so is a pcap, of either byte order and resolution.
    #[must_use]
    pub fn begins(octets: &[u8]) -> bool {
        let magic = octets.first_chunk().map(|magic| u32::from_le_bytes(*magic));
        magic.is_some_and(|magic| {
            [0xA1B2_C3D4, 0xA1B2_3C4D, 0xD4C3_B2A1, 0x4D3C_B2A1, 0xA1B2_CD34].contains(&magic)
        })
    }

    /// Goes on reading where a pcap begins.
    ///
    /// # Errors
    /// It ends within its header, or could not be read.
    pub fn of(mut buffer: Buffer<R>) -> Result<RecordReader<R>, ReadError> {
        let damaged = ReadError::Damaged(buffer.position());
        if !buffer.fill(HEADER)? {
            return Err(damaged);
        }
        let Ok((_, header)) = parse_pcap_header(buffer.octets()) else { return Err(damaged) };
        buffer.take(HEADER);
        let header = Header {
            // Above are the length of an FCS and a class nobody uses.
            link: header.network.0 as u16,
            resolution: if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 },
            snap: header.snaplen,
            big_endian: header.is_bigendian(),
            modified: header.is_modified_format(),
        };
        Ok(RecordReader { buffer, header })
    }

    /// What holds for all records.
    #[must_use]
    pub fn header(&self) -> Header {
        self.header
    }

    /// Position in the file of the next record.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.buffer.position()
    }

    /// Octets of the record that begins with the octets that are there, its header at
    /// least; none where it cannot be one.
    fn len(&self) -> Option<usize> {
        let len = *self.buffer.octets()[8..].first_chunk()?;
        let len =
            if self.header.big_endian { u32::from_be_bytes(len) } else { u32::from_le_bytes(len) };
        let most = self.header.snap.clamp(MAX_PACKET, 256 << 20);
        (len <= most).then_some(self.header.record_header() + len as usize)
    }

    /// Reads until the next record is there, or no more comes.
    ///
    /// # Errors
    /// The input could not be read.
    pub fn wait(&mut self) -> io::Result<()> {
        if self.buffer.fill(self.header.record_header())?
            && let Some(len) = self.len()
        {
            self.buffer.fill(len)?;
        }
        Ok(())
    }

    /// Whether the next record can be taken without reading.
    #[must_use]
    pub fn is_there(&self) -> bool {
        let there = self.buffer.octets().len();
        there >= self.header.record_header() && self.len().is_some_and(|len| there >= len)
    }

    /// The next record; `None` at the end of the file.
    ///
    /// # Errors
    /// The rest cannot be read, or is damaged from [`RecordReader::position`] on.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        let damaged = ReadError::Damaged(self.position());
        let before = self.header.record_header();
        if !self.buffer.fill(before)? {
            return if self.buffer.octets().is_empty() { Ok(None) } else { Err(damaged) };
        }
        let Some(len) = self.len() else { return Err(damaged) };
        if !self.buffer.fill(len)? {
            return Err(damaged);
        }
        let offset = self.position() + before as u64;
        let octets = self.buffer.take(len);
        let parse = match self.header {
            Header { modified: true, .. } => parse_pcap_frame_modified,
            Header { big_endian: true, .. } => parse_pcap_frame_be,
            _ => parse_pcap_frame,
        };
        let Ok((_, LegacyPcapBlock { ts_sec, ts_usec, origlen, data, .. })) = parse(octets) else {
            return Err(damaged);
        };
        Ok(Some(Record { offset, seconds: ts_sec, fraction: ts_usec, original: origlen, data }))
    }
}
