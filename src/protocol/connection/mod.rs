//! One end of a connection as a state machine without I/O.
//!
//! From the network: [`Connection::receive`], [`Connection::receive_eof`],
//! [`Connection::receive_broken`], [`Connection::timeout`]. From the user:
//! [`Connection::perform`], [`Connection::set_hold`], [`Connection::release`],
//! [`Connection::shut_down`], [`Connection::set_behaviour`]. For the caller: [`Connection::poll_output`],
//! [`Connection::poll_event`], [`Connection::next_timeout`]. To read:
//! [`Connection::ready_state`], [`Connection::closing_handshake`].
//!
//! How this end answers is [`Behaviour`]'s; what the peer did is decoded and
//! judged by [`Half`]. What was really accepted by the socket is not known here:
//! the recorder sees that.

mod collected;
mod compression;
mod hold;
mod incoming;
mod opening;
mod outgoing;
mod queue;

pub use hold::MAX_WAITING;
pub use queue::{Held, HeldWhat, Waiting};

use super::action::Action;
use super::behaviour::{Behaviour, TcpEnd};
use super::close::StatusCode;
use super::closing_handshake::{ClosingHandshake, ReadyState, TcpEvent};
use super::deflate::{Deflater, Parameters};
use super::half::{Done, Half};
use super::mask::MaskingKey;
use super::opening_handshake::{self, Head, RequestParts, ResponseParts};
use super::violation::Rule;
use super::{Opcode, Role, SECOND, Time};
use collected::Collected;
use queue::{Item, Queue};
use std::collections::VecDeque;

/// Something for the socket, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// A write of its own.
    Write(Vec<u8>),
    /// Shut down the write side; under TLS behind a close_notify.
    Fin,
    /// The same without a close_notify.
    FinAbrupt,
    /// Close with linger 0. Whatever is queued before it and does not go at once is dropped.
    Rst,
}

/// Something for the people who watch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// The opening handshake is complete.
    Opened,
    /// A whole data message, where the behaviour sends it on to all.
    Message(Opcode, Vec<u8>),
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
    /// The head is longer than [`opening_handshake::MAX_HEAD`].
    HeadTooLong,
    /// The server ended TCP without a response.
    EndedBeforeResponse,
    /// TCP was reset or lost before the server's response was complete.
    BrokenBeforeResponse,
    /// The server answered with another status than 101.
    Status(u16),
    /// The head breaks these rules.
    Rules(Vec<Rule>),
    /// A request that is taken all the same has no key for the 101 to answer.
    NoKey,
    /// An action that writes, after this end's FIN.
    WriteAfterFin,
    /// An action before the 101.
    NotOpen,
    /// A message of so many octets that does not fit behind what waits to go out.
    QueueFull(usize),
}

/// What an end is set up with, beside its role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How it answers.
    pub behaviour: Behaviour,
    /// Largest message taken, in octets; beyond, the connection fails with 1009.
    pub max_message: u64,
    /// permessage-deflate: a client offers these parameters, a server accepts what is
    /// asked and adds its wishes; `None` neither offers nor accepts.
    pub deflate: Option<Parameters>,
    /// Limit of the opening handshake in nanoseconds.
    pub open_timeout: Time,
    /// What a client asks with.
    pub request: RequestParts,
    /// What a server answers.
    pub response: ResponseParts,
    /// What is done, in order, once the connection is open.
    pub after_open: Vec<Action>,
    /// What it sends waits until it is let through, from the beginning.
    pub hold: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            behaviour: Behaviour::default(),
            max_message: 1 << 30,
            deflate: Some(Parameters::BROWSER),
            open_timeout: 10 * SECOND,
            request: RequestParts::default(),
            response: ResponseParts::default(),
            after_open: Vec::new(),
            hold: false,
        }
    }
}

/// How long a shut-down waits for the peer's answer.
pub const SHUT_DOWN_LIMIT: Time = 2 * SECOND;

/// How long a refused peer may leave its side of TCP open.
const REFUSED_LIMIT: Time = 2 * SECOND;

/// How long a peer whose connection was failed may leave its side of TCP open.
const FAILED_LIMIT: Time = 10 * SECOND;

