//! Closes that crossed: known where both ends are ours, from what each of them saw.

use super::evidence::closed_first;
use crate::protocol::{Role, Time};
use crate::session::log::Log;
use crate::session::row::{Kind, Row};
use std::collections::HashMap;

/// A connection in the log of the end that has this role there.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// The log.
    pub log: &'a Log,
    /// The connection's number in it.
    pub number: u32,
    /// Which end it is.
    pub role: Role,
}

impl Seen<'_> {
    /// Whether this end's Close went out before the other's came; `None` as long as
    /// one of them has not been seen.
    #[must_use]
    pub fn closed_first(&self) -> Option<bool> {
        closed_first(self.log.connection(self.number)?, self.role)
    }

    /// What `from` put on the wire, in order.
    fn sent_by(&self, from: Role) -> impl Iterator<Item = (u64, &Row)> {
        let rows = (0..self.log.len()).filter_map(|index| Some((index, self.log.row(index)?)));
        rows.filter(move |(_, row)| row.connection == self.number && row.from() == Some(from))
            .filter(|(_, row)| matches!(row.kind, Kind::Head | Kind::Frame | Kind::Tcp))
    }
}

/// When each end saw the rows of `here`, the client's time first: for
/// [`crate::session::ladder::Ladder::observe_both`].
#[must_use]
pub fn times(here: Seen<'_>, there: Seen<'_>) -> HashMap<u64, [Time; 2]> {
    let mut times = HashMap::new();
    for from in Role::BOTH {
        for ((index, row), (_, other)) in here.sent_by(from).zip(there.sent_by(from)) {
            let mut both = [row.time; 2];
            both[there.role.index()] = other.time;
            // A call may return after the other end has read what it sent.
            both[from.index()] = both[from.index()].min(both[from.peer().index()]);
            times.insert(index, both);
        }
    }
    times
}
