//! Plays a lesson: performs its steps one by one, and waits for the evidence of each.
//!
//! The inspected end's session belongs to whoever plays: a window or a run without
//! one starts an engine, gives its handle, and calls [`Player::poll`] whenever that
//! engine, or this player's `wake`, calls, and when [`Player::due`] says. Back to the
//! start is a new session and [`Player::again`].

mod look;

use super::evidence::Witness;
use super::expectation::{Closed, Expectation};
use super::script::{Lesson, Run, Step};
use super::stage::Stage;
use crate::engine::{Handle, Wake, clock};
use crate::protocol::{ReadyState, Time};
use crate::session::Fault;
use crate::session::ladder::Ladder;
use crate::session::log::Log;
use crate::session::recorder::SharedLog;
use crate::session::source::Source;
use core::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How far a lesson has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// Before its first step.
    Ready,
    /// The step's evidence is not all there yet.
    Waiting,
    /// The step's evidence is there.
    Met,
    /// Something else came: the lesson goes no further.
    NotMet(Box<NotMet>),
}

/// What was expected, and what came instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotMet {
    /// What was expected; `None` where the step could not be performed.
    pub expected: Option<Expectation>,
    /// What came.
    pub came: Came,
}

/// What came instead of what was expected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Came {
    /// This row.
    Row(u64),
    /// Nothing more, within so many nanoseconds.
    Nothing(Time),
    /// The end of the connection.
    Over,
    /// The ends hold this.
    Held(Closed),
    /// The ends are in these states.
    States([Option<ReadyState>; 2]),
    /// The Closes did not cross.
    InTurn,
    /// The step could not be performed.
    Fault(Fault),
}

/// What there is of one expectation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Evidence {
    /// Nothing yet.
    Awaited,
    /// This row of the log.
    Row(u64),
    /// It was concluded from what came, or did not come.
    Concluded,
}

/// What was played of a step.
#[derive(Clone, Debug)]
struct Played {
    evidence: Vec<Evidence>,
    answer: Option<usize>,
}

/// Plays one lesson once. Whoever holds the session's log may read what was played
/// ([`Player::state`], [`Player::position`], [`Player::evidence`]) and nothing else:
/// the rest looks at the log itself.
pub struct Player {
    lesson: Arc<Lesson>,
    browser: bool,
    wake: Wake,
    stage: Stage,
    witness: Witness,
    /// The steps so far, the current one last.
    played: Vec<Played>,
    state: State,
    to_end: bool,
    /// The next row to look at.
    next_row: u64,
    /// When something last happened that the step waits for.
    since: Time,
}

impl Player {
    /// A player of `lesson` before its first step. `inspected` is the engine of a new
    /// session, `source` its capture, `wake` is called when [`Player::poll`] may find
    /// something new at the other end. With `browser` a browser is the other end,
    /// where the lesson allows that.
    #[must_use]
    pub fn new(
        lesson: Arc<Lesson>,
        browser: bool,
        inspected: Handle,
        source: Source,
        wake: Wake,
    ) -> Player {
        let browser = browser && lesson.allows_browser();
        Player {
            stage: Stage::new(lesson.clone(), browser, inspected, wake.clone()),
            witness: Witness::new(source),
            lesson,
            browser,
            wake,
            played: Vec::new(),
            state: State::Ready,
            to_end: false,
            next_row: 0,
            since: 0,
        }
    }

    /// The same lesson from its start, with the engine of another new session.
    #[must_use]
    pub fn again(&self, inspected: Handle, source: Source) -> Player {
        Player::new(self.lesson.clone(), self.browser, inspected, source, self.wake.clone())
    }

    // ---- to read ----

    /// The lesson.
    #[must_use]
    pub fn lesson(&self) -> &Arc<Lesson> {
        &self.lesson
    }

    /// Whether a browser is the other end.
    #[must_use]
    pub fn in_browser(&self) -> bool {
        self.browser
    }

