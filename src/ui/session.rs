//! The session that the window shows: a live one with its engine, or a file.
//!
//! Work that takes longer than a blink (opening, saving, ending) runs on threads
//! of its own and reports through a channel.

use super::replay::Replaying;
use super::state::PathFor;
use crate::engine::order::Order;
use crate::engine::{Engine, Wake};
use crate::session::Log;
use crate::session::export;
use crate::session::import::Input;
use crate::session::inflate::Previews;
use crate::session::open::{Choice, Opened, Progress};
use crate::session::pcapng::read::ReadError;
use crate::session::recorder::SharedLog;
use crate::session::source::Source;
use crate::session::{save, store};
use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::SystemTime;
use tempfile::TempDir;

/// What a thread beside the window reports.
#[derive(Debug)]
pub enum Report {
    /// A file was read to its end, or as far as it can be.
    Opened(PathBuf, Result<Opened, ReadError>),
    /// A copy was saved, or not.
    Saved(PathBuf, Result<(), ReadError>, bool),
    /// Another form of the session was written, or why it was not.
    Written(PathBuf, Result<(), String>, Arc<export::Progress>),
    /// A dialog ended; `None` where it was cancelled or could not be shown.
    Picked(PathFor, Option<PathBuf>, bool),
    /// A browser was started at this URL, or why not.
    Browser(String, io::Result<()>),
    /// A session has ended: it is complete, or gone.
    Ended,
}

/// Threads beside the window, and their reports.
pub struct Beside {
    sender: Sender<Report>,
    reports: Receiver<Report>,
    wake: Wake,
}

impl Beside {
    /// With nothing going on; `wake` repaints the window.
    #[must_use]
    pub fn new(wake: Wake) -> Beside {
        let (sender, reports) = channel();
        Beside { sender, reports, wake }
    }

    /// The next report.
    #[must_use]
    pub fn report(&self) -> Option<Report> {
        self.reports.try_recv().ok()
    }

    /// Wakes the window.
    #[must_use]
    pub fn wake(&self) -> Wake {
        self.wake.clone()
    }

    /// Runs `work` on a thread of its own and reports what it returns.
    pub fn run(&self, work: impl FnOnce() -> Report + Send + 'static) {
        let (sender, wake) = (self.sender.clone(), self.wake.clone());
        std::thread::spawn(move || {
            // The window may be gone meanwhile.
            let _ = sender.send(work());
            wake();
        });
    }
}

/// Where the rows come from.
pub enum Origin {
    /// Recorded now.
    Live(Engine),
    /// Read from a file, and how far.
    File(Arc<Progress>),
}

/// A session on the screen.
pub struct Session {
    /// Where the rows come from.
    pub origin: Origin,
    /// The rows.
    pub log: SharedLog,
    /// Their octets.
    pub source: Source,
    /// Its compressed messages, inflated as they are shown.
    pub previews: RefCell<Previews>,
    /// The capture.
    pub path: PathBuf,
    /// Rows when it was last saved elsewhere.
    pub saved_rows: Option<u64>,
    /// Revision of the notes when they were last saved.
    pub saved_notes: Option<u64>,
    /// A note could not be handed to the recorder.
    pub unrecorded: bool,
    /// The size of the file when it was opened.
    pub size: u64,
    /// The stream of the file that somebody chose to open.
    pub stream: Option<Choice>,
    /// The session as it was, while it is replayed.
    pub replay: Option<Replaying>,
    /// The file is the capture, and stays: notes can be saved into it.
    pub in_place: bool,
    /// It is recorded into the sessions folder.
    kept: bool,
    /// The file is a copy that goes with the session.
    pub temporary: Option<TempDir>,
    /// Nobody wants to keep it.
    pub unwanted: bool,
}

impl Session {
    /// A new live session, recorded into this file.
    ///
    /// # Errors
    /// The capture cannot be made.
    pub fn record(path: PathBuf, overwrite: bool, wake: Wake) -> io::Result<(Session, usize)> {
        let file = store::create(&path, overwrite)?;
        let disk = store::folder_of(&path).to_path_buf();
        Ok((Session::live(path, file, disk, false, wake)?, 0))
    }

    /// A new live session, recorded into the sessions folder; also how many old
    /// sessions had to go.
    ///
    /// # Errors
    /// The capture cannot be made.
    pub fn keep(folder: PathBuf, wake: Wake) -> io::Result<(Session, usize)> {
        let gone = store::prune(&folder)?;
        let (path, file) = store::create_session(&folder, SystemTime::now())?;
        Ok((Session::live(path, file, folder, true, wake)?, gone))
    }

    fn live(
        path: PathBuf,
        file: File,
        disk: PathBuf,
        kept: bool,
        wake: Wake,
    ) -> io::Result<Session> {
        let source = Source::new(file.try_clone()?);
        let engine = Engine::start(file, Some(disk), wake)?;
        let log = engine.log();
        let origin = Origin::Live(engine);
        Ok(Session::new(origin, log, source, path, 0, kept))
    }

