//! Hold: what waits to go out, as a strip under the table or the ladder; the switch, the
//! mark and the keys. Nothing here says what will happen, only what waits.

use super::command::Command;
use super::composer::resolve;
use super::state::{State, Target};
use super::{theme, widgets};
use crate::engine::order::ConnectionOrder;
use crate::engine::status::{Holding, Status};
use crate::session::log::Log;
use crate::text::Lang;
use crate::text::held::held;
use egui::{
    Align, Button, Color32, Frame, Key, Label, Layout, Margin, Modifiers, Panel, Pos2, Rect,
    RichText, ScrollArea, Ui, WidgetInfo, vec2,
};

/// Connections that have a line of their own.
const LINES: usize = 5;

/// Things that wait that are in view; more are scrolled to.
const ITEMS: f32 = 4.0;

/// The sign of a hold: two bars.
pub fn mark(ui: &Ui, center: Pos2, color: Color32) {
    for x in [-2.5, 2.5] {
        let bar = Rect::from_center_size(center + vec2(x, 0.0), vec2(3.0, 11.0));
        ui.painter().rect_filled(bar, 1.0, color);
    }
}

/// What waits on a connection, in a line: `on hold · 3 waiting`.
#[must_use]
pub fn line(holding: &Holding, lang: Lang) -> String {
    let words = lang.words();
    let state = if holding.on_hold { words.on_hold } else { words.by_hand };
    match holding.count {
        0 => state.to_owned(),
        count => format!("{state} · {count} {}", words.waiting),
    }
}

/// The strip; on the ladder of `except` there is a card instead, unless it is on hold.
pub fn hold_ui(
    ui: &mut Ui,
    log: &Log,
    status: &Status,
    state: &State,
    except: Option<u32>,
    commands: &mut Vec<Command>,
) {
    let (lang, palette) = (state.lang, theme::palette(ui));
    let scope = state.view.scope().connection;
    let shown: Vec<_> = status
        .held
        .iter()
        .filter(|(number, _)| scope.is_none_or(|s| s == **number))
        .filter(|(number, holding)| holding.on_hold || except != Some(**number))
        .filter(|(number, _)| log.connection(**number).is_some_and(|c| !c.over))
        .collect();
    if shown.is_empty() {
        return;
    }
    let frame = Frame::new().fill(palette.raised).inner_margin(Margin::symmetric(12, 4));
    Panel::bottom("held").frame(frame).show(ui, |ui| {
        for (number, holding) in shown.iter().take(LINES) {
            head_ui(ui, **number, holding, shown.len() > 1, lang, commands);
        }
        if let [(number, holding)] = shown[..] {
            items_ui(ui, *number, holding, lang, commands);
        }
        if shown.len() > LINES {
            widgets::dim(ui, format!("+ {}", shown.len() - LINES));
        }
    });
}

/// The line of a connection, with what can be done; among several it names the oldest.
fn head_ui(
    ui: &mut Ui,
    number: u32,
    holding: &Holding,
    several: bool,
    lang: Lang,
    commands: &mut Vec<Command>,
) {
    let words = lang.words();
    let color = theme::palette(ui).closing;
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(12.0, 24.0), egui::Sense::hover());
        mark(ui, rect.center(), color);
        let oldest = holding.first.first().filter(|_| several);
        let oldest = oldest.map_or_else(String::new, |first| format!(": {}", held(lang, first)));
        let text = format!("{} {number} · {}{oldest}", words.connection_n, line(holding, lang));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let act = |label| (label, format!("{label}: {} {number}", words.connection_n));
            if holding.on_hold && button(ui, act(words.end_hold)) {
                commands.push(Command::Hold(Some(number), false));
            }
            if holding.count > 1 {
                if button(ui, act(words.drop_all)) {
                    commands.push(Command::Waiting(number, ConnectionOrder::DropAll));
                }
                if button(ui, act(words.let_all_through)) {
                    commands.push(Command::Waiting(number, ConnectionOrder::LetAllThrough));
                }
            }
            let name = if several {
                act(words.let_through)
            } else {
                (words.let_through, words.let_through.to_owned())
            };
            if holding.count > 0 && button(ui, name) {
                commands.push(Command::Release(number));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(RichText::new(text).color(color)).truncate());
            });
        });
    });
}

/// What waits, a line each.
fn items_ui(ui: &mut Ui, number: u32, holding: &Holding, lang: Lang, commands: &mut Vec<Command>) {
    let words = lang.words();
    if holding.first.is_empty() {
        return;
    }
    let height = ITEMS * ui.spacing().interact_size.y.max(28.0);
    let area = ScrollArea::vertical().id_salt("waiting");
    let area = area.max_height(height).min_scrolled_height(height);
    area.auto_shrink([false, true]).show(ui, |ui| {
        for (position, item) in holding.first.iter().enumerate() {
            ui.horizontal(|ui| {
                ui.add_space(20.0);
                let text = held(lang, item);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let mut act = |label: &'static str, order| {
                        if button(ui, (label, format!("{label}: {}. {text}", position + 1))) {
                            commands.push(Command::Waiting(number, order));
                        }
                    };
                    act(words.drop_held, ConnectionOrder::Drop(item.id));
                    act(words.let_through, ConnectionOrder::LetThrough(item.id));
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        let text = RichText::new(format!("{}. {text}", position + 1));
                        ui.add(Label::new(text.font(theme::mono())).truncate());
                    });
                });
            });
        }
        let more = holding.count - holding.first.len();
        if more > 0 {
            widgets::dim(ui, format!("+ {more}"));
        }
    });
}

/// A small button; a screen reader hears what it is about.
fn button(ui: &mut Ui, (label, name): (&str, String)) -> bool {
    let response = ui.add(Button::new(RichText::new(label).font(theme::small())));
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &name));
    response.clicked()
}

/// The switch for one connection, or for all of them and those to come; also F8.
pub fn switch_ui(
    ui: &mut Ui,
    on: bool,
    connection: Option<u32>,
    lang: Lang,
    commands: &mut Vec<Command>,
) {
    let words = lang.words();
    let clicked = widgets::chip(ui, on, words.hold).on_hover_text(words.hold_hint).clicked();
    if clicked || ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::F8)) {
        commands.push(Command::Hold(connection, !on));
    }
}

/// F10 lets the oldest of what waits through on the connection that messages are sent
/// to, or on all of them; with Shift all that waits.
pub fn keys(ui: &Ui, status: &Status, state: &State, log: &Log, commands: &mut Vec<Command>) {
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let target = resolve(state, log);
    let meant = |number: &u32| match target {
        Some(Target::One(one)) => one == *number,
        _ => true,
    };
    let waits = status.held.iter().filter(|(_, holding)| holding.count > 0);
    let numbers = waits.map(|(number, _)| *number).filter(meant);
    if pressed(Modifiers::SHIFT, Key::F10) {
        let all = |number| Command::Waiting(number, ConnectionOrder::LetAllThrough);
        commands.extend(numbers.map(all));
    } else if pressed(Modifiers::NONE, Key::F10) {
        commands.extend(numbers.map(Command::Release));
    }
}
