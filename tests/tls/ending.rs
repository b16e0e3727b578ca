//! Every ending under TLS, both ways, and what comes over it.

use super::peer::{self, End, Peer};
use super::{H1, connect_to, listen, local};
use crate::run::{Ended, Run, after_open, holds};
use crate::wire::{CLOSE, MASKING_KEY, TEXT, close_body, frame};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write as _;
use std::sync::mpsc::channel;
use tempfile::TempDir;
use wsscope::session::open::{Progress, open};
use wsscope::session::recorder::SharedLog;
use wsscope::session::save::{Masks, copy};

/// Each action that ends TCP, and what that is to the peer.
const ENDINGS: [(&str, End); 3] =
    [("fin", End::InOrder), ("fin-abrupt", End::Abrupt), ("rst", End::Reset)];

fn fin_of<'a>(ended: &'a Ended, from: &str) -> &'a Value {
    let mut fins = ended.all("tcp").into_iter().filter(|line| line["from"] == from);
    fins.next().unwrap_or_else(|| panic!("no end of {from}: {:?}", ended.lines))
}

#[test]
fn our_server_ends_tcp_in_each_way() {
    for (action, expected) in ENDINGS {
        let (run, root) = listen(&["--connections", "1", "--after-open", action]);
        let mut client = Peer::connect(run.port(), peer::client(&root, H1), "localhost");
        client.open();
        assert_eq!(client.rest(), (vec![], expected), "{action}");
        if expected != End::Reset {
            client.notify();
            client.fin();
            let ended = run.end().expect(0);
            let notified = expected == End::InOrder;
            holds(fin_of(&ended, "server"), &json!({"event": "fin", "close_notify": notified}));
        }
    }
}

#[test]
fn our_client_ends_tcp_in_each_way() {
    let folder = TempDir::new().expect("a folder");
    for (action, expected) in ENDINGS {
        let (sender, seen) = channel();
        let options = [&["--insecure"][..], &after_open(&[action])].concat();
        let (own, _) = local(&folder);
        let ended = connect_to(own.server(H1, None), &options, move |peer| {
            peer.answer();
            let (_, end) = peer.rest();
            if end != End::Reset {
                peer.notify();
                peer.fin();
            }
            sender.send(end).map_err(std::io::Error::other)
        });
        assert_eq!(seen.recv().expect("an end"), expected, "{action}");
        let own = fin_of(&ended, "client");
        match expected {
            End::Reset => holds(own, &json!({"event": "rst"})),
            end => holds(own, &json!({"event": "fin", "close_notify": end == End::InOrder})),
        }
    }
}

#[test]
fn what_the_peer_did_is_told_apart() {
    // close_notify and FIN.
    let (run, root) = listen(&["--connections", "1"]);
    let mut client = Peer::connect(run.port(), peer::client(&root, H1), "localhost");
    client.open();
    client.notify();
    client.fin();
    assert_eq!(client.rest().1, End::InOrder);
    let ended = run.end().expect(0);
    holds(fin_of(&ended, "client"), &json!({"event": "fin", "close_notify": true}));
    // FIN alone: cut off.
    let (run, root) = listen(&["--connections", "1"]);
    let mut client = Peer::connect(run.port(), peer::client(&root, H1), "localhost");
    client.open();
    client.fin();
    assert_eq!(client.rest().1, End::InOrder);
    let ended = run.end().expect(0);
    holds(fin_of(&ended, "client"), &json!({"event": "fin", "close_notify": false}));
    // close_notify alone: the end of its data; its FIN is told when it comes.
    let (run, root) = listen(&["--connections", "1"]);
    let mut client = Peer::connect(run.port(), peer::client(&root, H1), "localhost");
    client.open();
    client.notify();
    assert_eq!(client.rest().1, End::InOrder, "this end answers it");
    client.fin();
    let ended = run.end().expect(0);
    let order: Vec<&Value> = ended.all("tcp").iter().map(|line| &line["from"]).collect();
    assert_eq!(order, ["server", "client"]);
    holds(fin_of(&ended, "client"), &json!({"event": "fin", "close_notify": true}));
}

