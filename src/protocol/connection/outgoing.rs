//! What the endpoint puts on the wire: actions, the script, the end of TCP.

use super::queue::{Item, Waiting};
use super::{Connection, Event, Output, Problem, Timer};
use crate::protocol::action::Action;
use crate::protocol::behaviour::TcpBy;
use crate::protocol::close::{self, CloseBody};
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::half::{Done, Half};
use crate::protocol::header::{Header, write_frame};
use crate::protocol::{FrameSpec, Opcode, Role, Time};

impl Connection {
    pub(super) fn header(&mut self, opcode: Opcode, len: usize) -> Header {
        let key = (self.role == Role::Client).then(|| (self.keys)());
        Header::new(opcode, len as u64, key)
    }

    pub(super) fn run_script(&mut self, now: Time) {
        while self.script_resumes.is_none() {
            match self.script.pop_front() {
                None => return,
                Some(Action::Wait(time)) => self.script_resumes = Some(now.saturating_add(time)),
                Some(action) => self.act(action, now),
            }
        }
    }

    /// Does this now.
    pub(super) fn act_now(&mut self, action: Action, now: Time) {
        if action.writes() && self.fin_queued {
            return self.problem(Problem::WriteAfterFin);
        }
        if action.writes() && self.facts.opened_at().is_none() {
            return self.problem(Problem::NotOpen);
        }
        self.flush_answers();
        match action {
            Action::Wait(_) => {}
            Action::Fin => self.queue_fin(Output::Fin, now),
            Action::FinAbrupt => self.queue_fin(Output::FinAbrupt, now),
            Action::Rst => self.reset(now),
            Action::Fragments { opcode, payload, size } => {
                for fragment in self.fragments(opcode, &payload, size) {
                    let mut octets = Vec::new();
                    fragment.write(self.role, &mut self.keys, &mut octets);
                    self.outputs.push_back(Output::Write(octets));
                }
            }
            action => {
                let octets = self.encode(&action);
                self.outputs.push_back(Output::Write(octets.clone()));
                if matches!(action, Action::Close(..) | Action::CloseEmpty) {
                    // Whatever raw octets left unfinished, this is a whole Close.
                    self.raw = Half::frames(self.role);
                }
                if !matches!(action, Action::Frame(..)) {
                    self.observe_own(&octets, now);
                }
            }
        }
        self.flush_answers();
    }

    /// What an action puts on the wire.
    fn encode(&mut self, action: &Action) -> Vec<u8> {
        let mut octets = Vec::new();
        match action {
            Action::Frame(opcode, payload) => {
                self.write_message(*opcode, payload, &mut octets);
            }
            Action::Close(code, reason) => {
                let body = close::body(*code, reason);
                let header = self.header(Opcode::CLOSE, body.len());
                write_frame(&header, &body, &mut octets);
            }
            Action::CloseEmpty => self.header(Opcode::CLOSE, 0).write_to(&mut octets),
            Action::Raw(raw) => {
                octets.extend_from_slice(raw);
                self.begin_context_anew();
            }
            Action::Custom(spec) => {
                spec.write(self.role, &mut self.keys, &mut octets);
                self.begin_context_anew();
            }
            Action::Fragments { opcode, payload, size } => {
                for fragment in self.fragments(*opcode, payload, *size) {
                    fragment.write(self.role, &mut self.keys, &mut octets);
                }
            }
            Action::Batch(actions) => {
                for action in actions {
                    octets.extend(self.encode(action));
                }
            }
            Action::Wait(_) | Action::Fin | Action::FinAbrupt | Action::Rst => {}
        }
        octets
    }

    /// A Close is a Close, also one written as raw octets: it is not answered twice.
    fn observe_own(&mut self, mut octets: &[u8], now: Time) {
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

    /// A message in frames of at most `size` octets.
    pub(super) fn fragments(
        &mut self,
        opcode: Opcode,
        payload: &[u8],
        size: usize,
    ) -> Vec<FrameSpec> {
        let (payload, mut rsv1) = self.deflated(opcode, payload);
        let (mut opcode, mut rest) = (opcode, &payload[..]);
        let mut fragments = Vec::new();
        loop {
            let (fragment, behind) = rest.split_at(size.max(1).min(rest.len()));
            fragments.push(FrameSpec {
                fin: behind.is_empty(),
                rsv: [rsv1, false, false],
                opcode,
                payload: fragment.to_vec(),
                ..FrameSpec::default()
            });
            (opcode, rsv1, rest) = (Opcode::CONTINUATION, false, behind);
            if rest.is_empty() {
                return fragments;
            }
        }
    }

    /// Ends TCP as the behaviour says.
    pub(super) fn end_tcp(&mut self, now: Time) {
        match self.settings.behaviour.tcp_by {
            TcpBy::Rst if !self.ending => self.put(Item::Answer(Action::Rst), now),
            _ => self.fin(now),
        }
    }

    pub(super) fn flush_answers(&mut self) {
        if !self.answers.is_empty() {
            let octets = std::mem::take(&mut self.answers);
            // A FIN queued by the same read stays behind its answers.
            self.outputs.push_back(Output::Write(octets));
        }
    }

    /// This end ends TCP; the peer has so long to do the same, then it is reset.
    pub(super) fn fin_with_limit(&mut self, limit: Time, now: Time) {
        self.patience = Some(limit);
        if self.fin_queued {
            self.timers.push((now + limit, Timer::GiveUp));
        }
        self.fin(now);
    }

    /// This end ends its direction of TCP.
    pub(super) fn fin(&mut self, now: Time) {
        self.put(Item::Answer(Action::Fin), now);
    }

    /// Queues this form of FIN, unless one is queued.
    pub(super) fn queue_fin(&mut self, fin: Output, now: Time) {
        self.flush_answers();
        if !self.fin_queued {
            self.fin_queued = true;
            self.outputs.push_back(fin);
            self.facts.tcp(self.role, TcpEvent::Fin, now);
            self.timers.clear();
            if let Some(limit) = self.patience.filter(|_| !self.facts.is_over()) {
                self.timers.push((now + limit, Timer::GiveUp));
            }
        }
    }

    /// Resets TCP now.
    pub(super) fn reset(&mut self, now: Time) {
        self.flush_answers();
        if self.facts.is_over() {
            return; // there is no TCP left to reset
        }
        self.facts.tcp(self.role, TcpEvent::Rst, now);
        self.outputs.push_back(Output::Rst);
        self.stop();
    }

    pub(super) fn stop(&mut self) {
        self.failed = true;
        self.fin_queued = true;
        self.script_resumes = None;
        self.timers.clear();
        let waits = |w: &&Waiting| matches!(&w.item, Item::Own(action) if action.writes());
        let left = self.script.iter().filter(|action| action.writes()).count();
        let left = left + self.queue.iter().filter(waits).count();
        self.script.clear();
        self.queue.clear();
        // What was to be written behind an own RST becomes an error line.
        if !self.peer_ended {
            (0..left).for_each(|_| self.problem(Problem::WriteAfterFin));
        }
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        self.events.push_back(Event::Problem(problem));
    }
}
