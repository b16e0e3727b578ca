//! One direction of a connection, decoded and judged: first an HTTP head (and
//! the body of a refusal), then frames.
//!
//! A `Half` never refuses: it goes on decoding behind a broken rule, and what it
//! found is attached to the frame. It does not answer; [`super::Connection`] does.

mod compressed;
mod frame;
mod gap;
mod head;

pub use head::IS_TLS;

use super::decoder::Decoder;
use super::deflate::{InflateError, Inflater, Parameters};
use super::header::Header;
use super::message::{Assembly, Place, Utf8};
use super::opening_handshake::Head;
use super::violation::{Rule, Violation};
use super::{Role, mask};
pub use gap::Gap;
use head::{Body, BodyEnd};

/// Octets kept of a head with its body, and of a control frame's payload.
/// What is longer is recorded all the same, but decoded no further.
pub const MAX_KEPT: usize = 1024 * 1024;

#[derive(Debug)]
enum Phase {
    /// Collecting a head, and behind its blank line a body.
    Head {
        octets: Vec<u8>,
        body: Option<Body>,
    },
    Frames(Decoder),
    /// Octets of which nothing is known any more.
    Opaque,
}

/// A head that is complete, or that will never be.
#[derive(Debug)]
pub struct HeadDone {
    /// Head with blank line, then the body.
    pub octets: Vec<u8>,
    /// How many of them are the head's.
    pub head_len: usize,
    /// The head, or why it is none.
    pub head: Result<Head, String>,
    /// It ended before the stream did, and within [`MAX_KEPT`].
    pub complete: bool,
}

/// A frame that is complete, or that the end of the stream cut off.
#[derive(Debug)]
pub struct FrameDone {
    /// Its header; the missing octets of one that was cut off are read as 0.
    pub header: Header,
    /// Octets of it that came, header included.
    pub octets: u64,
    /// Its place in a message; `None` for control frames.
    pub place: Option<Place>,
    /// What is wrong with it.
    pub violations: Vec<Violation>,
    /// Its message is compressed, or claims to be.
    pub compressed: bool,
    /// On the last frame of a compressed message: the octets that it inflates to, or
    /// why they are not known.
    pub inflated: Option<Result<u64, InflateError>>,
    /// Whether all of it came.
    pub complete: bool,
    /// Octets of its payload are missing, but not its end: see [`Half::gap`].
    pub damaged: bool,
}

/// What became complete.
#[derive(Debug)]
pub enum Done {
    /// An HTTP head; apart, since it is large, and frames are many.
    Head(Box<HeadDone>),
    /// A frame.
    Frame(FrameDone),
}

/// One step through the octets of one direction.
#[derive(Debug)]
pub struct Step {
    /// Octets taken, at least 1, all of one head or one frame.
    pub consumed: usize,
    /// What they completed.
    pub done: Option<Done>,
}

/// One direction of a connection.
#[derive(Debug)]
pub struct Half {
    from: Role,
    keep_binary: bool,
    phase: Phase,
    assembly: Assembly,
    /// Checks the text message that is arriving.
    utf8: Utf8,
    utf8_failed: bool,
    /// Text octets of the message in the frames before the current one.
    frame_start: u64,
    close_seen: bool,
    last_key: Option<mask::MaskingKey>,
    /// permessage-deflate was agreed (RFC 7692).
    inflater: Option<Inflater>,
    /// The data message that is arriving is compressed.
    compressed: bool,
    place: Option<Place>,
    violations: Vec<Violation>,
    control: Vec<u8>,
    chunk: Vec<u8>,
    /// Octets of the current frame's payload are missing.
    damaged: bool,
    /// What came before its first octet is not known.
    midway: bool,
}

impl Half {
    /// The octets that `from` sends. With `keep_binary`, [`Half::chunk`] is filled
    /// for binary messages too, which costs a copy.
    #[must_use]
    pub fn new(from: Role, keep_binary: bool) -> Half {
        Half {
            from,
            keep_binary,
            phase: Phase::Head { octets: Vec::new(), body: None },
            assembly: Assembly::default(),
            utf8: Utf8::default(),
            utf8_failed: false,
            frame_start: 0,
            close_seen: false,
            last_key: None,
            inflater: None,
            compressed: false,
            place: None,
            violations: Vec::new(),
            control: Vec::new(),
            chunk: Vec::new(),
            damaged: false,
            midway: false,
        }
    }

    /// The octets that `from` sends, from its first frame on.
    #[must_use]
    pub fn frames(from: Role) -> Half {
        Half { phase: Phase::Frames(Decoder::default()), ..Half::new(from, false) }
    }

    /// The octets that `from` sends, from a frame in the middle of a connection on.
    #[must_use]
    pub fn midway(from: Role) -> Half {
        Half { midway: true, ..Half::frames(from) }
    }

    /// Octets of a head that is not whole yet.
    #[must_use]
    pub fn head_octets(&self) -> Option<&[u8]> {
        match &self.phase {
            Phase::Head { octets, .. } => Some(octets),
            _ => None,
        }
    }

