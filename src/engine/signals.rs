//! SIGINT and SIGTERM; on Windows, Ctrl-C.

/// Calls `act` at each signal.
pub async fn watch(act: impl Fn() + Send + 'static) {
    loop {
        if !next().await {
            return;
        }
        act();
    }
}

#[cfg(unix)]
async fn next() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return false };
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt.is_ok(),
        terminate = terminate.recv() => terminate.is_some(),
    }
}

#[cfg(not(unix))]
async fn next() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}
