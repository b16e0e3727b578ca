//! A TCP connection packet by packet, and files of packets.

use super::super::rig;
use etherparse::{
    EtherType, IpNumber, Ipv4Header, Ipv4Options, Ipv6FlowLabel, Ipv6Header, Ipv6RawExtHeader,
    TcpHeader,
};
use std::path::{Path, PathBuf};
use wsscope::protocol::{Opcode, Role};
use wsscope::session::open::{self, Choice, Opened, Progress};
use wsscope::session::recorder::SharedLog;
use wsscope::session::source::Source;
use wsscope::session::{Kind, Log};

/// One segment of a connection.
#[derive(Clone, Debug, Default)]
pub struct Segment {
    pub server: bool,
    pub ports: [u16; 2],
    pub seq: u32,
    pub ack: Option<u32>,
    pub flags: &'static str,
    pub payload: Vec<u8>,
    /// Milliseconds.
    pub time: u64,
}

/// A connection between 192.0.2.1 and 192.0.2.2.
#[derive(Clone, Debug)]
pub struct Talk {
    pub segments: Vec<Segment>,
    ports: [u16; 2],
    next: [u32; 2],
    time: u64,
}

impl Talk {
    /// Before its SYN, with the first sequence numbers of both ends.
    pub fn new(port: u16, first: [u32; 2]) -> Talk {
        Talk { segments: Vec::new(), ports: [port, 80], next: first, time: 1_000 }
    }

    /// One whose opening handshake is done.
    pub fn open(port: u16) -> Talk {
        let mut talk = Talk::new(port, [1_000, 5_000]);
        talk.establish();
        talk.upgrade();
        talk
    }

    fn push(&mut self, from: Role, flags: &'static str, payload: &[u8]) {
        let (me, peer) = (from.index(), from.peer().index());
        let first = flags == "S" && from == Role::Client;
        self.time += 1;
        self.segments.push(Segment {
            server: from == Role::Server,
            ports: self.ports,
            seq: self.next[me],
            ack: (!first).then_some(self.next[peer]),
            flags,
            payload: payload.to_vec(),
            time: self.time,
        });
        let counted = flags.contains(['S', 'F']);
        self.next[me] = self.next[me].wrapping_add(payload.len() as u32 + u32::from(counted));
    }

    pub fn establish(&mut self) {
        self.push(Role::Client, "S", b"");
        self.push(Role::Server, "S", b"");
        self.push(Role::Client, "", b"");
    }

    pub fn upgrade(&mut self) {
        self.say(Role::Client, rig::REQUEST);
        self.say(Role::Server, rig::RESPONSE);
    }

    /// A segment with these octets.
    pub fn say(&mut self, from: Role, octets: impl AsRef<[u8]>) {
        self.push(from, "P", octets.as_ref());
    }

    /// These octets in segments of so many.
    pub fn say_in(&mut self, from: Role, octets: &[u8], size: usize) {
        octets.chunks(size).for_each(|octets| self.say(from, octets));
    }

    pub fn frame(&mut self, from: Role, opcode: Opcode, payload: &[u8]) {
        self.say(from, rig::frame(from, opcode, payload));
    }

    pub fn ack(&mut self, from: Role) {
        self.push(from, "", b"");
    }

    pub fn fin(&mut self, from: Role) {
        self.push(from, "F", b"");
    }

    pub fn rst(&mut self, from: Role) {
        self.push(from, "R", b"");
    }

    /// A conversation in which every message answers the one before, with Closes
    /// and FINs, `size` octets a segment.
    pub fn whole(first: [u32; 2], size: usize) -> Talk {
        let mut talk = Talk::new(50_001, first);
        talk.establish();
        talk.say_in(Role::Client, rig::REQUEST.as_bytes(), size);
        talk.say_in(Role::Server, rig::RESPONSE.as_bytes(), size);
        let long = "火星 ".repeat(60);
        for text in ["hello", long.as_str(), "", "a shorter one"] {
            for from in Role::BOTH {
                let octets = rig::frame(from, Opcode::TEXT, text.as_bytes());
                talk.say_in(from, &octets, size);
            }
        }
        for (from, opcode) in [(Role::Server, Opcode::PING), (Role::Client, Opcode::PONG)] {
            talk.say_in(from, &rig::frame(from, opcode, b"beat"), size);
        }
        for from in [Role::Server, Role::Client] {
            talk.say_in(from, &rig::frame(from, Opcode::CLOSE, b"\x03\xe8bye"), size);
        }
        talk.fin(Role::Server);
        talk.fin(Role::Client);
        talk.ack(Role::Server);
        talk
    }
}

/// How packets are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Ethernet,
    Vlan,
    QinQ,
    Cooked,
    Cooked2,
    Null,
    Loop,
    Raw,
    Options,
    Ipv6,
    Extensions,
}