    /// The length of the head whose body is still arriving.
    #[must_use]
    pub fn head_len(&self) -> Option<usize> {
        match &self.phase {
            Phase::Head { body: Some(body), .. } => Some(body.head_len),
            _ => None,
        }
    }

    /// The header of the frame whose payload is still arriving.
    #[must_use]
    pub fn pending_frame(&self) -> Option<(&Header, u64)> {
        match &self.phase {
            Phase::Frames(decoder) if decoder.octets_seen() > 0 => {
                decoder.header().map(|h| (h, decoder.octets_seen()))
            }
            _ => None,
        }
    }

    /// Octets of the head or frame that is not whole yet.
    #[must_use]
    pub fn pending_octets(&self) -> u64 {
        match &self.phase {
            Phase::Head { octets, .. } => octets.len() as u64,
            Phase::Frames(decoder) => decoder.octets_seen(),
            Phase::Opaque => 0,
        }
    }

    /// The unmasked payload octets of the last step, where they were kept; of a
    /// compressed message, what they inflate to.
    #[must_use]
    pub fn chunk(&self) -> &[u8] {
        &self.chunk
    }

    /// Moves [`Half::chunk`] behind the octets of a message; without a copy where it is
    /// the first of them.
    pub fn append_chunk(&mut self, message: &mut Vec<u8>) {
        if message.is_empty() {
            std::mem::swap(message, &mut self.chunk);
        } else {
            message.append(&mut self.chunk);
        }
    }

    /// The place of the frame of the last step.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    /// Whether a data frame has begun.
    #[must_use]
    pub fn had_data(&self) -> bool {
        self.assembly != Assembly::default()
    }

    /// What is wrong so far with the frame that is still arriving.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// The unmasked payload of the control frame just completed.
    #[must_use]
    pub fn control(&self) -> &[u8] {
        &self.control
    }

    /// permessage-deflate was agreed: RSV1 means "compressed" from now on, and such
    /// messages are inflated up to `limit` octets.
    pub fn agree_deflate(&mut self, agreed: &Parameters, limit: u64) {
        self.inflater = Some(Inflater::new(agreed.direction(self.from), limit));
    }

    /// Octets inflated so far of the compressed message that the last frame is of.
    #[must_use]
    pub fn inflated(&self) -> Option<u64> {
        self.inflater.as_ref().filter(|_| self.inflates()).map(Inflater::produced)
    }

    /// Between two messages: the octets to which the next may refer ([`Inflater::window`]).
    #[must_use]
    pub fn inflate_window(&self) -> Option<&[u8]> {
        self.inflater.as_ref().and_then(Inflater::window)
    }

    /// The other end refused the upgrade: what comes next is HTTP again. A head
    /// or frame that is still arriving goes on.
    pub fn back_to_http(&mut self) {
        if matches!(&self.phase, Phase::Frames(decoder) if decoder.octets_seen() == 0) {
            self.phase = Phase::Head { octets: Vec::new(), body: None };
        }
    }

    /// The other end took what was no request for an upgrade as one: frames come
    /// next. A head that is still arriving goes on.
    pub fn turn_to_frames(&mut self) {
        if matches!(&self.phase, Phase::Head { octets, .. } if octets.is_empty()) {
            self.phase = Phase::Frames(Decoder::default());
        }
    }

    /// Takes octets up to the end of the current head or frame. `octets` must
    /// not be empty.
    pub fn step(&mut self, octets: &[u8]) -> Step {
        match &mut self.phase {
            Phase::Head { .. } => self.step_head(octets),
            Phase::Frames(_) => self.step_frame(octets),
            Phase::Opaque => Step { consumed: octets.len(), done: None },
        }
    }

