//! What is to be said of a rung beside what it is: computed when it is asked
//! for, since a later row may answer an earlier one.

use super::{Ladder, Rung, What};
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{Opcode, ReadyState, Role, Time};

/// A remark on a rung.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// A Close behind the other end's with another code or reason: its answer,
    /// or sent before that one arrived. `true`: this end is one of the two.
    AnswerOrCrossing(bool),
    /// Each was sent before the other arrived; the rung of the other.
    Crosses(usize),
    /// It never got an answer, or none so far.
    Unanswered,
    /// TCP is open one way only: this end may still send.
    HalfClosed(Role),
}

/// A lifeline that is still CLOSING at the bottom of the ladder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stuck {
    /// Since when.
    pub since: Time,
    /// Until when it was observed; `None` while the clock runs.
    pub until: Option<Time>,
}

impl Stuck {
    /// How long, where the clock runs until `now`.
    #[must_use]
    pub fn lasts(self, now: Time) -> Time {
        self.until.unwrap_or(now).saturating_sub(self.since)
    }
}

impl Ladder {
    /// What is to be said of a rung.
    #[must_use]
    pub fn marks(&self, at: usize) -> Vec<Mark> {
        let Some(rung) = self.rungs.get(at) else { return Vec::new() };
        let Some(from) = rung.from else { return Vec::new() };
        let peer = from.peer().index();
        let answered = |answers: &[Option<u64>; 2]| answers[peer].is_some_and(|r| r > rung.row);
        let mut marks = Vec::new();
        match rung.what {
            What::Frame(Opcode::CLOSE) if self.closes[from.index()] == Some(rung.row) => {
                marks.extend(self.close_mark(at, rung, from));
            }
            What::Frame(Opcode::PING) if !answered(&self.pongs) => marks.push(Mark::Unanswered),
            What::Head(None) if from == Role::Client && !answered(&self.heads) => {
                marks.push(Mark::Unanswered);
            }
            What::Tcp(TcpEvent::Fin)
                if self.fins[from.index()] == Some(rung.row)
                    && self.fins[peer].is_none()
                    && self.facts.broken_by().is_none() =>
            {
                marks.push(Mark::HalfClosed(from.peer()));
            }
            _ => {}
        }
        marks
    }

    fn close_mark(&self, at: usize, rung: &Rung, from: Role) -> Option<Mark> {
        let Some(other) = self.closes[from.peer().index()] else { return Some(Mark::Unanswered) };
        let behind = other < rung.row && self.role != Some(from);
        // It may not be shown.
        let other = self.rungs.binary_search_by_key(&other, |r| r.row).ok();
        if let Some(other) = other.filter(|other| self.crosses(at, *other)) {
            return Some(Mark::Crosses(other));
        }
        let both = |rung: &Rung| rung.seen.iter().all(Option::is_some);
        let told = both(rung) && other.is_some_and(|other| both(&self.rungs[other]));
        (behind && !told && self.differ).then_some(Mark::AnswerOrCrossing(self.role.is_some()))
    }

    /// Whether each of two arrows was sent before the other arrived: known only
    /// where both ends were observed.
    #[must_use]
    pub fn crosses(&self, a: usize, b: usize) -> bool {
        let (Some(a), Some(b)) = (self.rungs.get(a), self.rungs.get(b)) else { return false };
        let (Some(from), Some(other)) = (a.from, b.from) else { return false };
        if from == other {
            return false;
        }
        let before = |end: Role, first: &Rung, second: &Rung| {
            let (first, second) = (first.seen[end.index()], second.seen[end.index()]);
            first.zip(second).is_some_and(|(first, second)| first < second)
        };
        before(from, a, b) && before(other, b, a)
    }

    /// The arrow that crosses this one and stands directly above or below it.
    #[must_use]
    pub fn crossing(&self, at: usize) -> Option<usize> {
        self.marks(at).into_iter().find_map(|mark| match mark {
            Mark::Crosses(other) if other.abs_diff(at) == 1 => Some(other),
            _ => None,
        })
    }

    /// TCP is open one way only below this rung: who has ended its direction.
    #[must_use]
    pub fn half_closed(&self, rung: &Rung) -> Option<Role> {
        let ended =
            Role::BOTH.map(|role| self.fins[role.index()].is_some_and(|fin| fin <= rung.row));
        let broken = rung.states.iter().any(|step| step.after == ReadyState::Closed);
        match ended {
            [true, false] if !broken => Some(Role::Client),
            [false, true] if !broken => Some(Role::Server),
            _ => None,
        }
    }

    /// Since when a lifeline is CLOSING and has not come out of it.
    #[must_use]
    pub fn stuck(&self, role: Role) -> Option<Stuck> {
        if self.bottom[role.index()] != ReadyState::Closing {
            return None;
        }
        let since = self.closing[role.index()]?;
        Some(Stuck { since, until: self.over.then_some(self.last) })
    }
}
