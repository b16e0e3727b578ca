//! Lessons and the gallery of endings in the window: what is on, and what its
//! buttons do. A lesson is played by `lesson::Player` in an ordinary live session;
//! an ending of the gallery is an ordinary capture that was opened.

mod build;
mod menu;
mod panel;

pub use build::build;
pub use menu::{endings_ui, lesson_menu_ui, lessons_ui};
pub use panel::{LessonPanel, keys};

use super::app::App;
use super::command::Command;
use super::ladder::{Center, which};
use super::session::Session;
use super::state::Weight;
use crate::lesson::{Lesson, Library, Player, State, library};
use crate::session::log::Log;
use crate::session::notes::Subject;
use crate::session::row::Kind;
use crate::session::view::Scope;
use crate::text::gallery;
use build::name;
use egui::{Context, Frame, Margin, Panel, Ui};
use panel::{connections_ui, lesson_panel_ui};
use std::sync::Arc;

/// From which width on a lesson has its detail pane beside panel and ladder.
pub const WITH_DETAIL: f32 = 1160.0;

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
    /// Begin the lesson that comes behind this one.
    NextLesson,
    /// End the lesson; its session stays.
    End,
}

impl Teach {
    /// Whether it begins another session.
    #[must_use]
    pub fn leaves(&self) -> bool {
        use Teach::{Beside, Ending, InBrowser, Lesson, NextLesson, Restart};
        matches!(self, Lesson(_) | Ending(_) | Beside(_) | Restart | InBrowser(_) | NextLesson)
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
                let open = player.position().filter(|step| player.answer(*step).is_none());
                let asked = player.current().is_some_and(|(_, step)| step.question.is_some());
                // Where something else came, nothing is asked any more.
                open.is_some() && asked && !matches!(player.state(), State::NotMet(_))
            }
            Teaching::Ending(_, answered) => !answered,
        }
    }
}

/// The lesson behind this one.
fn behind<'a>(library: &'a Library, lesson: &Lesson) -> Option<&'a Arc<Lesson>> {
    let at = library.lessons.iter().position(|known| known.id == lesson.id)?;
    library.lessons.get(at + 1)
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
            Teach::NextLesson => {
                if let Some(Teaching::Lesson(player, _)) = &self.teaching
                    && let Some(next) = behind(&self.state.library, player.lesson())
                {
                    self.begin_lesson(next.clone(), false);
                }
            }
            Teach::End => self.teaching = None,
            Teach::InBrowser(browser) => self.begin_anew(Some(browser)),
            Teach::Restart => self.begin_anew(None),
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

    /// Plays the same lesson again; what it did so far is not kept, unless somebody
    /// wrote on it.
    fn begin_anew(&mut self, browser: Option<bool>) {
        let Some(Teaching::Lesson(player, _)) = &self.teaching else { return };
        let (lesson, browser) = (player.lesson().clone(), browser.unwrap_or(player.in_browser()));
        if let Some(session) = &mut self.session {
            // The first note is the session's name.
            session.unwanted = session.log.read().notes().revision() <= 1;
        }
        self.begin_lesson(lesson, browser);
    }

    /// Plays this lesson in a new session, from its beginning.
    pub(super) fn begin_lesson(&mut self, lesson: Arc<Lesson>, browser: bool) {
        if !self.new_live_session() {
            return;
        }
        let Some(session) = &self.session else { return };
        let Some(engine) = session.engine() else { return };
        let (source, wake) = (session.source.clone(), self.beside.wake());
        let name = format!("{} {}", self.state.lang.words().lesson, name(&lesson, self.state.lang));
        let player = Player::new(lesson, browser, engine.handle(), source, wake);
        self.write_text(Subject::Session, &name);
        self.set_stage(Teaching::Lesson(Box::new(player), Vec::new()));
    }

    fn open_ending(&mut self, at: usize) {
        let Some(ending) = gallery::endings().get(at) else { return };
        // The capture's own name would tell the answer.
        let name = format!("ending-{}", at + 1);
        match Session::open_copy(&name, ending.octets(), &self.beside) {
            Ok(session) => {
                self.show_file(session);
                self.set_stage(Teaching::Ending(at, false));
            }
            Err(error) => {
                let words = self.state.lang.words();
                self.say(Weight::Error, format!("{} {}: {error}", words.cannot_read, name));
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
        let number = log.row(row).map(|row| row.connection);
        drop(log);
        let scope = self.state.view.scope();
        if scope.connection.is_some() && scope.connection != number {
            self.set_scope(Scope { connection: None, ..scope });
        }
        // Rows that follow stay in view all the same.
        let follow = self.state.follow;
        self.reveal(row);
        self.state.follow = follow;
    }

    /// The lesson, and below it a choice among its connections.
    pub(in crate::ui) fn lesson_ui(
        &self,
        ui: &mut Ui,
        lesson: &LessonPanel,
        commands: &mut Vec<Command>,
    ) {
        let Some(session) = &self.session else { return };
        let (lang, scope) = (self.state.lang, self.state.view.scope());
        let log = session.log.read();
        let shown = which(&log, scope, self.state.selected).map(|(number, _)| number);
        let numbers: Vec<u32> = log.connections().iter().map(|c| c.number).collect();
        drop(log);
        if numbers.len() > 1 {
            let frame =
                Frame::new().inner_margin(Margin { left: 16, right: 12, top: 8, bottom: 8 });
            Panel::bottom("lesson connections").frame(frame).show(ui, |ui| {
                connections_ui(ui, &numbers, shown, lang, commands);
            });
        }
        lesson_panel_ui(ui, lesson, lang, commands);
    }
}
