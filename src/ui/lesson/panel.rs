//! The lesson panel: what is said, what was seen of it, what is asked.
//!
//! A value that [`super::build`] makes of a lesson's step or of an ending of the
//! gallery, and its painting.

use super::Teach;
use crate::text::Lang;
use crate::ui::command::Command;
use crate::ui::theme::{self, GRID};
use crate::ui::widgets;
use egui::{Button, Color32, Frame, Key, Margin, Panel, RichText, ScrollArea, Sense, Stroke, Ui};
use egui::{WidgetInfo, vec2};

/// What the panel shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LessonPanel {
    /// "Lesson 5", or "Endings from the field · 3 of 14".
    pub kicker: String,
    /// The title.
    pub title: String,
    /// Sections of RFCs.
    pub references: String,
    /// The step, counted from 1, and how many there are; in words.
    pub progress: Option<(usize, usize, String)>,
    /// What is said.
    pub text: String,
    /// What must be seen, and what came of it.
    pub evidence: Vec<Evidence>,
    /// What went wrong with the lesson itself.
    pub problem: Option<String>,
    /// What is asked.
    pub question: Option<Question>,
    /// For an ending of the gallery: its answer, `None` until it is asked for.
    pub answer: Option<Option<String>>,
    /// Who may be at the other end: whether it is a browser now.
    pub browser: Option<InBrowser>,
    /// What can be done next; `None` where there are no steps.
    pub controls: Option<Controls>,
    /// A remark on how to begin, or to go on.
    pub hint: Option<&'static str>,
    /// The lesson behind this one, once this one was played.
    pub next_lesson: Option<String>,
}

/// One line of what must be seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// What came of it.
    pub mark: Mark,
    /// In words.
    pub text: String,
}

/// What came of an expectation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// It was seen.
    Seen,
    /// It is waited for.
    Waiting,
    /// Something else came, or nothing did.
    Missed,
    /// It comes behind what is waited for, or missed.
    Later,
}

/// A question with choices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// What is asked.
    pub ask: String,
    /// Its choices.
    pub choices: Vec<String>,
    /// The right one.
    pub right: usize,
    /// The one that was chosen.
    pub chosen: Option<usize>,
    /// Whether that is right, and why: once one was chosen.
    pub because: String,
}

/// A lesson with a browser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InBrowser {
    /// A browser is at the other end.
    pub on: bool,
    /// Where it finds the page.
    pub address: Option<String>,
}

/// The buttons below.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Controls {
    /// There is a step behind this one, and this one is done.
    pub next: bool,
    /// Something was played.
    pub restart: bool,
    /// There is something left to be played.
    pub run: bool,
}

/// Paints the panel, which fills its place.
pub fn lesson_panel_ui(ui: &mut Ui, panel: &LessonPanel, lang: Lang, commands: &mut Vec<Command>) {
    let pad = |top, bottom| Frame::new().inner_margin(Margin { left: 16, right: 12, top, bottom });
    Panel::top("lesson head").frame(pad(10, 8)).show_separator_line(false).show(ui, |ui| {
        head_ui(ui, panel, lang, commands);
    });
    Panel::bottom("lesson controls").frame(pad(8, 10)).show(ui, |ui| {
        controls_ui(ui, panel, lang, commands);
    });
    let area = ScrollArea::vertical().id_salt((&panel.title, &panel.progress)).auto_shrink(false);
    area.show(ui, |ui| {
        pad(4, 8).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            body_ui(ui, panel, lang, commands);
        });
    });
}

