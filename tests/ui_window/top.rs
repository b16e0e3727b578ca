//! The top bar: addresses, faults, language, light and size.

use super::*;
use std::net::TcpListener;

#[test]
fn an_address_that_is_none_is_refused_in_words() {
    let mut window = Window::new(Lang::En);
    window.enter("Address", "nonsense");
    window.click("Start");
    window.see("'nonsense' is not HOST:PORT");
    window.click("Client");
    assert!(!window.shows("is not HOST:PORT"));
    window.enter("URL", "http://example.org/");
    window.click("Connect");
    window.see("the scheme 'http' is not spoken here");
    window.enter("URL", "a b");
    window.harness.key_press(Key::Enter);
    window.see("'a b' is not a ws:// or wss:// URL");
}

#[test]
fn where_a_port_is_in_use_the_next_one_is_offered() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let mut window = Window::new(Lang::En);
    window.enter("Address", &address.to_string());
    window.click("Start");
    window.see("not listening");
    window.click("Take the next free port");
    let text = window.wait("it listens", |w| w.one("listening 127.0.0.1:"));
    let other: SocketAddr = text.trim_start_matches("listening ").parse().unwrap();
    assert_ne!(other, address);
    drop(handshake(other));
    window.click("■ Stop");
    window.see("not listening");
    assert!(TcpStream::connect(other).is_err());
}

#[test]
fn a_connection_that_is_refused_is_shown() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut window = Window::new(Lang::En);
    window.click("Client");
    window.enter("URL", &format!("ws://{free}/"));
    window.click("Connect");
    window.see(&format!("{free} refused the connection"));
    let listener = TcpListener::bind(free).unwrap();
    window.click("Connect");
    let (mut server, _) = listener.accept().unwrap();
    server.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").unwrap();
    window.see("· server 404");
}

#[test]
fn options_of_a_role_reach_the_wire() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut window = Window::new(Lang::En);
    window.click("Client");
    window.enter("URL", &format!("ws://{address}/chat"));
    window.click("Options ▾");
    window.enter("Origin", "http://mars.example");
    window.enter("Subprotocols, in order, with commas", "v2.mars, v1.mars");
    window.enter("Further headers, a line each: Name: value", "no header");
    window.key(Key::Escape);
    window.click("Connect");
    window.see("a header is Name: value");
    window.click("Options ▾");
    window.enter("Further headers, a line each: Name: value", "X-Planet: Mars");
    window.key(Key::Escape);
    window.click("Connect");
    let (mut server, _) = listener.accept().unwrap();
    let mut head = vec![0; 1024];
    let len = server.read(&mut head).unwrap();
    let head = String::from_utf8_lossy(&head[..len]).into_owned();
    for line in [
        "GET /chat HTTP/1.1\r\n",
        "Origin: http://mars.example\r\n",
        "Sec-WebSocket-Protocol: v2.mars, v1.mars\r\n",
        "X-Planet: Mars\r\n",
    ] {
        assert!(head.contains(line), "{line} in {head}");
    }
}

#[test]
fn the_language_is_switched_while_it_runs() {
    let mut window = Window::with_partner();
    window.click("Partner: Ping");
    window.see("server Pong 4 beat");
    window.click("Send Close");
    window.see("· CLOSED 1000 clean");
    window.click("1 client Text 5 hello");
    window.click("中文");
    for label in ["服务器", "发送 Close", "1 CLOSED", "本端如何应答", "选项 ▾"] {
        window.see(label);
    }
    for key in [Key::Home, Key::ArrowDown, Key::ArrowDown, Key::End] {
        window.key(key);
    }
    for tab in ["二进制", "分片", "文本"] {
        window.click(tab);
    }
    window.click("状态码 status code");
    window.see("1001 Going Away");
    window.key(Key::Escape);
    window.click("选项 ▾");
    window.see("子协议");
    window.key(Key::Escape);
    window.click("文件 ▾");
    window.see("新建会话");
    window.key(Key::Escape);
    let button = window.one("English").or_else(|| window.one("EN")).unwrap();
    window.click(&button);
    window.see("Send Close");
}

#[test]
fn the_chinese_window_begins_in_chinese() {
    let mut window = Window::new(Lang::Zh);
    window.see("服务器");
    window.click("客户端");
    window.see("网址");
}

#[test]
fn light_and_size_are_switched() {
    let mut window = Window::with_partner();
    assert_eq!(window.harness.ctx.theme(), egui::Theme::Dark);
    window.click("Light or dark");
    assert_eq!(window.harness.ctx.theme(), egui::Theme::Light);
    window.see("client Text 5 hello");
    let before = window.harness.ctx.zoom_factor();
    window.click("Bigger");
    assert!(window.harness.ctx.zoom_factor() > before);
    window.click("Smaller");
    window.click("Smaller");
    assert!(window.harness.ctx.zoom_factor() < before);
    window.click("Light or dark");
    assert_eq!(window.harness.ctx.theme(), egui::Theme::Dark);
}
