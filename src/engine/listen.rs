//! Listening: binds, accepts, and hands each connection to a task.

use super::address::{self, ListenAddress};
use super::dispatch::Spawner;
use super::secure::Plan;
use super::tap::Tap;
use super::tls::ServerTls;
use crate::protocol::Role;
use crate::protocol::connection::Settings;
use crate::session::{Fault, FaultKind, Stage};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::net::TcpListener;

/// Waits this long before accepting again when the system is out of descriptors.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(200);

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

/// Accepts until the task is aborted.
pub async fn accept(
    listener: TcpListener,
    settings: Arc<RwLock<Settings>>,
    tls: Option<Arc<ServerTls>>,
    tap: Tap,
    spawner: Spawner,
) {
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                let server = stream.local_addr().unwrap_or(client);
                let settings =
                    settings.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
                let tap = tap.opened(Role::Server, client, server, None).await;
                let plan = tls.clone().map(Plan::Server);
                spawner.spawn(stream, Role::Server, settings, plan, tap).await;
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
