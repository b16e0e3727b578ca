//! One end of a connection as a state machine without I/O.
//!
//! From the network: [`Connection::receive`], [`Connection::receive_eof`],
//! [`Connection::receive_broken`], [`Connection::timeout`]. From the user:
//! [`Connection::perform`], [`Connection::release`], [`Connection::shut_down`],
//! [`Connection::set_behaviour`]. For the caller: [`Connection::poll_output`],
//! [`Connection::poll_event`], [`Connection::next_timeout`]. To read:
//! [`Connection::ready_state`], [`Connection::closing_handshake`].
//!
//! How this end answers is [`Behaviour`]'s; what the peer did is decoded and
//! judged by [`Half`]. What was really accepted by the socket is not known here:
//! the recorder sees that.

use super::action::Action;
use super::behaviour::{Behaviour, CLIENT_TCP_LIMIT, OnClose, OnPing, OnViolation, TcpEnd, When};
use super::close::{self, CloseBody, StatusCode};
use super::closing_handshake::{ClosingHandshake, ReadyState, TcpEvent};
use super::half::{Done, FrameDone, Half, HeadDone};
use super::header::{Header, write_frame};
use super::mask::MaskingKey;
use super::opening_handshake::{self, Head, MAX_HEAD, RequestParts, ResponseParts};
use super::violation::{Rule, Severity};
use super::{Opcode, Role, SECOND, Time};
use std::collections::VecDeque;

/// Something for the socket, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// A write of its own.
    Write(Vec<u8>),
    /// Shut down the write side.
    Fin,
    /// Close with linger 0. Whatever is queued before it and does not go at once is dropped.
    Rst,
}

/// Something for the people who watch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// The opening handshake is complete.
    Opened,
    /// Something this end could not do, or gave up.
    Problem(Problem),
}

/// Why something did not happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Problem {
    /// The opening handshake took longer than this many nanoseconds.
    OpenTimeout(Time),
    /// What came is not an HTTP head; the parser's words.
    NotHttp(String),
    /// The head is longer than [`MAX_HEAD`].
    HeadTooLong,
    /// The server ended TCP without a response.
    EndedBeforeResponse,
    /// The server answered with another status than 101.
    Status(u16),
    /// The head breaks these rules.
    Rules(Vec<Rule>),
    /// An action that writes, after this end's FIN.
    WriteAfterFin,
    /// An action before the 101.
    NotOpen,
}

/// An answer that waits for somebody to let it through.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldAnswer {
    /// Whether it answers a Close (else a Ping).
    pub to_close: bool,
    /// What will be done.
    pub action: Action,
}

/// What an end is set up with, beside its role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How it answers.
    pub behaviour: Behaviour,
    /// Largest message taken, in octets; beyond, the connection fails with 1009.
    pub max_message: u64,
    /// Limit of the opening handshake in nanoseconds.
    pub open_timeout: Time,
    /// What a client asks with.
    pub request: RequestParts,
    /// What a server adds to its 101.
    pub response: ResponseParts,
    /// What is done, in order, once the connection is open.
    pub after_open: Vec<Action>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            behaviour: Behaviour::default(),
            max_message: 1 << 30,
            open_timeout: 10 * SECOND,
            request: RequestParts::default(),
            response: ResponseParts::default(),
            after_open: Vec::new(),
        }
    }
}

/// How long a shut-down waits for the peer's answer.
pub const SHUT_DOWN_LIMIT: Time = 2 * SECOND;

/// How long a refused peer may leave its side of TCP open.
const REFUSED_LIMIT: Time = 2 * SECOND;

#[derive(Clone, PartialEq, Eq, Debug)]
enum Timer {
    Open,
    /// A delayed answer to a Close.
    Answer(Action),
    /// A delayed Pong.
    Pong(Vec<u8>),
    EndTcp,
    GiveUp,
}

/// Draws a masking-key for each frame of a client.
pub type KeySource = Box<dyn FnMut() -> MaskingKey + Send>;