    /// The stream has ended: what was begun will never be whole.
    pub fn finish(&mut self) -> Option<Done> {
        match &mut self.phase {
            Phase::Head { octets, body } if !octets.is_empty() => {
                let (head, head_len, complete) = match body.take() {
                    Some(body) => (Ok(body.head), body.head_len, body.end == BodyEnd::EndOfStream),
                    None => {
                        (Err("the stream ended before the blank line".into()), octets.len(), false)
                    }
                };
                self.take_head(head, head_len, complete, Phase::Opaque)
            }
            Phase::Frames(decoder) if decoder.octets_seen() > 0 => {
                let octets = decoder.octets_seen();
                let header = match decoder.header() {
                    Some(header) if decoder.partial_header().is_empty() => *header,
                    _ => {
                        let mut padded = [0; super::header::MAX_HEADER];
                        let partial = decoder.partial_header();
                        padded[..partial.len()].copy_from_slice(partial);
                        self.violations.clear();
                        self.control.clear();
                        self.place = None;
                        Header::parse(&padded)?
                    }
                };
                self.phase = Phase::Opaque;
                self.note(Rule::FrameCutOff);
                Some(Done::Frame(FrameDone {
                    header,
                    octets,
                    place: self.place,
                    compressed: self.place.is_some() && self.compressed,
                    inflated: None,
                    violations: std::mem::take(&mut self.violations),
                    complete: false,
                    damaged: false,
                }))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::deflate::Deflater;

    fn rules(from: Role, octets: &[u8]) -> Vec<Rule> {
        let mut half = Half::frames(from);
        let (mut at, mut found) = (0, Vec::new());
        while at < octets.len() {
            let step = half.step(&octets[at..]);
            at += step.consumed;
            if let Some(Done::Frame(frame)) = step.done {
                found.extend(frame.violations.iter().map(|v| v.rule));
            }
        }
        if let Some(Done::Frame(frame)) = half.finish() {
            found.extend(frame.violations.iter().map(|v| v.rule));
        }
        found
    }

    #[test]
    fn each_broken_rule_is_found_and_its_correct_twin_is_not() {
        use Rule::*;
        for (octets, expected) in [
            (&b"\x81\x02hi"[..], &[][..]),
            (b"\x81\x82\0\0\0\0hi", &[ServerMasked]),
            (b"\xc1\x02hi", &[Rsv1]),
            (b"\xb1\x02hi", &[Rsv2, Rsv3]),
            (b"\x83\x00", &[ReservedOpcode]),
            (b"\x81\x7e\x00\x02hi", &[LengthNotMinimal]),
            (b"\x82\x7f\x80\0\0\0\0\0\0\x01", &[LengthTopBit, FrameCutOff]),
            (b"\x80\x00", &[ContinuationWithoutStart]),
            (b"\x01\x01a\x81\x01b", &[MessageInsideMessage]),
            (b"\x01\x01a\x89\x00\x80\x01b", &[]),
            (b"\x09\x00", &[ControlFragmented]),
            (b"\x88\x01\x03", &[CloseBodyOneOctet]),
            (b"\x88\x02\x03\xed", &[CodeNeverOnTheWire]),
            (b"\x88\x02\x03\xe7", &[CodeUnassigned]),
            (b"\x88\x02\x03\xe8", &[]),
            (b"\x88\x00", &[]),
            (b"\x88\x04\x03\xe8\xff\xfe", &[ReasonNotUtf8]),
            (b"\x88\x00\x81\x00", &[FrameAfterClose]),
            (b"\x81\x02\xc3\x28", &[TextNotUtf8]),
            (b"\x81\x02\xe5\xad", &[TextNotUtf8]),
            (b"\x01\x02\xe5\xad\x80\x01\xa9", &[]),
            (b"\x81\x05hi", &[FrameCutOff]),
            (b"\x81", &[FrameCutOff]),
        ] {
            assert_eq!(rules(Role::Server, octets), expected, "{octets:x?}");
        }
        assert_eq!(rules(Role::Client, b"\x81\x02hi"), [ClientNotMasked]);
        assert_eq!(rules(Role::Client, b"\x81\x82\0\0\0\0hi"), [MaskingKeyZero]);
        assert_eq!(rules(Role::Client, b"\x81\x81\x01\0\0\0h\x81\x81\x02\0\0\0i"), []);
        let repeated = b"\x81\x81\x01\0\0\0h\x81\x81\x01\0\0\0i";
        assert_eq!(rules(Role::Client, repeated), [MaskingKeyRepeated]);
    }

    #[test]
    fn the_position_of_bad_text_is_the_frames_own() {
        let mut half = Half::frames(Role::Server);
        let octets = b"\x01\x03abc\x80\x03d\xffe";
        let first = half.step(octets).consumed;
        let Some(Done::Frame(frame)) = half.step(&octets[first..]).done else { panic!() };
        assert_eq!(frame.violations[0].at, Some(1));
    }

    #[test]
    fn a_compressed_message_is_judged_as_what_it_inflates_to() {
        let message = |text: &[u8]| {
            let direction = Parameters::default().direction(Role::Server);
            Deflater::new(direction).unwrap().message(text)
        };
        let good = message("火星".as_bytes());
        let bad = message(b"ab\xc3(");
        let cut = message("火".as_bytes().split_last().unwrap().1);
        for (data, inflated, expected) in [
            (&good[..], Ok(6), None),
            (&bad, Ok(4), Some((Rule::TextNotUtf8, Some(3)))),
            (&cut, Ok(2), Some((Rule::TextNotUtf8, Some(2)))),
            (b"\xff", Err(InflateError::Invalid), Some((Rule::DeflateDataInvalid, None))),
        ] {
            for cut in 0..data.len() {
                let mut half = Half::frames(Role::Server);
                half.agree_deflate(&Parameters::default(), 100);
                let (first, second) = data.split_at(cut);
                let parts =
                    [&[0x41, first.len() as u8], first, &[0x80, second.len() as u8], second];
                let octets = parts.concat();
                let (mut at, mut found, mut seen) = (0, Vec::new(), Vec::new());
                while at < octets.len() {
                    let step = half.step(&octets[at..]);
                    at += step.consumed;
                    if let Some(Done::Frame(frame)) = step.done {
                        assert!(frame.compressed);
                        found.extend(frame.violations.iter().map(|v| (v.rule, v.at)));
                        seen.push(frame.inflated);
                    }
                }
                assert_eq!(seen, [None, Some(inflated)], "{data:x?}");
                assert_eq!(found.first().copied(), expected, "{data:x?}");
            }
        }
    }
}
