//! The TLS stage of one connection: between TCP and HTTP, with a limit of its
//! own, and orders are heeded meanwhile.

use super::order::ConnectionOrder;
use super::socket::{Came, Socket, how_broken};
use super::tap::ConnectionTap;
use super::tls::stream::Broken;
use super::tls::verifier::{Seen, Verifier};
use super::tls::{self, ClientTls, ServerTls, certificate};
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::connection::{SHUT_DOWN_LIMIT, Settings};
use crate::protocol::{Action, MILLISECOND, Role};
use crate::session::tls::{Tls, Verification};
use crate::session::{Fault, FaultKind, Stage};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConnection, Connection, Error, ServerConnection};

/// What this end does TLS with.
#[derive(Clone, Debug)]
pub enum Plan {
    /// As a client of this host.
    Client(Arc<ClientTls>, String),
    /// As a server.
    Server(Arc<ServerTls>),
}

/// A handshake that has not begun.
struct Prepared {
    connection: Connection,
    /// A client's.
    verifier: Option<Arc<Verifier>>,
    /// The name that a client sends.
    name: Option<String>,
}

impl Plan {
    /// May read the system's roots: not for the I/O thread.
    fn prepare(&self) -> Result<Prepared, Fault> {
        let broken = |words: String| Fault::new(Stage::Tls, FaultKind::TlsBroken, words);
        match self {
            Plan::Server(tls) => {
                let connection = ServerConnection::new(tls.config.clone());
                let connection = connection.map_err(|error| broken(error.to_string()))?.into();
                Ok(Prepared { connection, verifier: None, name: None })
            }
            Plan::Client(tls, host) => {
                let (config, verifier) = tls.config().map_err(|e| broken(e.to_string()))?;
                let name = tls.name(host).ok_or_else(|| broken(format!("no name: {host}")))?;
                // SNI holds names only, no addresses (RFC 6066 §3).
                let sent = match &name {
                    ServerName::DnsName(name) => Some(name.as_ref().to_owned()),
                    _ => None,
                };
                let connection = ClientConnection::new(config, name);
                let connection = connection.map_err(|error| broken(error.to_string()))?.into();
                Ok(Prepared { connection, verifier: Some(verifier), name: sent })
            }
        }
    }

    fn role(&self) -> Role {
        match self {
            Plan::Client(..) => Role::Client,
            Plan::Server(_) => Role::Server,
        }
    }
}

/// How the stage ended.
enum Outcome {
    Established,
    Failed(Broken),
    Timeout,
    /// By an order: end TCP, or reset it.
    Ordered(TcpEvent),
}

/// Does the handshake. `None` where there is no connection to go on with: what
/// did not work has been told, and TCP has been ended.
pub async fn secure(
    mut socket: Socket,
    plan: Plan,
    tap: &ConnectionTap,
    orders: &mut mpsc::Receiver<ConnectionOrder>,
    settings: &mut Settings,
) -> Option<Socket> {
    let role = plan.role();
    let prepared = tokio::task::spawn_blocking({
        let plan = plan.clone();
        move || plan.prepare()
    });
    let Prepared { connection, verifier, name } = match prepared.await {
        Ok(Ok(prepared)) => prepared,
        Ok(Err(fault)) => {
            tap.fault(fault).await;
            leave(socket, tap, role, false).await;
            return None;
        }
        // The runtime is ending.
        Err(_) => return None,
    };
    let outcome = run(&mut socket, connection, tap, orders, settings).await;
    let seen = verifier.map(|verifier| verifier.seen()).unwrap_or_default();
    let tls = describe(&socket, &plan, name, &seen);
    let refused = tls.verification.fault();
    if tls.is_established() || !tls.chain.is_empty() {
        tap.tls(tls).await;
    }
    let first = socket.tls().map(|tls| tls.first().to_vec()).unwrap_or_default();
    let ended = || Fault::new(Stage::Tls, FaultKind::TlsEnded, "");
    let (fault, peer) = match outcome {
        Outcome::Established => return Some(socket),
        Outcome::Ordered(TcpEvent::Fin) => {
            leave(socket, tap, role, false).await;
            return None;
        }
        Outcome::Ordered(_) => {
            if socket.rst().is_ok() {
                tap.tcp(role, TcpEvent::Rst, None).await;
            }
            return None;
        }
        Outcome::Timeout => {
            let ms = (settings.open_timeout / MILLISECOND).to_string();
            (Fault::new(Stage::Tls, FaultKind::TlsTimeout, ms), None)
        }
        Outcome::Failed(Broken::Ended) => (ended(), Some((TcpEvent::Fin, None))),
        Outcome::Failed(Broken::Io(error)) => (ended(), Some(how_broken(&error))),
        Outcome::Failed(Broken::Tls(error)) => {
            let refused = refused.filter(|_| matches!(error, Error::InvalidCertificate(_)));
            (refused.unwrap_or_else(|| tls::of_error(&error, &first)), None)
        }
    };
    tap.fault(fault).await;
    let event = peer.as_ref().map(|(event, _)| *event);
    if let Some((event, words)) = peer {
        tap.tcp(role.peer(), event, words).await;
    }
    // Behind a reset there is nothing left to end.
    if matches!(event, None | Some(TcpEvent::Fin)) {
        leave(socket, tap, role, event.is_some()).await;
    }
    None
}

