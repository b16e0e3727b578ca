//! An end answers the same octets however the reads are cut, whatever it is
//! told to make of faults.

use super::stage::{Stage, frame};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wsscope::protocol::Role;
use wsscope::protocol::behaviour::OnViolation;

/// Frames of a peer, good and bad; `raw` ones are faulty for both roles.
const WORDS: [&str; 16] = [
    "text:a",
    "text:Hel…",
    "…lo…",
    "…!",
    "binary:00ff",
    "text:0123456789",
    "ping:p",
    "ping",
    "pong:q",
    "close:1000:bye",
    "close",
    "close-body:03",
    "close-body:03ed",
    "raw:c302 6869",
    "raw:817e0002 ffff",
    "raw:8982 00000000 6869",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_answers_do_not_depend_on_the_reads(
        role in select(Role::BOTH.to_vec()),
        words in vec(select(WORDS.to_vec()), 1..8),
        lengths in vec(1..12usize, 1..6),
        noted in any::<bool>(),
    ) {
        let octets: Vec<u8> = words.iter().flat_map(|word| frame(role.peer(), word)).collect();
        let end = || Stage::open(role, |s| {
            s.behaviour.echo = true;
            s.max_message = 9;
            s.behaviour.on_violation = if noted { OnViolation::Note } else { OnViolation::Fail };
        });
        let finish = |mut stage: Stage| {
            let outputs = stage.outputs().join(" + ");
            stage.play("");
            (outputs, stage.state())
        };
        let mut whole = end();
        whole.receive(&octets);
        let mut cut = end();
        let mut rest = &octets[..];
        for length in lengths.iter().cycle() {
            let (read, behind) = rest.split_at(rest.len().min(*length));
            cut.receive(read);
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(finish(cut), finish(whole));
    }
}
