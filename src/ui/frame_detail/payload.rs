//! The payload as text, as JSON or as octets, masked or not.
//!
//! Text is taken from the first MiB and laid out by visible lines; octets are
//! read where they are looked at. Nothing grows with the payload.

use super::rows::lines_ui;
use super::{DetailState, FramePart, Save};
use crate::protocol::Opcode;
use crate::session::inflate::Preview;
use crate::session::row_octets::RowOctets;
use crate::text::system::io_error;
use crate::text::{Lang, deflate, detail};
use crate::ui::hex_dump::{HexDump, no_octets};
use crate::ui::json_text::{self, MAX_JSON};
use crate::ui::text_lines::TextLines;
use crate::ui::theme::{self, GRID, palette};
use crate::ui::verdict_card::caption;
use crate::ui::widgets::{End, both_ends};
use base64::Engine as _;
use egui::{Button, RichText, TextEdit, TextWrapMode, Ui};
use std::io;

/// Octets of text that are shown.
pub(super) const MAX_TEXT: u64 = 1 << 20;
/// Octets that are copied.
const MAX_COPY: u64 = 64 << 20;
/// Lines visible at once.
pub(super) const VISIBLE: u64 = 12;

/// How a payload is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Tab {
    /// As UTF-8.
    Text,
    /// Laid out as JSON.
    Json,
    /// As octets.
    Hex,
}

impl Tab {
    fn suits(part: &FramePart) -> Tab {
        let text = part.is_text || matches!(part.header.opcode, Opcode::PING | Opcode::PONG);
        if text { Tab::Text } else { Tab::Hex }
    }
}

/// What is shown: the octets of a frame, masked or not, or what its message inflates to.
#[derive(Clone, Copy)]
pub(super) enum Shown<'a> {
    Frame(&'a RowOctets, bool),
    Inflated(&'a Preview),
}

impl Shown<'_> {
    /// Octets that can be read.
    pub(super) fn len(self) -> u64 {
        match self {
            Shown::Frame(payload, _) => payload.len(),
            Shown::Inflated(preview) => preview.inflated.octets.len() as u64,
        }
    }

    /// All that there are, as far as that is known.
    fn whole(self) -> u64 {
        match self {
            Shown::Frame(payload, _) => payload.len(),
            Shown::Inflated(preview) => preview.message.inflated().unwrap_or(self.len()),
        }
    }

    pub(super) fn read(self, at: u64, limit: u64) -> io::Result<Vec<u8>> {
        match self {
            Shown::Frame(payload, unmask) => payload.read(at, limit, unmask),
            Shown::Inflated(preview) => {
                let rest = preview.inflated.octets.iter().skip(at as usize);
                Ok(rest.take(limit as usize).copied().collect())
            }
        }
    }

    /// That only these octets are shown, where there are more.
    pub(super) fn cut(self, lang: Lang, shown: u64) -> Option<String> {
        match self {
            Shown::Frame(payload, _) => {
                (shown < payload.len()).then(|| detail::shown(lang, shown, payload.len()))
            }
            Shown::Inflated(preview) => deflate::shown(lang, shown, preview.message.inflated()),
        }
    }
}

/// A text made ready for painting, until another is asked for.
#[derive(Debug)]
pub struct Prepared {
    what: (Tab, bool),
    /// Lines, or why there are none.
    lines: Result<TextLines, String>,
    /// Octets that were taken.
    shown: u64,
}

fn prepare(payload: Shown<'_>, (tab, unmask): (Tab, bool), lang: Lang) -> Prepared {
    let what = (tab, unmask);
    let refused = |words: String| Prepared { what, lines: Err(words), shown: payload.len() };
    if tab == Tab::Json && payload.whole() > MAX_JSON {
        return refused(lang.words().json_too_long.to_owned());
    }
    let octets = match payload.read(0, MAX_TEXT) {
        Ok(octets) => octets,
        Err(error) => return refused(detail::unreadable(lang, &io_error(lang, &error))),
    };
    let shown = octets.len() as u64;
    if tab == Tab::Json {
        return match json_text::pretty(&octets) {
            Ok(text) => {
                Prepared { what, lines: Ok(TextLines::of_octets(text.as_bytes(), false)), shown }
            }
            Err(words) => refused(detail::not_json(lang, &words)),
        };
    }
    let cut = payload.cut(lang, shown).is_some();
    Prepared { what, lines: Ok(TextLines::of_octets(&octets, cut)), shown }
}

pub(super) fn payload_ui(ui: &mut Ui, part: &FramePart, state: &mut DetailState, lang: Lang) {
    let words = lang.words();
    let can_unmask = part.header.masking_key.is_some() && !part.payload.is_empty();
    both_ends(ui, "payload", |ui, end| match end {
        End::Left => caption(ui, words.payload),
        End::Right if can_unmask => {
            ui.spacing_mut().item_spacing.x = GRID;
            for (masked, name) in [(true, words.masked), (false, words.unmasked)] {
                if choice(ui, state.masked == masked, name) {
                    state.masked = masked;
                }
            }
        }
        End::Right => {}
    });
    if part.payload.is_empty() {
        no_octets(ui, words.no_payload);
        return;
    }
    // Compressed octets are no text; what they inflate to stands above.
    let tab = match part.compressed {
        Some(_) => Tab::Hex,
        None => tabs(ui, Tab::suits(part), state, lang),
    };
    let unmask = !(state.masked && can_unmask);
    ui.add_space(GRID);
    if tab == Tab::Hex {
        hex(ui, part, unmask, state, lang);
    } else {
        text(ui, Shown::Frame(&part.payload, unmask), (tab, unmask), state, lang);
    }
    ui.add_space(GRID);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = GRID;
        copy_buttons(ui, Shown::Frame(&part.payload, unmask), (tab, unmask), state, lang);
        if choice(ui, false, words.save_payload) {
            state.save = Some(Save::Payload);
        }
        if part.compressed.is_none()
            && part.message.is_some()
            && choice(ui, false, words.save_message)
        {
            state.save = Some(Save::Message);
        }
    });
    if let Some((false, copied)) = &state.copied {
        dim(ui, copied);
    }
}

