//! Present mode and replay.

use super::*;
use wsscope::ui::ladder::Center;
use wsscope::ui::theme;

impl Window {
    fn state(&self) -> &wsscope::ui::state::State {
        &self.app().state
    }

    fn send_fullscreen(&self) -> Option<bool> {
        let output = &self.harness.output().viewport_output[&egui::ViewportId::ROOT];
        output.commands.iter().find_map(|command| match command {
            egui::ViewportCommand::Fullscreen(on) => Some(*on),
            _ => None,
        })
    }

    /// The session's rows that are on the screen, and the state of the first connection.
    fn replayed(&self) -> (u64, &'static str) {
        let log = self.app().session().unwrap().shown().read();
        (log.len(), log.connections().first().map_or("", |c| c.ready_state().word()))
    }

    /// Presses a key, and stays in the painting in which that is heeded.
    fn press(&mut self, key: Key) {
        let (physical_key, pressed, repeat) = (None, true, false);
        let modifiers = Modifiers::NONE;
        self.harness.event(egui::Event::Key { key, physical_key, pressed, repeat, modifiers });
        self.harness.step();
    }

    fn presses(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(3);
    }

    /// A saved session that was closed cleanly, on the screen.
    fn closed_session() -> Window {
        let mut window = Window::with_partner();
        window.click("Partner: Close");
        window.see("· CLOSED 3001 clean");
        window
    }
}

#[test]
fn one_key_presents_and_the_other_gives_the_window_back() {
    let mut window = Window::closed_session();
    let zoom = window.harness.ctx.zoom_factor();
    window.press(Key::F5);
    assert_eq!(window.send_fullscreen(), Some(true));
    window.harness.run_steps(4);
    assert!(window.harness.ctx.zoom_factor() >= 1.3, "large type");
    let text = window.harness.ctx.global_style().visuals.widgets.noninteractive.fg_stroke.color;
    assert!([theme::HIGH_DARK.text, theme::HIGH_LIGHT.text].contains(&text), "high contrast");
    assert_eq!(window.state().center, Center::Ladder);
    window.see("End presenting");
    window.see("closed cleanly");
    for gone in ["Send Close", "File ▾", "hide heartbeats", "Address"] {
        assert!(!window.shows(gone), "{gone}");
    }
    window.press(Key::Escape);
    assert_eq!(window.send_fullscreen(), Some(false));
    window.harness.run_steps(4);
    assert_eq!(window.harness.ctx.zoom_factor(), zoom);
    window.see("File ▾");
    assert_eq!(window.state().center, Center::Table);
}

#[test]
fn present_mode_is_driven_by_keys() {
    let (mut window, mut client) = Window::with_client();
    client.write_all(&masked(0x81, b"hello")).unwrap();
    window.see("client Text 5 hello");
    let second = handshake(client.peer_addr().unwrap());
    window.see("2 open");
    window.key(Key::F5);
    window.see("connection 2");
    window.key(Key::P);
    window.see("connection 1");
    window.key(Key::N);
    window.see("connection 2");
    window.presses(Modifiers::COMMAND, Key::ArrowUp);
    window.see("connection 1");
    // A row, large.
    window.key(Key::End);
    window.key(Key::ArrowUp);
    window.key(Key::ArrowDown);
    window.key(Key::D);
    window.see("FRAME 1 · TEXT · FROM THE CLIENT");
    window.see("opcode 1");
    window.key(Key::D);
    window.see_gone("FRAME 1 · TEXT · FROM THE CLIENT");
    // The other language, the other light.
    window.key(Key::L);
    window.see("结束演示");
    window.key(Key::L);
    let dark = window.harness.ctx.theme();
    window.key(Key::I);
    assert_ne!(window.harness.ctx.theme(), dark);
    // The keys, and away again.
    window.key(Key::Questionmark);
    window.see("table or ladder");
    window.key(Key::Escape);
    window.see_gone("table or ladder");
    assert!(window.state().present.is_on());
    // A Close with a reason of two Chinese characters, of 6 octets.
    window.key(Key::C);
    window.see("Send Close");
    window.harness.get_by_label("Reason").focus();
    window.harness.step();
    window.harness.event(egui::Event::Text("再见".into()));
    window.see("6 / 123");
    window.harness.get_by_label("Send Close").focus();
    window.harness.step();
    window.key(Key::Enter);
    expect(&mut client, &[&[0x88, 8, 0x03, 0xe8][..], "再见".as_bytes()].concat());
    window.see_gone("Send Close");
    window.see("server → client · Close 1000 · 再见");
    drop(second);
}

