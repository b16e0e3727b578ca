//! Filters that ask for nothing but kind, sender and first octet of a row, as chips and
//! most filters do: they are asked once for each of these values, and looked up for each
//! of millions of rows.

use super::evaluate;
use super::field::Field;
use super::syntax::Expr;
use crate::session::log::Log;
use crate::session::row::Row;

/// The answer for each class of rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Classes(Box<[bool]>);

impl Classes {
    /// The answers to `expr`; none where it asks for more.
    pub fn of(expr: &Expr) -> Option<Classes> {
        let log = Log::default();
        let asked = is_of_class(expr).then(|| Row::of_each_class().map(|row| of(expr, &log, &row)));
        asked.map(|answers| Classes(answers.collect()))
    }

    /// Whether a row is let through.
    #[inline]
    pub fn matches(&self, row: &Row) -> bool {
        self.0[row.class()]
    }
}

/// Whether the class of a row decides.
fn is_of_class(expr: &Expr) -> bool {
    match expr {
        Expr::All(list) | Expr::Any(list) | Expr::Odd(list) => list.iter().all(is_of_class),
        Expr::Not(inner) => is_of_class(inner),
        Expr::Test(field, _) => matches!(
            field,
            Field::Kind
                | Field::From
                | Field::Frame
                | Field::Opcode
                | Field::Data
                | Field::Close
                | Field::Ping
                | Field::Pong
                | Field::Fin
                | Field::Rsv
                | Field::Rsv1
                | Field::Rsv2
                | Field::Rsv3
        ),
    }
}

/// Whether a row is let through by an expression that its class decides.
fn of(expr: &Expr, log: &Log, row: &Row) -> bool {
    match expr {
        Expr::Test(field, test) => evaluate::test_number(*field, test, log, 0, row),
        Expr::Not(inner) => !of(inner, log, row),
        Expr::All(list) => list.iter().all(|expr| of(expr, log, row)),
        Expr::Any(list) => list.iter().any(|expr| of(expr, log, row)),
        Expr::Odd(list) => list.iter().fold(false, |odd, expr| odd ^ of(expr, log, row)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Filter;
    use super::*;

    #[test]
    fn what_the_class_decides_is_looked_up() {
        for (text, looked_up) in [
            ("opcode == close || from == server && !fin", true),
            ("!(ping xor rsv == 2) && kind in {frame, tcp}", true),
            ("", true),
            ("close && code == 1000", false),
            ("mask", false),
            ("len > 5 || ping", false),
        ] {
            let filter = Filter::parse(text).unwrap();
            assert_eq!(Classes::of(filter.expr()).is_some(), looked_up, "{text}");
        }
    }

    #[test]
    fn every_class_has_a_row_of_its_own() {
        for (class, row) in Row::of_each_class().enumerate() {
            assert_eq!(row.class(), class);
        }
    }
}
