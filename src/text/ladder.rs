//! The ladder of a connection as text: for a terminal, for the documentation,
//! for tests. Widths are those of a terminal, where a Chinese character takes
//! two columns.
//!
//! A rung takes two lines and one for each remark: above its label, where the
//! sender changes state, below its arrow, where the receiver does.

use super::rung::{self, RungWords};
use super::{Lang, sentences};
use crate::protocol::{ReadyState, Role, Time};
use crate::session::inflate::Previews;
use crate::session::ladder::{Ladder, Rung};
use crate::session::log::Log;
use crate::session::source::Source;
use crate::session::verdict::Verdict;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// What the text shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shown {
    /// Times at the left.
    pub times: bool,
    /// Addresses of both ends.
    pub addresses: bool,
    /// Now, for the clocks of what is still CLOSING.
    pub now: Time,
}

impl Default for Shown {
    fn default() -> Shown {
        Shown { times: true, addresses: true, now: 0 }
    }
}

/// Columns between the lifelines.
const MIDDLE: usize = 50;
/// Columns of a time.
const TIME: usize = 11;
/// Columns of a state.
const STATE: usize = 12;

struct Page<'a> {
    ladder: &'a Ladder,
    shown: Shown,
    lang: Lang,
    /// The state of each lifeline where the next line stands.
    states: [ReadyState; 2],
    text: String,
}

/// The ladder as text; each line ends with a line feed.
#[must_use]
pub fn ladder(log: &Log, source: &Source, ladder: &Ladder, lang: Lang, shown: Shown) -> String {
    let first = ladder.rungs().first();
    let states = first.map_or([ReadyState::Connecting; 2], |r| r.states.map(|s| s.before));
    let mut page = Page { ladder, shown, lang, states, text: String::new() };
    page.title(log, lang);
    let start = log.start().unwrap_or_default();
    let mut previews = Previews::default();
    for (at, rung) in ladder.rungs().iter().enumerate() {
        let words = RungWords::of((log, source), &mut previews, ladder, at, lang);
        match ladder.crossing(at) {
            Some(other) if other == at + 1 => {
                let below = RungWords::of((log, source), &mut previews, ladder, other, lang);
                page.crossing(at, [&words, &below], start);
            }
            Some(other) if other + 1 == at => {}
            _ => page.rung(at, rung, &words, start),
        }
    }
    page.end(log, lang);
    page.text
}

