//! Files of lessons: what is refused and how that is said, the built-in ones, one's own.

use super::outcomes::lesson_of;
use super::rig::Stage;
use std::collections::HashSet;
use std::sync::Arc;
use wsscope::lesson::library::read_file;
use wsscope::lesson::{Both, Library, State, file};
use wsscope::text::{Lang, lesson as text};

/// A lesson that plays, for one thing to be changed.
fn good() -> String {
    lesson_of(
        "other = \"ours\"\n[run.server]\non_close = \"same\"",
        r#"[[run.step]]
say = { en = "Close", zh = "关闭" }
server.do = ["close:1000"]
see = [
    { from = "server", frame = "close", code = 1000 },
    { from = "client", frame = "close" },
]
[run.step.question]
ask = { en = "Which?", zh = "哪个？" }
choice = [
    { en = "a", zh = "甲" },
    { en = "b", zh = "乙", right = true },
]
because = { en = "So.", zh = "因此。" }
"#,
    )
}

#[test]
fn a_bad_file_is_refused_with_its_line() {
    assert!(file::read("good.toml", &good()).is_ok());
    // What is replaced, by what, the line's beginning, and the words of the message.
    let cases: &[(&str, &str, &str, &str)] = &[
        ("id = \"own\"", "id = \"Own lesson\"", "id =", "lower-case letters"),
        ("id = \"own\"\n", "", "", "missing field `id`"),
        ("text = {", "txt = {", "txt", "unknown field `txt`"),
        ("{ en = \"Own\", zh = \"自编\" }", "{ en = \"Own\" }", "title", "missing field `zh`"),
        (
            "{ en = \"Own\", zh = \"自编\" }",
            "{ en = \"\", zh = \"自编\" }",
            "title",
            "a text is empty",
        ),
        ("RFC 6455 §1.4", "RFC 6455, 1.4", "rfc", "'RFC 6455, 1.4': expected a section such as"),
        ("inspected = \"server\"", "inspected = \"proxy\"", "inspected", "unknown variant `proxy`"),
        ("other = \"ours\"", "other = \"curl\"", "other", "unknown variant `curl`"),
        (
            "on_close = \"same\"",
            "on_close = \"maybe\"",
            "on_close",
            "'maybe': expected same, empty",
        ),
        ("on_close = \"same\"", "on_clos = \"same\"", "on_clos", "unknown field `on_clos`"),
        ("on_close = \"same\"", "answer = \"101\"", "answer", "'101': expected accept"),
        ("on_close = \"same\"", "deflate = \"max\"", "deflate", "'max': expected off, on"),
        ("on_close = \"same\"", "origin = \"x\"", "[run.server]", "a server sends no Origin"),
        ("on_close = \"same\"", "do = [\"fin\"]", "[run.server]", "belong into a step"),
        ("[\"close:1000\"]", "[\"shout\"]", "server.do", "unknown action 'shout'"),
        (
            "[\"close:1000\"]",
            "[\"batch:\", \"ping\"]",
            "server.do",
            "batch: and :end come in pairs",
        ),
        ("server.do =", "server.header =", "server.header", "said in the run"),
        ("code = 1000", "code = 70000", "    { from = \"server\"", "70000"),
        ("code = 1000", "cod = 1000", "    { from = \"server\"", "unknown field `cod`"),
        (
            "frame = \"close\", code",
            "frame = \"clos\", code",
            "    { from = \"server\"",
            "'clos': expected continuation",
        ),
        (
            "frame = \"close\", code",
            "tcp = \"fin\", code",
            "    { from = \"server\"",
            "belong to a frame",
        ),
        (
            "frame = \"close\" }",
            "tcp = \"end\" }",
            "    { from = \"client\"",
            "'end': expected fin, rst or lost",
        ),
        (
            "frame = \"close\" }",
            "violations = [\"x\"] }",
            "    { from = \"client\"",
            "expected one of request",
        ),
        (
            "frame = \"close\" }",
            "frame = \"close\", violations = [\"x\"] }",
            "    { from = \"client\"",
            "'x': no such rule",
        ),
        (
            "frame = \"close\" }",
            "quiet = 5 }",
            "    { from = \"client\"",
            "from and violations belong to a row",
        ),
        ("open = true\n", "", "[[run]]", "opens its connection"),
        (
            "server.do =",
            "open = true\nserver.do =",
            "[[run.step]]\nsay = { en = \"Close\"",
            "one connection",
        ),
        (", right = true", "", "[run.step.question]", "here are 2 choices, 0 of them right"),
        ("zh = \"甲\" }", "zh = \"甲\", right = true }", "[run.step.question]", "2 of them right"),
        ("because = ", "why = ", "why", "unknown field `why`"),
        (
            "inspected = \"server\"",
            "inspected = \"client\"\nbrowser = true",
            "[[run]]",
            "a browser is a client",
        ),
        ("other = \"ours\"", "other = \"ours\"\nbrowser = true", "", ""),
        ("id = \"own\"", "id = \"own", "id =", "string"),
    ];
    for (what, by, at, message) in cases {
        assert!(good().contains(what), "{what}");
        let spoilt = good().replacen(what, by, 1);
        if message.is_empty() {
            assert!(file::read("own.toml", &spoilt).is_ok(), "{by}");
            continue;
        }
        let error = file::read("own.toml", &spoilt).expect_err(by);
        assert!(error.message.contains(message), "{by}: {error}");
        assert!(!error.message.contains('\n'), "{error}");
        let before = &spoilt[..spoilt.find(at).unwrap_or_else(|| panic!("{at}"))];
        let line = before.matches('\n').count() + 1;
        assert_eq!(error.line, Some(line), "{by}: {error}");
        assert_eq!(
            text::error(Lang::Zh, &error),
            format!("own.toml，第 {line} 行：{}", error.message)
        );
    }
}

