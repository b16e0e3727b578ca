//! The four parameters of RFC 7692 §7.1, as an offer or an answer names them.

use super::{Direction, EXTENSION};
use crate::protocol::Role;
use std::fmt;

/// A parameter's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Name {
    /// §7.1.1.1
    ServerNoContextTakeover,
    /// §7.1.1.2
    ClientNoContextTakeover,
    /// §7.1.2.1
    ServerMaxWindowBits,
    /// §7.1.2.2
    ClientMaxWindowBits,
}

impl Name {
    const ALL: [Name; 4] = [
        Name::ServerNoContextTakeover,
        Name::ClientNoContextTakeover,
        Name::ServerMaxWindowBits,
        Name::ClientMaxWindowBits,
    ];

    /// As the header spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Name::ServerNoContextTakeover => "server_no_context_takeover",
            Name::ClientNoContextTakeover => "client_no_context_takeover",
            Name::ServerMaxWindowBits => "server_max_window_bits",
            Name::ClientMaxWindowBits => "client_max_window_bits",
        }
    }
}

/// What is said of the client's window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum ClientWindow {
    /// Nothing: in an offer, the client cannot be told a window.
    #[default]
    Absent,
    /// In an offer only: the client takes any window that it is told.
    Any,
    /// 8 to 15.
    Bits(u8),
}

impl ClientWindow {
    /// The bits, where they are named.
    #[must_use]
    pub fn bits(self) -> Option<u8> {
        match self {
            ClientWindow::Bits(bits) => Some(bits),
            ClientWindow::Absent | ClientWindow::Any => None,
        }
    }
}

/// What an offer asks for, or an answer agrees to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub struct Parameters {
    /// Each message of the server is compressed by itself.
    pub server_no_context_takeover: bool,
    /// Each message of the client is compressed by itself.
    pub client_no_context_takeover: bool,
    /// The server's window, 8 to 15; `None` stands for 15.
    pub server_max_window_bits: Option<u8>,
    /// The client's window.
    pub client_max_window_bits: ClientWindow,
}

/// What is wrong with the parameters themselves (§7.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ParameterFault {
    /// Not one of the four.
    Unknown(String),
    /// Named twice.
    Doubled(Name),
    /// It needs a value.
    ValueMissing(Name),
    /// It takes no value.
    ValueNotAllowed(Name, String),
    /// The value is no number from 8 to 15, written without leading zeros.
    OutOfRange(Name, String),
}

impl Parameters {
    /// What a browser offers: any window for the client, nothing else asked.
    pub const BROWSER: Parameters = Parameters {
        server_no_context_takeover: false,
        client_no_context_takeover: false,
        server_max_window_bits: None,
        client_max_window_bits: ClientWindow::Any,
    };

    /// Reads what stands behind the extension's name, `;` between parameters:
    /// an offer of the client or an answer of the server.
    ///
    /// # Errors
    /// The first fault.
    pub fn parse(text: &str, from: Role) -> Result<Parameters, ParameterFault> {
        let mut parameters = Parameters::default();
        let mut seen = Vec::new();
        for parameter in text.split(';').map(str::trim).filter(|p| !p.is_empty()) {
            let (word, value) = match parameter.split_once('=') {
                Some((word, value)) => (word.trim(), Some(unquoted(value.trim()))),
                None => (parameter, None),
            };
            let name = Name::ALL.into_iter().find(|name| name.word().eq_ignore_ascii_case(word));
            let name = name.ok_or_else(|| ParameterFault::Unknown(word.to_owned()))?;
            if seen.contains(&name) {
                return Err(ParameterFault::Doubled(name));
            }
            seen.push(name);
            match (name, value) {
                (Name::ServerNoContextTakeover, None) => {
                    parameters.server_no_context_takeover = true;
                }
                (Name::ClientNoContextTakeover, None) => {
                    parameters.client_no_context_takeover = true;
                }
                (Name::ServerNoContextTakeover | Name::ClientNoContextTakeover, Some(value)) => {
                    return Err(ParameterFault::ValueNotAllowed(name, value));
                }
                (Name::ServerMaxWindowBits, Some(value)) => {
                    parameters.server_max_window_bits = Some(bits(name, value)?);
                }
                (Name::ClientMaxWindowBits, Some(value)) => {
                    parameters.client_max_window_bits = ClientWindow::Bits(bits(name, value)?);
                }
                (Name::ClientMaxWindowBits, None) if from == Role::Client => {
                    parameters.client_max_window_bits = ClientWindow::Any;
                }
                (Name::ServerMaxWindowBits | Name::ClientMaxWindowBits, None) => {
                    return Err(ParameterFault::ValueMissing(name));
                }
            }
        }
        Ok(parameters)
    }

