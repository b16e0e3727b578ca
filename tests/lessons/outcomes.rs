//! What a lesson says whose expectation is not met.

use super::rig::Stage;
use std::sync::Arc;
use wsscope::lesson::player::Evidence;
use wsscope::lesson::{Other, State, file};
use wsscope::session::row::Kind;
use wsscope::text::{Lang, lesson};

/// A lesson with one run: its options, then its steps behind the one that opens.
pub fn lesson_of(run: &str, steps: &str) -> String {
    format!(
        r#"
id = "own"
title = {{ en = "Own", zh = "自编" }}
text = {{ en = "Text", zh = "正文" }}
rfc = ["RFC 6455 §1.4"]
[[run]]
inspected = "server"
{run}
[[run.step]]
open = true
say = {{ en = "Open", zh = "打开" }}
see = [{{ request = true }}, {{ from = "server", status = 101 }}]
{steps}
"#
    )
}

fn step(body: &str) -> String {
    format!("[[run.step]]\nsay = {{ en = \"Say\", zh = \"说\" }}\n{body}\n")
}

fn played(run: &str, steps: &str) -> Stage {
    let text = lesson_of(run, steps);
    let lesson = file::read("own.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut stage = Stage::new(Arc::new(lesson));
    stage.play();
    stage
}

/// What is said in both languages of a lesson that is not met.
#[track_caller]
fn said(stage: &Stage) -> [String; 2] {
    let State::NotMet(not_met) = stage.player.state() else {
        panic!("{:?}", stage.player.state());
    };
    let log = stage.engine.log();
    [Lang::En, Lang::Zh].map(|lang| lesson::not_met(lang, &log.read(), &stage.source, not_met))
}

const OURS: &str = "other = \"ours\"";

#[test]
fn another_row_is_named() {
    let see = r#"server.do = ["close:1000:bye"]
        see = [{ from = "server", frame = "close", code = 1001, reason = "bye" }]"#;
    let stage = played(OURS, &step(see));
    let [en, zh] = said(&stage);
    assert_eq!(
        en,
        "Expected: server · Close 1001 · bye. Came instead: server → client · Close 1000 · bye."
    );
    assert_eq!(
        zh,
        "应当看到：服务器 · Close 1001 · bye。实际看到：server → client · Close 1000 · bye。"
    );
    assert!(stage.player.is_finished());
}

#[test]
fn each_part_of_a_frame_is_looked_at() {
    let fine = r#"fin = true, rsv1 = false, masked = true, bits = 7, length = 2, text = "hi", octets = "81 82", violations = []"#;
    for (right, wrong) in [
        ("fin = true", "fin = false"),
        ("rsv1 = false", "rsv1 = true"),
        ("masked = true", "masked = false"),
        ("bits = 7", "bits = 16"),
        ("length = 2", "length = 3"),
        ("text = \"hi\"", "text = \"ho\""),
        ("octets = \"81 82\"", "octets = \"82 82\""),
        ("violations = []", "violations = [\"rsv2-without-extension\"]"),
    ] {
        let see = |fields: &str| {
            step(&format!(
                "client.do = [\"text:hi\"]\nsee = [{{ from = \"client\", frame = \"text\", {fields} }}]"
            ))
        };
        assert!(fine.contains(right));
        let stage = played(OURS, &see(fine));
        assert_eq!(*stage.player.state(), State::Met, "{}", stage.said());
        let stage = played(OURS, &see(&fine.replace(right, wrong)));
        assert!(said(&stage)[0].contains("Came instead: client → server · Text · hi"), "{wrong}");
    }
}

#[test]
fn silence_is_named_with_its_limit() {
    let see = r#"limit = 50
        see = [{ from = "client", tcp = "rst" }]"#;
    let [en, zh] = said(&played(OURS, &step(see)));
    assert_eq!(en, "Expected: client · RST. Came instead: nothing more within 50 ms.");
    assert_eq!(zh, "应当看到：客户端 · RST。实际看到：50 ms 内再没有任何动静。");
}

#[test]
fn a_noise_is_no_silence() {
    let see = r#"client.do = ["ping:x"]
        see = [{ quiet = 60000 }]"#;
    let [en, zh] = said(&played(OURS, &step(see)));
    assert!(en.ends_with("Came instead: client → server · Ping · x."), "{en}");
    assert!(zh.contains("60 s 内没有任何动静") || zh.contains("1m 内没有任何动静"), "{zh}");
}

#[test]
fn the_end_comes_before_what_was_expected() {
    let see = r#"server.do = ["rst"]
        see = [{ from = "server", tcp = "rst" }, { from = "client", tcp = "fin" }]"#;
    let [en, zh] = said(&played(OURS, &step(see)));
    assert_eq!(en, "Expected: client · FIN. Came instead: the end of the connection.");
    assert!(zh.ends_with("实际看到：连接已经结束。"), "{zh}");
}

#[test]
fn what_the_ends_hold_is_compared() {
    let see = |closed: &str| {
        step(&format!(
            r#"server.do = ["fin"]
            see = [{{ from = "server", tcp = "fin" }}, {{ from = "client", tcp = "fin" }}, {{ closed = {closed} }}]"#
        ))
    };
    let [en, zh] =
        said(&played(OURS, &see("{ client = 1000, server_clean = true, event = 1006 }")));
    assert!(en.contains("client 1006") && en.contains("not clean"), "{en}");
    assert!(zh.contains("客户端 1006") && zh.contains("非干净关闭"), "{zh}");
    let stage = played(OURS, &see("{ client = 1006, server_clean = false, event = 1006 }"));
    assert_eq!(*stage.player.state(), State::Met);
    // The verdict's row is the evidence.
    let closed = stage.player.rows(1).last().unwrap();
    assert_eq!(stage.engine.log().read().row(closed).unwrap().kind, Kind::Closed);
    assert_eq!(stage.player.rows(1).count(), 3);
}

#[test]
fn states_and_crossing_are_compared() {
    let [en, _] = said(&played(OURS, &step("see = [{ state = { client = \"CLOSING\" } }]")));
    assert_eq!(en, "Expected: client CLOSING. Came instead: client OPEN.");
    let see = r#"server.do = ["close:1000"]
        see = [{ frame = "close" }, { frame = "close" }, { tcp = "fin" }, { tcp = "fin" }, { crossed = true }]"#;
    let [en, zh] = said(&played(OURS, &step(see)));
    assert_eq!(en, "Expected: the two Closes crossed. Came instead: one Close answered the other.");
    assert!(zh.contains("交叉") && zh.contains("应答"), "{zh}");
}

#[test]
fn rows_may_come_in_any_order_where_that_is_said() {
    let see = |any: bool| {
        step(&format!(
            r#"any_order = {any}
            client.do = ["text:a", "text:b"]
            see = [{{ frame = "text", text = "b" }}, {{ frame = "text", text = "a" }}]"#
        ))
    };
    let stage = played(OURS, &see(true));
    assert_eq!(*stage.player.state(), State::Met, "{}", stage.said());
    let rows: Vec<_> = stage.player.rows(1).collect();
    assert!(rows[0] > rows[1], "{rows:?} belong to the expectations, in their order");
    assert!(matches!(played(OURS, &see(false)).player.state(), State::NotMet(_)));
}

#[test]
fn an_answer_that_is_held_waits_for_its_step() {
    let run = "other = \"ours\"\n[run.client]\non_close = \"hand\"";
    let steps = [
        step("server.do = [\"close:1000\"]\nsee = [{ from = \"server\", frame = \"close\" }]"),
        step("client.release = true\nsee = [{ from = \"client\", frame = \"close\" }]"),
    ];
    let stage = played(run, &steps.concat());
    assert_eq!(*stage.player.state(), State::Met, "{}", stage.said());
    assert_eq!(stage.player.evidence(2).len(), 1);
    assert!(!stage.player.evidence(2).contains(&Evidence::Awaited));
    assert!(stage.player.other_end().is_some());
}

#[test]
fn our_client_meets_tungstenite_as_a_server() {
    let text = lesson_of(
        "other = \"tungstenite\"",
        &step(
            r#"client.do = ["text:hello", "close:1000"]
            see = [
                { from = "client", frame = "text" },
                { from = "client", frame = "close" },
                { from = "server", frame = "text", text = "hello" },
                { from = "server", frame = "close", code = 1000 },
                { from = "server", tcp = "fin" },
                { from = "client", tcp = "fin" },
                { closed = { client = 1000, client_clean = true } },
            ]"#,
        ),
    );
    let text = text.replace("inspected = \"server\"", "inspected = \"client\"");
    let lesson = file::read("own.toml", &text).unwrap();
    assert_eq!(lesson.runs[0].other, Other::Tungstenite);
    let mut stage = Stage::new(Arc::new(lesson));
    stage.play();
    assert_eq!(*stage.player.state(), State::Met, "{}", stage.said());
}

#[test]
fn a_silent_partner_answers_later() {
    let steps = [
        step("client.reading = false"),
        step(
            "server.do = [\"close:1000\"]\nsee = [{ from = \"server\", frame = \"close\" }, { quiet = 100 }, { state = { server = \"CLOSING\" } }]",
        ),
        step(
            "client.reading = true\nsee = [{ from = \"client\", frame = \"close\", code = 1000 }]",
        ),
    ];
    let stage = played("other = \"tungstenite\"", &steps.concat());
    assert_eq!(*stage.player.state(), State::Met, "{}", stage.said());
}

#[test]
fn answers_are_chosen_at_questions_that_were_asked() {
    let question = r#"[run.step.question]
        ask = { en = "Which?", zh = "哪个？" }
        choice = [{ en = "a", zh = "甲" }, { en = "b", zh = "乙", right = true }]
        because = { en = "So.", zh = "因此。" }"#;
    let mut stage = played(OURS, &step(question));
    assert!(!stage.player.choose(0, 0), "the first step asks nothing");
    assert!(!stage.player.choose(1, 2), "there are two choices");
    assert!(stage.player.choose(1, 0));
    assert_eq!(stage.player.answer(1), Some(0));
    let step = stage.player.lesson().step(1).unwrap().1;
    assert_eq!(step.question.as_ref().unwrap().right(), 1);
}
