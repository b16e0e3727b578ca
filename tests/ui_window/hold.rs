//! Hold: what this end is about to send waits where it can be seen.

use super::*;
use egui::{Key, Modifiers};

#[test]
fn on_hold_what_arrives_is_shown_and_the_answers_wait() {
    let (mut window, mut client) = Window::with_client();
    window.click("Hold");
    window.see("connection 1 · on hold");
    client.write_all(&masked(0x89, b"beat")).unwrap();
    window.see("client Ping 4 beat");
    window.see("1. Pong · 4 octets · beat · answer");
    client.write_all(&masked(0x88, b"\x0f\xa1")).unwrap();
    window.see("2. Close 4001 · answer");
    window.enter("Reason", "bye");
    window.click("Send Close");
    window.see("3. Close 1000 · bye");
    assert!(window.shows("1 CLOSING") && window.shows("on hold · 3 waiting"));
    assert!(!window.rows().iter().any(|row| row.contains("server Pong")));
    window.click("Drop: 3. Close 1000 · bye");
    window.see_gone("3. Close 1000");
    window.click("Let it through");
    expect(&mut client, b"\x8a\x04beat");
    window.see("server Pong 4 beat");
    window.click("Let it through: 1. Close 4001 · answer");
    expect(&mut client, b"\x88\x02\x0f\xa1");
    window.see("1. FIN · answer");
    assert!(!window.shows("server FIN"));
    window.click("End hold: connection 1");
    window.see("server FIN");
    assert_eq!(client.read(&mut [0; 9]).unwrap(), 0);
    drop(client);
    window.see("· CLOSED 4001 clean");
    window.see_gone("on hold");
}

#[test]
fn new_connections_begin_on_hold_where_it_is_set_for_all() {
    let (mut window, address) = Window::listening();
    window.click("Hold");
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(DEADLINE)).unwrap();
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    client.write_all(request.as_bytes()).unwrap();
    window.see("1. HTTP/1.1 101 Switching Protocols");
    assert!(window.shows("1 CONNECTING"));
    assert!(window.shows("The opening handshake is not over yet"));
    window.harness.key_press(Key::F10);
    window.see("1 OPEN");
    let mut head = [0; 12];
    client.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 101");
    // By keys alone: two messages wait, both go, the hold ends.
    window.click("Send Ctrl+↵");
    window.click("Send Ctrl+↵");
    window.see("on hold · 2 waiting");
    window.harness.key_press_modifiers(Modifiers::SHIFT, Key::F10);
    window.see_gone("waiting");
    window.see("server Text 17");
    assert!(window.shows("connection 1 · on hold"));
    window.harness.key_press(Key::F8);
    window.see_gone("on hold");
    window.click("Empty Close");
    window.see("server Close 0");
}

#[test]
fn everything_goes_later_by_the_delay_of_the_panel() {
    let (mut window, mut client) = Window::with_client();
    window.enter("How this end answers: Delay, ms", "600");
    let begin = Instant::now();
    client.write_all(&masked(0x89, b"a")).unwrap();
    expect(&mut client, b"\x8a\x01a");
    assert!(begin.elapsed() >= Duration::from_millis(600), "{:?}", begin.elapsed());
    window.enter("How this end answers: Delay, ms", "none");
    window.click("Empty Close");
    expect(&mut client, b"\x88\x00");
    window.see("server Close 0");
}

#[test]
fn ending_all_waits_for_no_hold() {
    let (mut window, mut client) = Window::with_client();
    window.click("Hold");
    window.see("on hold");
    client.write_all(&masked(0x88, b"\x0f\xa1")).unwrap();
    window.see("1. Close 4001 · answer");
    window.click("End all");
    expect(&mut client, b"\x88\x02\x03\xe9");
    assert_eq!(client.read(&mut [0; 9]).unwrap(), 0);
    window.see("server FIN");
}
