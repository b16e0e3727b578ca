//! Turns what was observed into rows: live and from a file the same code.

use super::client_model::CloseEvent;
use super::log::{Connection, Extra, Log, Piece};
use super::page::{ObservedClose, Page};
use super::row::{Kind, Row};
use super::tls::Tls;
use super::tunnel::Tunnel;
use super::wire::{Completed, JudgedFrame, JudgedHead, Wire};
use super::{Fault, Stage};
use crate::protocol::closing_handshake::{ClosingHandshake, TcpEvent};
use crate::protocol::opening_handshake::{Head, client_refuses, seems_to_ask_upgrade};
use crate::protocol::violation::{Rule, Violation};
use crate::protocol::{Opcode, Role, Time};
use core::net::SocketAddr;

/// Room for pieces that a direction keeps between rows, so that a row asks for
/// no memory of its own.
const KEPT_PIECES: usize = 64;

/// Puts octets, all of one head or frame, where they can be read again, and
/// appends where that is.
pub trait Place {
    /// What may go wrong.
    type Error;

    /// Places `octets` of connection `connection`.
    ///
    /// # Errors
    /// They could not be placed.
    fn place(
        &mut self,
        connection: u32,
        from: Role,
        time: Time,
        octets: &[u8],
        pieces: &mut Vec<Piece>,
    ) -> Result<(), Self::Error>;
}

impl Log {
    /// TCP was established.
    pub fn opened(
        &mut self,
        number: u32,
        role: Option<Role>,
        client: SocketAddr,
        server: SocketAddr,
        time: Time,
    ) {
        debug_assert_eq!(number as usize, self.connections().len() + 1);
        // As the capture writes them, without IPv6's scope and mapped addresses.
        let plain = |a: SocketAddr| SocketAddr::new(a.ip().to_canonical(), a.port());
        let (client, server) = (plain(client), plain(server));
        self.push_connection(Connection {
            number,
            role,
            client,
            server,
            since: time,
            last: time,
            closing: ClosingHandshake::default(),
            frames: [0; 2],
            octets: [0; 2],
            violations: 0,
            refused: None,
            asked_upgrade: false,
            agents: [None, None],
            subprotocol_ignored: false,
            deflate: None,
            message_begin: [0; 2],
            bad_response: None,
            blind: [false; 2],
            last_frame: None,
            tunnel: None,
            tls: None,
            close_notify: [false; 2],
            tls_fault: None,
            page: None,
            observed: None,
            over: false,
            wire: Some(Box::default()),
        });
        self.push(Row::new(Kind::Opened, number, time, Some(Role::Client)), Extra::default());
    }

    /// Octets of `from`. An unknown connection has no rows: they are placed only.
    ///
    /// # Errors
    /// What `place` reports; rows of what was placed before are kept.
    pub fn octets<P: Place>(
        &mut self,
        number: u32,
        from: Role,
        time: Time,
        mut octets: &[u8],
        place: &mut P,
    ) -> Result<(), P::Error> {
        let Some(connection) = self.connection_mut(number) else {
            return place.place(number, from, time, octets, &mut Vec::new());
        };
        connection.octets[from.index()] += octets.len() as u64;
        connection.last = time;
        let Some(mut wire) = connection.wire.take() else {
            return place.place(number, from, time, octets, &mut Vec::new());
        };
        let mut result = Ok(());
        while !octets.is_empty() && result.is_ok() {
            let Some(connection) = self.connection_mut(number) else { break };
            let (consumed, done) = wire.step(&mut connection.closing, from, octets, time);
            let (now, later) = octets.split_at(consumed);
            octets = later;
            let pieces = &mut wire.pieces[from.index()];
            result = place.place(number, from, time, now, pieces);
            if let Some(done) = done {
                self.append(number, from, time, done, pieces);
                pieces.clear();
                pieces.shrink_to(KEPT_PIECES);
                if let Some(window) = wire.checkpoint(from) {
                    self.keep_window(number, from, window);
                }
            }
        }
        if let Some(connection) = self.connection_mut(number) {
            connection.wire = Some(wire);
        }
        result
    }

