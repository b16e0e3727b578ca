//! Hold and delay: what an end is about to send waits, goes one by one, or never goes.

use super::stage::{Stage, action, frame, request, settings, spell};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wsscope::protocol::Role::{self, Client, Server};
use wsscope::protocol::behaviour::{OnClose, OnPing, TcpBy, TcpEnd, When};
use wsscope::protocol::connection::{MAX_WAITING, Output, Settings};
use wsscope::protocol::deflate::Parameters;
use wsscope::protocol::half::Done;
use wsscope::protocol::opening_handshake::{ResponseParts, write_accept, write_request};
use wsscope::protocol::{Action, Behaviour, Half, MILLISECOND, ReadyState, StatusCode};

fn held(settings: &mut Settings) {
    settings.hold = true;
}

#[test]
fn everything_that_an_end_sends_waits_and_goes_in_order() {
    for role in Role::BOTH {
        let (raw, shown) = match role {
            Server => ("8100", "2 octets · 81 00"),
            Client => ("818000000001", "6 octets · 81 80 00 00 00 01"),
        };
        Stage::open(role, |s| s.behaviour.echo = true).play(&format!(
            "$ hold\n< ping:p + text:hi\n$ text:mine\n$ raw:{raw}\n$ fragments:2:abc\n$ fin\n
             @ 60000\n= OPEN\n
             ? Pong · 1 octet · p · answer | Text · 2 octets · hi · answer | \
             Text · 4 octets · mine | {shown} | Text FIN 0 · 2 octets · ab | \
             Continuation · 1 octet · 63 | FIN\n
             $ release\n> pong:p\n$ go on\n> text:hi\n> text:mine\n> text:\n> text:ab…\n> …c\n
             > fin\n? nothing\n= CLOSING\n< ping:again\n< fin\n= CLOSED"
        ));
    }
}

#[test]
fn one_by_one_each_leads_to_the_next() {
    for role in Role::BOTH {
        let last = match role {
            Server => "? FIN · answer\n= CLOSING\n$ release\n> fin\n< fin",
            Client => "? nothing\n= CLOSING\n< fin\n? FIN · answer\n= CLOSING\n$ release\n> fin",
        };
        Stage::plain(
            role,
            &format!(
                "$ hold\n< close:1000:bye\n? Close 1000 · bye · answer\n= CLOSING\n@ 60000\n
                 $ release\n> close:1000:bye\n{last}\n? nothing\n= CLOSED 1000 \"bye\" clean"
            ),
        );
        // What follows from what is let through waits again, also behind "all".
        let all = if role == Server { "? FIN · answer\n$ let all\n> fin" } else { "? nothing" };
        Stage::plain(
            role,
            &format!("$ hold\n< ping + close:1000\n$ let all\n> pong\n> close:1000\n{all}"),
        );
        // The oldest need not be the first to go.
        Stage::plain(role, "$ hold\n$ text:a\n$ text:b\n$ let 2\n> text:b\n$ release\n> text:a");
    }
}

#[test]
fn what_is_dropped_was_never_sent() {
    for role in Role::BOTH {
        // A Close of our own: the connection stays open.
        Stage::plain(role, "$ hold\n$ close:1000\n= OPEN\n$ drop 1\n= OPEN\n$ go on\n= OPEN");
        // The answer to one: it stays unanswered.
        Stage::plain(
            role,
            "$ hold\n< close:1000\n$ drop 1\n$ go on\n@ 60000\n= CLOSING\n
             < fin\n> fin\n= CLOSED 1000 \"\" unclean",
        );
        // The FIN that answers the peer's: TCP stays half open.
        Stage::plain(
            role,
            "$ hold\n< fin\n? FIN · answer\n$ drop 1\n$ go on\n@ 60000\n= CLOSING\n
             $ text:still\n> text:still\n$ fin\n> fin\n= CLOSED 1006 \"\" unclean",
        );
        // A FIN and a RST of our own.
        Stage::plain(role, "$ hold\n$ fin\n$ rst\n? FIN | RST\n$ drop all\n$ go on\n= OPEN");
        // A Pong, an echo, a message, octets, a fragment: the others go.
        Stage::open(role, |s| s.behaviour.echo = true).play(
            "$ hold\n< ping + text:a\n$ text:b\n$ raw:8100\n$ fragments:1:xyz\n$ ping\n
             $ drop 1\n$ drop 1\n$ drop 1\n$ drop 1\n$ drop 2\n$ go on\n
             > text:x…\n> …z\n> ping",
        );
    }
    // The second Close finds that the first never went, and answers.
    Stage::plain(
        Server,
        "$ hold\n$ close:4001:mine\n< close:4002:yours\n
         ? Close 4001 · mine | Close 4002 · yours · answer\n$ drop 1\n$ go on\n
         > close:4002:yours\n> fin",
    );
}

