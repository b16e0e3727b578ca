//! Which message a data frame belongs to (RFC 6455 §5.4), and whether a text
//! message is UTF-8, found at the very octet, across fragments and reads (§8.1).

use super::opcode::Opcode;

/// Checks UTF-8 as it arrives in pieces.
#[derive(Debug, Default, Clone)]
pub struct Utf8 {
    /// The beginning of a character that is not whole yet.
    partial: [u8; 4],
    partial_len: usize,
    seen: u64,
}

impl Utf8 {
    /// Takes the next octets.
    ///
    /// # Errors
    /// The position, counted from the first octet ever given, of the first octet
    /// with which the sequence can no longer become UTF-8.
    pub fn push(&mut self, mut octets: &[u8]) -> Result<(), u64> {
        while self.partial_len > 0 && !octets.is_empty() {
            self.partial[self.partial_len] = octets[0];
            self.partial_len += 1;
            match std::str::from_utf8(&self.partial[..self.partial_len]) {
                Ok(_) => self.partial_len = 0,
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(self.seen),
            }
            self.seen += 1;
            octets = &octets[1..];
        }
        match std::str::from_utf8(octets) {
            Ok(_) => {
                self.seen += octets.len() as u64;
                Ok(())
            }
            Err(error) => {
                let valid = error.valid_up_to();
                if let Some(len) = error.error_len() {
                    // The offending octet is the last that the error covers plus
                    // one where the lead octet itself was fine.
                    let bad = valid + first_bad(&octets[valid..], len);
                    return Err(self.seen + bad as u64);
                }
                let rest = &octets[valid..];
                self.partial[..rest.len()].copy_from_slice(rest);
                self.partial_len = rest.len();
                self.seen += octets.len() as u64;
                Ok(())
            }
        }
    }

    /// Whether the octets so far end with a whole character.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.partial_len == 0
    }

    /// Octets taken so far.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.seen
    }
}

/// Within a sequence that is broken, the octet that breaks it: `error_len` octets
/// were a possible beginning, unless the first is itself never allowed.
fn first_bad(octets: &[u8], error_len: usize) -> usize {
    let lead_possible = matches!(octets[0], 0xC2..=0xF4);
    if lead_possible { error_len } else { 0 }
}

/// The message that is arriving in one direction.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Assembly {
    open: Option<Opcode>,
    /// Messages begun so far in this direction; the number of the current one.
    number: u32,
    part: u32,
}

/// A data frame's place in its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of the message among those of its direction, from 1; 0 for a
    /// continuation that continues nothing.
    pub message: u32,
    /// Which fragment, from 1.
    pub part: u32,
    /// Text or Binary (or what the first fragment claimed).
    pub kind: Opcode,
    /// A continuation frame with no message open (a fault of §5.4).
    pub continues_nothing: bool,
    /// A new message although the one before was not finished (a fault of §5.4).
    pub interrupts: bool,
}

impl Assembly {
    /// Places a data frame (or a reserved non-control one) and moves on.
    pub fn place(&mut self, opcode: Opcode, fin: bool) -> Place {
        let continuation = opcode == Opcode::CONTINUATION;
        let before = self.open;
        let kind = match (continuation, before) {
            (true, Some(kind)) => {
                self.part += 1;
                kind
            }
            (true, None) => {
                return Place {
                    message: 0,
                    part: 1,
                    kind: opcode,
                    continues_nothing: true,
                    interrupts: false,
                };
            }
            (false, _) => {
                self.number += 1;
                self.part = 1;
                opcode
            }
        };
        self.open = (!fin).then_some(kind);
        Place {
            message: self.number,
            part: self.part,
            kind,
            continues_nothing: false,
            interrupts: !continuation && before.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(octets: &[u8]) -> Option<u64> {
        let whole = Utf8::default().push(octets).err();
        for cut in 0..=octets.len() {
            let mut utf8 = Utf8::default();
            let split = utf8.push(&octets[..cut]).and_then(|()| utf8.push(&octets[cut..]));
            assert_eq!(split.err(), whole, "{octets:x?} cut at {cut}");
        }
        let mut one_by_one = Utf8::default();
        assert_eq!(octets.iter().find_map(|o| one_by_one.push(&[*o]).err()), whole);
        whole
    }

    #[test]
    fn the_offending_octet_is_found_however_it_is_cut() {
        assert_eq!(at("孩子,地球太危险了🚀".as_bytes()), None);
        assert_eq!(at(b"ab\xc3\x28"), Some(3));
        assert_eq!(at(b"\xff"), Some(0));
        assert_eq!(at(b"a\xed\xa0\x80"), Some(2)); // a surrogate
        assert_eq!(at(b"\xf4\x90\x80\x80"), Some(1)); // above U+10FFFF
        assert_eq!(at(b"\xc0\x80"), Some(0)); // overlong
        assert_eq!(at(b"\xe5\xad"), None); // may still become whole
    }

    #[test]
    fn an_unfinished_character_is_not_complete() {
        let mut utf8 = Utf8::default();
        utf8.push(b"\xe5\xad").unwrap();
        assert!(!utf8.is_complete());
        utf8.push(b"\xa9").unwrap();
        assert!(utf8.is_complete());
        assert_eq!(utf8.seen(), 3);
    }

    #[test]
    fn fragments_of_one_message_share_its_number() {
        let mut assembly = Assembly::default();
        let first = assembly.place(Opcode::TEXT, false);
        assert_eq!((first.message, first.part), (1, 1));
        let second = assembly.place(Opcode::CONTINUATION, true);
        assert_eq!((second.message, second.part, second.kind), (1, 2, Opcode::TEXT));
        assert!(assembly.place(Opcode::CONTINUATION, true).continues_nothing);
        assembly.place(Opcode::BINARY, false);
        assert!(assembly.place(Opcode::TEXT, true).interrupts);
    }
}
