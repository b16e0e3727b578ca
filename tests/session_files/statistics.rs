//! Statistics: the same figures as counting row by row, whatever the view shows
//! and however the rows came.

use super::rig::{self, Script};
use std::fs::File;
use std::sync::Arc;
use std::sync::mpsc::channel;
use wsscope::protocol::{Opcode, Role};
use wsscope::session::Kind;
use wsscope::session::recorder::SharedLog;
use wsscope::session::selection::Wake;
use wsscope::session::source::Source;
use wsscope::session::statistics::Statistics;
use wsscope::session::view::{Scope, View};

fn script(rounds: usize) -> Script {
    let mut script = Script::default();
    let one = script.connection("127.0.0.1:50001", "127.0.0.1:8000");
    let two = script.connection("127.0.0.1:50002", "127.0.0.1:8000");
    for round in 0..rounds {
        let payload = vec![b'x'; round * 37 % 3000];
        script.octets(one, Role::Server, rig::frame(Role::Server, Opcode::TEXT, &payload));
        let beat = round.to_string();
        let ping = rig::frame(Role::Client, Opcode::PING, beat.as_bytes());
        script.octets(two, Role::Client, ping);
        let pong = rig::frame(Role::Server, Opcode::PONG, beat.as_bytes());
        script.octets(two, Role::Server, pong);
    }
    script
}

/// Until every row was looked at, here or on the view's thread.
fn look(view: &mut View, log: &SharedLog, source: &Source) {
    let (sender, woken) = channel();
    let wake: Wake = Arc::new(move || {
        let _ = sender.send(());
    });
    view.update(log, source, &wake);
    while view.shown().progress(log.read().len()).is_some() {
        woken.recv().unwrap();
        view.update(log, source, &wake);
    }
}

#[test]
fn figures_are_those_of_the_rows_shown() {
    let recorded = rig::record(&script(300));
    let (log, source) = (recorded.log.read(), Source::new(File::open(&recorded.path).unwrap()));
    let hidden = Scope { hide_heartbeats: true, ..Scope::default() };
    let one = Scope { connection: Some(1), ..Scope::default() };
    for scope in [Scope::default(), hidden, one] {
        let (mut view, mut statistics) = (View::default(), Statistics::default());
        view.set_scope(scope);
        look(&mut view, &recorded.log, &source);
        let mut calls = 1;
        while !statistics.update(&log, &source, &view) {
            calls += 1;
        }
        assert!(calls < 10, "{calls}");
        let frames: Vec<_> = (0..view.len())
            .filter_map(|at| view.index(at))
            .filter(|index| log.row(*index).unwrap().kind == Kind::Frame)
            .collect();
        for from in Role::BOTH {
            let end = from.index();
            let own = |index: &&u64| log.row(**index).unwrap().from() == Some(from);
            let own: Vec<u64> = frames.iter().filter(own).copied().collect();
            assert_eq!(statistics.total.frames[end], own.len() as u64);
            let octets: u64 = own.iter().map(|index| log.octets_len(*index)).sum();
            assert_eq!(statistics.total.octets[end], octets);
            assert_eq!(statistics.opcodes[end].iter().sum::<u64>(), own.len() as u64);
            assert_eq!(statistics.sizes[end].iter().sum::<u64>(), own.len() as u64);
            let mut sizes: Vec<u64> = own.iter().map(|index| log.payload_len(*index)).collect();
            sizes.sort_unstable();
            let spread = &statistics.payload[end];
            assert_eq!(spread.count, own.len() as u64);
            if let Some(middle) = sizes.len().checked_sub(1) {
                let (median, exact) = (spread.median().unwrap(), sizes[middle / 2]);
                assert!(median <= exact && exact - median <= exact / 100, "{median} {exact}");
                assert_eq!((spread.min, spread.max), (sizes[0], sizes[middle]));
            }
            let (_, slices) = statistics.slices(50);
            assert!(slices.len() <= 50);
            let sum: u64 = slices.iter().map(|slice| slice.frames[end]).sum();
            assert_eq!(sum, own.len() as u64);
        }
        let trips = &statistics.round_trips;
        let expected = if scope == Scope::default() { 300 } else { 0 };
        assert_eq!((trips[0].count, trips[1].count), (expected, 0));
        if expected > 0 {
            // The script's clock: a Pong comes one step after its Ping.
            assert_eq!((trips[0].min, trips[0].max), (1_234_567, 1_234_567));
            assert_eq!(statistics.some_round_trips.len(), 300);
        }
        assert_eq!(statistics.ratio(Role::Client), None);
    }
}

#[test]
fn figures_follow_a_live_session() {
    let (mut view, mut statistics) = (View::default(), Statistics::default());
    let mut last = 0;
    rig::record_looking(&script(40), 7, |path, log| {
        let source = Source::new(File::open(path).unwrap());
        look(&mut view, log, &source);
        let log = &log.read();
        while !statistics.update(log, &source, &view) {}
        let frames = statistics.total.frames.iter().sum::<u64>();
        assert_eq!(frames, u64::from(log.frame_count()));
        assert!(frames >= last && statistics.looked() == log.len());
        last = frames;
    });
    assert_eq!(last, 120);
}
