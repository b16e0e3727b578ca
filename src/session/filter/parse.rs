//! Reads a filter: text to tree, or what is wrong and at which column.

use super::error::{Error, Expected, Problem};
use super::field::{FIELDS, Field, Type};
use super::lexeme::{Lexeme, Placed, lexemes};
use super::syntax::{Choice, Expr, Needle, Operator, Pattern, Test, Value, address_bits};
use core::net::IpAddr;

/// Parentheses and denials inside each other.
const DEPTH: usize = 64;

/// Reads a filter. An empty one lets everything through.
///
/// # Errors
/// What is wrong, and where.
pub fn parse(text: &str) -> Result<Expr, Error> {
    let (lexemes, error) = lexemes(text);
    if let (true, None) = (lexemes.is_empty(), &error) {
        return Ok(Expr::All(Vec::new()));
    }
    let mut parser = Parser { lexemes: &lexemes, at: 0, end: text.len(), depth: 0 };
    let parsed = parser.any().and_then(|expr| match parser.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.expected(Expected::Connective)),
    });
    match (parsed, error) {
        (Ok(expr), None) => Ok(expr),
        // What cannot be taken apart stands behind all that can.
        (Err(first), Some(_)) if first.at.start < parser.last_end() => Err(first),
        (_, Some(error)) | (Err(error), None) => Err(error),
    }
}

struct Parser<'a> {
    lexemes: &'a [Placed],
    at: usize,
    end: usize,
    depth: usize,
}

