//! Our client and our server wired together, with a virtual clock and a delay
//! on the way: whatever the two are told to do, what they promise holds.

use super::stage::{START, action, settings, spell};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::VecDeque;
use wsscope::protocol::behaviour::{Behaviour, OnClose, OnPing, OnViolation, TcpBy, TcpEnd, When};
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::connection::{Output, Settings};
use wsscope::protocol::deflate::Parameters;
use wsscope::protocol::{
    Action, Connection, Half, MILLISECOND, ReadyState, Role, SECOND, StatusCode, Time,
};

/// Reads what `role` sends; both ends offer and accept permessage-deflate.
fn eye(role: Role) -> Half {
    let mut half = Half::new(role, true);
    half.agree_deflate(&Parameters::default(), u64::MAX);
    half
}

/// An end: how it is set up, and what its user does, so long behind the step
/// before. Like a browser's, the user can act only while the state is OPEN.
#[derive(Clone, Debug)]
struct End {
    settings: Settings,
    user: VecDeque<(Time, Action)>,
}

/// Both ends and the wire between them.
struct Pair {
    ends: [Connection; 2],
    users: [VecDeque<(Time, Action)>; 2],
    /// When each user does the next step.
    next_step: [Time; 2],
    /// What is under way from each end, with the time of its arrival.
    wire: [VecDeque<(Time, Output)>; 2],
    /// What each end put out, frame by frame, in the words of a script.
    sent: [Vec<String>; 2],
    eyes: [Half; 2],
    delay: Time,
    now: Time,
}

impl Pair {
    fn new([client, server]: [End; 2], delay: Time) -> Pair {
        let keys = super::stage::fresh_keys;
        Pair {
            ends: [
                Connection::client(client.settings, [7; 16], keys(), START),
                Connection::server(server.settings, keys(), START),
            ],
            users: [client.user, server.user],
            next_step: [START; 2],
            wire: Default::default(),
            sent: Default::default(),
            eyes: Role::BOTH.map(eye),
            delay,
            now: START,
        }
    }

    /// Runs until nothing is under way and no timer is set.
    fn run(mut self) -> Pair {
        for _ in 0..5000 {
            Role::BOTH.into_iter().for_each(|role| self.collect(role));
            let dates = Role::BOTH.map(|role| self.next_date(role));
            let Some(date) = dates.into_iter().flatten().min() else { return self };
            self.now = self.now.max(date);
            Role::BOTH.into_iter().for_each(|role| self.deliver(role));
        }
        panic!(
            "it never ends: {:?}",
            self.sent.map(|sent| sent.into_iter().take(30).collect::<Vec<_>>())
        );
    }

    fn next_date(&self, role: Role) -> Option<Time> {
        let arrival = self.wire[role.index()].front().map(|(at, _)| *at);
        let timeout = self.end(role).next_timeout();
        [arrival, timeout, self.user_date(role)].into_iter().flatten().min()
    }

    fn user_date(&self, role: Role) -> Option<Time> {
        let open = self.end(role).ready_state() == ReadyState::Open;
        let (gap, _) = self.users[role.index()].front().filter(|_| open)?;
        Some(self.next_step[role.index()] + gap)
    }

    fn collect(&mut self, role: Role) {
        let i = role.index();
        while let Some(output) = self.ends[i].poll_output() {
            match &output {
                Output::Write(octets) => self.sent[i].extend(spell(&mut self.eyes[i], octets)),
                Output::Fin | Output::FinAbrupt => self.sent[i].push("fin".into()),
                Output::Rst => self.sent[i].push("rst".into()),
            }
            self.wire[i].push_back((self.now + self.delay, output));
        }
    }

    /// What `role` sent arrives, and what time it is for `role` is done.
    fn deliver(&mut self, role: Role) {
        let (from, to) = (role.index(), role.peer().index());
        while self.wire[from].front().is_some_and(|(at, _)| *at <= self.now) {
            let Some((_, output)) = self.wire[from].pop_front() else { return };
            let end = &mut self.ends[to];
            if end.closing_handshake().broken_by().is_some() {
                continue; // nobody is there any more
            }
            match output {
                Output::Write(octets) => end.receive(&octets, self.now),
                Output::Fin | Output::FinAbrupt => end.receive_eof(self.now),
                Output::Rst => end.receive_broken(TcpEvent::Rst, self.now),
            }
        }
        if self.ends[from].next_timeout().is_some_and(|at| at <= self.now) {
            self.ends[from].timeout(self.now);
        }
        while self.user_date(role).is_some_and(|at| at <= self.now) {
            let Some((_, action)) = self.users[from].pop_front() else { return };
            self.ends[from].perform([action], self.now);
            self.next_step[from] = self.now;
        }
    }

