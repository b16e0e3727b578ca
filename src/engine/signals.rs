//! SIGINT and SIGTERM; on Windows, Ctrl-C.

use std::io;

/// The signals, caught from the moment this is made.
#[cfg(unix)]
pub struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Within a runtime.
    ///
    /// # Errors
    /// The system does not let them be caught.
    pub fn catch() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> bool {
        tokio::select! {
            signal = self.interrupt.recv() => signal.is_some(),
            signal = self.terminate.recv() => signal.is_some(),
        }
    }
}

/// The signal, caught from the moment this is made.
#[cfg(windows)]
pub struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    /// Within a runtime.
    ///
    /// # Errors
    /// The system does not let it be caught.
    pub fn catch() -> io::Result<Signals> {
        tokio::signal::windows::ctrl_c().map(Signals)
    }

    async fn next(&mut self) -> bool {
        self.0.recv().await.is_some()
    }
}

impl Signals {
    /// Calls `act` at each signal.
    pub async fn watch(mut self, act: impl Fn() + Send + 'static) {
        while self.next().await {
            act();
        }
    }
}
