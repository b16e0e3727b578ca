//! Endings from the field: captures that are built in, each with the question what
//! went wrong there, and its answer. The texts stand in `assets/gallery/gallery.toml`.

use super::Lang;
use serde::Deserialize;
use std::sync::LazyLock;

/// A text in both languages.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Both {
    en: String,
    zh: String,
}

/// One ending.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// The name of its capture, without the ending.
    pub capture: String,
    /// The rows of the capture that show what went wrong, counted from 0.
    pub rows: Vec<u64>,
    /// RFCs with their sections.
    pub references: Vec<String>,
    title: Both,
    question: Both,
    answer: Both,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gallery {
    ending: Vec<Ending>,
}

macro_rules! captures {
    ($($name:literal)*) => {
        /// Each capture with its name.
        const CAPTURES: &[(&str, &[u8])] =
            &[$(($name, include_bytes!(concat!("../../assets/gallery/", $name, ".pcapng")))),*];
    };
}

captures! {
    "client-does-not-mask" "client-never-answers" "close-88-00-00-00" "close-of-one-octet"
    "close-then-data" "compressed-unasked" "length-not-minimal" "page-instead-of-101"
    "proxy-cuts-idle" "proxy-forwards-1006" "reason-cut-in-a-character" "reset-behind-close"
    "server-never-ends-tcp" "server-sends-1005"
}

/// The gallery, in the order in which it is offered.
///
/// # Panics
/// The text that is built in cannot be read; a test reads it.
#[must_use]
pub fn endings() -> &'static [Ending] {
    static GALLERY: LazyLock<Gallery> = LazyLock::new(|| {
        let text = include_str!("../../assets/gallery/gallery.toml");
        toml::from_str(text).expect("gallery.toml is as it has to be")
    });
    &GALLERY.ending
}

impl Both {
    fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }
}

impl Ending {
    /// What it is called.
    #[must_use]
    pub fn title(&self, lang: Lang) -> &str {
        self.title.of(lang)
    }

    /// What people saw, and the question.
    #[must_use]
    pub fn question(&self, lang: Lang) -> &str {
        self.question.of(lang)
    }

    /// What went wrong.
    #[must_use]
    pub fn answer(&self, lang: Lang) -> &str {
        self.answer.of(lang)
    }

    /// The capture, a pcapng; empty if it was forgotten, which a test would tell.
    #[must_use]
    pub fn octets(&self) -> &'static [u8] {
        let found = CAPTURES.iter().find(|(name, _)| *name == self.capture);
        found.map_or(&[], |(_, octets)| octets)
    }
}
