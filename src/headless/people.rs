//! One line for people for each row of the log.

use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{CloseBody, Opcode, Role};
use crate::session::entry;
use crate::session::inflate::Reader;
use crate::session::log::Log;
use crate::session::row::{Kind, Row};
use crate::session::source::Source;
use crate::session::tls::Tls;
use crate::session::verdict::{Explanation, Verdict};
use crate::text::run::not_whole;
use crate::text::{Lang, deflate, faults, page, sentences, tls, tunnel};
use std::fmt::Write as _;
use std::io;

/// Octets of a payload that a line shows.
const PREVIEW: u64 = 120;

/// The line of a row.
///
/// # Errors
/// The capture could not be read.
pub fn line(
    log: &Log,
    source: &Source,
    inflated: &mut Reader,
    index: u64,
    lang: Lang,
) -> io::Result<String> {
    let Some(row) = log.row(index) else { return Err(io::ErrorKind::InvalidInput.into()) };
    let start = log.start().unwrap_or(row.time);
    let mut line = format!("{:>10.6}", row.time.saturating_sub(start) as f64 / 1e9);
    if row.connection != 0 {
        let _ = write!(line, "  #{}", row.connection);
    }
    let arrow = match row.from() {
        Some(Role::Client) => "client ▶",
        Some(Role::Server) => "◀ server",
        None => "",
    };
    let _ = write!(line, "  {arrow:<8}  {}", what(log, source, index, row, lang)?);
    if let Some(message) = log.compressed(index) {
        let beginning = inflated.message(log, source, index, PREVIEW)?;
        let sent = message.octets(log);
        let _ = write!(line, "  {}", deflate::message(lang, sent, message.inflated()));
        if let Some(beginning) = beginning.filter(|b| !b.octets.is_empty()) {
            let more = if beginning.whole { "" } else { "…" };
            let _ = write!(line, "  {}{more}", visible(&beginning.octets));
        }
    }
    for violation in log.violations(index) {
        let rule = violation.rule;
        let _ = write!(line, "  ! §{} {}", rule.section(), crate::text::rules::rule(lang, rule));
    }
    Ok(line)
}

fn what(log: &Log, source: &Source, index: u64, row: &Row, lang: Lang) -> io::Result<String> {
    let connection = log.connection(row.connection);
    Ok(match row.kind {
        Kind::Opened => {
            let Some(c) = connection else { return Ok(String::new()) };
            let way = c.tunnel.as_ref().map(|t| format!("  {}", tunnel::summary(lang, t)));
            format!("TCP {} → {}{}", c.client, c.server, way.unwrap_or_default())
        }
        Kind::Tls => {
            let tls = connection.and_then(|c| c.tls.as_deref());
            tls.map(|tls| tls_line(lang, tls)).unwrap_or_default()
        }
        Kind::Head => {
            let (head, _) = entry::head(log, source, index)?;
            let first = head.split(|o| *o == b'\r').next().unwrap_or_default();
            let first = visible(&first[..first.len().min(PREVIEW as usize)]);
            let outcome = entry::deflate(log, source, index)?;
            match deflate::outcome(lang, &outcome) {
                Some(sentence) => format!("{first}  {sentence}"),
                None => first,
            }
        }
        Kind::Frame => frame(log, source, index, row, lang)?,
        Kind::Tcp => {
            let fin = connection.zip(row.from()).filter(|_| row.tcp_event() == TcpEvent::Fin);
            let abrupt = fin.is_some_and(|(c, from)| c.ended_tls(from) == Some(false));
            let abrupt = if abrupt { lang.words().tls_abrupt } else { "" };
            format!("{} {abrupt}", row.tcp_event().word().to_uppercase()).trim_end().to_owned()
        }
        Kind::Fault => log.fault(index).map_or_else(String::new, |f| faults::fault(lang, f)),
        Kind::Observed => connection.and_then(|c| page::observed(lang, c)).unwrap_or_default(),
        Kind::Closed => {
            let Some(connection) = connection else { return Ok(String::new()) };
            let verdict = Verdict::of(connection);
            if verdict.explanation == Explanation::Unended {
                return Ok(format!("END  {}", sentences::explanation(lang, &verdict.explanation)));
            }
            let held = &verdict.held[connection.viewpoint().index()];
            let clean = if held.was_clean { "wasClean" } else { "!wasClean" };
            format!(
                "CLOSED {} {clean}  {}",
                held.code.0,
                sentences::explanation(lang, &verdict.explanation)
            )
        }
    })
}

/// What was agreed, and whose the server's certificate is.
fn tls_line(lang: Lang, seen: &Tls) -> String {
    let mut line = tls::summary(lang, seen);
    if let Some(certificate) = seen.chain.first() {
        let _ = write!(line, " · {} · SHA-256 {}", certificate.subject, certificate.sha256);
    }
    line
}

fn frame(log: &Log, source: &Source, index: u64, row: &Row, lang: Lang) -> io::Result<String> {
    let payload = entry::beginning(log, source, index, PREVIEW)?;
    let mut text = format!("{} {} fin={}", row.number, row.opcode().name(), u8::from(row.fin()));
    let _ = write!(text, " len={}", log.payload_len(index));
    if !row.is_complete() {
        let damaged = !log.missing(index).is_empty();
        let _ = write!(text, " {}", not_whole(lang, damaged));
    }
    if row.opcode() == Opcode::CLOSE {
        let body = CloseBody::parse(&payload);
        if let Some(code) = body.code() {
            let _ = write!(text, "  {} {}", code.0, code.name().unwrap_or_default());
        }
        if let Some(reason) = body.reason().filter(|r| !r.is_empty()) {
            let _ = write!(text, " {reason}");
        }
    } else if row.is_compressed() {
        text.push_str(" (deflate)");
    } else if !payload.is_empty() {
        let more = if log.payload_len(index) > PREVIEW { "…" } else { "" };
        let _ = write!(text, "  {}{more}", visible(&payload));
    }
    Ok(text)
}

/// Text without what would move the cursor; other octets as hex.
fn visible(octets: &[u8]) -> String {
    let text = match std::str::from_utf8(octets) {
        Ok(text) => text,
        // A preview may end inside a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&octets[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return octets.iter().take(32).map(|o| format!("{o:02x} ")).collect(),
    };
    text.chars().map(|c| if c.is_control() { '·' } else { c }).collect()
}
