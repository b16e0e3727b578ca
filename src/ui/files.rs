//! The session written in another form, and single payloads: beside the window,
//! with progress, and cancelled by a click.

use super::app::{App, now};
use super::ladder::which;
use super::session::{Report, Session};
use super::state::{PathFor, Weight};
use crate::session::export::payload::{self, Payload, PayloadError};
use crate::session::export::{Format, Progress, whole_file};
use crate::text::export::Export;
use crate::text::sentences::grouped;
use crate::text::{import, opened};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl App {
    /// The name that a file gets unless another is chosen.
    pub(super) fn file_name(&self, purpose: PathFor) -> String {
        let stem = self.session().and_then(|s| s.path.file_stem()).unwrap_or_default();
        let stem = stem.to_string_lossy();
        match purpose {
            PathFor::Open | PathFor::Send | PathFor::Tls(_) => String::new(),
            PathFor::Save { .. } => format!("{stem}.pcapng"),
            PathFor::Svg => self.svg_name(),
            PathFor::Pem => super::tls_form::PEM_NAME.to_owned(),
            PathFor::Export(format) => format!("{stem}.{}", format.word()),
            PathFor::Payload(Payload::Frame(number)) => format!("{stem}-frame-{number}.bin"),
            PathFor::Payload(Payload::Message(number)) => format!("{stem}-message-{number}.bin"),
        }
    }

    /// Saves under a name whose ending is another form's.
    pub(super) fn save_as(&mut self, format: Format, masked: bool, path: PathBuf) {
        if masked {
            let words = self.state.lang.words();
            return self.say(Weight::Error, words.only_pcapng_masked.to_owned());
        }
        self.export(format, path);
    }

    /// Writes the whole session in this form; a picture is of the connection that
    /// the ladder would show, a table of the rows that the table shows.
    pub(super) fn export(&mut self, format: Format, path: PathBuf) {
        let lang = self.state.lang;
        let Some(session) = &self.session else { return };
        let (log, source) = (session.log.clone(), session.source.clone());
        let picture = format == Format::Svg;
        let shown = which(&log.read(), self.state.view.scope(), self.state.selected);
        let connection = shown.map(|(number, _)| number).filter(|_| picture);
        let rows = if format == Format::Csv { self.filtered_rows(session) } else { None };
        let export = Export { connection, rows, now: now(), ..Export::of(format, lang) };
        self.write(path, move |out, progress| {
            let written = export.write(&log, &source, out, progress);
            written.map_err(|error| opened::read_error(lang, &error))
        });
    }

    /// The rows that the table shows; `None` while that is all, or not known yet.
    fn filtered_rows(&self, session: &Session) -> Option<Vec<u64>> {
        let (view, all) = (&self.state.view, session.log.read().len());
        let known = session.replay.is_none() && view.shown().progress(all).is_none();
        let rows = || (0..view.len()).filter_map(|position| view.index(position)).collect();
        (known && view.len() < all).then(rows)
    }

    /// Saves a payload, or a message, unmasked.
    pub(super) fn save_payload(&mut self, which: Payload, path: PathBuf) {
        let lang = self.state.lang;
        let Some(session) = &self.session else { return };
        let (log, source) = (session.log.clone(), session.source.clone());
        self.write(path, move |out, _| {
            let written = payload::write(&log, &source, which, out);
            written.map_err(|error: PayloadError| import::payload_error(lang, which, &error))
        });
    }

    fn write(
        &mut self,
        path: PathBuf,
        write: impl FnOnce(&mut dyn Write, &Progress) -> Result<(), String> + Send + 'static,
    ) {
        let progress = Arc::new(Progress::default());
        self.state.writing = Some(progress.clone());
        self.beside.run(move || {
            // The dialog has asked whether an old file may go.
            let written =
                whole_file(&path, true, |out| write(out, &progress).map_err(std::io::Error::other));
            Report::Written(path, written.map_err(|error| error.to_string()), progress)
        });
    }

    pub(super) fn cancel_writing(&mut self) {
        if let Some(progress) = self.state.writing.take() {
            progress.cancelled.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn on_written(
        &mut self,
        path: &Path,
        result: Result<(), String>,
        progress: &Arc<Progress>,
    ) {
        if self.state.writing.as_ref().is_some_and(|writing| Arc::ptr_eq(writing, progress)) {
            self.state.writing = None;
        }
        let words = self.state.lang.words();
        let of_table = Format::of_path(path) == Some(Format::Csv);
        let path = path.display();
        match result {
            Ok(()) if of_table => {
                let written = grouped(progress.done.load(Ordering::Relaxed));
                let all = grouped(self.session().map_or(0, |s| s.log.read().len()));
                let rows = format!("{written} {} {all} {}", words.of, words.rows);
                self.say(Weight::Info, format!("{} {path} · {rows}", words.saved_to));
            }
            Ok(()) => self.say(Weight::Info, format!("{} {path}", words.saved_to)),
            Err(_) if progress.cancelled.load(Ordering::Relaxed) => {
                self.say(Weight::Info, format!("{} {path}", words.not_written));
            }
            Err(error) => {
                self.say(Weight::Error, format!("{} {path}: {error}", words.cannot_save));
            }
        }
    }
}
