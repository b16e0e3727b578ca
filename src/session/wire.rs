//! Both directions of one connection as an observer decodes them.

use super::heartbeat::Heartbeat;
use super::log::Piece;
use crate::protocol::behaviour::CLIENT_TCP_LIMIT;
use crate::protocol::closing_handshake::{ClosingHandshake, TcpEvent};
use crate::protocol::deflate::{Parameters, negotiation};
use crate::protocol::half::{Done, FrameDone, Gap, Half, HeadDone};
use crate::protocol::opening_handshake::{self, Head, MAX_HEAD};
use crate::protocol::violation::{Rule, Violation};
use crate::protocol::{CloseBody, Opcode, Role, StatusCode, Time};

/// Octets to which an observer inflates a message in order to judge it. A longer one
/// is judged so far; those behind it that refer to it are not.
pub const INFLATE_LIMIT: u64 = 256 << 20;

/// A window is kept after so many octets of compressed messages, as sent and inflated:
/// what has to be inflated again to show one of them, at most.
const WINDOW_AFTER: [u64; 2] = [256 << 10, 1 << 20];

/// The message that is arriving in one direction.
#[derive(Clone, Copy, Debug, Default)]
struct Arriving {
    octets: u64,
    unfinished: bool,
    bad_text: bool,
}

/// The decoding state of one connection; dropped when the connection is over.
#[derive(Debug)]
pub struct Wire {
    halves: [Half; 2],
    request: Option<Head>,
    /// Whether the response was a 101, once it came.
    response: Option<bool>,
    /// That the client did not wait for it was told.
    hurry_told: bool,
    heartbeat: Heartbeat,
    messages: [Arriving; 2],
    /// Octets of compressed messages since a window was kept, as sent and inflated.
    since_window: [[u64; 2]; 2],
    /// Of whom octets are missing, so that what was left undone is not known.
    gaps: [bool; 2],
    /// Where the octets of the head or frame in progress are.
    pub(super) pieces: [Vec<Piece>; 2],
}

/// A head with what is wrong with it.
#[derive(Debug)]
pub struct JudgedHead {
    /// The head.
    pub done: HeadDone,
    /// What is wrong with it.
    pub violations: Vec<Violation>,
    /// It is a 101 that names none of the subprotocols offered, as it may (§4.2.2).
    pub subprotocol_ignored: bool,
    /// It is a 101 that agrees to permessage-deflate.
    pub deflate: Option<Parameters>,
}

/// A frame with what a Close says.
#[derive(Debug)]
pub struct JudgedFrame {
    /// The frame.
    pub done: FrameDone,
    /// The status code of a Close.
    pub status: Option<StatusCode>,
}

/// What one step completed.
#[derive(Debug)]
pub enum Completed {
    /// A head.
    Head(Box<JudgedHead>),
    /// A frame.
    Frame(JudgedFrame),
}

impl Default for Wire {
    fn default() -> Wire {
        Wire {
            halves: Role::BOTH.map(|role| Half::new(role, false)),
            request: None,
            response: None,
            hurry_told: false,
            heartbeat: Heartbeat::default(),
            messages: [Arriving::default(); 2],
            since_window: [[0; 2]; 2],
            gaps: [false; 2],
            pieces: [Vec::new(), Vec::new()],
        }
    }
}

/// What a gap came to.
#[derive(Debug)]
pub struct AfterGap {
    /// Frames go on behind it: it lay within a payload.
    pub in_frame: bool,
    /// What it completed, or cut off.
    pub done: Option<Completed>,
}

impl Wire {
    /// A connection whose opening handshake was not captured. Whether
    /// permessage-deflate was agreed is not known: RSV1 may mean "compressed".
    #[must_use]
    pub fn midway() -> Wire {
        let mut halves = Role::BOTH.map(Half::midway);
        for half in &mut halves {
            // Perhaps it was agreed; what messages refer to came before the beginning.
            half.agree_deflate(&Parameters::default(), INFLATE_LIMIT);
            half.lose_context();
        }
        // Pings before its beginning may wait for a Pong.
        Wire { halves, response: Some(true), gaps: [true; 2], ..Wire::default() }
    }

    /// The request was not captured: the client's frames come next.
    pub fn without_request(&mut self) {
        self.halves[Role::Client.index()] = Half::frames(Role::Client);
    }

