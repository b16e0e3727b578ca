//! Why a compressed message refers to what is not known.

use super::of_direction;
use crate::protocol::deflate::InflateError;
use crate::session::log::Log;

/// Where the octets were lost to which a message refers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lost {
    /// The message that ends with this row was not inflated whole.
    Behind(u64),
    /// The capture lacks octets of the frame in this row.
    Within(u64),
    /// The capture lacks octets, or whole frames, before the message.
    Before,
}

impl Log {
    /// For the message whose last frame is row `last`: where its context was lost;
    /// `None` where it was not.
    #[must_use]
    pub fn lost_context(&self, last: u64) -> Option<Lost> {
        let lost = Err(InflateError::ContextLost);
        let mut earliest = *self.compressed(last).filter(|message| message.inflated == lost)?;
        let row = self.row(last)?;
        let (connection, from) = (row.connection, row.from());
        let messages = &self.inflation.messages;
        let at = messages.partition_point(|message| u64::from(message.last) < last);
        for message in messages[..at].iter().rev() {
            let row = self.row(message.last.into());
            if !row.is_some_and(|row| row.connection == connection && row.from() == from) {
                continue;
            }
            match message.inflated {
                Ok(_) => break,
                Err(InflateError::ContextLost) => earliest = *message,
                Err(_) => return Some(Lost::Behind(message.last.into())),
            }
        }
        let mut rows = earliest.first()..=u64::from(earliest.last);
        let damaged = rows.find(|index| {
            self.row(*index).is_some_and(|row| of_direction(row, connection, from))
                && !self.missing(*index).is_empty()
        });
        Some(damaged.map_or(Lost::Before, Lost::Within))
    }
}
