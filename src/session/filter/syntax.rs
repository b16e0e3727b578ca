//! A filter as a tree, and how it is written.
//!
//! Precedence as in Wireshark: `!`, then `&&`, then `^^`, then `||`.

use super::field::{Field, Type};
use core::net::IpAddr;
use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use std::fmt::{self, Display, Formatter, Write as _};

/// A filter.
#[derive(Clone, PartialEq, Debug)]
pub enum Expr {
    /// All of these hold; of none, always.
    All(Vec<Expr>),
    /// At least one of these holds.
    Any(Vec<Expr>),
    /// An odd number of these holds.
    Odd(Vec<Expr>),
    /// This does not hold.
    Not(Box<Expr>),
    /// One field is as asked for.
    Test(Field, Test),
}

/// What is asked of a field. A row without the field fails every test.
#[derive(Clone, PartialEq, Debug)]
pub enum Test {
    /// The row has it.
    Present,
    /// The flag is set.
    Set,
    /// It compares so with a value.
    Compare(Comparison, Value),
    /// It is one of these.
    In(Vec<Choice>),
    /// These octets are in it.
    Contains(Needle),
    /// The pattern is found in it.
    Matches(Pattern),
}

/// How a value is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Everything that may stand behind a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Operator {
    /// A comparison.
    Compare(Comparison),
    /// `in`
    In,
    /// `contains`
    Contains,
    /// `matches`
    Matches,
}

/// Operators with their sign and their word.
pub const OPERATORS: [(Operator, &str, &str); 9] = [
    (Operator::Compare(Comparison::Equal), "==", "eq"),
    (Operator::Compare(Comparison::NotEqual), "!=", "ne"),
    (Operator::Compare(Comparison::Less), "<", "lt"),
    (Operator::Compare(Comparison::LessOrEqual), "<=", "le"),
    (Operator::Compare(Comparison::Greater), ">", "gt"),
    (Operator::Compare(Comparison::GreaterOrEqual), ">=", "ge"),
    (Operator::In, "in", "in"),
    (Operator::Contains, "contains", "contains"),
    (Operator::Matches, "matches", "~"),
];

impl Operator {
    /// The operator of this spelling.
    #[must_use]
    pub fn of(spelling: &str) -> Option<Operator> {
        let found = OPERATORS.iter().find(|(_, sign, word)| [*sign, *word].contains(&spelling));
        found.map(|(operator, _, _)| *operator)
    }

    /// As it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        let found = OPERATORS.iter().find(|(operator, _, _)| *operator == self);
        found.map_or("", |(_, sign, _)| sign)
    }

    /// Whether it asks something that values of this type can answer.
    #[must_use]
    pub fn suits(self, kind: Type) -> bool {
        use Comparison::{Equal, NotEqual};
        match self {
            Operator::Compare(Equal | NotEqual) => true,
            Operator::Compare(_) => matches!(kind, Type::Number | Type::Seconds),
            Operator::In => kind != Type::Flag,
            Operator::Contains | Operator::Matches => matches!(kind, Type::Text | Type::Octets),
        }
    }
}

/// A value to compare with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A number, a word's number, nanoseconds, or 0 and 1 of a flag.
    Number(u64),
    /// Text or octets.
    Octets(Vec<u8>),
    /// An address, and how many of its bits count.
    Address(IpAddr, u8),
}

/// One entry of a set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Choice {
    /// This value.
    One(Value),
    /// From the first to the last, both included.
    Range(u64, u64),
}

/// Octets to be found.
#[derive(Clone, Debug)]
pub struct Needle(Box<Finder<'static>>);

impl Needle {
    /// Finds these.
    #[must_use]
    pub fn new(octets: &[u8]) -> Needle {
        Needle(Box::new(Finder::new(octets).into_owned()))
    }

    /// Which octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.0.needle()
    }

    /// Whether they are in there.
    #[must_use]
    pub fn is_in(&self, octets: &[u8]) -> bool {
        self.0.find(octets).is_some()
    }
}

impl PartialEq for Needle {
    fn eq(&self, other: &Needle) -> bool {
        self.octets() == other.octets()
    }
}

/// A regular expression. As in Wireshark case does not count, unless it begins
/// with `(?-i)`.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// It is none, in the words of the crate that reads it.
    pub fn new(source: &str) -> Result<Pattern, String> {
        let built = RegexBuilder::new(source).case_insensitive(true).build();
        built.map(Pattern).map_err(|error| {
            let words = error.to_string();
            let last = words.lines().next_back().unwrap_or_default();
            last.trim_start_matches("error: ").to_owned()
        })
    }

    /// As it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is found in there.
    #[must_use]
    pub fn is_in(&self, octets: &[u8]) -> bool {
        self.0.is_match(octets)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.source() == other.source()
    }
}