    #[inline]
    pub(super) fn append(
        &mut self,
        number: u32,
        from: Role,
        time: Time,
        done: Completed,
        pieces: &[Piece],
    ) {
        match done {
            Completed::Head(head) => self.append_head(number, from, time, *head, pieces),
            Completed::Frame(frame) => self.append_frame(number, from, time, frame, pieces),
        }
    }

    fn append_head(
        &mut self,
        number: u32,
        from: Role,
        time: Time,
        head: JudgedHead,
        pieces: &[Piece],
    ) {
        let mut row = Row::new(Kind::Head, number, time, Some(from));
        row.set_complete(head.done.complete);
        match (self.connection_mut(number), &head.done.head) {
            (Some(connection), Ok(parsed)) => {
                connection.note_head(from, parsed);
                connection.subprotocol_ignored |= head.subprotocol_ignored;
                connection.deflate = head.deflate.or(connection.deflate);
                connection.note_response(from, parsed, &head.violations, time);
            }
            (Some(connection), Err(_)) if from == Role::Client => {
                connection.asked_upgrade |= seems_to_ask_upgrade(&head.done.octets);
            }
            _ => {}
        }
        row.set_http_status(head.done.head.as_ref().ok().and_then(Head::status));
        let whole = head.done.octets.len();
        let extra = Extra {
            violations: head.violations,
            len: whole as u64,
            pieces,
            head_len: (head.done.head_len < whole).then_some(head.done.head_len as u32),
            ..Extra::default()
        };
        self.push(row, extra);
    }

    #[inline]
    fn append_frame(
        &mut self,
        number: u32,
        from: Role,
        time: Time,
        frame: JudgedFrame,
        pieces: &[Piece],
    ) {
        self.frames += 1;
        if let Some(connection) = self.connection_mut(number) {
            connection.frames[from.index()] += 1;
            connection.last_frame = Some(time);
        }
        let done = frame.done;
        let mut row = Row::new(Kind::Frame, number, time, Some(from));
        row.number = self.frames;
        row.set_header(&done.header);
        row.set_complete(done.complete);
        row.set_status(frame.status);
        if let Some(place) = done.place {
            row.message = place.message;
            let text = place.kind == Opcode::TEXT && !place.continues_nothing;
            row.set_text(text && !done.compressed);
            if done.compressed {
                row.set_compressed();
            }
            row.part = u16::try_from(place.part).unwrap_or(u16::MAX);
        }
        let extra = Extra {
            violations: done.violations,
            len: done.header.payload_len,
            pieces,
            cut_at: (!done.complete).then_some(done.octets),
            inflated: done.inflated.map(|inflated| {
                (inflated, done.place.is_some_and(|place| place.kind == Opcode::TEXT))
            }),
            ..Extra::default()
        };
        self.push(row, extra);
    }

    /// One direction of TCP has ended.
    pub fn tcp(
        &mut self,
        number: u32,
        from: Role,
        event: TcpEvent,
        error: Option<String>,
        time: Time,
    ) {
        let Some(connection) = self.connection_mut(number) else { return };
        connection.last = time;
        let mut violations = Wire::judge_tcp(&connection.closing, from, event, time);
        if connection.wire.as_ref().is_some_and(|wire| wire.has_gap(from)) {
            violations.clear(); // what is missing may have been its answer
        }
        // A reset ends both directions.
        let both = [from, from.peer()];
        let ended = if event == TcpEvent::Fin { &both[..1] } else { &both[..] };
        if let Some(mut wire) = connection.wire.take() {
            for &role in ended {
                let Some(connection) = self.connection_mut(number) else { return };
                if let Some(done) = wire.finish(&mut connection.closing, role, time) {
                    self.append(number, role, time, done, &wire.pieces[role.index()]);
                    wire.pieces[role.index()].clear();
                }
                self.undecoded(number, role, &mut wire, time);
            }
            if let Some(connection) = self.connection_mut(number) {
                connection.wire = Some(wire);
            }
        }
        let Some(connection) = self.connection_mut(number) else { return };
        connection.closing.tcp(from, event, time);
        let over = connection.closing.is_over();
        let row = Row::new(Kind::Tcp, number, time, Some(from));
        let extra = Extra { violations, len: event as u64, tcp_error: error, ..Extra::default() };
        self.push(row, extra);
        if over {
            self.over(number, time);
        }
    }

