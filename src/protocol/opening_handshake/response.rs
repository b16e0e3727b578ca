//! The server's half: its 101 or refusal written, and its response judged.

use super::accept_key::derive_accept;
use super::head::{Head, StartLine, extensions_well_formed, lines};
use crate::protocol::Time;
use crate::protocol::violation::Rule;

/// What is wrong on purpose with a 101.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Flaw {
    /// A `Sec-WebSocket-Accept` of another key.
    WrongAccept,
    /// No `Sec-WebSocket-Accept`.
    NoAccept,
    /// No `Upgrade`.
    NoUpgrade,
    /// No `Connection`.
    NoConnection,
}

/// How a server answers a request that it could accept.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Answer {
    /// A 101.
    #[default]
    Accept,
    /// A 101 that a client has to refuse.
    Flawed(Flaw),
    /// Another status.
    Refuse {
        /// 200 to 999.
        status: u16,
        /// UTF-8 text; may be empty.
        body: String,
    },
    /// Nothing: the client waits.
    Never,
}

/// Which subprotocol a 101 names.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Subprotocol {
    /// The first offered one, among those of [`ResponseParts::subprotocols`] if there are any.
    #[default]
    Offered,
    /// None, whatever was offered.
    None,
    /// This one, offered or not.
    Named(String),
}

/// What a server answers with.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ResponseParts {
    /// How it answers.
    pub answer: Answer,
    /// How many nanoseconds after the request.
    pub delay: Time,
    /// The subprotocols that it speaks; where empty, whatever is offered.
    pub subprotocols: Vec<String>,
    /// Which one it chooses.
    pub subprotocol: Subprotocol,
    /// Further headers of a 101 or of the refusal that was asked for, in order.
    pub headers: Vec<(String, String)>,
}

impl ResponseParts {
    fn choose<'a>(&'a self, request: &'a Head) -> Option<&'a str> {
        let mut offered = request.elements("Sec-WebSocket-Protocol");
        match &self.subprotocol {
            Subprotocol::None => None,
            Subprotocol::Named(name) => Some(name),
            Subprotocol::Offered => offered
                .find(|p| self.subprotocols.is_empty() || self.subprotocols.iter().any(|s| s == p)),
        }
    }
}

/// Writes the 101 that answers `request`, with its flaw where the answer has one.
/// A request without a key gets no `Sec-WebSocket-Accept`: there is nothing to derive
/// it from.
#[must_use]
pub fn write_accept(parts: &ResponseParts, request: &Head) -> Vec<u8> {
    let flaw = match parts.answer {
        Answer::Flawed(flaw) => Some(flaw),
        _ => None,
    };
    let mut ours = Vec::new();
    if flaw != Some(Flaw::NoUpgrade) {
        ours.push(("Upgrade", "websocket".to_owned()));
    }
    if flaw != Some(Flaw::NoConnection) {
        ours.push(("Connection", "Upgrade".to_owned()));
    }
    let key = request.get("Sec-WebSocket-Key").filter(|_| flaw != Some(Flaw::NoAccept));
    if let Some(key) = key {
        let key = if flaw == Some(Flaw::WrongAccept) { "another key" } else { key };
        ours.push(("Sec-WebSocket-Accept", derive_accept(key).accept));
    }
    if let Some(chosen) = parts.choose(request) {
        ours.push(("Sec-WebSocket-Protocol", chosen.to_owned()));
    }
    let lines = lines(&ours, &parts.headers);
    format!("HTTP/1.1 101 Switching Protocols\r\n{lines}\r\n").into_bytes()
}

/// The reason phrase of a status, for those that an opening handshake meets.
fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}

/// Writes a refusal with a body that says why, and with headers of one's own. What
/// a status asks for is there by itself: 426 names the version, 401 a challenge.
#[must_use]
pub fn write_refusal(status: u16, body: &str, own: &[(String, String)]) -> Vec<u8> {
    let connection = if status == 426 { "close, Upgrade" } else { "close" };
    let mut ours = vec![("Connection", connection.to_owned())];
    match status {
        401 => ours.push(("WWW-Authenticate", "Basic realm=\"wsscope\"".to_owned())),
        426 => {
            ours.push(("Upgrade", "websocket".to_owned()));
            ours.push(("Sec-WebSocket-Version", "13".to_owned()));
        }
        _ => {}
    }
    // RFC 9110 §6.4.1: these have no body.
    let body = if matches!(status, 204 | 304) { "" } else { body };
    if !body.is_empty() {
        ours.push(("Content-Type", "text/plain; charset=utf-8".to_owned()));
    }
    if status != 204 {
        ours.push(("Content-Length", body.len().to_string()));
    }
    let lines = lines(&ours, own);
    format!("HTTP/1.1 {status} {}\r\n{lines}\r\n{body}", phrase(status)).into_bytes()
}

