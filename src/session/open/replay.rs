//! A capture read again, up to a position: the log as it was when that row had just
//! happened. The same code as for the whole of it decides what the rows mean, so
//! states and verdicts of a position are recomputed, not remembered.
//!
//! A position is a number of rows. It goes forward block by block; backward is
//! reading anew from the beginning, in pieces as large as the caller has time for.

use super::{Choice, Input, Reader, State};
use crate::session::pcapng::read::ReadError;
use crate::session::recorder::SharedLog;
use crate::session::source::{Reader as Octets, Source};

/// A capture that was read up to a position.
pub struct Replay {
    input: Input<Octets>,
    state: State,
    log: SharedLog,
    /// Rows before the last block that made some.
    before: u64,
    /// The file has no more blocks.
    ended: bool,
}

impl Replay {
    /// Before the first row; `choice` as when the file was opened.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn new(source: &Source, choice: Option<Choice>) -> Result<Replay, ReadError> {
        Ok(Replay {
            input: Input::new(source.reader())?,
            state: State { choice, ..State::default() },
            log: SharedLog::default(),
            before: 0,
            ended: false,
        })
    }

    /// The rows up to the position.
    #[must_use]
    pub fn log(&self) -> &SharedLog {
        &self.log
    }

    /// How many rows have happened.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.log.read().len()
    }

    /// How many rows had happened before the last ones: those of one block happen
    /// together, as a FIN and the end of its connection do.
    #[must_use]
    pub fn before(&self) -> u64 {
        self.before
    }

    /// Reads on until there are at least so many rows, or that many blocks were
    /// read; `false` while some are left to read. `whole` says that the file is
    /// complete: at its end every connection has ended.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn advance(&mut self, rows: u64, blocks: u64, whole: bool) -> Result<bool, ReadError> {
        let mut log = self.log.write();
        let mut done = log.len() >= rows || self.ended;
        for _ in 0..blocks {
            if done {
                break;
            }
            let before = log.appended_len();
            let mut reader = Reader { log: &mut log, state: &mut self.state };
            match reader.next(&mut self.input) {
                Ok(true) => {}
                // A live file has more, once there are more rows.
                Ok(false) if !whole => done = true,
                Ok(false) | Err(ReadError::Damaged(_)) => {
                    reader.finish();
                    log.over_all();
                    self.ended = true;
                }
                Err(error) => return Err(error),
            }
            if log.appended_len() > before {
                self.before = before;
            }
            done |= log.appended_len() >= rows || self.ended;
        }
        log.publish();
        Ok(done)
    }
}
