//! TLS: what an end is set up with, and all that rustls is asked.
//!
//! Files and options become rustls configurations here; `verifier` keeps what
//! it saw, `certificate` puts it into words, `faults` says what did not work,
//! `stream` drives a connection over a socket that does not wait. When the
//! handshake takes place, and what follows from it, is `secure`'s.

pub mod certificate;
mod faults;
pub mod files;
pub(super) mod stream;
pub(super) mod verifier;

use crate::session::tls::Certificate;
use certificate::self_signed;
pub use faults::of_error;
pub use files::FileError;
use files::{read_certificates, read_key};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, Error, RootCertStore, ServerConfig};
use verifier::Verifier;

/// The only application protocol that carries WebSocket here (RFC 7301); h2
/// would need RFC 8441.
const ALPN: &[u8] = b"http/1.1";

/// The provider of cryptography, chosen here and nowhere else.
pub(super) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER.get_or_init(|| Arc::new(ring::default_provider())).clone()
}

/// What is wrong in TLS, where an error of a read or a write stands for that.
pub(super) fn cause(error: &std::io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// A certificate chain and its key, as files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Identity {
    /// PEM, the end's own certificate first.
    pub certificate: PathBuf,
    /// PEM: PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

/// The chain and the key of an identity.
type Loaded = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl Identity {
    fn read(&self) -> Result<Loaded, FileError> {
        Ok((read_certificates(&self.certificate)?, read_key(&self.key)?))
    }
}

/// What a client does about TLS, as it was asked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClientOptions {
    /// Roots to trust instead of the system's, PEM.
    pub ca: Option<PathBuf>,
    /// Shown to a server that asks for a certificate.
    pub identity: Option<Identity>,
    /// Accept any certificate.
    pub insecure: bool,
    /// Sent as SNI and looked for in the certificate, instead of the URL's host.
    pub server_name: Option<String>,
}

/// The same with its files read.
#[derive(Clone, Debug, Default)]
pub struct ClientTls {
    /// As it was asked.
    pub options: ClientOptions,
    /// Without, the system's are taken when they are needed.
    roots: Option<Arc<RootCertStore>>,
    identity: Option<Arc<Loaded>>,
    server_name: Option<ServerName<'static>>,
}

fn system_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let load = || {
        let mut roots = RootCertStore::empty();
        // What cannot be parsed is skipped: another root may do.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(roots)
    };
    ROOTS.get_or_init(load).clone()
}

fn keys_do_not_match(identity: &Identity, error: &Error) -> FileError {
    match error {
        Error::InconsistentKeys(_) => {
            FileError::KeyMismatch(identity.key.clone(), identity.certificate.clone())
        }
        error => FileError::Unusable(identity.key.clone(), error.to_string()),
    }
}

impl ClientOptions {
    /// Reads the files.
    ///
    /// # Errors
    /// A file, or the name, is not what it should be.
    pub fn load(&self) -> Result<ClientTls, FileError> {
        let roots = self.ca.as_ref().map(|path| {
            let mut roots = RootCertStore::empty();
            for certificate in read_certificates(path)? {
                roots
                    .add(certificate)
                    .map_err(|error| FileError::Unusable(path.clone(), error.to_string()))?;
            }
            Ok(Arc::new(roots))
        });
        let name = self.server_name.as_ref().map(|name| {
            ServerName::try_from(name.clone()).map_err(|_| FileError::Name(name.clone()))
        });
        let tls = ClientTls {
            options: self.clone(),
            roots: roots.transpose()?,
            identity: self.identity.as_ref().map(Identity::read).transpose()?.map(Arc::new),
            server_name: name.transpose()?,
        };
        if let (Some(identity), Some((chain, key))) = (&self.identity, tls.identity.as_deref()) {
            ClientConfig::builder_with_provider(provider())
                .with_safe_default_protocol_versions()
                .map(|builder| builder.with_root_certificates(RootCertStore::empty()))
                .and_then(|builder| builder.with_client_auth_cert(chain.clone(), key.clone_key()))
                .map_err(|error| keys_do_not_match(identity, &error))?;
        }
        Ok(tls)
    }
}

impl ClientTls {
    /// The same for another host: with the name of its URL.
    #[must_use]
    pub fn without_name(&self) -> ClientTls {
        let options = ClientOptions { server_name: None, ..self.options.clone() };
        ClientTls { options, server_name: None, ..self.clone() }
    }

    /// The name to ask for at this host.
    pub(super) fn name(&self, host: &str) -> Option<ServerName<'static>> {
        self.server_name.clone().or_else(|| ServerName::try_from(host.to_owned()).ok())
    }

    /// A configuration for one connection, and the verifier that keeps what it sees.
    pub(super) fn config(&self) -> Result<(Arc<ClientConfig>, Arc<Verifier>), Error> {
        let roots = self.roots.clone().unwrap_or_else(system_roots);
        let verifier = Arc::new(Verifier::new(roots, self.options.insecure));
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone());
        let mut config = match self.identity.as_deref() {
            Some((chain, key)) => builder.with_client_auth_cert(chain.clone(), key.clone_key())?,
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok((Arc::new(config), verifier))
    }
}

/// What a server shows to its clients, as it was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ServerOptions {
    /// A certificate made in memory, signed by itself.
    SelfSigned,
    /// One from files.
    Identity(Identity),
}

/// The same, ready to serve.
#[derive(Debug)]
pub struct ServerTls {
    /// As it was asked.
    pub options: ServerOptions,
    /// What is shown to clients, the server's own certificate first.
    pub chain: Vec<Certificate>,
    /// The first of it in PEM, for clients that are to trust it.
    pub pem: String,
    pub(super) config: Arc<ServerConfig>,
}

impl ServerOptions {
    /// Reads the files, or makes a certificate for this host, localhost and the
    /// loopback addresses.
    ///
    /// # Errors
    /// A file is not what it should be.
    pub fn load(&self, host: &str) -> Result<ServerTls, FileError> {
        let (chain, key) = match self {
            ServerOptions::SelfSigned => self_signed(host)?,
            ServerOptions::Identity(identity) => identity.read()?,
        };
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_no_client_auth())
            .and_then(|builder| builder.with_single_cert(chain.clone(), key));
        let mut config = config.map_err(|error| match self {
            ServerOptions::Identity(identity) => keys_do_not_match(identity, &error),
            ServerOptions::SelfSigned => FileError::SelfSigned(error.to_string()),
        })?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(ServerTls {
            options: self.clone(),
            pem: certificate::pem(&chain[0]),
            chain: certificate::in_words(&chain),
            config: Arc::new(config),
        })
    }
}
