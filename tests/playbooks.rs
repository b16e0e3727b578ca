//! Playbooks of the closing handshake: who sends what, what our end answers and
//! what it holds in the end, for both roles. [`stage`] tells how to read them.

mod hold;
mod opening;
mod orders;
mod pair;
mod splits;
mod stage;

use stage::{Stage, action};
use wsscope::protocol::Role::{self, Client, Server};
use wsscope::protocol::behaviour::{OnClose, OnPing, OnViolation, TcpBy, TcpEnd, When};
use wsscope::protocol::connection::Settings;
use wsscope::protocol::{MILLISECOND, StatusCode};

/// Both Closes went: how TCP ends when this end is `role`, and both behave.
fn tcp_ends(role: Role) -> &'static str {
    match role {
        Server => "> fin\n< fin\n",
        Client => "< fin\n> fin\n",
    }
}

#[test]
fn every_answer_to_a_close_at_every_time() {
    let own = OnClose::Code(StatusCode(4000), "own".into());
    for role in Role::BOTH {
        let clean = format!("= CLOSING\n{}= CLOSED 1000 \"bye\" clean", tcp_ends(role));
        for (on_close, answer, end) in [
            (OnClose::Same, "> close:1000:bye\n", &clean[..]),
            (OnClose::Empty, "> close\n", &clean),
            (own.clone(), "> close:4000:own\n", &clean),
            (OnClose::Fin, "> fin\n", "= CLOSING\n< fin\n= CLOSED 1000 \"bye\" unclean"),
            (OnClose::Rst, "> rst\n", "= CLOSED 1000 \"bye\" unclean"),
            (OnClose::Never, "", "@ 60000\n< fin\n> fin\n= CLOSED 1000 \"bye\" unclean"),
        ] {
            // The server's own FIN goes with its answer: `= CLOSING` stands behind it.
            let end = end.replacen("= CLOSING\n> fin\n", "> fin\n= CLOSING\n", 1);
            let released = if answer.is_empty() { "" } else { "$ release\n" };
            for (close_when, before) in [
                (When::AtOnce, String::new()),
                (When::After(500 * MILLISECOND), "@ 499\n= CLOSING\n@ 1\n".into()),
                (When::ByHand, format!("@ 60000\n= CLOSING\n{released}")),
            ] {
                let script = format!("= OPEN\n< close:1000:bye\n{before}{answer}{end}");
                Stage::open(role, |s| {
                    s.behaviour.on_close = on_close.clone();
                    s.behaviour.close_when = close_when;
                })
                .play(&script);
            }
        }
    }
}

#[test]
fn the_same_answer_has_the_same_body() {
    for role in Role::BOTH {
        for close in ["close", "close:1000", "close:4999:a:b", "close:3000:再见"] {
            let fin = if role == Server { "> fin" } else { "" };
            Stage::plain(role, &format!("< {close}\n> {close}\n{fin}"));
        }
        let end = tcp_ends(role);
        Stage::plain(role, &format!("< close\n> close\n{end}= CLOSED 1005 \"\" clean"));
    }
}

#[test]
fn our_close_is_answered_or_crossed() {
    for role in Role::BOTH {
        let end = tcp_ends(role);
        Stage::plain(
            role,
            &format!(
                "$ close:1000:done\n> close:1000:done\n= CLOSING\n
                 < close:1000:done\n{end}= CLOSED 1000 \"done\" clean"
            ),
        );
        // The peer's Close was under way: it is ours that answers it, no third one goes.
        Stage::plain(
            role,
            &format!(
                "$ close:4001:mine\n> close:4001:mine\n
                 < close:4002:yours\n{end}= CLOSED 4002 \"yours\" clean"
            ),
        );
        // Our own Close, sent while the answer is delayed, takes its place.
        Stage::open(role, |s| s.behaviour.close_when = When::After(MILLISECOND)).play(&format!(
            "< close:1000:bye\n$ close:4001:mine\n> close:4001:mine\n{end}@ 1\n
             = CLOSED 1000 \"bye\" clean"
        ));
    }
    // And one that waits for a hand waits no longer.
    Stage::open(Client, |s| s.behaviour.close_when = When::ByHand).play(
        "< close:1000\n? Close 1000 · answer\n$ close:4001\n> close:4001\n? nothing\n< fin\n> fin",
    );
}

