//! Addresses as people type them.

use crate::session::{Fault, FaultKind, Stage};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use percent_encoding::percent_decode_str;
use std::fmt;

/// `HOST:PORT`, an IPv6 address in brackets.
pub(super) fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Where to listen: a host and a port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListenAddress {
    /// A name or an IP address, without brackets.
    pub host: String,
    /// 0 takes a free one.
    pub port: u16,
}

/// What is not an address or a URL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AddressError {
    /// Not `HOST:PORT`, `[::1]:PORT` or a bare port.
    Listen(String),
    /// Not a URL; the parser's words.
    Url(String, String),
    /// A scheme that is neither `ws` nor `wss`.
    Scheme(String),
    /// Not a proxy's URL; as it may hold a password, it is not repeated.
    Proxy,
    /// A user and a password that SOCKS5 has no room for.
    ProxyLogin,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AddressError::Listen(text) => {
                write!(f, "'{text}' is not HOST:PORT, [::1]:PORT or a port from 0 to 65535")
            }
            AddressError::Url(text, words) => {
                write!(f, "'{text}' is not a ws:// or wss:// URL: {words}")
            }
            AddressError::Scheme(scheme) => {
                write!(f, "the scheme '{scheme}' is not spoken here: expected ws:// or wss://")
            }
            AddressError::Proxy => {
                let forms =
                    "http://[user:password@]HOST:PORT or socks5://[user:password@]HOST:PORT";
                write!(f, "a proxy is given as {forms}")
            }
            AddressError::ProxyLogin => {
                f.write_str("the user and the password of a SOCKS5 proxy have 1 to 255 octets each")
            }
        }
    }
}

impl std::error::Error for AddressError {}

impl std::str::FromStr for ListenAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<ListenAddress, AddressError> {
        let error = || AddressError::Listen(text.to_owned());
        let trimmed = text.trim();
        let (host, port) = match trimmed.rsplit_once(':') {
            None => ("127.0.0.1", trimmed),
            Some((host, port)) => (host, port),
        };
        let bracketed = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let host = match bracketed {
            Some(ip) if ip.parse::<core::net::Ipv6Addr>().is_ok() => ip,
            Some(_) => return Err(error()),
            None if host.contains(':') || host.is_empty() => return Err(error()),
            None => host,
        };
        let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
        let port = port.parse().ok().filter(|_| digits).ok_or_else(error)?;
        Ok(ListenAddress { host: host.to_owned(), port })
    }
}

impl ListenAddress {
    /// Whether only this machine reaches it; a name other than `localhost` may be anything.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(ip) => ip.is_loopback(),
            Err(_) => self.host.eq_ignore_ascii_case("localhost"),
        }
    }

    /// The same port on every address of this machine, or on the loopback one alone;
    /// IPv6 stays IPv6.
    #[must_use]
    pub fn on_network(&self, on: bool) -> ListenAddress {
        let v6 = self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6());
        let ip: IpAddr = match (on, v6) {
            (true, false) => Ipv4Addr::UNSPECIFIED.into(),
            (true, true) => Ipv6Addr::UNSPECIFIED.into(),
            (false, false) => Ipv4Addr::LOCALHOST.into(),
            (false, true) => Ipv6Addr::LOCALHOST.into(),
        };
        ListenAddress { host: ip.to_string(), port: self.port }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&authority(&self.host, self.port))
    }
}

/// Where to connect, taken from a URL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// The URL as it was typed.
    pub url: String,
    /// A name or an IP address, without brackets.
    pub host: String,
    /// 80, or 443 with TLS, unless the URL says otherwise.
    pub port: u16,
    /// `wss`: over TLS.
    pub tls: bool,
    /// The Host header.
    pub host_header: String,
    /// Path and query.
    pub target: String,
    /// `user:password`, percent-decoded.
    pub userinfo: Option<String>,
}

impl Target {
    /// `HOST:PORT`, the port always named.
    #[must_use]
    pub fn authority(&self) -> String {
        authority(&self.host, self.port)
    }

    /// The Authorization header that the URL's userinfo asks for (RFC 7617).
    #[must_use]
    pub fn authorization(&self) -> Option<(String, String)> {
        let userinfo = self.userinfo.as_ref()?;
        let value = format!("Basic {}", STANDARD.encode(userinfo));
        Some(("Authorization".to_owned(), value))
    }
}

