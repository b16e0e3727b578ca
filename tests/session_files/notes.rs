//! Notes: kept by the capture while it is recorded, comments once it is saved,
//! and nothing of anybody's file lost on the way.

use super::rig::{self, REQUEST, RESPONSE, Script};
use super::strangers::Other;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::{Opcode, Role};
use wsscope::session::notes::{Note, Subject};
use wsscope::session::pcapng::packets::{Flags, Flow};
use wsscope::session::recorder::SharedLog;
use wsscope::session::save::{self, Masks};
use wsscope::session::source::Source;
use wsscope::session::{Fault, FaultKind, Log, Observed, Record, Recorder, Stage, store};

/// Everything that is written to a session.
fn notes(log: &Log) -> BTreeMap<Subject, (String, bool)> {
    let notes = log.notes();
    let of =
        |subject| (notes.text(subject).unwrap_or_default().to_owned(), notes.bookmarked(subject));
    notes.subjects().map(|subject| (subject, of(subject))).collect()
}

fn save(from: &Path, log: &SharedLog, to: &Path) {
    let source = Source::new(File::open(from).unwrap());
    save::copy_noted(&source, log, to, &Masks::default()).unwrap();
}

/// A session with rows of every kind, the first of them before any packet.
fn script() -> Script {
    let mut script = Script::default();
    script.fault(0, Fault::new(Stage::Lookup, FaultKind::NameNotFound, "no.such.host"));
    let one = script.connection("127.0.0.1:50001", "127.0.0.1:8000");
    let two = script.connection("[::1]:50002", "[::1]:8000");
    for text in ["a", "b", ""] {
        script.octets(one, Role::Server, rig::frame(Role::Server, Opcode::TEXT, text.as_bytes()));
    }
    // More than fits into one packet, and one that is cut off.
    script.octets(two, Role::Client, rig::frame(Role::Client, Opcode::BINARY, &[7; 150_000]));
    script.octets(two, Role::Server, &rig::frame(Role::Server, Opcode::TEXT, b"cut")[..3]);
    script.fault(one, Fault::new(Stage::Send, FaultKind::NotSent, "17"));
    script.tcp(one, Role::Server, TcpEvent::Fin);
    script.tcp(one, Role::Client, TcpEvent::Fin);
    script.tcp(two, Role::Client, TcpEvent::Rst);
    script
}

/// Records the script, then these notes one after the other; `look` sees the file
/// before it is ended.
fn record(notes: &[Note], look: impl FnOnce(&Path, &SharedLog)) -> (tempfile::TempDir, SharedLog) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.pcapng");
    let log = SharedLog::default();
    let mut recorder =
        Recorder::new(store::create(&path, false).unwrap(), None, log.clone()).unwrap();
    for record in script().records {
        recorder.take(record);
    }
    recorder.commit().unwrap();
    for note in notes {
        recorder.take(Record { connection: 0, time: 0, what: Observed::Note(note.clone()) });
    }
    recorder.commit().unwrap();
    look(&path, &log);
    recorder.finish().unwrap();
    (folder, log)
}

