//! The window as a whole, found by its labels and driven by pointer and keys, as
//! somebody with a screen reader does.
//!
//! The engine runs on threads of its own: a test steps the window until what it
//! waits for is there, or a deadline has passed.

mod closing;
mod composing;
mod compressed;
mod conversions;
mod files;
mod filtering;
mod flood;
mod gallery;
mod hold;
mod keyboard;
mod large;
mod lessons;
mod narrow;
mod network;
mod notes;
mod observed;
mod opening;
mod partner;
mod present;
mod screenless;
mod tls;
mod top;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use wsscope::text::Lang;
use wsscope::ui::network::Opener;
use wsscope::ui::{App, Start, fonts, theme};

const MARS: &str = "孩子,地球太危险了,快回火星去吧!";

/// How long anything may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// A window with a sessions folder of its own.
struct Window {
    harness: Harness<'static, Option<App>>,
    folder: TempDir,
}

impl Window {
    /// In which no browser can be started.
    fn new(lang: Lang) -> Window {
        Window::with(lang, Start::default())
    }

    /// In which URLs are opened so.
    fn opening(opener: Opener) -> Window {
        Window::with(Lang::En, Start { opener: Some(opener), ..Start::default() })
    }

    fn with(lang: Lang, start: Start) -> Window {
        let none: Opener = |_| Err(std::io::Error::other("none here"));
        let folder = tempfile::tempdir().unwrap();
        let start = Start {
            lang: Some(lang),
            sessions: Some(folder.path().to_path_buf()),
            lessons: start.lessons.or(Some(folder.path().join("lessons"))),
            no_dialogs: true,
            opener: start.opener.or(Some(none)),
            ..start
        };
        let mut start = Some(start);
        let harness = Harness::builder()
            .with_size(egui::vec2(1280.0 + 16.0, 800.0 + 16.0))
            .with_context_setup(|ctx| {
                ctx.set_fonts(fonts::definitions());
                theme::install(ctx);
            })
            .build_ui_state(
                move |ui, app: &mut Option<App>| {
                    if let Some(start) = start.take() {
                        *app = Some(App::new(ui.ctx(), start, None));
                    }
                    let app = app.as_mut().unwrap();
                    let ctx = ui.ctx().clone();
                    app.between(&ctx);
                    app.paint(ui);
                },
                None,
            );
        Window { harness, folder }
    }

    /// A window that listens, and where.
    fn listening() -> (Window, SocketAddr) {
        let mut window = Window::new(Lang::En);
        let address = window.listen();
        (window, address)
    }

    /// Listens on a free port.
    fn listen(&mut self) -> SocketAddr {
        self.enter("Address", "127.0.0.1:0");
        self.click("Start");
        let text = self.wait("it listens", |w| w.one("listening 127.0.0.1:"));
        text.trim_start_matches("listening ").parse().unwrap()
    }

    /// A window that listens, with a client that has an open connection to it.
    fn with_client() -> (Window, TcpStream) {
        let (mut window, address) = Window::listening();
        let client = handshake(address);
        window.see("1 open · 0 closed");
        (window, client)
    }

    /// A window with a partner that has said what it says by itself.
    fn with_partner() -> Window {
        let mut window = Window::new(Lang::En);
        window.click("Try it with a partner");
        window.see("client Text 13 你好,火星");
        window
    }

    fn app(&self) -> &App {
        self.harness.state().as_ref().unwrap()
    }

    /// Everything that has a name, in the order of painting.
    fn labels(&self) -> Vec<String> {
        let nodes = self.harness.root();
        let names = nodes.children_recursive().filter_map(|node| {
            let node = node.accesskit_node();
            node.label().or_else(|| node.value())
        });
        names.collect()
    }

    /// The rows of the table that are laid out.
    fn rows(&self) -> Vec<String> {
        self.harness
            .query_all_by_role(Role::Row)
            .filter_map(|r| r.accesskit_node().label())
            .collect()
    }

    fn chosen(&self) -> Option<u64> {
        self.app().state.selected
    }

    /// The one name that contains this.
    fn one(&self, part: &str) -> Option<String> {
        self.labels().into_iter().find(|label| label.contains(part))
    }

    fn shows(&self, part: &str) -> bool {
        self.one(part).is_some()
    }

    /// Paints until `look` finds something.
    #[track_caller]
    fn wait<T>(&mut self, what: &str, look: impl FnMut(&mut Window) -> Option<T>) -> T {
        self.wait_for(DEADLINE, what, look)
    }

