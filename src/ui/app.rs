//! The window: its panels, and what happens between two paintings.

use super::close_panel::close_panel_ui;
use super::command::Command;
use super::composer::composer_ui;
use super::invitation::invitation_window;
use super::ladder::{Center, which};
use super::lesson::{LessonPanel, Teach, Teaching};
use super::network::Opener;
use super::panes::Pane;
use super::session::{Beside, Session};
use super::shortcuts::Holds;
use super::start_page::start_page_ui;
use super::state::State;
use super::top_bar::{Files, top_bar_ui};
use super::{theme, widgets};
use crate::engine::Wake;
use crate::engine::status::Status;
use crate::protocol::Time;
use crate::protocol::connection::Settings;
use crate::session::store;
use crate::text::Lang;
use egui::{CentralPanel, Context, Frame, Margin, Panel, Ui};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Paintings while rows stream in: at most one in this time.
const FLOOD: Duration = Duration::from_millis(33);

/// How the window begins.
#[derive(Debug, Default)]
pub struct Start {
    /// A capture to open.
    pub file: Option<PathBuf>,
    /// Listen, or connect, with these settings.
    pub begin: Option<super::update::Begin>,
    /// Where the first session is recorded, and whether an old file goes.
    pub record: Option<(PathBuf, bool)>,
    /// The language, where one was asked for.
    pub lang: Option<Lang>,
    /// The sessions folder; without, the one under the user's data directory.
    pub sessions: Option<PathBuf>,
    /// Paths are typed, no file dialog is tried.
    pub no_dialogs: bool,
    /// The folder of one's own lessons; without, the one under the user's data directory.
    pub lessons: Option<PathBuf>,
    /// What opens a URL; without, the system's browser.
    pub opener: Option<Opener>,
}

/// The application.
pub struct App {
    /// What the window remembers.
    pub state: State,
    pub(super) session: Option<Session>,
    pub(super) beside: Beside,
    pub(super) files: Files,
    pub(super) record: Option<(PathBuf, bool)>,
    sessions: Option<PathBuf>,
    pub(super) lessons: Option<PathBuf>,
    /// The lesson that is played, or the ending that is asked about.
    pub(super) teaching: Option<Teaching>,
    pub(super) dialogs: bool,
    pub(super) opener: Opener,
    /// What the command line gave beside what the window shows.
    pub(super) base: Settings,
    detail: super::detail::Detail,
    ctx: Context,
    /// The window waits for the connections to end.
    ending: bool,
    /// What waits until unsaved notes are saved, or nobody minds.
    pub(super) leaving: Option<super::notes::Leaving>,
    /// The question about them is on the screen.
    pub(super) asking: bool,
    title: String,
}

impl App {
    /// Over this context; `start` is what the command line asked for.
    #[must_use]
    pub fn new(ctx: &Context, start: Start, storage: Option<&dyn eframe::Storage>) -> App {
        theme::install(ctx);
        ctx.set_fonts(super::fonts::definitions());
        let repaint = ctx.clone();
        let wake: Wake = Arc::new(move || repaint.request_repaint_after(FLOOD));
        let locale = sys_locale::get_locale().unwrap_or_default();
        let lang = start.lang.unwrap_or_else(|| Lang::of_locale(&locale));
        let mut state = State::new(lang);
        if let Some(zoom) = super::remember::load(&mut state, storage, start.lang.is_none()) {
            ctx.set_zoom_factor(zoom);
        }
        let mut app = App {
            state,
            session: None,
            beside: Beside::new(wake),
            files: Files::default(),
            record: start.record,
            sessions: start.sessions,
            lessons: start.lessons,
            teaching: None,
            dialogs: !start.no_dialogs,
            opener: start.opener.unwrap_or(webbrowser::open),
            base: Settings::default(),
            detail: super::detail::Detail::default(),
            ctx: ctx.clone(),
            ending: false,
            leaving: None,
            asking: false,
            title: String::new(),
        };
        app.look_for_sessions();
        app.apply(Command::Teach(Teach::Look));
        if let Some(file) = start.file {
            app.apply(Command::Path(super::state::PathFor::Open, file));
        }
        if let Some(begin) = start.begin {
            app.begin(begin);
        }
        app
    }

