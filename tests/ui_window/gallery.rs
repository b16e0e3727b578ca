//! The gallery of endings from the field.

use super::*;
use wsscope::text::gallery;
use wsscope::ui::ladder::Center;

#[test]
fn an_ending_is_opened_asked_about_and_answered() {
    for lang in [Lang::En, Lang::Zh] {
        let mut window = Window::new(lang);
        let words = lang.words();
        let ending = &gallery::endings()[0];
        window.click(words.gallery);
        window.click(ending.title(lang));
        window.see(ending.question(lang).trim());
        window.see("Close 1005");
        assert_eq!(window.app().state.center, Center::Ladder);
        assert!(window.shows("ending-1"), "the name tells nothing");
        // Nothing tells the answer before it is asked for.
        window.click_part("Close 1005");
        window.see(words.verdict_hidden);
        assert!(!window.shows(ending.answer(lang).trim()) && !window.shows("CloseEvent"));
        window.click(words.show_answer);
        window.see(ending.answer(lang).trim());
        assert_eq!(window.chosen(), Some(ending.rows[0]));
        window.see("CloseEvent");
        window.see(&ending.references[0]);
        window.click(words.next_ending);
        window.see(gallery::endings()[1].question(lang).trim());
        window.click(words.previous_ending);
        window.click(words.previous_ending);
        window.see(gallery::endings().last().unwrap().question(lang).trim());
        window.click(words.end_lesson);
        window.see_gone(words.show_answer);
        assert!(window.app().session().is_some(), "the capture stays");
        assert!(window.app().state.recent.is_empty(), "a copy that goes is nothing recent");
    }
}

#[test]
fn notes_on_an_ending_are_saved_elsewhere() {
    let mut window = Window::new(Lang::En);
    let to = window.folder().join("mine.pcapng");
    window.click("Lesson ▾");
    window.click("Endings from the field");
    window.click("A Close with one octet");
    window.click_part("Close · 03");
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::M);
    window.harness.run_steps(2);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    window.harness.run_steps(2);
    window.type_path(&to, "Save");
    window.see("Saved to");
    let kept = std::fs::read(to).unwrap();
    assert!(kept.len() > gallery::endings()[8].octets().len());
}
