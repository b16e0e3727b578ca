//! `--headless`: starts the engine, prints what happens, ends when the command
//! line says so.

use super::cli::{Common, Connect, Listen};
use super::print::Printer;
use crate::engine::follow::Attempt;
use crate::engine::order::{ConnectionOrder, Order};
use crate::engine::proxy::Proxy;
use crate::engine::tls::{ClientTls, ServerTls};
use crate::engine::{Engine, OrderSender, Wake};
use crate::protocol::{Action, ReadyState, Role, StatusCode};
use crate::session::Stage;
use crate::session::entry;
use crate::session::source::Source;
use crate::session::store;
use crate::text::run::{Said, said};
use crate::text::{Lang, faults};
use serde_json::json;
use std::fs::File;
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// How long a page may take to report on the last connection once it is over.
const REPORT_LIMIT: Duration = Duration::from_secs(2);

/// Something happened: the run looks again.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    condvar: Condvar,
    signals: AtomicUsize,
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.condvar.notify_all();
    }

    /// Until it was rung, or at most so long.
    fn wait(&self, limit: Option<Duration>) {
        let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let until = limit.map(|limit| Instant::now() + limit);
        while !*rung {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            rung = match left {
                Some(Duration::ZERO) => break,
                Some(left) => {
                    let waited = self.condvar.wait_timeout(rung, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.condvar.wait(rung).unwrap_or_else(PoisonError::into_inner),
            };
        }
        *rung = false;
    }
}

/// Where a run records to, and the folder whose disk is watched.
pub struct Capture {
    /// Empty, locked.
    pub file: File,
    /// Its path; `None` for a temporary file.
    pub path: Option<PathBuf>,
    /// Watched for free space.
    pub disk: Option<PathBuf>,
}

/// Opens the capture that the command line asks for.
///
/// # Errors
/// The exit code and the message.
pub fn capture(common: &Common, lang: Lang) -> Result<Capture, (u8, String)> {
    if common.no_record {
        return record_nowhere(lang);
    }
    if let Some(path) = &common.record {
        return record_to(path, common.overwrite, lang);
    }
    let session = store::folder().and_then(|folder| {
        store::prune(&folder)?;
        let (path, file) = store::create_session(&folder, SystemTime::now())?;
        Ok(Capture { file, path: Some(path), disk: Some(folder) })
    });
    session.map_err(|error| (1, said(lang, &Said::NoSession(&error))))
}

/// Records to this file.
///
/// # Errors
/// The exit code and the message.
pub fn record_to(path: &Path, overwrite: bool, lang: Lang) -> Result<Capture, (u8, String)> {
    let file = store::create(path, overwrite).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => (2, said(lang, &Said::Exists(path))),
        _ => (1, said(lang, &Said::CannotRecord(path, &error))),
    })?;
    let disk = Some(store::folder_of(path).to_path_buf());
    Ok(Capture { file, path: Some(path.to_path_buf()), disk })
}

/// Records to a temporary file.
///
/// # Errors
/// The exit code and the message.
pub fn record_nowhere(lang: Lang) -> Result<Capture, (u8, String)> {
    let file = tempfile::tempfile().map_err(|e| (1, said(lang, &Said::NoTemporary(&e))))?;
    Ok(Capture { file, path: None, disk: Some(std::env::temp_dir()) })
}

struct Run {
    engine: Engine,
    printer: Printer,
    source: Source,
    bell: Arc<Bell>,
    lang: Lang,
    seen_signals: usize,
    ending: bool,
}

