//! A page of ours in a browser at the other end: which browser, the name that somebody
//! gave there, and the CloseEvent that the browser reported. Both are facts of the
//! capture, so a file shows the same as the live session. Who may report is `engine`'s.

use super::Connection;
use super::client_model::{CloseEvent, chromium};
use crate::protocol::{StatusCode, Time};
use serde::{Deserialize, Serialize};

/// Characters of a name, or of a browser's, that are kept.
pub const MAX_NAME: usize = 60;

/// Octets of a reason: as many as a Close has room for (RFC 6455 §5.5).
pub const MAX_REASON: usize = 123;

/// Our page at the client's end of a connection.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Page {
    /// As [`browser`] calls it; may be empty.
    pub browser: String,
    /// What was typed into the page; may be empty.
    pub name: String,
}

impl Page {
    /// A page whose browser calls itself so, both cleaned.
    #[must_use]
    pub fn new(user_agent: &str, name: &str) -> Page {
        Page { browser: browser(user_agent), name: clean(name, MAX_NAME) }
    }

    /// Whether [`chromium`] speaks for its browser: it is of that family.
    #[must_use]
    pub fn is_predicted(&self) -> bool {
        let name = self.browser.rsplit_once(' ').map_or(&*self.browser, |(name, _)| name);
        BROWSERS.iter().any(|(_, known, predicted)| *predicted && *known == name)
    }
}

/// The product in a User-Agent header, what it is called here, and whether it has
/// Chromium's network stack: a browser on iOS has Apple's, whatever its name. The
/// first that is there counts, since most also call themselves Chrome and Safari.
const BROWSERS: [(&str, &str, bool); 14] = [
    ("EdgiOS", "Edge for iOS", false),
    ("CriOS", "Chrome for iOS", false),
    ("FxiOS", "Firefox for iOS", false),
    ("OPT", "Opera for iOS", false),
    ("Edge", "Edge Legacy", false),
    ("Edg", "Edge", true),
    ("EdgA", "Edge", true),
    ("OPR", "Opera", true),
    ("SamsungBrowser", "Samsung Internet", true),
    ("Firefox", "Firefox", false),
    ("HeadlessChrome", "Chromium", true),
    ("Chromium", "Chromium", true),
    ("Chrome", "Chromium", true),
    ("Version", "Safari", false),
];

/// The browser that a User-Agent header (RFC 9110 §10.1.5) tells of, with its major
/// version: `Chromium 156`, `Firefox 140`, `Safari 18`. Chrome does not say there that it
/// is not Chromium. Of an unknown one, its first product; may be empty.
#[must_use]
pub fn browser(user_agent: &str) -> String {
    let products = || {
        let words = user_agent.split([' ', '(', ')', ';']);
        words.filter_map(|word| word.split_once('/'))
    };
    let major = |version: &str| version.split('.').next().unwrap_or_default().to_owned();
    for (product, name, _) in BROWSERS {
        if let Some((_, version)) = products().find(|(word, _)| *word == product) {
            return clean(&format!("{name} {}", major(version)), MAX_NAME);
        }
    }
    let first = products().next().map(|(product, version)| format!("{product} {}", major(version)));
    clean(&first.unwrap_or_default(), MAX_NAME)
}

/// Text of a stranger for one line: without control characters and those that turn the
/// direction of writing, at most so many characters.
#[must_use]
pub fn clean(text: &str, max: usize) -> String {
    let turns = |c| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let breaks = |c| matches!(c, '\u{2028}' | '\u{2029}');
    let kept = text.trim().chars().filter(|c| !c.is_control() && !turns(*c) && !breaks(*c));
    kept.take(max).collect::<String>().trim().to_owned()
}

/// The reason of a CloseEvent as it is kept: what is left of it when it was [`clean`]ed.
#[must_use]
pub fn clean_reason(reason: &str) -> String {
    let mut reason = clean(reason, MAX_REASON);
    reason.truncate(reason.floor_char_boundary(MAX_REASON));
    reason
}

/// The CloseEvent that a browser reported, and when the report came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObservedClose {
    /// Its fields; the reason as [`clean_reason`] leaves it.
    pub event: CloseEvent,
    /// When the report came.
    pub time: Time,
}

/// A field of a CloseEvent as the capture keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StoredClose {
    /// `event.code`
    pub code: u16,
    /// `event.reason`
    pub reason: String,
    /// `event.wasClean`
    pub was_clean: bool,
    /// An error event came before it.
    pub error: bool,
}

impl From<&CloseEvent> for StoredClose {
    fn from(event: &CloseEvent) -> StoredClose {
        let CloseEvent { code, reason, was_clean, error } = event;
        let reason = reason.clone();
        StoredClose { code: code.0, reason, was_clean: *was_clean, error: *error }
    }
}

