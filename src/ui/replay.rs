//! Replay: the session as it was at a position, step by step or by the clock.
//!
//! The position is a number of rows. [`Replay`] reads the capture up to there, so the
//! window paints that log as it paints any other. An earlier position is read anew
//! between paintings, and shown once it is reached.

use crate::protocol::{Opcode, Time};
use crate::session::log::Log;
use crate::session::open::{Choice, Replay};
use crate::session::pcapng::read::ReadError;
use crate::session::recorder::SharedLog;
use crate::session::row::Kind;
use crate::session::source::Source;
use crate::session::view::Scope;
use std::ops::Range;
use std::time::{Duration, Instant};

/// What a replay is asked to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// Begin, or end.
    Toggle,
    /// A row that the ladder shows, forward or back.
    Step {
        /// Forward.
        forward: bool,
    },
    /// To so many rows.
    To(u64),
    /// Before the first row.
    Start,
    /// To the last row.
    End,
    /// Play, or pause.
    Play,
    /// Another pace.
    Pace(Pace),
    /// Faster or slower by one.
    Quicken(bool),
}

/// How a replay plays.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Pace {
    /// A row a second, whatever its time.
    #[default]
    Rows,
    /// The clock of the session, divided by so much.
    Slowed(u32),
    /// The clock of the session, so many times as fast.
    Times(u32),
}

impl Pace {
    /// From slow to fast.
    pub const ALL: [Pace; 8] = [
        Pace::Rows,
        Pace::Slowed(1000),
        Pace::Slowed(100),
        Pace::Slowed(10),
        Pace::Times(1),
        Pace::Times(10),
        Pace::Times(100),
        Pace::Times(1000),
    ];

    /// So much of the session's time goes by in this much of ours.
    fn of(self, nanos: u64) -> u64 {
        match self {
            Pace::Rows | Pace::Times(1) => nanos,
            Pace::Slowed(by) => nanos / u64::from(by),
            Pace::Times(by) => nanos.saturating_mul(u64::from(by)),
        }
    }
}

/// Reading of one painting: an earlier position of a long session takes several.
const BUDGET: Duration = Duration::from_millis(10);
/// Blocks read between two looks at the clock.
const BLOCKS: u64 = 256;
/// Rows that play in one painting.
const ROWS_AT_ONCE: u64 = 20_000;

/// A replay on the screen.
pub struct Replaying {
    shown: Replay,
    /// Reads an earlier position anew.
    sought: Option<Replay>,
    target: u64,
    /// What the last step brought.
    fresh: Range<u64>,
    pace: Pace,
    playing: bool,
    /// The session's time while it plays, and when it was so.
    clock: (Time, Instant),
    choice: Option<Choice>,
    error: Option<ReadError>,
}

/// Whether the ladder shows a row: of its connection, and no heartbeat that is hidden.
fn shows(log: &Log, index: u64, scope: Scope) -> bool {
    let Some(row) = log.row(index) else { return false };
    let heartbeat = row.kind == Kind::Frame && matches!(row.opcode(), Opcode::PING | Opcode::PONG);
    scope.connection.is_none_or(|number| number == row.connection)
        && !(scope.hide_heartbeats && heartbeat)
}

impl Replaying {
    /// Begins before the first row.
    ///
    /// # Errors
    /// The capture cannot be read.
    pub fn begin(source: &Source, choice: Option<Choice>) -> Result<Replaying, ReadError> {
        Ok(Replaying {
            shown: Replay::new(source, choice)?,
            sought: None,
            target: 0,
            fresh: 0..0,
            pace: Pace::default(),
            playing: false,
            clock: (0, Instant::now()),
            choice,
            error: None,
        })
    }

    /// The rows up to the position.
    #[must_use]
    pub fn log(&self) -> &SharedLog {
        self.shown.log()
    }

    /// How many rows have happened, or will once they are read.
    #[must_use]
    pub fn target(&self) -> u64 {
        self.target
    }

    /// Whether it plays, and how fast it would.
    #[must_use]
    pub fn pace(&self) -> (bool, Pace) {
        (self.playing, self.pace)
    }

    /// Why the capture cannot be read any more.
    #[must_use]
    pub fn error(&self) -> Option<&ReadError> {
        self.error.as_ref()
    }

    /// The rows that the last step brought.
    #[must_use]
    pub fn fresh(&self) -> Range<u64> {
        self.fresh.clone()
    }

    /// The time of the position: of its last row, or the clock while it plays.
    #[must_use]
    pub fn time(&self) -> Time {
        let log = self.shown.log().read();
        let last = log.len().checked_sub(1).and_then(|last| log.row(last)).map_or(0, |r| r.time);
        if self.playing && self.pace != Pace::Rows { last.max(self.clock.0) } else { last }
    }