#[test]
fn octets_that_are_not_tls_end_the_connection_with_a_sentence() {
    let (mut run, root) = listen(&["--connections", "1"]);
    let mut client = Peer::connect(run.port(), peer::client(&root, H1), "localhost");
    client.open();
    client.send(&frame(TEXT, Some(MASKING_KEY), b"before"));
    client.tcp.write_all(&[0x17, 3, 3, 0, 32]).expect("TCP is open");
    client.tcp.write_all(&[7; 32]).expect("TCP is open");
    holds(&run.frame("client"), &json!({"payload": {"text": "before"}}));
    let error = run.line("error");
    holds(&error, &json!({"stage": "tls", "connection": 1}));
    assert!(error["message"].to_string().contains("TLS was broken"), "{error}");
    client.fin();
    let ended = run.end().expect(0);
    holds(fin_of(&ended, "server"), &json!({"event": "fin", "close_notify": false}));
}

/// The most memory that a process held, in octets.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

#[test]
fn a_message_of_200_mb_comes_through_in_flat_memory() {
    const LEN: usize = 200 << 20;
    let folder = TempDir::new().expect("a folder");
    let (own, [certificate, key]) = local(&folder);
    // Lines for people: one of JSON holds the payload.
    let options = ["listen", "0", "--headless", "--no-record", "--connections", "1"];
    let mut run = Run::start(&[&options[..], &["--cert", &certificate, "--key", &key]].concat());
    let line = run.text().expect("a line");
    let port = line.trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok());
    let config = peer::client(&own.chain[0], H1);
    let mut client = Peer::connect(port.expect("a port"), config, "localhost");
    client.open();
    let before = peak(run.pid());
    let mut header = vec![0x82, 0xFF];
    header.extend((LEN as u64).to_be_bytes());
    header.extend([0; 4]);
    client.send(&header);
    let piece = vec![7; 1 << 20];
    for _ in 0..LEN >> 20 {
        client.send(&piece);
    }
    client.send(&frame(CLOSE, Some(MASKING_KEY), &close_body(1000, "")));
    assert_eq!(client.rest().1, End::InOrder);
    let after = peak(run.pid());
    client.fin();
    let lines: Vec<String> = std::iter::from_fn(|| run.text()).collect();
    assert!(lines.iter().any(|line| line.contains(&format!("len={LEN}"))), "{lines:?}");
    if let (Some(before), Some(after)) = (before, after) {
        // What may wait for the recorder, and some more.
        assert!(after < before + (100 << 20), "{} MB more", (after - before) >> 20);
    }
}

#[test]
fn large_messages_go_both_ways() {
    let (run, root) = listen(&["--connections", "1", "--echo"]);
    let mut client = Peer::connect(run.port(), peer::client(&root, H1), "localhost");
    client.open();
    let message: Vec<u8> = (0..5_000_000u32).map(|i| (i % 251) as u8).collect();
    client.send(&frame(0x82, Some(MASKING_KEY), &message));
    let mut came = Vec::new();
    while came.len() < message.len() + 10 {
        came.extend(client.read().expect("the echo"));
    }
    assert!(came[10..] == message, "the echo is another message");
    client.send(&frame(CLOSE, Some(MASKING_KEY), &close_body(1000, "")));
    assert_eq!(client.rest(), (frame(CLOSE, None, &close_body(1000, "")), End::InOrder));
    client.notify();
    client.fin();
    run.end().expect(0);
}

#[test]
fn a_capture_tells_of_tls_also_when_it_was_saved() {
    let server =
        Run::listen_on("127.0.0.1:0", &["--tls", "--record", "s.pcapng", "--connections", "1"]);
    let options = ["--insecure", "--after-open", "text:hi", "--after-open", "fin-abrupt"];
    Run::connect(&server.url(), &options).end();
    let ended = server.end().expect(0);
    let read = |path: &std::path::Path| {
        let log = SharedLog::default();
        open(File::open(path).expect("the capture"), &log, &Progress::default()).expect("pcapng");
        let log = log.read();
        let connection = log.connection(1).expect("a connection");
        (connection.tls.clone().expect("TLS"), connection.close_notify, log.len())
    };
    let recorded = ended.path("s.pcapng");
    let (tls, close_notify, rows) = read(&recorded);
    assert_eq!((tls.version.as_deref(), close_notify), (Some("TLS 1.3"), [false, true]));
    assert_eq!(tls.chain[0].subject, "CN=wsscope self-signed");
    let saved = ended.path("saved.pcapng");
    copy(&recorded, &saved, &Masks::default()).expect("a copy");
    assert_eq!(read(&saved), (tls, close_notify, rows));
    let octets = std::fs::read(&saved).expect("the copy");
    let comment = b"wsscope {\"connection\":1";
    assert!(octets.windows(comment.len()).any(|window| window == comment));
    // The cleartext is there, so that others read it.
    assert!(octets.windows(14).any(|window| window == b"GET / HTTP/1.1"));
}
