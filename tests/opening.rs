//! The opening handshake over a socket: each answer of a server and what a client
//! makes of it, requests that break a rule, redirects and credentials.

use super::run::{Ended, LIMIT, Run, holds};
use super::wire::{End, KEY, TEXT, Wire, accept, frame, header, request, server};
use serde_json::{Value, json};
use std::net::TcpListener;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::{self, Error};

/// What tungstenite's client makes of our answer.
fn tungstenite_says(port: u16) -> Result<u16, Error> {
    let stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream.set_read_timeout(Some(LIMIT)).expect("a limit");
    match tungstenite::client(format!("ws://127.0.0.1:{port}/"), stream) {
        Ok((_, response)) => Ok(response.status().as_u16()),
        Err(tungstenite::HandshakeError::Failure(error)) => Err(error),
        Err(interrupted) => panic!("{interrupted}"),
    }
}

/// The ids of what is wrong with the head that `from` sent last.
fn broken(lines: &[Value], from: &str) -> Vec<String> {
    let heads = lines.iter().rev();
    let mut heads = heads.filter(|l| l["type"] == "opening_handshake" && l["from"] == from);
    let violations = heads.next().and_then(|line| line["violations"].as_array());
    let ids = violations.into_iter().flatten().filter_map(|v| v["id"].as_str());
    ids.map(str::to_owned).collect()
}

#[test]
fn a_101_with_a_flaw_is_what_clients_say_it_is() {
    for (answer, rule, error) in [
        ("wrong-accept", "response-accept", ProtocolError::SecWebSocketAcceptKeyMismatch),
        ("no-accept", "response-accept", ProtocolError::SecWebSocketAcceptKeyMismatch),
        ("no-upgrade", "response-upgrade", ProtocolError::MissingUpgradeWebSocketHeader),
        ("no-connection", "response-connection", ProtocolError::MissingConnectionUpgradeHeader),
    ] {
        let run = Run::listen(&["--answer", answer, "--connections", "2"]);
        match tungstenite_says(run.port()) {
            Err(Error::Protocol(said)) => assert_eq!(said, error, "{answer}"),
            other => panic!("{answer}: {other:?}"),
        }
        // Our own client refuses it for the same rule.
        let client = Run::connect_port(run.port(), &["--after-open", "text:never"]).end().expect(1);
        assert_eq!(broken(&client.lines, "server"), [rule], "{answer}");
        holds(client.only("error"), &json!({"stage": "opening_handshake", "connection": 1}));
        assert!(client.frames("client").is_empty());
        let ended = run.end().expect(0);
        assert_eq!(broken(&ended.lines, "server"), [rule], "{answer}");
    }
}

#[test]
fn a_refusal_has_the_status_the_headers_and_the_body() {
    let options =
        ["--answer", "503:später: 火星", "--header", "Retry-After: 9", "--connections", "2"];
    let run = Run::listen(&options);
    let mut client = Wire::connect(run.port());
    client.send(request("").as_bytes());
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{head}");
    assert_eq!(header(&head, "Retry-After"), Some("9"));
    let (body, end) = client.rest();
    assert_eq!((String::from_utf8(body).as_deref(), end), (Ok("später: 火星"), End::Fin));
    drop(client);
    match tungstenite_says(run.port()) {
        Err(Error::Http(response)) => {
            assert_eq!(response.status(), 503);
            assert_eq!(response.headers()["retry-after"], "9");
        }
        other => panic!("{other:?}"),
    }
    let ended = run.end().expect(0);
    assert!(ended.all("error").is_empty(), "it was asked for");
    let response = &ended.all("opening_handshake")[1];
    assert_eq!(response["body"]["text"], "später: 火星");
    holds(ended.all("closed")[0], &json!({"close_event": {"code": 1006, "was_clean": false}}));
}

#[test]
fn an_answer_may_be_late_or_never_come() {
    // Late, but within the client's limit; what came before it is not lost.
    let run = Run::listen(&["--answer-delay", "300", "--echo", "--connections", "1"]);
    let mut client = Wire::connect(run.port());
    let early = frame(TEXT, Some([1, 2, 3, 4]), b"early");
    client.send(&[request("").as_bytes(), &early].concat());
    assert!(client.head().starts_with("HTTP/1.1 101 "));
    assert_eq!(client.frame().payload, b"early");
    client.fin();
    client.read_on();
    let ended = run.end().expect(0);
    let heads = ended.all("opening_handshake");
    let waited = super::run::time(heads[1]) - super::run::time(heads[0]);
    assert!(waited >= 299.0, "{waited} ms");
    // Too late, and never: the client's limit ends it.
    for answer in [["--answer-delay", "60000"], ["--answer", "never"]] {
        let run = Run::listen(&[&["--connections", "1"], &answer[..]].concat());
        let client = Run::connect_port(run.port(), &["--open-timeout", "300"]).end().expect(1);
        let error = client.only("error");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains("not complete after 300 ms"), "{error}");
        let ended = run.end().expect(0);
        assert!(ended.all("opening_handshake").iter().all(|line| line["from"] == "client"));
    }
}

