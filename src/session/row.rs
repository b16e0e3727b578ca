//! One row of the log: a fixed small index entry. What is rare lives in side
//! tables of the [`super::Log`]; octets live in the capture.

use crate::protocol::close::StatusCode;
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::header::LengthForm;
use crate::protocol::{Header, Opcode, Role, Time};

/// What a row is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Kind {
    /// TCP was established.
    Opened,
    /// The TLS handshake is over, for better or worse.
    Tls,
    /// An HTTP head, with its body where one came.
    Head,
    /// A frame.
    Frame,
    /// FIN, RST or lost.
    Tcp,
    /// What a browser at the client's end reported of the ending.
    Observed,
    /// Something that did not work.
    Fault,
    /// The connection is over; its verdict is final.
    Closed,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 8] = [
        Kind::Opened,
        Kind::Tls,
        Kind::Head,
        Kind::Frame,
        Kind::Tcp,
        Kind::Observed,
        Kind::Fault,
        Kind::Closed,
    ];
}

// Each stands at its own number, so that one that is left out does not compile.
const _: () = {
    let mut at = 0;
    while at < Kind::ALL.len() {
        assert!(Kind::ALL[at] as usize == at);
        at += 1;
    }
    assert!(at == Kind::Closed as usize + 1);
};

/// How many values [`Row::class`] has.
pub(super) const CLASSES: usize = Kind::ALL.len() << 10;

const FROM_SERVER: u8 = 1;
const COMPLETE: u8 = 2;
const VIOLATIONS: u8 = 4;
const STATUS: u8 = 8;
const PIECES: u8 = 16;
const LONG: u8 = 32;
const FROM_NOBODY: u8 = 64;
const TEXT: u8 = 128;

// The second octet: MASK, the form of the length in two bits, and what is ours.
const MASK: u8 = 0x80;
const FORM: u8 = 0x60;
const COMPRESSED: u8 = 1;

/// 40 octets a row.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// When it was complete.
    pub time: Time,
    /// Where its octets begin in the capture, unless they are in pieces.
    pub(super) offset: u64,
    /// Octets of payload announced, of head and body, or the number of the TCP event.
    pub(super) len: u32,
    /// The connection, from 1; 0 for none.
    pub connection: u32,
    /// For frames, their number over the session, from 1.
    pub number: u32,
    /// For data frames, the number of the message in its direction, from 1.
    pub message: u32,
    status: u16,
    /// For data frames, which fragment, from 1; 65535 stands for that and more.
    pub part: u16,
    /// What it is.
    pub kind: Kind,
    flags: u8,
    first: u8,
    second: u8,
}

impl Row {
    /// A row of `kind` with nothing else set.
    #[must_use]
    pub(super) fn new(kind: Kind, connection: u32, time: Time, from: Option<Role>) -> Row {
        let flags = match from {
            Some(Role::Client) => 0,
            Some(Role::Server) => FROM_SERVER,
            None => FROM_NOBODY,
        };
        Row {
            time,
            offset: 0,
            len: 0,
            connection,
            number: 0,
            message: 0,
            status: 0,
            part: 0,
            kind,
            flags,
            first: 0,
            second: 0,
        }
    }

    /// Kind, sender and first octet as one number.
    #[inline]
    pub(super) fn class(&self) -> usize {
        let from = self.flags & FROM_SERVER | (self.flags & FROM_NOBODY) >> 5;
        (self.kind as usize) << 10 | usize::from(from) << 8 | usize::from(self.first)
    }

    /// A row of each class, in their order.
    pub(super) fn of_each_class() -> impl Iterator<Item = Row> {
        (0..CLASSES).map(|class| {
            let (kind, from) = (Kind::ALL[class >> 10], (class >> 8) as u8);
            let flags = from & FROM_SERVER | (from & 2) << 5;
            Row { flags, first: class as u8, ..Row::new(kind, 0, 0, None) }
        })
    }

    /// Who sent it, or ended TCP; `None` where nobody did.
    #[must_use]
    pub fn from(&self) -> Option<Role> {
        match self.flags & (FROM_SERVER | FROM_NOBODY) {
            0 => Some(Role::Client),
            FROM_SERVER => Some(Role::Server),
            _ => None,
        }
    }

