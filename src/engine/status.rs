//! What the engine is doing, for whoever watches.

use super::tls::ServerTls;
use crate::protocol::Behaviour;
use crate::protocol::connection::Held;
use crate::session::Fault;
use core::net::SocketAddr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// How far connecting has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Dialing {
    /// Looking up a name.
    Lookup(String),
    /// Connecting to an address.
    Tcp(SocketAddr),
    /// Asking a proxy for a tunnel; its URL without credentials.
    Proxy(String),
}

/// What the partner is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PartnerRole {
    /// A client of ours.
    Client,
    /// A server for our client.
    Server,
}

/// The partner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartnerStatus {
    /// What it is.
    pub role: PartnerRole,
    /// Where it serves.
    pub url: Option<String>,
    /// It neither reads nor answers.
    pub silent: bool,
    /// Its connection lasts.
    pub connected: bool,
}

/// What a connection has not sent yet and what it waits for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Holding {
    /// It is on hold: nothing goes by itself.
    pub on_hold: bool,
    /// How many things wait for a hand.
    pub count: usize,
    /// The first of them, oldest first.
    pub first: Vec<Held>,
}

/// What is going on.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Where we listen.
    pub listening: Option<SocketAddr>,
    /// With what TLS.
    pub listening_tls: Option<Arc<ServerTls>>,
    /// How often connections to come were set up anew while listening.
    pub set_ups: u64,
    /// Why we do not listen.
    pub listen_fault: Option<Fault>,
    /// How far connecting has come.
    pub dialing: Option<Dialing>,
    /// Why connecting failed.
    pub dial_fault: Option<Fault>,
    /// Connections that are on hold, or where something waits for a hand.
    pub held: BTreeMap<u32, Holding>,
    /// How open connections behave that were told so after they began.
    pub behaviours: BTreeMap<u32, Behaviour>,
    /// Connections whose TLS handshake goes on.
    pub securing: BTreeSet<u32>,
    /// The partner.
    pub partner: Option<PartnerStatus>,
    /// Connections whose socket is open.
    pub open: usize,
}

/// The status as engine and watchers share it.
#[derive(Clone, Debug, Default)]
pub struct SharedStatus(Arc<Mutex<Status>>);

impl SharedStatus {
    /// Looks at it; short, since the engine waits meanwhile.
    pub fn look<R>(&self, look: impl FnOnce(&Status) -> R) -> R {
        look(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes it.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut Status) -> R) -> R {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
