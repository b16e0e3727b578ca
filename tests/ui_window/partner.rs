//! The start page, the partner, the table and the detail of a row.

use super::*;
use egui::Key;

#[test]
fn a_partner_talks_and_its_rows_can_be_read() {
    let mut window = Window::new(Lang::En);
    window.see("See every frame. End it every way.");
    for card in ["Try it with a partner", "Or an echo server", "Open a capture"] {
        assert!(window.shows(card), "{card}");
    }
    assert!(window.shows("Listen · 127.0.0.1:8000"));
    assert!(window.shows("Connect · ws://127.0.0.1:8000/"));
    window.click("Try it with a partner");
    window.see("client Text 13 你好,火星");
    let rows = window.rows();
    assert!(rows[0].starts_with("· TCP TCP connected"), "{rows:#?}");
    assert!(rows[1].starts_with("· client GET / "), "{rows:#?}");
    assert!(rows[2].starts_with("· server 101 "), "{rows:#?}");
    assert_eq!(rows[3], "1 client Text 5 hello");
    assert!(window.shows("Choose a row to see its octets."));
    window.click("1 client Text 5 hello");
    assert_eq!(window.chosen(), Some(3));
    window.see("FRAME 1 · TEXT · FROM THE CLIENT");
    assert!(window.shows("payload length 5"));
    window.click_part("· server 101 ");
    window.see("OPENING HANDSHAKE · 101 · FROM THE SERVER");
}

#[test]
fn an_echo_server_answers_what_this_end_sends() {
    let mut window = Window::new(Lang::En);
    window.click("Or an echo server");
    window.see("client Text 5 hello");
    window.see("server Text 13 你好,火星");
    assert!(window.shows("tokio-tungstenite, an echo server"));
    window.click("Send Close");
    window.see("client Close 1000 2");
    window.see("server Close 1000 2");
    window.see("· CLOSED 1000 clean");
    window.see("0 open · 1 closed");
}

#[test]
fn the_partner_does_what_it_is_asked() {
    let mut window = Window::with_partner();
    window.enter("Partner: Text", "from afar");
    window.click("Partner: Send");
    window.see("client Text 9 from afar");
    window.click("Partner: Ping");
    window.see("client Ping 4 beat");
    window.see("server Pong 4 beat");
    window.click("Partner: Fall silent");
    window.see("silent: it neither reads nor answers");
    window.click("Ping");
    window.enter("What to send", "anybody?");
    window.click("Send Ctrl+↵");
    window.see("server Ping 8 anybody?");
    window.click("Partner: Resume");
    window.see("client Pong 8 anybody?");
    window.click("Partner: Close");
    window.see("client Close 3001");
    window.see("server Close 3001");
    window.see("· CLOSED 3001 clean");
    window.see("has left");
    assert!(!window.shows("Partner: Send"), "nobody is there to ask");
    window.click("Connect again");
    window.see("2 OPEN");
    window.see("Partner: Send");
}

fn key_event(key: Key) -> egui::Event {
    let (pressed, repeat) = (true, false);
    egui::Event::Key { key, physical_key: None, pressed, repeat, modifiers: Modifiers::NONE }
}

#[test]
fn keys_move_the_choice() {
    let (mut window, mut client) = Window::with_client();
    let frames: Vec<u8> = (0..200).flat_map(|n| masked(0x82, &[n])).collect();
    client.write_all(&frames).unwrap();
    window.see("200 client Binary 1 c7");
    let first = 3;
    let last = 202;
    for (key, chosen) in [
        (Key::Home, 0),
        (Key::ArrowDown, 1),
        (Key::ArrowDown, 2),
        (Key::ArrowUp, 1),
        (Key::ArrowUp, 0),
        (Key::ArrowUp, 0),
        (Key::End, last),
        (Key::ArrowDown, last),
        (Key::ArrowUp, last - 1),
        (Key::End, last),
    ] {
        window.key(key);
        assert_eq!(window.chosen(), Some(chosen), "{key:?}");
    }
    window.key(Key::PageUp);
    let page = last - window.chosen().unwrap();
    assert!((8..40).contains(&page), "{page}");
    window.key(Key::PageUp);
    assert_eq!(window.chosen(), Some(last - 2 * page));
    window.key(Key::PageDown);
    window.key(Key::PageDown);
    assert_eq!(window.chosen(), Some(last));
    window.key(Key::Home);
    window.key(Key::PageDown);
    assert_eq!(window.chosen(), Some(page));
    let shown = format!("{} client Binary", page - first + 1);
    assert!(window.rows().iter().any(|row| row.starts_with(&shown)), "the choice is in view");
    window.key(Key::Home);
    window
        .harness
        .input_mut()
        .events
        .extend([key_event(Key::ArrowDown), key_event(Key::ArrowDown)]);
    window.harness.step();
    assert_eq!(window.chosen(), Some(2), "two presses between two paintings");
    window.click("What to send");
    window.key(Key::End);
    assert_eq!(window.chosen(), Some(2), "a field keeps its own keys");
}

