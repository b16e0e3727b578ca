//! Where octets stand in a capture, or that it lacks them.

use std::ops::Range;

/// Octets at a place of the capture file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Position of the first in the file.
    pub offset: u64,
    /// How many.
    pub len: u32,
}

/// Where octets "are" that a capture lacks.
const NOWHERE: u64 = u64::MAX;

impl Piece {
    /// Octets that the capture lacks; they are read as 0.
    #[must_use]
    pub fn missing(len: u32) -> Piece {
        Piece { offset: NOWHERE, len }
    }

    /// Whether the capture lacks these octets.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.offset == NOWHERE
    }
}

/// Appends octets that the capture lacks, in as many pieces as it takes.
pub fn push_missing(mut octets: u64, pieces: &mut Vec<Piece>) {
    while octets > 0 {
        let len = u32::try_from(octets).unwrap_or(u32::MAX);
        pieces.push(Piece::missing(len));
        octets -= u64::from(len);
    }
}

/// Which octets are missing, counted from the first of these pieces.
#[must_use]
pub fn missing(pieces: &[Piece]) -> Vec<Range<u64>> {
    let mut at = 0;
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for piece in pieces {
        let start = at;
        at += u64::from(piece.len);
        match ranges.last_mut().filter(|last| last.end == start) {
            _ if !piece.is_missing() => {}
            Some(last) => last.end = at,
            None => ranges.push(start..at),
        }
    }
    ranges
}
