//! Every colour and size of the window, light and dark.
//!
//! The colours are safe for the colour-blind, and nothing is told by colour
//! alone: client and server have arrows, states have shapes.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Vec2};

/// The colours of one appearance.
#[derive(Debug)]
pub struct Palette {
    /// Behind everything; fields to type in.
    pub ground: Color32,
    /// Panels.
    pub panel: Color32,
    /// Buttons and cards.
    pub raised: Color32,
    /// Lines.
    pub stroke: Color32,
    /// Text.
    pub text: Color32,
    /// Text of less weight.
    pub dim: Color32,
    /// The one accent.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// A selected row.
    pub selected: Color32,
    /// A row under the pointer.
    pub hovered: Color32,
    /// What the client sent.
    pub client: Color32,
    /// What the server sent.
    pub server: Color32,
    /// Close frames, endings, errors.
    pub close: Color32,
    /// Ping and Pong, headers in hex.
    pub ping: Color32,
    /// Payload.
    pub payload: Color32,
    /// Behind what a filter looked for.
    pub found: Color32,
    /// Text on that.
    pub on_found: Color32,
    /// A row that is lit up, whose edge is `closing`.
    pub lit: Color32,
    /// OPEN.
    pub open: Color32,
    /// CLOSING, CONNECTING, warnings.
    pub closing: Color32,
    /// CLOSED.
    pub closed: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// Dark.
pub const DARK: Palette = Palette {
    ground: rgb(0x14171C),
    panel: rgb(0x191D24),
    raised: rgb(0x222834),
    stroke: rgb(0x2C3440),
    text: rgb(0xE6EAF0),
    dim: rgb(0x93A0B0),
    accent: rgb(0x5AA9FF),
    on_accent: rgb(0x0C1218),
    selected: rgb(0x24405F),
    hovered: rgb(0x1E242E),
    client: rgb(0x58B0F0),
    server: rgb(0xF0AC45),
    close: rgb(0xF0714A),
    ping: rgb(0xBE9AEA),
    payload: rgb(0x43C5B0),
    found: rgb(0xE8C547),
    on_found: rgb(0x14171C),
    lit: rgb(0x2F2C1C),
    open: rgb(0x43C587),
    closing: rgb(0xF0AC45),
    closed: rgb(0x8593A6),
};

/// Light.
pub const LIGHT: Palette = Palette {
    ground: rgb(0xF3F5F8),
    panel: rgb(0xFFFFFF),
    raised: rgb(0xEDF0F4),
    stroke: rgb(0xD5DBE3),
    text: rgb(0x1A2230),
    dim: rgb(0x5C6878),
    accent: rgb(0x0B66C3),
    on_accent: rgb(0xFFFFFF),
    selected: rgb(0xD6E7F9),
    hovered: rgb(0xF0F4F9),
    client: rgb(0x0B66C3),
    server: rgb(0xA85F00),
    close: rgb(0xC23A10),
    ping: rgb(0x7A3FC0),
    payload: rgb(0x0B7F6F),
    found: rgb(0xFFE27A),
    on_found: rgb(0x1A2230),
    lit: rgb(0xFFF6D6),
    open: rgb(0x0E7F4B),
    closing: rgb(0xA85F00),
    closed: rgb(0x697586),
};

/// Dark, for a projector: text has a contrast of 7:1 and more (WCAG 2.1, 1.4.6).
pub const HIGH_DARK: Palette = Palette {
    ground: rgb(0x000000),
    panel: rgb(0x000000),
    raised: rgb(0x14181E),
    stroke: rgb(0x6A7686),
    text: rgb(0xFFFFFF),
    dim: rgb(0xCBD4DF),
    accent: rgb(0x8CC8FF),
    on_accent: rgb(0x000000),
    selected: rgb(0x0E2E55),
    hovered: rgb(0x14181E),
    lit: rgb(0x2A2610),
    client: rgb(0x8CCBFF),
    server: rgb(0xFFC46B),
    close: rgb(0xFFA58A),
    ping: rgb(0xDCC2FF),
    payload: rgb(0x7FE6D4),
    found: rgb(0xFFE27A),
    on_found: rgb(0x000000),
    open: rgb(0x7BE3AE),
    closing: rgb(0xFFC46B),
    closed: rgb(0xB7C2D0),
};

/// Light, for a projector.
pub const HIGH_LIGHT: Palette = Palette {
    ground: rgb(0xFFFFFF),
    panel: rgb(0xFFFFFF),
    raised: rgb(0xF1F4F8),
    stroke: rgb(0x768293),
    text: rgb(0x000000),
    dim: rgb(0x323D4B),
    accent: rgb(0x00427F),
    on_accent: rgb(0xFFFFFF),
    selected: rgb(0xD6E7F9),
    hovered: rgb(0xF1F4F8),
    lit: rgb(0xFFF3C4),
    client: rgb(0x00427F),
    server: rgb(0x663800),
    close: rgb(0x7E1D00),
    ping: rgb(0x521C96),
    payload: rgb(0x004C42),
    found: rgb(0xFFE27A),
    on_found: rgb(0x000000),
    open: rgb(0x004C2A),
    closing: rgb(0x663800),
    closed: rgb(0x3D4857),
};

/// The palette in use: the one whose text the visuals have.
#[must_use]
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    let visuals = ui.visuals();
    let (usual, high) = if visuals.dark_mode { (&DARK, &HIGH_DARK) } else { (&LIGHT, &HIGH_LIGHT) };
    if visuals.widgets.noninteractive.fg_stroke.color == high.text { high } else { usual }
}