/// How octets are shown, to choose.
pub(super) fn tabs(ui: &mut Ui, suits: Tab, state: &mut DetailState, lang: Lang) -> Tab {
    let words = lang.words();
    let tab = state.tab.unwrap_or(suits);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = GRID;
        for (each, name) in
            [(Tab::Text, words.text), (Tab::Json, words.json), (Tab::Hex, words.hex)]
        {
            if choice(ui, tab == each, name) {
                state.tab = Some(each);
            }
        }
    });
    state.tab.unwrap_or(tab)
}

pub(super) fn choice(ui: &mut Ui, on: bool, name: &str) -> bool {
    let text = RichText::new(name).font(theme::small()).color(palette(ui).text);
    let button = Button::selectable(on, text).frame_when_inactive(true);
    let button = button.wrap_mode(TextWrapMode::Extend);
    let spacing = ui.spacing().clone();
    ui.spacing_mut().button_padding = egui::vec2(8.0, 2.0);
    ui.spacing_mut().interact_size.y = 24.0;
    let clicked = ui.add(button).clicked();
    *ui.spacing_mut() = spacing;
    clicked
}

pub(super) fn dim(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(theme::small()).color(palette(ui).dim));
}

pub(super) fn text(
    ui: &mut Ui,
    payload: Shown<'_>,
    what: (Tab, bool),
    state: &mut DetailState,
    lang: Lang,
) {
    let prepared = match state.prepared.take().filter(|p| p.what == what) {
        Some(prepared) => prepared,
        None => {
            state.tops[2] = 0.0;
            prepare(payload, what, lang)
        }
    };
    let prepared = state.prepared.insert(prepared);
    match &mut prepared.lines {
        Ok(lines) => {
            let top = (&mut state.tops[2], &state.highlight);
            state.laid_out += lines_ui(ui, lines, "text", VISIBLE, top, lang);
            if let Some(cut) = payload.cut(lang, prepared.shown) {
                dim(ui, &cut);
            }
        }
        Err(words) => {
            ui.label(words.as_str());
        }
    }
}

fn hex(ui: &mut Ui, part: &FramePart, unmask: bool, state: &mut DetailState, lang: Lang) {
    let words = lang.words();
    let dump = HexDump {
        id: "payload",
        name: words.hex_rows,
        header: &part.header,
        origin: part.header.octets() as u64,
        len: part.payload.len(),
        visible: VISIBLE,
    };
    let read = |at, limit| part.payload.read(at, limit, unmask);
    state.laid_out += dump.show(ui, &mut state.tops[3], &mut state.linked, read);
    if part.payload.len() > VISIBLE * 16 {
        ui.horizontal_wrapped(|ui| {
            let label = ui.label(RichText::new(words.jump_to).font(theme::small()));
            let field = TextEdit::singleline(&mut state.jump).font(theme::mono());
            let field = ui.add(field.desired_width(96.0)).labelled_by(label.id);
            let digits = state.jump.trim().trim_start_matches("0x");
            if field.changed()
                && let Ok(octet) = u64::from_str_radix(digits, 16)
            {
                let octet = octet.min(part.payload.len().saturating_sub(1));
                state.tops[3] = HexDump::row_of(ui, "payload", octet);
            }
        });
    }
}

/// What is copied, and of how many octets.
fn copy(payload: Shown<'_>, form: Tab, base64: bool) -> io::Result<(String, u64)> {
    let octets = payload.read(0, MAX_COPY)?;
    let count = octets.len() as u64;
    let text = if base64 {
        base64::engine::general_purpose::STANDARD.encode(&octets)
    } else if form == Tab::Hex {
        let mut text = String::with_capacity(octets.len() * 2);
        let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
        for octet in &octets {
            text.extend([digit(octet >> 4), digit(octet & 0x0F)]);
        }
        text
    } else {
        String::from_utf8(octets)
            .unwrap_or_else(|e| TextLines::of_octets(e.as_bytes(), false).text().to_owned())
    };
    Ok((text, count))
}

/// Buttons that copy what is shown.
pub(super) fn copy_buttons(
    ui: &mut Ui,
    payload: Shown<'_>,
    (tab, unmask): (Tab, bool),
    state: &mut DetailState,
    lang: Lang,
) {
    let words = lang.words();
    let forms = [
        (words.copy_text, Tab::Text, false),
        (words.copy_hex, Tab::Hex, false),
        (words.copy_base64, Tab::Hex, true),
    ];
    for (name, form, base64) in forms {
        if !choice(ui, false, name) {
            continue;
        }
        let shown = state.prepared.as_ref().filter(|p| p.what == (Tab::Json, unmask));
        let json = shown.filter(|_| tab == Tab::Json && form == Tab::Text);
        let copied = match json.and_then(|p| p.lines.as_ref().ok()) {
            Some(lines) => Ok((lines.text().to_owned(), payload.whole())),
            None => copy(payload, form, base64),
        };
        let copied = match copied {
            Ok((text, count)) => {
                ui.ctx().copy_text(text);
                detail::copied(lang, count, payload.whole())
            }
            Err(error) => detail::unreadable(lang, &io_error(lang, &error)),
        };
        state.copied = Some((matches!(payload, Shown::Inflated(_)), copied));
    }
}
