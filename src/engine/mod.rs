//! Sockets, time and tasks: carries out orders, and hands what was observed to
//! the recorder.
//!
//! One runtime with one I/O thread, one recorder thread, bounded channels
//! between them. A task per connection drives a [`crate::protocol::Connection`]
//! over a socket; everything the socket gave or took passes the `tap`. The
//! engine wakes whoever watches through a closure.

pub mod address;
pub mod clock;
mod dial;
mod dispatch;
pub mod follow;
pub mod header;
mod listen;
pub mod option;
pub mod order;
mod page;
mod partner;
pub mod proxy;
pub mod reach;
mod secure;
mod signals;
mod socket;
pub mod status;
mod tap;
mod task;
pub mod tls;
mod tunnel;

use crate::session::recorder::{Recorder, SharedLog};
use order::Order;
use status::{SharedStatus, Status};
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// Called when there is something new to see. Must return at once.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Calls `act` on SIGINT or SIGTERM, each time, from now on, without an engine.
///
/// # Errors
/// The system does not let them be caught, or no thread can be started.
pub fn on_signal(act: impl Fn() + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let signals = {
        let _context = runtime.enter();
        signals::Signals::catch()?
    };
    let watch = move || runtime.block_on(signals.watch(act));
    std::thread::Builder::new().name("signals".into()).spawn(watch)?;
    Ok(())
}

/// Orders that may wait.
const ORDERS: usize = 256;

/// A running engine.
pub struct Engine {
    runtime: Option<Runtime>,
    recorder: Option<JoinHandle<()>>,
    orders: mpsc::Sender<Order>,
    log: SharedLog,
    status: SharedStatus,
    ended: Arc<AtomicBool>,
}

impl Engine {
    /// Starts to record into `capture`, an empty file. `disk` is the folder whose
    /// free space is watched.
    ///
    /// # Errors
    /// The file cannot be written, or no thread can be started.
    pub fn start(capture: File, disk: Option<PathBuf>, wake: Wake) -> io::Result<Engine> {
        let log = SharedLog::default();
        let status = SharedStatus::default();
        let recorder = Recorder::new(capture, disk, log.clone())?;
        let (tap, records) = tap::Tap::new();
        let recorder_wake = wake.clone();
        let ended = Arc::new(AtomicBool::new(false));
        let recorder_ended = ended.clone();
        let recorder = std::thread::Builder::new().name("recorder".into()).spawn(move || {
            tap::record(recorder, records, &*recorder_wake);
            // Whoever is woken must find it ended.
            recorder_ended.store(true, Ordering::Release);
            recorder_wake();
        })?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("sockets")
            .enable_all()
            .build()?;
        let (orders, queue) = mpsc::channel(ORDERS);
        let dispatcher = dispatch::Dispatcher::new(tap, status.clone(), wake);
        runtime.spawn(dispatcher.run(queue));
        let (runtime, recorder) = (Some(runtime), Some(recorder));
        Ok(Engine { runtime, recorder, orders, log, status, ended })
    }

    /// Gives an order; `false` if it could not be taken, because too many wait or
    /// the engine has ended.
    pub fn order(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
    }

    /// A handle for another thread that may wait for room.
    #[must_use]
    pub fn orders(&self) -> OrderSender {
        OrderSender(self.orders.clone())
    }

    /// What somebody beside the owner needs to give orders and to watch.
    #[must_use]
    pub fn handle(&self) -> Handle {
        let (orders, log, status) = (self.orders.clone(), self.log.clone(), self.status.clone());
        Handle { orders, log, status }
    }

    /// What is being recorded.
    #[must_use]
    pub fn log(&self) -> SharedLog {
        self.log.clone()
    }

    /// What the engine is doing.
    pub fn status<R>(&self, look: impl FnOnce(&Status) -> R) -> R {
        self.status.look(look)
    }

    /// Calls `act` on SIGINT or SIGTERM, each time, from now on.
    ///
    /// # Errors
    /// The system does not let them be caught.
    pub fn on_signal(&self, act: impl Fn() + Send + 'static) -> io::Result<()> {
        if let Some(runtime) = &self.runtime {
            let _context = runtime.enter();
            let signals = signals::Signals::catch()?;
            runtime.spawn(signals.watch(act));
        }
        Ok(())
    }

    /// Whether everything has ended after [`Order::ShutDown`] and the capture is complete.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Waits until everything has ended after [`Order::ShutDown`].
    pub fn wait(&mut self) {
        if let Some(recorder) = self.recorder.take() {
            // A recorder that panicked has nothing more to complete.
            let _ = recorder.join();
        }
    }

    /// Ends at once: sockets are dropped, the capture is completed.
    pub fn end(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        self.wait();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.end();
    }
}

/// Gives orders to an engine that somebody else owns, and watches it.
#[derive(Clone)]
pub struct Handle {
    orders: mpsc::Sender<Order>,
    log: SharedLog,
    status: SharedStatus,
}

impl Handle {
    /// As [`Engine::order`].
    pub fn order(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
    }

    /// What is being recorded.
    #[must_use]
    pub fn log(&self) -> &SharedLog {
        &self.log
    }

    /// What the engine is doing.
    pub fn status<R>(&self, look: impl FnOnce(&Status) -> R) -> R {
        self.status.look(look)
    }
}

/// Gives orders from a thread that may wait.
#[derive(Clone)]
pub struct OrderSender(mpsc::Sender<Order>);

impl OrderSender {
    /// Waits for room; `false` if the engine has ended.
    pub fn order(&self, order: Order) -> bool {
        self.0.blocking_send(order).is_ok()
    }
}
