//! The rows that a filter lets through, kept up to date while the log grows.
//!
//! What can be looked at within a few milliseconds is, at once; more is looked at
//! by a thread beside the window, which reports as it goes and can be stopped.

use super::filter::{Filter, Payloads};
use super::log::Log;
use super::recorder::SharedLog;
use super::source::Source;
use super::wire::INFLATE_LIMIT;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

/// Called when there is something new to show.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What the window has for looking between two paintings.
const AT_ONCE: Duration = Duration::from_millis(4);
/// Rows looked at between two looks at the clock, and under one lock of the log.
const STEP: u64 = 1024;
/// Octets of an inflated message that are looked at between two paintings at most.
const INFLATED_AT_ONCE: u64 = 1 << 20;
/// Octets of inflated messages between two looks at the clock.
const INFLATED_STEP: u64 = 1 << 20;
/// How often a thread reports.
const REPORT: Duration = Duration::from_millis(50);

/// What a thread has found since it last reported.
#[derive(Debug, Default)]
struct Report {
    rows: Vec<u32>,
    looked: u64,
    cut: u64,
    error: Option<io::Error>,
}

/// A thread that looks.
#[derive(Debug)]
struct Work {
    reports: Receiver<Report>,
    stopped: Arc<AtomicBool>,
}

impl Drop for Work {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// The rows that a filter lets through; without one, all.
#[derive(Debug, Default)]
pub struct Selection {
    filter: Option<Arc<Filter>>,
    rows: Vec<u32>,
    looked: u64,
    cut: u64,
    error: Option<io::Error>,
    payloads: Option<Payloads>,
    work: Option<Work>,
}

/// Octets that have to be inflated to look at a row.
fn inflated(log: &Log, index: u64) -> u64 {
    let message = log.compressed(index);
    message.map_or(0, |message| message.inflated().unwrap_or(INFLATE_LIMIT))
}

/// Looks at rows up to `until`, or until `stop`, or up to one that inflates to more
/// than `heaviest`; says how far it came.
fn look(
    filter: &Filter,
    log: &SharedLog,
    payloads: &mut Payloads,
    report: &mut Report,
    (until, heaviest): (u64, u64),
    mut stop: impl FnMut(&mut Report) -> bool,
) {
    while report.looked < until && report.error.is_none() {
        let log = log.read();
        let mut step = until.min(log.len()).min(report.looked + STEP);
        if step <= report.looked {
            return; // rows were taken back
        }
        let mut weight = 0u64;
        for index in report.looked..step {
            let octets = inflated(&log, index);
            if octets > heaviest {
                report.looked = index;
                return;
            }
            weight = weight.saturating_add(octets);
            if weight > INFLATED_STEP && index > report.looked {
                step = index;
                break;
            }
            match filter.matches(&log, index, payloads) {
                Ok(true) => report.rows.push(index as u32),
                Ok(false) => {}
                Err(error) => {
                    report.error = Some(error);
                    break;
                }
            }
        }
        report.looked = step;
        report.cut += std::mem::take(&mut payloads.cut);
        drop(log);
        if stop(report) {
            return;
        }
    }
}

/// Looks at all rows up to `until`, and reports.
fn look_beside(
    filter: &Filter,
    (log, source): (&SharedLog, Source),
    range: (u64, u64),
    stopped: &AtomicBool,
    (sender, wake): (&Sender<Report>, &Wake),
) {
    let mut payloads = Payloads::new(source);
    let mut report = Report { looked: range.0, ..Report::default() };
    let mut last = Instant::now();
    let stop = |report: &mut Report| {
        if last.elapsed() >= REPORT {
            last = Instant::now();
            let looked = report.looked;
            let gone = sender.send(std::mem::take(report)).is_err();
            report.looked = looked;
            wake();
            return gone;
        }
        stopped.load(Ordering::Relaxed)
    };
    look(filter, log, &mut payloads, &mut report, (range.1, u64::MAX), stop);
    // Nobody may want it any more.
    let _ = sender.send(report);
}

impl Selection {
    /// The rows of this filter from now on.
    pub fn set_filter(&mut self, filter: Option<Arc<Filter>>) {
        *self = Selection { filter, ..Selection::default() };
    }

    /// The session is another.
    pub fn reset(&mut self) {
        let filter = self.filter.take();
        self.set_filter(filter);
    }

    /// Whether every row is let through.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.filter.is_none()
    }

