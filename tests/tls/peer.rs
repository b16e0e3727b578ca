//! An independent peer: rustls over a blocking socket, with certificates made here.

use crate::run::LIMIT;
use crate::wire::{accept, request};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig, ServerConnection,
};

/// A certification authority.
pub type Ca = CertifiedIssuer<'static, KeyPair>;

/// A chain and its key.
pub struct Identity {
    pub chain: Vec<CertificateDer<'static>>,
    pub pem: String,
    pub key: KeyPair,
}

/// Parameters for these names.
pub fn names(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    CertificateParams::new(names).expect("names")
}

/// A CA of this name.
pub fn ca(name: &str) -> Ca {
    let mut params = names(&[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a CA")
}

/// Signed by this CA, or by itself.
pub fn issue(params: &CertificateParams, ca: Option<&Ca>) -> Identity {
    let key = KeyPair::generate().expect("a key");
    let certificate = match ca {
        Some(ca) => params.signed_by(&key, ca),
        None => params.self_signed(&key),
    };
    let certificate = certificate.expect("a certificate");
    Identity { chain: vec![certificate.der().clone()], pem: certificate.pem(), key }
}

/// Not valid any more.
pub fn expired(mut params: CertificateParams) -> CertificateParams {
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(2002, 2, 3);
    params
}

/// Not valid yet.
pub fn to_come(mut params: CertificateParams) -> CertificateParams {
    params.not_before = date_time_ymd(2999, 1, 1);
    params
}

/// For clients only.
pub fn for_clients(mut params: CertificateParams) -> CertificateParams {
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// Writes a PEM file.
pub fn write(folder: &Path, name: &str, pem: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, pem).expect("a writable folder");
    path.display().to_string()
}

impl Identity {
    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).expect("PKCS#8")
    }

    /// A server with this identity; clients have to be of `clients`.
    pub fn server(&self, alpn: &[u8], clients: Option<&Ca>) -> Arc<ServerConfig> {
        let provider = Arc::new(default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .expect("versions");
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(ca) => {
                let mut roots = RootCertStore::empty();
                roots.add(ca.der().clone()).expect("a root");
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
            }
        };
        let mut config =
            builder.with_single_cert(self.chain.clone(), self.key()).expect("a server");
        config.alpn_protocols = vec![alpn.to_vec()];
        Arc::new(config)
    }
}

/// A client that trusts this certificate.
pub fn client(root: &CertificateDer<'static>, alpn: &[u8]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).expect("a root");
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    Arc::new(config)
}

/// How the other end ended.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum End {
    /// close_notify, then FIN.
    InOrder,
    /// FIN without close_notify.
    Abrupt,
    /// RST.
    Reset,
}

/// One end of TLS over a blocking socket.
pub struct Peer {
    pub tls: Connection,
    pub tcp: TcpStream,
}

impl Peer {
    fn over(tcp: TcpStream, tls: Connection) -> Peer {
        tcp.set_read_timeout(Some(LIMIT)).expect("a timeout");
        tcp.set_nodelay(true).expect("a socket");
        Peer { tls, tcp }
    }

    /// A client of the program, before its handshake.
    pub fn connect(port: u16, config: Arc<ClientConfig>, name: &str) -> Peer {
        let tcp = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        Peer::over(tcp, ClientConnection::new(config, name).expect("a client").into())
    }

    /// A server of the program, before its handshake.
    pub fn accept(listener: &TcpListener, config: Arc<ServerConfig>) -> Peer {
        let (tcp, _) = listener.accept().expect("a client");
        Peer::over(tcp, ServerConnection::new(config).expect("a server").into())
    }

    /// Does the handshake.
    pub fn handshake(&mut self) -> io::Result<()> {
        while self.tls.is_handshaking() {
            self.tls.complete_io(&mut self.tcp)?;
        }
        while self.tls.wants_write() {
            self.tls.write_tls(&mut self.tcp)?;
        }
        Ok(())
    }

    /// Writes cleartext.
    pub fn send(&mut self, octets: &[u8]) {
        for chunk in octets.chunks(16_000) {
            self.tls.writer().write_all(chunk).expect("TLS is open");
            while self.tls.wants_write() {
                self.tls.write_tls(&mut self.tcp).expect("TCP is open");
            }
        }
    }

    /// The next octets of cleartext, or how the other end ended.
    pub fn read(&mut self) -> Result<Vec<u8>, End> {
        let mut buffer = vec![0; 65_536];
        loop {
            match self.tls.reader().read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => return Ok(buffer[..n].to_vec()),
                Err(_) => {}
            }
            match self.tls.read_tls(&mut self.tcp) {
                Ok(0) => return Err(End::Abrupt),
                Ok(_) => drop(self.tls.process_new_packets().expect("TLS in order")),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                    return Err(End::Reset);
                }
                Err(error) => panic!("{error}"),
            }
        }
        // Behind the close_notify there is the FIN and nothing else.
        match self.tcp.read(&mut buffer) {
            Ok(0) => Err(End::InOrder),
            other => panic!("behind the close_notify: {other:?}"),
        }
    }

    /// A head.
    pub fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(self.read().expect("a head"));
        }
        String::from_utf8(head).expect("a head is text")
    }

    /// The opening handshake as a client.
    pub fn open(&mut self) {
        self.handshake().expect("TLS");
        self.send(request("").as_bytes());
        assert!(self.head().starts_with("HTTP/1.1 101 "));
    }

    /// The opening handshake as a server.
    pub fn answer(&mut self) {
        self.handshake().expect("TLS");
        let head = self.head();
        self.send(accept(&head, "").as_bytes());
    }

    /// Reads to the end.
    pub fn rest(&mut self) -> (Vec<u8>, End) {
        let mut all = Vec::new();
        loop {
            match self.read() {
                Ok(octets) => all.extend(octets),
                Err(end) => return (all, end),
            }
        }
    }

    /// Says that nothing more comes; TCP stays open.
    pub fn notify(&mut self) {
        self.tls.send_close_notify();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut self.tcp).expect("TCP is open");
        }
    }

    /// Ends its side of TCP.
    pub fn fin(&mut self) {
        self.tcp.shutdown(std::net::Shutdown::Write).expect("TCP is open");
    }
}
