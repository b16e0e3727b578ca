//! Connecting through a proxy: CONNECT and SOCKS5, with credentials and without,
//! and what is said of each that opens no tunnel.

mod peer;

use super::run::{Ended, Run, after_open, expect_usage_error, holds, output};
use peer::{Proxy, says, serve};
use serde_json::{Value, json};

/// Connects through this proxy; the name can only be looked up there.
fn through(proxy: &str, scheme: &str, port: u16, options: &[&str]) -> Ended {
    let url = format!("{scheme}://server.invalid:{port}/");
    Run::connect(&url, &[&["--proxy", proxy], options].concat()).end()
}

#[test]
fn a_connection_goes_through_either_kind_with_tls_and_without() {
    let login = Some(("joe", "p@ss"));
    for (kind, user, proxy) in [
        ("http", "", Proxy::connect(None)),
        ("http", "joe:p%40ss@", Proxy::connect(login)),
        ("socks5", "", Proxy::socks5(None)),
        ("socks5", "joe:p%40ss@", Proxy::socks5(login)),
    ] {
        for (scheme, tls) in [("ws", &[][..]), ("wss", &["--tls"])] {
            let server = Run::listen(&[&["--connections", "1"], tls].concat());
            let url = format!("{kind}://{user}127.0.0.1:{}", proxy.port);
            let mut options = after_open(&["text:hi", "close:1000:bye"]);
            options.extend(tls.iter().map(|_| "--insecure"));
            let ended = through(&url, scheme, server.port(), &options).expect(0);
            let target = format!("server.invalid:{}", server.port());
            assert_eq!(proxy.asked().last(), Some(&target));
            let shown = format!("{kind}://127.0.0.1:{}", proxy.port);
            holds(
                ended.only("connection"),
                &json!({
                    "server": format!("127.0.0.1:{}", proxy.port),
                    "tunnel": {"proxy": shown, "target": target},
                }),
            );
            holds(ended.only("closed"), &json!({"client": {"code": 1000, "was_clean": true}}));
            assert_eq!(ended.all("tls").len(), tls.len());
            let server = server.end().expect(0);
            assert_eq!(server.only("connection")["tunnel"], Value::Null);
            assert_eq!(server.frames("client").len(), 2);
        }
    }
}

/// What is said where there is no tunnel.
fn refused(proxy: &str, options: &[&str]) -> String {
    let ended = through(proxy, "ws", 80, options).expect(1);
    assert!(ended.all("connection").is_empty());
    let error = ended.only("error");
    holds(error, &json!({"stage": "tcp", "connection": null}));
    error["message"].as_str().expect("a sentence").to_owned()
}

#[test]
fn each_proxy_that_opens_no_tunnel_has_its_sentence() {
    let wants = "wants a user and a password";
    let wrong = "does not accept this user and password";
    let other = "is no proxy of this kind";
    let ended = "ended TCP before it opened a tunnel";
    let scenes: [(&str, &'static [&'static [u8]], &str); 16] = [
        ("http://", &[b"HTTP/1.1 502 Bad Gateway\r\n\r\n"], "it answered 502 Bad Gateway"),
        ("http://", &[b"HTTP/1.1 101 A\r\n\r\nHTTP/1.1 503 B\r\n\r\n"], "it answered 503 B"),
        ("http://", &[b"HTTP/1.1 407 Who?\r\n\r\n"], wants),
        ("http://joe:pw@", &[b"HTTP/1.1 407 Who?\r\n\r\n"], wrong),
        ("http://", &[b"SSH-2.0-x\r\n"], other),
        ("http://", &[b"HTTP/1.1 ok\r\n\r\n"], other),
        ("http://", &[b"\x05\xff"], other),
        ("http://", &[b"HTTP/1.1 200 OK\r\nX: y\r\n"], ended),
        ("socks5://", &[b"\x05\xff"], wants),
        ("socks5://joe:pw@", &[b"\x05\xff"], wrong),
        ("socks5://joe:pw@", &[b"\x05\x02", b"\x01\x01"], wrong),
        ("socks5://", &[b"\x05\0", b"\x05\x02\0\x01\0\0\0\0\0\0"], "its rules do not allow it"),
        (
            "socks5://",
            &[b"\x05\0", b"\x05\x05\0\x01\0\0\0\0\0\0"],
            "refused the connection (reply 5)",
        ),
        ("socks5://", &[b"HTTP/1.1 400 Bad\r\n\r\n"], other),
        ("socks5://", &[b"\x05\0", b"\x05"], ended),
        ("socks5://", &[], ended),
    ];
    for (scheme, answers, says_) in scenes {
        let proxy = format!("{scheme}127.0.0.1:{}", says(answers));
        let sentence = refused(&proxy, &[]);
        assert!(sentence.contains(says_), "{proxy} {answers:?}: {sentence}");
        assert!(!sentence.contains("joe"), "credentials are kept: {sentence}");
    }
}

