//! Records of several connections, told one connection after the other, put
//! into the order of their times. Octets wait in a temporary file.

use super::Made;
use super::noted::Told;
use crate::protocol::{Role, Time};
use crate::session::source::Source;
use crate::session::{Observed, Record};
use bytes::Bytes;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};

#[derive(Debug)]
enum What {
    Octets { from: Role, at: u64, len: u64 },
    Other(Box<Observed>),
    Told(Told),
}

/// One record, without its octets.
#[derive(Debug)]
struct Slot {
    /// What it is put in order by: a connection's records keep their own order.
    order: Time,
    time: Time,
    connection: u32,
    what: What,
}

/// Records that wait.
#[derive(Debug)]
pub(super) struct Spool {
    slots: Vec<Slot>,
    octets: BufWriter<File>,
    len: u64,
    /// The latest time of the connection that is being told.
    latest: (u32, Time),
}

impl Spool {
    /// Without a record.
    pub(super) fn new() -> io::Result<Spool> {
        let octets = BufWriter::with_capacity(1 << 18, tempfile::tempfile()?);
        Ok(Spool { slots: Vec::new(), octets, len: 0, latest: (0, 0) })
    }

    /// Takes a record; those of a connection follow each other.
    pub(super) fn push(&mut self, record: Record) -> io::Result<()> {
        let Record { connection, time, what } = record;
        let what = match what {
            Observed::Octets { from, octets } => {
                self.octets.write_all(&octets)?;
                let (at, len) = (self.len, octets.len() as u64);
                self.len += len;
                What::Octets { from, at, len }
            }
            other => What::Other(Box::new(other)),
        };
        let before = if self.latest.0 == connection { self.latest.1 } else { 0 };
        let order = time.max(before);
        self.latest = (connection, order);
        self.slots.push(Slot { order, time, connection, what });
        Ok(())
    }

    /// Takes a note on the connection that is being told, or on what comes of it next.
    pub(super) fn tell(&mut self, told: Told) {
        let (connection, order) = self.latest;
        self.slots.push(Slot { order, time: order, connection, what: What::Told(told) });
    }

    /// When the first of them happened.
    pub(super) fn start(&self) -> Option<Time> {
        self.slots.iter().map(|slot| slot.time).min()
    }

    /// Gives every record in order, and notes before what they are on; connections are
    /// numbered as they begin.
    pub(super) fn replay(self, made: &mut Made<'_>) -> io::Result<()> {
        let Spool { mut slots, octets, .. } = self;
        let source = Source::new(octets.into_inner().map_err(io::IntoInnerError::into_error)?);
        slots.sort_by_key(|slot| slot.order);
        let mut numbers = HashMap::new();
        for slot in slots {
            let next = numbers.len() as u32 + 1;
            let connection = *numbers.entry(slot.connection).or_insert(next);
            let what = match slot.what {
                What::Octets { from, at, len } => {
                    let mut octets = vec![0; usize::try_from(len).map_err(io::Error::other)?];
                    if source.read(at, &mut octets)? < octets.len() {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    Observed::Octets { from, octets: Bytes::from(octets) }
                }
                What::Other(other) => *other,
                What::Told(told) => {
                    made.note(connection, told);
                    continue;
                }
            };
            made.take(Record { connection, time: slot.time, what })?;
        }
        Ok(())
    }
}
