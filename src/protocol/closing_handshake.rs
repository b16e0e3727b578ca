//! The closing handshake as facts, and what each end may conclude from them
//! (RFC 6455 §7).
//!
//! What is stored was seen on the wire. `readyState`, code, reason and
//! `wasClean` are computed; 1005 and 1006 exist only in that computation.

use super::close::{CloseBody, StatusCode};
use super::violation::Rule;
use super::{Role, Time};

/// The browser's four words.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum ReadyState {
    /// No 101 yet.
    Connecting,
    /// Data may flow.
    Open,
    /// A Close was sent or received, or one side of TCP has ended.
    Closing,
    /// TCP is over.
    Closed,
}

impl ReadyState {
    /// The word, not translated.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ReadyState::Connecting => "CONNECTING",
            ReadyState::Open => "OPEN",
            ReadyState::Closing => "CLOSING",
            ReadyState::Closed => "CLOSED",
        }
    }
}

/// How TCP ended in one direction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TcpEvent {
    /// The write side was shut down in order.
    Fin,
    /// The connection was reset.
    Rst,
    /// Any other error: nothing more is known of that end.
    Lost,
}

impl TcpEvent {
    /// As JSON spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            TcpEvent::Fin => "fin",
            TcpEvent::Rst => "rst",
            TcpEvent::Lost => "lost",
        }
    }
}

/// When, and in which order among the facts of this connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    /// Time of the octets.
    pub time: Time,
    /// Running number; lower happened first as seen at the observed end.
    pub order: u32,
}

/// An end's first Close frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CloseFact {
    /// When it was whole.
    pub moment: Moment,
    /// The code on the wire.
    pub code: Option<StatusCode>,
    /// The reason on the wire, where it is UTF-8.
    pub reason: Option<String>,
    /// The rule that a receiver has to fail the connection for.
    pub fault: Option<Rule>,
}

/// A broken rule for which a receiver has to fail the connection. Receivers differ
/// in which of them they find, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Broken {
    /// Which rule.
    pub rule: Rule,
    /// When the frame was whole, or cut off.
    pub moment: Moment,
    /// All of the frame came; otherwise what broke the rule is in the part that did.
    pub whole: bool,
    /// In a control frame.
    pub control: bool,
}

/// Lengths of a message, in octets, beyond which some receivers give up.
pub const LONG: [u64; 2] = [1 << 20, 100 << 20];

/// What one end was seen to do.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EndFacts {
    /// Its first Close.
    pub close: Option<CloseFact>,
    /// How it ended its direction of TCP.
    pub tcp: Option<(TcpEvent, Moment)>,
    /// The first broken MUST for which the other end has to fail the connection.
    pub fault: Option<(Rule, Moment)>,
    /// The first frame behind its Close.
    pub frame_after_close: Option<Moment>,
    /// Its FIN, also where a reset came later.
    pub fin: Option<Moment>,
    /// Each rule that it broke up to its Close, the first time.
    pub broken: Vec<Broken>,
    /// The end of the first text message that is not UTF-8.
    pub bad_message: Option<Moment>,
    /// The first message longer than each of [`LONG`].
    pub long: [Option<Moment>; 2],
    /// Its Close came inside a fragmented message.
    pub close_inside_message: bool,
}

/// What an end reports of the ending (§7.1.4 to §7.1.6).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// _The WebSocket Connection Close Code_.
    pub code: StatusCode,
    /// _The WebSocket Connection Close Reason_.
    pub reason: String,
    /// Closed cleanly.
    pub was_clean: bool,
}

impl Held {
    /// What is held where no Close came.
    #[must_use]
    pub fn abnormal() -> Held {
        Held { code: StatusCode::ABNORMAL, reason: String::new(), was_clean: false }
    }
}

/// The facts of one connection.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClosingHandshake {
    opened: Option<Moment>,
    ends: [EndFacts; 2],
    next_order: u32,
}

