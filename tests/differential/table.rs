//! Every way in which another receiver's verdict may differ from ours, and why.
//! One that does not occur in the fixed run fails it, so that none outlives its cause.

use super::verdicts::{End, Ours, Seen, Verdict};
use wsscope::protocol::{Role, Rule};

/// Another receiver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    Tungstenite,
    Python,
}

/// A case on which the verdicts differ.
#[derive(Debug)]
pub struct Difference<'a> {
    pub who: Who,
    pub from: Role,
    pub limit: u64,
    pub ours: &'a Ours,
    pub theirs: &'a Verdict,
}

/// A way to differ.
pub struct Disagreement {
    pub name: &'static str,
    /// Who differs so.
    pub who: &'static [Who],
    /// What the RFC says, and what they do.
    pub why: &'static str,
    pub when: fn(&Difference) -> bool,
}

const BOTH: &[Who] = &[Who::Tungstenite, Who::Python];

/// The table.
pub const TABLE: &[Disagreement] = &[
    Disagreement {
        name: "length not minimal",
        who: BOTH,
        why: "§5.2: the minimal number of octets MUST be used. They take any form.",
        when: |d| d.rule() == Some(Rule::LengthNotMinimal) && d.missing() <= 0,
    },
    Disagreement {
        name: "fault in a frame that is cut off",
        who: BOTH,
        why: "§7.1.7 names no moment. We judge a header once it is whole and text at each octet; \
              they judge a frame once all of it came.",
        when: |d| {
            let cut_off = d.faulty().is_some_and(|frame| !frame.complete);
            cut_off && d.theirs.end == End::Unfinished && d.same_received()
        },
    },
    Disagreement {
        name: "too long and faulty",
        who: BOTH,
        why: "§7.4.1 ranks no codes. They compare the length with their limit before they look at \
              RSV bits, MASK (tungstenite), opcode order and control frames: 1009 for our 1002.",
        when: |d| {
            d.codes() == Some((1002, 1009))
                && d.rule() != Some(Rule::LengthTopBit)
                && d.faulty().is_some_and(|frame| d.too_long(frame))
        },
    },
    Disagreement {
        name: "top bit of the length",
        who: BOTH,
        why: "§5.2: the most significant bit MUST be 0. They have no such rule, only a limit: \
              1009 for our 1002.",
        when: |d| d.rule() == Some(Rule::LengthTopBit) && d.codes() == Some((1002, 1009)),
    },
    Disagreement {
        name: "1014 refused",
        who: &[Who::Tungstenite],
        why: "§7.4.2, IANA: 1014 Bad Gateway is registered. tungstenite does not know it.",
        when: |d| {
            let last = d.ours.verdict.received.last();
            last.is_some_and(|(opcode, body)| *opcode == 8 && body.starts_with(b"\x03\xf6"))
                && d.theirs.end == End::Failed(1002)
                && d.missing() == 1
        },
    },
    Disagreement {
        name: "frames behind a Close not looked at",
        who: BOTH,
        why: "§5.5.1: no data frames after a Close; §1.4: what comes is discarded. We note the \
              fault and answer nothing; python never looks, tungstenite not as a server.",
        when: |d| {
            let looks = d.who == Who::Tungstenite && d.from == Role::Server;
            !looks && d.ends() == (End::WentOn, End::Closed) && d.same_received()
        },
    },
    Disagreement {
        name: "frame behind a Close that is cut off",
        who: &[Who::Tungstenite],
        why: "§5.5.1, as above. tungstenite as a client faults whole frames only.",
        when: |d| {
            let last = d.ours.frames.last();
            d.from == Role::Server
                && last.is_some_and(|frame| !frame.complete)
                && d.ends() == (End::WentOn, End::Closed)
                && d.same_received()
        },
    },
    Disagreement {
        name: "Close inside a fragmented message",
        who: &[Who::Python],
        why: "§5.4: control frames MAY be injected in the middle of a fragmented message; a Close \
              is one. python fails with 1002.",
        when: |d| {
            let at = d.ours.frames.iter().position(|f| f.complete && f.header.opcode.value() == 8);
            matches!(d.ours.verdict.end, End::Closed | End::WentOn)
                && d.theirs.end == End::Failed(1002)
                && d.missing() == 1
                && at.is_some_and(|at| d.ours.frames[at].open.is_some())
        },
    },
    Disagreement {
        name: "control frame counted into a message",
        who: &[Who::Python],
        why: "§5.4, §10.4: a limit is of a frame or of a message; a control frame is no part of \
              the message around it. python compares it with what the message has left: 1009.",
        when: |d| {
            let end = d.ours.fault.map_or(d.ours.frames.len(), |(_, at)| at);
            let control = |f: &&Seen| f.header.opcode.is_control() && f.header.payload_len <= 125;
            d.theirs.end == End::Failed(1009)
                && d.missing() >= 0
                && d.ours.frames[..end].iter().filter(control).any(|frame| d.too_long(frame))
        },
    },
    Disagreement {
        name: "text judged when the message is whole",
        who: &[Who::Python],
        why: "§8.1 names no moment. python decodes a whole message, so control frames in between \
              are still taken, and another fault or the end of the stream may come first.",
        when: |d| {
            let mut more = d.theirs.received.iter().skip(d.ours.verdict.received.len());
            d.rule() == Some(Rule::TextNotUtf8)
                && d.faulty().is_some_and(|frame| !frame.header.fin)
                && d.missing() <= 0
                && more.all(|(opcode, _)| *opcode > 8)
                && !matches!(d.theirs.end, End::Closed | End::WentOn)
        },
    },
    Disagreement {
        name: "fault in a header that is cut off",
        who: &[Who::Python],
        why: "§7.1.7 names no moment. python judges opcode and MASK by the first two octets and \
              the length before the masking-key; we judge a header once it is whole.",
        when: |d| {
            d.ours.tail.len() >= 2
                && d.ours.verdict.end == End::Unfinished
                && matches!(d.theirs.end, End::Failed(1002 | 1009))
                && d.same_received()
        },
    },
];

