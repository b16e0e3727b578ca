//! How far something is that takes longer than a second, on a terminal's stderr.

use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const AGAIN: Duration = Duration::from_millis(200);

/// A line that is brought up to date until this is dropped; then it is gone.
pub struct Shown(Option<(Sender<()>, JoinHandle<()>)>);

impl Shown {
    /// `words` says how far it is; asked from another thread, and only on a terminal.
    pub fn begin(words: impl Fn() -> String + Send + 'static) -> Shown {
        if !io::stderr().is_terminal() {
            return Shown(None);
        }
        let (sender, end) = channel::<()>();
        let show = move || {
            let mut wait = FIRST;
            while end.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                eprint!("\r\x1b[K{}", words());
                wait = AGAIN;
            }
            if wait < FIRST {
                eprint!("\r\x1b[K");
            }
        };
        Shown(Some((sender, std::thread::spawn(show))))
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.0.take() {
            drop(sender);
            let _ = thread.join();
        }
    }
}
