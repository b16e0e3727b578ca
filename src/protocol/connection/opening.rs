//! The endpoint's opening handshake: what it accepts, refuses and gives up on.

use super::queue::Item;
use super::{Connection, Event, Output, Problem, REFUSED_LIMIT, Timer, compression};
use crate::protocol::behaviour::OnViolation;
use crate::protocol::deflate::negotiation;
use crate::protocol::half::HeadDone;
use crate::protocol::opening_handshake::{
    Answer, Head, MAX_HEAD, ResponseParts, client_refuses, judge_request, judge_response,
    refusal_status, write_accept, write_refusal,
};
use crate::protocol::{Role, Time};

impl Connection {
    pub(super) fn on_open_timeout(&mut self, now: Time) {
        self.problem(Problem::OpenTimeout(self.settings.open_timeout));
        self.refuse(408, "no request within the limit\n", now);
    }

    /// Ends TCP before the connection was open; a server says why.
    fn refuse(&mut self, status: u16, body: &str, now: Time) {
        if self.role == Role::Server {
            self.put(Item::Head(write_refusal(status, body, &[])), now);
        }
        self.give_up(now);
    }

    fn give_up(&mut self, now: Time) {
        self.failed = true;
        self.script.clear();
        self.timers.clear();
        self.fin_with_limit(REFUSED_LIMIT, now);
    }

    pub(super) fn on_head(&mut self, done: HeadDone, now: Time) {
        if done.head_len > MAX_HEAD {
            return self.head_too_long(now);
        }
        match (done.head, self.role) {
            (Ok(head), Role::Server) => self.on_request(head, now),
            (Ok(head), Role::Client) => self.on_response(&head, now),
            (Err(error), _) => {
                self.problem(Problem::NotHttp(error.clone()));
                self.refuse(400, &format!("this is not an HTTP/1.1 request: {error}\n"), now);
            }
        }
    }

    pub(super) fn head_too_long(&mut self, now: Time) {
        self.problem(Problem::HeadTooLong);
        self.refuse(431, "the head is too long\n", now);
    }

    fn on_request(&mut self, head: Head, now: Time) {
        // It came in time; how long the answer takes is for the client to limit.
        self.timers.retain(|(_, timer)| *timer != Timer::Open);
        self.request = Some(head);
        let ResponseParts { answer, delay, .. } = &self.settings.response;
        if *answer == Answer::Never {
            self.early = Some(Vec::new());
        } else if *delay > 0 {
            self.timers.push((now.saturating_add(*delay), Timer::Respond));
            self.early = Some(Vec::new());
        } else {
            self.respond(now);
        }
    }

    /// Answers the request.
    pub(super) fn respond(&mut self, now: Time) {
        let early = self.early.take().unwrap_or_default();
        let Some(request) = &self.request else { return };
        let broken = judge_request(request);
        let noted = self.settings.behaviour.on_violation == OnViolation::Note;
        // Without an Upgrade it is no request for WebSocket at all.
        let taken = noted && request.asks_upgrade();
        if let Some(status) = refusal_status(&broken) {
            let ids: Vec<&str> = broken.iter().map(|r| r.id()).collect();
            let body = format!("this is a WebSocket server (RFC 6455): {}\n", ids.join(", "));
            self.problem(Problem::Rules(broken));
            if !taken {
                return self.refuse(status, &body, now);
            }
        }
        let Some(request) = &self.request else { return };
        let parts = &self.settings.response;
        if let Answer::Refuse { status, body } = &parts.answer {
            let refusal = write_refusal(*status, body, &parts.headers);
            self.put(Item::Head(refusal), now);
            return self.give_up(now);
        }
        let parts = compression::answering(&self.settings, request);
        let accept = write_accept(&parts, request);
        self.early = Some(early);
        self.put(Item::Accept(accept), now);
    }

    /// The 101 goes; then this end takes what came behind the request.
    pub(super) fn accept(&mut self, accept: Vec<u8>, now: Time) {
        if let Ok(response) = Head::parse(Role::Server, &accept) {
            self.agree_deflate(&response);
        }
        self.outputs.push_back(Output::Write(accept));
        let key = self.request.as_ref().and_then(|request| request.get("Sec-WebSocket-Key"));
        if key.is_none() {
            self.problem(Problem::NoKey);
        }
        self.open(now);
        let early = self.early.take().unwrap_or_default();
        self.receive(&early, now);
    }

    fn on_response(&mut self, head: &Head, now: Time) {
        let status = head.status().unwrap_or_default();
        if (100..200).contains(&status) && status != 101 {
            return; // an interim response; the real one follows
        }
        if status != 101 {
            self.problem(Problem::Status(status));
            return self.give_up(now);
        }
        let mut broken = judge_response(self.request.as_ref(), head);
        let outcome = negotiation::outcome(self.request.as_ref(), head);
        broken.extend(negotiation::judge_response(&outcome));
        if client_refuses(&broken).is_some() {
            self.problem(Problem::Rules(broken));
            if self.settings.behaviour.on_violation == OnViolation::Fail {
                return self.give_up(now);
            }
        }
        self.agree_deflate(head);
        self.open(now);
    }

    fn open(&mut self, now: Time) {
        self.timers.retain(|(_, timer)| *timer != Timer::Open);
        self.facts.opened(now);
        self.events.push_back(Event::Opened);
        self.script.extend(self.settings.after_open.iter().cloned());
        self.run_script(now);
    }
}
