//! Above the rows: table or ladder, the filter, the chips, and how many rows there
//! are.

use super::field::field_ui;
use super::form::FilterForm;
use crate::session::log::Log;
use crate::session::view::{Scope, View};
use crate::text::filter as words_of;
use crate::text::keys::Does;
use crate::text::system::io_error;
use crate::text::{Lang, sentences};
use crate::ui::command::Command;
use crate::ui::ladder::Center;
use crate::ui::notes::name_ui;
use crate::ui::session::Session;
use crate::ui::shortcuts::pressed;
use crate::ui::state::State;
use crate::ui::{theme, widgets};
use egui::{Button, Key, RichText, TextEdit, Ui};

/// What tabs, filter and its buttons need in one line.
const WIDTH: f32 = 680.0;
/// The room beside the tabs from which on the session's name stands there.
const NAME: f32 = 240.0;
/// What stands behind the field in that line: the same in every state.
const BEHIND: f32 = 276.0;
/// What stands behind it where the others go to the next line.
const CLEAR: f32 = 36.0;

/// Paints the bar.
pub fn bar_ui(
    ui: &mut Ui,
    state: &mut State,
    session: &Session,
    log: &Log,
    commands: &mut Vec<Command>,
) {
    let (lang, words) = (state.lang, state.lang.words());
    // In a small window, or beside a lesson, not all of it has room in two lines.
    let narrow = ui.available_width() < WIDTH;
    let mut name_above = false;
    ui.horizontal_wrapped(|ui| {
        let mut center = state.center;
        let tabs = [
            (Center::Table, words.table),
            (Center::Ladder, words.ladder),
            (Center::Statistics, words.statistics),
        ];
        if widgets::segmented(ui, &mut center, &tabs) {
            commands.push(Command::Center(center));
        }
        name_above = narrow && ui.available_size_before_wrap().x >= NAME;
        if name_above {
            commands.extend(name_ui(ui, session, log, state));
        }
        if narrow {
            ui.end_row();
        }
        filter_ui(ui, &mut state.filter, &state.view, narrow, lang, commands);
    });
    if let (true, Some(error)) = (state.filter.told, &state.filter.error) {
        widgets::wrong(ui, words_of::error(lang, &state.filter.text, error));
        let recent = state.filter.recent.first().filter(|_| state.view.filter().is_some());
        let text = recent.map_or("", String::as_str);
        widgets::dim(ui, words_of::still_in_force(lang, text));
    }
    ui.horizontal_wrapped(|ui| {
        chips_ui(ui, state, log, commands);
        count_ui(ui, state, log, commands);
        if !name_above {
            commands.extend(name_ui(ui, session, log, state));
        }
    });
}

fn chips_ui(ui: &mut Ui, state: &State, log: &Log, commands: &mut Vec<Command>) {
    let words = state.lang.words();
    let scope = state.view.scope();
    let mut chip = |ui: &mut Ui, on: bool, label: &str, other: Scope| {
        if widgets::chip(ui, on, label).clicked() {
            commands.push(Command::Show(other));
        }
    };
    ui.spacing_mut().item_spacing.x = 6.0;
    let hidden = scope.hide_heartbeats;
    chip(ui, hidden, words.hide_heartbeats, Scope { hide_heartbeats: !hidden, ..scope });
    let broken: u32 = log
        .connections()
        .iter()
        .filter(|c| scope.connection.is_none_or(|number| c.number == number))
        .map(|c| c.violations)
        .sum();
    let label = format!("{} {broken}", words.violations);
    let other = Scope { violations: !scope.violations, ..scope };
    chip(ui, scope.violations, &label, other);
    chip(ui, scope.data, words.data_only, Scope { data: !scope.data, ..scope });
    let other = Scope { endings: !scope.endings, ..scope };
    chip(ui, scope.endings, words.endings_only, other);
    let chosen = state.selected.and_then(|index| log.row(index)).map(|row| row.connection);
    let number = scope.connection.or(chosen.filter(|number| *number > 0));
    if let Some(number) = number.filter(|_| log.connections().len() > 1) {
        let label = format!("{} {number}", words.connection_n);
        let on = scope.connection.is_some();
        chip(ui, on, &label, Scope { connection: (!on).then_some(number), ..scope });
    }
    if widgets::chip(ui, state.follow, words.follow).clicked() {
        commands.push(Command::Follow(!state.follow));
    }
}

/// How many rows are shown, and found.
fn count_ui(ui: &mut Ui, state: &State, log: &Log, commands: &mut Vec<Command>) {
    let (lang, words) = (state.lang, state.lang.words());
    let (view, all) = (&state.view, log.len());
    let figure = sentences::grouped;
    let shown = if view.finds() && view.filter().is_some() {
        let found = view.found().map_or(0, |found| found.len());
        format!("{} {} {} {}", figure(found), words.found_of, figure(view.len()), words.rows)
    } else {
        format!("{} {} {} {}", figure(view.len()), words.of, figure(all), words.rows)
    };
    widgets::dim_whole(ui, shown);
    let looking = view.found().unwrap_or(view.shown());
    if let Some(progress) = looking.progress(all).or(view.shown().progress(all)) {
        ui.add(egui::ProgressBar::new(progress).desired_width(60.0).desired_height(8.0));
        if ui.small_button(words.cancel).clicked() {
            commands.push(Command::Filter(String::new()));
        }
    }
    if let Some(error) = looking.error() {
        widgets::wrong(ui, format!("{}: {}", words.cannot_read, io_error(lang, error)));
    } else if looking.cut() > 0 {
        widgets::wrong(ui, words_of::cut(lang, looking.cut()));
    }
}

