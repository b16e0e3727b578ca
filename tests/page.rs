//! The page for a browser: who gets it, who may report, and that none of it is a
//! connection. What a browser sees is in `page/browser.rs`.

mod browser;
mod clients;

use super::run::{Run, holds, time};
use super::wire::{End, Wire, header, request};
use clients::Page;
use serde_json::json;

/// What is answered to these octets, to the end of TCP, which has to be a FIN.
fn exchange(port: u16, octets: &str) -> String {
    let mut wire = Wire::connect(port);
    wire.send(octets.as_bytes());
    let (answer, end) = wire.rest();
    assert_eq!(end, End::Fin, "{octets}");
    String::from_utf8(answer).expect("an answer in UTF-8")
}

/// A GET by address, with further header lines.
fn get(port: u16, target: &str, extra: &str) -> String {
    exchange(port, &format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{extra}\r\n"))
}

#[test]
fn a_page_request_is_no_connection() {
    let mut run = Run::listen(&["--connections", "1"]);
    let port = run.port();
    let first = get(port, "/", "");
    let (head, body) = first.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert_eq!(header(head, "Content-Length"), Some(&*body.len().to_string()));
    assert!(body.starts_with("<!DOCTYPE html>") && !body.contains("{{"), "{body}");
    let policy = header(head, "Content-Security-Policy").expect("a policy");
    let nonce = policy.split("script-src 'nonce-").nth(1).and_then(|p| p.split('\'').next());
    assert!(body.contains(&format!("<script nonce=\"{}\">", nonce.expect("a nonce"))));
    for (name, value) in [
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Connection", "close"),
    ] {
        assert_eq!(header(head, name), Some(value));
    }
    let second = get(port, "/anything?lang=zh", "Accept: text/html\r\n");
    assert!(second.starts_with("HTTP/1.1 200 ") && second != first, "each has its own token");
    let icon = get(port, "/favicon.ico", "");
    assert!(icon.starts_with("HTTP/1.1 204 ") && icon.ends_with("\r\n\r\n"), "{icon}");
    let asked = exchange(port, &format!("HEAD / HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"));
    assert!(asked.starts_with("HTTP/1.1 200 ") && asked.ends_with("\r\n\r\n"), "{asked}");
    // Nothing of this was counted, and the first WebSocket is connection 1.
    let mut client = Wire::open(port);
    client.send_close(1000, "");
    client.rest();
    client.fin();
    assert_eq!(run.closed()["connection"], 1);
    let ended = run.end().expect(0);
    assert_eq!(ended.all("connection").len(), 1);
    assert_eq!(ended.all("error").len(), 0);
}

#[test]
fn a_socket_that_was_opened_early_gets_the_page_all_the_same() {
    // Browsers open one while an address is still being typed.
    let mut run = Run::listen(&[]);
    let port = run.port();
    let mut early = Wire::connect(port);
    run.line("connection");
    early.send(format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").as_bytes());
    let (answer, end) = early.rest();
    let answer = String::from_utf8(answer).expect("an answer in UTF-8");
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("</html>\n"), "{answer}");
    assert_eq!(end, End::Fin);
    early.fin();
    // What is a connection is recorded, whatever it asks for.
    let from =
        |from| move |line: &serde_json::Value| line["head"].is_string() && line["from"] == from;
    assert_eq!(run.until(from("client"))["connection"], 1);
    assert!(run.until(from("server"))["head"].to_string().contains("200 OK"));
    holds(&run.closed(), &json!({"connection": 1, "client": {"code": 1006}}));
    run.interrupt().expect(0);
}

#[test]
fn without_the_page_a_plain_request_is_a_connection() {
    let mut run = Run::listen(&["--no-page"]);
    let answer = get(run.port(), "/", "Connection: close\r\n");
    assert!(answer.starts_with("HTTP/1.1 426 "), "{answer}");
    holds(&run.closed(), &json!({"connection": 1}));
    run.interrupt().expect(0);
}

#[test]
fn whoever_is_silent_or_slow_is_a_connection() {
    let mut run = Run::listen(&["--open-timeout", "60000"]);
    let port = run.port();
    let silent = Wire::connect(port);
    // It does not hold up the others.
    let _quick = Wire::open(port);
    let mut reader = Wire::connect_from([127, 0, 0, 2], port);
    reader.send(format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").as_bytes());
    assert!(reader.head().starts_with("HTTP/1.1 200 "));
    let client = format!("127.0.0.1:{}", silent.local().port());
    let line = run.until(|line| line["type"] == "connection" && line["client"] == client);
    let head = run.lines.iter().find(|line| line["type"] == "opening_handshake");
    let quick = head.cloned().unwrap_or_else(|| run.line("opening_handshake"));
    assert!(time(&line) <= time(&quick), "its time is that of its beginning");
    // A head that is not whole in time belongs to a connection, which is refused.
    let mut slow = Wire::connect(port);
    slow.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    run.line("connection");
    slow.send(b"\r\n");
    let head = slow.head();
    assert!(head.starts_with("HTTP/1.1 426 "), "{head}");
    slow.fin();
    slow.rest();
    drop(silent);
    let ended = run.interrupt().expect(0);
    let heads: Vec<_> = ended.all("opening_handshake").into_iter().map(|l| &l["head"]).collect();
    assert!(heads.contains(&&json!("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")), "{heads:?}");
}

#[test]
fn a_socket_that_a_browser_keeps_ready_is_no_connection() {
    let mut run = Run::listen(&["--after-open", "close:1000:bye"]);
    let port = run.port();
    let page = Page::load(port);
    let [unused, mut spare] = [Wire::connect(port), Wire::connect(port)];
    // Somebody else who is silent becomes a connection, and by then the two would have.
    let other = Wire::connect_from([127, 0, 0, 2], port);
    assert!(run.line("connection")["client"].as_str().is_some_and(|c| c.starts_with("127.0.0.2:")));
    let mut client = page.open(1, "Anna");
    client.expect_close(1000, "bye");
    client.send_close(1000, "");
    client.rest();
    client.fin();
    spare.send(page.post(&page.report(1, 1000, "bye", true)).as_bytes());
    let head = spare.head();
    assert!(head.starts_with("HTTP/1.1 204 "), "{head}");
    holds(&run.line("observed"), &json!({"connection": 2, "name": "Anna", "predicted": true}));
    drop((unused, other));
    let ended = run.interrupt().expect(0);
    assert_eq!(ended.all("connection").len(), 2);
}

#[test]
fn nobody_but_our_own_page_may_report() {
    let mut run = Run::listen(&["--after-open", "close:1000:bye"]);
    let port = run.port();
    let page = Page::load(port);
    let mut client = page.open(1, "Anna");
    client.expect_close(1000, "bye");
    client.send_close(1000, "");
    client.rest();
    client.fin();
    run.closed();
    let body = page.report(1, 1000, "bye", true);
    let honest = page.post(&body);
    let other = Page::load(port);
    let (here, token) = (format!("127.0.0.1:{port}"), format!("Token: {}", page.token));
    let origin = format!("Origin: http://{here}");
    let long = body.replace("bye", &"x".repeat(5000));
    let attempt = page.report(2, 1000, "bye", true);
    for (from, to, status) in [
        (&*origin, "Origin: http://evil.example", 403),
        (&origin, "Origin: null", 403),
        (&origin, &format!("Origin: https://{here}"), 403),
        (&origin, &format!("Origin: http://127.0.0.1:{}", port ^ 1), 403),
        (&format!("{origin}\r\n"), "", 403),
        (&format!("Host: {here}"), &format!("Host: evil.example:{port}"), 403),
        (&here, &format!("evil.example:{port}"), 403),
        (&token, "Token: 00000000000000000000000000000000", 403),
        (&token, &format!("Token: {}", other.token), 403),
        (&format!("X-Wsscope-{token}\r\n"), "", 403),
        (&page.id, &other.id, 403),
        ("application/json", "text/plain", 415),
        (&body, "not JSON", 400),
        (&body, "{}", 400),
        ("1000", "99999", 400),
        (&body, &long, 413),
        (&body, &attempt, 404),
    ] {
        assert!(honest.contains(from), "{from} in {honest}");
        let sent = clients::with_length(&honest.replace(from, to));
        let answer = exchange(port, &sent);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{sent}\n{answer}");
        let told = answer.split_once("\r\n\r\n").expect("a head").1;
        assert!(told.len() > 20, "it says why: {answer}");
    }
    let nameless = honest.replace("Content-Length", "X-Length");
    assert!(exchange(port, &nameless).starts_with("HTTP/1.1 411 "));
    // None of this was recorded: the first that is, is the honest one.
    assert!(exchange(port, &honest).starts_with("HTTP/1.1 204 "));
    let line = run.line("observed");
    let event = json!({"code": 1000, "reason": "bye", "was_clean": true, "error": false});
    let expected = json!({
        "connection": 1, "browser": "Chromium 156", "name": "Anna",
        "close_event": event, "predicted": true,
    });
    holds(&line, &expected);
    // Once only.
    assert!(exchange(port, &honest).starts_with("HTTP/1.1 409 "));
    let ended = run.interrupt().expect(0);
    ended.only("observed");
    assert_eq!(ended.all("connection").len(), 1);
    let asked = ended.all("opening_handshake")[0];
    assert_eq!(asked["page"], json!({"browser": "Chromium 156", "name": "Anna"}));
}

#[test]
fn what_a_page_says_is_cleaned_and_compared() {
    let mut run = Run::listen(&["--after-open", "close:1000:bye"]);
    let page = Page::load(run.port());
    let mut client = page.open(1, "A%0d%0a%1b[2Jn%E2%80%AEna");
    client.expect_close(1000, "bye");
    client.send_close(1000, "");
    client.rest();
    client.fin();
    run.closed();
    let lie = page.report(1, 1006, "b\\u0007y\\ne", false);
    assert!(exchange(run.port(), &page.post(&lie)).starts_with("HTTP/1.1 204 "));
    let expected = json!({
        "name": "A[2Jnna", "close_event": {"code": 1006, "reason": "bye"}, "predicted": false,
    });
    holds(&run.line("observed"), &expected);
    // A page that nobody served is an ordinary client.
    let stranger = request("").replace("/chat?room=1", "/?page=0123&n=1&name=Eve");
    let mut client = Wire::connect(run.port());
    client.send(stranger.as_bytes());
    client.head();
    let asked = run.until(|line| line["type"] == "opening_handshake" && line["connection"] == 2);
    assert!(asked.get("page").is_none(), "{asked}");
}

#[test]
fn a_run_waits_for_the_report_on_its_last_connection() {
    let run = Run::listen(&["--connections", "1", "--after-open", "close:1000:bye"]);
    let port = run.port();
    let page = Page::load(port);
    let mut client = page.open(1, "");
    client.expect_close(1000, "bye");
    client.send_close(1000, "");
    client.rest();
    client.fin();
    let answer = exchange(port, &page.post(&page.report(1, 1000, "bye", true)));
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    let ended = run.end().expect(0);
    holds(ended.only("observed"), &json!({"name": "", "predicted": true}));
}
