//! HTTP/1.x heads as values: a first line and headers, as they were written.

use crate::protocol::{Role, Rule};

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
    /// How its header lines are written against HTTP.
    pub flaws: LineFlaws,
}

/// What is wrong with the form of header lines that can be read all the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LineFlaws {
    /// White space between a name and its colon (RFC 9112 §5.1).
    pub space_before_colon: bool,
    /// A line that goes on in the next one (RFC 9112 §5.2).
    pub folded: bool,
}

/// The head as HTTP wants it, and what had to be put right for that: no ordinary
/// parser reads such requests, an inspector has to.
fn put_right(octets: &[u8]) -> (Vec<u8>, LineFlaws) {
    let (mut out, mut flaws) = (Vec::with_capacity(octets.len()), LineFlaws::default());
    for (number, line) in octets.split_inclusive(|o| *o == b'\n').enumerate() {
        let colon = line.iter().position(|o| *o == b':').filter(|_| number > 0);
        if number > 1 && matches!(line.first(), Some(b' ' | b'\t')) {
            flaws.folded = true;
            out.truncate(out.trim_ascii_end().len());
            out.push(b' ');
            out.extend_from_slice(line.trim_ascii_start());
            continue;
        }
        let (name, rest) = line.split_at(colon.unwrap_or_default());
        flaws.space_before_colon |= name.len() > name.trim_ascii_end().len();
        out.extend_from_slice(name.trim_ascii_end());
        out.extend_from_slice(rest);
    }
    (out, flaws)
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
        config.allow_multiple_spaces_in_request_line_delimiters(true);
        let (octets, flaws) = put_right(octets);
        match from {
            Role::Client => {
                let mut request = httparse::Request::new(&mut space);
                config.parse_request(&mut request, &octets).map_err(|e| e.to_string())?;
                Ok(Head {
                    start: StartLine::Request {
                        method: request.method.unwrap_or_default().to_owned(),
                        target: request.path.unwrap_or_default().to_owned(),
                        minor_version: request.version.unwrap_or_default(),
                    },
                    headers: headers(request.headers),
                    flaws,
                })
            }
            Role::Server => {
                let mut response = httparse::Response::new(&mut space);
                config.parse_response(&mut response, &octets).map_err(|e| e.to_string())?;
                Ok(Head {
                    start: StartLine::Response {
                        status: response.code.unwrap_or_default(),
                        phrase: response.reason.unwrap_or_default().to_owned(),
                        minor_version: response.version.unwrap_or_default(),
                    },
                    headers: headers(response.headers),
                    flaws,
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

    /// Whether a header is there more than once.
    #[must_use]
    pub fn is_doubled(&self, name: &str) -> bool {
        self.all(name).nth(1).is_some()
    }

    /// Whether it announces a body (RFC 9112 §6).
    #[must_use]
    pub fn announces_body(&self) -> bool {
        self.get("Transfer-Encoding").is_some()
            || self.get("Content-Length").is_some_and(|length| length.trim() != "0")
    }

    /// The rules that its lines break whatever they say.
    pub(super) fn line_rules(&self) -> impl Iterator<Item = Rule> {
        let LineFlaws { space_before_colon, folded } = self.flaws;
        let spaced = space_before_colon.then_some(Rule::HeadSpaceBeforeColon);
        spaced.into_iter().chain(folded.then_some(Rule::HeadFolded))
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

/// Whether the octets of a head that is no HTTP ask for WebSocket all the same: what
/// else is wrong with it, it has the line `Upgrade: websocket`.
#[must_use]
pub fn seems_to_ask_upgrade(octets: &[u8]) -> bool {
    octets.split(|octet| *octet == b'\n').any(|line| {
        let line = String::from_utf8_lossy(line).to_ascii_lowercase();
        let header = line.split_once(':').filter(|(name, _)| name.trim() == "upgrade");
        header.is_some_and(|(_, value)| value.split(',').any(|v| v.trim() == "websocket"))
    })
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

/// Header lines: ours in their order, each replaced by those of `own` with its name;
/// one with an empty value leaves ours out. The rest of `own` follows.
pub(super) fn lines(ours: &[(&str, String)], own: &[(String, String)]) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| text.push_str(&format!("{name}: {value}\r\n"));
    for (name, value) in ours {
        let instead: Vec<_> = own.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).collect();
        if instead.is_empty() {
            line(name, value);
        }
        instead.iter().filter(|(_, v)| !v.is_empty()).for_each(|(n, v)| line(n, v));
    }
    let is_ours = |name: &str| ours.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
    own.iter().filter(|(name, _)| !is_ours(name)).for_each(|(name, value)| line(name, value));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_http_may_still_ask() {
        assert!(seems_to_ask_upgrade(b"GET /\xe9 HTTP/1.1\r\nUPGRADE: h2c, WebSocket\r\nX: \x01"));
        assert!(!seems_to_ask_upgrade(b"GET / HTTP/1.1\r\nX: upgrade: websocket\r\n\x01"));
    }

    #[test]
    fn lines_against_http_are_read_and_remembered() {
        let head = b"GET / HTTP/1.1\r\nHost\t : h\r\nX: a\r\n \t b\r\n\tc\r\nY: d\r\n\r\n";
        let response = [b"HTTP/1.1 101 S\r\n", &head[16..]].concat();
        for (from, head) in [(Role::Client, &head[..]), (Role::Server, &response)] {
            let head = Head::parse(from, head).unwrap();
            let all: Vec<_> = head.headers.iter().map(|(n, v)| (&n[..], &v[..])).collect();
            assert_eq!(all, [("Host", "h"), ("X", "a b c"), ("Y", "d")], "{from:?}");
            assert_eq!(head.flaws, LineFlaws { space_before_colon: true, folded: true });
        }
        for bad in ["GET / HTTP/1.1\r\n X: a\r\n\r\n", "GET / HTTP/1.1\r\nX y: a\r\n\r\n"] {
            assert!(Head::parse(Role::Client, bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn headers_of_ones_own_take_the_place_of_ours() {
        let own = |lines: &[(&str, &str)]| -> Vec<(String, String)> {
            lines.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
        };
        let ours = [("Host", "h".to_owned()), ("Upgrade", "websocket".to_owned())];
        for (own, expected) in [
            (own(&[]), "Host: h\r\nUpgrade: websocket\r\n"),
            (own(&[("X", "1"), ("host", "i")]), "host: i\r\nUpgrade: websocket\r\nX: 1\r\n"),
            (own(&[("Host", "i"), ("Host", "h")]), "Host: i\r\nHost: h\r\nUpgrade: websocket\r\n"),
            (own(&[("Upgrade", ""), ("X", ""), ("X", "2")]), "Host: h\r\nX: \r\nX: 2\r\n"),
        ] {
            assert_eq!(lines(&ours, &own), expected);
        }
    }
}