impl Difference<'_> {
    /// The number of the entry that explains it.
    pub fn entry(&self) -> Option<usize> {
        let (ours, theirs) = (&self.ours.verdict.received, &self.theirs.received);
        // Whatever differs, nobody is given other messages.
        let common = ours.len().min(theirs.len());
        if ours[..common] != theirs[..common] {
            return None;
        }
        TABLE.iter().position(|entry| entry.who.contains(&self.who) && (entry.when)(self))
    }

    fn rule(&self) -> Option<Rule> {
        self.ours.fault.map(|(rule, _)| rule)
    }

    /// The frame for which we failed the connection.
    fn faulty(&self) -> Option<&Seen> {
        self.ours.fault.map(|(_, at)| &self.ours.frames[at])
    }

    /// Our end of it and theirs.
    fn ends(&self) -> (End, End) {
        (self.ours.verdict.end, self.theirs.end)
    }

    /// Our code and theirs, where both failed at the same place.
    fn codes(&self) -> Option<(u16, u16)> {
        match self.ends() {
            (End::Failed(ours), End::Failed(theirs)) if self.same_received() => {
                Some((ours, theirs))
            }
            _ => None,
        }
    }

    /// How much less they received than we did.
    fn missing(&self) -> isize {
        let (ours, theirs) = (&self.ours.verdict.received, &self.theirs.received);
        ours.len().cast_signed() - theirs.len().cast_signed()
    }

    /// One list is the beginning of the other, see [`Difference::entry`].
    fn same_received(&self) -> bool {
        self.missing() == 0
    }

    /// Whether they find this frame too long, whatever it is.
    fn too_long(&self, frame: &Seen) -> bool {
        let open = if self.who == Who::Python { frame.open.unwrap_or_default() } else { 0 };
        frame.header.payload_len > self.limit - open.min(self.limit)
    }
}
