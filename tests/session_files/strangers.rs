//! Captures that other programs made, in either byte order.

use super::rig::{self, REQUEST, RESPONSE};
use wsscope::protocol::{Opcode, Role};
use wsscope::session::notes::{Note, Subject};
use wsscope::session::open::LeftOut;
use wsscope::session::pcapng::packets::{Flags, Flow};
use wsscope::session::save::{self, Masks};
use wsscope::session::source::Source;
use wsscope::text::Lang;

/// Writes blocks in a byte order.
pub struct Other {
    pub big: bool,
    /// The kind of its packets: 6, or 2 as before pcapng had those.
    pub packets: u32,
    pub octets: Vec<u8>,
}

impl Other {
    pub fn u16(&self, n: u16) -> [u8; 2] {
        if self.big { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    pub fn u32(&self, n: u32) -> [u8; 4] {
        if self.big { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    pub fn option(&self, code: u16, value: &[u8]) -> Vec<u8> {
        let mut out = [self.u16(code), self.u16(value.len() as u16)].concat();
        out.extend_from_slice(value);
        out.resize(out.len().next_multiple_of(4), 0);
        out
    }

    pub fn block(&mut self, kind: u32, body: &[&[u8]]) {
        let mut body = body.concat();
        body.resize(body.len().next_multiple_of(4), 0);
        let len = self.u32(body.len() as u32 + 12);
        self.octets.extend_from_slice(&self.u32(kind));
        self.octets.extend_from_slice(&len);
        self.octets.extend_from_slice(&body);
        self.octets.extend_from_slice(&len);
    }

    fn packet(&mut self, flow: &mut Flow, from: Role, flags: Flags, payload: &[u8], flag: u32) {
        let mut packet = Vec::new();
        flow.header(from, flags, payload.len(), &mut packet);
        packet.extend_from_slice(payload);
        let len = self.u32(packet.len() as u32);
        packet.resize(packet.len().next_multiple_of(4), 0);
        // Of interface 0, before which the old kind has seen packets dropped.
        let interface = match self.packets {
            2 => [self.u16(0), self.u16(7)].concat().try_into().unwrap(),
            _ => self.u32(0),
        };
        // Microseconds since a quarter past the interface's offset.
        let head = [interface, self.u32(0), self.u32(900_000_000), len, len].concat();
        let comment = self.option(1, b"a word of somebody");
        let unknown = self.option(0x7777, b"?");
        let flags = self.option(2, &self.u32(flag));
        let end = self.option(0, &[]);
        self.block(self.packets, &[&head, &packet, &comment, &unknown, &flags, &end]);
    }
}

fn capture(big: bool, flag: u32) -> Vec<u8> {
    capture_of(6, big, flag)
}

fn capture_of(packets: u32, big: bool, flag: u32) -> Vec<u8> {
    let mut other = Other { big, packets, octets: Vec::new() };
    let (magic, version) = (other.u32(0x1A2B_3C4D), [other.u16(1), other.u16(0)].concat());
    let (comment, end) = (other.option(1, b"wsscope is no fact here"), other.option(0, &[]));
    other.block(0x0A0D_0D0A, &[&magic, &version, &[0xFF; 8], &comment, &end]);
    let link = [other.u16(101), other.u16(0)].concat();
    let offset: u64 = 1_700_000_000;
    let offset = if big { offset.to_be_bytes() } else { offset.to_le_bytes() };
    let (snap, offset) = (other.u32(0), other.option(14, &offset));
    other.block(1, &[&link, &snap, &offset, &end]);
    other.block(4, &[&other.u16(0), &other.u16(0)]);
    other.block(0xBAD, &[&other.u32(32473), b"somebody's own"]);
    let address = |text: &str| text.parse().unwrap();
    let mut flow = Flow::new(address("192.0.2.1:50001"), address("192.0.2.2:80"));
    let syn = Flags { syn: true, ..Flags::default() };
    let (push, fin) =
        (Flags { psh: true, ..Flags::default() }, Flags { fin: true, ..Flags::default() });
    let text = rig::frame(Role::Server, Opcode::TEXT, b"hi");
    for (from, flags, payload) in [
        (Role::Client, syn, &b""[..]),
        (Role::Server, syn, b""),
        (Role::Client, push, REQUEST.as_bytes()),
        (Role::Server, push, RESPONSE.as_bytes()),
        (Role::Server, push, &text),
        (Role::Server, fin, b""),
        (Role::Client, fin, b""),
    ] {
        other.packet(&mut flow, from, flags, payload, flag);
        other.block(5, &[&other.u32(0), &[0; 8]]);
    }
    other.octets
}

#[test]
fn a_strangers_capture_opens_and_is_copied_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    for big in [false, true] {
        let (from, to) = (folder.path().join("other.pcapng"), folder.path().join("copy.pcapng"));
        let octets = capture(big, 0);
        std::fs::write(&from, &octets).unwrap();
        let (log, opened) = rig::open(&from);
        assert_eq!(
            (opened.damaged_at, opened.left_out),
            (None, LeftOut::default()),
            "big-endian: {big}"
        );
        assert_eq!(log.read().len(), 7, "big-endian: {big}");
        assert_eq!(log.read().start(), Some(1_700_000_900_000_000_000));
        // The direction is flagged as unknown, so neither end is this machine's.
        assert_eq!(log.read().connections()[0].role, None);
        seen.push(rig::session(&log, &from));
        save::copy(&from, &to, &Masks::default()).unwrap();
        assert!(std::fs::read(&to).unwrap() == octets, "big-endian: {big}");
    }
    rig::same(&seen[0], &seen[1]);
}

#[test]
fn a_packets_direction_says_which_end_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.pcapng");
    for big in [false, true] {
        for (flag, role) in [(1, Role::Server), (2, Role::Client), (0x12, Role::Client)] {
            std::fs::write(&path, capture(big, flag)).unwrap();
            let (log, _) = rig::open(&path);
            assert_eq!(log.read().connections()[0].role, Some(role), "{flag}");
        }
    }
}

/// A packet's time in a capture whose interface has this `if_tsresol`, and what was said.
fn clock(resolution: u8, units: u64) -> (Option<u64>, Option<String>) {
    let mut other = Other { big: false, packets: 6, octets: Vec::new() };
    let (magic, version) = (other.u32(0x1A2B_3C4D), [other.u16(1), other.u16(0)].concat());
    other.block(0x0A0D_0D0A, &[&magic, &version, &[0xFF; 8]]);
    let (link, snap) = ([other.u16(101), other.u16(0)].concat(), other.u32(0));
    let (option, end) = (other.option(9, &[resolution]), other.option(0, &[]));
    other.block(1, &[&link, &snap, &option, &end]);
    let address = |text: &str| text.parse().unwrap();
    let mut flow = Flow::new(address("192.0.2.1:50001"), address("192.0.2.2:80"));
    let push = Flags { psh: true, ..Flags::default() };
    let mut packet = Vec::new();
    flow.header(Role::Client, push, REQUEST.len(), &mut packet);
    packet.extend_from_slice(REQUEST.as_bytes());
    let len = other.u32(packet.len() as u32);
    let time = [other.u32((units >> 32) as u32), other.u32(units as u32)].concat();
    other.block(6, &[&other.u32(0), &time, &len, &len, &packet]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.pcapng");
    std::fs::write(&path, &other.octets).unwrap();
    let (log, opened) = rig::open(&path);
    (log.read().start(), wsscope::text::opened::opened(Lang::En, &opened))
}

#[test]
fn a_clock_may_count_in_powers_of_two_and_of_ten() {
    let second = 1_795_392_247;
    let quarter = second * 1_000_000_000 + 250_000_000;
    assert_eq!(clock(0x94, second << 20 | 1 << 18), (Some(quarter), None), "2^-20 s");
    assert_eq!(clock(0x9E, second << 30 | 1 << 28), (Some(quarter), None), "2^-30 s");
    assert_eq!(clock(0x80, second), (Some(second * 1_000_000_000), None), "2^0 s");
    assert_eq!(clock(0, second), (Some(second * 1_000_000_000), None), "10^0 s");
    assert_eq!(clock(3, second * 1000 + 250), (Some(quarter), None), "10^-3 s");
    for (resolution, unit) in [(0xC0, "2^-64 s"), (0xFF, "2^-127 s"), (20, "10^-20 s")] {
        let (_, said) = clock(resolution, second);
        let said = said.expect("a sentence");
        assert!(said.contains("octet 28") && said.contains(unit), "{said}");
    }
}

#[test]
fn old_packet_blocks_are_read_and_keep_their_notes() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("old.pcapng"), folder.path().join("copy.pcapng"));
    for big in [false, true] {
        std::fs::write(&from, capture(big, 2)).unwrap();
        let (log, _) = rig::open(&from);
        let expected = rig::session(&log, &from);
        std::fs::write(&from, capture_of(2, big, 2)).unwrap();
        let (log, opened) = rig::open(&from);
        assert_eq!(opened.left_out, LeftOut::default(), "big-endian: {big}");
        rig::same(&rig::session(&log, &from), &expected);
        assert_eq!(log.read().notes().text(Subject::Row(4)), Some("a word of somebody"));
        log.write().set_note(Note::new(Subject::Row(3), "a word of ours", false));
        log.write().publish();
        let source = Source::new(std::fs::File::open(&from).unwrap());
        save::copy_noted(&source, &log, &to, &Masks::default()).unwrap();
        let (copy, _) = rig::open(&to);
        assert_eq!(copy.read().notes().text(Subject::Row(3)), Some("a word of ours"));
    }
}

#[test]
fn blocks_that_are_not_read_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unknown.pcapng");
    for big in [false, true] {
        let mut other = Other { big, packets: 6, octets: capture(big, 0) };
        other.block(0x0DEAD, &[b"a packet of another day"]);
        std::fs::write(&path, &other.octets).unwrap();
        let (log, opened) = rig::open(&path);
        assert_eq!(log.read().len(), 7);
        assert_eq!(opened.left_out, LeftOut { blocks: 1, ..LeftOut::default() });
        let said = wsscope::text::opened::opened(Lang::En, &opened);
        assert_eq!(said.as_deref(), Some("left out: 1 block of a kind that is not read"));
    }
}
