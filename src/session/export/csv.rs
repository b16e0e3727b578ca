//! The table as CSV (RFC 4180), a line for each row; quoting is the `csv` crate's.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a
//! formula, and what is in a payload was written by a stranger. So a text of the
//! session that begins so, or with a tab or line break, gets an apostrophe before
//! it, as OWASP advises; one that begins with an apostrophe gets a second, so
//! that nothing is ambiguous.

use super::Progress;
use crate::protocol::{CloseBody, Role};
use crate::session::inflate::Reader;
use crate::session::log::Log;
use crate::session::recorder::SharedLog;
use crate::session::row::{Kind, Row};
use crate::session::source::Source;
use crate::session::verdict::Verdict;
use crate::session::{Fault, entry, timestamp};
use serde::Serialize;
use std::io::{self, Write};

/// A line; the names are those of the header line.
#[derive(Default, Serialize)]
struct Line {
    /// Of a frame.
    number: Option<u32>,
    /// RFC 3339 in UTC.
    time: String,
    /// Since the first row.
    seconds: String,
    connection: Option<u32>,
    from: &'static str,
    kind: &'static str,
    opcode: &'static str,
    fin: Option<u8>,
    /// RSV1 to RSV3 as three digits.
    rsv: String,
    mask: Option<u8>,
    /// Octets of payload announced, or of head and body.
    length: Option<u64>,
    complete: Option<u8>,
    /// Of a Close, a response, or the CloseEvent at the end.
    status_code: Option<u16>,
    /// The whole payload, or what stands before octets that are missing; of the last
    /// frame of a compressed message what that inflates to; the reason of a Close; the
    /// first line of a head.
    text: String,
    /// Ids, with blanks between.
    violations: String,
}

/// The longest message that stands inflated in a cell.
const INFLATED: u64 = 64 << 20;

/// A text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\'']);
    format!("{}{text}", if formula { "'" } else { "" })
}

/// Text where it is UTF-8, else hexadecimal digits behind `0x`.
fn readable(octets: &[u8]) -> String {
    match std::str::from_utf8(octets) {
        Ok(text) => harmless(text),
        Err(_) => {
            let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
            let digits = octets.iter().flat_map(|o| [digit(o >> 4), digit(o & 15)]);
            ['0', 'x'].into_iter().chain(digits).collect()
        }
    }
}

/// Writes every row, or these.
///
/// # Errors
/// The capture cannot be read, or `out` not written.
pub fn write(
    log: &SharedLog,
    source: &Source,
    rows: Option<&[u64]>,
    out: &mut dyn Write,
    progress: &Progress,
) -> io::Result<()> {
    if log.read().is_empty() || rows.is_some_and(<[u64]>::is_empty) {
        return out.write_all(&header_line()?);
    }
    let mut csv = writer(out);
    let mut inflated = Reader::default();
    let write = |index| {
        let line = line(&log.read(), source, &mut inflated, index)?;
        csv.serialize(line).map_err(io_error)
    };
    match rows {
        Some(rows) => progress.each(rows.iter().copied(), write)?,
        None => progress.rows(log, write)?,
    }
    csv.flush()
}

/// The system's error as it is: of one that is wrapped, as `io::Error::from` wraps it,
/// nobody sees that a pipe is closed.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn writer<W: Write>(out: W) -> csv::Writer<W> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out)
}

/// The header line alone; otherwise the first row brings it.
fn header_line() -> io::Result<Vec<u8>> {
    let mut csv = writer(Vec::new());
    csv.serialize(Line::default())?;
    let mut lines = csv.into_inner().map_err(|error| error.into_error())?;
    lines.truncate(lines.iter().position(|o| *o == b'\n').map_or(0, |end| end + 1));
    Ok(lines)
}

