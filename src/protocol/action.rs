//! What one end can be told to do: the words of `--after-open`.

use super::close::StatusCode;
use super::{FrameSpec, MILLISECOND, Opcode, Time};
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
    /// A frame with every bit chosen.
    Custom(FrameSpec),
    /// What these put on the wire, in one write.
    Batch(Vec<Action>),
    /// Nothing for so many nanoseconds.
    Wait(Time),
    /// Shut down the write side; reading goes on.
    Fin,
    /// The same without TLS's close_notify before it; without TLS the same.
    FinAbrupt,
    /// Close with linger 0.
    Rst,
}

impl Action {
    /// A text message.
    #[must_use]
    pub fn text(text: &str) -> Action {
        Action::Frame(Opcode::TEXT, text.as_bytes().to_vec())
    }

    /// Octets of what it sends, without headers.
    #[must_use]
    pub fn octets(&self) -> usize {
        match self {
            Action::Frame(_, octets) | Action::Close(_, octets) | Action::Raw(octets) => {
                octets.len()
            }
            Action::Fragments { payload, .. } => payload.len(),
            Action::Custom(spec) => spec.payload.len(),
            Action::Batch(actions) => actions.iter().map(Action::octets).sum(),
            _ => 0,
        }
    }

    /// Whether the step puts octets on the wire.
    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(self, Action::Wait(_) | Action::Fin | Action::FinAbrupt | Action::Rst)
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
    /// A part of `frame:` that is none.
    Field(String),
    /// `batch:` without `:end`, the other way round, or one within another.
    Batch,
    /// An action within a batch that puts nothing on the wire.
    NotInBatch,
}

impl fmt::Display for ActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ActionError::Unknown(word) => write!(
                f,
                "unknown action '{word}': expected text:T, binary:HEX, ping[:T], pong[:T], close, \
                 close:CODE[:REASON], raw:HEX, frame:FIELDS, batch: … :end, wait:MS, fin, fin-abrupt or rst"
            ),
            ActionError::Number(word, max) => {
                write!(f, "'{word}' is not a number from 0 to {max}")
            }
            ActionError::Hex(word) => write!(f, "'{word}' is not pairs of hexadecimal digits"),
            ActionError::Field(word) => write!(
                f,
                "'{word}' is no part of frame: expected opcode=, fin=, rsv1= to rsv3=, mask=, bits=, \
                 length=, repeat= (up to 16 MiB), and last hex= or text="
            ),
            ActionError::Batch => write!(f, "batch: and :end come in pairs, none within another"),
            ActionError::NotInBatch => {
                write!(f, "wait, fin, fin-abrupt and rst cannot be in one write")
            }
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
            ("frame", Some(fields)) => Action::Custom(fields.parse()?),
            ("fin", None) => Action::Fin,
            ("fin-abrupt", None) => Action::FinAbrupt,
            ("rst", None) => Action::Rst,
            _ => return Err(ActionError::Unknown(word.to_owned())),
        })
    }
}

/// A word of `--after-open`: an action, or where a batch begins and ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Word {
    /// An action.
    Action(Action),
    /// `batch:`
    BatchStart,
    /// `:end`
    BatchEnd,
}

impl std::str::FromStr for Word {
    type Err = ActionError;

    fn from_str(word: &str) -> Result<Word, ActionError> {
        Ok(match word {
            "batch:" | "batch" => Word::BatchStart,
            ":end" | "end" => Word::BatchEnd,
            word => Word::Action(word.parse()?),
        })
    }
}

/// Puts what stands between `batch:` and `:end` into one action.
///
/// # Errors
/// [`ActionError::Batch`] or [`ActionError::NotInBatch`].
pub fn fold(words: impl IntoIterator<Item = Word>) -> Result<Vec<Action>, ActionError> {
    let (mut actions, mut batch) = (Vec::new(), None::<Vec<Action>>);
    for word in words {
        match (word, &mut batch) {
            (Word::Action(action), None) => actions.push(action),
            (Word::Action(action), Some(_)) if !action.writes() => {
                return Err(ActionError::NotInBatch);
            }
            (Word::Action(action), Some(batch)) => batch.push(action),
            (Word::BatchStart, None) => batch = Some(Vec::new()),
            (Word::BatchEnd, Some(_)) => actions.extend(batch.take().map(Action::Batch)),
            (Word::BatchStart, Some(_)) | (Word::BatchEnd, None) => return Err(ActionError::Batch),
        }
    }
    if batch.is_some() { Err(ActionError::Batch) } else { Ok(actions) }
}

/// Reads a sequence: words on lines of their own or behind a `;`, a blank as
/// good as the first colons (`close 4001 bye; wait 50; rst`). The text of
/// `text` goes to the end of its line.
///
/// # Errors
/// The first word that is none.
pub fn parse_sequence(text: &str) -> Result<Vec<Action>, ActionError> {
    let mut words = Vec::new();
    for line in text.lines() {
        let mut rest = line.trim();
        while !rest.is_empty() {
            let verbatim = rest.starts_with("text ") || rest.starts_with("text:");
            let (word, behind) =
                if verbatim { (rest, "") } else { rest.split_once(';').unwrap_or((rest, "")) };
            rest = behind.trim_start();
            if !word.trim().is_empty() {
                words.push(with_colons(word.trim()).parse()?);
            }
        }
    }
    fold(words)
}

/// `close 4001 bye bye` as `close:4001:bye bye`.
fn with_colons(word: &str) -> String {
    let name_len = word.find(|c: char| c == ':' || c.is_whitespace()).unwrap_or(word.len());
    let (name, rest) = word.split_at(name_len);
    if !rest.starts_with(char::is_whitespace) {
        return word.to_owned();
    }
    let rest = rest.trim_start();
    match (name, rest.split_once(char::is_whitespace)) {
        ("close", Some((code, reason))) => format!("close:{code}:{}", reason.trim_start()),
        _ => format!("{name}:{rest}"),
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
        assert_eq!(action("fin-abrupt").unwrap(), Action::FinAbrupt);
        assert_eq!(action("wait:5").unwrap(), Action::Wait(5_000_000));
        for bad in
            ["", "text", "close:", "close:70000", "raw:8", "raw:zz", "wait:-1", "fin:1", "shout"]
        {
            assert!(action(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sequences_are_read_with_blanks_or_colons() {
        let bye = Action::Close(StatusCode(4001), b"bye bye".to_vec());
        assert_eq!(
            parse_sequence("close 4001 bye bye; wait 50; rst").unwrap(),
            [bye.clone(), Action::Wait(50 * MILLISECOND), Action::Rst]
        );
        assert_eq!(
            parse_sequence("text a; b\n\nbatch:\nclose:4001:bye bye; text: c\n:end").unwrap(),
            [Action::text("a; b"), Action::Batch(vec![bye, Action::text(" c")])]
        );
        assert_eq!(parse_sequence(" ; "), Ok(vec![]));
        assert_eq!(parse_sequence("batch: ; wait 5; :end"), Err(ActionError::NotInBatch));
        assert_eq!(parse_sequence("batch:"), Err(ActionError::Batch));
        assert!(parse_sequence("close 4001; shout").is_err());
    }
}
