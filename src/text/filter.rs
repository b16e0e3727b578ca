//! The filter language in words: what is wrong with a filter, what each field and
//! operator means.

use super::Lang;
use crate::session::filter::Error;
use crate::session::filter::error::{Expected, Problem};
use crate::session::filter::field::{FIELDS, Field, Type};
use crate::session::filter::payload::LOOKED_AT;
use crate::session::filter::syntax::{Comparison, Operator};

/// What is wrong, with the column.
#[must_use]
pub fn error(lang: Lang, text: &str, error: &Error) -> String {
    let column = error.column(text);
    let problem = problem(lang, &error.problem);
    match lang {
        Lang::En => format!("column {column}: {problem}"),
        Lang::Zh => format!("第 {column} 列：{problem}"),
    }
}

fn problem(lang: Lang, problem: &Problem) -> String {
    let en = lang == Lang::En;
    match problem {
        // Digits alone are a number, but for their size.
        Problem::Expected(Expected::Value(field), found)
            if field.kind() == Type::Number && found.parse::<u128>().is_ok() =>
        {
            match lang {
                Lang::En => format!("the number `{found}` is too large"),
                Lang::Zh => format!("数字 `{found}` 过大"),
            }
        }
        Problem::Expected(what, found) => {
            let what = expected(lang, *what);
            match (en, found.is_empty()) {
                (true, true) => format!("expected {what}"),
                (true, false) => format!("expected {what}, found `{found}`"),
                (false, true) => format!("此处应为{what}"),
                (false, false) => format!("此处应为{what}，而不是 `{found}`"),
            }
        }
        Problem::UnknownField(name, like) => {
            let unknown = if en {
                format!("unknown field `{name}`")
            } else {
                format!("没有字段 `{name}`")
            };
            unknown + &perhaps(lang, like)
        }
        Problem::UnknownWord(field, word, like) => {
            let name = field.entry().name;
            let unknown = if en {
                format!("`{word}` is no value of {name}")
            } else {
                format!("`{word}` 不是 {name} 的值")
            };
            if !like.is_empty() {
                return unknown + &perhaps(lang, like);
            }
            let words: Vec<_> = field.words().into_iter().map(|(word, _)| word).take(6).collect();
            let more = if field.words().len() > 6 { "…" } else { "" };
            let words = words.join(", ");
            if en {
                format!("{unknown}; there are {words}{more}")
            } else {
                format!("{unknown}；可用的有 {words}{more}")
            }
        }
        Problem::Operator(operator, field) => {
            let (sign, name) = (operator.sign(), field.entry().name);
            let kind = kind(lang, field.kind());
            let signs: Vec<_> = operators(field.kind()).map(Operator::sign).collect();
            let signs = signs.join(" ");
            if en {
                format!("`{sign}` cannot be asked of {name}, which is {kind}; it takes {signs}")
            } else {
                format!("{name} 是{kind}，不能用 `{sign}`；可用 {signs}")
            }
        }
        Problem::Unclosed if en => "the text has no closing \"".to_owned(),
        Problem::Unclosed => "文本缺少右引号 \"".to_owned(),
        Problem::Escape(escape) if en => {
            format!("unknown escape `{escape}`: write `\\{escape}`, or r\"…\" without escapes")
        }
        Problem::Escape(escape) => {
            format!("未知的转义 `{escape}`：请写 `\\{escape}`，或用不转义的 r\"…\"")
        }
        Problem::Pattern(words) if en => format!("not a regular expression: {words}"),
        Problem::Pattern(words) => format!("不是正则表达式：{words}"),
        Problem::EmptyRange if en => "the range begins behind its end".to_owned(),
        Problem::EmptyRange => "范围的起点大于终点".to_owned(),
        Problem::Character(c) if en => format!("`{c}` means nothing here"),
        Problem::Character(c) => format!("`{c}` 在此没有意义"),
        Problem::Depth if en => "more than 64 levels of parentheses".to_owned(),
        Problem::Depth => "括号超过 64 层".to_owned(),
    }
}

fn perhaps(lang: Lang, like: &[&str]) -> String {
    if like.is_empty() {
        return String::new();
    }
    let names: Vec<String> = like.iter().map(|name| format!("`{name}`")).collect();
    match lang {
        Lang::En => format!("; did you mean {}?", names.join(" or ")),
        Lang::Zh => format!("；是不是 {}？", names.join(" 或 ")),
    }
}

