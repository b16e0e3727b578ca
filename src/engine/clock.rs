//! The time of observation: the system's at the start, then a clock that never
//! goes back.

use crate::protocol::Time;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

fn start() -> (Time, Instant) {
    static START: OnceLock<(Time, Instant)> = OnceLock::new();
    *START.get_or_init(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        (since.as_nanos() as Time, Instant::now())
    })
}

/// Nanoseconds since the epoch.
pub fn now() -> Time {
    let (epoch, instant) = start();
    epoch + instant.elapsed().as_nanos() as Time
}

/// That time for a timer.
pub fn instant(time: Time) -> tokio::time::Instant {
    let (epoch, instant) = start();
    // A time too far away to be represented is as good as a year.
    let wait =
        Duration::from_nanos(time.saturating_sub(epoch)).min(Duration::from_secs(31_536_000));
    (instant + wait).into()
}
