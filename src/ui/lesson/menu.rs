//! Where lessons and endings are chosen: the menu of the top bar, and two cards of
//! the start page.

use super::Teach;
use super::build::name;
use crate::text::{Lang, gallery, lesson};
use crate::ui::command::Command;
use crate::ui::state::State;
use crate::ui::widgets;
use egui::{Align, Button, Layout, Ui};

fn item(ui: &mut Ui, label: &str, teach: Teach, commands: &mut Vec<Command>) {
    if ui.add(Button::new(label)).clicked() {
        commands.push(Command::Teach(teach));
        ui.close();
    }
}

/// As high as the window allows.
fn list(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    let room = ui.ctx().content_rect().height() - 96.0;
    egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room).show(ui, add);
}

/// The lessons, and files of one's own that are none.
pub fn lessons_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    for lesson in &state.library.lessons {
        let label = name(lesson, state.lang);
        item(ui, &label, Teach::Lesson(lesson.clone()), commands);
    }
    // A menu would space the words out.
    ui.with_layout(Layout::top_down(Align::Min), |ui| {
        for fault in &state.library.faults {
            widgets::wrong(ui, lesson::error(state.lang, fault));
        }
    });
}

/// The endings from the field.
pub fn endings_ui(ui: &mut Ui, lang: Lang, commands: &mut Vec<Command>) {
    for (at, ending) in gallery::endings().iter().enumerate() {
        item(ui, ending.title(lang), Teach::Ending(at), commands);
    }
}

/// The menu of the top bar.
pub fn lesson_menu_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let words = state.lang.words();
    let menu = ui.menu_button(format!("{} ▾", words.lesson), |ui| {
        ui.set_min_width(320.0);
        ui.set_max_width(400.0);
        list(ui, |ui| {
            lessons_ui(ui, state, commands);
            ui.separator();
            ui.menu_button(words.gallery, |ui| {
                ui.set_min_width(300.0);
                list(ui, |ui| endings_ui(ui, state.lang, commands));
            });
        });
    });
    if menu.response.clicked() {
        commands.push(Command::Teach(Teach::Look));
    }
}
