//! What one end of a lesson does in a step.

use crate::protocol::behaviour::{OnClose, OnPing, OnViolation, TcpBy, TcpEnd, When};
use crate::protocol::{Action, Behaviour};

/// What an end does in a step: first it is changed, then it acts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Act {
    /// What changes in its behaviour.
    pub change: Change,
    /// What it puts on the wire.
    pub actions: Vec<Action>,
    /// Its oldest held answer is let through.
    pub release: bool,
}

impl Act {
    /// Whether the end does nothing.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Act::default()
    }
}

/// What changes in a behaviour; `None` stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Change {
    /// Answer to a Close.
    pub on_close: Option<OnClose>,
    /// When that answer goes out.
    pub close_when: Option<When>,
    /// Answer to a Ping.
    pub on_ping: Option<OnPing>,
    /// End of TCP after the closing handshake.
    pub tcp_end: Option<TcpEnd>,
    /// By what TCP is ended then.
    pub tcp_by: Option<TcpBy>,
    /// A text message before the answer to a Close.
    pub before_close: Option<String>,
    /// Whether anything is read.
    pub reading: Option<bool>,
    /// Answer each data message with the same.
    pub echo: Option<bool>,
    /// What a broken MUST of the peer leads to.
    pub on_violation: Option<OnViolation>,
}

impl Change {
    /// Makes the change.
    pub fn apply(&self, behaviour: &mut Behaviour) {
        fn set<T: Clone>(to: &mut T, from: Option<&T>) {
            if let Some(from) = from {
                to.clone_from(from);
            }
        }
        set(&mut behaviour.on_close, self.on_close.as_ref());
        set(&mut behaviour.close_when, self.close_when.as_ref());
        set(&mut behaviour.on_ping, self.on_ping.as_ref());
        set(&mut behaviour.tcp_end, self.tcp_end.as_ref());
        set(&mut behaviour.tcp_by, self.tcp_by.as_ref());
        if self.before_close.is_some() {
            behaviour.before_close.clone_from(&self.before_close);
        }
        set(&mut behaviour.reading, self.reading.as_ref());
        set(&mut behaviour.echo, self.echo.as_ref());
        set(&mut behaviour.on_violation, self.on_violation.as_ref());
    }

    /// Whether nothing changes but whether the end reads.
    #[must_use]
    pub fn is_reading_only(&self) -> bool {
        *self == Change { reading: self.reading, ..Change::default() }
    }
}
