//! The single writer: puts what was observed into the capture file, then into
//! the log. A row becomes visible after its octets are in the file.

use super::log::Log;
use super::notes::Note;
use super::pcapng::facts::{Fact, MadeFrom, What};
use super::pcapng::write::Writer;
use super::{Fault, FaultKind, Observed, Record, Stage};
use crate::protocol::Time;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The log as window, printer and recorder share it.
#[derive(Clone, Debug, Default)]
pub struct SharedLog(Arc<RwLock<Log>>);

impl SharedLog {
    /// For reading; short, since the recorder waits meanwhile.
    pub fn read(&self) -> RwLockReadGuard<'_, Log> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// For the recorder and for opening a file.
    pub fn write(&self) -> RwLockWriteGuard<'_, Log> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Recording stops before a disk has less than this, or than a [`RESERVED_PART`] of it
/// where that is less.
const DISK_RESERVE: u64 = 1 << 30;

/// Of a small disk: one in so many octets is left free.
const RESERVED_PART: u64 = 20;

/// How many octets are written between two looks at the free space.
const LOOK_EVERY: u64 = 64 << 20;

/// Writes one session.
#[derive(Debug)]
pub struct Recorder {
    file: File,
    folder: Option<PathBuf>,
    writer: Writer,
    log: SharedLog,
    since_look: u64,
    /// Recording has stopped; what comes is counted by nobody.
    stopped: bool,
    connections: u32,
    last: Time,
}

impl Recorder {
    /// Records into an empty file, which begins at once. `folder` is where the
    /// free space is looked at; `None` for no limit.
    ///
    /// On a disk that is nearly full nothing is recorded, and the log says so.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn new(file: File, folder: Option<PathBuf>, log: SharedLog) -> io::Result<Recorder> {
        let mut recorder = Recorder {
            file,
            folder,
            writer: Writer::default(),
            log,
            since_look: LOOK_EVERY,
            stopped: false,
            connections: 0,
            last: 0,
        };
        let begun = recorder.commit();
        let low = recorder.log.read().notice().is_some_and(|n| n.kind == FaultKind::DiskLow);
        // Of a disk that is nearly full the log tells; the connections go on.
        if low { Ok(recorder) } else { begun.map(|()| recorder) }
    }

    /// Takes what was observed; [`Recorder::commit`] makes it visible.
    pub fn take(&mut self, record: Record) {
        self.take_some(&mut std::iter::once(record), usize::MAX);
    }

    /// Takes records until so many octets wait for [`Recorder::commit`], under one
    /// lock of the log.
    pub fn take_some(&mut self, records: &mut impl Iterator<Item = Record>, octets: usize) {
        let log = self.log.clone();
        let mut log = log.write();
        while self.waiting() < octets
            && let Some(record) = records.next()
        {
            self.take_into(&mut log, record);
        }
    }

    fn take_into(&mut self, log: &mut Log, record: Record) {
        let Record { connection, time, what } = record;
        if let Observed::Note(note) = what {
            if !self.stopped {
                self.writer.fact(&note.fact(log));
            }
            return log.set_note(note);
        }
        if self.stopped {
            return;
        }
        self.last = time;
        log.at = self.writer.position();
        match what {
            Observed::Opened { role, client, server, tunnel } => {
                self.connections += 1;
                self.writer.opened(connection, role, client, server, time);
                log.opened(connection, role, client, server, time);
                if let Some(tunnel) = tunnel {
                    let what = What::Tunnel(tunnel.clone());
                    self.writer.fact(&Fact { connection, time, what });
                    log.tunnel(connection, tunnel);
                }
            }
            Observed::Octets { from, octets } => {
                let Ok(()) = log.octets(connection, from, time, &octets, &mut self.writer);
            }
            Observed::Gap { from, octets, missing } => {
                self.writer.gap(connection, from, octets, missing, time);
                log.gap(connection, from, octets, missing, time);
            }
            Observed::Tcp { from, event, error } => {
                self.writer.tcp(connection, from, event, error.as_deref(), time);
                log.tcp(connection, from, event, error, time);
            }
            Observed::Tls(tls) => {
                let what = What::Tls(tls.clone());
                self.writer.fact(&Fact { connection, time, what });
                log.tls(connection, tls, time);
            }
            Observed::CloseNotify { from } => {
                let what = What::CloseNotify { from: from.word().to_owned() };
                self.writer.fact(&Fact { connection, time, what });
                log.close_notify(connection, from);
            }
            Observed::Page(page) => {
                let what = What::Page(page.clone());
                self.writer.fact(&Fact { connection, time, what });
                log.page(connection, page);
            }
            Observed::CloseEvent(event) => {
                let what = What::Observed((&event).into());
                self.writer.fact(&Fact { connection, time, what });
                log.close_event(connection, event, time);
            }
            Observed::Fault(fault) => {
                self.writer.fact(&Fact::of_fault(connection, &fault, time));
                log.append_fault(connection, fault, time);
            }
            Observed::Over => {
                let over = log.connection(connection).is_none_or(|c| c.over);
                if !over {
                    self.writer.fact(&Fact { connection, time, what: What::Over {} });
                    log.over(connection, time);
                }
            }
            Observed::Note(_) => {}
        }
    }