impl Link {
    pub const ALL: [Link; 11] = [
        Link::Ethernet,
        Link::Vlan,
        Link::QinQ,
        Link::Cooked,
        Link::Cooked2,
        Link::Null,
        Link::Loop,
        Link::Raw,
        Link::Options,
        Link::Ipv6,
        Link::Extensions,
    ];

    pub fn number(self) -> u16 {
        match self {
            Link::Ethernet | Link::Vlan | Link::QinQ => 1,
            Link::Cooked => 113,
            Link::Cooked2 => 276,
            Link::Null => 0,
            Link::Loop => 108,
            Link::Raw => 101,
            Link::Options => 228,
            Link::Ipv6 => 229,
            Link::Extensions => 12,
        }
    }

    fn header(self) -> Vec<u8> {
        let v4 = EtherType::IPV4.0.to_be_bytes();
        match self {
            Link::Ethernet => [&[2; 6][..], &[4; 6], &v4].concat(),
            Link::Vlan => [&[2; 6][..], &[4; 6], &[0x81, 0, 0, 7], &v4].concat(),
            Link::QinQ => [&[2; 6][..], &[4; 6], &[0x88, 0xA8, 0, 7, 0x81, 0, 0, 8], &v4].concat(),
            Link::Cooked => [&[0, 4, 0, 1, 0, 6][..], &[4; 8], &v4].concat(),
            Link::Cooked2 => [&v4[..], &[0, 0, 0, 0, 0, 2, 0, 1, 4, 6], &[4; 8]].concat(),
            Link::Null => 2u32.to_le_bytes().to_vec(),
            Link::Loop => 2u32.to_be_bytes().to_vec(),
            Link::Raw | Link::Options | Link::Ipv6 | Link::Extensions => Vec::new(),
        }
    }

    /// The packet of a segment.
    pub fn packet(self, segment: &Segment) -> Vec<u8> {
        let [client, server] = segment.ports;
        let (from, to) = if segment.server { (server, client) } else { (client, server) };
        let mut tcp = TcpHeader::new(from, to, segment.seq, 65_000);
        let flag = |flag: char| segment.flags.contains(flag);
        (tcp.syn, tcp.fin, tcp.rst, tcp.psh) = (flag('S'), flag('F'), flag('R'), flag('P'));
        (tcp.ack, tcp.acknowledgment_number) =
            (segment.ack.is_some(), segment.ack.unwrap_or_default());
        let len = tcp.header_len() + segment.payload.len();
        let mut packet = self.header();
        if matches!(self, Link::Ipv6 | Link::Extensions) {
            let more = Ipv6RawExtHeader::new_raw(IpNumber::TCP, &[1, 4, 0, 0, 0, 0]).unwrap();
            let more = if self == Link::Extensions { more.to_bytes().to_vec() } else { Vec::new() };
            let mut ends = [[0x20; 16], [0x21; 16]];
            ends.rotate_left(usize::from(segment.server));
            let header = Ipv6Header {
                traffic_class: 0,
                flow_label: Ipv6FlowLabel::ZERO,
                payload_length: (len + more.len()) as u16,
                next_header: if more.is_empty() { IpNumber::TCP } else { IpNumber(0) },
                hop_limit: 64,
                source: ends[0],
                destination: ends[1],
            };
            packet.extend_from_slice(&header.to_bytes());
            packet.extend_from_slice(&more);
        } else {
            let mut ends = [[192, 0, 2, 1], [192, 0, 2, 2]];
            ends.rotate_left(usize::from(segment.server));
            let mut header =
                Ipv4Header::new(len as u16, 64, IpNumber::TCP, ends[0], ends[1]).unwrap();
            if self == Link::Options {
                header.options = Ipv4Options::from([7, 7, 4, 0, 0, 0, 0, 0]);
                header.set_payload_len(len).unwrap();
            }
            header.header_checksum = header.calc_header_checksum();
            packet.extend_from_slice(&header.to_bytes());
        }
        packet.extend_from_slice(&tcp.to_bytes());
        packet.extend_from_slice(&segment.payload);
        if self.number() == 1 {
            packet.resize(packet.len().max(60), 0xEE); // padding of Ethernet
        }
        packet
    }
}

/// A packet in a file: milliseconds, octets captured, octets that it had.
pub type Packet = (u64, Vec<u8>, usize);

pub fn packets(link: Link, segments: &[Segment]) -> Vec<Packet> {
    let packet = |segment: &Segment| {
        let packet = link.packet(segment);
        let len = packet.len();
        (segment.time, packet, len)
    };
    segments.iter().map(packet).collect()
}