/// The rules of §4.1, §9.1 and §11.3, and of HTTP, that a response breaks, given the
/// request it answers (`None` in a capture that does not hold it).
#[must_use]
pub fn judge_response(request: Option<&Head>, response: &Head) -> Vec<Rule> {
    if response.status() != Some(101) {
        return vec![Rule::ResponseStatus];
    }
    let mut broken: Vec<Rule> = response.line_rules().collect();
    let mut check = |holds: bool, rule| {
        if !holds {
            broken.push(rule);
        }
    };
    let http_1_0 = matches!(response.start, StartLine::Response { minor_version: 0, .. });
    check(!http_1_0, Rule::ResponseHttpVersion);
    let upgrades: Vec<&str> = response.all("Upgrade").collect();
    let websocket = matches!(upgrades[..], [one] if one.eq_ignore_ascii_case("websocket"));
    check(websocket, Rule::ResponseUpgrade);
    check(response.has_token("Connection", "Upgrade"), Rule::ResponseConnection);
    if let Some(request) = request {
        let expected = request.get("Sec-WebSocket-Key").map(|key| derive_accept(key).accept);
        let accept = response.get("Sec-WebSocket-Accept");
        check(accept.is_some() && accept == expected.as_deref(), Rule::ResponseAccept);
        let offered: Vec<&str> = request.elements("Sec-WebSocket-Protocol").collect();
        let chosen: Vec<&str> = response.elements("Sec-WebSocket-Protocol").collect();
        check(chosen.iter().all(|name| offered.contains(name)), Rule::ResponseSubprotocol);
        let name = |extension: &str| {
            extension.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
        };
        let offered: Vec<String> = request.elements("Sec-WebSocket-Extensions").map(name).collect();
        check(
            response.elements("Sec-WebSocket-Extensions").all(|e| offered.contains(&name(e))),
            Rule::ResponseExtension,
        );
    }
    check(!response.is_doubled("Sec-WebSocket-Accept"), Rule::ResponseAcceptDoubled);
    let one = response.elements("Sec-WebSocket-Protocol").nth(1).is_none();
    let once = one && !response.is_doubled("Sec-WebSocket-Protocol");
    check(once, Rule::ResponseSubprotocolDoubled);
    check(!response.is_doubled("Sec-WebSocket-Extensions"), Rule::ResponseExtensionsDoubled);
    let length = response.get("Content-Length").or(response.get("Transfer-Encoding"));
    check(length.is_none(), Rule::ResponseLength);
    check(extensions_well_formed(response), Rule::ExtensionMalformed);
    broken
}