    /// Whether octets of `from` are missing.
    #[must_use]
    pub fn has_gap(&self, from: Role) -> bool {
        self.gaps[from.index()]
    }

    /// Octets of `from` that a capture lacks.
    pub fn gap(
        &mut self,
        facts: &mut ClosingHandshake,
        from: Role,
        octets: u64,
        now: Time,
    ) -> AfterGap {
        self.gaps[from.index()] = true;
        // What is missing may be a response that agrees to the request's offer.
        if from == Role::Server
            && self.response.is_none()
            && self.request.as_ref().is_some_and(negotiation::is_offered)
        {
            let client = &mut self.halves[Role::Client.index()];
            client.agree_deflate(&Parameters::default(), INFLATE_LIMIT);
        }
        let (in_frame, done) = match self.halves[from.index()].gap(octets) {
            Gap::InFrame(done) => (true, done),
            Gap::Lost(done) => (false, done),
        };
        let mut done = done.map(|done| self.judge(facts, from, done, now));
        if let Some(Completed::Head(head)) = &mut done {
            head.violations.clear(); // its end may be all that it should be
        }
        AfterGap { in_frame, done }
    }

    /// The request, once it came.
    #[must_use]
    pub fn request(&self) -> Option<&Head> {
        self.request.as_ref()
    }

    /// Since when the oldest Ping of `from` waits for a Pong.
    #[must_use]
    pub fn ping_waits_since(&self, from: Role) -> Option<Time> {
        self.heartbeat.waits_since(from)
    }

    /// Octets from `from` of a head or frame that is not whole yet.
    #[must_use]
    pub fn pending(&self, from: Role) -> &Half {
        &self.halves[from.index()]
    }

    /// The window that is to be kept now, behind the frame that `from` just completed.
    pub fn checkpoint(&mut self, from: Role) -> Option<&[u8]> {
        let since = &mut self.since_window[from.index()];
        if since.iter().zip(WINDOW_AFTER).all(|(octets, limit)| *octets < limit) {
            return None;
        }
        let window = self.halves[from.index()].inflate_window()?;
        *since = [0; 2];
        Some(window)
    }

    /// Takes octets of `from` up to the end of a head or frame; says how many.
    #[inline]
    pub fn step(
        &mut self,
        facts: &mut ClosingHandshake,
        from: Role,
        octets: &[u8],
        now: Time,
    ) -> (usize, Option<Completed>) {
        let step = self.halves[from.index()].step(octets);
        (step.consumed, step.done.map(|done| self.judge(facts, from, done, now)))
    }

    /// `from` sends no more: what was begun is cut off.
    pub fn finish(
        &mut self,
        facts: &mut ClosingHandshake,
        from: Role,
        now: Time,
    ) -> Option<Completed> {
        let done = self.halves[from.index()].finish()?;
        Some(self.judge(facts, from, done, now))
    }

    #[inline]
    fn judge(
        &mut self,
        facts: &mut ClosingHandshake,
        from: Role,
        done: Done,
        now: Time,
    ) -> Completed {
        match done {
            Done::Head(done) => Completed::Head(Box::new(self.judge_head(facts, from, *done, now))),
            Done::Frame(done) => Completed::Frame(self.judge_frame(facts, from, done, now)),
        }
    }

