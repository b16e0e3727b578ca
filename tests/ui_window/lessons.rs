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
        assert!(!window.shows(words.send_close), "a lesson acts by itself");
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
        window.see(words.send_close);
    }
}
