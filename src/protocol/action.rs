//! What one end can be told to do: the words of `--after-open`.

use super::close::StatusCode;
use super::{MILLISECOND, Opcode, Time};
use std::fmt;

/// One step. Each is a write of its own on the socket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// A whole message or control frame in one frame, the length in its shortest form.
    Frame(Opcode, Vec<u8>),
    /// A data message cut into fragments of at most `size` octets, a frame and a write each.
    Fragments {
        /// Text or Binary.
        opcode: Opcode,
        /// The whole message.
        payload: Vec<u8>,
        /// Octets a fragment, at least 1.
        size: usize,
    },
    /// A Close with this code and reason; the reason may be too long on purpose.
    Close(StatusCode, Vec<u8>),
    /// A Close without a body.
    CloseEmpty,
    /// These octets as they are.
    Raw(Vec<u8>),
    /// Nothing for so many nanoseconds.
    Wait(Time),
    /// Shut down the write side; reading goes on.
    Fin,
    /// Close with linger 0.
    Rst,
}

impl Action {
    /// A text message.
    #[must_use]
    pub fn text(text: &str) -> Action {
        Action::Frame(Opcode::TEXT, text.as_bytes().to_vec())
    }

    /// Whether the step puts octets on the wire.
    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(self, Action::Wait(_) | Action::Fin | Action::Rst)
    }
}

/// What is wrong with a word of `--after-open`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ActionError {
    /// No such action.
    Unknown(String),
    /// The part that should have been a number from 0 to the limit.
    Number(String, u64),
    /// Not pairs of hexadecimal digits.
    Hex(String),
}

impl fmt::Display for ActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ActionError::Unknown(word) => write!(
                f,
                "unknown action '{word}': expected text:T, binary:HEX, ping[:T], pong[:T], close, \
                 close:CODE[:REASON], raw:HEX, wait:MS, fin or rst"
            ),
            ActionError::Number(word, max) => {
                write!(f, "'{word}' is not a number from 0 to {max}")
            }
            ActionError::Hex(word) => write!(f, "'{word}' is not pairs of hexadecimal digits"),
        }
    }
}

impl std::error::Error for ActionError {}

/// Reads pairs of hexadecimal digits, white space between them ignored.
///
/// # Errors
/// [`ActionError::Hex`] with the text.
pub fn parse_hex(text: &str) -> Result<Vec<u8>, ActionError> {
    let bad = || ActionError::Hex(text.to_owned());
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).map(|d| d as u8).ok_or_else(bad))
        .collect::<Result<_, _>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(bad());
    }
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Splits `CODE[:REASON]`.
///
/// # Errors
/// [`ActionError::Number`] if the code is not a number from 0 to 65535.
pub fn parse_code_reason(text: &str) -> Result<(StatusCode, String), ActionError> {
    let (code, reason) = text.split_once(':').unwrap_or((text, ""));
    let code = code.parse().map_err(|_| ActionError::Number(code.to_owned(), 65535))?;
    Ok((StatusCode(code), reason.to_owned()))
}

impl std::str::FromStr for Action {
    type Err = ActionError;

    fn from_str(word: &str) -> Result<Action, ActionError> {
        let (name, rest) = match word.split_once(':') {
            Some((name, rest)) => (name, Some(rest)),
            None => (word, None),
        };
        Ok(match (name, rest) {
            ("text", Some(text)) => Action::text(text),
            ("binary", Some(hex)) => Action::Frame(Opcode::BINARY, parse_hex(hex)?),
            ("ping", text) => Action::Frame(Opcode::PING, text.unwrap_or("").as_bytes().to_vec()),
            ("pong", text) => Action::Frame(Opcode::PONG, text.unwrap_or("").as_bytes().to_vec()),
            ("close", None) => Action::CloseEmpty,
            ("close", Some(rest)) => {
                let (code, reason) = parse_code_reason(rest)?;
                Action::Close(code, reason.into_bytes())
            }
            ("raw", Some(hex)) => Action::Raw(parse_hex(hex)?),
            ("wait", Some(ms)) => {
                let max = u64::MAX / MILLISECOND / 4;
                let ms = ms.parse::<u64>().ok().filter(|ms| *ms <= max);
                let ms =
                    ms.ok_or_else(|| ActionError::Number(rest.unwrap_or("").to_owned(), max))?;
                Action::Wait(ms * MILLISECOND)
            }
            ("fin", None) => Action::Fin,
            ("rst", None) => Action::Rst,
            _ => return Err(ActionError::Unknown(word.to_owned())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_after_open() {
        let action = |word: &str| word.parse::<Action>();
        assert_eq!(action("text:a:b").unwrap(), Action::text("a:b"));
        assert_eq!(action("text:").unwrap(), Action::text(""));
        assert_eq!(action("raw:88 02 03E8").unwrap(), Action::Raw(vec![0x88, 2, 3, 0xE8]));
        assert_eq!(
            action("close:1000:a:b").unwrap(),
            Action::Close(StatusCode(1000), b"a:b".to_vec())
        );
        assert_eq!(action("close:65535").unwrap(), Action::Close(StatusCode(65535), vec![]));
        assert_eq!(action("close").unwrap(), Action::CloseEmpty);
        assert_eq!(action("ping").unwrap(), Action::Frame(Opcode::PING, vec![]));
        assert_eq!(action("wait:5").unwrap(), Action::Wait(5_000_000));
        for bad in
            ["", "text", "close:", "close:70000", "raw:8", "raw:zz", "wait:-1", "fin:1", "shout"]
        {
            assert!(action(bad).is_err(), "{bad}");
        }
    }
}
