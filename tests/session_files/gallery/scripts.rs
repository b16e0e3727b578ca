//! What happened in each capture of the gallery, as our end saw it.

use crate::session_files::rig::{self, Script};
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::header::{LengthForm, write_frame};
use wsscope::protocol::{Header, Opcode, Role, StatusCode, close};
use wsscope::session::{Fault, FaultKind, Stage};

const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\nOrigin: http://chat.example\r\n\r\n";

fn close_frame(from: Role, code: u16, reason: impl AsRef<[u8]>) -> Vec<u8> {
    rig::frame(from, Opcode::CLOSE, &close::body(StatusCode(code), reason.as_ref()))
}

fn text(from: Role, text: &str) -> Vec<u8> {
    rig::frame(from, Opcode::TEXT, text.as_bytes())
}

/// A connection of our end in this role, which asks to become a WebSocket.
fn asked(role: Role) -> Script {
    let mut script = Script::default();
    let one = script.opened(Some(role), "192.0.2.7:50001", "198.51.100.20:80");
    script.octets(one, Role::Client, REQUEST);
    script
}

/// The same, which became one.
fn opened(role: Role) -> Script {
    let mut script = asked(role);
    script.octets(1, Role::Server, rig::RESPONSE);
    script
}

fn fins(script: &mut Script, first: Role) {
    script.tcp(1, first, TcpEvent::Fin);
    script.tcp(1, first.peer(), TcpEvent::Fin);
    script.over(1);
}

/// A server's Close for which our client fails the connection with this code.
fn refused(octets: impl AsRef<[u8]>, code: u16) -> Script {
    let mut script = opened(Role::Client);
    script.octets(1, Role::Server, text(Role::Server, "hello"));
    script.octets(1, Role::Server, octets);
    script.octets(1, Role::Client, close_frame(Role::Client, code, ""));
    fins(&mut script, Role::Client);
    script
}

/// The same for a frame that is no Close; the server answers.
fn failed(octets: impl AsRef<[u8]>) -> Script {
    let mut script = opened(Role::Client);
    script.octets(1, Role::Server, text(Role::Server, "hello"));
    script.octets(1, Role::Server, octets);
    script.octets(1, Role::Client, close_frame(Role::Client, 1002, ""));
    script.octets(1, Role::Server, close_frame(Role::Server, 1002, ""));
    fins(&mut script, Role::Server);
    script
}

/// A server writes this at once, our client answers the Close in it.
fn close_and_more(octets: &[u8], answer: Vec<u8>) -> Script {
    let mut script = opened(Role::Client);
    script.octets(1, Role::Server, octets);
    script.octets(1, Role::Client, answer);
    fins(&mut script, Role::Server);
    script
}

pub fn server_sends_1005() -> Script {
    refused(close_frame(Role::Server, 1005, ""), 1002)
}

pub fn proxy_forwards_1006() -> Script {
    refused(close_frame(Role::Server, 1006, "upstream closed"), 1002)
}

pub fn client_never_answers() -> Script {
    let mut script = opened(Role::Server);
    script.octets(1, Role::Server, close_frame(Role::Server, 1001, "restart"));
    script.pause(30);
    script.tcp(1, Role::Server, TcpEvent::Fin);
    script.pause(30);
    script.over(1);
    script
}

pub fn server_never_ends_tcp() -> Script {
    let mut script = opened(Role::Client);
    script.octets(1, Role::Client, close_frame(Role::Client, 1000, "done"));
    script.octets(1, Role::Server, close_frame(Role::Server, 1000, "done"));
    script.pause(10);
    script.tcp(1, Role::Client, TcpEvent::Fin);
    script.pause(50);
    script.over(1);
    script
}

pub fn close_88_00_00_00() -> Script {
    close_and_more(b"\x88\0\0\0", rig::frame(Role::Client, Opcode::CLOSE, b""))
}

pub fn close_then_data() -> Script {
    let octets = [close_frame(Role::Server, 1000, "bye"), text(Role::Server, "one more")].concat();
    close_and_more(&octets, close_frame(Role::Client, 1000, "bye"))
}

pub fn close_of_one_octet() -> Script {
    refused(rig::frame(Role::Server, Opcode::CLOSE, b"\x03"), 1002)
}

/// Cut at 123 octets, which is within a character.
pub fn reason_cut_in_a_character() -> Script {
    let reason = "后端错误: 数据库连接池已满，请求在队列中等待超过三十秒，已被服务器取消，请稍后再试或联系管理员";
    assert!(!reason.is_char_boundary(123), "{:?}", reason.split_at_checked(123));
    refused(close_frame(Role::Server, 1011, &reason.as_bytes()[..123]), 1007)
}

pub fn proxy_cuts_idle() -> Script {
    let mut script = opened(Role::Client);
    script.octets(1, Role::Client, text(Role::Client, r#"{"subscribe":"news"}"#));
    script.octets(1, Role::Server, text(Role::Server, r#"{"subscribed":"news"}"#));
    script.pause(60);
    fins(&mut script, Role::Server);
    script
}

pub fn reset_behind_close() -> Script {
    let mut script = opened(Role::Client);
    script.octets(1, Role::Server, text(Role::Server, "hello"));
    script.octets(1, Role::Server, close_frame(Role::Server, 1000, "bye"));
    script.octets(1, Role::Client, close_frame(Role::Client, 1000, "bye"));
    script.tcp(1, Role::Server, TcpEvent::Rst);
    script.over(1);
    script
}

/// Five octets, whose length is written in the 16-bit form.
pub fn length_not_minimal() -> Script {
    let mut header = Header::new(Opcode::TEXT, 5, None);
    header.length_form = LengthForm::Bits16;
    let mut octets = Vec::new();
    write_frame(&header, b"world", &mut octets);
    failed(octets)
}

pub fn page_instead_of_101() -> Script {
    let mut script = asked(Role::Client);
    let body = "<!doctype html><title>chat</title><div id=app></div>\n";
    let length = body.len();
    let page = format!(
        "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\n\
         Content-Length: {length}\r\nConnection: keep-alive\r\n\r\n{body}"
    );
    script.octets(1, Role::Server, page);
    script.fault(1, Fault::new(Stage::OpeningHandshake, FaultKind::Status, "200"));
    fins(&mut script, Role::Client);
    script
}

/// `hello` as RFC 7692 §7.2.3.1 compresses it, which nobody negotiated.
pub fn compressed_unasked() -> Script {
    failed(b"\xC1\x07\xF2\x48\xCD\xC9\xC9\x07\x00")
}

/// A client of somebody's own making that does not know of masking.
pub fn client_does_not_mask() -> Script {
    let mut script = opened(Role::Server);
    script.octets(1, Role::Client, b"\x81\x05hello");
    script.octets(1, Role::Server, close_frame(Role::Server, 1002, ""));
    fins(&mut script, Role::Server);
    script
}