#[test]
fn an_answer_that_comes_too_late_waits_no_longer() {
    for role in Role::BOTH {
        let end = if role == Server { "? FIN · answer\n$ go on\n> fin" } else { "? nothing" };
        Stage::plain(
            role,
            &format!(
                "$ hold\n$ close:4001:mine\n< ping + close:4002:yours\n
                 ? Close 4001 · mine | Pong · 0 octets · answer | Close 4002 · yours · answer\n
                 $ release\n> close:4001:mine\n{end}"
            ),
        );
        // The same Pong goes if the Close does not.
        Stage::plain(role, "$ hold\n$ close:4001\n< ping:a\n$ drop 1\n$ release\n> pong:a");
        // What the user asked for behind a FIN is told, as without a hold.
        Stage::plain(
            role,
            "$ hold\n$ fin\n$ text:a\n$ rst\n$ release\n> fin\n! WriteAfterFin\n? RST\n$ go on\n> rst",
        );
        Stage::plain(
            role,
            "$ hold\n$ rst\n$ text:a\n$ close\n$ go on\n> rst\n! WriteAfterFin\n! WriteAfterFin\n= CLOSED",
        );
    }
}

#[test]
fn a_hold_outlives_the_peers_end_of_tcp() {
    for role in Role::BOTH {
        // Decided before the peer's FIN, so they go before ours.
        Stage::plain(
            role,
            "$ hold\n< ping:a + close:1000\n< fin\n
             ? Pong · 1 octet · a · answer | Close 1000 · answer | FIN · answer\n= CLOSING\n
             $ go on\n> pong:a\n> close:1000\n> fin\n= CLOSED 1000 \"\" clean",
        );
        // Behind the peer's RST nothing is left to wait.
        for end in ["rst", "lost"] {
            Stage::plain(
                role,
                &format!(
                    "$ hold\n< ping\n$ text:a\n< {end}\n? nothing\n= CLOSED\n$ go on\n@ 60000"
                ),
            );
        }
        // Held from the beginning, or put on hold while this end's FIN is out.
        Stage::plain(
            role,
            "$ fin\n> fin\n$ hold\n< ping + close:1000\n? nothing\n$ rst\n? RST\n$ release\n> rst\n= CLOSED",
        );
        Stage::plain(role, "$ fin\n> fin\n$ hold\n$ rst\n? RST\n< fin\n? nothing\n= CLOSED");
    }
}

