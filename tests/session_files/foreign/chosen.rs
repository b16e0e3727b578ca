//! Which streams are shown, which are counted, and which can be chosen.

use super::super::rig;
use super::builder::{Link, Talk, dump, open, open_stream, packets, pcap};
use wsscope::protocol::{Opcode, Role};
use wsscope::session::open::LeftOut;

#[test]
fn an_upgrade_may_be_any_request() {
    let plain = "GET /page HTTP/1.1\r\nHost: h\r\n\r\n";
    let post = "POST /form HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nGET ";
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    let mut talk = Talk::new(50_001, [1_000, 5_000]);
    talk.establish();
    for request in [plain, post, plain] {
        talk.say(Role::Client, request);
        talk.say(Role::Server, answer);
    }
    talk.upgrade();
    talk.frame(Role::Server, Opcode::TEXT, b"hi");
    let seen = open(&dump(&talk.segments));
    let expected = {
        let mut talk = Talk::open(50_001);
        talk.frame(Role::Server, Opcode::TEXT, b"hi");
        open(&dump(&talk.segments)).story()
    };
    assert_eq!(seen.story(), expected);
    assert_eq!(seen.opened.left_out, LeftOut::default());
}

#[test]
fn what_is_left_out_is_counted() {
    let mut all = Vec::new();
    let first = [
        (50_001, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        (50_002, "\x16\x03\x01\x02\x00\x01\x00\x01"),
        (50_003, "SSH-2.0-OpenSSH_9.2\r\n"),
    ];
    for (port, octets) in first {
        let mut talk = Talk::new(port, [1, 1]);
        talk.establish();
        talk.say(Role::Client, octets);
        talk.say(Role::Server, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        all.extend(talk.segments);
    }
    all.extend(Talk::open(50_004).segments);
    let mut file = packets(Link::Ethernet, &all);
    let arp = [&[2; 12][..], &[8, 6], &[0; 46]].concat();
    let mut fragment = Link::Ethernet.packet(&all[0]);
    fragment[14 + 6] = 0x20; // more fragments
    for packet in [arp, fragment] {
        let len = packet.len();
        file.push((9_000, packet, len));
    }
    let seen = open(&pcap(1, false, false, &file));
    let expected =
        LeftOut { connections: 2, encrypted: 1, packets: 1, fragments: 1, ..LeftOut::default() };
    assert_eq!(seen.opened.left_out, expected);
    assert_eq!(seen.log.read().connections().len(), 1);
    assert_eq!(seen.opened.streams, []);
}

#[test]
fn a_stream_without_its_beginning_is_opened_by_choice() {
    let mut talk = Talk::open(50_001);
    talk.frame(Role::Server, Opcode::TEXT, b"before");
    let start = talk.segments.len();
    talk.frame(Role::Server, Opcode::PONG, b"to a Ping that was not captured");
    talk.frame(Role::Client, Opcode::TEXT, b"hello");
    talk.say(Role::Server, b"\x80\x03end");
    talk.frame(Role::Server, Opcode::CLOSE, b"\x03\xe8");
    talk.frame(Role::Client, Opcode::CLOSE, b"\x03\xe8");
    talk.fin(Role::Server);
    talk.fin(Role::Client);
    let octets = dump(&talk.segments[start..]);
    let seen = open(&octets);
    assert_eq!((seen.story(), seen.opened.left_out), (vec![], LeftOut::default()));
    let [stream] = &seen.opened.streams[..] else { panic!("{:?}", seen.opened) };
    assert!(stream.likely);
    assert_eq!((stream.choice.client.port(), stream.server.port()), (50_001, 80));
    assert_eq!(stream.first[0][..2], [0x81, 0x85]);
    let chosen = open_stream(&octets, Some(stream.choice));
    assert_eq!(chosen.opened.streams, []);
    let story = chosen.story();
    assert_eq!(chosen.frames().len(), 5, "{story:#?}");
    let clean = story.iter().all(|line| line.contains("[]") || line.contains("repeated"));
    assert!(clean, "what was before it is nobody's fault: {story:#?}");
    let log = chosen.log.read();
    let held = log.connections()[0].closing.held(Role::Client);
    assert_eq!((held.code.0, held.was_clean), (1000, true));
}

#[test]
fn a_request_that_was_not_captured_is_known_by_its_101() {
    let talk = Talk::open(50_001);
    let seen = open(&dump(&talk.segments[4..]));
    let log = seen.log.read();
    assert_eq!(log.connections()[0].client.port(), 50_001);
    assert!(rig::rows(&log).len() >= 2);
    drop(log);
    assert_eq!(seen.faults(), ["no-request "]);
}

#[test]
fn a_stream_whose_handshake_was_cut_is_opened_by_choice() {
    let mut talk = Talk::open(50_001);
    for from in Role::BOTH {
        talk.frame(from, Opcode::TEXT, b"hello");
    }
    for from in [Role::Server, Role::Client] {
        talk.frame(from, Opcode::CLOSE, b"\x03\xe8");
    }
    talk.fin(Role::Server);
    talk.fin(Role::Client);
    let cut = packets(Link::Ethernet, &talk.segments).into_iter().map(|(time, mut data, len)| {
        data.truncate(54 + 20);
        (time, data, len)
    });
    let mut without_heads = talk.segments.clone();
    without_heads.drain(3..5);
    for octets in [pcap(1, false, false, &cut.collect::<Vec<_>>()), dump(&without_heads)] {
        let seen = open(&octets);
        assert_eq!((seen.story(), seen.opened.left_out), (vec![], LeftOut::default()));
        let [stream] = &seen.opened.streams[..] else { panic!("{:?}", seen.opened) };
        let said = wsscope::text::opened::opened(wsscope::text::Lang::En, &seen.opened).unwrap();
        assert!(said.contains("1 stream whose opening handshake was cut can be opened"), "{said}");
        let chosen = open_stream(&octets, Some(stream.choice));
        let passed = [("client", rig::REQUEST), ("server", rig::RESPONSE)]
            .map(|(from, head)| format!("handshake-cut {from} {}", head.len()));
        assert_eq!(chosen.faults(), passed);
        assert_eq!(chosen.frames().len(), 4, "{:#?}", chosen.story());
        let log = chosen.log.read();
        let held = log.connections()[0].closing.held(Role::Client);
        assert_eq!((held.code.0, held.was_clean), (1000, true));
    }
}

/// Standard output and error of `wsscope ladder`.
fn ladder(path: &std::path::Path, more: &[&str]) -> (Option<i32>, String, String) {
    told("ladder", path, more)
}

/// The same of any command that reads a file.
fn told(name: &str, path: &std::path::Path, more: &[&str]) -> (Option<i32>, String, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wsscope"));
    let output = command.arg(name).arg(path).args(more).output().unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_line_lists_streams_and_opens_one() {
    let mut talk = Talk::open(50_001);
    let start = talk.segments.len();
    talk.frame(Role::Server, Opcode::TEXT, b"from the middle");
    talk.frame(Role::Client, Opcode::TEXT, b"of it");
    let seen = open(&dump(&talk.segments[start..]));
    let (code, out, err) = ladder(&seen.path, &[]);
    assert_eq!((code, &out[..]), (Some(0), ""));
    assert!(err.contains("1 stream without an opening handshake can be opened"), "{err}");
    assert!(
        err.contains("--stream 1: 192.0.2.1:50001 → 192.0.2.2:80: 2 packets, 28 octets"),
        "{err}"
    );
    let (code, out, _) = ladder(&seen.path, &["--stream", "1"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("from the middle") && out.contains("of it"), "{out}");
    let (code, _, err) = ladder(&seen.path, &["--stream", "2", "--lang", "zh"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("没有第 2 个流"), "{err}");

    let (code, out, err) = told("convert", &seen.path, &["-", "--to", "jsonl"]);
    assert_eq!((code, &out[..]), (Some(0), ""));
    assert!(err.contains("--stream 1: 192.0.2.1:50001"), "{err}");
    let (code, out, _) = told("convert", &seen.path, &["-", "--to", "csv", "--stream", "1"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("from the middle") && out.contains("of it"), "{out}");
    let (code, out, _) = told("convert", &seen.path, &["-", "--payload", "2", "--stream", "1"]);
    assert_eq!((code, &out[..]), (Some(0), "of it"));
}
