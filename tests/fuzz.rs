//! A fuzz target for each reader, and for the filter: good input, changed anywhere, is
//! never a panic or a hang, and what is read of it can be written again.
//!
//! `WSSCOPE_FUZZ=300 cargo test --release fuzz::` tries each for so many seconds,
//! `WSSCOPE_SEED=N` with other numbers. An input that fails is kept and named.

use super::conversions::Session;
use super::session_files::foreign;
use super::session_files::rig::{self, Script};
use super::soak::asked;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::{Opcode, Role};
use wsscope::session::export::Format;
use wsscope::session::filter::Filter;
use wsscope::session::import::Kind;
use wsscope::session::notes::{Note, Subject};
use wsscope::session::selection;

/// Without being asked: a moment.
const MOMENT: Duration = Duration::from_millis(300);
/// No input of some kilobytes takes so long.
const HANGS: Duration = Duration::from_secs(60);

/// xorshift64*: the same numbers for the same seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end.max(1)
    }

    fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// Changes octets in a few places.
fn change(octets: &mut Vec<u8>, numbers: &mut Numbers) {
    for _ in 0..=numbers.below(6) {
        let at = numbers.below(octets.len());
        let end = (at + numbers.below(200)).min(octets.len());
        match numbers.below(7) {
            _ if octets.is_empty() => return,
            0 => octets[at] ^= 1 << numbers.below(8),
            1 => octets[at] = [0, 0xFF, 0x7F, 0x80, b'"', b'{'][numbers.below(6)],
            2 => drop(octets.drain(at..end)),
            3 => {
                let (again, to) = (octets[at..end].to_vec(), numbers.below(octets.len()));
                octets.splice(to..to, again);
            }
            4 => {
                // A number grows beyond what it may be.
                let digit = octets[at..].iter().position(u8::is_ascii_digit).unwrap_or(0);
                octets.splice(at + digit..at + digit, *b"9999999999");
            }
            5 => {
                let four = [0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF_u32][numbers.below(4)].to_le_bytes();
                octets.splice(at..(at + 4).min(octets.len()), four);
            }
            _ => octets.truncate(at.max(200)),
        }
    }
}

/// Tries input made of these seeds for as long as is asked.
fn fuzz<T: AsRef<[u8]>>(
    name: &str,
    seeds: &[T],
    change: fn(&mut Vec<u8>, &mut Numbers),
    mut target: impl FnMut(&[u8]),
) {
    let lasts = std::env::var_os("WSSCOPE_FUZZ").map(|_| asked("WSSCOPE_FUZZ", 0));
    let lasts = lasts.map_or(MOMENT, Duration::from_secs);
    let (seed, begin) = (asked("WSSCOPE_SEED", 7), Instant::now());
    let mut case = 0;
    while case == 0 || begin.elapsed() < lasts {
        case += 1;
        let mut numbers = Numbers((seed << 32 | case).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut input = seeds[numbers.below(seeds.len())].as_ref().to_vec();
        if case > seeds.len() as u64 {
            change(&mut input, &mut numbers);
        }
        let start = Instant::now();
        let tried = catch_unwind(AssertUnwindSafe(|| {
            target(&input);
            assert!(start.elapsed() < HANGS, "it took {:?}", start.elapsed());
        }));
        if let Err(panic) = tried {
            let path = std::env::temp_dir().join(format!("wsscope-fuzz-{name}-{seed}-{case}"));
            std::fs::write(&path, &input).unwrap();
            eprintln!("{name}: case {case} of seed {seed} fails: {}", path.display());
            resume_unwind(panic);
        }
    }
    println!("{name}: {case} inputs in {:.0?}", begin.elapsed());
}

/// Reads a file, and writes what was read in every form. It may be refused.
fn read(kind: Kind, octets: &[u8]) {
    let Some(session) = Session::try_import(Some(kind), octets.to_vec()) else { return };
    for format in Format::ALL {
        // A damaged capture cannot be copied; a picture needs a connection.
        let picture = format == Format::Svg && session.log.read().connections().is_empty();
        if format != Format::Pcapng && !picture {
            session.write(format);
        }
    }
}

/// A session with something of everything, and notes on it.
fn session() -> Session {
    let mut script = Script::default();
    let one = script.connection("127.0.0.1:50001", "127.0.0.1:8000");
    for text in ["one", "{\"id\":17}", "火星"] {
        script.octets(one, Role::Client, rig::frame(Role::Client, Opcode::TEXT, text.as_bytes()));
    }
    script.octets(one, Role::Server, rig::frame(Role::Server, Opcode::PING, b"?"));
    script.octets(one, Role::Server, rig::frame(Role::Server, Opcode::CLOSE, b"\x03\xe8bye"));
    script.octets(one, Role::Server, &rig::frame(Role::Server, Opcode::BINARY, &[7; 9])[..5]);
    script.tcp(one, Role::Client, TcpEvent::Rst);
    let two = script.opened(None, "[::1]:50002", "[::1]:8000");
    script.octets(two, Role::Client, rig::REQUEST);
    script.over(two);
    let (_recorded, session) = Session::of(&script);
    let mut log = session.log.write();
    for (subject, text, bookmark) in [
        (Subject::Session, "Mars", false),
        (Subject::Connection(1), COMMENT, false),
        (Subject::Row(4), COMMENT, true),
        (Subject::Row(7), "", true),
    ] {
        log.set_note(Note::new(subject, text, bookmark));
    }
    drop(log);
    session
}

/// A note that another text of its length takes the place of.
const COMMENT: &str = "a note that is as long as a comment of several words would be";

#[test]
fn pcap() {
    let captures = foreign::captures();
    let pcaps: Vec<_> = captures.iter().filter(|octets| octets[0] != 0x0A).collect();
    fuzz("pcap", &pcaps, change, |octets| read(Kind::Capture, octets));
}

#[test]
fn pcapng() {
    let mut captures = foreign::captures();
    captures.retain(|octets| octets[0] == 0x0A);
    captures.push(session().write(Format::Pcapng));
    fuzz("pcapng", &captures, change, |octets| read(Kind::Capture, octets));
}

#[test]
fn gzip() {
    let mut captures = foreign::captures();
    captures.push(session().write(Format::Pcapng));
    let packed = captures.iter().map(|octets| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(octets).unwrap();
        gzip.finish().unwrap()
    });
    fuzz("gzip", &packed.collect::<Vec<_>>(), change, |octets| read(Kind::Capture, octets));
}