#[test]
fn a_proxy_that_cannot_be_reached_or_is_silent_is_told() {
    let closed = format!("socks5://127.0.0.1:{}", super::wire::free_port());
    let sentence = refused(&closed, &[]);
    assert!(sentence.starts_with("the proxy cannot be reached: 127.0.0.1:"), "{sentence}");
    assert!(sentence.ends_with("nothing is listening there"), "{sentence}");
    let lookup = through("http://proxy.invalid", "ws", 80, &[]).expect(1);
    holds(lookup.only("error"), &json!({"stage": "lookup", "connection": null}));
    let silent = serve(|mut stream| std::io::copy(&mut stream, &mut std::io::sink()).map(drop));
    for scheme in ["http", "socks5"] {
        let proxy = format!("{scheme}://127.0.0.1:{silent}");
        let sentence = refused(&proxy, &["--open-timeout", "200"]);
        assert_eq!(sentence, format!("the proxy {proxy} opened no tunnel within 200 ms"));
    }
}

#[test]
fn what_stands_behind_the_answer_is_the_servers() {
    const CONNECT: &[&[u8]] =
        &[b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 503 Early\r\nContent-Length: 2\r\n\r\nno"];
    const SOCKS5: &[&[u8]] =
        &[b"\x05\0", b"\x05\0\0\x01\0\0\0\0\0\0HTTP/1.1 503 Early\r\nContent-Length: 2\r\n\r\nno"];
    for (scheme, answers) in [("http", CONNECT), ("socks5", SOCKS5)] {
        let ended = through(&format!("{scheme}://127.0.0.1:{}", says(answers)), "ws", 80, &[]);
        let heads = ended.expect(1);
        let heads = heads.all("opening_handshake");
        let response = heads.iter().find(|line| line["from"] == "server").expect("a response");
        holds(response, &json!({"body": {"text": "no"}}));
    }
}

#[test]
fn a_redirect_goes_through_the_proxy_too() {
    let proxy = Proxy::connect(None);
    let behind = Run::listen(&["--after-open", "close:1000"]);
    let location = format!("Location: ws://other.invalid:{}/b", behind.port());
    let first = Run::listen(&["--answer", "302", "--header", &location]);
    let url = format!("127.0.0.1:{}", proxy.port);
    through(&url, "ws", first.port(), &["--follow"]).expect(0);
    let asked = [("server", &first), ("other", &behind)];
    let asked = asked.map(|(name, run)| format!("{name}.invalid:{}", run.port()));
    assert_eq!(proxy.asked(), asked);
}

#[test]
fn a_capture_and_its_copies_know_of_the_tunnel() {
    let proxy = Proxy::socks5(None);
    let server = Run::listen(&["--after-open", "close:1000"]);
    let proxied = format!("socks5://joe:secret@127.0.0.1:{}", proxy.port);
    let url = format!("ws://server.invalid:{}/", server.port());
    let folder = tempfile::TempDir::new().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (capture, lines, back) = (at("c.pcapng"), at("c.jsonl"), at("d.pcapng"));
    let options = ["connect", &url, "--headless", "--json", "--proxy", &proxied];
    let ended = output(&[&options[..], &["--record", &capture]].concat()).expect(0);
    let tunnel = ended.only("connection")["tunnel"].clone();
    assert!(tunnel["target"].is_string(), "{tunnel}");
    output(&["convert", &capture, &lines]).expect(0);
    output(&["convert", &lines, &back]).expect(0);
    for file in [&capture, &lines, &back] {
        let shown = output(&["show", file, "--json"]).expect(0);
        assert_eq!(shown.only("connection")["tunnel"], tunnel, "{file}");
        let octets = std::fs::read(file).expect("a file");
        assert!(memchr::memmem::find(&octets, b"secret").is_none(), "{file} holds the password");
    }
}

#[test]
fn what_is_no_proxy_is_a_usage_error() {
    for bad in ["https://h", "socks4://h", "http://h/x", "socks5://joe@h", "http://"] {
        let ended = expect_usage_error(&["connect", "ws://h/", "--headless", "--proxy", bad]);
        assert!(ended.stderr.contains("--proxy"), "{}", ended.stderr);
    }
}