    /// The connection goes through a tunnel.
    pub fn tunnel(&mut self, number: u32, tunnel: Tunnel) {
        if let Some(connection) = self.connection_mut(number) {
            connection.tunnel = Some(tunnel);
        }
    }

    /// The TLS handshake is over, for better or worse.
    pub fn tls(&mut self, number: u32, tls: Box<Tls>, time: Time) {
        let Some(connection) = self.connection_mut(number) else { return };
        connection.last = time;
        connection.tls = Some(tls);
        self.push(Row::new(Kind::Tls, number, time, None), Extra::default());
    }

    /// An end said in TLS that nothing more comes from it.
    pub fn close_notify(&mut self, number: u32, from: Role) {
        if let Some(connection) = self.connection_mut(number) {
            connection.close_notify[from.index()] = true;
        }
    }

    /// A page of ours is at the client's end.
    pub fn page(&mut self, number: u32, page: Page) {
        if let Some(connection) = self.connection_mut(number) {
            connection.page = Some(page);
        }
    }

    /// The page reported its CloseEvent: the first report counts.
    pub fn close_event(&mut self, number: u32, event: CloseEvent, time: Time) {
        let Some(connection) = self.connection_mut(number) else { return };
        if connection.observed.is_none() {
            connection.observed = Some(ObservedClose { event, time });
            let row = Row::new(Kind::Observed, number, time, None);
            self.push(row, Extra::default());
        }
    }

    /// Something did not work.
    pub fn append_fault(&mut self, number: u32, fault: Fault, time: Time) {
        if let Some(connection) = self.connection_mut(number)
            && fault.stage == Stage::Tls
            && connection.tls.as_ref().is_none_or(|tls| !tls.is_established())
        {
            connection.tls_fault.get_or_insert_with(|| fault.clone());
        }
        let row = Row::new(Kind::Fault, number, time, fault.octets_of().map(|(from, _)| from));
        self.push(row, Extra { fault: Some(fault), ..Extra::default() });
    }

    /// Nothing more will be observed of this connection.
    pub fn over(&mut self, number: u32, time: Time) {
        let Some(connection) = self.connection_mut(number) else { return };
        if connection.over {
            return;
        }
        connection.over = true;
        let mut violations = Vec::new();
        if let Some(mut wire) = connection.wire.take() {
            for role in Role::BOTH {
                let Some(connection) = self.connection_mut(number) else { return };
                if let Some(done) = wire.finish(&mut connection.closing, role, time) {
                    self.append(number, role, time, done, &wire.pieces[role.index()]);
                    wire.pieces[role.index()].clear();
                }
                self.undecoded(number, role, &mut wire, time);
            }
            if let Some(connection) = self.connection(number) {
                violations = wire.judge_over(&connection.closing);
            }
        }
        let row = Row::new(Kind::Closed, number, time, None);
        self.push(row, Extra { violations, ..Extra::default() });
    }

    /// The run, or the file, has ended: so has every connection.
    pub fn over_all(&mut self) {
        for number in 1..=self.connections().len() as u32 {
            let last = self.connection(number).map_or(0, |c| c.last);
            self.over(number, last);
        }
    }
}

impl Connection {
    fn note_response(&mut self, from: Role, head: &Head, violations: &[Violation], time: Time) {
        if from == Role::Server && head.status() == Some(101) {
            let rules: Vec<Rule> = violations.iter().map(|v| v.rule).collect();
            self.bad_response = client_refuses(&rules);
            self.last_frame.get_or_insert(time);
        }
    }

    fn note_head(&mut self, from: Role, head: &Head) {
        self.asked_upgrade |= head.asks_upgrade();
        let agent = match from {
            Role::Client => head.get("User-Agent"),
            Role::Server => head.get("Server"),
        };
        if let Some(agent) = agent {
            self.agents[from.index()] = Some(agent.to_owned());
        }
        if let Some(status) = head.status().filter(|s| *s >= 200) {
            self.refused = Some(status);
        }
    }
}
