//! A verifier that keeps what it saw, and leaves the judging to rustls' own.

use super::faults;
use super::provider;
use crate::session::Fault;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// What was seen of a server's certificates.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// As they were sent, the server's own first.
    pub chain: Vec<CertificateDer<'static>>,
    /// What is wrong with them.
    pub fault: Option<Fault>,
}

/// Verifies the certificates of one connection.
#[derive(Debug)]
pub struct Verifier {
    /// `None` where there are no roots.
    judge: Option<Arc<WebPkiServerVerifier>>,
    roots: Arc<RootCertStore>,
    /// Accepts any certificate, whatever the judge says.
    accept_any: bool,
    seen: Mutex<Seen>,
}

impl Verifier {
    /// Against these roots.
    pub fn new(roots: Arc<RootCertStore>, accept_any: bool) -> Verifier {
        let builder = WebPkiServerVerifier::builder_with_provider(roots.clone(), provider());
        let judge = builder.build().ok();
        Verifier { judge, roots, accept_any, seen: Mutex::default() }
    }

    /// What was seen so far.
    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = match &self.judge {
            Some(judge) => {
                judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        let chain: Vec<CertificateDer<'static>> = std::iter::once(end_entity)
            .chain(intermediates)
            .map(|certificate| certificate.clone().into_owned())
            .collect();
        let fault = verdict
            .as_ref()
            .err()
            .map(|error| faults::of_certificate(error, &chain, server_name, &self.roots));
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen { chain, fault };
        if self.accept_any { Ok(ServerCertVerified::assertion()) } else { verdict }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &provider().signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &provider().signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}
