//! Certificates, versions and cipher suites in words, and a certificate of our own.

use super::files::FileError;
use super::provider;
use crate::engine::reach;
use crate::session::tls::{Certificate, MAX_NAMES};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, date_time_ymd};
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};
use tokio_rustls::rustls::crypto::hash::HashAlgorithm;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ProtocolVersion, SupportedCipherSuite};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Certificates of a chain that are kept; longer ones are not verified either.
const MAX_CHAIN: usize = 10;
/// Names that are kept of each certificate but the first.
const FEW_NAMES: usize = 8;
/// Characters of a name that are kept.
const MAX_NAME: usize = 253;

fn clip(text: &str) -> String {
    match text.char_indices().nth(MAX_NAME) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// SHA-256 with the provider's own hash.
fn sha256(octets: &[u8]) -> String {
    let hash = provider().cipher_suites.iter().find_map(|suite| match suite {
        SupportedCipherSuite::Tls13(suite) => Some(suite.common.hash_provider)
            .filter(|hash| hash.algorithm() == HashAlgorithm::SHA256),
        SupportedCipherSuite::Tls12(_) => None,
    });
    let mut text = String::new();
    for octet in hash.map(|hash| hash.hash(octets)).iter().flat_map(|hash| hash.as_ref()) {
        let colon = if text.is_empty() { "" } else { ":" };
        let _ = write!(text, "{colon}{octet:02X}");
    }
    text
}

/// `TLS 1.3`
pub fn version(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_2 => "TLS 1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLS 1.3".to_owned(),
        other => format!("{other:?}"),
    }
}

/// As IANA spells it, which is almost as rustls does.
pub fn suite(suite: SupportedCipherSuite) -> String {
    format!("{:?}", suite.suite()).replace("TLS13_", "TLS_")
}

fn general_name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => {
            clip(name)
        }
        GeneralName::IPAddress(octets) => {
            let v4 = <[u8; 4]>::try_from(*octets).map(|o| IpAddr::from(o).to_string());
            let v6 = || <[u8; 16]>::try_from(*octets).map(|o| IpAddr::from(o).to_string());
            v4.or_else(|_| v6()).unwrap_or_else(|_| format!("{octets:02x?}"))
        }
        other => clip(&other.to_string()),
    }
}

fn one_in_words(der: &CertificateDer<'_>, most_names: usize) -> Certificate {
    let sha256 = sha256(der);
    let Ok((_, parsed)) = X509Certificate::from_der(der) else {
        return Certificate { sha256, ..Certificate::default() };
    };
    let names = parsed.subject_alternative_name().ok().flatten();
    let names = names.map_or(&[][..], |names| &names.value.general_names);
    Certificate {
        subject: clip(&parsed.subject().to_string()),
        issuer: clip(&parsed.issuer().to_string()),
        names: names.iter().take(most_names).map(general_name).collect(),
        more_names: names.len().saturating_sub(most_names) as u32,
        not_before: parsed.validity().not_before.timestamp(),
        not_after: parsed.validity().not_after.timestamp(),
        sha256,
    }
}

/// A chain in words, bounded so that it fits a comment of the capture.
pub fn in_words(chain: &[CertificateDer<'_>]) -> Vec<Certificate> {
    let most_names = |i: usize| if i == 0 { MAX_NAMES } else { FEW_NAMES };
    let chain = chain.iter().take(MAX_CHAIN).enumerate();
    chain.map(|(i, der)| one_in_words(der, most_names(i))).collect()
}

/// PEM of a certificate (RFC 7468).
pub fn pem(der: &CertificateDer<'_>) -> String {
    let mut text = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for line in STANDARD.encode(der).as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}

/// The day that is so many days from now, as the certificate generator takes it.
fn day(from_now: i64) -> (i32, u8, u8) {
    let away = Duration::from_secs(from_now.unsigned_abs() * 86_400);
    let now = SystemTime::now();
    let time = if from_now < 0 { now - away } else { now + away };
    let text = humantime::format_rfc3339_seconds(time).to_string();
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(|t| t.parse().ok());
    let year = text.get(..4).and_then(|year| year.parse().ok());
    (year.unwrap_or(2026), part(5..7).unwrap_or(1), part(8..10).unwrap_or(1))
}

/// A certificate for localhost, the loopback addresses and `host`, or where that stands
/// for every address of this machine, for each of them; with a fresh key, and valid for
/// a year, since some clients take no longer ones.
pub(super) fn self_signed(
    host: &str,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), FileError> {
    let failed = |error: rcgen::Error| FileError::SelfSigned(error.to_string());
    let mut names = vec![
        "localhost".to_owned(),
        Ipv4Addr::LOCALHOST.to_string(),
        Ipv6Addr::LOCALHOST.to_string(),
    ];
    match host.parse::<IpAddr>() {
        Ok(ip) if ip.is_unspecified() => {
            // One that cannot be told has no name here, and clients say so.
            let others = reach::by_others((ip, 0).into()).unwrap_or_default();
            names.extend(others.iter().map(|address| address.ip().to_string()));
        }
        _ if names.iter().any(|name| name == host) => {}
        _ => names.push(host.to_owned()),
    }
    let mut params = CertificateParams::new(names).map_err(failed)?;
    params.distinguished_name.push(DnType::CommonName, "wsscope self-signed");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let ((y, m, d), (y2, m2, d2)) = (day(-1), day(365));
    params.not_before = date_time_ymd(y, m, d);
    params.not_after = date_time_ymd(y2, m2, d2);
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.self_signed(&key).map_err(failed)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())
        .map_err(|words| FileError::SelfSigned(words.to_owned()))?;
    Ok((vec![certificate.der().clone()], key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_certificate_in_words() {
        let (chain, _) = self_signed("192.0.2.7").unwrap();
        let [certificate] = &in_words(&chain)[..] else { panic!() };
        assert_eq!(certificate.names, ["localhost", "127.0.0.1", "::1", "192.0.2.7"]);
        assert_eq!(certificate.subject, "CN=wsscope self-signed");
        assert_eq!(certificate.issuer, certificate.subject);
        assert_eq!(certificate.sha256.len(), 32 * 3 - 1);
        let days = (certificate.not_after - certificate.not_before) / 86_400;
        assert!((365..=367).contains(&days), "{days} days");
        // An address that stands for all of them is no name, they are.
        let (chain, _) = self_signed("0.0.0.0").unwrap();
        let all = reach::by_others(([0, 0, 0, 0], 0).into()).unwrap();
        let names = &in_words(&chain)[0].names;
        assert!(!names.contains(&"0.0.0.0".to_owned()));
        assert!(all.iter().all(|address| names.contains(&address.ip().to_string())), "{names:?}");
        assert!(pem(&chain[0]).lines().all(|line| line.len() <= 64));
    }

    #[test]
    fn the_hash_is_sha256() {
        let abc = "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23";
        assert!(sha256(b"abc").starts_with(abc));
    }
}
