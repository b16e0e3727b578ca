//! What the endpoint puts on the wire: actions, the script, the end of TCP.

use super::{Connection, Event, Output, Problem, Timer};
use crate::protocol::action::Action;
use crate::protocol::close::CloseBody;
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::half::Done;
use crate::protocol::header::{Header, write_frame};
use crate::protocol::{Opcode, Role, Time};

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

    pub(super) fn act(&mut self, action: Action, now: Time) {
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
                self.outputs.push_back(Output::Write(octets.clone()));
                self.observe_raw(&octets, now);
            }
            Action::Wait(_) => {}
            Action::Fin => self.fin(now),
            Action::Rst => self.rst(now),
        }
        self.flush_answers();
    }

    /// A Close written as raw octets is a Close: it is not answered twice.
    pub(super) fn observe_raw(&mut self, mut octets: &[u8], now: Time) {
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

    pub(super) fn write(&mut self, header: &Header, payload: &[u8]) {
        let mut octets = Vec::with_capacity(header.octets() + payload.len());
        write_frame(header, payload, &mut octets);
        self.outputs.push_back(Output::Write(octets));
    }

    pub(super) fn write_fragments(&mut self, opcode: Opcode, payload: &[u8], size: usize) {
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

    pub(super) fn flush_answers(&mut self) {
        if !self.answers.is_empty() {
            let octets = std::mem::take(&mut self.answers);
            // A FIN queued by the same read stays behind its answers.
            self.outputs.push_back(Output::Write(octets));
        }
    }

    pub(super) fn fin(&mut self, now: Time) {
        self.flush_answers();
        if !self.fin_queued {
            self.fin_queued = true;
            self.outputs.push_back(Output::Fin);
            self.facts.tcp(self.role, TcpEvent::Fin, now);
            self.timers.retain(|(_, timer)| *timer == Timer::GiveUp);
        }
    }

    pub(super) fn rst(&mut self, now: Time) {
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
        self.held.clear();
        let left = std::mem::take(&mut self.script);
        // What was to be written behind an own RST becomes an error line.
        if !self.peer_ended {
            for _ in left.iter().filter(|a| a.writes()) {
                self.problem(Problem::WriteAfterFin);
            }
        }
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        self.events.push_back(Event::Problem(problem));
    }
}