#[test]
fn the_101_waits_where_the_hold_is_set_before_it() {
    let accept = "HTTP/1.1 101 Switching Protocols";
    let mut stage = Stage::waiting(Server, held);
    stage.receive(&request());
    stage.play(&format!("? {accept}\n= CONNECTING\n< text:early + ping:e\n@ 60000\n$ text:mine"));
    stage.end.set_behaviour(Behaviour { echo: true, ..Default::default() });
    stage.play(&format!(
        "$ release\n> {accept}\n! Opened\n= OPEN\n
         ? Text · 4 octets · mine | Text · 5 octets · early · answer | Pong · 1 octet · e · answer\n
         $ go on\n> text:mine\n> text:early\n> pong:e"
    ));
    // Dropped: the client waits for nothing; what is asked for then cannot be done.
    let mut stage = Stage::waiting(Server, held);
    stage.receive(&request());
    stage.play(
        "$ drop 1\n$ go on\n@ 60000\n= CONNECTING\n$ text:a\n! NotOpen\n< fin\n> fin\n= CLOSED",
    );
    // The script waits behind it.
    let mut stage = Stage::waiting(Server, |s| {
        s.hold = true;
        s.after_open = vec![action("text:hello")];
    });
    stage.receive(&request());
    stage.play(&format!(
        "$ release\n> {accept}\n! Opened\n? Text · 5 octets · hello\n$ release\n> text:hello"
    ));
    // A refusal waits as well, and the time that the peer has then.
    let mut stage = Stage::waiting(Server, held);
    stage.receive(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    let event = stage.end.poll_event();
    assert!(event.is_some(), "it breaks rules");
    stage.play(
        "? HTTP/1.1 426 Upgrade Required | FIN · answer\n@ 60000\n$ release\n
         > HTTP/1.1 426 Upgrade Required\n@ 60000\n$ go on\n> fin\n@ 1999\n@ 1\n> rst",
    );
}

#[test]
fn a_clients_request_waits_and_its_limit_begins_when_it_goes() {
    let mut stage = Stage::waiting(Client, held);
    stage.play("? GET / HTTP/1.1\n@ 60000\n= CONNECTING\n$ release\n> GET / HTTP/1.1\n@ 9999");
    let mut late = Stage::waiting(Client, held);
    late.play("@ 60000\n$ release\n> GET / HTTP/1.1\n@ 9999\n@ 1\n! OpenTimeout(10000000000)\n? FIN · answer\n$ go on\n> fin");
    let accept = stage.accept();
    stage.receive(&accept);
    stage
        .play("! Opened\n< close:1000\n? Close 1000 · answer\n$ go on\n> close:1000\n< fin\n> fin");
    Stage::waiting(Client, held)
        .play("$ drop 1\n$ go on\n@ 60000\n= CONNECTING\n$ fin\n> fin\n= CLOSED");
}

#[test]
fn every_answer_to_a_close_waits() {
    let own = OnClose::Code(StatusCode(4000), "own".into());
    for role in Role::BOTH {
        for (on_close, first, waits) in [
            (OnClose::Same, "> close:1000:bye", "Close 1000 · bye · answer"),
            (OnClose::Empty, "> close", "Close, 0 octets · answer"),
            (own.clone(), "> close:4000:own", "Close 4000 · own · answer"),
            (OnClose::Fin, "> fin", "FIN · answer"),
            (OnClose::Rst, "> rst", "RST · answer"),
        ] {
            for when in [When::AtOnce, When::After(500 * MILLISECOND), When::ByHand] {
                let mut stage = Stage::open(role, |s| {
                    s.behaviour.on_close = on_close.clone();
                    s.behaviour.close_when = when;
                    s.behaviour.tcp_end = TcpEnd::Never;
                });
                stage.play(&format!("$ hold\n< close:1000:bye\n@ 500\n? {waits}\n= CLOSING\n$ release\n{first}\n? nothing"));
            }
        }
        let mut stage = Stage::open(role, |s| s.behaviour.before_close = Some("one more".into()));
        stage.play(
            "$ hold\n< close:1000\n
             ? Text · 8 octets · one more · answer | Close 1000 · answer\n
             $ drop 1\n$ release\n> close:1000",
        );
    }
    for (tcp_by, end) in [(TcpBy::Fin, "fin"), (TcpBy::Rst, "rst")] {
        Stage::open(Server, |s| s.behaviour.tcp_by = tcp_by).play(&format!(
            "$ hold\n< close:1000\n$ release\n> close:1000\n? {} · answer\n@ 60000\n$ release\n> {end}",
            end.to_uppercase()
        ));
    }
}

#[test]
fn what_waits_for_a_hand_stands_in_the_same_queue() {
    for role in Role::BOTH {
        let by_hand = |s: &mut Settings| {
            s.behaviour.on_ping = OnPing::Reply(When::ByHand);
            s.behaviour.close_when = When::ByHand;
            s.behaviour.tcp_end = TcpEnd::ByHand;
        };
        // It holds up nothing else, and the end of a hold does not let it go.
        Stage::open(role, by_hand).play(
            "< ping:a\n$ text:b\n> text:b\n$ hold\n$ text:c\n
             ? Pong · 1 octet · a · answer | Text · 1 octet · c\n$ go on\n> text:c\n
             ? Pong · 1 octet · a · answer\n$ release\n> pong:a",
        );
        Stage::open(role, by_hand).play(
            "< ping:a + close:1000\n$ let 2\n> close:1000\n? FIN · answer\n= CLOSING\n$ release\n> fin",
        );
        // The user's own FIN takes the place of the one that waits.
        Stage::open(role, by_hand)
            .play("< close:1000\n$ release\n> close:1000\n$ fin\n> fin\n? nothing\n= CLOSING");
    }
}

#[test]
fn a_failed_connection_waits_to_say_so() {
    for role in Role::BOTH {
        let waits = "? Close 1002 · answer | FIN · answer";
        Stage::plain(
            role,
            &format!("$ hold\n< ping:a + raw:8300 + text:late\n$ let 1\n> pong:a\n{waits}\n
                      = CLOSING\n@ 60000\n$ go on\n> close:1002\n> fin\n@ 9999\n@ 1\n> rst\n= CLOSED"),
        );
        Stage::plain(
            role,
            &format!("$ hold\n< raw:8300\n{waits}\n$ drop 1\n$ go on\n> fin\n< fin\n= CLOSED"),
        );
        // The limit of a peer that does not go is counted from the FIN, and its RST waits too.
        Stage::plain(
            role,
            &format!(
                "$ hold\n< raw:8300\n{waits}\n$ let all\n> close:1002\n> fin\n@ 10000\n? RST · answer\n@ 60000\n$ release\n> rst"
            ),
        );
    }
}

#[test]
fn shutting_down_waits_for_no_hold() {
    for role in Role::BOTH {
        for before in [
            "$ hold",
            "$ hold\n$ text:a\n$ close:4001\n$ fin\n$ rst",
            "$ hold\n< ping + close:4001",
            "$ hold\n< raw:8300",
        ] {
            // Where the peer's Close has come, there is no answer to wait for.
            let end = if before.contains("close:4001") && before.contains("< ") {
                "> fin\n? nothing"
            } else {
                "? nothing\n@ 1999\n@ 1\n> fin"
            };
            let script = format!("{before}\n$ shut_down\n> close:1001\n{end}\n< fin\n= CLOSED");
            Stage::plain(role, &script);
        }
        Stage::plain(role, "$ hold\n< fin\n? FIN · answer\n$ shut_down\n> fin\n= CLOSED");
        Stage::plain(
            role,
            "$ delay 5000\n$ text:a\n$ shut_down\n> close:1001\n@ 2000\n> fin\n< fin\n= CLOSED",
        );
    }
    Stage::waiting(Client, held).play("$ shut_down\n> fin\n= CLOSED");
    let mut stage = Stage::waiting(Server, held);
    stage.receive(&request());
    stage.play("$ shut_down\n> fin\n= CLOSED");
}

#[test]
fn everything_goes_so_much_later_and_in_order() {
    for role in Role::BOTH {
        Stage::open(role, |s| s.behaviour.echo = true).play(
            "$ delay 100\n< ping:p\n@ 40\n< text:hi\n@ 40\n$ text:mine\n@ 19\n@ 1\n> pong:p\n
             @ 39\n@ 1\n> text:hi\n@ 40\n> text:mine",
        );
        let fin =
            if role == Server { "@ 99\n@ 1\n> fin\n< fin" } else { "< fin\n@ 99\n@ 1\n> fin" };
        Stage::plain(
            role,
            &format!(
                "$ delay 100\n< close:1000\n@ 99\n= CLOSING\n@ 1\n> close:1000\n{fin}\n= CLOSED 1000 \"\" clean"
            ),
        );
        // A delay that changes counts for what waits already; nothing overtakes.
        Stage::plain(
            role,
            "$ delay 60000\n$ text:a\n@ 50\n$ delay 100\n$ text:b\n@ 49\n@ 1\n> text:a\n@ 50\n> text:b",
        );
        Stage::plain(
            role,
            "$ delay 60000\n$ text:a\n$ delay 0\n$ text:b\n@ 0\n> text:a\n> text:b\n$ text:c\n> text:c",
        );
        // A hold keeps what is due, and what is let through by hand waits for nothing.
        Stage::plain(
            role,
            "$ delay 100\n$ text:a\n$ hold\n@ 200\n$ text:b\n$ let 2\n> text:b\n$ go on\n> text:a",
        );
        // The pauses of a sequence stay; what is delayed adds to the behaviour's own.
        let soon = OnPing::Reply(When::After(50 * MILLISECOND));
        Stage::open(role, |s| s.behaviour.on_ping = soon)
            .play("$ delay 100\n< ping:a\n@ 149\n@ 1\n> pong:a");
        Stage::plain(
            role,
            "$ delay 100\n$ text:a\n$ wait:50\n$ text:b\n@ 100\n> text:a\n@ 49\n@ 1\n> text:b",
        );
        // Behind the peer's FIN ours goes as late as the rest.
        Stage::plain(
            role,
            "$ delay 100\n< ping:a\n@ 10\n< fin\n@ 90\n> pong:a\n= CLOSING\n@ 10\n> fin\n= CLOSED",
        );
        Stage::plain(role, "$ delay 100\n$ rst\n@ 99\n= OPEN\n@ 1\n> rst\n= CLOSED");
    }
    let late = |s: &mut Settings| s.behaviour.delay = 100 * MILLISECOND;
    let mut stage = Stage::waiting(Server, late);
    stage.receive(&request());
    stage.play("@ 99\n= CONNECTING\n@ 1\n> HTTP/1.1 101 Switching Protocols\n! Opened");
    Stage::waiting(Client, late).play("@ 99\n@ 1\n> GET / HTTP/1.1\n@ 9999\n= CONNECTING");
}

/// Both ends of a connection that compresses, ours with the plain behaviour.
fn compressing(role: Role) -> (Stage, Half) {
    let agreed = Parameters::default();
    let accept = |s: &mut Settings| s.deflate = Some(agreed);
    let mut stage = Stage::waiting(role, accept);
    let head = ("Sec-WebSocket-Extensions".to_owned(), agreed.to_string());
    match role {
        Server => {
            let mut asks = settings(|s| s.request.headers = vec![head]);
            asks.deflate = None;
            let octets = write_request(&asks.request, [7; 16]);
            stage.receive(&octets);
        }
        Client => {
            let request = stage.end.request().expect("our request").clone();
            let parts = ResponseParts { headers: vec![head], ..Default::default() };
            let octets = write_accept(&parts, &request);
            stage.receive(&octets);
        }
    }
    while stage.end.poll_event().is_some() {}
    let mut eye = Half::new(role, true);
    while let Some(Output::Write(head)) = stage.end.poll_output() {
        spell(&mut eye, &head);
    }
    eye.agree_deflate(&agreed, u64::MAX);
    (stage, eye)
}

/// The messages that the peer inflates of what goes out now.
fn inflated(stage: &mut Stage, eye: &mut Half) -> Vec<String> {
    let (mut messages, mut message) = (Vec::new(), Vec::new());
    while let Some(output) = stage.end.poll_output() {
        let Output::Write(octets) = output else { panic!("{output:?}") };
        let mut rest = &octets[..];
        while !rest.is_empty() {
            let step = eye.step(rest);
            rest = &rest[step.consumed..];
            eye.append_chunk(&mut message);
            let Some(Done::Frame(frame)) = step.done else { continue };
            assert_eq!(frame.violations, [], "of {frame:?}");
            if frame.header.fin {
                assert!(frame.inflated.is_some(), "it is compressed");
                messages.push(String::from_utf8(std::mem::take(&mut message)).expect("a text"));
            }
        }
    }
    messages
}

#[test]
fn a_message_that_is_dropped_does_not_spoil_the_next() {
    for role in Role::BOTH {
        let (mut stage, mut eye) = compressing(role);
        let say = |stage: &mut Stage, text: &str| stage.user(&format!("text:{text}"));
        let text = "the same words, and the same words again";
        say(&mut stage, text);
        assert_eq!(inflated(&mut stage, &mut eye), [text]);
        stage.user("hold");
        say(&mut stage, text);
        say(&mut stage, "another one that is dropped");
        say(&mut stage, text);
        stage.user("fragments:9:in fragments, all the same words");
        say(&mut stage, "behind them the same words");
        stage.user("drop 2");
        stage.user("go on");
        assert_eq!(
            inflated(&mut stage, &mut eye),
            [text, text, "in fragments, all the same words", "behind them the same words"]
        );
        // Fragments that never go leave nothing behind that the next one refers to.
        stage.user("hold");
        stage.user("fragments:500:never sent, the very same words");
        stage.user("drop all");
        stage.user("go on");
        say(&mut stage, "never sent, the very same words");
        assert_eq!(inflated(&mut stage, &mut eye), ["never sent, the very same words"]);
    }
}

#[test]
fn what_waits_is_counted_and_bounded() {
    for role in Role::BOTH {
        let mut stage = Stage::open(role, |s| s.behaviour.echo = true);
        stage.user("hold");
        // Small frames take more room than their octets.
        let pings = frame(role.peer(), "ping").repeat(10_000);
        stage.receive(&pings);
        assert_eq!(stage.end.waiting().len(), 10_000);
        assert!(stage.end.queued_octets() > 1_000_000);
        stage.user("let all");
        let pongs = stage.outputs();
        assert!(pongs.len() == 10_000 && pongs.iter().all(|pong| pong == "pong"));
        assert_eq!(stage.end.queued_octets(), 0);
        stage.receive(&pings);
        stage.user("drop all");
        assert_eq!(stage.end.queued_octets(), 0);
        let big = Action::text(&"x".repeat(MAX_WAITING));
        stage.end.perform([big.clone()], stage.now);
        stage.end.perform([big], stage.now);
        stage.play(&format!("! QueueFull({MAX_WAITING})\n$ close\n! QueueFull(0)\n$ fin\n$ rst"));
        assert_eq!(stage.end.waiting().len(), 3, "one message, FIN and RST");
        stage.play("$ drop 1\n? FIN | RST\n$ go on\n> fin\n> rst");
        assert_eq!(stage.end.queued_octets(), 0);
    }
}

/// Anything that can happen to an end on hold, in the words of a script.
fn any_step() -> impl Strategy<Value = &'static str> {
    let steps = [
        "hold",
        "hold",
        "go on",
        "let",
        "drop",
        "let all",
        "delay 0",
        "delay 50",
        "wait",
        "text:a",
        "fragments:1:ab",
        "ping",
        "close:4001",
        "raw:8800",
        "fin",
        "rst",
        "< text:x",
        "< ping:y",
        "< close:4002:z",
        "< raw:8300",
        "< fin",
        "< rst",
    ];
    select(steps.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    /// A fact is what went out; nothing goes behind a FIN but a RST, and nothing waits
    /// once TCP is over.
    #[test]
    fn facts_are_what_went_out(role in select(Role::BOTH.to_vec()), steps in vec(any_step(), 0..24)) {
        let mut stage = Stage::open(role, |s| s.behaviour.echo = true);
        let mut eye = Half::frames(role);
        let (mut sent, mut gone) = (Vec::new(), false);
        for step in steps.into_iter().chain(["go on", "delay 0", "wait"]) {
            match step {
                "let" if stage.end.waiting().len() > 0 => stage.user("let 1"),
                "drop" if stage.end.waiting().len() > 0 => stage.user("drop 1"),
                "let" | "drop" => {}
                "wait" => stage.pass(60 * MILLISECOND),
                _ if step.starts_with("< ") => {
                    let ends = matches!(step, "< fin" | "< rst");
                    if !gone {
                        stage.peer(&step[2..], usize::MAX);
                    }
                    gone |= ends;
                }
                _ => stage.user(step),
            }
            while let Some(output) = stage.end.poll_output() {
                match output {
                    Output::Write(octets) => sent.extend(spell(&mut eye, &octets)),
                    Output::Rst => sent.push("rst".to_owned()),
                    _ => sent.push("fin".to_owned()),
                }
            }
            while stage.end.poll_event().is_some() {}
            let facts = stage.end.closing_handshake();
            let said = |word: &str| sent.iter().any(|s| s.starts_with(word));
            prop_assert_eq!(facts.end(role).close.is_some(), said("close"), "{:?}", sent);
            prop_assert_eq!(facts.end(role).fin.is_some(), said("fin"), "{:?}", sent);
            if stage.end.ready_state() == ReadyState::Closed {
                prop_assert_eq!(stage.end.waiting().len(), 0);
                prop_assert_eq!(stage.end.next_timeout(), None);
            }
        }
        let behind: Vec<&String> = sent.iter().skip_while(|s| *s != "fin").skip(1).collect();
        prop_assert!(behind.is_empty() || behind == ["rst"], "{:?}", sent);
        // Nothing by itself follows a Close.
        let answers = sent.iter().skip_while(|s| !s.starts_with("close")).skip(1);
        prop_assert!(answers.clone().all(|s| !s.starts_with("pong") && !s.starts_with("text:x")), "{:?}", sent);
    }
}