/// One end of a connection.
pub struct Connection {
    role: Role,
    settings: Settings,
    keys: KeySource,
    incoming: Half,
    /// Decodes what this end sends as raw octets.
    raw: Half,
    request: Option<Head>,
    facts: ClosingHandshake,
    outputs: VecDeque<Output>,
    /// Automatic answers to the read being processed: they share a write.
    answers: Vec<u8>,
    events: VecDeque<Event>,
    script: VecDeque<Action>,
    script_resumes: Option<Time>,
    timers: Vec<(Time, Timer)>,
    held: VecDeque<HeldAnswer>,
    message: Vec<u8>,
    /// Octets of the message in its fragments that are whole.
    message_octets: u64,
    /// Whether the message that is arriving is kept; `None` between messages.
    collecting: Option<bool>,
    /// The connection was failed (§7.1.7) or refused: nothing more is processed.
    failed: bool,
    ending: bool,
    fin_queued: bool,
    peer_ended: bool,
}

impl Connection {
    /// A client; its request is the first output. `nonce` becomes the
    /// `Sec-WebSocket-Key`.
    #[must_use]
    pub fn client(settings: Settings, nonce: [u8; 16], keys: KeySource, now: Time) -> Connection {
        let octets = opening_handshake::write_request(&settings.request, nonce);
        let request = Head::parse(Role::Client, &octets).ok();
        let mut connection = Connection::new(Role::Client, settings, keys, now);
        connection.request = request;
        connection.outputs.push_back(Output::Write(octets));
        connection
    }

    /// A server that waits for a request.
    #[must_use]
    pub fn server(settings: Settings, keys: KeySource, now: Time) -> Connection {
        Connection::new(Role::Server, settings, keys, now)
    }

    fn new(role: Role, settings: Settings, keys: KeySource, now: Time) -> Connection {
        let open_by = now.saturating_add(settings.open_timeout);
        Connection {
            role,
            keys,
            incoming: Half::new(role.peer(), true),
            raw: Half::frames(role),
            request: None,
            facts: ClosingHandshake::default(),
            outputs: VecDeque::new(),
            answers: Vec::new(),
            events: VecDeque::new(),
            script: VecDeque::new(),
            script_resumes: None,
            timers: vec![(open_by, Timer::Open)],
            held: VecDeque::new(),
            message: Vec::new(),
            message_octets: 0,
            collecting: None,
            failed: false,
            ending: false,
            fin_queued: false,
            peer_ended: false,
            settings,
        }
    }

