//! A session, a player, and somebody who waits for both.

use crate::ladder::compare;
use regex::Regex;
use std::fs::File;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wsscope::engine::{Engine, Wake};
use wsscope::lesson::{Lesson, Player, State};
use wsscope::session::ladder::{Folding, Ladder};
use wsscope::session::source::Source;
use wsscope::text::Lang;
use wsscope::text::ladder::{Shown, ladder as ladder_text};
use wsscope::text::lesson;

/// A lesson on its way.
pub struct Stage {
    pub engine: Engine,
    pub source: Source,
    pub player: Player,
    bell: Receiver<()>,
    wake: Wake,
}

fn session(wake: Wake) -> (Engine, Source) {
    let capture: File = tempfile::tempfile().unwrap();
    let source = Source::new(capture.try_clone().unwrap());
    (Engine::start(capture, None, wake).unwrap(), source)
}

impl Stage {
    pub fn new(lesson: Arc<Lesson>) -> Stage {
        Stage::with(lesson, false)
    }

    pub fn with(lesson: Arc<Lesson>, browser: bool) -> Stage {
        let (ring, bell) = channel();
        let ring = Mutex::new(ring);
        let wake: Wake = Arc::new(move || {
            // Whoever listened may be gone.
            let _ = ring.lock().unwrap().send(());
        });
        let (engine, source) = session(wake.clone());
        let player = Player::new(lesson, browser, engine.handle(), source.clone(), wake.clone());
        Stage { engine, source, player, bell, wake }
    }

    /// Another session, the same lesson.
    pub fn back_to_start(&mut self) {
        let (engine, source) = session(self.wake.clone());
        self.player = self.player.again(engine.handle(), source.clone());
        (self.engine, self.source) = (engine, source);
    }

    /// Waits until the current step is met, or not.
    pub fn wait(&mut self) {
        while *self.player.state() == State::Waiting {
            let due = self.player.due().unwrap_or(Duration::from_secs(60));
            // Time alone may be what it waits for.
            let _ = self.bell.recv_timeout(due);
            self.player.poll();
        }
    }

    /// Waits until something has come to be.
    pub fn until<T>(&mut self, there: impl Fn(&Stage) -> Option<T>) -> T {
        loop {
            if let Some(found) = there(self) {
                return found;
            }
            self.bell.recv_timeout(Duration::from_secs(60)).expect("something happens");
            self.player.poll();
        }
    }

    pub fn play(&mut self) {
        self.player.run_to_end();
        self.wait();
    }

    /// What the last step's failure says.
    pub fn said(&self) -> String {
        match self.player.state() {
            State::NotMet(not_met) => {
                let log = self.engine.log();
                let step = self.player.position().unwrap_or_default() + 1;
                format!(
                    "step {step}: {}",
                    lesson::not_met(Lang::En, &log.read(), &self.source, not_met)
                )
            }
            _ => String::new(),
        }
    }

    /// The ladders of every connection, without what differs each time.
    pub fn ladders(&self, lang: Lang) -> String {
        let log = self.engine.log();
        let log = log.read();
        let shown = Shown { times: false, addresses: false, now: 0 };
        let durations = Regex::new(r"\b\d+(\.\d+)? (ns|µs|ms|s)\b").unwrap();
        let ladders = (1..=log.connections().len() as u32).map(|number| {
            let folding = Folding::default();
            let mut ladder = Ladder::of(&log, number, folding);
            self.player.show_crossing(&log, &mut ladder);
            let text = ladder_text(&log, &self.source, &ladder, lang, shown);
            // Where the verdict's lines break depends on its durations.
            let (arrows, verdict) = text.trim_end().rsplit_once("\n\n").unwrap();
            let verdict = verdict.replace('\n', if lang == Lang::Zh { "" } else { " " });
            let verdict = durations.replace_all(&verdict, "(so long)").into_owned();
            format!("{arrows}\n\n{verdict}\n")
        });
        ladders.collect::<Vec<_>>().join("\n")
    }

    #[track_caller]
    pub fn compare_ladders(&self) {
        for (lang, word) in [(Lang::En, "en"), (Lang::Zh, "zh")] {
            let id = &self.player.lesson().id;
            compare(&format!("lessons/{id}.{word}"), &self.ladders(lang));
        }
    }
}
