//! What a client begins with: a plain HTTP request for the page, or anything else,
//! which is a connection to be looked at. No I/O.

use core::net::{IpAddr, Ipv6Addr};

/// Octets that the head of a page request may have.
pub const MAX_HEAD: usize = 16 * 1024;

/// Where the page reports its CloseEvent.
pub const REPORT: &str = "/close-event";

/// Header lines of a page request that are looked at.
const MAX_HEADERS: usize = 100;

/// A plain HTTP request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// What it asks for.
    pub asks: Asks,
    /// Host, with its port; empty where there is none, or more than one.
    pub host: String,
    /// Origin; empty likewise.
    pub origin: String,
    /// User-Agent; empty likewise.
    pub user_agent: String,
    /// Content-Type; empty likewise.
    pub content_type: String,
    /// X-Wsscope-Token; empty likewise.
    pub token: String,
    /// Content-Length; `None` where it is no number.
    pub content_length: Option<u64>,
    /// Octets of the head.
    pub len: usize,
}

/// What a plain request asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asks {
    /// The page; without its body for a HEAD.
    Page {
        /// It is a HEAD.
        head: bool,
    },
    /// The icon that browsers ask for by themselves.
    Icon,
    /// To take a report.
    Report,
}

/// What the first octets of a client are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum First {
    /// They may still become a page request.
    Undecided,
    /// They belong to a connection.
    Connection,
    /// A whole head of a plain request.
    Plain(Box<Request>),
}

/// Header names by which a client means WebSocket, however wrong the rest is.
fn is_of_websocket(name: &str, value: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let upgrade = || value.to_ascii_lowercase().windows(7).any(|word| word == b"upgrade");
    name == "upgrade" || name.starts_with("sec-websocket-") || name == "connection" && upgrade()
}

/// Judges the first octets of a client.
#[must_use]
pub fn first(octets: &[u8]) -> First {
    let begins = |method: &[u8]| octets.iter().zip(method).all(|(left, right)| left == right);
    if ![&b"GET /"[..], b"HEAD /", b"POST /"].into_iter().any(begins) {
        return First::Connection;
    }
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let len = match parsed.parse(octets) {
        Ok(httparse::Status::Complete(len)) if len <= MAX_HEAD => len,
        Ok(httparse::Status::Partial) if octets.len() < MAX_HEAD && !upgrades_already(octets) => {
            return First::Undecided;
        }
        _ => return First::Connection,
    };
    if parsed.headers.iter().any(|header| is_of_websocket(header.name, header.value)) {
        return First::Connection;
    }
    let path = parsed.path.and_then(|target| target.split('?').next()).unwrap_or_default();
    let asks = match (parsed.method, path) {
        (Some("GET" | "HEAD"), "/favicon.ico") => Asks::Icon,
        (Some("GET"), _) => Asks::Page { head: false },
        (Some("HEAD"), _) => Asks::Page { head: true },
        (Some("POST"), REPORT) => Asks::Report,
        _ => return First::Connection,
    };
    let only = |name: &str| {
        let mut named = parsed.headers.iter().filter(|h| h.name.eq_ignore_ascii_case(name));
        let value = named.next().map(|h| String::from_utf8_lossy(h.value).trim().to_owned());
        value.filter(|_| named.next().is_none())
    };
    let length = only("Content-Length");
    if asks != Asks::Report && length.as_deref().is_some_and(|length| length != "0") {
        return First::Connection;
    }
    let text = |name| only(name).unwrap_or_default();
    First::Plain(Box::new(Request {
        asks,
        host: text("Host"),
        origin: text("Origin"),
        user_agent: text("User-Agent"),
        content_type: text("Content-Type"),
        token: text("X-Wsscope-Token"),
        content_length: length.and_then(|length| length.parse().ok()),
        len,
    }))
}

/// Whether a head that is not whole yet asks for WebSocket all the same.
fn upgrades_already(octets: &[u8]) -> bool {
    octets.split(|octet| *octet == b'\n').any(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with(b"upgrade:") || line.starts_with(b"sec-websocket-")
    })
}

impl Request {
    /// Whether it was sent to us by address, or by the name of this machine: then no
    /// other site's name leads here, whatever its DNS says.
    #[must_use]
    pub fn is_to(&self, port: u16) -> bool {
        let (host, at) = match self.host.rsplit_once(':') {
            // The colons of an address in brackets are no port's.
            Some((host, at)) if !at.contains(']') => (host, at.parse().ok()),
            _ => (&*self.host, Some(80)),
        };
        let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let literal = match v6 {
            Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
            None => matches!(host.parse(), Ok(IpAddr::V4(_))),
        };
        (literal || host.eq_ignore_ascii_case("localhost")) && at == Some(port)
    }