#[test]
fn notes_survive_a_crash_and_become_comments() {
    let all = (0..script_rows())
        .map(|row| Note::new(Subject::Row(row), &format!("孩子 {row}\nsecond line"), row % 3 == 0));
    let mut written: Vec<Note> = all.collect();
    written.push(Note::new(Subject::Connection(1), "the first", false));
    written.push(Note::new(Subject::Connection(2), "[bookmark] is a word", false));
    written.push(Note::new(Subject::Session, "Mars", false));
    // Edited, removed, reduced to its bookmark.
    written.push(Note::new(Subject::Row(4), "edited", false));
    written.push(Note::new(Subject::Row(5), "", false));
    written.push(Note::new(Subject::Row(6), "", true));
    let (folder, log) = record(&written, |path, log| {
        let (killed, opened) = rig::open(path);
        assert!(!opened.ended_in_order);
        assert_eq!(notes(&killed.read()), notes(&log.read()));
        assert_eq!(killed.read().notes().revision(), 0, "nothing is unsaved");
    });
    let shown = notes(&log.read());
    assert_eq!(shown.len() as u64, script_rows() - 1 + 3);
    assert_eq!(shown[&Subject::Row(4)], ("edited".to_owned(), false));
    assert_eq!(shown[&Subject::Row(6)], (String::new(), true));

    let path = folder.path().join("session.pcapng");
    let (once, twice) = (folder.path().join("copy.pcapng"), folder.path().join("twice.pcapng"));
    save::copy(&path, &once, &Masks::default()).unwrap();
    let (copied, opened) = rig::open(&once);
    assert!(opened.ended_in_order && opened.damaged_at.is_none());
    rig::same(&rig::session(&log, &path), &rig::session(&copied, &once));
    assert_eq!(notes(&copied.read()), shown);
    let octets = std::fs::read(&once).unwrap();
    let local = wsscope::session::pcapng::LOCAL.to_le_bytes();
    assert!(rig::blocks(&octets).iter().all(|at| octets[*at..*at + 4] != local));
    save(&once, &copied, &twice);
    assert!(std::fs::read(&twice).unwrap() == octets, "what did not change is copied as it is");

    // The live log and the file say the same.
    save(&path, &log, &twice);
    assert!(std::fs::read(&twice).unwrap() == octets);
    // And all of it can be taken back.
    for subject in shown.keys() {
        copied.write().set_note(Note::new(*subject, "", false));
    }
    save(&once, &copied, &twice);
    let (empty, _) = rig::open(&twice);
    assert_eq!(notes(&empty.read()), BTreeMap::new());
    rig::same(&rig::session(&log, &path), &rig::session(&empty, &twice));
}

fn script_rows() -> u64 {
    rig::record(&script()).log.read().len()
}

#[test]
fn a_recording_that_stopped_still_takes_notes() {
    let log = SharedLog::default();
    let (reader, writer) = std::io::pipe().unwrap();
    let file = File::from(std::os::fd::OwnedFd::from(writer));
    let mut recorder = Recorder::new(file, None, log.clone()).unwrap();
    drop(reader);
    for record in script().records {
        recorder.take(record);
    }
    recorder.commit().unwrap_err();
    let note = Note::new(Subject::Row(0), "why?", false);
    recorder.take(Record { connection: 0, time: 0, what: Observed::Note(note) });
    assert_eq!(log.read().note(0), Some("why?"));
}

/// A piece of somebody's capture.
#[derive(Debug, Clone)]
enum Piece {
    /// Frames in one packet, with the packet's comments; whether a FIN is with them.
    Frames { server: bool, frames: Vec<usize>, comments: Vec<String>, fin: bool },
    /// Part of a frame, the rest in the next packet.
    Split(bool),
    /// A packet without octets.
    Ack(Option<String>),
    /// A block of a kind that wsscope knows nothing of.
    Block(u32, Vec<u8>),
    /// Another section, and whether it says its length.
    Section(bool),
}

fn piece() -> impl Strategy<Value = Piece> {
    let comment = r"(\[(frame 2|bookmark|row 3|connection)\] )?[a-z火]{1,5}";
    prop_oneof![
        4 => (any::<bool>(), vec(0usize..200, 1..5), vec(comment, 0..3), prop::bool::weighted(0.1))
            .prop_map(|(server, frames, comments, fin)| Piece::Frames { server, frames, comments, fin }),
        1 => any::<bool>().prop_map(Piece::Split),
        1 => prop::option::of(comment).prop_map(Piece::Ack),
        // Name resolution, statistics, secrets, custom blocks, ours in the wrong byte order.
        2 => (prop::sample::select(vec![4, 5, 10, 0xBAD, 0x4000_0BAD, 0x8000_0001, 0x7777]),
              vec(any::<u8>(), 0..40)).prop_map(|(kind, body)| Piece::Block(kind, body)),
        1 => any::<bool>().prop_map(Piece::Section),
    ]
}

