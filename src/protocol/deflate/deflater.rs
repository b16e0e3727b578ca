//! Compressing a direction's messages (RFC 7692 §7.2.1).

use super::{Direction, TAIL};
use flate2::{Compress, Compression, FlushCompress};

/// Compresses one end's messages, in order.
#[derive(Debug)]
pub struct Deflater {
    direction: Direction,
    /// Made for a message that needs it: it takes some 260 KB.
    state: Option<Compress>,
}

impl Deflater {
    /// `None` for a window of 8 bits: zlib cannot compress with that one, and a
    /// message need not be compressed (§6).
    #[must_use]
    pub fn new(direction: Direction) -> Option<Deflater> {
        (direction.window_bits > 8).then_some(Deflater { direction, state: None })
    }

    /// The next message refers to none before it: the peer may have inflated some that
    /// this compressor does not know.
    pub fn begin_anew(&mut self) {
        self.state = None;
    }

    /// The message compressed, without the tail that is never sent.
    pub fn message(&mut self, payload: &[u8]) -> Vec<u8> {
        if payload.is_empty() {
            return vec![0]; // §7.2.3.6: an empty block; zlib flushes nothing twice
        }
        let bits = self.direction.window_bits;
        let state = self.state.get_or_insert_with(|| {
            Compress::new_with_window_bits(Compression::default(), false, bits)
        });
        let mut out = Vec::with_capacity(payload.len() / 2 + 64);
        let start = state.total_in();
        loop {
            let taken = (state.total_in() - start) as usize;
            // A raw stream in memory has no way to fail; less room asks for another turn.
            let _ = state.compress_vec(&payload[taken..], &mut out, FlushCompress::Sync);
            if out.len() < out.capacity() {
                break;
            }
            out.reserve(out.capacity());
        }
        debug_assert!(out.ends_with(&TAIL));
        out.truncate(out.len() - TAIL.len());
        if !self.direction.context_takeover {
            self.state = None;
        }
        out
    }
}
