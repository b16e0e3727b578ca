//! Words of a replay that hold figures.

use super::Lang;
use super::sentences::grouped;

/// How it plays: a row a second, or the session's clock times or divided by so much.
#[must_use]
pub fn pace(lang: Lang, clock: Option<(bool, u32)>) -> String {
    match (lang, clock) {
        (Lang::En, None) => "a row a second".to_owned(),
        (Lang::Zh, None) => "每秒一行".to_owned(),
        (Lang::En, Some((true, 1))) => "real time".to_owned(),
        (Lang::Zh, Some((true, 1))) => "实时".to_owned(),
        (_, Some((true, by))) => format!("×{by}"),
        (_, Some((false, by))) => format!("×1/{by}"),
    }
}

/// Where it is: rows of all, and the seconds since the first.
#[must_use]
pub fn position(lang: Lang, here: u64, all: u64, seconds: f64) -> String {
    let (here, all) = (grouped(here), grouped(all));
    match lang {
        Lang::En => format!("row {here} of {all} · {seconds:.3} s"),
        Lang::Zh => format!("第 {here} 行，共 {all} 行 · {seconds:.3} s"),
    }
}
