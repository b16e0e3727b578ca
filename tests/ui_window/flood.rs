//! The window while frames come as fast as the engine takes them: it paints as its
//! event loop would, when a repaint is due. What is promised is promised of a release:
//! `cargo test --release flooded -- --ignored --nocapture`.

use super::screenless::Screenless;
use super::{DEADLINE, handshake};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use wsscope::text::Lang;
use wsscope::ui::command::Command;
use wsscope::ui::{App, Start};

const LASTS: Duration = Duration::from_secs(3);
const PAINTS: f64 = 30.0;
/// Without optimisation the recorder has the log fifty times as long.
const ANSWERED: Duration = Duration::from_millis(if cfg!(debug_assertions) { 10_000 } else { 200 });
/// Frames in one write.
const BATCH: u64 = 1000;

/// The window, and what its event loop knows.
struct Looped {
    window: Screenless,
    asked: Receiver<Instant>,
    /// When it is to be painted next.
    due: Option<Instant>,
    begin: Instant,
    _sessions: tempfile::TempDir,
}

impl Looped {
    fn new() -> Looped {
        let sessions = tempfile::tempdir().unwrap();
        let window = Screenless::new(Start {
            lang: Some(Lang::En),
            sessions: Some(sessions.path().to_path_buf()),
            no_dialogs: true,
            ..Start::default()
        });
        let (sender, asked) = channel();
        window.ctx.set_request_repaint_callback(move |info| {
            let _ = sender.send(Instant::now() + info.delay);
        });
        // The first painting is nobody's wish.
        let begin = Instant::now();
        Looped { window, asked, due: Some(begin), begin, _sessions: sessions }
    }

    /// Paints now, with this key pressed.
    fn paint(&mut self, key: Option<egui::Key>) {
        self.due = None;
        self.window.paint(self.begin.elapsed().as_secs_f64(), key);
    }

    /// Waits until a painting is due, paints, and says so; or until `end`.
    fn turn(&mut self, end: Instant) -> bool {
        loop {
            let now = Instant::now();
            if self.due.is_some_and(|due| due <= now) {
                self.paint(None);
                return true;
            }
            if end <= now {
                return false;
            }
            let until = self.due.map_or(end, |due| due.min(end));
            if let Ok(asked) = self.asked.recv_timeout(until - now) {
                self.due = Some(self.due.map_or(asked, |due| due.min(asked)));
            }
        }
    }

    /// Runs until `look` finds something.
    fn until<T>(&mut self, what: &str, mut look: impl FnMut(&App) -> Option<T>) -> T {
        let end = Instant::now() + 3 * DEADLINE;
        loop {
            if let Some(found) = look(&self.window.app) {
                return found;
            }
            assert!(Instant::now() < end, "{what}, in vain");
            self.turn(Instant::now() + Duration::from_millis(50));
        }
    }
}

#[test]
#[ignore = "takes all of the machine for ten seconds"]
fn a_flooded_window_paints_thirty_times_a_second_and_answers() {
    let mut looped = Looped::new();
    looped.window.app.state.address = "127.0.0.1:0".into();
    looped.window.app.apply(Command::Listen { next_free: false });
    looped.window.app.state.adopt = true;
    let address = looped.until("it listens", |app| {
        (!app.state.address.ends_with(":0")).then(|| app.state.address.parse().unwrap())
    });
    let mut client = handshake(address);
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let flood = std::thread::spawn(move || {
        let frames = b"\x82\x84\x12\x34\x56\x78wxyz".repeat(BATCH as usize);
        let mut sent = 0;
        while !stopped.load(Ordering::Relaxed) {
            client.write_all(&frames).unwrap();
            sent += BATCH;
        }
        (sent, client)
    });
    let frames = |app: &App| app.session().map_or(0, |s| u64::from(s.log.read().frame_count()));
    looped.until("a flood", |app| (frames(app) > 10_000).then_some(()));

    let (begin, before) = (Instant::now(), frames(&looped.window.app));
    let mut paints = 0;
    while looped.turn(begin + LASTS) {
        paints += 1;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let came = frames(&looped.window.app) - before;
    println!("{paints} paintings in {seconds:.1} s, {:.0} frames a second", came as f64 / seconds);
    assert!(came > 0 && paints > 0);
    assert!(f64::from(paints) <= PAINTS * seconds + 2.0, "{paints} paintings in {seconds:.1} s");

    let mut answers = Vec::new();
    for key in [egui::Key::Home, egui::Key::End].repeat(5) {
        looped.turn(Instant::now() + Duration::from_millis(100));
        let (pressed, chosen) = (Instant::now(), looped.window.app.state.selected);
        looped.paint(Some(key));
        answers.push(pressed.elapsed());
        assert_ne!(looped.window.app.state.selected, chosen, "{key:?} is answered");
    }
    answers.sort();
    println!("a key is answered in {:?}, {:?} at most", answers[5], answers[9]);
    assert!(answers[5] <= ANSWERED, "{answers:?}");

    stop.store(true, Ordering::Relaxed);
    let (sent, _client) = flood.join().unwrap();
    looped.until("every frame", |app| (frames(app) == sent).then_some(()));
}