    fn end(&self, role: Role) -> &Connection {
        &self.ends[role.index()]
    }

    /// What an end sent behind its head.
    fn frames(&self, role: Role) -> &[String] {
        &self.sent[role.index()][1..]
    }

    fn sent(&self, role: Role, word: &str) -> usize {
        self.frames(role).iter().filter(|frame| frame.starts_with(word)).count()
    }
}

/// A step that breaks no rule.
fn polite() -> impl Strategy<Value = Action> {
    let words = ["text:a", "binary:00", "ping:p", "pong", "fragments:2:Hello"];
    select(words.to_vec()).prop_map(action)
}

fn close() -> impl Strategy<Value = Action> {
    select(vec!["close", "close:1000:bye", "close:4001", "close:3000:再见"]).prop_map(action)
}

/// Any step at all.
fn any_step() -> impl Strategy<Value = Action> {
    let rude = [
        "fin",
        "rst",
        "raw:81",
        "raw:8305 00",
        "close:1005",
        "raw:8801ff",
        "wait:0",
        "wait:70",
        "wait:3000",
    ];
    prop_oneof![4 => polite(), 1 => close(), 1 => select(rude.to_vec()).prop_map(action)]
}

fn when() -> impl Strategy<Value = When> {
    select(vec![When::AtOnce, When::After(50 * MILLISECOND), When::ByHand])
}

fn any_behaviour(echo: bool) -> impl Strategy<Value = Behaviour> {
    let own = OnClose::Code(StatusCode(4000), "own".into());
    let on_close =
        vec![OnClose::Same, OnClose::Empty, OnClose::Fin, OnClose::Rst, OnClose::Never, own];
    let after = TcpEnd::After(80 * MILLISECOND);
    let on_ping = prop_oneof![Just(OnPing::Never), when().prop_map(OnPing::Reply)];
    (
        select(on_close),
        when(),
        on_ping,
        select(vec![TcpEnd::Auto, after, TcpEnd::Never]),
        (
            select(vec![OnViolation::Fail, OnViolation::Note]),
            select(vec![TcpBy::Fin, TcpBy::Rst]),
            select(vec![None, Some("one more".to_owned())]),
            select(vec![0, 30 * MILLISECOND]),
        ),
    )
        .prop_map(move |(on_close, close_when, on_ping, tcp_end, rest)| Behaviour {
            on_close,
            close_when,
            on_ping,
            tcp_end,
            tcp_by: rest.1,
            before_close: rest.2,
            delay: rest.3,
            reading: true,
            to_all: false,
            echo,
            on_violation: rest.0,
        })
}

/// An end that speaks, closes (or not), and answers at once or soon.
fn well_behaved(echo: bool) -> impl Strategy<Value = End> {
    let soon = select(vec![When::AtOnce, When::After(50 * MILLISECOND)]);
    let gap = select(vec![0, MILLISECOND, 30 * MILLISECOND, SECOND]);
    let steps = vec((gap.clone(), polite()), 0..6);
    (steps, proptest::option::of((gap, close())), soon).prop_map(move |(steps, close, when)| {
        let behaviour = Behaviour {
            echo,
            close_when: when,
            on_ping: OnPing::Reply(when),
            ..Behaviour::default()
        };
        let settings = settings(|s| s.behaviour = behaviour);
        End { settings, user: steps.into_iter().chain(close).collect() }
    })
}

/// An end without manners. Two that echo would never come to rest.
fn any_end(echo: bool) -> impl Strategy<Value = End> {
    (any_behaviour(echo), vec(any_step(), 0..8)).prop_map(|(behaviour, script)| End {
        settings: settings(|s| {
            s.behaviour = behaviour;
            s.after_open = script;
        }),
        user: VecDeque::new(),
    })
}

fn delay() -> impl Strategy<Value = Time> {
    select(vec![0, MILLISECOND, 40 * MILLISECOND, 2 * SECOND])
}

