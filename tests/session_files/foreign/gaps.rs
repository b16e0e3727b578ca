//! Segments that were not captured, or not whole: never a frame that was not sent.

use super::super::rig::{REQUEST, RESPONSE};
use super::builder::{Link, Packet, Segment, Talk, dump, open, packets, pcap};
use proptest::prelude::*;
use wsscope::protocol::{Opcode, Role};
use wsscope::session::Kind;
use wsscope::session::open::LeftOut;
use wsscope::session::verdict::{Explanation, Verdict};

/// A packet of the capture, cut to `snap` octets.
fn cut((time, mut data, original): Packet, snap: usize) -> Packet {
    data.truncate(snap);
    (time, data, original)
}

fn without(talk: &Talk, lost: usize) -> Vec<Segment> {
    let mut segments = talk.segments.clone();
    segments.remove(lost);
    segments
}

#[test]
fn a_gap_within_a_payload_damages_this_frame_only() {
    let mut talk = Talk::open(50_001);
    talk.say_in(
        Role::Server,
        &super::super::rig::frame(Role::Server, Opcode::TEXT, &[b'x'; 500]),
        100,
    );
    talk.frame(Role::Client, Opcode::TEXT, b"got it");
    talk.frame(Role::Server, Opcode::TEXT, b"the next");
    let whole = open(&dump(&talk.segments));
    let all = whole.frames();
    assert_eq!(all.len(), 3);
    // The segments 5 to 10 hold the long frame; the first of them its header.
    for lost in 6..=10 {
        let seen = open(&dump(&without(&talk, lost)));
        let len = if lost == 10 { 4 } else { 100 };
        assert_eq!(seen.faults(), [format!("gap-in-frame server {len}")]);
        assert_eq!(seen.frames(), all[1..], "{lost} lost");
        let log = seen.log.read();
        let damaged = (0..log.len()).find(|index| !log.missing(*index).is_empty()).unwrap();
        let start = 100 * (lost as u64 - 5);
        assert_eq!(log.missing(damaged).first(), Some(&(start..start + len)), "{lost} lost");
        assert_eq!((log.octets_len(damaged), log.payload_len(damaged)), (504, 500));
        assert!(log.violations(damaged).is_empty(), "nobody broke a rule");
    }
    let seen = open(&dump(&without(&talk, 5)));
    assert_eq!(seen.faults(), ["gap server 100", "undecoded server 414"]);
    assert_eq!(seen.frames(), all[1..2], "the other direction goes on");
}

#[test]
fn octets_that_are_missing_are_not_unmasked() {
    let mut talk = Talk::open(50_001);
    talk.say_in(
        Role::Client,
        &super::super::rig::frame(Role::Client, Opcode::BINARY, &[7; 90]),
        32,
    );
    talk.ack(Role::Server);
    let seen = open(&dump(&without(&talk, 6)));
    let log = seen.log.read();
    let damaged = (0..log.len()).find(|index| !log.missing(*index).is_empty()).unwrap();
    let frame = wsscope::session::entry::frame(&log, &seen.source, damaged, u64::MAX).unwrap();
    let mut expected = [7; 90];
    expected[26..58].fill(0);
    assert_eq!(frame.payload, expected);
    let row = wsscope::session::row_octets::RowOctets::of(&log, &seen.source, damaged);
    let payload = row.from(6, frame.header.masking_key);
    for at in 0..90 {
        assert_eq!(
            payload.read(at, 9, true).unwrap()[..],
            expected[at as usize..].iter().copied().take(9).collect::<Vec<_>>()[..]
        );
    }
}

