//! Hold and delay: when what this end has decided goes out.
//!
//! Everything that an end sends passes [`Connection::put`]. It goes at once, or waits in
//! the queue: while the connection is on hold, for the delay of the behaviour, or for a
//! hand that the behaviour asks for. What waits has not happened: nothing of it is
//! encoded, and no fact is noted before it goes.

use super::queue::{Item, Waiting};
use super::{Connection, Output, Problem, Timer};
use crate::protocol::action::Action;
use crate::protocol::{Opcode, Role, Time};

/// Beyond so many octets in the queue the user's messages are refused.
pub const MAX_WAITING: usize = 8 << 20;

impl Connection {
    /// Holds back what this end sends from now on, or lets all of it go.
    pub fn set_hold(&mut self, hold: bool, now: Time) {
        self.settings.hold = hold;
        self.let_due_through(now);
    }

    /// Whether what this end sends waits until it is let through.
    #[must_use]
    pub fn is_on_hold(&self) -> bool {
        self.settings.hold && !self.ending
    }

    /// What waits, oldest first.
    pub fn waiting(&self) -> impl ExactSizeIterator<Item = &Waiting> {
        self.queue.iter()
    }

    /// Counts the changes of what waits.
    #[must_use]
    pub fn waiting_changes(&self) -> u64 {
        self.queue.changes()
    }

    /// Lets the oldest of what waits through; `false` if nothing does.
    pub fn release(&mut self, now: Time) -> bool {
        self.let_out(0, now)
    }

    /// Lets this one through, whatever waits before it; `false` if it is gone.
    pub fn let_through(&mut self, id: u64, now: Time) -> bool {
        self.queue.find(id).is_some_and(|at| self.let_out(at, now))
    }

    /// Lets all that waits through, in order; on hold, what follows from it waits.
    pub fn let_all_through(&mut self, now: Time) {
        let end = self.queue.next_id();
        while let Some(waiting) = self.queue.take_before(end) {
            self.commit(waiting.item, now);
            self.flush_answers();
        }
    }

    /// Drops this one: it is never sent. `false` if it is gone.
    pub fn discard(&mut self, id: u64) -> bool {
        self.queue.find(id).and_then(|at| self.queue.take(at)).is_some()
    }

    /// Drops all that waits.
    pub fn discard_all(&mut self) {
        self.queue.clear();
    }

    fn let_out(&mut self, at: usize, now: Time) -> bool {
        let Some(waiting) = self.queue.take(at) else { return false };
        self.commit(waiting.item, now);
        self.flush_answers();
        true
    }

    /// Lets through what is due.
    pub(super) fn let_due_through(&mut self, now: Time) {
        while let Some((at, _)) = self.first_due().filter(|(_, due)| *due <= now) {
            self.let_out(at, now);
        }
    }

    /// What goes next by itself, and when.
    pub(super) fn first_due(&self) -> Option<(usize, Time)> {
        let (at, waiting) = self.queue.first().filter(|_| !self.is_on_hold())?;
        Some((at, waiting.since.saturating_add(self.settings.behaviour.delay)))
    }

    /// Whether what is decided now goes at once: nothing that waits is overtaken.
    pub(super) fn passes(&self) -> bool {
        let free = !self.settings.hold && self.settings.behaviour.delay == 0;
        self.ending || (free && self.queue.first().is_none())
    }

    /// Sends this, or lets it wait.
    pub(super) fn put(&mut self, item: Item, now: Time) {
        if self.passes() {
            self.commit(item, now);
        } else if !self.is_needless(&item, false) {
            self.queue.push(item, false, now);
        }
    }

    /// The same, but it waits for a hand in any case.
    pub(super) fn put_by_hand(&mut self, item: Item, now: Time) {
        if self.ending {
            self.commit(item, now);
        } else if !self.is_needless(&item, true) {
            self.queue.push(item, true, now);
        }
    }

