//! `wss://` in both roles, against rustls as an independent peer: who is trusted
//! and why not, and every ending.

mod ending;
mod peer;
mod peers;

use super::run::{Ended, Run, after_open, expect_usage_error, holds};
use peer::{Ca, Identity, Peer, ca, expired, for_clients, issue, names, to_come, write};
use serde_json::{Value, json};
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use tempfile::TempDir;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::CertificateDer;

const H1: &[u8] = b"http/1.1";

/// Serves one client with this, while the program connects with these options.
fn connect_to(
    config: Arc<ServerConfig>,
    options: &[&str],
    serve: impl FnOnce(&mut Peer) -> io::Result<()> + Send + 'static,
) -> Ended {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        let mut peer = Peer::accept(&listener, config);
        // A handshake that the program refuses is an error here, as it should be.
        let _ = serve(&mut peer);
    });
    let ended = Run::connect(&format!("wss://127.0.0.1:{port}/"), options).end();
    server.join().expect("the server's thread");
    ended
}

/// Answers, takes a Close and answers it.
fn close_in_order(peer: &mut Peer) -> io::Result<()> {
    peer.handshake()?;
    let head = peer.head();
    peer.send(super::wire::accept(&head, "").as_bytes());
    let _ = peer.read();
    peer.send(&[0x88, 2, 3, 0xE8]);
    peer.notify();
    peer.fin();
    let _ = peer.rest();
    Ok(())
}

/// What the program says of a server whose identity is this.
fn refused(identity: &Identity, options: &[&str]) -> (Ended, String) {
    let ended = connect_to(identity.server(H1, None), options, |peer| peer.handshake());
    let error = ended.only("error");
    holds(error, &json!({"stage": "tls", "connection": 1}));
    let sentence = error["message"].as_str().expect("a sentence").to_owned();
    assert_eq!(ended.code(), 1);
    holds(ended.only("closed"), &json!({"client": {"code": 1006, "was_clean": false}}));
    let why = ended.only("closed")["explanation"].as_str().expect("a sentence");
    assert!(why.contains(&sentence), "{why}");
    (ended, sentence)
}

fn trusting(folder: &TempDir, ca: &Ca) -> String {
    write(folder.path(), "ca.pem", &ca.pem())
}

#[test]
fn a_chain_that_is_in_order_is_shown() {
    let folder = TempDir::new().expect("a folder");
    let root = ca("test root");
    let trusted = trusting(&folder, &root);
    let server = issue(&names(&["127.0.0.1", "a.test"]), Some(&root));
    let options = [&["--ca", &trusted][..], &after_open(&["close:1000"])].concat();
    let ended = connect_to(server.server(H1, None), &options, close_in_order).expect(0);
    let tls = ended.only("tls");
    let expected =
        json!({"version": "TLS 1.3", "alpn": "http/1.1", "verified": true, "server_name": null});
    holds(tls, &expected);
    assert!(tls["cipher_suite"].as_str().is_some_and(|suite| suite.starts_with("TLS_")));
    let [leaf] = &tls["chain"].as_array().expect("a chain")[..] else { panic!("{tls}") };
    holds(leaf, &json!({"names": ["127.0.0.1", "a.test"], "issuer": "CN=test root"}));
    assert_eq!(leaf["sha256"].as_str().map(str::len), Some(95));
    let server_fin = ended.all("tcp").into_iter().find(|line| line["from"] == "server");
    holds(server_fin.expect("its FIN"), &json!({"event": "fin", "close_notify": true}));
    assert!(ended.only("closed")["violations"].as_array().is_some_and(Vec::is_empty));
}

