//! A replay shows at each position what the live session showed there.

use super::rig::{self, Script};
use super::round_trip::{op, script};
use proptest::collection::vec;
use proptest::prelude::*;
use std::fs::File;
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::{Opcode, Role};
use wsscope::session::Log;
use wsscope::session::open::Replay;
use wsscope::session::source::Source;
use wsscope::session::verdict::Verdict;

/// The rows, and what every connection has come to.
fn seen(log: &Log) -> Vec<String> {
    let verdict = |c| format!("{:?}", Verdict::of(c));
    let connections = log.connections().iter();
    let states = connections.map(|c| format!("{:?} {} {}", c.ready_state(), c.over, verdict(c)));
    rig::rows(log).into_iter().chain(states).collect()
}

/// Every position at which the live session stood, forward and then back.
fn replayed(script: &Script) -> usize {
    let mut live: Vec<(u64, Vec<String>)> = Vec::new();
    let recorded = rig::record_looking(script, 1, |_, log| {
        let log = log.read();
        if live.last().is_none_or(|(rows, _)| *rows != log.len()) {
            live.push((log.len(), seen(&log)));
        }
    });
    let source = Source::new(File::open(&recorded.path).unwrap());
    let begin = || Replay::new(&source, None).unwrap();
    let mut replay = begin();
    for (rows, expected) in &live {
        while !replay.advance(*rows, 3, true).unwrap() {}
        assert_eq!(replay.position(), *rows);
        rig::same(expected, &seen(&replay.log().read()));
    }
    // Going back is reading anew: to any position, and never beyond what is known.
    let all = live.last().map_or(0, |(rows, _)| *rows);
    for (rows, expected) in live.iter().rev().step_by(7) {
        let mut replay = begin();
        while !replay.advance(*rows, 1000, true).unwrap() {}
        rig::same(expected, &seen(&replay.log().read()));
        assert!(replay.before() < *rows.max(&1));
    }
    while !replay.advance(u64::MAX, 1000, true).unwrap() {}
    assert_eq!(replay.position(), all);
    live.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn each_position_is_as_it_was_live(steps in vec((0_usize..5, any::<bool>(), op()), 1..60)) {
        replayed(&script(&steps));
    }
}

#[test]
fn states_and_verdict_are_those_of_the_position() {
    let mut script = Script::default();
    let one = script.connection("127.0.0.1:50001", "127.0.0.1:8000");
    script.octets(one, Role::Server, rig::frame(Role::Server, Opcode::CLOSE, b"\x03\xe8bye"));
    script.octets(one, Role::Client, rig::frame(Role::Client, Opcode::CLOSE, b"\x03\xe8bye"));
    script.tcp(one, Role::Server, TcpEvent::Fin);
    script.tcp(one, Role::Client, TcpEvent::Fin);
    assert_eq!(replayed(&script), 7, "each moment is a position");
    let recorded = rig::record(&script);
    let source = Source::new(File::open(&recorded.path).unwrap());
    let mut replay = Replay::new(&source, None).unwrap();
    let mut states = Vec::new();
    while replay.position() < recorded.log.read().len() {
        assert!(replay.advance(replay.position() + 1, u64::MAX, true).unwrap());
        let log = replay.log().read();
        states.push((log.len(), log.connections()[0].ready_state().word()));
    }
    // The last FIN and the end of the connection happen together.
    let expected = [
        (1, "CONNECTING"),
        (2, "CONNECTING"),
        (3, "OPEN"),
        (4, "CLOSING"),
        (5, "CLOSING"),
        (6, "CLOSING"),
        (8, "CLOSED"),
    ];
    assert_eq!(states, expected);
    assert_eq!(replay.before(), 6);
}
