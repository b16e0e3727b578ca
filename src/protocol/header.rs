//! The frame header of RFC 6455 §5.2 and the one table of its fields.
//!
//! Decoding is lenient: every header that the bits can express is a value here,
//! reserved opcodes and lying or wasteful lengths included. What is wrong with
//! one is said by [`super::violation`], not by a parser that refuses.

use super::mask::MaskingKey;
use super::opcode::Opcode;
use std::ops::Range;

/// Which of the three forms the payload length has on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum LengthForm {
    /// In the second octet itself: 0 to 125.
    Bits7,
    /// 126 in the second octet, then two octets.
    Bits16,
    /// 127 in the second octet, then eight octets.
    Bits64,
}

impl LengthForm {
    /// The shortest form that can hold `len`; §5.2 demands it.
    #[must_use]
    pub fn minimal(len: u64) -> LengthForm {
        match len {
            0..=125 => LengthForm::Bits7,
            126..=0xFFFF => LengthForm::Bits16,
            _ => LengthForm::Bits64,
        }
    }

    /// 7, 16 or 64.
    #[must_use]
    pub fn bits(self) -> u8 {
        match self {
            LengthForm::Bits7 => 7,
            LengthForm::Bits16 => 16,
            LengthForm::Bits64 => 64,
        }
    }

    /// Octets of the extended payload length: 0, 2 or 8.
    #[must_use]
    pub fn extended_octets(self) -> usize {
        match self {
            LengthForm::Bits7 => 0,
            LengthForm::Bits16 => 2,
            LengthForm::Bits64 => 8,
        }
    }
}

/// A frame header, each bit of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Header {
    /// Last fragment of its message.
    pub fin: bool,
    /// Reserved; "compressed" once permessage-deflate was agreed.
    pub rsv1: bool,
    /// Reserved.
    pub rsv2: bool,
    /// Reserved.
    pub rsv3: bool,
    /// What the frame is.
    pub opcode: Opcode,
    /// The masking-key; `None` where the MASK bit is 0.
    pub masking_key: Option<MaskingKey>,
    /// The form in which the length is written.
    pub length_form: LengthForm,
    /// Octets of payload announced, up to 2^64 − 1 although §5.2 stops at 2^63 − 1.
    pub payload_len: u64,
}

/// The longest header: 2 octets, 8 of length, 4 of masking-key.
pub const MAX_HEADER: usize = 14;

impl Header {
    /// A header with FIN set, no RSV bit and the shortest length form.
    #[must_use]
    pub fn new(opcode: Opcode, payload_len: u64, masking_key: Option<MaskingKey>) -> Header {
        Header {
            fin: true,
            rsv1: false,
            rsv2: false,
            rsv3: false,
            opcode,
            masking_key,
            length_form: LengthForm::minimal(payload_len),
            payload_len,
        }
    }

    /// Reads a header from the beginning of `octets`; `None` if it is not whole
    /// yet. It has [`Header::octets`] octets.
    #[must_use]
    pub fn parse(octets: &[u8]) -> Option<Header> {
        let (&first, &second) = (octets.first()?, octets.get(1)?);
        let (length_form, mut at, mut payload_len) = match second & 0x7F {
            126 => (LengthForm::Bits16, 4, 0),
            127 => (LengthForm::Bits64, 10, 0),
            n => (LengthForm::Bits7, 2, u64::from(n)),
        };
        for &octet in octets.get(2..at)? {
            payload_len = payload_len << 8 | u64::from(octet);
        }
        let masking_key = if second & 0x80 != 0 {
            let key = octets.get(at..at + 4)?.try_into().ok()?;
            at += 4;
            Some(key)
        } else {
            None
        };
        debug_assert!(at <= MAX_HEADER);
        Some(Header {
            fin: first & 0x80 != 0,
            rsv1: first & 0x40 != 0,
            rsv2: first & 0x20 != 0,
            rsv3: first & 0x10 != 0,
            opcode: Opcode::new(first),
            masking_key,
            length_form,
            payload_len,
        })
    }

    /// Octets that this header takes on the wire: 2 to 14.
    #[must_use]
    pub fn octets(&self) -> usize {
        2 + self.length_form.extended_octets() + if self.masking_key.is_some() { 4 } else { 0 }
    }

    /// The first octet: FIN, RSV1–3 and the opcode.
    #[must_use]
    pub fn first_octet(&self) -> u8 {
        u8::from(self.fin) << 7
            | u8::from(self.rsv1) << 6
            | u8::from(self.rsv2) << 5
            | u8::from(self.rsv3) << 4
            | self.opcode.value()
    }

    /// Appends the header. A length that its form cannot hold is cut to the
    /// form's bits: who asks for a header that lies gets one.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        out.push(self.first_octet());
        let mask = if self.masking_key.is_some() { 0x80 } else { 0 };
        match self.length_form {
            LengthForm::Bits7 => out.push(mask | (self.payload_len as u8 & 0x7F)),
            LengthForm::Bits16 => {
                out.push(mask | 126);
                out.extend_from_slice(&(self.payload_len as u16).to_be_bytes());
            }
            LengthForm::Bits64 => {
                out.push(mask | 127);
                out.extend_from_slice(&self.payload_len.to_be_bytes());
            }
        }
        if let Some(key) = self.masking_key {
            out.extend_from_slice(&key);
        }
    }
}

