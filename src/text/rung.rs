//! The words of a rung of the ladder: what stands at its arrow, and the remarks
//! on it. Words of the wire are not translated.

use super::{Lang, deflate, detail, faults, page, rules, sentences, tls};
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{CloseBody, Opcode, ReadyState, Role, Time};
use crate::session::entry;
use crate::session::inflate::Previews;
use crate::session::ladder::{Ladder, Mark, Rung, What};
use crate::session::log::Log;
use crate::session::source::Source;
use crate::session::verdict::Verdict;

/// Octets of a row that its label reads.
const PREVIEW: u64 = 400;
/// Characters of a label.
const CHARS: usize = 160;

/// The colour class of a rung.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// TCP and the heads.
    Opening,
    /// Messages.
    Data,
    /// Ping and Pong.
    Heartbeat,
    /// Close, FIN, RST.
    Ending,
    /// What did not work.
    Fault,
    /// The end of what was observed.
    Quiet,
}

/// A rung in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RungWords {
    /// What stands at the arrow.
    pub label: String,
    /// Remarks.
    pub marks: Vec<String>,
    /// Broken rules: section and sentence of each; of a fold, how many.
    pub violations: Vec<String>,
    /// What is written on it; of a fold, on each of its rows.
    pub notes: Vec<String>,
    /// It is bookmarked, or a row of the fold is.
    pub bookmarked: bool,
    /// Its colour class.
    pub class: Class,
}

impl RungWords {
    /// Of this rung.
    #[must_use]
    pub fn of(
        (log, source): (&Log, &Source),
        previews: &mut Previews,
        ladder: &Ladder,
        at: usize,
        lang: Lang,
    ) -> RungWords {
        let rung = &ladder.rungs()[at];
        let words = lang.words();
        let violations = if rung.is_folded() && rung.violations > 0 {
            vec![format!("{} {}", rung.violations, words.violations)]
        } else {
            let broken = log.violations(rung.row).iter().map(|v| v.rule);
            broken.map(|r| format!("§{} {}", r.section(), rules::rule(lang, r))).collect()
        };
        let rows = log.notes().rows(rung.row..=rung.last).filter(|row| rung.stands_for(log, *row));
        let noted: Vec<u64> = rows.collect();
        let marks = ladder.marks(at).into_iter().map(|m| mark(lang, m, ladder.is_over()).into());
        RungWords {
            label: label((log, source), previews, ladder, rung, lang),
            marks: marks.collect(),
            violations,
            notes: noted.iter().filter_map(|row| log.note(*row).map(str::to_owned)).collect(),
            bookmarked: noted.iter().any(|row| log.bookmarked(*row)),
            class: class(rung.what),
        }
    }

    /// What is written on it, as remarks: each line of each note.
    #[must_use]
    pub fn written(&self, lang: Lang) -> Vec<String> {
        let words = lang.words();
        let colon = if lang == Lang::Zh { "：" } else { ": " };
        let bookmark = self.bookmarked.then(|| words.bookmark.to_owned());
        let notes = self.notes.iter().map(|note| format!("{}{colon}{}", words.note, visible(note)));
        bookmark.into_iter().chain(notes).collect()
    }
}

/// What a screen reader says of a rung, and a test finds.
#[must_use]
pub fn spoken(rung: &Rung, words: &RungWords, lang: Lang) -> String {
    let mut parts = Vec::new();
    if let Some(from) = rung.from {
        let arrow = if rung.is_arrow() {
            format!("{} → {}", from.word(), from.peer().word())
        } else {
            from.word().to_owned()
        };
        parts.push(arrow);
    }
    parts.push(words.label.clone());
    parts.extend(words.marks.iter().cloned());
    parts.extend(words.violations.iter().map(|v| format!("! {v}")));
    parts.extend(words.written(lang));
    parts.join(" · ")
}

/// The colour class of a rung.
#[must_use]
pub fn class(what: What) -> Class {
    match what {
        What::Established | What::Tls | What::Head(_) => Class::Opening,
        What::Frame(Opcode::CLOSE) | What::Tcp(_) => Class::Ending,
        What::Frame(opcode) if opcode.is_control() => Class::Heartbeat,
        What::Frame(_) | What::Folded => Class::Data,
        What::Fault => Class::Fault,
        What::Observed | What::End => Class::Quiet,
    }
}

/// A remark.
#[must_use]
pub fn mark(lang: Lang, mark: Mark, over: bool) -> &'static str {
    let words = lang.words();
    match mark {
        Mark::AnswerOrCrossing(true) => words.answer_or_crossing,
        Mark::AnswerOrCrossing(false) => words.answer_or_crossing_capture,
        Mark::Crosses(_) => words.crosses,
        Mark::Unanswered if over => words.never_answered,
        Mark::Unanswered => words.no_answer_yet,
        Mark::HalfClosed(Role::Client) => words.client_may_send,
        Mark::HalfClosed(Role::Server) => words.server_may_send,
    }
}

/// How long a lifeline has been CLOSING at the bottom of the ladder.
#[must_use]
pub fn clock(ladder: &Ladder, role: Role, now: Time) -> Option<String> {
    let stuck = ladder.stuck(role)?;
    let lasts = stuck.lasts(now);
    if stuck.until.is_some() && lasts == 0 {
        return None;
    }
    let shown = match stuck.until {
        // A running clock moves once a second.
        None => format!("{} s", lasts / 1_000_000_000),
        Some(_) => sentences::duration(lasts),
    };
    Some(format!("{} · {shown}", ReadyState::Closing.word()))
}