impl Page<'_> {
    fn title(&mut self, log: &Log, lang: Lang) {
        let words = lang.words();
        self.text += &format!("{} {}", words.connection_n, self.ladder.number());
        if let Some(c) = log.connection(self.ladder.number()).filter(|_| self.shown.addresses) {
            self.text += &format!(" · {} → {}", c.client, c.server);
        }
        self.text += "\n\n";
        let names = Role::BOTH.map(|role| rung::lifeline(self.ladder, role, lang));
        let left = self.margin() + STATE + 1;
        let between = MIDDLE + 1;
        let start = left.saturating_sub(names[0].width() / 2);
        let mut line = " ".repeat(start) + &names[0];
        let at = left + between - names[1].width() / 2;
        line += &" ".repeat(at.saturating_sub(line.width()).max(1));
        line += &names[1];
        self.push(&line);
        let word = self.states.map(|state| Some(state.word().to_owned()));
        self.line("", word, "");
    }

    fn margin(&self) -> usize {
        if self.shown.times { TIME + 1 } else { 0 }
    }

    fn push(&mut self, line: &str) {
        self.text += line.trim_end();
        self.text.push('\n');
    }

    /// One line: a time, the words at the sides, what is between the lifelines.
    fn line(&mut self, time: &str, sides: [Option<String>; 2], middle: &str) {
        let [left, right] = sides.map(Option::unwrap_or_default);
        let mut line = String::new();
        if self.shown.times {
            line += &format!("{}{time} ", " ".repeat(TIME.saturating_sub(time.width())));
        }
        line += &" ".repeat(STATE.saturating_sub(left.width()));
        line += &format!("{left} {}", self.band(Role::Client));
        line += middle;
        line += &" ".repeat(MIDDLE.saturating_sub(middle.width()));
        line += &format!("{} {right}", self.band(Role::Server));
        self.push(&line);
    }

    /// A lifeline is heavy where its states are known, light where inferred.
    fn band(&self, role: Role) -> char {
        match (self.states[role.index()], self.ladder.is_known(role)) {
            (ReadyState::Connecting, true) => '┋',
            (ReadyState::Connecting, false) => '┊',
            (ReadyState::Open, true) => '┃',
            (ReadyState::Open, false) => '│',
            (ReadyState::Closing, true) => '╏',
            (ReadyState::Closing, false) => '╎',
            (ReadyState::Closed, _) => ' ',
        }
    }

    fn change(&mut self, rung: &Rung, role: Role) -> Option<String> {
        let step = rung.states[role.index()];
        let other = self.states[role.index()] != step.after;
        self.states[role.index()] = step.after;
        other.then(|| step.after.word().to_owned())
    }

    fn rung(&mut self, at: usize, rung: &Rung, words: &RungWords, start: Time) {
        let time = format!("{:.6}", rung.time.saturating_sub(start) as f64 / 1e9);
        let delta = self.ladder.delta(at).map(|d| format!("+{}", sentences::duration(d)));
        let delta = delta.unwrap_or_default();
        let label = centred(&cut(&words.label, MIDDLE - 2));
        match rung.from.filter(|_| rung.is_arrow()) {
            Some(from) => {
                let mut sides = [None, None];
                sides[from.index()] = self.change(rung, from);
                self.line(&time, sides, &label);
                let mut sides = [None, None];
                sides[from.peer().index()] = self.change(rung, from.peer());
                self.line(&delta, sides, &arrow(from, rung.is_folded()));
            }
            None => {
                let sides = Role::BOTH.map(|role| self.change(rung, role));
                self.line(&time, sides, &label);
            }
        }
        self.remarks(words);
        self.written(words);
    }

    /// Two Closes that cross: what each end sent stands at its own side.
    fn crossing(&mut self, at: usize, words: [&RungWords; 2], start: Time) {
        let rungs = [&self.ladder.rungs()[at], &self.ladder.rungs()[at + 1]];
        let time = format!("{:.6}", rungs[0].time.saturating_sub(start) as f64 / 1e9);
        let mut sides = [None, None];
        for rung in rungs {
            if let Some(from) = rung.from {
                sides[from.index()] = self.change(rung, from);
            }
        }
        let from_client = rungs.iter().position(|r| r.from == Some(Role::Client)).unwrap_or(0);
        let half = MIDDLE / 2 - 2;
        let left = cut(&words[from_client].label, half);
        let right = cut(&words[1 - from_client].label, half);
        let free = (MIDDLE - 2).saturating_sub(left.width() + right.width());
        self.line(&time, sides, &format!(" {left}{}{right}", " ".repeat(free)));
        let (reach, free) = ("─".repeat(MIDDLE / 2 - 3), " ".repeat(MIDDLE / 2));
        self.line("", [None, None], &format!(" {reach}╲ ╱{reach}"));
        self.line("", [None, None], &format!("{}╳", &free[1..]));
        let delta = self.ladder.delta(at + 1).map(|d| format!("+{}", sentences::duration(d)));
        let after = Role::BOTH.map(|role| {
            let last = rungs.iter().find(|r| r.from == Some(role.peer()));
            last.and_then(|rung| self.change(rung, role))
        });
        self.line(&delta.unwrap_or_default(), after, &format!("◀{reach}╱ ╲{reach}▶"));
        self.remarks(words[0]);
        self.written(words[0]);
        for violation in &words[1].violations {
            self.remark(&format!("! {violation}"));
        }
        self.written(words[1]);
    }

    fn remarks(&mut self, words: &RungWords) {
        for mark in &words.marks {
            self.remark(&format!("? {mark}"));
        }
        for violation in &words.violations {
            self.remark(&format!("! {violation}"));
        }
    }

    fn written(&mut self, words: &RungWords) {
        for written in words.written(self.lang) {
            self.remark(&written);
        }
    }

    fn remark(&mut self, remark: &str) {
        for line in wrapped(remark, MIDDLE - 4) {
            self.line("", [None, None], &format!("  {line}"));
        }
    }

    fn end(&mut self, log: &Log, lang: Lang) {
        let now = self.shown.now.max(self.ladder.rungs().last().map_or(0, |r| r.until));
        let clocks = Role::BOTH.map(|role| rung::clock(self.ladder, role, now));
        self.states = Role::BOTH.map(|role| self.ladder.bottom(role));
        if clocks.iter().any(Option::is_some) {
            let [left, right] = clocks.map(|clock| clock.unwrap_or_default());
            let room = self.margin() + STATE;
            let mut line = " ".repeat(room.saturating_sub(left.width())) + &left;
            line += &" ".repeat(room.saturating_sub(line.width()));
            line += &format!(" {}{}", self.band(Role::Client), " ".repeat(MIDDLE));
            line += &format!("{} {right}", self.band(Role::Server));
            self.push(&line);
        }
        let Some(connection) = log.connection(self.ladder.number()) else { return };
        let words = lang.words();
        let sentence = sentences::explanation(lang, &Verdict::of(connection).explanation);
        let caption = if connection.over { words.verdict } else { words.so_far };
        let caption = sentences::capitalised(&caption.to_lowercase());
        self.text.push('\n');
        let colon = if lang == Lang::Zh { "：" } else { ": " };
        for line in wrapped(&format!("{caption}{colon}{sentence}"), 78) {
            self.push(&line);
        }
    }
}