    /// Takes what was found, and looks at rows that came since; `wake` is called
    /// when a thread has found more.
    pub fn update(&mut self, log: &SharedLog, source: &Source, wake: &Wake) {
        self.take_reports();
        let len = log.read().len();
        if self.looked > len {
            self.reset();
        }
        let Some(filter) = &self.filter else {
            self.looked = len;
            return;
        };
        if self.work.is_some() || self.error.is_some() {
            return;
        }
        let payloads = self.payloads.get_or_insert_with(|| Payloads::new(source.clone()));
        let mut report = Report { looked: self.looked, ..Report::default() };
        let begin = Instant::now();
        let most = (len, INFLATED_AT_ONCE);
        look(filter, log, payloads, &mut report, most, |_| begin.elapsed() >= AT_ONCE);
        let (from, filter) = (report.looked, filter.clone());
        self.take(report);
        if from >= len || self.error.is_some() {
            return;
        }
        let (sender, reports) = channel();
        let stopped = Arc::new(AtomicBool::new(false));
        self.work = Some(Work { reports, stopped: stopped.clone() });
        let (log, source, wake) = (log.clone(), source.clone(), wake.clone());
        std::thread::spawn(move || {
            look_beside(&filter, (&log, source), (from, len), &stopped, (&sender, &wake));
            drop(sender);
            wake();
        });
    }

    fn take_reports(&mut self) {
        while let Some(work) = &self.work {
            match work.reports.try_recv() {
                Ok(report) => self.take(report),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => self.work = None,
            }
        }
    }

    fn take(&mut self, mut report: Report) {
        self.rows.append(&mut report.rows);
        self.looked = report.looked;
        self.cut += report.cut;
        self.error = self.error.take().or(report.error);
    }

    /// How much of `len` rows has been looked at while a thread looks.
    #[must_use]
    pub fn progress(&self, len: u64) -> Option<f32> {
        self.work.as_ref().map(|_| self.looked as f32 / len.max(1) as f32)
    }

    /// How many rows of the log were looked at.
    #[must_use]
    pub fn looked(&self) -> u64 {
        self.looked
    }

    /// Why looking has stopped, where it has.
    #[must_use]
    pub fn error(&self) -> Option<&io::Error> {
        self.error.as_ref()
    }

    /// Payloads too long to be looked at whole.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.cut
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        if self.is_all() { self.looked } else { self.rows.len() as u64 }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The log's index of the row at `position`.
    #[must_use]
    pub fn index(&self, position: u64) -> Option<u64> {
        if self.is_all() {
            (position < self.looked).then_some(position)
        } else {
            self.rows.get(usize::try_from(position).ok()?).map(|index| u64::from(*index))
        }
    }

    /// Where the log's row `index` is, or the first behind it.
    #[must_use]
    pub fn position(&self, index: u64) -> u64 {
        if self.is_all() {
            index.min(self.looked)
        } else {
            self.rows.partition_point(|shown| u64::from(*shown) < index) as u64
        }
    }

    /// Whether the log's row `index` is among them.
    #[must_use]
    pub fn has(&self, index: u64) -> bool {
        self.index(self.position(index)) == Some(index)
    }

    /// The row behind `from`, or before it; from the other end where there is none.
    #[must_use]
    pub fn next(&self, from: Option<u64>, forward: bool) -> Option<u64> {
        let last = self.len().checked_sub(1)?;
        let position = match (from, forward) {
            (None, true) => 0,
            (None, false) => last,
            (Some(from), true) => self.position(from.saturating_add(1)),
            (Some(from), false) => self.position(from).checked_sub(1).unwrap_or(last),
        };
        self.index(if position > last { 0 } else { position })
    }
}

/// The rows that a filter lets through, each handed to `each`: for printing.
///
/// # Errors
/// The capture could not be read; `each` failed.
pub fn for_each(
    filter: &Filter,
    log: &Log,
    source: &Source,
    mut each: impl FnMut(u64) -> io::Result<()>,
) -> io::Result<u64> {
    let mut payloads = Payloads::new(source.clone());
    for_some(filter, log, &mut payloads, 0..log.len(), &mut each)?;
    Ok(payloads.cut)
}

/// The same of these rows only.
///
/// # Errors
/// As [`for_each`].
pub fn for_some(
    filter: &Filter,
    log: &Log,
    payloads: &mut Payloads,
    rows: Range<u64>,
    each: &mut dyn FnMut(u64) -> io::Result<()>,
) -> io::Result<()> {
    for index in rows {
        if filter.matches(log, index, payloads)? {
            each(index)?;
        }
    }
    Ok(())
}