#[test]
fn each_certificate_that_is_not_accepted_has_its_sentence() {
    let folder = TempDir::new().expect("a folder");
    let root = ca("test root");
    let trusted = trusting(&folder, &root);
    let here = || names(&["127.0.0.1"]);
    let mut server_ca = here();
    server_ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    for (identity, says) in [
        (issue(&expired(here()), Some(&root)), "expired on 2002-02-03 00:00:00 UTC"),
        (issue(&to_come(here()), Some(&root)), "not valid before 2999-01-01"),
        (
            issue(&names(&["b.test", "c.test"]), Some(&root)),
            "is not for 127.0.0.1 but for b.test, c.test",
        ),
        (issue(&names(&[]), Some(&root)), "names nobody"),
        (issue(&here(), Some(&ca("other root"))), "unknown issuer (CN=other root)"),
        (issue(&here(), None), "self-signed"),
        (issue(&server_ca, None), "self-signed"),
        (issue(&server_ca, Some(&root)), "CA:TRUE"),
        (issue(&for_clients(here()), Some(&root)), "not for servers"),
    ] {
        let (ended, sentence) = refused(&identity, &["--ca", &trusted]);
        assert!(sentence.contains(says), "{sentence}");
        // The chain is shown all the same, and what was wrong with it.
        let tls = ended.only("tls");
        holds(tls, &json!({"version": null, "verified": false}));
        assert_eq!(tls["chain"].as_array().map(Vec::len), Some(1), "{tls}");
        assert_eq!(tls["verification"], Value::from(sentence));
    }
    let other = ca("other root");
    let mut chain = issue(&here(), Some(&other));
    chain.chain.push(other.der().clone());
    let (ended, sentence) = refused(&chain, &["--ca", &trusted]);
    assert!(sentence.contains("ends in a self-signed root") && sentence.contains("other root"));
    assert_eq!(ended.only("tls")["chain"].as_array().map(Vec::len), Some(2));
    let (_, sentence) = refused(&chain, &["--ca", &trusted, "--lang", "zh"]);
    assert!(sentence.contains("证书链以此处不信任的自签名根证书结束"), "{sentence}");
}

#[test]
fn any_certificate_is_accepted_only_where_asked_and_marked() {
    let bad = issue(&expired(names(&["b.test"])), None);
    let options = [&["--insecure"][..], &after_open(&["close:1000"])].concat();
    let ended = connect_to(bad.server(H1, None), &options, close_in_order).expect(0);
    let tls = ended.only("tls");
    holds(tls, &json!({"version": "TLS 1.3", "verified": false}));
    let why = tls["verification"].as_str().expect("a sentence");
    assert!(why.contains("anybody could be at the other end") && why.contains("What is wrong: "));
}

#[test]
fn the_server_name_is_sent_and_looked_for() {
    let folder = TempDir::new().expect("a folder");
    let root = ca("test root");
    let trusted = trusting(&folder, &root);
    let server = issue(&names(&["b.test"]), Some(&root));
    let options = ["--ca", &trusted, "--server-name", "b.test", "--after-open", "close:1000"];
    let (sender, sni) = std::sync::mpsc::channel();
    let ended = connect_to(server.server(H1, None), &options, move |peer| {
        close_in_order(peer)?;
        let tokio_rustls::rustls::Connection::Server(server) = &peer.tls else { panic!() };
        sender.send(server.server_name().map(str::to_owned)).map_err(io::Error::other)
    });
    assert_eq!(sni.recv().expect("a handshake").as_deref(), Some("b.test"));
    holds(ended.expect(0).only("tls"), &json!({"server_name": "b.test", "verified": true}));
    let (_, sentence) = refused(&server, &["--ca", &trusted, "--server-name", "127.0.0.2"]);
    assert!(sentence.contains("is not for 127.0.0.2 but for b.test"), "{sentence}");
}

#[test]
fn a_client_certificate_is_shown_to_who_asks() {
    let folder = TempDir::new().expect("a folder");
    let root = ca("test root");
    let trusted = trusting(&folder, &root);
    let server = issue(&names(&["127.0.0.1"]), Some(&root));
    let own = issue(&for_clients(names(&["me.test"])), Some(&root));
    let certificate = write(folder.path(), "me.pem", &own.pem);
    let key = write(folder.path(), "me.key", &own.key.serialize_pem());
    let options = ["--ca", &trusted, "--client-cert", &certificate, "--client-key", &key];
    let options = [&options[..], &after_open(&["close:1000"])].concat();
    let asking = server.server(H1, Some(&root));
    connect_to(asking.clone(), &options, close_in_order).expect(0);
    // In TLS 1.3 the refusal comes when the client's handshake is complete.
    let ended = connect_to(asking, &["--ca", &trusted], |peer| {
        let result = peer.handshake();
        while peer.tls.wants_write() {
            peer.tls.write_tls(&mut peer.tcp)?;
        }
        peer.fin();
        let mut rest = Vec::new();
        io::Read::read_to_end(&mut peer.tcp, &mut rest)?;
        result
    });
    let errors = ended.all("error");
    let error = errors.iter().find(|line| line["stage"] == "tls").expect("why");
    let sentence = error["message"].as_str().expect("a sentence");
    assert!(sentence.contains("certificate_required (116)"), "{sentence}");
    assert_eq!(ended.code(), 1);
}

