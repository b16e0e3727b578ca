//! What the engine can be told.

use super::address::{ListenAddress, Target};
use super::proxy::Proxy;
use super::tls::{ClientTls, ServerTls};
use crate::protocol::connection::Settings;
use crate::protocol::deflate::Parameters;
use crate::protocol::opening_handshake::ResponseParts;
use crate::protocol::{Action, Behaviour, StatusCode};
use crate::session::Fault;
use crate::session::notes::Note;
use std::sync::Arc;

/// An order.
#[derive(Clone, Debug)]
pub enum Order {
    /// Begin to listen; a listener of before stops.
    Listen {
        /// Where.
        address: ListenAddress,
        /// Where that port is in use, go on to the next that is free.
        next_free: bool,
        /// What each connection begins with.
        settings: Settings,
        /// With TLS.
        tls: Option<Arc<ServerTls>>,
    },
    /// Whether listeners to come answer a plain HTTP request with a page of their own;
    /// they do unless told. With TLS they never do.
    ServePage(bool),
    /// Stop listening; open connections stay.
    StopListening,
    /// Connect as a client.
    Connect {
        /// Where.
        target: Target,
        /// What the connection begins with.
        settings: Settings,
        /// What a `wss://` URL is reached with.
        tls: Arc<ClientTls>,
        /// Through a proxy.
        proxy: Option<Arc<Proxy>>,
    },
    /// Start the partner as an echo server, and connect to it.
    ConnectToPartner {
        /// What the connection begins with; its Host is filled in.
        settings: Settings,
    },
    /// Answer requests so, and accept compression so, on connections to come.
    Answer(ResponseParts, Option<Parameters>),
    /// Begin connections to come with these settings.
    SetUp(Box<Settings>),
    /// Record that something did not work.
    Record(Fault),
    /// Behave so, in every connection that is open and in those to come.
    Behave(Behaviour),
    /// Hold back what every connection sends, those to come included, or no longer.
    Hold(bool),
    /// For one connection.
    One(u32, ConnectionOrder),
    /// For every open connection.
    All(ConnectionOrder),
    /// For the partner.
    Partner(PartnerOrder),
    /// Keep a note in the capture.
    Note(Note),
    /// End everything in order; the engine ends with it.
    ShutDown,
}

/// What one connection can be told.
#[derive(Clone, Debug)]
pub enum ConnectionOrder {
    /// Do this, behind what is still to be done.
    Perform(Vec<Action>),
    /// Behave so from now on.
    Behave(Behaviour),
    /// Hold back what this end sends from now on, or let all of it go.
    Hold(bool),
    /// Let the oldest of what waits through.
    Release,
    /// Let this through, whatever waits before it.
    LetThrough(u64),
    /// Let all that waits through, in order.
    LetAllThrough,
    /// Drop this: it is never sent.
    Drop(u64),
    /// Drop all that waits.
    DropAll,
    /// Close 1001, FIN, at most 2 s.
    ShutDown,
}

/// What the partner, an ordinary well-behaved peer, can be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PartnerOrder {
    /// Connect to the address that this engine listens on, and chat a little.
    Connect,
    /// Connect to it, and say nothing by itself.
    ConnectSilently,
    /// Send a text message.
    Text(String),
    /// Send a Ping.
    Ping,
    /// Close with a code and a reason.
    Close(StatusCode, String),
    /// Stop reading and answering; the socket stays open.
    FallSilent,
    /// Read and answer again.
    Resume,
}
