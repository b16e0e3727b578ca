//! Errors with their columns; and that what is printed is read again as the same.

use proptest::prelude::*;
use wsscope::session::filter::complete::complete;
use wsscope::session::filter::error::{Expected, Problem};
use wsscope::session::filter::field::{FIELDS, Field, Type};
use wsscope::session::filter::syntax::{
    Choice, Comparison, Needle, OPERATORS, Operator, Pattern, Test, Value, address_bits,
};
use wsscope::session::filter::{Expr, Filter};
use wsscope::text::{Lang, filter};

#[test]
fn an_error_points_at_the_column_and_says_what_was_expected() {
    for (text, sentence) in [
        ("opcod == 8", "column 1: unknown field `opcod`; did you mean `opcode`?"),
        (
            "fin && websocket.opcod",
            "column 8: unknown field `websocket.opcod`; did you mean `websocket.opcode`?",
        ),
        ("quux", "column 1: unknown field `quux`"),
        ("tcp.stream == 1", "column 1: unknown field `tcp.stream`; did you mean `connection`?"),
        ("opcode == clos", "column 11: `clos` is no value of opcode; did you mean `close`?"),
        ("from == nobody", "column 9: `nobody` is no value of from; there are client, server"),
        ("len > ", "column 7: expected a number"),
        ("len > abc", "column 7: expected a number, found `abc`"),
        ("len > 18446744073709551616", "column 7: the number `18446744073709551616` is too large"),
        ("time > 1.2.3", "column 8: expected seconds, such as 2.5, found `1.2.3`"),
        (
            "text contains error",
            "column 15: expected a text in quotes, such as \"error\", found `error`",
        ),
        (
            "len contains \"5\"",
            "column 5: `contains` cannot be asked of len, which is a number; it takes == != < <= > >= in",
        ),
        (
            "text > \"a\"",
            "column 6: `>` cannot be asked of text, which is text; it takes == != in contains matches",
        ),
        ("(len > 5", "column 9: expected `)`, `&&` or `||`"),
        ("len > 5 len", "column 9: expected an operator, `&&`, `||` or the end, found `len`"),
        ("len > 5 &&", "column 11: expected a field, such as opcode"),
        ("&& len", "column 1: expected a field, such as opcode, found `&&`"),
        ("== 5", "column 1: expected a field, such as opcode, found `==`"),
        ("len == 5 || and", "column 13: expected a field, such as opcode, found `and`"),
        ("code in 5", "column 9: expected { and the values of a set, found `5`"),
        ("code in {5 6}", "column 12: expected `,` or `}`, found `6`"),
        ("code in {9..5}", "column 10: the range begins behind its end"),
        ("text == \"孩子\" && \"", "column 17: the text has no closing \""),
        (
            "text == \"a\\d\"",
            "column 11: unknown escape `\\d`: write `\\\\d`, or r\"…\" without escapes",
        ),
        ("len > 5 € fin", "column 9: `€` means nothing here"),
        (
            "ip.src == 10.0.0.0/33",
            "column 11: expected an address, such as 127.0.0.1 or 10.0.0.0/8, found `10.0.0.0/33`",
        ),
        ("fin == 2", "column 8: expected yes or no, such as true, found `2`"),
        (
            "payload contains 88:0",
            "column 18: expected octets, such as 88:02:03, or a text in quotes, found `88:0`",
        ),
    ] {
        let error = Filter::parse(text).expect_err(text);
        assert_eq!(filter::error(Lang::En, text, &error), sentence, "{text}");
        assert_ne!(filter::error(Lang::Zh, text, &error), sentence, "{text}");
    }
    let error = Filter::parse("text matches \"(\"").unwrap_err();
    assert!(matches!(&error.problem, Problem::Pattern(words) if words.contains("unclosed")));
    assert_eq!(error.at, 13..16);
}

#[test]
fn nesting_has_an_end_and_a_long_list_none() {
    for deep in ["(".repeat(100_000), "!".repeat(100_000), "not ".repeat(1000)] {
        assert_eq!(Filter::parse(&deep).unwrap_err().problem, Problem::Depth);
    }
    let long = vec!["ping"; 100_000].join(" || ");
    let filter = Filter::parse(&long).unwrap();
    assert_eq!(filter.expr().to_string().len(), long.len());
    let error = Filter::parse("(").unwrap_err();
    assert_eq!(error.problem, Problem::Expected(Expected::Field, String::new()));
}

fn number_of(field: Field) -> BoxedStrategy<u64> {
    let words: Vec<u64> = field.words().into_iter().map(|(_, number)| number).collect();
    match field.kind() {
        Type::Number if words.is_empty() => prop_oneof![0..70u64, any::<u64>()].boxed(),
        Type::Number => (0..16u64).boxed(),
        Type::Seconds => prop_oneof![0..40_000_000u64, any::<u64>()].boxed(),
        _ => proptest::sample::select(words).boxed(),
    }
}

fn octets() -> BoxedStrategy<Vec<u8>> {
    let known = ["err", "火星", "", "beat", "x"].map(|text| text.as_bytes().to_vec());
    prop_oneof![
        proptest::sample::select(known.to_vec()),
        proptest::collection::vec(any::<u8>(), 0..6),
        any::<String>().prop_map(String::into_bytes),
    ]
    .boxed()
}

