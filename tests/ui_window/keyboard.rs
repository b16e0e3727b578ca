//! A person's path with the keyboard alone, and text that comes from an input method.

use super::*;
use egui::accesskit;
use wsscope::protocol::Opcode;

impl Window {
    /// The name of what has the focus.
    pub fn focused(&self) -> Option<String> {
        let root = self.harness.root();
        let node = root.children_recursive().find(|node| node.accesskit_node().is_focused())?;
        node.accesskit_node().label().or_else(|| node.accesskit_node().value())
    }

    /// Presses F6 until a pane of this name has the focus.
    #[track_caller]
    fn go_to_pane(&mut self, pane: &str) {
        let mut seen = Vec::new();
        for _ in 0..8 {
            self.key(Key::F6);
            let focused = self.focused().unwrap_or_default();
            if focused == pane {
                return;
            }
            seen.push(focused);
        }
        panic!("no pane {pane}: {seen:?}");
    }

    /// Presses Tab until what begins so has the focus.
    #[track_caller]
    fn tab_to(&mut self, control: &str) {
        let mut seen = Vec::new();
        for _ in 0..60 {
            self.key(Key::Tab);
            let focused = self.focused().unwrap_or_default();
            if focused.starts_with(control) {
                return;
            }
            seen.push(focused);
        }
        panic!("Tab does not reach {control}: {seen:?}");
    }

    fn types(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.harness.run_steps(2);
    }

    fn replaces(&mut self, text: &str) {
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.harness.step();
        self.types(text);
    }

    fn ime(&mut self, event: egui::ImeEvent) {
        self.harness.event(egui::Event::Ime(event));
        self.harness.run_steps(2);
    }
}

#[test]
fn from_start_to_a_saved_session_without_a_pointer() {
    let mut window = Window::new(Lang::En);
    // A server.
    window.go_to_pane("Role and files");
    window.tab_to("Address");
    window.replaces("127.0.0.1:0");
    window.tab_to("Start");
    window.key(Key::Enter);
    let text = window.wait("it listens", |w| w.one("listening 127.0.0.1:"));
    let address = text.trim_start_matches("listening ").parse().unwrap();
    // Two clients; the first one is chosen in the list, where the newest is on top.
    let mut client = handshake(address);
    window.see("1 open");
    let _other = handshake(address);
    window.see("2 open");
    client.write_all(&masked(0x81, b"hello")).unwrap();
    window.see("client Text 5 hello");
    window.go_to_pane("Connections");
    window.tab_to("1 OPEN");
    window.key(Key::Space);
    window.see("4 of 7 rows");
    // Its frame in detail, a field lit by the focus.
    window.go_to_pane("Rows");
    window.key(Key::Home);
    for _ in 0..3 {
        window.key(Key::ArrowDown);
    }
    let session = window.app().session().unwrap();
    let chosen = session.log.read().row(window.chosen().unwrap()).map(|row| row.opcode());
    assert_eq!(chosen, Some(Opcode::TEXT));
    assert_eq!(window.focused().as_deref(), Some("Rows"), "arrows choose, the focus stays");
    window.see("FRAME 1 · TEXT · FROM THE CLIENT");
    window.go_to_pane("Detail");
    window.tab_to("opcode 1");
    // A Close with a code and a reason of its own.
    window.go_to_pane("End");
    window.tab_to("Status code");
    window.key(Key::Enter);
    window.tab_to("1001 Going Away");
    window.key(Key::Enter);
    window.tab_to("Reason");
    window.types(MARS);
    window.see("45 / 123");
    window.tab_to("Send Close");
    window.key(Key::Space);
    expect(&mut client, &[&[0x88, 47, 0x03, 0xe9][..], MARS.as_bytes()].concat());
    window.see("server Close 1001 47");
    // The file menu, and a path.
    let path = window.folder().join("by keys.pcapng");
    window.go_to_pane("Role and files");
    window.tab_to("File");
    window.key(Key::Enter);
    window.tab_to("Save as…");
    window.key(Key::Enter);
    window.see("Path of the file");
    assert_eq!(window.focused().as_deref(), Some("Path of the file"));
    window.replaces(&path.display().to_string());
    window.key(Key::Enter);
    window.see("Saved to");
    let log = wsscope::session::recorder::SharedLog::default();
    let file = std::fs::File::open(&path).unwrap();
    wsscope::session::open::open(file, &log, &Default::default()).unwrap();
    assert!(log.read().len() >= 8);
}

#[test]
fn an_input_method_commits_chinese_into_reason_and_message() {
    let (mut window, mut client) = Window::with_client();
    window.key(Key::C);
    assert_eq!(window.focused().as_deref(), Some("Reason"), "C goes to the reason");
    // What is being composed is shown, and is not the text yet.
    let text = "zai'jian".to_owned();
    window.ime(egui::ImeEvent::Preedit { text, active_range_chars: None });
    window.ime(egui::ImeEvent::Commit("再见".into()));
    window.see("6 / 123");
    window.ime(egui::ImeEvent::Commit("，火星".into()));
    window.see("15 / 123");
    window.tab_to("Send Close");
    window.key(Key::Enter);
    let reason = "再见，火星".as_bytes();
    expect(&mut client, &[&[0x88, 17, 0x03, 0xe8][..], reason].concat());
    // Letters that are typed are no shortcuts.
    assert!(window.app().session().unwrap().replay.is_none());
}

#[test]
fn the_ring_is_there_after_a_key_and_gone_after_a_click() {
    let (mut window, _client) = Window::with_client();
    let painted = |w: &Window| {
        let shapes = &w.harness.output().shapes;
        shapes.iter().any(|s| matches!(&s.shape, egui::Shape::Rect(r) if r.stroke.width == 2.0))
    };
    assert!(!painted(&window));
    window.key(Key::F6);
    assert!(painted(&window));
    window.key(Key::Tab);
    assert!(painted(&window));
    window.harness.event(egui::Event::PointerButton {
        pos: egui::pos2(640.0, 400.0),
        button: egui::PointerButton::Primary,
        pressed: true,
        modifiers: Modifiers::NONE,
    });
    window.harness.run_steps(2);
    assert!(!painted(&window));
}

#[test]
fn every_control_has_a_name_that_tab_reads() {
    let (mut window, _client) = Window::with_client();
    window.go_to_pane("Role and files");
    let (mut order, mut panes) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        window.key(Key::Tab);
        let root = window.harness.root();
        let node = root.children_recursive().find(|node| node.accesskit_node().is_focused());
        let Some(node) = node else { continue };
        let node = node.accesskit_node();
        let name = node.label().or_else(|| node.value()).unwrap_or_default();
        assert!(!name.is_empty(), "behind {order:?} stands a {:?} without a name", node.role());
        if node.role() == accesskit::Role::Group {
            if name == "Role and files" {
                break;
            }
            panes.push(name.clone());
        }
        order.push(name);
    }
    panes.sort();
    assert_eq!(panes, ["Connections", "Detail", "End", "Rows", "Send"], "{order:?}");
    for control in ["■ Stop", "File", "End all", "Table", "Ladder", "Send Close", "Empty Close"] {
        assert!(order.iter().any(|name| name.starts_with(control)), "{control}: {order:?}");
    }
}
