//! What opening a capture came to: what is missing, what was left out, and what
//! can be opened by choice.

use super::system::io_error;
use super::{Lang, sentences};
use crate::session::open::{Opened, Stream};
use crate::session::pcapng::read::ReadError;

/// Why a file, or the rest of it, cannot be read.
#[must_use]
pub fn read_error(lang: Lang, error: &ReadError) -> String {
    let words = lang.words();
    match error {
        ReadError::Io(error) => io_error(lang, error),
        ReadError::Empty => words.empty_capture.to_owned(),
        ReadError::NotACapture => words.not_a_capture.to_owned(),
        ReadError::Damaged(at) => format!("{} {at}", words.damaged_at),
    }
}

/// How far a file is read, of so many octets; 0 where that is not known.
#[must_use]
pub fn reading(lang: Lang, read: u64, size: u64) -> String {
    let far = match size {
        0 => sentences::octets(lang, read),
        size => format!("{} %", read.min(size) * 100 / size),
    };
    format!("{} {far}", lang.words().opening)
}

/// How far a file is written, from 0 to 1.
#[must_use]
pub fn writing(lang: Lang, share: f32) -> String {
    format!("{} {:.0} %", lang.words().writing, share * 100.0)
}

/// What opening a file came to, where there is something to say.
#[must_use]
pub fn opened(lang: Lang, opened: &Opened) -> Option<String> {
    let words = lang.words();
    let mut said = Vec::new();
    if opened.cancelled {
        said.push(words.opening_cancelled.to_owned());
    }
    if let Some(at) = opened.damaged_at {
        let up_to = words.shown_up_to;
        said.push(format!("{} {at}{}{up_to}", words.damaged_at, separator(lang)));
    }
    if let Some(left_out) = left_out(lang, opened) {
        said.push(left_out);
    }
    match (opened.cut, lang) {
        (0, _) => {}
        (1, Lang::En) => said.push("1 packet was cut by the snap length".into()),
        (n, Lang::En) => said.push(format!("{n} packets were cut by the snap length")),
        (n, Lang::Zh) => said.push(format!("{n} 个数据包被抓包长度上限（snap length）截断")),
    }
    if let Some((at, resolution)) = opened.impossible_clock {
        said.push(impossible_clock(lang, at, resolution));
    }
    let cut = opened.streams.iter().filter(|stream| stream.choice.handshake_cut).count();
    match (opened.streams.len() - cut, lang) {
        (0, _) => {}
        (1, Lang::En) => {
            said.push("1 stream without an opening handshake can be opened as WebSocket".into());
        }
        (n, Lang::En) => {
            said.push(format!(
                "{n} streams without an opening handshake can be opened as WebSocket"
            ));
        }
        (n, Lang::Zh) => said.push(format!("{n} 个没有打开握手的流可作为 WebSocket 打开")),
    }
    match (cut, lang) {
        (0, _) => {}
        (1, Lang::En) => {
            said.push("1 stream whose opening handshake was cut can be opened as WebSocket".into());
        }
        (n, Lang::En) => {
            said.push(format!(
                "{n} streams whose opening handshakes were cut can be opened as WebSocket"
            ));
        }
        (n, Lang::Zh) => said.push(format!("{n} 个打开握手不完整的流可作为 WebSocket 打开")),
    }
    (!said.is_empty()).then(|| said.join(separator(lang)))
}

fn separator(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "; ",
        Lang::Zh => "；",
    }
}

fn impossible_clock(lang: Lang, at: u64, resolution: u8) -> String {
    let base = if resolution & 0x80 == 0 { 10 } else { 2 };
    let exponent = resolution & 0x7F;
    match lang {
        Lang::En => format!(
            "the interface described at octet {at} counts in units of {base}^-{exponent} s \
             (if_tsresol), which 64 bits cannot; its packets have no times of their own"
        ),
        Lang::Zh => format!(
            "第 {at} 字节处描述的接口以 {base}^-{exponent} 秒为单位计时（if_tsresol），\
             64 位计不下；它的数据包没有自己的时间"
        ),
    }
}

