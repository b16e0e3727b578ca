//! Asking a proxy for a tunnel, over a socket that is connected to it. What is
//! read of the socket is the proxy's answer and no octet more: what stands behind
//! it comes from the server.

use super::address::Target;
use super::proxy::{Kind, Proxy};
use crate::protocol::opening_handshake::{MAX_HEAD, StartLine};
use crate::protocol::{Head, MILLISECOND, Role, Time};
use crate::session::{Fault, FaultKind, Stage};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_socks::Error;
use tokio_socks::tcp::Socks5Stream;

/// Octets looked at in one go.
const CHUNK: usize = 4096;

/// What did not work at this proxy; `more` stands behind its name.
fn fault(kind: FaultKind, proxy: &Proxy, more: &str) -> Fault {
    Fault::new(Stage::Tcp, kind, format!("{proxy} {more}").trim_end())
}

/// A tunnel to the target, within `limit` nanoseconds.
pub async fn open(
    stream: TcpStream,
    proxy: &Proxy,
    target: &Target,
    limit: Time,
) -> Result<TcpStream, Fault> {
    // What is written next must not wait for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let opening = async {
        match proxy.kind {
            Kind::Http => connect(stream, proxy, target).await,
            Kind::Socks5 => socks5(stream, proxy, target).await,
        }
    };
    let late = || fault(FaultKind::ProxyTimeout, proxy, &(limit / MILLISECOND).to_string());
    timeout(Duration::from_nanos(limit), opening).await.unwrap_or_else(|_| Err(late()))
}

/// The proxy does not take the credentials, or it wants some.
fn login(proxy: &Proxy) -> Fault {
    let kind = match proxy.login {
        Some(_) => FaultKind::ProxyLoginRefused,
        None => FaultKind::ProxyLogin,
    };
    fault(kind, proxy, "")
}

async fn connect(
    mut stream: TcpStream,
    proxy: &Proxy,
    target: &Target,
) -> Result<TcpStream, Fault> {
    let at = target.authority();
    let credentials = proxy.login.as_ref().map(|(user, password)| {
        let login = STANDARD.encode(format!("{user}:{password}"));
        format!("Proxy-Authorization: Basic {login}\r\n")
    });
    let credentials = credentials.unwrap_or_default();
    let request = format!("CONNECT {at} HTTP/1.1\r\nHost: {at}\r\n{credentials}\r\n");
    let ended = |_| fault(FaultKind::ProxyEnded, proxy, "");
    stream.write_all(request.as_bytes()).await.map_err(ended)?;
    let answer = loop {
        let head = head(&mut stream).await.map_err(ended)?;
        let head = Head::parse(Role::Server, &head)
            .map_err(|_| fault(FaultKind::ProxyProtocol, proxy, ""))?;
        // An interim response stands before the answer (RFC 9110 §15.2).
        if head.status().is_none_or(|status| status >= 200) {
            break head;
        }
    };
    match answer.start {
        StartLine::Response { status: 200..=299, .. } => Ok(stream),
        StartLine::Response { status: 407, .. } => Err(login(proxy)),
        StartLine::Response { status, phrase, .. } => {
            Err(fault(FaultKind::ProxyStatus, proxy, &format!("{status} {phrase}")))
        }
        StartLine::Request { .. } => Err(fault(FaultKind::ProxyProtocol, proxy, "")),
    }
}

/// A head with its blank line; or what came where it is none, or too long a one.
async fn head(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let (mut head, mut chunk) = (Vec::new(), [0; CHUNK]);
    loop {
        let seen = stream.peek(&mut chunk).await?;
        if seen == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let before = head.len();
        head.extend_from_slice(&chunk[..seen]);
        let from = before.saturating_sub(3);
        let blank = head[from..].windows(4).position(|w| w == b"\r\n\r\n");
        head.truncate(blank.map_or(head.len(), |at| from + at + 4));
        let taken = head.len() - before;
        stream.read_exact(&mut chunk[..taken]).await?;
        let begin = b"HTTP/";
        let begins = head.iter().zip(begin).all(|(octet, begin)| octet == begin);
        if blank.is_some() || !begins || head.len() > MAX_HEAD {
            return Ok(head);
        }
    }
}

async fn socks5(stream: TcpStream, proxy: &Proxy, target: &Target) -> Result<TcpStream, Fault> {
    let at = (target.host.as_str(), target.port);
    let opened = match &proxy.login {
        Some((user, password)) => {
            Socks5Stream::connect_with_password_and_socket(stream, at, user, password).await
        }
        None => Socks5Stream::connect_with_socket(stream, at).await,
    };
    opened.map(Socks5Stream::into_inner).map_err(|error| of_socks5(&error, proxy))
}

/// What the error means; the codes of a reply are RFC 1928 §6's.
fn of_socks5(error: &Error, proxy: &Proxy) -> Fault {
    let code = match error {
        Error::Io(_) => return fault(FaultKind::ProxyEnded, proxy, ""),
        Error::NoAcceptableAuthMethods
        | Error::AuthorizationRequired
        | Error::PasswordAuthFailure(_) => return login(proxy),
        Error::InvalidTargetAddress(words) => {
            return Fault::new(Stage::Tcp, FaultKind::System, format!("{proxy}: {words}"));
        }
        Error::GeneralSocksServerFailure => "1",
        Error::ConnectionNotAllowedByRuleset => "2",
        Error::NetworkUnreachable => "3",
        Error::HostUnreachable => "4",
        Error::ConnectionRefused => "5",
        Error::TtlExpired => "6",
        Error::CommandNotSupported => "7",
        Error::AddressTypeNotSupported => "8",
        _ => return fault(FaultKind::ProxyProtocol, proxy, ""),
    };
    fault(FaultKind::ProxyReply, proxy, code)
}
