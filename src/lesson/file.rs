//! A lesson's file: TOML made into a [`Lesson`], or an error with its line.
//!
//! Unknown keys are refused, and so is whatever could not be played. What an end is
//! set up with has the names of the command line's options; see `file/end.rs`.

mod end;
mod expected;

use super::script::{Both, Choice, InBrowser, Lesson, Other, Question, Run, Section, Step};
use crate::protocol::{MILLISECOND, Role, Time};
use end::FileEnd;
use expected::FileExpected;
use serde::Deserialize;
use std::fmt;
use std::ops::Range;
use toml::Spanned;

/// How long a piece of evidence may take where the file does not say.
const LIMIT: Time = 10_000 * MILLISECOND;

/// Why a file is no lesson.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LessonError {
    /// The file.
    pub file: String,
    /// The line, from 1; `None` where the file could not be read at all.
    pub line: Option<usize>,
    /// What is wrong, in the words of whoever read it.
    pub message: String,
}

impl fmt::Display for LessonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for LessonError {}

/// What is wrong, and where in the text.
#[derive(Debug)]
struct Wrong {
    span: Range<usize>,
    message: String,
}

impl Wrong {
    fn new(span: Range<usize>, message: impl Into<String>) -> Wrong {
        Wrong { span, message: message.into() }
    }
}

/// Reads a lesson; `file` is named in errors.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn read(file: &str, text: &str) -> Result<Lesson, LessonError> {
    let read: Result<FileLesson, Wrong> = toml::from_str(text).map_err(|error| {
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        Wrong { span: error.span().unwrap_or_default(), message }
    });
    read.and_then(FileLesson::lesson).map_err(|wrong| {
        let before = text.as_bytes().iter().take(wrong.span.start);
        let line = Some(before.filter(|octet| **octet == b'\n').count() + 1);
        LessonError { file: file.to_owned(), line, message: wrong.message }
    })
}