    /// The same with another deadline.
    #[track_caller]
    fn wait_for<T>(
        &mut self,
        deadline: Duration,
        what: &str,
        mut look: impl FnMut(&mut Window) -> Option<T>,
    ) -> T {
        let begin = Instant::now();
        loop {
            self.harness.step();
            if let Some(found) = look(self) {
                self.harness.check_accessibility();
                return found;
            }
            assert!(begin.elapsed() < deadline, "{what}, in vain: {:#?}", self.labels());
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Waits until something with this in its name is there.
    #[track_caller]
    fn see(&mut self, part: &str) {
        self.wait(part, |w| w.shows(part).then_some(()));
    }

    /// Waits until nothing with this in its name is there.
    #[track_caller]
    fn see_gone(&mut self, part: &str) {
        self.wait(part, |w| (!w.shows(part)).then_some(()));
    }

    /// Waits for the control of exactly this name and clicks it.
    #[track_caller]
    fn click(&mut self, label: &str) {
        self.click_where(label, |name| name == label);
    }

    /// Clicks the first control whose name contains this.
    #[track_caller]
    fn click_part(&mut self, part: &str) {
        self.click_where(part, |name| name.contains(part));
    }

    /// Clicks the label that begins so.
    #[track_caller]
    fn click_at(&mut self, label: &str) {
        self.wait(label, |window| {
            let root = window.harness.root();
            let found = root.children_recursive().find(|node| {
                let node = node.accesskit_node();
                let named = node.label().or_else(|| node.value());
                named.is_some_and(|name| name.starts_with(label))
            })?;
            found.click();
            Some(())
        });
        self.harness.run_steps(2);
    }

    #[track_caller]
    fn click_where(&mut self, what: &str, is: impl Fn(&str) -> bool) {
        self.wait(what, |window| {
            let root = window.harness.root();
            let control = root.children_recursive().find(|node| {
                let node = node.accesskit_node();
                let named = node.label().is_some_and(|name| is(&name));
                named && node.role() != Role::Label && !node.is_disabled()
            })?;
            control.click();
            Some(())
        });
        self.harness.step();
        self.harness.step();
    }

    /// Replaces what stands in a field.
    #[track_caller]
    fn enter(&mut self, field: &str, text: &str) {
        self.click(field);
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.harness.step();
        self.harness.event(match text {
            "" => egui::Event::Key {
                key: Key::Delete,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers: Modifiers::NONE,
            },
            text => egui::Event::Text(text.to_owned()),
        });
        self.harness.step();
        self.harness.step();
    }

    /// Opens a list of choices and takes the one whose name begins so.
    #[track_caller]
    fn choose(&mut self, list: &str, choice: &str) {
        self.click(list);
        let find = |window: &mut Window, act: &dyn Fn(&egui_kittest::Node<'_>)| {
            let nodes = window.harness.query_all_by_label_contains(choice);
            let begins = |label: String| label.starts_with(choice);
            let found = nodes.into_iter().find(|node| {
                let node = node.accesskit_node();
                node.role() != Role::Label && node.label().is_some_and(begins)
            });
            found.map(|node| act(&node))
        };
        // The list may be longer than the window.
        self.wait(choice, |window| find(window, &|node| node.scroll_to_me()));
        self.harness.run_steps(20);
        self.wait(choice, |window| find(window, &|node| node.click()));
        self.harness.step();
        self.harness.step();
    }

    fn key(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.step();
        self.harness.step();
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Opens a connection as a client does.
fn handshake(address: SocketAddr) -> TcpStream {
    handshake_with(address, "")
}

/// The same with further header lines.
fn handshake_with(address: SocketAddr, headers: &str) -> TcpStream {
    handshake_at(address, "/", headers).0
}

/// The server's page, as a browser asks for it.
fn get(address: SocketAddr) -> String {
    let mut tcp = TcpStream::connect(address).unwrap();
    tcp.set_read_timeout(Some(DEADLINE)).unwrap();
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    write!(tcp, "GET / HTTP/1.1\r\nHost: {address}\r\nUser-Agent: {agent}\r\n\r\n").unwrap();
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).unwrap();
    answer
}

/// The same for this path and query, and the head of the 101.
fn handshake_at(address: SocketAddr, target: &str, headers: &str) -> (TcpStream, String) {
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(DEADLINE)).unwrap();
    client.set_nodelay(true).unwrap();
    let request = format!(
        "GET {target} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"
    );
    client.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        client.read_exact(&mut octet).unwrap();
        head.push(octet[0]);
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    (client, head)
}

/// Reads exactly these octets.
#[track_caller]
fn expect(client: &mut TcpStream, octets: &[u8]) {
    let mut read = vec![0; octets.len()];
    client.read_exact(&mut read).unwrap();
    assert_eq!(read, octets);
}

/// A frame of a client, masked with zeros.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let len = u8::try_from(payload.len()).unwrap();
    // Not zero, and rarely the one before.
    let key = [len ^ 0x55, 2, 3, first];
    let mut frame = vec![first, 0x80 | len];
    frame.extend(key);
    frame.extend(payload.iter().enumerate().map(|(i, octet)| octet ^ key[i % 4]));
    frame
}
