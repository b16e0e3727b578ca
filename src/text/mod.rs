//! The only folder that makes sentences, in English and Chinese.
//!
//! Words of the wire (FIN, Ping, 1000, header names, CLOSING) are not
//! translated. A word that one language lacks does not compile.

pub mod actions;
pub mod advice;
pub mod codes;
pub mod deflate;
pub mod detail;
pub mod en;
pub mod export;
pub mod faults;
pub mod fields;
pub mod filter;
pub mod gallery;
pub mod held;
pub mod import;
pub mod json_lines;
pub mod keys;
pub mod ladder;
pub mod ladder_svg;
pub mod lesson;
pub mod opened;
pub mod page;
pub mod refusal;
pub mod replay;
pub mod rules;
pub mod run;
pub mod rung;
pub mod sentences;
pub mod snippet;
pub mod steps;
pub mod system;
pub mod tls;
pub mod tunnel;
pub mod words;
pub mod zh;

pub use words::Words;

/// The languages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese, simplified.
    Zh,
}

impl Lang {
    /// The fixed words of this language.
    #[must_use]
    pub fn words(self) -> &'static Words {
        match self {
            Lang::En => &en::WORDS,
            Lang::Zh => &zh::WORDS,
        }
    }

    /// The first choice for a system whose locale begins so (`zh_CN.UTF-8`).
    #[must_use]
    pub fn of_locale(locale: &str) -> Lang {
        if locale.starts_with("zh") { Lang::Zh } else { Lang::En }
    }
}