type Parsed<T> = Result<T, Error>;

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Lexeme> {
        self.lexemes.get(self.at).map(|(lexeme, _)| lexeme)
    }

    fn last_end(&self) -> usize {
        self.lexemes.last().map_or(0, |(_, at)| at.end)
    }

    /// Takes the next piece if it is spelled like one of these.
    fn take(&mut self, spellings: &[&str]) -> bool {
        let taken = match self.peek() {
            Some(Lexeme::Sign(sign)) => spellings.contains(sign),
            Some(Lexeme::Word(word)) => spellings.contains(&word.as_str()),
            _ => false,
        };
        self.at += usize::from(taken);
        taken
    }

    fn error(&self, index: usize, problem: Problem) -> Error {
        let at = self.lexemes.get(index).map_or(self.end..self.end, |(_, at)| at.clone());
        Error { at, problem }
    }

    fn expected(&self, what: Expected) -> Error {
        let found = match self.peek() {
            None => String::new(),
            Some(Lexeme::Word(word)) => word.clone(),
            Some(Lexeme::Sign(sign)) => (*sign).to_owned(),
            Some(Lexeme::Quoted(octets)) => format!("\"{}\"", String::from_utf8_lossy(octets)),
        };
        self.error(self.at, Problem::Expected(what, found))
    }

    fn list(
        &mut self,
        spellings: &[&str],
        make: fn(Vec<Expr>) -> Expr,
        mut operand: impl FnMut(&mut Self) -> Parsed<Expr>,
    ) -> Parsed<Expr> {
        let first = operand(self)?;
        let mut list = vec![first];
        while self.take(spellings) {
            list.push(operand(self)?);
        }
        Ok(if list.len() > 1 { make(list) } else { list.remove(0) })
    }

    fn any(&mut self) -> Parsed<Expr> {
        self.list(&["||", "or"], Expr::Any, |parser| {
            parser.list(&["^^", "xor"], Expr::Odd, |parser| {
                parser.list(&["&&", "and"], Expr::All, Self::not)
            })
        })
    }

    fn not(&mut self) -> Parsed<Expr> {
        let start = self.at;
        if !self.take(&["!", "not", "("]) {
            return self.test();
        }
        if self.depth == DEPTH {
            return Err(self.error(start, Problem::Depth));
        }
        self.depth += 1;
        let denies = !matches!(self.lexemes[start].0, Lexeme::Sign("("));
        let expr = if denies {
            Expr::Not(Box::new(self.not()?))
        } else {
            let expr = self.any()?;
            if !self.take(&[")"]) {
                return Err(self.expected(Expected::Closing));
            }
            expr
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn test(&mut self) -> Parsed<Expr> {
        let Some(Lexeme::Word(name)) = self.peek() else {
            return Err(self.expected(Expected::Field));
        };
        let Some(field) = Field::named(name) else {
            if Operator::of(name).is_some() || CONNECTIVES.contains(&name.as_str()) {
                return Err(self.expected(Expected::Field));
            }
            if let Some((_, meant)) = MEANT.iter().find(|(theirs, _)| theirs == name) {
                let problem = Problem::UnknownField(name.clone(), meant.to_vec());
                return Err(self.error(self.at, problem));
            }
            // Who writes with dots means Wireshark's names.
            let dotted = name.contains('.');
            let names = FIELDS.iter().flat_map(|entry| entry.names());
            let names = names.filter(|known| known.contains('.') == dotted);
            let problem = Problem::UnknownField(name.clone(), like(name, names));
            return Err(self.error(self.at, problem));
        };
        self.at += 1;
        let operator_at = self.at;
        let operator = match self.peek() {
            Some(Lexeme::Sign(sign)) => Operator::of(sign),
            Some(Lexeme::Word(word)) => Operator::of(word),
            _ => None,
        };
        let Some(operator) = operator else {
            let set = field.kind() == Type::Flag && name == field.entry().name;
            return Ok(Expr::Test(field, if set { Test::Set } else { Test::Present }));
        };
        if !operator.suits(field.kind()) {
            return Err(self.error(operator_at, Problem::Operator(operator, field)));
        }
        self.at += 1;
        let test = match operator {
            Operator::Compare(comparison) => Test::Compare(comparison, self.value(field)?),
            Operator::In => Test::In(self.set(field)?),
            Operator::Contains => match self.value(field)? {
                Value::Octets(octets) => Test::Contains(Needle::new(&octets)),
                _ => return Err(self.expected(Expected::Value(field))),
            },
            Operator::Matches => Test::Matches(self.pattern(field)?),
        };
        Ok(Expr::Test(field, test))
    }

    fn pattern(&mut self, field: Field) -> Parsed<Pattern> {
        let Some(Lexeme::Quoted(octets)) = self.peek() else {
            return Err(self.expected(Expected::Value(Field::Text)));
        };
        let Ok(source) = std::str::from_utf8(octets) else {
            return Err(self.expected(Expected::Value(field)));
        };
        let pattern =
            Pattern::new(source).map_err(|words| self.error(self.at, Problem::Pattern(words)))?;
        self.at += 1;
        Ok(pattern)
    }

    fn set(&mut self, field: Field) -> Parsed<Vec<Choice>> {
        if !self.take(&["{"]) {
            return Err(self.expected(Expected::Set));
        }
        let mut choices = Vec::new();
        loop {
            let first_at = self.at;
            let first = self.value(field)?;
            choices.push(match first {
                Value::Number(from) if self.take(&[".."]) => {
                    let Value::Number(to) = self.value(field)? else {
                        return Err(self.expected(Expected::Value(field)));
                    };
                    if from > to {
                        return Err(self.error(first_at, Problem::EmptyRange));
                    }
                    Choice::Range(from, to)
                }
                first => Choice::One(first),
            });
            if self.take(&["}"]) {
                return Ok(choices);
            }
            if !self.take(&[","]) {
                return Err(self.expected(Expected::SetGoesOn));
            }
        }
    }

    fn value(&mut self, field: Field) -> Parsed<Value> {
        let value = match (self.peek(), field.kind()) {
            (Some(Lexeme::Quoted(octets)), Type::Text | Type::Octets) => {
                Some(Value::Octets(octets.clone()))
            }
            // A word may be quoted.
            (Some(Lexeme::Quoted(octets)), Type::Word) => {
                let word = String::from_utf8_lossy(octets);
                Some(self.word(field, &word)?)
            }
            (Some(Lexeme::Word(word)), kind) => match kind {
                Type::Seconds => nanoseconds(word).map(Value::Number),
                Type::Text => pairs(word).filter(|o| o.len() > 1).map(Value::Octets),
                Type::Octets => pairs(word).map(Value::Octets),
                Type::Address => address(word),
                Type::Flag | Type::Number | Type::Word => match number(word) {
                    Some(n) if kind == Type::Number || kind == Type::Flag && n < 2 => {
                        Some(Value::Number(n))
                    }
                    _ if word.starts_with(|c: char| c.is_ascii_digit()) => None,
                    _ if field.words().is_empty() => None,
                    _ => Some(self.word(field, word)?),
                },
            },
            _ => None,
        };
        let value = value.ok_or_else(|| self.expected(Expected::Value(field)))?;
        self.at += 1;
        Ok(value)
    }

    fn word(&self, field: Field, word: &str) -> Parsed<Value> {
        let words = field.words();
        match words.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)) {
            Some((_, number)) => Ok(Value::Number(*number)),
            None => {
                let like = like(word, words.iter().map(|(known, _)| *known));
                Err(self.error(self.at, Problem::UnknownWord(field, word.to_owned(), like)))
            }
        }
    }
}

