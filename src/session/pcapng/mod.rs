//! The capture file: a pcapng (IETF draft-ietf-opsawg-pcapng) that Wireshark
//! opens as it is, on any port.
//!
//! One section, one interface (LINKTYPE_RAW, nanoseconds). Each recorded piece is
//! an IP + TCP packet with running sequence numbers; no packet holds octets of
//! two frames. What is not octets is a local-use block, which others skip.

pub mod facts;
pub mod packets;
pub mod read;
pub mod write;

/// Section Header Block.
pub const SHB: u32 = 0x0A0D_0D0A;
/// Interface Description Block.
pub const IDB: u32 = 1;
/// Packet Block: what Enhanced Packet Blocks were before pcapng had them.
pub const PB: u32 = 2;
/// Simple Packet Block.
pub const SPB: u32 = 3;
/// Enhanced Packet Block.
pub const EPB: u32 = 6;
/// Kinds of blocks that hold no packets: names, statistics, keys, somebody's own.
pub const OTHERS: [u32; 6] = [4, 5, 0xA, 0xBAD, 0x4000_0BAD, LOCAL];
/// Our local-use block: JSON, padded with spaces.
pub const LOCAL: u32 = 0x8000_0001;
/// LINKTYPE_RAW: the packet begins with its IP header.
pub const LINKTYPE_RAW: u16 = 101;
/// Option: a comment.
pub const OPT_COMMENT: u16 = 1;
/// Option of an EPB: its flags; bits 0 and 1 are the direction.
pub const EPB_FLAGS: u16 = 2;
/// `epb_flags`: the packet went to this end.
pub const INBOUND: u32 = 1;
/// `epb_flags`: the packet came from this end.
pub const OUTBOUND: u32 = 2;
/// Most octets of payload in one packet.
pub const MAX_SEGMENT: usize = 65_000;