    pub(super) fn look_for_sessions(&mut self) {
        let found = self.sessions_folder().and_then(|folder| store::unsaved(&folder));
        self.files.unsaved = found.unwrap_or_default();
        self.files.unsaved.retain(|u| u.octets >= store::EMPTY);
    }

    pub(super) fn sessions_folder(&self) -> std::io::Result<PathBuf> {
        self.sessions.clone().map_or_else(store::folder, Ok)
    }

    pub(super) fn context(&self) -> &Context {
        &self.ctx
    }

    pub(super) fn status(&self) -> Status {
        let engine = self.session.as_ref().and_then(Session::engine);
        engine.map(|engine| engine.status(Clone::clone)).unwrap_or_default()
    }

    /// What happens between two paintings: reports, new rows, files dropped.
    pub fn between(&mut self, ctx: &Context) {
        while let Some(report) = self.beside.report() {
            self.on_report(report);
        }
        self.follow_lesson(ctx);
        self.replay_between(ctx);
        if let Some(session) = &self.session {
            self.state.view.update(session.shown(), &session.source, &self.beside.wake());
            let log = session.shown().read();
            if self.state.center == Center::Ladder {
                let scope = self.state.view.scope();
                let number = which(&log, scope, self.state.selected).map(|(number, _)| number);
                if !self.state.ladder.update(&log, number, &self.state.view) {
                    ctx.request_repaint();
                }
                let ladder = self.state.ladder.ladder_mut();
                if let Some((Teaching::Lesson(player, _), ladder)) =
                    self.teaching.as_ref().zip(ladder)
                {
                    player.show_crossing(&log, ladder);
                }
            }
            if self.state.center == Center::Statistics {
                let view = &self.state.view;
                if !self.state.statistics.update(&log, &session.source, view) {
                    ctx.request_repaint();
                }
            }
            if session.progress().is_some() || self.state.writing.is_some() {
                ctx.request_repaint_after(FLOOD);
            }
        }
        let dropped = ctx.input(|i| i.raw.dropped_files.first().map(|f| f.path().to_path_buf()));
        if let Some(path) = dropped {
            self.apply(Command::Path(super::state::PathFor::Open, path));
        }
        self.adopt_address();
        self.set_title(ctx);
        self.heed_close(ctx);
    }

    /// Where the engine listens, or the partner serves, becomes what is typed.
    fn adopt_address(&mut self) {
        if !self.state.adopt {
            return;
        }
        let status = self.status();
        let served = status.partner.and_then(|partner| partner.url);
        if let Some(url) = served {
            self.state.url = url;
            self.state.adopt = false;
        } else if let Some(address) = status.listening {
            self.state.address = address.to_string();
            self.state.adopt = false;
        }
    }