#[test]
fn the_end_of_tcp_behind_the_closing_handshake() {
    let after = TcpEnd::After(300 * MILLISECOND);
    let closes = "< close:1000\n> close:1000\n";
    let clean = "= CLOSED 1000 \"\" clean";
    for (role, tcp_end, rest) in [
        (Server, TcpEnd::Auto, "> fin\n@ 60000\n= CLOSING\n< fin\n"),
        (Client, TcpEnd::Auto, "@ 9000\n< fin\n> fin\n"),
        (Client, TcpEnd::Auto, "@ 9999\n= CLOSING\n@ 1\n> fin\n= CLOSING\n< fin\n"),
        (Server, after, "@ 299\n@ 1\n> fin\n< fin\n"),
        (Client, after, "@ 299\n@ 1\n> fin\n< fin\n"),
        (Server, after, "@ 299\n< fin\n> fin\n"),
        (Client, after, "@ 299\n< fin\n> fin\n"),
        (Server, TcpEnd::Never, "@ 60000\n< fin\n@ 60000\n= CLOSING\n$ fin\n> fin\n"),
        (Client, TcpEnd::Never, "@ 60000\n< fin\n@ 60000\n= CLOSING\n$ fin\n> fin\n"),
    ] {
        let mut stage = Stage::open(role, |s| s.behaviour.tcp_end = tcp_end);
        stage.play(&format!("{closes}{rest}{clean}"));
    }
}

#[test]
fn the_peers_fin_is_answered_by_ours_unless_never() {
    for role in Role::BOTH {
        Stage::plain(role, "< fin\n> fin\n= CLOSED 1006 \"\" unclean");
        // What was delayed or held can no longer be sent.
        for when in [When::After(500 * MILLISECOND), When::ByHand] {
            Stage::open(role, |s| {
                s.behaviour.close_when = when;
                s.behaviour.on_ping = OnPing::Reply(when);
            })
            .play("< ping:a + close:1000\n< fin\n> fin\n@ 60000\n= CLOSED 1000 \"\" unclean");
        }
        Stage::open(role, |s| s.behaviour.tcp_end = TcpEnd::Never).play(
            "< fin\n= CLOSING\n$ text:still\n> text:still\n$ close:1000\n> close:1000\n
             $ fin\n> fin\n= CLOSED 1006 \"\" unclean",
        );
    }
}

#[test]
fn rst_and_loss_end_everything() {
    for role in Role::BOTH {
        Stage::plain(role, "< rst\n= CLOSED 1006 \"\" unclean\n$ fin\n$ rst\n@ 60000");
        Stage::plain(role, "< lost\n= CLOSED 1006 \"\" unclean");
        Stage::plain(role, "$ rst\n> rst\n= CLOSED 1006 \"\" unclean\n$ rst\n$ fin\n@ 60000");
        Stage::open(role, |s| s.behaviour.close_when = When::ByHand)
            .play("< close:4001:x\n< rst\n= CLOSED 4001 \"x\" unclean\n@ 60000");
        Stage::plain(role, "$ close:1000\n> close:1000\n< rst\n= CLOSED 1006 \"\" unclean");
    }
}

