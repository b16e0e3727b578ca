//! Which rows are shown: all, those of one connection, without heartbeats, or
//! only those that break a rule.

use super::log::Log;
use super::row::{Kind, Row};
use crate::protocol::Opcode;

/// A choice of rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Scope {
    /// Only this connection.
    pub connection: Option<u32>,
    /// Without Ping and Pong.
    pub hide_heartbeats: bool,
    /// Only what breaks a rule.
    pub violations: bool,
}

impl Scope {
    fn is_all(self) -> bool {
        self == Scope::default()
    }

    fn shows(self, row: &Row) -> bool {
        let heartbeat = row.kind == Kind::Frame
            && (row.opcode() == Opcode::PING || row.opcode() == Opcode::PONG);
        self.connection.is_none_or(|number| row.connection == number)
            && !(self.hide_heartbeats && heartbeat)
            && (!self.violations || row.has_violations())
    }
}

/// The rows of a scope, kept up to date a bounded piece at a time.
#[derive(Debug, Default)]
pub struct View {
    scope: Scope,
    rows: Vec<u32>,
    looked: u64,
}

/// Rows looked at in one call: a few milliseconds.
const AT_A_TIME: u64 = 400_000;

impl View {
    /// The scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Shows another scope from now on; `true` if it is another.
    pub fn set_scope(&mut self, scope: Scope) -> bool {
        let other = scope != self.scope;
        if other {
            *self = View { scope, ..View::default() };
        }
        other
    }

    /// The session is another: begins anew with the same scope.
    pub fn reset(&mut self) {
        *self = View { scope: self.scope, ..View::default() };
    }

    /// Looks at rows that came since; `false` while some are left to look at.
    pub fn update(&mut self, log: &Log) -> bool {
        let len = log.len();
        if self.looked > len {
            self.reset();
        }
        if self.scope.is_all() {
            self.looked = len;
            return true;
        }
        let until = len.min(self.looked.saturating_add(AT_A_TIME));
        for index in self.looked..until {
            if log.row(index).is_some_and(|row| self.scope.shows(row)) {
                self.rows.push(index as u32);
            }
        }
        self.looked = until;
        until == len
    }

    /// How many rows are shown.
    #[must_use]
    pub fn len(&self) -> u64 {
        if self.scope.is_all() { self.looked } else { self.rows.len() as u64 }
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The log's index of the row shown at `position`.
    #[must_use]
    pub fn index(&self, position: u64) -> Option<u64> {
        if self.scope.is_all() {
            (position < self.looked).then_some(position)
        } else {
            self.rows.get(usize::try_from(position).ok()?).map(|index| u64::from(*index))
        }
    }

    /// Where the log's row `index` is shown, or the first behind it.
    #[must_use]
    pub fn position(&self, index: u64) -> u64 {
        if self.scope.is_all() {
            index.min(self.looked)
        } else {
            self.rows.partition_point(|shown| u64::from(*shown) < index) as u64
        }
    }
}