/// A classic pcap.
pub fn pcap(link: u16, big: bool, nanos: bool, packets: &[Packet]) -> Vec<u8> {
    let u32 = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let u16 = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let magic = if nanos { 0xA1B2_3C4D } else { 0xA1B2_C3D4 };
    let mut out =
        [u32(magic), [u16(2), u16(4)].concat().try_into().unwrap(), u32(0), u32(0)].concat();
    out.extend_from_slice(&u32(65_535));
    out.extend_from_slice(&u32(u32::from(link)));
    for (time, data, original) in packets {
        let unit = if nanos { 1_000_000 } else { 1_000 };
        let numbers = [time / 1000, time % 1000 * unit, data.len() as u64, *original as u64];
        numbers.iter().for_each(|n| out.extend_from_slice(&u32(*n as u32)));
        out.extend_from_slice(data);
    }
    out
}

/// A plain one, of Ethernet.
pub fn dump(segments: &[Segment]) -> Vec<u8> {
    pcap(1, false, false, &packets(Link::Ethernet, segments))
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    body.resize(body.len().next_multiple_of(4), 0);
    let len = (body.len() as u32 + 12).to_le_bytes();
    [&kind.to_le_bytes()[..], &len, &body, &len].concat()
}

/// A pcapng of several interfaces, the packets dealt to them in turn; with `simple`
/// in Simple Packet Blocks, which know one interface and no time.
pub fn pcapng(links: &[Link], segments: &[Segment], simple: bool) -> Vec<u8> {
    let mut out =
        block(0x0A0D_0D0A, &[&[0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0][..], &[0xFF; 8]].concat());
    for link in links {
        let body = [&link.number().to_le_bytes()[..], &[0; 6]].concat();
        out.extend(block(1, &body));
    }
    for (n, segment) in segments.iter().enumerate() {
        let interface = n % links.len();
        let packet = links[interface].packet(segment);
        let len = (packet.len() as u32).to_le_bytes();
        let time = segment.time * 1_000;
        let time = [((time >> 32) as u32).to_le_bytes(), (time as u32).to_le_bytes()].concat();
        let interface = (interface as u32).to_le_bytes();
        out.extend(match simple {
            true => block(3, &[&len[..], &packet].concat()),
            false => block(6, &[&interface[..], &time, &len, &len, &packet].concat()),
        });
    }
    out
}

/// A capture that was opened.
pub struct Seen {
    pub log: SharedLog,
    pub source: Source,
    pub opened: Opened,
    pub path: PathBuf,
    _folder: tempfile::TempDir,
}

pub fn open(octets: &[u8]) -> Seen {
    open_stream(octets, None)
}

pub fn open_stream(octets: &[u8], choice: Option<Choice>) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture");
    std::fs::write(&path, octets).unwrap();
    let (log, opened) = open_path(&path, choice);
    let source = Source::new(std::fs::File::open(&path).unwrap());
    Seen { log, source, opened, path, _folder: folder }
}

pub fn open_path(path: &Path, choice: Option<Choice>) -> (SharedLog, Opened) {
    let log = SharedLog::default();
    let file = std::fs::File::open(path).unwrap();
    let opened = open::open_stream(file, choice, &log, &Progress::default()).unwrap();
    (log, opened)
}

/// A row without its time, place and number; with its octets.
pub fn line(log: &Log, source: &Source, index: u64) -> String {
    let row = log.row(index).unwrap();
    let from = row.from().map_or("", Role::word);
    let octets = source.row_octets(log, index, 0, u64::MAX).unwrap();
    assert_eq!(octets.len() as u64, log.octets_len(index));
    let what = match row.kind {
        Kind::Frame => format!("{:?} of {}", row.opcode(), log.payload_len(index)),
        Kind::Tcp => row.tcp_event().word().to_owned(),
        Kind::Fault => {
            let fault = log.fault(index).unwrap();
            format!("{} {}", fault.kind.word(), fault.detail)
        }
        _ => String::new(),
    };
    let whole = if row.is_complete() { "" } else { " not complete" };
    let rules: Vec<_> = log.violations(index).iter().map(|v| v.rule.id()).collect();
    let octets: String = octets.iter().map(|o| format!("{o:02x}")).collect();
    format!("{} {:?} {from} {what}{whole} {rules:?} {octets}", row.connection, row.kind)
}

impl Seen {
    /// What was seen, without times.
    pub fn story(&self) -> Vec<String> {
        let log = self.log.read();
        (0..log.len()).map(|index| line(&log, &self.source, index)).collect()
    }

    /// The kinds and details of faults.
    pub fn faults(&self) -> Vec<String> {
        let log = self.log.read();
        let faults = (0..log.len()).filter_map(|index| log.fault(index));
        faults.map(|fault| format!("{} {}", fault.kind.word(), fault.detail)).collect()
    }

    /// Whole frames.
    pub fn frames(&self) -> Vec<String> {
        self.story()
            .into_iter()
            .filter(|line| line.contains(" Frame ") && !line.contains("not complete"))
            .collect()
    }
}
