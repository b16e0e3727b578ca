//! The empty window: what can be done, and does it in one click.

use super::command::Command;
use super::lesson::{Teach, endings_ui, lessons_ui};
use super::state::{PathFor, State};
use super::top_bar::{Files, unsaved};
use super::{theme, widgets};
use crate::engine::status::PartnerRole;
use egui::{Response, RichText, Sense, Ui, WidgetInfo, vec2};

const CARD: egui::Vec2 = vec2(340.0, 112.0);
/// Between two cards.
const GAP: f32 = 16.0;

/// A card that is a button.
fn card(ui: &mut Ui, title: &str, text: &str, first: bool) -> bool {
    sized_card(ui, CARD, title, text, first).clicked()
}

fn sized_card(ui: &mut Ui, size: egui::Vec2, title: &str, text: &str, first: bool) -> Response {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, title));
    let line = if first || response.hovered() || response.has_focus() {
        palette.accent
    } else {
        palette.stroke
    };
    let fill = if response.hovered() { palette.hovered } else { palette.raised };
    let stroke = egui::Stroke::new(1.0, line);
    ui.painter().rect(rect, 8.0, fill, stroke, egui::StrokeKind::Inside);
    let inner = rect.shrink(16.0);
    let galley = ui.painter().layout_no_wrap(title.to_owned(), theme::bold(), palette.text);
    ui.painter().galley(inner.min, galley, palette.text);
    let galley = ui.painter().layout(text.to_owned(), theme::small(), palette.dim, inner.width());
    ui.painter().galley(inner.min + vec2(0.0, 26.0), galley, palette.dim);
    response
}

/// The page.
pub fn start_page_ui(ui: &mut Ui, state: &State, files: &Files, commands: &mut Vec<Command>) {
    let words = state.lang.words();
    let palette = theme::palette(ui);
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.vertical_centered(|ui| {
            let top = (ui.available_height() - 572.0) / 2.0;
            ui.add_space(top.max(16.0));
            ui.label(RichText::new(words.welcome).heading());
            ui.add_space(4.0);
            ui.label(RichText::new(words.welcome_line).color(palette.dim));
            ui.add_space(24.0);
            ui.allocate_ui(vec2(CARD.x * 2.0 + GAP, 0.0), |ui| {
                ui.spacing_mut().item_spacing = vec2(GAP, GAP);
                cards(ui, state, commands);
            });
            let crashed: Vec<_> = files.unsaved.iter().filter(|u| u.crashed).take(3).collect();
            let kept: Vec<_> = files.unsaved.iter().filter(|u| !u.crashed).take(3).collect();
            if !files.unsaved.is_empty() {
                ui.add_space(24.0);
                widgets::caption(ui, words.unsaved_sessions);
            }
            for session in crashed.into_iter().chain(kept).take(4) {
                let label = RichText::new(unsaved(session, state.lang)).font(theme::mono());
                if ui.link(label).clicked() {
                    commands.push(Command::Path(PathFor::Open, session.path.clone()));
                }
            }
        });
    });
}

fn cards(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let words = state.lang.words();
    ui.horizontal(|ui| {
        if card(ui, words.partner_card_title, words.partner_card, true) {
            commands.push(Command::TryPartner(PartnerRole::Client));
        }
        if card(ui, words.partner_echo_title, words.partner_echo, false) {
            commands.push(Command::TryPartner(PartnerRole::Server));
        }
    });
    ui.horizontal(|ui| {
        let listen = format!("{} · {}", words.listen, state.address);
        if card(ui, &listen, words.listen_card, false) {
            commands.push(Command::Listen { next_free: false });
        }
        let connect = format!("{} · {}", words.connect, state.url);
        if card(ui, &connect, words.connect_card, false) {
            commands.push(Command::Connect);
        }
    });
    ui.horizontal(|ui| {
        let low = vec2(CARD.x, 96.0);
        let lessons = sized_card(ui, low, words.lessons_card_title, words.lessons_card, false);
        chooser(&lessons, |ui| lessons_ui(ui, state, commands));
        if lessons.clicked() {
            commands.push(Command::Teach(Teach::Look));
        }
        let gallery = sized_card(ui, low, words.gallery, words.gallery_card, false);
        chooser(&gallery, |ui| endings_ui(ui, state.lang, commands));
    });
    ui.horizontal(|ui| {
        let wide = vec2(CARD.x * 2.0 + GAP, 80.0);
        if sized_card(ui, wide, words.open_card_title, words.open_card, false).clicked() {
            commands.push(Command::AskPath(PathFor::Open));
        }
    });
}

/// The list that a card unfolds.
fn chooser(card: &Response, list: impl FnOnce(&mut Ui)) {
    egui::Popup::menu(card).width(CARD.x).show(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 4.0);
        list(ui);
    });
}
