//! The words of a filter: what stands between blanks and signs, and where.
//!
//! A run of letters, digits and `_ . : / -` is one word, as in Wireshark; whether
//! it is a name, a number, octets or an address is decided by what it is compared
//! with.

use super::error::{Error, Problem};
use std::ops::Range;
use winnow::Parser as _;
use winnow::combinator::{alt, preceded};
use winnow::token::{any, one_of, take_while};

/// One piece of a filter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lexeme {
    /// A name, a number, octets, an address, or an operator in letters.
    Word(String),
    /// A text in quotes, its escapes resolved.
    Quoted(Vec<u8>),
    /// A sign.
    Sign(&'static str),
}

/// A piece and where it stands, in octets.
pub type Placed = (Lexeme, Range<usize>);

/// Every sign; the longer ones first.
const SIGNS: [&str; 17] =
    ["==", "!=", "<=", ">=", "&&", "||", "^^", "..", "<", ">", "!", "~", "(", ")", "{", "}", ","];

/// Whether a character belongs to a word.
#[must_use]
pub fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '/' | '-')
}

fn word<'a>(input: &mut &'a str) -> winnow::Result<&'a str> {
    take_while(1.., is_word).parse_next(input)
}

fn sign(input: &mut &str) -> winnow::Result<&'static str> {
    let found = SIGNS.into_iter().find(|sign| input.starts_with(sign));
    let sign = found.ok_or_else(winnow::error::ContextError::new)?;
    *input = &input[sign.len()..];
    Ok(sign)
}

fn hex_digit(input: &mut &str) -> winnow::Result<u8> {
    let digit = one_of(|c: char| c.is_ascii_hexdigit()).parse_next(input)?;
    Ok(digit.to_digit(16).unwrap_or_default() as u8)
}

/// What stands behind a backslash.
fn escape(input: &mut &str) -> winnow::Result<u8> {
    alt((
        one_of(['"', '\\', '\'']).map(|c: char| c as u8),
        'n'.value(b'\n'),
        'r'.value(b'\r'),
        't'.value(b'\t'),
        '0'.value(0),
        preceded('x', (hex_digit, hex_digit)).map(|(high, low)| high << 4 | low),
    ))
    .parse_next(input)
}

/// A text in quotes behind its first quote; the error is where it begins and why.
fn quoted(input: &mut &str, raw: bool) -> Result<Vec<u8>, Option<String>> {
    let push = |octets: &mut Vec<u8>, c: char| {
        octets.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    };
    let mut octets = Vec::new();
    loop {
        let before = *input;
        match any::<_, winnow::error::ContextError>.parse_next(input) {
            Err(_) => return Err(None),
            Ok('"') => return Ok(octets),
            Ok('\\') if !raw => match escape(input) {
                Ok(octet) => octets.push(octet),
                Err(_) => {
                    let shown: String = before.chars().take(2).collect();
                    *input = before;
                    return Err(Some(shown));
                }
            },
            // As in Wireshark: a backslash guards what stands behind it, and stays.
            Ok('\\') => {
                octets.push(b'\\');
                if let Some(guarded) = input.chars().next() {
                    push(&mut octets, guarded);
                    *input = &input[guarded.len_utf8()..];
                }
            }
            Ok(c) => push(&mut octets, c),
        }
    }
}

/// Takes a filter apart; what cannot be taken apart is an error, and what stands
/// before it is still there.
pub fn lexemes(text: &str) -> (Vec<Placed>, Option<Error>) {
    let mut found = Vec::new();
    let mut input = text;
    loop {
        input = input.trim_start();
        let start = text.len() - input.len();
        let Some(first) = input.chars().next() else { return (found, None) };
        let raw = input.starts_with("r\"");
        let lexeme = if first == '"' || raw {
            input = &input[1 + usize::from(raw)..];
            match quoted(&mut input, raw) {
                Ok(octets) => Ok(Lexeme::Quoted(octets)),
                Err(None) => Err((start..text.len(), Problem::Unclosed)),
                Err(Some(escape)) => {
                    let at = text.len() - input.len();
                    Err((at..at + escape.len(), Problem::Escape(escape)))
                }
            }
        } else if let Ok(sign) = sign(&mut input) {
            Ok(Lexeme::Sign(sign))
        } else if let Ok(word) = word(&mut input) {
            // `1000..1003` is a range of two words.
            match word.find("..").filter(|at| *at > 0) {
                Some(at) => {
                    input = &text[start + at..];
                    Ok(Lexeme::Word(word[..at].to_owned()))
                }
                None => Ok(Lexeme::Word(word.to_owned())),
            }
        } else {
            Err((start..start + first.len_utf8(), Problem::Character(first)))
        };
        match lexeme {
            Ok(lexeme) => found.push((lexeme, start..text.len() - input.len())),
            Err((at, problem)) => return (found, Some(Error { at, problem })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let (found, error) = lexemes(text);
        let mut shown: Vec<String> = found
            .into_iter()
            .map(|(lexeme, at)| match lexeme {
                Lexeme::Word(word) => format!("{word}@{}", at.start),
                Lexeme::Quoted(octets) => format!("{:?}", String::from_utf8_lossy(&octets)),
                Lexeme::Sign(sign) => sign.to_owned(),
            })
            .collect();
        shown.extend(error.map(|error| format!("{:?} {:?}", error.at, error.problem)));
        shown.join(" ")
    }

    #[test]
    fn pieces_are_told_apart() {
        for (text, expected) in [
            ("opcode==8&&!fin", "opcode@0 == 8@8 && ! fin@12"),
            ("code in {1000..1003,4000}", "code@0 in@5 { 1000@9 .. 1003@15 , 4000@20 }"),
            (r#"text~"a\"\\d\x41""#, r#"text@0 ~ "a\"\\dA""#),
            (r#"r"\d+" r"#, r#""\\d+" r@7"#),
            (r#"r"id\":\\" r"#, r#""id\\\":\\\\" r@11"#),
            (r#"r"a\"#, "0..4 Unclosed"),
            ("ip.src==::1", "ip.src@0 == ::1@8"),
            ("len > 5 €", "len@0 > 5@6 8..11 Character('€')"),
            ("text == \"a", "text@0 == 8..10 Unclosed"),
            (r#""a\d""#, r#"2..4 Escape("\\d")"#),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
