//! The page of ours in a browser, in words: who it is, what the browser reported, and
//! whether that is what was predicted.

use super::Lang;
use crate::session::Connection;
use crate::session::client_model::CloseEvent;
use crate::session::page::{Comparison, Field, Page, compare};
use crate::session::verdict::Verdict;

/// `Chromium 156 · Anna`; what is not known is left out.
#[must_use]
pub fn summary(lang: Lang, page: &Page) -> String {
    let unknown = match lang {
        Lang::En => "a browser",
        Lang::Zh => "浏览器",
    };
    let browser = if page.browser.is_empty() { unknown } else { &page.browser };
    match &*page.name {
        "" => browser.to_owned(),
        name => format!("{browser} · {name}"),
    }
}

/// A CloseEvent on one line, with the words of JavaScript: `1000 bye wasClean`.
#[must_use]
pub fn close_event(event: &CloseEvent) -> String {
    let CloseEvent { code, reason, was_clean, error } = event;
    let space = if reason.is_empty() { "" } else { " " };
    let clean = if *was_clean { "wasClean" } else { "!wasClean" };
    let error = if *error { " + error" } else { "" };
    format!("{}{space}{reason} {clean}{error}", code.0)
}

/// A field as JavaScript calls it.
#[must_use]
pub fn field(field: Field) -> &'static str {
    match field {
        Field::Code => "code",
        Field::Reason => "reason",
        Field::WasClean => "wasClean",
        Field::Error => "error",
    }
}

/// Whether what was observed is what was predicted.
#[must_use]
pub fn comparison(lang: Lang, comparison: &Comparison) -> String {
    match (lang, comparison) {
        (Lang::En, Comparison::Agrees) => "as predicted".into(),
        (Lang::Zh, Comparison::Agrees) => "与预测一致".into(),
        (Lang::En, Comparison::NotPredicted) => {
            "observed only: nothing is predicted for this browser".into()
        }
        (Lang::Zh, Comparison::NotPredicted) => "仅为实际观察：不对该浏览器作预测".into(),
        (lang, Comparison::Differs(fields)) => {
            let fields: Vec<_> = fields.iter().map(|one| field(*one)).collect();
            match lang {
                Lang::En => format!("not as predicted: {}", fields.join(", ")),
                Lang::Zh => format!("与预测不一致：{}", fields.join("、")),
            }
        }
    }
}

/// What a browser reported of a connection, beside the prediction; `None` where nothing
/// was reported.
#[must_use]
pub fn observed(lang: Lang, connection: &Connection) -> Option<String> {
    let seen = close_event(&connection.observed.as_ref()?.event);
    let compared = compare(connection)?;
    let who = connection.page.as_ref().map(|page| format!("{} · ", summary(lang, page)));
    let who = who.unwrap_or_default();
    let mut line = format!("{who}CloseEvent {seen} · {}", comparison(lang, &compared));
    if let Comparison::Differs(_) = compared {
        let predicted = close_event(&Verdict::of(connection).close_event);
        line += &match lang {
            Lang::En => format!(" (predicted {predicted})"),
            Lang::Zh => format!("（预测为 {predicted}）"),
        };
    }
    Some(line)
}