#[test]
fn following_keeps_the_newest_row_in_view() {
    let (mut window, mut client) = Window::with_client();
    let frames: Vec<u8> = (0..100).flat_map(|n| masked(0x82, &[n])).collect();
    client.write_all(&frames).unwrap();
    window.see("100 client Binary 1 63");
    window.key(Key::Home);
    window.see("· TCP TCP connected");
    client.write_all(&masked(0x81, b"newest")).unwrap();
    window.see("104 of 104 rows");
    assert!(!window.shows("Text 6 newest"), "who looks at a row stays there");
    window.click("follow");
    window.see("101 client Text 6 newest");
    client.write_all(&masked(0x81, b"and on")).unwrap();
    window.see("102 client Text 6 and on");
}

#[test]
fn heartbeats_can_be_hidden() {
    let mut window = Window::with_partner();
    window.click("Partner: Ping");
    window.see("server Pong 4 beat");
    window.see("8 of 8 rows");
    window.click("hide heartbeats");
    window.see("6 of 8 rows");
    assert!(!window.shows("Pong 4 beat") && !window.shows("Ping 4 beat"));
    window.click("hide heartbeats");
    window.see("8 of 8 rows");
}

#[test]
fn what_breaks_a_rule_can_stand_alone() {
    let (mut window, mut client) = Window::with_client();
    client.write_all(&masked(0x81, b"fine")).unwrap();
    client.write_all(&masked(0x83, b"")).unwrap();
    window.see("violations 1");
    window.click("violations 1");
    window.see("client Reserved 3 0 (empty)");
    assert!(!window.shows("client Text 4 fine"));
    window.click("violations 1");
    window.see("client Text 4 fine");
}

#[test]
fn a_message_goes_to_all_where_that_is_chosen() {
    let (mut window, mut first) = Window::with_client();
    let _second = handshake(first.peer_addr().unwrap());
    window.see("2 OPEN");
    window.choose("How this end answers: Messages", "to all");
    first.write_all(&masked(0x81, b"to you all")).unwrap();
    window.see("2 server Text 10 to you all");
    window.see("3 server Text 10 to you all");
}

#[test]
fn a_connection_that_is_chosen_stands_alone() {
    let (mut window, mut first) = Window::with_client();
    first.write_all(&masked(0x81, b"one")).unwrap();
    window.see("client Text 3 one");
    let address = first.peer_addr().unwrap();
    let mut second = handshake(address);
    second.write_all(&masked(0x81, b"two")).unwrap();
    window.see("client Text 3 two");
    assert!(window.shows("client Text 3 one"));
    window.click_part("1 OPEN");
    window.see_gone("client Text 3 two");
    window.see("client Text 3 one");
    window.click("Text");
    window.enter("What to send", "to the first");
    window.click("Send Ctrl+↵");
    expect(&mut first, b"\x81\x0cto the first");
    window.click_part("2 OPEN");
    window.see_gone("client Text 3 one");
    window.click("Send Ctrl+↵");
    expect(&mut second, b"\x81\x0cto the first");
    window.click("All connections");
    window.see("client Text 3 one");
    window.choose("to", "all open (2)");
    window.click("Send Ctrl+↵");
    for client in [&mut first, &mut second] {
        expect(client, b"\x81\x0cto the first");
    }
    window.click("End all");
    for client in [&mut first, &mut second] {
        expect(client, b"\x88\x02\x03\xe9");
    }
}
