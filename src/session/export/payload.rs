//! The payload of one frame, or one whole message, as octets.
//!
//! One of which the capture lacks octets is refused: in a file of its own nothing
//! would tell zeros that stand for them from zeros that were sent.

use super::messages::Message;
use crate::session::gap::Hole;
use crate::session::inflate::Reader;
use crate::session::log::Log;
use crate::session::row::Kind;
use crate::session::row_octets::RowOctets;
use crate::session::source::Source;
use crate::session::wire::INFLATE_LIMIT;
use crate::session::{entry, recorder::SharedLog};
use std::io::{self, Write};

/// Which octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Payload {
    /// Those of this frame, by its number.
    Frame(u32),
    /// Those of the message that this frame belongs to; a control frame's own.
    Message(u32),
}

/// Why a payload cannot be written.
#[derive(Debug)]
pub enum PayloadError {
    /// There is no frame of this number; so many there are.
    NoFrame(u32),
    /// The message never became whole.
    NotWhole,
    /// It is compressed and cannot be inflated.
    Compressed,
    /// The capture lacks octets of the frame's payload, in order.
    Missing(Vec<Hole>),
    /// Reading or writing.
    Io(io::Error),
}

impl From<io::Error> for PayloadError {
    fn from(error: io::Error) -> PayloadError {
        PayloadError::Io(error)
    }
}

/// Octets read at a time.
const STRETCH: u64 = 1 << 20;

/// The row of a frame, by its number: numbers grow with the rows.
#[must_use]
pub fn row_of(log: &Log, number: u32) -> Option<u64> {
    // Rows without a number stand between: look for the first frame from a row on.
    let number_from = |from: u64| {
        let mut rows = (from..log.len()).filter_map(|index| log.row(index));
        rows.find(|row| row.kind == Kind::Frame).map_or(u32::MAX, |row| row.number)
    };
    let (mut low, mut high) = (0, log.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if number_from(middle) < number { low = middle + 1 } else { high = middle }
    }
    let frame = |index: &u64| log.row(*index).is_some_and(|r| r.kind == Kind::Frame);
    let index = (low..log.len()).find(frame)?;
    log.row(index).is_some_and(|row| row.number == number).then_some(index)
}

/// Writes the payload, unmasked.
///
/// # Errors
/// There is none, or something could not be read or written.
pub fn write(
    log: &SharedLog,
    source: &Source,
    payload: Payload,
    out: &mut dyn Write,
) -> Result<(), PayloadError> {
    let log = log.read();
    let (Payload::Frame(number) | Payload::Message(number)) = payload;
    let index = row_of(&log, number).ok_or(PayloadError::NoFrame(log.frame_count()))?;
    let frame = entry::frame(&log, source, index, 0)?;
    let holes = frame.holes(&log, index);
    if !holes.is_empty() {
        return Err(PayloadError::Missing(holes));
    }
    let data = log.row(index).is_some_and(|row| row.opcode().is_data());
    if matches!(payload, Payload::Message(_)) && data {
        let message = Message::of_row(&log, index).ok_or(PayloadError::NotWhole)?;
        let mut inflated = Reader::default();
        let (octets, plain) = message.octets(&log, source, &mut inflated, INFLATE_LIMIT)?;
        drop(log);
        if !plain {
            return Err(PayloadError::Compressed);
        }
        return Ok(out.write_all(&octets)?);
    }
    let header = frame.header;
    let octets = RowOctets::of(&log, source, index);
    drop(log);
    let payload = octets.from(header.octets() as u64, header.masking_key);
    let mut at = 0;
    while at < payload.len() {
        let stretch = payload.read(at, STRETCH, true)?;
        at += stretch.len() as u64;
        out.write_all(&stretch)?;
    }
    Ok(())
}
