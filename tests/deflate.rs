//! permessage-deflate as a codec: the examples of RFC 7692 §7.2.3 octet by octet,
//! every split of them, every choice of parameters, and what inflates to too much.

use proptest::prelude::*;
use wsscope::protocol::Role;
use wsscope::protocol::deflate::{
    ClientWindow, Deflater, Direction, InflateError, Inflater, Parameters,
};

const PLAIN: Direction = Direction { context_takeover: true, window_bits: 15 };

/// Inflates a message that comes in these pieces.
fn inflate<'a>(
    inflater: &mut Inflater,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, InflateError> {
    let mut out = Vec::new();
    inflater.begin();
    for piece in pieces {
        // The end says it too.
        let _ = inflater.push(piece, &mut |octets| out.extend_from_slice(octets));
    }
    inflater.finish(&mut |octets| out.extend_from_slice(octets))?;
    assert_eq!(inflater.produced(), out.len() as u64);
    Ok(out)
}

/// The messages of each example, one after the other.
const EXAMPLES: [(&str, &[&[u8]]); 5] = [
    ("one block", &[&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]]),
    (
        "sharing the window",
        &[
            &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
            &[0xf2, 0x00, 0x11, 0x00, 0x00],
            &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
        ],
    ),
    (
        "a block without compression",
        &[&[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00]],
    ),
    (
        "a block with BFINAL",
        &[
            &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
            &[0xf2, 0x00, 0x11, 0x00, 0x00], // may still refer to it
            &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], // and without the octet behind it
            &[0xf2, 0x00, 0x11, 0x00, 0x00],
        ],
    ),
    (
        "two blocks",
        &[&[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00]],
    ),
];

#[test]
fn the_rfcs_examples_inflate_to_hello_at_every_split() {
    for (name, messages) in EXAMPLES {
        let mut inflater = Inflater::new(PLAIN, 5);
        for message in messages {
            for cut in 0..=message.len() {
                let mut twin = Inflater::resume(PLAIN, 5, inflater.window().unwrap());
                let (first, second) = message.split_at(cut);
                let whole = inflate(&mut twin, [first, second]);
                assert_eq!(whole.as_deref(), Ok(&b"Hello"[..]), "{name}, cut at {cut}");
            }
            let single = inflate(&mut inflater, message.chunks(1));
            assert_eq!(single.as_deref(), Ok(&b"Hello"[..]), "{name}");
        }
    }
}

#[test]
fn what_we_compress_is_what_the_rfc_shows() {
    let mut deflater = Deflater::new(PLAIN).unwrap();
    assert_eq!(deflater.message(b"Hello"), EXAMPLES[1].1[0]);
    assert_eq!(deflater.message(b"Hello"), EXAMPLES[1].1[1]);
    assert_eq!(deflater.message(b""), [0]);
    let mut alone = Deflater::new(Direction { context_takeover: false, ..PLAIN }).unwrap();
    for _ in 0..3 {
        assert_eq!(alone.message(b"Hello"), EXAMPLES[0].1[0]);
    }
}

#[test]
fn an_empty_message_may_stand_anywhere() {
    let mut deflater = Deflater::new(PLAIN).unwrap();
    let mut inflater = Inflater::new(PLAIN, 100);
    for message in [&b""[..], b"", b"a", b"", b"", b"aa", b""] {
        let data = deflater.message(message);
        assert_eq!(inflate(&mut inflater, [&data[..]]).as_deref(), Ok(message));
    }
}

#[test]
fn data_that_is_no_deflate_data_has_its_reason() {
    for data in [&b"\xff"[..], b"\xf2\x48\xcd", b"\x00\x05\x00", b""] {
        let mut inflater = Inflater::new(PLAIN, 100);
        assert_eq!(inflate(&mut inflater, [data]), Err(InflateError::Invalid), "{data:x?}");
        let next = inflate(&mut inflater, [EXAMPLES[0].1[0]]);
        assert_eq!(next, Err(InflateError::ContextLost), "{data:x?}");
        assert_eq!(inflater.window(), None);
        let mut alone = Inflater::new(Direction { context_takeover: false, ..PLAIN }, 100);
        assert_eq!(inflate(&mut alone, [data]), Err(InflateError::Invalid), "{data:x?}");
        assert_eq!(inflate(&mut alone, [EXAMPLES[0].1[0]]).as_deref(), Ok(&b"Hello"[..]));
    }
}

