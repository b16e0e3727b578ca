//! Other forms: exported from the menu, opened, and what an import cannot know.

use super::super::conversions::foreign;
use super::*;
use wsscope::session::notes::{Note, Subject};

impl Window {
    fn export(&mut self, item: &str, name: &str) -> std::path::PathBuf {
        let path = self.folder().join(name);
        self.click("File ▾");
        self.click("Export");
        self.click(item);
        self.type_path(&path, "Save");
        self.see(&format!("Saved to {}", path.display()));
        path
    }
}

#[test]
fn what_was_exported_opens_with_the_same_rows() {
    let mut window = Window::with_partner();
    window.click("Partner: Close");
    window.see("· CLOSED 3001 clean");
    let rows = window.rows();
    let har = window.export("HAR…", "a.har");
    let lines = window.export("JSON Lines…", "a.jsonl");
    let table = window.export("Table as CSV…", "a.csv");
    let ladders = window.export("Ladders as text…", "a.txt");
    let picture = window.saved("a.svg", "Save as…");
    assert!(std::fs::read_to_string(picture).unwrap().starts_with("<svg"));
    let by_ending = window.saved("b.ndjson", "Save as…");
    assert_eq!(std::fs::read(&lines).unwrap(), std::fs::read(by_ending).unwrap());
    assert!(std::fs::read_to_string(table).unwrap().starts_with("number,time,"));
    assert!(std::fs::read_to_string(ladders).unwrap().contains("3001"));
    for (path, again) in [(har, "first"), (lines, "second")] {
        window.open(&path);
        window.see(&format!("viewing {}", path.file_name().unwrap().to_string_lossy()));
        window.see(&format!("{0} of {0} rows", rows.len()));
        assert_eq!(window.rows(), rows);
        assert!(!window.shows("Made from HAR"), "our own HAR is exact");
        // Saved as a capture it is one that opens by itself.
        let capture = window.saved(&format!("{again}.pcapng"), "Save as…");
        window.open(&capture);
        window.see(&format!("viewing {again}"));
        window.see(&format!("{0} of {0} rows", rows.len()));
        assert_eq!(window.rows(), rows);
    }
    let path = window.folder().join("masked.har");
    window.file_menu("Save a copy without credentials…");
    window.type_path(&path, "Save");
    window.see("Without credentials only a capture can be written");
    assert!(!path.exists());
}

#[test]
fn a_table_is_written_as_it_is_filtered() {
    let mut window = Window::with_partner();
    window.filter("opcode == text");
    window.see("3 of 6 rows");
    let table = window.export("Table as CSV…", "some.csv");
    window.see("some.csv · 3 of 6 rows");
    let lines = std::fs::read_to_string(table).unwrap();
    let rows: Vec<&str> = lines.lines().skip(1).collect();
    assert!(rows.len() == 3 && rows.iter().all(|row| row.contains(",frame,Text,")), "{lines}");
    window.click("Clear the filter");
    window.filter("len > 5000");
    window.see("No row passes");
    let table = window.export("Table as CSV…", "none.csv");
    window.see("none.csv · 0 of 6 rows");
    assert_eq!(std::fs::read_to_string(table).unwrap().lines().count(), 1);
    window.click("Clear the filter");
    window.see("6 of 6 rows");
    let table = window.export("Table as CSV…", "all.csv");
    window.see("all.csv · 6 of 6 rows");
    assert!(std::fs::read_to_string(table).unwrap().contains(",opening_handshake,"));
}

#[test]
fn notes_on_a_har_are_saved_as_a_capture() {
    let mut window = Window::new(Lang::En);
    let path = window.folder().join("chrome.har");
    std::fs::write(&path, foreign::chrome()).unwrap();
    window.open(&path);
    window.see("Made from HAR");
    let session = window.app().session().unwrap();
    let note = Note::new(Subject::Row(2), "why?", false);
    session.log.write().set_note(note);
    window.see("notes not saved");
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    let capture = window.folder().join("noted.pcapng");
    window.type_path(&capture, "Save");
    window.see("Saved to");
    window.see_gone("notes not saved");
    assert_eq!(std::fs::read(&path).unwrap(), foreign::chrome(), "it is as it was");
    window.open(&capture);
    window.see("viewing noted");
    window.wait("the note", |window| {
        let log = window.app().session()?.log.read();
        (log.note(2) == Some("why?")).then_some(())
    });
}

#[test]
fn what_a_har_does_not_tell_is_said() {
    let mut window = Window::new(Lang::En);
    let path = window.folder().join("chrome.har");
    std::fs::write(&path, foreign::chrome()).unwrap();
    window.open(&path);
    window.see("Made from HAR (WebInspector 537.36)");
    window.see("client Text 6 孩子");
    let capture = window.saved("made.pcapng", "Save as…");
    window.open(&capture);
    window.see("Made from HAR (WebInspector 537.36)");
    let broken = window.folder().join("broken.har");
    let text = foreign::chrome();
    std::fs::write(&broken, &text[..text.len() - 20]).unwrap();
    window.open(&broken);
    window.see("this is not the JSON that was expected");
}

#[test]
fn a_payload_is_saved_from_the_detail() {
    let mut window = Window::with_partner();
    window.click("Partner: Close");
    window.see("· CLOSED 3001 clean");
    window.click("1 client Text 5 hello");
    window.see("FRAME 1 · TEXT · FROM THE CLIENT");
    let path = window.folder().join("payload");
    window.click("Save payload…");
    window.type_path(&path, "Save");
    window.see(&format!("Saved to {}", path.display()));
    assert_eq!(std::fs::read(path).unwrap(), b"hello");
}