#[test]
fn a_replay_shows_what_had_happened_and_what_it_meant_then() {
    let mut window = Window::closed_session();
    window.key(Key::T);
    let all = window.app().session().unwrap().log.read().len();
    window.key(Key::R);
    window.see("End replay");
    window.see("Nothing has happened yet.");
    assert_eq!(window.replayed(), (0, ""));
    let mut seen = Vec::new();
    for _ in 0..all {
        window.key(Key::ArrowRight);
        seen.push(window.replayed());
    }
    let states: Vec<_> = seen.iter().map(|(_, state)| *state).collect();
    assert!(seen.windows(2).all(|pair| pair[0].0 <= pair[1].0), "{seen:?}");
    assert_eq!((states[0], states[3]), ("CONNECTING", "OPEN"));
    assert_eq!(window.replayed(), (all, "CLOSED"));
    let closing = states.iter().position(|state| *state == "CLOSING").unwrap();
    // Back, to where the connection was open; nobody knows what will come.
    let mut steps = 0;
    while window.replayed().1 != "OPEN" {
        window.key(Key::ArrowLeft);
        steps += 1;
        assert!(steps <= all, "{:?}", window.replayed());
    }
    assert_eq!(window.replayed().0 as usize, closing);
    assert!(!window.shows("closed cleanly"), "the verdict is that of the position");
    window.presses(Modifiers::COMMAND, Key::ArrowLeft);
    window.see("Nothing has happened yet.");
    window.presses(Modifiers::COMMAND, Key::ArrowRight);
    window.see("closed cleanly");
    // The table shows as much.
    window.key(Key::T);
    window.key(Key::ArrowLeft);
    window.key(Key::ArrowLeft);
    let rows = window.replayed().0;
    window.see(&format!("{rows} of {rows} rows"));
    window.key(Key::R);
    window.see(&format!("{all} of {all} rows"));
}

#[test]
fn a_replay_plays_by_the_clock_and_pauses() {
    let mut window = Window::closed_session();
    let all = window.app().session().unwrap().log.read().len();
    window.key(Key::R);
    for _ in 0..4 {
        window.key(Key::Period);
    }
    window.see("Pace: real time");
    window.key(Key::Space);
    // The partner pauses between its messages.
    window.wait("it has begun", |w| (w.replayed().0 >= 3).then_some(()));
    window.key(Key::Space);
    let paused = window.replayed().0;
    assert!(paused < all, "real time is not at once");
    window.see("Play");
    for _ in 0..4 {
        window.key(Key::Period);
    }
    window.see("Pace: ×1000");
    window.key(Key::Space);
    window.wait("it is over", |w| (w.replayed() == (all, "CLOSED")).then_some(()));
    window.see("Play");
}

#[test]
fn a_live_session_goes_on_while_its_past_is_shown() {
    let (mut window, mut client) = Window::with_client();
    client.write_all(&masked(0x81, b"one")).unwrap();
    window.see("client Text 3 one");
    window.key(Key::R);
    window.presses(Modifiers::COMMAND, Key::ArrowRight);
    let there = window.replayed().0;
    client.write_all(&masked(0x81, b"two")).unwrap();
    let whole = |w: &Window| w.app().session().unwrap().log.read().len();
    window.wait("it is recorded", |w| (whole(w) > there).then_some(()));
    assert_eq!(window.replayed().0, there);
    assert!(!window.shows("client Text 3 two"));
    window.key(Key::ArrowRight);
    window.see("client Text 3 two");
}

#[test]
fn an_earlier_position_of_a_long_session_is_shown_once_it_is_reached() {
    let mut window = Window::new(Lang::En);
    let path = window.folder().join("many");
    large::capture(&path, 50_000);
    window.click("File ▾");
    window.click("Open…");
    window.enter("Path of the file", &path.display().to_string());
    window.click("Open");
    window.see("50,004 of 50,004 rows");
    window.key(Key::R);
    window.presses(Modifiers::COMMAND, Key::ArrowRight);
    let long = Duration::from_secs(120);
    let at = |rows| move |w: &mut Window| (w.replayed().0 == rows).then_some(());
    window.wait_for(long, "the end", at(50_004));
    // The end of the session is one row alone.
    window.harness.key_press(Key::ArrowLeft);
    let mut seen = Vec::new();
    window.wait_for(long, "a row before", |w| {
        seen.push(w.replayed().0);
        (w.replayed().0 == 50_003).then_some(())
    });
    assert!(seen.iter().all(|rows| [50_004, 50_003].contains(rows)), "{seen:?}");
    assert!(seen.len() > 2, "it took some paintings, and none of them waited for it");
    assert!(window.rows().len() < 100);
}
