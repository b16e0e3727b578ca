//! Every key of the window in one table. Those who act on a key ask for it here;
//! the overlay and the README print the table.

use super::command::Command;
use super::state::{PathFor, State};
use super::{theme, widgets};
use crate::text::Lang;
use crate::text::keys::{Does, Place, does, place};
use egui::{Context, InputState, Key, ModifierNames, Modifiers, RichText, Ui};

/// What one or several keys do.
pub struct Shortcut {
    /// What.
    pub does: Does,
    /// Where they work.
    pub place: Place,
    /// Any of these; no other modifier may be held.
    pub keys: &'static [(Modifiers, Key)],
}

const NONE: Modifiers = Modifiers::NONE;
const SHIFT: Modifiers = Modifiers::SHIFT;
const COMMAND: Modifiers = Modifiers::COMMAND;
const SHIFT_COMMAND: Modifiers = Modifiers { shift: true, ..COMMAND };
const ALT_COMMAND: Modifiers = Modifiers { alt: true, ..COMMAND };

const fn on(place: Place, does: Does, keys: &'static [(Modifiers, Key)]) -> Shortcut {
    Shortcut { does, place, keys }
}

/// The table. Bookmarks and the comment have Wireshark's keys.
pub const SHORTCUTS: &[Shortcut] = &[
    on(Place::Everywhere, Does::Help, &[(NONE, Key::F1)]),
    on(Place::Everywhere, Does::Present, &[(NONE, Key::F5)]),
    on(Place::Everywhere, Does::Leave, &[(NONE, Key::Escape)]),
    on(Place::Everywhere, Does::NextPane, &[(NONE, Key::F6)]),
    on(Place::Everywhere, Does::PreviousPane, &[(SHIFT, Key::F6)]),
    on(Place::Everywhere, Does::NextControl, &[(NONE, Key::Tab)]),
    on(Place::Everywhere, Does::Act, &[(NONE, Key::Space), (NONE, Key::Enter)]),
    on(Place::Everywhere, Does::Send, &[(COMMAND, Key::Enter)]),
    on(Place::Everywhere, Does::Filter, &[(COMMAND, Key::F)]),
    on(Place::Everywhere, Does::NextMatch, &[(NONE, Key::F3)]),
    on(Place::Everywhere, Does::PreviousMatch, &[(SHIFT, Key::F3)]),
    on(Place::Everywhere, Does::Open, &[(COMMAND, Key::O)]),
    on(Place::Everywhere, Does::SaveAs, &[(SHIFT_COMMAND, Key::S)]),
    on(Place::Everywhere, Does::Save, &[(COMMAND, Key::S)]),
    on(Place::Everywhere, Does::Note, &[(ALT_COMMAND, Key::C)]),
    on(Place::Everywhere, Does::Bookmark, &[(COMMAND, Key::M)]),
    on(Place::Everywhere, Does::NextBookmark, &[(SHIFT_COMMAND, Key::N)]),
    on(Place::Everywhere, Does::PreviousBookmark, &[(SHIFT_COMMAND, Key::B)]),
    on(Place::Everywhere, Does::Larger, &[(COMMAND, Key::Plus)]),
    on(Place::Everywhere, Does::Smaller, &[(COMMAND, Key::Minus)]),
    on(Place::Everywhere, Does::UsualSize, &[(COMMAND, Key::Num0)]),
    on(Place::Rows, Does::NextRow, &[(NONE, Key::ArrowDown)]),
    on(Place::Rows, Does::PreviousRow, &[(NONE, Key::ArrowUp)]),
    on(Place::Rows, Does::NextPage, &[(NONE, Key::PageDown)]),
    on(Place::Rows, Does::PreviousPage, &[(NONE, Key::PageUp)]),
    on(Place::Rows, Does::FirstRow, &[(NONE, Key::Home)]),
    on(Place::Rows, Does::LastRow, &[(NONE, Key::End)]),
    on(Place::Rows, Does::Unfold, &[(NONE, Key::Enter)]),
    on(Place::Rows, Does::NextConnection, &[(COMMAND, Key::ArrowDown), (NONE, Key::N)]),
    on(Place::Rows, Does::PreviousConnection, &[(COMMAND, Key::ArrowUp), (NONE, Key::P)]),
    on(Place::Rows, Does::TableOrLadder, &[(NONE, Key::T)]),
    on(Place::Rows, Does::Taller, &[(NONE, Key::Plus)]),
    on(Place::Rows, Does::Lower, &[(NONE, Key::Minus)]),
    on(Place::Rows, Does::Ending, &[(NONE, Key::C)]),
    on(Place::Rows, Does::Language, &[(NONE, Key::L)]),
    on(Place::Rows, Does::Light, &[(NONE, Key::I)]),
    on(Place::Rows, Does::Replay, &[(NONE, Key::R)]),
    on(Place::Rows, Does::Help, &[(NONE, Key::Questionmark)]),
    on(Place::Present, Does::Detail, &[(NONE, Key::D)]),
    on(Place::Replay, Does::Play, &[(NONE, Key::Space)]),
    on(Place::Replay, Does::StepForward, &[(NONE, Key::ArrowRight)]),
    on(Place::Replay, Does::StepBack, &[(NONE, Key::ArrowLeft)]),
    on(Place::Replay, Does::ToStart, &[(COMMAND, Key::ArrowLeft)]),
    on(Place::Replay, Does::ToEnd, &[(COMMAND, Key::ArrowRight)]),
    on(Place::Replay, Does::Faster, &[(NONE, Key::Period)]),
    on(Place::Replay, Does::Slower, &[(NONE, Key::Comma)]),
];