fn expected(lang: Lang, what: Expected) -> String {
    let en = lang == Lang::En;
    match what {
        Expected::Field if en => "a field, such as opcode".to_owned(),
        Expected::Field => "字段，例如 opcode".to_owned(),
        Expected::Value(field) => value(lang, field),
        Expected::Set if en => "{ and the values of a set".to_owned(),
        Expected::Set => "{ 及一组值".to_owned(),
        Expected::SetGoesOn if en => "`,` or `}`".to_owned(),
        Expected::SetGoesOn => "`,` 或 `}`".to_owned(),
        Expected::Closing if en => "`)`, `&&` or `||`".to_owned(),
        Expected::Closing => "`)`、`&&` 或 `||`".to_owned(),
        Expected::Connective if en => "an operator, `&&`, `||` or the end".to_owned(),
        Expected::Connective => "运算符、`&&`、`||` 或结尾".to_owned(),
    }
}

fn value(lang: Lang, field: Field) -> String {
    let en = lang == Lang::En;
    match (field.kind(), field.words().first()) {
        (Type::Number | Type::Word | Type::Flag, Some((word, _))) if en => {
            format!("{}, such as {word}", kind(lang, field.kind()))
        }
        (Type::Number | Type::Word | Type::Flag, Some((word, _))) => {
            format!("{}，例如 {word}", kind(lang, field.kind()))
        }
        (Type::Seconds, _) if en => "seconds, such as 2.5".to_owned(),
        (Type::Seconds, _) => "秒数，例如 2.5".to_owned(),
        (Type::Text, _) if en => "a text in quotes, such as \"error\"".to_owned(),
        (Type::Text, _) => "引号中的文本，例如 \"error\"".to_owned(),
        (Type::Octets, _) if en => "octets, such as 88:02:03, or a text in quotes".to_owned(),
        (Type::Octets, _) => "字节，例如 88:02:03，或引号中的文本".to_owned(),
        (Type::Address, _) if en => "an address, such as 127.0.0.1 or 10.0.0.0/8".to_owned(),
        (Type::Address, _) => "地址，例如 127.0.0.1 或 10.0.0.0/8".to_owned(),
        (kind_of, None) => kind(lang, kind_of).to_owned(),
    }
}

/// A type in words.
#[must_use]
pub fn kind(lang: Lang, kind: Type) -> &'static str {
    match (lang, kind) {
        (Lang::En, Type::Flag) => "yes or no",
        (Lang::En, Type::Number) => "a number",
        (Lang::En, Type::Seconds) => "seconds",
        (Lang::En, Type::Word) => "a word",
        (Lang::En, Type::Text) => "text",
        (Lang::En, Type::Octets) => "octets",
        (Lang::En, Type::Address) => "an address",
        (Lang::Zh, Type::Flag) => "是或否",
        (Lang::Zh, Type::Number) => "数字",
        (Lang::Zh, Type::Seconds) => "秒",
        (Lang::Zh, Type::Word) => "词",
        (Lang::Zh, Type::Text) => "文本",
        (Lang::Zh, Type::Octets) => "字节",
        (Lang::Zh, Type::Address) => "地址",
    }
}

/// That a filter with an error leaves the one before it in force; empty is none.
#[must_use]
pub fn still_in_force(lang: Lang, text: &str) -> String {
    match (lang, text) {
        (Lang::En, "") => "No filter is in force.".to_owned(),
        (Lang::Zh, "") => "目前没有生效的过滤器。".to_owned(),
        (Lang::En, text) => format!("Still in force: {text}"),
        (Lang::Zh, text) => format!("仍然生效：{text}"),
    }
}

/// That nothing passes filter and chips.
#[must_use]
pub fn nothing_passes(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "No row passes the filters.",
        Lang::Zh => "没有行符合过滤条件。",
    }
}

/// That some payloads were not looked at whole.
#[must_use]
pub fn cut(lang: Lang, count: u64) -> String {
    let limit = LOOKED_AT >> 20;
    match lang {
        Lang::En => format!("of {count} payloads only the first {limit} MiB were looked at"),
        Lang::Zh => format!("有 {count} 个载荷只查看了前 {limit} MiB"),
    }
}

/// The operators that values of a type can answer.
pub fn operators(kind: Type) -> impl Iterator<Item = Operator> {
    let all = crate::session::filter::syntax::OPERATORS.into_iter();
    all.map(|(operator, _, _)| operator).filter(move |operator| operator.suits(kind))
}

