//! The ladder of a connection as SVG, for slides: stands alone, its text is
//! text, its colours are those of the light window.

use super::rung::{self, Class, RungWords};
use super::{Lang, sentences};
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{ReadyState, Role, Time};
use crate::session::inflate::Previews;
use crate::session::ladder::{Ladder, Mark, Rung, What};
use crate::session::log::Log;
use crate::session::source::Source;
use crate::session::verdict::Verdict;
use std::fmt::Write as _;

const WIDTH: f32 = 960.0;
/// The middle of each lifeline.
const LIFELINES: [f32; 2] = [220.0, 800.0];
/// Half of a lifeline's width.
const HALF: f32 = 5.0;
const TOP: f32 = 84.0;
const RUNG: f32 = 44.0;
/// How far down an arrow goes from its tail to its head.
const SLOPE: f32 = 8.0;
/// From the top of a rung to the tail of its arrow.
const TAIL: f32 = 24.0;

const TEXT: &str = "#1a2230";
const DIM: &str = "#5c6878";
const CLOSE: &str = "#c23a10";
const CLIENT: &str = "#0b66c3";
const SERVER: &str = "#a85f00";

fn state_color(state: ReadyState) -> &'static str {
    match state {
        ReadyState::Connecting => "#7c8796",
        ReadyState::Open => "#0e7f4b",
        ReadyState::Closing => "#a85f00",
        ReadyState::Closed => "#d5dbe3",
    }
}

fn color(class: Class, from: Option<Role>) -> &'static str {
    match (class, from) {
        (Class::Ending | Class::Fault, _) => CLOSE,
        (Class::Heartbeat, _) => "#7a3fc0",
        (Class::Data, Some(Role::Client)) => CLIENT,
        (Class::Data, Some(Role::Server)) => SERVER,
        _ => DIM,
    }
}

/// `text` as the content of an element: what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let allowed = |c: &char| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars().filter(allowed) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

struct Page<'a> {
    ladder: &'a Ladder,
    svg: String,
    /// Where the band of each lifeline began, in which state, and whether its end
    /// has sent FIN.
    bands: [(f32, ReadyState, bool); 2],
    /// The state whose name stands last beside each lifeline.
    named: [Option<ReadyState>; 2],
}

/// The ladder as SVG; `now` is for the clocks of what is still CLOSING.
#[must_use]
pub fn ladder_svg(log: &Log, source: &Source, ladder: &Ladder, lang: Lang, now: Time) -> String {
    let count = ladder.rungs().len();
    let bottom = TOP + 16.0 + RUNG * count as f32 + 28.0;
    let height = bottom + 76.0;
    let first = ladder.rungs().first();
    let states = first.map_or([ReadyState::Connecting; 2], |r| r.states.map(|s| s.before));
    let bands = states.map(|s| (TOP, s, false));
    let mut page = Page { ladder, svg: String::new(), bands, named: [None; 2] };
    page.begin(height);
    page.head(log, lang);
    let start = log.start().unwrap_or_default();
    let mut previews = Previews::default();
    for (at, rung) in ladder.rungs().iter().enumerate() {
        let words = RungWords::of((log, source), &mut previews, ladder, at, lang);
        page.rung(at, rung, &words, start);
        page.written(at, &words, lang);
    }
    for role in Role::BOTH {
        page.close_band(role, bottom);
        if let Some(clock) = rung::clock(ladder, role, now.max(start)) {
            page.beside(role, bottom - 8.0, &clock, state_color(ReadyState::Closing));
        }
    }
    page.foot(log, lang, bottom);
    page.svg + "</svg>\n"
}

