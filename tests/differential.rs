//! Whatever octets come behind the opening handshake, our verdict on them is that
//! of tungstenite and of python `websockets`: the same messages and control frames
//! in the same order, the same end, the same status code. Where it is not,
//! [`table::TABLE`] says why; anything else fails with a case made small.
//!
//! `WSSCOPE_CASES=200000 WSSCOPE_SEED=7 cargo test differential -- --nocapture`
//! tries more cases, or others, and prints how often each entry occurred.

mod cases;
mod table;
mod verdicts;

use super::peer::Peer;
use cases::Case;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use table::{Difference, TABLE, Who};
use verdicts::{End, Verdict};
use wsscope::protocol::Rule;

/// What happened over all cases.
#[derive(Default)]
struct Tally {
    /// How often the verdicts were the same, by the end of the stream.
    agreed: BTreeMap<End, u32>,
    /// How often each entry of the table explained that they were not.
    explained: Vec<u32>,
    /// The rules for which we failed a connection.
    rules: BTreeSet<Rule>,
}

fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|error| panic!("{name}={value}: {error}")))
}

/// Compares us with `who` on `count` cases, or as many as the environment says.
fn compare(who: Who, count: u32, verdict: impl Fn(&Case) -> Verdict) {
    let (cases, seed) = (number("WSSCOPE_CASES"), number("WSSCOPE_SEED"));
    let usual = cases.is_none() && seed.is_none();
    let config = ProptestConfig {
        cases: cases.map_or(count, |cases| cases.try_into().expect("a number of cases")),
        rng_seed: RngSeed::Fixed(seed.unwrap_or(6455)),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let tally = RefCell::new(Tally { explained: vec![0; TABLE.len()], ..Tally::default() });
    let result = TestRunner::new(config).run(&cases::case(), |case| {
        let (ours, theirs) = (verdicts::ours(&case), verdict(&case));
        let mut tally = tally.borrow_mut();
        tally.rules.extend(ours.fault.map(|(rule, _)| rule));
        if ours.verdict == theirs {
            *tally.agreed.entry(theirs.end).or_default() += 1;
            return Ok(());
        }
        let (from, limit) = (case.from, case.limit);
        let difference = Difference { who, from, limit, ours: &ours, theirs: &theirs };
        match difference.entry() {
            Some(entry) => tally.explained[entry] += 1,
            None => {
                let fault =
                    ours.fault.map(|(rule, frame)| format!("{} in frame {frame}", rule.id()));
                return Err(TestCaseError::fail(format!(
                    "no entry of the table explains this\n  ours:   {:?} {}\n  theirs: {theirs:?}",
                    ours.verdict,
                    fault.unwrap_or_default(),
                )));
            }
        }
        Ok(())
    });
    let tally = tally.into_inner();
    tally.print(who);
    if let Err(error) = result {
        panic!("{who:?}: {error}");
    }
    if usual {
        tally.covers_everything(who);
    }
}

impl Tally {
    fn print(&self, who: Who) {
        println!("{who:?} and we agree:");
        for (end, count) in &self.agreed {
            println!("{count:7}  {end:?}");
        }
        println!("{who:?} and we disagree:");
        for (entry, count) in TABLE.iter().zip(&self.explained) {
            if entry.who.contains(&who) {
                println!("{count:7}  {}. {}", entry.name, entry.why);
            }
        }
    }

    /// The generator reaches every kind of end, every rule and every entry.
    fn covers_everything(&self, who: Who) {
        let ends =
            [End::Unfinished, End::Closed, End::Failed(1002), End::Failed(1007), End::Failed(1009)];
        for end in ends {
            let count = self.agreed.get(&end).copied().unwrap_or_default();
            assert!(count >= 50, "{who:?}: only {count} cases end with {end:?}");
        }
        // What fails an open connection without an extension.
        let expected = Rule::ALL.iter().copied().filter(|rule| rule.fails() && rule.rfc() == 6455);
        let expected = expected.chain([Rule::MessageTooBig]).collect::<BTreeSet<_>>();
        assert_eq!(self.rules, expected);
        for (entry, count) in TABLE.iter().zip(&self.explained) {
            let theirs = entry.who.contains(&who);
            assert!(!theirs || *count > 0, "{who:?}: \"{}\" never occurs", entry.name);
        }
    }
}

#[test]
fn tungstenite_agrees_or_the_table_says_why() {
    compare(Who::Tungstenite, 20_000, verdicts::tungstenite);
}

#[test]
#[ignore = "needs python websockets"]
fn python_websockets_agrees_or_the_table_says_why() {
    let peer = RefCell::new(Peer::python_differential());
    compare(Who::Python, 20_000, |case| verdicts::python(&mut peer.borrow_mut(), case));
}
