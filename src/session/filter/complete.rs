//! What may be typed next: fields, operators, words, by what stands before the
//! caret.

use super::field::{FIELDS, Field, Type};
use super::lexeme::{Lexeme, is_word, lexemes};
use super::syntax::{OPERATORS, Operator};
use std::ops::Range;

/// Something that may be typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Item {
    /// A field under this name.
    Field(Field, &'static str),
    /// An operator.
    Operator(Operator),
    /// A name of a value of this field.
    Word(Field, &'static str),
    /// `&&` or `||`.
    Connective(&'static str),
}

impl Item {
    /// What is put in.
    #[must_use]
    pub fn text(&self) -> &'static str {
        match self {
            Item::Field(_, name) | Item::Word(_, name) | Item::Connective(name) => name,
            Item::Operator(operator) => operator.sign(),
        }
    }
}

/// What may stand at the caret.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Completion {
    /// What it takes the place of, in octets.
    pub at: Range<usize>,
    /// What fits, the best first.
    pub items: Vec<Item>,
}

/// What the filter is waiting for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Field,
    Operator(Field),
    Value(Field),
    Set(Field),
    Connective,
    Nothing,
}

fn behind(place: Place, lexeme: &Lexeme) -> Place {
    let spelled = match lexeme {
        Lexeme::Word(word) => word.as_str(),
        Lexeme::Sign(sign) => sign,
        Lexeme::Quoted(_) => "",
    };
    match (place, spelled) {
        (_, "&&" | "||" | "^^" | "and" | "or" | "xor") => Place::Field,
        (Place::Field, "!" | "not" | "(") => Place::Field,
        (Place::Field, name) => Field::named(name).map_or(Place::Nothing, Place::Operator),
        (Place::Operator(_) | Place::Connective, ")") => Place::Connective,
        (Place::Operator(field), sign) => match Operator::of(sign) {
            Some(Operator::In) => Place::Set(field),
            Some(_) => Place::Value(field),
            None => Place::Nothing,
        },
        (Place::Value(_), _) | (Place::Set(_), "}") => Place::Connective,
        (Place::Set(field), _) => Place::Set(field),
        (Place::Connective | Place::Nothing, _) => Place::Nothing,
    }
}

/// What may be typed at `caret`, an octet of `text`; in quotes, nothing.
#[must_use]
pub fn complete(text: &str, caret: usize) -> Completion {
    let Some(before) = text.get(..caret) else { return Completion::default() };
    let typed = before.len() - before.trim_end_matches(is_word).len();
    let (before, prefix) = before.split_at(before.len() - typed);
    let (found, error) = lexemes(before);
    if error.is_some() {
        return Completion::default();
    }
    let place = found.iter().fold(Place::Field, |place, (lexeme, _)| behind(place, lexeme));
    let rest = text[caret..].len() - text[caret..].trim_start_matches(is_word).len();
    let prefix = prefix.to_ascii_lowercase();
    let mut items: Vec<Item> =
        candidates(place).into_iter().filter(|item| fits(item.text(), &prefix)).collect();
    items.sort_by_key(|item| !item.text().starts_with(&prefix));
    Completion { at: before.len()..caret + rest, items }
}

/// It begins so, or one of the parts of its name does.
fn fits(name: &str, prefix: &str) -> bool {
    name.starts_with(prefix) || name.split(['.', '_', '-']).any(|part| part.starts_with(prefix))
}

fn candidates(place: Place) -> Vec<Item> {
    let words = |field: Field| {
        let words = field.words().into_iter();
        words.map(move |(word, _)| Item::Word(field, word)).collect()
    };
    match place {
        Place::Field => {
            let names = |entry: &'static super::field::Entry| {
                entry.names().map(|name| Item::Field(entry.field, name))
            };
            FIELDS.iter().flat_map(names).collect()
        }
        Place::Operator(field) => {
            let suits = |operator: &Operator| operator.suits(field.kind());
            let operators = OPERATORS.iter().map(|(operator, _, _)| *operator);
            let mut items: Vec<Item> = operators.filter(suits).map(Item::Operator).collect();
            if field.kind() == Type::Flag {
                items.splice(0..0, candidates(Place::Connective));
            }
            items
        }
        Place::Value(field) | Place::Set(field) => words(field),
        Place::Connective => ["&&", "||"].map(Item::Connective).into(),
        Place::Nothing => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(text: &str) -> Vec<&'static str> {
        complete(text, text.len()).items.iter().map(Item::text).collect()
    }

    #[test]
    fn what_is_offered_fits_where_the_caret_stands() {
        assert_eq!(offered("opc"), ["opcode", "websocket.opcode"]);
        assert_eq!(offered("websocket.fi"), ["websocket.fin"]);
        assert!(offered("stat").contains(&"websocket.payload.close.status_code"));
        assert_eq!(offered("opcode == cl"), ["close"]);
        assert_eq!(offered("from == "), ["client", "server"]);
        assert_eq!(offered("from in {client, s"), ["server"]);
        assert_eq!(offered("rule == \"x\" && (sev"), ["severity"]);
        assert_eq!(offered("text "), ["==", "!=", "in", "contains", "matches"]);
        assert_eq!(offered("len > 5 "), ["&&", "||"]);
        assert_eq!(offered("ping ")[..3], ["&&", "||", "=="]);
        for nothing in ["text == \"opc", "len == 5 5 ", "€", "nonsense "] {
            assert!(offered(nothing).is_empty(), "{nothing}: {:?}", offered(nothing));
        }
    }

    #[test]
    fn a_word_is_replaced_whole() {
        let completion = complete("(opde == 8)", 3);
        assert_eq!(completion.at, 1..5);
        assert_eq!(completion.items[0].text(), "opcode");
        assert_eq!(complete("len", 9), Completion::default());
        assert_eq!(complete("é", 1), Completion::default());
    }
}
