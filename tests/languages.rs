//! Whatever a person reads stands in both languages: every sentence that there is,
//! and no sentence outside of `text`.

use std::fs;
use std::path::{Path, PathBuf};
use wsscope::protocol::action::ActionError;
use wsscope::protocol::close::REGISTRY;
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::{Opcode, Role, Rule, StatusCode};
use wsscope::session::verdict::{Advice, Explanation};
use wsscope::session::{Fault, FaultKind, Stage};
use wsscope::text::actions::{Preset, action_error, preset};
use wsscope::text::keys::{Does, Place, does, place};
use wsscope::text::run::{Said, not_whole, said};
use wsscope::text::{
    Lang, advice, codes, detail, faults, opened, refusal, replay, rules, sentences,
};
use wsscope::ui::replay::Pace;

/// Signs of typography that English has, too.
const SIGNS: &str = "…§–−×·✓→≥≤—¬±µ▾↵“”№’⇄“”";

/// Words that are the same in both languages: of the wire, of a library, a file's kind.
const SAME: &[&str] = &[
    "json",
    "url",
    "origin",
    "on_close",
    "on_ping",
    "base64",
    "of_utf8",
    "language",
    "of",
    "column_number",
    "alpn",
    "tls_caption",
    "fingerprint",
    "filter_hint",
];

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// A sentence in both languages: the Chinese has Chinese in it, the English has not.
#[track_caller]
fn both(what: &str, of: impl Fn(Lang) -> String) {
    let (en, zh) = (of(Lang::En), of(Lang::Zh));
    assert!(!en.trim().is_empty() && !zh.trim().is_empty(), "{what}");
    assert!(zh.chars().any(is_chinese), "{what} in Chinese: {zh}");
    assert!(en.chars().all(|c| c.is_ascii() || SIGNS.contains(c)), "{what} in English: {en}");
}

#[test]
fn every_fixed_word_is_in_both_languages() {
    let pairs = Lang::En.words().all().into_iter().zip(Lang::Zh.words().all());
    for ((name, en), (_, zh)) in pairs {
        if SAME.contains(&name) {
            assert!(!zh.is_empty(), "{name}");
        } else {
            both(name, |lang| if lang == Lang::En { en.to_owned() } else { zh.to_owned() });
        }
    }
}

#[test]
fn every_sentence_of_an_enum_is_in_both_languages() {
    for rule in Rule::ALL {
        both(rule.id(), |lang| rules::rule(lang, *rule).to_owned());
    }
    for row in &REGISTRY {
        both("a code", |lang| codes::status_code(lang, row.code).to_owned());
        both("who sends it", |lang| codes::sender(lang, row.code).to_owned());
    }
    for code in [7, 1500, 2500, 3500, 4500, 65535] {
        both("a range", |lang| codes::status_code(lang, StatusCode(code)).to_owned());
    }
    for kind in FaultKind::ALL {
        for stage in Stage::ALL {
            // Figures, as each of them holds; what is nobody's words stays as it is.
            let words = if kind.word() == "rules" { Rule::ALL[0].id() } else { "1234" };
            let fault = Fault::new(stage, *kind, words);
            if *kind != FaultKind::System {
                both(kind.word(), |lang| faults::fault(lang, &fault));
            }
            both(stage.word(), |lang| detail::fault_caption(lang, stage));
        }
    }
    for status in [200, 301, 302, 401, 403, 404, 426, 429, 500, 502, 503] {
        both("a refusal", |lang| refusal::refusal(lang, status).to_owned());
    }
    for role in Role::BOTH {
        both("an end", |lang| sentences::role(lang, role).to_owned());
        both("who", |lang| detail::from(lang, role).to_owned());
        for event in [TcpEvent::Fin, TcpEvent::Rst, TcpEvent::Lost] {
            both("how TCP ended", |lang| sentences::ended(lang, role, event));
            both("what that means", |lang| detail::tcp_meaning(lang, role, event, true));
            both("a row of TCP", |lang| detail::tcp_caption(lang, event, role));
        }
    }
    for opcode in 0..16 {
        let caption = |lang| detail::frame_caption(lang, 1, Opcode::new(opcode), Role::Client);
        both("a frame", caption);
    }
    for deed in Does::ALL {
        both("a key", |lang| does(lang, *deed).to_owned());
    }
    for of in Place::ALL {
        both("a place", |lang| place(lang, of).to_owned());
    }
    let word = || "x".to_owned();
    for error in [
        ActionError::Unknown(word()),
        ActionError::Number(word(), 9),
        ActionError::Hex(word()),
        ActionError::Field(word()),
        ActionError::Batch,
        ActionError::NotInBatch,
    ] {
        both("an action", |lang| action_error(lang, &error));
    }
    for ready in [Preset::CloseOneOctet, Preset::CloseCut, Preset::TextNotUtf8] {
        both("a preset", |lang| preset(lang, ready).to_owned());
    }
    let (path, error) = (Path::new("a"), std::io::Error::from_raw_os_error(2));
    for line in [
        Said::Listening("ws://a/"),
        Said::Recording(path),
        Said::Exists(path),
        Said::CannotRecord(path, &error),
        Said::NoSession(&error),
        Said::NoTemporary(&error),
        Said::CannotWrite(&error),
        Said::CannotRead(&error),
        Said::NoSignals(&error),
        Said::NothingReadable(path),
        Said::Cancelled(path),
        Said::StdinNotText(&error),
        Said::NoWindow("no display"),
    ] {
        both("a line of a run", |lang| said(lang, &line));
    }
    for lacks in [false, true] {
        both("a frame in part", |lang| not_whole(lang, lacks).to_owned());
    }
    both("a position", |lang| replay::position(lang, 3, 7, 0.5));
    both("a pace", |lang| replay::pace(lang, None));
    assert_eq!(Pace::ALL[0], Pace::default());
    both("a damaged file", |lang| {
        let damaged = wsscope::session::open::Opened { damaged_at: Some(9), ..Default::default() };
        opened::opened(lang, &damaged).unwrap()
    });
    for alert in 0..=120 {
        let fault = Fault::new(Stage::Tls, FaultKind::TlsAlert, alert.to_string());
        both("a TLS alert", |lang| faults::fault(lang, &fault));
    }
}