    /// Carries out an order; `whole` is the log of all that was observed.
    pub fn order(&mut self, order: Order, whole: &Log, scope: Scope) {
        if !matches!(order, Order::Pace(_) | Order::Quicken(_) | Order::Play) {
            self.playing = false;
        }
        match order {
            Order::Toggle => {}
            Order::Step { forward: true } => self.target = self.next(whole, scope),
            Order::Step { forward: false } => {
                let here = self.target.min(whole.len());
                let before = (0..here).rev().find(|index| shows(whole, *index, scope));
                self.target = before.unwrap_or(0);
            }
            Order::To(rows) => self.target = rows.min(whole.len()),
            Order::Start => self.target = 0,
            Order::End => self.target = whole.len(),
            Order::Play => self.play(whole),
            Order::Pace(pace) => self.set_pace(pace),
            Order::Quicken(faster) => {
                let at = Pace::ALL.iter().position(|pace| *pace == self.pace).unwrap_or(0);
                let to = if faster { at + 1 } else { at.saturating_sub(1) };
                self.set_pace(Pace::ALL[to.min(Pace::ALL.len() - 1)]);
            }
        }
    }

    fn set_pace(&mut self, pace: Pace) {
        self.clock = (self.time(), Instant::now());
        self.pace = pace;
    }

    fn play(&mut self, whole: &Log) {
        self.playing = !self.playing;
        if self.playing && self.target >= whole.len() {
            self.target = 0;
        }
        let next = whole.row(self.target).map_or(0, |row| row.time);
        let time = if self.target == 0 { next } else { self.time() };
        self.clock = (time, Instant::now());
    }

    /// So many rows have happened with the next one that the ladder shows.
    fn next(&self, whole: &Log, scope: Scope) -> u64 {
        let next = (self.target..whole.len()).find(|index| shows(whole, *index, scope));
        next.map_or(whole.len(), |index| index + 1)
    }

    /// Moves the clock on: the rows until now become the target.
    fn tick(&mut self, whole: &Log, scope: Scope, now: Instant) {
        let passed = now.saturating_duration_since(self.clock.1);
        if self.pace == Pace::Rows {
            if passed >= Duration::from_secs(1) {
                self.clock.1 = now;
                self.target = self.next(whole, scope);
            }
        } else {
            let passed = u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX);
            self.clock = (self.clock.0.saturating_add(self.pace.of(passed)), now);
            let due = |index: &u64| whole.row(*index).is_some_and(|row| row.time <= self.clock.0);
            let rows = self.target..self.target.saturating_add(ROWS_AT_ONCE);
            self.target += rows.take_while(due).count() as u64;
        }
        self.playing = self.target < whole.len();
    }

    /// Reads on towards the target for a few milliseconds. `whole` is the log of all
    /// that was observed, `complete` that nothing is added to it. Says whether the
    /// rows begin anew, and whether the target is reached.
    pub fn update(
        &mut self,
        source: &Source,
        whole: &SharedLog,
        complete: bool,
        scope: Scope,
    ) -> (bool, bool) {
        if self.error.is_some() {
            return (false, true);
        }
        let begin = Instant::now();
        if self.playing {
            self.tick(&whole.read(), scope, begin);
        }
        let anew = self.seek(source, complete, begin).unwrap_or_else(|error| {
            self.error = Some(error);
            self.playing = false;
            false
        });
        let notes = whole.read();
        let mut shown = self.shown.log().write();
        if shown.notes().revision() != notes.notes().revision() || anew {
            shown.take_notes_of(&notes);
        }
        (anew, self.sought.is_none() && shown.len() >= self.target)
    }

    fn seek(&mut self, source: &Source, complete: bool, begin: Instant) -> Result<bool, ReadError> {
        let here = self.shown.position();
        if self.target >= here {
            self.sought = None;
        } else {
            // Rows of one block happen together: there is nothing between them.
            self.target = self.target.min(self.shown.before());
            if self.sought.as_ref().is_none_or(|sought| sought.position() > self.target) {
                self.sought = Some(Replay::new(source, self.choice)?);
            }
        }
        let reading = self.sought.as_mut().unwrap_or(&mut self.shown);
        let mut done = false;
        while !done && begin.elapsed() < BUDGET {
            done = reading.advance(self.target, BLOCKS, complete)?;
        }
        if done && let Some(sought) = self.sought.take() {
            self.fresh = sought.before()..sought.position();
            self.shown = sought;
            self.target = self.shown.position();
            return Ok(true);
        }
        let now = self.shown.position();
        if now != here {
            let from = if now > here + 64 { self.shown.before() } else { here };
            self.fresh = from..now;
        }
        if done {
            self.target = now;
        }
        Ok(false)
    }

    /// When the window is to be painted again, while it plays.
    #[must_use]
    pub fn wakes_in(&self) -> Option<Duration> {
        let until = Duration::from_secs(1).saturating_sub(self.clock.1.elapsed());
        let tick = if self.pace == Pace::Rows { until } else { Duration::from_millis(33) };
        self.playing.then_some(tick)
    }
}

impl Pace {
    /// For words: `None` for a row a second, else the factor to multiply or divide by.
    pub(super) fn figures(self) -> Option<(bool, u32)> {
        match self {
            Pace::Rows => None,
            Pace::Slowed(by) => Some((false, by)),
            Pace::Times(by) => Some((true, by)),
        }
    }
}
