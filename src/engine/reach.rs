//! The addresses at which a listener of this machine is reached: from here, and by
//! others.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::io;

/// Where a program on this machine reaches a listener that is bound to `bound`.
#[must_use]
pub fn from_here(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

/// Where others in the network reach a listener that is bound to `bound`, the address
/// by which this machine itself goes out first; empty for one on a loopback address,
/// and where this machine is in no network.
///
/// # Errors
/// The system does not tell its addresses.
pub fn by_others(bound: SocketAddr) -> io::Result<Vec<SocketAddr>> {
    if bound.ip().is_loopback() {
        return Ok(Vec::new());
    }
    if !bound.ip().is_unspecified() {
        return Ok(vec![bound]);
    }
    let found = if_addrs::get_if_addrs()?;
    // Nobody can type a link-local address into a browser: it needs a zone.
    let usable = found.iter().filter(|i| !i.is_loopback() && !i.is_link_local());
    Ok(in_order(bound, usable.map(if_addrs::Interface::ip).collect(), way_out()))
}

/// The IPv4 address by which this machine goes out; asking sends nothing.
fn way_out() -> Option<IpAddr> {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // A documentation address (RFC 5737) is routed as any other.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// Those that `bound` takes: on Windows an IPv6 listener takes no IPv4.
fn in_order(bound: SocketAddr, mut found: Vec<IpAddr>, first: Option<IpAddr>) -> Vec<SocketAddr> {
    found.retain(|ip| ip.is_ipv4() == bound.is_ipv4() || (bound.is_ipv6() && !cfg!(windows)));
    found.sort_by_key(|ip| (Some(*ip) != first, ip.is_ipv6()));
    found.dedup();
    found.into_iter().map(|ip| SocketAddr::new(ip, bound.port())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn this_machine_reaches_every_listener_of_its_own() {
        for (bound, reached) in [
            ("0.0.0.0:8000", "127.0.0.1:8000"),
            ("[::]:8000", "[::1]:8000"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            assert_eq!(from_here(address(bound)), address(reached));
        }
    }

    #[test]
    fn others_do_not_reach_a_loopback_address() {
        assert_eq!(by_others(address("127.0.0.1:8000")).unwrap(), []);
        assert_eq!(by_others(address("[::1]:8000")).unwrap(), []);
        let own = address("192.0.2.7:8000");
        assert_eq!(by_others(own).unwrap(), [own]);
        for found in by_others(address("0.0.0.0:8000")).unwrap() {
            assert!(found.is_ipv4() && !found.ip().is_loopback() && found.port() == 8000);
        }
    }

    #[test]
    fn the_way_out_comes_first_and_ipv6_last() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let found = ["172.17.0.1", "2001:db8::7", "192.0.2.7"].map(ip).to_vec();
        let order = |bound, first| {
            let all = in_order(address(bound), found.clone(), first);
            all.iter().map(SocketAddr::to_string).collect::<Vec<_>>()
        };
        let way_out = Some(ip("192.0.2.7"));
        assert_eq!(order("0.0.0.0:80", way_out), ["192.0.2.7:80", "172.17.0.1:80"]);
        assert_eq!(order("0.0.0.0:80", None), ["172.17.0.1:80", "192.0.2.7:80"]);
        #[cfg(not(windows))]
        assert_eq!(order("[::]:80", way_out)[0], "192.0.2.7:80");
        assert_eq!(order("[::]:80", None).last().unwrap(), "[2001:db8::7]:80");
    }
}