fn line(log: &Log, source: &Source, inflated: &mut Reader, index: u64) -> io::Result<Line> {
    let Some(row) = log.row(index) else { return Err(io::ErrorKind::InvalidInput.into()) };
    let connection = log.connection(row.connection);
    let since = i128::from(row.time) - i128::from(log.start().unwrap_or(row.time));
    let (sign, nanos) = (if since < 0 { "-" } else { "" }, since.unsigned_abs());
    let ids = log.violations(index).iter().map(|violation| violation.rule.id());
    let mut line = Line {
        time: timestamp::rfc3339(row.time),
        seconds: format!("{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000),
        connection: (row.connection != 0).then_some(row.connection),
        from: row.from().map_or("", Role::word),
        violations: ids.collect::<Vec<_>>().join(" "),
        ..Line::default()
    };
    match row.kind {
        Kind::Opened => {
            line.kind = "connection";
            line.text =
                connection.map_or_else(String::new, |c| format!("{} {}", c.client, c.server));
        }
        Kind::Tls => {
            let tls = connection.and_then(|connection| connection.tls.as_deref());
            let agreed = tls.map(|tls| [tls.version.as_deref(), tls.cipher_suite.as_deref()]);
            line.kind = "tls";
            line.text =
                agreed.map_or_else(String::new, |a| a.map(Option::unwrap_or_default).join(" "));
        }
        Kind::Head => {
            let (head, _) = entry::head(log, source, index)?;
            line.kind = "opening_handshake";
            line.length = Some(log.payload_len(index));
            line.status_code = row.http_status();
            line.text = readable(head.split(|octet| *octet == b'\r').next().unwrap_or_default());
        }
        Kind::Frame => {
            frame(log, source, index, row, &mut line)?;
            let message = inflated.message(log, source, index, INFLATED)?;
            if let Some(message) = message.filter(|message| message.whole) {
                line.text = readable(&message.octets);
            }
        }
        Kind::Tcp => {
            let error = log.tcp_error(index).unwrap_or_default();
            line.kind = "tcp";
            line.text = format!("{} {error}", row.tcp_event().word()).trim_end().to_owned();
        }
        Kind::Observed => {
            let event = connection.and_then(|c| c.observed.as_ref()).map(|seen| &seen.event);
            line.kind = "observed";
            line.status_code = event.map(|event| event.code.0);
            line.text = event.map_or_else(String::new, |event| harmless(&event.reason));
        }
        Kind::Fault => {
            let words = |f: &Fault| format!("{} {} {}", f.stage.word(), f.kind.word(), f.detail);
            line.kind = "error";
            line.text = log.fault(index).map_or_else(String::new, words);
        }
        Kind::Closed => {
            let ended = connection.filter(|connection| !connection.is_unended());
            let event = ended.map(|connection| Verdict::of(connection).close_event);
            line.kind = "closed";
            line.status_code = event.as_ref().map(|event| event.code.0);
            line.text = event.map_or_else(String::new, |event| harmless(&event.reason));
        }
    }
    Ok(line)
}

fn frame(log: &Log, source: &Source, index: u64, row: &Row, line: &mut Line) -> io::Result<()> {
    let mut frame = entry::frame(log, source, index, u64::MAX)?;
    if let Some(hole) = frame.holes(log, index).first() {
        frame.payload.truncate(usize::try_from(hole.at).unwrap_or(usize::MAX));
    }
    line.number = Some(row.number);
    line.kind = "frame";
    line.opcode = frame.header.opcode.name();
    line.fin = Some(row.fin().into());
    line.rsv = format!("{:03b}", row.rsv());
    line.mask = Some(row.masked().into());
    line.length = Some(log.payload_len(index));
    line.complete = Some(row.is_complete().into());
    line.text = match CloseBody::parse(&frame.payload) {
        CloseBody::Code(code, reason) if row.status().is_some() => {
            line.status_code = Some(code.0);
            readable(reason)
        }
        _ => readable(&frame.payload),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_taken_for_a_formula() {
        for (octets, text) in [
            (&b"=1+1"[..], "'=1+1"),
            (b"-1", "'-1"),
            (b"@a", "'@a"),
            (b"\t=1", "'\t=1"),
            (b"'=1", "''=1"),
            (b"a=1", "a=1"),
            (b"", ""),
            (b"\xff=", "0xff3d"),
        ] {
            assert_eq!(readable(octets), text);
        }
    }
}
