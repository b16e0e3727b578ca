//! A proxy as it is typed: how it is spoken to, where it is, and with which
//! credentials. Speaking to it is `tunnel`'s.

use super::address::{AddressError, authority};
use percent_encoding::percent_decode_str;
use std::fmt;
use url::Url;

/// How a proxy is spoken to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// HTTP's CONNECT (RFC 9110 §9.3.6).
    Http,
    /// SOCKS5 (RFC 1928); the proxy looks names up.
    Socks5,
}

/// A proxy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proxy {
    /// As it was typed.
    pub url: String,
    /// How it is spoken to.
    pub kind: Kind,
    /// A name or an IP address, without brackets.
    pub host: String,
    /// 80, or 1080 for SOCKS5, unless the URL says otherwise.
    pub port: u16,
    /// User and password, percent-decoded.
    pub login: Option<(String, String)>,
}

/// Octets of a user and of a password in SOCKS5 (RFC 1929 §2).
const SOCKS5_LOGIN: std::ops::RangeInclusive<usize> = 1..=255;

/// Without the credentials.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.kind {
            Kind::Http => "http",
            Kind::Socks5 => "socks5",
        };
        write!(f, "{scheme}://{}", authority(&self.host, self.port))
    }
}

impl std::str::FromStr for Proxy {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Proxy, AddressError> {
        let error = || AddressError::Proxy;
        let trimmed = text.trim();
        let with_scheme =
            if trimmed.contains("://") { trimmed.to_owned() } else { format!("http://{trimmed}") };
        let url = Url::parse(&with_scheme).map_err(|_| error())?;
        let (kind, port) = match url.scheme() {
            "http" => (Kind::Http, 80),
            // curl's word for "the proxy looks names up".
            "socks5" | "socks5h" => (Kind::Socks5, 1080),
            _ => return Err(error()),
        };
        let further = !matches!(url.path(), "" | "/") || url.query().or(url.fragment()).is_some();
        let host = url.host_str().filter(|host| !host.is_empty() && !further).ok_or_else(error)?;
        let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some((plain(user), plain(password.unwrap_or_default()))),
        };
        if let (Kind::Socks5, Some((user, password))) = (kind, &login)
            && ![user, password].into_iter().all(|text| SOCKS5_LOGIN.contains(&text.len()))
        {
            return Err(AddressError::ProxyLogin);
        }
        Ok(Proxy {
            kind,
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port().unwrap_or(port),
            login,
            url: trimmed.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_as_people_type_them() {
        let parse = |text: &str| text.parse::<Proxy>();
        for (typed, shown) in [
            ("http://h", "http://h:80"),
            ("127.0.0.1:3128", "http://127.0.0.1:3128"),
            ("http://joe:p%40w@[::1]:3128/", "http://[::1]:3128"),
            ("socks5://h", "socks5://h:1080"),
            ("socks5h://joe:pw@127.0.0.1:9", "socks5://127.0.0.1:9"),
            ("socks5://[::1]:9", "socks5://[::1]:9"),
        ] {
            assert_eq!(parse(typed).map(|proxy| proxy.to_string()), Ok(shown.to_owned()));
        }
        let login = parse("http://joe:p%40w@h").unwrap().login;
        assert_eq!(login, Some(("joe".into(), "p@w".into())));
        for bad in ["", "https://h", "ftp://h", "socks4://h", "http://", "http://h/x", "h:99999"] {
            assert_eq!(parse(bad), Err(AddressError::Proxy), "{bad}");
        }
        assert_eq!(parse("socks5://joe@h"), Err(AddressError::ProxyLogin));
        let long = format!("socks5://joe:{}@h", "x".repeat(256));
        assert_eq!(parse(&long), Err(AddressError::ProxyLogin));
    }
}