fn value_of(field: Field) -> BoxedStrategy<Value> {
    match field.kind() {
        Type::Text | Type::Octets => octets().prop_map(Value::Octets).boxed(),
        Type::Address => {
            let known = ["127.0.0.1", "10.0.0.7", "::1", "10.9.9.9"];
            (proptest::sample::select(known.to_vec()), 0..=32u8)
                .prop_map(|(address, bits)| {
                    let address: std::net::IpAddr = address.parse().unwrap();
                    Value::Address(address, if bits == 32 { address_bits(address) } else { bits })
                })
                .boxed()
        }
        _ => number_of(field).prop_map(Value::Number).boxed(),
    }
}

fn choice_of(field: Field) -> BoxedStrategy<Choice> {
    let one = value_of(field).prop_map(Choice::One);
    match field.kind() {
        Type::Number | Type::Seconds | Type::Word => {
            let range = (number_of(field), number_of(field))
                .prop_map(|(a, b)| Choice::Range(a.min(b), a.max(b)));
            prop_oneof![one, range].boxed()
        }
        _ => one.boxed(),
    }
}

fn test_of(field: Field) -> BoxedStrategy<Test> {
    let kind = field.kind();
    let flag = kind == Type::Flag;
    let alone = if flag { Test::Set } else { Test::Present };
    let mut tests = vec![Just(alone).boxed()];
    if flag && !field.entry().wireshark.is_empty() {
        tests.push(Just(Test::Present).boxed());
    }
    for (operator, _, _) in OPERATORS.into_iter().filter(|(operator, _, _)| operator.suits(kind)) {
        tests.push(match operator {
            Operator::Compare(how) => {
                value_of(field).prop_map(move |value| Test::Compare(how, value)).boxed()
            }
            Operator::In => {
                proptest::collection::vec(choice_of(field), 1..4).prop_map(Test::In).boxed()
            }
            Operator::Contains => octets().prop_map(|o| Test::Contains(Needle::new(&o))).boxed(),
            Operator::Matches => {
                proptest::sample::select(vec!["e[r]+", "^h", "火|\\d", ".\\x02", "\"", ""])
                    .prop_map(|source| Test::Matches(Pattern::new(source).unwrap()))
                    .boxed()
            }
        });
    }
    proptest::strategy::Union::new(tests).boxed()
}

/// Any filter that can be written.
pub fn expr() -> BoxedStrategy<Expr> {
    let fields: Vec<Field> = FIELDS.iter().map(|entry| entry.field).collect();
    let leaf = proptest::sample::select(fields)
        .prop_flat_map(|field| test_of(field).prop_map(move |test| Expr::Test(field, test)));
    leaf.prop_recursive(4, 24, 4, |inner| {
        let list = || proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            list().prop_map(Expr::All),
            list().prop_map(Expr::Any),
            list().prop_map(Expr::Odd),
            inner.clone().prop_map(|expr| Expr::Not(Box::new(expr))),
        ]
    })
    .boxed()
}

/// Pieces of filters in any order.
fn soup() -> impl Strategy<Value = String> {
    let names = FIELDS.iter().map(|entry| entry.name.to_owned());
    let signs = "== != < <= > >= && || ^^ .. ! ~ ( ) { } , in and or xor not contains matches \" r\" \\ \
                 5 0x 1.5 88:02 \"a\" 127.0.0.1 client é";
    let pieces: Vec<String> = names.chain(signs.split(' ').map(str::to_owned)).collect();
    proptest::collection::vec((proptest::sample::select(pieces), " ?"), 0..12)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, blank)| piece + &blank).collect())
}

proptest! {
    #[test]
    fn what_is_printed_is_read_as_the_same(expr in expr()) {
        let text = expr.to_string();
        let read = Filter::parse(&text);
        prop_assert_eq!(read.as_ref().map(Filter::expr), Ok(&expr), "{}", text);
    }

    #[test]
    fn any_text_is_a_filter_or_an_error_within_it(text in prop_oneof![any::<String>(), soup()]) {
        match Filter::parse(&text) {
            Ok(filter) => {
                let printed = filter.expr().to_string();
                let again = Filter::parse(&printed);
                prop_assert_eq!(again.as_ref().map(Filter::expr), Ok(filter.expr()), "{}", printed);
            }
            Err(error) => {
                prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error);
                prop_assert!(!filter::error(Lang::Zh, &text, &error).is_empty());
            }
        }
        for caret in 0..=text.len() {
            let offered = complete(&text, caret);
            prop_assert!(text.get(offered.at).is_some());
        }
    }
}

#[test]
fn the_operators_in_letters_are_those_in_signs() {
    for (signs, letters) in [
        ("len == 5 && !fin", "len eq 5 and not fin"),
        ("len != 5 || fin", "len ne 5 or fin"),
        ("len < 5 ^^ len <= 6", "len lt 5 xor len le 6"),
        ("len > 5 && len >= 6", "len gt 5 and len ge 6"),
        ("text ~ \"a\"", "text matches \"a\""),
    ] {
        assert_eq!(Filter::parse(signs), Filter::parse(letters));
    }
    assert!(Operator::Compare(Comparison::Equal).suits(Type::Flag));
}