fn head_ui(ui: &mut Ui, panel: &LessonPanel, lang: Lang, commands: &mut Vec<Command>) {
    let (words, palette) = (lang.words(), theme::palette(ui));
    ui.horizontal(|ui| {
        widgets::caption(ui, &panel.kicker);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().button_padding.x = 8.0;
            let end = Button::new(RichText::new(words.end_lesson).font(theme::small()));
            if ui.add(end.min_size(vec2(0.0, 24.0))).clicked() {
                commands.push(Command::Teach(Teach::End));
            }
        });
    });
    ui.label(RichText::new(&panel.title).heading());
    if !panel.references.is_empty() {
        widgets::dim(ui, &panel.references);
    }
    let Some((step, of, text)) = &panel.progress else { return };
    ui.add_space(GRID);
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(text).font(theme::small()).color(palette.text));
        let (rect, _) =
            ui.allocate_exact_size(vec2(ui.available_width(), label.rect.height()), Sense::hover());
        let gap = 3.0;
        let width = (rect.width() + gap) / *of as f32;
        for at in 0..*of {
            let left = rect.left() + at as f32 * width;
            let bar = egui::Rect::from_min_size(
                egui::pos2(left, rect.center().y - 2.0),
                vec2((width - gap).max(1.0), 4.0),
            );
            let fill = if at < *step { palette.accent } else { palette.stroke };
            ui.painter().rect_filled(bar, 2.0, fill);
        }
    });
}

fn body_ui(ui: &mut Ui, panel: &LessonPanel, lang: Lang, commands: &mut Vec<Command>) {
    if let Some(browser) = &panel.browser {
        browser_ui(ui, browser, lang, commands);
    }
    paragraphs(ui, &panel.text);
    if !panel.evidence.is_empty() {
        ui.add_space(2.0 * GRID);
        evidence_ui(ui, panel, lang);
    }
    if let Some(problem) = &panel.problem {
        ui.add_space(2.0 * GRID);
        widgets::wrong(ui, problem);
    }
    if let Some(question) = &panel.question {
        ui.add_space(3.0 * GRID);
        question_ui(ui, question, lang, commands);
        // What was just told comes into view.
        let told = ui.scope_id().with((&question.ask, "told"));
        let now = question.chosen.is_some();
        let before = ui.data_mut(|data| data.get_temp::<bool>(told)).unwrap_or_default();
        if now != before {
            ui.data_mut(|data| data.insert_temp(told, now));
            ui.add_space(2.0 * GRID);
            ui.scroll_to_cursor(None);
        }
    }
    if let Some(answer) = &panel.answer {
        ui.add_space(3.0 * GRID);
        answer_ui(ui, answer.as_deref(), lang, commands);
    }
    if let Some(hint) = panel.hint {
        ui.add_space(3.0 * GRID);
        widgets::dim(ui, hint);
    }
}

/// A text with a little room between its paragraphs.
fn paragraphs(ui: &mut Ui, text: &str) {
    for paragraph in text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()) {
        ui.label(RichText::new(paragraph).line_height(Some(theme::SIZE * 1.5)));
        ui.add_space(GRID);
    }
}

fn browser_ui(ui: &mut Ui, browser: &InBrowser, lang: Lang, commands: &mut Vec<Command>) {
    let words = lang.words();
    ui.horizontal(|ui| {
        widgets::dim(ui, words.other_end);
        let mut on = browser.on;
        let choices = [(false, words.partner), (true, words.other_end_browser)];
        if widgets::segmented(ui, &mut on, &choices) {
            commands.push(Command::Teach(Teach::InBrowser(on)));
        }
    });
    if let Some(address) = browser.address.as_ref().filter(|_| browser.on) {
        ui.add_space(GRID);
        ui.label(RichText::new(address).font(theme::mono()).size(16.0));
        ui.add_space(GRID);
        ui.horizontal(|ui| {
            if widgets::primary(ui, true, words.open_in_browser).clicked() {
                ui.ctx().open_url(egui::OpenUrl::new_tab(address));
            }
            if ui.button(words.copy).clicked() {
                ui.ctx().copy_text(address.clone());
            }
        });
    }
    ui.add_space(2.0 * GRID);
}