impl Run {
    fn start(common: &Common, lang: Lang) -> Result<Run, (u8, String)> {
        let capture = capture(common, lang)?;
        if let (Some(path), None) = (&capture.path, &common.record) {
            eprintln!("{}", said(lang, &Said::Recording(path)));
        }
        let bell = Arc::new(Bell::default());
        let waker = bell.clone();
        let wake: Wake = Arc::new(move || waker.ring());
        let cannot = |error: io::Error| (1, said(lang, &Said::CannotWrite(&error)));
        let source = Source::new(capture.file.try_clone().map_err(cannot)?);
        let engine = Engine::start(capture.file, capture.disk, wake).map_err(cannot)?;
        let signalled = bell.clone();
        engine
            .on_signal(move || {
                signalled.signals.fetch_add(1, Ordering::SeqCst);
                signalled.ring();
            })
            .map_err(|error| (1, said(lang, &Said::NoSignals(&error))))?;
        let filter = common.filter.clone().unwrap_or_default();
        let printer = Printer::new(engine.log(), source.clone(), filter, common.json, lang);
        Ok(Run { engine, printer, source, bell, lang, seen_signals: 0, ending: false })
    }

    fn shut_down(&mut self) {
        if !self.ending {
            // The queue is never full of orders here.
            self.ending = self.engine.order(Order::ShutDown);
        }
    }

    /// Waits, at most so long, prints what is new, heeds signals; `false` once all has ended.
    fn step(&mut self, limit: Option<Duration>) -> bool {
        self.bell.wait(limit);
        let ended = self.engine.has_ended();
        self.printer.rows();
        if self.printer.closed {
            self.shut_down();
        }
        let signals = self.bell.signals.load(Ordering::SeqCst);
        if signals > self.seen_signals {
            self.seen_signals = signals;
            if self.ending {
                self.engine.end();
                self.printer.rows();
                return false;
            }
            self.shut_down();
        }
        if ended || self.engine.has_ended() {
            self.engine.end();
            self.printer.rows();
            return false;
        }
        true
    }

    fn connect(&self, attempt: &Attempt, tls: &Arc<ClientTls>, proxy: Option<&Arc<Proxy>>) {
        let Attempt { target, settings, .. } = attempt.clone();
        let tls = match attempt.is_first_host() {
            true => tls.clone(),
            false => Arc::new(tls.without_name()),
        };
        let proxy = proxy.cloned();
        self.engine.order(Order::Connect { target, settings, tls, proxy });
    }

    /// What the response on this connection asks for.
    fn next(&self, attempt: &Attempt, number: u32) -> Option<Attempt> {
        let log = self.engine.log();
        let response = entry::last_head(&log.read(), &self.source, number, Role::Server)?;
        attempt.next(&response).unwrap_or_else(|fault| {
            self.engine.order(Order::Record(fault));
            None
        })
    }

    fn recorded(&self) -> bool {
        self.engine.log().read().notice().is_none()
    }
}

/// A run that did not start: 2 is a usage error, anything else could not record.
fn not_started((code, message): (u8, String), common: &Common) -> ExitCode {
    eprintln!("error: {message}");
    if common.json && code != 2 {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let line = json!({
            "type": "error",
            "connection": null,
            "time": super::json::time(now.as_nanos() as u64),
            "stage": Stage::Record.word(),
            "message": message,
        });
        // Nobody may be reading; the exit code tells as well.
        let _ = writeln!(io::stdout(), "{line}");
    }
    ExitCode::from(code)
}

