//! Streams of octets that are mostly protocol: whole messages, fragments, control
//! frames and Closes, some with a flaw, some spoilt afterwards; a few are any octets.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::fmt;
use wsscope::protocol::header::{LengthForm, write_frame};
use wsscope::protocol::{Header, Opcode, Role, close};

/// What one end sends behind the opening handshake.
#[derive(Clone)]
pub struct Case {
    /// Who sends it.
    pub from: Role,
    /// The longest message that the other end takes, in octets.
    pub limit: u64,
    /// All that is sent, up to the end of the stream.
    pub octets: Vec<u8>,
}

impl Case {
    /// The octets as a tool takes them.
    pub fn hex(&self) -> String {
        self.octets.iter().map(|octet| format!("{octet:02x}")).collect()
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Case { from, limit, octets } = self;
        write!(f, "{} octets by a {}, limit {limit}: {}", octets.len(), from.word(), self.hex())
    }
}

/// A frame before it is known who sends it.
#[derive(Clone, Debug)]
struct Draft {
    fin: bool,
    opcode: Opcode,
    payload: Vec<u8>,
    key: [u8; 4],
    flaw: Option<Flaw>,
}

#[derive(Clone, Copy, Debug)]
enum Flaw {
    /// A mask where there may be none, or none.
    Mask,
    /// Three bits.
    Rsv(u8),
    Opcode(u8),
    Fin,
    Form(LengthForm),
    /// Another length than the payload's.
    Length(u64),
}

impl Draft {
    fn new(opcode: Opcode, payload: Vec<u8>, key: [u8; 4], flaw: Option<Flaw>) -> Draft {
        Draft { fin: true, opcode, payload, key, flaw }
    }

    fn write(&self, from: Role, octets: &mut Vec<u8>) {
        let masks = (from == Role::Client) != matches!(self.flaw, Some(Flaw::Mask));
        let length = self.payload.len() as u64;
        let mut header = Header::new(self.opcode, length, masks.then_some(self.key));
        header.fin = self.fin;
        match self.flaw {
            None | Some(Flaw::Mask) => {}
            Some(Flaw::Rsv(bits)) => {
                [header.rsv1, header.rsv2, header.rsv3] = [4, 2, 1].map(|bit| bits & bit != 0);
            }
            Some(Flaw::Opcode(opcode)) => header.opcode = Opcode::new(opcode),
            Some(Flaw::Fin) => header.fin = !header.fin,
            // A form that is too small would be a header that lies.
            Some(Flaw::Form(form)) => header.length_form = form.max(header.length_form),
            Some(Flaw::Length(length)) => {
                header.payload_len = length;
                header.length_form = LengthForm::minimal(length);
            }
        }
        write_frame(&header, &self.payload, octets);
    }
}

fn flaw() -> impl Strategy<Value = Option<Flaw>> {
    let form = select(vec![LengthForm::Bits16, LengthForm::Bits64]);
    let length = prop_oneof![
        4 => 0..140u64,
        2 => 290..310u64,
        2 => 69_990..70_010u64,
        1 => (0..64u32, 0..3u64).prop_map(|(bit, less)| (1u64 << bit).wrapping_sub(less)),
        2 => any::<u64>(),
    ];
    prop_oneof![
        200 => Just(None),
        1 => Just(Some(Flaw::Mask)),
        1 => (1..8u8).prop_map(|bits| Some(Flaw::Rsv(bits))),
        1 => (0..16u8).prop_map(|opcode| Some(Flaw::Opcode(opcode))),
        1 => Just(Some(Flaw::Fin)),
        1 => form.prop_map(|form| Some(Flaw::Form(form))),
        2 => length.prop_map(|length| Some(Flaw::Length(length))),
    ]
}

fn repeated(len: impl Strategy<Value = usize>) -> impl Strategy<Value = Vec<u8>> {
    (select(b"a\0\xe5".to_vec()), len).prop_map(|(octet, len)| vec![octet; len])
}

/// Text, most of it UTF-8; the rest ends too early or can never become UTF-8.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let whole = ["a", "é", "火", "𝄞", "\0", "\u{d7ff}\u{e000}", "\u{10ffff}"].map(str::as_bytes);
    let broken: [&[u8]; 9] = [
        b"\x80",
        b"\xc0\xaf",
        b"\xe0\x9f\xbf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xff",
        b"\xe7\x81",
        b"\xf0\x9d\x84",
        b"\xc3(",
    ];
    let piece = prop_oneof![100 => select(whole.to_vec()), 1 => select(broken.to_vec())];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        80 => vec(any::<u8>(), 0..24),
        8 => repeated(120..132usize),
        14 => repeated(250..304usize),
        1 => repeated(prop_oneof![34_990..35_010usize, 65_530..65_540usize, 69_995..70_005usize]),
    ]
}