struct Stranger {
    other: Other,
    flow: Flow,
    section: usize,
    says_len: bool,
}

impl Stranger {
    fn section(&mut self, says_len: bool) {
        self.end_section();
        (self.section, self.says_len) = (self.other.octets.len(), says_len);
        let other = &mut self.other;
        let head = [&other.u32(0x1A2B_3C4D)[..], &other.u16(1), &other.u16(0), &[0xFF; 8]].concat();
        let options = [other.option(3, b"an OS"), other.option(0, &[])].concat();
        other.block(0x0A0D_0D0A, &[&head, &options]);
        let link = [other.u16(101), other.u16(0)].concat();
        let (name, end) = (other.option(2, b"eth7"), other.option(0, &[]));
        other.block(1, &[&link, &other.u32(0), &name, &other.option(9, &[9]), &end]);
    }

    fn end_section(&mut self) {
        if self.says_len {
            let at = self.section;
            let head = if self.other.big { u32::from_be_bytes } else { u32::from_le_bytes };
            let head = head(self.other.octets[at + 4..at + 8].try_into().unwrap()) as usize;
            let len = (self.other.octets.len() - at - head) as u64;
            let len = if self.other.big { len.to_be_bytes() } else { len.to_le_bytes() };
            self.other.octets[at + 16..at + 24].copy_from_slice(&len);
        }
    }

    fn packet(&mut self, from: Role, flags: Flags, payload: &[u8], comments: &[String]) {
        let mut packet = Vec::new();
        self.flow.header(from, flags, payload.len(), &mut packet);
        packet.extend_from_slice(payload);
        let other = &mut self.other;
        let len = other.u32(packet.len() as u32);
        packet.resize(packet.len().next_multiple_of(4), 0);
        let at = other.octets.len() as u32;
        let head = [other.u32(0), other.u32(7), other.u32(at), len, len].concat();
        let mut options = Vec::new();
        // Comments stand between options, known and unknown.
        for comment in comments {
            options.extend(other.option(0x0BAD, b"custom"));
            options.extend(other.option(1, comment.as_bytes()));
        }
        if packet.len() % 3 != 0 || !comments.is_empty() {
            options.extend([other.option(2, &other.u32(0)), other.option(0, &[])].concat());
        }
        other.block(6, &[&head, &packet, &options]);
    }
}

fn stranger(big: bool, pieces: &[Piece]) -> Vec<u8> {
    let address = |text: &str| text.parse().unwrap();
    let flow = Flow::new(address("192.0.2.1:50001"), address("192.0.2.2:80"));
    let other = Other { big, packets: 6, octets: Vec::new() };
    let mut stranger = Stranger { other, flow, section: 0, says_len: false };
    stranger.section(false);
    let push = Flags { psh: true, ..Flags::default() };
    let syn = Flags { syn: true, ..Flags::default() };
    stranger.packet(Role::Client, syn, b"", &["on the SYN".to_owned()]);
    stranger.packet(Role::Server, syn, b"", &[]);
    stranger.packet(Role::Client, push, REQUEST.as_bytes(), &[]);
    stranger.packet(Role::Server, push, RESPONSE.as_bytes(), &[]);
    let mut finned = [false; 2];
    let whole = |from, len| rig::frame(from, Opcode::BINARY, &vec![7; len]);
    for piece in pieces {
        match piece {
            Piece::Frames { server, frames, comments, fin } => {
                let from = if *server { Role::Server } else { Role::Client };
                if !finned[from.index()] {
                    finned[from.index()] = *fin;
                    let octets: Vec<u8> = frames.iter().flat_map(|len| whole(from, *len)).collect();
                    stranger.packet(from, Flags { fin: *fin, ..push }, &octets, comments);
                }
            }
            Piece::Split(server) => {
                let from = if *server { Role::Server } else { Role::Client };
                if !finned[from.index()] {
                    let octets = whole(from, 60);
                    stranger.packet(from, push, &octets[..20], &["[note] begun".to_owned()]);
                    stranger.packet(from, push, &octets[20..], &[]);
                }
            }
            Piece::Ack(comment) => {
                let comments: Vec<String> = comment.iter().cloned().collect();
                stranger.packet(Role::Client, Flags::default(), b"", &comments);
            }
            Piece::Block(kind, body) => stranger.other.block(*kind, &[body]),
            Piece::Section(says_len) => stranger.section(*says_len),
        }
    }
    stranger.end_section();
    stranger.other.octets
}

