//! Every link type, format and byte order tells the same story.

use super::builder::{Link, Talk, dump, open, packets, pcap, pcapng};
use std::io::Write as _;
use wsscope::session::import::Input;
use wsscope::session::open::{LeftOut, Progress};
use wsscope::session::save::{self, Masks};

#[test]
fn every_link_type_and_format_tells_the_same() {
    let talk = Talk::whole([1_000, 5_000], 100);
    let expected = open(&dump(&talk.segments)).story();
    assert!(expected.len() > 15, "{expected:#?}");
    for link in Link::ALL {
        let packets = packets(link, &talk.segments);
        for (big, nanos) in [(false, false), (false, true), (true, false), (true, true)] {
            let seen = open(&pcap(link.number(), big, nanos, &packets));
            assert_eq!(seen.story(), expected, "{link:?}, big-endian {big}, nanoseconds {nanos}");
            assert_eq!(seen.opened.left_out, LeftOut::default());
            assert_eq!(seen.log.read().start(), Some(1_001_000_000));
        }
        let seen = open(&pcapng(&[link], &talk.segments, false));
        assert_eq!(seen.story(), expected, "{link:?} in a pcapng");
        assert_eq!(seen.log.read().start(), Some(1_001_000_000));
    }
    let links = [Link::Ethernet, Link::Cooked2, Link::Null];
    let seen = open(&pcapng(&links, &talk.segments, false));
    assert_eq!(seen.story(), expected, "several interfaces");
    let seen = open(&pcapng(&[Link::Cooked], &talk.segments, true));
    assert_eq!(seen.story(), expected, "Simple Packet Blocks");
}

#[test]
fn several_sections_are_one_capture() {
    let [one, two] = [50_001, 50_002].map(|port| {
        let mut talk = Talk::open(port);
        talk.fin(wsscope::protocol::Role::Client);
        talk
    });
    let octets = [
        pcapng(&[Link::Raw], &one.segments, false),
        pcapng(&[Link::Ethernet, Link::Vlan], &two.segments, false),
    ];
    let seen = open(&octets.concat());
    assert_eq!(seen.log.read().connections().len(), 2);
    assert_eq!(seen.opened.left_out, LeftOut::default());
}

#[test]
fn a_capture_in_gzip_is_unpacked() {
    let talk = Talk::whole([1_000, 5_000], 100);
    let octets = dump(&talk.segments);
    let expected = open(&octets).story();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&octets).unwrap();
    let packed = packer.finish().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.pcap.gz");
    for cut in [packed.len(), packed.len() / 2] {
        std::fs::write(&path, &packed[..cut]).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let file = Input::of_file(file, None).unwrap().packets(&Progress::default()).unwrap();
        let mut unpacked = Vec::new();
        std::io::Read::read_to_end(&mut &file, &mut unpacked).unwrap();
        let story = open(&unpacked).story();
        if cut == packed.len() {
            assert_eq!(story, expected);
        } else {
            assert!(unpacked.len() < octets.len() && octets.starts_with(&unpacked));
        }
    }
}

#[test]
fn a_pcap_is_saved_as_a_pcapng_with_every_packet() {
    let talk = Talk::whole([1_000, 5_000], 100);
    for nanos in [false, true] {
        let packets = packets(Link::Cooked2, &talk.segments);
        let seen = open(&pcap(276, true, nanos, &packets));
        let to = seen.path.with_extension("pcapng");
        save::copy(&seen.path, &to, &Masks::default()).unwrap();
        let copy = open(&std::fs::read(&to).unwrap());
        assert_eq!(copy.story(), seen.story());
        assert_eq!(copy.log.read().start(), seen.log.read().start());
        let masks = save::credentials(&seen.log.read(), &seen.source).unwrap();
        assert_eq!(masks.pieces, [], "there are none");
    }
}
