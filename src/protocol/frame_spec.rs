//! A frame with every bit chosen: the words of `frame:`.
//!
//! `frame:KEY=VALUE,…`: `opcode` (0–15 or a name), `fin`, `rsv1`, `rsv2`, `rsv3`
//! (0 or 1), `mask` (`role`, `none`, `random`, `zero` or 8 hex digits), `bits`
//! (7, 16, 64: the length's form), `length` (an announced length that may lie),
//! `repeat` (how often the payload stands there), and last the payload: `hex=…` or
//! `text=…`, which takes the rest verbatim.

use super::action::{ActionError, parse_hex};
use super::header::{Header, LengthForm, write_frame};
use super::mask::MaskingKey;
use super::{Opcode, Role};

/// Octets that a repeated payload may have.
const MAX_REPEATED: usize = 16 << 20;

/// How a frame is masked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MaskSpec {
    /// As the role demands: a client masks, a server does not.
    #[default]
    Role,
    /// Not at all.
    None,
    /// With a key of its own.
    Random,
    /// With this key.
    Key(MaskingKey),
}

/// A frame with every bit chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameSpec {
    /// FIN.
    pub fin: bool,
    /// RSV1 to RSV3.
    pub rsv: [bool; 3],
    /// Any of the sixteen.
    pub opcode: Opcode,
    /// MASK and masking-key.
    pub mask: MaskSpec,
    /// The form of the length; the shortest where none is chosen.
    pub form: Option<LengthForm>,
    /// The announced length; the payload's where none is chosen.
    pub length: Option<u64>,
    /// The payload, to be masked.
    pub payload: Vec<u8>,
}

impl Default for FrameSpec {
    fn default() -> FrameSpec {
        FrameSpec {
            fin: true,
            rsv: [false; 3],
            opcode: Opcode::TEXT,
            mask: MaskSpec::Role,
            form: None,
            length: None,
            payload: Vec::new(),
        }
    }
}

impl FrameSpec {
    /// The header as `role` sends it; `random` draws a key where one is needed.
    #[must_use]
    pub fn header(&self, role: Role, random: impl FnOnce() -> MaskingKey) -> Header {
        let masking_key = match (self.mask, role) {
            (MaskSpec::None, _) | (MaskSpec::Role, Role::Server) => None,
            (MaskSpec::Random, _) | (MaskSpec::Role, Role::Client) => Some(random()),
            (MaskSpec::Key(key), _) => Some(key),
        };
        let payload_len = self.length.unwrap_or(self.payload.len() as u64);
        Header {
            fin: self.fin,
            rsv1: self.rsv[0],
            rsv2: self.rsv[1],
            rsv3: self.rsv[2],
            opcode: self.opcode,
            masking_key,
            length_form: self.form.unwrap_or_else(|| LengthForm::minimal(payload_len)),
            payload_len,
        }
    }

    /// Appends the frame as `role` sends it.
    pub fn write(&self, role: Role, random: impl FnOnce() -> MaskingKey, out: &mut Vec<u8>) {
        write_frame(&self.header(role, random), &self.payload, out);
    }
}

/// An opcode by its number or its name in lower case.
#[must_use]
pub fn parse_opcode(value: &str) -> Option<Opcode> {
    let named = match value {
        "continuation" => Some(Opcode::CONTINUATION),
        "text" => Some(Opcode::TEXT),
        "binary" => Some(Opcode::BINARY),
        "close" => Some(Opcode::CLOSE),
        "ping" => Some(Opcode::PING),
        "pong" => Some(Opcode::PONG),
        _ => None,
    };
    named.or_else(|| value.parse::<u8>().ok().filter(|n| *n < 16).map(Opcode::new))
}

fn mask(value: &str) -> Option<MaskSpec> {
    Some(match value {
        "role" => MaskSpec::Role,
        "none" => MaskSpec::None,
        "random" => MaskSpec::Random,
        "zero" => MaskSpec::Key([0; 4]),
        hex => MaskSpec::Key(parse_hex(hex).ok()?.try_into().ok()?),
    })
}

impl std::str::FromStr for FrameSpec {
    type Err = ActionError;