/// What joins two tests, or denies one.
pub const CONNECTIVES: [&str; 7] = ["&&", "||", "^^", "and", "or", "xor", "not"];

/// Fields of Wireshark that are no field here, and what they are asked for.
const MEANT: [(&str, &[&str]); 7] = [
    ("tcp.stream", &["connection"]),
    ("ip.addr", &["source", "destination"]),
    ("ipv6.addr", &["source", "destination"]),
    ("tcp.port", &["source_port", "destination_port"]),
    ("frame.number", &["number"]),
    ("frame.len", &["len"]),
    ("http", &["head"]),
];

/// At most three names that are spelled like this one, the nearest first.
fn like(name: &str, known: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let name = name.to_ascii_lowercase();
    let near = 1 + name.len() / 4;
    let mut found: Vec<(usize, &'static str)> = known
        .filter_map(|known| {
            let last = known.rsplit('.').next().unwrap_or(known);
            let distance =
                strsim::osa_distance(&name, known).min(strsim::osa_distance(&name, last));
            let begins = name.len() > 1 && known.starts_with(&name);
            (distance <= near || begins).then_some((distance, known))
        })
        .collect();
    found.sort();
    found.into_iter().take(3).map(|(_, known)| known).collect()
}

/// A number, decimal or with `0x`.
fn number(word: &str) -> Option<u64> {
    match word.strip_prefix("0x") {
        Some(digits) if !digits.starts_with('+') => u64::from_str_radix(digits, 16).ok(),
        _ => word.parse().ok(),
    }
}

/// Seconds with a fraction, as nanoseconds.
fn nanoseconds(word: &str) -> Option<u64> {
    let (whole, fraction) = word.split_once('.').unwrap_or((word, ""));
    let digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.is_empty() || fraction.len() > 9 {
        return None;
    }
    let fraction = format!("{fraction:0<9}").parse::<u64>().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(1_000_000_000)?.checked_add(fraction)
}

/// Pairs of hexadecimal digits, with `:` or `-` between them or nothing.
fn pairs(word: &str) -> Option<Vec<u8>> {
    let apart = word.contains([':', '-']);
    let pairs: Vec<&str> = if apart {
        word.split([':', '-']).collect()
    } else {
        let digits = word.len().is_multiple_of(2) && word.is_ascii();
        digits.then(|| (0..word.len()).step_by(2).map(|at| &word[at..at + 2]).collect())?
    };
    let octet = |pair: &&str| {
        let digits = pair.len() == 2 && pair.bytes().all(|octet| octet.is_ascii_hexdigit());
        digits.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
    };
    pairs.iter().map(octet).collect()
}

/// An address, with or without the bits that count.
fn address(word: &str) -> Option<Value> {
    let (address, bits) = match word.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (word, None),
    };
    let address = address.parse::<IpAddr>().ok()?;
    let all = address_bits(address);
    let bits = bits.map_or(Some(all), |bits| bits.parse().ok().filter(|bits| *bits <= all))?;
    Some(Value::Address(address, bits))
}
