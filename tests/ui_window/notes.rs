//! Notes, bookmarks and the session's name, and what is asked before they are lost.

use super::*;

impl Window {
    /// Opens a session with a partner that was saved and whose window is another.
    pub fn viewing() -> (Window, std::path::PathBuf) {
        let mut window = Window::with_partner();
        window.click("Partner: Close");
        window.see("· CLOSED 3001 clean");
        let path = window.folder().join("mars.pcapng");
        window.click("File ▾");
        window.click("Save as…");
        window.enter("Path of the file", &path.display().to_string());
        window.click("Save");
        window.see("Saved to");
        window.click("Dismiss");
        window.look_at(&path);
        (window, path)
    }

    fn look_at(&mut self, path: &Path) {
        self.click("File ▾");
        self.click("Open…");
        self.enter("Path of the file", &path.display().to_string());
        self.click("Open");
        self.see("viewing ");
        self.see("· CLOSED 3001 clean");
    }

    /// Chooses a row and writes a note on it, or on its connection.
    fn note(&mut self, row: &str, text: &str) {
        self.click_part(row);
        self.enter("Note", text);
        self.key(Key::Escape);
    }

    fn log_note(&self, row: u64) -> Option<String> {
        self.app().session().unwrap().log.read().note(row).map(str::to_owned)
    }
}

#[test]
fn a_note_of_a_live_session_is_in_its_capture_at_once() {
    let mut window = Window::with_partner();
    window.note("client Text 5 hello", "孩子\nsecond line");
    window.see("hello Note");
    let index = window.chosen().unwrap();
    assert_eq!(window.log_note(index).as_deref(), Some("孩子\nsecond line"));
    window.click("Bookmark");
    window.see("hello Note Bookmark");
    // As if the program were killed now.
    let path = window.app().session().unwrap().path.clone();
    let killed = window.folder().join("killed.pcapng");
    window.wait("the fact is in the file", |_| {
        std::fs::copy(&path, &killed).unwrap();
        let log = wsscope::session::recorder::SharedLog::default();
        let file = std::fs::File::open(&killed).unwrap();
        wsscope::session::open::open(file, &log, &Default::default()).unwrap();
        let log = log.read();
        (log.note(index) == Some("孩子\nsecond line") && log.bookmarked(index)).then_some(())
    });
    assert!(!window.shows("notes not saved"));
    window.click("Bookmark");
    window.see_gone("hello Note Bookmark");
    window.note("client Text 5 hello", "");
    window.see_gone("hello Note");
}

#[test]
fn notes_on_a_file_are_asked_about_before_they_are_lost() {
    let (mut window, path) = Window::viewing();
    let before = std::fs::read(&path).unwrap();
    window.note("client Text 5 hello", "why?");
    let row = window.chosen().unwrap();
    window.see("notes not saved");
    window.click("File ▾");
    window.click("New session");
    window.see("The notes are not saved.");
    window.click("Cancel");
    window.see_gone("The notes are not saved.");
    assert_eq!(window.log_note(row).as_deref(), Some("why?"));
    assert!(std::fs::read(&path).unwrap() == before, "nothing is saved unasked");

    window.click("File ▾");
    window.click("New session");
    window.click("Save");
    window.see("See every frame. End it every way.");
    window.look_at(&path);
    assert_eq!(window.log_note(row).as_deref(), Some("why?"));
    window.see("hello Note");

    // Typed, and not even left.
    window.click_part("client Text 5 hello");
    window.enter("Note", "forget it");
    window.click("File ▾");
    window.click("New session");
    window.click("Do not save");
    window.see("See every frame. End it every way.");
    window.look_at(&path);
    assert_eq!(window.log_note(row).as_deref(), Some("why?"));
    assert!(!window.shows("notes not saved"));

    // Saved in place without a question.
    window.note("client Text 5 hello", "because");
    window.see("notes not saved");
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    window.see_gone("notes not saved");
    window.see("Saved to");
    window.click("File ▾");
    window.click("New session");
    window.see("See every frame. End it every way.");
    window.look_at(&path);
    assert_eq!(window.log_note(row).as_deref(), Some("because"));
}

