//! Lessons, from the menu to their end.

use super::*;
use wsscope::text::lesson::both;
use wsscope::ui::ladder::Center;

/// A window in the lesson whose label begins so.
fn lesson(lang: Lang, label: &str) -> Window {
    let mut window = Window::new(lang);
    let menu = format!("{} ▾", lang.words().lesson);
    window.click(&menu);
    window.click_part(label);
    window
}

#[test]
fn a_lesson_is_played_from_the_menu_to_its_end() {
    for lang in [Lang::En, Lang::Zh] {
        let words = lang.words();
        let mut window = lesson(lang, "5 · ");
        let lesson = window.app().state.library.find("5").unwrap().clone();
        window.see(both(lang, &lesson.text).trim());
        window.see(&format!("{} {}", words.steps_in_all, lesson.len()));
        assert_eq!(window.app().state.center, Center::Ladder);
        assert!(!window.labels().iter().any(|l| l == words.empty_close), "a lesson acts by itself");
        for (at, step) in lesson.steps().enumerate() {
            window.key(Key::ArrowRight);
            window.see(&format!("{} {} / {}", words.step, at + 1, lesson.len()));
            window.see(both(lang, &step.say).trim());
            if let Some(question) = &step.question {
                window.see(both(lang, &question.ask).trim());
                let right = &question.choices[question.right()];
                window.click(both(lang, &right.text));
                window.see(words.right_answer);
                window.see(both(lang, &question.because).trim());
            }
        }
        window.see(words.lesson_over);
        // Its rows are lit, and one of them is chosen.
        assert!(window.chosen().is_some());
        window.click(words.end_lesson);
        window.see_gone(words.lesson_over);
        window.see(words.empty_close);
        let title = both(lang, &lesson.title);
        assert!(window.one(&format!("5 · {title}")).is_some(), "the session is named");
    }
}

#[test]
fn one_lesson_leads_to_the_next_up_to_the_last() {
    let mut window = lesson(Lang::En, "1 · ");
    let lessons = window.app().state.library.lessons.clone();
    for (at, lesson) in lessons.iter().enumerate() {
        window.see(lesson.title.en.trim());
        window.see("Next, or the key →");
        window.click("Run to the end");
        window.see("The lesson is over.");
        if at + 1 < lessons.len() {
            window.click("Next lesson");
        }
    }
    assert!(!window.shows("Next lesson"), "that was the last");
}

/// Rows that are painted as lit up, where none of them is the chosen one.
fn lit(window: &Window) -> usize {
    let light = window.harness.ctx.theme() == egui::Theme::Light;
    let palette = if light { &theme::LIGHT } else { &theme::DARK };
    let shapes = &window.harness.output().shapes;
    let is = |shape: &egui::Shape| matches!(shape, egui::Shape::Rect(r) if r.fill == palette.lit);
    shapes.iter().filter(|clipped| is(&clipped.shape)).count()
}

#[test]
fn the_rows_of_a_step_light_up_in_ladder_and_table() {
    let mut window = own(Lang::En);
    window.see("What happens?");
    assert_eq!(lit(&window), 0);
    window.key(Key::ArrowRight);
    // The request is lit; the response, lit as well, is also chosen.
    window.wait("a lit rung", |w| (lit(w) == 1).then_some(()));
    window.click("Table");
    window.wait("a lit row", |w| (lit(w) == 1).then_some(()));
    window.click_part("· TCP TCP connected");
    window.wait("two lit rows", |w| (lit(w) == 2).then_some(()));
    window.click("End the lesson");
    window.wait("no lit row", |w| (lit(w) == 0).then_some(()));
}

/// A lesson of one's own: the first step is met, the second expects what nobody sends.
const OWN: &str = r#"
id = "own"
title.en = "A lesson of my own"
title.zh = "我自己的课"
rfc = ["RFC 6455 §5.5.1"]
text.en = "What happens?"
text.zh = "会发生什么？"

[[run]]
inspected = "server"
other = "tungstenite"
browser = true

[[run.step]]
open = true
say.en = "They meet."
say.zh = "双方见面。"
see = [{ request = true }, { from = "server", status = 101 }]
[run.step.browser]
say.en = "Open the page."
say.zh = "打开页面。"

[[run.step]]
say.en = "A Close."
say.zh = "一个 Close。"
server.do = ["close:1000"]
see = [{ from = "server", frame = "ping" }, { from = "client", frame = "pong" }]
"#;

fn own(lang: Lang) -> Window {
    let lessons = tempfile::tempdir().unwrap();
    std::fs::write(lessons.path().join("own.toml"), OWN).unwrap();
    std::fs::write(lessons.path().join("broken.toml"), "id = 5").unwrap();
    let start = Start { lessons: Some(lessons.path().to_path_buf()), ..Start::default() };
    let mut window = Window::with(lang, start);
    window.click(lang.words().lessons_card_title);
    window.see("broken.toml");
    window.click_part(if lang == Lang::En { "A lesson of my own" } else { "我自己的课" });
    window
}

#[test]
fn a_lesson_says_what_came_instead_and_begins_anew() {
    for lang in [Lang::En, Lang::Zh] {
        let words = lang.words();
        let mut window = own(lang);
        window.see(words.begin_hint);
        window.click(words.run_to_end);
        let came = if lang == Lang::En { "Came instead: " } else { "实际看到：" };
        let told = window.wait("what came", |w| w.one(came));
        assert!(told.contains("Ping") && told.contains("Close 1000"), "{told}");
        window.see(words.not_seen);
        assert!(!window.shows(words.lesson_over));
        window.click(words.back_to_start);
        window.see(words.begin_hint);
        assert!(window.rows().is_empty(), "a new session");
        window.wait("one file, of the new session", |w| {
            let files = std::fs::read_dir(w.folder()).unwrap();
            (files.count() == 1).then_some(())
        });
        window.click(words.next_step);
        window.see(&format!("{} 1 / 2", words.step));
        window.see("101");
    }
}

#[test]
fn a_browser_at_the_other_end_is_told_where_to_go() {
    let mut window = own(Lang::En);
    window.click("Browser");
    window.click("Next");
    window.see("Open the page.");
    window.see("http://127.0.0.1:");
    window.see("Open in browser");
    assert!(!window.rows().iter().any(|row| row.contains("GET")), "nobody came");
    window.click("Partner");
    window.see("Next, or the key →");
}

#[test]
fn keys_play_a_lesson_unless_somebody_types() {
    let mut window = own(Lang::En);
    window.see("What happens?");
    window.click("Table");
    window.click("filter");
    window.key(Key::ArrowRight);
    assert!(window.shows("What happens?"), "the key was the field's");
    window.key(Key::Escape);
    window.click("Ladder");
    window.key(Key::ArrowRight);
    window.see("They meet.");
    window.see("101");
    window.harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowLeft);
    window.harness.run_steps(2);
    window.see("What happens?");
    window.harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    window.see("Came instead: ");
}
