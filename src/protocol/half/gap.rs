//! Octets that a capture lacks: whether frames can still be told apart behind them.

use super::{Done, Half, Phase};
use crate::protocol::Rule;

/// What is known of a direction behind a gap.
#[derive(Debug)]
pub enum Gap {
    /// It lay within the payload of a frame whose header is known, so the next
    /// frame begins where this one ends; here it is, if the gap was its end.
    InFrame(Option<Done>),
    /// Where the next frame begins is not known, nor will it be: any octets may
    /// look like a header. What had begun is cut off here.
    Lost(Option<Done>),
}

impl Half {
    /// The next `octets` octets of the stream will never come. Frames are found
    /// again only where that is certain.
    pub fn gap(&mut self, octets: u64) -> Gap {
        if let Phase::Frames(decoder) = &mut self.phase
            && let Some(header) = decoder.header().copied()
            && decoder.skip(octets)
        {
            self.damaged = true;
            // Text with a hole in it can be neither right nor wrong.
            self.utf8_failed = true;
            let whole = decoder.octets_seen() == 0;
            self.chunk.clear();
            if self.inflates() {
                self.lose_context();
            }
            let last = whole && header.fin;
            let inflated = if self.inflates() { self.inflate(last) } else { None };
            return Gap::InFrame(whole.then(|| self.frame_done(&header, inflated)));
        }
        let done = self.finish_within();
        self.phase = Phase::Opaque;
        Gap::Lost(done)
    }

    /// Whether octets are only counted, because it is not known what they are.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        matches!(self.phase, Phase::Opaque)
    }

    /// What had begun, without blame for its end: the sender may have sent it.
    fn finish_within(&mut self) -> Option<Done> {
        let mut done = self.finish();
        if let Some(Done::Frame(frame)) = &mut done {
            frame.violations.retain(|v| v.rule != Rule::FrameCutOff);
        }
        done
    }
}
