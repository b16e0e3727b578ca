//! Certificates and keys in PEM files (RFC 7468).

use std::fmt;
use std::path::{Path, PathBuf};
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Files beyond this are no certificates.
const MAX_FILE: u64 = 1 << 20;

/// What is wrong with what TLS was set up with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FileError {
    /// Cannot be read; the system's words.
    Unreadable(PathBuf, String),
    /// There is nothing in it.
    Empty(PathBuf),
    /// Larger than any certificate or key.
    TooLarge(PathBuf),
    /// No certificate in it.
    NoCertificate(PathBuf),
    /// No private key in it.
    NoKey(PathBuf),
    /// The key is protected by a passphrase.
    EncryptedKey(PathBuf),
    /// PEM that is damaged, or holds what cannot be used; the library's words.
    Unusable(PathBuf, String),
    /// This key is not the one of that certificate.
    KeyMismatch(PathBuf, PathBuf),
    /// Neither a DNS name nor an IP address.
    Name(String),
    /// No certificate could be made; the library's words.
    SelfSigned(String),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileError::Unreadable(path, words) => {
                write!(f, "{} cannot be read: {words}", path.display())
            }
            FileError::Empty(path) => write!(f, "{} is empty", path.display()),
            FileError::TooLarge(path) => {
                write!(f, "{} is too large for a certificate or key", path.display())
            }
            FileError::NoCertificate(path) => write!(
                f,
                "{} holds no certificate: PEM with BEGIN CERTIFICATE is expected",
                path.display()
            ),
            FileError::NoKey(path) => write!(
                f,
                "{} holds no private key: PEM with BEGIN PRIVATE KEY, BEGIN RSA PRIVATE KEY or \
                 BEGIN EC PRIVATE KEY is expected",
                path.display()
            ),
            FileError::EncryptedKey(path) => write!(
                f,
                "{} holds a key with a passphrase: decrypt it first (openssl pkey -in … -out …)",
                path.display()
            ),
            FileError::Unusable(path, words) => {
                write!(f, "{} cannot be used: {words}", path.display())
            }
            FileError::KeyMismatch(key, certificate) => write!(
                f,
                "the key in {} does not belong to the certificate in {}",
                key.display(),
                certificate.display()
            ),
            FileError::Name(name) => {
                write!(f, "'{name}' is neither a DNS name nor an IP address")
            }
            FileError::SelfSigned(words) => write!(f, "no certificate could be made: {words}"),
        }
    }
}

impl std::error::Error for FileError {}

fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let unreadable =
        |error: std::io::Error| FileError::Unreadable(path.to_owned(), error.to_string());
    // A pipe has no length, and is one way to hand over a key.
    if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_FILE {
        return Err(FileError::TooLarge(path.to_owned()));
    }
    let octets = std::fs::read(path).map_err(unreadable)?;
    if octets.trim_ascii().is_empty() {
        return Err(FileError::Empty(path.to_owned()));
    }
    Ok(octets)
}

fn damaged(path: &Path, error: &PemError) -> FileError {
    FileError::Unusable(path.to_owned(), format!("damaged PEM: {error}"))
}

/// The certificates of a file, in their order; at least one.
pub(super) fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, FileError> {
    let octets = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&octets).collect();
    let found = found.map_err(|error| damaged(path, &error))?;
    if found.is_empty() {
        return Err(FileError::NoCertificate(path.to_owned()));
    }
    for certificate in &found {
        x509_parser::parse_x509_certificate(certificate).map_err(|error| {
            FileError::Unusable(path.to_owned(), format!("not a certificate: {error}"))
        })?;
    }
    Ok(found)
}

/// The first private key of a file.
pub(super) fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, FileError> {
    let octets = read(path)?;
    PrivateKeyDer::from_pem_slice(&octets).map_err(|error| match error {
        PemError::NoItemsFound => {
            let encrypted = b"ENCRYPTED";
            if octets.windows(encrypted.len()).any(|w| w == encrypted) {
                FileError::EncryptedKey(path.to_owned())
            } else {
                FileError::NoKey(path.to_owned())
            }
        }
        error => damaged(path, &error),
    })
}