#[test]
fn a_faulty_close_fails_the_connection_or_is_noted() {
    for role in Role::BOTH {
        let fin = if role == Server { "> fin\n" } else { "" };
        for (body, failed, noted) in [
            ("03", "close:1002", "close"),
            ("03ed", "close:1002", "close:1005!code-never-on-the-wire"),
            ("0000", "close:1002", "close:0!code-unassigned"),
            ("03e8ff", "close:1007", "close:1000:\u{fffd}!reason-not-utf8"),
        ] {
            for reads in ["<", "<<"] {
                Stage::plain(
                    role,
                    &format!(
                        "{reads} close-body:{body}\n> {failed}\n> fin\n= CLOSING\n
                         < fin\n= CLOSED 1006 \"\" unclean"
                    ),
                );
                Stage::open(role, |s| s.behaviour.on_violation = OnViolation::Note)
                    .play(&format!("{reads} close-body:{body}\n> {noted}\n{fin}= CLOSING"));
            }
        }
    }
}

#[test]
fn a_failed_connection_ends_tcp_as_the_behaviour_says() {
    for role in Role::BOTH {
        let fault = "< raw:8300\n";
        let rest = "> close:1002\n= CLOSING\n";
        for (tcp_end, end) in [
            (TcpEnd::After(300 * MILLISECOND), "@ 299\n@ 1\n> fin\n< fin\n= CLOSED"),
            (TcpEnd::Never, "@ 60000\n< fin\n> fin\n= CLOSED"),
        ] {
            Stage::open(role, |s| s.behaviour.tcp_end = tcp_end)
                .play(&format!("{fault}{rest}{end}"));
        }
        // Neither a second Close nor an answer to what comes behind.
        Stage::plain(role, "$ close:1000\n> close:1000\n< raw:8300\n> fin\n< ping + close:1000");
        // Left actions go with the connection.
        Stage::plain(role, "$ wait:50\n$ text:late\n< raw:8300\n> close:1002\n> fin\n@ 60\n< fin");
    }
}

#[test]
fn a_noted_violation_leaves_the_connection_open() {
    for role in Role::BOTH {
        let end = tcp_ends(role);
        let mut stage = Stage::open(role, |s| {
            s.behaviour.on_violation = OnViolation::Note;
            s.behaviour.echo = true;
        });
        stage.play(&format!(
            "< raw:8300 + text:a\n> text:a\n= OPEN\n<< ping:b\n> pong:b\n= OPEN\n
             < close:1000\n> close:1000\n{end}= CLOSED 1000 \"\" clean"
        ));
    }
}

#[test]
fn what_comes_behind_a_close_is_discarded() {
    for role in Role::BOTH {
        for reads in ["<", "<<"] {
            let behind = "text:late + ping:late + close:1001 + raw:8100 + raw:8305";
            Stage::open(role, |s| {
                s.behaviour.echo = true;
                s.behaviour.close_when = When::After(MILLISECOND);
            })
            .play(&format!(
                "{reads} close:1000:bye + {behind}\n= CLOSING\n@ 1\n> close:1000:bye\n{}",
                if role == Server { "> fin" } else { "" }
            ));
        }
    }
}

#[test]
fn echo_answers_each_data_message_with_the_same() {
    let echo = |s: &mut Settings| s.behaviour.echo = true;
    for role in Role::BOTH {
        for script in [
            "< text:a\n> text:a\n< binary:00ff\n> binary:00ff\n< text:\n> text:",
            "< text:a + binary:01 + text:b\n> text:a + binary:01 + text:b",
            "< text:Hel…\n< ping:now\n> pong:now\n< …lo…\n< …!\n> text:Hello!",
            "<< text:Hel… + ping:now + …lo\n> pong:now\n> text:Hello",
            "< text:Hel… + ping:now + …lo\n> pong:now + text:Hello",
            "< pong:alone\n< ping\n> pong",
            "$ close:1000\n> close:1000\n< text:late + ping:late",
            "$ fin\n> fin\n< text:late + ping:late + close:1000\n< fin\n= CLOSED",
        ] {
            Stage::open(role, echo).play(script);
        }
        let end = if role == Server { "> fin" } else { "" };
        Stage::open(role, echo)
            .play(&format!("< text:last + close:1000\n> text:last + close:1000\n{end}"));
        // What came before a fault in the same read is still answered.
        Stage::open(role, echo)
            .play("< text:a + ping:b + raw:8300 + text:c\n> text:a + pong:b + close:1002\n> fin");
        Stage::open(role, echo).play("< text:Hel… + text:new\n> close:1002\n> fin");
        Stage::open(role, echo).play("< …nothing\n> close:1002\n> fin");
    }
    Stage::plain(Server, "< text:a\n< ping:b\n> pong:b");
}

