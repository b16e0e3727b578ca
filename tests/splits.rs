//! How a stream is cut into reads means nothing: every split gives the same
//! heads, frames, payloads and violations, and no octets make the decoder
//! panic or lose its place.

use crate::vectors;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wsscope::protocol::half::Done;
use wsscope::protocol::header::{LengthForm, write_frame};
use wsscope::protocol::message::Place;
use wsscope::protocol::{Half, Header, Opcode, Role, Rule, Violation, mask};

/// What an observer of one direction saw become complete.
#[derive(PartialEq, Debug)]
enum Seen {
    /// Octets, how many are the head's, whether it is one, whether it ended in order.
    Head(Vec<u8>, usize, bool, bool),
    /// Header, octets, place, unmasked payload, violations, completeness.
    Frame(Header, u64, Option<Place>, Vec<u8>, Vec<Violation>, bool),
}

/// Feeds `reads` and the end of the stream; every octet has to be consumed.
fn observe<'a>(mut half: Half, reads: impl IntoIterator<Item = &'a [u8]>) -> Vec<Seen> {
    let (mut seen, mut payload) = (Vec::new(), Vec::new());
    for read in reads {
        let mut rest = read;
        while !rest.is_empty() {
            let step = half.step(rest);
            assert!((1..=rest.len()).contains(&step.consumed), "consumed {}", step.consumed);
            rest = &rest[step.consumed..];
            payload.extend_from_slice(half.chunk());
            seen.extend(step.done.map(|done| see(done, std::mem::take(&mut payload))));
        }
    }
    seen.extend(half.finish().map(|done| see(done, payload)));
    seen
}

fn see(done: Done, payload: Vec<u8>) -> Seen {
    match done {
        Done::Head(head) => {
            Seen::Head(head.octets, head.head_len, head.head.is_ok(), head.complete)
        }
        Done::Frame(f) => {
            Seen::Frame(f.header, f.octets, f.place, payload, f.violations, f.complete)
        }
    }
}

/// What [`Half::frames`] promises: it need not keep the payload of data.
fn without_data(mut seen: Vec<Seen>) -> Vec<Seen> {
    for seen in &mut seen {
        if let Seen::Frame(header, _, _, payload, ..) = seen
            && !header.opcode.is_control()
        {
            payload.clear();
        }
    }
    seen
}