impl From<StoredClose> for CloseEvent {
    fn from(stored: StoredClose) -> CloseEvent {
        let StoredClose { code, reason, was_clean, error } = stored;
        let reason = clean_reason(&reason);
        CloseEvent { code: StatusCode(code), reason, was_clean, error }
    }
}

/// What a CloseEvent says, and what is said beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// `event.code`
    Code,
    /// `event.reason`
    Reason,
    /// `event.wasClean`
    WasClean,
    /// Whether an error event came.
    Error,
}

/// The observed CloseEvent beside the predicted one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// They are the same.
    Agrees,
    /// They are not, in these fields.
    Differs(Vec<Field>),
    /// Nobody predicts what this browser does.
    NotPredicted,
}

impl Comparison {
    /// Whether it is as predicted; `None` where nothing was.
    #[must_use]
    pub fn as_predicted(&self) -> Option<bool> {
        match self {
            Comparison::Agrees => Some(true),
            Comparison::Differs(_) => Some(false),
            Comparison::NotPredicted => None,
        }
    }
}

/// Compares what was observed with what [`chromium`] predicts; `None` where nothing was
/// observed.
#[must_use]
pub fn compare(connection: &Connection) -> Option<Comparison> {
    let observed = &connection.observed.as_ref()?.event;
    if !connection.page.as_ref().is_some_and(Page::is_predicted) {
        return Some(Comparison::NotPredicted);
    }
    Some(differences(observed, &chromium(connection)))
}

fn differences(observed: &CloseEvent, predicted: &CloseEvent) -> Comparison {
    let fields = [
        (Field::Code, observed.code != predicted.code),
        (Field::Reason, observed.reason != clean_reason(&predicted.reason)),
        (Field::WasClean, observed.was_clean != predicted.was_clean),
        (Field::Error, observed.error != predicted.error),
    ];
    let differ: Vec<_> = fields.into_iter().filter(|(_, differs)| *differs).collect();
    match differ[..] {
        [] => Comparison::Agrees,
        _ => Comparison::Differs(differ.into_iter().map(|(field, _)| field).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_from_those_that_it_also_names() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15";
        for (agent, name, predicted) in [
            (
                format!("Mozilla/5.0 (X11; Linux x86_64) {webkit} Chrome/156.0.0.0 Safari/537.36"),
                "Chromium 156",
                true,
            ),
            (
                format!("Mozilla/5.0 (X11) {webkit} HeadlessChrome/156.0.1.2 Safari/537.36"),
                "Chromium 156",
                true,
            ),
            (
                format!(
                    "Mozilla/5.0 (Windows) {webkit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
                ),
                "Edge 140",
                true,
            ),
            (
                format!("Mozilla/5.0 (X11) {webkit} Chrome/140.0.0.0 Safari/537.36 OPR/122.0.0.0"),
                "Opera 122",
                true,
            ),
            (
                format!(
                    "Mozilla/5.0 (Linux; Android 15) {webkit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"
                ),
                "Samsung Internet 28",
                true,
            ),
            (
                format!("Mozilla/5.0 (Windows) {webkit} Chrome/64.0 Safari/537.36 Edge/17.1"),
                "Edge Legacy 17",
                false,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into(),
                "Firefox 140",
                false,
            ),
            (
                format!("{iphone} (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"),
                "Safari 18",
                false,
            ),
            (
                format!("{iphone} (KHTML, like Gecko) CriOS/140.0.1 Mobile/15E148 Safari/604.1"),
                "Chrome for iOS 140",
                false,
            ),
            ("curl/8.14.1".into(), "curl 8", false),
            (String::new(), "", false),
            ("?\u{1b}[2J".into(), "", false),
        ] {
            let page = Page::new(&agent, "");
            assert_eq!((&*page.browser, page.is_predicted()), (name, predicted), "{agent}");
        }
    }

    #[test]
    fn a_strangers_text_fits_on_one_line() {
        assert_eq!(clean(" 孩\n子\u{202e}\u{7} ", 60), "孩子");
        assert_eq!(clean(&"é".repeat(100), 60).chars().count(), 60);
        assert_eq!(clean_reason(&"子".repeat(100)), "子".repeat(41));
    }

    #[test]
    fn each_field_that_differs_is_named() {
        let event = |code, reason: &str, was_clean, error| CloseEvent {
            code: StatusCode(code),
            reason: reason.into(),
            was_clean,
            error,
        };
        let seen = event(1000, "ab", true, false);
        assert_eq!(differences(&seen, &event(1000, "a\0b", true, false)), Comparison::Agrees);
        let all = vec![Field::Code, Field::Reason, Field::WasClean, Field::Error];
        let other = event(1006, "", false, true);
        assert_eq!(differences(&seen, &other), Comparison::Differs(all));
        let unclean = event(1000, "ab", false, false);
        assert_eq!(differences(&seen, &unclean), Comparison::Differs(vec![Field::WasClean]));
    }
}
