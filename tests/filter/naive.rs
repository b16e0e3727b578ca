//! The evaluator against one that reads every row whole and asks it plainly.

use super::known::{Session, session};
use super::language::expr;
use proptest::prelude::*;
use std::net::SocketAddr;
use std::sync::LazyLock;
use wsscope::protocol::{CloseBody, Opcode, Role, Rule};
use wsscope::session::filter::field::{Field, Type};
use wsscope::session::filter::syntax::{Choice, Comparison, Test, Value};
use wsscope::session::filter::{Expr, Filter, Payloads};
use wsscope::session::row::Kind;
use wsscope::session::{Log, entry, source::Source};

/// The values of a field: numbers, octets, or an end's address.
#[derive(Debug)]
enum Plain {
    Number(u64),
    Octets(Vec<u8>),
    End(SocketAddr),
}

fn message(log: &Log, source: &Source, index: u64) -> Vec<u8> {
    let row = log.row(index).unwrap();
    let place = |i: u64| log.row(i).map(|r| (r.kind, r.connection, r.from(), r.message));
    (0..=index)
        .filter(|i| place(*i) == place(index) && row.message > 0)
        .flat_map(|i| entry::frame(log, source, i, u64::MAX).unwrap().payload)
        .collect()
}

fn values(log: &Log, source: &Source, index: u64, field: Field) -> Vec<Plain> {
    let row = log.row(index).unwrap();
    let one = |n: u64| vec![Plain::Number(n)];
    let connection = log.connection(row.connection).unwrap();
    let ends = match row.from() {
        Some(Role::Client) => vec![connection.client, connection.server],
        Some(Role::Server) => vec![connection.server, connection.client],
        None => Vec::new(),
    };
    let end = |at: usize| ends.get(at).copied();
    let broken = log.violations(index);
    match field {
        Field::Connection => return one(row.connection.into()),
        Field::Time => return one(row.time - log.start().unwrap()),
        Field::Kind => return one(row.kind as u64),
        Field::From if row.kind == Kind::Opened => return Vec::new(),
        Field::From => {
            return row.from().into_iter().map(|r| Plain::Number(r.index() as u64)).collect();
        }
        Field::Event if row.kind == Kind::Tcp => return one(row.tcp_event() as u64),
        Field::Status => {
            return row.http_status().into_iter().map(|s| Plain::Number(s.into())).collect();
        }
        Field::Violation => return one(u64::from(!broken.is_empty())),
        Field::Rule => return broken.iter().map(|v| Plain::Number(v.rule as u64)).collect(),
        Field::Severity => {
            return broken.iter().map(|v| Plain::Number(v.rule.severity() as u64)).collect();
        }
        Field::Source => return end(0).into_iter().map(Plain::End).collect(),
        Field::Destination => return end(1).into_iter().map(Plain::End).collect(),
        Field::SourcePort => {
            return end(0).into_iter().map(|e| Plain::Number(e.port().into())).collect();
        }
        Field::DestinationPort => {
            return end(1).into_iter().map(|e| Plain::Number(e.port().into())).collect();
        }
        Field::Head if row.kind == Kind::Head => {
            let (head, body) = entry::head(log, source, index).unwrap();
            return vec![Plain::Octets([head, body].concat())];
        }
        _ => {}
    }
    let Ok(frame) = entry::frame(log, source, index, u64::MAX) else { return Vec::new() };
    let (header, opcode) = (frame.header, frame.header.opcode);
    let flag = |on: bool| one(u64::from(on));
    let some = |number: Option<u64>| number.into_iter().map(Plain::Number).collect();
    let body = (opcode == Opcode::CLOSE).then(|| CloseBody::parse(&frame.payload));
    match field {
        Field::Number => one(row.number.into()),
        Field::Frame => flag(true),
        Field::Opcode => one(opcode.value().into()),
        Field::Data => flag(opcode.is_data()),
        Field::Close => flag(opcode == Opcode::CLOSE),
        Field::Ping => flag(opcode == Opcode::PING),
        Field::Pong => flag(opcode == Opcode::PONG),
        Field::Fin => flag(header.fin),
        Field::Rsv => {
            one(u64::from(header.rsv1) * 4 + u64::from(header.rsv2) * 2 + u64::from(header.rsv3))
        }
        Field::Rsv1 => flag(header.rsv1),
        Field::Rsv2 => flag(header.rsv2),
        Field::Rsv3 => flag(header.rsv3),
        Field::Mask => flag(header.masking_key.is_some()),
        Field::MaskingKey => {
            header.masking_key.into_iter().map(|k| Plain::Octets(k.into())).collect()
        }
        Field::Len => one(header.payload_len),
        Field::Length7 => one(u64::from(frame.header_octets[1] & 0x7F)),
        Field::Length16 => some((header.length_form.bits() == 16).then_some(header.payload_len)),
        Field::Length64 => some((header.length_form.bits() == 64).then_some(header.payload_len)),
        Field::Complete => flag(row.is_complete()),
        Field::Text if row.is_text() => vec![Plain::Octets(if header.fin {
            message(log, source, index)
        } else {
            frame.payload
        })],
        Field::Payload => vec![Plain::Octets(frame.payload)],
        Field::Compressed => {
            let against = broken.iter().any(|v| v.rule == Rule::Rsv1);
            flag(header.rsv1 && [Opcode::TEXT, Opcode::BINARY].contains(&opcode) && !against)
        }
        Field::Message => some((row.message > 0).then(|| row.message.into())),
        Field::Part => some((row.message > 0).then(|| row.part.into())),
        Field::Code => some(body.and_then(|b| b.code()).map(|code| code.0.into())),
        Field::Reason if frame.payload.len() > 2 && body.is_some() => {
            vec![Plain::Octets(frame.payload[2..].to_vec())]
        }
        _ => Vec::new(),
    }
}

