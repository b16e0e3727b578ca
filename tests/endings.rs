//! What the verdict says of an ending beside the codes: the steps with their
//! times, and what to do. Observed at fixed times, our end the server.

use super::models::{close_frame, frame};
use super::session::{Session, hex};
use wsscope::protocol::Role::{Client, Server};
use wsscope::protocol::closing_handshake::TcpEvent::{Fin, Lost, Rst};
use wsscope::protocol::{Opcode, Role, Rule, StatusCode};
use wsscope::session::verdict::{Advice, Explanation, What, steps};
use wsscope::text::{self, Lang};

const SECOND: u64 = 1_000_000_000;

/// The advice after what `play` does to a connection that is open, which is over then.
#[track_caller]
fn advises(expected: Option<Advice>, play: impl FnOnce(&mut Session)) {
    let mut session = Session::open();
    play(&mut session);
    session.over();
    check(&session, expected);
}

#[track_caller]
fn check(session: &Session, expected: Option<Advice>) {
    let verdict = session.verdict();
    assert_eq!(verdict.advice, expected, "{:?}", verdict.explanation);
    if let Some(advice) = expected {
        let [en, zh] = [Lang::En, Lang::Zh].map(|lang| text::advice::advice(lang, &advice));
        assert!(en.is_ascii() && !zh.is_ascii() && !en.ends_with('.'), "{en} {zh}");
    }
}

/// A Close each way and FINs.
fn closed(session: &mut Session, by: Role, code: Option<u64>) {
    session.octets(by, close_frame(by, code, ""));
    session.octets(by.peer(), close_frame(by.peer(), code, ""));
    session.tcp(Server, Fin);
    session.tcp(Client, Fin);
}

#[test]
fn an_end_in_silence_asks_for_pings_and_a_quick_one_for_a_close() {
    for event in [Fin, Rst, Lost] {
        advises(Some(Advice::SendPings { idle: 61 * SECOND }), |session| {
            session.octets(Client, frame(Client, Opcode::TEXT, b"hi"));
            session.wait(61 * SECOND - 1_000_000);
            session.tcp(Client, event);
            if event == Fin {
                session.tcp(Server, Fin);
            }
        });
        advises(Some(Advice::CloseBeforeTcp { by: Client, event }), |session| {
            session.wait(60 * SECOND);
            session.octets(Client, frame(Client, Opcode::PING, b""));
            session.wait(20 * SECOND);
            session.tcp(Client, event);
            if event == Fin {
                session.tcp(Server, Fin);
            }
        });
    }
}

#[test]
fn a_close_that_is_not_answered() {
    advises(Some(Advice::AnswerClose { by: Client }), |session| {
        session.octets(Server, close_frame(Server, Some(1000), ""));
    });
    advises(Some(Advice::AnswerClose { by: Client }), |session| {
        session.octets(Server, close_frame(Server, Some(1000), ""));
        session.tcp(Server, Fin);
        session.tcp(Client, Fin);
    });
    advises(Some(Advice::AnswerBeforeTcp { by: Client }), |session| {
        session.octets(Server, close_frame(Server, Some(1000), ""));
        session.tcp(Client, Fin);
        session.tcp(Server, Fin);
    });
    advises(Some(Advice::DrainBeforeClose { by: Server }), |session| {
        session.octets(Server, close_frame(Server, Some(1000), ""));
        session.tcp(Server, Rst);
    });
    advises(Some(Advice::DrainBeforeClose { by: Client }), |session| {
        session.octets(Server, close_frame(Server, Some(1000), ""));
        session.octets(Client, close_frame(Client, Some(1000), ""));
        session.tcp(Client, Rst);
    });
}

#[test]
fn tcp_that_does_not_end() {
    let mut session = Session::open();
    session.octets(Client, close_frame(Client, Some(1000), ""));
    check(&session, Some(Advice::AnswerClose { by: Server }));
    session.octets(Server, close_frame(Server, Some(1000), ""));
    check(&session, Some(Advice::EndTcp));
    session.tcp(Client, Fin);
    check(&session, Some(Advice::EndTcpToo { by: Server }));
    session.tcp(Server, Fin);
    check(&session, None);
}

#[test]
fn a_broken_rule() {
    let fault = |from: Role, octets: &str| {
        let octets = hex(octets);
        move |session: &mut Session| session.octets(from, octets)
    };
    advises(Some(Advice::Mask), fault(Client, "81026869"));
    advises(Some(Advice::SendUtf8 { by: Server }), fault(Server, "8102c328"));
    advises(Some(Advice::SendUtf8 { by: Server }), fault(Server, "880403e8fffe"));
    for code in ["880203ed", "880203e7"] {
        advises(Some(Advice::ChooseCode { by: Server }), fault(Server, code));
    }
    for octets in ["8300", "8000", "817e00026869", "880103", "0900", "c1026869"] {
        advises(Some(Advice::MendFrames { by: Server }), fault(Server, octets));
    }
}