    fn judge_head(
        &mut self,
        facts: &mut ClosingHandshake,
        from: Role,
        done: HeadDone,
        now: Time,
    ) -> JudgedHead {
        let mut rules = match (&done.head, from) {
            _ if done.head_len > MAX_HEAD => vec![Rule::HeadTooLong],
            (Err(_), _) => vec![Rule::HeadNotHttp],
            (Ok(head), Role::Client) => opening_handshake::judge_request(head),
            (Ok(head), Role::Server) => {
                opening_handshake::judge_response(self.request.as_ref(), head)
            }
        };
        self.response = match (from, done.head.as_ref().ok().and_then(Head::status)) {
            (Role::Client, _) => None,
            (Role::Server, Some(status @ 100..=199)) if status != 101 => self.response,
            (Role::Server, status) => Some(status == Some(101)),
        };
        // A client that has asked for nothing yet will begin with a head.
        if self.response == Some(true) && self.request.is_some() {
            self.halves[Role::Client.index()].turn_to_frames();
        }
        let mut deflate = None;
        match (&done.head, from) {
            (Ok(head), Role::Client) => rules.extend(negotiation::judge_request(head)),
            (Ok(head), Role::Server) if head.status() == Some(101) => {
                let outcome = negotiation::outcome(self.request.as_ref(), head);
                rules.extend(negotiation::judge_response(&outcome));
                deflate = outcome.agreed();
            }
            _ => {}
        }
        if let Some(agreed) = &deflate {
            self.halves.iter_mut().for_each(|half| half.agree_deflate(agreed, INFLATE_LIMIT));
        }
        let mut subprotocol_ignored = false;
        if let Ok(head) = &done.head {
            let names = |head: &Head| head.elements("Sec-WebSocket-Protocol").next().is_some();
            subprotocol_ignored = head.status() == Some(101)
                && self.request.as_ref().is_some_and(names)
                && !names(head);
            match head.status() {
                None => self.request = Some(head.clone()),
                Some(101) if opening_handshake::client_refuses(&rules).is_none() => {
                    facts.opened(now);
                }
                // An interim response is no refusal, and breaks nothing.
                Some(100..=199) => rules.retain(|r| *r != Rule::ResponseStatus),
                Some(_) => self.halves[Role::Client.index()].back_to_http(),
            }
        }
        let violations = rules.into_iter().map(|rule| Violation::new(rule, from)).collect();
        JudgedHead { done, violations, subprotocol_ignored, deflate }
    }

    #[inline]
    fn judge_frame(
        &mut self,
        facts: &mut ClosingHandshake,
        from: Role,
        mut done: FrameDone,
        now: Time,
    ) -> JudgedFrame {
        match self.response {
            // What is missing may have been the response.
            None if self.gaps[Role::Server.index()] => {}
            None if from == Role::Client && !std::mem::replace(&mut self.hurry_told, true) => {
                done.violations.push(Violation::new(Rule::FrameBeforeResponse, from));
            }
            // It took a 101 that it need not have taken.
            Some(true) if from == Role::Client && facts.opened_at().is_none() => facts.opened(now),
            _ => {}
        }
        let control = self.halves[from.index()].control();
        let closed = facts.end(from).close.is_some();
        match done.header.opcode {
            // One behind a Close need not be answered.
            Opcode::PING if done.complete && !closed => self.heartbeat.ping(from, control, now),
            Opcode::PONG if done.complete => {
                let unknown = self.heartbeat.pong(from, control, now).err();
                done.violations.extend(unknown.filter(|_| !self.gaps[from.peer().index()]));
            }
            _ => {}
        }
        if self.says_too_big(facts, from, &done) {
            done.violations.push(Violation::new(Rule::MessageTooBig, from.peer()));
        }
        let fault = done.violations.iter().map(|v| v.rule).find(|rule| rule.fails());
        let mut status = None;
        if closed {
            // A control frame counts once it is whole, a data frame with its header.
            let control = done.header.opcode.is_control();
            let seen = done.complete || !control && done.octets >= done.header.octets() as u64;
            if seen {
                facts.frame_after_close(from, now);
            }
        } else {
            self.note_frame(facts, from, &done, now);
            // The other end had all of it, whatever the capture lacks.
            let known = self.halves[from.index()].control().len() >= 2;
            if done.header.opcode == Opcode::CLOSE && (done.complete || done.damaged && known) {
                let body = CloseBody::parse(self.halves[from.index()].control());
                facts.close_frame(from, body, fault, now);
            } else if let Some(rule) = fault {
                facts.fault(from, rule, now);
            }
        }
        if done.header.opcode == Opcode::CLOSE {
            status = CloseBody::parse(self.halves[from.index()].control()).code();
        }
        JudgedFrame { done, status }
    }

    /// Whether this is a Close 1009 that answers no other, of an end that was sent data.
    fn says_too_big(&self, facts: &ClosingHandshake, from: Role, done: &FrameDone) -> bool {
        let code = || CloseBody::parse(self.halves[from.index()].control()).code();
        done.header.opcode == Opcode::CLOSE
            && done.complete
            && Role::BOTH.into_iter().all(|role| facts.end(role).close.is_none())
            && self.halves[from.peer().index()].had_data()
            && code() == Some(StatusCode(Rule::MessageTooBig.status_code()))
    }

