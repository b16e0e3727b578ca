//! What the endpoint does with the peer's frames: collect, echo, answer, fail.

use super::queue::Item;
use super::{Connection, Event, FAILED_LIMIT, Timer};
use crate::protocol::action::Action;
use crate::protocol::behaviour::{
    CLIENT_TCP_LIMIT, OnClose, OnPing, OnViolation, TcpBy, TcpEnd, When,
};
use crate::protocol::close::{self, CloseBody, StatusCode};
use crate::protocol::half::{Done, FrameDone};
use crate::protocol::header::{Header, write_frame};
use crate::protocol::opening_handshake::MAX_HEAD;
use crate::protocol::violation::{Rule, Violation};
use crate::protocol::{Opcode, Role, Time};

impl Connection {
    /// A piece of a head or frame that is not whole: some faults need no more.
    pub(super) fn on_piece(&mut self, now: Time) {
        if let Some(head) = self.incoming.head_octets() {
            let head_len = self.incoming.head_len();
            if head_len.is_none() && head.len() > MAX_HEAD {
                self.head_too_long(now);
            } else if head_len.is_some_and(|len| head.len() - len > MAX_HEAD)
                && let Some(Done::Head(done)) = self.incoming.finish()
            {
                self.on_head(*done, now); // the rest of the body is not waited for
            }
            return;
        }
        if self.facts.end(self.role.peer()).close.is_some() {
            return; // as on_frame: what comes behind a Close is discarded
        }
        let fault = first_must(self.incoming.violations());
        let pending = self.incoming.pending_frame().map(|(header, _)| *header);
        if let Some(header) = pending {
            self.judge(&header, fault, now);
        }
    }

    /// Judges the header, then the length, then the payload, in the order in
    /// which they come whatever the reads. `false` once the connection failed.
    fn judge(&mut self, header: &Header, fault: Option<Rule>, now: Time) -> bool {
        let (payload, header_fault) = match fault {
            Some(Rule::TextNotUtf8 | Rule::DeflateDataInvalid) => (fault, None),
            _ => (None, fault),
        };
        if let Some(rule) = header_fault {
            self.fail(rule, now);
        }
        if !self.failed {
            self.take_chunk(header, now);
        }
        if let Some(rule) = payload {
            self.fail(rule, now);
        }
        !self.failed
    }

    /// Collects a data message's octets, and watches its size.
    pub(super) fn take_chunk(&mut self, header: &Header, now: Time) {
        let Some(place) = self.incoming.place() else { return };
        if place.message != self.message_number || place.continues_nothing {
            // What a new message broke off is no message.
            self.message_number = place.message;
            self.message.clear();
            self.message_octets = 0;
            self.collecting = None;
        }
        // What counts is the message, not how small it was made.
        let plain = self.message_octets.saturating_add(header.payload_len);
        if self.incoming.inflated().unwrap_or(plain) > self.settings.max_message {
            return self.fail(Rule::MessageTooBig, now);
        }
        let behaviour = &self.settings.behaviour;
        if *self.collecting.get_or_insert(behaviour.echo || behaviour.to_all) {
            self.message.append_chunk(&mut self.incoming);
        }
    }

    pub(super) fn on_frame(&mut self, frame: &FrameDone, now: Time) {
        let peer = self.role.peer();
        if self.facts.end(peer).close.is_some() {
            self.facts.frame_after_close(peer, now);
            return; // §1.4: what comes behind a Close is discarded
        }
        let header = &frame.header;
        let fault = first_must(&frame.violations);
        if header.opcode == Opcode::CLOSE {
            self.facts.close_frame(peer, CloseBody::parse(self.incoming.control()), fault, now);
        }
        if !self.judge(header, fault, now) {
            return;
        }
        match header.opcode {
            Opcode::CLOSE => self.on_close(now),
            Opcode::PING => self.on_ping(now),
            opcode if opcode.is_control() => {}
            _ => {
                self.message_octets = self.message_octets.saturating_add(header.payload_len);
                if header.fin {
                    self.on_message(frame, now);
                }
            }
        }
    }

    fn on_message(&mut self, frame: &FrameDone, now: Time) {
        let kind = frame.place.map_or(Opcode::BINARY, |p| p.kind);
        self.message_octets = 0;
        let closing = self.facts.end(self.role).close.is_some() || self.fin_queued;
        let whole = matches!(kind, Opcode::TEXT | Opcode::BINARY)
            && !matches!(frame.inflated, Some(Err(_)));
        let collected = self.collecting.take().unwrap_or_default() && whole;
        let mut message = if collected { self.message.take() } else { Vec::new() };
        if collected && self.settings.behaviour.to_all {
            self.events.push_back(Event::Message(kind, message.clone()));
        } else if collected && !closing {
            message = self.put_message(kind, message, now);
        }
        self.message.reuse(message);
    }