    /// This end's role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// `readyState` of this end.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.facts.ready_state(self.role)
    }

    /// The facts as this end knows them; what it wrote counts as sent.
    #[must_use]
    pub fn closing_handshake(&self) -> &ClosingHandshake {
        &self.facts
    }

    /// How this end behaves.
    #[must_use]
    pub fn behaviour(&self) -> &Behaviour {
        &self.settings.behaviour
    }

    /// Behaves so from now on; answers already under way stay as they are.
    pub fn set_behaviour(&mut self, behaviour: Behaviour) {
        self.settings.behaviour = behaviour;
    }

    /// The request of this connection, ours or the peer's.
    #[must_use]
    pub fn request(&self) -> Option<&Head> {
        self.request.as_ref()
    }

    /// Answers that wait to be let through, oldest first.
    #[must_use]
    pub fn held(&self) -> &VecDeque<HeldAnswer> {
        &self.held
    }

    /// Octets queued for the socket.
    #[must_use]
    pub fn queued_octets(&self) -> usize {
        self.outputs.iter().map(|o| if let Output::Write(w) = o { w.len() } else { 0 }).sum()
    }

    /// The next thing for the socket.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The next thing for the people who watch.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Connection::timeout`] is to be called.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Time> {
        self.timers.iter().map(|(at, _)| *at).chain(self.script_resumes).min()
    }

    // ---- from the network ----

    /// Octets that the socket gave.
    pub fn receive(&mut self, mut octets: &[u8], now: Time) {
        while !octets.is_empty() && !self.failed {
            let step = self.incoming.step(octets);
            octets = &octets[step.consumed..];
            match step.done {
                Some(Done::Head(head)) => self.on_head(head, now),
                Some(Done::Frame(frame)) => self.on_frame(&frame, now),
                None => self.on_piece(now),
            }
        }
        self.flush_answers();
    }

    /// A read of zero octets: the peer's FIN.
    pub fn receive_eof(&mut self, now: Time) {
        if !self.failed && self.facts.opened_at().is_none() {
            match self.incoming.finish() {
                Some(Done::Head(head)) => self.on_head(head, now),
                _ => {
                    self.failed = true;
                    if self.role == Role::Client {
                        self.problem(Problem::EndedBeforeResponse);
                    }
                }
            }
            self.flush_answers();
        }
        self.peer_ended = true;
        self.facts.tcp(self.role.peer(), TcpEvent::Fin, now);
        if self.settings.behaviour.tcp_end != TcpEnd::Never || self.ending || self.failed {
            self.fin(now);
            self.timers.clear();
            self.held.clear();
        }
    }

    /// The peer's RST, or another error of the socket.
    pub fn receive_broken(&mut self, event: TcpEvent, now: Time) {
        self.peer_ended = true;
        self.facts.tcp(self.role.peer(), event, now);
        self.stop();
    }

    /// The time that [`Connection::next_timeout`] named has come.
    pub fn timeout(&mut self, now: Time) {
        while let Some(i) = self.due(now) {
            let (_, timer) = self.timers.remove(i);
            match timer {
                Timer::Open => self.on_open_timeout(now),
                Timer::Answer(action) => self.answer_close(action, now),
                Timer::Pong(payload) => self.answer_ping(payload),
                Timer::EndTcp => self.fin(now),
                Timer::GiveUp => self.rst(now),
            }
        }
        if self.script_resumes.is_some_and(|at| at <= now) {
            self.script_resumes = None;
            self.run_script(now);
        }
        self.flush_answers();
    }

    fn due(&self, now: Time) -> Option<usize> {
        (0..self.timers.len())
            .filter(|&i| self.timers[i].0 <= now)
            .min_by_key(|&i| self.timers[i].0)
    }

    // ---- from the user ----

    /// Does this, behind what is still to be done.
    pub fn perform(&mut self, actions: impl IntoIterator<Item = Action>, now: Time) {
        let idle = self.script.is_empty() && self.script_resumes.is_none();
        self.script.extend(actions);
        if idle {
            self.run_script(now);
        }
        self.flush_answers();
    }

    /// Lets the oldest answer held by hand through; `false` if there is none.
    pub fn release(&mut self, now: Time) -> bool {
        let Some(held) = self.held.pop_front() else { return false };
        if held.to_close {
            self.answer_close(held.action, now);
        } else {
            self.act(held.action, now);
        }
        self.flush_answers();
        true
    }

    /// Ends in order: Close 1001 where none was sent, FIN after the answer or
    /// [`SHUT_DOWN_LIMIT`], whatever the behaviour.
    pub fn shut_down(&mut self, now: Time) {
        if std::mem::replace(&mut self.ending, true) {
            return;
        }
        self.script.clear();
        self.script_resumes = None;
        self.timers.clear();
        self.held.clear();
        if self.ready_state() == ReadyState::Connecting || self.failed || self.peer_ended {
            return self.fin(now);
        }
        if self.facts.end(self.role).close.is_none() && !self.fin_queued {
            self.send_close(Some((StatusCode::GOING_AWAY, &[])), now);
        }
        self.timers.push((now + SHUT_DOWN_LIMIT, Timer::EndTcp));
        self.after_close(now);
    }

    // ---- the opening handshake ----

    fn on_open_timeout(&mut self, now: Time) {
        self.problem(Problem::OpenTimeout(self.settings.open_timeout));
        self.refuse(
            (self.role == Role::Server).then_some((408, "no request within the limit\n")),
            now,
        );
    }

    /// Ends TCP before the connection was open, with an HTTP answer or without.
    fn refuse(&mut self, answer: Option<(u16, &str)>, now: Time) {
        self.failed = true;
        if let Some((status, body)) = answer {
            self.outputs.push_back(Output::Write(opening_handshake::write_refusal(status, body)));
        }
        self.script.clear();
        self.timers.clear();
        self.fin(now);
        self.timers.push((now + REFUSED_LIMIT, Timer::GiveUp));
    }

    fn on_head(&mut self, done: HeadDone, now: Time) {
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

    fn on_request(&mut self, head: Head, now: Time) {
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

    fn on_response(&mut self, head: &Head, now: Time) {
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

    fn open(&mut self, now: Time) {
        self.timers.retain(|(_, timer)| *timer != Timer::Open);
        self.facts.opened(now);
        self.events.push_back(Event::Opened);
        self.script.extend(self.settings.after_open.iter().cloned());
        self.run_script(now);
    }

    // ---- frames ----

    /// A piece of a head or frame that is not whole: some faults need no more.
    fn on_piece(&mut self, now: Time) {
        if let Some(head) = self.incoming.head_octets() {
            let status = if self.role == Role::Server {
                Some((431, "the head is too long\n"))
            } else {
                None
            };
            if head.len() > MAX_HEAD && self.request.is_none() || head.len() > 4 * MAX_HEAD {
                self.problem(Problem::HeadTooLong);
                self.refuse(status, now);
            }
            return;
        }
        if let Some(rule) = first_must(self.incoming.violations()) {
            return self.fail(rule, now);
        }
        let pending = self.incoming.pending_frame().map(|(header, _)| *header);
        if let Some(header) = pending {
            self.take_chunk(&header, now);
        }
    }

    /// Collects a data message's octets, and watches its size.
    fn take_chunk(&mut self, header: &Header, now: Time) {
        if header.opcode.is_control() || self.facts.end(self.role.peer()).close.is_some() {
            return;
        }
        if self.message_octets.saturating_add(header.payload_len) > self.settings.max_message {
            return self.fail(Rule::MessageTooBig, now);
        }
        if *self.collecting.get_or_insert(self.settings.behaviour.echo) {
            self.message.extend_from_slice(self.incoming.chunk());
        }
    }

    fn on_frame(&mut self, frame: &FrameDone, now: Time) {
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
        if let Some(rule) = fault {
            if header.opcode != Opcode::CLOSE {
                self.facts.fault(peer, rule, now);
            }
            self.fail(rule, now);
            if self.failed {
                return;
            }
        }
        match header.opcode {
            Opcode::CLOSE => self.on_close(now),
            Opcode::PING => self.on_ping(now),
            opcode if opcode.is_control() => {}
            _ => {
                self.take_chunk(header, now);
                self.message_octets = self.message_octets.saturating_add(header.payload_len);
                if header.fin && !self.failed {
                    self.on_message(frame);
                }
            }
        }
    }

    fn on_message(&mut self, frame: &FrameDone) {
        let kind = frame.place.map_or(Opcode::BINARY, |p| p.kind);
        let mut message = std::mem::take(&mut self.message);
        self.message_octets = 0;
        let closing = self.facts.end(self.role).close.is_some() || self.fin_queued;
        let echo = self.collecting.take().unwrap_or_default() && !kind.is_reserved();
        if echo && !closing {
            let header = self.header(kind, message.len());
            write_frame(&header, &message, &mut self.answers);
        }
        message.clear(); // the buffer is used again
        message.shrink_to(1 << 20);
        self.message = message;
    }

    fn on_ping(&mut self, now: Time) {
        let payload = self.incoming.control().to_vec();
        match self.settings.behaviour.on_ping {
            OnPing::Never => {}
            OnPing::Reply(When::AtOnce) => self.answer_ping(payload),
            OnPing::Reply(When::After(delay)) => {
                self.timers.push((now.saturating_add(delay), Timer::Pong(payload)));
            }
            OnPing::Reply(When::ByHand) => self.held.push_back(HeldAnswer {
                to_close: false,
                action: Action::Frame(Opcode::PONG, payload),
            }),
        }
    }

    /// A Pong, unless this end has sent its Close: nothing may follow that.
    fn answer_ping(&mut self, payload: Vec<u8>) {
        if self.facts.end(self.role).close.is_none() && !self.fin_queued {
            let header = self.header(Opcode::PONG, payload.len());
            write_frame(&header, &payload, &mut self.answers);
        }
    }

    fn on_close(&mut self, now: Time) {
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
            When::AtOnce => self.answer_close(action, now),
            When::After(delay) => {
                self.timers.push((now.saturating_add(delay), Timer::Answer(action)));
            }
            When::ByHand => self.held.push_back(HeldAnswer { to_close: true, action }),
        }
    }

    /// Answers the peer's Close, unless this end has sent a Close meanwhile.
    fn answer_close(&mut self, action: Action, now: Time) {
        match action {
            Action::Close(..) | Action::CloseEmpty
                if self.facts.end(self.role).close.is_some() || self.fin_queued => {}
            Action::Close(code, reason) => self.send_close(Some((code, &reason)), now),
            Action::CloseEmpty => self.send_close(None, now),
            Action::Fin => self.fin(now),
            Action::Rst => self.rst(now),
            Action::Frame(..) | Action::Fragments { .. } | Action::Raw(_) | Action::Wait(_) => {}
        }
    }

    /// A Close among the automatic answers; then perhaps the end of TCP.
    fn send_close(&mut self, code_reason: Option<(StatusCode, &[u8])>, now: Time) {
        let body = code_reason.map_or_else(Vec::new, |(code, reason)| close::body(code, reason));
        let header = self.header(Opcode::CLOSE, body.len());
        write_frame(&header, &body, &mut self.answers);
        self.facts.close_frame(self.role, CloseBody::parse(&body), None, now);
        self.after_close(now);
    }

    /// Ends TCP as the behaviour says, once a Close went each way.
    fn after_close(&mut self, now: Time) {
        if !self.facts.both_closes() || self.fin_queued {
            return;
        }
        let tcp_end = if self.ending { TcpEnd::After(0) } else { self.settings.behaviour.tcp_end };
        match (tcp_end, self.role) {
            (TcpEnd::Auto, Role::Server) | (TcpEnd::After(0), _) => self.fin(now),
            (TcpEnd::Auto, Role::Client) => {
                self.timers.push((now + CLIENT_TCP_LIMIT, Timer::EndTcp));
            }
            (TcpEnd::After(delay), _) => {
                self.timers.push((now.saturating_add(delay), Timer::EndTcp));
            }
            (TcpEnd::Never, _) => {}
        }
    }

    /// _Fail the WebSocket Connection_ (§7.1.7), if the behaviour says so.
    fn fail(&mut self, rule: Rule, now: Time) {
        let noted = self.settings.behaviour.on_violation == OnViolation::Note;
        if self.failed || (noted && rule != Rule::MessageTooBig) {
            return;
        }
        if self.facts.end(self.role.peer()).close.is_none() {
            self.facts.fault(self.role.peer(), rule, now);
        }
        if self.facts.end(self.role).close.is_none() && !self.fin_queued {
            self.send_close(Some((StatusCode(rule.status_code()), &[])), now);
        }
        self.failed = true;
        self.script.clear();
        self.script_resumes = None;
        self.held.clear();
        match self.settings.behaviour.tcp_end {
            TcpEnd::Auto => self.fin(now),
            TcpEnd::After(delay) => self.timers.push((now.saturating_add(delay), Timer::EndTcp)),
            TcpEnd::Never => {}
        }
    }

    // ---- writing ----

    fn header(&mut self, opcode: Opcode, len: usize) -> Header {
        let key = (self.role == Role::Client).then(|| (self.keys)());
        Header::new(opcode, len as u64, key)
    }

    fn run_script(&mut self, now: Time) {
        while self.script_resumes.is_none() {
            match self.script.pop_front() {
                None => return,
                Some(Action::Wait(time)) => self.script_resumes = Some(now.saturating_add(time)),
                Some(action) => self.act(action, now),
            }
        }
    }

    fn act(&mut self, action: Action, now: Time) {
        if action.writes() && self.fin_queued {
            return self.problem(Problem::WriteAfterFin);
        }
        if action.writes() && self.facts.opened_at().is_none() {
            return self.problem(Problem::NotOpen);
        }
        self.flush_answers();
        match action {
            Action::Frame(opcode, payload) => {
                let header = self.header(opcode, payload.len());
                self.write(&header, &payload);
            }
            Action::Fragments { opcode, payload, size } => {
                self.write_fragments(opcode, &payload, size)
            }
            Action::Close(code, reason) => self.send_close(Some((code, &reason)), now),
            Action::CloseEmpty => self.send_close(None, now),
            Action::Raw(octets) => {
                self.observe_raw(&octets, now);
                self.outputs.push_back(Output::Write(octets));
            }
            Action::Wait(_) => {}
            Action::Fin => self.fin(now),
            Action::Rst => self.rst(now),
        }
        self.flush_answers();
    }

    /// A Close written as raw octets is a Close: it is not answered twice.
    fn observe_raw(&mut self, mut octets: &[u8], now: Time) {
        while !octets.is_empty() {
            let step = self.raw.step(octets);
            octets = &octets[step.consumed..];
            if let Some(Done::Frame(frame)) = step.done
                && frame.header.opcode == Opcode::CLOSE
            {
                let body = CloseBody::parse(self.raw.control());
                self.facts.close_frame(self.role, body, None, now);
            }
        }
        self.after_close(now);
    }

    fn write(&mut self, header: &Header, payload: &[u8]) {
        let mut octets = Vec::with_capacity(header.octets() + payload.len());
        write_frame(header, payload, &mut octets);
        self.outputs.push_back(Output::Write(octets));
    }

    fn write_fragments(&mut self, opcode: Opcode, payload: &[u8], size: usize) {
        let (mut opcode, mut rest) = (opcode, payload);
        loop {
            let (fragment, behind) =
                rest.split_at(size.clamp(1, rest.len().max(1)).min(rest.len()));
            let header = Header { fin: behind.is_empty(), ..self.header(opcode, fragment.len()) };
            self.write(&header, fragment);
            (opcode, rest) = (Opcode::CONTINUATION, behind);
            if rest.is_empty() {
                return;
            }
        }
    }

    fn flush_answers(&mut self) {
        if !self.answers.is_empty() {
            let octets = std::mem::take(&mut self.answers);
            // A FIN queued by the same read stays behind its answers.
            self.outputs.push_back(Output::Write(octets));
        }
    }

    fn fin(&mut self, now: Time) {
        self.flush_answers();
        if !self.fin_queued {
            self.fin_queued = true;
            self.outputs.push_back(Output::Fin);
            self.facts.tcp(self.role, TcpEvent::Fin, now);
            self.timers.retain(|(_, timer)| *timer == Timer::GiveUp);
        }
    }

    fn rst(&mut self, now: Time) {
        self.flush_answers();
        self.facts.tcp(self.role, TcpEvent::Rst, now);
        self.outputs.push_back(Output::Rst);
        self.stop();
    }

    fn stop(&mut self) {
        self.failed = true;
        self.fin_queued = true;
        self.script_resumes = None;
        self.timers.clear();
        self.held.clear();
        let left = std::mem::take(&mut self.script);
        // What was to be written behind an own RST becomes an error line.
        if !self.peer_ended {
            for _ in left.iter().filter(|a| a.writes()) {
                self.problem(Problem::WriteAfterFin);
            }
        }
    }

    fn problem(&mut self, problem: Problem) {
        self.events.push_back(Event::Problem(problem));
    }
}

/// The first violation that the other end has to fail the connection for.
fn first_must(violations: &[super::Violation]) -> Option<Rule> {
    violations
        .iter()
        .map(|v| v.rule)
        .find(|rule| rule.severity() == Severity::Must && *rule != Rule::FrameAfterClose)
}
