//! A session written in another form and read back, and what others write.

mod command;
mod damage;
pub mod foreign;
mod forms;
mod holes;
mod peers;
mod round_trip;

use super::session_files::rig::{Recorded, Script, record};
use serde_json::Value;
use std::fs::File;
use std::io::Cursor;
use wsscope::session::export::{Format, Progress};
use wsscope::session::import::{Input, Kind};
use wsscope::session::inflate::Reader;
use wsscope::session::open::{self, Opened};
use wsscope::session::recorder::SharedLog;
use wsscope::session::source::Source;
use wsscope::text::export::Export;
use wsscope::text::{Lang, json_lines};

/// A session, wherever it came from.
pub struct Session {
    pub log: SharedLog,
    pub source: Source,
    pub opened: Opened,
}

impl Session {
    fn recorded(recorded: &Recorded) -> Session {
        let source = Source::new(File::open(&recorded.path).unwrap());
        Session { log: recorded.log.clone(), source, opened: Opened::default() }
    }

    pub fn of(script: &Script) -> (Recorded, Session) {
        let recorded = record(script);
        let session = Session::recorded(&recorded);
        (recorded, session)
    }

    /// What a file with this content opens as.
    pub fn import(content: impl AsRef<[u8]> + Send + 'static) -> Session {
        Session::import_as(None, content)
    }

    /// The same, whatever it begins like.
    fn import_as(kind: Option<Kind>, content: impl AsRef<[u8]> + Send + 'static) -> Session {
        Session::try_import(kind, content).unwrap()
    }

    /// The same, where anything of it can be read.
    pub fn try_import(
        kind: Option<Kind>,
        content: impl AsRef<[u8]> + Send + 'static,
    ) -> Option<Session> {
        let input = Input::of_pipe(Cursor::new(content), kind).ok()?;
        let log = SharedLog::default();
        let source = input.source().unwrap();
        let opened = input.read(None, &log, &open::Progress::default()).ok()?;
        Some(Session { log, source, opened })
    }

    pub fn write(&self, format: Format) -> Vec<u8> {
        let mut out = Vec::new();
        let export = Export::of(format, Lang::En);
        export.write(&self.log, &self.source, &mut out, &Progress::default()).unwrap();
        out
    }

    pub fn har(&self) -> Value {
        serde_json::from_slice(&self.write(Format::Har)).unwrap()
    }

    /// Every row as its JSON line: all that can be said of it.
    pub fn lines(&self) -> Vec<Value> {
        let log = self.log.read();
        let mut inflated = Reader::default();
        let line =
            |index| json_lines::line(&log, &self.source, &mut inflated, index, Lang::En).unwrap();
        (0..log.len()).map(line).collect()
    }

    /// The lines of one type.
    fn all(&self, kind: &str) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line["type"] == kind).collect()
    }

    pub fn problems(&self) -> Vec<String> {
        wsscope::text::import::problems(Lang::En, &self.opened.problems)
    }
}
