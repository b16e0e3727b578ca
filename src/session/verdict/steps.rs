//! The ending step by step: who did what, and how long after the step before.

use crate::protocol::closing_handshake::{ClosingHandshake, Moment, TcpEvent};
use crate::protocol::{Role, Rule, StatusCode, Time};

/// What an end did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// Broke a rule for which the other end has to fail the connection.
    Fault(Rule),
    /// Sent the first Close.
    Close(Option<StatusCode>),
    /// Sent the second Close.
    Answer {
        /// Its code.
        code: Option<StatusCode>,
        /// It is the far end's and says something else: it may as well have
        /// crossed the first, which one end alone cannot tell.
        may_cross: bool,
    },
    /// Sent a frame behind its Close.
    FrameAfterClose,
    /// Ended its direction of TCP.
    Tcp(TcpEvent),
}

/// One step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// Who.
    pub by: Role,
    /// What.
    pub what: What,
    /// When.
    pub time: Time,
    /// Nanoseconds since the step before; 0 for the first.
    pub after: Time,
}

/// The steps of an ending, in order; `ours` is the observed end.
#[must_use]
pub fn steps(facts: &ClosingHandshake, ours: Option<Role>) -> Vec<Step> {
    let initiator = facts.initiator();
    let mut found: Vec<(Moment, Role, What)> = Vec::new();
    for by in Role::BOTH {
        let end = facts.end(by);
        if let Some((rule, moment)) = end.fault {
            found.push((moment, by, What::Fault(rule)));
        }
        if let Some(close) = &end.close {
            let what = if initiator == Some(by) {
                What::Close(close.code)
            } else {
                let first = facts.end(by.peer()).close.as_ref();
                let same =
                    first.is_some_and(|f| (f.code, &f.reason) == (close.code, &close.reason));
                What::Answer { code: close.code, may_cross: !same && ours != Some(by) }
            };
            found.push((close.moment, by, what));
            if let Some(rule) = close.fault {
                found.push((close.moment, by, What::Fault(rule)));
            }
        }
        if let Some(moment) = end.frame_after_close {
            found.push((moment, by, What::FrameAfterClose));
        }
        if let Some(fin) = end.fin {
            found.push((fin, by, What::Tcp(TcpEvent::Fin)));
        }
        if let Some((event, moment)) = end.tcp.filter(|(event, _)| *event != TcpEvent::Fin) {
            found.push((moment, by, What::Tcp(event)));
        }
    }
    // A stable sort: what is wrong with a Close stands behind it.
    found.sort_by_key(|(moment, ..)| moment.order);
    let mut before = None;
    found
        .into_iter()
        .map(|(Moment { time, .. }, by, what)| {
            let after = time.saturating_sub(before.replace(time).unwrap_or(time));
            Step { by, what, time, after }
        })
        .collect()
}

/// How long the ending took, once there are two steps.
#[must_use]
pub fn total(steps: &[Step]) -> Option<Time> {
    let [first, .., last] = steps else { return None };
    Some(last.time.saturating_sub(first.time))
}