    /// Begins to open a file; rows appear while it is read. A `stream` that has no
    /// opening handshake is shown as well.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: PathBuf, stream: Option<Choice>, beside: &Beside) -> io::Result<Session> {
        let input = Input::of_file(File::open(&path)?, None)?;
        let in_place = input.is_in_place();
        let size = if input.size() == 0 { u64::MAX } else { input.size() };
        let source = input.source()?;
        let log = SharedLog::default();
        let progress = Arc::new(Progress::default());
        let (thread_log, thread_progress, report) = (log.clone(), progress.clone(), path.clone());
        beside.run(move || {
            let opened = input.read(stream, &thread_log, &thread_progress);
            if opened.is_ok() {
                thread_progress.octets.store(u64::MAX, Ordering::Relaxed);
            }
            Report::Opened(report, opened)
        });
        let origin = Origin::File(progress);
        let session = Session::new(origin, log, source, path, size, false);
        Ok(Session { stream, in_place, ..session })
    }

    /// Opens a capture that is built in, from a copy that goes with the session.
    ///
    /// # Errors
    /// The copy cannot be made, or not be opened.
    pub fn open_copy(name: &str, octets: &[u8], beside: &Beside) -> io::Result<Session> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join(format!("{name}.pcapng"));
        std::fs::write(&path, octets)?;
        let session = Session::open(path, None, beside)?;
        Ok(Session { temporary: Some(folder), in_place: false, ..session })
    }

    fn new(
        origin: Origin,
        log: SharedLog,
        source: Source,
        path: PathBuf,
        size: u64,
        kept: bool,
    ) -> Session {
        let (saved_rows, saved_notes, unrecorded) = (None, Some(0), false);
        Session {
            origin,
            log,
            source,
            previews: RefCell::default(),
            path,
            saved_rows,
            saved_notes,
            unrecorded,
            size,
            stream: None,
            replay: None,
            in_place: true,
            kept,
            temporary: None,
            unwanted: false,
        }
    }

    /// The rows that are on the screen: all, or those up to the replay's position.
    #[must_use]
    pub fn shown(&self) -> &SharedLog {
        self.replay.as_ref().map_or(&self.log, Replaying::log)
    }

    /// Nothing is added to the file any more.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        match &self.origin {
            Origin::Live(engine) => engine.has_ended(),
            Origin::File(_) => self.progress().is_none(),
        }
    }

    /// The session's name, or else its file's.
    #[must_use]
    pub fn title(&self, log: &Log) -> String {
        let name = log.name().and_then(|name| name.lines().next());
        name.map_or_else(
            || self.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            str::to_owned,
        )
    }

    /// Whether there are notes that would be lost: those on a file, and those that
    /// could not be recorded.
    #[must_use]
    pub fn unsaved_notes(&self, log: &Log) -> bool {
        let in_memory = self.engine().is_none() || self.unrecorded || log.notice().is_some();
        in_memory && self.saved_notes != Some(log.notes().revision())
    }

    /// The notes need not be saved any more.
    pub fn forget_notes(&mut self) {
        self.saved_notes = Some(self.log.read().notes().revision());
    }

    /// The engine of a live session.
    #[must_use]
    pub fn engine(&self) -> Option<&Engine> {
        match &self.origin {
            Origin::Live(engine) => Some(engine),
            Origin::File(_) => None,
        }
    }

    /// Gives an order to a live session.
    pub fn order(&self, order: Order) -> bool {
        self.engine().is_some_and(|engine| engine.order(order))
    }

    /// Reads no more of the file.
    pub fn cancel_opening(&self) {
        if let Origin::File(progress) = &self.origin {
            progress.cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// How much of a file has been read, from 0 to 1; `None` once it is whole.
    #[must_use]
    pub fn progress(&self) -> Option<f32> {
        let Origin::File(progress) = &self.origin else { return None };
        let read = progress.octets.load(Ordering::Relaxed);
        (read < self.size).then(|| read as f32 / self.size.max(1) as f32)
    }

    /// Saves a copy beside the window.
    pub fn save(&mut self, to: PathBuf, masked: bool, beside: &Beside) {
        let (log, source) = (self.log.clone(), self.source.clone());
        if !masked {
            self.saved_rows = Some(self.log.read().len());
            self.forget_notes();
        }
        beside.run(move || {
            let result = (|| {
                let masks = if masked {
                    save::credentials(&log.read(), &source)?
                } else {
                    save::Masks::default()
                };
                save::copy_noted(&source, &log, &to, &masks)
            })();
            Report::Saved(to, result, masked)
        });
    }

    /// Ends the session before the program ends: sockets that are still open are
    /// dropped, the capture is completed.
    pub fn end_now(self) {
        let Session { origin, log, path, saved_rows, saved_notes, kept, unwanted, .. } = self;
        if let Origin::Live(mut engine) = origin {
            engine.end();
            drop_if_kept(&path, &log, (saved_rows, saved_notes), (kept, unwanted));
        }
    }

    /// Ends the session beside the window. A session of the sessions folder that
    /// was saved as it is, or holds nothing, is not kept twice.
    pub fn end(self, beside: &Beside) {
        let Session { origin, log, path, saved_rows, saved_notes, kept, unwanted, .. } = self;
        match origin {
            Origin::File(progress) => progress.cancelled.store(true, Ordering::Relaxed),
            Origin::Live(mut engine) => {
                beside.run(move || {
                    engine.order(Order::ShutDown);
                    engine.wait();
                    drop(engine);
                    drop_if_kept(&path, &log, (saved_rows, saved_notes), (kept, unwanted));
                    Report::Ended
                });
            }
        }
    }
}

/// A session of the sessions folder that holds nothing, was saved elsewhere with all
/// its rows and notes, or is not wanted, is not kept.
fn drop_if_kept(
    path: &Path,
    log: &SharedLog,
    saved: (Option<u64>, Option<u64>),
    (kept, unwanted): (bool, bool),
) {
    let log = log.read();
    let all = (Some(log.len()), Some(log.notes().revision()));
    if kept && (unwanted || log.is_empty() || saved == all) {
        store::remove(path);
    }
}