    fn from_str(text: &str) -> Result<FrameSpec, ActionError> {
        let mut spec = FrameSpec::default();
        let (mut rest, mut repeat) = (text, 1);
        while !rest.is_empty() {
            let payload = match (rest.strip_prefix("text="), rest.strip_prefix("hex=")) {
                (Some(text), _) => Some(text.as_bytes().to_vec()),
                (_, Some(hex)) => Some(parse_hex(hex)?),
                _ => None,
            };
            if let Some(payload) = payload {
                if payload.len().saturating_mul(repeat) > MAX_REPEATED {
                    return Err(ActionError::Field(format!("repeat={repeat}")));
                }
                spec.payload = payload.repeat(repeat);
                return Ok(spec);
            }
            let (item, behind) = rest.split_once(',').unwrap_or((rest, ""));
            rest = behind;
            let bad = || ActionError::Field(item.to_owned());
            let (key, value) = item.split_once('=').ok_or_else(bad)?;
            let bit = match value {
                "0" => Some(false),
                "1" => Some(true),
                _ => None,
            };
            match key.trim() {
                "fin" => spec.fin = bit.ok_or_else(bad)?,
                "rsv1" => spec.rsv[0] = bit.ok_or_else(bad)?,
                "rsv2" => spec.rsv[1] = bit.ok_or_else(bad)?,
                "rsv3" => spec.rsv[2] = bit.ok_or_else(bad)?,
                "opcode" => spec.opcode = parse_opcode(value).ok_or_else(bad)?,
                "mask" => spec.mask = mask(value).ok_or_else(bad)?,
                "bits" => {
                    spec.form = Some(match value {
                        "7" => LengthForm::Bits7,
                        "16" => LengthForm::Bits16,
                        "64" => LengthForm::Bits64,
                        _ => return Err(bad()),
                    });
                }
                "length" => spec.length = Some(value.parse().map_err(|_| bad())?),
                "repeat" => repeat = value.parse().map_err(|_| bad())?,
                _ => return Err(bad()),
            }
        }
        Ok(spec)
    }
}

impl std::fmt::Display for FrameSpec {
    /// The words that give this frame again, its payload as hex.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "opcode={}", self.opcode.value())?;
        if !self.fin {
            write!(f, ",fin=0")?;
        }
        for (i, on) in self.rsv.iter().enumerate().filter(|(_, on)| **on) {
            write!(f, ",rsv{}={}", i + 1, u8::from(*on))?;
        }
        match self.mask {
            MaskSpec::Role => {}
            MaskSpec::None => write!(f, ",mask=none")?,
            MaskSpec::Random => write!(f, ",mask=random")?,
            MaskSpec::Key(key) => write!(f, ",mask={:08x}", u32::from_be_bytes(key))?,
        }
        if let Some(form) = self.form {
            write!(f, ",bits={}", form.bits())?;
        }
        if let Some(length) = self.length {
            write!(f, ",length={length}")?;
        }
        write!(f, ",hex=")?;
        self.payload.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(text: &str, role: Role) -> Vec<u8> {
        let mut out = Vec::new();
        text.parse::<FrameSpec>().unwrap().write(role, || [1, 2, 3, 4], &mut out);
        out
    }

    #[test]
    fn every_bit_can_be_chosen() {
        assert_eq!(octets("", Role::Server), [0x81, 0]);
        assert_eq!(octets("text=a,b", Role::Server), b"\x81\x03a,b");
        assert_eq!(octets("opcode=3,fin=0,rsv2=1,hex=ff", Role::Server), [0x23, 1, 0xff]);
        assert_eq!(octets("text=a", Role::Client), [0x81, 0x81, 1, 2, 3, 4, b'a' ^ 1]);
        assert_eq!(octets("mask=none,text=a", Role::Client), b"\x81\x01a");
        assert_eq!(octets("mask=zero,text=a", Role::Server), b"\x81\x81\0\0\0\0a");
        assert_eq!(octets("mask=37fa213d,text=", Role::Server), b"\x81\x80\x37\xfa\x21\x3d");
        assert_eq!(octets("bits=16,text=a", Role::Server), b"\x81\x7e\0\x01a");
        assert_eq!(octets("bits=64,length=9,text=a", Role::Server), b"\x81\x7f\0\0\0\0\0\0\0\x09a");
        assert_eq!(octets("repeat=3,text=ab", Role::Server), b"\x81\x06ababab");
        for bad in [
            "opcode=16",
            "fin=2",
            "mask=12",
            "bits=8",
            "nonsense",
            "length=x",
            "hex=f",
            "repeat=-1",
            "repeat=99999999999,text=a",
        ] {
            assert!(bad.parse::<FrameSpec>().is_err(), "{bad}");
        }
    }

    #[test]
    fn its_words_give_it_again() {
        let spec = FrameSpec {
            fin: false,
            rsv: [true, false, true],
            opcode: Opcode::new(11),
            mask: MaskSpec::Key([1, 2, 3, 4]),
            form: Some(LengthForm::Bits64),
            length: Some(7),
            payload: b"\x00\xff".to_vec(),
        };
        assert_eq!(spec.to_string().parse(), Ok(spec));
    }
}
