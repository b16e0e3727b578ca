//! Makes the panel's value of what is being taught.

use super::panel::{Controls, Evidence, InBrowser, LessonPanel, Mark, Question};
use super::{Teaching, behind};
use crate::lesson::player::{self, Player, State};
use crate::lesson::{Lesson, Library};
use crate::text::lesson::{both, expectation, not_met, sections};
use crate::text::{Lang, gallery};
use crate::ui::session::Session;

/// The panel of what is being taught in this session.
#[must_use]
pub fn build(teaching: &Teaching, session: &Session, library: &Library, lang: Lang) -> LessonPanel {
    match teaching {
        Teaching::Lesson(player, _) => {
            let next = behind(library, player.lesson()).filter(|_| player.is_finished());
            let next = next.map(|next| name(next, lang));
            LessonPanel { next_lesson: next, ..lesson(player, session, lang) }
        }
        Teaching::Ending(at, answered) => ending(*at, *answered, lang),
    }
}

/// Number and title of a lesson.
#[must_use]
pub fn name(lesson: &Lesson, lang: Lang) -> String {
    let title = both(lang, &lesson.title);
    match lesson.number {
        Some(number) => format!("{number} · {title}"),
        None => title.to_owned(),
    }
}

fn ending(at: usize, answered: bool, lang: Lang) -> LessonPanel {
    let (words, endings) = (lang.words(), gallery::endings());
    let ending = &endings[at];
    LessonPanel {
        kicker: format!("{} · {} / {}", words.gallery, at + 1, endings.len()),
        title: ending.title(lang).to_owned(),
        // They would say which rule was broken.
        references: if answered { ending.references.join(" · ") } else { String::new() },
        text: ending.question(lang).to_owned(),
        answer: Some(answered.then(|| ending.answer(lang).to_owned())),
        ..LessonPanel::default()
    }
}

fn lesson(player: &Player, session: &Session, lang: Lang) -> LessonPanel {
    let (words, lesson) = (lang.words(), player.lesson());
    let (position, steps) = (player.position(), lesson.len());
    let kicker = match lesson.number {
        Some(number) => format!("{} {number}", words.lesson),
        None => words.lesson.to_owned(),
    };
    let finished = player.is_finished();
    let mut panel = LessonPanel {
        kicker,
        title: both(lang, &lesson.title).to_owned(),
        references: sections(&lesson.rfc),
        browser: lesson.allows_browser().then(|| InBrowser {
            on: player.in_browser(),
            address: player.address().map(|address| format!("http://{address}/")),
        }),
        controls: Some(Controls {
            next: !finished && *player.state() != State::Waiting,
            restart: position.is_some(),
            run: !finished,
        }),
        ..LessonPanel::default()
    };
    let Some((at, (_, step))) = position.zip(player.current()) else {
        panel.text = both(lang, &lesson.text).to_owned();
        panel.hint = Some(words.begin_hint);
        panel.progress = Some((0, steps, format!("{} {steps}", words.steps_in_all)));
        return panel;
    };
    let progress = format!("{} {} / {steps}", words.step, at + 1);
    panel.progress = Some((at + 1, steps, progress));
    panel.text = both(lang, &step.say).to_owned();
    if let Some(browser) = step.browser.as_ref().filter(|_| player.in_browser()) {
        panel.text = format!("{}\n\n{}", panel.text, both(lang, &browser.say));
    }
    panel.evidence = evidence(player, at, lang);
    if let State::NotMet(missed) = player.state() {
        panel.problem = Some(not_met(lang, &session.log.read(), &session.source, missed));
    }
    if *player.state() == State::Met {
        panel.question = step.question.as_ref().map(|question| Question {
            ask: both(lang, &question.ask).to_owned(),
            choices: question.choices.iter().map(|c| both(lang, &c.text).to_owned()).collect(),
            right: question.right(),
            chosen: player.answer(at),
            because: both(lang, &question.because).to_owned(),
        });
        panel.hint = finished.then_some(words.lesson_over);
    }
    panel
}

/// A line for each expectation.
fn evidence(player: &Player, at: usize, lang: Lang) -> Vec<Evidence> {
    let Some((_, step)) = player.current() else { return Vec::new() };
    let missed = matches!(player.state(), State::NotMet(_));
    let mut first = true;
    let lines = step.expected(player.in_browser()).iter().zip(player.evidence(at));
    let lines = lines.map(|(expected, seen)| {
        let mark = match seen {
            player::Evidence::Row(_) | player::Evidence::Concluded => Mark::Seen,
            player::Evidence::Awaited if !std::mem::take(&mut first) => Mark::Later,
            player::Evidence::Awaited if missed => Mark::Missed,
            player::Evidence::Awaited => Mark::Waiting,
        };
        Evidence { mark, text: expectation(lang, expected) }
    });
    lines.collect()
}