#[test]
fn a_clean_end_with_a_code_that_says_something() {
    for (by, code, expected) in [
        (Server, Some(1000), None),
        (Client, Some(1001), Some(Advice::PageLeft)),
        (Server, Some(1001), Some(Advice::Reconnect { code: StatusCode(1001) })),
        (Server, Some(1012), Some(Advice::Reconnect { code: StatusCode(1012) })),
        (Server, Some(1002), Some(Advice::FindFault { by: Server })),
        (Server, Some(1007), Some(Advice::MatchType { by: Server })),
        (Client, Some(1009), Some(Advice::SmallerMessages { by: Client })),
        (Server, Some(1008), Some(Advice::SeeReason { by: Server })),
        (Server, Some(1011), Some(Advice::LookAtLog { by: Server })),
        (Server, None, Some(Advice::SendCode { by: Server })),
        (Client, None, Some(Advice::SendCode { by: Client })),
        (Server, Some(4001), None),
    ] {
        advises(expected, |session| closed(session, by, code));
    }
}

#[test]
fn an_opening_handshake_that_fails() {
    for status in [301, 400, 401, 403, 404, 426, 500, 502, 503, 418] {
        let mut session = Session::new();
        session.opened();
        session.request("");
        session.octets(Server, format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n"));
        session.tcp(Server, Fin);
        session.over();
        check(&session, Some(Advice::Refused { status }));
    }
    let mut session = Session::new();
    session.opened();
    session.request("");
    session.response("AAAA", "", "", b"");
    check(&session, Some(Advice::BadResponse { rule: Rule::ResponseAccept }));
    let rule = Rule::ResponseAccept;
    assert_eq!(session.verdict().explanation, Explanation::BadResponse { rule });

    for (ended, by) in [(true, Server), (false, Client)] {
        let mut session = Session::new();
        session.opened();
        session.request("");
        assert_eq!(session.verdict().advice, None, "nothing is wrong yet");
        session.tcp(by, Fin);
        session.over();
        check(&session, Some(Advice::NoResponse { ended }));
    }
}

#[test]
fn the_steps_tell_who_did_what_and_how_long_after() {
    let mut session = Session::open();
    session.octets(Server, close_frame(Server, Some(4001), "r"));
    session.wait(99_000_000);
    session.octets(Client, close_frame(Client, Some(4001), "r"));
    session.octets(Client, frame(Client, Opcode::PING, b""));
    session.tcp(Server, Fin);
    session.wait(SECOND);
    session.tcp(Server, Rst);
    let verdict = session.verdict();
    let found: Vec<_> = verdict.steps.iter().map(|s| (s.by, s.what, s.after / 1_000_000)).collect();
    let code = Some(StatusCode(4001));
    assert_eq!(
        found,
        [
            (Server, What::Close(code), 0),
            (Client, What::Answer { code, may_cross: false }, 100),
            (Client, What::FrameAfterClose, 1),
            (Server, What::Tcp(Fin), 1),
            (Server, What::Tcp(Rst), 1001),
        ]
    );
    assert_eq!(steps::total(&verdict.steps), Some(1_103_000_000));
    let english: Vec<_> = verdict.steps.iter().map(|s| text::steps::step(Lang::En, s)).collect();
    assert_eq!(english[1], "The client answered with Close 4001");
    assert_eq!(english[3], "The server ended TCP (FIN)");
}

#[test]
fn a_second_close_that_says_something_else_may_have_crossed() {
    for (first, may_cross) in [(Server, true), (Client, false)] {
        let mut session = Session::open();
        session.octets(first, close_frame(first, Some(4001), ""));
        session.octets(first.peer(), close_frame(first.peer(), Some(4002), ""));
        let steps = session.verdict().steps;
        let code = Some(StatusCode(4002));
        // Our own answer is known to be one.
        assert_eq!(steps[1].what, What::Answer { code, may_cross });
        for lang in [Lang::En, Lang::Zh] {
            assert!(text::steps::step(lang, &steps[1]).contains("4002"));
        }
    }
}

#[test]
fn a_fault_stands_among_the_steps() {
    let mut session = Session::open();
    session.octets(Server, hex("8300"));
    session.octets(Client, close_frame(Client, Some(1002), ""));
    let whats: Vec<_> = session.verdict().steps.iter().map(|s| s.what).collect();
    let code = Some(StatusCode(1002));
    assert_eq!(whats, [What::Fault(Rule::ReservedOpcode), What::Close(code)]);
}
