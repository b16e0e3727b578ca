//! One frame of a direction, decoded and judged: its header, its payload as it
//! arrives, and its end.

use super::{Done, FrameDone, Half, MAX_KEPT, Phase, Step};
use crate::protocol::close::CloseBody;
use crate::protocol::deflate::InflateError;
use crate::protocol::header::{Header, LengthForm};
use crate::protocol::message::Utf8;
use crate::protocol::violation::{Rule, Violation};
use crate::protocol::{Opcode, Role, mask};

impl Half {
    pub(super) fn step_frame(&mut self, octets: &[u8]) -> Step {
        let octets = self.portion(octets);
        let Phase::Frames(decoder) = &mut self.phase else { unreachable!() };
        let step = decoder.step(octets);
        self.chunk.clear();
        let Some(header) = decoder.header().copied() else {
            return Step { consumed: step.consumed, done: None };
        };
        if step.header_complete {
            self.judge_header(&header);
        }
        self.take_payload(&header, &octets[step.payload], step.payload_offset);
        let last = step.frame_complete && header.fin;
        let inflated = if self.inflates() { self.inflate(last) } else { None };
        let done = step.frame_complete.then(|| self.frame_done(&header, inflated));
        Step { consumed: step.consumed, done }
    }

    /// The frame whose last octet came, or is known to be missing.
    #[inline]
    pub(super) fn frame_done(
        &mut self,
        header: &Header,
        inflated: Option<Result<u64, InflateError>>,
    ) -> Done {
        self.judge_end(header);
        Done::Frame(FrameDone {
            header: *header,
            octets: header.octets() as u64 + header.payload_len,
            place: self.place,
            compressed: self.place.is_some() && self.compressed,
            inflated,
            violations: std::mem::take(&mut self.violations),
            complete: !self.damaged,
            damaged: self.damaged,
        })
    }

    pub(super) fn note(&mut self, rule: Rule) {
        self.violations.push(Violation::new(rule, self.from));
    }

    fn judge_header(&mut self, header: &Header) {
        self.control.clear();
        self.violations.clear();
        self.damaged = false;
        let opcode = header.opcode;
        if self.close_seen {
            self.note(Rule::FrameAfterClose);
        }
        match (self.from, header.masking_key) {
            (Role::Client, None) => self.note(Rule::ClientNotMasked),
            (Role::Server, Some(_)) => self.note(Rule::ServerMasked),
            _ => {}
        }
        if let (Role::Client, Some(key)) = (self.from, header.masking_key) {
            if key == [0; 4] {
                self.note(Rule::MaskingKeyZero);
            } else if self.last_key == Some(key) {
                self.note(Rule::MaskingKeyRepeated);
            }
            self.last_key = Some(key);
        }
        let rsv1 = match opcode {
            _ if self.inflater.is_none() => Rule::Rsv1,
            Opcode::CONTINUATION => Rule::Rsv1OnContinuation,
            _ => Rule::Rsv1OnControl,
        };
        // Under permessage-deflate it says that the message is compressed.
        let means = self.inflater.is_some() && opcode.is_data() && opcode != Opcode::CONTINUATION;
        for (bit, rule) in
            [(header.rsv1 && !means, rsv1), (header.rsv2, Rule::Rsv2), (header.rsv3, Rule::Rsv3)]
        {
            if bit {
                self.note(rule);
            }
        }
        if opcode.is_reserved() {
            self.note(Rule::ReservedOpcode);
        }
        if header.length_form != LengthForm::minimal(header.payload_len) {
            self.note(Rule::LengthNotMinimal);
        }
        if header.payload_len >> 63 != 0 {
            self.note(Rule::LengthTopBit);
        }
        if opcode.is_control() {
            self.place = None;
            if !header.fin {
                self.note(Rule::ControlFragmented);
            }
            if header.payload_len > 125 {
                self.note(Rule::ControlTooLong);
            }
            return;
        }
        let place = self.assembly.place(opcode, header.fin);
        let midway = std::mem::take(&mut self.midway);
        if place.continues_nothing && midway {
            // The message began before the first octet that is known.
            self.midway = !header.fin;
        } else if place.continues_nothing {
            self.note(Rule::ContinuationWithoutStart);
        }
        if place.interrupts {
            self.note(Rule::MessageInsideMessage);
        }
        if opcode != Opcode::CONTINUATION {
            self.utf8 = Utf8::default();
            self.utf8_failed = false;
            self.compressed = header.rsv1;
        } else if place.continues_nothing {
            self.compressed = false;
        }
        self.frame_start = self.utf8.seen();
        self.place = Some(place);
        if opcode != Opcode::CONTINUATION && self.inflates() {
            self.begin_inflating();
        }
    }

    pub(super) fn is_text(&self) -> bool {
        self.place.is_some_and(|p| p.kind == Opcode::TEXT && !p.continues_nothing)
    }

    fn take_payload(&mut self, header: &Header, masked: &[u8], offset: u64) {
        let text = self.is_text() && !self.compressed && !self.utf8_failed;
        let control = header.opcode.is_control();
        let control = control && !self.damaged;
        if masked.is_empty() || !(text || control || self.keep_binary || self.inflates()) {
            return;
        }
        self.chunk.extend_from_slice(masked);
        if let Some(key) = header.masking_key {
            mask::apply(key, offset, &mut self.chunk);
        }
        if control {
            let room = MAX_KEPT - self.control.len();
            self.control.extend_from_slice(&self.chunk[..self.chunk.len().min(room)]);
        } else if text && let Err(at) = self.utf8.push(&self.chunk) {
            self.utf8_failed = true;
            self.violations.push(Violation {
                rule: Rule::TextNotUtf8,
                by: self.from,
                at: Some(at - self.frame_start),
            });
        }
    }

    fn judge_end(&mut self, header: &Header) {
        if header.opcode == Opcode::CLOSE {
            self.close_seen = true;
            if self.damaged {
                return; // its body is not known
            }
            let (rule, at) = match CloseBody::parse(&self.control) {
                CloseBody::Empty => return,
                CloseBody::OneOctet(_) => (Some(Rule::CloseBodyOneOctet), None),
                CloseBody::Code(code, reason) => {
                    if let Err(error) = std::str::from_utf8(reason) {
                        let at = Some(2 + error.valid_up_to() as u64);
                        self.violations.push(Violation {
                            rule: Rule::ReasonNotUtf8,
                            by: self.from,
                            at,
                        });
                    }
                    if code.is_clients() && self.from == Role::Server {
                        self.note(Rule::CodeOfClients);
                    }
                    (code.broken_rule(), None)
                }
            };
            if let Some(rule) = rule {
                self.violations.push(Violation { rule, by: self.from, at });
            }
        } else if self.is_text() && header.fin && !self.utf8_failed && !self.utf8.is_complete() {
            self.violations.push(Violation {
                rule: Rule::TextNotUtf8,
                by: self.from,
                at: Some(self.inflated().unwrap_or(header.payload_len)),
            });
        }
    }
}
