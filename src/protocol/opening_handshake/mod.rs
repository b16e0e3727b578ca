//! The opening handshake (RFC 6455 §4): HTTP heads read, judged and written.
//!
//! Reading is `httparse`'s; judging is ours, since an inspector must show what
//! an ordinary library refuses. The heads' octets themselves are kept verbatim
//! by whoever records them.

mod accept_key;
mod head;
mod request;
mod response;

pub use accept_key::{AcceptDerivation, GUID, derive_accept};
pub use head::{Head, LineFlaws, StartLine, latin1, seems_to_ask_upgrade};
pub use request::{RequestParts, judge_request, refusal_status, write_request};
pub use response::{
    Answer, Flaw, ResponseParts, Subprotocol, client_refuses, judge_response, write_accept,
    write_refusal,
};

/// Longest head, and longest body of a refusal, that is read: 64 KiB as a
/// limit of an endpoint.
pub const MAX_HEAD: usize = 64 * 1024;