#[test]
fn every_verdict_and_every_advice_is_in_both_languages() {
    let by = Role::Client;
    let (event, code) = (TcpEvent::Rst, Some(StatusCode(1000)));
    let explanations = [
        Explanation::Open,
        Explanation::Gap { from: by },
        Explanation::NeverOpened { status: Some(404), ended: None },
        Explanation::NeverOpened { status: None, ended: Some((by, event)) },
        Explanation::NeverOpened { status: None, ended: None },
        Explanation::NoTls { fault: Fault::new(Stage::Tls, FaultKind::TlsTimeout, "5") },
        Explanation::BadResponse { rule: Rule::ALL[0] },
        Explanation::Clean { started: by, answered_after: 1, same_code: true, tcp_first: by },
        Explanation::Clean { started: by, answered_after: 1, same_code: false, tcp_first: by },
        Explanation::ResetAfterCloses { by, event },
        Explanation::NoClose { by, event },
        Explanation::NotAnswered { started: by, code, by, event },
        Explanation::NotAnswered { started: by, code: None, by, event },
        Explanation::Fault { by, rule: Rule::ALL[0] },
        Explanation::Waiting { started: by },
        Explanation::TcpLasts { server_should: true },
        Explanation::TcpLasts { server_should: false },
        Explanation::HalfClosed { by },
    ];
    for explanation in &explanations {
        both("a verdict", |lang| sentences::explanation(lang, explanation));
    }
    let pieces = [
        Advice::NoResponse { ended: true },
        Advice::NoResponse { ended: false },
        Advice::BadResponse { rule: Rule::ALL[0] },
        Advice::SendPings { idle: 60_000_000_000 },
        Advice::CloseBeforeTcp { by, event },
        Advice::CloseBeforeTcp { by, event: TcpEvent::Lost },
        Advice::AnswerClose { by },
        Advice::AnswerBeforeTcp { by },
        Advice::DrainBeforeClose { by },
        Advice::EndTcp,
        Advice::EndTcpToo { by },
        Advice::Mask,
        Advice::SendUtf8 { by },
        Advice::ChooseCode { by },
        Advice::MendFrames { by },
        Advice::FindFault { by },
        Advice::SmallerMessages { by },
        Advice::MatchType { by },
        Advice::LookAtLog { by },
        Advice::SendCode { by },
        Advice::PageLeft,
        Advice::Reconnect { code: StatusCode(1012) },
        Advice::SeeReason { by },
    ];
    let refused = [301, 401, 403, 404, 426, 429, 500, 502, 503, 200];
    let refused = refused.map(|status| Advice::Refused { status });
    for piece in pieces.iter().chain(&refused) {
        both("advice", |lang| advice::advice(lang, piece));
    }
}

fn files(folder: &str, found: &mut Vec<PathBuf>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let inside = format!("{folder}/{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            files(&inside, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The string literals of a file outside of its tests, with their lines; without ids.
fn literals(source: &str) -> Vec<(usize, String)> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let (mut found, mut text, mut line) = (Vec::new(), None::<(usize, String)>, 1);
    let (mut chars, mut code) = (source.chars().peekable(), String::new());
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match (&mut text, c) {
            (None, '/') if chars.peek() == Some(&'/') => {
                while chars.next_if(|c| *c != '\n').is_some() {}
            }
            // A character, not the beginning of a lifetime.
            (None, '\'') => {
                let ahead: Vec<char> = chars.clone().take(3).collect();
                let skip = match ahead[..] {
                    ['\\', _, '\''] => 3,
                    [c, '\'', ..] if c != '\\' => 2,
                    _ => 0,
                };
                chars.by_ref().take(skip).for_each(drop);
            }
            (None, '"') => text = Some((line, String::new())),
            (None, c) => code.push(c),
            (Some((_, literal)), '\\') => match chars.next() {
                Some('\n') => {
                    line += 1;
                    while chars.next_if(|c| c.is_whitespace()).is_some() {}
                }
                Some(escaped) => literal.extend(['\\', escaped]),
                None => {}
            },
            (Some(_), '"') => {
                let id = IDS.iter().any(|before| code.ends_with(before));
                found.extend(text.take().filter(|_| !id));
                code.clear();
            }
            (Some((_, literal)), c) => literal.push(c),
        }
    }
    found
}