fn left_out(lang: Lang, opened: &Opened) -> Option<String> {
    let left = &opened.left_out;
    let counted = |n: u64, one: &str, many: &str, zh: &str| {
        (n > 0).then(|| match (lang, n) {
            (Lang::En, 1) => format!("1 {one}"),
            (Lang::En, n) => format!("{n} {many}"),
            (Lang::Zh, n) => format!("{n} {zh}"),
        })
    };
    let parts: Vec<String> = [
        counted(
            left.connections,
            "TCP connection without WebSocket",
            "TCP connections without WebSocket",
            "个没有 WebSocket 的 TCP 连接",
        ),
        counted(
            left.encrypted,
            "encrypted connection (TLS)",
            "encrypted connections (TLS)",
            "个加密的连接（TLS）",
        ),
        counted(
            left.packets,
            "packet that is not TCP/IP",
            "packets that are not TCP/IP",
            "个不是 TCP/IP 的数据包",
        ),
        counted(
            left.cut,
            "packet cut before the end of its TCP header",
            "packets cut before the end of their TCP headers",
            "个在 TCP 头结束之前被截断的数据包",
        ),
        counted(
            left.fragments,
            "fragment of an IP packet",
            "fragments of IP packets",
            "个 IP 分片",
        ),
        counted(
            left.blocks,
            "block of a kind that is not read",
            "blocks of kinds that are not read",
            "个类型不支持的块",
        ),
        counted(
            left.items,
            "entry without WebSocket",
            "entries without WebSocket",
            "个与 WebSocket 无关的条目",
        ),
        counted(left.lines, "line of an unknown type", "lines of an unknown type", "行类型未知"),
    ]
    .into_iter()
    .flatten()
    .collect();
    match lang {
        _ if parts.is_empty() => None,
        Lang::En => Some(format!("left out: {}", parts.join(", "))),
        Lang::Zh => Some(format!("已略过：{}", parts.join("、"))),
    }
}

/// A stream that can be opened by choice: between whom, how much, how it begins.
#[must_use]
pub fn stream(lang: Lang, stream: &Stream) -> String {
    let (client, server) = (stream.choice.client, stream.server);
    let [packets, octets] = [stream.packets, stream.octets].map(|both| both[0] + both[1]);
    let hex = |octets: &[u8]| {
        let pairs: Vec<String> = octets.iter().take(8).map(|o| format!("{o:02x}")).collect();
        if pairs.is_empty() { "–".to_owned() } else { pairs.join(" ") }
    };
    let [from, to] = [hex(&stream.first[0]), hex(&stream.first[1])];
    match lang {
        Lang::En => {
            let doubt = if stream.likely { "" } else { "; does not begin as frames do" };
            format!(
                "{client} → {server}: {packets} packet{}, {octets} octets; \
                 client {from} · server {to}{doubt}",
                if packets == 1 { "" } else { "s" }
            )
        }
        Lang::Zh => {
            let doubt = if stream.likely { "" } else { "；开头不像帧" };
            format!(
                "{client} → {server}：{packets} 个数据包，{octets} 字节；\
                 客户端 {from} · 服务器 {to}{doubt}"
            )
        }
    }
}

/// There is no such stream.
#[must_use]
pub fn no_such_stream(lang: Lang, number: u32, count: usize) -> String {
    match lang {
        Lang::En => format!(
            "there is no stream {number}: {count} without an opening handshake can be opened"
        ),
        Lang::Zh => format!("没有第 {number} 个流：没有打开握手而可打开的流有 {count} 个"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::open::LeftOut;

    #[test]
    fn what_was_left_out_is_counted_in_words() {
        let mut file = Opened::default();
        assert_eq!(opened(Lang::En, &file), None);
        file.left_out = LeftOut { connections: 3, encrypted: 1, packets: 12, ..LeftOut::default() };
        file.cut = 2;
        let mut lines = Opened::default();
        lines.left_out.lines = 1;
        let said = |lang| opened(lang, &lines);
        assert_eq!(said(Lang::En).as_deref(), Some("left out: 1 line of an unknown type"));
        assert_eq!(said(Lang::Zh).as_deref(), Some("已略过：1 行类型未知"));
        assert_eq!(
            opened(Lang::En, &file).as_deref(),
            Some(
                "left out: 3 TCP connections without WebSocket, 1 encrypted connection (TLS), \
                 12 packets that are not TCP/IP; 2 packets were cut by the snap length"
            )
        );
        assert_eq!(
            opened(Lang::Zh, &file).as_deref(),
            Some(
                "已略过：3 个没有 WebSocket 的 TCP 连接、1 个加密的连接（TLS）、\
                 12 个不是 TCP/IP 的数据包；2 个数据包被抓包长度上限（snap length）截断"
            )
        );
    }
}