impl std::str::FromStr for Target {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Target, AddressError> {
        let trimmed = text.trim();
        let with_scheme =
            if trimmed.contains("://") { trimmed.to_owned() } else { format!("ws://{trimmed}") };
        let url = url::Url::parse(&with_scheme)
            .map_err(|e| AddressError::Url(text.to_owned(), e.to_string()))?;
        let tls = match url.scheme() {
            "ws" => false,
            "wss" => true,
            other => return Err(AddressError::Scheme(other.to_owned())),
        };
        let no_host = || AddressError::Url(text.to_owned(), "it names no host".to_owned());
        let shown = url.host_str().filter(|h| !h.is_empty()).ok_or_else(no_host)?;
        let host = shown.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = url.port().unwrap_or(if tls { 443 } else { 80 });
        let host_header =
            url.port().map_or_else(|| shown.to_owned(), |port| format!("{shown}:{port}"));
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let userinfo = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => {
                let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
                Some(format!("{}:{}", plain(user), plain(password.unwrap_or_default())))
            }
        };
        Ok(Target { url: trimmed.to_owned(), host, port, tls, host_header, target, userinfo })
    }
}

/// The fault of an error of the system at this address.
#[must_use]
pub fn fault(stage: Stage, error: &std::io::Error, address: &str) -> Fault {
    use std::io::ErrorKind;
    let kind = match error.kind() {
        ErrorKind::AddrInUse => FaultKind::AddressInUse,
        ErrorKind::PermissionDenied => FaultKind::PermissionDenied,
        ErrorKind::AddrNotAvailable => FaultKind::AddressNotAvailable,
        ErrorKind::ConnectionRefused => FaultKind::Refused,
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => FaultKind::Unreachable,
        _ => return Fault::new(stage, FaultKind::System, format!("{address}: {error}")),
    };
    Fault::new(stage, kind, address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_type_them() {
        let parse = |text: &str| text.parse::<ListenAddress>().map(|a| a.to_string());
        assert_eq!(parse("127.0.0.1:8000").unwrap(), "127.0.0.1:8000");
        assert_eq!(parse("8000").unwrap(), "127.0.0.1:8000");
        assert_eq!(parse("[::1]:0").unwrap(), "[::1]:0");
        assert_eq!(parse(" localhost:9 ").unwrap(), "localhost:9");
        for bad in ["", ":1", "host", "::1:80", "h:99999", "h:-1", "h:+1", "[x]:1"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_goes_to_the_network_and_back() {
        for (local, network) in [
            ("127.0.0.1:8000", "0.0.0.0:8000"),
            ("localhost:9", "0.0.0.0:9"),
            ("[::1]:8000", "[::]:8000"),
        ] {
            let address: ListenAddress = local.parse().unwrap();
            let open = address.on_network(true);
            assert!(address.is_local() && !open.is_local(), "{local}");
            assert_eq!(open.to_string(), network);
            assert_eq!(open.on_network(false).to_string(), local.replace("localhost", "127.0.0.1"));
        }
        assert!(!"192.0.2.7:80".parse::<ListenAddress>().unwrap().is_local());
        assert!(!"mars.test:80".parse::<ListenAddress>().unwrap().is_local());
    }

    #[test]
    fn urls_become_targets() {
        let parse = |text: &str| text.parse::<Target>();
        let target = parse("ws://joe:pw@example.test:8080/a%20b?c=d#e").unwrap();
        assert_eq!((target.host.as_str(), target.port), ("example.test", 8080));
        assert_eq!(target.host_header, "example.test:8080");
        assert_eq!(target.target, "/a%20b?c=d");
        assert_eq!(target.userinfo.as_deref(), Some("joe:pw"));
        let target = parse("ws://[::1]").unwrap();
        assert_eq!(
            (target.host.as_str(), target.port, target.host_header.as_str()),
            ("::1", 80, "[::1]")
        );
        assert_eq!(parse("localhost:8000").unwrap().port, 8000);
        let target = parse("wss://h.test/").unwrap();
        assert_eq!((target.port, target.tls, target.host_header.as_str()), (443, true, "h.test"));
        assert_eq!(parse("http://x"), Err(AddressError::Scheme("http".into())));
        assert!(parse("ws://").is_err());
    }
}
