//! The opening handshake (RFC 6455 §4): HTTP heads read, judged and written.
//!
//! Reading is `httparse`'s; judging is ours, since an inspector must show what
//! an ordinary library refuses. The heads' octets themselves are kept verbatim
//! by whoever records them.

use super::violation::Rule;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// The GUID that §1.3 appends to the key.
pub const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Longest head, and longest body of a refusal, that is read: 64 KiB as a
/// limit of an endpoint.
pub const MAX_HEAD: usize = 64 * 1024;

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
    pub fn parse(from: super::Role, octets: &[u8]) -> Result<Head, String> {
        let mut space = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut config = httparse::ParserConfig::default();
        config
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_multiple_spaces_in_request_line_delimiters(true);
        match from {
            super::Role::Client => {
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
            super::Role::Server => {
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

/// The two steps from a key to `Sec-WebSocket-Accept`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AcceptDerivation {
    /// Key and GUID, one behind the other.
    pub concatenation: String,
    /// SHA-1 of it.
    pub sha1: [u8; 20],
    /// That in base64: the header's value.
    pub accept: String,
}

/// Derives `Sec-WebSocket-Accept` as §4.2.2 says.
#[must_use]
pub fn derive_accept(key: &str) -> AcceptDerivation {
    let concatenation = format!("{key}{GUID}");
    let sha1: [u8; 20] = Sha1::digest(concatenation.as_bytes()).into();
    AcceptDerivation { accept: STANDARD.encode(sha1), concatenation, sha1 }
}

/// RFC 2616's token: visible ASCII without separators.
fn is_token(text: &str) -> bool {
    let ok = |c: char| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?={}".contains(c);
    !text.is_empty() && text.chars().all(ok)
}

/// Whether a head's extension headers, where it has any, follow the grammar of
/// §9.1. A quoted value holds a token too, so no comma and no semicolon.
fn extensions_well_formed(head: &Head) -> bool {
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

/// The rules of §4.1, §4.2.1 and §9.1 that a request breaks.
#[must_use]
pub fn judge_request(head: &Head) -> Vec<Rule> {
    let StartLine::Request { method, minor_version, .. } = &head.start else {
        return vec![Rule::HeadNotHttp];
    };
    let mut broken = Vec::new();
    let mut check = |holds: bool, rule| {
        if !holds {
            broken.push(rule);
        }
    };
    let keys: Vec<&str> = head.all("Sec-WebSocket-Key").collect();
    let key_ok = matches!(keys[..], [key] if STANDARD.decode(key).is_ok_and(|k| k.len() == 16));
    let versions: Vec<&str> = head.all("Sec-WebSocket-Version").collect();
    check(method == "GET", Rule::RequestMethod);
    check(*minor_version >= 1, Rule::RequestHttpVersion);
    check(head.all("Host").count() == 1, Rule::RequestHost);
    check(head.has_token("Upgrade", "websocket"), Rule::RequestUpgrade);
    check(head.has_token("Connection", "Upgrade"), Rule::RequestConnection);
    check(key_ok, Rule::RequestKey);
    check(versions == ["13"], Rule::RequestVersion);
    let subprotocols: Vec<&str> = head.elements("Sec-WebSocket-Protocol").collect();
    let once = (1..subprotocols.len()).all(|i| !subprotocols[..i].contains(&subprotocols[i]));
    check(once && subprotocols.into_iter().all(is_token), Rule::RequestSubprotocol);
    check(extensions_well_formed(head), Rule::ExtensionMalformed);
    broken
}

/// The rules of §4.1 and §9.1 that a response breaks, given the request it answers
/// (`None` in a capture that does not hold it).
#[must_use]
pub fn judge_response(request: Option<&Head>, response: &Head) -> Vec<Rule> {
    if response.status() != Some(101) {
        return vec![Rule::ResponseStatus];
    }
    let mut broken = Vec::new();
    let mut check = |holds: bool, rule| {
        if !holds {
            broken.push(rule);
        }
    };
    check(response.has_token("Upgrade", "websocket"), Rule::ResponseUpgrade);
    check(response.has_token("Connection", "Upgrade"), Rule::ResponseConnection);
    if let Some(request) = request {
        let expected = request.get("Sec-WebSocket-Key").map(|key| derive_accept(key).accept);
        let accepts: Vec<&str> = response.all("Sec-WebSocket-Accept").collect();
        check(
            matches!((&accepts[..], &expected), ([got], Some(expected)) if got == expected),
            Rule::ResponseAccept,
        );
        let offered: Vec<&str> = request.elements("Sec-WebSocket-Protocol").collect();
        let chosen: Vec<&str> = response.elements("Sec-WebSocket-Protocol").collect();
        check(
            chosen.is_empty() || (chosen.len() == 1 && offered.contains(&chosen[0])),
            Rule::ResponseSubprotocol,
        );
        let name = |extension: &str| {
            extension.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
        };
        let offered: Vec<String> = request.elements("Sec-WebSocket-Extensions").map(name).collect();
        check(
            response.elements("Sec-WebSocket-Extensions").all(|e| offered.contains(&name(e))),
            Rule::ResponseExtension,
        );
    }
    check(extensions_well_formed(response), Rule::ExtensionMalformed);
    broken
}

/// What a client's request is made of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RequestParts {
    /// Path and query, at least "/".
    pub target: String,
    /// The Host header: name and, unless it is the scheme's own, port.
    pub host: String,
    /// The Origin header.
    pub origin: Option<String>,
    /// Subprotocols offered, in order of preference.
    pub subprotocols: Vec<String>,
    /// Further headers, in order.
    pub headers: Vec<(String, String)>,
}

/// Writes a request with the key made of `nonce`.
#[must_use]
pub fn write_request(parts: &RequestParts, nonce: [u8; 16]) -> Vec<u8> {
    let mut head = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {}\r\nSec-WebSocket-Version: 13\r\n",
        parts.target,
        parts.host,
        STANDARD.encode(nonce)
    );
    let mut line = |name: &str, value: &str| {
        head.push_str(&format!("{name}: {value}\r\n"));
    };
    if let Some(origin) = &parts.origin {
        line("Origin", origin);
    }
    if !parts.subprotocols.is_empty() {
        line("Sec-WebSocket-Protocol", &parts.subprotocols.join(", "));
    }
    for (name, value) in &parts.headers {
        line(name, value);
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// What a server adds to its 101.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ResponseParts {
    /// The first offered one among these is chosen; where empty, the first offered.
    pub subprotocols: Vec<String>,
    /// Further headers, in order.
    pub headers: Vec<(String, String)>,
}

/// Writes the 101 that answers `request`.
#[must_use]
pub fn write_accept(parts: &ResponseParts, request: &Head) -> Vec<u8> {
    let accept = derive_accept(request.get("Sec-WebSocket-Key").unwrap_or_default()).accept;
    let mut head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n"
    );
    let chosen = request
        .elements("Sec-WebSocket-Protocol")
        .find(|p| parts.subprotocols.is_empty() || parts.subprotocols.iter().any(|s| s == p));
    if let Some(chosen) = chosen {
        head.push_str(&format!("Sec-WebSocket-Protocol: {chosen}\r\n"));
    }
    for (name, value) in &parts.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// Writes a refusal: 400, 408, 426 or 431 with a body that says why.
#[must_use]
pub fn write_refusal(status: u16, body: &str) -> Vec<u8> {
    let (phrase, extra) = match status {
        408 => ("Request Timeout", ""),
        426 => ("Upgrade Required", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"),
        431 => ("Request Header Fields Too Large", ""),
        _ => ("Bad Request", ""),
    };
    let connection = if status == 426 { "close, Upgrade" } else { "close" };
    format!(
        "HTTP/1.1 {status} {phrase}\r\nConnection: {connection}\r\n{extra}\
         Content-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The status with which a server refuses a request that breaks these rules
/// (§4.2.2, §4.4); `None` if it may accept.
#[must_use]
pub fn refusal_status(broken: &[Rule]) -> Option<u16> {
    if broken.is_empty() {
        None
    } else if broken.contains(&Rule::RequestUpgrade) || broken == [Rule::RequestVersion] {
        Some(426)
    } else {
        Some(400)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Role;

    #[test]
    fn the_rfcs_own_example_key() {
        let derivation = derive_accept("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(derivation.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(derivation.sha1[..4], [0xb3, 0x7a, 0x4f, 0x2c]);
    }

    #[test]
    fn what_we_write_breaks_no_rule() {
        let parts = RequestParts {
            target: "/chat".into(),
            host: "example.test".into(),
            origin: Some("http://example.test".into()),
            subprotocols: vec!["a".into(), "b".into()],
            headers: vec![("X-One".into(), "1".into())],
        };
        let request = Head::parse(Role::Client, &write_request(&parts, [7; 16])).unwrap();
        assert_eq!(judge_request(&request), []);
        let choose_b = ResponseParts { subprotocols: vec!["b".into()], headers: vec![] };
        let response = Head::parse(Role::Server, &write_accept(&choose_b, &request)).unwrap();
        assert_eq!(judge_response(Some(&request), &response), []);
        assert_eq!(response.get("sec-websocket-protocol"), Some("b"));
    }

    #[test]
    fn each_rule_of_the_request_is_found() {
        let good = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        let judged =
            |text: &str| judge_request(&Head::parse(Role::Client, text.as_bytes()).unwrap());
        assert_eq!(judged(good), []);
        for (from, to, rule) in [
            ("GET", "POST", Rule::RequestMethod),
            ("HTTP/1.1", "HTTP/1.0", Rule::RequestHttpVersion),
            ("Host: h\r\n", "", Rule::RequestHost),
            ("Upgrade: websocket", "Upgrade: h2c", Rule::RequestUpgrade),
            ("keep-alive, Upgrade", "keep-alive", Rule::RequestConnection),
            ("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=", Rule::RequestKey),
            ("Version: 13", "Version: 8", Rule::RequestVersion),
        ] {
            assert_eq!(judged(&good.replacen(from, to, 1)), [rule], "{to}");
        }
        let with = |line: &str| judged(&good.replacen("Host", &format!("{line}\r\nHost"), 1));
        for (value, sound) in [
            ("a, b,c", true),
            ("v1.chat+x", true),
            ("a,b, a", false),
            ("a b", false),
            ("a/b", false),
        ] {
            let broken = with(&format!("Sec-WebSocket-Protocol: {value}"));
            assert_eq!(broken, [Rule::RequestSubprotocol][usize::from(sound)..], "{value}");
        }
        for (value, sound) in [
            ("permessage-deflate", true),
            ("permessage-deflate; client_max_window_bits, x; a=1; b=\"2\"", true),
            ("x; a = \"to\\ken\"", true),
            ("x,, y", true),
            ("", false),
            ("; a", false),
            ("x;", false),
            ("x; =1", false),
            ("x; a=", false),
            ("x; a=\"not a token\"", false),
            ("x; a=\"", false),
            ("two words", false),
        ] {
            let broken = with(&format!("Sec-WebSocket-Extensions: {value}"));
            assert_eq!(broken, [Rule::ExtensionMalformed][usize::from(sound)..], "{value}");
        }
    }
}
