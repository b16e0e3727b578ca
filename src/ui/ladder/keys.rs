//! Keys: over the rungs, as over the rows of the table.

use super::Panel;
use crate::session::ladder::Ladder;
use crate::ui::command::Command;
use crate::ui::panes::rows_have_keys;
use crate::ui::table::{Extent, Move, Scroll, keys};
use egui::{Key, Modifiers, Ui};

/// Arrow keys, Home, End, PageUp, PageDown choose; Enter folds and unfolds.
pub fn move_by_keys(
    ui: &Ui,
    panel: &Panel<'_>,
    ladder: &Ladder,
    chosen: Option<usize>,
    scroll: &mut Scroll,
    extent: Extent,
    commands: &mut Vec<Command>,
) {
    let rungs = ladder.rungs();
    let enter = !ui.ctx().text_edit_focused()
        && rows_have_keys(ui.ctx())
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    if enter && let Some(run) = chosen.and_then(|at| rungs[at].run) {
        commands.push(Command::Unfold(run));
    }
    let Some(step) = keys(ui, (extent.visible as i64 - 1).max(1)) else { return };
    let Some(last) = (rungs.len() as u64).checked_sub(1) else { return };
    let to = match (step, chosen) {
        (Move::First(rows), _) => last.min(rows.unsigned_abs()),
        (Move::Last, _) => last,
        (Move::By(_), None) => scroll.row.min(last),
        (Move::By(by), Some(at)) => (at as u64).saturating_add_signed(by).min(last),
    };
    // Below the last rung stands what belongs to it.
    *scroll = if to == last { extent.end() } else { scroll.showing(to, extent) };
    commands.push(Command::Select(rungs[to as usize].row));
    commands.push(Command::Follow(to == last && panel.follow));
}