#[test]
fn har() {
    let ours = session().write(Format::Har);
    let mut others: Value = serde_json::from_slice(&ours).unwrap();
    for entry in others["log"]["entries"].as_array_mut().unwrap() {
        entry.as_object_mut().unwrap().retain(|key, _| !key.starts_with("_ws"));
    }
    let others = others.to_string().into_bytes();
    fuzz("har", &[ours, others], change, |octets| read(Kind::Har, octets));
}

#[test]
fn json_lines() {
    let lines = session().write(Format::JsonLines);
    fuzz("json lines", &[lines], change, |octets| read(Kind::JsonLines, octets));
}

#[test]
fn comments() {
    const PIECES: &[&str] = &[
        "[frame 2]",
        "[row 3]",
        "[connection]",
        "[bookmark]",
        "[note]",
        "[frame 0]",
        "[row ",
        "99999999999999999999]",
        "]",
        "[",
        " ",
        "\n",
        "wsscope {",
        "wsscope {\"connection\":0,",
        "\"time\":1,\"note\":{\"row\":0,\"text\":\"a\",\"bookmark\":true}}",
        "火",
        "\0",
        "\u{FEFF}",
    ];
    let capture = session().write(Format::Pcapng);
    let places: Vec<usize> = (0..capture.len() - COMMENT.len())
        .filter(|at| capture[*at..].starts_with(COMMENT.as_bytes()))
        .collect();
    assert_eq!(places.len(), 2);
    let soup = |octets: &mut Vec<u8>, numbers: &mut Numbers| {
        octets.clear();
        for _ in 0..2 {
            let mut text: Vec<u8> = Vec::new();
            while text.len() < COMMENT.len() {
                text.extend(numbers.of(PIECES).as_bytes());
            }
            text.truncate(COMMENT.len());
            octets.extend(text);
        }
    };
    fuzz("comments", &[COMMENT.repeat(2)], soup, |texts| {
        let mut capture = capture.clone();
        for (place, text) in places.iter().zip(texts.chunks(COMMENT.len())) {
            capture[*place..place + text.len()].copy_from_slice(text);
        }
        read(Kind::Capture, &capture);
        // Nothing else is damaged: it can be copied, and the copy says the same.
        let session = Session::import(capture);
        let copy = Session::import(session.write(Format::Pcapng));
        assert_eq!(copy.lines(), session.lines());
    });
}

#[test]
fn filter() {
    let seeds = [
        "opcode == close && code != 1000",
        "!(ping or pong) and len in {1..4, 17} xor from == server",
        r#"text contains "err\x6fr" || text matches r"id.:\d+" && reason ~ "(?-i)火""#,
        "payload contains 88:02:03 and masking_key == 37:fa:21:3d",
        "ip.src == 10.0.0.0/8 && tcp.dstport == 8000 && time > 0.02",
        r#"rule == "client-not-masked" && severity == must || head contains "GET""#,
    ];
    let session = session();
    fuzz("filter", &seeds, change, |octets| {
        let text = String::from_utf8_lossy(octets);
        match Filter::parse(&text) {
            Ok(filter) => {
                selection::for_each(&filter, &session.log.read(), &session.source, |_| Ok(()))
                    .unwrap();
            }
            Err(error) => assert!(text.get(error.at.clone()).is_some(), "{error:?}"),
        }
    });
}
