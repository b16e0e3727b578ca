//! The octets of one row, read from any position without the log: a view that
//! shows a stretch of a long payload reads that stretch and nothing else.

use super::log::{Log, Piece};
use super::source::Source;
use crate::protocol::mask::{self, MaskingKey};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A stretch of a row's octets, such as a frame's payload.
#[derive(Clone, Debug)]
pub struct RowOctets {
    source: Source,
    /// Each piece, and where it ends in the row.
    pieces: Arc<[(Piece, u64)]>,
    start: u64,
    len: u64,
    key: Option<MaskingKey>,
    read: Arc<AtomicU64>,
}

impl RowOctets {
    /// All octets of a row that came.
    #[must_use]
    pub fn of(log: &Log, source: &Source, index: u64) -> RowOctets {
        let mut end = 0;
        let pieces = log.pieces(index).into_iter().map(|piece| {
            end += u64::from(piece.len);
            (piece, end)
        });
        RowOctets {
            source: source.clone(),
            pieces: pieces.collect(),
            start: 0,
            len: log.octets_len(index),
            key: None,
            read: Arc::default(),
        }
    }

    /// The same from `start` on, XORed with `key` where there is one.
    #[must_use]
    pub fn from(&self, start: u64, key: Option<MaskingKey>) -> RowOctets {
        let start = start.min(self.len);
        RowOctets { start: self.start + start, len: self.len - start, key, ..self.clone() }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The octets from `at` on, at most `limit`, unmasked if `unmask` and there is a key.
    ///
    /// # Errors
    /// The file could not be read, or is too short.
    pub fn read(&self, at: u64, limit: u64, unmask: bool) -> io::Result<Vec<u8>> {
        let limit = limit.min(self.len.saturating_sub(at));
        let mut octets = vec![0; usize::try_from(limit).map_err(io::Error::other)?];
        let (mut done, mut position) = (0, self.start + at);
        let mut missing = Vec::new();
        let mut piece = self.pieces.partition_point(|(_, end)| *end <= position);
        while done < octets.len() {
            let Some(&(from, end)) = self.pieces.get(piece) else {
                return Err(io::ErrorKind::UnexpectedEof.into());
            };
            let begin = if piece == 0 { 0 } else { self.pieces[piece - 1].1 };
            let take = ((end - position) as usize).min(octets.len() - done);
            let into = &mut octets[done..done + take];
            if from.is_missing() {
                missing.push(done..done + take);
            } else if self.source.read(from.offset + (position - begin), into)? < take {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            done += take;
            position += take as u64;
            piece += 1;
        }
        self.read.fetch_add(limit, Ordering::Relaxed);
        if let Some(key) = self.key.filter(|_| unmask) {
            mask::apply(key, at, &mut octets);
            missing.into_iter().for_each(|range| octets[range].fill(0));
        }
        Ok(octets)
    }

    /// Octets read so far, through this view and those made of the same row.
    #[must_use]
    pub fn octets_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}
