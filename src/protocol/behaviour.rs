//! How an endpoint behaves: a plain value, changeable while a connection is open.

use super::Time;
use super::close::StatusCode;

/// When an answer goes out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum When {
    /// With the read that asked for it.
    #[default]
    AtOnce,
    /// So many nanoseconds later.
    After(Time),
    /// Prepared, and held until somebody lets it through.
    ByHand,
}

/// The answer to the peer's Close (RFC 6455 §5.5.1).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum OnClose {
    /// A Close with the code and reason that came.
    #[default]
    Same,
    /// A Close with a code and reason of one's own.
    Code(StatusCode, String),
    /// A Close without a body.
    Empty,
    /// No Close: end TCP by FIN.
    Fin,
    /// No Close: end TCP by RST.
    Rst,
    /// Nothing.
    Never,
}

/// The answer to a Ping (§5.5.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnPing {
    /// A Pong with the same payload.
    Reply(When),
    /// Nothing.
    Never,
}

/// When TCP is ended after the closing handshake (§7.1.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TcpEnd {
    /// The server at once; the client when the server has, or after a limit.
    #[default]
    Auto,
    /// So many nanoseconds after the closing handshake.
    After(Time),
    /// Prepared, and held until somebody lets it through.
    ByHand,
    /// Not at all, not even in answer to the peer's FIN.
    Never,
}

/// By what TCP is ended after the closing handshake.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TcpBy {
    /// In order.
    #[default]
    Fin,
    /// By a reset.
    Rst,
}

/// What follows when the peer breaks a MUST.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnViolation {
    /// Fail the connection as §7.1.7 says; decoding and showing go on.
    #[default]
    Fail,
    /// Only note it.
    Note,
}

/// How this end behaves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Behaviour {
    /// Answer to a Close.
    pub on_close: OnClose,
    /// When that answer goes out.
    pub close_when: When,
    /// Answer to a Ping.
    pub on_ping: OnPing,
    /// End of TCP after the closing handshake.
    pub tcp_end: TcpEnd,
    /// By what TCP is ended then.
    pub tcp_by: TcpBy,
    /// A text message that goes out before the answer to a Close.
    pub before_close: Option<String>,
    /// Everything that this end sends goes so many nanoseconds later, in order.
    pub delay: Time,
    /// Whether anything is read; else the peer's sends pile up.
    pub reading: bool,
    /// Answer each data message with the same.
    pub echo: bool,
    /// Send each data message on to every open connection, this one included.
    pub to_all: bool,
    /// What a broken MUST of the peer leads to.
    pub on_violation: OnViolation,
}

impl Default for Behaviour {
    fn default() -> Behaviour {
        Behaviour {
            on_close: OnClose::default(),
            close_when: When::AtOnce,
            on_ping: OnPing::Reply(When::AtOnce),
            tcp_end: TcpEnd::Auto,
            tcp_by: TcpBy::Fin,
            before_close: None,
            delay: 0,
            reading: true,
            echo: false,
            to_all: false,
            on_violation: OnViolation::Fail,
        }
    }
}

/// How long a client waits for the server to end TCP first.
pub const CLIENT_TCP_LIMIT: Time = 10 * super::SECOND;
