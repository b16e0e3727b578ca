//! The list of connections: peer, readyState, counts, and how each one ended.

use super::command::Command;
use super::observed::who;
use super::theme::{self, Palette};
use super::widgets;
use crate::engine::status::{Holding, Status};
use crate::protocol::deflate::Outcome;
use crate::protocol::{ReadyState, SECOND};
use crate::session::log::{Connection, Log};
use crate::session::page;
use crate::session::verdict::{Explanation, Verdict};
use crate::text::{Lang, deflate, sentences, tls};
use egui::{Color32, Rect, RichText, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2};

/// Seconds after which a Ping counts as unanswered.
const PATIENCE: u64 = 10;

/// A connection as its card shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its number.
    pub number: u32,
    /// `readyState` of our end.
    pub state: ReadyState,
    /// Behind the state: a running clock, or where TLS or roles matter.
    pub clock: String,
    /// The far end: its address, or who is at a page of ours there.
    pub peer: String,
    /// The name is a person's, not an address.
    pub named: bool,
    /// Counts, or code and clean.
    pub line: String,
    /// The line is about an ending that was not clean.
    pub bad: bool,
    /// What this end sends waits until it is let through.
    pub on_hold: bool,
    /// What decided the ending.
    pub remark: String,
    /// TLS.
    pub tls: Option<TlsMark>,
    /// What was agreed of permessage-deflate, in words.
    pub deflate: Option<String>,
}

/// The mark of a connection over TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsMark {
    /// `TLS 1.3`, or that it failed.
    pub version: String,
    /// The handshake was complete, and the server is who it says.
    pub locked: bool,
    /// The server was not verified, on purpose.
    pub unverified: bool,
}

impl Card {
    /// Of this connection at this time; what it sends is on hold or waits for a hand
    /// (`holding`), or the TLS handshake goes on (`securing`).
    #[must_use]
    pub fn of(
        connection: &Connection,
        holding: Option<&Holding>,
        securing: bool,
        now: u64,
        lang: Lang,
    ) -> Card {
        let words = lang.words();
        let state = connection.ready_state();
        let frames: u64 = connection.frames.iter().sum();
        let mut parts = vec![sentences::frames(lang, frames)];
        let (mut bad, mut remark) = (false, String::new());
        if state == ReadyState::Closed {
            let verdict = Verdict::of(connection);
            let ours = &verdict.held[connection.viewpoint().index()];
            bad = !ours.was_clean;
            let clean = if ours.was_clean { words.clean } else { words.not_clean };
            parts = vec![format!("{} · {clean}", ours.code.0)];
            if !ours.reason.is_empty() {
                parts.push(ours.reason.clone());
            }
            if !matches!(verdict.explanation, Explanation::Clean { .. }) {
                remark = sentences::explanation(lang, &verdict.explanation);
            } else {
                parts.push(sentences::frames(lang, frames));
            }
        } else if connection.over {
            remark = sentences::explanation(lang, &Explanation::Unended);
        } else if securing {
            parts = vec![words.tls_handshake.to_owned()];
        } else if let Some(holding) = holding {
            parts.push(super::hold::line(holding, lang));
        } else if let Some(seconds) = ping_unanswered(connection, state, now) {
            parts.push(format!("{} {seconds} s", words.ping_unanswered));
        } else if let Some((_, seen, whole)) = connection.arriving() {
            let of = whole.map(|w| format!(" / {}", sentences::octets(lang, w)));
            let seen = sentences::octets(lang, seen);
            parts.push(format!("{} {seen}{}", words.arriving, of.unwrap_or_default()));
        } else if connection.page.is_some() {
            parts.push(connection.peer().to_string());
        } else if let Some(agent) = far_agent(connection) {
            parts.push(agent);
        }
        if connection.violations > 0 {
            parts.push(format!("! {}", connection.violations));
        }
        Card {
            number: connection.number,
            state,
            clock: clock(connection, state, now),
            peer: connection
                .page
                .as_ref()
                .map_or_else(|| connection.peer().to_string(), |p| who(p, lang)),
            named: connection.page.is_some(),
            line: parts.join(" · "),
            bad,
            on_hold: state != ReadyState::Closed && holding.is_some_and(|h| h.on_hold),
            remark,
            deflate: connection
                .deflate
                .map(|agreed| deflate::outcome(lang, &Outcome::Agreed(agreed)).unwrap_or_default()),
            tls: connection.tls.as_ref().map(|tls| TlsMark {
                version: tls::version(lang, tls).to_owned(),
                locked: tls.is_established() && !tls.is_unverified(),
                unverified: tls.is_unverified(),
            }),
        }
    }
}