impl ClosingHandshake {
    fn moment(&mut self, time: Time) -> Moment {
        let order = self.next_order;
        self.next_order += 1;
        Moment { time, order }
    }

    /// The 101 went, or came, and was in order.
    pub fn opened(&mut self, now: Time) {
        let moment = self.moment(now);
        self.opened.get_or_insert(moment);
    }

    /// A whole Close frame of `from`.
    pub fn close_frame(&mut self, from: Role, body: CloseBody<'_>, fault: Option<Rule>, now: Time) {
        let moment = self.moment(now);
        self.ends[from.index()].close.get_or_insert_with(|| CloseFact {
            moment,
            code: body.code(),
            reason: body.reason().map(str::to_owned),
            fault,
        });
    }

    /// A frame of `from` behind its Close.
    pub fn frame_after_close(&mut self, from: Role, now: Time) {
        let moment = self.moment(now);
        self.ends[from.index()].frame_after_close.get_or_insert(moment);
    }

    /// A rule broken by `from` for which the other end has to fail the connection.
    pub fn fault(&mut self, from: Role, rule: Rule, now: Time) {
        let moment = self.moment(now);
        self.ends[from.index()].fault.get_or_insert((rule, moment));
    }

    /// Rules that one frame of `from` breaks; a Close's before [`Self::close_frame`].
    pub fn broken(
        &mut self,
        from: Role,
        rules: impl Iterator<Item = Rule>,
        whole: bool,
        control: bool,
        now: Time,
    ) {
        let moment = self.moment(now);
        let known = &mut self.ends[from.index()].broken;
        for rule in rules {
            let same = |b: &Broken| (b.rule, b.whole, b.control) == (rule, whole, control);
            if !known.iter().any(same) {
                known.push(Broken { rule, moment, whole, control });
            }
        }
    }

    /// A text message of `from` has ended that is not UTF-8.
    pub fn bad_message(&mut self, from: Role, now: Time) {
        let moment = self.moment(now);
        self.ends[from.index()].bad_message.get_or_insert(moment);
    }

    /// A message of `from` has, or will have, so many octets.
    pub fn message_octets(&mut self, from: Role, octets: u64, now: Time) {
        for (i, _) in LONG.iter().enumerate().filter(|(_, long)| octets > **long) {
            let moment = self.moment(now);
            self.ends[from.index()].long[i].get_or_insert(moment);
        }
    }

    /// The Close of `from` came inside a fragmented message.
    pub fn close_inside_message(&mut self, from: Role) {
        self.ends[from.index()].close_inside_message = true;
    }

    /// `from` ended its direction of TCP.
    pub fn tcp(&mut self, from: Role, event: TcpEvent, now: Time) {
        let moment = self.moment(now);
        if event == TcpEvent::Fin {
            self.ends[from.index()].fin.get_or_insert(moment);
        }
        let tcp = &mut self.ends[from.index()].tcp;
        match (&tcp, event) {
            (None, _) | (Some((TcpEvent::Fin, _)), TcpEvent::Rst | TcpEvent::Lost) => {
                *tcp = Some((event, moment));
            }
            _ => {}
        }
    }

    /// When the opening handshake was completed.
    #[must_use]
    pub fn opened_at(&self) -> Option<Moment> {
        self.opened
    }

    /// What `role` was seen to do.
    #[must_use]
    pub fn end(&self, role: Role) -> &EndFacts {
        &self.ends[role.index()]
    }