/// A word, parsed, or what was expected of it.
fn word<T, E: fmt::Display>(
    word: &Spanned<String>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, Wrong> {
    let text = word.get_ref();
    parse(text).map_err(|error| {
        let error = error.to_string();
        let named = error.contains(&format!("'{text}'"));
        let message = if named { error } else { format!("'{text}': {error}") };
        Wrong::new(word.span(), message)
    })
}

fn words<T, E: fmt::Display>(
    list: &[Spanned<String>],
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<T>, Wrong> {
    list.iter().map(|item| word(item, &parse)).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLesson {
    id: Spanned<String>,
    number: Option<u32>,
    title: FileBoth,
    text: FileBoth,
    rfc: Vec<Spanned<String>>,
    run: Vec<Spanned<FileRun>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileBoth {
    en: Spanned<String>,
    zh: Spanned<String>,
}

/// An end, as a file names it.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileRole {
    Client,
    Server,
}

impl From<FileRole> for Role {
    fn from(role: FileRole) -> Role {
        match role {
            FileRole::Client => Role::Client,
            FileRole::Server => Role::Server,
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileOther {
    Ours,
    Tungstenite,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRun {
    inspected: FileRole,
    other: FileOther,
    #[serde(default)]
    browser: bool,
    client: Option<Spanned<FileEnd>>,
    server: Option<Spanned<FileEnd>>,
    step: Vec<Spanned<FileStep>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileStep {
    say: FileBoth,
    #[serde(default)]
    open: bool,
    client: Option<Spanned<FileEnd>>,
    server: Option<Spanned<FileEnd>>,
    #[serde(default)]
    see: Vec<Spanned<FileExpected>>,
    #[serde(default)]
    any_order: bool,
    limit: Option<u32>,
    question: Option<Spanned<FileQuestion>>,
    browser: Option<Spanned<FileBrowser>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileBrowser {
    say: FileBoth,
    see: Option<Vec<Spanned<FileExpected>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileQuestion {
    ask: FileBoth,
    choice: Vec<FileChoice>,
    because: FileBoth,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileChoice {
    en: Spanned<String>,
    zh: Spanned<String>,
    #[serde(default)]
    right: bool,
}

impl FileBoth {
    fn both(self) -> Result<Both, Wrong> {
        for text in [&self.en, &self.zh] {
            if text.get_ref().trim().is_empty() {
                return Err(Wrong::new(text.span(), "a text is empty"));
            }
        }
        let tidy = |text: Spanned<String>| text.into_inner().trim().to_owned();
        Ok(Both { en: tidy(self.en), zh: tidy(self.zh) })
    }
}

/// `RFC 6455 §5.5.1`
fn section(text: &str) -> Result<Section, &'static str> {
    let parsed = text.strip_prefix("RFC ").and_then(|rest| rest.split_once(" §"));
    let parsed = parsed.and_then(|(rfc, section)| Some((rfc.parse().ok()?, section)));
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match parsed {
        Some((rfc, section)) if section.split('.').all(number) => {
            Ok(Section { rfc, section: section.to_owned() })
        }
        _ => Err("expected a section such as 'RFC 6455 §5.5.1'"),
    }
}

/// A name that can be typed.
fn id(text: &str) -> Result<String, &'static str> {
    let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let named = text.bytes().any(|b| b.is_ascii_lowercase());
    if named && text.bytes().all(fine) {
        Ok(text.to_owned())
    } else {
        Err("expected lower-case letters, digits and hyphens, with a letter")
    }
}

impl FileLesson {
    fn lesson(self) -> Result<Lesson, Wrong> {
        if self.run.is_empty() {
            return Err(Wrong::new(self.id.span(), "a lesson has at least one [[run]]"));
        }
        Ok(Lesson {
            id: word(&self.id, id)?,
            number: self.number,
            title: self.title.both()?,
            text: self.text.both()?,
            rfc: words(&self.rfc, section)?,
            runs: self.run.into_iter().map(FileRun::run).collect::<Result<_, _>>()?,
        })
    }
}

impl FileRun {
    fn run(file: Spanned<FileRun>) -> Result<Run, Wrong> {
        let span = file.span();
        let FileRun { inspected, other, browser, client, server, step } = file.into_inner();
        let other = match other {
            FileOther::Ours => Other::Ours,
            FileOther::Tungstenite => Other::Tungstenite,
        };
        let inspected = Role::from(inspected);
        if browser && inspected == Role::Client {
            return Err(Wrong::new(span, "a browser is a client: the server has to be inspected"));
        }
        let far = match inspected {
            Role::Client => &server,
            Role::Server => &client,
        };
        if let Some(far) = far.as_ref().filter(|_| other == Other::Tungstenite) {
            let message = "tungstenite takes no options: with them the other end is \"ours\"";
            return Err(Wrong::new(far.span(), message));
        }
        let open = step.iter().position(|step| step.get_ref().open);
        let Some(open) = open else {
            return Err(Wrong::new(span, "no step of this run opens its connection (open = true)"));
        };
        let spans: Vec<_> = step.iter().map(Spanned::span).collect();
        let steps: Vec<Step> = step.into_iter().map(FileStep::step).collect::<Result<_, _>>()?;
        let run = Run {
            inspected,
            other,
            browser,
            ends: [
                end::settings(Role::Client, client.as_ref())?,
                end::settings(Role::Server, server.as_ref())?,
            ],
            steps,
        };
        for (at, span) in spans.into_iter().enumerate() {
            check(&run, at, open).map_err(|message| Wrong::new(span, message))?;
        }
        Ok(run)
    }
}

/// What cannot be played of the step at `at`.
fn check(run: &Run, at: usize, open: usize) -> Result<(), &'static str> {
    let step = &run.steps[at];
    let acts = |step: &Step| step.acts.iter().any(|act| !act.is_nothing());
    if at < open && (acts(step) || !step.see.is_empty()) {
        return Err("nothing can be done or seen before the step that opens the connection");
    }
    if at > open && step.opens {
        return Err("a run has one connection: another one is another [[run]]");
    }
    if at == open && step.acts.iter().any(|act| !act.actions.is_empty() || act.release) {
        return Err("the step that opens does nothing else: see after_open of the run");
    }
    let far = &step.acts[run.inspected.peer().index()];
    if run.other == Other::Tungstenite && !super::stage::can_tungstenite(far) {
        return Err("tungstenite can do text:T, close:CODE[:REASON] and reading = true or false");
    }
    if run.other != Other::Ours && step.see.contains(&super::Expectation::Crossed) {
        return Err("whether Closes crossed is known where both ends are \"ours\"");
    }
    if step.browser.is_some() && !run.browser {
        return Err("this run is not for a browser (browser = true)");
    }
    if run.browser && step.browser.is_none() && !far.is_nothing() {
        return Err("a browser obeys no action: 'browser' has to say what a person does instead");
    }
    Ok(())
}

impl FileStep {
    fn step(file: Spanned<FileStep>) -> Result<Step, Wrong> {
        let step = file.into_inner();
        let browser = step.browser.map(|browser| {
            let FileBrowser { say, see } = browser.into_inner();
            let see = see.map(expected::expectations).transpose()?;
            Ok(InBrowser { say: say.both()?, see })
        });
        Ok(Step {
            say: step.say.both()?,
            opens: step.open,
            acts: [end::act(step.client.as_ref())?, end::act(step.server.as_ref())?],
            see: expected::expectations(step.see)?,
            any_order: step.any_order,
            limit: step.limit.map_or(LIMIT, |ms| Time::from(ms) * MILLISECOND),
            question: step.question.map(FileQuestion::question).transpose()?,
            browser: browser.transpose()?,
        })
    }
}

impl FileQuestion {
    fn question(file: Spanned<FileQuestion>) -> Result<Question, Wrong> {
        let span = file.span();
        let FileQuestion { ask, choice, because } = file.into_inner();
        let choices: Vec<Choice> = choice
            .into_iter()
            .map(|FileChoice { en, zh, right }| {
                Ok(Choice { text: FileBoth { en, zh }.both()?, right })
            })
            .collect::<Result<_, _>>()?;
        let right = choices.iter().filter(|choice| choice.right).count();
        if choices.len() < 2 || right != 1 {
            let counted = format!("here are {} choices, {right} of them right", choices.len());
            let message =
                format!("a question has two choices or more, one of them right: {counted}");
            return Err(Wrong::new(span, message));
        }
        Ok(Question { ask: ask.both()?, choices, because: because.both()? })
    }
}
