//! A capture read back block by block, without the program's own reader.

use std::path::Path;

/// What a capture holds of one direction of one connection.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Direction {
    /// Its octets, in order of recording.
    pub octets: Vec<u8>,
    pub syn: bool,
    pub fin: bool,
    pub rst: bool,
}

/// A packet of TCP.
#[derive(Debug)]
pub struct Packet {
    pub from: u16,
    pub to: u16,
    pub flags: u8,
    pub payload: Vec<u8>,
}

fn u16_at(octets: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(octets[at..at + 2].try_into().expect("two octets"))
}

fn u32_at(octets: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(octets[at..at + 4].try_into().expect("four octets"))
}

/// Every packet. Fails unless the file ends with a whole block.
#[track_caller]
pub fn packets(path: &Path) -> Vec<Packet> {
    let file = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(u32_at(&file, 0), 0x0A0D_0D0A, "a section header comes first");
    assert_eq!(u32_at(&file, 8), 0x1A2B_3C4D, "little-endian");
    let (mut packets, mut rest) = (Vec::new(), &file[..]);
    while !rest.is_empty() {
        assert!(rest.len() >= 12, "{} octets behind the last block", rest.len());
        let len = u32_at(rest, 4) as usize;
        assert!(len >= 12 && len <= rest.len(), "a block of {len} in {}", rest.len());
        let (block, behind) = rest.split_at(len);
        assert_eq!(u32_at(block, len - 4) as usize, len, "the length, repeated");
        match u32_at(block, 0) {
            1 => assert_eq!(u16_at(block, 8), 101, "LINKTYPE_RAW"),
            6 => packets.push(packet(&block[28..28 + u32_at(block, 20) as usize])),
            _ => {}
        }
        rest = behind;
    }
    packets
}

fn packet(ip: &[u8]) -> Packet {
    let tcp = match ip[0] >> 4 {
        4 => &ip[usize::from(ip[0] & 15) * 4..],
        6 => &ip[40..],
        version => panic!("IP version {version}"),
    };
    let port = |at: usize| u16::from_be_bytes([tcp[at], tcp[at + 1]]);
    let header = usize::from(tcp[12] >> 4) * 4;
    Packet { from: port(0), to: port(2), flags: tcp[13], payload: tcp[header..].to_vec() }
}

/// What went from one port to another, of the only connection between them.
#[track_caller]
pub fn direction(path: &Path, from: u16, to: u16) -> Direction {
    let mut direction = Direction::default();
    for packet in packets(path).iter().filter(|p| (p.from, p.to) == (from, to)) {
        direction.octets.extend(&packet.payload);
        direction.fin |= packet.flags & 1 != 0;
        direction.syn |= packet.flags & 2 != 0;
        direction.rst |= packet.flags & 4 != 0;
    }
    direction
}
