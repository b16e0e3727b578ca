//! What a capture lacks stays missing in every form, and nobody is blamed for it.

use super::super::session_files::foreign::builder::{
    Link, Packet, Segment, Talk, dump, packets, pcap,
};
use super::super::session_files::rig;
use super::Session;
use proptest::prelude::*;
use serde_json::{Value, json};
use wsscope::protocol::deflate::{Deflater, Parameters};
use wsscope::protocol::header::write_frame;
use wsscope::protocol::{Header, Opcode, Role};
use wsscope::session::export::Format;
use wsscope::session::export::payload::{self, Payload};
use wsscope::session::pcapng::facts::{Fact, What};
use wsscope::session::pcapng::write::fact_block;
use wsscope::text::Lang;
use wsscope::text::import::payload_error;

/// One conversation whose messages are compressed, each referring to those before.
fn compressed() -> Talk {
    let mut talk = Talk::new(50_001, [1_000, 5_000]);
    talk.establish();
    let extension = "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
    for (from, head) in [(Role::Client, rig::REQUEST), (Role::Server, rig::RESPONSE)] {
        talk.say(from, head.strip_suffix("\r\n").unwrap().to_owned() + extension);
    }
    for from in Role::BOTH {
        let mut deflater = Deflater::new(Parameters::default().direction(from)).unwrap();
        for n in 0..4u32 {
            // Noise, so that it is long when it is compressed.
            let text: String =
                (0..600u32).map(|i| char::from((i.wrapping_mul(i ^ n) % 89 + 33) as u8)).collect();
            let message = deflater.message(text.as_bytes());
            let key = (from == Role::Client).then_some([7, n as u8, 1, 9]);
            let mut header = Header::new(Opcode::TEXT, message.len() as u64, key);
            header.rsv1 = true;
            let mut octets = Vec::new();
            write_frame(&header, &message, &mut octets);
            talk.say_in(from, &octets, 100);
        }
    }
    for from in Role::BOTH {
        talk.frame(from, Opcode::CLOSE, b"\x03\xe8bye");
    }
    talk.fin(Role::Server);
    talk.fin(Role::Client);
    talk.ack(Role::Server);
    talk
}

fn cut(segments: &[Segment], snap: usize) -> Vec<u8> {
    let short = |(time, mut data, original): Packet| {
        data.truncate(snap);
        (time, data, original)
    };
    let packets: Vec<Packet> = packets(Link::Ethernet, segments).into_iter().map(short).collect();
    pcap(1, false, false, &packets)
}

/// Its rows; those of one connection stand in every form in the same order.
fn there_and_back(capture: Vec<u8>) -> Vec<Value> {
    let session = Session::import(capture);
    let lines = session.lines();
    for format in [Format::JsonLines, Format::Har] {
        let made = Session::import(session.write(format));
        assert_eq!(made.problems(), Vec::<String>::new());
        let saved = Session::import(made.write(Format::Pcapng));
        for back in [made.lines(), saved.lines()] {
            for (line, back) in lines.iter().zip(&back) {
                assert_eq!(line, back, "{format:?}");
            }
            assert_eq!(lines.len(), back.len(), "{format:?}");
        }
    }
    lines
}

fn of_type<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == kind).collect()
}

#[track_caller]
fn nobody_is_blamed(lines: &[Value]) {
    for line in lines {
        let none = line["violations"].as_array().is_none_or(Vec::is_empty);
        assert!(none, "{line}");
    }
}

#[test]
fn octets_that_a_snap_length_cut_off_are_never_guessed() {
    let talk = compressed();
    // Headers of Ethernet, IPv4 and TCP, and 96 of every 100 octets.
    let lines = there_and_back(cut(&talk.segments, 54 + 96));
    // The heads are longer than that.
    assert!(of_type(&lines, "frame").is_empty());

    let at = talk.segments.iter().rposition(|segment| segment.payload.len() == 100).unwrap();
    let mut packets = packets(Link::Ethernet, &talk.segments);
    packets[at].1.truncate(54 + 60);
    let lines = there_and_back(pcap(1, false, false, &packets));
    nobody_is_blamed(&lines);
    let frames = of_type(&lines, "frame");
    let damaged: Vec<&&Value> = frames.iter().filter(|frame| frame["complete"] == false).collect();
    assert_eq!((frames.len(), damaged.len()), (10, 1));
    assert_eq!(damaged[0]["missing"].as_array().unwrap().len(), 1);
    assert_eq!(damaged[0]["missing"][0]["octets"], 40);
}

#[test]
fn a_payload_with_a_hole_is_not_saved() {
    let mut talk = Talk::open(50_001);
    talk.say_in(Role::Client, &rig::frame(Role::Client, Opcode::TEXT, &[b'x'; 1_300]), 106);
    talk.ack(Role::Server);
    // Header and 98 octets, then 106 in each: the third and the last.
    let last = talk.segments.len() - 2;
    talk.segments.remove(last);
    talk.segments.remove(7);
    let session = Session::import(dump(&talk.segments));
    for which in [Payload::Frame(1), Payload::Message(1)] {
        let mut out = Vec::new();
        let error = payload::write(&session.log, &session.source, which, &mut out).unwrap_err();
        assert_eq!(out, b"");
        let said = payload_error(Lang::En, which, &error);
        assert!(said.contains("lacks 142 octets of the payload of frame 1"), "{said}");
        assert!(said.contains("(from 0: 204–309, 1,264–1,299)"), "{said}");
    }
}

