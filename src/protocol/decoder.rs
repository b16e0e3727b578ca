//! Cuts a stream of octets into frames, without holding or judging payloads.

use super::header::{Header, MAX_HEADER};
use std::ops::Range;

/// Where in the current frame the decoder stands.
#[derive(Debug, Default, Clone)]
pub struct Decoder {
    pending: [u8; MAX_HEADER],
    pending_len: usize,
    header: Option<Header>,
    payload_seen: u64,
}

/// What one [`Decoder::step`] found. A step never goes past the end of a frame.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// Octets taken from the input, all of one frame.
    pub consumed: usize,
    /// The header became complete within this step.
    pub header_complete: bool,
    /// The payload octets within the input, as on the wire.
    pub payload: Range<usize>,
    /// Position in the frame's payload of the first of them.
    pub payload_offset: u64,
    /// The frame is whole.
    pub frame_complete: bool,
}

impl Decoder {
    /// The header of the frame being decoded, or of the one just completed.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Octets of the current frame that have come, header included; 0 between frames.
    #[must_use]
    pub fn octets_seen(&self) -> u64 {
        match &self.header {
            Some(header) if self.payload_seen < header.payload_len => {
                header.octets() as u64 + self.payload_seen
            }
            Some(_) => 0,
            None => self.pending_len as u64,
        }
    }

    /// Header octets that came of a header that is not whole.
    #[must_use]
    pub fn partial_header(&self) -> &[u8] {
        if self.header.is_some() { &[] } else { &self.pending[..self.pending_len] }
    }

    /// Passes over octets of the current payload that will never come; `false`,
    /// and nothing changes, where they do not all belong to it.
    pub fn skip(&mut self, octets: u64) -> bool {
        let left = self.header.map_or(0, |header| header.payload_len - self.payload_seen);
        let within = octets <= left && left > 0;
        if within {
            self.payload_seen += octets;
        }
        within
    }

    /// Takes octets up to the end of the current frame. `octets` must not be empty.
    pub fn step(&mut self, octets: &[u8]) -> Step {
        let mut at = 0;
        let mut header_complete = false;
        if self.header.is_some_and(|h| self.payload_seen == h.payload_len) {
            self.header = None; // the frame before was whole
        }
        let header = match self.header {
            Some(header) => header,
            None => {
                // Mostly a header is whole, and is read where it stands.
                let direct = if self.pending_len == 0 { Header::parse(octets) } else { None };
                let header = match direct {
                    Some(header) => header,
                    None => {
                        let taken = octets.len().min(MAX_HEADER - self.pending_len);
                        let whole = self.pending_len + taken;
                        self.pending[self.pending_len..whole].copy_from_slice(&octets[..taken]);
                        let Some(header) = Header::parse(&self.pending[..whole]) else {
                            self.pending_len = whole;
                            return Step {
                                consumed: taken,
                                header_complete: false,
                                payload: taken..taken,
                                payload_offset: 0,
                                frame_complete: false,
                            };
                        };
                        header
                    }
                };
                at = header.octets() - self.pending_len;
                self.pending_len = 0;
                self.payload_seen = 0;
                self.header = Some(header);
                header_complete = true;
                header
            }
        };
        let offset = self.payload_seen;
        let left = header.payload_len - offset;
        let take = usize::try_from(left).unwrap_or(usize::MAX).min(octets.len() - at);
        self.payload_seen += take as u64;
        Step {
            consumed: at + take,
            header_complete,
            payload: at..at + take,
            payload_offset: offset,
            frame_complete: self.payload_seen == header.payload_len,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_ends_where_its_frame_ends() {
        let mut decoder = Decoder::default();
        let octets = [0x81, 0x01, b'a', 0x89, 0x00, 0x82];
        let step = decoder.step(&octets);
        assert_eq!((step.consumed, step.frame_complete, step.payload), (3, true, 2..3));
        let step = decoder.step(&octets[3..]);
        assert_eq!((step.consumed, step.frame_complete), (2, true));
        assert_eq!(decoder.octets_seen(), 0);
        let step = decoder.step(&octets[5..]);
        assert_eq!((step.consumed, step.frame_complete), (1, false));
        assert_eq!(decoder.octets_seen(), 1);
        assert_eq!(decoder.partial_header(), [0x82]);
    }
}
