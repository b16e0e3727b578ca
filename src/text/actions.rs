//! What is wrong with an action as it was typed, and names of frames that are ready made.

use super::Lang;
use crate::protocol::action::ActionError;

/// What is wrong with an action.
#[must_use]
pub fn action_error(lang: Lang, error: &ActionError) -> String {
    match (lang, error) {
        (Lang::En, error) => error.to_string(),
        (_, ActionError::Unknown(word)) => format!(
            "没有“{word}”这一动作：可用 text:T、binary:HEX、ping[:T]、pong[:T]、close、\
             close:CODE[:REASON]、raw:HEX、frame:FIELDS、batch: … :end、wait:MS、fin、fin-abrupt、rst"
        ),
        (_, ActionError::Number(word, max)) => format!("“{word}”不是 0 到 {max} 的数字"),
        (_, ActionError::Hex(word)) => format!("“{word}”不是成对的十六进制数字"),
        (_, ActionError::Field(word)) => format!(
            "“{word}”不是 frame: 的组成部分：可用 opcode=、fin=、rsv1= 至 rsv3=、mask=、bits=、\
             length=，最后是 hex= 或 text="
        ),
        (_, ActionError::Batch) => "batch: 与 :end 须成对出现，且不能嵌套".to_owned(),
        (_, ActionError::NotInBatch) => {
            "wait、fin、fin-abrupt 和 rst 不能与其他内容合并写出".to_owned()
        }
    }
}

/// A frame that is ready made, as the raw frame editor offers it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preset {
    /// A Close of one octet.
    CloseOneOctet,
    /// A Close that announces more than follows.
    CloseCut,
    /// A Close whose reason is no UTF-8.
    CloseNotUtf8,
    /// A Close with a code that may never be on the wire.
    Close1005,
    /// A Close of 130 octets.
    CloseTooLong,
    /// A Ping that is a fragment.
    PingWithoutFin,
    /// A text that is no UTF-8.
    TextNotUtf8,
    /// RSV1 without an extension.
    Rsv1,
    /// An opcode that means nothing.
    Opcode3,
    /// A length in more bits than it needs.
    LengthNotMinimal,
    /// A continuation without a beginning.
    ContinuationOfNothing,
}

/// Its name.
#[must_use]
pub fn preset(lang: Lang, preset: Preset) -> &'static str {
    let pick = |en, zh| if lang == Lang::En { en } else { zh };
    match preset {
        Preset::CloseOneOctet => pick("Close, 1 octet", "Close，主体 1 字节"),
        Preset::CloseCut => pick("Close, announced 4, body cut", "Close，声称 4 字节但不足"),
        Preset::CloseNotUtf8 => pick("Close, reason not UTF-8", "Close，原因不是 UTF-8"),
        Preset::Close1005 => "Close 1005",
        Preset::CloseTooLong => pick("Close, 130 octets", "Close，130 字节"),
        Preset::PingWithoutFin => pick("Ping without FIN", "Ping，无 FIN 位"),
        Preset::TextNotUtf8 => pick("Text not UTF-8", "Text，不是 UTF-8"),
        Preset::Rsv1 => "RSV1",
        Preset::Opcode3 => "opcode 3",
        Preset::LengthNotMinimal => pick("Length not minimal", "长度不是最短形式"),
        Preset::ContinuationOfNothing => pick("Continuation of nothing", "没有开头的 Continuation"),
    }
}
