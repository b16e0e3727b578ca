//! Captions and sentences with figures of the pane that shows one row.

use super::Lang;
use super::sentences::{self, grouped};
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::opening_handshake::StartLine;
use crate::protocol::{Opcode, Role};
use crate::session::{Log, Stage};
use std::ops::Range;

/// Octets to the last one.
#[must_use]
pub fn exact_octets(lang: Lang, octets: u64) -> String {
    match (lang, octets) {
        (Lang::En, 1) => "1 octet".to_owned(),
        (Lang::En, n) => format!("{} octets", grouped(n)),
        (Lang::Zh, n) => format!("{} 字节", grouped(n)),
    }
}

/// "FROM THE SERVER".
#[must_use]
pub fn from(lang: Lang, role: Role) -> &'static str {
    match (lang, role) {
        (Lang::En, Role::Client) => "FROM THE CLIENT",
        (Lang::En, Role::Server) => "FROM THE SERVER",
        (Lang::Zh, Role::Client) => "来自客户端",
        (Lang::Zh, Role::Server) => "来自服务器",
    }
}

/// Heads a frame.
#[must_use]
pub fn frame_caption(lang: Lang, number: u32, opcode: Opcode, role: Role) -> String {
    let (name, from) = (opcode.name(), from(lang, role));
    match lang {
        Lang::En => format!("FRAME {number} · {} · {from}", name.to_uppercase()),
        Lang::Zh => format!("帧 {number} · {name} · {from}"),
    }
}

/// Heads a head.
#[must_use]
pub fn head_caption(lang: Lang, start: Option<&StartLine>, role: Role) -> String {
    let what = match start {
        Some(StartLine::Request { method, .. }) => method.clone(),
        Some(StartLine::Response { status, .. }) => status.to_string(),
        None => "HTTP".to_owned(),
    };
    let from = from(lang, role);
    match lang {
        Lang::En => format!("OPENING HANDSHAKE · {what} · {from}"),
        Lang::Zh => format!("打开握手 · {what} · {from}"),
    }
}

/// FIN, RST or what stands for a lost connection.
#[must_use]
pub fn tcp_word(lang: Lang, event: TcpEvent) -> &'static str {
    match (event, lang) {
        (TcpEvent::Fin, _) => "FIN",
        (TcpEvent::Rst, _) => "RST",
        (TcpEvent::Lost, Lang::En) => "LOST",
        (TcpEvent::Lost, Lang::Zh) => "丢失",
    }
}

/// Heads the end of one direction of TCP.
#[must_use]
pub fn tcp_caption(lang: Lang, event: TcpEvent, role: Role) -> String {
    format!("TCP · {} · {}", tcp_word(lang, event), from(lang, role))
}

/// Heads what is known of a connection as a whole.
#[must_use]
pub fn connection_caption(lang: Lang, number: u32, over: bool) -> String {
    match (lang, over) {
        (Lang::En, false) => format!("CONNECTION {number} · TCP ESTABLISHED"),
        (Lang::En, true) => format!("CONNECTION {number} · CLOSED"),
        (Lang::Zh, false) => format!("连接 {number} · TCP 已建立"),
        (Lang::Zh, true) => format!("连接 {number} · CLOSED"),
    }
}

/// Heads what was seen of TLS.
#[must_use]
pub fn tls_caption(lang: Lang, number: u32) -> String {
    match lang {
        Lang::En => format!("CONNECTION {number} · TLS"),
        Lang::Zh => format!("连接 {number} · TLS"),
    }
}

/// Heads something that did not work.
#[must_use]
pub fn fault_caption(lang: Lang, stage: Stage) -> String {
    let (en, zh) = match stage {
        Stage::Listen => ("LISTENING", "监听"),
        Stage::Lookup => ("NAME LOOKUP", "名称解析"),
        Stage::Tcp => ("TCP", "TCP"),
        Stage::Tls => ("TLS", "TLS"),
        Stage::OpeningHandshake => ("OPENING HANDSHAKE", "打开握手"),
        Stage::Send => ("SENDING", "发送"),
        Stage::Record => ("RECORDING", "录制"),
    };
    match lang {
        Lang::En => format!("ERROR · {en}"),
        Lang::Zh => format!("错误 · {zh}"),
    }
}