/// A message, perhaps in fragments with control frames in between.
fn message() -> impl Strategy<Value = Vec<Draft>> {
    let kind = prop_oneof![
        20 => text().prop_map(|payload| (Opcode::TEXT, payload)),
        1 => data().prop_map(|payload| (Opcode::TEXT, payload)),
        20 => data().prop_map(|payload| (Opcode::BINARY, payload)),
    ];
    let cuts = prop_oneof![3 => Just(vec![]), 2 => vec(any::<Index>(), 1..4)];
    let between = prop_oneof![3 => Just(vec![]), 1 => vec((any::<Index>(), control()), 1..3)];
    (kind, cuts, between, any::<[u8; 4]>(), flaw(), any::<Index>()).prop_map(
        |((opcode, payload), cuts, between, key, flaw, flawed)| {
            let mut cuts: Vec<usize> = cuts.iter().map(|at| at.index(payload.len() + 1)).collect();
            cuts.sort_unstable();
            cuts.push(payload.len());
            let flawed = flawed.index(cuts.len());
            let mut from = 0;
            let mut frames = Vec::new();
            for (i, &to) in cuts.iter().enumerate() {
                let opcode = if i == 0 { opcode } else { Opcode::CONTINUATION };
                let flaw = flaw.filter(|_| i == flawed);
                let draft = Draft::new(opcode, payload[from..to].to_vec(), key, flaw);
                frames.push(Draft { fin: i + 1 == cuts.len(), ..draft });
                from = to;
            }
            for (at, control) in between {
                frames.insert(at.index(frames.len() + 1), control);
            }
            frames
        },
    )
}

/// A Ping or a Pong, seldom a Close.
fn control() -> impl Strategy<Value = Draft> {
    let payload = prop_oneof![
        8 => vec(any::<u8>(), 0..12),
        4 => repeated(100..126usize),
        1 => repeated(prop_oneof![126..130usize, 299..303usize]),
    ];
    let beat = (select(vec![Opcode::PING, Opcode::PONG]), payload);
    let kind = prop_oneof![20 => beat, 1 => close_body().prop_map(|body| (Opcode::CLOSE, body))];
    draft(kind)
}

fn close() -> impl Strategy<Value = Draft> {
    draft(close_body().prop_map(|body| (Opcode::CLOSE, body)))
}

fn draft(kind: impl Strategy<Value = (Opcode, Vec<u8>)>) -> impl Strategy<Value = Draft> {
    (kind, any::<[u8; 4]>(), flaw())
        .prop_map(|((opcode, payload), key, flaw)| Draft::new(opcode, payload, key, flaw))
}

fn close_body() -> impl Strategy<Value = Vec<u8>> {
    let code = prop_oneof![6 => 999..1017u16, 1 => 2990..5010u16, 1 => any::<u16>()];
    let reason = prop_oneof![
        8 => text(),
        1 => repeated(110..126usize),
    ];
    prop_oneof![
        1 => Just(Vec::new()),
        1 => any::<u8>().prop_map(|octet| vec![octet]),
        8 => (code, reason).prop_map(|(code, reason)| close::body(close::StatusCode(code), &reason)),
    ]
}

/// What happens to the octets on their way.
#[derive(Clone, Debug)]
enum Damage {
    Flip(Index, u8),
    Insert(Index, u8),
    Delete(Index),
    Cut(Index),
}

impl Damage {
    fn apply(&self, octets: &mut Vec<u8>) {
        let len = octets.len();
        match self {
            Damage::Insert(at, octet) => octets.insert(at.index(len + 1), *octet),
            _ if len == 0 => {}
            Damage::Flip(at, bit) => octets[at.index(len)] ^= 1 << bit,
            Damage::Delete(at) => drop(octets.remove(at.index(len))),
            Damage::Cut(at) => octets.truncate(at.index(len)),
        }
    }
}

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let at = any::<Index>;
    let one = prop_oneof![
        (at(), 0..8u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        (at(), any::<u8>()).prop_map(|(at, octet)| Damage::Insert(at, octet)),
        at().prop_map(Damage::Delete),
        at().prop_map(Damage::Cut),
    ];
    prop_oneof![3 => Just(vec![]), 1 => vec(one, 1..4)]
}

/// Any case.
pub fn case() -> impl Strategy<Value = Case> {
    let unit = || prop_oneof![2 => message(), 1 => control().prop_map(|frame| vec![frame])];
    let close = prop_oneof![Just(vec![]), close().prop_map(|frame| vec![frame])];
    let behind = prop_oneof![3 => Just(vec![]), 1 => vec(unit(), 1..3)];
    let stream = (vec(unit(), 0..8), close, behind, damage());
    let from = || select(Role::BOTH.to_vec());
    let limit = || select(vec![300, 70_000]);
    prop_oneof![
        12 => (from(), limit(), stream).prop_map(|(from, limit, stream)| {
            let (units, close, behind, damage) = stream;
            let mut octets = Vec::new();
            let frames = units.iter().flatten().chain(&close).chain(behind.iter().flatten());
            frames.for_each(|frame| frame.write(from, &mut octets));
            damage.iter().for_each(|damage| damage.apply(&mut octets));
            Case { from, limit, octets }
        }),
        1 => (from(), limit(), vec(any::<u8>(), 0..60))
            .prop_map(|(from, limit, octets)| Case { from, limit, octets }),
    ]
}
