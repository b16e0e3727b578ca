//! The field in which a filter is typed: what may come next in a list under it,
//! and a mark under what is wrong.

use super::form::FilterForm;
use crate::session::filter::complete::Item;
use crate::text::{Lang, filter as words_of};
use crate::ui::command::Command;
use crate::ui::theme;
use egui::text::{CCursor, CCursorRange};
use egui::{Id, Key, Modifiers, Popup, Pos2, RichText, Stroke, TextEdit, Ui, vec2};

/// What keys ask of the list.
#[derive(Default)]
struct Keys {
    accept: Option<usize>,
}

/// Keys of the list, before the field sees them.
fn keys(ui: &Ui, id: Id, form: &mut FilterForm) -> Keys {
    let mut keys = Keys::default();
    if !ui.memory(|memory| memory.has_focus(id)) {
        return keys;
    }
    let (down, up, tab, enter, escape) = ui.input_mut(|input| {
        let open = form.is_open();
        let mut pressed = |key, wanted: bool| wanted && input.consume_key(Modifiers::NONE, key);
        (
            pressed(Key::ArrowDown, true),
            pressed(Key::ArrowUp, open),
            pressed(Key::Tab, open),
            pressed(Key::Enter, open && form.chosen.is_some()),
            pressed(Key::Escape, open),
        )
    });
    if down && !form.is_open() {
        let caret = TextEdit::load_state(ui.ctx(), id).and_then(|state| state.cursor.char_range());
        let caret = caret.map_or(form.text.len(), |range| octet(&form.text, range.primary));
        form.offer(caret);
    } else if down || up {
        form.choose_next(down);
    }
    if escape {
        form.close();
    }
    if tab || enter {
        keys.accept = Some(form.chosen.unwrap_or(0));
    }
    keys
}

fn octet(text: &str, cursor: CCursor) -> usize {
    text.char_indices().nth(cursor.index.0).map_or(text.len(), |(at, _)| at)
}

fn cursor(text: &str, octet: usize) -> CCursor {
    CCursor::new(text.char_indices().take_while(|(at, _)| *at < octet).count())
}

/// Paints the field; Enter puts the filter in force.
pub fn field_ui(
    ui: &mut Ui,
    form: &mut FilterForm,
    width: f32,
    label: Id,
    lang: Lang,
    commands: &mut Vec<Command>,
) {
    let words = lang.words();
    let palette = theme::palette(ui);
    let id = Id::unique("filter field");
    if std::mem::take(&mut form.focus) {
        ui.memory_mut(|memory| memory.request_focus(id));
    }
    let Keys { accept } = keys(ui, id, form);
    let open = form.is_open();
    let keep = egui::EventFilter {
        tab: open,
        escape: open,
        horizontal_arrows: true,
        vertical_arrows: true,
    };
    let edit = TextEdit::singleline(&mut form.text)
        .id(id)
        .font(theme::mono())
        .hint_text(RichText::new(words.filter_hint).color(palette.dim))
        .event_filter(keep)
        .align(egui::Align2::LEFT_CENTER)
        .desired_width(width);
    let output = edit.show(ui);
    let response = output.response.response.clone().labelled_by(label);
    if response.changed() {
        let caret = output.cursor_range.map_or(form.text.len(), |r| octet(&form.text, r.primary));
        form.typed(caret);
        if form.text.trim().is_empty() {
            commands.push(Command::Filter(String::new()));
        }
    }
    if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        form.close();
        form.told = form.error.is_some();
        commands.push(Command::Filter(form.text.clone()));
        form.focus = true;
    }
    if let Some(error) = &form.error {
        let stroke = Stroke::new(1.0, palette.close);
        ui.painter().rect_stroke(response.rect, 5.0, stroke, egui::StrokeKind::Inside);
        let at = |octet: usize| -> Pos2 {
            let cursor = cursor(&form.text, octet);
            let rect = output.galley.pos_from_cursor(cursor);
            output.galley_pos + rect.left_bottom().to_vec2()
        };
        let (left, right) = (at(error.at.start), at(error.at.end));
        let right = right.max(left + vec2(7.0, 0.0));
        let clip = output.text_clip_rect.expand2(vec2(8.0, 4.0));
        let mark = Stroke::new(2.0, palette.close);
        ui.painter().with_clip_rect(clip).line_segment([left, Pos2::new(right.x, left.y)], mark);
    }
    let clicked = list_ui(&response, form, lang);
    // A press takes the keyboard away; what it hits in the list still counts.
    if clicked.is_none() && !response.has_focus() && ui.input(|input| input.pointer.any_click()) {
        form.close();
    }
    if let Some(caret) = accept.or(clicked).and_then(|index| form.accept(index)) {
        let mut state = output.state;
        let caret = cursor(&form.text, caret);
        state.cursor.set_char_range(Some(CCursorRange::one(caret)));
        state.store(ui.ctx(), id);
        form.focus = true;
        ui.ctx().request_repaint();
    }
}

/// The list of what may come next; says which was clicked.
fn list_ui(response: &egui::Response, form: &FilterForm, lang: Lang) -> Option<usize> {
    let popup = Popup::from_response(response)
        .open(form.is_open())
        .gap(4.0)
        .accessible_name(lang.words().filter_offers);
    let shown = popup.show(|ui| {
        ui.set_min_width(360.0);
        let palette = theme::palette(ui);
        let mut clicked = None;
        for (index, item) in form.completion.items.iter().enumerate() {
            let selected = form.chosen == Some(index);
            let mut job = egui::text::LayoutJob::default();
            let format = |font, color| egui::TextFormat::simple(font, color);
            job.append(item.text(), 0.0, format(theme::mono(), palette.text));
            let meaning = meaning(lang, item);
            job.append(&meaning, 12.0, format(theme::small(), palette.dim));
            let button = egui::Button::selectable(selected, job);
            if ui.add(button.min_size(vec2(ui.available_width(), 22.0))).clicked() {
                clicked = Some(index);
            }
        }
        clicked
    });
    shown.and_then(|shown| shown.inner)
}

fn meaning(lang: Lang, item: &Item) -> String {
    match item {
        Item::Field(field, _) => words_of::meaning(lang, *field).to_owned(),
        Item::Operator(operator) => words_of::operator(lang, *operator).to_owned(),
        Item::Word(..) => String::new(),
        Item::Connective(sign) => words_of::connective(lang, sign).to_owned(),
    }
}