/// The name of an end at the top of its lifeline.
#[must_use]
pub fn lifeline(ladder: &Ladder, role: Role, lang: Lang) -> String {
    let words = lang.words();
    let name = if role == Role::Client { words.client } else { words.server };
    let note = match ladder.role() {
        Some(ours) if ours == role => words.this_end,
        _ if ladder.is_known(role) => return name.to_owned(),
        _ => words.inferred,
    };
    match lang {
        Lang::En => format!("{name} ({note})"),
        Lang::Zh => format!("{name}（{note}）"),
    }
}

fn label(
    (log, source): (&Log, &Source),
    previews: &mut Previews,
    ladder: &Ladder,
    rung: &Rung,
    lang: Lang,
) -> String {
    let words = lang.words();
    let text = match rung.what {
        What::Established => format!("SYN · {}", words.tcp_connected),
        What::Tls => {
            let tls = log.connection(ladder.number()).and_then(|c| c.tls.as_deref());
            tls.map(|tls| tls::summary(lang, tls)).unwrap_or_default()
        }
        What::Head(_) => {
            let head = source.row_octets(log, rung.row, 0, PREVIEW).unwrap_or_default();
            let line = head.split(|o| *o == b'\r' || *o == b'\n').next().unwrap_or_default();
            let line = visible(&String::from_utf8_lossy(line));
            let line = line.trim_start_matches("HTTP/1.1 ").trim_end_matches(" HTTP/1.1");
            line.to_owned()
        }
        What::Frame(opcode) => frame((log, source), previews, rung, opcode, lang),
        What::Folded => {
            let octets = sentences::octets(lang, rung.octets);
            let rows = sentences::grouped(rung.rows.into());
            format!("{rows} {} · {octets}", words.data_frames)
        }
        What::Tcp(event) => {
            let what = match event {
                TcpEvent::Fin => words.write_side_ended,
                TcpEvent::Rst => words.reset_tcp,
                TcpEvent::Lost => log.tcp_error(rung.row).unwrap_or(words.lost),
            };
            match event {
                TcpEvent::Lost => what.to_owned(),
                _ => format!("{} · {what}", event.word().to_uppercase()),
            }
        }
        What::Fault => log.fault(rung.row).map(|f| faults::fault(lang, f)).unwrap_or_default(),
        What::Observed => {
            let connection = log.connection(ladder.number());
            connection.and_then(|c| page::observed(lang, c)).unwrap_or_default()
        }
        What::End if !ladder.tcp_is_over() => words.observation_ended.to_owned(),
        What::End => {
            let connection = log.connection(ladder.number());
            connection.map_or_else(String::new, |connection| {
                let held = &Verdict::of(connection).held[connection.viewpoint().index()];
                let clean = if held.was_clean { words.clean } else { words.not_clean };
                format!("CLOSED {} {clean}", held.code.0)
            })
        }
    };
    clip(&text)
}

fn frame(
    (log, source): (&Log, &Source),
    previews: &mut Previews,
    rung: &Rung,
    opcode: Opcode,
    lang: Lang,
) -> String {
    let words = lang.words();
    let mut payload = entry::beginning(log, source, rung.row, PREVIEW).unwrap_or_default();
    let row = log.row(rung.row);
    let mut parts = vec![opcode.name().to_owned()];
    if let Some(row) = row.filter(|r| opcode.is_data() && r.message > 0)
        && (!row.fin() || opcode == Opcode::CONTINUATION)
    {
        let last = if row.fin() { format!(" ({})", words.last_part) } else { String::new() };
        parts[0] = format!("{} · {} {}{last}", opcode.name(), words.part, row.part);
    }
    parts.extend(detail::shortfall(lang, log, rung.row));
    let mut text = row.is_some_and(crate::session::Row::is_text);
    if deflate::is_of_message(log, rung.row) {
        let preview = previews.of(log, source, rung.row, PREVIEW);
        parts.push(deflate::mark(lang, preview.as_deref()));
        if let Some(preview) = preview.filter(|preview| preview.message.inflated().is_ok()) {
            text = preview.message.is_text();
            payload.clone_from(&preview.inflated.octets);
        }
    }
    if opcode == Opcode::CLOSE {
        let body = CloseBody::parse(&payload);
        match body {
            CloseBody::Empty => parts[0] = format!("Close {}", words.empty_text),
            CloseBody::OneOctet(octet) => parts.push(format!("{octet:02x}")),
            CloseBody::Code(code, reason) => {
                parts[0] = format!("Close {}", code.0);
                if !reason.is_empty() {
                    parts.push(beginning(reason));
                }
            }
        }
    } else if payload.is_empty() && !opcode.is_control() {
        parts.push(words.empty_text.to_owned());
    } else if !payload.is_empty() && (text || opcode.is_control()) {
        parts.push(beginning(&payload));
    } else if !payload.is_empty() {
        parts.push(hex(&payload));
    }
    let (what, rest) = parts.split_at(1);
    if rest.is_empty() { what[0].clone() } else { format!("{} · {}", what[0], rest.join(" · ")) }
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(CHARS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn hex(octets: &[u8]) -> String {
    let shown: Vec<String> = octets.iter().take(16).map(|o| format!("{o:02x}")).collect();
    let more = if octets.len() > 16 { " …" } else { "" };
    shown.join(" ") + more
}

/// The beginning of a text that may be cut inside a character; other octets as hex.
fn beginning(octets: &[u8]) -> String {
    match std::str::from_utf8(octets) {
        Ok(text) => visible(text),
        Err(error) if error.error_len().is_none() && octets.len() as u64 >= PREVIEW - 2 => {
            visible(&String::from_utf8_lossy(&octets[..error.valid_up_to()]))
        }
        Err(_) => hex(octets),
    }
}

/// Line breaks and control characters as a middle dot.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '·' } else { c }).collect()
}
