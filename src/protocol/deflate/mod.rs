//! permessage-deflate (RFC 7692): what two ends agree on, and messages compressed
//! and inflated as they agreed.
//!
//! The codec is `flate2` on zlib-rs. Which frames are compressed, and what follows
//! from data that is not, is [`super::half`]'s and [`super::connection`]'s.
//!
//! Data is inflated with the largest window, whatever was agreed: what fits a smaller
//! one fits that too. zlib minds a distance beyond its window only where it does not
//! happen to hold those octets, so with a smaller one the verdict would depend on how
//! the network cut the data.
//!
//! A window of 8 bits: zlib cannot compress raw data with it. A server declines an
//! offer that asks for it, and an end that agreed to it sends uncompressed, as it may
//! ([`Deflater::new`]).

mod deflater;
mod inflater;
pub mod negotiation;
mod parameters;

pub use deflater::Deflater;
pub use inflater::{InflateError, Inflater};
pub use negotiation::{AnswerFault, Decline, Outcome};
pub use parameters::{ClientWindow, Name, ParameterFault, Parameters};

/// The extension's name (§7).
pub const EXTENSION: &str = "permessage-deflate";

/// Octets that the compressor's last flush ends with, and that are not sent (§7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// How one end compresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Direction {
    /// A message may refer to the one before.
    pub context_takeover: bool,
    /// Base-2 logarithm of the window, 8 to 15.
    pub window_bits: u8,
}
