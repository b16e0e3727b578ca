//! The ladder of one connection as a value: its rungs from top to bottom, what
//! each lifeline's readyState is before and after them, and what is to be said
//! of a rung that never got an answer. No words and no painting: the window, the
//! terminal and the SVG draw the same value.
//!
//! A log in which one end was observed knows that end; the other is inferred
//! from what it sent. Between strangers both are inferred.

mod build;
mod marks;

use super::log::Log;
use super::row::Row;
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{ClosingHandshake, Opcode, ReadyState, Role, Rule, Time};
use std::collections::BTreeSet;

pub use marks::{Mark, Stuck};

/// Data frames in a row that are drawn one by one; more of them fold.
pub const FOLD_FROM: u32 = 6;

/// What a rung is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// TCP was established (SYN).
    Established,
    /// The TLS handshake is over.
    Tls,
    /// A request, or a response with its status.
    Head(Option<u16>),
    /// One frame.
    Frame(Opcode),
    /// Data frames of one direction, folded.
    Folded,
    /// FIN, RST or lost.
    Tcp(TcpEvent),
    /// What a browser reported of the ending.
    Observed,
    /// Something that did not work.
    Fault,
    /// Nothing more was observed.
    End,
}

/// How a rung moves readyState.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Effect {
    None,
    Opened,
    Close,
    Broke(Rule),
    Tcp(TcpEvent),
}

/// readyState of one lifeline above and below a rung.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// Above.
    pub before: ReadyState,
    /// Below.
    pub after: ReadyState,
}

impl Step {
    /// Whether the lifeline changes its state here.
    #[must_use]
    pub fn changes(self) -> bool {
        self.before != self.after
    }
}

/// A rung: an arrow, or an event without one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rung {
    /// The log's row; of a fold, its first.
    pub row: u64,
    /// The last row of a fold.
    pub last: u64,
    /// Rows that stand behind this rung.
    pub rows: u32,
    /// Whose it is; `None` where it is nobody's.
    pub from: Option<Role>,
    /// What it is.
    pub what: What,
    /// When it was observed; of a fold, its first.
    pub time: Time,
    /// When the last of a fold was observed.
    pub until: Time,
    /// Octets of payload, or of the head.
    pub octets: u64,
    /// Broken rules.
    pub violations: u32,
    /// readyState of each lifeline, the client's first. The sender changes at
    /// the arrow's tail, the receiver at its head.
    pub states: [Step; 2],
    /// When each end saw it, where that end was observed.
    pub seen: [Option<Time>; 2],
    /// The run of data frames it belongs to, which folds and unfolds: its first row.
    pub run: Option<u64>,
    effect: Effect,
}

impl Rung {
    /// Something that went from one lifeline to the other.
    #[must_use]
    pub fn is_arrow(&self) -> bool {
        self.from.is_some()
            && !matches!(
                self.what,
                What::Fault | What::Observed | What::End | What::Tcp(TcpEvent::Lost)
            )
    }

    /// Whether it stands for several rows.
    #[must_use]
    pub fn is_folded(&self) -> bool {
        self.what == What::Folded
    }

    /// Whether it stands for this row of its connection, which is from this end.
    fn holds(&self, row: u64, from: Option<Role>) -> bool {
        match self.what {
            What::Folded => self.from == from && self.row <= row && row <= self.last,
            _ => self.row == row,
        }
    }

    /// Whether it stands for a row of the log.
    #[must_use]
    pub fn stands_for(&self, log: &Log, row: u64) -> bool {
        let connection = |row| log.row(row).map(|row| row.connection);
        let from = log.row(row).and_then(Row::from);
        connection(row) == connection(self.row) && self.holds(row, from)
    }
}

/// What is not folded.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Folding {
    /// First rows of the runs that are shown frame by frame.
    pub unfolded: BTreeSet<u64>,
    /// Every run is.
    pub all: bool,
}

/// A run of data frames that is being built.
#[derive(Clone, Debug)]
struct Run {
    id: u64,
    rung: usize,
    frames: u32,
}

/// The ladder of one connection.
#[derive(Clone, Debug)]
pub struct Ladder {
    number: u32,
    folding: Folding,
    role: Option<Role>,
    rungs: Vec<Rung>,
    facts: ClosingHandshake,
    looked: u64,
    run: Option<Run>,
    /// Last whole row of each end: Close (its first), Pong, head, FIN.
    closes: [Option<u64>; 2],
    pongs: [Option<u64>; 2],
    heads: [Option<u64>; 2],
    fins: [Option<u64>; 2],
    /// The two Closes differ in code or reason.
    differ: bool,
    /// When each lifeline began CLOSING.
    closing: [Option<Time>; 2],
    over: bool,
    /// readyState of each lifeline below all rows.
    bottom: [ReadyState; 2],
    last: Time,
    /// Both ends were observed.
    both: bool,
}

impl Ladder {
    /// The empty ladder of a connection; [`Ladder::update`] builds it.
    #[must_use]
    pub fn new(number: u32, folding: Folding) -> Ladder {
        Ladder {
            number,
            folding,
            role: None,
            rungs: Vec::new(),
            facts: ClosingHandshake::default(),
            looked: 0,
            run: None,
            closes: [None; 2],
            pongs: [None; 2],
            heads: [None; 2],
            fins: [None; 2],
            differ: false,
            closing: [None; 2],
            over: false,
            bottom: [ReadyState::Connecting; 2],
            last: 0,
            both: false,
        }
    }

    /// The ladder of all that the log holds of a connection.
    #[must_use]
    pub fn of(log: &Log, number: u32, folding: Folding) -> Ladder {
        let mut ladder = Ladder::new(number, folding);
        while !ladder.update(log) {}
        ladder
    }

    /// The connection's number.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// What is folded.
    #[must_use]
    pub fn folding(&self) -> &Folding {
        &self.folding
    }

    /// Which end is ours; `None` between strangers.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.role
    }

    /// Both ends were observed: each has its own order of rows.
    #[must_use]
    pub fn saw_both(&self) -> bool {
        self.both
    }

    /// Whether the states of this lifeline are known; else they are inferred
    /// from what its end sent.
    #[must_use]
    pub fn is_known(&self, role: Role) -> bool {
        self.both || self.role == Some(role)
    }

    /// readyState of this lifeline below the last row, shown or not.
    #[must_use]
    pub fn bottom(&self, role: Role) -> ReadyState {
        self.bottom[role.index()]
    }

    /// From top to bottom.
    #[must_use]
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    /// Since the rung above.
    #[must_use]
    pub fn delta(&self, rung: usize) -> Option<Time> {
        let above = self.rungs.get(rung.checked_sub(1)?)?;
        Some(self.rungs.get(rung)?.time.saturating_sub(above.time))
    }

    /// Nothing more will come.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// TCP has ended, as far as was seen.
    #[must_use]
    pub fn tcp_is_over(&self) -> bool {
        self.facts.is_over()
    }

    /// The rung that stands for a row of the log.
    #[must_use]
    pub fn rung_of(&self, log: &Log, row: u64) -> Option<usize> {
        let found = log.row(row).filter(|r| r.connection == self.number)?;
        let at = self.rungs.partition_point(|rung| rung.row <= row).checked_sub(1)?;
        let holds = |rung: &Rung| rung.holds(row, found.from());
        [Some(at), at.checked_sub(1)].into_iter().flatten().find(|i| holds(&self.rungs[*i]))
    }
}