/// The octets cut behind each of `lengths`, which are used again and again.
fn cut<'a>(octets: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let (mut rest, mut pieces) = (octets, Vec::new());
    for &length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, behind) = rest.split_at(length.clamp(1, rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

/// Every place to cut; of a long stream those near its ends and every 4099th.
fn places(len: usize) -> impl Iterator<Item = usize> {
    (1..len).filter(move |at| len < 2000 || *at < 250 || len - at < 20 || at % 4099 == 0)
}

const REQUEST: &[u8] =
    b"GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// The head that `from` sends, as the examples of the RFC have it.
pub fn opening(from: Role) -> &'static [u8] {
    match from {
        Role::Client => REQUEST,
        Role::Server => RESPONSE,
    }
}

fn frame(payload: &[u8], header: Header) -> Vec<u8> {
    let mut octets = Vec::new();
    write_frame(&Header { payload_len: payload.len() as u64, ..header }, payload, &mut octets);
    octets
}

/// Streams of faults, whose violations must not depend on the cut either.
fn faulty() -> Vec<(&'static str, Role, Vec<u8>)> {
    let control = |opcode, len| frame(&vec![b'x'; len], Header::new(opcode, len as u64, None));
    vec![
        ("text that is not UTF-8", Role::Server, b"\x01\x03ab\xe5\x80\x02\xad(".to_vec()),
        ("text that ends too early", Role::Server, b"\x81\x02\xe5\xad\x81\x01a".to_vec()),
        ("a masked server, all RSV", Role::Server, b"\xf1\x82\x01\x02\x03\x04hi".to_vec()),
        ("an unmasked client", Role::Client, b"\x81\x02hi\x88\x00\x81\x00".to_vec()),
        ("lengths too long", Role::Server, b"\x82\x7f\0\0\0\0\0\0\0\x01a\x82\x7e\0\x01b".to_vec()),
        ("a long Ping, a long Close", Role::Server, {
            [control(Opcode::PING, 126), control(Opcode::CLOSE, 200)].concat()
        }),
        ("a Close of one octet, a frame behind", Role::Server, b"\x88\x01\x03\x89\x00".to_vec()),
        ("a Close 1005, not UTF-8", Role::Server, b"\x88\x04\x03\xed\xff\xfe".to_vec()),
        ("a message in a message", Role::Server, b"\x80\x01z\x01\x01a\x82\x01b\x00\x01c".to_vec()),
        ("cut off in a payload", Role::Server, b"\x81\x00\x01\x05ab".to_vec()),
        ("cut off in a header", Role::Server, b"\x89\x00\x82\x7f\0\0\0".to_vec()),
    ]
}

#[test]
fn every_split_in_two_reads_and_in_single_octets_gives_the_same() {
    let vectors = vectors::all().into_iter().map(|(name, from, octets, _)| (name, from, octets));
    for (name, from, frames) in vectors.chain(faulty()) {
        let octets = [opening(from), &frames[..]].concat();
        let whole = observe(Half::new(from, true), [&octets[..]]);
        assert!(matches!(whole[0], Seen::Head(_, len, true, true) if len == opening(from).len()));
        let single = observe(Half::new(from, true), octets.chunks(1));
        assert_eq!(single, whole, "{name} octet by octet");
        for at in places(octets.len()) {
            let (first, second) = octets.split_at(at);
            let split = observe(Half::new(from, true), [first, second]);
            assert_eq!(split, whole, "{name} cut at {at}");
        }
        let bare = without_data(observe(Half::frames(from), [&frames[..]]));
        for at in places(frames.len()) {
            let (first, second) = frames.split_at(at);
            let split = without_data(observe(Half::frames(from), [first, second]));
            assert_eq!(split, bare, "{name} without head, cut at {at}");
        }
    }
}

#[test]
fn every_split_of_heads_and_bodies_gives_the_same() {
    let refusal = |rest: &str| format!("HTTP/1.1 401 No\r\n{rest}").into_bytes();
    for (octets, heads) in [
        (refusal("Content-Length: 3\r\n\r\nno!HTTP/1.1 200 OK\r\n\r\nall"), 2),
        (refusal("Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nno!\r\n0\r\nA: b\r\n\r\n"), 1),
        (refusal("Transfer-Encoding: chunked\r\n\r\nthese are no chunks\r\n\r\nat all"), 1),
        (refusal("Content-Length: many\r\n\r\nto the end"), 1),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\nHTTP/1.1 1".to_vec(), 3),
        (b"\x16\x03\x01 not HTTP\r\n\r\nmore of it".to_vec(), 1),
    ] {
        let text = octets.escape_ascii();
        let whole = observe(Half::new(Role::Server, true), [&octets[..]]);
        assert_eq!(whole.len(), heads, "{text}: {whole:?}");
        for at in 1..octets.len() {
            let (first, second) = octets.split_at(at);
            let split = observe(Half::new(Role::Server, true), [first, second]);
            assert_eq!(split, whole, "{text} cut at {at}");
        }
        assert_eq!(observe(Half::new(Role::Server, true), octets.chunks(1)), whole, "{text}");
    }
}

#[test]
fn the_examples_of_the_rfc_are_complete_and_break_no_rule() {
    for (name, from, octets, frames) in vectors::all() {
        let octets = [opening(from), &octets[..]].concat();
        let seen = observe(Half::new(from, true), [&octets[..]]);
        assert_eq!(seen.len(), 1 + frames.len(), "{name}");
        for (seen, (fin, opcode, key, form, expected)) in seen[1..].iter().zip(frames) {
            let Seen::Frame(header, octets, _, payload, violations, true) = seen else {
                panic!("{name}: {seen:?}")
            };
            assert_eq!((header.fin, header.opcode), (fin, opcode), "{name}");
            assert_eq!((header.masking_key, header.length_form), (key, form), "{name}");
            assert_eq!(*octets, (header.octets() + expected.len()) as u64, "{name}");
            assert_eq!((payload, &violations[..]), (&expected, &[][..]), "{name}");
        }
    }
}

/// The rules that a header breaks whatever stands around it.
fn header_rules(from: Role, header: &Header) -> Vec<Rule> {
    let control = header.opcode.value() >= 8;
    let minimal = match header.payload_len {
        0..=125 => 7,
        126..=65535 => 16,
        _ => 64,
    };
    [
        (from == Role::Client && header.masking_key.is_none(), Rule::ClientNotMasked),
        (from == Role::Server && header.masking_key.is_some(), Rule::ServerMasked),
        (header.rsv1, Rule::Rsv1),
        (header.rsv2, Rule::Rsv2),
        (header.rsv3, Rule::Rsv3),
        (![0, 1, 2, 8, 9, 10].contains(&header.opcode.value()), Rule::ReservedOpcode),
        (header.length_form.bits() != minimal, Rule::LengthNotMinimal),
        (control && !header.fin, Rule::ControlFragmented),
        (control && header.payload_len > 125, Rule::ControlTooLong),
    ]
    .into_iter()
    .filter_map(|(broken, rule)| broken.then_some(rule))
    .collect()
}

/// Whether a rule needs no more than the header to be broken.
fn in_the_header(rule: &Rule) -> bool {
    use Rule::*;
    let context = [FrameAfterClose, ContinuationWithoutStart, MessageInsideMessage];
    let code = [CodeNeverOnTheWire, CodeUnassigned, CodeOfClients];
    let payload = [TextNotUtf8, ReasonNotUtf8, CloseBodyOneOctet];
    ![&context[..], &code, &payload].concat().contains(rule)
}

/// Any header that its payload's length fits, with that payload.
fn any_frame() -> impl Strategy<Value = (Header, Vec<u8>)> {
    let form = select(vec![LengthForm::Bits7, LengthForm::Bits16, LengthForm::Bits64]);
    let payload = prop_oneof![
        vec(any::<u8>(), 0..130),
        (any::<u8>(), 65530..65540usize).prop_map(|(octet, len)| vec![octet; len]),
        "\\PC{0,9}".prop_map(String::into_bytes)
    ];
    (any::<[bool; 4]>(), 0..16u8, any::<Option<[u8; 4]>>(), form, payload).prop_map(
        |([fin, rsv1, rsv2, rsv3], opcode, key, form, payload)| {
            let plain = Header::new(Opcode::new(opcode), payload.len() as u64, key);
            let length_form = form.max(plain.length_form);
            (Header { fin, rsv1, rsv2, rsv3, length_form, ..plain }, payload)
        },
    )
}

/// Octets that come near to HTTP and to frames, or are just any.
fn any_octets() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        &b"GET / HTTP/1.1\r\n"[..],
        b"HTTP/1.1 101 S\r\n",
        b"HTTP/1.1 401 No\r\n",
        b"HTTP/1.1 100 Continue\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 7\r\n",
        b"Upgrade: websocket\r\n",
        b"\r\n",
        b"3\r\nabc\r\n",
        b"0\r\n",
        b"\x88\x02\x03\xe8",
        b"\x82\x7f",
        b"\x01\x02\xe5\xad",
        b"\x80\x81\x01\x02\x03\x04",
    ];
    let word = prop_oneof![
        3 => select(words.map(<[u8]>::to_vec).to_vec()),
        1 => vec(any::<u8>(), 0..20),
    ];
    prop_oneof![vec(word, 0..12).prop_map(|words| words.concat()), vec(any::<u8>(), 0..400)]
}

