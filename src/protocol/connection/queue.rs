//! What this end is about to send and has not sent: whole items, in the order in
//! which they were decided. When one may go is [`super::hold`]'s to say.

use crate::protocol::action::Action;
use crate::protocol::{Opcode, StatusCode, Time};
use std::collections::VecDeque;

/// Something that this end is about to do, not encoded yet: masking-keys, the state of
/// compression and what follows from it belong to the moment in which it goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Item {
    /// A client's request, or a server's refusal.
    Head(Vec<u8>),
    /// The 101.
    Accept(Vec<u8>),
    /// This end answers by itself; nothing once it may not be sent any more.
    Answer(Action),
    /// The user asked for it.
    Own(Action),
}

impl Item {
    fn octets(&self) -> usize {
        match self {
            Item::Head(head) | Item::Accept(head) => head.len(),
            Item::Answer(action) | Item::Own(action) => action.octets(),
        }
    }

    fn what(&self) -> HeldWhat {
        match self {
            Item::Head(head) | Item::Accept(head) => {
                let line = head.split(|octet| *octet == b'\r').next().unwrap_or_default();
                HeldWhat::Head(String::from_utf8_lossy(line).into_owned())
            }
            Item::Answer(action) | Item::Own(action) => HeldWhat::of(action),
        }
    }
}

/// Something that waits to go out, as people are told of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// Names it within its connection; what was decided later has a higher one.
    pub id: u64,
    /// What it is.
    pub what: HeldWhat,
    /// What this end does by itself; a head is one or the other by its first line.
    pub answer: bool,
    /// The behaviour asks for a hand, whether the connection is on hold or not.
    pub by_hand: bool,
}

/// Octets of a payload that [`HeldWhat`] keeps, at most.
pub const PREVIEW: usize = 64;

/// What waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HeldWhat {
    /// A head; its first line.
    Head(String),
    /// A Close; without a code, one without a body.
    Close(Option<StatusCode>, String),
    /// Any other frame.
    Frame {
        /// Which.
        opcode: Opcode,
        /// The last, or only one of its message.
        fin: bool,
        /// Octets of its payload, before compression.
        len: u64,
        /// How the payload begins.
        preview: Vec<u8>,
    },
    /// Octets as they are.
    Raw {
        /// How many.
        len: u64,
        /// How they begin.
        preview: Vec<u8>,
    },
    /// So many actions in one write.
    Batch(usize),
    /// The end of this direction of TCP.
    Fin,
    /// The same without TLS's close_notify.
    FinAbrupt,
    /// A reset.
    Rst,
}

impl HeldWhat {
    /// What a step that is not a pause will put on the wire.
    #[must_use]
    pub fn of(action: &Action) -> HeldWhat {
        let begin = |octets: &[u8]| octets[..octets.len().min(PREVIEW)].to_vec();
        let frame = |opcode: Opcode, fin: bool, payload: &[u8]| HeldWhat::Frame {
            opcode,
            fin,
            len: payload.len() as u64,
            preview: begin(payload),
        };
        match action {
            Action::Frame(opcode, payload) => frame(*opcode, true, payload),
            Action::Fragments { opcode, payload, .. } => frame(*opcode, true, payload),
            Action::Custom(spec) => frame(spec.opcode, spec.fin, &spec.payload),
            Action::Close(code, reason) => {
                HeldWhat::Close(Some(*code), String::from_utf8_lossy(reason).into_owned())
            }
            Action::CloseEmpty => HeldWhat::Close(None, String::new()),
            Action::Raw(raw) => HeldWhat::Raw { len: raw.len() as u64, preview: begin(raw) },
            Action::Batch(actions) => HeldWhat::Batch(actions.len()),
            Action::Wait(_) => HeldWhat::Batch(0),
            Action::Fin => HeldWhat::Fin,
            Action::FinAbrupt => HeldWhat::FinAbrupt,
            Action::Rst => HeldWhat::Rst,
        }
    }
}

/// An item of the queue.
#[derive(Debug)]
pub struct Waiting {
    pub(super) id: u64,
    pub(super) item: Item,
    pub(super) by_hand: bool,
    /// When it was decided.
    pub(super) since: Time,
}

impl Waiting {
    /// What an item takes beside its octets, roughly: small ones are many.
    const ROOM: usize = 128;

    fn room(&self) -> usize {
        self.item.octets() + Waiting::ROOM
    }

    /// Whether it waits for a hand of its own, on hold or not.
    #[must_use]
    pub fn is_by_hand(&self) -> bool {
        self.by_hand
    }

    /// As people are told of it.
    #[must_use]
    pub fn held(&self) -> Held {
        Held {
            id: self.id,
            what: self.item.what(),
            answer: matches!(self.item, Item::Answer(_)),
            by_hand: self.by_hand,
        }
    }
}

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    items: VecDeque<Waiting>,
    room: usize,
    next_id: u64,
    changes: u64,
}

impl Queue {
    pub(super) fn push(&mut self, item: Item, by_hand: bool, since: Time) {
        let waiting = Waiting { id: self.next_id, item, by_hand, since };
        self.next_id += 1;
        self.changes += 1;
        self.room += waiting.room();
        self.items.push_back(waiting);
    }

    pub(super) fn take(&mut self, at: usize) -> Option<Waiting> {
        let waiting = self.items.remove(at)?;
        self.changes += 1;
        self.room -= waiting.room();
        Some(waiting)
    }

    /// The oldest that may have gone to `next_id` by now.
    pub(super) fn take_before(&mut self, id: u64) -> Option<Waiting> {
        self.items.front().filter(|waiting| waiting.id < id)?;
        self.take(0)
    }

    pub(super) fn find(&self, id: u64) -> Option<usize> {
        self.items.iter().position(|waiting| waiting.id == id)
    }

    /// The first that does not wait for a hand of its own, and where it stands.
    pub(super) fn first(&self) -> Option<(usize, &Waiting)> {
        self.items.iter().enumerate().find(|(_, waiting)| !waiting.by_hand)
    }

    pub(super) fn any(&self, is: impl Fn(&Waiting) -> bool) -> bool {
        self.items.iter().any(is)
    }

    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Waiting) -> bool) {
        let before = self.items.len();
        let room = &mut self.room;
        self.items.retain(|waiting| {
            let kept = keep(waiting);
            *room -= if kept { 0 } else { waiting.room() };
            kept
        });
        self.changes += u64::from(self.items.len() < before);
    }

    pub(super) fn clear(&mut self) {
        self.retain(|_| false);
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Waiting> {
        self.items.iter()
    }

    /// Octets that the items take, about.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// The id that the next item gets.
    pub(super) fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Counts what came and went.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }
}
