//! Type that shows Latin, Chinese, Japanese, Korean and emoji on a machine
//! without any font of its own.
//!
//! Bundled Noto Sans CJK SC (a subset) comes first for text; egui's own Hack for
//! octets; what neither has is taken from the system, where eframe looks.

use egui::{FontData, FontDefinitions, FontFamily};
use std::sync::Arc;

/// The family of bold type.
pub const BOLD: &str = "bold";

const REGULAR_OTF: &[u8] = include_bytes!("../../assets/fonts/NotoSansCJKsc-Regular-subset.otf");
const BOLD_OTF: &[u8] = include_bytes!("../../assets/fonts/NotoSansCJKsc-Bold-latin.otf");

/// The families Proportional, Monospace and [`BOLD`].
#[must_use]
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let mut add = |name: &str, octets: &'static [u8]| {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(octets)));
    };
    add("noto", REGULAR_OTF);
    add("noto-bold", BOLD_OTF);
    let proportional = fonts.families.entry(FontFamily::Proportional).or_default();
    proportional.insert(0, "noto".to_owned());
    // Has arrows and triangles that Noto's subset lacks.
    proportional.push("Hack".to_owned());
    let mut bold = vec!["noto-bold".to_owned()];
    bold.extend(proportional.iter().cloned());
    fonts.families.entry(FontFamily::Monospace).or_default().push("noto".to_owned());
    fonts.families.insert(FontFamily::Name(BOLD.into()), bold);
    fonts
}
