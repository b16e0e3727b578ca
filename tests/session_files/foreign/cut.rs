//! Captures cut anywhere; those changed anywhere are `fuzz`'s.

use super::builder::{Link, Talk, dump, packets, pcap, pcapng};
use wsscope::session::open::{self, Opened, Progress};
use wsscope::session::pcapng::read::ReadError;
use wsscope::session::recorder::SharedLog;

fn read(octets: &[u8]) -> (u64, Result<Opened, ReadError>) {
    let log = SharedLog::default();
    let opened = open::open(octets, &log, &Progress::default());
    (log.read().len(), opened)
}

/// Captures of each format, of several link types.
pub fn captures() -> Vec<Vec<u8>> {
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
                Err(ReadError::Empty) => assert_eq!(cut, 0),
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
