//! Builds a ladder from the rows of a log, as they come.

use super::{Effect, FOLD_FROM, Ladder, Run, Rung, Step, What};
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{
    CloseBody, ClosingHandshake, Opcode, ReadyState, Role, Severity, StatusCode, Time,
};
use crate::session::log::Log;
use crate::session::row::{Kind, Row};
use crate::session::selection::Selection;

/// Rows looked at in one call: a few milliseconds.
const AT_A_TIME: u64 = 1_000_000;

fn feed(facts: &mut ClosingHandshake, effect: Effect, from: Option<Role>, time: Time) {
    let Some(from) = from else { return };
    match effect {
        Effect::None => {}
        Effect::Opened => facts.opened(time),
        Effect::Close => facts.close_frame(from, CloseBody::Empty, None, time),
        Effect::Broke(rule) => facts.fault(from, rule, time),
        Effect::Tcp(event) => facts.tcp(from, event, time),
    }
}

impl Ladder {
    /// Looks at rows that came since; `false` while some are left to look at.
    pub fn update(&mut self, log: &Log) -> bool {
        self.look(log, log.len(), |_| true)
    }

    /// The same with rungs for these rows only. The others are looked at all the same:
    /// states and answers are what they are, whatever is shown.
    pub fn update_shown(&mut self, log: &Log, shown: &Selection) -> bool {
        if shown.is_all() {
            return self.look(log, shown.looked(), |_| true);
        }
        let mut at = shown.position(self.looked);
        self.look(log, shown.looked(), |index| {
            while shown.index(at).is_some_and(|row| row < index) {
                at += 1;
            }
            shown.index(at) == Some(index)
        })
    }

    /// Looks at rows up to `len`, and draws those that are shown.
    fn look(&mut self, log: &Log, len: u64, mut shown: impl FnMut(u64) -> bool) -> bool {
        let len = len.min(log.len());
        if self.looked > len {
            *self = Ladder::new(self.number, self.folding.clone());
        }
        let until = len.min(self.looked.saturating_add(AT_A_TIME));
        for index in self.looked..until {
            if let Some(row) = log.row(index).filter(|row| row.connection == self.number) {
                self.take(log, index, row, shown(index));
            }
        }
        self.looked = until;
        if let Some(connection) = log.connection(self.number) {
            self.role = connection.role;
            self.last = self.last.max(connection.last);
            let said = |role| {
                let close = connection.closing.end(role).close.as_ref()?;
                Some((close.code, close.reason.clone()))
            };
            self.differ = said(Role::Client) != said(Role::Server);
        }
        until == len
    }

    fn effect(&self, log: &Log, index: u64, row: &Row, from: Option<Role>) -> Effect {
        let Some(from) = from else { return Effect::None };
        let musts = || {
            log.violations(index).iter().map(|v| v.rule).filter(|r| r.severity() == Severity::Must)
        };
        match row.kind {
            Kind::Head if row.http_status() == Some(101) && musts().next().is_none() => {
                Effect::Opened
            }
            Kind::Frame if self.closes[from.index()].is_some() => Effect::None,
            Kind::Frame if row.opcode() == Opcode::CLOSE && row.is_complete() => Effect::Close,
            Kind::Frame => {
                musts().find(|r| r.status_code() != 0).map_or(Effect::None, Effect::Broke)
            }
            Kind::Tcp => Effect::Tcp(row.tcp_event()),
            _ => Effect::None,
        }
    }

    fn take(&mut self, log: &Log, index: u64, row: &Row, shown: bool) {
        let opcode = row.opcode();
        let from = row.from();
        let effect = self.effect(log, index, row, from);
        let before = Role::BOTH.map(|role| self.facts.ready_state(role));
        feed(&mut self.facts, effect, from, row.time);
        let states = Role::BOTH
            .map(|role| Step { before: before[role.index()], after: self.facts.ready_state(role) });
        let what = match row.kind {
            Kind::Opened => What::Established,
            Kind::Tls => What::Tls,
            Kind::Head => What::Head(row.http_status()),
            Kind::Frame => What::Frame(opcode),
            Kind::Tcp => What::Tcp(row.tcp_event()),
            Kind::Observed => What::Observed,
            Kind::Fault => What::Fault,
            Kind::Closed => What::End,
        };
        if let Some(from) = from {
            self.note(from, what, index, row);
        }
        for (since, step) in self.closing.iter_mut().zip(states) {
            if step.changes() && step.after == ReadyState::Closing {
                since.get_or_insert(row.time);
            }
        }
        self.bottom = states.map(|step| step.after);
        self.over |= row.kind == Kind::Closed;
        self.last = self.last.max(row.time);
        let changes = states.iter().any(|step| step.changes());
        if !shown {
            if changes {
                self.run = None;
            }
            return;
        }
        let rung = Rung {
            row: index,
            last: index,
            rows: 1,
            from,
            what,
            time: row.time,
            until: row.time,
            octets: if row.kind == Kind::Tcp { 0 } else { log.payload_len(index) },
            violations: if row.has_violations() { log.violations(index).len() as u32 } else { 0 },
            states,
            seen: [None; 2],
            run: None,
            effect,
        };
        let data = row.kind == Kind::Frame && !opcode.is_control() && row.is_complete();
        if data && !changes {
            self.push_data(rung);
        } else {
            self.run = None;
            self.rungs.push(rung);
        }
    }

