//! Which Ping a Pong answers (RFC 6455 §5.5.2, §5.5.3), in both directions.

use crate::protocol::violation::{Rule, Violation};
use crate::protocol::{Role, Time};
use std::collections::VecDeque;

/// Pings of one end that are remembered.
const REMEMBERED: usize = 64;

#[derive(Debug)]
struct Ping {
    payload: Vec<u8>,
    time: Time,
    /// A Pong with its payload came, which an earlier Ping took.
    answered: bool,
}

/// The Pings that wait for a Pong.
#[derive(Debug, Default)]
pub struct Heartbeat {
    waiting: [VecDeque<Ping>; 2],
}

impl Heartbeat {
    /// A Ping of `from`.
    pub fn ping(&mut self, from: Role, payload: &[u8], time: Time) {
        let waiting = &mut self.waiting[from.index()];
        if waiting.len() == REMEMBERED {
            waiting.pop_front();
        }
        waiting.push_back(Ping { payload: payload.to_vec(), time, answered: false });
    }

    /// A Pong of `from`: how long after its Ping. An answer to the newest is
    /// enough, so the Pings before it wait no longer. Among Pings that are alike,
    /// the oldest takes it; the others may still be answered, and need not be.
    pub fn pong(&mut self, from: Role, payload: &[u8], time: Time) -> Result<Time, Violation> {
        let waiting = &mut self.waiting[from.peer().index()];
        match waiting.iter().position(|ping| ping.payload == payload) {
            Some(at) => {
                let alike = waiting.iter_mut().filter(|ping| ping.payload == payload);
                alike.for_each(|ping| ping.answered = true);
                let since = waiting.drain(..=at).next_back().map_or(time, |ping| ping.time);
                Ok(time.saturating_sub(since))
            }
            None => Err(Violation::new(Rule::PongUnsolicited, from)),
        }
    }

    /// Since when the oldest Ping of `from` waits.
    #[must_use]
    pub fn waits_since(&self, from: Role) -> Option<Time> {
        self.waiting[from.index()].iter().find(|ping| !ping.answered).map(|ping| ping.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_the_newest_is_enough() {
        let mut heartbeat = Heartbeat::default();
        heartbeat.ping(Role::Server, b"a", 1);
        heartbeat.ping(Role::Server, b"b", 2);
        assert_eq!(heartbeat.waits_since(Role::Server), Some(1));
        assert_eq!(heartbeat.pong(Role::Client, b"b", 5), Ok(3));
        assert_eq!(heartbeat.waits_since(Role::Server), None);
        assert!(heartbeat.pong(Role::Client, b"a", 6).is_err());
    }

    #[test]
    fn pings_that_are_alike_may_each_be_answered() {
        let mut heartbeat = Heartbeat::default();
        heartbeat.ping(Role::Server, b"", 1);
        heartbeat.ping(Role::Server, b"", 2);
        assert_eq!(heartbeat.pong(Role::Client, b"", 5), Ok(4));
        assert_eq!(heartbeat.waits_since(Role::Server), None);
        assert_eq!(heartbeat.pong(Role::Client, b"", 6), Ok(4));
        assert!(heartbeat.pong(Role::Client, b"", 7).is_err());
        heartbeat.ping(Role::Server, b"", 8);
        assert_eq!(heartbeat.waits_since(Role::Server), Some(8));
    }

    #[test]
    fn a_pong_answers_the_other_ends_ping_only() {
        let mut heartbeat = Heartbeat::default();
        heartbeat.ping(Role::Server, b"", 1);
        assert!(heartbeat.pong(Role::Server, b"", 2).is_err());
        assert!(heartbeat.pong(Role::Client, b"", 2).is_ok());
    }
}
