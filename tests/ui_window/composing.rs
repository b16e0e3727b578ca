//! The composer: what is typed arrives octet by octet.

use super::*;

const SEND: &str = "Send Ctrl+↵";

#[test]
fn texts_and_heartbeats_are_sent() {
    let (mut window, mut client) = Window::with_client();
    window.enter("What to send", "火星");
    window.see("· 6 octets");
    window.click(SEND);
    expect(&mut client, &[&[0x81, 6], "火星".as_bytes()].concat());
    window.see("server Text 6 火星");
    window.enter("What to send", "beat");
    window.click("Ping");
    window.click(SEND);
    expect(&mut client, b"\x89\x04beat");
    window.see("server Ping 4 beat");
    client.write_all(&masked(0x8a, b"beat")).unwrap();
    window.see("client Pong 4 beat");
    window.click("Pong");
    window.click(SEND);
    expect(&mut client, b"\x8a\x04beat");
    window.see("server Pong 4 beat");
    window.click("What to send");
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    window.harness.step();
    expect(&mut client, b"\x8a\x04beat");
}

#[test]
fn octets_are_typed_in_hex_in_base64_or_taken_from_a_file() {
    let (mut window, mut client) = Window::with_client();
    window.click("Binary");
    window.enter("What to send", "de ad be e");
    window.click(SEND);
    window.see("Hex: not pairs of hexadecimal digits");
    window.enter("What to send", "de ad be ef");
    window.see_gone("not pairs of hexadecimal digits");
    window.click(SEND);
    expect(&mut client, b"\x82\x04\xde\xad\xbe\xef");
    window.see("server Binary 4 de ad be ef");
    window.click("Base64");
    window.enter("What to send", "not base64!");
    window.click(SEND);
    window.see("not Base64: ");
    window.enter("What to send", "AAEC");
    window.click(SEND);
    expect(&mut client, b"\x82\x03\x00\x01\x02");
    window.click("File");
    let path = window.folder().join("octets");
    std::fs::write(&path, "of a file").unwrap();
    window.enter("What to send", &path.display().to_string());
    window.click(SEND);
    expect(&mut client, b"\x82\x09of a file");
    window.enter("What to send", "/no/such/file");
    window.click(SEND);
    window.see("/no/such/file: ");
    window.click("Choose…");
    window.enter("Path of the file", &path.display().to_string());
    window.click("Open");
    window.click(SEND);
    expect(&mut client, b"\x82\x09of a file");
}

#[test]
fn a_message_is_sent_in_fragments() {
    let (mut window, mut client) = Window::with_client();
    window.click("Fragments");
    window.enter("What to send", "0123456789ab");
    window.enter("Octets a fragment", "0");
    window.click(SEND);
    window.see("Octets a fragment: 1 …");
    window.enter("Octets a fragment", "5");
    window.click(SEND);
    expect(&mut client, b"\x01\x0501234\x00\x0556789\x80\x02ab");
    window.see("server Text 5 part 1 · message 1 · 01234");
    window.see("server Cont. 5 part 2 · message 1 · 56789");
    window.see("server Cont. 2 part 3 (last) · message 1 · ab");
}

#[test]
fn raw_octets_go_as_they_are() {
    let (mut window, mut client) = Window::with_client();
    window.click("Raw");
    window.enter("What to send", "c3 00 81 01 2b");
    window.click(SEND);
    expect(&mut client, b"\xc3\x00\x81\x01\x2b");
    window.see("server Text 1 +");
    let rows = window.rows();
    assert!(rows.iter().any(|row| row.contains("server") && row.contains('3')), "{rows:#?}");
}

#[test]
fn without_a_connection_nothing_can_be_sent() {
    let (mut window, _) = Window::listening();
    window.see("no connection is open");
    window.see("Waiting for a client.");
    for button in [SEND, "Send Close", "Empty Close", "End TCP (FIN)", "Reset (RST)"] {
        let node = window.harness.get_by_label(button);
        assert!(node.accesskit_node().is_disabled(), "{button}");
    }
}
