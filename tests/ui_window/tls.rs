//! TLS set up in the window, and shown.

use super::*;

/// A window that serves TLS with a certificate of its own, and where.
fn serving() -> (Window, SocketAddr) {
    let mut window = Window::new(Lang::En);
    window.enter("Address", "127.0.0.1:0");
    window.choose("TLS ws:// · no TLS", "wss:// · self-signed");
    window.click("Start");
    let text = window.wait("it listens", |w| w.one("listening 127.0.0.1:"));
    let address = text.trim_start_matches("listening ").parse().unwrap();
    (window, address)
}

#[test]
fn a_certificate_made_by_one_click_can_be_taken_along() {
    let (mut window, _) = serving();
    window.see("CN=wsscope self-signed · SHA-256");
    let fingerprint = window.labels().into_iter().find(|label| label.matches(':').count() == 31);
    window.click("Save PEM…");
    let path = window.folder().join("cert.pem");
    window.enter("Path of the file", &path.display().to_string());
    window.click("Save");
    window.see("cert.pem");
    let pem = std::fs::read_to_string(&path).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n"), "{pem}");
    // Who has trusted it need not again after a stop.
    window.click("■ Stop");
    window.click("Start");
    window.see(&fingerprint.expect("a fingerprint"));
}

#[test]
fn a_server_that_is_not_trusted_and_one_that_is_accepted_all_the_same() {
    let (mut window, address) = serving();
    window.click("Client");
    window.enter("URL", &format!("wss://{address}/"));
    window.click("Connect");
    window.see("tls the server's certificate is self-signed");
    window.see("TLS TLS failed · certificate refused");
    window.click("Options ▾");
    window.click("Accept any certificate");
    window.see("! Anybody could be at the other end.");
    window.key(Key::Escape);
    window.click("Connect");
    window.see("TLS 1.3 NOT VERIFIED");
    window.see("! Accept any certificate: Anybody could be at the other end.");
    window.click_part("TLS TLS 1.3 · NOT VERIFIED · TLS_");
    for label in ["Not verified, as you chose", "TLS_", "http/1.1", "CN=wsscope self-signed"] {
        window.see(label);
    }
    window.click("中文");
    window.see("按您的选择未验证");
    window.click("English");
    window.click("FIN, no close_notify");
    window.see("FIN without close_notify: TLS was cut off");
}

#[test]
fn what_lacks_is_told_at_the_top() {
    let mut window = Window::new(Lang::En);
    window.choose("TLS ws:// · no TLS", "wss:// · certificate file");
    window.click("Start");
    window.see("a certificate and its key go together");
    let file = window.folder().join("empty.pem");
    std::fs::write(&file, "").unwrap();
    window.click("Options ▾");
    for field in ["Certificate and chain (PEM)", "Private key (PEM)"] {
        window.enter(field, &file.display().to_string());
    }
    window.key(Key::Escape);
    window.click("Start");
    window.see("empty.pem is empty");
}

#[test]
fn a_proxy_is_an_option_of_a_client() {
    const PROXY: &str = "Proxy: http:// or socks5://[user:password@]host:port";
    let mut window = Window::new(Lang::En);
    window.click("Client");
    window.enter("URL", "ws://server.invalid/");
    window.click("Options ▾");
    window.enter(PROXY, "ftp://127.0.0.1");
    window.key(Key::Escape);
    window.click("Connect");
    window.see("a proxy is given as http://");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    window.click("Options ▾");
    window.enter(PROXY, &format!("socks5://{closed}"));
    window.key(Key::Escape);
    window.click("Connect");
    window.see(&format!("the proxy cannot be reached: {closed} refused the connection"));
}