/// The handshake, within its limit, unless an order ends it.
async fn run(
    socket: &mut Socket,
    connection: Connection,
    tap: &ConnectionTap,
    orders: &mut mpsc::Receiver<ConnectionOrder>,
    settings: &mut Settings,
) -> Outcome {
    let limit = Duration::from_nanos(settings.open_timeout);
    let handshake = timeout(limit, socket.handshake(connection));
    tokio::pin!(handshake);
    loop {
        let order = tokio::select! {
            done = &mut handshake => return match done {
                Ok(Ok(())) => Outcome::Established,
                Ok(Err(broken)) => Outcome::Failed(broken),
                Err(_) => Outcome::Timeout,
            },
            order = orders.recv() => order,
        };
        match order {
            None | Some(ConnectionOrder::ShutDown) => return Outcome::Ordered(TcpEvent::Fin),
            Some(ConnectionOrder::Behave(behaviour)) => settings.behaviour = behaviour,
            // Nothing of ours waits yet: TLS itself is not held.
            Some(ConnectionOrder::Hold(hold)) => settings.hold = hold,
            Some(
                ConnectionOrder::Release
                | ConnectionOrder::LetThrough(_)
                | ConnectionOrder::LetAllThrough
                | ConnectionOrder::Drop(_)
                | ConnectionOrder::DropAll,
            ) => {}
            Some(ConnectionOrder::Perform(actions)) => {
                for action in actions {
                    match action {
                        Action::Rst => return Outcome::Ordered(TcpEvent::Rst),
                        Action::Fin | Action::FinAbrupt => {
                            return Outcome::Ordered(TcpEvent::Fin);
                        }
                        action if action.writes() => {
                            let fault = Fault::new(Stage::Send, FaultKind::NotOpen, "");
                            tap.fault(fault).await;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

/// What is known of TLS now.
fn describe(socket: &Socket, plan: &Plan, name: Option<String>, seen: &Seen) -> Tls {
    let mut tls = Tls { server_name: name, ..Tls::default() };
    match plan {
        Plan::Server(server) => tls.chain = server.chain.clone(),
        Plan::Client(client, _) => {
            tls.chain = certificate::in_words(&seen.chain);
            let fault = seen.fault.as_ref().map(Into::into);
            tls.verification = match fault {
                _ if seen.chain.is_empty() => Verification::None,
                fault if client.options.insecure => Verification::Skipped(fault),
                Some(fault) => Verification::Failed(fault),
                None => Verification::Passed,
            };
            tls.client_certificate = client.options.identity.is_some();
        }
    }
    let Some(connection) = socket.tls().map(|tls| tls.connection()) else { return tls };
    if let Connection::Server(server) = connection {
        tls.server_name = server.server_name().map(str::to_owned);
    }
    if !connection.is_handshaking() {
        tls.version = connection.protocol_version().map(certificate::version);
        tls.cipher_suite = connection.negotiated_cipher_suite().map(certificate::suite);
        let alpn = connection.alpn_protocol();
        tls.alpn = alpn.map(|alpn| String::from_utf8_lossy(alpn).into_owned());
    }
    tls
}

/// Ends TCP behind a handshake that failed: FIN, and what the peer still sends is
/// read away for a while, so that the alert is not lost in a reset.
async fn leave(mut socket: Socket, tap: &ConnectionTap, role: Role, peer_ended: bool) {
    if let Err(error) = socket.fin().await {
        if !peer_ended {
            let (event, words) = how_broken(&error);
            tap.tcp(role.peer(), event, words).await;
        }
        return;
    }
    tap.tcp(role, TcpEvent::Fin, None).await;
    if peer_ended {
        return;
    }
    let end = timeout(Duration::from_nanos(SHUT_DOWN_LIMIT), async {
        loop {
            socket.readable().await?;
            match socket.try_read() {
                Ok(Came::Fin) => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if tls::cause(&error).is_some() => {}
                Err(error) => return Err(error),
            }
        }
    });
    match end.await {
        Ok(Ok(())) => tap.tcp(role.peer(), TcpEvent::Fin, None).await,
        Ok(Err(error)) => {
            let (event, words) = how_broken(&error);
            tap.tcp(role.peer(), event, words).await;
        }
        Err(_) => {
            if socket.rst().is_ok() {
                tap.tcp(role, TcpEvent::Rst, None).await;
            }
        }
    }
}
