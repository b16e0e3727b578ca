//! HTTP/1.x heads as values: a first line and headers, as they were written.

use crate::protocol::Role;

/// A head's first line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StartLine {
    /// `GET /chat HTTP/1.1`
    Request {
        /// GET and the like.
        method: String,
        /// Path and query.
        target: String,
        /// 0 or 1.
        minor_version: u8,
    },
    /// `HTTP/1.1 101 Switching Protocols`
    Response {
        /// 100 to 999.
        status: u16,
        /// The reason phrase.
        phrase: String,
        /// 0 or 1.
        minor_version: u8,
    },
}

/// An HTTP/1.x head; values with each octet as U+0000–00FF, so nothing is lost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// The first line.
    pub start: StartLine,
    /// Names as written and values without the white space around them, in order.
    pub headers: Vec<(String, String)>,
}

/// Octets as text, each as U+0000–00FF.
#[must_use]
pub fn latin1(octets: &[u8]) -> String {
    octets.iter().map(|&o| char::from(o)).collect()
}

fn headers(parsed: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    parsed.iter().map(|h| (h.name.to_owned(), latin1(h.value))).collect()
}

const MAX_HEADERS: usize = 256;

impl Head {
    /// Reads a whole head, blank line included.
    ///
    /// # Errors
    /// What `httparse` found wrong, as its words.
    pub fn parse(from: Role, octets: &[u8]) -> Result<Head, String> {
        let mut space = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut config = httparse::ParserConfig::default();
        config
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_multiple_spaces_in_request_line_delimiters(true);
        match from {
            Role::Client => {
                let mut request = httparse::Request::new(&mut space);
                config.parse_request(&mut request, octets).map_err(|e| e.to_string())?;
                Ok(Head {
                    start: StartLine::Request {
                        method: request.method.unwrap_or_default().to_owned(),
                        target: request.path.unwrap_or_default().to_owned(),
                        minor_version: request.version.unwrap_or_default(),
                    },
                    headers: headers(request.headers),
                })
            }
            Role::Server => {
                let mut response = httparse::Response::new(&mut space);
                config.parse_response(&mut response, octets).map_err(|e| e.to_string())?;
                Ok(Head {
                    start: StartLine::Response {
                        status: response.code.unwrap_or_default(),
                        phrase: response.reason.unwrap_or_default().to_owned(),
                        minor_version: response.version.unwrap_or_default(),
                    },
                    headers: headers(response.headers),
                })
            }
        }
    }

    /// All values of a header, by a name in any case, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The first value of a header.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// The comma-separated elements of all values of a header.
    pub fn elements<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all(name).flat_map(|v| v.split(',')).map(str::trim).filter(|v| !v.is_empty())
    }

    /// Whether a list header holds `token`, in any case.
    #[must_use]
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        self.elements(name).any(|element| element.eq_ignore_ascii_case(token))
    }

    /// Whether this is a request that asks for WebSocket.
    #[must_use]
    pub fn asks_upgrade(&self) -> bool {
        matches!(self.start, StartLine::Request { .. }) && self.has_token("Upgrade", "websocket")
    }

    /// The status of a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.start {
            StartLine::Response { status, .. } => Some(status),
            StartLine::Request { .. } => None,
        }
    }
}

/// RFC 2616's token: visible ASCII without separators.
pub(super) fn is_token(text: &str) -> bool {
    let ok = |c: char| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?={}".contains(c);
    !text.is_empty() && text.chars().all(ok)
}

/// Whether a head's extension headers, where it has any, follow the grammar of
/// §9.1. A quoted value holds a token too, so no comma and no semicolon.
pub(super) fn extensions_well_formed(head: &Head) -> bool {
    const NAME: &str = "Sec-WebSocket-Extensions";
    let parameter = |text: &str| match text.split_once('=') {
        None => is_token(text.trim()),
        Some((name, value)) => {
            let value = value.trim();
            let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            is_token(name.trim()) && is_token(&quoted.unwrap_or(value).replace('\\', ""))
        }
    };
    let extension = |text: &str| {
        let mut parts = text.split(';');
        parts.next().is_some_and(|name| is_token(name.trim())) && parts.all(parameter)
    };
    let mut elements = head.elements(NAME).peekable();
    head.get(NAME).is_none() || (elements.peek().is_some() && elements.all(extension))
}
