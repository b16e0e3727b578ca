//! The four bits that say what a frame is (RFC 6455 §5.2, §11.8).

/// An opcode, reserved ones included: all sixteen survive decoding.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Opcode(u8);

const NAMES: [&str; 16] = [
    "Continuation",
    "Text",
    "Binary",
    "Reserved 3",
    "Reserved 4",
    "Reserved 5",
    "Reserved 6",
    "Reserved 7",
    "Close",
    "Ping",
    "Pong",
    "Reserved B",
    "Reserved C",
    "Reserved D",
    "Reserved E",
    "Reserved F",
];

impl Opcode {
    /// A further fragment of a message.
    pub const CONTINUATION: Opcode = Opcode(0);
    /// A text message, or its first fragment.
    pub const TEXT: Opcode = Opcode(1);
    /// A binary message, or its first fragment.
    pub const BINARY: Opcode = Opcode(2);
    /// The closing handshake's frame (§5.5.1).
    pub const CLOSE: Opcode = Opcode(8);
    /// §5.5.2.
    pub const PING: Opcode = Opcode(9);
    /// §5.5.3.
    pub const PONG: Opcode = Opcode(10);

    /// The low four bits of `value`.
    #[must_use]
    pub const fn new(value: u8) -> Opcode {
        Opcode(value & 0x0F)
    }

    /// 0 to 15.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }

    /// Whether the most significant of the four bits is set (§5.5).
    #[must_use]
    pub const fn is_control(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// Opcodes 3–7 and 11–15 have no meaning yet.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        matches!(self.0, 3..=7 | 11..=15)
    }

    /// Text, Binary or a continuation of one.
    #[must_use]
    pub const fn is_data(self) -> bool {
        self.0 <= 2
    }

    /// The name in the RFC's registry; not translated.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_opcodes_are_told_apart() {
        let control: Vec<u8> = (0..16).filter(|&v| Opcode::new(v).is_control()).collect();
        assert_eq!(control, [8, 9, 10, 11, 12, 13, 14, 15]);
        let reserved: Vec<u8> = (0..16).filter(|&v| Opcode::new(v).is_reserved()).collect();
        assert_eq!(reserved, [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]);
        assert_eq!(Opcode::new(0xF9), Opcode::PING);
        assert_eq!(Opcode::CLOSE.name(), "Close");
    }
}
