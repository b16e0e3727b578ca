//! The real window on a display without a screen, driven by pointer and keys.
//!
//! Needs Xvfb, xdotool, xclip and imagemagick; run with
//! `cargo test -- --ignored window::`. Places are those of a window of 1280×800.

mod long;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use wsscope::session::open::{self, Opened, Progress};
use wsscope::session::recorder::SharedLog;
use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt as _, EventMask};

const MARS: &str = "孩子,地球太危险了,快回火星去吧!";
const CLOSE_1001: &[u8] = b"\x88\x02\x03\xe9";

const DEADLINE: Duration = Duration::from_secs(60);

/// A place in the window.
type Place = (u32, u32);
const ADDRESS: Place = (220, 23);
const REASON: Place = (950, 730);
const SEND_CLOSE: Place = (702, 766);
const TABLE: Place = (600, 500);

/// Polls until `look` finds something.
#[track_caller]
fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < DEADLINE, "{what}, in vain");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// A display, the program on it, and a home of its own.
struct Desk {
    program: Child,
    xvfb: Child,
    display: String,
    window: String,
    home: TempDir,
}

impl Desk {
    /// Starts the program with these arguments.
    fn start(arguments: &[&str]) -> Desk {
        let mut xvfb = Command::new("Xvfb")
            .args("-noreset -screen 0 1280x800x24 -nolisten tcp -displayfd 1".split(' '))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let mut number = String::new();
        BufReader::new(xvfb.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let display = format!(":{}", number.trim());
        let home = tempfile::tempdir().unwrap();
        let program = Command::new(super::soak::program())
            .args(arguments)
            .env("DISPLAY", &display)
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", home.path())
            .env("XDG_DATA_HOME", home.path().join("data"))
            .env("XDG_CONFIG_HOME", home.path().join("config"))
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .spawn()
            .unwrap();
        let mut desk = Desk { program, xvfb, display, window: String::new(), home };
        desk.window = wait("a window", || {
            let found = desk.tool("xdotool", &["search", "--onlyvisible", "--name", "^wsscope$"]);
            String::from_utf8(found).unwrap().lines().next().map(str::to_owned)
        });
        desk.xdotool(&["windowfocus", "--sync", &desk.window]);
        desk.settled();
        desk
    }

    /// A window that listens on a free port, and a client with an open connection.
    fn with_client(options: &[&str]) -> (Desk, TcpStream) {
        let port = free().port().to_string();
        let desk = Desk::start(&[&["listen", &port], options].concat());
        let client = connect(format!("127.0.0.1:{port}").parse().unwrap());
        desk.settled();
        (desk, client)
    }

    fn tool(&self, tool: &str, arguments: &[&str]) -> Vec<u8> {
        let mut command = Command::new(tool);
        let output = command.args(arguments).env("DISPLAY", &self.display).output();
        output.unwrap_or_else(|error| panic!("{tool} is needed: {error}")).stdout
    }

    fn xdotool(&self, arguments: &[&str]) {
        self.tool("xdotool", arguments);
    }

    fn click(&self, (x, y): Place) {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
        self.settled();
        self.xdotool(&["click", "1"]);
        self.settled();
    }

    /// Replaces what stands in the field at this place.
    fn paste(&self, place: Place, text: &str) {
        let mut xclip = Command::new("xclip")
            .args(["-selection", "clipboard", "-i", "-quiet"])
            .env("DISPLAY", &self.display)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("xclip is needed");
        xclip.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        wait("the clipboard", || {
            let held = self.tool("xclip", &["-selection", "clipboard", "-o"]);
            (held == text.as_bytes()).then_some(())
        });
        self.click(place);
        self.xdotool(&["key", "ctrl+a"]);
        let before = self.picture();
        self.xdotool(&["key", "ctrl+v"]);
        self.differs(&before);
        let _ = xclip.kill();
        let _ = xclip.wait();
    }

    /// The pixels of the window.
    fn picture(&self) -> Vec<u8> {
        let ppm = self.tool("import", &["-silent", "-window", &self.window, "ppm:-"]);
        assert!(ppm.starts_with(b"P6"), "imagemagick is needed");
        ppm
    }

    /// Waits until the picture is the same three times.
    fn settled(&self) -> Vec<u8> {
        let (mut before, mut same) = (Vec::new(), 0);
        wait("a picture that stays", || {
            let now = self.picture();
            same = if now == before { same + 1 } else { 0 };
            before = now;
            (same == 2).then(|| before.clone())
        })
    }

    /// Waits until the picture is another.
    #[track_caller]
    fn differs(&self, before: &[u8]) {
        wait("another picture", || (self.picture() != before).then_some(()));
    }

    /// Asks the window to close, as its title bar would.
    fn quit(&self) {
        let (x11, _) = x11rb::connect(Some(&self.display)).unwrap();
        let atom = |name: &[u8]| x11.intern_atom(false, name).unwrap().reply().unwrap().atom;
        let delete = [atom(b"WM_DELETE_WINDOW"), 0, 0, 0, 0];
        let window = self.window.parse().unwrap();
        let event = ClientMessageEvent::new(32, window, atom(b"WM_PROTOCOLS"), delete);
        x11.send_event(false, window, EventMask::NO_EVENT, event).unwrap();
        x11.get_input_focus().unwrap().reply().unwrap();
    }

    fn exit_code(&mut self) -> Option<i32> {
        let program = &mut self.program;
        wait("the end of the program", || program.try_wait().unwrap()).code()
    }

    fn captures(&self) -> Vec<PathBuf> {
        let folder = self.home.path().join("data/wsscope/sessions");
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// The one capture, read from its beginning to its end.
    fn opened(&self) -> (SharedLog, Opened) {
        let captures = self.captures();
        let [path] = &captures[..] else { panic!("one capture: {captures:?}") };
        let log = SharedLog::default();
        let opened = open::open(File::open(path).unwrap(), &log, &Progress::default()).unwrap();
        (log, opened)
    }

    /// Resident octets.
    fn resident(&self) -> u64 {
        let path = format!("/proc/{}/status", self.program.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        for child in [&mut self.program, &mut self.xvfb] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Connects as soon as somebody listens, and opens a WebSocket.
fn connect(address: SocketAddr) -> TcpStream {
    let mut client = wait("somebody listens", || TcpStream::connect(address).ok());
    client.set_read_timeout(Some(DEADLINE)).unwrap();
    client.set_nodelay(true).unwrap();
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    client.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        client.read_exact(&mut octet).unwrap();
        head.push(octet[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "));
    client
}

#[track_caller]
fn expect(client: &mut TcpStream, octets: &[u8]) {
    let mut read = vec![0; octets.len()];
    client.read_exact(&mut read).unwrap();
    assert_eq!(read, octets);
}

#[test]
#[ignore = "needs Xvfb, xdotool and imagemagick"]
fn a_close_with_a_chinese_reason_is_typed_and_arrives() {
    let desk = Desk::start(&[]);
    let colours: std::collections::HashSet<_> =
        desk.picture().chunks_exact(3).map(<[u8]>::to_vec).collect();
    assert!(colours.len() > 100, "{} colours", colours.len());
    let address = free();
    desk.paste(ADDRESS, &address.to_string());
    desk.xdotool(&["key", "Return"]);
    let mut client = connect(address);
    desk.settled();
    desk.paste(REASON, MARS);
    desk.click(SEND_CLOSE);
    expect(&mut client, &[&[0x88, 47, 0x03, 0xe8], MARS.as_bytes()].concat());
    let mut answer = vec![0x88, 0x80 | 47, 0, 0, 0, 0, 0x03, 0xe8];
    answer.extend(MARS.as_bytes());
    client.write_all(&answer).unwrap();
    assert_eq!(client.read(&mut [0; 9]).unwrap(), 0, "the server ends TCP");
}

#[test]
#[ignore = "needs Xvfb, xdotool and imagemagick"]
fn keys_alone_serve_present_close_replay_and_save() {
    let desk = Desk::start(&[]);
    // What is typed in the frame that opens a field does not reach it: one key at a time.
    let keys = |keys: &[&str]| {
        for key in keys {
            let before = desk.settled();
            desk.xdotool(&["key", key]);
            desk.differs(&before);
            desk.settled();
        }
    };
    // Behind the tabs of the roles stands the address.
    keys(&["F6", "Tab", "Tab", "Tab"]);
    let address = free();
    desk.xdotool(&["key", "ctrl+a"]);
    desk.xdotool(&["type", &address.to_string()]);
    desk.xdotool(&["key", "Return"]);
    let mut client = connect(address);
    desk.settled();
    client.write_all(b"\x81\x82\x01\x02\x03\x04ij").unwrap();
    desk.settled();
    // The ladder in present mode, a row of it in detail, and the ways to end it.
    keys(&["F5", "End", "d", "d", "c"]);
    desk.xdotool(&["type", "bye"]);
    keys(&["Tab"]);
    // From here on a clock of CLOSING ticks: no picture would stay.
    desk.xdotool(&["key", "Return"]);
    expect(&mut client, b"\x88\x05\x03\xe8bye");
    client.write_all(b"\x88\x82\0\0\0\0\x03\xe8").unwrap();
    assert_eq!(client.read(&mut [0; 9]).unwrap(), 0, "the server ends TCP");
    drop(client);
    desk.settled();
    // Back to the beginning, a step, and to the end.
    keys(&["r", "Right", "ctrl+Right", "r", "Escape"]);
    let saved = desk.home.path().join("by-keys.pcapng");
    keys(&["ctrl+shift+s"]);
    // Where no dialog can be shown the path is typed.
    desk.xdotool(&["key", "ctrl+a"]);
    desk.xdotool(&["type", saved.to_str().unwrap()]);
    desk.xdotool(&["key", "Return"]);
    wait("the saved session", || saved.exists().then_some(()));
}

#[test]
#[ignore = "needs Xvfb, xdotool and imagemagick"]
fn a_window_that_is_closed_ends_its_connections_first() {
    let (mut desk, mut client) = Desk::with_client(&[]);
    desk.quit();
    expect(&mut client, CLOSE_1001);
    client.write_all(b"\x88\x82\0\0\0\0\x03\xe9").unwrap();
    assert_eq!(client.read(&mut [0; 9]).unwrap(), 0);
    drop(client);
    assert_eq!(desk.exit_code(), Some(0));
    let (log, opened) = desk.opened();
    assert!(opened.ended_in_order && opened.damaged_at.is_none(), "{opened:?}");
    assert!(log.read().connections()[0].over);
}

#[test]
#[ignore = "needs Xvfb, xdotool and imagemagick"]
fn a_window_that_is_closed_does_not_wait_for_a_silent_peer() {
    let (mut desk, mut client) = Desk::with_client(&[]);
    desk.quit();
    expect(&mut client, CLOSE_1001);
    let begin = Instant::now();
    assert_eq!(desk.exit_code(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert!(desk.opened().1.ended_in_order);
}

#[test]
#[ignore = "needs Xvfb, xdotool and imagemagick"]
fn an_idle_window_closes_at_once_and_leaves_nothing() {
    for arguments in [&[][..], &["listen", "0"]] {
        let mut desk = Desk::start(arguments);
        let begin = Instant::now();
        desk.quit();
        assert_eq!(desk.exit_code(), Some(0));
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        assert!(desk.captures().is_empty(), "{:?}", desk.captures());
    }
}

#[test]
#[ignore = "needs Xvfb, xdotool and imagemagick"]
fn a_million_frames_cost_forty_eight_octets_each() {
    const FRAMES: u64 = 1_000_000;
    let (desk, mut client) = Desk::with_client(&[]);
    let before = desk.resident();
    // A key for each: what breaks a rule costs more, and is rare.
    let frame = |key: u32| [&b"\x82\x81"[..], &key.to_be_bytes(), b"x"].concat();
    let some: Vec<u8> = (1..=1000).flat_map(frame).collect();
    for _ in 0..FRAMES / 1000 {
        client.write_all(&some).unwrap();
    }
    client.write_all(b"\x89\x80\x12\x34\x56\x78").unwrap();
    expect(&mut client, b"\x8a\0");
    let end = desk.settled();
    let grown = desk.resident().saturating_sub(before);
    assert!(grown <= 48 * FRAMES + (64 << 20), "{grown} octets");
    desk.xdotool(&["key", "Home"]);
    desk.differs(&end);
}

#[test]
#[ignore = "needs Xvfb, xdotool and imagemagick"]
fn a_huge_message_each_way_leaves_the_window_alive() {
    let (desk, mut client) = Desk::with_client(&["--echo"]);
    let before = desk.resident();
    for (opcode, len) in [(0x82_u8, 100_usize << 20), (0x81, 10 << 20)] {
        let mut sender = client.try_clone().unwrap();
        let sending = std::thread::spawn(move || {
            let mut head = vec![opcode, 0x80 | 127];
            head.extend((len as u64).to_be_bytes());
            head.extend([0; 4]);
            sender.write_all(&head).unwrap();
            let some = vec![b'm'; 1 << 20];
            (0..len >> 20).for_each(|_| sender.write_all(&some).unwrap());
        });
        let mut echo = vec![0; 10 + len];
        client.read_exact(&mut echo).unwrap();
        sending.join().unwrap();
        assert_eq!(echo[..2], [opcode, 127]);
        assert!(echo[10..].iter().all(|octet| *octet == b'm'));
        let settled = desk.settled();
        desk.xdotool(&["key", "End"]);
        desk.differs(&settled);
        let settled = desk.settled();
        desk.xdotool(&["key", "Up"]);
        desk.differs(&settled);
        desk.click(TABLE);
    }
    let grown = desk.resident().saturating_sub(before);
    println!("{} MB more", grown >> 20);
    assert!(grown <= 300 << 20, "{grown} octets");
}
