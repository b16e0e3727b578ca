//! What is lit up of a text that a filter let through.

use super::field::{Field, Type};
use super::syntax::{Comparison, Expr, Test, Value};
use regex::bytes::Regex;
use std::ops::Range;

/// Places lit up in one text, at most.
const PLACES: usize = 10_000;

/// Finds what a filter asked for in what is shown.
#[derive(Clone, Debug, Default)]
pub struct Highlight(Option<Regex>);

impl Highlight {
    /// Of what this filter looks for in texts and payloads.
    #[must_use]
    pub fn of(expr: &Expr) -> Highlight {
        let mut sought = Vec::new();
        expr.positive(&mut |field, test| {
            if matches!(field.kind(), Type::Text | Type::Octets) && field != Field::MaskingKey {
                sought.extend(one(test));
            }
        });
        sought.retain(|pattern| Regex::new(pattern).is_ok());
        let all = sought.join("|");
        Highlight((!sought.is_empty()).then(|| Regex::new(&all).ok()).flatten())
    }

    /// Whether this looks for the same as another.
    #[must_use]
    pub fn same(&self, other: &Highlight) -> bool {
        self.0.as_ref().map(Regex::as_str) == other.0.as_ref().map(Regex::as_str)
    }

    /// Where in a text, in order, in octets; whole characters only.
    #[must_use]
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        let Some(regex) = &self.0 else { return Vec::new() };
        regex
            .find_iter(text.as_bytes())
            .map(|found| found.range())
            .filter(|at| text.get(at.clone()).is_some_and(|found| !found.is_empty()))
            .take(PLACES)
            .collect()
    }
}

fn one(test: &Test) -> Option<String> {
    let literal = |octets: &[u8]| {
        let text = std::str::from_utf8(octets).ok().filter(|text| !text.is_empty());
        text.map(regex::escape)
    };
    match test {
        Test::Contains(needle) => literal(needle.octets()),
        Test::Compare(Comparison::Equal, Value::Octets(octets)) => literal(octets),
        Test::Matches(pattern) => Some(format!("(?i:{})", pattern.source())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::filter::Filter;

    fn lit<'a>(filter: &str, text: &'a str) -> Vec<&'a str> {
        let places = Highlight::of(Filter::parse(filter).unwrap().expr()).places(text);
        places.into_iter().map(|at| &text[at]).collect()
    }

    #[test]
    fn what_was_asked_for_is_lit() {
        let text = r#"{"id":17,"planet":"Mars 火星 mars"}"#;
        assert_eq!(lit(r#"text contains "ars""#, text), ["ars", "ars"]);
        assert_eq!(
            lit(r#"text matches "id\":\\d+" || text contains "火""#, text),
            ["id\":17", "火"]
        );
        assert_eq!(lit(r#"text matches "MARS""#, text), ["Mars", "mars"]);
        assert_eq!(lit(r#"text matches "(?-i)mars""#, text), ["mars"]);
        assert!(lit(r#"!(text contains "ars") && len > 5"#, text).is_empty());
        assert!(lit(r#"text matches "x*""#, text).is_empty(), "nothing is no place");
        assert!(lit(r#"payload matches "(?-u)\\xe7""#, text).is_empty(), "half a character");
    }
}
