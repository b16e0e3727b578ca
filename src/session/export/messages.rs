//! Data messages put together from their fragments.

use crate::protocol::{Opcode, Role};
use crate::session::entry;
use crate::session::inflate::Reader;
use crate::session::log::Log;
use crate::session::row::Kind;
use crate::session::source::Source;
use std::io;

/// The rows of a message of which every fragment came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its fragments, in order.
    pub rows: Vec<u64>,
    /// Text or binary.
    pub opcode: Opcode,
    /// It is compressed with permessage-deflate, or claims to be (RFC 7692).
    pub compressed: bool,
}

/// Follows the data frames of one connection.
#[derive(Debug, Default)]
pub struct Assembly([Option<Message>; 2]);

impl Assembly {
    /// Takes the next row of the connection; a message where it is the last of one.
    pub fn take(&mut self, log: &Log, index: u64) -> Option<Message> {
        let row = log.row(index).filter(|row| row.kind == Kind::Frame)?;
        let begun = &mut self.0[row.from()?.index()];
        match row.opcode() {
            Opcode::TEXT | Opcode::BINARY => {
                let compressed = row.is_compressed();
                *begun = Some(Message { rows: vec![index], opcode: row.opcode(), compressed });
            }
            Opcode::CONTINUATION => begun.as_mut()?.rows.push(index),
            _ => return None,
        }
        if !row.is_complete() {
            *begun = None;
        }
        if row.fin() { begun.take() } else { None }
    }
}

impl Message {
    /// The message that the frame in row `index` belongs to; none where it is no
    /// data frame, or the message never became whole.
    #[must_use]
    pub fn of_row(log: &Log, index: u64) -> Option<Message> {
        let row = log.row(index)?;
        let same = |other: u64| {
            log.row(other).is_some_and(|other| {
                other.kind == Kind::Frame
                    && other.connection == row.connection
                    && other.from() == row.from()
                    && other.message == row.message
            })
        };
        if row.kind != Kind::Frame || row.opcode().is_control() {
            return None;
        }
        // Numbered from 1, so the first fragment stands before.
        let mut first = index;
        let mut left = row.part.saturating_sub(1);
        while left > 0 && first > 0 {
            first -= 1;
            if same(first) && log.row(first).is_some_and(|row| !row.opcode().is_control()) {
                left = log.row(first)?.part.saturating_sub(1);
            }
        }
        let mut assembly = Assembly::default();
        let mut rows = (first..log.len()).filter(|other| same(*other));
        let message = rows.find_map(|other| assembly.take(log, other))?;
        message.rows.contains(&index).then_some(message)
    }

    /// Its octets: unmasked, one fragment behind the other, inflated where it was
    /// compressed. The second is false where that cannot be done, or where it would be
    /// more than `limit` octets: they are then as they were on the wire.
    ///
    /// # Errors
    /// The capture could not be read.
    pub fn octets(
        &self,
        log: &Log,
        source: &Source,
        inflated: &mut Reader,
        limit: u64,
    ) -> io::Result<(Vec<u8>, bool)> {
        if let Some(&last) = self.rows.last().filter(|_| self.compressed) {
            let message = inflated.message(log, source, last, limit)?;
            if let Some(message) = message.filter(|message| message.whole) {
                return Ok((message.octets, true));
            }
        }
        let mut octets = Vec::new();
        for &index in &self.rows {
            octets.append(&mut entry::frame(log, source, index, u64::MAX)?.payload);
        }
        Ok((octets, !self.compressed))
    }

    /// Who sent it.
    #[must_use]
    pub fn from(&self, log: &Log) -> Option<Role> {
        log.row(*self.rows.first()?)?.from()
    }
}
