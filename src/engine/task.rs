//! The task of one connection: drives the endpoint over its socket.
//!
//! Each output is a write of its own. What the socket accepted is recorded when
//! the call returned, what it gave before anybody acts on it. A socket is never
//! merely dropped while something may be unread, for that would turn a FIN into
//! a RST.

use super::Wake;
use super::clock;
use super::dispatch::{self, Connections};
use super::order::ConnectionOrder;
use super::page::Late;
use super::socket::{Came, Socket, how_broken};
use super::status::{Holding, SharedStatus};
use super::tap::ConnectionTap;
use super::tls;
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::connection::{Event, Output, Problem, SHUT_DOWN_LIMIT, Waiting};
use crate::protocol::half::IS_TLS;
use crate::protocol::{Action, Connection, MILLISECOND, Opcode, Time};
use crate::session::{Fault, FaultKind, Stage};
use bytes::Bytes;
use std::io;
use tokio::sync::mpsc;

/// Output beyond this stops reading, so that a peer that does not read cannot
/// fill the memory.
const MAX_QUEUED: usize = 4 << 20;

/// So many of the things that wait for a hand are told one by one.
const SHOWN: usize = 32;

/// A peer's FIN comes so soon behind its close_notify, or else it keeps TCP open
/// and the close_notify is the end.
const FIN_FOLLOWS: Time = 300 * MILLISECOND;

/// One connection.
pub struct Task {
    socket: Socket,
    connection: Connection,
    tap: ConnectionTap,
    orders: mpsc::Receiver<ConnectionOrder>,
    status: SharedStatus,
    wake: Wake,
    all: Connections,
    /// Nothing has come yet, and it may be a request for the page.
    late: Option<Late>,
    /// What the socket has not taken yet of the current write.
    unwritten: Bytes,
    /// Whether it was on hold, and the changes of what waits, when that was last told.
    held: (bool, u64),
    /// This end's FIN waits for TLS's last records; whether a close_notify is among them.
    fin_due: Option<bool>,
    fin_sent: bool,
    fin_came: bool,
    /// The peer's close_notify has come: by when its FIN has to follow.
    notified: Option<Time>,
    /// The endpoint knows that nothing more comes from the peer.
    peer_ended: bool,
    /// TLS has failed: nothing more can be sent.
    tls_failed: bool,
    ended: bool,
    /// After a shut-down, when waiting ends.
    leave_at: Option<Time>,
}

impl Task {
    /// Over this socket, with this endpoint.
    pub fn new(
        socket: Socket,
        connection: Connection,
        tap: ConnectionTap,
        orders: mpsc::Receiver<ConnectionOrder>,
        status: SharedStatus,
        wake: Wake,
        all: Connections,
    ) -> Task {
        Task {
            socket,
            connection,
            tap,
            orders,
            status,
            wake,
            all,
            late: None,
            unwritten: Bytes::new(),
            held: (false, 0),
            fin_due: None,
            fin_sent: false,
            fin_came: false,
            notified: None,
            peer_ended: false,
            tls_failed: false,
            ended: false,
            leave_at: None,
        }
    }

    /// Answers a client that asks for the page in its first octets.
    #[must_use]
    pub fn answering(self, late: Option<Late>) -> Task {
        Task { late, ..self }
    }

    /// Runs until TCP is over.
    pub async fn run(mut self) {
        while !self.ended {
            self.flush().await;
            self.tell().await;
            if self.ended || (self.fin_sent && self.fin_came) {
                break;
            }
            self.wait().await;
        }
    }

