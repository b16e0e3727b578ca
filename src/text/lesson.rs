//! Sentences about a lesson beside its own: what is expected, and what came instead.

use super::rung::{RungWords, spoken};
use super::{Lang, faults, sentences};
use crate::lesson::expectation::{Closed, Expectation, FrameExpected, RowExpected, What};
use crate::lesson::file::LessonError;
use crate::lesson::player::{Came, NotMet};
use crate::lesson::script::{Both, Section};
use crate::protocol::{ReadyState, Role};
use crate::session::inflate::Previews;
use crate::session::ladder::{Folding, Ladder};
use crate::session::log::Log;
use crate::session::source::Source;

/// A lesson's text in this language.
#[must_use]
pub fn both(lang: Lang, text: &Both) -> &str {
    match lang {
        Lang::En => &text.en,
        Lang::Zh => &text.zh,
    }
}

/// Where it is written: `RFC 6455 §5.5.1, §7.4.1; RFC 7692 §7.2`.
#[must_use]
pub fn sections(sections: &[Section]) -> String {
    let mut text = String::new();
    for (at, section) in sections.iter().enumerate() {
        let same = at > 0 && sections[at - 1].rfc == section.rfc;
        match (at, same) {
            (0, _) => text += &section.to_string(),
            (_, true) => text += &format!(", §{}", section.section),
            (_, false) => text += &format!("; {section}"),
        }
    }
    text
}

/// Why a file is no lesson.
#[must_use]
pub fn error(lang: Lang, error: &LessonError) -> String {
    let LessonError { file, line, message } = error;
    match (lang, line) {
        (Lang::En, Some(line)) => format!("{file}, line {line}: {message}"),
        (Lang::Zh, Some(line)) => format!("{file}，第 {line} 行：{message}"),
        (Lang::En, None) => format!("{file}: {message}"),
        (Lang::Zh, None) => format!("{file}：{message}"),
    }
}

/// No lesson has this name, and no file.
#[must_use]
pub fn no_such_lesson(lang: Lang, name: &str) -> String {
    match lang {
        Lang::En => format!("no lesson and no file '{name}': wsscope lesson lists them"),
        Lang::Zh => format!("没有名为“{name}”的课程或文件：wsscope lesson 会列出全部课程"),
    }
}

/// A browser cannot be the other end of this lesson.
#[must_use]
pub fn not_for_browsers(lang: Lang, id: &str) -> String {
    match lang {
        Lang::En => format!("lesson {id} cannot be played with a browser at the other end"),
        Lang::Zh => format!("课程 {id} 的另一端不能换成浏览器"),
    }
}

/// The name of an end.
fn end(lang: Lang, role: Role) -> &'static str {
    let words = lang.words();
    if role == Role::Client { words.client } else { words.server }
}

/// What must be seen, in a line.
#[must_use]
pub fn expectation(lang: Lang, expected: &Expectation) -> String {
    match (lang, expected) {
        (_, Expectation::Row(row)) => row_expected(lang, row),
        (Lang::En, Expectation::Quiet(time)) => {
            format!("nothing for {}", sentences::duration(*time))
        }
        (Lang::Zh, Expectation::Quiet(time)) => {
            format!("{} 内没有任何动静", sentences::duration(*time))
        }
        (_, Expectation::Closed(closed)) => held(lang, closed),
        (_, Expectation::States(states)) => ready_states(lang, states),
        (Lang::En, Expectation::Crossed) => "the two Closes crossed".into(),
        (Lang::Zh, Expectation::Crossed) => "两个 Close 在途中交叉".into(),
    }
}

fn row_expected(lang: Lang, expected: &RowExpected) -> String {
    let zh = lang == Lang::Zh;
    let mut parts = Vec::new();
    if let Some(from) = expected.from {
        parts.push(end(lang, from).to_owned());
    }
    match &expected.what {
        What::Head(status, headers) => {
            parts.push(match (status, zh) {
                (None, false) => "a request".into(),
                (None, true) => "请求".into(),
                (Some(status), false) => format!("response {status}"),
                (Some(status), true) => format!("响应 {status}"),
            });
            parts.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
        }
        What::Frame(frame) => parts.extend(frame_expected(lang, frame)),
        What::Tcp(event) => parts.push(event.word().to_uppercase()),
        What::Fault(kind) => parts.push(kind.word().into()),
    }
    match expected.violations.as_deref() {
        None => {}
        Some([]) => parts.push(if zh { "不违反任何规则" } else { "breaks no rule" }.into()),
        Some(rules) => {
            let ids: Vec<_> = rules.iter().map(|rule| rule.id()).collect();
            let ids = ids.join(", ");
            parts.push(if zh { format!("违反 {ids}") } else { format!("breaks {ids}") });
        }
    }
    parts.join(" · ")
}