    /// Whether the page that sent it came from here.
    #[must_use]
    pub fn is_same_origin(&self) -> bool {
        self.origin.eq_ignore_ascii_case(&format!("http://{}", self.host))
    }

    /// Whether its body is said to be JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        let media = self.content_type.split(';').next().unwrap_or_default();
        media.trim().eq_ignore_ascii_case("application/json")
    }
}

/// What the first line of a request for WebSocket says of the page that sent it:
/// `/?page=ID&n=ATTEMPT&name=NAME`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The page's id.
    pub page: String,
    /// Which of its connections, from 1.
    pub attempt: u32,
    /// What was typed as a name.
    pub name: String,
}

impl Link {
    /// Of the first octets of a connection, where its first line is whole.
    #[must_use]
    pub fn of(octets: &[u8]) -> Option<Link> {
        let line = octets.split_inclusive(|octet| *octet == b'\n').next()?;
        let line = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
        let target = line.strip_prefix("GET ")?.split(' ').next()?;
        let (_, query) = target.split_once('?')?;
        let value = |key: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs.find(|(name, _)| name == key).map(|(_, value)| value.into_owned())
        };
        let attempt = value("n")?.parse().ok()?;
        Some(Link { page: value("page")?, attempt, name: value("name").unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(head: &str) -> Request {
        match first(head.as_bytes()) {
            First::Plain(request) => *request,
            other => panic!("{head:?} is {other:?}"),
        }
    }

    #[test]
    fn only_whole_heads_without_websocket_are_plain() {
        let get = "GET /x?y HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n";
        for end in 0..get.len() {
            assert_eq!(first(&get.as_bytes()[..end]), First::Undecided, "{end}");
        }
        assert_eq!(plain(&format!("{get}\r\n")).asks, Asks::Page { head: false });
        assert_eq!(plain("HEAD / HTTP/1.0\r\n\r\n").asks, Asks::Page { head: true });
        assert_eq!(plain("GET /favicon.ico HTTP/1.1\r\n\r\n").asks, Asks::Icon);
        let post = "POST /close-event HTTP/1.1\r\nContent-Length: 7\r\n\r\n{}";
        assert_eq!((plain(post).asks, plain(post).content_length), (Asks::Report, Some(7)));
        for other in [
            "PUT / HTTP/1.1\r\n\r\n",
            "\u{16}\u{3}\u{1}",
            "GET http://h/ HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
            "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n",
            "GET / HTTP/1.1\r\nUpgrade: websocket\r\n",
            "GET / HTTP/1.1\r\nsec-websocket-key: x\r\n\r\n",
            "GET / HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\n\r\n",
            "GET / HTTP/1.1\r\nUpgrade : websocket\r\n\r\n",
            "GET / HTTP/1.1\r\nbad header\r\n\r\n",
        ] {
            assert_eq!(first(other.as_bytes()), First::Connection, "{other:?}");
        }
        let long = format!("{get}X: {}", "x".repeat(MAX_HEAD));
        assert_eq!(first(long.as_bytes()), First::Connection);
    }

    #[test]
    fn a_name_that_anybody_may_own_does_not_lead_here() {
        for (host, is_to) in [
            ("127.0.0.1:8000", true),
            ("localhost:8000", true),
            ("[::1]:8000", true),
            ("192.168.1.7:8000", true),
            ("127.0.0.1:8001", false),
            ("127.0.0.1", false),
            ("[::1]", false),
            ("evil.example:8000", false),
            ("127.0.0.1.evil.example:8000", false),
            ("localhost.evil.example:8000", false),
            ("::1:8000", false),
            ("", false),
        ] {
            let request = plain(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            assert_eq!(request.is_to(8000), is_to, "{host}");
        }
        let default = plain("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        assert!(default.is_to(80));
        let twice = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nHost: 127.0.0.1:8000\r\n\r\n";
        assert!(!plain(twice).is_to(8000));
    }

    #[test]
    fn a_link_is_read_from_the_first_line() {
        let link = Link::of("GET /?page=ab&n=2&name=%E5%AD%A9+1 HTTP/1.1\r\nHost".as_bytes());
        let expected = Link { page: "ab".into(), attempt: 2, name: "孩 1".into() };
        assert_eq!(link, Some(expected));
        for none in ["GET /?page=ab&n=2", "GET / HTTP/1.1\r\n", "GET /?page=a&n=x HTTP/1.1\r\n", ""]
        {
            assert_eq!(Link::of(none.as_bytes()), None, "{none}");
        }
    }
}
