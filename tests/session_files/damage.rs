//! Files that end too soon, that were changed, or that are no captures.

use super::rig::{self, Script};
use std::io::{self, Read};
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::{Opcode, Role};
use wsscope::session::open::{self, Opened, Progress};
use wsscope::session::pcapng::read::ReadError;
use wsscope::session::recorder::SharedLog;
use wsscope::session::{Fault, FaultKind, Stage};
use wsscope::text::Lang;

fn small() -> Script {
    let mut script = Script::default();
    let one = script.connection("127.0.0.1:50001", "127.0.0.1:8000");
    script.octets(one, Role::Client, rig::frame(Role::Client, Opcode::TEXT, b"hello"));
    script.fault(0, Fault::new(Stage::Lookup, FaultKind::NameNotFound, "no.such.host"));
    let two = script.opened(None, "[::1]:50002", "[::1]:8000");
    script.octets(two, Role::Client, rig::REQUEST);
    script.octets(one, Role::Server, rig::frame(Role::Server, Opcode::CLOSE, b"\x03\xe8bye"));
    script.tcp(two, Role::Server, TcpEvent::Lost);
    script.tcp(one, Role::Server, TcpEvent::Fin);
    script.tcp(one, Role::Client, TcpEvent::Fin);
    script
}

fn read(octets: &[u8]) -> (Vec<String>, Result<Opened, ReadError>) {
    let log = SharedLog::default();
    let opened = open::open(octets, &log, &Progress::default());
    let rows = rig::rows(&log.read());
    (rows, opened)
}

/// A capture, its rows, and at which length of the file how many of them were shown.
fn shown() -> (Vec<u8>, Vec<String>, Vec<(usize, usize)>) {
    let mut shown = vec![(0, 0)];
    let recorded = rig::record_looking(&small(), 1, |path, log| {
        let log = &log.read();
        let len = std::fs::metadata(path).unwrap().len();
        shown.push((len as usize, log.len() as usize));
    });
    let rows = rig::rows(&recorded.log.read());
    (recorded.octets(), rows, shown)
}

fn whole_rows(shown: &[(usize, usize)], before: usize) -> usize {
    shown.iter().rev().find(|(len, _)| *len <= before).unwrap().1
}

#[test]
fn a_file_cut_anywhere_shows_every_row_before_the_cut() {
    let (octets, rows, shown) = shown();
    for cut in 0..octets.len() {
        let (found, opened) = read(&octets[..cut]);
        let whole = whole_rows(&shown, cut);
        rig::same(&rows[..whole], &found[..whole.min(found.len())]);
        match opened {
            Ok(opened) => {
                assert!(opened.damaged_at.is_none_or(|at| at as usize <= cut), "cut at {cut}");
                let between = cut == 0 || rig::blocks(&octets).contains(&cut);
                assert_eq!(opened.damaged_at.is_none(), between, "cut at {cut}");
                assert!(!opened.ended_in_order, "cut at {cut}");
            }
            Err(ReadError::Empty) => assert_eq!(cut, 0),
            Err(error) => assert!(cut < 4 && matches!(error, ReadError::NotACapture), "{error:?}"),
        }
    }
}

#[test]
fn a_file_changed_anywhere_shows_every_row_before_the_change() {
    let (octets, rows, shown) = shown();
    for at in 0..octets.len() {
        for flip in [0xFF, 0x01] {
            let mut changed = octets.clone();
            changed[at] ^= flip;
            let (found, opened) = read(&changed);
            let whole = whole_rows(&shown, at);
            rig::same(&rows[..whole], &found[..whole.min(found.len())]);
            match opened {
                Ok(opened) => {
                    assert!(opened.damaged_at.is_none_or(|at| (at as usize) < octets.len()));
                }
                Err(error) => {
                    assert!(
                        at < 4 && matches!(error, ReadError::NotACapture),
                        "at {at}: {error:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_is_no_capture_is_refused() {
    let other: [&[u8]; 5] = [
        b"\n",
        b"hello, this is a letter and no capture\n",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01",
        b"\x9c\x11\xf0\x04\xa7\x5e\x80\x31\x2b\xcc\x90\x00\x17\xea\x55\x63",
        b"\x0a\x0d\x0d",
    ];
    for octets in other {
        let (rows, opened) = read(octets);
        assert!(matches!(opened, Err(ReadError::NotACapture)), "{octets:?}: {opened:?}");
        assert!(rows.is_empty());
    }
    let (_, opened) = read(b"");
    let said = opened.map_err(|error| wsscope::text::opened::read_error(Lang::En, &error));
    assert_eq!(said.err().as_deref(), Some("The file is empty."));
}

/// Gives octets, and notes how much room it was ever offered.
struct Offered<'a> {
    octets: &'a [u8],
    most: &'a mut usize,
}

impl Read for Offered<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        *self.most = room.len().max(*self.most);
        self.octets.read(room)
    }
}

#[test]
fn an_announced_length_asks_for_no_memory() {
    let (mut octets, rows, _) = shown();
    let end = octets.len() as u64;
    octets.extend_from_slice(&6u32.to_le_bytes());
    octets.extend_from_slice(&0x0FFF_FFFCu32.to_le_bytes());
    octets.extend_from_slice(&[0; 5000]);
    let (log, mut most) = (SharedLog::default(), 0);
    let input = Offered { octets: &octets, most: &mut most };
    let opened = open::open(input, &log, &Progress::default()).unwrap();
    assert_eq!(opened.damaged_at, Some(end));
    rig::same(&rows, &rig::rows(&log.read()));
    assert!(most <= 8 << 20, "{most} octets of memory for a file of {}", octets.len());
}