    /// Whether TCP is over: both FINs, a RST, or the connection is lost.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let fin = |role: Role| matches!(self.end(role).tcp, Some((TcpEvent::Fin, _)));
        (fin(Role::Client) && fin(Role::Server)) || self.broken_by().is_some()
    }

    /// Who reset or lost TCP, and how.
    #[must_use]
    pub fn broken_by(&self) -> Option<(Role, TcpEvent)> {
        Role::BOTH.into_iter().find_map(|role| match self.end(role).tcp {
            Some((event @ (TcpEvent::Rst | TcpEvent::Lost), _)) => Some((role, event)),
            _ => None,
        })
    }

    /// Who ended TCP first, and how.
    #[must_use]
    pub fn first_tcp_end(&self) -> Option<(Role, TcpEvent, Moment)> {
        Role::BOTH
            .into_iter()
            .filter_map(|role| self.end(role).tcp.map(|(event, moment)| (role, event, moment)))
            .min_by_key(|(_, _, moment)| moment.order)
    }

    /// Who sent the first Close, as seen at the observed end.
    #[must_use]
    pub fn initiator(&self) -> Option<Role> {
        Role::BOTH
            .into_iter()
            .filter_map(|role| self.end(role).close.as_ref().map(|c| (c.moment.order, role)))
            .min()
            .map(|(_, role)| role)
    }

    /// Whether a Close went each way (§7.1.4 asks for that and the end of TCP).
    #[must_use]
    pub fn both_closes(&self) -> bool {
        Role::BOTH.into_iter().all(|role| self.end(role).close.is_some())
    }

    /// Whether `role` let a broken rule of the other end pass: behind it, it sent
    /// a Close with a code that says so, and no end that fails a connection does.
    #[must_use]
    pub fn went_on(&self, role: Role) -> bool {
        let broken = self.end(role.peer()).fault.map(|(_, moment)| moment.order);
        let close = self.end(role).close.as_ref();
        close.zip(broken).is_some_and(|(close, broken)| {
            close.moment.order > broken
                && close.code.is_some_and(|code| matches!(code.0, 1000 | 1001 | 3000..=4999))
        })
    }

    /// `readyState` of an end; of the far end, inferred from what it sent.
    #[must_use]
    pub fn ready_state(&self, role: Role) -> ReadyState {
        let any_tcp_end = Role::BOTH.into_iter().any(|r| self.end(r).tcp.is_some());
        let any_close = Role::BOTH.into_iter().any(|r| self.end(r).close.is_some());
        if self.is_over() || (self.opened.is_none() && any_tcp_end) {
            ReadyState::Closed
        } else if self.opened.is_none() {
            ReadyState::Connecting
        } else if any_close || any_tcp_end || self.end(role.peer()).fault.is_some() {
            ReadyState::Closing
        } else {
            ReadyState::Open
        }
    }

    /// When an end became CLOSING, and when CLOSED; `None` if it never was CLOSING.
    #[must_use]
    pub fn closing(&self, role: Role) -> Option<(Moment, Option<Moment>)> {
        self.opened?;
        let closes = self.ends.iter().filter_map(|end| Some(end.close.as_ref()?.moment));
        let fins = self.ends.iter().filter_map(|end| end.fin);
        let tcp = self.ends.iter().filter_map(|end| Some(end.tcp?.1));
        let fault = self.end(role.peer()).fault.map(|(_, moment)| moment);
        let begin = closes.chain(fins).chain(tcp.clone()).chain(fault);
        let since = begin.min_by_key(|moment| moment.order)?;
        // Both FINs, or what broke TCP: the last of either.
        let until = tcp.max_by_key(|moment| moment.order).filter(|_| self.is_over());
        (until != Some(since)).then_some((since, until))
    }

    /// Code and reason as `role` holds them after §7.1.5 and §7.1.6, and whether
    /// the connection was closed cleanly (§7.1.4). Not clean while TCP lasts.
    #[must_use]
    pub fn held(&self, role: Role) -> Held {
        let peer = self.end(role.peer());
        let Some(close) = &peer.close else { return Held::abnormal() };
        let failed_before = peer.fault.is_some_and(|(_, moment)| moment.order < close.moment.order);
        let failed = failed_before && !self.went_on(role);
        if self.opened.is_none() || close.fault.is_some() || failed {
            return Held::abnormal();
        }
        Held {
            code: close.code.unwrap_or(StatusCode::NO_STATUS),
            reason: close.reason.clone().unwrap_or_default(),
            was_clean: self.is_over()
                && self.broken_by().is_none()
                && self.end(role).close.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(code: u16, reason: &'static str) -> Vec<u8> {
        super::super::close::body(StatusCode(code), reason.as_bytes())
    }

    #[test]
    fn two_ends_may_hold_different_codes() {
        let mut facts = ClosingHandshake::default();
        facts.opened(1);
        facts.close_frame(Role::Client, CloseBody::parse(&close(3001, "bye")), None, 2);
        assert_eq!(facts.ready_state(Role::Client), ReadyState::Closing);
        facts.close_frame(Role::Server, CloseBody::parse(&close(4002, "other")), None, 3);
        facts.tcp(Role::Server, TcpEvent::Fin, 4);
        assert!(!facts.held(Role::Client).was_clean, "TCP is not over");
        facts.tcp(Role::Client, TcpEvent::Fin, 5);
        let client = facts.held(Role::Client);
        assert_eq!(
            (client.code.0, client.reason.as_str(), client.was_clean),
            (4002, "other", true)
        );
        assert_eq!(facts.held(Role::Server).code.0, 3001);
        assert_eq!(facts.initiator(), Some(Role::Client));
        assert_eq!(facts.first_tcp_end().map(|(role, ..)| role), Some(Role::Server));
        assert_eq!(facts.ready_state(Role::Client), ReadyState::Closed);
    }

    #[test]
    fn no_close_is_1006_and_an_empty_one_1005() {
        let mut facts = ClosingHandshake::default();
        facts.opened(1);
        facts.tcp(Role::Server, TcpEvent::Fin, 2);
        facts.tcp(Role::Client, TcpEvent::Fin, 3);
        assert_eq!(facts.held(Role::Client), Held::abnormal());

        let mut facts = ClosingHandshake::default();
        facts.opened(1);
        facts.close_frame(Role::Server, CloseBody::Empty, None, 2);
        facts.close_frame(Role::Client, CloseBody::Empty, None, 2);
        facts.tcp(Role::Server, TcpEvent::Fin, 2);
        facts.tcp(Role::Client, TcpEvent::Fin, 3);
        assert_eq!(facts.held(Role::Client).code, StatusCode::NO_STATUS);
        assert!(facts.held(Role::Client).was_clean);
    }

    #[test]
    fn a_reset_keeps_the_code_and_loses_clean() {
        let mut facts = ClosingHandshake::default();
        facts.opened(1);
        facts.close_frame(Role::Server, CloseBody::parse(&close(4001, "r")), None, 2);
        facts.close_frame(Role::Client, CloseBody::parse(&close(4001, "r")), None, 3);
        facts.tcp(Role::Server, TcpEvent::Rst, 4);
        let held = facts.held(Role::Client);
        assert_eq!((held.code.0, held.was_clean), (4001, false));
    }

    #[test]
    fn closing_lasts_from_the_first_sign_to_the_end_of_tcp() {
        let times = |facts: &ClosingHandshake| {
            let (since, until) = facts.closing(Role::Client)?;
            Some((since.time, until.map(|moment| moment.time)))
        };
        let mut facts = ClosingHandshake::default();
        facts.opened(1);
        assert_eq!(times(&facts), None);
        let mut reset = facts.clone();
        reset.tcp(Role::Server, TcpEvent::Rst, 4);
        assert_eq!(times(&reset), None, "from OPEN to CLOSED");
        let mut half = facts.clone();
        half.tcp(Role::Server, TcpEvent::Fin, 3);
        half.tcp(Role::Server, TcpEvent::Rst, 5);
        assert_eq!(times(&half), Some((3, Some(5))));
        facts.close_frame(Role::Client, CloseBody::Empty, None, 2);
        facts.tcp(Role::Server, TcpEvent::Fin, 5);
        assert_eq!(times(&facts), Some((2, None)));
        facts.tcp(Role::Client, TcpEvent::Fin, 9);
        assert_eq!(times(&facts), Some((2, Some(9))));
    }
}