impl Page<'_> {
    fn begin(&mut self, height: f32) {
        let _ = writeln!(
            self.svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" font-family=\"'Noto Sans', 'Noto Sans CJK SC', \
             'Helvetica Neue', Arial, sans-serif\" font-size=\"13\">\n\
             <defs>\n\
             <pattern id=\"inferred\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><rect width=\"3\" height=\"6\" fill=\"#ffffff\" \
             fill-opacity=\"0.65\"/></pattern>\n\
             </defs>\n\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>"
        );
    }

    fn text(&mut self, x: f32, y: f32, anchor: &str, fill: &str, style: &str, text: &str) {
        let text = escaped(text);
        let _ = writeln!(
            self.svg,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"{fill}\"{style}>{text}</text>"
        );
    }

    /// Words at the outer side of a lifeline.
    fn beside(&mut self, role: Role, y: f32, text: &str, fill: &str) {
        let x = LIFELINES[role.index()];
        let (x, anchor) = match role {
            Role::Client => (x - 14.0, "end"),
            Role::Server => (x + 14.0, "start"),
        };
        self.text(x, y, anchor, fill, " font-weight=\"bold\" font-size=\"12\"", text);
    }

    fn head(&mut self, log: &Log, lang: Lang) {
        let number = self.ladder.number();
        let title = format!("{} {number}", lang.words().connection_n);
        self.text(16.0, 28.0, "start", DIM, "", &title);
        let connection = log.connection(number);
        let addresses = connection.map(|c| [c.client.to_string(), c.server.to_string()]);
        for role in Role::BOTH {
            let x = LIFELINES[role.index()];
            let name = rung::lifeline(self.ladder, role, lang);
            let fill = if role == Role::Client { CLIENT } else { SERVER };
            self.text(x, 48.0, "middle", fill, " font-weight=\"bold\" font-size=\"15\"", &name);
            if let Some(addresses) = &addresses {
                let address = &addresses[role.index()];
                self.text(x, 68.0, "middle", DIM, " font-size=\"12\"", address);
            }
        }
    }

    /// Ends the band of a lifeline at `y`, with its name where it has room.
    fn close_band(&mut self, role: Role, y: f32) {
        let (from, state, half) = self.bands[role.index()];
        // As in the window: a thin line once closed, half as wide behind a FIN.
        let x = LIFELINES[role.index()];
        let (x, width) = match (state, half, role) {
            (ReadyState::Closed, ..) => (x - 1.0, 2.0),
            (_, true, Role::Client) => (x, HALF),
            (_, true, Role::Server) => (x - HALF, HALF),
            _ => (x - HALF, HALF * 2.0),
        };
        let height = y - from;
        let fill = state_color(state);
        let class = state.word();
        let _ = writeln!(
            self.svg,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{from}\" width=\"{width}\" height=\"{height}\" \
             rx=\"2\" fill=\"{fill}\"/>"
        );
        if !self.ladder.is_known(role) && state != ReadyState::Closed {
            let _ = writeln!(
                self.svg,
                "<rect x=\"{x}\" y=\"{from}\" width=\"{width}\" height=\"{height}\" rx=\"2\" \
                 fill=\"url(#inferred)\" stroke=\"{fill}\" stroke-dasharray=\"4 3\"/>"
            );
        }
        let text = if state == ReadyState::Closed { DIM } else { fill };
        if self.named[role.index()] != Some(state) {
            self.named[role.index()] = Some(state);
            self.beside(role, from + 12.0, state.word(), text);
        }
    }

    fn change(&mut self, rung: &Rung, role: Role, y: f32) {
        let step = rung.states[role.index()];
        let half = self.ladder.half_closed(rung) == Some(role);
        let (_, before, was_half) = self.bands[role.index()];
        // Seen by both ends, each has an order of its own.
        let own = step.changes() || !self.ladder.saw_both();
        let after = if own { step.after } else { before };
        if (after, half) != (before, was_half) {
            self.close_band(role, y);
            self.bands[role.index()] = (y, after, half);
        }
    }

    fn rung(&mut self, at: usize, rung: &Rung, words: &RungWords, start: Time) {
        let top = TOP + 16.0 + RUNG * at as f32;
        let (tail, head) = (top + TAIL, top + TAIL + SLOPE);
        let time = format!("{:.3}", rung.time.saturating_sub(start) as f64 / 1e9);
        self.text(16.0, tail + 4.0, "start", DIM, " font-size=\"12\"", &time);
        if let Some(delta) = self.ladder.delta(at) {
            let delta = format!("+{}", sentences::duration(delta));
            self.text(16.0, tail + 18.0, "start", DIM, " font-size=\"11\"", &delta);
        }
        let fill = color(words.class, rung.from);
        let middle = (LIFELINES[0] + LIFELINES[1]) / 2.0;
        let crossing = self.ladder.crossing(at);
        let bold = " font-weight=\"bold\"";
        match rung.from.filter(|_| rung.is_arrow()) {
            Some(from) => {
                // Crossing arrows share both rungs, their labels the upper one.
                let upper = crossing.map_or(at, |other| at.min(other));
                let tail = TOP + 16.0 + RUNG * upper as f32 + TAIL;
                let head = crossing.map_or(head, |_| tail + RUNG);
                self.change(rung, from, tail);
                self.change(rung, from.peer(), head);
                self.arrow(rung, from, (tail, head), fill);
                if self.ladder.marks(at).contains(&Mark::Unanswered) {
                    self.no_answer(from, head);
                }
                if crossing.is_some() {
                    let (x, anchor) = match from {
                        Role::Client => (LIFELINES[0] + 14.0, "start"),
                        Role::Server => (LIFELINES[1] - 14.0, "end"),
                    };
                    self.text(x, tail - 7.0, anchor, fill, bold, &clip(&words.label, 32));
                } else {
                    self.text(middle, tail - 7.0, "middle", fill, bold, &clip(&words.label, 64));
                }
            }
            None => {
                self.change(rung, Role::Client, tail);
                self.change(rung, Role::Server, tail);
                self.text(middle, tail - 3.0, "middle", fill, "", &clip(&words.label, 76));
            }
        }
        let remarks = words.violations.iter().map(|v| format!("! {v}"));
        let remarks: Vec<String> = remarks.chain(words.marks.iter().cloned()).collect();
        // Of crossing arrows the lower one says so, below both.
        let upper = crossing.is_some_and(|other| other > at);
        if !remarks.is_empty() && !upper {
            let remarks = clip(&remarks.join(" · "), 84);
            let style = " font-size=\"11\" font-style=\"italic\"";
            self.text(middle, head + 10.0, "middle", CLOSE, style, &remarks);
        }
    }

    /// A ribbon for a bookmark, and below the time what is written.
    fn written(&mut self, at: usize, words: &RungWords, lang: Lang) {
        let top = TOP + 16.0 + RUNG * at as f32;
        if words.bookmarked {
            let (y, notch, foot) = (top + 14.0, top + 24.0, top + 28.0);
            let _ = writeln!(
                self.svg,
                "<path class=\"bookmark\" d=\"M4 {y}h7V{foot}L7.5 {notch}L4 {foot}z\" \
                 fill=\"{CLIENT}\"/>"
            );
        }
        let written = words.written(lang);
        if !words.notes.is_empty() {
            // Beside the lifelines is no room; remarks stand below the arrow.
            let text = clip(&written.join(" · "), 84);
            let middle = (LIFELINES[0] + LIFELINES[1]) / 2.0;
            let style = " font-size=\"11\"";
            self.text(middle, top + 10.0, "middle", CLIENT, style, &text);
        }
    }

    fn arrow(&mut self, rung: &Rung, from: Role, (tail, head): (f32, f32), fill: &str) {
        let (start, end, sign) = match from {
            Role::Client => (LIFELINES[0] + HALF + 1.0, LIFELINES[1] - HALF - 1.0, -1.0),
            Role::Server => (LIFELINES[1] - HALF - 1.0, LIFELINES[0] + HALF + 1.0, 1.0),
        };
        let width = if rung.is_folded() { 4.0 } else { 1.8 };
        let word = from.word();
        let (back, up, down) = (end + sign * 11.0, head - 5.0, head + 5.0);
        let tip = if rung.what == What::Tcp(TcpEvent::Rst) {
            format!(
                "<path d=\"M{end} {up}L{back} {down}M{end} {down}L{back} {up}\" \
                 stroke=\"{fill}\" stroke-width=\"2.5\"/>"
            )
        } else {
            format!("<polygon points=\"{end},{head} {back},{up} {back},{down}\" fill=\"{fill}\"/>")
        };
        let _ = writeln!(
            self.svg,
            "<g class=\"arrow {word}\" data-row=\"{row}\"><line x1=\"{start}\" y1=\"{tail}\" \
             x2=\"{back}\" y2=\"{head}\" stroke=\"{fill}\" stroke-width=\"{width}\"/>{tip}</g>",
            row = rung.row
        );
    }

    /// Where the answer would begin: a dashed stub and a question mark.
    fn no_answer(&mut self, from: Role, head: f32) {
        let x = LIFELINES[from.peer().index()];
        let sign = if from == Role::Client { -1.0 } else { 1.0 };
        let (start, end, y, below) = (x + sign * 7.0, x + sign * 52.0, head + 6.0, head + 9.0);
        let _ = writeln!(
            self.svg,
            "<line x1=\"{start}\" y1=\"{y}\" x2=\"{end}\" y2=\"{below}\" stroke=\"{SERVER}\" \
             stroke-width=\"1.5\" stroke-dasharray=\"4 4\"/>"
        );
        let style = " font-weight=\"bold\" font-size=\"12\"";
        self.text(x + sign * 60.0, head + 13.0, "middle", SERVER, style, "?");
    }

    fn foot(&mut self, log: &Log, lang: Lang, bottom: f32) {
        let words = lang.words();
        let style = " font-size=\"12\"";
        let mut legend = Vec::new();
        if Role::BOTH.into_iter().any(|role| self.ladder.is_known(role)) {
            legend.push(words.states_known);
        }
        if !Role::BOTH.into_iter().all(|role| self.ladder.is_known(role)) {
            legend.push(words.states_inferred);
        }
        if self.ladder.rungs().iter().any(|rung| self.ladder.half_closed(rung).is_some()) {
            legend.push(words.half_band);
        }
        self.text(16.0, bottom + 28.0, "start", DIM, style, &legend.join(" · "));
        let Some(connection) = log.connection(self.ladder.number()) else { return };
        let sentence = sentences::explanation(lang, &Verdict::of(connection).explanation);
        let (first, second) = halves(&sentence, 125);
        self.text(16.0, bottom + 48.0, "start", TEXT, style, first);
        if !second.is_empty() {
            self.text(16.0, bottom + 66.0, "start", TEXT, style, second);
        }
    }
}

fn clip(text: &str, chars: usize) -> String {
    // A Chinese character takes the room of two.
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += if c > '\u{2E7F}' { 2 } else { 1 };
        if used > chars {
            return format!("{}…", &text[..at]);
        }
    }
    text.to_owned()
}

/// A sentence in two lines where one is too short.
fn halves(text: &str, chars: usize) -> (&str, &str) {
    if clip(text, chars) == text {
        return (text, "");
    }
    let fits = clip(text, chars).len() - "…".len();
    let at = text[..fits].rfind([' ', '，', '；']).unwrap_or(fits);
    let at = at + text[at..].chars().next().map_or(0, char::len_utf8);
    (text[..at].trim_end(), &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        assert_eq!(escaped("a<b>&\"\u{1}c"), "a&lt;b&gt;&amp;&quot;c");
        assert_eq!(clip("孩子,地球", 6), "孩子,…");
    }
}