#[test]
fn a_distance_beyond_the_agreed_window_is_read_however_it_is_cut() {
    let noise: Vec<u8> = (0..600u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let message = [&noise[..], &noise[..]].concat();
    let data = Deflater::new(PLAIN).unwrap().message(&message);
    for piece in [1, 7, 100, data.len()] {
        let mut narrow = Inflater::new(Direction { window_bits: 9, ..PLAIN }, 10_000);
        assert_eq!(inflate(&mut narrow, data.chunks(piece)).as_ref(), Ok(&message), "{piece}");
    }
}

#[test]
fn a_bomb_stops_at_the_limit_and_never_takes_room() {
    let zeros = Deflater::new(PLAIN).unwrap().message(&vec![0; 4 << 20]);
    assert!(zeros.len() < 5000);
    let limit = 16 << 20;
    let mut inflater = Inflater::new(PLAIN, limit);
    inflater.begin();
    let (mut handed_on, mut largest, mut result) = (0, 0, Ok(()));
    for _ in 0..16 {
        result = result.and_then(|()| {
            inflater.push(&zeros, &mut |octets| {
                handed_on += octets.len() as u64;
                largest = largest.max(octets.len());
            })?;
            inflater.push(&[0, 0, 0xff, 0xff], &mut |_| {})
        });
    }
    assert_eq!((result, handed_on), (Err(InflateError::TooLong), limit));
    assert!(largest <= 16 * 1024, "{largest}");
    let finished = inflater.finish(&mut |_| panic!("nothing more comes"));
    assert_eq!(finished, Err(InflateError::TooLong));
}

/// Every choice of the parameters of one direction that can be compressed with.
fn directions() -> impl Strategy<Value = Direction> {
    (any::<bool>(), 9..=15u8)
        .prop_map(|(context_takeover, window_bits)| Direction { context_takeover, window_bits })
}

/// Text that repeats itself now and then, and octets that do not.
fn messages() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let text = proptest::collection::vec("[a-e]{0,6}", 0..2000)
        .prop_map(|words| words.concat().into_bytes());
    let noise = proptest::collection::vec(any::<u8>(), 0..3000);
    proptest::collection::vec(prop_oneof![text, noise], 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_compressed_inflates_to_the_same(
        direction in directions(),
        messages in messages(),
        piece in 1..5000usize,
    ) {
        let mut deflater = Deflater::new(direction).unwrap();
        let mut inflater = Inflater::new(direction, 1 << 20);
        // Somebody who begins in between, from the window alone.
        let mut later: Option<Inflater> = None;
        for message in &messages {
            let data = deflater.message(message);
            let whole = inflate(&mut inflater, data.chunks(piece));
            prop_assert_eq!(whole.as_ref(), Ok(message));
            if let Some(later) = &mut later {
                prop_assert_eq!(inflate(later, [&data[..]]), Ok(message.clone()));
            }
            later = inflater.window().map(|window| Inflater::resume(direction, 1 << 20, window));
            prop_assert_eq!(later.is_some(), direction.context_takeover);
        }
    }

    #[test]
    fn octets_of_any_kind_are_inflated_or_have_a_reason(
        octets in proptest::collection::vec(any::<u8>(), 0..300),
        piece in 1..50usize,
    ) {
        let mut one = Inflater::new(PLAIN, 10_000);
        let mut other = Inflater::new(PLAIN, 10_000);
        prop_assert_eq!(inflate(&mut one, [&octets[..]]), inflate(&mut other, octets.chunks(piece)));
    }
}

#[test]
fn a_window_of_8_bits_is_read_and_not_written() {
    let agreed =
        Parameters { client_max_window_bits: ClientWindow::Bits(8), ..Parameters::default() };
    let direction = agreed.direction(Role::Client);
    assert!(Deflater::new(direction).is_none());
    // Data for 256 octets is data for 512 as well.
    let mut inflater = Inflater::new(direction, 100);
    assert_eq!(inflate(&mut inflater, [EXAMPLES[0].1[0]]).as_deref(), Ok(&b"Hello"[..]));
    assert!(Deflater::new(agreed.direction(Role::Server)).is_some());
}