#[derive(Clone, PartialEq, Eq, Debug)]
enum Timer {
    Open,
    /// A delayed answer to the request.
    Respond,
    /// A delayed answer to a Close.
    Answer(Action),
    /// A delayed Pong.
    Pong(Action),
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
    /// What came behind a request that this server has not answered yet; `None`
    /// where it has not to wait.
    early: Option<Vec<u8>>,
    /// Compresses what this end sends, where that was agreed.
    deflater: Option<Deflater>,
    facts: ClosingHandshake,
    outputs: VecDeque<Output>,
    /// Automatic answers to the read being processed: they share a write.
    answers: Vec<u8>,
    events: VecDeque<Event>,
    script: VecDeque<Action>,
    script_resumes: Option<Time>,
    timers: Vec<(Time, Timer)>,
    queue: Queue,
    /// How long the peer may leave its side of TCP open behind this end's FIN.
    patience: Option<Time>,
    message: Collected,
    /// Its number among the peer's messages.
    message_number: u32,
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
        let octets = opening_handshake::write_request(&compression::offering(&settings), nonce);
        let request = Head::parse(Role::Client, &octets).ok();
        let mut connection = Connection::new(Role::Client, settings, keys);
        connection.request = request;
        connection.put(Item::Head(octets), now);
        connection
    }

    /// A server that waits for a request.
    #[must_use]
    pub fn server(settings: Settings, keys: KeySource, now: Time) -> Connection {
        let open_by = now.saturating_add(settings.open_timeout);
        let mut connection = Connection::new(Role::Server, settings, keys);
        connection.timers.push((open_by, Timer::Open));
        connection
    }

    fn new(role: Role, settings: Settings, keys: KeySource) -> Connection {
        Connection {
            role,
            keys,
            incoming: Half::new(role.peer(), true),
            raw: Half::frames(role),
            request: None,
            early: None,
            deflater: None,
            facts: ClosingHandshake::default(),
            outputs: VecDeque::new(),
            answers: Vec::new(),
            events: VecDeque::new(),
            script: VecDeque::new(),
            script_resumes: None,
            timers: Vec::new(),
            queue: Queue::default(),
            patience: None,
            message: Collected::default(),
            message_number: 0,
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

    /// Octets queued for the socket, and what waits takes.
    #[must_use]
    pub fn queued_octets(&self) -> usize {
        let octets = |o: &Output| if let Output::Write(w) = o { w.len() } else { 0 };
        self.outputs.iter().map(octets).sum::<usize>() + self.queue.room()
    }

    /// Whether octets are to be read from the socket: the behaviour may forbid it,
    /// and behind a request that is not answered yet little is taken.
    #[must_use]
    pub fn reads(&self) -> bool {
        let early = self.early.as_ref().map_or(0, Vec::len);
        self.settings.behaviour.reading && early < opening_handshake::MAX_HEAD
    }

    /// A reset is queued: nothing before it is worth waiting for.
    #[must_use]
    pub fn reset_queued(&self) -> bool {
        self.outputs.contains(&Output::Rst)
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
        let due = self.first_due().map(|(_, due)| due);
        self.timers.iter().map(|(at, _)| *at).chain(self.script_resumes).chain(due).min()
    }

    // ---- from the network ----

    /// Octets that the socket gave.
    pub fn receive(&mut self, mut octets: &[u8], now: Time) {
        if self.settings.behaviour.echo {
            self.answers.reserve(octets.len()); // an echo is hardly longer
        }
        while !octets.is_empty() && !self.failed {
            if let Some(early) = &mut self.early {
                early.extend_from_slice(octets);
                break;
            }
            let step = self.incoming.step(octets);
            octets = &octets[step.consumed..];
            match step.done {
                Some(Done::Head(head)) => self.on_head(*head, now),
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
                Some(Done::Head(head)) => self.on_head(*head, now),
                _ => {
                    self.failed = true;
                    // Neither a response nor a request is waited for any more.
                    let opening = |timer: &Timer| matches!(timer, Timer::Open | Timer::Respond);
                    self.timers.retain(|(_, timer)| !opening(timer));
                    if self.role == Role::Client {
                        self.problem(Problem::EndedBeforeResponse);
                    }
                }
            }
            self.flush_answers();
        }
        self.peer_ended = true;
        self.facts.tcp(self.role.peer(), TcpEvent::Fin, now);
        let tcp_end = self.settings.behaviour.tcp_end;
        let waits = matches!(tcp_end, TcpEnd::Never | TcpEnd::ByHand);
        if waits && !self.ending && !self.failed {
            if tcp_end == TcpEnd::ByHand {
                self.hold_tcp_end(now);
            }
        } else {
            self.fin(now);
        }
        if self.facts.is_over() {
            self.timers.clear();
            self.queue.clear();
            self.script.clear(); // actions left when the connection has ended
            self.script_resumes = None;
        }
    }

    /// The peer's RST, or another error of the socket.
    pub fn receive_broken(&mut self, event: TcpEvent, now: Time) {
        let opening = !self.failed && self.facts.opened_at().is_none();
        if opening && self.role == Role::Client {
            self.failed = true;
            self.problem(Problem::BrokenBeforeResponse);
        }
        self.peer_ended = true;
        self.facts.tcp(self.role.peer(), event, now);
        self.stop();
    }

    /// The time that [`Connection::next_timeout`] named has come.
    pub fn timeout(&mut self, now: Time) {
        self.let_due_through(now);
        while let Some(i) = self.due(now) {
            let (_, timer) = self.timers.remove(i);
            match timer {
                Timer::Open => self.on_open_timeout(now),
                Timer::Respond => self.respond(now),
                Timer::Answer(action) => self.answer_close(action, false, now),
                Timer::Pong(pong) => self.put(Item::Answer(pong), now),
                Timer::EndTcp => self.end_tcp(now),
                Timer::GiveUp => self.put(Item::Answer(Action::Rst), now),
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

    /// Ends in order: Close 1001 where none was sent, FIN after the answer or
    /// [`SHUT_DOWN_LIMIT`], whatever the behaviour, and whatever waits or is on hold.
    pub fn shut_down(&mut self, now: Time) {
        if std::mem::replace(&mut self.ending, true) {
            return;
        }
        self.script.clear();
        self.script_resumes = None;
        self.timers.clear();
        self.queue.clear();
        let closed = self.facts.end(self.role).close.is_some();
        let done = self.fin_queued || self.peer_ended || (self.failed && closed);
        if done || self.facts.opened_at().is_none() {
            return self.fin(now);
        }
        if !closed {
            self.send_close(Some((StatusCode::GOING_AWAY, &[])), now);
        }
        self.timers.push((now + SHUT_DOWN_LIMIT, Timer::EndTcp));
        self.after_close(now);
        self.flush_answers();
    }
}
