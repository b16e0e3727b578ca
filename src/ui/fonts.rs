//! Type that shows Latin, Chinese, Japanese, Korean and emoji on a machine
//! without any font of its own. `assets/fonts/make.sh` says what the subsets hold.
//!
//! Bundled Noto Sans CJK SC (a subset) comes first for text; egui's own Hack for
//! octets; emoji are egui's, newer ones Noto Emoji's; what none has is taken from the
//! system, where eframe looks.

use egui::{FontData, FontDefinitions, FontFamily};
use std::sync::Arc;

/// The family of bold type.
pub const BOLD: &str = "bold";

const REGULAR_OTF: &[u8] = include_bytes!("../../assets/fonts/NotoSansCJKsc-Regular-subset.otf");
const BOLD_OTF: &[u8] = include_bytes!("../../assets/fonts/NotoSansCJKsc-Bold-subset.otf");
const EMOJI_TTF: &[u8] = include_bytes!("../../assets/fonts/NotoEmoji-Regular-subset.ttf");

/// The families Proportional, Monospace and [`BOLD`].
#[must_use]
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let mut add = |name: &str, octets: &'static [u8]| {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(octets)));
    };
    add("noto", REGULAR_OTF);
    add("noto-bold", BOLD_OTF);
    add("emoji", EMOJI_TTF);
    let proportional = fonts.families.entry(FontFamily::Proportional).or_default();
    proportional.insert(0, "noto".to_owned());
    // Has arrows and triangles that Noto's subset lacks.
    proportional.extend(["Hack".to_owned(), "emoji".to_owned()]);
    let mut bold = vec!["noto-bold".to_owned()];
    bold.extend(proportional.iter().cloned());
    let mono = fonts.families.entry(FontFamily::Monospace).or_default();
    mono.extend(["noto".to_owned(), "emoji".to_owned()]);
    fonts.families.insert(FontFamily::Name(BOLD.into()), bold);
    fonts
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::FontId;

    #[test]
    fn no_glyph_is_missing_on_a_machine_without_fonts() {
        let ctx = egui::Context::default();
        ctx.set_fonts(definitions());
        let chars = [
            ' '..='~',
            '\u{4e00}'..='\u{9fef}', // Chinese: all of GB 2312 and Big5's first level
            '\u{3041}'..='\u{3096}', // Hiragana
            '\u{30a1}'..='\u{30fa}', // Katakana
            '\u{ac00}'..='\u{d7a3}', // Hangul
            '\u{2190}'..='\u{2199}', // Arrows
            '\u{2500}'..='\u{257f}', // Boxes
        ];
        let signs = "，。；：、（）！？“”《》…—·§×−±µ–✓①⇄▶◀■●○▾▸☺😀🚀🎉👍🔥🌍🐼🤖🥳🧠🫡❤";
        let wanted: Vec<char> = chars.into_iter().flatten().chain(signs.chars()).collect();
        let families =
            [FontFamily::Proportional, FontFamily::Monospace, FontFamily::Name(BOLD.into())];
        let mut missing = Vec::new();
        let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
            for family in &families {
                let font = FontId::new(14.0, family.clone());
                ui.fonts_mut(|fonts| {
                    let lacks = wanted.iter().filter(|c| !fonts.has_glyph(&font, **c));
                    missing.extend(lacks.map(|c| (family.clone(), *c)));
                });
            }
        });
        output.textures_delta.clear();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
