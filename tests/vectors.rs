//! The examples of RFC 6455, octet by octet: the frames of §5.7, read and
//! written, and the accept key of §1.3.

use wsscope::protocol::header::{LengthForm, write_frame};
use wsscope::protocol::opening_handshake::derive_accept;
use wsscope::protocol::{Header, Opcode, Role};

/// The masking-key of the masked examples.
pub const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// One frame of an example: FIN, opcode, masking-key, length form, payload.
pub type Frame = (bool, Opcode, Option<[u8; 4]>, LengthForm, Vec<u8>);

/// An example: its sentence in §5.7, who sends it, its octets, its frames.
pub type Vector = (&'static str, Role, Vec<u8>, Vec<Frame>);

/// The examples of §5.7, in its order.
#[must_use]
pub fn all() -> Vec<Vector> {
    use LengthForm::{Bits7, Bits16, Bits64};
    use Role::{Client, Server};
    let binary = |len: usize| (0..=255u8).cycle().take(len).collect::<Vec<u8>>();
    vec![
        (
            "a single-frame unmasked text message",
            Server,
            b"\x81\x05\x48\x65\x6c\x6c\x6f".to_vec(),
            vec![(true, Opcode::TEXT, None, Bits7, b"Hello".to_vec())],
        ),
        (
            "a single-frame masked text message",
            Client,
            b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58".to_vec(),
            vec![(true, Opcode::TEXT, Some(KEY), Bits7, b"Hello".to_vec())],
        ),
        (
            "a fragmented unmasked text message",
            Server,
            b"\x01\x03\x48\x65\x6c\x80\x02\x6c\x6f".to_vec(),
            vec![
                (false, Opcode::TEXT, None, Bits7, b"Hel".to_vec()),
                (true, Opcode::CONTINUATION, None, Bits7, b"lo".to_vec()),
            ],
        ),
        (
            "an unmasked Ping",
            Server,
            b"\x89\x05\x48\x65\x6c\x6c\x6f".to_vec(),
            vec![(true, Opcode::PING, None, Bits7, b"Hello".to_vec())],
        ),
        (
            "the masked Pong that answers it",
            Client,
            b"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58".to_vec(),
            vec![(true, Opcode::PONG, Some(KEY), Bits7, b"Hello".to_vec())],
        ),
        (
            "256 octets of binary in a single unmasked frame",
            Server,
            [&b"\x82\x7e\x01\x00"[..], &binary(256)].concat(),
            vec![(true, Opcode::BINARY, None, Bits16, binary(256))],
        ),
        (
            "64 KiB of binary in a single unmasked frame",
            Server,
            [&b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"[..], &binary(65536)].concat(),
            vec![(true, Opcode::BINARY, None, Bits64, binary(65536))],
        ),
    ]
}

#[test]
fn each_example_is_read_as_the_rfc_says() {
    for (name, _, octets, frames) in all() {
        let mut rest = &octets[..];
        for (fin, opcode, key, form, payload) in frames {
            let header = Header::parse(rest).expect(name);
            assert_eq!((header.fin, header.opcode), (fin, opcode), "{name}");
            assert!(!header.rsv1 && !header.rsv2 && !header.rsv3, "{name}");
            assert_eq!((header.masking_key, header.length_form), (key, form), "{name}");
            assert_eq!(header.payload_len, payload.len() as u64, "{name}");
            let (frame, behind) = rest.split_at(header.octets() + payload.len());
            let mut unmasked = frame[header.octets()..].to_vec();
            if let Some(key) = key {
                wsscope::protocol::mask::apply(key, 0, &mut unmasked);
            }
            assert_eq!(unmasked, payload, "{name}");
            rest = behind;
        }
        assert!(rest.is_empty(), "{name}: {rest:x?} left");
    }
}

#[test]
fn each_example_is_written_as_the_rfc_says() {
    for (name, _, octets, frames) in all() {
        let mut written = Vec::new();
        for (fin, opcode, key, _, payload) in frames {
            let header = Header { fin, ..Header::new(opcode, payload.len() as u64, key) };
            write_frame(&header, &payload, &mut written);
        }
        assert_eq!(written, octets, "{name}");
    }
}

#[test]
fn no_beginning_of_a_header_is_taken_for_one() {
    for (name, _, octets, _) in all() {
        let header = Header::parse(&octets).expect(name);
        for cut in 0..header.octets() {
            assert_eq!(Header::parse(&octets[..cut]), None, "{name} cut at {cut}");
        }
    }
}

#[test]
fn the_accept_key_is_derived_in_the_steps_of_the_rfc() {
    let derivation = derive_accept("dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!(
        derivation.concatenation,
        "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    );
    assert_eq!(
        derivation.sha1,
        *b"\xb3\x7a\x4f\x2c\xc0\x62\x4f\x16\x90\xf6\x46\x06\xcf\x38\x59\x45\xb2\xbe\xc4\xea"
    );
    assert_eq!(derivation.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}
