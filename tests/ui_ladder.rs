//! The window's ladder, found by its labels as a screen reader finds them.

use crate::ladder::{MARS, Scene};
use egui::accesskit::Toggled;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use wsscope::engine::status::{Holding, Status};
use wsscope::protocol::connection::{Held, HeldWhat};
use wsscope::protocol::header::write_frame;
use wsscope::protocol::{Header, Opcode, Role};
use wsscope::session::notes::{Note, Subject};
use wsscope::session::selection::Wake;
use wsscope::session::view::{Scope, View};
use wsscope::text::Lang;
use wsscope::ui::command::Command;
use wsscope::ui::ladder::{Center, LadderView, Panel, ladder_ui};
use wsscope::ui::{App, Start, fonts, theme};

type Window = Harness<'static, Option<App>>;

/// The window with this capture, in the ladder.
fn window(file: &Path, lang: Lang) -> Window {
    let file = file.to_path_buf();
    let mut window = Harness::builder().with_size([1280.0, 800.0]).build_ui_state(
        move |ui, app: &mut Option<App>| {
            // Fonts are there from the next frame on.
            let Some(app) = app else {
                let file = Some(file.clone());
                let start = Start { file, lang: Some(lang), ..Start::default() };
                // What the bundled type lacks comes from the system, which a test has not.
                ui.ctx().set_missing_glyph_policy(egui::MissingGlyphPolicy::Tofu);
                *app = Some(App::new(ui.ctx(), start, None));
                return;
            };
            app.between(ui.ctx());
            app.paint(ui);
        },
        None,
    );
    for _ in 0..500 {
        window.step();
        let session = window.state().as_ref().and_then(App::session);
        if session.is_some_and(|s| s.progress().is_none() && !s.log.read().is_empty()) {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    window.run_steps(3);
    window.get_by_label(lang.words().ladder).click();
    window.run_steps(3);
    assert_eq!(app(&window).state.center, Center::Ladder);
    window
}

fn app(window: &Window) -> &App {
    window.state().as_ref().expect("an application")
}

fn key(window: &mut Window, key: egui::Key) {
    window.key_press(key);
    window.run_steps(3);
}

fn rungs(window: &Window) -> usize {
    app(window).state.ladder.ladder().expect("a ladder").rungs().len()
}

#[test]
fn the_ladder_stands_beside_the_table_and_shares_its_row() {
    let scene = Scene::open(Some(Role::Server))
        .close(Role::Server, 1000, MARS)
        .close(Role::Client, 1000, MARS)
        .fin(Role::Server)
        .fin(Role::Client)
        .end();
    let mut window = window(&scene.path, Lang::En);
    for label in [
        "client → server · SYN · TCP connected",
        "client → server · GET /chat",
        "server → client · 101 Switching Protocols",
        "server → client · FIN · ended its direction of TCP",
    ] {
        window.get_by_label(label);
    }
    let close = format!("server → client · Close 1000 · {MARS}");
    window.get_by_label(&close).click();
    window.run_steps(3);
    assert_eq!(app(&window).state.selected, Some(3));
    let toggled = window.get_by_label(&close).accesskit_node().toggled();
    assert_eq!(toggled, Some(Toggled::True), "it is lit");
    for (press, row) in [
        (egui::Key::ArrowDown, 4),
        (egui::Key::ArrowUp, 3),
        (egui::Key::Home, 0),
        (egui::Key::End, 7),
        (egui::Key::PageUp, 0),
        (egui::Key::PageDown, 7),
    ] {
        key(&mut window, press);
        assert_eq!(app(&window).state.selected, Some(row), "{press:?}");
    }
    window.get_by_label("Table").click();
    window.run_steps(3);
    assert_eq!(app(&window).state.center, Center::Table);
    assert_eq!(app(&window).state.selected, Some(7), "the same row in the table");
}

#[test]
fn a_fold_unfolds_by_click_and_by_enter_and_folds_again() {
    let mut scene = Scene::open(Some(Role::Client));
    for i in 0..8 {
        scene = scene.text(Role::Client, &format!("question {i}"));
        scene = scene.text(Role::Server, &format!("answer {i}"));
    }
    let scene = scene.end();
    let mut window = window(&scene.path, Lang::En);
    assert_eq!(rungs(&window), 3 + 2 + 1);
    let fold = "client → server · 8 data frames · 80 octets";
    window.get_by_label(fold).click();
    window.run_steps(3);
    assert_eq!(rungs(&window), 3 + 16 + 1);
    window.get_by_label("server → client · Text · answer 0");
    key(&mut window, egui::Key::Enter);
    assert_eq!(rungs(&window), 3 + 2 + 1);
    key(&mut window, egui::Key::Enter);
    assert_eq!(rungs(&window), 3 + 16 + 1);
    window.get_by_label("fold 3").click();
    window.run_steps(3);
    assert_eq!(rungs(&window), 3 + 2 + 1);
}

#[test]
fn a_hundred_thousand_arrows_lay_out_what_is_visible() {
    let mut scene = Scene::open(Some(Role::Server));
    let mut octets = Vec::new();
    for _ in 0..100_000 {
        write_frame(&Header::new(Opcode::TEXT, 2, None), b"hi", &mut octets);
    }
    scene.octets(Role::Server, octets);
    let scene = scene.end();
    let mut window = window(&scene.path, Lang::En);
    assert_eq!(rungs(&window), 5);
    let run = app(&window).state.ladder.ladder().unwrap().rungs()[3].run.unwrap();
    window.state_mut().as_mut().unwrap().apply(Command::Unfold(run));
    window.run_steps(3);
    assert_eq!(rungs(&window), 100_004);
    assert!(app(&window).state.ladder.laid_out <= 24, "{}", app(&window).state.ladder.laid_out);
    key(&mut window, egui::Key::End);
    assert_eq!(app(&window).state.selected, Some(100_003));
    window.get_by_label_contains("nothing more was observed");
    let begun = std::time::Instant::now();
    window.run_steps(10);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn fit_shows_the_whole_ladder() {
    let mut scene = Scene::open(Some(Role::Server));
    for _ in 0..7 {
        scene = scene.frame(Role::Client, Opcode::PING, b"").frame(Role::Server, Opcode::PONG, b"");
    }
    let scene = scene.end();
    let mut window = window(&scene.path, Lang::Zh);
    let words = Lang::Zh.words();
    assert!(app(&window).state.ladder.laid_out < rungs(&window));
    window.get_by_label(words.ladder_fit).click();
    window.run_steps(3);
    assert_eq!(app(&window).state.ladder.laid_out, rungs(&window));
    window.get_by_label(words.ladder_zoom_in).click();
    window.run_steps(3);
    assert!(!app(&window).state.ladder.fit);
    window.get_by_label(words.ladder_copy);
    window.get_by_label(words.ladder_svg);
}

#[test]
fn the_ladder_follows_the_filter() {
    let scene = Scene::open(Some(Role::Server))
        .frame(Role::Server, Opcode::PING, b"?")
        .text(Role::Client, "hello")
        .close(Role::Server, 1000, "")
        .end();
    let mut window = window(&scene.path, Lang::En);
    let all = rungs(&window);
    for (filter, shown) in [("close || fin == 1 && ping", 2), ("", all), ("text == \"no\"", 0)] {
        let app = window.state_mut().as_mut().expect("an application");
        app.apply(Command::Filter(filter.to_owned()));
        window.run_steps(3);
        assert_eq!(rungs(&window), shown, "{filter}");
    }
    window.get_by_label("hide heartbeats").click();
    window.get_by_label("violations 2");
}

#[test]
fn a_note_stands_at_its_rung() {
    let scene = Scene::open(Some(Role::Server)).text(Role::Client, "hello").end();
    let mut window = window(&scene.path, Lang::En);
    let session = app(&window).session().expect("a session");
    session.log.write().set_note(Note::new(Subject::Row(3), "look", true));
    window.run_steps(2);
    window.get_by_label("client → server · Text · hello · Bookmark · Note: look");
}

#[test]
fn a_held_answer_stands_on_the_ladder_and_is_let_through() {
    let scene = Scene::open(Some(Role::Server)).close(Role::Client, 3001, "bye");
    let (log, source) = (scene.log.clone(), scene.source.clone());
    let mut status = Status::default();
    let fin = Held { id: 1, what: HeldWhat::Fin, answer: true, by_hand: true };
    status.held.insert(1, Holding { on_hold: false, count: 1, first: vec![fin] });
    let mut view = LadderView::default();
    let mut rows = View::default();
    rows.update(&log, &source, &(Arc::new(|| {}) as Wake));
    view.update(&log.read(), Some(1), &rows);
    let mut window = Harness::builder()
        .with_size([900.0, 600.0])
        .with_context_setup(|ctx| {
            ctx.set_fonts(fonts::definitions());
            theme::install(ctx);
        })
        .build_ui_state(
            move |ui, commands: &mut Vec<Command>| {
                let log = log.read();
                let panel = Panel {
                    fresh: 0..0,
                    presented: false,
                    previews: &RefCell::default(),
                    log: &log,
                    source: &source,
                    status: &status,
                    scope: Scope::default(),
                    selected: None,
                    follow: true,
                    lang: Lang::En,
                    now: 1_700_000_009_000_000_000,
                    lit: &[],
                };
                ladder_ui(ui, &panel, &mut view, commands);
            },
            Vec::new(),
        );
    window.get_by_label("client → server · Close 3001 · bye · no answer so far");
    window.get_by_label("Let it through").click();
    window.run_steps(3);
    assert!(matches!(window.state()[..], [Command::Release(1)]));
}