fn role() -> impl Strategy<Value = Role> {
    select(Role::BOTH.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_the_encoder_writes_the_decoder_reads(
        from in role(),
        frames in vec(any_frame(), 1..5),
        lengths in vec(prop_oneof![1..20usize, 1..30_000usize], 1..8),
    ) {
        let mut octets = opening(from).to_vec();
        for (header, payload) in &frames {
            write_frame(header, payload, &mut octets);
        }
        let seen = observe(Half::new(from, true), cut(&octets, &lengths));
        prop_assert_eq!(seen.len(), 1 + frames.len());
        for (seen, (header, payload)) in seen[1..].iter().zip(&frames) {
            let Seen::Frame(got, octets, place, kept, violations, complete) = seen else {
                return Err(TestCaseError::fail("a frame is taken for a head"));
            };
            prop_assert_eq!((got, kept), (header, payload));
            prop_assert_eq!(*octets, (header.octets() + payload.len()) as u64);
            prop_assert!(*complete);
            prop_assert_eq!(place.is_none(), header.opcode.is_control());
            let rules: Vec<Rule> = violations.iter().map(|v| v.rule).filter(in_the_header).collect();
            prop_assert_eq!(rules, header_rules(from, header));
        }
        prop_assert_eq!(seen, observe(Half::new(from, true), [&octets[..]]));
    }

    #[test]
    fn any_octets_are_consumed_the_same_however_they_are_cut(
        from in role(),
        octets in any_octets(),
        lengths in vec(1..30usize, 1..8),
    ) {
        let whole = observe(Half::new(from, true), [&octets[..]]);
        prop_assert_eq!(observe(Half::new(from, true), cut(&octets, &lengths)), whole);
        let bare = |reads| without_data(observe(Half::frames(from), reads));
        prop_assert_eq!(bare(cut(&octets, &lengths)), bare(vec![&octets[..]]));
    }

    #[test]
    fn masking_twice_at_any_cut_is_the_payload_again(
        key in any::<[u8; 4]>(),
        offset in any::<u64>(),
        payload in vec(any::<u8>(), 0..200),
        lengths in vec(1..30usize, 1..8),
    ) {
        let offset = offset.min(u64::MAX - 200);
        let mut masked = payload.clone();
        mask::apply(key, offset, &mut masked);
        for (i, octet) in masked.iter().enumerate() {
            prop_assert_eq!(*octet, payload[i] ^ key[((offset + i as u64) % 4) as usize]);
        }
        let (mut unmasked, mut at) = (Vec::new(), offset);
        for piece in cut(&masked, &lengths) {
            let mut piece = piece.to_vec();
            mask::apply(key, at, &mut piece);
            at += piece.len() as u64;
            unmasked.extend(piece);
        }
        prop_assert_eq!(unmasked, payload);
    }
}
