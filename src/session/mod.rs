//! What was observed: the log of rows, the capture file behind it, and what can
//! be concluded from both.
//!
//! Octets go into the capture; rows are a small index over it, and everything
//! shown about a row is computed from the octets, live or from a file, by the
//! same code. How octets were obtained is `engine`'s; what is said about them in
//! sentences is `text`'s.

pub mod assemble;
mod broken_rules;
mod buffer;
pub mod client_model;
mod comments;
pub mod connection;
pub mod entry;
pub mod export;
pub mod filter;
pub mod gap;
pub mod heartbeat;
pub mod import;
pub mod inflate;
pub mod ladder;
pub mod log;
pub mod notes;
pub mod open;
pub mod page;
pub mod pcap;
pub mod pcapng;
pub mod piece;
pub mod recorder;
pub mod row;
pub mod row_octets;
pub mod save;
pub mod selection;
pub mod source;
pub mod statistics;
pub mod store;
pub mod timestamp;
pub mod tls;
pub mod tunnel;
pub mod verdict;
pub mod view;
pub mod wire;

use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{Role, Time};
use bytes::Bytes;
use core::net::SocketAddr;

pub use log::{Connection, Log};
pub use recorder::Recorder;
pub use row::{Kind, Row};

/// Something that was observed, in the order of observation.
#[derive(Clone, Debug)]
pub struct Record {
    /// The connection, from 1; 0 where none came to be.
    pub connection: u32,
    /// When the call returned.
    pub time: Time,
    /// What.
    pub what: Observed,
}

/// What can be observed.
#[derive(Clone, Debug)]
pub enum Observed {
    /// TCP is established.
    Opened {
        /// Which end is ours; `None` between strangers.
        role: Option<Role>,
        /// The client's address.
        client: SocketAddr,
        /// The server's address, or the proxy's.
        server: SocketAddr,
        /// The tunnel through a proxy.
        tunnel: Option<tunnel::Tunnel>,
    },
    /// Octets that the socket gave, or took.
    Octets {
        /// Whose they are.
        from: Role,
        /// Never empty.
        octets: Bytes,
    },
    /// Octets that the capture lacks which the session was written down from.
    Gap {
        /// Whose they were.
        from: Role,
        /// How many.
        octets: u64,
        /// Why.
        missing: gap::Missing,
    },
    /// The end of one direction of TCP.
    Tcp {
        /// Who ended it.
        from: Role,
        /// How.
        event: TcpEvent,
        /// The system's words, where the connection was lost.
        error: Option<String>,
    },
    /// The TLS handshake is over, for better or worse.
    Tls(Box<tls::Tls>),
    /// An end said in TLS that nothing more comes from it (RFC 8446 §6.1).
    CloseNotify {
        /// Which end.
        from: Role,
    },
    /// A page of ours is at the client's end.
    Page(page::Page),
    /// The CloseEvent that this page reported; may come when all else is over.
    CloseEvent(client_model::CloseEvent),
    /// Something that did not work.
    Fault(Fault),
    /// Nothing more will be observed of this connection.
    Over,
    /// Somebody wrote a note.
    Note(notes::Note),
}

/// At which stage something did not work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Stage {
    /// Binding or accepting.
    Listen,
    /// Name lookup.
    Lookup,
    /// Connecting.
    Tcp,
    /// TLS.
    Tls,
    /// HTTP.
    OpeningHandshake,
    /// An action of this end.
    Send,
    /// Writing the capture.
    Record,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Stage; 7] = [
        Stage::Listen,
        Stage::Lookup,
        Stage::Tcp,
        Stage::Tls,
        Stage::OpeningHandshake,
        Stage::Send,
        Stage::Record,
    ];

    /// As JSON spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Stage::Listen => "listen",
            Stage::Lookup => "lookup",
            Stage::Tcp => "tcp",
            Stage::Tls => "tls",
            Stage::OpeningHandshake => "opening_handshake",
            Stage::Send => "send",
            Stage::Record => "record",
        }
    }
}

