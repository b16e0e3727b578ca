//! What is not octets, as JSON in a local-use block, or behind the word
//! [`COMMENT_PREFIX`] in a packet's comment.

use crate::protocol::{Role, Time};
use crate::session::page::{Page, StoredClose};
use crate::session::tls::Tls;
use crate::session::tunnel::Tunnel;
use crate::session::{Fault, FaultKind, Stage};
use serde::{Deserialize, Serialize};

/// How a comment that holds a [`Fact`] begins.
pub const COMMENT_PREFIX: &str = "wsscope ";

/// A fact that no packet can express.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct Fact {
    /// The connection, from 1 in the order of the SYNs; 0 for none.
    pub connection: u32,
    /// Nanoseconds since the epoch.
    pub time: Time,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What a [`Fact`] says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Something did not work.
    Fault(StoredFault),
    /// The connection goes through a proxy, whose address stands for the server's.
    Tunnel(Tunnel),
    /// The TLS handshake is over, for better or worse.
    Tls(Box<Tls>),
    /// An end said in TLS that nothing more comes from it.
    CloseNotify {
        /// `client` or `server`.
        from: String,
    },
    /// A page of ours is at the client's end.
    Page(Page),
    /// The CloseEvent that this page reported.
    Observed(StoredClose),
    /// Octets that were never captured stood here; the sequence numbers go on behind them.
    Gap {
        /// `client` or `server`.
        from: String,
        /// How many.
        octets: u64,
        /// A snap length cut them off.
        cut: bool,
    },
    /// TCP was lost; whose direction, and the system's words.
    Lost {
        /// `client` or `server`.
        from: String,
        /// The system's words.
        error: Option<String>,
    },
    /// Somebody wrote a note on the row, the connection, or the session. A later
    /// one on the same takes its place.
    Note {
        /// The row's index; the fact's connection and time are the row's.
        row: Option<u64>,
        /// The text; with neither text nor bookmark, the note is gone.
        text: String,
        /// The row is bookmarked.
        bookmark: bool,
    },
    /// Nothing more was observed of the connection.
    Over {},
    /// The recording was ended in order.
    End {},
    /// The session was not observed as it stands.
    MadeFrom(MadeFrom),
}

/// What a session was made from, of which not every octet was known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MadeFrom {
    /// `har`: heads, masks, fragments and lengths are not the original.
    pub format: String,
    /// The program that wrote it, with its version; may be empty.
    pub by: String,
}

/// A [`Fault`] as a capture holds it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StoredFault {
    /// [`Stage::word`].
    pub stage: String,
    /// [`FaultKind::word`].
    pub kind: String,
    /// Figures, names or the system's words.
    pub detail: String,
}

impl StoredFault {
    /// The fault, where it is one that this version knows.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        let stage = Stage::ALL.into_iter().find(|s| s.word() == self.stage)?;
        let kind = FaultKind::ALL.iter().copied().find(|k| k.word() == self.kind)?;
        Some(Fault::new(stage, kind, self.detail.clone()))
    }
}

impl From<&Fault> for StoredFault {
    fn from(fault: &Fault) -> StoredFault {
        StoredFault {
            stage: fault.stage.word().to_owned(),
            kind: fault.kind.word().to_owned(),
            detail: fault.detail.clone(),
        }
    }
}

impl Fact {
    /// The fact of a fault.
    #[must_use]
    pub fn of_fault(connection: u32, fault: &Fault, time: Time) -> Fact {
        Fact { connection, time, what: What::Fault(fault.into()) }
    }

    /// As JSON on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Fact::to_json`] wrote, padding behind it ignored.
    #[must_use]
    pub fn from_json(octets: &[u8]) -> Option<Fact> {
        serde_json::from_slice(octets.trim_ascii_end()).ok()
    }
}

/// The role that JSON calls so.
#[must_use]
pub fn role(word: &str) -> Option<Role> {
    Role::BOTH.into_iter().find(|role| role.word() == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tls::Verification;

    #[test]
    fn facts_survive_json() {
        let fault = Fault::new(Stage::Tcp, FaultKind::Refused, "127.0.0.1:9");
        let fact = Fact::of_fault(0, &fault, 7);
        let json = fact.to_json() + "  ";
        let back = Fact::from_json(json.as_bytes()).unwrap();
        assert_eq!(back, fact);
        let What::Fault(stored) = back.what else { panic!() };
        assert_eq!(stored.fault(), Some(fault));
        let end = Fact { connection: 0, time: 1, what: What::End {} };
        assert_eq!(Fact::from_json(end.to_json().as_bytes()), Some(end));
        let skipped = Verification::Skipped(Some(
            (&Fault::new(Stage::Tls, FaultKind::CertExpired, "7")).into(),
        ));
        let tls = Tls { version: Some("TLS 1.3".into()), verification: skipped, ..Tls::default() };
        let tls = Fact { connection: 1, time: 2, what: What::Tls(Box::new(tls)) };
        assert_eq!(Fact::from_json(tls.to_json().as_bytes()), Some(tls));
    }
}
