//! From the fields of a frame, as JSON spells them, back to its octets; and the
//! spellings that JSON Lines and a HAR share.

use super::Wrong;
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::header::{LengthForm, write_frame};
use crate::protocol::mask::MaskingKey;
use crate::protocol::{Header, Opcode, Role, Time};
use crate::session::gap::{Hole, MAX_GAP, Missing};
use crate::session::pcapng::facts;
use crate::session::{Fault, FaultKind, Observed, Stage, timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf as _, Bytes};

/// A frame's fields.
#[derive(Debug)]
pub(super) struct FrameFields {
    pub fin: bool,
    pub rsv: [bool; 3],
    pub opcode: u8,
    pub key: Option<MaskingKey>,
    pub length_bits: u8,
    pub payload_len: u64,
    pub complete: bool,
    /// Octets that came of one that was cut off, header included, where that is known.
    pub octets: Option<u64>,
    /// Unmasked, as far as it came.
    pub payload: Vec<u8>,
    /// What of it came and is not known, in order.
    pub missing: Vec<Hole>,
}

impl FrameFields {
    /// What was observed of it: the octets on the wire, and between them those that
    /// the capture lacked.
    pub(super) fn observed(&self, from: Role) -> Result<Vec<Observed>, Wrong> {
        let mut rest = Bytes::from(self.octets()?);
        let header = rest.len().saturating_sub(self.payload.len());
        let mut observed = Vec::with_capacity(1 + 2 * self.missing.len());
        let mut at = 0;
        for hole in &self.missing {
            let end = hole.at.checked_add(hole.octets).filter(|_| hole.octets > 0);
            let end = end.filter(|end| *end <= self.payload.len() as u64 && hole.at >= at);
            let end = end.filter(|_| !self.complete).ok_or(Wrong::Value("missing"))?;
            let before = (hole.at - at) as usize + if at == 0 { header } else { 0 };
            if before > 0 {
                observed.push(Observed::Octets { from, octets: rest.split_to(before) });
            }
            rest.advance(hole.octets as usize);
            // That a packet was lost has a line of its own.
            observed.push(Observed::Gap { from, octets: hole.octets, missing: Missing::Cut });
            at = end;
        }
        if !rest.is_empty() {
            observed.push(Observed::Octets { from, octets: rest });
        }
        Ok(observed)
    }

    /// The octets on the wire; those that are missing are 0.
    fn octets(&self) -> Result<Vec<u8>, Wrong> {
        let length_form = match self.length_bits {
            7 => LengthForm::Bits7,
            16 => LengthForm::Bits16,
            64 => LengthForm::Bits64,
            _ => return Err(Wrong::Value("length_bits")),
        };
        if self.opcode > 15 {
            return Err(Wrong::Value("opcode"));
        }
        if LengthForm::minimal(self.payload_len) > length_form {
            return Err(Wrong::Value("payload_len"));
        }
        let there = self.payload.len() as u64;
        if self.complete && there != self.payload_len || there > self.payload_len {
            return Err(Wrong::Length { announced: self.payload_len, there });
        }
        let [rsv1, rsv2, rsv3] = self.rsv;
        let header = Header {
            fin: self.fin,
            rsv1,
            rsv2,
            rsv3,
            length_form,
            ..Header::new(Opcode::new(self.opcode), self.payload_len, self.key)
        };
        let mut octets = Vec::with_capacity(self.payload.len() + header.octets());
        write_frame(&header, &self.payload, &mut octets);
        match self.octets.filter(|_| !self.complete) {
            // Only a header can have come in part without its payload showing it.
            Some(0) => Err(Wrong::Value("octets")),
            Some(came) if there == 0 => {
                octets.truncate(usize::try_from(came).unwrap_or(usize::MAX));
                Ok(octets)
            }
            _ => Ok(octets),
        }
    }
}

/// Eight hexadecimal digits.
pub(super) fn masking_key(text: &str) -> Result<MaskingKey, Wrong> {
    let digits = text.len() == 8 && text.bytes().all(|o| o.is_ascii_hexdigit());
    let key = u32::from_str_radix(text, 16).ok().filter(|_| digits);
    key.map(u32::to_be_bytes).ok_or(Wrong::Value("masking_key"))
}

/// A head: each octet as U+0000 to U+00FF.
pub(super) fn latin1(text: &str) -> Result<Vec<u8>, Wrong> {
    let octets = text.chars().map(|c| u8::try_from(u32::from(c)).ok());
    octets.collect::<Option<Vec<u8>>>().ok_or(Wrong::Value("head"))
}

/// Base64, padded or not, with line breaks or not.
pub(super) fn base64(text: &str, key: &'static str) -> Result<Vec<u8>, Wrong> {
    if let Ok(octets) = STANDARD.decode(text) {
        return Ok(octets);
    }
    let trimmed: String = text.chars().filter(|c| !c.is_ascii_whitespace() && *c != '=').collect();
    let lenient = base64::engine::general_purpose::STANDARD_NO_PAD;
    lenient.decode(trimmed).map_err(|_| Wrong::Value(key))
}

/// When something happened.
pub(super) fn time(text: &str, key: &'static str) -> Result<Time, Wrong> {
    timestamp::parse_rfc3339(text).ok_or(Wrong::Value(key))
}

pub(super) fn from(word: &str) -> Result<Role, Wrong> {
    facts::role(word).ok_or(Wrong::Value("from"))
}

pub(super) fn tcp_event(word: &str) -> Option<TcpEvent> {
    [TcpEvent::Fin, TcpEvent::Rst, TcpEvent::Lost].into_iter().find(|event| event.word() == word)
}

/// A fault by the words of its stage and kind. A kind that is not known, or not
/// told, is the system's: its sentence is `message`.
pub(super) fn fault(
    stage: &str,
    kind: Option<&str>,
    detail: Option<&str>,
    message: &str,
) -> Result<Fault, Wrong> {
    let stage = Stage::ALL.into_iter().find(|s| s.word() == stage).ok_or(Wrong::Value("stage"))?;
    let kind = kind.and_then(|word| FaultKind::ALL.iter().find(|kind| kind.word() == word));
    Ok(match kind {
        Some(&kind) => Fault::new(stage, kind, detail.unwrap_or_default()),
        None => Fault::new(stage, FaultKind::System, message),
    })
}

/// What a fault was: octets that the capture lacked, behind which nothing could be
/// decoded, or something that did not work. One within a payload stands with its frame.
pub(super) fn observed(fault: Fault) -> Result<Observed, Wrong> {
    let missing = match fault.kind {
        FaultKind::Gap => Missing::Lost,
        FaultKind::Cut => Missing::Cut,
        _ => return Ok(Observed::Fault(fault)),
    };
    match fault.octets_of() {
        None => Ok(Observed::Fault(fault)),
        Some((from, octets @ 1..=MAX_GAP)) => Ok(Observed::Gap { from, octets, missing }),
        Some(_) => Err(Wrong::Value("detail")),
    }
}