    /// An answer that is none any more, or an end of TCP that waits already.
    fn is_needless(&self, item: &Item, by_hand: bool) -> bool {
        let Item::Answer(action) = item else { return false };
        let is_end = matches!(action, Action::Fin | Action::Rst);
        let same = |item: &Item| matches!(item, Item::Answer(a) | Item::Own(a) if a == action);
        self.is_too_late(action)
            || (is_end && self.queue.any(|w| same(&w.item) && (by_hand || !w.by_hand)))
    }

    /// Whether an answer may not be sent any more.
    fn is_too_late(&self, action: &Action) -> bool {
        match action {
            Action::Rst => self.facts.is_over(),
            Action::Fin => self.fin_queued,
            // Nothing follows this end's Close.
            _ => self.fin_queued || self.facts.end(self.role).close.is_some(),
        }
    }

    /// It goes now.
    fn commit(&mut self, item: Item, now: Time) {
        let before = self.end_so_far();
        match item {
            Item::Head(octets) => {
                if self.role == Role::Client {
                    let limit = now.saturating_add(self.settings.open_timeout);
                    self.timers.push((limit, Timer::Open));
                }
                self.outputs.push_back(Output::Write(octets));
            }
            Item::Accept(octets) => self.accept(octets, now),
            Item::Answer(action) if self.is_too_late(&action) => {}
            Item::Answer(action) => match action {
                Action::Close(code, reason) => self.send_close(Some((code, &reason)), now),
                Action::CloseEmpty => self.send_close(None, now),
                Action::Fin => self.queue_fin(Output::Fin, now),
                Action::Rst => self.reset(now),
                Action::Frame(opcode, payload) => self.answer(opcode, &payload),
                action => self.act_now(action, now),
            },
            Item::Own(action) => self.act_now(action, now),
        }
        if self.end_so_far() != before {
            self.drop_what_is_too_late();
        }
    }

    /// What decides which answers may still be sent: Close, FIN, and the end of TCP.
    fn end_so_far(&self) -> (bool, bool, bool) {
        let closed = self.facts.end(self.role).close.is_some();
        (closed, self.fin_queued, self.facts.is_over())
    }

    /// Does this, or lets it wait: each write is an item of its own.
    pub(super) fn act(&mut self, action: Action, now: Time) {
        let in_vain = self.fin_queued && action != Action::Rst || self.facts.is_over();
        if self.passes() || in_vain || matches!(action, Action::Wait(_)) {
            self.commit(Item::Own(action), now);
        } else if action.writes() && self.queue.room() >= MAX_WAITING {
            self.problem(Problem::QueueFull(action.octets()));
        } else if let Action::Fragments { opcode, payload, size } = action {
            // None of them may refer to what may never go, nor the other way round.
            self.begin_context_anew();
            for fragment in self.fragments(opcode, &payload, size) {
                self.put(Item::Own(Action::Custom(fragment)), now);
            }
            self.begin_context_anew();
        } else {
            self.put(Item::Own(action), now);
        }
    }

    /// Sends a message in answer to one, or lets it wait; the room comes back if it is
    /// not needed.
    pub(super) fn put_message(&mut self, opcode: Opcode, message: Vec<u8>, now: Time) -> Vec<u8> {
        if self.passes() {
            self.answer(opcode, &message);
            return message;
        }
        self.put(Item::Answer(Action::Frame(opcode, message)), now);
        Vec::new()
    }

    /// Behind a Close, a FIN or the end of TCP some of what waits can go no more. What
    /// the user asked for is told.
    fn drop_what_is_too_late(&mut self) {
        let mut queue = std::mem::take(&mut self.queue);
        let (_, fin, over) = self.end_so_far();
        let mut unsent = 0;
        queue.retain(|waiting| match &waiting.item {
            Item::Head(_) | Item::Accept(_) => !fin,
            Item::Answer(action) => !self.is_too_late(action),
            Item::Own(action) => {
                unsent += usize::from(fin && action.writes());
                !over && (!fin || *action == Action::Rst)
            }
        });
        self.queue = queue;
        (0..unsent).for_each(|_| self.problem(Problem::WriteAfterFin));
    }
}