/// What an operator asks.
#[must_use]
pub fn operator(lang: Lang, operator: Operator) -> &'static str {
    let (en, zh) = match operator {
        Operator::Compare(Comparison::Equal) => ("is", "等于"),
        Operator::Compare(Comparison::NotEqual) => ("is another than", "不等于"),
        Operator::Compare(Comparison::Less) => ("is less than", "小于"),
        Operator::Compare(Comparison::LessOrEqual) => ("is at most", "小于或等于"),
        Operator::Compare(Comparison::Greater) => ("is more than", "大于"),
        Operator::Compare(Comparison::GreaterOrEqual) => ("is at least", "大于或等于"),
        Operator::In => ("is one of {…}", "属于 {…}"),
        Operator::Contains => ("contains this text, or octets", "包含此文本或字节"),
        Operator::Matches => ("a regular expression is found in it", "匹配正则表达式"),
    };
    if lang == Lang::En { en } else { zh }
}

/// What joins two tests.
#[must_use]
pub fn connective(lang: Lang, sign: &str) -> &'static str {
    match (lang, sign) {
        (Lang::En, "&&") => "and",
        (Lang::En, "||") => "or",
        (Lang::En, _) => "one of both",
        (Lang::Zh, "&&") => "并且",
        (Lang::Zh, "||") => "或者",
        (Lang::Zh, _) => "二者之一",
    }
}

/// Filters to begin with, and what they let through.
#[must_use]
pub fn examples(lang: Lang) -> [(&'static str, &'static str); 9] {
    let en = lang == Lang::En;
    let say = |english, chinese| if en { english } else { chinese };
    [
        (
            "opcode == close && code != 1000",
            say("a Close with another code", "状态码不是 1000 的 Close"),
        ),
        ("from == server && len > 1024", say("long frames of the server", "服务器发出的长帧")),
        (
            r#"text contains "error""#,
            say("messages with this text; case counts", "含此文本的消息，区分大小写"),
        ),
        (
            r#"text matches "id\":\\d+""#,
            say("a regular expression; case does not count", "正则表达式，不区分大小写"),
        ),
        (
            "payload contains 88:02:03",
            say("octets of the unmasked payload", "去掩码后载荷中的字节"),
        ),
        (
            "!ping && !pong",
            say(
                "without heartbeats; keeps heads and ends of TCP",
                "隐藏心跳，保留报文头与 TCP 结束",
            ),
        ),
        (
            "connection == 3 && time > 2.5",
            say("one connection, later than 2.5 s", "某个连接 2.5 秒之后"),
        ),
        ("code in {1000..1003, 4000}", say("one of these, ranges too", "其中之一，可用范围")),
        ("violation || !complete", say("what breaks a rule or was cut off", "违反规则或被截断的")),
    ]
}

/// How the language works, a sentence each.
#[must_use]
pub fn rules(lang: Lang) -> [&'static str; 6] {
    match lang {
        Lang::En => [
            "Operators: == != < <= > >= (eq ne lt le gt ge), contains, matches (~), in {…}; \
             && || ^^ ! (and or xor not). ! binds closest, then &&, ^^, ||.",
            "A field alone asks whether a row has it; a flag's short name (fin, ping, violation) \
             whether it is set.",
            "A row without the field fails every test of it, != too: len > 5 concerns frames \
             only, !ping keeps heads.",
            "Text stands in quotes; \\\" \\\\ \\n \\x41 are escapes, r\"…\" has none. Octets: \
             88:02:03. Numbers: 10 or 0x0a.",
            "text of a fragment is its own; of the last fragment it is the whole message.",
            "Of a payload or message longer than 64 MiB the first 64 MiB are looked at.",
        ],
        Lang::Zh => [
            "运算符：== != < <= > >=（eq ne lt le gt ge）、contains、matches（~）、in {…}；\
             && || ^^ !（and or xor not）。! 优先，其次 &&、^^、||。",
            "单独写字段表示该行有此字段；标志的短名（fin、ping、violation）表示已置位。",
            "没有该字段的行不满足任何比较，!= 也不例外：len > 5 只涉及帧，!ping 保留报文头。",
            "文本写在引号中；\\\" \\\\ \\n \\x41 为转义，r\"…\" 不转义。字节：88:02:03。数字：10 或 0x0a。",
            "分片的 text 是该分片自身；最后一个分片的 text 是整条消息。",
            "超过 64 MiB 的载荷或消息只查看前 64 MiB。",
        ],
    }
}

