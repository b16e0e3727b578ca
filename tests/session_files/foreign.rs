//! Captures as tcpdump, dumpcap and Wireshark make them, of every link type and
//! format, whole, shuffled, full of holes and damaged.

pub mod builder;
mod chosen;
mod cut;
mod gaps;
mod links;
mod order;
mod others;

pub use cut::captures;
