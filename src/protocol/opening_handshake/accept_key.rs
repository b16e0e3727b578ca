//! From a request's `Sec-WebSocket-Key` to the response's proof (RFC 6455 §4.2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// The GUID that §1.3 appends to the key.
pub const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The two steps from a key to `Sec-WebSocket-Accept`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AcceptDerivation {
    /// Key and GUID, one behind the other.
    pub concatenation: String,
    /// SHA-1 of it.
    pub sha1: [u8; 20],
    /// That in base64: the header's value.
    pub accept: String,
}

/// Derives `Sec-WebSocket-Accept` as §4.2.2 says.
#[must_use]
pub fn derive_accept(key: &str) -> AcceptDerivation {
    let concatenation = format!("{key}{GUID}");
    let sha1: [u8; 20] = Sha1::digest(concatenation.as_bytes()).into();
    AcceptDerivation { accept: STANDARD.encode(sha1), concatenation, sha1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rfcs_own_example_key() {
        let derivation = derive_accept("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(derivation.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(derivation.sha1[..4], [0xb3, 0x7a, 0x4f, 0x2c]);
    }
}
