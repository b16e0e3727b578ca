//! permessage-deflate in sentences: what was agreed or declined and why, and what a
//! compressed message inflates to.

use super::Lang;
use super::detail::{self, exact_octets};
use super::sentences::grouped;
use crate::protocol::Role;
use crate::protocol::deflate::{
    AnswerFault, Decline, EXTENSION, InflateError, Outcome, ParameterFault, Parameters,
};
use crate::session::Log;
use crate::session::inflate::{Lost, Preview};
use crate::session::wire::INFLATE_LIMIT;

/// What is wrong with the parameters themselves.
#[must_use]
pub fn parameter(lang: Lang, fault: &ParameterFault) -> String {
    let en = lang == Lang::En;
    match fault {
        ParameterFault::Unknown(name) if en => format!("{name} is no parameter of {EXTENSION}"),
        ParameterFault::Unknown(name) => format!("{name} 不是 {EXTENSION} 的参数"),
        ParameterFault::Doubled(name) if en => format!("{} is named twice", name.word()),
        ParameterFault::Doubled(name) => format!("{} 出现了两次", name.word()),
        ParameterFault::ValueMissing(name) if en => {
            format!("{} needs a value from 8 to 15", name.word())
        }
        ParameterFault::ValueMissing(name) => format!("{} 需要 8 至 15 的值", name.word()),
        ParameterFault::ValueNotAllowed(name, value) if en => {
            format!("{} takes no value, but has \"{value}\"", name.word())
        }
        ParameterFault::ValueNotAllowed(name, value) => {
            format!("{} 不带值，却有“{value}”", name.word())
        }
        ParameterFault::OutOfRange(name, value) if en => {
            format!("{} is a number from 8 to 15, not \"{value}\"", name.word())
        }
        ParameterFault::OutOfRange(name, value) => {
            format!("{} 须为 8 至 15 的数字，而非“{value}”", name.word())
        }
    }
}

/// Why an offer was not taken.
#[must_use]
pub fn decline(lang: Lang, reason: &Decline) -> String {
    let pick = |en: &str, zh: &str| if lang == Lang::En { en } else { zh }.to_owned();
    match reason {
        Decline::Invalid(fault) => parameter(lang, fault),
        Decline::ServerWindow8 => pick(
            "server_max_window_bits=8 is more than zlib can do: it compresses with 9 to 15",
            "server_max_window_bits=8 超出 zlib 的能力：它只能以 9 至 15 压缩",
        ),
        Decline::ClientWindowAbsent => pick(
            "the client does not let its window be chosen (client_max_window_bits)",
            "客户端不允许指定其窗口（client_max_window_bits）",
        ),
    }
}

/// Why a client must fail the connection over an answer.
#[must_use]
pub fn answer_fault(lang: Lang, fault: &AnswerFault) -> String {
    let en = lang == Lang::En;
    let pick = |english: &str, zh: &str| if en { english } else { zh }.to_owned();
    match fault {
        AnswerFault::NotOffered => pick("it was not offered", "客户端并未提议"),
        AnswerFault::Doubled => pick("it is answered more than once", "应答多于一个"),
        AnswerFault::Invalid(fault) => parameter(lang, fault),
        AnswerFault::ClientWindowNotOffered => pick(
            "client_max_window_bits is answered, but was not offered",
            "应答含 client_max_window_bits，但提议中没有",
        ),
        AnswerFault::ClientWindowLarger { offered, answered } if en => {
            format!("client_max_window_bits={answered} is more than the {offered} offered")
        }
        AnswerFault::ClientWindowLarger { offered, answered } => {
            format!("client_max_window_bits={answered} 大于所提议的 {offered}")
        }
        AnswerFault::ServerWindowLarger { offered, answered } if en => {
            format!("the server takes a window of {answered} bits, where {offered} were asked for")
        }
        AnswerFault::ServerWindowLarger { offered, answered } => {
            format!("服务器使用 {answered} 位窗口，而要求为 {offered} 位")
        }
        AnswerFault::ServerTakeover => pick(
            "server_no_context_takeover was asked for and is not in the answer",
            "要求了 server_no_context_takeover，应答中却没有",
        ),
    }
}

/// How one end compresses, in words.
#[must_use]
pub fn direction(lang: Lang, agreed: &Parameters, from: Role) -> String {
    let direction = agreed.direction(from);
    let (bits, alone) = (direction.window_bits, !direction.context_takeover);
    let size = 1u32 << bits;
    if lang == Lang::En {
        let context = if alone { "each message by itself" } else { "with context takeover" };
        format!("{} {context}, window {size} octets ({bits} bits)", from.word())
    } else {
        let who = if from == Role::Client { "客户端" } else { "服务器" };
        let context =
            if alone { "逐条独立压缩" } else { "沿用上下文（context takeover）" };
        format!("{who}{context}，窗口 {size} 字节（{bits} 位）")
    }
}