fn frame_expected(lang: Lang, frame: &FrameExpected) -> Vec<String> {
    let zh = lang == Lang::Zh;
    let code = frame.code.map(|code| format!(" {}", code.0)).unwrap_or_default();
    let mut parts = vec![format!("{}{code}", frame.opcode.name())];
    parts.extend(frame.reason.clone());
    parts.extend(frame.text.clone());
    parts.extend(frame.length.map(|length| sentences::octets(lang, length)));
    let bit = |name: &str, on: Option<bool>| on.map(|on| format!("{name} {}", u8::from(on)));
    parts.extend(bit("FIN", frame.fin));
    for (at, on) in frame.rsv.iter().enumerate() {
        parts.extend(bit(&format!("RSV{}", at + 1), *on));
    }
    parts.extend(bit("MASK", frame.masked));
    parts.extend(frame.form.map(|form| match zh {
        false => format!("length in {} bits", form.bits()),
        true => format!("{} 位长度", form.bits()),
    }));
    parts.extend(frame.octets.as_ref().map(|octets| {
        octets.iter().map(|octet| format!("{octet:02X}")).collect::<Vec<_>>().join(" ")
    }));
    parts
}

fn held(lang: Lang, closed: &Closed) -> String {
    let zh = lang == Lang::Zh;
    let clean = |clean: Option<bool>| match (clean, zh) {
        (None, _) => "",
        (Some(true), false) => ", clean",
        (Some(false), false) => ", not clean",
        (Some(true), true) => "，干净关闭",
        (Some(false), true) => "，非干净关闭",
    };
    let mut parts = Vec::new();
    for role in Role::BOTH {
        let (code, was) = (closed.codes[role.index()], closed.clean[role.index()]);
        if code.is_some() || was.is_some() {
            let code = code.map_or(String::new(), |code| code.0.to_string());
            parts.push(format!("{} {code}{}", end(lang, role), clean(was)));
        }
    }
    if closed.event.is_some() || closed.event_clean.is_some() {
        let code = closed.event.map_or(String::new(), |code| format!(" {}", code.0));
        let was = closed.event_clean.map_or(String::new(), |was| format!(", wasClean {was}"));
        parts.push(format!("CloseEvent{code}{was}"));
    }
    let parts = parts.join(" · ");
    if zh {
        format!("连接结束，各端得到：{parts}")
    } else {
        format!("the connection is over, held: {parts}")
    }
}

fn ready_states(lang: Lang, states: &[Option<ReadyState>; 2]) -> String {
    let states = Role::BOTH.into_iter().filter_map(|role| {
        states[role.index()].map(|state| format!("{} {}", end(lang, role), state.word()))
    });
    states.collect::<Vec<_>>().join(" · ")
}

/// What a row is, in a line, without remarks on what may still come.
#[must_use]
pub fn row(lang: Lang, log: &Log, source: &Source, index: u64) -> String {
    let Some(row) = log.row(index) else { return String::new() };
    let ladder = Ladder::of(log, row.connection, Folding { all: true, ..Folding::default() });
    match ladder.rung_of(log, index) {
        Some(at) => {
            let mut previews = Previews::default();
            let words = RungWords::of((log, source), &mut previews, &ladder, at, lang);
            // Whether it is answered is another row's matter, and may change.
            let words = RungWords { marks: Vec::new(), ..words };
            spoken(&ladder.rungs()[at], &words, lang)
        }
        None => log.fault(index).map(|fault| faults::fault(lang, fault)).unwrap_or_default(),
    }
}

/// How a person who plays with a browser says that it was done.
#[must_use]
pub fn enter_goes_on(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "Enter goes on",
        Lang::Zh => "按回车键继续",
    }
}

/// What came instead of what was expected.
#[must_use]
pub fn not_met(lang: Lang, log: &Log, source: &Source, not_met: &NotMet) -> String {
    let zh = lang == Lang::Zh;
    let came = match (&not_met.came, zh) {
        (Came::Row(index), _) => row(lang, log, source, *index),
        (Came::Nothing(limit), false) => {
            format!("nothing more within {}", sentences::duration(*limit))
        }
        (Came::Nothing(limit), true) => format!("{} 内再没有任何动静", sentences::duration(*limit)),
        (Came::Over, false) => "the end of the connection".into(),
        (Came::Over, true) => "连接已经结束".into(),
        (Came::Held(closed), _) => held(lang, closed),
        (Came::States(states), _) => ready_states(lang, states),
        (Came::InTurn, false) => "one Close answered the other".into(),
        (Came::InTurn, true) => "其中一个 Close 是对另一个的应答".into(),
        (Came::Fault(fault), _) => faults::fault(lang, fault),
    };
    match (&not_met.expected, zh) {
        (Some(expected), false) => {
            format!("Expected: {}. Came instead: {came}.", expectation(lang, expected))
        }
        (Some(expected), true) => {
            format!("应当看到：{}。实际看到：{came}。", expectation(lang, expected))
        }
        (None, false) => format!("The step could not be performed: {came}."),
        (None, true) => format!("这一步无法执行：{came}。"),
    }
}