#[test]
fn what_an_end_cannot_do_is_refused() {
    let tungstenite = |step: &str| {
        let step = format!("[[run.step]]\nsay = {{ en = \"Say\", zh = \"说\" }}\n{step}");
        file::read("own.toml", &lesson_of("other = \"tungstenite\"\nbrowser = true", &step))
    };
    let say = "browser.say = { en = \"Press\", zh = \"按\" }";
    assert!(tungstenite(&format!("client.do = [\"close:3001:bye\"]\n{say}")).is_ok());
    for (step, message) in [
        (format!("client.do = [\"rst\"]\n{say}"), "tungstenite can do text:T"),
        (format!("client.do = [\"ping\"]\n{say}"), "tungstenite can do text:T"),
        (format!("client.on_ping = \"never\"\n{say}"), "tungstenite can do text:T"),
        ("client.do = [\"close:3001\"]".into(), "a browser obeys no action"),
        ("see = [{ crossed = true }]".into(), "both ends are \"ours\""),
    ] {
        let error = tungstenite(&step).expect_err(&step);
        assert!(error.message.contains(message), "{step}: {error}");
    }
    let options = "other = \"tungstenite\"\n[run.client]\non_ping = \"never\"";
    let error = file::read("own.toml", &lesson_of(options, "")).unwrap_err();
    assert!(error.message.contains("tungstenite takes no options"), "{error}");
}

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// Sections that exist, of the RFCs that lessons name.
fn exists(rfc: u16, section: &str) -> bool {
    let top = |section: &str| section.split('.').next().and_then(|n| n.parse::<u8>().ok());
    let depth = section.split('.').count();
    match (rfc, top(section)) {
        (6455, Some(top)) => (1..=14).contains(&top) && depth <= 3,
        (7692, Some(top)) => (1..=11).contains(&top) && depth <= 4,
        (9293, Some(top)) => (1..=7).contains(&top) && depth <= 4,
        _ => false,
    }
}

#[test]
fn the_built_in_lessons_are_whole() {
    let library = Library::built_in();
    assert_eq!(library.faults, []);
    let numbers: Vec<_> = library.lessons.iter().map(|lesson| lesson.number).collect();
    assert_eq!(numbers, (1..=15).map(Some).collect::<Vec<_>>());
    let ids: HashSet<_> = library.lessons.iter().map(|lesson| &lesson.id).collect();
    assert_eq!(ids.len(), 15);
    for lesson in &library.lessons {
        let mut texts = vec![&lesson.title, &lesson.text];
        for step in lesson.steps() {
            texts.push(&step.say);
            texts.extend(step.browser.as_ref().map(|browser| &browser.say));
            if let Some(question) = &step.question {
                texts.extend([&question.ask, &question.because]);
                let right = question.choices.iter().filter(|choice| choice.right).count();
                assert_eq!(right, 1, "{}", question.ask.en);
            }
        }
        for Both { en, zh } in texts {
            assert!(zh.chars().any(is_chinese), "{}: {zh}", lesson.id);
            // Examples on the wire are Chinese in both.
            let quoted = en.chars().filter(|c| is_chinese(*c)).count();
            assert!(quoted * 3 < en.chars().count(), "{}: {en}", lesson.id);
        }
        assert!(!lesson.rfc.is_empty(), "{}", lesson.id);
        for section in &lesson.rfc {
            assert!(exists(section.rfc, &section.section), "{}: {section}", lesson.id);
        }
        assert!((2..=12).contains(&lesson.len()), "{} has {} steps", lesson.id, lesson.len());
        let asked = lesson.steps().filter(|step| step.question.is_some()).count();
        assert!(asked >= 1, "{} asks nothing", lesson.id);
        let in_browsers = (5..=13).contains(&lesson.number.unwrap_or_default());
        assert_eq!(lesson.allows_browser(), in_browsers, "{}", lesson.id);
    }
    assert_eq!(
        text::sections(&library.find("deflate").unwrap().rfc),
        "RFC 6455 §9.1; RFC 7692 §6, §7.1.1, §7.2"
    );
}

#[test]
fn ones_own_lessons_stand_beside_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("good.toml", &good());
    write("bad.toml", &good().replace("open = true", "opens = true"));
    write("latin1.toml", "x");
    std::fs::write(folder.path().join("latin1.toml"), b"id = \"\xff\"").unwrap();
    write("other.toml", &good().replace("id = \"own\"", "id = \"ping\"\nnumber = 4"));
    write("notes.txt", "no lesson");
    let library = Library::with_own(Some(folder.path()));
    assert_eq!(library.lessons.len(), 16, "one is new, one takes the place of a built-in one");
    assert_eq!(library.find("4").unwrap().title.zh, "自编");
    assert_eq!(library.lessons.last().unwrap().id, "own", "without a number it is the last");
    let faults: Vec<_> = library.faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].contains("bad.toml:") && faults[0].contains("`opens`"), "{faults:?}");
    assert!(faults[1].contains("latin1.toml"), "{faults:?}");
    assert!(read_file(&folder.path().join("none.toml")).is_err());
    let none = Library::with_own(Some(&folder.path().join("none")));
    assert_eq!((none.lessons.len(), none.faults.len()), (15, 0));
}

#[test]
fn the_example_of_the_readme_plays() {
    let readme = include_str!("../../README.md").replace("\r\n", "\n");
    let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let lesson = file::read("README.md", example.expect("an example")).unwrap();
    let mut stage = Stage::new(Arc::new(lesson));
    stage.play();
    assert_eq!(*stage.player.state(), State::Met, "{}", stage.said());
}