    async fn wait(&mut self) {
        let queued = self.connection.queued_octets() + self.unwritten.len();
        let own = self.leave_at.into_iter().chain(self.notified);
        let next = self.connection.next_timeout().into_iter().chain(own).min();
        let timer = async {
            match next {
                Some(time) => tokio::time::sleep_until(clock::instant(time)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ready = self.socket.readable(), if !self.fin_came && queued < MAX_QUEUED && self.connection.reads() => {
                if ready.is_ok() { self.read().await } else { self.ended = true }
            }
            _ = self.socket.writable(), if !self.unwritten.is_empty() || self.socket.wants_write() => {}
            order = self.orders.recv() => match order {
                Some(order) => self.obey(order),
                None => self.ended = true,
            },
            () = timer => self.on_time(),
        }
    }

    fn on_time(&mut self) {
        let now = clock::now();
        self.connection.timeout(now);
        if self.notified.is_some_and(|by| by <= now) {
            self.notified = None;
            self.receive_eof();
        }
        if self.leave_at.is_some_and(|at| at <= now) {
            // The FIN has gone, or cannot go: the peer had its time.
            let waits = !self.unwritten.is_empty() || self.socket.wants_write();
            self.ended = self.fin_sent || waits;
        }
    }

    fn obey(&mut self, order: ConnectionOrder) {
        let now = clock::now();
        match order {
            ConnectionOrder::Perform(actions) => self.connection.perform(actions, now),
            ConnectionOrder::Behave(behaviour) => {
                self.connection.set_behaviour(behaviour.clone());
                let number = self.tap.number;
                self.status.change(|status| status.behaviours.insert(number, behaviour));
                (self.wake)();
            }
            ConnectionOrder::Hold(hold) => self.connection.set_hold(hold, now),
            // What has gone meanwhile needs no order any more.
            ConnectionOrder::Release => _ = self.connection.release(now),
            ConnectionOrder::LetThrough(id) => _ = self.connection.let_through(id, now),
            ConnectionOrder::LetAllThrough => self.connection.let_all_through(now),
            ConnectionOrder::Drop(id) => _ = self.connection.discard(id),
            ConnectionOrder::DropAll => self.connection.discard_all(),
            ConnectionOrder::ShutDown => {
                self.connection.shut_down(now);
                self.leave_at.get_or_insert(now + SHUT_DOWN_LIMIT + 50 * MILLISECOND);
            }
        }
    }

    // ---- reading ----

    /// Reads once, and lets the endpoint act on it.
    async fn read(&mut self) {
        match self.socket.try_read() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => match tls::cause(&error).map(|error| tls::of_error(error, &[])) {
                Some(fault) => self.fail_tls(fault).await,
                None => self.broken(&error).await,
            },
            Ok(Came::Octets(octets)) => self.take(octets).await,
            Ok(Came::CloseNotify) => {
                self.tap.close_notify(self.connection.role().peer()).await;
                self.notified = Some(clock::now() + FIN_FOLLOWS);
            }
            Ok(Came::Fin) => {
                self.fin_came = true;
                let peer = self.connection.role().peer();
                self.notified = None;
                self.tap.tcp(peer, TcpEvent::Fin, None).await;
                self.receive_eof();
            }
        }
    }

    /// The end of what the peer sends: its FIN, or what stands for that in TLS.
    fn receive_eof(&mut self) {
        if !std::mem::replace(&mut self.peer_ended, true) {
            self.connection.receive_eof(clock::now());
        }
    }

    /// TLS can carry nothing more in either direction: this end ends TCP, and the
    /// peer may do so for a while.
    async fn fail_tls(&mut self, fault: Fault) {
        self.tap.fault(fault).await;
        self.tls_failed = true;
        self.receive_eof();
        let now = clock::now();
        self.connection.shut_down(now);
        self.drop_unsent().await;
        self.leave_at = Some(now + SHUT_DOWN_LIMIT);
    }

    async fn take(&mut self, octets: Bytes) {
        self.tap.octets(self.connection.role().peer(), octets.clone()).await;
        if let Some(page) = self.late.take().and_then(|late| late.answer(&octets)) {
            // It is no WebSocket: behind the page TCP ends.
            self.unwritten = page.into();
            let now = clock::now();
            self.connection.shut_down(now);
            self.leave_at = Some(now + SHUT_DOWN_LIMIT);
            return;
        }
        self.connection.receive(&octets, clock::now());
    }

    async fn broken(&mut self, error: &io::Error) {
        let (event, words) = how_broken(error);
        let peer = self.connection.role().peer();
        self.connection.receive_broken(event, clock::now());
        // Behind the record of it the connection is closed.
        self.tell().await;
        self.tap.tcp(peer, event, words).await;
        self.ended = true;
    }

    // ---- writing ----

    /// Writes what the socket takes.
    async fn flush(&mut self) {
        while !self.ended {
            if !self.unwritten.is_empty() {
                match self.socket.try_write(&self.unwritten) {
                    Ok(n) => {
                        let accepted = self.unwritten.split_to(n);
                        self.tap.octets(self.connection.role(), accepted).await;
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        return self.reset_if_asked().await;
                    }
                    Err(error) => return self.write_failed(error).await,
                }
                continue;
            }
            match self.socket.try_flush() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return self.reset_if_asked().await;
                }
                Err(error) => return self.write_failed(error).await,
            }
            if let Some(notified) = self.fin_due.take() {
                self.fin(notified).await;
                continue;
            }
            match self.connection.poll_output() {
                None => return,
                Some(Output::Write(octets)) => {
                    self.unwritten = octets.into();
                    if self.tls_failed {
                        self.drop_unsent().await;
                    }
                }
                Some(Output::Fin) => self.fin_due = Some(self.socket.notify()),
                Some(Output::FinAbrupt) => self.fin_due = Some(false),
                Some(Output::Rst) => self.rst().await,
            }
        }
    }

    /// A reset does not wait behind octets that the socket does not take.
    async fn reset_if_asked(&mut self) {
        if self.connection.reset_queued() {
            let dropped = self.unwritten.len() + self.connection.queued_octets();
            let fault = Fault::new(Stage::Send, FaultKind::NotSent, dropped.to_string());
            self.tap.fault(fault).await;
            self.rst().await;
        }
    }

    /// What was to be sent and cannot be is told.
    async fn drop_unsent(&mut self) {
        if !self.unwritten.is_empty() {
            let dropped = std::mem::take(&mut self.unwritten).len();
            self.tap.fault(Fault::new(Stage::Send, FaultKind::NotSent, dropped.to_string())).await;
        }
    }

    async fn fin(&mut self, notified: bool) {
        match self.socket.fin().await {
            Ok(()) => {
                self.fin_sent = true;
                if notified {
                    self.tap.close_notify(self.connection.role()).await;
                }
                self.tap.tcp(self.connection.role(), TcpEvent::Fin, None).await;
            }
            Err(error) => self.write_failed(error).await,
        }
    }

    async fn rst(&mut self) {
        self.ended = true;
        match self.socket.rst() {
            Ok(()) => self.tap.tcp(self.connection.role(), TcpEvent::Rst, None).await,
            Err(error) => {
                let fault = Fault::new(Stage::Send, FaultKind::System, error.to_string());
                self.tap.fault(fault).await;
            }
        }
    }

    /// The peer has reset TCP; what it sent before is still to be read.
    async fn write_failed(&mut self, error: io::Error) {
        loop {
            match self.socket.try_read() {
                Ok(Came::Octets(octets)) => self.take(octets).await,
                Ok(Came::CloseNotify) => {
                    self.tap.close_notify(self.connection.role().peer()).await;
                }
                Ok(Came::Fin) => return self.broken(&error).await,
                Err(read) => {
                    // An alert says why.
                    if let Some(alert) = tls::cause(&read) {
                        self.tap.fault(tls::of_error(alert, &[])).await;
                    }
                    return self.broken(&error).await;
                }
            }
        }
    }

    // ---- telling ----

    /// Every open connection sends the message; one that takes no more orders
    /// now misses it, and that is said.
    async fn send_to_all(&mut self, opcode: Opcode, message: &[u8]) {
        for sender in dispatch::senders(&self.all) {
            let action = Action::Frame(opcode, message.to_vec());
            if sender.try_send(ConnectionOrder::Perform(vec![action])).is_err() {
                let octets = message.len().to_string();
                self.tap.fault(Fault::new(Stage::Send, FaultKind::NotSent, octets)).await;
            }
        }
    }

    async fn tell(&mut self) {
        while let Some(event) = self.connection.poll_event() {
            match event {
                Event::Opened => {}
                Event::Problem(problem) => self.tap.fault(fault(problem)).await,
                Event::Message(opcode, message) => self.send_to_all(opcode, &message).await,
            }
        }
        self.tell_held();
    }

    /// What waits for a hand; what is only late goes by itself.
    fn tell_held(&mut self) {
        let on_hold = self.connection.is_on_hold();
        let now = (on_hold, self.connection.waiting_changes());
        if std::mem::replace(&mut self.held, now) == now {
            return;
        }
        let waits = || self.connection.waiting().filter(|w| on_hold || w.is_by_hand());
        let first = waits().take(SHOWN).map(Waiting::held).collect();
        let holding = Holding { on_hold, count: waits().count(), first };
        let number = self.tap.number;
        let changed = self.status.change(|status| {
            if holding == Holding::default() {
                status.held.remove(&number).is_some()
            } else {
                status.held.insert(number, holding);
                true
            }
        });
        if changed {
            (self.wake)();
        }
    }
}

