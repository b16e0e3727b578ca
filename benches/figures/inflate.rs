//! Inflating messages of 1 KiB that refer to those before, against zlib-rs alone, which
//! neither keeps a window for going back nor notices a message that ends inside a block.

use crate::table::{Line, in_turns, per_second};
use flate2::{Decompress, FlushDecompress};
use std::hint::black_box;
use std::time::{Duration, Instant};
use wsscope::protocol::Role;
use wsscope::protocol::deflate::{Deflater, Inflater, Parameters};

const SIZE: usize = 1024;
const MESSAGES: u64 = 2000;
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(300);

/// Messages that are alike and not the same, compressed one behind the other.
fn messages() -> Vec<Vec<u8>> {
    let direction = Parameters::default().direction(Role::Server);
    let mut deflater = Deflater::new(direction).expect("a window of 15 bits");
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let message = |i: u64| {
        let mut text = format!("{{\"id\":{i},\"prices\":[");
        while text.len() < SIZE {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            text += &format!("{{\"bid\":{},\"ask\":{}}},", random % 100_000, random >> 48);
        }
        text.truncate(SIZE);
        deflater.message(text.as_bytes())
    };
    (0..MESSAGES).map(message).collect()
}

fn rate(mut pass: impl FnMut()) -> f64 {
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < ROUND {
        pass();
        count += MESSAGES * SIZE as u64;
    }
    per_second(count, start.elapsed())
}

fn ours(messages: &[Vec<u8>]) -> f64 {
    rate(|| {
        let mut inflater = Inflater::new(Parameters::default().direction(Role::Server), u64::MAX);
        for message in messages {
            let mut sink = |octets: &[u8]| {
                black_box(octets);
            };
            inflater.begin();
            inflater.push(black_box(message), &mut sink).expect("it was compressed");
            inflater.finish(&mut sink).expect("it was compressed");
        }
    })
}

fn bare(messages: &[Vec<u8>]) -> f64 {
    // The tail that is not sent (RFC 7692 §7.2.2).
    let whole: Vec<Vec<u8>> =
        messages.iter().map(|message| [message, &[0, 0, 0xFF, 0xFF][..]].concat()).collect();
    let mut out = vec![0; 2 * SIZE];
    rate(|| {
        let mut state = Decompress::new(false);
        for message in &whole {
            let before = state.total_out();
            let status = state.decompress(black_box(message), &mut out, FlushDecompress::Sync);
            status.expect("it was compressed");
            assert_eq!(state.total_out() - before, SIZE as u64);
            black_box(&out);
        }
    })
}

/// The lines of this group.
pub fn lines() -> Vec<Line> {
    let messages = messages();
    let (ours, theirs) = in_turns(ROUNDS, || ours(&messages), || bare(&messages));
    vec![Line::ratio(
        "inflate messages of 1 KiB with context takeover",
        format!("{:.0} MB/s", ours / 1e6),
        format!("zlib-rs alone {:.0} MB/s", theirs / 1e6),
        ours / theirs,
        Some(0.9),
    )]
}
