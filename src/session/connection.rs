//! What is known of one connection, brought up to date as rows are appended.

use super::Fault;
use super::page::{ObservedClose, Page};
use super::tls::Tls;
use super::tunnel::Tunnel;
use super::verdict::Explanation;
use super::wire::Wire;
use crate::protocol::closing_handshake::ClosingHandshake;
use crate::protocol::deflate::Parameters;
use crate::protocol::{ReadyState, Role, Rule, Time};
use core::net::SocketAddr;

/// What is known of one connection.
#[derive(Debug)]
pub struct Connection {
    /// From 1, in the order of their beginning.
    pub number: u32,
    /// Which end is ours; `None` between strangers.
    pub role: Option<Role>,
    /// The client's address.
    pub client: SocketAddr,
    /// The server's address.
    pub server: SocketAddr,
    /// When TCP was established.
    pub since: Time,
    /// When something was last observed of it.
    pub last: Time,
    /// The facts of its ending.
    pub closing: ClosingHandshake,
    /// Frames of each end.
    pub frames: [u64; 2],
    /// Octets of each end, heads included.
    pub octets: [u64; 2],
    /// Violations in it.
    pub violations: u32,
    /// The status of a response other than 101.
    pub refused: Option<u16>,
    /// It asked for WebSocket.
    pub asked_upgrade: bool,
    /// User-Agent or Server header of each end.
    pub agents: [Option<String>; 2],
    /// Its 101 names none of the subprotocols that were offered.
    pub subprotocol_ignored: bool,
    /// What its 101 agrees to of permessage-deflate.
    pub deflate: Option<Parameters>,
    /// The row with which the last message of each end began.
    pub(super) message_begin: [u64; 2],
    /// The rule for which a client has to refuse its response.
    pub bad_response: Option<Rule>,
    /// When its last frame was whole, or else when it was opened.
    pub last_frame: Option<Time>,
    /// Whose frames were lost behind a gap in the capture.
    pub blind: [bool; 2],
    /// The tunnel that it goes through; `server` is the proxy then.
    pub tunnel: Option<Tunnel>,
    /// What was seen of TLS, once its handshake was over.
    pub tls: Option<Box<Tls>>,
    /// Which ends said in TLS that nothing more comes from them.
    pub close_notify: [bool; 2],
    /// Why TLS was not established.
    pub tls_fault: Option<Fault>,
    /// The page of ours at the client's end.
    pub page: Option<Page>,
    /// What that page's browser reported of the ending.
    pub observed: Option<ObservedClose>,
    /// Its Closed row has been appended.
    pub over: bool,
    pub(super) wire: Option<Box<Wire>>,
}

impl Connection {
    /// The end that states are shown for: ours, or the client between strangers.
    #[must_use]
    pub fn viewpoint(&self) -> Role {
        self.role.unwrap_or(Role::Client)
    }

    /// `readyState` of our end; CLOSED once nothing more will be observed.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        if self.over && !self.is_unended() {
            ReadyState::Closed
        } else {
            self.closing.ready_state(self.viewpoint())
        }
    }

    /// Nothing more was observed, and neither end had begun to end the connection: how
    /// it ended nobody knows.
    #[must_use]
    pub fn is_unended(&self) -> bool {
        self.over && Explanation::of(self) == Explanation::Unended
    }

    /// The address of the far end; the client between strangers.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        match self.role {
            Some(Role::Client) => self.server,
            _ => self.client,
        }
    }

    /// Whether an end ended TLS in order, with a close_notify, before its FIN;
    /// `None` without TLS.
    #[must_use]
    pub fn ended_tls(&self, role: Role) -> Option<bool> {
        let established = self.tls.as_ref().is_some_and(|tls| tls.is_established());
        established.then(|| self.close_notify[role.index()])
    }

    /// Since when a Ping waits for its Pong, and whose Ping it is.
    #[must_use]
    pub fn ping_waits_since(&self) -> Option<(Role, Time)> {
        let wire = self.wire.as_ref()?;
        let since = |role| wire.ping_waits_since(role).map(|time| (role, time));
        Role::BOTH.into_iter().filter_map(since).min_by_key(|(_, time)| *time)
    }

    /// A frame that is still arriving: from whom, octets that came, octets of the whole.
    #[must_use]
    pub fn arriving(&self) -> Option<(Role, u64, Option<u64>)> {
        let wire = self.wire.as_ref()?;
        Role::BOTH.into_iter().find_map(|role| {
            let half = wire.pending(role);
            let seen = half.pending_octets();
            let whole = half
                .pending_frame()
                .map(|(header, _)| header.payload_len.saturating_add(header.octets() as u64));
            (seen > 0).then_some((role, seen, whole))
        })
    }
}
