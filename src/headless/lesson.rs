//! `wsscope lesson`: lists the lessons, or plays one to its end without a window.
#![allow(rustdoc::broken_intra_doc_links)] // its comments are the text of --help

use super::json;
use super::run::{record_nowhere, record_to};
use crate::engine::{Engine, Wake};
use crate::lesson::file::LessonError;
use crate::lesson::library::{self, Library, read_file};
use crate::lesson::player::Evidence;
use crate::lesson::{Expectation, Lesson, Player, State, Step};
use crate::session::inflate::Reader;
use crate::session::ladder::{Folding, Ladder};
use crate::session::source::Source;
use crate::text::ladder::{Shown, ladder as ladder_text, wrapped};
use crate::text::run::{Said, said};
use crate::text::{Lang, lesson as text};
use clap::Args;
use serde_json::{Value, json};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

/// `wsscope lesson`
#[derive(Debug, Args)]
pub struct LessonOptions {
    /// Its number, its name or a file; without, the lessons are listed
    pub lesson: Option<String>,
    /// No window; it is played to its end on stdout
    #[arg(long)]
    pub headless: bool,
    /// JSON Lines instead (with --headless)
    #[arg(long, requires = "headless")]
    pub json: bool,
    /// A browser is the other end, where the lesson allows that: it says which address to open
    #[arg(long, requires = "lesson")]
    pub browser: bool,
    /// Where the capture of the inspected end goes; else a temporary file with --headless, and
    /// the sessions folder in the window
    #[arg(long, value_name = "FILE.pcapng", requires = "lesson")]
    pub record: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long, requires = "record")]
    pub overwrite: bool,
}

/// Lists, or plays without a window; `Err` has the lesson that a window is to open.
///
/// # Errors
/// A usage error in one line.
pub fn begin(options: &LessonOptions, lang: Lang) -> Result<Result<ExitCode, Arc<Lesson>>, String> {
    let library = Library::with_own(library::own_folder().as_deref());
    let Some(name) = &options.lesson else {
        return Ok(Ok(list(&library, options.json, lang)));
    };
    let error = |error: LessonError| format!("error: {}", text::error(lang, &error));
    let lesson = match library.find(name) {
        Some(lesson) => lesson.clone(),
        None if Path::new(name).is_file() => Arc::new(read_file(Path::new(name)).map_err(error)?),
        None => return Err(format!("error: {}", text::no_such_lesson(lang, name))),
    };
    if options.browser && !lesson.allows_browser() {
        return Err(format!("error: {}", text::not_for_browsers(lang, &lesson.id)));
    }
    if !options.headless {
        return Ok(Err(lesson));
    }
    Ok(Ok(play(lesson, options, lang).unwrap_or_else(|(code, message)| {
        eprintln!("error: {message}");
        ExitCode::from(code)
    })))
}