macro_rules! fault_kinds {
    ($($(#[$doc:meta])* $kind:ident $word:literal;)*) => {
        /// What did not work, without figures.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        pub enum FaultKind { $($(#[$doc])* $kind,)* }

        impl FaultKind {
            /// Every kind.
            pub const ALL: &[FaultKind] = &[$(FaultKind::$kind,)*];

            /// As a capture spells it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(FaultKind::$kind => $word,)* }
            }
        }
    };
}

fault_kinds! {
    /// Detail: the address.
    AddressInUse "address-in-use";
    /// Detail: the address.
    PermissionDenied "permission-denied";
    /// Detail: the address.
    AddressNotAvailable "address-not-available";
    /// Detail: the name.
    NameNotFound "name-not-found";
    /// Detail: the address.
    Refused "refused";
    /// Detail: the address.
    Unreachable "unreachable";
    /// Detail: the address and the limit in milliseconds.
    ConnectTimeout "connect-timeout";
    /// Detail: the word of the fault and its detail.
    ProxyUnreachable "proxy-unreachable";
    /// Detail: the proxy and the limit in milliseconds.
    ProxyTimeout "proxy-timeout";
    /// Detail: the proxy.
    ProxyEnded "proxy-ended";
    /// The answer is not in the protocol that was expected. Detail: the proxy.
    ProxyProtocol "proxy-protocol";
    /// An HTTP proxy opens no tunnel. Detail: the proxy, the status and its phrase.
    ProxyStatus "proxy-status";
    /// A SOCKS5 proxy opens no tunnel. Detail: the proxy and the code (RFC 1928 §6).
    ProxyReply "proxy-reply";
    /// It wants credentials. Detail: the proxy.
    ProxyLogin "proxy-login";
    /// It does not take those that were given. Detail: the proxy.
    ProxyLoginRefused "proxy-login-refused";
    /// Detail: the limit in milliseconds.
    OpenTimeout "open-timeout";
    /// Detail: the parser's words.
    NotHttp "not-http";
    /// No detail.
    HeadTooLong "head-too-long";
    /// No detail.
    EndedBeforeResponse "ended-before-response";
    /// No detail.
    BrokenBeforeResponse "broken-before-response";
    /// Detail: the status.
    Status "status";
    /// Detail: the ids of the rules, with commas.
    Rules "rules";
    /// No detail.
    NoKey "no-key";
    /// Detail: the URL that was asked before.
    RedirectLoop "redirect-loop";
    /// Detail: how many were followed.
    RedirectLimit "redirect-limit";
    /// Detail: what the Location says.
    RedirectUrl "redirect-url";
    /// No detail.
    WriteAfterFin "write-after-fin";
    /// No detail.
    NotOpen "not-open";
    /// Detail: octets that the socket did not take.
    NotSent "not-sent";
    /// Detail: octets of a message that does not fit behind what waits to go out.
    QueueFull "queue-full";
    /// Detail: octets that are free.
    DiskLow "disk-low";
    /// Detail: whose octets the capture lacks, and how many, within one payload.
    GapInFrame "gap-in-frame";
    /// Detail: whose octets the capture lacks, and how many.
    Gap "gap";
    /// Detail: whose octets the snap length cut off, and how many.
    Cut "cut";
    /// Detail: whose octets were passed over before the first frame, and how many.
    HandshakeCut "handshake-cut";
    /// No detail.
    NoRequest "no-request";
    /// Detail: whose octets, and how many, stand behind a gap and are not decoded.
    Undecoded "undecoded";
    /// Detail: who sent octets twice, and not the same ones, and how many.
    Overlap "overlap";
    /// Detail: the limit in milliseconds.
    TlsTimeout "tls-timeout";
    /// TCP was ended instead of a handshake. No detail.
    TlsEnded "tls-ended";
    /// HTTP came where TLS was expected. No detail.
    TlsPlainHttp "tls-plain-http";
    /// Something else came where TLS was expected. No detail.
    TlsNotTls "tls-not-tls";
    /// TLS came where HTTP was expected. No detail.
    TlsUnexpected "tls-unexpected";
    /// The peer's alert. Detail: its number (RFC 8446 §6).
    TlsAlert "tls-alert";
    /// No application protocol in common (RFC 7301). Detail: what was offered or chosen, if known.
    TlsAlpn "tls-alpn";
    /// No version, suite or group in common. Detail: the library's words.
    TlsIncompatible "tls-incompatible";
    /// Octets that are not what TLS demands. Detail: the library's words.
    TlsBroken "tls-broken";
    /// Detail: seconds since the epoch.
    CertExpired "cert-expired";
    /// Detail: seconds since the epoch.
    CertNotYetValid "cert-not-yet-valid";
    /// Detail: the expected name, then those of the certificate, a line each.
    CertWrongName "cert-wrong-name";
    /// Detail: who signed the last certificate of the chain.
    CertUnknownIssuer "cert-unknown-issuer";
    /// Detail: whose the certificate is.
    CertSelfSigned "cert-self-signed";
    /// The chain ends in a root that is not trusted. Detail: whose it is.
    CertUntrustedRoot "cert-untrusted-root";
    /// There is nothing to verify against. No detail.
    CertNoRoots "cert-no-roots";
    /// Not for servers (extended key usage). No detail.
    CertPurpose "cert-purpose";
    /// A CA's certificate as a server's own. No detail.
    CertIsCa "cert-is-ca";
    /// No detail.
    CertRevoked "cert-revoked";
    /// No detail.
    CertSignature "cert-signature";
    /// No detail.
    CertEncoding "cert-encoding";
    /// No certificate came at all. No detail.
    CertMissing "cert-missing";
    /// Anything else. Detail: the library's words.
    CertOther "cert-other";
    /// Detail: the system's words.
    System "system";
}

/// Something that did not work; `text` makes the sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// At which stage.
    pub stage: Stage,
    /// What.
    pub kind: FaultKind,
    /// Figures, names or the system's words, as the kind says.
    pub detail: String,
}

impl Fault {
    /// A fault with its detail.
    #[must_use]
    pub fn new(stage: Stage, kind: FaultKind, detail: impl Into<String>) -> Fault {
        Fault { stage, kind, detail: detail.into() }
    }

    /// Whose octets it is about, and how many, where the kind tells that.
    #[must_use]
    pub fn octets_of(&self) -> Option<(Role, u64)> {
        use FaultKind::{Cut, Gap, GapInFrame, HandshakeCut, Overlap, Undecoded};
        let (from, octets) = match self.kind {
            GapInFrame | Gap | Cut | HandshakeCut | Undecoded | Overlap => {
                self.detail.split_once(' ')?
            }
            _ => return None,
        };
        Some((pcapng::facts::role(from)?, octets.parse().ok()?))
    }
}