fn evidence_ui(ui: &mut Ui, panel: &LessonPanel, lang: Lang) {
    let (words, palette) = (lang.words(), theme::palette(ui));
    widgets::caption(ui, words.on_the_wire);
    for line in &panel.evidence {
        let (sign, name, color, text) = match line.mark {
            Mark::Seen => ("✓", words.seen, palette.open, palette.text),
            Mark::Waiting => ("…", words.waiting_for, palette.closing, palette.text),
            Mark::Missed => ("×", words.not_seen, palette.close, palette.close),
            Mark::Later => ("·", words.not_yet, palette.dim, palette.dim),
        };
        ui.horizontal_top(|ui| {
            sign_ui(ui, sign, name, color);
            ui.add(egui::Label::new(RichText::new(&line.text).color(text)).wrap());
        });
    }
}

/// A sign in a column of its own.
fn sign_ui(ui: &mut Ui, sign: &str, name: &str, color: Color32) {
    let galley = ui.painter().layout_no_wrap(sign.to_owned(), theme::bold(), color);
    let size = vec2(14.0, galley.size().y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().galley(rect.min, galley, color);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, name));
    response.on_hover_text(name);
}

/// A rounded box in which something is asked or answered.
fn card_ui(ui: &mut Ui, line: Color32, add: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    Frame::new()
        .fill(palette.ground)
        .stroke(Stroke::new(1.0, line))
        .corner_radius(8.0)
        .inner_margin(Margin::symmetric(12, 10))
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            add(ui);
        });
}

fn question_ui(ui: &mut Ui, question: &Question, lang: Lang, commands: &mut Vec<Command>) {
    let (words, palette) = (lang.words(), theme::palette(ui));
    card_ui(ui, palette.accent, |ui| {
        widgets::caption(ui, words.question);
        ui.label(RichText::new(&question.ask).font(theme::bold()));
        ui.add_space(GRID);
        for (at, choice) in question.choices.iter().enumerate() {
            if choice_ui(ui, question, at, choice) {
                commands.push(Command::Teach(Teach::Choose(at)));
            }
        }
        let Some(chosen) = question.chosen else { return };
        ui.add_space(GRID);
        let (verdict, color) = match chosen == question.right {
            true => (words.right_answer, palette.open),
            false => (words.wrong_answer, palette.close),
        };
        ui.label(RichText::new(verdict).font(theme::bold()).color(color));
        paragraphs(ui, &question.because);
    });
}

/// A choice as a wide button that wraps; once one was chosen, which is right.
fn choice_ui(ui: &mut Ui, question: &Question, at: usize, text: &str) -> bool {
    let palette = theme::palette(ui);
    let answered = question.chosen.is_some();
    let right = answered && at == question.right;
    let wrong = question.chosen == Some(at) && !right;
    let sign = match (right, wrong) {
        (true, _) => "✓".to_owned(),
        (_, true) => "×".to_owned(),
        _ => (at + 1).to_string(),
    };
    let (line, sign_color) = match (right, wrong) {
        (true, _) => (palette.open, palette.open),
        (_, true) => (palette.close, palette.close),
        _ => (palette.stroke, palette.dim),
    };
    let color = if answered && !right && !wrong { palette.dim } else { palette.text };
    let width = ui.available_width();
    let galley = ui.painter().layout(text.to_owned(), theme::body(), color, width - 44.0);
    let size = vec2(width, galley.size().y.max(18.0) + 12.0);
    let sense = if answered { Sense::hover() } else { Sense::click() };
    let (rect, response) = ui.allocate_exact_size(size, sense);
    let chosen = question.chosen == Some(at);
    response.widget_info(|| WidgetInfo::selected(egui::Role::RadioButton, !answered, chosen, text));
    let lit = response.hovered() && !answered;
    let fill = if lit { palette.hovered } else { palette.raised };
    let line = if lit || response.has_focus() { palette.accent } else { line };
    let stroke = Stroke::new(1.0, line);
    ui.painter().rect(rect, 5.0, fill, stroke, egui::StrokeKind::Inside);
    let sign = ui.painter().layout_no_wrap(sign, theme::bold(), sign_color);
    let sign_at = rect.left_center() + vec2(18.0 - sign.size().x / 2.0, -sign.size().y / 2.0);
    ui.painter().galley(sign_at, sign, palette.dim);
    let text_at = rect.left_center() + vec2(34.0, -galley.size().y / 2.0);
    ui.painter().galley(text_at, galley, color);
    response.clicked()
}

