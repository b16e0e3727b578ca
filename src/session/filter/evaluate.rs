//! Whether a row is let through: header fields from the 40 octets of the row,
//! all else from the log's side tables or the capture.

use super::field::{Field, Type};
use super::payload::{Payloads, has_text};
use super::syntax::{Choice, Comparison, Expr, Test, Value};
use crate::protocol::header::LengthForm;
use crate::protocol::{Opcode, Role, Rule};
use crate::session::log::Log;
use crate::session::row::{Kind, Row};
use core::net::{IpAddr, SocketAddr};
use std::io;

/// Whether the row at `index` is let through.
///
/// # Errors
/// The capture could not be read.
pub fn matches(
    expr: &Expr,
    log: &Log,
    index: u64,
    row: &Row,
    payloads: &mut Payloads,
) -> io::Result<bool> {
    let mut each = |expr: &Expr| matches(expr, log, index, row, payloads);
    match expr {
        Expr::Test(field, asked) => test(*field, asked, log, index, row, payloads),
        Expr::Not(inner) => Ok(!each(inner)?),
        Expr::All(list) => {
            for expr in list {
                if !each(expr)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Expr::Any(list) => {
            for expr in list {
                if each(expr)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Expr::Odd(list) => {
            let mut odd = false;
            for expr in list {
                odd ^= each(expr)?;
            }
            Ok(odd)
        }
    }
}

#[inline]
fn test(
    field: Field,
    test: &Test,
    log: &Log,
    index: u64,
    row: &Row,
    payloads: &mut Payloads,
) -> io::Result<bool> {
    Ok(match field.kind() {
        Type::Flag | Type::Number | Type::Seconds => test_number(field, test, log, index, row),
        Type::Word => match field {
            Field::Rule | Field::Severity => several(test, &mut rules(field, log, index, row)),
            _ => test_number(field, test, log, index, row),
        },
        Type::Address => ends(log, row).is_some_and(|[source, destination]| {
            let end = if field == Field::Source { source } else { destination };
            compare_address(test, end.ip())
        }),
        Type::Text | Type::Octets if *test == Test::Present => match field {
            Field::Text => has_text(log, index, row),
            Field::Payload => row.kind == Kind::Frame,
            Field::MaskingKey => row.kind == Kind::Frame && row.masked(),
            Field::Head => row.kind == Kind::Head,
            _ => reason_octets(log, index, row),
        },
        Type::Text | Type::Octets => {
            let octets = match field {
                Field::Text => payloads.text(log, index, row)?,
                Field::MaskingKey => payloads.masking_key(log, index, row)?,
                Field::Head => payloads.head(log, index, row)?,
                Field::Reason if !reason_octets(log, index, row) => None,
                Field::Reason => payloads.payload(log, index, row)?.and_then(|o| o.get(2..)),
                _ => payloads.payload(log, index, row)?,
            };
            octets.is_some_and(|octets| compare_octets(test, octets))
        }
    })
}

/// Whether a field that is a number passes; one that the row lacks does not.
#[inline]
pub(super) fn test_number(field: Field, test: &Test, log: &Log, index: u64, row: &Row) -> bool {
    number(field, log, index, row).is_some_and(|n| compare_number(test, n))
}

/// Whether a Close carries more than a code.
fn reason_octets(log: &Log, index: u64, row: &Row) -> bool {
    let header = row.header_octets() as u64;
    row.status().is_some() && log.octets_len(index) > header + 2
}

/// The value of a field that is a number; `None` where the row has none.
#[inline]
fn number(field: Field, log: &Log, index: u64, row: &Row) -> Option<u64> {
    let frame = row.kind == Kind::Frame;
    let flag = |on: bool| Some(u64::from(on));
    let opcode = row.opcode();
    match field {
        Field::Connection => (row.connection != 0).then(|| row.connection.into()),
        Field::Time => Some(row.time.saturating_sub(log.start().unwrap_or(row.time))),
        Field::Kind => Some(row.kind as u64),
        Field::From if row.kind != Kind::Opened => row.from().map(|role| role.index() as u64),
        Field::Violation => flag(row.has_violations()),
        Field::Event => (row.kind == Kind::Tcp).then(|| row.tcp_event() as u64),
        Field::Status => row.http_status().map(u64::from),
        Field::SourcePort => ends(log, row).map(|[source, _]| source.port().into()),
        Field::DestinationPort => ends(log, row).map(|[_, to]| to.port().into()),
        _ if !frame => None,
        Field::Number => Some(row.number.into()),
        Field::Frame => flag(true),
        Field::Opcode => Some(opcode.value().into()),
        Field::Data => flag(opcode.is_data()),
        Field::Close => flag(opcode == Opcode::CLOSE),
        Field::Ping => flag(opcode == Opcode::PING),
        Field::Pong => flag(opcode == Opcode::PONG),
        Field::Fin => flag(row.fin()),
        Field::Rsv => Some(row.rsv().into()),
        Field::Rsv1 => flag(row.rsv() & 4 != 0),
        Field::Rsv2 => flag(row.rsv() & 2 != 0),
        Field::Rsv3 => flag(row.rsv() & 1 != 0),
        Field::Mask => flag(row.masked()),
        Field::Len => Some(log.payload_len(index)),
        Field::Length7 => Some(match row.length_form() {
            LengthForm::Bits7 => row.len.into(),
            LengthForm::Bits16 => 126,
            LengthForm::Bits64 => 127,
        }),
        Field::Length16 => {
            (row.length_form() == LengthForm::Bits16).then(|| log.payload_len(index))
        }
        Field::Length64 => {
            (row.length_form() == LengthForm::Bits64).then(|| log.payload_len(index))
        }
        Field::Complete => flag(row.is_complete()),
        Field::Compressed => flag(compressed(log, index, row)),
        Field::Message => (row.message != 0).then(|| row.message.into()),
        Field::Part => (row.message != 0).then(|| row.part.into()),
        Field::Code => row.status().map(|code| code.0.into()),
        _ => None,
    }
}

/// Whether it is of a compressed message. RSV1 says so under the extension only.
fn compressed(log: &Log, index: u64, row: &Row) -> bool {
    let against = || log.violations(index).iter().any(|v| v.rule == Rule::Rsv1);
    row.is_compressed() && !(row.has_violations() && against())
}

/// Addresses of who sent a row and of who was sent it.
fn ends(log: &Log, row: &Row) -> Option<[SocketAddr; 2]> {
    let connection = log.connection(row.connection)?;
    Some(match row.from()? {
        Role::Client => [connection.client, connection.server],
        Role::Server => [connection.server, connection.client],
    })
}

fn rules<'a>(
    field: Field,
    log: &'a Log,
    index: u64,
    row: &Row,
) -> impl Iterator<Item = u64> + use<'a> {
    let broken = if row.has_violations() { log.violations(index) } else { &[] };
    broken.iter().map(move |violation| match field {
        Field::Severity => violation.rule.severity() as u64,
        _ => violation.rule as u64,
    })
}

/// A field with several values: one of them will do; `!=` asks it of all, as in
/// Wireshark.
fn several(test: &Test, values: &mut dyn Iterator<Item = u64>) -> bool {
    let mut values = values.peekable();
    match test {
        Test::Compare(Comparison::NotEqual, _) => {
            values.peek().is_some() && values.all(|n| compare_number(test, n))
        }
        _ => values.any(|n| compare_number(test, n)),
    }
}

#[inline]
fn compare_number(test: &Test, n: u64) -> bool {
    match test {
        Test::Present => true,
        Test::Set => n != 0,
        Test::Compare(comparison, Value::Number(with)) => match comparison {
            Comparison::Equal => n == *with,
            Comparison::NotEqual => n != *with,
            Comparison::Less => n < *with,
            Comparison::LessOrEqual => n <= *with,
            Comparison::Greater => n > *with,
            Comparison::GreaterOrEqual => n >= *with,
        },
        Test::In(choices) => choices.iter().any(|choice| match choice {
            Choice::Range(from, to) => (*from..=*to).contains(&n),
            Choice::One(value) => *value == Value::Number(n),
        }),
        _ => false,
    }
}

fn compare_octets(test: &Test, octets: &[u8]) -> bool {
    let is = |value: &Value| matches!(value, Value::Octets(with) if with == octets);
    match test {
        Test::Present => true,
        Test::Compare(Comparison::Equal, value) => is(value),
        Test::Compare(Comparison::NotEqual, value) => !is(value),
        Test::In(choices) => choices.iter().any(|c| matches!(c, Choice::One(value) if is(value))),
        Test::Contains(needle) => needle.is_in(octets),
        Test::Matches(pattern) => pattern.is_in(octets),
        _ => false,
    }
}

fn compare_address(test: &Test, address: IpAddr) -> bool {
    let is = |value: &Value| match value {
        Value::Address(with, bits) => same_network(address, *with, *bits),
        _ => false,
    };
    match test {
        Test::Present => true,
        Test::Compare(Comparison::Equal, value) => is(value),
        Test::Compare(Comparison::NotEqual, value) => !is(value),
        Test::In(choices) => choices.iter().any(|c| matches!(c, Choice::One(value) if is(value))),
        _ => false,
    }
}

/// Whether the first `bits` of two addresses are the same.
fn same_network(one: IpAddr, other: IpAddr, bits: u8) -> bool {
    let (one, other, unused) = match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            (u128::from(one.to_bits()), u128::from(other.to_bits()), 32 - u32::from(bits))
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            (one.to_bits(), other.to_bits(), 128 - u32::from(bits))
        }
        _ => return false,
    };
    (one ^ other).checked_shr(unused).unwrap_or(0) == 0
}
