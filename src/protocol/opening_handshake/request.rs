//! The client's half: its request written, judged, and when it is refused.

use super::head::{Head, StartLine, extensions_well_formed, is_token, lines};
use crate::protocol::violation::Rule;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

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

/// Writes a request with the key made of `nonce`. A header of one's own takes the
/// place of the one that would be written by itself; an empty one leaves it out.
#[must_use]
pub fn write_request(parts: &RequestParts, nonce: [u8; 16]) -> Vec<u8> {
    let mut ours = vec![
        ("Host", parts.host.clone()),
        ("Upgrade", "websocket".to_owned()),
        ("Connection", "Upgrade".to_owned()),
        ("Sec-WebSocket-Key", STANDARD.encode(nonce)),
        ("Sec-WebSocket-Version", "13".to_owned()),
    ];
    if let Some(origin) = &parts.origin {
        ours.push(("Origin", origin.clone()));
    }
    if !parts.subprotocols.is_empty() {
        ours.push(("Sec-WebSocket-Protocol", parts.subprotocols.join(", ")));
    }
    let lines = lines(&ours, &parts.headers);
    format!("GET {} HTTP/1.1\r\n{lines}\r\n", parts.target).into_bytes()
}

/// The rules of §4.1, §4.2.1, §9.1 and §11.3, and of HTTP, that a request breaks.
#[must_use]
pub fn judge_request(head: &Head) -> Vec<Rule> {
    let StartLine::Request { method, minor_version, .. } = &head.start else {
        return vec![Rule::HeadNotHttp];
    };
    let mut broken: Vec<Rule> = head.line_rules().collect();
    let mut check = |holds: bool, rule| {
        if !holds {
            broken.push(rule);
        }
    };
    let key_ok = |key: &str| STANDARD.decode(key).is_ok_and(|k| k.len() == 16);
    check(method == "GET", Rule::RequestMethod);
    check(*minor_version >= 1, Rule::RequestHttpVersion);
    check(head.all("Host").count() == 1, Rule::RequestHost);
    check(head.has_token("Upgrade", "websocket"), Rule::RequestUpgrade);
    check(head.has_token("Connection", "Upgrade"), Rule::RequestConnection);
    check(head.get("Sec-WebSocket-Key").is_some_and(key_ok), Rule::RequestKey);
    check(!head.is_doubled("Sec-WebSocket-Key"), Rule::RequestKeyDoubled);
    match head.get("Sec-WebSocket-Version") {
        None => check(false, Rule::RequestVersionMissing),
        Some(version) => check(version == "13", Rule::RequestVersion),
    }
    check(!head.is_doubled("Sec-WebSocket-Version"), Rule::RequestVersionDoubled);
    check(!head.is_doubled("Origin"), Rule::RequestOriginDoubled);
    check(!head.announces_body(), Rule::RequestBody);
    let subprotocols: Vec<&str> = head.elements("Sec-WebSocket-Protocol").collect();
    let once = (1..subprotocols.len()).all(|i| !subprotocols[..i].contains(&subprotocols[i]));
    check(once && subprotocols.into_iter().all(is_token), Rule::RequestSubprotocol);
    check(extensions_well_formed(head), Rule::ExtensionMalformed);
    broken
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
            ("Host: h", "Host: h\r\nHost: h", Rule::RequestHost),
            ("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=", Rule::RequestKey),
            ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ", Rule::RequestKey),
            ("Sec-WebSocket-Key", "X-Key", Rule::RequestKey),
            (
                "Host",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nHost",
                Rule::RequestKeyDoubled,
            ),
            ("Version: 13", "Version: 8", Rule::RequestVersion),
            ("Version: 13", "Version: 13, 8", Rule::RequestVersion),
            ("Sec-WebSocket-Version", "X-Version", Rule::RequestVersionMissing),
            ("Host", "Sec-WebSocket-Version: 13\r\nHost", Rule::RequestVersionDoubled),
            ("Host", "Origin: a\r\nOrigin: a\r\nHost", Rule::RequestOriginDoubled),
            ("Host", "Content-Length: 5\r\nHost", Rule::RequestBody),
            ("Host", "Transfer-Encoding: chunked\r\nHost", Rule::RequestBody),
            ("Host:", "Host :", Rule::HeadSpaceBeforeColon),
            ("keep-alive, Upgrade", "keep-alive,\r\n Upgrade", Rule::HeadFolded),
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
