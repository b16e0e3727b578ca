//! The endpoint's opening handshake: what it accepts, refuses and gives up on.

use super::{Connection, Event, Problem, REFUSED_LIMIT, Timer};
use crate::protocol::behaviour::OnViolation;
use crate::protocol::half::HeadDone;
use crate::protocol::opening_handshake::{self, Head, MAX_HEAD};
use crate::protocol::{Role, Time};

use super::Output;

impl Connection {
    pub(super) fn on_open_timeout(&mut self, now: Time) {
        self.problem(Problem::OpenTimeout(self.settings.open_timeout));
        self.refuse(
            (self.role == Role::Server).then_some((408, "no request within the limit\n")),
            now,
        );
    }

    /// Ends TCP before the connection was open, with an HTTP answer or without.
    pub(super) fn refuse(&mut self, answer: Option<(u16, &str)>, now: Time) {
        self.failed = true;
        if let Some((status, body)) = answer {
            self.outputs.push_back(Output::Write(opening_handshake::write_refusal(status, body)));
        }
        self.script.clear();
        self.timers.clear();
        self.fin(now);
        self.timers.push((now + REFUSED_LIMIT, Timer::GiveUp));
    }

    pub(super) fn on_head(&mut self, done: HeadDone, now: Time) {
        if done.head_len > MAX_HEAD {
            return self.head_too_long(now);
        }
        let head = match done.head {
            Ok(head) => head,
            Err(error) => {
                self.problem(Problem::NotHttp(error.clone()));
                let body = format!("this is not an HTTP/1.1 request: {error}\n");
                return self.refuse((self.role == Role::Server).then_some((400, &body)), now);
            }
        };
        match self.role {
            Role::Server => self.on_request(head, now),
            Role::Client => self.on_response(&head, now),
        }
    }

    pub(super) fn head_too_long(&mut self, now: Time) {
        self.problem(Problem::HeadTooLong);
        self.refuse((self.role == Role::Server).then_some((431, "the head is too long\n")), now);
    }

    pub(super) fn on_request(&mut self, head: Head, now: Time) {
        let broken = opening_handshake::judge_request(&head);
        let status = opening_handshake::refusal_status(&broken);
        self.request = Some(head);
        if let Some(status) = status {
            let ids: Vec<&str> = broken.iter().map(|r| r.id()).collect();
            let body = format!("this is a WebSocket server (RFC 6455): {}\n", ids.join(", "));
            self.problem(Problem::Rules(broken));
            return self.refuse(Some((status, &body)), now);
        }
        let Some(request) = &self.request else { return };
        let accept = opening_handshake::write_accept(&self.settings.response, request);
        self.outputs.push_back(Output::Write(accept));
        self.open(now);
    }

    pub(super) fn on_response(&mut self, head: &Head, now: Time) {
        let status = head.status().unwrap_or_default();
        if (100..200).contains(&status) && status != 101 {
            return; // an interim response; the real one follows
        }
        if status != 101 {
            self.problem(Problem::Status(status));
            return self.refuse(None, now);
        }
        let broken = opening_handshake::judge_response(self.request.as_ref(), head);
        if !broken.is_empty() {
            self.problem(Problem::Rules(broken));
            if self.settings.behaviour.on_violation == OnViolation::Fail {
                return self.refuse(None, now);
            }
        }
        self.open(now);
    }

    pub(super) fn open(&mut self, now: Time) {
        self.timers.retain(|(_, timer)| *timer != Timer::Open);
        self.facts.opened(now);
        self.events.push_back(Event::Opened);
        self.script.extend(self.settings.after_open.iter().cloned());
        self.run_script(now);
    }
}