#[test]
fn echo_of_faulty_messages_that_are_only_noted() {
    for role in Role::BOTH {
        for reads in ["<", "<<"] {
            for (frames, answers) in [
                // A message that breaks off is none; the one that broke it off is whole.
                ("text:Hel… + text:new", "> text:new"),
                ("text:Hel… + text:new… + …er", "> text:newer"),
                // A continuation of nothing is no message either.
                ("…nothing", ""),
            ] {
                Stage::open(role, |s| {
                    s.behaviour.echo = true;
                    s.behaviour.on_violation = OnViolation::Note;
                })
                .play(&format!("{reads} {frames}\n{answers}\n= OPEN"));
            }
        }
    }
    // Without a masking-key, octet by octet: nothing of it is lost.
    Stage::open(Server, |s| {
        s.behaviour.echo = true;
        s.behaviour.on_violation = OnViolation::Note;
    })
    .play("<< raw:8105 48656c6c6f\n> text:Hello\n< raw:8101ff\n> text:\u{fffd}!text-not-utf8");
}

#[test]
fn the_end_of_tcp_waits_for_a_hand() {
    for (by, end) in [(TcpBy::Fin, "fin"), (TcpBy::Rst, "rst")] {
        let held = |s: &mut Settings| {
            s.behaviour.tcp_end = TcpEnd::ByHand;
            s.behaviour.tcp_by = by;
        };
        let script = format!("< close:1000\n> close:1000\n@ 60000\n= CLOSING\n$ release\n> {end}");
        Stage::open(Server, held).play(&script);
    }
}

#[test]
fn a_message_for_all_is_handed_over_whole() {
    Stage::open(Server, |s| s.behaviour.to_all = true).play(
        "< text:hello\n! Text hello\n< raw:018100000001 61\n< raw:808100000002 62\n! Text ab",
    );
}

#[test]
fn the_answer_to_a_ping() {
    let after = OnPing::Reply(When::After(200 * MILLISECOND));
    for role in Role::BOTH {
        for (on_ping, script) in [
            (OnPing::Reply(When::AtOnce), "< ping:a + ping:b\n> pong:a + pong:b"),
            (OnPing::Never, "< ping:a\n@ 60000\n$ pong:mine\n> pong:mine"),
            (after, "< ping:a\n@ 100\n< ping:b\n@ 99\n@ 1\n> pong:a\n@ 100\n> pong:b"),
            (after, "< ping:a\n$ close:1000\n> close:1000\n@ 200"),
            (after, "< ping:a\n$ fin\n> fin\n@ 200"),
            (OnPing::Reply(When::ByHand), "< ping:a + ping:b\n@ 60000\n$ release\n> pong:a"),
        ] {
            Stage::open(role, |s| s.behaviour.on_ping = on_ping).play(script);
        }
    }
}