/// A capture has no connection of this number.
#[must_use]
pub fn no_such_connection(lang: Lang, number: u32, count: u32) -> String {
    match lang {
        Lang::En => format!("no connection {number}, it has {count}"),
        Lang::Zh => format!("没有连接 {number}，共有 {count} 个"),
    }
}

/// A picture was asked for, and it is not clear of which connection.
#[must_use]
pub fn one_connection_only(lang: Lang, count: u32) -> String {
    match lang {
        Lang::En => format!("an SVG shows one connection, here are {count}: give --connection N"),
        Lang::Zh => format!("一个 SVG 只显示一个连接，这里有 {count} 个：请给出 --connection N"),
    }
}

fn arrow(from: Role, folded: bool) -> String {
    let line = if folded { "═" } else { "─" };
    let line = line.repeat(MIDDLE - 2);
    match from {
        Role::Client => format!(" {line}▶"),
        Role::Server => format!("◀{line} "),
    }
}

fn centred(text: &str) -> String {
    let free = MIDDLE.saturating_sub(text.width());
    format!("{}{text}", " ".repeat(free / 2))
}

/// `text` in at most `width` columns, with an ellipsis where it is cut.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let (mut cut, mut used) = (String::new(), 0);
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width - 1 {
            break;
        }
        cut.push(c);
    }
    cut + "…"
}

/// `text` in lines of at most `width` columns: broken at blanks and between
/// characters that are two columns wide.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut open = false;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0) > 1;
        match pieces.last_mut().filter(|_| open && !wide) {
            Some(piece) => piece.push(c),
            None => pieces.push(c.to_string()),
        }
        open = !wide && c != ' ';
    }
    let mut lines = vec![String::new()];
    for piece in pieces {
        // What ends a sentence does not begin a line.
        let hangs = piece.chars().all(|c| "，。；：、）".contains(c));
        match lines.last_mut() {
            Some(line) if hangs || line.width() + piece.trim_end().width() <= width => {
                line.push_str(&piece);
            }
            // What opens a bracket does not end one.
            last => {
                let opens = |c: char| "（“《".contains(c);
                let moved = last.and_then(|line| line.ends_with(opens).then(|| line.pop()));
                lines.push(moved.flatten().into_iter().chain(piece.chars()).collect());
            }
        }
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_character_takes_two_columns() {
        assert_eq!(cut("孩子,地球太危险了", 8), "孩子,地…");
        assert_eq!(wrapped("the quick brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(wrapped("应答还是交叉：本端", 8), ["应答还是", "交叉：本", "端"]);
        assert_eq!(wrapped("应答或（交叉）", 8), ["应答或", "（交叉）"]);
    }
}
