//! Lessons and the gallery of endings in the window: what is on, and what its
//! buttons do. A lesson is played by `lesson::Player` in an ordinary live session;
//! an ending of the gallery is an ordinary capture that was opened.

mod build;
mod menu;
mod panel;

pub use build::build;
pub use menu::{endings_ui, lesson_menu_ui, lessons_ui};
pub use panel::{LessonPanel, keys, lesson_panel_ui};

use super::app::App;
use super::command::Command;
use super::ladder::Center;
use super::session::Session;
use super::state::Weight;
use crate::lesson::{Lesson, Library, Player, library};
use crate::session::log::Log;
use crate::session::row::Kind;
use crate::session::view::Scope;
use crate::text::gallery;
use egui::Context;
use std::sync::Arc;

/// What a click in the panel or a menu asks for.
#[derive(Debug, Clone)]
pub enum Teach {
    /// Look which lessons there are.
    Look,
    /// Begin this lesson.
    Lesson(Arc<Lesson>),
    /// Open this ending of the gallery.
    Ending(usize),
    /// Open the ending so many places further.
    Beside(isize),
    /// Tell what went wrong.
    ShowAnswer,
    /// Perform the next step.
    Next,
    /// Begin the lesson anew.
    Restart,
    /// Perform all that is left.
    RunToEnd,
    /// Choose an answer.
    Choose(usize),
    /// Begin anew with a browser at the other end, or without.
    InBrowser(bool),
    /// End the lesson; its session stays.
    End,
}

impl Teach {
    /// Whether it begins another session.
    #[must_use]
    pub fn leaves(&self) -> bool {
        use Teach::{Beside, Ending, InBrowser, Lesson, Restart};
        matches!(self, Lesson(_) | Ending(_) | Beside(_) | Restart | InBrowser(_))
    }
}

/// What is being taught.
pub enum Teaching {
    /// A lesson, and the rows of its step that were shown so far.
    Lesson(Box<Player>, Vec<u64>),
    /// An ending of the gallery, and whether its answer is told.
    Ending(usize, bool),
}

impl Teaching {
    /// The rows that light up.
    #[must_use]
    pub fn lit(&self) -> Vec<u64> {
        match self {
            Teaching::Lesson(player, _) => {
                player.position().map(|step| player.rows(step).collect()).unwrap_or_default()
            }
            Teaching::Ending(at, true) => gallery::endings()[*at].rows.clone(),
            Teaching::Ending(_, false) => Vec::new(),
        }
    }

    /// Whether a question waits for its answer, which nothing else may tell.
    #[must_use]
    pub fn asks(&self) -> bool {
        match self {
            Teaching::Lesson(player, _) => {
                let asked = player.position().filter(|step| player.answer(*step).is_none());
                asked.is_some() && player.current().is_some_and(|(_, s)| s.question.is_some())
            }
            Teaching::Ending(_, answered) => !answered,
        }
    }
}

/// The row that says most of these: the last frame or head, else the last one.
fn telling(log: &Log, rows: &[u64]) -> Option<u64> {
    let says =
        |row: &&u64| log.row(**row).is_some_and(|r| matches!(r.kind, Kind::Frame | Kind::Head));
    rows.iter().rev().find(says).or(rows.last()).copied()
}

impl App {
    /// Does what was clicked.
    pub(super) fn teach(&mut self, teach: Teach) {
        match teach {
            Teach::Look => {
                let folder = self.lessons.clone().or_else(library::own_folder);
                self.state.library = Library::with_own(folder.as_deref());
            }
            Teach::Lesson(lesson) => self.begin_lesson(lesson, false),
            Teach::Ending(at) => self.open_ending(at),
            Teach::Beside(by) => {
                if let Some(Teaching::Ending(at, _)) = self.teaching {
                    let count = gallery::endings().len() as isize;
                    self.open_ending((at as isize + by).rem_euclid(count) as usize);
                }
            }
            Teach::ShowAnswer => {
                if let Some(Teaching::Ending(at, answered)) = &mut self.teaching {
                    *answered = true;
                    let rows = &gallery::endings()[*at].rows;
                    if let Some(row) = rows.first() {
                        self.reveal(*row);
                    }
                }
            }
            Teach::End => self.teaching = None,
            Teach::InBrowser(browser) => {
                if let Some(Teaching::Lesson(player, _)) = &self.teaching {
                    self.begin_lesson(player.lesson().clone(), browser);
                }
            }
            Teach::Restart => {
                if let Some(Teaching::Lesson(player, _)) = &self.teaching {
                    self.begin_lesson(player.lesson().clone(), player.in_browser());
                }
            }
            Teach::Next | Teach::RunToEnd | Teach::Choose(_) => self.play(&teach),
        }
    }

    fn play(&mut self, teach: &Teach) {
        let Some(Teaching::Lesson(player, shown)) = &mut self.teaching else { return };
        match teach {
            Teach::Choose(choice) => {
                if let Some(step) = player.position() {
                    player.choose(step, *choice);
                }
                return;
            }
            Teach::RunToEnd => player.run_to_end(),
            _ => {
                player.next();
            }
        }
        shown.clear();
        if player.current().is_some_and(|(_, step)| step.opens) {
            // The ladder goes to the connection that begins.
            self.state.selected = None;
        }
        self.state.follow = true;
    }

    /// Plays this lesson in a new session, from its beginning.
    pub(super) fn begin_lesson(&mut self, lesson: Arc<Lesson>, browser: bool) {
        if !self.new_live_session() {
            return;
        }
        let Some(session) = &self.session else { return };
        let Some(engine) = session.engine() else { return };
        let (source, wake) = (session.source.clone(), self.beside.wake());
        let player = Player::new(lesson, browser, engine.handle(), source, wake);
        self.set_stage(Teaching::Lesson(Box::new(player), Vec::new()));
    }

    fn open_ending(&mut self, at: usize) {
        let Some(ending) = gallery::endings().get(at) else { return };
        match Session::open_copy(&ending.capture, ending.octets(), &self.beside) {
            Ok(session) => {
                self.show_file(session);
                self.set_stage(Teaching::Ending(at, false));
            }
            Err(error) => {
                let words = self.state.lang.words();
                self.say(
                    Weight::Error,
                    format!("{} {}: {error}", words.cannot_read, ending.capture),
                );
            }
        }
    }

    /// The ladder, and nothing of it hidden.
    fn set_stage(&mut self, teaching: Teaching) {
        self.state.message = None;
        self.state.center = Center::Ladder;
        self.set_scope(Scope::default());
        self.apply(Command::Filter(String::new()));
        self.teaching = Some(teaching);
    }

    /// Looks how far the lesson has come, and shows what is new of it.
    pub(super) fn follow_lesson(&mut self, ctx: &Context) {
        let teaching = self.teaching.as_mut();
        self.state.verdict_hidden = teaching.as_ref().is_some_and(|teaching| teaching.asks());
        let Some(Teaching::Lesson(player, shown)) = teaching else { return };
        player.poll();
        if let Some(due) = player.due() {
            ctx.request_repaint_after(due);
        }
        let Some(step) = player.position() else { return };
        let rows: Vec<u64> = player.rows(step).collect();
        if rows == *shown {
            return;
        }
        shown.clone_from(&rows);
        let Some(session) = &self.session else { return };
        let log = session.log.read();
        let Some(row) = telling(&log, &rows) else { return };
        drop(log);
        // Rows that follow stay in view all the same.
        let follow = self.state.follow;
        self.reveal(row);
        self.state.follow = follow;
    }
}
