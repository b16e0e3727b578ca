//! Chinese, simplified.

use super::Words;

/// The fixed words.
pub const WORDS: Words = Words {
    text: "文本",
    json: "JSON",
    hex: "十六进制",
    masked: "掩码后",
    unmasked: "去掩码",
    copy: "复制",
    no_rule_broken: "未违反任何规则",
    select_a_row: "选择一行，查看其字节。",
    reason: "原因",
};
