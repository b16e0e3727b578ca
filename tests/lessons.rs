//! Every built-in lesson, played to its end over real sockets, without a browser.
//!
//! `WSSCOPE_BLESS=1 cargo test lessons` writes the ladders in `snapshots/lessons` anew.

mod browser;
mod command;
mod files;
mod outcomes;
mod rig;

use rig::Stage;
use wsscope::lesson::{Library, State};
use wsscope::text::Lang;

#[test]
fn every_built_in_lesson_plays_to_its_end() {
    let library = Library::built_in();
    assert_eq!(library.faults, []);
    for lesson in &library.lessons {
        let mut stage = Stage::new(lesson.clone());
        stage.play();
        assert_eq!(*stage.player.state(), State::Met, "{}: {}", lesson.id, stage.said());
        assert_eq!(stage.player.position(), Some(lesson.len() - 1));
        stage.compare_ladders();
    }
}

#[test]
fn back_to_the_start_gives_the_same() {
    let mut stage = Stage::new(Library::built_in().find("5").unwrap().clone());
    stage.play();
    let first = stage.ladders(Lang::En);
    stage.back_to_start();
    assert_eq!((stage.player.state(), stage.player.position()), (&State::Ready, None));
    for step in 0..stage.player.lesson().len() {
        assert!(stage.player.next(), "step {step}");
        stage.wait();
        assert_eq!(stage.player.position(), Some(step));
    }
    assert!(!stage.player.next(), "nothing comes behind the end");
    assert_eq!(stage.ladders(Lang::En), first);
}