#[test]
fn h2_is_refused_with_a_sentence() {
    let folder = TempDir::new().expect("a folder");
    let root = ca("test root");
    let trusted = trusting(&folder, &root);
    let server = issue(&names(&["127.0.0.1"]), Some(&root));
    let ended = connect_to(server.server(b"h2", None), &["--ca", &trusted], Peer::handshake);
    let sentence = ended.only("error")["message"].to_string();
    assert!(sentence.contains("no_application_protocol") && sentence.contains("RFC 8441"));

    let (run, certificate) = listen(&[]);
    let mut client = Peer::connect(run.port(), peer::client(&certificate, b"h2"), "localhost");
    assert!(client.handshake().is_err());
    drop(client);
    let mut run = run;
    let sentence = run.line("error")["message"].to_string();
    assert!(sentence.contains("no application protocol in common"), "{sentence}");
}

/// An identity for this machine, and its files.
fn local(folder: &TempDir) -> (Identity, [String; 2]) {
    let own = issue(&names(&["localhost", "127.0.0.1"]), None);
    let certificate = write(folder.path(), "cert.pem", &own.pem);
    let key = write(folder.path(), "key.pem", &own.key.serialize_pem());
    (own, [certificate, key])
}

/// `listen` with a certificate from files, and that certificate.
fn listen(options: &[&str]) -> (Run, CertificateDer<'static>) {
    let folder = TempDir::new().expect("a folder");
    let (own, [certificate, key]) = local(&folder);
    let run = Run::listen(&[&["--cert", &certificate, "--key", &key], options].concat());
    assert!(run.url().starts_with("wss://"));
    (run, own.chain[0].clone())
}

#[test]
fn a_self_signed_server_tells_its_fingerprint() {
    let mut run = Run::listen(&["--tls", "--connections", "1"]);
    let options = ["--insecure", "--after-open", "close:1000"];
    let client = Run::connect(&run.url(), &options).end().expect(0);
    let told = run.line("tls");
    let names = json!(["localhost", "127.0.0.1", "::1"]);
    holds(&told["chain"][0], &json!({"names": names, "subject": "CN=wsscope self-signed"}));
    assert_eq!(client.only("tls")["chain"], told["chain"]);
    let ended = run.end().expect(0);
    let sha256 = told["chain"][0]["sha256"].as_str().expect("a fingerprint");
    assert!(ended.stderr.contains(&format!("SHA-256 {sha256}")), "{}", ended.stderr);
}

#[test]
fn plain_http_at_a_tls_port_and_tls_at_a_plain_one() {
    let (mut run, _) = listen(&[]);
    let client = Run::connect_port(run.port(), &[]).end().expect(1);
    let server_says = run.line("error");
    holds(&server_says, &json!({"stage": "tls"}));
    assert!(server_says["message"].to_string().contains("looks like plain HTTP"));
    let says = client.only("error");
    holds(says, &json!({"stage": "opening_handshake"}));
    assert!(says["message"].to_string().contains("looks like TLS"), "{says}");
    // The listener goes on.
    let url = run.url();
    Run::connect(&url, &["--insecure", "--after-open", "close:1000"]).end().expect(0);

    let mut run = Run::listen(&[]);
    let client = Run::connect(&run.url().replace("ws:", "wss:"), &["--insecure"]).end().expect(1);
    let server_says = run.line("error");
    holds(&server_says, &json!({"stage": "opening_handshake"}));
    assert!(server_says["message"].to_string().contains("looks like TLS"), "{server_says}");
    holds(client.only("error"), &json!({"stage": "tls"}));
    assert!(client.only("error")["message"].to_string().contains("looks like plain HTTP"));
}

#[test]
fn a_client_that_says_nothing_neither_blocks_others_nor_stays() {
    let (mut run, _) = listen(&["--open-timeout", "1500"]);
    let silent = std::net::TcpStream::connect(("127.0.0.1", run.port())).expect("it listens");
    run.until(|line| line["type"] == "connection" && line["connection"] == 1);
    let url = run.url();
    Run::connect(&url, &["--insecure", "--after-open", "close:1000"]).end().expect(0);
    let error = run.until(|line| line["type"] == "error");
    holds(&error, &json!({"connection": 1, "stage": "tls"}));
    assert!(error["message"].to_string().contains("not complete after 1500 ms"), "{error}");
    drop(silent);
}

