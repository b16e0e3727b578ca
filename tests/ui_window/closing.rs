//! Every way to end a connection, and how this end answers one.

use super::*;
use std::io::ErrorKind;

#[test]
fn a_registered_code_with_a_chinese_reason_arrives_octet_by_octet() {
    let (mut window, mut client) = Window::with_client();
    window.enter("Reason", MARS);
    window.see("45 / 123");
    window.click("Send Close");
    let close = [&[0x88, 47, 0x03, 0xe8], MARS.as_bytes()].concat();
    expect(&mut client, &close);
    window.see(&format!("server Close 1000 47 {MARS}"));
    window.see("1 CLOSING");
    client.write_all(&masked(0x88, &close[2..])).unwrap();
    window.see(&format!("client Close 1000 47 {MARS}"));
    window.see("server FIN");
    drop(client);
    window.see("· CLOSED 1000 clean");
    window.see("1 CLOSED");
}

#[test]
fn every_registered_code_can_be_chosen() {
    let (mut window, client) = Window::with_client();
    let address = client.peer_addr().unwrap();
    drop(client);
    window.see("0 open · 1 closed");
    for (choice, code) in [
        ("1001 Going Away", 1001_u16),
        ("1005 No Status Rcvd", 1005),
        ("1011 Internal Error", 1011),
        ("1015 TLS handshake", 1015),
        ("3000 Unauthorized", 3000),
    ] {
        let mut client = handshake(address);
        window.see("1 open");
        window.choose("Status code", choice);
        window.click("Send Close");
        expect(&mut client, &[&[0x88, 2][..], &code.to_be_bytes()].concat());
        let name = choice.split_once(' ').unwrap().1;
        window.see(&format!("server Close {code} 2 {name}"));
        drop(client);
        window.see("0 open");
    }
}

#[test]
fn any_number_is_sent_and_what_it_breaks_is_said() {
    let (mut window, mut client) = Window::with_client();
    window.choose("Status code", "Another number");
    for (number, sentence) in [
        ("1005", "breaks RFC 6455 §7.4.1"),
        ("999", "breaks RFC 6455 §7.4.2"),
        ("70000", "a code is a number from 0 to 65535"),
        ("x", "a code is a number from 0 to 65535"),
    ] {
        window.enter("Another number", number);
        window.see(sentence);
    }
    let send = window.harness.get_by_label("Send Close");
    assert!(send.accesskit_node().is_disabled());
    window.enter("Another number", "4000");
    window.see_gone("breaks RFC 6455");
    window.enter("Reason", &"r".repeat(124));
    window.see("124 / 123");
    window.see("breaks RFC 6455 §5.5");
    window.enter("Reason", "");
    window.see_gone("breaks RFC 6455");
    window.enter("Another number", "65535");
    window.click("Send Close");
    expect(&mut client, b"\x88\x02\xff\xff");
    window.see("server Close 65535 2");
}

#[test]
fn an_empty_close_holds_nothing() {
    let (mut window, mut client) = Window::with_client();
    window.click("Empty Close");
    expect(&mut client, b"\x88\x00");
    window.see("server Close 0");
}

#[test]
fn tcp_ends_with_a_fin() {
    let (mut window, mut client) = Window::with_client();
    window.click("End TCP (FIN)");
    assert_eq!(client.read(&mut [0; 9]).unwrap(), 0);
    window.see("· server FIN ended its direction of TCP");
    drop(client);
    window.see("· CLOSED 1006 not clean");
}

#[test]
fn tcp_is_reset() {
    let (mut window, mut client) = Window::with_client();
    window.click("Reset (RST)");
    let error = client.read(&mut [0; 9]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    window.see("· server RST reset TCP");
    window.see("· CLOSED 1006 not clean");
}

#[test]
fn the_end_of_tcp_is_held_until_a_hand_lets_it_through() {
    let mut window = Window::with_partner();
    window.choose("How this end answers: End TCP", "by hand");
    window.click("Partner: Close");
    window.see("server Close 3001");
    window.see("connection 1 · by hand · 1 waiting");
    window.see("1. FIN · answer");
    assert!(window.shows("1 CLOSING") && !window.shows("server FIN"));
    window.click("Let it through");
    window.see("· CLOSED 3001 clean");
}

#[test]
fn an_answer_is_held_until_a_hand_lets_it_through() {
    let mut window = Window::with_partner();
    window.choose("How this end answers: When", "by hand");
    window.choose("How this end answers: Ping", "by hand");
    window.click("Partner: Ping");
    window.see("1. Pong · 4 octets · beat · answer");
    window.click("Let it through");
    window.see("server Pong 4 beat");
    window.see_gone("waiting");
    window.click("Partner: Close");
    window.see("client Close 3001");
    window.see("1. Close 3001 · hello · answer");
    assert!(window.shows("1 CLOSING") && window.shows("by hand · 1 waiting"));
    assert!(!window.shows("server Close"));
    window.click("Let it through");
    window.see("server Close 3001");
    window.see("· CLOSED 3001 clean");
    window.see_gone("waiting");
}

#[test]
fn the_answer_to_a_close_is_chosen_while_the_connection_is_open() {
    let (mut window, first) = Window::with_client();
    let address = first.peer_addr().unwrap();
    drop(first);
    window.see("0 open · 1 closed");
    for (choice, answer) in [
        ("empty Close", Some(&b"\x88\x00"[..])),
        ("the same", Some(b"\x88\x02\x0f\xa1")),
        ("FIN instead", Some(b"")),
        ("RST instead", None),
        ("own code", Some(b"\x88\x05\x10\xe1bye")),
    ] {
        let mut client = handshake(address);
        window.see("1 open");
        window.choose("How this end answers: Close", choice);
        if choice == "own code" {
            window.enter("How this end answers: Code", "4321");
            window.enter("How this end answers: Reason", "bye");
        }
        window.harness.step();
        client.write_all(&masked(0x88, b"\x0f\xa1")).unwrap();
        let mut read = Vec::new();
        let end = client.read_to_end(&mut read);
        assert_eq!(end.ok().map(|_| &read[..]), answer, "{choice}");
        drop(client);
        window.see("0 open");
    }
}
