//! Captures cut and changed anywhere, which are never a panic.
//!
//! `WSSCOPE_FUZZ=100000 cargo test --release mutated` tries so many more.

use super::builder::{Link, Talk, dump, packets, pcap, pcapng};
use wsscope::session::open::{self, Opened, Progress};
use wsscope::session::pcapng::read::ReadError;
use wsscope::session::recorder::SharedLog;

fn read(octets: &[u8]) -> (u64, Result<Opened, ReadError>) {
    let log = SharedLog::default();
    let opened = open::open(octets, &log, &Progress::default());
    (log.read().len(), opened)
}

fn captures() -> Vec<Vec<u8>> {
    let talk = Talk::whole([1_000, u32::MAX - 40], 400);
    vec![
        dump(&talk.segments),
        pcap(276, true, true, &packets(Link::Cooked2, &talk.segments)),
        pcapng(&[Link::QinQ, Link::Extensions], &talk.segments, false),
        pcapng(&[Link::Null], &talk.segments, true),
    ]
}

#[test]
fn a_capture_cut_anywhere_shows_what_stands_before() {
    for octets in captures() {
        let (rows, _) = read(&octets);
        let mut before = 0;
        for cut in 0..octets.len() {
            let (found, opened) = read(&octets[..cut]);
            match opened {
                Ok(opened) => assert!(opened.damaged_at.is_none_or(|at| at <= cut as u64)),
                Err(ReadError::NotACapture) => assert!(cut < 4, "{cut}"),
                Err(ReadError::Damaged(0)) => assert!(cut < 24, "{cut}"),
                Err(error) => panic!("{error:?}"),
            }
            // A row more for the end of each connection.
            assert!(found <= rows && found + 2 >= before, "{found} of {rows} at {cut}");
            before = found;
        }
    }
}

/// xorshift64*: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }
}

#[test]
fn a_capture_changed_anywhere_is_no_panic() {
    let times = std::env::var("WSSCOPE_FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    for (seed, octets) in captures().into_iter().enumerate() {
        let mut numbers = Numbers(0x9E37_79B9 + seed as u64);
        for _ in 0..times {
            let mut changed = octets.clone();
            for _ in 0..=numbers.below(6) {
                let at = numbers.below(changed.len());
                match numbers.below(5) {
                    0 => changed[at] ^= 1 << numbers.below(8),
                    1 => changed[at] = [0, 0xFF, 0x7F, 0x80][numbers.below(4)],
                    2 => {
                        let end = (at + numbers.below(90)).min(changed.len());
                        changed.drain(at..end);
                    }
                    3 => {
                        let again = changed[at..(at + 200).min(changed.len())].to_vec();
                        let to = numbers.below(changed.len());
                        changed.splice(to..to, again);
                    }
                    _ => changed.truncate(at.max(200)),
                }
            }
            let _ = read(&changed);
        }
    }
}
