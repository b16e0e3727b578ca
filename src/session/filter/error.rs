//! What is wrong with a filter, and where. `text` makes the sentence.

use super::field::Field;
use super::syntax::Operator;
use std::ops::Range;

/// What is wrong with a filter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// Where, in octets; empty at the end.
    pub at: Range<usize>,
    /// What.
    pub problem: Problem,
}

impl Error {
    /// The column, from 1, counted in characters.
    #[must_use]
    pub fn column(&self, text: &str) -> usize {
        text.char_indices().take_while(|(at, _)| *at < self.at.start).count() + 1
    }
}

/// What may be expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Expected {
    /// A field, `!` or `(`.
    Field,
    /// A value of this field.
    Value(Field),
    /// `{`.
    Set,
    /// `,` or `}`.
    SetGoesOn,
    /// `)`, `&&` or `||`.
    Closing,
    /// `&&`, `||` or the end.
    Connective,
}

/// What can be wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Problem {
    /// Another thing was expected; what was found, nothing at the end.
    Expected(Expected, String),
    /// There is no such field; these have a name like it.
    UnknownField(String, Vec<&'static str>),
    /// The field has no value of this name; these have a name like it.
    UnknownWord(Field, String, Vec<&'static str>),
    /// This operator is not for a field of this type.
    Operator(Operator, Field),
    /// A text in quotes has no end.
    Unclosed,
    /// There is no such escape.
    Escape(String),
    /// The pattern is none, in the words of the crate that reads it.
    Pattern(String),
    /// A range that begins behind its end.
    EmptyRange,
    /// This character means nothing.
    Character(char),
    /// More parentheses in parentheses than anybody means.
    Depth,
}
