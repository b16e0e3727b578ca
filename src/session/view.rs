//! Which rows are shown: those that chips and a filter let through; and which are
//! found, where the filter only finds.

use super::filter::field::Field;
use super::filter::highlight::Highlight;
use super::filter::syntax::{Choice, Comparison, Test, Value};
use super::filter::{Expr, Filter};
use super::recorder::SharedLog;
use super::row::Kind;
use super::selection::{Selection, Wake};
use super::source::Source;
use std::sync::Arc;

/// The common filters, each a switch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Scope {
    /// Only this connection.
    pub connection: Option<u32>,
    /// Without Ping and Pong.
    pub hide_heartbeats: bool,
    /// Only what breaks a rule.
    pub violations: bool,
    /// Only data frames; with `endings`, both.
    pub data: bool,
    /// Only Close frames, the ends of TCP, and verdicts.
    pub endings: bool,
}

impl Scope {
    /// The same in the filter language.
    #[must_use]
    pub fn terms(self) -> Vec<Expr> {
        let set = |field| Expr::Test(field, Test::Set);
        let mut terms = Vec::new();
        if let Some(number) = self.connection {
            let is = Test::Compare(Comparison::Equal, Value::Number(number.into()));
            terms.push(Expr::Test(Field::Connection, is));
        }
        if self.hide_heartbeats {
            let heartbeats = Expr::Any(vec![set(Field::Ping), set(Field::Pong)]);
            terms.push(Expr::Not(Box::new(heartbeats)));
        }
        if self.violations {
            terms.push(set(Field::Violation));
        }
        let ends = [Kind::Tcp, Kind::Closed].map(|kind| Choice::One(Value::Number(kind as u64)));
        let endings = || vec![set(Field::Close), Expr::Test(Field::Kind, Test::In(ends.into()))];
        match (self.data, self.endings) {
            (true, true) => terms.push(Expr::Any([vec![set(Field::Data)], endings()].concat())),
            (true, false) => terms.push(set(Field::Data)),
            (false, true) => terms.push(Expr::Any(endings())),
            (false, false) => {}
        }
        terms
    }
}

/// The rows of a scope and a filter.
#[derive(Debug, Default)]
pub struct View {
    scope: Scope,
    filter: Option<Filter>,
    finds: bool,
    highlight: Highlight,
    shown: Selection,
    found: Selection,
    generation: u64,
}

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
            self.scope = scope;
            self.begin();
        }
        other
    }

    /// The filter beside the scope.
    #[must_use]
    pub fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }

    /// Whether the filter only finds: it hides no row.
    #[must_use]
    pub fn finds(&self) -> bool {
        self.finds
    }

    /// Shows, or finds, what this filter lets through; `true` if it is another.
    pub fn set_filter(&mut self, filter: Option<Filter>, finds: bool) -> bool {
        let filter = filter.filter(|filter| !filter.is_all());
        let other = filter != self.filter || finds != self.finds;
        if other {
            (self.filter, self.finds) = (filter, finds);
            self.highlight =
                self.filter.as_ref().map(|f| Highlight::of(f.expr())).unwrap_or_default();
            self.begin();
        }
        other
    }

    /// Changes whenever the rows that are shown begin anew.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    fn begin(&mut self) {
        self.generation += 1;
        let make =
            |terms: Vec<Expr>| (!terms.is_empty()).then(|| Arc::new(Filter::new(Expr::All(terms))));
        let chips = self.scope.terms();
        let asked = self.filter.iter().map(|filter| filter.expr().clone());
        let both = make(chips.iter().cloned().chain(asked).collect());
        if self.finds && self.filter.is_some() {
            self.shown.set_filter(make(chips));
            self.found.set_filter(both);
        } else {
            self.shown.set_filter(both);
            self.found.set_filter(None);
        }
    }

    /// What the filter looks for in texts.
    #[must_use]
    pub fn highlight(&self) -> &Highlight {
        &self.highlight
    }

    /// The session is another: begins anew with the same scope and filter.
    pub fn reset(&mut self) {
        self.generation += 1;
        self.shown.reset();
        self.found.reset();
    }

    /// Looks at rows that came since; `wake` is called when a thread that looks
    /// has found more.
    pub fn update(&mut self, log: &SharedLog, source: &Source, wake: &Wake) {
        self.shown.update(log, source, wake);
        self.found.update(log, source, wake);
    }

    /// The rows that F3 goes through: those found, or those that the filter shows.
    #[must_use]
    pub fn found(&self) -> Option<&Selection> {
        self.filter.as_ref()?;
        Some(if self.finds { &self.found } else { &self.shown })
    }

    /// The rows that are shown.
    #[must_use]
    pub fn shown(&self) -> &Selection {
        &self.shown
    }

    /// How many rows are shown.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.shown.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The log's index of the row shown at `position`.
    #[must_use]
    pub fn index(&self, position: u64) -> Option<u64> {
        self.shown.index(position)
    }

    /// Where the log's row `index` is shown, or the first behind it.
    #[must_use]
    pub fn position(&self, index: u64) -> u64 {
        self.shown.position(index)
    }
}
