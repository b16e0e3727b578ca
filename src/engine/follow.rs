//! Going on behind a refusal: the attempt that a redirect or a 401 asks for.
//!
//! A pure value: whoever shows a refusal decides whether the next attempt is made
//! (RFC 6455 §4.1 leaves it to the client; no browser follows a redirect).

use super::address::Target;
use crate::protocol::Head;
use crate::protocol::connection::Settings;
use crate::session::{Fault, FaultKind, Stage};
use url::Url;

/// Redirects that are followed one behind the other.
pub const MAX_REDIRECTS: usize = 10;

/// Headers that are meant for one server alone.
const PRIVATE: [&str; 4] = ["Authorization", "Cookie", "Host", "Proxy-Authorization"];

/// An attempt to connect, and what was asked before it.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Where.
    pub target: Target,
    /// With what.
    pub settings: Settings,
    /// URLs of the attempts so far, this one included, each with whether it had credentials.
    asked: Vec<(String, bool)>,
    redirects: usize,
    /// Where the credentials of the first URL belong.
    home: Target,
}

/// The URL of a target, without what is not sent; typed ones may lack their scheme.
fn url_of(target: &Target) -> Option<Url> {
    let typed = &target.url;
    let mut url = match typed.contains("://") {
        true => Url::parse(typed).ok()?,
        false => Url::parse(&format!("ws://{typed}")).ok()?,
    };
    url.set_fragment(None);
    url.set_username("").and_then(|()| url.set_password(None)).ok()?;
    Some(url)
}

/// Where a redirect leads; `None` for any other response. The schemes of HTTP stand
/// for those of WebSocket.
///
/// # Errors
/// Its Location is none that can be connected to.
pub fn location(from: &Target, response: &Head) -> Option<Result<Target, Fault>> {
    if !matches!(response.status()?, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let text = response.get("Location")?;
    let resolved = || -> Option<Target> {
        let mut url = url_of(from)?.join(text).ok()?;
        match url.scheme() {
            "http" => url.set_scheme("ws").ok()?,
            "https" => url.set_scheme("wss").ok()?,
            "ws" | "wss" => {}
            _ => return None,
        }
        url.set_fragment(None);
        url.as_str().parse().ok()
    };
    let fault = || Fault::new(Stage::OpeningHandshake, FaultKind::RedirectUrl, text);
    Some(resolved().ok_or_else(fault))
}

/// Whether a response asks for a user and a password (RFC 7617).
#[must_use]
pub fn asks_for_basic(response: &Head) -> bool {
    let is_basic = |challenge: &str| {
        let scheme = challenge.split_ascii_whitespace().next().unwrap_or_default();
        scheme.eq_ignore_ascii_case("basic")
    };
    response.status() == Some(401) && response.elements("WWW-Authenticate").any(is_basic)
}

impl Attempt {
    /// The first one.
    #[must_use]
    pub fn new(target: Target, settings: Settings) -> Attempt {
        let home = target.clone();
        let mut first = Attempt { target, settings, asked: Vec::new(), redirects: 0, home };
        first.asked.extend(first.key());
        first
    }

    fn has_credentials(&self) -> bool {
        let mut headers = self.settings.request.headers.iter();
        headers.any(|(name, _)| name.eq_ignore_ascii_case("Authorization"))
    }

    fn key(&self) -> Option<(String, bool)> {
        url_of(&self.target).map(|url| (url.into(), self.has_credentials()))
    }

    /// The same once more with these credentials, `user:password`.
    #[must_use]
    pub fn with_credentials(mut self, userinfo: &str) -> Attempt {
        let target = Target { userinfo: Some(userinfo.to_owned()), ..self.target.clone() };
        let headers = &mut self.settings.request.headers;
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("Authorization"));
        headers.splice(0..0, target.authorization());
        self
    }

    /// What `response` asks for; `None` where it asks for nothing that can be done.
    ///
    /// # Errors
    /// A redirect that leads nowhere, in a circle, or one too many.
    pub fn next(&self, response: &Head) -> Result<Option<Attempt>, Fault> {
        let fault = |kind, detail: String| Err(Fault::new(Stage::OpeningHandshake, kind, detail));
        let next = if let Some(target) = location(&self.target, response) {
            if self.redirects == MAX_REDIRECTS {
                return fault(FaultKind::RedirectLimit, MAX_REDIRECTS.to_string());
            }
            self.redirected(target?)
        } else if asks_for_basic(response) && !self.has_credentials() && self.is_home() {
            let Some(userinfo) = self.home.userinfo.clone() else { return Ok(None) };
            self.clone().with_credentials(&userinfo)
        } else {
            return Ok(None);
        };
        let Some(key) = next.key() else { return Ok(None) };
        if self.asked.contains(&key) {
            return fault(FaultKind::RedirectLoop, key.0);
        }
        Ok(Some(Attempt { asked: [&self.asked[..], &[key]].concat(), ..next }))
    }

    /// Whether it goes to the host of the first URL; a name that was chosen for TLS is that
    /// host's.
    #[must_use]
    pub fn is_first_host(&self) -> bool {
        self.target.host == self.home.host
    }

    fn is_home(&self) -> bool {
        same_server(&self.target, &self.home)
    }

    /// At this target: what was meant for another server is not sent there.
    fn redirected(&self, target: Target) -> Attempt {
        let mut settings = self.settings.clone();
        let request = &mut settings.request;
        request.target = target.target.clone();
        request.host = target.host_header.clone();
        if !same_server(&self.target, &target) {
            let private = |name: &str| PRIVATE.iter().any(|p| p.eq_ignore_ascii_case(name));
            request.headers.retain(|(name, _)| !private(name));
        }
        let userinfo = target.userinfo.clone();
        let redirects = self.redirects + 1;
        let next = Attempt { target, settings, redirects, ..self.clone() };
        match userinfo {
            Some(userinfo) => next.with_credentials(&userinfo),
            None => next,
        }
    }
}