/// Appends a whole frame: `header` with its length and the payload, masked where
/// the header has a key.
pub fn write_frame(header: &Header, payload: &[u8], out: &mut Vec<u8>) {
    header.write_to(out);
    let start = out.len();
    out.extend_from_slice(payload);
    if let Some(key) = header.masking_key {
        super::mask::apply(key, 0, &mut out[start..]);
    }
}

/// A field of the base framing protocol's figure (§5.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FieldId {
    /// Final fragment.
    Fin,
    /// First reserved bit.
    Rsv1,
    /// Second reserved bit.
    Rsv2,
    /// Third reserved bit.
    Rsv3,
    /// Opcode.
    Opcode,
    /// Mask bit.
    Mask,
    /// The seven bits of payload length.
    PayloadLength,
    /// The 16 or 64 further bits.
    ExtendedLength,
    /// The masking-key.
    MaskingKey,
    /// The payload.
    Payload,
}

/// One row of the field table.
#[derive(Debug)]
pub struct Field {
    /// Which field.
    pub id: FieldId,
    /// The RFC's name of it.
    pub name: &'static str,
    /// Wireshark's name of it, which the filter takes too.
    pub wireshark: &'static str,
    /// The section of RFC 6455 that defines it.
    pub section: &'static str,
}

/// The fields in wire order: the diagram, the detail and the filter read this.
pub const FIELDS: [Field; 10] = {
    const fn field(
        id: FieldId,
        name: &'static str,
        wireshark: &'static str,
        section: &'static str,
    ) -> Field {
        Field { id, name, wireshark, section }
    }
    [
        field(FieldId::Fin, "FIN", "websocket.fin", "5.2"),
        field(FieldId::Rsv1, "RSV1", "websocket.rsv", "5.2"),
        field(FieldId::Rsv2, "RSV2", "websocket.rsv", "5.2"),
        field(FieldId::Rsv3, "RSV3", "websocket.rsv", "5.2"),
        field(FieldId::Opcode, "opcode", "websocket.opcode", "5.2"),
        field(FieldId::Mask, "MASK", "websocket.mask", "5.2"),
        field(FieldId::PayloadLength, "payload length", "websocket.payload_length", "5.2"),
        field(
            FieldId::ExtendedLength,
            "extended payload length",
            "websocket.payload_length_ext_16",
            "5.2",
        ),
        field(FieldId::MaskingKey, "masking-key", "websocket.masking_key", "5.3"),
        field(FieldId::Payload, "payload", "websocket.payload", "5.2"),
    ]
};

impl FieldId {
    /// The field's row in [`FIELDS`].
    #[must_use]
    pub fn field(self) -> &'static Field {
        &FIELDS[self as usize]
    }

    /// The bits that the field takes in a frame with this header, counted from
    /// the frame's first bit; `None` where the frame has no such field.
    #[must_use]
    pub fn bits(self, header: &Header) -> Option<Range<u64>> {
        let key_at = 16 + 8 * header.length_form.extended_octets() as u64;
        let payload_at = 8 * header.octets() as u64;
        let range = match self {
            FieldId::Fin => 0..1,
            FieldId::Rsv1 => 1..2,
            FieldId::Rsv2 => 2..3,
            FieldId::Rsv3 => 3..4,
            FieldId::Opcode => 4..8,
            FieldId::Mask => 8..9,
            FieldId::PayloadLength => 9..16,
            FieldId::ExtendedLength => 16..key_at,
            FieldId::MaskingKey => key_at..payload_at,
            FieldId::Payload => {
                payload_at..payload_at.saturating_add(header.payload_len.saturating_mul(8))
            }
        };
        (!range.is_empty()).then_some(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_table_is_in_the_order_of_its_ids() {
        for (i, field) in FIELDS.iter().enumerate() {
            assert_eq!(field.id as usize, i, "{}", field.name);
        }
    }

    #[test]
    fn fields_cover_every_bit_of_a_frame_once() {
        for (form, len) in
            [(LengthForm::Bits7, 5), (LengthForm::Bits16, 300), (LengthForm::Bits64, 3)]
        {
            for masking_key in [None, Some([1, 2, 3, 4])] {
                let header =
                    Header { length_form: form, ..Header::new(Opcode::TEXT, len, masking_key) };
                let mut next = 0;
                for range in FIELDS.iter().filter_map(|f| f.id.bits(&header)) {
                    assert_eq!(range.start, next);
                    next = range.end;
                }
                assert_eq!(next, 8 * (header.octets() as u64 + len));
            }
        }
    }

    #[test]
    fn a_length_of_all_ones_is_a_value() {
        let header = Header::parse(&[0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255]).unwrap();
        assert_eq!(header.payload_len, u64::MAX);
        assert_eq!(FieldId::Payload.bits(&header).unwrap().start, 80);
    }
}