/// What a field means.
#[must_use]
pub fn meaning(lang: Lang, field: Field) -> &'static str {
    let (en, zh) = match field {
        Field::Number => ("number of the frame, as in the column #", "帧的编号，即 # 列"),
        Field::Connection => ("number of the connection", "连接的编号"),
        Field::Time => ("seconds since the first row", "距第一行的秒数"),
        Field::From => ("who sent it", "发送方"),
        Field::Kind => ("what the row is", "该行是什么"),
        Field::Opcode => ("opcode of a frame", "帧的 opcode"),
        Field::Data => ("text, binary, or a continuation", "text、binary 或其后续分片"),
        Field::Frame => ("a frame of WebSocket", "WebSocket 帧"),
        Field::Close => ("a Close frame", "Close 帧"),
        Field::Ping => ("a Ping", "Ping 帧"),
        Field::Pong => ("a Pong", "Pong 帧"),
        Field::Fin => ("the FIN bit", "FIN 位"),
        Field::Rsv => ("RSV1–3 as a number; RSV1 is 4", "RSV1–3 的数值，RSV1 为 4"),
        Field::Rsv1 => ("the RSV1 bit", "RSV1 位"),
        Field::Rsv2 => ("the RSV2 bit", "RSV2 位"),
        Field::Rsv3 => ("the RSV3 bit", "RSV3 位"),
        Field::Mask => ("the MASK bit", "MASK 位"),
        Field::MaskingKey => ("the masking-key", "掩码密钥（masking-key）"),
        Field::Len => ("octets of payload, as announced", "声明的载荷字节数"),
        Field::Length7 => {
            ("the 7 bits of length; 126, 127: a longer form", "7 位长度；126、127 表示更长形式")
        }
        Field::Length16 => ("the length in its 16-bit form", "16 位形式的长度"),
        Field::Length64 => ("the length in its 64-bit form", "64 位形式的长度"),
        Field::Complete => ("the frame came whole", "帧已完整到达"),
        Field::Text => ("text of a text message", "文本消息的文本"),
        Field::Payload => ("the frame's payload, unmasked", "帧的载荷（已去掩码）"),
        Field::Compressed => ("frame of a compressed message", "压缩消息的帧"),
        Field::Message => ("number of the message in its direction", "该方向上消息的编号"),
        Field::Part => ("which fragment of its message", "消息的第几个分片"),
        Field::Code => ("status code of a Close", "Close 的状态码"),
        Field::Reason => ("reason of a Close", "Close 的原因"),
        Field::Event => ("how TCP ended", "TCP 如何结束"),
        Field::Head => ("HTTP head with its body", "HTTP 报文头及主体"),
        Field::Status => ("status of an HTTP response", "HTTP 响应状态码"),
        Field::Violation => ("breaks a rule", "违反规则"),
        Field::Rule => ("id of a rule it breaks", "所违反规则的 id"),
        Field::Severity => ("how binding that rule is", "该规则的约束力"),
        Field::Source => ("address of who sent it", "发送方地址"),
        Field::Destination => ("address of who was sent it", "接收方地址"),
        Field::SourcePort => ("TCP port of who sent it", "发送方 TCP 端口"),
        Field::DestinationPort => ("TCP port of who was sent it", "接收方 TCP 端口"),
    };
    if lang == Lang::En { en } else { zh }
}

/// The help as text: rules, then a line for each field.
#[must_use]
pub fn help(lang: Lang) -> String {
    let mut lines: Vec<String> = rules(lang).map(str::to_owned).into();
    lines.push(String::new());
    lines.extend(examples(lang).map(|(filter, words)| format!("  {filter:<34}  {words}")));
    lines.push(String::new());
    for entry in FIELDS {
        let words = match entry.field.words() {
            words if entry.kind == Type::Flag || words.is_empty() => String::new(),
            words if words.len() > 6 => format!(" ({}…)", words[0].0),
            words => {
                let words: Vec<_> = words.into_iter().map(|(word, _)| word).collect();
                format!(" ({})", words.join(", "))
            }
        };
        let other = entry.wireshark.join(", ");
        let line = format!("  {:<17} {}{words}", entry.name, meaning(lang, entry.field));
        lines.push(if other.is_empty() { line } else { format!("{line}; {other}") });
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::filter::Filter;

    #[test]
    fn the_examples_are_filters_in_both_languages() {
        for (en, zh) in examples(Lang::En).into_iter().zip(examples(Lang::Zh)) {
            assert_eq!(en.0, zh.0);
            assert_ne!(en.1, zh.1);
            assert!(Filter::parse(en.0).is_ok(), "{}", en.0);
        }
    }

    #[test]
    fn every_field_is_explained_in_both_languages() {
        for entry in FIELDS {
            assert_ne!(meaning(Lang::En, entry.field), meaning(Lang::Zh, entry.field));
            assert!(help(Lang::Zh).contains(entry.name));
        }
    }
}