    fn set(&mut self, flag: u8, on: bool) {
        if on {
            self.flags |= flag;
        } else {
            self.flags &= !flag;
        }
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// All of it came.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.has(COMPLETE)
    }

    pub(super) fn set_complete(&mut self, on: bool) {
        self.set(COMPLETE, on);
    }

    /// Whether it breaks a rule: [`super::Log::violations`] has which.
    #[must_use]
    pub fn has_violations(&self) -> bool {
        self.has(VIOLATIONS)
    }

    pub(super) fn set_violations(&mut self, on: bool) {
        self.set(VIOLATIONS, on);
    }

    pub(super) fn in_pieces(&self) -> bool {
        self.has(PIECES)
    }

    pub(super) fn set_pieces(&mut self, on: bool) {
        self.set(PIECES, on);
    }

    pub(super) fn is_long(&self) -> bool {
        self.has(LONG)
    }

    pub(super) fn set_long(&mut self, on: bool) {
        self.set(LONG, on);
    }

    /// Whether it belongs to a text message that is not compressed.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.has(TEXT)
    }

    pub(super) fn set_text(&mut self, on: bool) {
        self.set(TEXT, on);
    }

    /// The status code of a Close.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        (self.kind == Kind::Frame && self.has(STATUS)).then_some(StatusCode(self.status))
    }

    /// The status of an HTTP response.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        (self.kind == Kind::Head && self.has(STATUS)).then_some(self.status)
    }

    pub(super) fn set_http_status(&mut self, status: Option<u16>) {
        self.set_status(status.map(StatusCode));
    }

    pub(super) fn set_status(&mut self, status: Option<StatusCode>) {
        self.set(STATUS, status.is_some());
        self.status = status.map_or(0, |s| s.0);
    }

    pub(super) fn set_header(&mut self, header: &Header) {
        self.first = header.first_octet();
        let mask = if header.masking_key.is_some() { MASK } else { 0 };
        self.second = mask | (header.length_form as u8) << 5;
    }

    /// Whether it belongs to a message that is compressed, or claims to be.
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        self.second & COMPRESSED != 0
    }

    pub(super) fn set_compressed(&mut self) {
        self.second |= COMPRESSED;
    }

    /// How TCP ended, for a row of [`Kind::Tcp`].
    #[must_use]
    pub fn tcp_event(&self) -> TcpEvent {
        match self.len {
            0 => TcpEvent::Fin,
            1 => TcpEvent::Rst,
            _ => TcpEvent::Lost,
        }
    }

    /// The frame's opcode.
    #[must_use]
    pub fn opcode(&self) -> Opcode {
        Opcode::new(self.first)
    }

    /// The frame's FIN bit.
    #[must_use]
    pub fn fin(&self) -> bool {
        self.first & 0x80 != 0
    }

    /// The frame's RSV1–3 as three bits, RSV1 the highest.
    #[must_use]
    pub fn rsv(&self) -> u8 {
        self.first >> 4 & 7
    }

    /// The frame's MASK bit.
    #[must_use]
    pub fn masked(&self) -> bool {
        self.second & MASK != 0
    }

    /// The form of the frame's length.
    #[must_use]
    pub fn length_form(&self) -> LengthForm {
        match (self.second & FORM) >> 5 {
            0 => LengthForm::Bits7,
            1 => LengthForm::Bits16,
            _ => LengthForm::Bits64,
        }
    }

    /// Octets of the frame's header.
    #[must_use]
    pub fn header_octets(&self) -> usize {
        2 + self.length_form().extended_octets() + if self.masked() { 4 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_takes_forty_octets() {
        assert_eq!(size_of::<Row>(), 40);
    }

    #[test]
    fn a_row_keeps_the_header() {
        let header =
            Header { fin: false, rsv2: true, ..Header::new(Opcode::PING, 300, Some([0; 4])) };
        let mut row = Row::new(Kind::Frame, 1, 0, Some(Role::Server));
        row.set_header(&header);
        assert_eq!(
            (row.opcode(), row.fin(), row.rsv(), row.masked()),
            (Opcode::PING, false, 2, true)
        );
        assert_eq!((row.length_form(), row.header_octets()), (LengthForm::Bits16, 8));
        assert_eq!(row.from(), Some(Role::Server));
        assert_eq!(Row::new(Kind::Fault, 0, 0, None).from(), None);
    }
}