/// Two words of small letters one behind the other.
fn is_sentence(text: &str) -> bool {
    let words: Vec<_> = text.split(' ').collect();
    let word = |w: &&str| w.len() > 1 && w.chars().all(|c| c.is_ascii_alphabetic());
    words.windows(2).any(|pair| pair.iter().all(word)) || text.chars().any(is_chinese)
}

/// What a literal stands behind where it is an id of egui, which nobody reads.
const IDS: &[&str] = &[
    "id_salt(",
    "Id::unique(",
    "Id::unique((",
    ".with(",
    "id: ",
    "Panel::top(",
    "Panel::right(",
    "Panel::bottom(",
];

/// What looks like a sentence outside of `text` and is none, each with its reason.
const NOT_SENTENCES: &[(&str, &str)] = &[
    ("headless/cli.rs", "usage errors are said in English, as the help is"),
    ("headless/convert.rs: expected pcapng", "a usage error"),
    ("headless/convert.rs: a pipe has no ending", "a usage error"),
    ("headless/convert.rs: the ending of", "a usage error"),
    ("headless/show.rs: the reader panicked", "said of a bug"),
    ("ui/verdict_card.rs: npm ws", "the name of a library"),
    ("ui/verdict_card.rs: python websockets", "the name of a library"),
    ("ui/top_bar.rs: 中", "the name of a language, in itself"),
    ("ui/path_dialog.rs: pcapng, pcap, HAR, JSON Lines", "names of formats"),
    ("ui/statistics.rs: round trips", "an id"),
    ("ui/hex_dump.rs: octets per line", "an id"),
    ("ui/state.rs: de ad be ef", "octets"),
    ("ui/update.rs: 你好", "what is said to the partner"),
];

#[test]
fn no_sentence_stands_outside_of_the_folder_of_words() {
    let mut found = Vec::new();
    files("src/ui", &mut found);
    files("src/headless", &mut found);
    let (mut stray, mut used) = (Vec::new(), vec![false; NOT_SENTENCES.len()]);
    for path in &found {
        let source = fs::read_to_string(path).unwrap();
        let name = path.display().to_string();
        let name = &name[name.find("/src/").unwrap() + 5..];
        for (line, text) in literals(&source).into_iter().filter(|(_, text)| is_sentence(text)) {
            let here = format!("{name}: {text}");
            match NOT_SENTENCES.iter().position(|(begin, _)| here.starts_with(begin)) {
                Some(at) => used[at] = true,
                None => stray.push(format!("{name}:{line}: {text}")),
            }
        }
    }
    assert!(stray.is_empty(), "{stray:#?}");
    let unused: Vec<_> = NOT_SENTENCES.iter().zip(&used).filter(|(_, used)| !**used).collect();
    assert!(unused.is_empty(), "nothing begins so any more: {unused:#?}");
}

#[test]
fn chinese_is_set_as_chinese_is() {
    let mut found = Vec::new();
    files("src/text", &mut found);
    let (mut wrong, mut looked) = (Vec::new(), 0);
    for path in &found {
        let source = fs::read_to_string(path).unwrap();
        for (line, text) in literals(&source) {
            if !text.chars().any(is_chinese) {
                continue;
            }
            looked += 1;
            let signs: Vec<char> = text.chars().collect();
            for pair in signs.windows(2) {
                let [a, b] = [pair[0], pair[1]];
                let latin = |c: char| c.is_ascii_alphanumeric();
                let half = |c: char| ",;!?()".contains(c);
                let wide = |c: char| "，。；：、（）！？“”".contains(c);
                let fault = match (a, b) {
                    (a, b) if is_chinese(a) && latin(b) || latin(a) && is_chinese(b) => {
                        "a blank between Chinese and Latin"
                    }
                    (a, b) if is_chinese(a) && half(b) || half(a) && is_chinese(b) => {
                        "full-width punctuation"
                    }
                    (a, ' ') if wide(a) => "no blank behind full-width punctuation",
                    (' ', b) if wide(b) => "no blank before full-width punctuation",
                    _ => continue,
                };
                let shown = path.file_name().unwrap().to_string_lossy();
                wrong.push(format!("{shown}:{line}: {text}: {fault}"));
            }
        }
    }
    assert!(looked > 500, "{looked}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
