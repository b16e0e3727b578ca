//! The tunnel through which a client reached its server. A capture holds what
//! went through it, so it names the proxy as the server's address; this says
//! what the addresses do not. How a tunnel is opened is `engine`'s.

use super::Connection;
use serde::{Deserialize, Serialize};

/// A tunnel that a proxy opened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tunnel {
    /// The proxy's URL, without credentials.
    pub proxy: String,
    /// `HOST:PORT` behind it.
    pub target: String,
}

impl Connection {
    /// `HOST:PORT` of the server: behind the tunnel, where there is one.
    #[must_use]
    pub fn reached(&self) -> String {
        let tunnel = self.tunnel.as_ref();
        tunnel.map_or_else(|| self.server.to_string(), |tunnel| tunnel.target.clone())
    }
}