#[test]
fn a_gap_that_no_capture_can_have_is_passed_over() {
    let mut script = rig::Script::default();
    let one = script.connection("127.0.0.1:50001", "127.0.0.1:8000");
    // A frame that announces almost all octets there are.
    script.octets(one, Role::Server, b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff");
    let (recorded, session) = Session::of(&script);
    let mut octets = std::fs::read(&recorded.path).unwrap();
    let rows = session.lines().len();
    for octets_told in [0, 1 << 32, u64::MAX - (1 << 33), u64::MAX] {
        let what = What::Gap { from: "server".into(), octets: octets_told, cut: false };
        fact_block(&mut octets, &Fact { connection: 1, time: 1, what });
    }
    assert_eq!(Session::import(octets).lines().len(), rows);
}

#[test]
fn the_table_shows_no_octets_that_are_not_there() {
    let mut talk = Talk::open(50_001);
    talk.say_in(Role::Server, &rig::frame(Role::Server, Opcode::TEXT, &[b'x'; 300]), 104);
    talk.ack(Role::Client);
    talk.segments.remove(6);
    let csv = Session::import(dump(&talk.segments)).write(Format::Csv);
    let mut csv = csv::Reader::from_reader(&csv[..]);
    let rows = csv.records().map(Result::unwrap);
    let frames: Vec<csv::StringRecord> = rows.filter(|row| &row[5] == "frame").collect();
    assert_eq!((frames.len(), &frames[0][13]), (1, &*"x".repeat(100)));
}

#[test]
fn a_gap_behind_which_nothing_is_decoded_is_still_the_reason() {
    let talk = compressed();
    let header = |segment: &Segment| segment.server && segment.payload.first() == Some(&0xC1);
    let at = talk.segments.iter().rposition(header).unwrap();
    let mut segments = talk.segments;
    segments.remove(at);
    let lines = there_and_back(dump(&segments));
    nobody_is_blamed(&lines);
    let kinds: Vec<&Value> = of_type(&lines, "error").iter().map(|line| &line["kind"]).collect();
    assert_eq!(kinds, ["gap", "undecoded"]);
    let closed = of_type(&lines, "closed")[0];
    assert!(closed["explanation"].as_str().unwrap().contains("lacks"), "{closed}");
}

#[test]
fn what_is_said_to_be_missing_has_to_make_sense() {
    let mut talk = Talk::open(50_001);
    talk.say_in(Role::Server, &rig::frame(Role::Server, Opcode::TEXT, &[b'x'; 300]), 100);
    talk.ack(Role::Client);
    talk.segments.remove(6);
    let lines = Session::import(dump(&talk.segments)).lines();
    let at = lines.iter().position(|line| line["type"] == "frame").unwrap();
    for (key, value, problem) in [
        ("missing", json!([{"at": 96, "octets": 205}]), "missing"),
        ("missing", json!([{"at": u64::MAX, "octets": 1}]), "missing"),
        ("missing", json!([{"at": 9, "octets": 0}]), "missing"),
        ("missing", json!([{"at": 9, "octets": 9}, {"at": 0, "octets": 1}]), "missing"),
        ("complete", json!(true), "missing"),
    ] {
        let mut lines = lines.clone();
        lines[at][key] = value;
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let told = Session::import(text).problems();
        assert_eq!(told, [format!("line {}: the value of {problem} makes no sense", at + 1)]);
    }
    for detail in ["server 0", "server 99999999999"] {
        let mut lines = lines.clone();
        let gap = lines.iter_mut().find(|line| line["type"] == "error").unwrap();
        (gap["kind"], gap["detail"]) = (json!("gap"), json!(detail));
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let told = Session::import(text).problems();
        assert!(told.iter().any(|told| told.contains("the value of detail")), "{told:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lost_packets_stay_lost(
        deflate in any::<bool>(),
        size in 3usize..120,
        lost in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        let talk = if deflate { compressed() } else { Talk::whole([1_000, 5_000], size) };
        let mut segments = talk.segments;
        // A connection without its heads is another matter.
        let heads = [rig::REQUEST, rig::RESPONSE].map(|head| head.len().div_ceil(size));
        let first = 3 + if deflate { 2 } else { heads[0] + heads[1] };
        for lost in lost {
            segments.remove(first + lost.index(segments.len() - first));
        }
        there_and_back(dump(&segments));
    }

    #[test]
    fn cut_packets_stay_cut(deflate in any::<bool>(), snap in 250usize..500, size in 200usize..1_000) {
        let talk = if deflate { compressed() } else { Talk::whole([1_000, 5_000], size) };
        there_and_back(cut(&talk.segments, snap));
    }
}