/// Prints to standard output; somebody who reads no more is no failure.
fn print(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// The lessons, and on stderr the files that are none.
fn list(library: &Library, json: bool, lang: Lang) -> ExitCode {
    for lesson in &library.lessons {
        let title = text::both(lang, &lesson.title);
        let number = lesson.number.map(|number| number.to_string()).unwrap_or_default();
        match json {
            true => print(&head(lesson, lang).to_string()),
            false => print(&format!("{number:>3}  {:<18}  {title}", lesson.id)),
        }
    }
    for fault in &library.faults {
        eprintln!("error: {}", text::error(lang, fault));
    }
    ExitCode::from(if library.faults.is_empty() { 0 } else { 2 })
}

fn head(lesson: &Lesson, lang: Lang) -> Value {
    json!({
        "type": "lesson",
        "id": lesson.id,
        "number": lesson.number,
        "title": text::both(lang, &lesson.title),
        "text": text::both(lang, &lesson.text),
        "rfc": lesson.rfc.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "steps": lesson.len(),
        "browser": lesson.allows_browser(),
    })
}

/// Plays a lesson, and says what is said.
struct Stand {
    engine: Engine,
    source: Source,
    player: Player,
    bell: Receiver<()>,
    json: bool,
    lang: Lang,
}

fn play(
    lesson: Arc<Lesson>,
    options: &LessonOptions,
    lang: Lang,
) -> Result<ExitCode, (u8, String)> {
    let capture = match &options.record {
        Some(path) => record_to(path, options.overwrite, lang)?,
        None => record_nowhere(lang)?,
    };
    let cannot = |error: io::Error| (1, said(lang, &Said::CannotWrite(&error)));
    let source = Source::new(capture.file.try_clone().map_err(cannot)?);
    let (ring, bell) = sync_channel(1);
    let wake: Wake = Arc::new(move || {
        // A bell that rings already need not ring twice.
        let _ = ring.try_send(());
    });
    let engine = Engine::start(capture.file, capture.disk, wake.clone()).map_err(cannot)?;
    let player = Player::new(lesson, options.browser, engine.handle(), source.clone(), wake);
    let mut stand = Stand { engine, source, player, bell, json: options.json, lang };
    stand.begin();
    while stand.player.next() {
        stand.step();
    }
    stand.end()
}

impl Stand {
    /// A text, wrapped for people, each line behind `before`.
    fn say(&self, before: &str, said: &str) {
        for line in said.lines().flat_map(|line| wrapped(line, 78 - before.len())) {
            print(&format!("{before}{line}"));
        }
    }

    fn begin(&self) {
        let lesson = self.player.lesson();
        if self.json {
            return print(&head(lesson, self.lang).to_string());
        }
        let number = lesson.number.map(|number| format!("{number}. ")).unwrap_or_default();
        print(&format!("{number}{}", text::both(self.lang, &lesson.title)));
        print(&text::sections(&lesson.rfc));
        print("");
        self.say("", text::both(self.lang, &lesson.text));
    }

    /// Waits for the current step's evidence, then says what came.
    fn step(&mut self) {
        let (Some(at), Some((run, step))) = (self.player.position(), self.player.current()) else {
            return;
        };
        let first = run.steps.first().is_some_and(|first| std::ptr::eq(first, step));
        let step = step.clone();
        if !self.json {
            print("");
            if first && self.player.lesson().runs.len() > 1 {
                print("——");
            }
            self.say("", &format!("({}) {}", at + 1, text::both(self.lang, &step.say)));
        }
        self.wait(&step);
        self.wait_for_person(&step);
        match self.json {
            true => print(&self.step_line(at, &step).to_string()),
            false => self.seen(at, &step),
        }
    }

    fn wait(&mut self, step: &Step) {
        let mut told = !self.player.in_browser();
        while *self.player.state() == State::Waiting {
            if let Some(address) = self.player.address().filter(|_| !told) {
                told = true;
                self.ask(&address.to_string(), step);
            }
            match self.player.due() {
                // Time alone may be what it waits for.
                Some(due) => drop(self.bell.recv_timeout(due)),
                None => drop(self.bell.recv()),
            }
            self.player.poll();
        }
    }

    /// What a person is to do in the browser.
    fn ask(&self, address: &str, step: &Step) {
        let say = step.browser.as_ref().map(|b| text::both(self.lang, &b.say));
        eprintln!("http://{address}/  {}", say.unwrap_or_default());
    }

    /// Where nothing on the wire tells that it was done, the person says so.
    fn wait_for_person(&self, step: &Step) {
        let silent = self.player.in_browser() && step.expected(true).is_empty();
        if let Some(address) = self.player.address().filter(|_| silent && step.browser.is_some()) {
            self.ask(&address.to_string(), step);
            eprintln!("{}", text::enter_goes_on(self.lang));
            // At the end of the input nobody is there to be waited for.
            let _ = io::stdin().read_line(&mut String::new());
        }
    }

    fn not_met(&self) -> Option<String> {
        let State::NotMet(not_met) = self.player.state() else { return None };
        let log = self.engine.log();
        Some(text::not_met(self.lang, &log.read(), &self.source, not_met))
    }

    fn seen(&self, at: usize, step: &Step) {
        let log = self.engine.log();
        let log = log.read();
        let expected = step.expected(self.player.in_browser());
        for (expected, evidence) in expected.iter().zip(self.player.evidence(at)) {
            let line = match evidence {
                Evidence::Awaited => continue,
                Evidence::Row(row) if matches!(expected, Expectation::Row(_)) => {
                    text::row(self.lang, &log, &self.source, *row)
                }
                _ => text::expectation(self.lang, expected),
            };
            print(&format!("  ✓ {line}"));
        }
        drop(log);
        if let Some(sentence) = self.not_met() {
            print(&format!("  ✗ {sentence}"));
        }
        let Some(question) = &step.question else { return };
        self.say("  ", &format!("? {}", text::both(self.lang, &question.ask)));
        for choice in &question.choices {
            let mark = if choice.right { "●" } else { "○" };
            self.say("    ", &format!("{mark} {}", text::both(self.lang, &choice.text)));
        }
        self.say("    ", text::both(self.lang, &question.because));
    }

    fn step_line(&self, at: usize, step: &Step) -> Value {
        let log = self.engine.log();
        let log = log.read();
        let mut inflated = Reader::default();
        let rows = self.player.rows(at).map(|row| {
            json::line(&log, &self.source, &mut inflated, row, self.lang).unwrap_or(Value::Null)
        });
        let rows: Vec<_> = rows.collect();
        drop(log);
        let question = step.question.as_ref().map(|question| {
            let choices = question.choices.iter();
            json!({
                "ask": text::both(self.lang, &question.ask),
                "choices": choices.map(|c| text::both(self.lang, &c.text)).collect::<Vec<_>>(),
                "right": question.right(),
                "because": text::both(self.lang, &question.because),
            })
        });
        let expected = step.expected(self.player.in_browser()).iter();
        json!({
            "type": "step",
            "step": at + 1,
            "say": text::both(self.lang, &step.say),
            "expected": expected.map(|e| text::expectation(self.lang, e)).collect::<Vec<_>>(),
            "met": *self.player.state() == State::Met,
            "instead": self.not_met(),
            "evidence": rows,
            "question": question,
        })
    }

    fn ladders(&self) -> String {
        let count = self.engine.log().read().connections().len() as u32;
        let ladders = (1..=count).map(|number| {
            let log = self.engine.log();
            let log = log.read();
            let mut ladder = Ladder::of(&log, number, Folding::default());
            self.player.show_crossing(&log, &mut ladder);
            ladder_text(&log, &self.source, &ladder, self.lang, Shown::default())
        });
        ladders.collect::<Vec<_>>().join("\n")
    }

    /// The ladders of all connections; 1 where a step was not met.
    fn end(self) -> Result<ExitCode, (u8, String)> {
        let met = *self.player.state() == State::Met;
        let log = self.engine.log();
        let recorded = log.read().notice().is_none();
        if self.json {
            print(&json!({"type": "end", "met": met}).to_string());
        } else {
            print("");
            print(&self.ladders());
        }
        Ok(ExitCode::from(u8::from(!(met && recorded))))
    }
}