/// What was agreed, for both ends. A window of 8 bits is explained.
#[must_use]
pub fn agreed(lang: Lang, agreed: &Parameters) -> String {
    let ends = Role::BOTH.map(|from| direction(lang, agreed, from));
    let eight = Role::BOTH.iter().any(|from| agreed.direction(*from).window_bits == 8);
    let note = match (eight, lang) {
        (false, _) => "",
        (true, Lang::En) => {
            "; zlib has no window of 8 bits: wsscope inflates it with 9, and sends uncompressed"
        }
        (true, Lang::Zh) => "；zlib 没有 8 位窗口：wsscope 以 9 位解压，发送则不压缩",
    };
    format!("{}{note}", ends.join(if lang == Lang::En { "; " } else { "；" }))
}

/// What came of the offers; `None` where there was nothing to tell.
#[must_use]
pub fn outcome(lang: Lang, outcome: &Outcome) -> Option<String> {
    let en = lang == Lang::En;
    Some(match outcome {
        Outcome::None => return None,
        Outcome::Agreed(parameters) if en => {
            format!("{EXTENSION} agreed: {}", agreed(lang, parameters))
        }
        Outcome::Agreed(parameters) => format!("已协商 {EXTENSION}：{}", agreed(lang, parameters)),
        Outcome::Declined(reasons) => {
            let told: Vec<String> = reasons.iter().map(|reason| decline(lang, reason)).collect();
            let separator = if en { ": " } else { "：" };
            let why = if told.is_empty() {
                String::new()
            } else {
                separator.to_owned() + &told.join("; ")
            };
            if en {
                format!("{EXTENSION} was offered and not taken{why}")
            } else {
                format!("提议了 {EXTENSION}，服务器未接受{why}")
            }
        }
        Outcome::Faulty(fault, _) if en => {
            format!("{EXTENSION} cannot be answered so: {}", answer_fault(lang, fault))
        }
        Outcome::Faulty(fault, _) => {
            format!("{EXTENSION} 不能如此应答：{}", answer_fault(lang, fault))
        }
    })
}

/// What compressed octets are of those that they inflate to, which are more than none.
fn percent(sent: u64, len: u64) -> String {
    let percent = sent as f64 * 100.0 / len as f64;
    format!("{percent:.*} %", usize::from(percent < 10.0))
}

/// "412 → 1,904 octets, 22 %"
#[must_use]
pub fn ratio(lang: Lang, sent: u64, len: u64) -> String {
    let octets = exact_octets(lang, len);
    match (len, lang) {
        (0, _) => format!("{} → {octets}", grouped(sent)),
        (_, Lang::En) => format!("{} → {octets}, {}", grouped(sent), percent(sent, len)),
        (_, Lang::Zh) => format!("{} → {octets}，{}", grouped(sent), percent(sent, len)),
    }
}

/// Whether a row is a frame of a compressed message of which something can be said:
/// without the extension RSV1 means nothing.
#[must_use]
pub fn is_of_message(log: &Log, index: u64) -> bool {
    log.row(index).is_some_and(|row| {
        let agreed = || log.connection(row.connection).is_some_and(|c| c.deflate.is_some());
        row.is_compressed() && (agreed() || log.compressed(index).is_some())
    })
}

/// The mark of a frame of a compressed message in a list: with the ratio at the last.
#[must_use]
pub fn mark(lang: Lang, preview: Option<&Preview>) -> String {
    match preview.map(|preview| (preview.sent, preview.message.inflated())) {
        None | Some((_, Ok(0))) => "deflate".to_owned(),
        Some((sent, Ok(len))) => format!("deflate {}", percent(sent, len)),
        Some((sent, failed)) => format!("deflate · {}", message(lang, sent, failed)),
    }
}

/// A frame that is not the last of its compressed message, and the number of that one.
#[must_use]
pub fn fragment(lang: Lang, part: u16, last: Option<u32>) -> String {
    match (lang, last) {
        (Lang::En, Some(last)) => format!(
            "fragment {part} of a compressed message; shown inflated at its end, frame {last}"
        ),
        (Lang::En, None) => {
            format!("fragment {part} of a compressed message whose end is not here")
        }
        (Lang::Zh, Some(last)) => {
            format!("压缩消息的第 {part} 个分片；解压后的内容显示在末帧，即帧 {last}")
        }
        (Lang::Zh, None) => format!("压缩消息的第 {part} 个分片；此处没有其末帧"),
    }
}

