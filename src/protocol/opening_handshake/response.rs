//! The server's half: its 101 or refusal written, and its response judged.

use super::accept_key::derive_accept;
use super::head::{Head, extensions_well_formed};
use crate::protocol::violation::Rule;

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

#[cfg(test)]
mod tests {
    use super::super::{RequestParts, judge_request, write_request};
    use super::*;
    use crate::protocol::Role;

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
}
