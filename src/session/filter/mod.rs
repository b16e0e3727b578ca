//! The one filter language: Wireshark's operators and, where it has them, its
//! names of fields; short names beside them.
//!
//! A row that lacks a field fails every test of it, also `!=`, and so passes the
//! test's denial: `len > 5` concerns frames only, `!ping` keeps heads. Which rows
//! pass is kept by [`super::selection`]; sentences are `text`'s.

mod classes;
pub mod complete;
pub mod error;
mod evaluate;
pub mod field;
pub mod highlight;
mod lexeme;
pub mod parse;
pub mod payload;
pub mod syntax;

pub use error::Error;
pub use field::Field;
pub use payload::Payloads;
pub use syntax::Expr;

use super::log::Log;
use classes::Classes;
use std::io;

/// A filter, ready to be asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    expr: Expr,
    reads: bool,
    classes: Option<Classes>,
}

impl Default for Filter {
    fn default() -> Filter {
        Filter::new(Expr::All(Vec::new()))
    }
}

impl Filter {
    /// Reads a filter. An empty one lets everything through.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Filter, Error> {
        parse::parse(text).map(Filter::new)
    }

    /// Over this tree.
    #[must_use]
    pub fn new(expr: Expr) -> Filter {
        let (reads, classes) = (expr.reads(), Classes::of(&expr));
        Filter { expr, reads, classes }
    }

    /// The tree.
    #[must_use]
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    /// Whether it lets everything through because it asks nothing.
    #[must_use]
    pub fn is_all(&self) -> bool {
        matches!(&self.expr, Expr::All(list) if list.is_empty())
    }

    /// Whether it reads the capture, not only the log.
    #[must_use]
    pub fn reads(&self) -> bool {
        self.reads
    }

    /// Whether a row is let through; a row that is not there is not.
    ///
    /// # Errors
    /// The capture could not be read.
    pub fn matches(&self, log: &Log, index: u64, payloads: &mut Payloads) -> io::Result<bool> {
        match log.row(index) {
            Some(row) if let Some(classes) = &self.classes => Ok(classes.matches(row)),
            Some(row) => evaluate::matches(&self.expr, log, index, row, payloads),
            None => Ok(false),
        }
    }
}
