//! A compressed message: what it inflates to, or why that is not known, and where
//! the message of a fragment is shown.

use super::payload::{Shown, Tab, VISIBLE, choice, copy_buttons, dim, tabs, text};
use super::{CompressedPart, DetailState, Save};
use crate::protocol::{Header, Opcode};
use crate::text::Lang;
use crate::ui::bit_diagram::Linked;
use crate::ui::hex_dump::{HexDump, no_octets};
use crate::ui::theme::{self, GRID, palette};
use crate::ui::verdict_card::caption;
use egui::{RichText, Ui};

pub(super) fn show(ui: &mut Ui, part: &CompressedPart, state: &mut DetailState, lang: Lang) {
    let words = lang.words();
    caption(ui, words.inflated);
    ui.label(&part.place);
    if let Some(failed) = &part.failed {
        ui.label(RichText::new(failed).color(palette(ui).close));
    }
    if let Some(end) = part.end
        && choice(ui, false, words.to_the_end)
    {
        state.jump_to = Some(end);
    }
    let Some(preview) = &part.preview else { return };
    let shown = Shown::Inflated(preview);
    if shown.len() == 0 {
        if part.failed.is_none() {
            no_octets(ui, words.empty_text);
        }
        return;
    }
    let suits = if preview.message.is_text() { Tab::Text } else { Tab::Hex };
    let tab = tabs(ui, suits, state, lang);
    ui.add_space(GRID);
    if tab == Tab::Hex {
        hex(ui, shown, state, lang);
    } else {
        text(ui, shown, (tab, true), state, lang);
    }
    ui.add_space(GRID);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = GRID;
        copy_buttons(ui, shown, (tab, true), state, lang);
        if part.failed.is_none() && choice(ui, false, words.save_message) {
            state.save = Some(Save::Message);
        }
    });
    if let Some((true, copied)) = &state.copied {
        dim(ui, copied);
    }
}

fn hex(ui: &mut Ui, shown: Shown<'_>, state: &mut DetailState, lang: Lang) {
    // Not octets of the frame: nothing in its diagram belongs to them.
    let header = Header::new(Opcode::BINARY, shown.len(), None);
    let dump = HexDump {
        id: "inflated",
        name: lang.words().inflated_rows,
        header: &header,
        origin: header.octets() as u64,
        len: shown.len(),
        visible: VISIBLE,
    };
    let read = |at, limit| shown.read(at, limit);
    let mut apart = Linked::default();
    state.laid_out += dump.show(ui, &mut state.tops[4], &mut apart, read);
    if let Some(cut) = shown.cut(lang, shown.len()) {
        ui.label(RichText::new(cut).font(theme::small()).color(palette(ui).dim));
    }
}