fn keys_of(wanted: Does) -> impl Iterator<Item = (Modifiers, Key)> {
    let rows = SHORTCUTS.iter().filter(move |shortcut| shortcut.does == wanted);
    rows.flat_map(|shortcut| shortcut.keys.iter().copied())
}

/// Whether a key for this was pressed; it is taken.
pub fn pressed(input: &mut InputState, wanted: Does) -> bool {
    keys_of(wanted).any(|(modifiers, key)| take(input, modifiers, key))
}

/// Takes one key press with exactly these modifiers. Which keys need Shift depends on
/// the keyboard, so it does not count where the key is a sign.
fn take(input: &mut InputState, modifiers: Modifiers, key: Key) -> bool {
    let sign = matches!(key, Key::Questionmark | Key::Plus | Key::Minus | Key::Period | Key::Comma);
    let at = input.events.iter().position(|event| {
        let egui::Event::Key { key: pressed, modifiers: held, pressed: true, .. } = event else {
            return false;
        };
        let held = Modifiers { shift: held.shift && !sign, ..*held };
        *pressed == key && held.matches_exact(modifiers)
    });
    at.map(|at| input.events.remove(at)).is_some()
}

/// A key as it is written on keyboards.
fn name(key: Key) -> &'static str {
    match key {
        Key::Escape => "Esc",
        Key::ArrowDown => "↓",
        Key::ArrowUp => "↑",
        Key::ArrowLeft => "←",
        Key::ArrowRight => "→",
        Key::PageDown => "PgDn",
        Key::PageUp => "PgUp",
        key => key.symbol_or_name(),
    }
}

/// The keys of a deed as they are written: `F1, ?`.
#[must_use]
pub fn names(wanted: Does, mac: bool) -> String {
    let names = if mac { ModifierNames::SYMBOLS } else { ModifierNames::NAMES };
    let of = |(modifiers, key): (Modifiers, Key)| {
        let held = names.format(&modifiers, mac);
        let and = if held.is_empty() || mac { "" } else { names.concat };
        format!("{held}{and}{}", name(key))
    };
    keys_of(wanted).map(of).collect::<Vec<_>>().join(", ")
}

/// A label with the keys that do the same, for a tooltip.
#[must_use]
pub fn hint(label: &str, does: Does) -> String {
    format!("{label} ({})", names(does, cfg!(target_os = "macos")))
}

/// The rows of the table for a place; what has keys in two places stands at the first.
fn rows(of: Place) -> impl Iterator<Item = Does> {
    let first = |d: Does| SHORTCUTS.iter().find(|s| s.does == d).map(|s| s.place);
    let there = SHORTCUTS.iter().filter(move |s| s.place == of);
    there.map(|s| s.does).filter(move |d| first(*d) == Some(of))
}

/// The table as it stands in the README.
#[must_use]
pub fn markdown(lang: Lang) -> String {
    let mut text = String::new();
    for of in Place::ALL {
        text.push_str(&format!("| {} | |\n|---|---|\n", place(lang, of)));
        for deed in rows(of) {
            text.push_str(&format!("| {} | {} |\n", names(deed, false), does(lang, deed)));
        }
        text.push('\n');
    }
    text
}

/// What there is that decides about keys.
#[derive(Clone, Copy, Debug)]
pub struct Holds {
    /// A session with rows.
    pub rows: bool,
    /// It is replayed.
    pub replay: bool,
    /// A question is on the screen.
    pub question: bool,
}

/// Keys that work without a focus of their own. Letters are nobody's while a text is
/// being typed, or something is open above.
pub fn keys(
    ctx: &Context,
    state: &State,
    Holds { rows: has_rows, replay: replaying, question: asking }: Holds,
    commands: &mut Vec<Command>,
) {
    let typing = ctx.text_edit_focused();
    let overlay = state.keys_shown || state.ending_shown;
    let covered = overlay || asking;
    let above = egui::Popup::is_any_open(ctx);
    // A control that has the focus needs Space and the arrows for itself.
    let free = super::panes::rows_have_keys(ctx);
    ctx.input_mut(|input| {
        let mut on = |does, command: Command| {
            if pressed(input, does) {
                commands.push(command);
            }
        };
        if !asking {
            on(Does::Open, Command::AskPath(PathFor::Open));
            if has_rows {
                on(Does::SaveAs, Command::AskPath(PathFor::Save { masked: false }));
            }
        }
        on(Does::Present, Command::Present);
        if typing {
            // `?` is a sign of the text.
            if take(input, NONE, Key::F1) {
                commands.push(Command::Keys);
            }
            return;
        }
        on(Does::Help, Command::Keys);
        if (overlay || state.present.is_on()) && !asking && !above {
            on(Does::Leave, Command::Leave);
        }
        if covered || above {
            return;
        }
        on(Does::NextConnection, Command::NextConnection(true));
        on(Does::PreviousConnection, Command::NextConnection(false));
        on(Does::TableOrLadder, Command::TableOrLadder);
        on(Does::Taller, Command::LadderZoom(1.25));
        on(Does::Lower, Command::LadderZoom(0.8));
        on(Does::Ending, Command::Ending);
        on(Does::Language, Command::SwitchLanguage);
        on(Does::Light, Command::SwitchTheme);
        on(Does::Replay, Command::Replay(super::replay::Order::Toggle));
        if state.present.is_on() {
            on(Does::Detail, Command::PresentDetail);
        }
        if replaying && free {
            super::replay_bar::keys(input, commands);
        }
    });
}