    fn note(&mut self, from: Role, what: What, index: u64, row: &Row) {
        let from = from.index();
        match what {
            What::Frame(Opcode::CLOSE) if row.is_complete() => {
                self.closes[from].get_or_insert(index);
            }
            What::Frame(Opcode::PONG) => self.pongs[from] = Some(index),
            What::Head(_) => self.heads[from] = Some(index),
            What::Tcp(TcpEvent::Fin) => {
                self.fins[from].get_or_insert(index);
            }
            _ => {}
        }
    }

    /// A data frame that changes no state: one more of a run.
    fn push_data(&mut self, mut rung: Rung) {
        let at = self.rungs.len();
        let run = self.run.get_or_insert(Run { id: rung.row, rung: at, frames: 0 });
        run.frames = run.frames.saturating_add(1);
        let (id, begin, frames) = (run.id, run.rung, run.frames);
        let shown = self.folding.all || self.folding.unfolded.contains(&id);
        if frames > FOLD_FROM && !shown {
            return Ladder::merge(&mut self.rungs, begin, rung);
        }
        rung.run = (frames > FOLD_FROM).then_some(id);
        self.rungs.push(rung);
        if frames == FOLD_FROM {
            let single = self.rungs.split_off(begin);
            for mut rung in single {
                rung.run = Some(id);
                if shown {
                    self.rungs.push(rung);
                } else {
                    Ladder::merge(&mut self.rungs, begin, rung);
                }
            }
        }
    }

    /// Adds a frame to the arrow of its direction in the fold that begins at `begin`.
    fn merge(rungs: &mut Vec<Rung>, begin: usize, rung: Rung) {
        let id = rungs.get(begin).map_or(rung.row, |first| first.row);
        let fold = rungs[begin..].iter_mut().find(|fold| fold.from == rung.from);
        if let Some(fold) = fold {
            fold.rows = fold.rows.saturating_add(1);
            (fold.last, fold.until) = (rung.row, rung.time);
            fold.octets = fold.octets.saturating_add(rung.octets);
            fold.violations = fold.violations.saturating_add(rung.violations);
        } else {
            rungs.push(Rung { what: What::Folded, run: Some(id), ..rung });
        }
    }

    /// Takes what both ends saw: when each of them sent or received a row. The
    /// states of each lifeline then follow its own order of events.
    pub fn observe_both(&mut self, seen: impl Fn(u64) -> Option<[Time; 2]>) {
        self.both = true;
        for rung in &mut self.rungs {
            if let Some(times) = seen(rung.row) {
                rung.seen = times.map(Some);
            }
        }
        for role in Role::BOTH {
            let end = role.index();
            let mut order: Vec<usize> = (0..self.rungs.len()).collect();
            order.sort_by_key(|&i| self.rungs[i].seen[end].unwrap_or(self.rungs[i].time));
            let mut facts = ClosingHandshake::default();
            self.closing[end] = None;
            for i in order {
                let rung = &mut self.rungs[i];
                let time = rung.seen[end].unwrap_or(rung.time);
                let before = facts.ready_state(role);
                feed(&mut facts, rung.effect, rung.from, time);
                let step = Step { before, after: facts.ready_state(role) };
                if step.changes() && step.after == ReadyState::Closing {
                    self.closing[end].get_or_insert(time);
                }
                rung.states[end] = step;
            }
            self.bottom[end] = facts.ready_state(role);
        }
    }

    /// The status code on the wire of a Close.
    #[must_use]
    pub fn status(&self, log: &Log, rung: usize) -> Option<StatusCode> {
        log.row(self.rungs.get(rung)?.row)?.status()
    }
}