#[test]
fn a_window_with_unsaved_notes_does_not_close() {
    let (mut window, _) = Window::viewing();
    window.note("client Text 5 hello", "why?");
    let close = |window: &mut Window| {
        let viewport = window.harness.input_mut().viewports.get_mut(&egui::ViewportId::ROOT);
        viewport.unwrap().events.push(egui::ViewportEvent::Close);
        window.harness.step();
    };
    let sent = |window: &Window, command: &egui::ViewportCommand| {
        let output = &window.harness.output().viewport_output[&egui::ViewportId::ROOT];
        output.commands.contains(command)
    };
    close(&mut window);
    assert!(sent(&window, &egui::ViewportCommand::CancelClose));
    window.see("The notes are not saved.");
    window.key(Key::Escape);
    window.see_gone("The notes are not saved.");
    close(&mut window);
    let discard = window.wait("a question", |w| w.one("Do not save"));
    window.harness.get_by_label(&discard).click();
    window.wait("it closes", |w| sent(w, &egui::ViewportCommand::Close).then_some(()));
    close(&mut window);
    assert!(!sent(&window, &egui::ViewportCommand::CancelClose));
}

#[test]
fn keys_go_from_bookmark_to_bookmark() {
    let (mut window, _) = Window::viewing();
    let mut marked = Vec::new();
    for row in ["client GET /", "client Text 5 hello", "CLOSED 3001"] {
        window.click_part(row);
        window.harness.key_press_modifiers(Modifiers::COMMAND, Key::M);
        window.harness.run_steps(2);
        marked.push(window.chosen().unwrap());
    }
    // Typed notes and bookmarks do not get into each other's way.
    for (row, text) in [("client Text 5 hello", "first"), ("CLOSED 3001", "second")] {
        window.click_part(row);
        let index = window.chosen().unwrap();
        for on in [false, true] {
            window.harness.key_press_modifiers(Modifiers::COMMAND, Key::M);
            window.harness.run_steps(2);
            let log = window.app().session().unwrap().log.clone();
            assert_eq!(log.read().bookmarked(index), on, "{row}");
        }
        window.harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::ALT, Key::C);
        window.harness.run_steps(3);
        window.harness.event(egui::Event::Text(text.to_owned()));
        window.harness.run_steps(2);
        window.click_part("client GET /");
        assert_eq!(window.log_note(index).as_deref(), Some(text));
    }
    window.click_part("CLOSED 3001");
    let go = |window: &mut Window, key| {
        window.harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, key);
        window.harness.run_steps(2);
        window.chosen().unwrap()
    };
    let [first, second, last] = marked[..] else { panic!("{marked:?}") };
    assert_eq!(go(&mut window, Key::B), second);
    assert_eq!(go(&mut window, Key::B), first);
    assert_eq!(go(&mut window, Key::B), last);
    assert_eq!(go(&mut window, Key::N), first);
    window.click("Next bookmark");
    assert_eq!(window.chosen(), Some(second));
    window.click("Previous bookmark");
    assert_eq!(window.chosen(), Some(first));
}

#[test]
fn a_session_and_a_connection_have_their_words() {
    let (mut window, path) = Window::viewing();
    window.click_part("client Text 5 hello");
    window.click("connection 1");
    window.enter("Note", "the first");
    window.key(Key::Escape);
    window.click_at("viewing mars.pcapng");
    window.see("Session name");
    assert_eq!(window.focused().as_deref(), Some("Session name"), "not the note");
    window.enter("Session name", "Phobos");
    window.key(Key::Enter);
    window.see("viewing Phobos");
    let title = |window: &Window| {
        let session = window.app().session().unwrap();
        let log = session.log.read();
        (session.title(&log), session.unsaved_notes(&log))
    };
    assert_eq!(title(&window), ("Phobos".to_owned(), true));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    window.see_gone("notes not saved");
    window.look_at(&path);
    window.see("viewing Phobos");
    let log = window.app().session().unwrap().log.clone();
    assert_eq!(log.read().connection_note(1), Some("the first"));
}

#[test]
fn statistics_show_what_the_view_shows() {
    let mut window = Window::with_partner();
    window.click("Partner: Ping");
    window.see("server Pong 4 beat");
    window.click("Statistics");
    for label in ["frames a second", "payload sizes, octets", "Ping round trips: median", "Pong"] {
        window.see(label);
    }
    let total = |window: &Window| window.app().state.statistics.total.frames;
    assert!(total(&window)[0] >= 2 && total(&window)[1] >= 1, "{:?}", total(&window));
    window.click("hide heartbeats");
    window.see("No answered Ping in the rows shown.");
    assert!(!window.shows("Ping round trips: median"));
    window.click("中文");
    window.see("每秒帧数");
    window.see("所示各行中没有得到应答的 Ping。");
    window.click("复制数据");
}