/// The first of these rules for which a client has to fail the connection (§4.1,
/// §9.1; of a doubled header it cannot know which one counts). The others are the
/// server's fault too, but a client may go on.
#[must_use]
pub fn client_refuses(broken: &[Rule]) -> Option<Rule> {
    let fatal = |rule: &&Rule| {
        matches!(
            rule,
            Rule::HeadNotHttp
                | Rule::ResponseUpgrade
                | Rule::ResponseConnection
                | Rule::ResponseAccept
                | Rule::ResponseAcceptDoubled
                | Rule::ResponseSubprotocol
                | Rule::ResponseSubprotocolDoubled
                | Rule::ResponseExtension
                | Rule::ExtensionMalformed
                | Rule::DeflateAnswerInvalid
        )
    };
    broken.iter().find(fatal).copied()
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
        let choose_b = ResponseParts { subprotocols: vec!["b".into()], ..ResponseParts::default() };
        let response = Head::parse(Role::Server, &write_accept(&choose_b, &request)).unwrap();
        assert_eq!(judge_response(Some(&request), &response), []);
        assert_eq!(response.get("sec-websocket-protocol"), Some("b"));
    }

    fn request() -> Head {
        let parts = RequestParts {
            target: "/".into(),
            host: "h".into(),
            subprotocols: vec!["a".into(), "b".into()],
            headers: vec![("Sec-WebSocket-Extensions".into(), "x-e".into())],
            ..RequestParts::default()
        };
        Head::parse(Role::Client, &write_request(&parts, [7; 16])).unwrap()
    }

    #[test]
    fn each_rule_of_the_response_is_found_and_who_has_to_fail() {
        let request = request();
        let good = write_accept(&ResponseParts::default(), &request);
        let good = String::from_utf8(good).unwrap();
        for (from, to, rule, refused) in [
            ("Upgrade: websocket\r\n", "", Rule::ResponseUpgrade, true),
            ("websocket", "WebSocket, h2c", Rule::ResponseUpgrade, true),
            ("Connection: Upgrade", "Connection: close", Rule::ResponseConnection, true),
            ("Accept: ", "Accept: x", Rule::ResponseAccept, true),
            ("Sec-WebSocket-Accept", "X-Accept", Rule::ResponseAccept, true),
            ("Protocol: a", "Protocol: c", Rule::ResponseSubprotocol, true),
            ("Protocol: a", "Protocol: a, b", Rule::ResponseSubprotocolDoubled, true),
            (
                "Sec-WebSocket-Protocol: a",
                "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: a",
                Rule::ResponseSubprotocolDoubled,
                true,
            ),
            ("\r\n\r\n", "\r\nSec-WebSocket-Extensions: y\r\n\r\n", Rule::ResponseExtension, true),
            (
                "\r\n\r\n",
                "\r\nSec-WebSocket-Extensions: x-e\r\nSec-WebSocket-Extensions: x-e\r\n\r\n",
                Rule::ResponseExtensionsDoubled,
                false,
            ),
            ("\r\n\r\n", "\r\nContent-Length: 0\r\n\r\n", Rule::ResponseLength, false),
            ("HTTP/1.1", "HTTP/1.0", Rule::ResponseHttpVersion, false),
            ("Upgrade:", "Upgrade :", Rule::HeadSpaceBeforeColon, false),
            ("Connection: ", "Connection:\r\n ", Rule::HeadFolded, false),
        ] {
            let text = good.replacen(from, to, 1);
            let head = Head::parse(Role::Server, text.as_bytes()).unwrap();
            let broken = judge_response(Some(&request), &head);
            assert_eq!(broken, [rule], "{text}");
            assert_eq!(client_refuses(&broken), refused.then_some(rule), "{text}");
        }
        let accept = good.lines().find(|line| line.contains("Accept")).unwrap();
        let doubled = good.replacen(accept, &format!("{accept}\r\n{accept}"), 1);
        let head = Head::parse(Role::Server, doubled.as_bytes()).unwrap();
        assert_eq!(judge_response(Some(&request), &head), [Rule::ResponseAcceptDoubled]);
    }

    #[test]
    fn a_flaw_breaks_its_rule_and_no_other() {
        let request = request();
        let judged = |parts: &ResponseParts| {
            let head = Head::parse(Role::Server, &write_accept(parts, &request)).unwrap();
            judge_response(Some(&request), &head)
        };
        for (flaw, rule) in [
            (Flaw::WrongAccept, Rule::ResponseAccept),
            (Flaw::NoAccept, Rule::ResponseAccept),
            (Flaw::NoUpgrade, Rule::ResponseUpgrade),
            (Flaw::NoConnection, Rule::ResponseConnection),
        ] {
            let answer = Answer::Flawed(flaw);
            assert_eq!(judged(&ResponseParts { answer, ..ResponseParts::default() }), [rule]);
        }
        for (subprotocol, broken) in [
            (Subprotocol::None, &[][..]),
            (Subprotocol::Named("b".into()), &[]),
            (Subprotocol::Named("z".into()), &[Rule::ResponseSubprotocol]),
        ] {
            let parts = ResponseParts { subprotocol, ..ResponseParts::default() };
            assert_eq!(judged(&parts), broken, "{parts:?}");
        }
    }

    #[test]
    fn a_refusal_says_what_its_status_asks_for() {
        let text = |status, body: &str, own: &[(String, String)]| {
            String::from_utf8(write_refusal(status, body, own)).unwrap()
        };
        let own = [("WWW-Authenticate".to_owned(), "Bearer".to_owned())];
        assert!(text(401, "", &[]).contains("\r\nWWW-Authenticate: Basic realm"));
        assert!(text(401, "", &own).contains("\r\nWWW-Authenticate: Bearer\r\n"));
        assert!(text(426, "", &[]).contains("\r\nSec-WebSocket-Version: 13\r\n"));
        assert!(text(503, "später", &[]).ends_with("\r\nContent-Length: 7\r\n\r\nspäter"));
        assert!(text(204, "x", &[]).ends_with("Connection: close\r\n\r\n"));
        assert!(text(799, "", &[]).starts_with("HTTP/1.1 799 \r\n"));
    }
}
