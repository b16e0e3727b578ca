//! The octets of a message that is to be sent back.
//!
//! What a compressed message inflates to may be a thousand times what came of it,
//! and may turn out to be more than is taken. So it is kept compressed until it is
//! whole, but for the last block: a message that is refused never took the room.

use crate::protocol::deflate::{Deflater, Direction, Inflater};
use crate::protocol::half::Half;

/// Octets that are compressed at a time.
const BLOCK: usize = 4 << 20;

/// What is kept of a buffer that is used again.
const KEPT: usize = 1 << 20;

/// Each block stands alone.
const PACKING: Direction = Direction { context_takeover: false, window_bits: 15 };

/// A message so far.
#[derive(Debug, Default)]
pub(super) struct Collected {
    blocks: Vec<Vec<u8>>,
    /// What stands behind the blocks.
    plain: Vec<u8>,
}

impl Collected {
    /// The message goes on with the chunk of the last step.
    pub(super) fn append_chunk(&mut self, half: &mut Half) {
        half.append_chunk(&mut self.plain);
        self.pack(half.inflated().is_some());
    }

    /// Whatever fills a block is compressed, if it was inflated.
    fn pack(&mut self, inflated: bool) {
        if inflated && self.plain.len() >= BLOCK {
            let mut deflater = Deflater::new(PACKING);
            let block = deflater.as_mut().map(|deflater| deflater.message(&self.plain));
            self.blocks.extend(block.map(|mut block| {
                block.shrink_to_fit();
                block
            }));
            self.plain.clear();
        }
    }

    /// Forgets it, and gives up its room.
    pub(super) fn clear(&mut self) {
        self.blocks.clear();
        self.plain.clear();
        self.plain.shrink_to(KEPT);
    }

    /// The whole message; the buffer comes back with [`Collected::reuse`].
    pub(super) fn take(&mut self) -> Vec<u8> {
        let last = std::mem::take(&mut self.plain);
        if self.blocks.is_empty() {
            return last;
        }
        let mut message = Vec::with_capacity(self.blocks.len() * BLOCK + last.len());
        let mut inflater = Inflater::new(PACKING, u64::MAX);
        for block in self.blocks.drain(..) {
            let mut sink = |octets: &[u8]| message.extend_from_slice(octets);
            inflater.begin();
            let whole = inflater.push(&block, &mut sink).and_then(|()| inflater.finish(&mut sink));
            debug_assert_eq!(whole, Ok(()), "it was compressed here");
        }
        message.extend_from_slice(&last);
        message
    }

    /// A buffer for the next message.
    pub(super) fn reuse(&mut self, buffer: Vec<u8>) {
        self.plain = buffer;
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pushed_comes_back() {
        let chunk: Vec<u8> = (0..65_537u32).map(|i| (i % 251) as u8).collect();
        for (chunks, inflated, packs) in
            [(0, true, 0), (1, true, 0), (200, true, 3), (200, false, 0)]
        {
            let mut message = Collected::default();
            for _ in 0..chunks {
                message.plain.extend_from_slice(&chunk);
                message.pack(inflated);
            }
            assert_eq!(message.blocks.len(), packs);
            let packed: usize = message.blocks.iter().map(Vec::len).sum();
            assert!(packed < 4 << 20, "{packed}");
            let whole = message.take();
            assert!(whole == chunk.repeat(chunks), "{chunks} chunks, inflated {inflated}");
            message.reuse(whole);
            assert!(message.take().is_empty());
        }
    }
}