impl Expr {
    /// Whether some test reads octets of the capture, not only the log.
    #[must_use]
    pub fn reads(&self) -> bool {
        match self {
            Expr::All(list) | Expr::Any(list) | Expr::Odd(list) => list.iter().any(Expr::reads),
            Expr::Not(inner) => inner.reads(),
            Expr::Test(_, Test::Present) => false,
            Expr::Test(field, _) => matches!(field.kind(), Type::Text | Type::Octets),
        }
    }

    /// What would be seen in a text that this lets through: visits every test
    /// that is not denied.
    pub fn positive<'a>(&'a self, visit: &mut impl FnMut(Field, &'a Test)) {
        match self {
            Expr::All(list) | Expr::Any(list) | Expr::Odd(list) => {
                list.iter().for_each(|expr| expr.positive(visit));
            }
            Expr::Not(_) => {}
            Expr::Test(field, test) => visit(*field, test),
        }
    }
}

fn quoted(f: &mut Formatter<'_>, octets: &[u8]) -> fmt::Result {
    f.write_char('"')?;
    for chunk in octets.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '\0'..='\x1F' | '\x7F' => write!(f, "\\x{:02x}", c as u32)?,
                _ => f.write_char(c)?,
            }
        }
        for octet in chunk.invalid() {
            write!(f, "\\x{octet:02x}")?;
        }
    }
    f.write_char('"')
}

fn number(f: &mut Formatter<'_>, field: Field, number: u64) -> fmt::Result {
    if field.kind() == Type::Seconds {
        let (whole, rest) = (number / 1_000_000_000, number % 1_000_000_000);
        let digits = format!("{whole}.{rest:09}");
        return f.write_str(digits.trim_end_matches('0').trim_end_matches('.'));
    }
    match field.words().into_iter().find(|(_, value)| *value == number) {
        Some((word, _)) if field.kind() != Type::Flag => f.write_str(word),
        _ => write!(f, "{number}"),
    }
}

fn value(f: &mut Formatter<'_>, field: Field, value: &Value) -> fmt::Result {
    match value {
        Value::Number(n) => number(f, field, *n),
        Value::Octets(octets) => quoted(f, octets),
        Value::Address(address, bits) if *bits == address_bits(*address) => write!(f, "{address}"),
        Value::Address(address, bits) => write!(f, "{address}/{bits}"),
    }
}

/// How many bits an address has.
#[must_use]
pub fn address_bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn test(f: &mut Formatter<'_>, field: Field, test: &Test) -> fmt::Result {
    let entry = field.entry();
    match test {
        // Of a flag the short name asks whether it is set.
        Test::Present if entry.kind == Type::Flag => {
            return f.write_str(entry.wireshark.first().unwrap_or(&entry.name));
        }
        Test::Present | Test::Set => return f.write_str(entry.name),
        _ => {}
    }
    write!(f, "{} ", entry.name)?;
    match test {
        Test::Present | Test::Set => Ok(()),
        Test::Compare(comparison, with) => {
            write!(f, "{} ", Operator::Compare(*comparison).sign())?;
            value(f, field, with)
        }
        Test::Contains(needle) => {
            f.write_str("contains ")?;
            quoted(f, needle.octets())
        }
        Test::Matches(pattern) => {
            f.write_str("matches ")?;
            quoted(f, pattern.source().as_bytes())
        }
        Test::In(choices) => {
            f.write_str("in {")?;
            for (i, choice) in choices.iter().enumerate() {
                f.write_str(if i == 0 { "" } else { ", " })?;
                match choice {
                    Choice::One(one) => value(f, field, one)?,
                    Choice::Range(from, to) => {
                        number(f, field, *from)?;
                        // Apart: `1.5..2` would be one word.
                        f.write_str(" .. ")?;
                        number(f, field, *to)?;
                    }
                }
            }
            f.write_char('}')
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (list, sign) = match self {
            Expr::Test(field, asked) => return test(f, *field, asked),
            Expr::Not(inner) => {
                return match **inner {
                    Expr::Test(_, Test::Present | Test::Set) | Expr::Not(_) => {
                        write!(f, "!{inner}")
                    }
                    _ => write!(f, "!({inner})"),
                };
            }
            Expr::All(list) => (list, " && "),
            Expr::Odd(list) => (list, " ^^ "),
            Expr::Any(list) => (list, " || "),
        };
        for (i, expr) in list.iter().enumerate() {
            f.write_str(if i == 0 { "" } else { sign })?;
            match expr {
                Expr::Test(..) | Expr::Not(_) => write!(f, "{expr}")?,
                _ => write!(f, "({expr})")?,
            }
        }
        Ok(())
    }
}
