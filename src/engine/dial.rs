//! Connecting: name lookup, then TCP, then a tunnel where there is a proxy; each
//! stage seen, and with a limit of its own.

use super::Wake;
use super::address::{self, Target};
use super::proxy::Proxy;
use super::status::{Dialing, SharedStatus};
use super::tunnel;
use crate::protocol::{MILLISECOND, Time};
use crate::session::{Fault, FaultKind, Stage};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Who is told how far it has come, and how long each stage may take.
pub struct Dial<'a> {
    /// Nanoseconds for each stage.
    pub limit: Time,
    /// Shows the stage.
    pub status: &'a SharedStatus,
    /// Told when it changes.
    pub wake: &'a Wake,
}

impl Dial<'_> {
    /// A socket to the target, or through the proxy.
    pub async fn reach(&self, target: &Target, proxy: Option<&Proxy>) -> Result<TcpStream, Fault> {
        let Some(proxy) = proxy else { return self.tcp(&target.host, target.port).await };
        let stream = self.tcp(&proxy.host, proxy.port).await.map_err(|fault| {
            let why = format!("{} {}", fault.kind.word(), fault.detail);
            Fault::new(fault.stage, FaultKind::ProxyUnreachable, why)
        })?;
        self.show(Dialing::Proxy(proxy.to_string()));
        tunnel::open(stream, proxy, target, self.limit).await
    }

    fn show(&self, stage: Dialing) {
        self.status.change(|status| status.dialing = Some(stage));
        (self.wake)();
    }

    /// Connects to the first address of the host that answers.
    async fn tcp(&self, host: &str, port: u16) -> Result<TcpStream, Fault> {
        let wait = Duration::from_nanos(self.limit);
        let ms = self.limit / MILLISECOND;
        self.show(Dialing::Lookup(host.to_owned()));
        let not_found = || Fault::new(Stage::Lookup, FaultKind::NameNotFound, host);
        let lookup = tokio::net::lookup_host((host, port));
        let addresses: Vec<_> = match timeout(wait, lookup).await {
            Ok(Ok(found)) => found.collect(),
            Ok(Err(_)) => return Err(not_found()),
            Err(_) => {
                let detail = format!("{host} after {ms}");
                return Err(Fault::new(Stage::Lookup, FaultKind::ConnectTimeout, detail));
            }
        };
        let mut failed = not_found();
        for found in addresses {
            self.show(Dialing::Tcp(found));
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
}