/// Each block without the comments in its options, and without the length of a section.
fn without_comments(octets: &[u8], big: bool) -> Vec<Vec<u8>> {
    let u32_at = |at: usize| {
        let four = octets[at..at + 4].try_into().unwrap();
        (if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }) as usize
    };
    let (mut at, mut blocks) = (0, Vec::new());
    while at < octets.len() {
        let (kind, len) = (u32_at(at), u32_at(at + 4));
        let mut block = octets[at..at + len - 4].to_vec();
        let options = match kind {
            0x0A0D_0D0A => Some(24),
            6 => Some(28 + u32_at(at + 20).next_multiple_of(4)),
            _ => None,
        };
        if let Some(mut from) = options {
            block[4..8].fill(0);
            if kind != 6 {
                block[16..24].fill(0xFF);
            }
            let u16_of = |two: &[u8]| {
                let two = two.try_into().unwrap();
                if big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) }
            };
            let mut kept = block[..from].to_vec();
            while from < block.len() {
                let (code, len) =
                    (u16_of(&block[from..from + 2]), u16_of(&block[from + 2..from + 4]));
                let end = from + 4 + usize::from(len).next_multiple_of(4);
                if code > 1 {
                    kept.extend_from_slice(&block[from..end]);
                }
                from = end;
            }
            block = kept;
        }
        blocks.push(block);
        at += len;
    }
    blocks
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..Default::default() })]

    #[test]
    fn notes_on_somebodys_capture_lose_nothing_of_it(
        big in any::<bool>(),
        pieces in vec(piece(), 0..30),
        written in vec((0.0..1.0, r"(\[bookmark\] )?[a-z火\n]{0,6}", any::<bool>()), 0..8),
        connection in "[a-z]{0,4}",
        name in "[a-z]{0,4}",
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("a.pcapng"), folder.path().join("b.pcapng"));
        let octets = stranger(big, &pieces);
        std::fs::write(&path, &octets).unwrap();
        let (log, opened) = rig::open(&path);
        prop_assert_eq!(opened.damaged_at, None);
        let rows = rig::session(&log, &path);
        save(&path, &log, &copy);
        prop_assert!(std::fs::read(&copy).unwrap() == octets, "nothing changed");

        let len = log.read().len();
        for (at, text, bookmark) in &written {
            let row = (at * len as f64) as u64;
            log.write().set_note(Note::new(Subject::Row(row), text, *bookmark));
        }
        log.write().set_note(Note::new(Subject::Connection(1), &connection, false));
        log.write().set_note(Note::new(Subject::Session, &name, false));
        save(&path, &log, &copy);
        let (again, opened) = rig::open(&copy);
        prop_assert_eq!(opened.damaged_at, None);
        rig::same(&rows, &rig::session(&again, &copy));
        prop_assert_eq!(notes(&again.read()), notes(&log.read()));
        let saved = std::fs::read(&copy).unwrap();
        let (before, after) = (without_comments(&octets, big), without_comments(&saved, big));
        prop_assert_eq!(before, after);
    }
}