    /// How `from` compresses, once this was agreed.
    #[must_use]
    pub fn direction(&self, from: Role) -> Direction {
        let (alone, bits) = match from {
            Role::Client => (self.client_no_context_takeover, self.client_max_window_bits.bits()),
            Role::Server => (self.server_no_context_takeover, self.server_max_window_bits),
        };
        Direction { context_takeover: !alone, window_bits: bits.unwrap_or(15) }
    }
}

/// A value without the quotes that it may stand in (RFC 6455 §9.1).
fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    inner.map_or_else(|| value.to_owned(), |inner| inner.replace('\\', ""))
}

fn bits(name: Name, value: String) -> Result<u8, ParameterFault> {
    let number = value.parse().ok().filter(|bits: &u8| bits.to_string() == value);
    let bits = number.filter(|bits| (8..=15).contains(bits));
    bits.ok_or(ParameterFault::OutOfRange(name, value))
}

impl fmt::Display for Parameters {
    /// As the header's value, the extension's name first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXTENSION)?;
        let mut flag = |on: bool, name: Name| {
            if on { write!(f, "; {}", name.word()) } else { Ok(()) }
        };
        flag(self.server_no_context_takeover, Name::ServerNoContextTakeover)?;
        flag(self.client_no_context_takeover, Name::ClientNoContextTakeover)?;
        if let Some(bits) = self.server_max_window_bits {
            write!(f, "; {}={bits}", Name::ServerMaxWindowBits.word())?;
        }
        match self.client_max_window_bits {
            ClientWindow::Absent => Ok(()),
            ClientWindow::Any => write!(f, "; {}", Name::ClientMaxWindowBits.word()),
            ClientWindow::Bits(bits) => write!(f, "; {}={bits}", Name::ClientMaxWindowBits.word()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_the_same() {
        for text in [
            "permessage-deflate",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
             server_max_window_bits=9; client_max_window_bits=8",
        ] {
            let parameters = Parameters::parse(&text[EXTENSION.len()..], Role::Client).unwrap();
            assert_eq!(parameters.to_string(), text);
        }
    }

    #[test]
    fn each_fault_has_its_reason() {
        use Name::*;
        use ParameterFault::*;
        let parse = |text: &str| Parameters::parse(text, Role::Client);
        assert_eq!(
            parse("client_max_window_bits = \"1\\0\"").unwrap().client_max_window_bits,
            ClientWindow::Bits(10)
        );
        assert_eq!(parse("foo=1"), Err(Unknown("foo".into())));
        let twice = "client_max_window_bits; client_max_window_bits=9";
        assert_eq!(parse(twice), Err(Doubled(ClientMaxWindowBits)));
        let value = "server_no_context_takeover=1";
        assert_eq!(parse(value), Err(ValueNotAllowed(ServerNoContextTakeover, "1".into())));
        assert_eq!(parse("server_max_window_bits"), Err(ValueMissing(ServerMaxWindowBits)));
        for bad in ["7", "16", "09", "", "+9", "9.0", "x", "-8", "264"] {
            let text = format!("server_max_window_bits={bad}");
            assert_eq!(parse(&text), Err(OutOfRange(ServerMaxWindowBits, bad.into())), "{bad}");
        }
        let answer = Parameters::parse("client_max_window_bits", Role::Server);
        assert_eq!(answer, Err(ValueMissing(ClientMaxWindowBits)));
    }
}
