//! What was seen of TLS below a connection: what was agreed, who the server
//! says it is, and whether that was verified. Strings and figures only, so that
//! a file shows the same as the live session; TLS itself is `engine`'s.

use super::Fault;
use super::pcapng::facts::StoredFault;
use serde::{Deserialize, Serialize};

/// What was seen of TLS, also of a handshake that failed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tls {
    /// `TLS 1.3`; `None` where nothing was agreed.
    pub version: Option<String>,
    /// As IANA spells it.
    pub cipher_suite: Option<String>,
    /// The application protocol that was agreed (RFC 7301).
    pub alpn: Option<String>,
    /// The name in the ClientHello (SNI, RFC 6066 §3).
    pub server_name: Option<String>,
    /// Whether this end verified the other's certificate.
    pub verification: Verification,
    /// This end, a client, showed a certificate of its own.
    pub client_certificate: bool,
    /// The server's certificates as they were sent, its own first.
    pub chain: Vec<Certificate>,
}

/// Whether the server's certificate was verified, and what came of it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// This end does not verify: it is the server, or no certificate came.
    #[default]
    None,
    /// It is in order.
    Passed,
    /// It is not, and the connection was refused.
    Failed(StoredFault),
    /// Any certificate was accepted on purpose; what is wrong with this one.
    Skipped(Option<StoredFault>),
}

impl Verification {
    /// What is wrong with the certificate.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        match self {
            Verification::Failed(stored) | Verification::Skipped(Some(stored)) => stored.fault(),
            _ => None,
        }
    }
}

/// Names of one certificate that are kept.
pub const MAX_NAMES: usize = 100;

/// A certificate (RFC 5280) in words.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The names and addresses that it is valid for, at most [`MAX_NAMES`].
    pub names: Vec<String>,
    /// How many more names it holds.
    pub more_names: u32,
    /// Seconds since the epoch from which it is valid.
    pub not_before: i64,
    /// Seconds since the epoch until which it is valid.
    pub not_after: i64,
    /// SHA-256 of its DER form: pairs of hexadecimal digits with colons.
    pub sha256: String,
}

impl Tls {
    /// The handshake is complete.
    #[must_use]
    pub fn is_established(&self) -> bool {
        self.version.is_some()
    }

    /// The server could be anybody: its certificate was not verified on purpose.
    #[must_use]
    pub fn is_unverified(&self) -> bool {
        matches!(self.verification, Verification::Skipped(_))
    }
}