/// The filter: its field, what it does, and those that are kept.
fn filter_ui(
    ui: &mut Ui,
    form: &mut FilterForm,
    view: &View,
    narrow: bool,
    lang: Lang,
    commands: &mut Vec<Command>,
) {
    let words = lang.words();
    let next = ui.input_mut(|input| {
        if pressed(input, Does::Filter) {
            form.focus = true;
        }
        let back = pressed(input, Does::PreviousMatch);
        let forward = pressed(input, Does::NextMatch);
        if back { Some(false) } else { forward.then_some(true) }
    });
    commands.extend(next.map(Command::NextMatch));
    ui.spacing_mut().item_spacing.x = 6.0;
    let label = widgets::dim(ui, words.filter);
    let behind = if narrow { CLEAR } else { BEHIND };
    let width = (ui.available_size_before_wrap().x - behind).max(120.0);
    field_ui(ui, form, width, label.id, lang, commands);
    let small = |ui: &mut Ui, on: bool, text: &str, label: &str| {
        let button = Button::new(text).min_size(egui::vec2(24.0, 24.0));
        let padding = std::mem::replace(&mut ui.spacing_mut().button_padding.x, 4.0);
        let response = ui.add_enabled(on, button).on_hover_text(label);
        ui.spacing_mut().button_padding.x = padding;
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, on, label));
        response.clicked()
    };
    if small(ui, !form.text.is_empty(), "×", words.filter_clear) {
        form.set("");
        commands.push(Command::Filter(String::new()));
    }
    if widgets::chip(ui, form.finds, words.find_only).on_hover_text(words.find_only_hint).clicked()
    {
        form.finds = !form.finds;
        if form.error.is_none() {
            commands.push(Command::Filter(form.text.clone()));
        }
    }
    let some = view.found().is_some_and(|found| !found.is_empty());
    for (forward, sign, label) in
        [(false, "▲", words.previous_match), (true, "▼", words.next_match)]
    {
        if small(ui, some, sign, label) {
            commands.push(Command::NextMatch(forward));
        }
    }
    kept_ui(ui, form, lang, commands);
    if small(ui, true, "?", words.filter_help) {
        form.help = !form.help;
    }
    super::help::help_ui(ui, form, lang);
}

/// The filters that are kept, and the recent ones.
fn kept_ui(ui: &mut Ui, form: &mut FilterForm, lang: Lang, commands: &mut Vec<Command>) {
    let words = lang.words();
    let menu = egui::containers::menu::MenuButton::new(format!("{} ▾", words.filters));
    let stay = egui::containers::menu::MenuConfig::new()
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    menu.config(stay).ui(ui, |ui| {
        ui.set_min_width(340.0);
        let mut taken = None;
        if !form.kept.is_empty() {
            widgets::caption(ui, words.filters_kept);
        }
        let mut gone = None;
        for (at, (name, text)) in form.kept.iter().enumerate() {
            ui.horizontal(|ui| {
                let button = Button::new(name).min_size(egui::vec2(290.0, 24.0)).truncate();
                if ui.add(button).on_hover_text(text).clicked() {
                    taken = Some(text.clone());
                }
                let forget = ui.button("×").on_hover_text(words.filter_forget);
                let label = format!("{} {name}", words.filter_forget);
                forget.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
                if forget.clicked() {
                    gone = Some(at);
                }
            });
        }
        if let Some(at) = gone {
            form.kept.remove(at);
        }
        if !form.recent.is_empty() {
            widgets::caption(ui, words.filters_recent);
        }
        for text in &form.recent {
            let shown = RichText::new(text).font(theme::mono());
            let button = Button::new(shown).min_size(egui::vec2(330.0, 24.0)).truncate();
            if ui.add(button).clicked() {
                taken = Some(text.clone());
            }
        }
        ui.horizontal(|ui| {
            let label = widgets::dim(ui, words.filter_name);
            let edit = TextEdit::singleline(&mut form.name).desired_width(160.0);
            let entered = ui.add(edit).labelled_by(label.id).lost_focus()
                && ui.input(|input| input.key_pressed(Key::Enter));
            let some = form.error.is_none() && !form.text.trim().is_empty();
            if ui.add_enabled(some, Button::new(words.filter_keep)).clicked() || entered {
                form.keep();
            }
        });
        if let Some(text) = taken {
            form.set(&text);
            commands.push(Command::Filter(text));
            ui.close();
        }
    });
}
