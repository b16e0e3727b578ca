//! One painted frame of the window, egui's run and tessellation without the graphics
//! card: with ten million rows against a thousand.

use crate::capture;
use crate::screenless::Screenless;
use crate::table::{Line, median};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use wsscope::text::Lang;
use wsscope::ui::Start;
use wsscope::ui::ladder::Center;

const FRAMES: usize = 120;
/// One Ping in so many frames: so a ladder of a thousand rows has pages to scroll, too.
const PING: u64 = 7;

struct Window {
    screenless: Screenless,
    time: f64,
}

impl Window {
    fn open(path: PathBuf, sessions: &Path) -> Window {
        let screenless = Screenless::new(Start {
            file: Some(path),
            lang: Some(Lang::En),
            sessions: Some(sessions.to_path_buf()),
            no_dialogs: true,
            ..Start::default()
        });
        Window { screenless, time: 0.0 }
    }

    /// Paints once, and says how long it took.
    fn paint(&mut self, key: Option<egui::Key>) -> Duration {
        self.time += 0.1;
        let start = Instant::now();
        self.screenless.paint(self.time, key);
        start.elapsed()
    }

    /// Paints until every row is shown; the time to the first row, and to all.
    fn wait(&mut self, rows: u64) -> (Duration, Duration) {
        let start = Instant::now();
        let mut first = None;
        loop {
            self.paint(None);
            let shown = self.screenless.app.state.view.len();
            if shown > 0 {
                first.get_or_insert_with(|| start.elapsed());
            }
            if shown >= rows {
                return (first.unwrap_or_default(), start.elapsed());
            }
            std::thread::yield_now();
        }
    }

    /// Shows the table or the ladder.
    fn show(&mut self, center: Center) {
        self.screenless.app.state.center = center;
        for _ in 0..10 {
            self.paint(None);
        }
    }
}

/// Milliseconds that one frame of each takes while somebody scrolls.
fn cost(few: &mut Window, many: &mut Window, center: Center) -> (f64, f64) {
    few.show(center);
    many.show(center);
    let keys = [egui::Key::PageUp, egui::Key::PageUp, egui::Key::PageDown];
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let figures = (0..FRAMES).map(|i| {
        let key = Some(keys[i % 3]);
        (milliseconds(few.paint(key)), milliseconds(many.paint(key)))
    });
    let (few, many): (Vec<f64>, Vec<f64>) = figures.unzip();
    (median(few), median(many))
}

/// The lines of this group.
pub fn lines() -> Vec<Line> {
    let folder = capture::folder();
    let open = |name: &str, frames: u64| {
        let path = folder.path().join(name);
        capture::record_pinging(&path, frames, 64, PING);
        let mut window = Window::open(path, folder.path());
        let (first, all) = window.wait(frames);
        (window, first, all)
    };
    let (mut few, ..) = open("thousand.pcapng", 1000);
    let (_, _, seen) = open("hundred.pcapng", 100_000);
    let (mut many, ..) = open("ten.pcapng", 10_000_000);
    let mut lines = vec![Line::at_most(
        "a window that shows 100,000 frames of a file, to the last row",
        seen.as_secs_f64(),
        1.0,
        "s",
    )];
    for (center, name) in [(Center::Table, "table"), (Center::Ladder, "ladder")] {
        let (small, large) = cost(&mut few, &mut many, center);
        let work = format!("one painted frame, {name}, 10,000,000 rows against 1,000");
        lines.push(Line {
            ours: format!("{large:.2} ms"),
            against: format!("{small:.2} ms"),
            ratio: format!("{:.2}×", large / small),
            target: "≤ 1.1×, < 4 ms".to_owned(),
            reached: Some(large / small <= 1.1 && large < 4.0),
            ..Line::missing(&work, "")
        });
    }
    lines
}