/// `wsscope listen --headless`
#[must_use]
pub fn listen(options: &Listen, tls: Option<Arc<ServerTls>>, lang: Lang) -> ExitCode {
    let mut run = match Run::start(&options.common, lang) {
        Ok(run) => run,
        Err(error) => return not_started(error, &options.common),
    };
    run.engine.order(Order::ServePage(!options.no_page));
    run.engine.order(Order::Listen {
        address: options.address.clone(),
        next_free: false,
        settings: options.settings(),
        tls: tls.clone(),
    });
    let mut told = false;
    let mut reports_until = None;
    let mut code = ExitCode::SUCCESS;
    loop {
        let status = run.engine.status(|s| (s.listening, s.listen_fault.clone()));
        match status {
            (Some(address), _) if !told => {
                told = true;
                let scheme = if tls.is_some() { "wss" } else { "ws" };
                let url = format!("{scheme}://{address}/");
                let line = json!({"type": "listening", "url": url});
                run.printer.say(&line, &said(lang, &Said::Listening(&url)));
                if let Some(certificate) = tls.as_ref().and_then(|tls| tls.chain.first()) {
                    let (subject, sha256) = (&certificate.subject, &certificate.sha256);
                    eprintln!("certificate {subject}, SHA-256 {sha256}");
                }
            }
            (None, Some(fault)) => {
                if !run.ending {
                    eprintln!("error: {}", faults::fault(run.lang, &fault));
                }
                code = ExitCode::from(1);
                run.shut_down();
            }
            _ => {}
        }
        let mut wait = None;
        if let Some(limit) = options.connections {
            let log = run.engine.log();
            let log = log.read();
            let over = || log.connections().iter().filter(|c| c.over && c.asked_upgrade);
            if over().count() as u64 >= limit {
                // A page has still to say what the ending was there.
                let owed = over().any(|c| c.page.is_some() && c.observed.is_none());
                let until = *reports_until.get_or_insert_with(|| Instant::now() + REPORT_LIMIT);
                wait = Some(until.saturating_duration_since(Instant::now()));
                wait = wait.filter(|wait| owed && !wait.is_zero());
                if wait.is_none() {
                    drop(log);
                    run.shut_down();
                }
            }
        }
        if !run.step(wait) {
            break;
        }
    }
    if run.recorded() { code } else { ExitCode::from(1) }
}

/// `wsscope connect --headless`
#[must_use]
pub fn connect(options: &Connect, tls: Arc<ClientTls>, lang: Lang) -> ExitCode {
    let mut run = match Run::start(&options.common, lang) {
        Ok(run) => run,
        Err(error) => return not_started(error, &options.common),
    };
    let mut attempt = Attempt::new(options.url.clone(), options.settings());
    let proxy = options.proxy.clone().map(Arc::new);
    run.connect(&attempt, &tls, proxy.as_ref());
    let (mut stdin, mut number) = (options.stdin, 1);
    loop {
        let (state, over, refused) = {
            let log = run.engine.log();
            let log = log.read();
            let connection = log.connection(number);
            // Its rows are looked at next: they have to be in the capture.
            let over = connection.is_some_and(|c| c.over) && log.is_published();
            (
                connection.map(|c| c.ready_state()),
                over,
                connection.is_some_and(|c| c.refused.is_some()),
            )
        };
        if stdin && state >= Some(ReadyState::Open) {
            stdin = false;
            let orders = run.engine.orders();
            std::thread::spawn(move || read_stdin(&orders, number, lang));
        }
        let failed = run.engine.status(|s| s.dial_fault.is_some());
        let unseen = !run.recorded() && run.engine.status(|s| s.open == 0 && s.dialing.is_none());
        let follows = over && refused && options.follow && !run.ending;
        if let Some(next) = follows.then(|| run.next(&attempt, number)).flatten() {
            run.connect(&next, &tls, proxy.as_ref());
            (attempt, number) = (next, number + 1);
        } else if over || failed || unseen {
            run.shut_down();
        }
        if !run.step(None) {
            break;
        }
    }
    let log = run.engine.log();
    let log = log.read();
    let clean = log.connection(number).is_some_and(|c| c.closing.held(Role::Client).was_clean);
    if clean { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// Each line is a text message; the end is Close 1000.
fn read_stdin(orders: &OrderSender, connection: u32, lang: Lang) {
    let perform = |actions| orders.order(Order::One(connection, ConnectionOrder::Perform(actions)));
    for line in io::stdin().lock().lines() {
        let sent = match line {
            Ok(line) => perform(vec![Action::text(&line)]),
            Err(error) => {
                let message = said(lang, &Said::StdinNotText(&error));
                eprintln!("error: {message}");
                break;
            }
        };
        if !sent {
            return;
        }
    }
    perform(vec![Action::Close(StatusCode::NORMAL, Vec::new())]);
}