fn answer_ui(ui: &mut Ui, answer: Option<&str>, lang: Lang, commands: &mut Vec<Command>) {
    let (words, palette) = (lang.words(), theme::palette(ui));
    match answer {
        None => {
            if widgets::primary(ui, true, words.show_answer).clicked() {
                commands.push(Command::Teach(Teach::ShowAnswer));
            }
        }
        Some(answer) => card_ui(ui, palette.open, |ui| {
            widgets::caption(ui, words.solution);
            paragraphs(ui, answer);
        }),
    }
}

fn controls_ui(ui: &mut Ui, panel: &LessonPanel, lang: Lang, commands: &mut Vec<Command>) {
    let words = lang.words();
    let Some(controls) = panel.controls else {
        ui.horizontal(|ui| {
            for (label, teach) in
                [(words.previous_ending, Teach::Beside(-1)), (words.next_ending, Teach::Beside(1))]
            {
                if ui.button(label).clicked() {
                    commands.push(Command::Teach(teach));
                }
            }
        });
        return;
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().button_padding.x = 10.0;
        if let Some(next) = &panel.next_lesson {
            if widgets::primary(ui, true, words.next_lesson).on_hover_text(next).clicked() {
                commands.push(Command::Teach(Teach::NextLesson));
            }
        } else {
            let next = widgets::primary(ui, controls.next, words.next_step);
            if next.on_hover_text(format!("{}: →", words.key)).clicked() {
                commands.push(Command::Teach(Teach::Next));
            }
            let run = ui.add_enabled(controls.run, Button::new(words.run_to_end));
            if run.on_hover_text(format!("{}: Shift+→", words.key)).clicked() {
                commands.push(Command::Teach(Teach::RunToEnd));
            }
        }
        let restart = ui.add_enabled(controls.restart, Button::new(words.back_to_start));
        if restart.on_hover_text(format!("{}: Shift+←", words.key)).clicked() {
            commands.push(Command::Teach(Teach::Restart));
        }
    });
}

/// One of several connections is shown; another one on a click.
pub fn connections_ui(
    ui: &mut Ui,
    numbers: &[u32],
    shown: Option<u32>,
    lang: Lang,
    commands: &mut Vec<Command>,
) {
    let words = lang.words();
    ui.horizontal_wrapped(|ui| {
        for number in numbers {
            let label = format!("{} {number}", words.connection_n);
            if widgets::chip(ui, shown == Some(*number), &label).clicked() {
                commands.push(Command::Scope(Some(*number)));
            }
        }
    });
}

/// The keys of a lesson, where nothing else takes them.
pub fn keys(ctx: &egui::Context, panel: &LessonPanel, commands: &mut Vec<Command>) {
    if ctx.text_edit_focused() {
        return;
    }
    let pressed = |modifiers, key| ctx.input_mut(|input| input.consume_key(modifiers, key));
    if let Some(controls) = panel.controls {
        // Shift is looked for first, since a key without it takes any.
        for (on, modifiers, key, teach) in [
            (controls.run, egui::Modifiers::SHIFT, Key::ArrowRight, Teach::RunToEnd),
            (controls.restart, egui::Modifiers::SHIFT, Key::ArrowLeft, Teach::Restart),
            (controls.next, egui::Modifiers::NONE, Key::ArrowRight, Teach::Next),
        ] {
            if on && pressed(modifiers, key) {
                commands.push(Command::Teach(teach));
            }
        }
    }
    let Some(question) = panel.question.as_ref().filter(|q| q.chosen.is_none()) else { return };
    let digits = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6];
    for (at, key) in digits.into_iter().enumerate().take(question.choices.len()) {
        if pressed(egui::Modifiers::NONE, key) {
            commands.push(Command::Teach(Teach::Choose(at)));
        }
    }
}
