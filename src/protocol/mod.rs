//! The WebSocket protocol (RFC 6455) as values and pure state machines.
//!
//! Octets and the time go in as arguments, events and octets to be written come
//! out. Nothing here opens a socket, reads a clock, draws a random number or
//! makes a sentence: sockets are `engine`'s, sentences are `text`'s.
//!
//! Two users share this code. An *endpoint* ([`Connection`]) takes part in a
//! connection; an *observer* (`session::Log`) decodes what both ends put on the
//! wire. Both decode with the same [`Half`], so live and from a file the same
//! octets always mean the same.

pub mod action;
pub mod behaviour;
pub mod close;
pub mod closing_handshake;
pub mod connection;
pub mod decoder;
pub mod deflate;
pub mod frame_spec;
pub mod half;
pub mod header;
pub mod mask;
pub mod message;
pub mod opcode;
pub mod opening_handshake;
pub mod violation;

pub use action::Action;
pub use behaviour::Behaviour;
pub use close::{CloseBody, StatusCode};
pub use closing_handshake::{ClosingHandshake, ReadyState};
pub use connection::Connection;
pub use frame_spec::FrameSpec;
pub use half::Half;
pub use header::Header;
pub use opcode::Opcode;
pub use opening_handshake::Head;
pub use violation::{Rule, Severity, Violation};

/// Nanoseconds since the Unix epoch, UTC.
pub type Time = u64;

/// Nanoseconds in a millisecond.
pub const MILLISECOND: Time = 1_000_000;

/// Nanoseconds in a second.
pub const SECOND: Time = 1_000_000_000;

/// The two roles of RFC 6455 §1.2. A capture has no "in" and "out": what came
/// from whom is all that every observer agrees on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Role {
    /// The end that sent the opening handshake's request.
    Client,
    /// The end that answered it.
    Server,
}

impl Role {
    /// Both roles, client first.
    pub const BOTH: [Role; 2] = [Role::Client, Role::Server];

    /// The other end.
    #[must_use]
    pub fn peer(self) -> Role {
        match self {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        }
    }

    /// 0 for the client, 1 for the server: for arrays with one entry an end.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// The word of the RFC, as JSON and the filter spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Role::Client => "client",
            Role::Server => "server",
        }
    }
}