#[test]
fn a_message_beyond_the_limit_fails_with_1009() {
    for role in Role::BOTH {
        let limit = |s: &mut Settings| {
            s.max_message = 5;
            s.behaviour.echo = true;
        };
        for reads in ["<", "<<"] {
            for (frames, answer) in [
                ("text:12345", "> text:12345"),
                ("text:123… + …45", "> text:12345"),
                ("ping:123456", "> pong:123456"),
                ("text:123456", "> close:1009\n> fin"),
                ("text:123… + …456", "> close:1009\n> fin"),
                ("binary:00… + ping… + …0", "> close:1002\n> fin"),
            ] {
                Stage::open(role, limit).play(&format!("{reads} {frames}\n{answer}"));
                let noted = |s: &mut Settings| {
                    limit(s);
                    s.behaviour.on_violation = OnViolation::Note;
                };
                if !answer.contains("1002") {
                    Stage::open(role, noted).play(&format!("{reads} {frames}\n{answer}"));
                }
            }
        }
    }
    // The length as announced is enough; the payload is not waited for.
    Stage::plain(Client, "< raw:827f0000000040000001\n> close:1009\n> fin");
    // And it comes before the payload's own faults, however the reads are cut.
    for reads in ["<", "<<"] {
        Stage::open(Client, |s| s.max_message = 1)
            .play(&format!("{reads} raw:8102ffff\n> close:1009\n> fin"));
    }
}

#[test]
fn actions_are_writes_of_their_own() {
    for role in Role::BOTH {
        for script in [
            "$ text:a\n> text:a\n$ ping\n> ping\n$ close\n> close",
            "$ fragments:2:Hello\n> text:He…\n> …ll…\n> …o",
            "$ fragments:5:Hello\n> text:Hello",
            "$ fragments:0:Hi\n> text:H…\n> …i",
            "$ fragments:9:\n> text:",
        ] {
            Stage::plain(role, script);
        }
        // Even behind our own Close.
        Stage::plain(
            role,
            "$ close:1000\n> close:1000\n$ text:on\n> text:on!frame-after-close\n
             $ close\n> close!frame-after-close",
        );
    }
}

#[test]
fn a_close_in_raw_octets_is_a_close() {
    for (role, close) in [(Server, "8802 03e8"), (Client, "8882 00000001 03e8")] {
        let end = tcp_ends(role);
        let cut = close.len() - 4;
        Stage::plain(
            role,
            &format!(
                "$ raw:{close}\n> close:1000\n= CLOSING\n< close:1001\n{end}= CLOSED 1001 \"\" clean"
            ),
        );
        // As the answer: TCP ends behind it, not before.
        Stage::open(role, |s| s.behaviour.on_close = OnClose::Never).play(&format!(
            "< close:1001\n$ raw:{close}\n> close:1000\n{end}= CLOSED 1001 \"\" clean"
        ));
        let mut stage = Stage::open(role, |_| ());
        stage.user(&format!("raw:{}", &close[..cut]));
        stage.user(&format!("raw:{}", &close[cut..]));
        assert_eq!(stage.outputs(), ["", "close:1000"]);
        stage.play(&format!("= CLOSING\n< close:1001\n{end}"));
    }
}

#[test]
fn the_script_runs_once_the_connection_is_open() {
    let words = |words: &'static str| {
        move |s: &mut Settings| s.after_open = words.split(' ').map(action).collect()
    };
    for role in Role::BOTH {
        for (script, ladder) in [
            ("text:a ping:b", "> text:a\n> ping:b"),
            ("text:a wait:100 text:b wait:50 close:1000", {
                "> text:a\n@ 99\n@ 1\n> text:b\n@ 49\n= OPEN\n@ 1\n> close:1000\n= CLOSING"
            }),
            ("wait:0 text:a", "@ 0\n> text:a"),
            ("wait:100 text:b", "$ text:user\n< ping\n> pong\n@ 100\n> text:b\n> text:user"),
            ("close:1000 wait:5 ping", "> close:1000\n@ 5\n> ping!frame-after-close"),
            // After fin or rst one that writes becomes an error; the others are nothing.
            ("fin text:a wait:1 close:1000", {
                "> fin\n! WriteAfterFin\n@ 1\n! WriteAfterFin\n< fin\n= CLOSED 1006 \"\" unclean"
            }),
            ("rst text:a wait:5 ping fin", "> rst\n! WriteAfterFin\n! WriteAfterFin\n@ 5"),
            // What is left when the connection has ended is discarded.
            ("wait:50 text:a", "< fin\n> fin\n@ 60\n= CLOSED 1006 \"\" unclean"),
            ("wait:50 text:a", "< rst\n@ 60\n= CLOSED 1006 \"\" unclean"),
            ("wait:50 text:a", "$ shut_down\n> close:1001\n@ 60\n= CLOSING"),
        ] {
            Stage::open(role, words(script)).play(ladder);
        }
    }
}