    /// Takes a note that the session came with: nobody has to save it.
    pub fn note(&mut self, note: &Note) {
        let mut log = self.log.write();
        let fact = note.fact(&log);
        if !self.stopped {
            self.writer.fact(&fact);
        }
        log.note_of_fact(&fact);
    }

    /// Says, before the first record, that the session was not observed as it stands.
    pub fn made_from(&mut self, from: MadeFrom, time: Time) {
        let what = What::MadeFrom(from.clone());
        self.writer.fact(&Fact { connection: 0, time, what });
        self.log.write().made_from = Some(from);
    }

    /// Octets that wait to be written.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.writer.waiting()
    }

    /// Writes what was taken to the file, then makes its rows visible.
    ///
    /// # Errors
    /// The file could not be written, or the disk is nearly full: recording has
    /// stopped, the log says so, and what was written before stays readable.
    pub fn commit(&mut self) -> io::Result<()> {
        if self.stopped {
            return Ok(());
        }
        self.since_look += self.writer.waiting() as u64;
        let whole = self.writer.flushed();
        if let Err(error) = self.writer.flush(&mut self.file) {
            // File and log go back to what both hold.
            let file = &mut self.file;
            let _ = file.set_len(whole).and_then(|()| file.seek(SeekFrom::Start(whole)));
            self.log.write().retract();
            self.writer.discard();
            let fault = Fault::new(Stage::Record, FaultKind::System, error.to_string());
            self.stop(fault);
            return Err(error);
        }
        let mut log = self.log.write();
        log.publish();
        log.captured = Some(self.writer.flushed());
        drop(log);
        if let Some(fault) = self.look_at_disk() {
            self.writer.fact(&Fact::of_fault(0, &fault, self.last));
            let what = What::End {};
            self.writer.fact(&Fact { connection: 0, time: self.last, what });
            let _ = self.writer.flush(&mut self.file);
            self.stop(fault);
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    /// Records no more, and says why.
    fn stop(&mut self, fault: Fault) {
        self.stopped = true;
        let mut log = self.log.write();
        log.append_fault(0, fault.clone(), self.last);
        log.notice = Some(fault);
        log.publish();
    }

    fn look_at_disk(&mut self) -> Option<Fault> {
        let folder = self.folder.as_ref().filter(|_| self.since_look >= LOOK_EVERY)?;
        self.since_look = 0;
        let part = fs4::total_space(folder).map_or(DISK_RESERVE, |all| all / RESERVED_PART);
        let reserve = DISK_RESERVE.min(part);
        let free = fs4::available_space(folder).ok().filter(|free| *free < reserve)?;
        Some(Fault::new(Stage::Record, FaultKind::DiskLow, free.to_string()))
    }

    /// Nothing more will be observed of any connection.
    pub fn over_all(&mut self) {
        let mut log = self.log.write();
        log.at = self.writer.position();
        log.over_all();
    }

    /// The run has ended: every connection is over, and the file says that it is complete.
    ///
    /// # Errors
    /// As [`Recorder::commit`].
    pub fn finish(&mut self) -> io::Result<()> {
        self.over_all();
        if self.stopped {
            self.log.write().publish();
            return Ok(());
        }
        let what = What::End {};
        self.writer.fact(&Fact { connection: 0, time: self.last, what });
        self.commit()
    }
}