/// What one end's FIN, RST or silence means for both.
#[must_use]
pub fn tcp_meaning(lang: Lang, by: Role, event: TcpEvent, ours: bool) -> String {
    let (who, peer) = (sentences::role(lang, by), sentences::role(lang, by.peer()));
    let text = match (lang, event) {
        (Lang::En, TcpEvent::Fin) => format!(
            "{who} has sent its last octet; {peer} may still send until it ends its own direction (half-close)."
        ),
        (Lang::Zh, TcpEvent::Fin) => {
            format!("{who}已发完最后一个字节；在结束自己的方向之前，{peer}仍可发送（半关闭）。")
        }
        (Lang::En, TcpEvent::Rst) => {
            let arrived = if ours {
                " Octets that the socket took before may never have arrived."
            } else {
                ""
            };
            format!(
                "{who} threw the connection away, both directions at once: octets that were not read yet are discarded.{arrived}"
            )
        }
        (Lang::Zh, TcpEvent::Rst) => {
            let arrived =
                if ours { "此前套接字已接受的字节可能从未到达。" } else { "" };
            format!("{who}同时放弃了两个方向的连接：尚未读取的字节被丢弃。{arrived}")
        }
        (Lang::En, TcpEvent::Lost) => {
            format!("The connection was lost: nothing more is known of {who}.")
        }
        (Lang::Zh, TcpEvent::Lost) => format!("连接丢失：此后对{who}一无所知。"),
    };
    sentences::capitalised(&text)
}

/// Connection, time and size under the caption.
#[must_use]
pub fn place(lang: Lang, connection: u32, since: u64, octets: Option<u64>) -> String {
    let seconds = since as f64 / 1e9;
    let mut text = match (lang, connection) {
        (_, 0) => format!("{seconds:.3} s"),
        (Lang::En, n) => format!("connection {n} · {seconds:.3} s"),
        (Lang::Zh, n) => format!("连接 {n} · {seconds:.3} s"),
    };
    if let Some(octets) = octets {
        text.push_str(" · ");
        text.push_str(&exact_octets(lang, octets));
    }
    text
}

/// What is shown of something longer.
#[must_use]
pub fn shown(lang: Lang, part: u64, whole: u64) -> String {
    let (part, whole) = (grouped(part), grouped(whole));
    match lang {
        Lang::En => format!("shown: first {part} of {whole} octets"),
        Lang::Zh => format!("显示：{whole} 字节中的前 {part} 字节"),
    }
}

/// What was copied of something that may be longer.
#[must_use]
pub fn copied(lang: Lang, part: u64, whole: u64) -> String {
    match lang {
        Lang::En if part < whole => {
            format!("copied: first {} of {} octets", grouped(part), grouped(whole))
        }
        Lang::En => format!("copied: {}", exact_octets(lang, part)),
        Lang::Zh if part < whole => {
            format!("已复制：{} 字节中的前 {} 字节", grouped(whole), grouped(part))
        }
        Lang::Zh => format!("已复制：{}", exact_octets(lang, part)),
    }
}

/// The end of the stream came inside the frame.
#[must_use]
pub fn cut_off(lang: Lang, came: u64, announced: u64) -> String {
    let (came, announced) = (grouped(came), grouped(announced));
    match lang {
        Lang::En => format!("cut off: {came} of {announced} octets of payload came"),
        Lang::Zh => format!("被截断：载荷 {announced} 字节中只收到 {came} 字节"),
    }
}

/// What of a frame is not there, in a few words: the stream ended inside it, or
/// the capture lacks octets; `None` for a whole one.
#[must_use]
pub fn shortfall(lang: Lang, log: &Log, index: u64) -> Option<String> {
    log.row(index).filter(|row| !row.is_complete())?;
    let missing: u64 = log.missing(index).iter().map(|range| range.end - range.start).sum();
    let words = lang.words();
    Some(match missing {
        0 => format!("{} {}", words.cut_off, sentences::octets(lang, log.octets_len(index))),
        missing => format!("{} {}", words.not_captured, sentences::octets(lang, missing)),
    })
}