/// Sets the usual colours of both appearances, or those for a projector.
pub fn set_contrast(ctx: &egui::Context, high: bool) {
    let (dark, light) = if high { (&HIGH_DARK, &HIGH_LIGHT) } else { (&DARK, &LIGHT) };
    ctx.set_visuals_of(egui::Theme::Dark, visuals(dark, true));
    ctx.set_visuals_of(egui::Theme::Light, visuals(light, false));
}

/// The two sizes of type.
pub const SIZE: f32 = 13.5;
/// Labels, captions, octets.
pub const SMALL: f32 = 12.0;
/// Height of a row in the table.
pub const ROW: f32 = 23.0;
/// The rhythm that every distance is a multiple of.
pub const GRID: f32 = 4.0;

/// Text.
#[must_use]
pub fn body() -> FontId {
    FontId::proportional(SIZE)
}

/// Small text.
#[must_use]
pub fn small() -> FontId {
    FontId::proportional(SMALL)
}

/// Bold text.
#[must_use]
pub fn bold() -> FontId {
    FontId::new(SIZE, FontFamily::Name(super::fonts::BOLD.into()))
}

/// Bold small text: captions.
#[must_use]
pub fn bold_small() -> FontId {
    FontId::new(11.5, FontFamily::Name(super::fonts::BOLD.into()))
}

/// Octets and figures.
#[must_use]
pub fn mono() -> FontId {
    FontId::monospace(SMALL)
}

fn visuals(palette: &Palette, dark: bool) -> egui::Visuals {
    let mut visuals = if dark { egui::Visuals::dark() } else { egui::Visuals::light() };
    visuals.panel_fill = palette.panel;
    visuals.window_fill = palette.panel;
    visuals.window_stroke = Stroke::new(1.0, palette.stroke);
    visuals.extreme_bg_color = palette.ground;
    visuals.text_edit_bg_color = Some(palette.ground);
    visuals.faint_bg_color = palette.hovered;
    visuals.code_bg_color = palette.raised;
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.closing;
    visuals.error_fg_color = palette.close;
    visuals.weak_text_color = Some(palette.dim);
    visuals.selection.bg_fill = palette.selected;
    visuals.selection.stroke = Stroke::new(1.0, palette.accent);
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals.menu_corner_radius = CornerRadius::same(6);
    let radius = CornerRadius::same(5);
    let stroke = Stroke::new(1.0, palette.stroke);
    let widgets = &mut visuals.widgets;
    for (state, fill, border) in [
        (&mut widgets.noninteractive, palette.panel, stroke),
        (&mut widgets.inactive, palette.raised, stroke),
        (&mut widgets.hovered, palette.raised, Stroke::new(1.0, palette.dim)),
        (&mut widgets.active, palette.selected, Stroke::new(1.0, palette.accent)),
        (&mut widgets.open, palette.raised, Stroke::new(1.0, palette.dim)),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = border;
        state.fg_stroke = Stroke::new(1.0, palette.text);
        state.corner_radius = radius;
        state.expansion = 0.0;
    }
    visuals.widgets.noninteractive.bg_stroke = stroke;
    visuals
}

/// Sets colours, type and distances of both appearances.
pub fn install(ctx: &egui::Context) {
    set_contrast(ctx, false);
    ctx.all_styles_mut(|style| {
        style.text_styles = [
            (TextStyle::Heading, FontId::new(20.0, FontFamily::Name(super::fonts::BOLD.into()))),
            (TextStyle::Body, body()),
            (TextStyle::Button, body()),
            (TextStyle::Small, small()),
            (TextStyle::Monospace, mono()),
        ]
        .into();
        let spacing = &mut style.spacing;
        spacing.item_spacing = Vec2::new(8.0, 4.0);
        spacing.button_padding = Vec2::new(12.0, 4.0);
        spacing.interact_size = Vec2::new(28.0, 28.0);
        spacing.menu_margin = Margin::same(8);
        spacing.combo_width = 120.0;
        spacing.icon_width = 16.0;
        style.interaction.selectable_labels = true;
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, as WCAG 2.1 defines it.
    fn luminance(color: Color32) -> f64 {
        let part = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(color.r()) + 0.7152 * part(color.g()) + 0.0722 * part(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn least(palette: &Palette) -> f64 {
        let p = palette;
        let texts = [
            p.text, p.dim, p.accent, p.client, p.server, p.close, p.ping, p.payload, p.open,
            p.closing, p.closed,
        ];
        let grounds = [p.ground, p.panel, p.raised, p.selected, p.hovered];
        let on_grounds = texts.iter().flat_map(|t| grounds.iter().map(|g| contrast(*t, *g)));
        let filled = [(p.on_accent, p.accent), (p.on_accent, p.close), (p.on_found, p.found)];
        let filled = filled.into_iter().map(|(text, ground)| contrast(text, ground));
        on_grounds.chain(filled).fold(f64::MAX, f64::min)
    }

    #[test]
    fn text_for_a_projector_has_a_contrast_of_7_to_1() {
        assert_eq!(contrast(Color32::WHITE, Color32::BLACK).round(), 21.0);
        for palette in [&HIGH_DARK, &HIGH_LIGHT] {
            assert!(least(palette) >= 7.0, "{:.2}", least(palette));
            assert!(contrast(palette.stroke, palette.panel) >= 3.0, "lines are seen");
        }
        // Dim text on a chosen row is the least that the usual colours have.
        for palette in [&DARK, &LIGHT] {
            assert!(least(palette) >= 3.0, "{:.2}", least(palette));
        }
    }
}