/// How long CLOSING lasts.
#[must_use]
pub fn clock(connection: &Connection, state: ReadyState, now: u64) -> String {
    if state != ReadyState::Closing || connection.role.is_none() {
        return String::new();
    }
    let since = connection.closing.closing(connection.viewpoint()).map(|(since, _)| since.time);
    since.map_or_else(String::new, |s| format!("{} s", now.saturating_sub(s) / SECOND))
}

/// Seconds that a Ping waits for its Pong, where that is worth a word.
fn ping_unanswered(connection: &Connection, state: ReadyState, now: u64) -> Option<u64> {
    // After a Close nobody has to answer.
    let (_, since) = connection.ping_waits_since().filter(|_| state == ReadyState::Open)?;
    let seconds = now.saturating_sub(since) / SECOND;
    (seconds >= PATIENCE).then_some(seconds)
}

/// The browser's name where the far end said one.
fn far_agent(connection: &Connection) -> Option<String> {
    let far = connection.viewpoint().peer();
    let agent = connection.agents[far.index()].as_deref()?;
    // Only browsers call themselves so; of all else the whole line tells more.
    Some(if agent.starts_with("Mozilla/") { page::browser(agent) } else { agent.to_owned() })
}

/// The colour of a state.
#[must_use]
pub fn state_color(palette: &Palette, state: ReadyState) -> Color32 {
    match state {
        ReadyState::Open => palette.open,
        ReadyState::Connecting | ReadyState::Closing => palette.closing,
        ReadyState::Closed => palette.closed,
    }
}

/// The state as a shape: dotted, full, half, empty.
pub fn state_shape(ui: &Ui, center: egui::Pos2, state: ReadyState) {
    let color = state_color(theme::palette(ui), state);
    let stroke = egui::Stroke::new(1.5, color);
    let painter = ui.painter();
    match state {
        ReadyState::Connecting => {
            for i in 0..6 {
                let angle = std::f32::consts::TAU * i as f32 / 6.0;
                painter.circle_filled(center + 4.5 * vec2(angle.cos(), angle.sin()), 1.2, color);
            }
        }
        ReadyState::Open => {
            painter.circle_filled(center, 5.0, color);
        }
        ReadyState::Closing => {
            painter.circle_stroke(center, 4.5, stroke);
            let left = Rect::from_min_max(center - vec2(5.0, 5.0), center + vec2(0.0, 5.0));
            painter.with_clip_rect(left).circle_filled(center, 4.5, color);
        }
        ReadyState::Closed => {
            painter.circle_stroke(center, 4.5, stroke);
        }
    }
}

const CARD: f32 = 76.0;

/// The room of a lock.
const LOCK: f32 = 16.0;

/// A lock, closed or open.
fn lock(painter: &egui::Painter, center: egui::Pos2, color: Color32, closed: bool) {
    let body = Rect::from_center_size(center + vec2(0.0, 2.0), vec2(9.0, 6.5));
    painter.rect_filled(body, 1.5, color);
    let shackle = center + vec2(if closed { 0.0 } else { 3.5 }, -1.5);
    let above = Rect::from_min_max(shackle - vec2(6.0, 6.0), pos2(shackle.x + 6.0, body.top()));
    let stroke = egui::Stroke::new(1.4, color);
    painter
        .with_clip_rect(above.intersect(painter.clip_rect()))
        .circle_stroke(shackle, 3.0, stroke);
}