#[test]
fn writing_behind_the_fin_is_an_error() {
    for role in Role::BOTH {
        for write in ["text:a", "ping", "close:1000", "close", "raw:8100", "fragments:2:abc"] {
            Stage::plain(role, &format!("$ fin\n> fin\n= CLOSING\n$ {write}\n! WriteAfterFin"));
            Stage::plain(role, &format!("$ rst\n> rst\n= CLOSED\n$ {write}\n! WriteAfterFin"));
            Stage::plain(role, &format!("< fin\n> fin\n$ {write}\n! WriteAfterFin"));
        }
        Stage::plain(role, "$ fin\n> fin\n$ fin\n$ wait:1\n@ 1\n$ rst\n> rst\n= CLOSED");
    }
}

#[test]
fn shutting_down_in_each_state() {
    let by_hand = |s: &mut Settings| s.behaviour.close_when = When::ByHand;
    let stubborn = |s: &mut Settings| {
        s.behaviour.on_close = OnClose::Never;
        s.behaviour.tcp_end = TcpEnd::Never;
    };
    for role in Role::BOTH {
        Stage::waiting(role, |_| ()).play(match role {
            Server => "$ shut_down\n> fin\n= CLOSED",
            Client => "> GET / HTTP/1.1\n$ shut_down\n> fin\n= CLOSED",
        });
        let answered =
            "$ shut_down\n> close:1001\n< close:1001\n> fin\n< fin\n= CLOSED 1001 \"\" clean";
        let in_vain = "$ shut_down\n> close:1001\n@ 1999\n@ 1\n> fin\n= CLOSING\n< fin\n= CLOSED";
        Stage::plain(role, answered);
        Stage::plain(role, in_vain);
        Stage::open(role, stubborn).play(answered);
        Stage::open(role, stubborn).play(in_vain);
        Stage::open(role, stubborn).play("$ shut_down\n> close:1001\n< fin\n> fin\n= CLOSED");
        Stage::plain(role, "$ shut_down\n> close:1001\n$ shut_down\n< fin\n> fin\n= CLOSED");
        Stage::plain(role, "$ close:1000\n> close:1000\n$ shut_down\n@ 2000\n> fin\n< fin");
        Stage::open(role, by_hand).play(
            "< close:4001\n$ shut_down\n> close:1001\n> fin\n< fin\n= CLOSED 4001 \"\" clean",
        );
        Stage::plain(role, "$ fin\n> fin\n$ shut_down\n@ 2000\n< fin\n= CLOSED");
        Stage::plain(role, "< fin\n> fin\n$ shut_down\n@ 2000\n= CLOSED");
        Stage::plain(role, "< rst\n$ shut_down\n@ 2000\n= CLOSED");
        Stage::open(role, stubborn).play("< close:1000\n< fin\n$ shut_down\n> fin\n= CLOSED");
    }
    // A client that waited for the server's FIN waits no longer.
    Stage::plain(Client, "< close:1000\n> close:1000\n$ shut_down\n> fin\n< fin\n= CLOSED");
}

#[test]
fn a_behaviour_changed_on_the_way_holds_for_what_comes() {
    for role in Role::BOTH {
        let mut stage = Stage::open(role, |_| ());
        stage.play("< ping:a\n> pong:a");
        let mut behaviour = stage.end.behaviour().clone();
        behaviour.on_ping = OnPing::Never;
        behaviour.on_close = OnClose::Empty;
        stage.end.set_behaviour(behaviour);
        stage.play(&format!("< ping:b\n< close:1000\n> close\n{}= CLOSED", tcp_ends(role)));
    }
}