    /// The current step's place in [`Lesson::steps`]; `None` before the first.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        self.played.len().checked_sub(1)
    }

    /// The current step, and its run.
    #[must_use]
    pub fn current(&self) -> Option<(&Run, &Step)> {
        self.lesson.step(self.position()?)
    }

    /// How far the current step has come.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Whether there is nothing more to play: all was met, or something was not.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match self.state {
            State::Met => self.played.len() == self.lesson.len(),
            State::NotMet(_) => true,
            State::Ready | State::Waiting => false,
        }
    }

    /// What there is of each expectation of a step that was performed, in the order of
    /// [`Step::expected`].
    #[must_use]
    pub fn evidence(&self, step: usize) -> &[Evidence] {
        self.played.get(step).map_or(&[], |played| &played.evidence)
    }

    /// The rows of a step's evidence.
    pub fn rows(&self, step: usize) -> impl Iterator<Item = u64> {
        self.evidence(step).iter().filter_map(|evidence| match evidence {
            Evidence::Row(row) => Some(*row),
            Evidence::Awaited | Evidence::Concluded => None,
        })
    }

    /// The connection of the current run in the inspected session.
    #[must_use]
    pub fn connection(&self) -> Option<u32> {
        self.position().and_then(|_| self.stage.connection())
    }

    /// Where the inspected end listens, as soon as the next connection is the current
    /// run's: what a browser has to open.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        let (_, step) = self.current()?;
        self.stage.address().filter(|_| !step.opens || self.stage.is_done())
    }

    /// The log of the other end where that is ours, and this run's connection in it.
    #[must_use]
    pub fn other_end(&self) -> Option<(SharedLog, u32)> {
        self.position().and_then(|_| self.stage.other_connection())
    }

    /// Lets a ladder of the inspected log show what both ends saw, where both are ours
    /// and their Closes crossed: no end alone could know that.
    pub fn show_crossing(&self, log: &Log, ladder: &mut Ladder) {
        if let Some(times) = self.stage.crossing(log, ladder.number()) {
            ladder.observe_both(|row| times.get(&row).copied());
        }
    }

    /// Which choice was made at a step's question.
    #[must_use]
    pub fn answer(&self, step: usize) -> Option<usize> {
        self.played.get(step).and_then(|played| played.answer)
    }

    // ---- to play ----

    /// Chooses an answer at a step's question; `true` if there is that choice.
    pub fn choose(&mut self, step: usize, choice: usize) -> bool {
        let question = self.lesson.step(step).and_then(|(_, step)| step.question.as_ref());
        let exists = question.is_some_and(|question| choice < question.choices.len());
        match self.played.get_mut(step) {
            Some(played) if exists => {
                played.answer = Some(choice);
                true
            }
            _ => false,
        }
    }

    /// Performs the next step; `false` while the current one waits, and at the end.
    #[expect(clippy::should_implement_trait, reason = "the word of the button")]
    pub fn next(&mut self) -> bool {
        if self.state == State::Waiting || self.is_finished() {
            return false;
        }
        self.perform(self.played.len());
        self.poll();
        true
    }

    /// Performs all that is left, without a pause.
    pub fn run_to_end(&mut self) {
        self.to_end = true;
        self.poll();
    }

    /// Looks at what has happened; `true` if that changed anything.
    pub fn poll(&mut self) -> bool {
        let mut changed = false;
        loop {
            changed |= self.state == State::Waiting && self.look();
            if !self.to_end || self.state == State::Waiting || self.is_finished() {
                return changed;
            }
            self.perform(self.played.len());
            changed = true;
        }
    }

    /// In how long to call [`Player::poll`] at the latest.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        let at = match self.awaited() {
            Some((_, Expectation::Quiet(time))) if self.stage.is_done() => self.since + time,
            _ if self.state == State::Waiting => self.since + self.limit()?,
            _ => return None,
        };
        Some(Duration::from_nanos(at.saturating_sub(clock::now())))
    }

    fn perform(&mut self, at: usize) {
        let lesson = self.lesson.clone();
        let Some((_, step)) = lesson.step(at) else { return };
        let expected = step.expected(self.browser).len();
        self.played.push(Played { evidence: vec![Evidence::Awaited; expected], answer: None });
        self.state = State::Waiting;
        self.since = clock::now();
        if let Some(run) = lesson.run_that_begins_at(at)
            && let Err(fault) = self.stage.begin(run)
        {
            return self.failed(fault);
        }
        if step.opens {
            self.stage.open();
        }
        self.stage.act(&step.acts);
    }

    fn failed(&mut self, fault: Fault) {
        self.state = State::NotMet(Box::new(NotMet { expected: None, came: Came::Fault(fault) }));
    }

    /// How long the step may wait; a person in a browser has all the time of the world.
    fn limit(&self) -> Option<Time> {
        let (_, step) = self.current()?;
        (!self.browser).then_some(step.limit)
    }

    /// The first expectation that is not met.
    fn awaited(&self) -> Option<(usize, &Expectation)> {
        if self.state != State::Waiting {
            return None;
        }
        let (_, step) = self.current()?;
        let expected = step.expected(self.browser).iter();
        let evidence = &self.played.last()?.evidence;
        expected.enumerate().find(|(at, _)| evidence[*at] == Evidence::Awaited)
    }
}