#[test]
fn files_that_cannot_be_used_are_usage_errors() {
    let folder = TempDir::new().expect("a folder");
    let (one, two) = (issue(&names(&["a.test"]), None), issue(&names(&["b.test"]), None));
    let file = |name: &str, text: &str| write(folder.path(), name, text);
    let certificate = file("cert.pem", &one.pem);
    let key = file("key.pem", &one.key.serialize_pem());
    let other_key = file("other.pem", &two.key.serialize_pem());
    let empty = file("empty.pem", " \n");
    let text = file("text.pem", "hello\n");
    let damaged = file("damaged.pem", &one.pem.replace("\n", "\n?"));
    for (certificate, key, blamed, says) in [
        (&certificate, &other_key, &other_key, "does not belong to"),
        (&empty, &key, &empty, "is empty"),
        (&certificate, &empty, &empty, "is empty"),
        (&text, &key, &text, "holds no certificate"),
        (&certificate, &text, &text, "holds no private key"),
        (&certificate, &certificate, &certificate, "holds no private key"),
        (&damaged, &key, &damaged, "cannot be used"),
        (&"/nowhere/c.pem".to_owned(), &key, &"/nowhere/c.pem".to_owned(), "cannot be read"),
    ] {
        for options in [
            vec!["listen", "0", "--headless", "--cert", certificate, "--key", key],
            vec![
                "connect",
                "wss://h/",
                "--headless",
                "--client-cert",
                certificate,
                "--client-key",
                key,
            ],
        ] {
            let ended = expect_usage_error(&options);
            let line = &ended.stderr;
            assert!(line.contains(blamed.as_str()) && line.contains(says), "{line}");
        }
    }
    let ended = expect_usage_error(&["connect", "wss://h/", "--headless", "--ca", &text]);
    assert!(ended.stderr.contains("holds no certificate"));
    let ended = expect_usage_error(&["connect", "wss://h/", "--headless", "--server-name", "a b"]);
    assert!(ended.stderr.contains("'a b' is neither"), "{}", ended.stderr);
}

#[test]
fn keys_in_every_form_are_read() {
    // SEC1 and PKCS#1 as openssl writes them; PKCS#8 is in every other test.
    for (key, certificate) in [("ec-sec1", "ec"), ("rsa-pkcs1", "rsa")] {
        let vectors = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/tls");
        let path = |name: &str| vectors.join(name).display().to_string();
        let (key, certificate) = (path(&format!("{key}.key")), path(&format!("{certificate}.pem")));
        let run = Run::listen(&["--cert", &certificate, "--key", &key]);
        let options = ["--insecure", "--after-open", "close:1000"];
        Run::connect(&run.url(), &options).end().expect(0);
    }
}

#[test]
fn a_redirect_from_ws_leads_to_wss_with_the_name_of_its_own_host() {
    let folder = TempDir::new().expect("a folder");
    let (_, [certificate, key]) = local(&folder);
    let secure = Run::listen(&["--cert", &certificate, "--key", &key, "--after-open", "close"]);
    let follow = |host: &str, options: &[&str]| {
        let location = format!("Location: https://{host}:{}/b", secure.port());
        // Doubled headers of a refusal are no reason not to follow.
        let answer = ["--answer", "307", "--header", &location, "--header", "Vary: a"];
        let plain = Run::listen(&[&answer[..], &["--header", "Vary: a"]].concat());
        let url = format!("ws://127.0.0.1:{}/", plain.port());
        let common = ["--follow", "--ca", &certificate];
        Run::connect(&url, &[&common, options].concat()).end()
    };
    for violations in ["fail", "note"] {
        let ended = follow("localhost", &["--violations", violations]).expect(0);
        holds(ended.only("tls"), &json!({"verified": true, "server_name": "localhost"}));
    }
    // For another host than the first URL's the name does not count, for the same it does.
    let other = follow("localhost", &["--server-name", "wrong.test"]).expect(0);
    holds(other.only("tls"), &json!({"server_name": "localhost"}));
    let same = follow("127.0.0.1", &["--server-name", "wrong.test"]).expect(1);
    assert!(
        same.all("error").iter().any(|line| line["message"].to_string().contains("wrong.test"))
    );
}
