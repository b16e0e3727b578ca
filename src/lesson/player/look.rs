//! Looks for the evidence of the current step.

use super::{Came, Evidence, NotMet, Player, State};
use crate::engine::clock;
use crate::lesson::evidence;
use crate::lesson::expectation::Expectation;
use crate::protocol::{Role, Time};
use crate::session::log::Log;
use crate::session::row::{Kind, Row};

impl Player {
    /// Performs what can be performed, then takes what came; `true` if anything changed.
    pub(super) fn look(&mut self) -> bool {
        let was_done = self.stage.is_done();
        if let Err(fault) = self.stage.proceed() {
            self.failed(fault);
            return true;
        }
        if !self.stage.is_done() {
            return self.give_up_if_late();
        }
        if !was_done {
            self.since = clock::now();
        }
        let mut changed = false;
        loop {
            let Some((at, expected)) = self.awaited() else {
                self.state = State::Met;
                return true;
            };
            let expected = expected.clone();
            match self.judge(at, &expected) {
                Judgement::Waits => return changed,
                Judgement::Skips => {}
                Judgement::Met(at, evidence) => {
                    changed = true;
                    if let Some(played) = self.played.last_mut() {
                        played.evidence[at] = evidence;
                    }
                }
                Judgement::NotMet(came) => {
                    let expected = Some(expected);
                    self.state = State::NotMet(Box::new(NotMet { expected, came }));
                    return true;
                }
            }
        }
    }

    /// The limit, where the step has waited longer.
    fn exceeded(&self) -> Option<Time> {
        self.limit().filter(|limit| clock::now() >= self.since + limit)
    }

    /// Ends a step that could not be performed in time; `true` if it was ended.
    fn give_up_if_late(&mut self) -> bool {
        let Some(limit) = self.exceeded() else { return false };
        let came = Came::Nothing(limit);
        self.state = State::NotMet(Box::new(NotMet { expected: None, came }));
        true
    }

    fn judge(&mut self, at: usize, expected: &Expectation) -> Judgement {
        let now = clock::now();
        let number = self.stage.connection();
        let log = self.stage.log().clone();
        let log = log.read();
        let connection = number.and_then(|number| log.connection(number));
        // Its last row is looked at next: it has to be in the capture.
        let over = connection.is_some_and(|c| c.over) && log.is_published();
        let row = next_row(&log, self.next_row, number);
        let waits = self
            .exceeded()
            .map_or(Judgement::Waits, |limit| Judgement::NotMet(Came::Nothing(limit)));
        match (expected, row) {
            (Expectation::Row(_), Some((index, row))) if row.kind != Kind::Closed => {
                let time = row.time;
                if let Some(at) = self.find(&log, at, index) {
                    (self.next_row, self.since) = (index + 1, self.since.max(time));
                    return Judgement::Met(at, Evidence::Row(index));
                }
                if !self.browser {
                    return Judgement::NotMet(Came::Row(index));
                }
                // A person may do more than was asked for.
                self.next_row = index + 1;
                Judgement::Skips
            }
            (Expectation::Row(_), Some(_)) => Judgement::NotMet(Came::Over),
            (Expectation::Row(_), None) => waits,
            (Expectation::Quiet(time), Some((index, row))) if row.time < self.since + time => {
                match row.kind {
                    Kind::Closed => Judgement::NotMet(Came::Over),
                    _ => Judgement::NotMet(Came::Row(index)),
                }
            }
            (Expectation::Quiet(time), _) if now >= self.since + time => {
                self.since += time;
                Judgement::Met(at, Evidence::Concluded)
            }
            (Expectation::Quiet(_), _) => Judgement::Waits,
            (Expectation::Closed(closed), _) => match (connection, row) {
                (_, Some((index, row))) if row.kind != Kind::Closed && !self.browser => {
                    Judgement::NotMet(Came::Row(index))
                }
                (Some(connection), _) if over => match evidence::holds(connection, closed) {
                    true => Judgement::Met(at, closed_row(&log, connection.number)),
                    false => Judgement::NotMet(Came::Held(evidence::held(connection, closed))),
                },
                _ => waits,
            },
            (Expectation::States(states), _) => {
                let Some(connection) = connection else { return waits };
                let are = evidence::states(connection, states);
                match are == *states {
                    true => Judgement::Met(at, Evidence::Concluded),
                    false => Judgement::NotMet(Came::States(are)),
                }
            }
            (Expectation::Crossed, _) => {
                let other = self.stage.other_connection();
                let role = self.current().map_or(Role::Server, |(run, _)| run.inspected);
                let here = connection.and_then(|c| evidence::closed_first(c, role));
                let there = other.and_then(|(log, number)| {
                    let log = log.read();
                    evidence::closed_first(log.connection(number)?, role.peer())
                });
                match here.zip(there) {
                    Some((true, true)) => Judgement::Met(at, Evidence::Concluded),
                    Some(_) => Judgement::NotMet(Came::InTurn),
                    None => waits,
                }
            }
        }
    }

    /// The expectation that a row meets: the one at `at`, or any other row's that is not
    /// met, where the order does not count.
    fn find(&mut self, log: &Log, at: usize, index: u64) -> Option<usize> {
        let lesson = self.lesson.clone();
        let (_, step) = lesson.step(self.position()?)?;
        let evidence = &self.played.last()?.evidence;
        let last = if step.any_order { evidence.len() } else { at + 1 };
        let expected = &step.expected(self.browser)[at..last];
        for (i, expected) in (at..).zip(expected) {
            match expected {
                Expectation::Row(_) if evidence[i] != Evidence::Awaited => {}
                Expectation::Row(row) if self.witness.is(log, index, row) => return Some(i),
                Expectation::Row(_) => {}
                _ => break,
            }
        }
        None
    }
}

enum Judgement {
    Waits,
    /// The next row does not matter.
    Skips,
    /// The expectation at this place is met.
    Met(usize, Evidence),
    NotMet(Came),
}

/// The first row from `from` on that belongs to this connection or to none, and is
/// something that one may wait for.
fn next_row(log: &Log, from: u64, number: Option<u32>) -> Option<(u64, &Row)> {
    let rows = (from..log.len()).filter_map(|index| log.row(index).map(|row| (index, row)));
    rows.filter(|(_, row)| row.connection == 0 || Some(row.connection) == number)
        .find(|(_, row)| !matches!(row.kind, Kind::Opened | Kind::Tls))
}

fn closed_row(log: &Log, number: u32) -> Evidence {
    let is = |index: &u64| {
        log.row(*index).is_some_and(|r| r.kind == Kind::Closed && r.connection == number)
    };
    (0..log.len()).rev().find(is).map_or(Evidence::Concluded, Evidence::Row)
}
