//! The heads of an opening handshake, made of the headers that a HAR lists, and
//! the addresses between which they went.
//!
//! What WebSocket needs and the list lacks is added, so that nothing is judged
//! missing that the tool merely left out (or HTTP/2 did not have): the key is
//! then the sample of RFC 6455 §1.3. Addresses that are not told are those that
//! RFC 5737 and RFC 3849 keep for examples.

use super::super::octets::base64;
use super::Wrong;
use super::entry::Entry;
use crate::protocol::Role;
use crate::protocol::opening_handshake::{Head, derive_accept};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use serde_json::Value;
use url::Url;

const SAMPLE_KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// A response.
pub(super) struct Response {
    /// Head and body.
    pub octets: Vec<u8>,
    /// Frames may follow.
    pub open: bool,
}

/// Headers by name and value, those that no HTTP/1.1 head can have left out.
struct Headers(Vec<(String, String)>);

impl Headers {
    fn of(part: Option<&Value>) -> Headers {
        let list = part.and_then(|part| part.get("headers")).and_then(Value::as_array);
        let header = |item: &Value| {
            let name = item.get("name")?.as_str()?;
            let token = |o: u8| o.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&o);
            let good = !name.is_empty() && name.bytes().all(token);
            let value = item.get("value")?.as_str()?;
            // Several of one name stand in lines of their own in some tools.
            let value: String =
                value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            good.then(|| (name.to_owned(), value.trim().to_owned()))
        };
        Headers(list.into_iter().flatten().filter_map(header).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn has_token(&self, name: &str, token: &str) -> bool {
        let values = self.0.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        values.flat_map(|(_, v)| v.split(',')).any(|t| t.trim().eq_ignore_ascii_case(token))
    }

    fn remove(&mut self, names: &[&str]) {
        self.0.retain(|(name, _)| !names.iter().any(|n| n.eq_ignore_ascii_case(name)));
    }

    fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    fn add_upgrade(&mut self) {
        if !self.has_token("Upgrade", "websocket") {
            self.remove(&["Upgrade"]);
            self.add("Upgrade", "websocket");
        }
        if !self.has_token("Connection", "upgrade") {
            self.remove(&["Connection"]);
            self.add("Connection", "Upgrade");
        }
    }

    fn head(&self, start: &str) -> Vec<u8> {
        let mut head = format!("{start}\r\n");
        for (name, value) in &self.0 {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

fn url(entry: &Entry<'_>) -> Result<Url, Wrong> {
    if entry.request.is_none() {
        return Err(Wrong::Missing("request"));
    }
    let url = Url::parse(&entry.url()).map_err(|_| Wrong::Value("request.url"))?;
    if url.has_host() { Ok(url) } else { Err(Wrong::Value("request.url")) }
}

/// The request; over HTTP/2 it was a CONNECT, here it is what HTTP/1.1 has.
pub(super) fn request(entry: &Entry<'_>) -> Result<Vec<u8>, Wrong> {
    let url = url(entry)?;
    let mut headers = Headers::of(entry.request.as_ref());
    if headers.get("Host").is_none() {
        let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
        let host = format!("{}{port}", url.host_str().unwrap_or_default());
        headers.0.insert(0, ("Host".to_owned(), host));
    }
    headers.add_upgrade();
    if headers.get("Sec-WebSocket-Key").is_none() {
        headers.add("Sec-WebSocket-Key", SAMPLE_KEY);
    }
    if headers.get("Sec-WebSocket-Version").is_none() {
        headers.add("Sec-WebSocket-Version", "13");
    }
    let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
    Ok(headers.head(&format!("GET {}{query} HTTP/1.1", url.path())))
}

/// The response, where there was one; messages say that it was a 101, whatever
/// HTTP/2 called it. `request` is the one made above.
pub(super) fn response(
    entry: &Entry<'_>,
    request: &[u8],
    messages: bool,
) -> Result<Option<Response>, Wrong> {
    let told = entry.response.as_ref();
    let status = match told.and_then(|told| told.get("status")) {
        None | Some(Value::Null) => 0,
        Some(status) => {
            let status = status.as_f64().filter(|s| (0.0..1000.0).contains(s));
            status.ok_or(Wrong::Value("response.status"))? as u16
        }
    };
    let mut headers = Headers::of(told);
    if status == 101 || messages {
        headers.add_upgrade();
        let key_told = Headers::of(entry.request.as_ref()).get("Sec-WebSocket-Key").is_some();
        if !key_told || headers.get("Sec-WebSocket-Accept").is_none() {
            let parsed = Head::parse(Role::Client, request).ok();
            let key = parsed.as_ref().and_then(|head| head.get("Sec-WebSocket-Key"));
            headers.remove(&["Sec-WebSocket-Accept"]);
            headers.add("Sec-WebSocket-Accept", &derive_accept(key.unwrap_or(SAMPLE_KEY)).accept);
        }
        let octets = headers.head("HTTP/1.1 101 Switching Protocols");
        return Ok(Some(Response { octets, open: true }));
    }
    if status < 100 {
        return Ok(None);
    }
    let word = |key: &str| told.and_then(|t| t.get(key)).and_then(Value::as_str);
    let content = told.and_then(|told| told.get("content"));
    let text = content.and_then(|c| c.get("text")).and_then(Value::as_str).unwrap_or_default();
    let encoding = content.and_then(|c| c.get("encoding")).and_then(Value::as_str);
    let body = match encoding {
        Some("base64") => base64(text, "response.content.text")?,
        _ => text.as_bytes().to_vec(),
    };
    // The body is told as it was before any coding.
    headers.remove(&["Content-Length", "Transfer-Encoding", "Content-Encoding"]);
    headers.add("Content-Length", &body.len().to_string());
    let phrase = word("statusText").unwrap_or_default();
    let phrase: String = phrase.chars().filter(|c| !c.is_control()).collect();
    let mut octets = headers.head(&format!("HTTP/1.1 {status} {phrase}"));
    octets.extend(body);
    Ok(Some(Response { octets, open: false }))
}

/// Client and server; each connection has a client's address of its own.
pub(super) fn addresses(
    entry: &Entry<'_>,
    connection: u32,
) -> Result<(SocketAddr, SocketAddr), Wrong> {
    let url = url(entry)?;
    let told = entry.server_ip.as_ref().and_then(Value::as_str).unwrap_or_default();
    let address = |text: &str| text.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let server = address(told).or_else(|| address(url.host_str().unwrap_or_default()));
    let server = server.unwrap_or(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)));
    let port = url.port_or_known_default().unwrap_or(80);
    // 16,384 ephemeral ports of an address, then the next address.
    let (which, client_port) = ((connection >> 14) as u16, 49_152 + (connection & 0x3FFF) as u16);
    let client = match server {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1 + (which % 254) as u8)),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, which, 1)),
    };
    Ok((SocketAddr::new(client, client_port), SocketAddr::new(server, port)))
}
