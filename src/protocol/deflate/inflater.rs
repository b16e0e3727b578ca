//! Inflating a direction's messages as they arrive (RFC 7692 §7.2.2), in pieces of
//! bounded size, so that memory stays flat whatever a message inflates to.

use super::{Direction, TAIL};
use flate2::{Decompress, FlushDecompress, Status};

/// The largest piece that is handed on.
const PIECE: usize = 16 * 1024;

/// The largest window (§7.1.2).
const WINDOW: usize = 32 * 1024;

/// An empty block behind a whole one changes nothing; inside a block it is data.
const PROBE: [u8; 5] = [0x00, 0x00, 0x00, 0xff, 0xff];

/// Why a message is not inflated, or not further.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InflateError {
    /// It is no deflate data, or ends inside a block.
    Invalid,
    /// It is longer than the limit.
    TooLong,
    /// What it refers to is not known any more, since an earlier message of its
    /// direction was not inflated whole.
    ContextLost,
}

/// Inflates one end's messages, in order.
#[derive(Debug)]
pub struct Inflater {
    direction: Direction,
    limit: u64,
    /// Made for a message that needs it.
    state: Option<Decompress>,
    /// The last octets that were inflated: at least a window of them, if so many came.
    history: Vec<u8>,
    /// What was inflated last; as long as a piece while a message is inflated.
    piece: Vec<u8>,
    /// Octets of the current message so far.
    produced: u64,
    /// A block with BFINAL was the last thing that came (§7.2.3.4).
    ended: bool,
    /// A message has begun and is not finished.
    open: bool,
    error: Option<InflateError>,
}

impl Inflater {
    /// For messages of up to `limit` octets.
    #[must_use]
    pub fn new(direction: Direction, limit: u64) -> Inflater {
        Inflater {
            direction,
            limit,
            state: None,
            history: Vec::new(),
            piece: Vec::new(),
            produced: 0,
            ended: false,
            open: false,
            error: None,
        }
    }

    /// Goes on behind a message of which [`Inflater::window`] is known.
    #[must_use]
    pub fn resume(direction: Direction, limit: u64, window: &[u8]) -> Inflater {
        Inflater { history: window.to_vec(), ..Inflater::new(direction, limit) }
    }

    /// From now on messages of up to `limit` octets.
    pub fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// Octets of the current message so far, or of the last one.
    #[must_use]
    pub fn produced(&self) -> u64 {
        self.produced
    }

    /// Why the current message, or the last one, was not inflated whole.
    #[must_use]
    pub fn error(&self) -> Option<InflateError> {
        self.error
    }

    /// Between two messages: the octets to which the next may refer, at most 32 KiB.
    /// `None` where none is needed, or none is known.
    #[must_use]
    pub fn window(&self) -> Option<&[u8]> {
        let known = self.direction.context_takeover && !self.open && self.error.is_none();
        known.then(|| &self.history[self.history.len().saturating_sub(WINDOW)..])
    }

    /// A message begins.
    pub fn begin(&mut self) {
        self.produced = 0;
        let broken_off = std::mem::replace(&mut self.open, true);
        if !self.direction.context_takeover {
            self.state = None;
            self.history.clear();
            self.error = None;
        } else if broken_off || self.error.is_some() {
            self.error = Some(InflateError::ContextLost);
        }
    }

    /// Octets of the message are missing, or those before it are.
    pub fn lose(&mut self) {
        self.error.get_or_insert(InflateError::ContextLost);
    }

    /// Takes the next octets of the message; hands on what they inflate to.
    ///
    /// # Errors
    /// From the first error on, nothing of the message is inflated.
    pub fn push(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) -> Result<(), InflateError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let result = self.inflate(octets, sink);
        self.error = result.err();
        result
    }

    /// The message is whole.
    ///
    /// # Errors
    /// As [`Inflater::push`].
    pub fn finish(&mut self, sink: &mut dyn FnMut(&[u8])) -> Result<(), InflateError> {
        self.open = false;
        // What ended with BFINAL at its last octet needs no tail.
        if !self.ended {
            self.push(&TAIL, sink)?;
        }
        let before = self.produced;
        self.push(&PROBE, &mut |_| {})?;
        if self.produced != before {
            self.produced = before;
            self.error = Some(InflateError::Invalid);
        }
        if !self.direction.context_takeover {
            self.state = None; // a connection that is idle holds no memory
            self.piece = Vec::new();
        }
        self.error.map_or(Ok(()), Err)
    }

    fn inflate(
        &mut self,
        mut octets: &[u8],
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), InflateError> {
        self.piece.resize(PIECE, 0);
        while !octets.is_empty() {
            let history = &self.history;
            let state = self.state.get_or_insert_with(|| {
                let mut state = Decompress::new(false);
                // A raw stream takes any dictionary.
                let _ = state.set_dictionary(&history[history.len().saturating_sub(WINDOW)..]);
                state
            });
            self.ended = false;
            loop {
                let (before_in, before_out) = (state.total_in(), state.total_out());
                let status = state
                    .decompress(octets, &mut self.piece, FlushDecompress::Sync)
                    .map_err(|_| InflateError::Invalid)?;
                octets = &octets[(state.total_in() - before_in) as usize..];
                let out = &self.piece[..(state.total_out() - before_out) as usize];
                let room = self.limit.saturating_sub(self.produced);
                self.produced += out.len() as u64;
                if out.len() as u64 > room {
                    sink(&out[..room as usize]);
                    return Err(InflateError::TooLong);
                }
                sink(out);
                remember(&mut self.history, out);
                if status == Status::StreamEnd {
                    // What follows BFINAL is a new stream that may refer to this one.
                    self.ended = true;
                    self.state = None;
                    break;
                }
                if out.len() < PIECE {
                    if !octets.is_empty() && out.is_empty() && status == Status::BufError {
                        return Err(InflateError::Invalid);
                    }
                    if octets.is_empty() {
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Keeps the last window of what was inflated; moved only now and then.
fn remember(history: &mut Vec<u8>, out: &[u8]) {
    if history.len() + out.len() > 2 * WINDOW {
        let keep = WINDOW.saturating_sub(out.len()).min(history.len());
        history.drain(..history.len() - keep);
    }
    history.extend_from_slice(out);
}
