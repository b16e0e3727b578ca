//! English.

use super::Words;

/// The fixed words.
pub const WORDS: Words = Words {
    text: "Text",
    json: "JSON",
    hex: "Hex",
    masked: "Masked",
    unmasked: "Unmasked",
    copy: "Copy",
    no_rule_broken: "no rule broken",
    select_a_row: "Choose a row to see its octets.",
    reason: "reason",
};