fn equal(plain: &Plain, value: &Value) -> bool {
    match (plain, value) {
        (Plain::Number(a), Value::Number(b)) => a == b,
        (Plain::Octets(a), Value::Octets(b)) => a == b,
        (Plain::End(end), Value::Address(address, bits)) => {
            let text = |ip: std::net::IpAddr| -> String {
                match ip {
                    std::net::IpAddr::V4(ip) => ip.octets().map(|o| format!("{o:08b}")).concat(),
                    std::net::IpAddr::V6(ip) => ip.octets().map(|o| format!("{o:08b}")).concat(),
                }
            };
            let bits = usize::from(*bits);
            end.is_ipv4() == address.is_ipv4() && text(end.ip())[..bits] == text(*address)[..bits]
        }
        _ => false,
    }
}

fn compare(how: Comparison, plain: &Plain, value: &Value) -> bool {
    let (Plain::Number(a), Value::Number(b)) = (plain, value) else {
        return equal(plain, value) == (how == Comparison::Equal);
    };
    match how {
        Comparison::Equal => a == b,
        Comparison::NotEqual => a != b,
        Comparison::Less => a < b,
        Comparison::LessOrEqual => a <= b,
        Comparison::Greater => a > b,
        Comparison::GreaterOrEqual => a >= b,
    }
}

fn naive(log: &Log, source: &Source, index: u64, expr: &Expr) -> bool {
    let count = |list: &[Expr]| list.iter().filter(|e| naive(log, source, index, e)).count();
    let (field, test) = match expr {
        Expr::All(list) => return count(list) == list.len(),
        Expr::Any(list) => return count(list) > 0,
        Expr::Odd(list) => return count(list) % 2 == 1,
        Expr::Not(inner) => return !naive(log, source, index, inner),
        Expr::Test(field, test) => (*field, test),
    };
    let values = values(log, source, index, field);
    let find = |octets: &[u8], sought: &[u8]| {
        sought.is_empty() || octets.windows(sought.len()).any(|window| window == sought)
    };
    match test {
        Test::Present => !values.is_empty(),
        Test::Set => matches!(values[..], [Plain::Number(1)]),
        Test::Compare(Comparison::NotEqual, value) => {
            !values.is_empty() && values.iter().all(|v| !equal(v, value))
        }
        Test::Compare(how, value) => values.iter().any(|v| compare(*how, v, value)),
        Test::In(choices) => values.iter().any(|v| {
            choices.iter().any(|choice| match (choice, v) {
                (Choice::One(value), _) => equal(v, value),
                (Choice::Range(from, to), Plain::Number(n)) => from <= n && n <= to,
                _ => false,
            })
        }),
        Test::Contains(needle) => {
            values.iter().any(|v| matches!(v, Plain::Octets(o) if find(o, needle.octets())))
        }
        Test::Matches(pattern) => {
            values.iter().any(|v| matches!(v, Plain::Octets(o) if pattern.is_in(o)))
        }
    }
}

static SESSION: LazyLock<Session> = LazyLock::new(session);

proptest! {
    #[test]
    fn every_row_is_judged_as_plainly(expr in expr()) {
        let (log, source) = (SESSION.log.read(), &SESSION.source);
        let filter = Filter::new(expr);
        let mut payloads = Payloads::new(source.clone());
        for index in 0..log.len() {
            let found = filter.matches(&log, index, &mut payloads).unwrap();
            prop_assert_eq!(found, naive(&log, source, index, filter.expr()), "row {}: {}", index, filter.expr());
        }
    }
}

#[test]
fn every_field_is_on_some_row_and_lacks_on_another() {
    let log = SESSION.log.read();
    let has = |field| {
        (0..log.len()).filter(|i| !values(&log, &SESSION.source, *i, field).is_empty()).count()
    };
    for entry in wsscope::session::filter::field::FIELDS {
        let count = has(entry.field) as u64;
        let everywhere = [Field::Connection, Field::Time, Field::Kind, Field::Violation];
        assert!(count > 0 || entry.field == Field::Length64, "{} is on no row", entry.name);
        assert_eq!(count == log.len(), everywhere.contains(&entry.field), "{}", entry.name);
        assert!(entry.kind != Type::Flag || count > 0);
    }
}
