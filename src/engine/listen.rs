//! Listening: binds, accepts, and hands each client to a task; one that asks for the
//! page gets it, any other is a connection.

use super::address::{self, ListenAddress};
use super::clock;
use super::dispatch::{Begin, Spawner};
use super::secure::Plan;
use super::socket::Socket;
use super::tap::{ConnectionTap, Tap};
use super::tls::ServerTls;
use crate::protocol::connection::Settings;
use crate::protocol::{Role, Time};
use crate::session::{Fault, FaultKind, Stage};
use core::net::SocketAddr;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// Waits this long before accepting again when the system is out of descriptors.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(200);

/// How long page requests go on when everything is being shut down.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// Binds to the first address that works, IPv4 before IPv6.
pub async fn bind(address: &ListenAddress) -> Result<TcpListener, Fault> {
    let shown = address.to_string();
    let found = tokio::net::lookup_host((address.host.as_str(), address.port)).await;
    let mut addresses: Vec<_> = match found {
        Ok(found) => found.collect(),
        Err(_) => Vec::new(),
    };
    addresses.sort_by_key(core::net::SocketAddr::is_ipv6);
    let mut failed = Fault::new(Stage::Lookup, FaultKind::NameNotFound, address.host.clone());
    for found in addresses {
        match TcpListener::bind(found).await {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = address::fault(Stage::Listen, &error, &shown),
        }
    }
    Err(failed)
}

/// Binds to this port or the next one that is free.
pub async fn bind_next_free(mut address: ListenAddress) -> Result<TcpListener, Fault> {
    loop {
        match bind(&address).await {
            Err(fault) if fault.kind == FaultKind::AddressInUse && address.port < u16::MAX => {
                address.port += 1;
            }
            bound => return bound,
        }
    }
}

/// What connections begin with.
#[derive(Clone)]
pub struct Begins {
    /// As they are when one begins.
    pub settings: Arc<RwLock<Settings>>,
    /// With TLS.
    pub tls: Option<Arc<ServerTls>>,
    /// A plain request is answered with the page; never with TLS.
    pub page: bool,
}

/// Accepts until the task is aborted.
pub async fn accept(listener: TcpListener, begins: Begins, tap: Tap, spawner: Spawner) {
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                let client = Client { stream, address: client, since: clock::now() };
                let (tap, begins, to) = (tap.clone(), begins.clone(), spawner.clone());
                if begins.page && begins.tls.is_none() {
                    // Others are accepted while this one is silent.
                    spawner.start(async move { client.receive(begins, tap, to).await }).await;
                } else {
                    client.connect(begins, tap, to).await;
                }
            }
            Err(error) => {
                // A client that went away before it was accepted is no matter of ours.
                if error.kind() != std::io::ErrorKind::ConnectionAborted {
                    tap.fault(Fault::new(Stage::Listen, FaultKind::System, error.to_string()))
                        .await;
                    tokio::time::sleep(OUT_OF_DESCRIPTORS).await;
                }
            }
        }
    }
}

/// A client that was accepted.
struct Client {
    stream: TcpStream,
    address: SocketAddr,
    since: Time,
}

impl Client {
    /// A connection from the start.
    async fn connect(self, begins: Begins, tap: Tap, spawner: Spawner) {
        let tap = self.opened(&tap).await;
        let plan = begins.tls.clone().map(Plan::Server);
        spawner.spawn(self.stream, Role::Server, begins.settings(), plan, tap).await;
    }

    async fn opened(&self, tap: &Tap) -> ConnectionTap {
        let server = self.stream.local_addr().unwrap_or(self.address);
        tap.opened(Role::Server, self.address, server, None, self.since).await
    }

    /// A page request, or a connection once it is clear that it is none.
    async fn receive(mut self, begins: Begins, tap: Tap, spawner: Spawner) {
        let ahead = tokio::select! {
            ahead = spawner.pages().begin(&self.stream, self.address.ip()) => ahead,
            () = spawner.ending() => return,
        };
        let Some(ahead) = ahead else { return };
        let answer = spawner.pages().answer(self.stream, ahead);
        let answered = tokio::select! {
            answered = answer => answered,
            () = async { spawner.ending().await; tokio::time::sleep(LAST_ANSWERS).await } => None,
        };
        let Some((stream, ahead)) = answered else { return };
        self.stream = stream;
        let tap = self.opened(&tap).await;
        let orders = spawner.register(tap.number);
        if let Some((link, page)) = spawner.pages().opens(&ahead.octets) {
            tap.page(page).await;
            spawner.pages().connected(&link, tap.clone());
        }
        let late = spawner.pages().late(&self.stream, &ahead);
        let socket = Socket::resume(self.stream, ahead);
        let (role, settings) = (Role::Server, begins.settings());
        let begin = Begin { socket, role, settings, plan: None, late };
        spawner.run(begin, tap, orders).await;
    }
}

impl Begins {
    fn settings(&self) -> Settings {
        self.settings.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}