#[test]
fn a_note_edited_on_a_comment_of_wireshark_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("a.pcapng"), folder.path().join("b.pcapng"));
    for big in [false, true] {
        let frames = |comments: &[&str]| Piece::Frames {
            server: true,
            frames: vec![3, 4, 5],
            comments: comments.iter().map(|&c| c.to_owned()).collect(),
            fin: false,
        };
        let comments = ["look", "[frame 2] and here", "again"];
        let pause = Piece::Ack(Some("a pause".to_owned()));
        let pieces = [frames(&comments), Piece::Split(true), pause, frames(&[])];
        std::fs::write(&path, stranger(big, &pieces)).unwrap();
        let (log, _) = rig::open(&path);
        let text = |log: &SharedLog, row| log.read().note(row).map(str::to_owned);
        let shown = |log: &SharedLog| {
            (0..7).map(|row| text(log, row).unwrap_or_default()).collect::<Vec<_>>()
        };
        // Opened, request, response, three frames, the one in two packets.
        let expected = ["on the SYN", "", "", "look\nagain", "and here", "", "begun\na pause"];
        assert_eq!(shown(&log), expected, "big-endian: {big}");
        log.write().set_note(Note::new(Subject::Row(3), "changed", true));
        save(&path, &log, &copy);
        let (again, _) = rig::open(&copy);
        assert_eq!(text(&again, 3).as_deref(), Some("changed"));
        assert!(again.read().bookmarked(3));
        let octets = std::fs::read(&copy).unwrap();
        let holds = |text: &str| octets.windows(text.len()).any(|w| w == text.as_bytes());
        assert!(holds("[frame 1] [bookmark] changed") && holds("[frame 2] and here"));
        assert!(!holds("look") && !holds("again"));
    }
}

#[test]
fn notes_before_the_connection_is_known_are_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("a.pcapng"), folder.path().join("b.pcapng"));
    let address = |text: &str| text.parse().unwrap();
    let (syn, push) =
        (Flags { syn: true, ..Flags::default() }, Flags { psh: true, ..Flags::default() });
    let note = |text: &str| [text.to_owned()];
    for big in [false, true] {
        let other = Other { big, packets: 6, octets: Vec::new() };
        let flow = Flow::new(address("192.0.2.3:50002"), address("192.0.2.2:80"));
        let mut stranger = Stranger { other, flow, section: 0, says_len: false };
        stranger.section(false);
        // A connection that never becomes WebSocket has no place for its note.
        stranger.packet(Role::Client, syn, b"", &note("elsewhere"));
        stranger.flow = Flow::new(address("192.0.2.1:50001"), address("192.0.2.2:80"));
        stranger.packet(Role::Client, syn, b"", &[]);
        stranger.packet(Role::Server, syn, b"", &note("its answer"));
        stranger.packet(Role::Client, Flags::default(), b"", &note("[connection] the third"));
        let (begin, end) = REQUEST.as_bytes().split_at(40);
        stranger.packet(Role::Client, push, begin, &note("half a head"));
        stranger.packet(Role::Client, push, end, &[]);
        stranger.packet(Role::Server, push, RESPONSE.as_bytes(), &[]);
        std::fs::write(&path, &stranger.other.octets).unwrap();
        let (log, _) = rig::open(&path);
        let expected = [
            (Subject::Connection(1), ("the third".to_owned(), false)),
            (Subject::Row(0), ("its answer".to_owned(), false)),
            (Subject::Row(1), ("half a head".to_owned(), false)),
        ];
        assert_eq!(notes(&log.read()), BTreeMap::from(expected), "big-endian: {big}");
        log.write().set_note(Note::new(Subject::Row(0), "edited", false));
        log.write().publish();
        save(&path, &log, &copy);
        let (again, _) = rig::open(&copy);
        assert_eq!(notes(&again.read()), notes(&log.read()));
        let octets = std::fs::read(&copy).unwrap();
        assert!(octets.windows(9).any(|octets| octets == b"elsewhere"));
    }
}
