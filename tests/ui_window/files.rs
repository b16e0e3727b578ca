//! The file menu: new sessions, saving, opening, and files that cannot be opened.

use super::*;
use std::path::PathBuf;

impl Window {
    pub fn file_menu(&mut self, item: &str) {
        self.click("File ▾");
        self.click(item);
    }

    pub fn type_path(&mut self, path: &Path, button: &str) {
        self.see("No file dialog was shown: type a path.");
        self.enter("Path of the file", &path.display().to_string());
        self.click(button);
    }

    pub fn open(&mut self, path: &Path) {
        self.file_menu("Open…");
        self.type_path(path, "Open");
    }

    pub fn saved(&mut self, name: &str, item: &str) -> PathBuf {
        let path = self.folder().join(name);
        self.file_menu(item);
        self.type_path(&path, "Save");
        self.see(&format!("Saved to {}", path.display()));
        path
    }
}

#[test]
fn what_was_saved_opens_with_the_same_rows() {
    let mut window = Window::with_partner();
    window.click("Partner: Close");
    window.see("· CLOSED 3001 clean");
    let rows = window.rows();
    let path = window.saved("copy", "Save as…");
    window.open(&path);
    window.see("viewing copy");
    window.see(&format!("{0} of {0} rows", rows.len()));
    assert_eq!(window.rows(), rows);
    assert!(!window.shows("Send Close"), "nothing can be sent in a file");
    window.click("1 client Text 5 hello");
    window.see("FRAME 1 · TEXT · FROM THE CLIENT");
    window.click("File ▾");
    window.see("RECENT");
}

#[test]
fn a_file_that_is_there_is_replaced_only_when_asked_twice() {
    let mut window = Window::with_partner();
    let path = window.folder().join("old.csv");
    std::fs::write(&path, "precious").unwrap();
    window.file_menu("Save as…");
    window.type_path(&path, "Save");
    window.see("This file exists: once more replaces it.");
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    let other = window.folder().join("other.csv");
    window.enter("Path of the file", &other.display().to_string());
    window.see_gone("This file exists: once more replaces it.");
    window.key(Key::Escape);
    window.see_gone("Path of the file");
    window.file_menu("Save as…");
    window.type_path(&path, "Save");
    window.click("Save");
    window.see(&format!("Saved to {}", path.display()));
    assert_ne!(std::fs::read(&path).unwrap(), b"precious");
    assert!(!other.exists());
}

#[test]
fn a_copy_without_credentials_holds_none() {
    let (mut window, address) = Window::listening();
    let client = handshake_with(address, "Authorization: Basic dXNlcjpwYXNz\r\n");
    window.see("· server 101");
    drop(client);
    window.see("0 open · 1 closed");
    let holds = |path: &Path| {
        let file = std::fs::read(path).unwrap();
        file.windows(12).any(|octets| octets == b"dXNlcjpwYXNz")
    };
    let masked = window.saved("masked.pcapng", "Save a copy without credentials…");
    assert!(!holds(&masked));
    let whole = window.saved("whole.pcapng", "Save as…");
    assert!(holds(&whole));
}

#[test]
fn a_session_that_was_not_saved_is_offered() {
    let mut window = Window::with_partner();
    window.file_menu("New session");
    window.see("See every frame. End it every way.");
    window.see("NOT SAVED");
    window.click_part(" octets");
    window.see("viewing ");
    window.see("client Text 5 hello");
}

#[test]
fn a_session_without_a_row_is_not_kept() {
    let (mut window, _) = Window::listening();
    window.file_menu("New session");
    window.wait("an empty folder", |window| {
        std::fs::read_dir(window.folder()).unwrap().next().is_none().then_some(())
    });
    assert!(!window.shows("NOT SAVED"));
}

#[test]
fn a_file_that_cannot_be_opened_says_why() {
    let mut window = Window::with_partner();
    window.click("Partner: Close");
    window.see("· CLOSED 3001 clean");
    let whole = std::fs::read(window.saved("whole.pcapng", "Save as…")).unwrap();
    let at = whole.windows(5).position(|octets| octets == b"mars\"").unwrap_or(whole.len() / 2);
    let path = window.folder().join("cut.pcapng");
    std::fs::write(&path, &whole[..at]).unwrap();
    window.open(&path);
    window.see("The file is damaged or cut off at octet");
    window.see("· client GET /");
    window.click("Dismiss");
    window.see_gone("damaged");
    for (content, sentence) in [
        (&b"a shopping list"[..], "This is not a capture"),
        (b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00more", "The file is damaged or cut off at octet 0"),
        (b"", "The file is empty"),
    ] {
        std::fs::write(&path, content).unwrap();
        window.open(&path);
        window.see(sentence);
        window.click("Dismiss");
        window.see_gone(sentence);
    }
    window.open(Path::new("/no/such/file.pcapng"));
    window.see("The file cannot be read /no/such/file.pcapng");
    window.file_menu("Open…");
    window.click("Cancel");
    window.see_gone("Path of the file");
}

#[test]
fn a_stream_without_its_beginning_is_opened_by_choice() {
    let mut window = Window::new(Lang::En);
    let path = window.folder().join("middle.pcap");
    // Raw IP, TCP, from 192.0.2.1:50001 to 192.0.2.2:80: a masked text "hi".
    let mut packet = b"\x45\0\0\x30\0\0\0\0\x40\x06\0\0\xc0\0\x02\x01\xc0\0\x02\x02".to_vec();
    packet.extend_from_slice(b"\xc3\x51\0\x50\0\0\0\x01\0\0\0\x01\x50\x18\x10\0\0\0\0\0");
    packet.extend_from_slice(b"\x81\x82\x01\x02\x03\x04\x69\x6b");
    let mut file = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x65\0\0\0".to_vec();
    file.extend_from_slice(b"\x01\0\0\0\0\0\0\0\x30\0\0\0\x30\0\0\0");
    file.extend_from_slice(&packet);
    std::fs::write(&path, file).unwrap();
    window.open(&path);
    window.see("1 stream without an opening handshake can be opened as WebSocket");
    window.see("192.0.2.1:50001 → 192.0.2.2:80: 1 packet, 8 octets");
    window.click("Open as WebSocket");
    window.see("1 client Text 2 hi");
    window.see_gone("Open as WebSocket");
}
