//! What rustls says did not work, as faults with their figures.

use crate::session::{Fault, FaultKind, Stage};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{CertificateError, Error, PeerMisbehaved, RootCertStore};
use x509_parser::prelude::{FromDer as _, X509Certificate};

fn fault(kind: FaultKind, detail: impl Into<String>) -> Fault {
    Fault::new(Stage::Tls, kind, detail)
}

/// Whether a request or a response of HTTP/1 begins so.
fn is_http(first: &[u8]) -> bool {
    let begins: [&[u8]; 9] = [
        b"HTTP/",
        b"GET ",
        b"HEAD ",
        b"POST ",
        b"PUT ",
        b"DELETE ",
        b"OPTIONS ",
        b"CONNECT ",
        b"PATCH ",
    ];
    begins.iter().any(|begin| first.starts_with(begin))
}

/// What `error` means; `first` are the first octets that the peer sent.
#[must_use]
pub fn of_error(error: &Error, first: &[u8]) -> Fault {
    match error {
        Error::InvalidMessage(_) if is_http(first) => fault(FaultKind::TlsPlainHttp, ""),
        // Content types of TLS are 20 to 24 (RFC 8446 §5.1).
        Error::InvalidMessage(_) if first.first().is_some_and(|o| !(20..=24).contains(o)) => {
            fault(FaultKind::TlsNotTls, "")
        }
        Error::AlertReceived(alert) => fault(FaultKind::TlsAlert, u8::from(*alert).to_string()),
        Error::NoApplicationProtocol => fault(FaultKind::TlsAlpn, ""),
        Error::PeerMisbehaved(PeerMisbehaved::SelectedUnofferedApplicationProtocol) => {
            fault(FaultKind::TlsAlpn, "")
        }
        Error::PeerIncompatible(_) => fault(FaultKind::TlsIncompatible, error.to_string()),
        Error::NoCertificatesPresented => fault(FaultKind::CertMissing, ""),
        Error::InvalidCertificate(_) => fault(FaultKind::CertOther, error.to_string()),
        error => fault(FaultKind::TlsBroken, error.to_string()),
    }
}

/// What is wrong with a chain that was sent for `name`.
pub(super) fn of_certificate(
    error: &Error,
    chain: &[CertificateDer<'_>],
    name: &ServerName<'_>,
    roots: &RootCertStore,
) -> Fault {
    let Error::InvalidCertificate(error) = error else {
        return fault(FaultKind::CertOther, error.to_string());
    };
    match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            fault(FaultKind::CertExpired, not_after.as_secs().to_string())
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            fault(FaultKind::CertNotYetValid, not_before.as_secs().to_string())
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let certificate = super::certificate::in_words(&chain[..1]);
            let mut lines = vec![name.to_str().into_owned()];
            lines.extend(certificate.into_iter().flat_map(|certificate| certificate.names));
            fault(FaultKind::CertWrongName, lines.join("\n"))
        }
        CertificateError::UnknownIssuer if roots.is_empty() => fault(FaultKind::CertNoRoots, ""),
        CertificateError::UnknownIssuer => unknown_issuer(chain),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            fault(FaultKind::CertPurpose, "")
        }
        CertificateError::Revoked => fault(FaultKind::CertRevoked, ""),
        // A root of the same name has another key.
        CertificateError::BadSignature
            if chain
                .last()
                .is_some_and(|last| signed_by_itself(last).is_some() && !is_root(last, roots)) =>
        {
            unknown_issuer(chain)
        }
        CertificateError::BadSignature => fault(FaultKind::CertSignature, ""),
        CertificateError::BadEncoding => fault(FaultKind::CertEncoding, ""),
        // webpki names it, rustls wraps it without a variant of its own.
        CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            // Most of these are signed by themselves and not trusted: that comes first.
            match signed_by_itself(&chain[0]) {
                Some(subject) if !is_root(&chain[0], roots) => {
                    fault(FaultKind::CertSelfSigned, subject)
                }
                _ => fault(FaultKind::CertIsCa, ""),
            }
        }
        error => fault(FaultKind::CertOther, error.to_string()),
    }
}

/// Whose the certificate is, where that is also who signed it.
fn signed_by_itself(der: &CertificateDer<'_>) -> Option<String> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    (parsed.subject().as_raw() == parsed.issuer().as_raw()).then(|| parsed.subject().to_string())
}

fn is_root(der: &CertificateDer<'_>, roots: &RootCertStore) -> bool {
    // An anchor's parts stand without the header of their SEQUENCE.
    X509Certificate::from_der(der).is_ok_and(|(_, parsed)| {
        let (subject, key) = (parsed.subject().as_raw(), parsed.public_key().raw);
        roots.roots.iter().any(|root| {
            subject.ends_with(&root.subject) && key.ends_with(&root.subject_public_key_info)
        })
    })
}

/// Signed by itself, ending in a root, or lacking the issuer.
fn unknown_issuer(chain: &[CertificateDer<'_>]) -> Fault {
    let Some(last) = chain.last() else { return fault(FaultKind::CertMissing, "") };
    match signed_by_itself(last) {
        Some(subject) if chain.len() == 1 => fault(FaultKind::CertSelfSigned, subject),
        Some(subject) => fault(FaultKind::CertUntrustedRoot, subject),
        None => {
            let issuer = X509Certificate::from_der(last).map(|(_, c)| c.issuer().to_string());
            fault(FaultKind::CertUnknownIssuer, issuer.unwrap_or_default())
        }
    }
}