#[test]
fn a_single_octet_that_is_lost_is_no_fin_once_something_follows() {
    // The last octet of the server's first frame; behind it the client sends so much that
    // nobody waits for it any more.
    for size in [3, 6] {
        let talk = Talk::whole([1_000, 5_000], size);
        let is_it = |segment: &Segment| segment.server && segment.payload == b"o";
        let lost = talk.segments.iter().position(is_it).unwrap();
        let seen = open(&dump(&without(&talk, lost)));
        assert_eq!(seen.faults(), ["gap-in-frame server 1"], "{size}");
        assert_eq!(seen.frames().len(), 11, "all but the one that lacks it");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_lost_packet_never_makes_a_frame(size in 3usize..120, lost in any::<prop::sample::Index>()) {
        let talk = Talk::whole([1_000, 5_000], size);
        let whole = open(&dump(&talk.segments));
        let lost = 3 + lost.index(talk.segments.len() - 3);
        let seen = open(&dump(&without(&talk, lost)));
        let mut all = whole.frames().into_iter();
        for frame in seen.frames() {
            // Rules about what one end owes the other depend on what was seen.
            let known = |line: &str| line.rsplit(' ').next().map(str::to_owned);
            prop_assert!(all.any(|sent| known(&sent) == known(&frame)), "{}", frame);
        }
        let carries = !talk.segments[lost].payload.is_empty();
        let head = seen.log.read().connections().is_empty();
        let tells = |fault: &String| fault.starts_with("gap") || fault.starts_with("no-request");
        let told = seen.faults().iter().any(tells);
        prop_assert!(told == carries || head, "{:?} {:?}", talk.segments[lost], seen.faults());
    }

    #[test]
    fn a_snap_length_never_makes_a_frame(snap in 60usize..400) {
        let talk = Talk::whole([1_000, 5_000], 1_000);
        let whole = open(&dump(&talk.segments));
        let packets: Vec<_> = packets(Link::Ethernet, &talk.segments);
        let count = packets.iter().filter(|packet| packet.1.len() > snap).count() as u64;
        let cut: Vec<_> = packets.into_iter().map(|packet| cut(packet, snap)).collect();
        let seen = open(&pcap(1, false, false, &cut));
        prop_assert_eq!(seen.opened.cut, count);
        let mut all = whole.frames().into_iter();
        for frame in seen.frames() {
            prop_assert!(all.any(|sent| sent.rsplit(' ').next() == frame.rsplit(' ').next()));
        }
    }
}

#[test]
fn a_packet_that_was_cut_is_shown_as_cut() {
    let mut talk = Talk::open(50_001);
    for text in ["short", &"long ".repeat(100), "short again"] {
        talk.frame(Role::Server, Opcode::TEXT, text.as_bytes());
    }
    let packets = packets(Link::Raw, &talk.segments).into_iter();
    let cut: Vec<_> = packets.map(|packet| cut(packet, 300)).collect();
    let seen = open(&pcap(101, false, false, &cut));
    assert_eq!((seen.opened.cut, seen.faults()), (1, vec![]), "its row says it");
    assert_eq!(seen.frames().len(), 2, "{:#?}", seen.story());
    let log = seen.log.read();
    let damaged = (0..log.len()).find(|index| !log.missing(*index).is_empty()).unwrap();
    assert_eq!(log.missing(damaged).first(), Some(&(260..504)));
}

#[test]
fn a_fin_that_was_not_captured_is_no_gap() {
    let talk = Talk::whole([1_000, 5_000], 1_000);
    for lost in [talk.segments.len() - 3, talk.segments.len() - 2] {
        let seen = open(&dump(&without(&talk, lost)));
        assert_eq!(seen.faults(), [""; 0]);
        assert_eq!(seen.frames().len(), 12);
    }
}

/// Only what one end sent.
fn half(talk: &Talk, from: Role) -> Vec<Segment> {
    let of_it = |segment: &&Segment| segment.server == (from == Role::Server);
    talk.segments.iter().filter(of_it).cloned().collect()
}

#[test]
fn an_end_that_was_not_captured_is_not_judged_by_that() {
    // Few packets, and more than anybody waits for what is missing.
    for count in [3, 100] {
        let mut talk = Talk::open(50_001);
        for _ in 0..count {
            talk.frame(Role::Client, Opcode::PING, b"beat");
            talk.frame(Role::Server, Opcode::PONG, b"beat");
        }
        for from in [Role::Server, Role::Client] {
            talk.frame(from, Opcode::CLOSE, b"\x03\xe8bye");
        }
        talk.fin(Role::Server);
        talk.fin(Role::Client);
        talk.ack(Role::Server);
        let all = open(&dump(&talk.segments)).frames();
        for from in Role::BOTH {
            let seen = open(&dump(&half(&talk, from)));
            let (peer, story) = (from.peer().word(), seen.story());
            let sent = |line: &&String| line.contains(&format!(" Frame {} ", from.word()));
            let known = |line: &String| line.rsplit(' ').next().map(str::to_owned);
            let expected: Vec<_> = all.iter().filter(sent).map(known).collect();
            let found: Vec<_> = seen.frames().iter().map(known).collect();
            assert_eq!(found, expected, "{story:#?}");
            let clean = |line: &String| line.contains("[]") || line.contains("masking-key-");
            assert!(story.iter().all(clean), "{story:#?}");
            let faults = seen.faults();
            assert!(faults.iter().any(|fault| fault.starts_with(&format!("gap {peer} "))));
            let missing: u64 =
                faults.iter().filter_map(|f| f.strip_prefix("gap ")).map(octets).sum();
            // The request is told of by itself; and a FIN has a number as well.
            let peers = half(&talk, from.peer());
            let sent: u64 = peers.iter().map(|s| s.payload.len() as u64).sum();
            let request = if from == Role::Server { REQUEST.len() as u64 } else { 0 };
            let sent = sent - request;
            assert!((sent..=sent + 1).contains(&missing), "{missing} of {sent}: {faults:?}");
            let log = seen.log.read();
            let verdict = Verdict::of(&log.connections()[0]);
            assert_eq!(verdict.explanation, Explanation::Gap { from: from.peer() });
            let times: Vec<_> =
                (1..log.len() - 1).filter_map(|n| log.row(n)).map(|r| r.time).collect();
            assert!(times.is_sorted(), "{times:?}");
            let frame =
                log.row((0..log.len()).find(|n| log.row(*n).unwrap().kind == Kind::Frame).unwrap());
            let late = frame.unwrap().time - log.start().unwrap();
            assert!(late < 10_000_000, "waiting moves no times: {late}");
        }
    }
}

fn octets(fault: &str) -> u64 {
    fault.rsplit(' ').next().and_then(|octets| octets.parse().ok()).expect("a number")
}

#[test]
fn a_response_that_is_missing_may_have_agreed_to_compress() {
    let mut talk = Talk::new(50_001, [1_000, 5_000]);
    talk.establish();
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";
    talk.say(Role::Client, REQUEST.replace("\r\n\r\n", &format!("\r\n{offer}")));
    talk.say(Role::Server, RESPONSE);
    // "Hello" (RFC 7692 §7.2.3.1), masked with zeros.
    talk.say(Role::Client, b"\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\0");
    talk.ack(Role::Server);
    for segments in [without(&talk, 4), half(&talk, Role::Client)] {
        let seen = open(&dump(&segments));
        let [frame] = &seen.frames()[..] else { panic!("{:#?}", seen.story()) };
        assert!(frame.contains(r#"["masking-key-zero"]"#), "{frame}");
    }
}

#[test]
fn packets_cut_before_their_tcp_header_are_counted_as_that() {
    let talk = Talk::open(50_001);
    let count = talk.segments.len() as u64;
    for (link, last) in
        [(Link::Ethernet, 53), (Link::Raw, 39), (Link::Cooked2, 59), (Link::Ipv6, 59)]
    {
        for snap in [last, last - 20, last - 35] {
            let packets = packets(link, &talk.segments).into_iter();
            let cut: Vec<_> = packets.map(|packet| cut(packet, snap)).collect();
            let seen = open(&pcap(link.number(), false, false, &cut));
            let expected = LeftOut { cut: count, ..LeftOut::default() };
            assert_eq!(seen.opened.left_out, expected, "{link:?} {snap}");
        }
    }
}

#[test]
fn a_head_that_was_cut_breaks_no_rule() {
    let talk = Talk::open(50_001);
    for snap in [140, 180] {
        let packets = packets(Link::Ethernet, &talk.segments).into_iter();
        let cut: Vec<_> = packets.map(|packet| cut(packet, snap)).collect();
        let seen = open(&pcap(1, false, false, &cut));
        let story = seen.story();
        let heads: Vec<_> = story.iter().filter(|line| line.contains(" Head ")).collect();
        assert_eq!(heads.len(), 2, "{story:#?}");
        assert!(story.iter().all(|line| line.contains("[]")), "{story:#?}");
    }
}