#[test]
fn the_server_names_the_subprotocol_it_is_told_to() {
    let offer = "Sec-WebSocket-Protocol: a, b\r\n";
    for (named, chosen, rules) in [
        ("none", None, &[][..]),
        ("b", Some("b"), &[]),
        ("z", Some("z"), &["response-subprotocol"]),
    ] {
        let run = Run::listen(&["--answer-subprotocol", named, "--connections", "1"]);
        let (mut client, head) = Wire::open_with(run.port(), offer);
        assert_eq!(header(&head, "Sec-WebSocket-Protocol"), chosen, "{named}");
        client.fin();
        client.read_on();
        assert_eq!(broken(&run.end().expect(0).lines, "server"), rules, "{named}");
    }
}

/// Requests that break a rule: how each is answered, and by which ids.
#[test]
fn each_bad_request_is_refused_as_the_rfc_says() {
    let good = request("");
    let run = Run::listen(&[]);
    let noting = Run::listen(&["--violations", "note"]);
    let mut expected = Vec::new();
    for (from, to, status, rules, noted) in [
        ("GET", "POST", 400, &["request-method"][..], 101),
        ("HTTP/1.1", "HTTP/1.0", 400, &["request-http-version"], 101),
        ("Host: example.com\r\n", "", 400, &["request-host"], 101),
        ("Host", "Host: a\r\nHost", 400, &["request-host"], 101),
        ("Upgrade: websocket\r\n", "", 426, &["request-upgrade"], 426),
        ("Connection: Upgrade\r\n", "", 400, &["request-connection"], 101),
        ("Sec-WebSocket-Key", "X-Key", 400, &["request-key"], 101),
        (KEY, "c2hvcnQ=", 400, &["request-key"], 101),
        (KEY, "AAAAAAAAAAAAAAAAAAAAAAA=", 400, &["request-key"], 101),
        ("Host", "Sec-WebSocket-Key: x\r\nHost", 400, &["request-key", "request-key-doubled"], 101),
        ("Sec-WebSocket-Version: 13\r\n", "", 400, &["request-version-missing"], 101),
        ("Version: 13", "Version: 8", 426, &["request-version"], 101),
        ("Version: 13", "Version: 13, 8", 426, &["request-version"], 101),
        ("Host", "Sec-WebSocket-Version: 13\r\nHost", 400, &["request-version-doubled"], 101),
        ("Host", "Origin: a\r\nOrigin: b\r\nHost", 400, &["request-origin-doubled"], 101),
        ("Host:", "Host\t:", 400, &["head-space-before-colon"], 101),
        ("Connection: ", "Connection:\r\n\t", 400, &["head-folded"], 101),
        ("Host", "no colon\r\nHost", 400, &["head-not-http"], 400),
    ] {
        let sent = good.replacen(from, to, 1);
        assert_ne!(sent, good, "{from}");
        for (run, status) in [(&run, status), (&noting, noted)] {
            let mut client = Wire::connect(run.port());
            client.send(sent.as_bytes());
            let head = client.head();
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{sent}\n{head}");
            let versions = header(&head, "Sec-WebSocket-Version");
            assert_eq!(versions, (status == 426).then_some("13"), "{head}");
            // Without a key there is nothing to prove.
            let proof = header(&head, "Sec-WebSocket-Accept").is_some();
            assert_eq!(proof, status == 101 && sent.contains("Sec-WebSocket-Key"), "{head}");
            client.fin();
            client.read_on();
        }
        expected.push(rules.join(" "));
    }
    for run in [run, noting] {
        let ended = run.interrupt().expect(0);
        let heads = ended.all("opening_handshake").into_iter();
        let found: Vec<String> = heads
            .filter(|line| line["from"] == "client")
            .map(|line| {
                let violations = line["violations"].as_array().into_iter().flatten();
                violations.filter_map(|v| v["id"].as_str()).collect::<Vec<_>>().join(" ")
            })
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_request_can_be_wrong_on_purpose() {
    for (options, line, instead) in [
        (&["--header", "Host: other.example"][..], "Host", &["other.example"][..]),
        (&["--header", "host: a", "--header", "HOST: b"], "Host", &["a", "b"]),
        (&["--header", "Sec-WebSocket-Version: 8"], "Sec-WebSocket-Version", &["8"]),
        (&["--header", "Sec-WebSocket-Key: short"], "Sec-WebSocket-Key", &["short"]),
        (&["--header", "Upgrade:"], "Upgrade", &[]),
        (&["--header", "Connection:"], "Connection", &[]),
    ] {
        let (listener, port) = server();
        let run = Run::connect_port(port, options);
        let mut server = Wire::accept(&listener);
        let head = server.head();
        let found: Vec<&str> = head
            .lines()
            .filter_map(|l| l.split_once(": "))
            .filter(|(name, _)| name.eq_ignore_ascii_case(line))
            .map(|(_, value)| value)
            .collect();
        assert_eq!(found, instead, "{head}");
        server.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        server.fin();
        server.read_on();
        run.end().expect(1);
    }
    // A server that takes it all the same is answered by the key that was sent.
    let (listener, port) = server();
    let options = ["--header", "Sec-WebSocket-Key: short", "--header", "Upgrade:"];
    let actions = ["--after-open", "text:hi", "--after-open", "close:1000"];
    let run = Run::connect_port(port, &[&options[..], &actions].concat());
    let mut server = Wire::accept(&listener);
    let head = server.head();
    server.send(accept(&head, "").as_bytes());
    assert_eq!(server.frame().payload, b"hi");
    server.frame();
    server.send_close(1000, "");
    server.fin();
    server.read_on();
    let ended = run.end().expect(0);
    assert_eq!(ended.frames("client").len(), 2, "they are frames, whatever the request said");
}

/// Answers connections one after the other, each with what `answers` makes of its
/// request; gives the requests.
fn script(
    listener: TcpListener,
    answers: impl IntoIterator<Item = String> + Send + 'static,
) -> std::thread::JoinHandle<Vec<String>> {
    let answers: Vec<String> = answers.into_iter().collect();
    std::thread::spawn(move || {
        let serve = |answer: String| {
            let mut server = Wire::accept(&listener);
            let head = server.head();
            if answer == "101" {
                server.send(accept(&head, "").as_bytes());
                server.send_close(1000, "here");
                server.frame();
            } else {
                server.send(format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n").as_bytes());
            }
            server.fin();
            server.read_on();
            head
        };
        answers.into_iter().map(serve).collect()
    })
}

/// The first lines of requests.
fn targets(requests: &[String]) -> Vec<&str> {
    requests.iter().filter_map(|head| head.split(' ').nth(1)).collect()
}

fn follow(url: &str, options: &[&str]) -> Ended {
    Run::connect(url, &[&["--follow"], options].concat()).end()
}

#[test]
fn redirects_are_shown_and_followed_only_when_asked() {
    let (listener, port) = server();
    let served = script(listener, ["302 Found\r\nLocation: /b".to_owned()]);
    let ended = Run::connect_port(port, &[]).end().expect(1);
    let served = served.join().expect("it served");
    assert_eq!(targets(&served), ["/"]);
    let closed = ended.only("closed");
    assert!(closed["advice"].to_string().contains("Location"), "{closed}");

    let (listener, port) = server();
    let answers = [
        "301 Moved\r\nLocation: b?c".to_owned(),
        format!("307 Elsewhere\r\nLocation: http://127.0.0.1:{port}/d#e"),
        "101".to_owned(),
    ];
    let served = script(listener, answers);
    let ended = follow(&format!("ws://127.0.0.1:{port}/a/x"), &["--subprotocol", "s"]).expect(0);
    let served = served.join().expect("it served");
    assert_eq!(targets(&served), ["/a/x", "/a/b?c", "/d"]);
    assert!(served.iter().all(|head| header(head, "Sec-WebSocket-Protocol") == Some("s")));
    let numbers: Vec<_> = ended.all("connection").iter().map(|l| l["connection"].clone()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(ended.all("closed").len(), 3);
}

#[test]
fn a_redirect_in_a_circle_or_to_nowhere_is_told() {
    let circle = |to: &str| format!("302 Found\r\nLocation: {to}");
    let long: Vec<String> = (1..=11).map(|i| circle(&format!("/{i}"))).collect();
    for (answers, said) in [
        (vec![circle("/b"), circle("/")], "lead in a circle"),
        (vec![circle("ftp://h/")], "its Location is 'ftp://h/'"),
        (long, "10 redirects were followed"),
    ] {
        let (listener, port) = server();
        let asked = answers.len();
        let served = script(listener, answers);
        let ended = follow(&format!("ws://127.0.0.1:{port}/"), &[]).expect(1);
        assert_eq!(served.join().expect("it served").len(), asked);
        let errors = ended.all("error");
        let last = errors.last().map(|line| line["message"].to_string()).unwrap_or_default();
        assert!(last.contains(said), "{last}");
    }
}

#[test]
fn credentials_stay_with_their_server() {
    let (home, home_port) = server();
    let (away, away_port) = server();
    let to = |port: u16, path: &str| format!("302 Found\r\nLocation: ws://127.0.0.1:{port}{path}");
    let challenge = "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"home\"".to_owned();
    let at_home = script(home, [to(away_port, "/away"), challenge, "101".to_owned()]);
    let at_away = script(away, [to(home_port, "/back")]);
    let url = format!("ws://joe:p%40ss%3A@127.0.0.1:{home_port}/");
    follow(&url, &["--header", "Cookie: a=b"]).expect(0);
    let (at_home, at_away) = (at_home.join().expect("served"), at_away.join().expect("served"));
    let basic = Some("Basic am9lOnBAc3M6"); // joe:p@ss:
    let sent: Vec<_> = at_home.iter().map(|head| header(head, "Authorization")).collect();
    assert_eq!(sent, [basic, None, basic]);
    assert_eq!(targets(&at_home), ["/", "/back", "/back"]);
    assert_eq!(header(&at_home[0], "Cookie"), Some("a=b"));
    assert_eq!(header(&at_away[0], "Authorization"), None);
    assert_eq!(header(&at_away[0], "Cookie"), None);
}