    /// The session's name is the window's, and a dot says that notes are not saved.
    fn set_title(&mut self, ctx: &Context) {
        let unsaved = self.has_unsaved_notes();
        let dot = if unsaved { "• " } else { "" };
        let session = self.session.as_ref();
        let named = session.filter(|s| unsaved || s.log.read().name().is_some());
        let title = named
            .map_or("wsscope".to_owned(), |s| format!("{dot}{} – wsscope", s.title(&s.log.read())));
        if title != self.title && !(self.title.is_empty() && named.is_none()) {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// Unsaved notes are asked about; a window with open connections ends them first.
    fn heed_close(&mut self, ctx: &Context) {
        let requested = ctx.input(|i| i.viewport().close_requested());
        if requested {
            self.present_no_more();
        }
        if requested && !self.ending && self.hold_close() {
            return ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        }
        let engine = self.session.as_ref().and_then(Session::engine);
        if self.ending {
            if engine.is_none_or(crate::engine::Engine::has_ended) {
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            } else {
                ctx.request_repaint_after(FLOOD);
            }
        } else if requested && let Some(engine) = engine {
            engine.order(crate::engine::order::Order::ShutDown);
            self.ending = true;
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            ctx.request_repaint();
        }
    }

    /// The session on the screen.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Paints everything and carries out what was clicked.
    pub fn paint(&mut self, ui: &mut Ui) {
        let (mut commands, mut of_keys) = (Vec::new(), Vec::new());
        let taught = self.teaching.as_ref().zip(self.session.as_ref());
        let lesson = taught.map(|(t, session)| {
            super::lesson::build(t, session, &self.state.library, self.state.lang)
        });
        self.keys(ui.ctx(), lesson.as_ref(), &mut of_keys);
        if self.asking {
            super::notes::question_ui(ui.ctx(), self.state.lang, &mut commands);
        }
        if let Some(session) = &self.session {
            session.previews.borrow_mut().begin_painting();
        }
        if self.state.present.is_on() {
            self.present_ui(ui, lesson.as_ref(), &mut commands);
        } else {
            self.window_ui(ui, lesson.as_ref(), &mut commands);
        }
        let status = self.status();
        invitation_window(ui.ctx(), &mut self.state, &status, &mut commands);
        if self.state.keys_shown {
            super::shortcuts::overlay_ui(ui.ctx(), self.state.lang, &mut commands);
        }
        self.state.panes.ring_ui(ui);
        if let Some(session) = &self.session
            && session.previews.borrow().has_put_off()
        {
            ui.ctx().request_repaint();
        }
        // A row that is clicked and a key that follows may come at once.
        for command in commands.into_iter().chain(of_keys) {
            self.apply(command);
        }
    }

    /// Keys that need no focus.
    fn keys(&mut self, ctx: &Context, lesson: Option<&LessonPanel>, commands: &mut Vec<Command>) {
        let session = self.session.as_ref();
        let holds = Holds {
            rows: session.is_some_and(|session| !session.log.read().is_empty()),
            replay: session.is_some_and(|session| session.replay.is_some()),
            question: self.asking,
        };
        self.state.panes.keys(ctx);
        super::notes::keys(ctx, &mut self.state, commands);
        super::shortcuts::keys(ctx, &self.state, holds, commands);
        if let Some(lesson) = lesson.filter(|_| !self.asking) {
            super::lesson::keys(ctx, lesson, commands);
        }
    }

    /// Everything there is, unless something is presented.
    fn window_ui(
        &mut self,
        ui: &mut Ui,
        lesson: Option<&LessonPanel>,
        commands: &mut Vec<Command>,
    ) {
        let status = self.status();
        let bar = Frame::new().inner_margin(Margin::symmetric(12, 8));
        let palette = theme::palette(ui);
        Panel::top("top").frame(bar.fill(palette.panel)).show(ui, |ui| {
            Pane::Top.begin(ui, ui.max_rect(), self.state.lang);
            let (state, session) = (&mut self.state, self.session.as_ref());
            top_bar_ui(ui, state, session, &status, &self.files, commands);
        });
        self.message_ui(ui, commands);
        if self.session.is_some() {
            self.panels(ui, &status, lesson, commands);
        } else {
            let frame = Frame::new().fill(palette.panel).inner_margin(Margin::same(16));
            CentralPanel::default().frame(frame).show(ui, |ui| {
                Pane::Rows.begin(ui, ui.max_rect(), self.state.lang);
                start_page_ui(ui, &self.state, &self.files, commands);
            });
        }
    }

    /// A message, a path to be typed, the progress of opening.
    pub(super) fn message_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let words = self.state.lang.words();
        let palette = theme::palette(ui);
        let progress = self.session.as_ref().and_then(Session::progress);
        let notice = self.session.as_ref().and_then(|s| s.log.read().notice().cloned());
        let nothing = self.state.message.is_none()
            && self.state.path_field.is_none()
            && self.state.streams.is_empty()
            && self.state.writing.is_none()
            && progress.is_none()
            && notice.is_none()
            && !self.ending;
        if nothing {
            return;
        }
        let frame = Frame::new().fill(palette.raised).inner_margin(Margin::symmetric(12, 6));
        Panel::top("message").frame(frame).show(ui, |ui| {
            if self.ending {
                ui.label(words.ending);
            }
            if let Some(progress) = progress {
                ui.horizontal(|ui| {
                    let bar = egui::ProgressBar::new(progress).text(words.opening);
                    ui.add(bar.desired_width(320.0));
                    if ui.small_button(words.cancel).clicked() {
                        commands.push(Command::CancelOpening);
                    }
                });
            }
            if let Some(fault) = notice {
                widgets::wrong(ui, crate::text::faults::fault(self.state.lang, &fault));
            }
            super::message::message_ui(ui, &mut self.state, commands);
        });
    }

    fn panels(
        &mut self,
        ui: &mut Ui,
        status: &Status,
        lesson: Option<&LessonPanel>,
        commands: &mut Vec<Command>,
    ) {
        let palette = theme::palette(ui);
        let panel = |margin: Margin| Frame::new().fill(palette.panel).inner_margin(margin);
        // A lesson with its ladder comes first; the detail where there is room for it.
        let detail = lesson.is_none() || ui.available_width() > super::lesson::WITH_DETAIL;
        if let Some(lesson) = lesson {
            // Lines to be read from further away may be longer.
            let width = (ui.available_width() * 0.24).clamp(344.0, 460.0);
            Panel::left("lesson")
                .default_size(width)
                .size_range(300.0..=560.0)
                .frame(panel(Margin::ZERO))
                .show(ui, |ui| self.lesson_ui(ui, lesson, commands));
        } else {
            Panel::bottom("bottom").frame(panel(Margin::ZERO)).show(ui, |ui| {
                self.bottom_ui(ui, commands);
            });
            let left = panel(Margin { left: 0, right: 0, top: 8, bottom: 8 });
            Panel::left("left")
                .default_size(224.0)
                .size_range(180.0..=360.0)
                .frame(left)
                .show(ui, |ui| self.left_ui(ui, status, commands));
        }
        // The rows keep room for what tells them apart.
        let widest = (ui.available_width() - 400.0).clamp(280.0, 640.0);
        let right = Panel::right("right")
            .default_size(324.0)
            .size_range(280.0..=widest)
            .frame(panel(Margin::symmetric(12, 8)));
        if detail {
            right.show(ui, |ui| {
                // A panel is as wide as what it holds.
                ui.set_min_width(ui.available_width());
                Pane::Detail.begin(ui, ui.max_rect(), self.state.lang);
                if let Some(session) = &self.session {
                    super::notes::note_ui(ui, session, &mut self.state, commands);
                }
                self.paint_detail(ui, commands);
            });
        }
        CentralPanel::default().frame(panel(Margin::ZERO)).show(ui, |ui| {
            self.center_ui(ui, status, commands);
        });
    }

    pub(super) fn paint_detail(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        self.detail.paint(ui, self.session.as_ref(), &self.state, commands);
    }

    fn bottom_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let live = self.session.as_ref().is_some_and(|s| s.engine().is_some());
        let Some(session) = self.session.as_ref().filter(|_| live) else {
            return;
        };
        let log = session.log.clone();
        let log = log.read();
        let state = &mut self.state;
        let pad = Frame::new().inner_margin(Margin::symmetric(12, 10));
        let whole = ui.max_rect();
        ui.columns(2, |columns| {
            Pane::Compose.begin(&columns[0], columns[0].max_rect(), state.lang);
            pad.show(&mut columns[0], |ui| composer_ui(ui, state, &log, commands));
            Pane::Close.begin(&columns[1], columns[1].max_rect(), state.lang);
            pad.show(&mut columns[1], |ui| close_panel_ui(ui, state, &log, commands));
        });
        let line = egui::Stroke::new(1.0, theme::palette(ui).stroke);
        ui.painter().vline(whole.center().x, ui.min_rect().y_range(), line);
    }
}

/// For clocks on the screen; what was observed has its own time.
pub(super) fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::try_from(since.as_nanos()).unwrap_or(Time::MAX)
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.between(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.paint(ui);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        super::remember::save(&self.state, storage);
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            session.end_now();
        }
    }
}