/// Which octets of a frame the capture lacks.
#[must_use]
pub fn missing(lang: Lang, ranges: &[Range<u64>]) -> String {
    let list: Vec<String> = ranges
        .iter()
        .map(|range| {
            let (octets, at) = (grouped(range.end - range.start), grouped(range.start));
            match lang {
                Lang::En => format!("{octets} octets from octet {at} of the frame on"),
                Lang::Zh => format!("从帧的第 {at} 字节起 {octets} 字节"),
            }
        })
        .collect();
    match lang {
        Lang::En => format!("not in the capture, and 0 here: {}", list.join(", ")),
        Lang::Zh => format!("抓包文件中缺失，在此为 0：{}", list.join("、")),
    }
}

/// The end of the stream came inside the header.
#[must_use]
pub fn cut_off_header(lang: Lang, came: u64) -> String {
    match lang {
        Lang::En => {
            format!("cut off inside the header: {came} octets of it came, the rest is 0 here")
        }
        Lang::Zh => format!("在帧头内被截断：只收到 {came} 字节，其余在此为 0"),
    }
}

/// Where a fragment stands in its message.
#[must_use]
pub fn part(lang: Lang, message: u32, part: u16, parts: Option<usize>) -> String {
    match (lang, parts) {
        (Lang::En, Some(parts)) => format!("part {part} of {parts} · message {message}"),
        (Lang::En, None) => format!("part {part} · message {message}"),
        (Lang::Zh, Some(parts)) => format!("第 {part} 个分片，共 {parts} 个 · 消息 {message}"),
        (Lang::Zh, None) => format!("第 {part} 个分片 · 消息 {message}"),
    }
}

/// How unmasking works, on the first octet.
#[must_use]
pub fn unmasking(lang: Lang, masked: u8, key: u8) -> String {
    let plain = masked ^ key;
    let letter = if plain.is_ascii_graphic() {
        format!(" \"{}\"", char::from(plain))
    } else {
        String::new()
    };
    match lang {
        Lang::En => format!("first octet: {masked:02x} XOR {key:02x} = {plain:02x}{letter}"),
        Lang::Zh => format!("首字节：{masked:02x} XOR {key:02x} = {plain:02x}{letter}"),
    }
}

/// Which bits of a frame, the first and the last of them.
#[must_use]
pub fn bits(lang: Lang, first: u64, last: u64) -> String {
    match lang {
        Lang::En if first == last => format!("bit {first}"),
        Lang::En => format!("bits {first}–{last}"),
        Lang::Zh if first == last => format!("第 {first} 位"),
        Lang::Zh => format!("第 {first}–{last} 位"),
    }
}

/// Where in the payload a rule was broken.
#[must_use]
pub fn at_octet(lang: Lang, at: u64) -> String {
    match lang {
        Lang::En => format!("at octet {at} of the payload"),
        Lang::Zh => format!("位于载荷的第 {at} 字节"),
    }
}

/// Something that cannot be read back.
#[must_use]
pub fn unreadable(lang: Lang, words: &str) -> String {
    match lang {
        Lang::En => format!("cannot be read back from the capture: {words}"),
        Lang::Zh => format!("无法从抓包文件读回：{words}"),
    }
}

/// It is no JSON.
#[must_use]
pub fn not_json(lang: Lang, words: &str) -> String {
    match lang {
        Lang::En => format!("This payload is not JSON: {words}."),
        Lang::Zh => format!("该载荷不是 JSON：{words}。"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_said_to_the_last_one() {
        let shown = shown(Lang::En, 1 << 20, 100 << 20);
        assert_eq!(shown, "shown: first 1,048,576 of 104,857,600 octets");
        assert_eq!(exact_octets(Lang::En, 1), "1 octet");
    }
}