    /// What some receivers mind of a frame before the Close, or of the Close.
    fn note_frame(
        &mut self,
        facts: &mut ClosingHandshake,
        from: Role,
        done: &FrameDone,
        now: Time,
    ) {
        let header = &done.header;
        let control = header.opcode.is_control();
        let own = done.violations.iter().filter(|v| v.by == from);
        let rules = own.map(|v| v.rule).filter(|rule| rule.fails());
        facts.broken(from, rules, done.complete, control, now);
        let message = &mut self.messages[from.index()];
        if header.opcode == Opcode::CLOSE {
            if message.unfinished {
                facts.close_inside_message(from);
            }
            return;
        }
        if control || header.opcode.is_reserved() {
            return;
        }
        if header.opcode != Opcode::CONTINUATION {
            *message = Arriving::default();
        }
        message.octets = message.octets.saturating_add(header.payload_len);
        message.unfinished = !header.fin;
        message.bad_text |= done.violations.iter().any(|v| v.rule == Rule::TextNotUtf8);
        let inflated = self.halves[from.index()].inflated();
        facts.message_octets(from, inflated.unwrap_or(message.octets), now);
        if let Some(Ok(inflated)) = done.inflated {
            let since = &mut self.since_window[from.index()];
            since[0] = since[0].saturating_add(message.octets);
            since[1] = since[1].saturating_add(inflated);
        }
        if header.fin && done.complete && message.bad_text {
            facts.bad_message(from, now);
        }
    }

    /// What `from` breaks by ending TCP now.
    #[must_use]
    pub fn judge_tcp(
        facts: &ClosingHandshake,
        from: Role,
        event: TcpEvent,
        now: Time,
    ) -> Vec<Violation> {
        if event == TcpEvent::Lost || facts.end(from).tcp.is_some() {
            return Vec::new();
        }
        let mut broken = Vec::new();
        if owes_answer(facts, from) {
            broken.push(Violation::new(Rule::CloseNotAnswered, from));
        }
        let first = facts.end(from.peer()).tcp.is_none();
        // Who fails the connection need not wait (§7.1.7), nor for ever.
        let server = facts.end(Role::Server);
        let faulty =
            server.fault.is_some() || server.close.as_ref().is_some_and(|c| c.fault.is_some());
        let impatient = first && facts.both_closes() && !faulty && !server_too_late(facts, now);
        if from == Role::Client && impatient {
            broken.push(Violation::new(Rule::ClientEndsTcpFirst, from));
        }
        broken
    }

    /// What was left undone when nothing more comes.
    #[must_use]
    pub fn judge_over(&self, facts: &ClosingHandshake) -> Vec<Violation> {
        let mut broken = Vec::new();
        for role in Role::BOTH {
            // After its own Close an end may answer nothing.
            let closed = facts.end(role).close.as_ref().map(|close| close.moment.time);
            if self.gaps[role.index()] {
                continue;
            }
            let asked = self.heartbeat.waits_since(role.peer());
            if asked.is_some_and(|asked| closed.is_none_or(|closed| asked < closed)) {
                broken.push(Violation::new(Rule::PingUnanswered, role));
            }
            // Who ended TCP without an answer was told so there.
            if owes_answer(facts, role) && facts.end(role).tcp.is_none() {
                broken.push(Violation::new(Rule::CloseNotAnswered, role));
            }
        }
        let late = match facts.end(Role::Server).tcp {
            None => facts.broken_by().is_none(),
            Some((_, moment)) => server_too_late(facts, moment.time),
        };
        if late && facts.both_closes() && !self.gaps[Role::Server.index()] {
            broken.push(Violation::new(Rule::TcpNotEnded, Role::Server));
        }
        broken
    }
}

/// Whether the server let the client wait for its end of TCP until `time`.
fn server_too_late(facts: &ClosingHandshake, time: Time) -> bool {
    let closes = Role::BOTH.into_iter().map(|role| facts.end(role).close.as_ref());
    let both = closes.map(|close| close.map(|close| close.moment.time)).max().flatten();
    both.is_some_and(|both| time.saturating_sub(both) >= CLIENT_TCP_LIMIT)
}

/// Whether the peer's Close came and `role` has sent none.
fn owes_answer(facts: &ClosingHandshake, role: Role) -> bool {
    let asked = facts.end(role.peer()).close.as_ref().is_some_and(|close| close.fault.is_none());
    asked && facts.end(role).close.is_none()
}
