//! Who reaches the server, the browser that is started there, and the code for others.

use super::*;
use std::io;
use std::sync::Mutex;
use wsscope::engine::reach;

/// What the browser got.
static GOT: Mutex<String> = Mutex::new(String::new());

/// A browser that asks for the page and is gone.
fn browser(url: &str) -> io::Result<()> {
    let address: SocketAddr = url["http://".len()..url.len() - 1].parse().unwrap();
    *GOT.lock().unwrap() = get(address);
    Ok(())
}

fn copied(window: &Window) -> Option<String> {
    let commands = &window.harness.output().platform_output.commands;
    commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

/// Clicks this button, and gives what it copies.
fn copy(window: &mut Window, button: &str) -> String {
    window.harness.get_by_label(button).click();
    window.wait("something is copied", |w| copied(w))
}

#[test]
fn a_browser_is_started_at_the_page() {
    let mut window = Window::opening(browser);
    let address = window.listen();
    window.see(&format!("http://{address}/"));
    window.click("Open in browser");
    let page = window
        .wait("the page", |_| Some(GOT.lock().unwrap().clone()).filter(|got| !got.is_empty()));
    assert!(page.starts_with("HTTP/1.1 200 OK") && page.contains("new WebSocket"), "{page}");
    assert!(!window.shows("No browser could be started"));
}

#[test]
fn a_browser_that_cannot_be_started_is_told() {
    let (mut window, address) = Window::listening();
    window.click("Open in browser");
    window.see(&format!("No browser could be started. Open it by hand: http://{address}/"));
}

#[test]
fn the_network_is_let_in_by_choice_and_at_the_same_port() {
    let (mut window, address) = Window::listening();
    window.see("Only this machine can connect.");
    assert!(!window.shows("Everybody in this network"));
    window.click("Listen on the network");
    window.see(&format!("listening 0.0.0.0:{}", address.port()));
    window.see("Everybody in this network can connect");
    window.see_gone("Only this machine can connect.");
    drop(handshake(address));
    let all: SocketAddr = ([0, 0, 0, 0], address.port()).into();
    if let Some(first) = reach::by_others(all).unwrap().first() {
        // The address that others type is one at which the server answers.
        window.see(&format!("http://{first}/"));
        drop(handshake(*first));
    }
    window.click("Listen on the network");
    window.see(&format!("listening {address}"));
    window.see_gone("Everybody in this network");
}

#[test]
fn what_is_set_before_the_start_is_where_it_listens() {
    let mut window = Window::new(Lang::En);
    window.enter("Address", "[::1]:0");
    window.click("Listen on the network");
    window.see("Everybody in this network can connect");
    assert_eq!(window.app().state.address, "[::]:0");
    window.click("Listen on the network");
    window.see_gone("Everybody in this network");
    assert_eq!(window.app().state.address, "[::1]:0");
    window.enter("Address", "nonsense");
    let chip = window.harness.get_by_label("Listen on the network");
    assert!(chip.accesskit_node().is_disabled());
}

#[test]
fn the_address_and_the_code_for_each_client_are_copied() {
    let (mut window, address) = Window::listening();
    assert_eq!(copy(&mut window, "Copy the address"), format!("http://{address}/"));
    let js = copy(&mut window, "Copy the code");
    assert!(js.starts_with(&format!("const ws = new WebSocket(\"ws://{address}/\");")), "{js}");
    for (tab, sign) in [
        ("Node (ws)", "import WebSocket from \"ws\""),
        ("Python (websockets)", "from websockets.sync.client import connect"),
        ("websocat", "\nwebsocat "),
    ] {
        window.click(tab);
        let code = copy(&mut window, "Copy the code");
        assert!(code.contains(sign) && code.contains(&format!("ws://{address}/")), "{code}");
    }
}

#[test]
fn over_tls_clients_are_led_to_the_server_and_browsers_to_no_page() {
    let mut window = Window::new(Lang::En);
    window.enter("Address", "127.0.0.1:0");
    window.choose("TLS ws:// · no TLS", "wss:// · self-signed");
    window.click("Start");
    window.see("Connect a client to this address");
    assert!(!window.shows("Open in browser"));
    assert!(copy(&mut window, "Copy the address").starts_with("wss://127.0.0.1:"));
    window.click("Node (ws)");
    assert!(copy(&mut window, "Copy the code").contains("rejectUnauthorized: false"));
}

#[test]
fn the_code_stays_at_hand_once_there_are_rows() {
    let (mut window, _client) = Window::with_client();
    assert!(!window.shows("Copy the code"));
    window.click("Options ▾");
    window.enter("Subprotocols, in order, with commas", "v2.mars, v1.mars");
    window.key(Key::Escape);
    window.click("Address and code");
    let code = copy(&mut window, "Copy the code");
    assert!(code.contains(r#"["v2.mars", "v1.mars"]"#), "{code}");
    window.click("Address and code");
    window.see_gone("Copy the code");
}

#[test]
fn a_client_shows_the_code_that_asks_as_it_does() {
    let mut window = Window::new(Lang::Zh);
    window.click("客户端");
    window.enter("网址", "localhost:9000/chat");
    window.click("选项 ▾");
    window.enter("Origin", "http://mars.test");
    window.key(Key::Escape);
    window.click("地址与代码");
    let code = copy(&mut window, "复制代码");
    assert!(code.contains("new WebSocket(\"ws://localhost:9000/chat\")"), "{code}");
    assert!(code.contains("// 网页不能设置请求头，因此省略： Origin"), "{code}");
    window.click("websocat");
    let code = copy(&mut window, "复制代码");
    assert!(code.contains("--origin 'http://mars.test' 'ws://localhost:9000/chat'"), "{code}");
    window.enter("网址", "a b");
    window.see("输入的不是有效的网址。");
}
