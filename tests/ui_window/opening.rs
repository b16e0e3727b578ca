//! The opening handshake in the window: the answers of a server, and going on
//! behind a refusal.

use super::*;
use std::net::TcpListener;

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Protocol: a, b\r\n\r\n";

/// Reads up to a blank line.
fn head(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        stream.read_exact(&mut octet).unwrap();
        head.push(octet[0]);
    }
    String::from_utf8(head).unwrap()
}

/// What a new client is answered.
fn answered(address: SocketAddr) -> (TcpStream, String) {
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(REQUEST.as_bytes()).unwrap();
    let head = head(&mut client);
    (client, head)
}

/// Clicks until an answer has this in it: an order takes its way to the listener.
#[track_caller]
fn answers(window: &mut Window, address: SocketAddr, part: &str, present: bool) -> String {
    window.wait(part, |_| {
        let (_, head) = answered(address);
        (head.contains(part) == present).then_some(head)
    })
}

#[test]
fn the_answer_of_a_server_is_chosen_while_it_listens() {
    let (mut window, address) = Window::listening();
    let (_, head) = answered(address);
    assert!(head.contains("Sec-WebSocket-Protocol: a\r\n"), "{head}");
    window.click("Options ▾");
    window.click("101 without Upgrade");
    let head = answers(&mut window, address, "\r\nUpgrade: ", false);
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    window.click("101, wrong Sec-WebSocket-Accept");
    answers(&mut window, address, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", false);
    window.click("none");
    answers(&mut window, address, "Sec-WebSocket-Protocol", false);
    window.click("this one, offered or not:");
    window.enter("Subprotocol", "z");
    answers(&mut window, address, "Sec-WebSocket-Protocol: z\r\n", true);
    window.click("refuse with a status");
    window.enter("Status of the refusal", "401");
    window.enter("Body of the refusal", "no!");
    window.enter("Further headers, a line each: Name: value", "X-Why: just so");
    let head = answers(&mut window, address, "X-Why: just so\r\n", true);
    assert!(head.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{head}");
    assert!(head.contains("Content-Length: 3\r\n"), "{head}");
    window.enter("Status of the refusal", "99");
    window.see("a status is 200 to 999");
    window.enter("Status of the refusal", "403");
    answers(&mut window, address, "HTTP/1.1 403 ", true);
    assert!(!window.shows("a status is 200 to 999"));
    window.click("accept: 101");
    window.enter("Answer after ms", "200");
    answers(&mut window, address, "HTTP/1.1 101 ", true);
    window.click("never");
    // Nothing comes until the other end gives up.
    let mut silent = TcpStream::connect(address).unwrap();
    silent.write_all(REQUEST.as_bytes()).unwrap();
    window.see("CONNECTING");
}

/// A window whose client was answered so, with the response chosen.
fn refused(response: &str) -> (Window, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut window = Window::new(Lang::En);
    window.click("Client");
    window.enter("URL", &format!("ws://{}/a", listener.local_addr().unwrap()));
    window.click("Connect");
    let (mut server, _) = listener.accept().unwrap();
    head(&mut server);
    server.write_all(response.as_bytes()).unwrap();
    window.click_part("· server ");
    window.see("NOT A WEBSOCKET");
    (window, listener)
}

#[test]
fn a_redirect_is_shown_and_followed_by_a_click() {
    let response = "HTTP/1.1 302 Found\r\nLocation: /b?c\r\nContent-Length: 0\r\n\r\n";
    let (mut window, listener) = refused(response);
    window.see("A browser never follows one for a WebSocket");
    let url = format!("ws://{}/b?c", listener.local_addr().unwrap());
    window.see(&url);
    window.click("Follow");
    let (mut server, _) = listener.accept().unwrap();
    assert!(head(&mut server).starts_with("GET /b?c HTTP/1.1\r\n"));
    assert_eq!(window.app().state.url, url);
    server.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").unwrap();
    window.see("· server 404");
}

#[test]
fn a_401_is_tried_again_with_user_and_password() {
    let response = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\
                    Content-Length: 0\r\n\r\n";
    let (mut window, listener) = refused(response);
    window.see("The server asks for credentials");
    window.enter("User", "joe");
    window.enter("Password", "p@ss:");
    window.click("Try again with these");
    let (mut server, _) = listener.accept().unwrap();
    let head = head(&mut server);
    assert!(head.contains("\r\nAuthorization: Basic am9lOnBAc3M6\r\n"), "{head}");
    assert!(head.starts_with("GET /a HTTP/1.1\r\n"), "{head}");
    assert!(!window.app().state.url.contains("joe"), "the password is not in sight");
}

#[test]
fn the_choices_are_there_in_chinese() {
    let mut window = Window::new(Lang::Zh);
    window.click("选项 ▾");
    for label in ["接受：101", "以状态拒绝", "从不应答", "101，无 Upgrade", "选定的子协议"]
    {
        window.see(label);
    }
}