/// What the list is painted from.
pub struct ConnectionList<'a> {
    /// The connections.
    pub log: &'a Log,
    /// What the engine does with them.
    pub status: &'a Status,
    /// The one that is looked at.
    pub scope: Option<u32>,
    /// For the clocks of CLOSING.
    pub now: u64,
    /// The language.
    pub lang: Lang,
}

/// From so many connections on they can be looked for by name.
const MANY: usize = 8;

/// Whether the connection is one that is looked for: by its number, state, address, or
/// by the name or browser of its other end. `wanted` is lower-case.
fn is_wanted(connection: &Connection, wanted: &str, lang: Lang) -> bool {
    let page = connection.page.as_ref().map(|page| who(page, lang));
    let peer = connection.peer();
    let agent = far_agent(connection).unwrap_or_default();
    let state = connection.ready_state().word();
    let all = format!("{} {state} {peer} {} {agent}", connection.number, page.unwrap_or_default());
    wanted.split_whitespace().all(|word| all.to_lowercase().contains(word))
}

/// The field to look for a connection, and which of them are shown, oldest first.
fn wanted_ui(ui: &mut Ui, list: &ConnectionList<'_>, wanted: &mut String) -> Vec<usize> {
    let connections = list.log.connections();
    if connections.len() < MANY {
        return (0..connections.len()).collect();
    }
    let words = list.lang.words();
    let edit = TextEdit::singleline(wanted).id_salt("wanted").hint_text(words.find_connection);
    let response = ui.add(edit.desired_width(f32::INFINITY));
    response
        .widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, words.find_connection));
    let lower = wanted.to_lowercase();
    let is = |i: &usize| lower.is_empty() || is_wanted(&connections[*i], &lower, list.lang);
    let shown: Vec<usize> = (0..connections.len()).filter(is).collect();
    if !lower.is_empty() {
        widgets::dim(ui, format!("{} / {}", shown.len(), connections.len()));
    }
    shown
}

/// The list; `wanted` is what is looked for.
pub fn connection_list_ui(
    ui: &mut Ui,
    list: &ConnectionList<'_>,
    wanted: &mut String,
    commands: &mut Vec<Command>,
) {
    let ConnectionList { log, status, scope, now, lang } = *list;
    let words = lang.words();
    ui.horizontal(|ui| {
        widgets::caption(ui, words.connections);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if status.open > 0 {
                let button = egui::Button::new(RichText::new(words.end_all).font(theme::small()));
                let button = ui.add(button.min_size(vec2(0.0, 22.0)));
                if button.on_hover_text(words.end_all_hint).clicked() {
                    commands.push(Command::EndAll);
                }
            }
        });
    });
    let count = log.connections().len();
    if count == 0 {
        widgets::dim(ui, words.no_connections);
        return;
    }
    if count > 1 && ui.selectable_label(scope.is_none(), words.all_connections).clicked() {
        commands.push(Command::Scope(None));
    }
    let shown = wanted_ui(ui, list, wanted);
    ui.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::vertical().auto_shrink([false, true]).show_rows(
        ui,
        CARD,
        shown.len(),
        |ui, rows| {
            for position in rows {
                // The newest on top.
                let connection = &log.connections()[shown[shown.len() - 1 - position]];
                let holding = status.held.get(&connection.number);
                let securing = status.securing.contains(&connection.number);
                let card = Card::of(connection, holding, securing, now, lang);
                card_ui(ui, &card, scope == Some(connection.number), lang, commands);
            }
        },
    );
}