fn same_server(a: &Target, b: &Target) -> bool {
    let origin = |target| url_of(target).map(|url| url.origin());
    origin(a).is_some_and(|a| origin(b) == Some(a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Role;

    fn first(url: &str, headers: &[(&str, &str)]) -> Attempt {
        let target: Target = url.parse().unwrap();
        let mut settings = Settings::default();
        settings.request.headers = target.authorization().into_iter().collect();
        let own = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        settings.request.headers.extend(own);
        Attempt::new(target, settings)
    }

    fn response(status: u16, line: &str) -> Head {
        let head = format!("HTTP/1.1 {status} \r\n{line}\r\n\r\n");
        Head::parse(Role::Server, head.as_bytes()).unwrap()
    }

    fn redirect(to: &str) -> Head {
        response(302, &format!("Location: {to}"))
    }

    #[test]
    fn a_location_is_resolved_and_is_websockets() {
        let from: Target = "ws://h:81/a/b?c".parse().unwrap();
        for (to, url) in [
            ("/x", "ws://h:81/x"),
            ("x?y#z", "ws://h:81/a/x?y"),
            ("//i/x", "ws://i/x"),
            ("http://i:80/x", "ws://i/x"),
            ("HTTP://i", "ws://i/"),
        ] {
            let target = location(&from, &redirect(to)).unwrap().unwrap();
            assert_eq!(target.url, url, "{to}");
        }
        for bad in ["ftp://h/", "http://", "mailto:a@b"] {
            let fault = location(&from, &redirect(bad)).unwrap().unwrap_err();
            assert_eq!((fault.kind, &fault.detail[..]), (FaultKind::RedirectUrl, bad));
        }
        assert!(location(&from, &response(304, "Location: /x")).is_none());
        assert!(location(&from, &response(301, "X: y")).is_none());
    }

    #[test]
    fn circles_and_long_ways_are_told() {
        let attempt = first("h/a", &[]);
        let next = attempt.next(&redirect("/b")).unwrap().unwrap();
        assert_eq!(next.settings.request.target, "/b");
        let fault = next.next(&redirect("http://h:80/a")).unwrap_err();
        assert_eq!((fault.kind, &fault.detail[..]), (FaultKind::RedirectLoop, "ws://h/a"));
        let mut attempt = first("ws://h/0", &[]);
        for i in 1..=MAX_REDIRECTS {
            attempt = attempt.next(&redirect(&format!("/{i}"))).unwrap().unwrap();
        }
        let fault = attempt.next(&redirect("/11")).unwrap_err();
        assert_eq!((fault.kind, &fault.detail[..]), (FaultKind::RedirectLimit, "10"));
    }

    #[test]
    fn what_is_private_stays_with_its_server() {
        let own = [("Cookie", "a=b"), ("X", "1"), ("host", "other")];
        let attempt = first("ws://joe:pw@h/a", &own);
        let names = |attempt: &Attempt| -> Vec<String> {
            attempt.settings.request.headers.iter().map(|(n, _)| n.clone()).collect()
        };
        let same = attempt.next(&redirect("/b")).unwrap().unwrap();
        assert_eq!(names(&same), ["Authorization", "Cookie", "X", "host"]);
        for other in ["ws://i/b", "ws://h:81/b"] {
            let other = attempt.next(&redirect(other)).unwrap().unwrap();
            assert_eq!(names(&other), ["X"]);
            assert_eq!(other.is_first_host(), other.target.host == "h");
            // A 401 of another server gets nothing of ours either.
            let asked = response(401, "WWW-Authenticate: Basic realm=\"i\"");
            assert!(other.next(&asked).unwrap().is_none());
            // At home again, a 401 is answered once.
            let back = other.next(&redirect("ws://h/b")).unwrap().unwrap();
            assert_eq!(names(&back), ["X"]);
            let again = back.next(&asked).unwrap().unwrap();
            assert_eq!(again.settings.request.headers[0].1, "Basic am9lOnB3");
            assert!(again.next(&asked).unwrap().is_none(), "they were wrong");
            assert!(back.next(&response(401, "WWW-Authenticate: Bearer")).unwrap().is_none());
        }
    }
}