/// Nothing behind the FIN but a RST, nothing at all behind a RST; clean only
/// what was.
fn check_any(pair: &Pair) -> Result<(), TestCaseError> {
    for role in Role::BOTH {
        let mut behind = pair.frames(role).iter().skip_while(|f| *f != "fin" && *f != "rst");
        let last = behind.next().map(String::as_str);
        let then: Vec<&String> = behind.collect();
        prop_assert!(then.is_empty() || (last == Some("fin") && then == ["rst"]), "{then:?}");

        let facts = pair.end(role).closing_handshake();
        let closes = facts.end(role).close.is_some() && pair.sent(role.peer(), "close") > 0;
        let fins = Role::BOTH.iter().all(|role| pair.sent(*role, "fin") == 1);
        let resets = Role::BOTH.iter().any(|role| pair.sent(*role, "rst") > 0);
        prop_assert!(!facts.held(role).was_clean || (closes && fins && !resets), "{:?}", pair.sent);
    }
    Ok(())
}

/// It breaks no rule, sends one Close at most, and behind that its FIN alone;
/// a peer that broke a rule and does not go is reset in the end.
fn check_well_behaved(pair: &Pair, role: Role) -> Result<(), TestCaseError> {
    prop_assert!(pair.sent(role, "close") <= 1, "{:?}", pair.sent);
    let behind: Vec<&String> =
        pair.frames(role).iter().skip_while(|f| !f.starts_with("close")).skip(1).collect();
    let peer = pair.end(role).closing_handshake().end(role.peer());
    let failed = peer.fault.is_some() || peer.close.as_ref().is_some_and(|c| c.fault.is_some());
    let reset = failed && behind == ["fin", "rst"];
    prop_assert!(behind.is_empty() || behind == ["fin"] || reset, "{:?}", pair.sent);
    prop_assert!(pair.frames(role).iter().all(|f| !f.contains('!')), "{:?}", pair.sent);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn two_well_behaved_ends_close_cleanly(
        client in well_behaved(false),
        server in well_behaved(true),
        delay in delay(),
    ) {
        let closes = [&client, &server]
            .iter()
            .any(|end| end.user.iter().any(|(_, a)| matches!(a, Action::Close(..) | Action::CloseEmpty)));
        let pair = Pair::new([client, server], delay).run();
        check_any(&pair)?;
        for role in Role::BOTH {
            check_well_behaved(&pair, role)?;
            let end = pair.end(role);
            if !closes {
                prop_assert_eq!(end.ready_state(), ReadyState::Open);
                continue;
            }
            prop_assert_eq!(pair.sent(role, "close"), 1, "{:?}", pair.sent);
            prop_assert_eq!(end.ready_state(), ReadyState::Closed);
            let held = end.closing_handshake().held(role);
            prop_assert!(held.was_clean, "{:?}", pair.sent);
            // Each holds what the other sent.
            let theirs = match held.code {
                StatusCode::NO_STATUS => "close".to_owned(),
                code if held.reason.is_empty() => format!("close:{}", code.0),
                code => format!("close:{}:{}", code.0, held.reason),
            };
            prop_assert!(pair.frames(role.peer()).contains(&theirs), "{theirs} {:?}", pair.sent);
        }
    }

    #[test]
    fn a_well_behaved_end_stays_so_whatever_the_other_does(
        well in well_behaved(true),
        rude in any_end(false),
        role in select(Role::BOTH.to_vec()),
        delay in delay(),
    ) {
        let ends = if role == Role::Client { [well, rude] } else { [rude, well] };
        let pair = Pair::new(ends, delay).run();
        check_any(&pair)?;
        check_well_behaved(&pair, role)?;
        // A Close that came to an end that could still write was answered.
        let facts = pair.end(role).closing_handshake();
        let tcp_ended = facts.first_tcp_end().map(|(_, _, moment)| moment.order);
        let close = facts.end(role.peer()).close.as_ref().map(|close| close.moment);
        let soon = pair.end(role).behaviour().close_when == When::AtOnce;
        if let Some(close) = close
            && soon
            && tcp_ended.is_none_or(|order| order > close.order)
        {
            prop_assert_eq!(pair.sent(role, "close"), 1, "{:?}", pair.sent);
        }
    }

    #[test]
    fn any_two_ends_come_to_rest(client in any_end(false), server in any_end(true), delay in delay()) {
        check_any(&Pair::new([client, server], delay).run())?;
    }
}