/// The overlay of keys; a click beside it, Esc or F1 put it away.
pub fn overlay_ui(ctx: &Context, lang: Lang, commands: &mut Vec<Command>) {
    let words = lang.words();
    let modal = egui::Modal::new(egui::Id::unique("keys")).show(ctx, |ui| {
        let room = ctx.content_rect().size() - egui::vec2(48.0, 48.0);
        ui.set_width(room.x.min(1000.0));
        ui.horizontal(|ui| {
            ui.label(RichText::new(words.keys).heading());
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.button(words.put_away).clicked() {
                    commands.push(Command::Keys);
                }
            });
        });
        ui.add_space(8.0);
        let area = egui::ScrollArea::vertical();
        let height = room.y - 56.0;
        area.max_height(height).min_scrolled_height(height).show(ui, |ui| {
            ui.columns(3, |columns| {
                places_ui(&mut columns[0], &[Place::Everywhere], lang);
                places_ui(&mut columns[1], &[Place::Rows], lang);
                places_ui(&mut columns[2], &[Place::Present, Place::Replay], lang);
            });
        });
    });
    if modal.should_close() {
        commands.push(Command::Leave);
    }
}

fn places_ui(ui: &mut Ui, places: &[Place], lang: Lang) {
    let palette = theme::palette(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.spacing_mut().interact_size.y = 0.0;
    for of in places {
        widgets::caption(ui, place(lang, *of));
        egui::Grid::new(("keys", *of as u8)).num_columns(2).spacing([12.0, 2.0]).show(ui, |ui| {
            for deed in rows(*of) {
                let names = names(deed, cfg!(target_os = "macos"));
                ui.label(RichText::new(names).font(theme::bold_small()).color(palette.accent));
                let what = RichText::new(does(lang, deed)).font(theme::small());
                ui.add(egui::Label::new(what).wrap());
                ui.end_row();
            }
        });
        ui.add_space(8.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "<!-- keys: made from the table in src/ui/shortcuts.rs -->\n";
    const END: &str = "<!-- end of keys -->";

    #[test]
    fn the_readme_has_the_table_of_keys() {
        let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
        let text = std::fs::read_to_string(readme).unwrap();
        let (_, rest) = text.split_once(BEGIN).expect("the table's beginning");
        let (there, _) = rest.split_once(END).expect("the table's end");
        let table = markdown(Lang::En);
        assert!(there == table, "put this between the two comments:\n{table}");
    }

    #[test]
    fn every_deed_has_a_key_and_no_key_two_deeds_in_one_place() {
        for deed in Does::ALL {
            assert!(keys_of(*deed).next().is_some(), "{deed:?}");
        }
        for (at, one) in SHORTCUTS.iter().enumerate() {
            for other in SHORTCUTS[at + 1..].iter().filter(|s| s.place == one.place) {
                assert!(one.keys.iter().all(|key| !other.keys.contains(key)), "{:?}", other.does);
            }
        }
    }

    #[test]
    fn a_sign_counts_however_the_keyboard_makes_it_and_modifiers_count() {
        let press = |modifiers, key| {
            let mut input = InputState::default();
            input.events.push(egui::Event::Key {
                key,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers,
            });
            input
        };
        assert!(pressed(&mut press(SHIFT, Key::Questionmark), Does::Help));
        assert!(pressed(&mut press(NONE, Key::Questionmark), Does::Help));
        assert!(!pressed(&mut press(SHIFT, Key::F6), Does::NextPane));
        assert!(!pressed(&mut press(COMMAND, Key::C), Does::Ending), "copying ends nothing");
        assert!(!pressed(&mut press(Modifiers::ALT, Key::P), Does::PreviousConnection));
        let mut twice = press(NONE, Key::N);
        assert!(pressed(&mut twice, Does::NextConnection));
        assert!(!pressed(&mut twice, Does::NextConnection), "it was taken");
        assert_eq!(names(Does::Help, false), "F1, ?");
        assert_eq!(names(Does::NextBookmark, false), "Ctrl+Shift+N");
    }
}
