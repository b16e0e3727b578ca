//! The command line's options of TLS.
#![allow(rustdoc::broken_intra_doc_links)] // its comments are the text of --help

use crate::engine::tls::{ClientOptions, ClientTls, FileError, Identity, ServerOptions, ServerTls};
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;

/// Options of `listen`.
#[derive(Debug, Args, Clone)]
pub struct ListenTls {
    /// Serve wss:// with a self-signed certificate made in memory for localhost, 127.0.0.1, ::1
    /// and the listening address; its fingerprint is told on stderr
    #[arg(long)]
    pub tls: bool,
    /// Serve wss:// with this certificate and its chain (PEM)
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// Its private key (PEM: PKCS#8, PKCS#1 or SEC1)
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
}

/// Options of `connect`.
#[derive(Debug, Args, Clone)]
pub struct ConnectTls {
    /// wss://: trust the certificates in this file (PEM) instead of the system's
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// wss://: show this certificate (PEM) to a server that asks for one
    #[arg(long, value_name = "FILE", requires = "client_key")]
    pub client_cert: Option<PathBuf>,
    /// Its private key (PEM)
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    pub client_key: Option<PathBuf>,
    /// wss://: accept any certificate, and mark the connection as not verified
    #[arg(long)]
    pub insecure: bool,
    /// wss://: the name to send (SNI) and to look for in the certificate, instead of the URL's
    #[arg(long, value_name = "NAME")]
    pub server_name: Option<String>,
}

/// A usage error in one line.
fn line(error: &FileError) -> String {
    format!("error: {error}")
}

impl ListenTls {
    /// Reads the files or makes the certificate; `None` without TLS.
    ///
    /// # Errors
    /// A sentence in one line.
    pub fn load(&self, host: &str) -> Result<Option<Arc<ServerTls>>, String> {
        let options = match (&self.cert, &self.key) {
            (Some(certificate), Some(key)) => {
                let identity = Identity { certificate: certificate.clone(), key: key.clone() };
                ServerOptions::Identity(identity)
            }
            _ if self.tls => ServerOptions::SelfSigned,
            _ => return Ok(None),
        };
        options.load(host).map(|tls| Some(Arc::new(tls))).map_err(|error| line(&error))
    }
}

impl ConnectTls {
    /// Reads the files.
    ///
    /// # Errors
    /// A sentence in one line.
    pub fn load(&self) -> Result<Arc<ClientTls>, String> {
        let identity = self.client_cert.clone().zip(self.client_key.clone());
        let options = ClientOptions {
            ca: self.ca.clone(),
            identity: identity.map(|(certificate, key)| Identity { certificate, key }),
            insecure: self.insecure,
            server_name: self.server_name.clone(),
        };
        options.load().map(Arc::new).map_err(|error| line(&error))
    }
}
