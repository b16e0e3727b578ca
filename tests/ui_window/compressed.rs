//! permessage-deflate in the window: negotiated, shown, and bounded.

use super::*;
use crate::compressed::{Talk, bomb};
use wsscope::protocol::deflate::{Deflater, Parameters};
use wsscope::protocol::{Header, Opcode, Role as End};

/// Opens a capture.
fn open(path: &Path) -> Window {
    let mut window = Window::new(Lang::En);
    window.click("File ▾");
    window.click("Open…");
    window.enter("Path of the file", &path.display().to_string());
    window.click("Open");
    window.see("viewing talk");
    window
}

const OFFER: &str = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";

/// The answer of a window that listens to this offer.
fn answer(window: &mut Window, address: SocketAddr, offer: &str) -> String {
    let (_client, head) = super::handshake_at(address, "/", offer);
    window.harness.step();
    let line = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Extensions: "));
    line.unwrap_or_default().to_owned()
}

#[test]
fn a_message_is_shown_inflated_where_it_ends() {
    let mut talk = Talk::new("");
    let text = r#"{"planet":"mars"}"#.repeat(50);
    let row = talk.message(End::Client, Opcode::TEXT, text.as_bytes(), 3);
    let (path, _folder) = talk.finish();
    let mut window = open(&path);
    window.see("client Text 11 part 1 · message 1 · deflate · ");
    window.see("server Ping");
    window.see("part 3 (last) · message 1 · deflate 3.6 % · {\"planet\":\"mars\"}{");
    window.click_part("client Text 11 part 1");
    window.see("fragment 1 of a compressed message; shown inflated at its end, frame 4");
    window.click("To its end");
    assert_eq!(window.chosen(), Some(row));
    window.see("message 1 · 31 → 850 octets, 3.6 %");
    // What is on the wire stays there to be seen.
    window.see("MESSAGE, INFLATED");
    window.see("PAYLOAD");
    window.click("Hex");
    window.see("0000 7b 22 70 6c 61");
    window.click("Text");
    window.see("Unmasked");
    window.click_part("server 101");
    window.see("permessage-deflate agreed: client with context takeover, window 32768 octets");
    window.click("中文");
    window.see("已协商 permessage-deflate");
}

#[test]
fn a_message_that_cannot_be_inflated_says_why() {
    let mut talk = Talk::new("");
    let claim = Header { rsv1: true, ..Header::new(Opcode::TEXT, 1, None) };
    talk.frame(End::Server, claim, b"\xff");
    talk.say(End::Server, "lost");
    let (path, _folder) = talk.finish();
    let mut window = open(&path);
    window.click_part("deflate · cannot be inflated · ff");
    window.see("cannot be inflated: its octets are no deflate data");
    window.click_part("deflate · cannot be inflated: what it refers to was not");
    window.see("it may refer to the message of frame 1, which could not be either");
}

#[test]
fn a_bomb_in_a_file_shows_its_first_part() {
    let mut talk = Talk::new("");
    let bomb = bomb();
    assert!((9 << 20..12 << 20).contains(&bomb.len()), "{}", bomb.len());
    let header = Header { rsv1: true, ..Header::new(Opcode::BINARY, bomb.len() as u64, None) };
    let row = talk.frame(End::Client, header, &bomb);
    talk.say(End::Client, "lost");
    let (path, _folder) = talk.finish();
    let mut window = open(&path);
    window.wait_for(Duration::from_secs(120), "the bomb", |w| {
        w.shows("deflate · inflates to more than is looked at").then_some(())
    });
    window.click_part("deflate · inflates to more than is looked at");
    window.see("inflates to more than 268,435,456 octets: no more is looked at");
    window.see("shown: first 1,048,576 of more than 268,435,456 octets");
    window.click("Hex");
    window.see("0000 00 00 00 00");
    let session = window.app().session().unwrap();
    let mut previews = session.previews.borrow_mut();
    previews.begin_painting();
    let kept = previews.of(&session.log.read(), &session.source, row, 1).unwrap();
    assert_eq!(kept.inflated.octets.len(), 1 << 20);
}

