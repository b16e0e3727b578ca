//! What waits to go out, in a few words.

use super::Lang;
use super::sentences::octets;
use crate::protocol::Opcode;
use crate::protocol::connection::{Held, HeldWhat};

/// Characters shown of a reason, a head or a payload.
const SHOWN: usize = 40;

/// What it is: `Pong · 4 octets · beat · answer`.
#[must_use]
pub fn held(lang: Lang, held: &Held) -> String {
    let mut parts = what(lang, &held.what);
    if held.answer {
        parts.push(lang.words().as_answer.to_owned());
    }
    parts.join(" · ")
}

fn what(lang: Lang, what: &HeldWhat) -> Vec<String> {
    let mut parts = match what {
        HeldWhat::Head(line) => vec![short(line)],
        HeldWhat::Close(None, _) => vec![format!("Close, {}", octets(lang, 0))],
        HeldWhat::Close(Some(code), reason) => vec![format!("Close {}", code.0), short(reason)],
        HeldWhat::Frame { opcode, fin, len, preview } => {
            let more = if *fin { "" } else { " FIN 0" };
            let name = format!("{}{more}", opcode.name());
            let text = matches!(*opcode, Opcode::TEXT | Opcode::PING | Opcode::PONG);
            let begin = if text { as_text(preview, *len) } else { as_hex(preview, *len) };
            vec![name, octets(lang, *len), begin]
        }
        HeldWhat::Raw { len, preview } => vec![octets(lang, *len), as_hex(preview, *len)],
        HeldWhat::Batch(count) => vec![format!("batch: {count}")],
        HeldWhat::Fin => vec!["FIN".to_owned()],
        HeldWhat::FinAbrupt => vec![lang.words().fin_abrupt.to_owned()],
        HeldWhat::Rst => vec!["RST".to_owned()],
    };
    parts.retain(|part| !part.is_empty());
    parts
}

/// A text in one line, cut off where it is long.
fn short(text: &str) -> String {
    cut(text, false)
}

/// The same where there may be more of it.
fn cut(text: &str, more: bool) -> String {
    let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let begin: String = chars.by_ref().take(SHOWN).collect();
    if more || chars.next().is_some() { format!("{begin}…") } else { begin }
}

/// How a payload of `len` octets begins: a text as far as it is one, else octets.
fn as_text(begin: &[u8], len: u64) -> String {
    let more = (begin.len() as u64) < len;
    match std::str::from_utf8(begin) {
        Ok(text) => cut(text, more),
        // Its last character may be cut.
        Err(error) if error.error_len().is_none() && more => {
            cut(&String::from_utf8_lossy(&begin[..error.valid_up_to()]), true)
        }
        Err(_) => as_hex(begin, len),
    }
}

/// How `len` octets begin.
fn as_hex(begin: &[u8], len: u64) -> String {
    let pairs: Vec<String> = begin.iter().take(12).map(|octet| format!("{octet:02x}")).collect();
    let more = if len > 12 { " …" } else { "" };
    format!("{}{more}", pairs.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Action;

    #[test]
    fn each_kind_has_its_words() {
        let mars = "孩子,地球太危险了".repeat(6);
        for (action, answer, en, zh) in [
            ("ping:beat", true, "Ping · 4 octets · beat · answer", "Ping · 4 字节 · beat · 应答"),
            ("text:", false, "Text · 0 octets", "Text · 0 字节"),
            ("binary:00ff", false, "Binary · 2 octets · 00 ff", "Binary · 2 字节 · 00 ff"),
            ("close:1000:bye", true, "Close 1000 · bye · answer", "Close 1000 · bye · 应答"),
            ("close", false, "Close, 0 octets", "Close, 0 字节"),
            ("raw:8800", false, "2 octets · 88 00", "2 字节 · 88 00"),
            (
                "frame:opcode=text,fin=0,text=a",
                false,
                "Text FIN 0 · 1 octet · a",
                "Text FIN 0 · 1 字节 · a",
            ),
            ("fin", true, "FIN · answer", "FIN · 应答"),
            ("rst", false, "RST", "RST"),
        ] {
            let what = HeldWhat::of(&action.parse::<Action>().unwrap());
            let item = Held { id: 1, what, answer, by_hand: false };
            assert_eq!(held(Lang::En, &item), en);
            assert_eq!(held(Lang::Zh, &item), zh);
        }
        let begin = "Text · 150 octets · 孩子,地球太危险了孩子,地球太危险了孩子,地球…";
        for (action, en) in [
            (Action::text(&mars), begin),
            (Action::Raw(mars.into_bytes()), "150 octets · e5 ad a9 e5 ad 90 2c e5 9c b0 e7 90 …"),
            (Action::Raw(vec![0; 12]), "12 octets · 00 00 00 00 00 00 00 00 00 00 00 00"),
            (Action::text("two\nlines"), "Text · 9 octets · two lines"),
            (Action::Frame(Opcode::PING, vec![0xff]), "Ping · 1 octet · ff"),
        ] {
            let item = Held { id: 1, what: HeldWhat::of(&action), answer: false, by_hand: false };
            assert_eq!(held(Lang::En, &item), en);
        }
    }
}