/// Why a message was not inflated, or not whole; `lost` tells where its context went.
#[must_use]
pub fn not_inflated(lang: Lang, log: &Log, error: InflateError, lost: Option<Lost>) -> String {
    let en = lang == Lang::En;
    let number = |row: u64| log.row(row).map_or(0, |row| row.number);
    match (error, lost) {
        (InflateError::Invalid, _) if en => {
            "cannot be inflated: its octets are no deflate data that ends with a whole block".into()
        }
        (InflateError::Invalid, _) => "无法解压：不是以完整块结尾的 deflate 数据".into(),
        (InflateError::TooLong, _) if en => {
            format!("inflates to more than {} octets: no more is looked at", grouped(INFLATE_LIMIT))
        }
        (InflateError::TooLong, _) => {
            format!("解压后超过 {} 字节：不再查看更多", grouped(INFLATE_LIMIT))
        }
        (InflateError::ContextLost, Some(Lost::Behind(row))) if en => format!(
            "cannot be inflated: it may refer to the message of frame {}, which could not be either",
            number(row)
        ),
        (InflateError::ContextLost, Some(Lost::Behind(row))) => {
            format!("无法解压：它可能引用帧 {} 的消息，而该消息未能解压", number(row))
        }
        (InflateError::ContextLost, Some(Lost::Within(row))) if en => {
            format!("cannot be inflated: the capture lacks octets of frame {}", number(row))
        }
        (InflateError::ContextLost, Some(Lost::Within(row))) => {
            format!("无法解压：抓包文件缺少帧 {} 的部分字节", number(row))
        }
        (InflateError::ContextLost, _) if en => {
            "cannot be inflated: the capture lacks what came before it".into()
        }
        (InflateError::ContextLost, _) => "无法解压：抓包文件缺少其之前的数据".into(),
    }
}

/// What is shown of a message that inflates to this, or to nobody knows how much.
#[must_use]
pub fn shown(lang: Lang, part: u64, inflated: Result<u64, InflateError>) -> Option<String> {
    match (inflated, lang) {
        (Ok(len), _) => (part < len).then(|| detail::shown(lang, part, len)),
        (Err(InflateError::TooLong), Lang::En) => {
            let more = grouped(INFLATE_LIMIT);
            Some(format!("shown: first {} of more than {more} octets", grouped(part)))
        }
        (Err(InflateError::TooLong), Lang::Zh) => {
            let more = grouped(INFLATE_LIMIT);
            Some(format!("显示：超过 {more} 字节中的前 {} 字节", grouped(part)))
        }
        (Err(_), Lang::En) => Some(format!("shown: {}, up to the fault", exact_octets(lang, part))),
        (Err(_), Lang::Zh) => Some(format!("显示：出错之前的 {}", exact_octets(lang, part))),
    }
}

/// What a compressed message of `sent` octets inflates to, or why that is not known.
#[must_use]
pub fn message(lang: Lang, sent: u64, inflated: Result<u64, InflateError>) -> String {
    let pick = |en: &str, zh: &str| if lang == Lang::En { en } else { zh }.to_owned();
    match inflated {
        Ok(0) => pick("inflates to nothing", "解压后为空"),
        Ok(len) => {
            let percent = percent(sent, len);
            if lang == Lang::En {
                format!("inflates from {sent} to {len} octets ({percent})")
            } else {
                format!("由 {sent} 解压为 {len} 字节（{percent}）")
            }
        }
        Err(InflateError::Invalid) => pick("cannot be inflated", "无法解压"),
        Err(InflateError::TooLong) => {
            pick("inflates to more than is looked at", "解压后超出本程序查看的上限")
        }
        Err(InflateError::ContextLost) => pick(
            "cannot be inflated: what it refers to was not",
            "无法解压：其所引用的数据未能解压",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::deflate::{ClientWindow, Name};

    #[test]
    fn every_reason_has_its_sentence_in_both_languages() {
        let name = Name::ServerMaxWindowBits;
        let faults = [
            ParameterFault::Unknown("x".into()),
            ParameterFault::Doubled(name),
            ParameterFault::ValueMissing(name),
            ParameterFault::ValueNotAllowed(name, "1".into()),
            ParameterFault::OutOfRange(name, "7".into()),
        ];
        let narrow =
            Parameters { client_max_window_bits: ClientWindow::Bits(8), ..Parameters::default() };
        let mut outcomes = vec![
            Outcome::Agreed(Parameters::default()),
            Outcome::Agreed(narrow),
            Outcome::Declined(vec![]),
            Outcome::Declined(vec![Decline::ServerWindow8]),
            Outcome::Declined(vec![Decline::ClientWindowAbsent]),
        ];
        outcomes.extend(faults.into_iter().map(|f| Outcome::Declined(vec![Decline::Invalid(f)])));
        for fault in [
            AnswerFault::NotOffered,
            AnswerFault::Doubled,
            AnswerFault::ClientWindowNotOffered,
            AnswerFault::ClientWindowLarger { offered: 9, answered: 10 },
            AnswerFault::ServerWindowLarger { offered: 9, answered: 10 },
            AnswerFault::ServerTakeover,
        ] {
            outcomes.push(Outcome::Faulty(fault, None));
        }
        let mut seen = std::collections::HashSet::new();
        for lang in [Lang::En, Lang::Zh] {
            assert_eq!(outcome(lang, &Outcome::None), None);
            for told in outcomes.iter().filter_map(|o| outcome(lang, o)) {
                assert_eq!(told.is_ascii(), lang == Lang::En, "{told}");
                assert!(seen.insert(told));
            }
        }
        assert_eq!(seen.len(), 2 * outcomes.len());
        assert_eq!(message(Lang::En, 7, Ok(70)), "inflates from 7 to 70 octets (10 %)");
        assert_eq!(ratio(Lang::En, 412, 1904), "412 → 1,904 octets, 22 %");
    }
}