#[test]
fn a_bomb_over_a_socket_ends_with_1009() {
    let (mut window, address) = Window::listening();
    let mut client = handshake_with(address, OFFER);
    let bomb = bomb();
    let mut frame = vec![0xc2, 0xff];
    frame.extend((bomb.len() as u64).to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(bomb);
    let writer = client.try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        // It is not read to its end.
        let _ = (&writer).write_all(&frame);
    });
    window.wait_for(Duration::from_secs(120), "Close 1009", |w| {
        w.shows("server Close 1009").then_some(())
    });
    let mut close = [0; 4];
    client.read_exact(&mut close).unwrap();
    assert_eq!((close[0], u16::from_be_bytes([close[2], close[3]])), (0x88, 1009));
    drop(client);
    sender.join().unwrap();
}

/// The options may be longer than the window.
fn scroll_to(window: &mut Window, label: &str) {
    window.see(label);
    let node = window.harness.query_all_by_label(label).next().unwrap();
    node.scroll_to_me();
    window.harness.run_steps(20);
}

#[test]
fn a_server_accepts_what_is_set_up() {
    let (mut window, address) = Window::listening();
    assert_eq!(answer(&mut window, address, OFFER), "permessage-deflate");
    window.click("Options ▾");
    scroll_to(&mut window, "In force for connections to come.");
    window.click("server_no_context_takeover");
    window.click("client_max_window_bits 10");
    window.key(Key::Escape);
    let agreed = "permessage-deflate; server_no_context_takeover; client_max_window_bits=10";
    window.wait("the change", |w| (answer(w, address, OFFER) == agreed).then_some(()));
    window.click("Options ▾");
    scroll_to(&mut window, "In force for connections to come.");
    window.click("Accept compression");
    window.see_gone("client_max_window_bits 10");
    window.key(Key::Escape);
    window.wait("none", |w| answer(w, address, OFFER).is_empty().then_some(()));
    window.click_part("server 101");
    window.see("permessage-deflate");
}

#[test]
fn a_client_offers_what_is_set_up() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut window = Window::new(Lang::En);
    window.click("Client");
    window.enter("URL", &format!("ws://{}/", server.local_addr().unwrap()));
    window.click("Options ▾");
    window.see("Offer compression");
    scroll_to(&mut window, "In force for connections to come.");
    window.click("client_no_context_takeover");
    window.click("client_max_window_bits 9");
    window.click("server_max_window_bits 12");
    window.key(Key::Escape);
    window.click("Connect");
    let (mut peer, _) = server.accept().unwrap();
    peer.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        peer.read_exact(&mut octet).unwrap();
        head.push(octet[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let offer = head.lines().find(|line| line.starts_with("Sec-WebSocket-Extensions")).unwrap();
    assert_eq!(
        offer,
        "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; \
         server_max_window_bits=12; client_max_window_bits=9"
    );
}

#[test]
fn a_payload_is_compressed_by_hand_and_what_comes_behind_it_can_be_read() {
    let (mut window, address) = Window::listening();
    let mut client = handshake_with(address, OFFER);
    window.see("1 open · 0 closed");
    let direction = Parameters::default().direction(End::Server);
    let mut deflater = Deflater::new(direction).unwrap();
    let mut inflater = wsscope::protocol::deflate::Inflater::new(direction, 1 << 20);
    let mut read = |client: &mut TcpStream| {
        let mut head = [0; 2];
        client.read_exact(&mut head).unwrap();
        assert_eq!(head[0], 0xc1);
        let mut data = vec![0; head[1].into()];
        client.read_exact(&mut data).unwrap();
        let mut text = Vec::new();
        inflater.begin();
        inflater.push(&data, &mut |octets| text.extend_from_slice(octets)).unwrap();
        inflater.finish(&mut |octets| text.extend_from_slice(octets)).unwrap();
        (data, String::from_utf8(text).unwrap())
    };
    for text in ["to mars and back", "to mars and back again"] {
        window.enter("What to send", text);
        window.click("Send Ctrl+↵");
        assert_eq!(read(&mut client).1, text);
    }
    window.click("Frame");
    window.enter("Payload of the frame", "by hand: by hand: by hand");
    window.click("Compress payload");
    window.see("RSV1: the payload has to be deflate data.");
    window.see("no rule broken");
    window.click("Send Ctrl+↵");
    let (data, text) = read(&mut client);
    assert_eq!(text, "by hand: by hand: by hand");
    assert_eq!(data, deflater.message(text.as_bytes()));
    // Our compressor does not know that one: what comes refers to nothing before.
    window.click("Text");
    window.enter("What to send", "to mars and back once more");
    window.click("Send Ctrl+↵");
    assert_eq!(read(&mut client).1, "to mars and back once more");
    window.see("to mars and back once more");
}