    fn on_ping(&mut self, now: Time) {
        let pong = Action::Frame(Opcode::PONG, self.incoming.control().to_vec());
        match self.settings.behaviour.on_ping {
            OnPing::Never => {}
            OnPing::Reply(When::AtOnce) => self.put(Item::Answer(pong), now),
            OnPing::Reply(When::After(delay)) => {
                self.timers.push((now.saturating_add(delay), Timer::Pong(pong)));
            }
            OnPing::Reply(When::ByHand) => self.put_by_hand(Item::Answer(pong), now),
        }
    }

    pub(super) fn on_close(&mut self, now: Time) {
        if self.facts.end(self.role).close.is_some() || self.ending {
            return self.after_close(now);
        }
        let body = self.incoming.control().to_vec();
        let action = match &self.settings.behaviour.on_close {
            OnClose::Never => return,
            OnClose::Fin => Action::Fin,
            OnClose::Rst => Action::Rst,
            OnClose::Empty => Action::CloseEmpty,
            OnClose::Code(code, reason) => Action::Close(*code, reason.clone().into_bytes()),
            OnClose::Same => match CloseBody::parse(&body) {
                CloseBody::Code(code, reason) => Action::Close(code, reason.to_vec()),
                CloseBody::Empty | CloseBody::OneOctet(_) => Action::CloseEmpty,
            },
        };
        match self.settings.behaviour.close_when {
            When::AtOnce => self.answer_close(action, false, now),
            When::After(delay) => {
                self.timers.push((now.saturating_add(delay), Timer::Answer(action)));
            }
            When::ByHand => self.answer_close(action, true, now),
        }
    }

    /// Answers the peer's Close; before a Close, the message of the behaviour.
    pub(super) fn answer_close(&mut self, action: Action, by_hand: bool, now: Time) {
        let text = self.settings.behaviour.before_close.as_deref().map(Action::text);
        for action in text.filter(|_| action.writes()).into_iter().chain([action]) {
            match by_hand {
                true => self.put_by_hand(Item::Answer(action), now),
                false => self.put(Item::Answer(action), now),
            }
        }
    }

    /// A Close among the automatic answers; then perhaps the end of TCP.
    pub(super) fn send_close(&mut self, code_reason: Option<(StatusCode, &[u8])>, now: Time) {
        let body = code_reason.map_or_else(Vec::new, |(code, reason)| close::body(code, reason));
        let header = self.header(Opcode::CLOSE, body.len());
        write_frame(&header, &body, &mut self.answers);
        self.facts.close_frame(self.role, CloseBody::parse(&body), None, now);
        self.after_close(now);
    }

    /// Ends TCP as the behaviour says, once a Close went each way.
    pub(super) fn after_close(&mut self, now: Time) {
        if !self.facts.both_closes() || self.fin_queued {
            return;
        }
        let tcp_end = if self.ending { TcpEnd::After(0) } else { self.settings.behaviour.tcp_end };
        match (tcp_end, self.role) {
            (TcpEnd::Auto, Role::Server) | (TcpEnd::After(0), _) => self.end_tcp(now),
            (TcpEnd::Auto, Role::Client) => {
                self.timers.push((now + CLIENT_TCP_LIMIT, Timer::EndTcp));
            }
            (TcpEnd::After(delay), _) => {
                self.timers.push((now.saturating_add(delay), Timer::EndTcp));
            }
            (TcpEnd::ByHand, _) => self.hold_tcp_end(now),
            (TcpEnd::Never, _) => {}
        }
    }

    /// _Fail the WebSocket Connection_ (§7.1.7), if the behaviour says so.
    pub(super) fn fail(&mut self, rule: Rule, now: Time) {
        let noted = self.settings.behaviour.on_violation == OnViolation::Note;
        if self.failed || (noted && rule != Rule::MessageTooBig) {
            return;
        }
        if self.facts.end(self.role.peer()).close.is_none() {
            self.facts.fault(self.role.peer(), rule, now);
        }
        let code = StatusCode(rule.status_code());
        self.put(Item::Answer(Action::Close(code, Vec::new())), now);
        self.failed = true;
        self.message.clear();
        self.script.clear();
        self.script_resumes = None;
        self.queue.retain(|waiting| !waiting.by_hand);
        match self.settings.behaviour.tcp_end {
            // A peer that broke a rule may not hold the socket for ever.
            TcpEnd::Auto => self.fin_with_limit(FAILED_LIMIT, now),
            TcpEnd::After(delay) => self.timers.push((now.saturating_add(delay), Timer::EndTcp)),
            TcpEnd::ByHand => self.hold_tcp_end(now),
            TcpEnd::Never => {}
        }
    }

    /// The end of TCP waits for somebody to let it through.
    pub(super) fn hold_tcp_end(&mut self, now: Time) {
        let action = match self.settings.behaviour.tcp_by {
            TcpBy::Fin => Action::Fin,
            TcpBy::Rst => Action::Rst,
        };
        self.put_by_hand(Item::Answer(action), now);
    }
}

/// The first violation that the other end has to fail the connection for.
fn first_must(violations: &[Violation]) -> Option<Rule> {
    violations.iter().map(|v| v.rule).find(|rule| rule.fails())
}