fn card_ui(ui: &mut Ui, card: &Card, chosen: bool, lang: Lang, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), CARD), Sense::click());
    let state = format!("{} {}", card.state.word(), card.clock);
    let mut label = format!("{} {} {} {}", card.number, state.trim_end(), card.peer, card.line);
    if let Some(tls) = &card.tls {
        let warning = if tls.unverified { lang.words().tls_unverified } else { "" };
        label = format!("{label} {} {warning}", tls.version).trim_end().to_owned();
    }
    response.widget_info(|| WidgetInfo::selected(egui::Role::ListItem, true, chosen, &label));
    if chosen {
        ui.painter().rect_filled(rect, 0.0, palette.selected);
        ui.painter().rect_filled(rect.with_max_x(rect.left() + 3.0), 0.0, palette.accent);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, palette.hovered);
    }
    let hovered = ui.rect_contains_pointer(rect);
    let inner = rect.shrink2(vec2(10.0, 8.0));
    let painter = ui.painter().with_clip_rect(inner);
    let put = |x: f32, y: f32, text: &str, font: egui::FontId, color: Color32| -> f32 {
        let galley = widgets::one_line(ui, text, font, color, inner.width() - x);
        let width = galley.size().x;
        painter.galley(pos2(inner.left() + x, inner.top() + y), galley, color);
        x + width
    };
    let color = state_color(palette, card.state);
    let x = put(0.0, 0.0, &card.number.to_string(), theme::bold(), palette.text);
    state_shape(ui, pos2(inner.left() + x + 12.0, inner.top() + 9.0), card.state);
    let x = put(x + 22.0, 0.0, card.state.word(), theme::bold(), color);
    let x = put(x + 8.0, 2.0, &card.clock, theme::mono(), palette.dim);
    if card.on_hold {
        let at = pos2(inner.left() + x + 12.0, inner.top() + 9.0);
        super::hold::mark(ui, at, palette.closing);
    }
    let mut room = inner.width();
    let mut x = 0.0;
    if let Some(tls) = &card.tls {
        let color = if tls.unverified { palette.closing } else { palette.dim };
        let galley = widgets::one_line(ui, &tls.version, theme::small(), color, room);
        room -= galley.size().x + LOCK;
        let at = pos2(inner.left() + room, inner.top() + 19.0);
        lock(&painter, at + vec2(LOCK / 2.0, 9.0), color, tls.locked);
        painter.galley(at + vec2(LOCK, 0.0), galley, color);
        if tls.unverified {
            let words = format!("{} · ", lang.words().tls_unverified);
            x = put(0.0, 40.0, &words, theme::bold_small(), palette.closing);
        }
    }
    let (font, color) = match card.named {
        true => (theme::body(), palette.text),
        false => (theme::mono(), palette.dim),
    };
    let galley = widgets::one_line(ui, &card.peer, font, color, room);
    painter.galley(pos2(inner.left(), inner.top() + 21.0), galley, color);
    let line_color = if card.bad { palette.close } else { palette.text };
    put(x, 40.0, &card.line, theme::small(), line_color);
    let told = [Some(&card.remark).filter(|remark| !remark.is_empty()), card.deflate.as_ref()];
    let told: Vec<&str> = told.into_iter().flatten().map(String::as_str).collect();
    let response =
        if told.is_empty() { response } else { response.on_hover_text(told.join("\n\n")) };
    if response.clicked() {
        commands.push(Command::Scope(if chosen { None } else { Some(card.number) }));
    }
    if card.state < ReadyState::Closed && (chosen || hovered) {
        let words = lang.words();
        let text = RichText::new(words.end_one).font(theme::small());
        let corner =
            Rect::from_min_size(pos2(rect.right() - 54.0, rect.top() + 8.0), vec2(46.0, 22.0));
        // A child of its own: the list's cursor stays where it is.
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(corner));
        child.spacing_mut().button_padding = vec2(6.0, 2.0);
        let button = egui::Button::new(text).min_size(corner.size());
        let end = child.add(button.wrap_mode(egui::TextWrapMode::Extend));
        let label = format!("{} {}", words.end_one, card.number);
        end.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
        if end.on_hover_text(words.end_one_hint).clicked() {
            commands.push(Command::End(card.number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Role;
    use crate::protocol::closing_handshake::TcpEvent;
    use crate::protocol::opening_handshake::{
        Head, RequestParts, ResponseParts, write_accept, write_request,
    };
    use crate::session::page::Page;
    use crate::session::recorder::SharedLog;
    use crate::session::{Observed, Record, Recorder};

    #[test]
    fn a_ping_that_waits_ten_seconds_is_told() {
        let parts = RequestParts { target: "/".into(), host: "h".into(), ..Default::default() };
        let request = write_request(&parts, [7; 16]);
        let head = Head::parse(Role::Client, &request).unwrap();
        let response = write_accept(&ResponseParts::default(), &head);
        let log = SharedLog::default();
        let mut recorder = Recorder::new(tempfile::tempfile().unwrap(), None, log.clone()).unwrap();
        let address = ([127, 0, 0, 1], 1).into();
        let opened = Observed::Opened {
            role: Some(Role::Server),
            client: address,
            server: address,
            tunnel: None,
        };
        let mut at = |seconds: u64, what| {
            recorder.take(Record { connection: 1, time: seconds * SECOND, what });
            recorder.commit().unwrap();
        };
        let octets =
            |from, octets: &[u8]| Observed::Octets { from, octets: octets.to_vec().into() };
        let line = |seconds: u64, lang| {
            let log = log.read();
            Card::of(&log.connections()[0], None, false, seconds * SECOND, lang).line
        };
        at(0, opened);
        at(0, octets(Role::Client, &request));
        at(0, octets(Role::Server, &response));
        at(1, octets(Role::Server, b"\x89\x01a"));
        assert_eq!(line(10, Lang::En), "1 frame");
        assert_eq!(line(13, Lang::En), "1 frame · Ping unanswered 12 s");
        assert_eq!(line(13, Lang::Zh), "1 帧 · Ping 未应答 12 s");
        // A name stands in the place of the address, which goes to the counts.
        at(13, Observed::Page(Page::new("Mozilla/5.0 Firefox/140.0", "Li Lei")));
        let card = |lang| Card::of(&log.read().connections()[0], None, false, 9 * SECOND, lang);
        assert_eq!(card(Lang::En).peer, "Li Lei · Firefox 140");
        assert_eq!(card(Lang::En).line, "1 frame · 127.0.0.1:1");
        // An answer to the newest is enough.
        at(14, octets(Role::Server, b"\x89\x01b"));
        assert_eq!(line(15, Lang::En), "2 frames · Ping unanswered 14 s");
        at(15, octets(Role::Client, b"\x8a\x81\x01\0\0\0c"));
        assert_eq!(line(30, Lang::En), "3 frames · 127.0.0.1:1");
        // Behind a Close none is due, and the clock of CLOSING runs until TCP has ended.
        let clock = |seconds: u64| {
            let log = log.read();
            let (now, connection) = (seconds * SECOND, &log.connections()[0]);
            let holding = Holding { on_hold: true, ..Holding::default() };
            let card = Card::of(connection, Some(&holding), false, now, Lang::En);
            (card.clock, card.on_hold)
        };
        assert_eq!(clock(30), (String::new(), true));
        at(30, octets(Role::Server, b"\x89\x01a\x88\0"));
        assert!(!line(50, Lang::En).contains("Ping"), "{}", line(50, Lang::En));
        assert_eq!(clock(42), ("12 s".to_owned(), true));
        at(43, Observed::Tcp { from: Role::Client, event: TcpEvent::Rst, error: None });
        assert_eq!(clock(60), (String::new(), false));
    }
}
