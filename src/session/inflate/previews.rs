//! Beginnings of compressed messages for whoever shows the same ones at every
//! painting: what was inflated is kept, and no painting waits for all of them.

use super::{Compressed, InflatedMessage, Reader};
use crate::protocol::Time;
use crate::session::log::Log;
use crate::session::source::Source;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What inflating may take of one painting.
const AT_ONCE: Duration = Duration::from_millis(12);

/// Messages and octets that are kept.
const KEPT: (usize, usize) = (4096, 8 << 20);

/// A compressed message and the beginning of what it inflates to.
#[derive(Clone, Debug)]
pub struct Preview {
    /// What is known of the message.
    pub message: Compressed,
    /// Octets of its payload as they were sent.
    pub sent: u64,
    /// What it inflates to, as far as it was asked for; of one that cannot be inflated,
    /// what came before the fault.
    pub inflated: InflatedMessage,
}

/// Previews, kept.
#[derive(Debug, Default)]
pub struct Previews {
    reader: Reader,
    /// By the row of a message's last frame, and its time; up to how many octets.
    kept: HashMap<(u64, Time), (u64, Arc<Preview>)>,
    octets: usize,
    until: Option<Instant>,
    put_off: bool,
}

impl Previews {
    /// A painting begins: what takes too long is put off to the next one. Before the
    /// first painting nothing is put off.
    pub fn begin_painting(&mut self) {
        self.until = Some(Instant::now() + AT_ONCE);
        self.put_off = false;
    }

    /// Whether this painting put something off.
    #[must_use]
    pub fn has_put_off(&self) -> bool {
        self.put_off
    }

    /// The message whose last frame is row `last`, with its first `limit` octets.
    /// `None` where the row ends none, where it is put off, or cannot be read.
    pub fn of(
        &mut self,
        log: &Log,
        source: &Source,
        last: u64,
        limit: u64,
    ) -> Option<Arc<Preview>> {
        let message = *log.compressed(last)?;
        let key = (last, log.row(last)?.time);
        if let Some((up_to, preview)) = self.kept.get(&key)
            && (*up_to >= limit || preview.inflated.whole)
        {
            return Some(preview.clone());
        }
        if self.until.is_some_and(|until| Instant::now() >= until) {
            self.put_off = true;
            return None;
        }
        let inflated = self.reader.message(log, source, last, limit).ok()?;
        let inflated = inflated.unwrap_or(InflatedMessage { octets: Vec::new(), whole: false });
        if self.kept.len() >= KEPT.0 || self.octets >= KEPT.1 {
            self.kept.clear();
            self.octets = 0;
        }
        self.octets += inflated.octets.len();
        let preview = Arc::new(Preview { message, sent: message.octets(log), inflated });
        self.kept.insert(key, (limit, preview.clone()));
        Some(preview)
    }
}
