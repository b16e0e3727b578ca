//! Packets out of order, sent again, and numbers that wrap.

use super::builder::{Segment, Talk, dump, open};
use proptest::prelude::*;
use wsscope::protocol::{Opcode, Role};

/// The same packets, each at most so many places away; some of them twice.
fn shuffled(segments: &[Segment], moves: &[(u8, bool)]) -> Vec<Segment> {
    let mut placed: Vec<(usize, Segment)> = Vec::new();
    for (n, segment) in segments.iter().enumerate() {
        // The SYNs stay: without them there is no telling where a stream begins.
        let (away, twice) = if n < 2 { (0, false) } else { moves[n % moves.len()] };
        placed.push((n + usize::from(away), segment.clone()));
        if twice {
            placed.push((n + usize::from(away / 2) + 3, segment.clone()));
        }
    }
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, segment)| segment).collect()
}

#[test]
fn segments_may_be_of_any_size() {
    for size in 1..60 {
        let seen = open(&dump(&Talk::whole([1_000, 5_000], size).segments));
        assert_eq!(seen.frames().len(), 12, "segments of {size}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_within_a_window_tells_the_same(
        moves in prop::collection::vec((0u8..24, prop::bool::weighted(0.2)), 1..60),
        size in 5usize..200,
        wrap in any::<bool>(),
    ) {
        let first = if wrap { [u32::MAX - 300, u32::MAX - 3] } else { [1_000, 5_000] };
        let talk = Talk::whole(first, size);
        let expected = open(&dump(&talk.segments));
        let seen = open(&dump(&shuffled(&talk.segments, &moves)));
        let (seen_story, expected_story) = (seen.story(), expected.story());
        for (seen, expected) in seen_story.iter().zip(&expected_story) {
            prop_assert_eq!(seen, expected);
        }
        prop_assert_eq!(seen_story.len(), expected_story.len(), "{:?}", seen.faults());
        prop_assert_eq!(seen.opened.left_out, expected.opened.left_out);
    }
}

#[test]
fn numbers_may_wrap_anywhere() {
    let expected = open(&dump(&Talk::whole([1_000, 5_000], 50).segments)).story();
    for before in (0..1_500).step_by(17) {
        let talk = Talk::whole([u32::MAX - before, u32::MAX - before / 2], 50);
        assert_eq!(open(&dump(&talk.segments)).story(), expected, "{before} before");
    }
}

#[test]
fn probes_of_keep_alive_are_passed_over() {
    let mut talk = Talk::open(50_001);
    let expected = open(&dump(&talk.segments)).story();
    for payload in [&b""[..], b"\0"] {
        let last = talk.segments.last().unwrap().clone();
        let seq = last.seq.wrapping_add(last.payload.len() as u32).wrapping_sub(1);
        let server = Segment { seq, payload: payload.into(), flags: "", ..last };
        talk.segments.push(server);
        talk.segments.last_mut().unwrap().time += 1;
        assert_eq!(open(&dump(&talk.segments)).story(), expected);
        talk.segments.pop();
    }
}

#[test]
fn octets_that_are_sent_twice_and_differ_are_noted() {
    let mut talk = Talk::open(50_001);
    talk.frame(Role::Server, Opcode::TEXT, b"the first copy");
    let mut again = talk.segments.last().unwrap().clone();
    let at = again.payload.len() - 4;
    again.payload[at..].copy_from_slice(b"COPY");
    talk.frame(Role::Server, Opcode::TEXT, b"the next");
    let expected = open(&dump(&talk.segments)).frames();
    // Sent again after it was taken, and while it waits.
    for place in [6, talk.segments.len()] {
        let mut segments = talk.segments.clone();
        if place == 6 {
            let late = segments.remove(4);
            segments.push(late);
        }
        segments.insert(place.min(segments.len()), again.clone());
        let seen = open(&dump(&segments));
        assert_eq!(seen.faults(), ["overlap server 4"], "at {place}");
        assert_eq!(seen.frames(), expected, "the first copy counts");
    }
}

#[test]
fn ports_are_used_again() {
    let mut talk = Talk::open(50_001);
    talk.frame(Role::Client, Opcode::TEXT, b"one");
    let mut again = Talk::new(50_001, [900_000, 70]);
    again.establish();
    // A SYN sent again begins nothing.
    again.segments.insert(1, again.segments[0].clone());
    again.upgrade();
    again.segments.push(again.segments[0].clone());
    again.frame(Role::Client, Opcode::TEXT, b"two");
    again.segments.iter_mut().for_each(|segment| segment.time += 1_000);
    let seen = open(&dump(&[&talk.segments[..], &again.segments].concat()));
    let story = seen.story();
    let numbers: String = story.iter().map(|line| &line[..1]).collect();
    assert_eq!(numbers, "1111122222", "{story:#?}");
    assert!(story[4].contains("Closed"), "{story:#?}");
}

#[test]
fn a_syn_that_was_overtaken_begins_no_other_connection() {
    let talk = Talk::whole([1_000, 5_000], 1_000);
    let mut segments = talk.segments.clone();
    let syn = segments.remove(0);
    segments.insert(4, syn);
    let seen = open(&dump(&segments));
    assert_eq!(seen.story(), open(&dump(&talk.segments)).story());
    // And one that was not captured at all.
    let seen = open(&dump(&talk.segments[3..]));
    assert_eq!(seen.story(), open(&dump(&talk.segments)).story());
}

#[test]
fn a_reset_comes_behind_what_was_sent_before_it() {
    let mut talk = Talk::open(50_001);
    talk.frame(Role::Server, Opcode::TEXT, b"one");
    talk.frame(Role::Server, Opcode::TEXT, b"two");
    talk.rst(Role::Server);
    let expected = open(&dump(&talk.segments)).story();
    assert!(expected.iter().any(|line| line.contains("rst")), "{expected:#?}");
    let last = talk.segments.len() - 1;
    talk.segments.swap(last, last - 2);
    assert_eq!(open(&dump(&talk.segments)).story(), expected);
}
