//! Connecting: name lookup, then TCP, each stage seen.

use super::Wake;
use super::address::{self, Target};
use super::status::{Dialing, SharedStatus};
use crate::protocol::{MILLISECOND, Time};
use crate::session::{Fault, FaultKind, Stage};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Connects to the first address that answers, within `limit` nanoseconds each.
pub async fn dial(
    target: &Target,
    limit: Time,
    status: &SharedStatus,
    wake: &Wake,
) -> Result<TcpStream, Fault> {
    let show = |stage: Dialing| {
        status.change(|status| status.dialing = Some(stage));
        wake();
    };
    let wait = Duration::from_nanos(limit);
    let ms = limit / MILLISECOND;
    show(Dialing::Lookup(target.host.clone()));
    let not_found = || Fault::new(Stage::Lookup, FaultKind::NameNotFound, target.host.clone());
    let lookup = tokio::net::lookup_host((target.host.as_str(), target.port));
    let addresses: Vec<_> = match timeout(wait, lookup).await {
        Ok(Ok(found)) => found.collect(),
        Ok(Err(_)) => return Err(not_found()),
        Err(_) => {
            let detail = format!("{} after {ms}", target.host);
            return Err(Fault::new(Stage::Lookup, FaultKind::ConnectTimeout, detail));
        }
    };
    let mut failed = not_found();
    for found in addresses {
        show(Dialing::Tcp(found));
        match timeout(wait, TcpStream::connect(found)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failed = address::fault(Stage::Tcp, &error, &found.to_string()),
            Err(_) => {
                let detail = format!("{found} after {ms}");
                failed = Fault::new(Stage::Tcp, FaultKind::ConnectTimeout, detail);
            }
        }
    }
    Err(failed)
}