fn fault(problem: Problem) -> Fault {
    let (stage, kind, detail) = match problem {
        Problem::OpenTimeout(limit) => {
            (Stage::OpeningHandshake, FaultKind::OpenTimeout, (limit / MILLISECOND).to_string())
        }
        Problem::NotHttp(words) if words == IS_TLS => {
            (Stage::OpeningHandshake, FaultKind::TlsUnexpected, String::new())
        }
        Problem::NotHttp(words) => (Stage::OpeningHandshake, FaultKind::NotHttp, words),
        Problem::HeadTooLong => (Stage::OpeningHandshake, FaultKind::HeadTooLong, String::new()),
        Problem::EndedBeforeResponse => {
            (Stage::OpeningHandshake, FaultKind::EndedBeforeResponse, String::new())
        }
        Problem::BrokenBeforeResponse => {
            (Stage::OpeningHandshake, FaultKind::BrokenBeforeResponse, String::new())
        }
        Problem::Status(status) => (Stage::OpeningHandshake, FaultKind::Status, status.to_string()),
        Problem::Rules(rules) => {
            let ids: Vec<&str> = rules.iter().map(|rule| rule.id()).collect();
            (Stage::OpeningHandshake, FaultKind::Rules, ids.join(", "))
        }
        Problem::NoKey => (Stage::OpeningHandshake, FaultKind::NoKey, String::new()),
        Problem::WriteAfterFin => (Stage::Send, FaultKind::WriteAfterFin, String::new()),
        Problem::QueueFull(octets) => (Stage::Send, FaultKind::QueueFull, octets.to_string()),
        Problem::NotOpen => (Stage::Send, FaultKind::NotOpen, String::new()),
    };
    Fault::new(stage, kind, detail)
}
