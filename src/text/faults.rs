//! What did not work, and what to do about it.

use super::Lang;
use super::rules::rule;
use super::system::http_words;
use crate::engine::address::AddressError;
use crate::protocol::{Role, Rule};
use crate::session::{Fault, FaultKind};

/// What is wrong with an address or a URL.
#[must_use]
pub fn address(lang: Lang, error: &AddressError) -> String {
    match (lang, error) {
        (Lang::En, error) => error.to_string(),
        (Lang::Zh, AddressError::Listen(text)) => {
            format!("“{text}”不是 HOST:PORT、[::1]:PORT，也不是 0 到 65535 的端口")
        }
        (Lang::Zh, AddressError::Url(text, words)) => {
            format!("“{text}”不是 ws:// 或 wss:// 网址：{words}")
        }
        (Lang::Zh, AddressError::Scheme(scheme)) => {
            format!("不支持“{scheme}”协议：应为 ws:// 或 wss://")
        }
        (Lang::Zh, AddressError::Proxy) => {
            let forms = "http://[user:password@]HOST:PORT 或 socks5://[user:password@]HOST:PORT";
            format!("代理的写法为 {forms}")
        }
        (Lang::Zh, AddressError::ProxyLogin) => {
            "SOCKS5 代理的用户名和密码各为 1 到 255 字节".to_owned()
        }
    }
}

/// What did not work, and what to do about it.
#[must_use]
pub fn fault(lang: Lang, fault: &Fault) -> String {
    let detail = fault.detail.as_str();
    let en = lang == Lang::En;
    match fault.kind {
        FaultKind::AddressInUse if en => {
            format!("{detail} is in use by another program: choose another port")
        }
        FaultKind::AddressInUse => format!("{detail} 已被其他程序占用：请换一个端口"),
        FaultKind::PermissionDenied if en => {
            format!(
                "no permission for {detail}: ports below 1024 are for administrators, choose a higher one"
            )
        }
        FaultKind::PermissionDenied => {
            format!("没有使用 {detail} 的权限：1024 以下的端口仅限管理员，请选更大的端口")
        }
        FaultKind::AddressNotAvailable if en => {
            format!("{detail} is not an address of this machine: use 127.0.0.1, [::1] or 0.0.0.0")
        }
        FaultKind::AddressNotAvailable => {
            format!("{detail} 不是本机地址：请使用 127.0.0.1、[::1] 或 0.0.0.0")
        }
        FaultKind::NameNotFound if en => {
            format!("no address was found for the name {detail}: check its spelling")
        }
        FaultKind::NameNotFound => format!("找不到名称 {detail} 的地址：请检查拼写"),
        FaultKind::Refused if en => {
            format!("{detail} refused the connection: nothing is listening there")
        }
        FaultKind::Refused => format!("{detail} 拒绝了连接：那里没有程序在监听"),
        FaultKind::Unreachable if en => format!("there is no way to {detail}: check the network"),
        FaultKind::Unreachable => format!("无法到达 {detail}：请检查网络"),
        FaultKind::ConnectTimeout if en => {
            format!("no answer from {detail} ms: TCP was not established")
        }
        FaultKind::ConnectTimeout => format!("{detail} 毫秒内没有应答：TCP 未建立"),
        FaultKind::OpenTimeout if en => {
            format!("the opening handshake was not complete after {detail} ms")
        }
        FaultKind::OpenTimeout => format!("{detail} 毫秒后打开握手（opening handshake）仍未完成"),
        FaultKind::NotHttp if en => format!("what came is not an HTTP/1.1 head: {detail}"),
        FaultKind::NotHttp => format!("收到的不是 HTTP/1.1 报文头：{}", http_words(lang, detail)),
        FaultKind::HeadTooLong if en => "the head is longer than 64 KiB".to_owned(),
        FaultKind::HeadTooLong => "报文头超过 64 KiB".to_owned(),
        FaultKind::EndedBeforeResponse if en => {
            "the server ended TCP without a response".to_owned()
        }
        FaultKind::EndedBeforeResponse => "服务器没有响应就结束了 TCP".to_owned(),
        FaultKind::BrokenBeforeResponse if en => {
            "TCP was broken off before the server's response was complete".to_owned()
        }
        FaultKind::BrokenBeforeResponse => "服务器的响应尚未完整，TCP 就被中断".to_owned(),
        FaultKind::Status if en => {
            format!("the server answered {detail} instead of 101 Switching Protocols")
        }
        FaultKind::Status => format!("服务器返回 {detail}，而不是 101 Switching Protocols"),
        FaultKind::Rules => {
            let found = detail.split(',').filter_map(|id| {
                Rule::ALL.iter().find(|r| r.id() == id.trim()).map(|r| rule(lang, *r))
            });
            found.collect::<Vec<_>>().join("; ")
        }
        FaultKind::NoKey if en => {
            "the request has no Sec-WebSocket-Key to derive Sec-WebSocket-Accept from: \
             the 101 went out without one"
                .to_owned()
        }
        FaultKind::NoKey => {
            "请求没有 Sec-WebSocket-Key，无从推导 Sec-WebSocket-Accept：发出的 101 不含该首部"
                .to_owned()
        }
        FaultKind::RedirectLoop if en => {
            format!("the redirects lead in a circle: {detail} was asked before")
        }
        FaultKind::RedirectLoop => format!("重定向形成循环：{detail} 已请求过"),
        FaultKind::RedirectLimit if en => format!("{detail} redirects were followed, no more are"),
        FaultKind::RedirectLimit => format!("已跟随 {detail} 次重定向，不再继续"),
        FaultKind::RedirectUrl if en => {
            format!("the redirect cannot be followed, its Location is '{detail}'")
        }
        FaultKind::RedirectUrl => format!("无法跟随重定向，其 Location 为“{detail}”"),
        FaultKind::WriteAfterFin if en => "nothing can be sent: this end has ended TCP".to_owned(),
        FaultKind::WriteAfterFin => "无法发送：本端已结束 TCP".to_owned(),
        FaultKind::NotOpen if en => "nothing can be sent before the 101".to_owned(),
        FaultKind::NotOpen => "101 之前无法发送".to_owned(),
        FaultKind::NotSent if en => {
            format!("{detail} octets were not taken by the socket and are dropped")
        }
        FaultKind::NotSent => format!("套接字未接受 {detail} 字节，已丢弃"),
        FaultKind::QueueFull if en => {
            format!("{detail} octets are not sent: too much waits to go out already")
        }
        FaultKind::QueueFull => format!("{detail} 字节未发送：等待发送的数据已经太多"),
        FaultKind::DiskLow if en => {
            let mb = detail.parse::<u64>().unwrap_or(0) / 1_000_000;
            format!(
                "nothing is recorded any more: {mb} MB are free on the disk, which is too \
                 little; the connections go on"
            )
        }
        FaultKind::DiskLow => {
            let mb = detail.parse::<u64>().unwrap_or(0) / 1_000_000;
            format!("已停止录制：磁盘仅剩 {mb} MB，空间不足；连接不受影响")
        }
        FaultKind::NoRequest if en => {
            "the request is not in the capture, only the 101 that answers it".to_owned()
        }
        FaultKind::NoRequest => "抓包文件中没有请求，只有对它的 101 响应".to_owned(),
        FaultKind::GapInFrame
        | FaultKind::Gap
        | FaultKind::Cut
        | FaultKind::HandshakeCut
        | FaultKind::Undecoded
        | FaultKind::Overlap => in_capture(lang, fault.kind, detail),
        FaultKind::System => detail.to_owned(),
        _ => super::tunnel::fault(lang, fault)
            .or_else(|| super::tls::fault(lang, fault))
            .unwrap_or_default(),
    }
}

/// What a capture lacks, or has twice; the detail is whose octets, and how many.
fn in_capture(lang: Lang, kind: FaultKind, detail: &str) -> String {
    let (from, octets) = detail.split_once(' ').unwrap_or(("", detail));
    let from = if from == "client" { Role::Client } else { Role::Server };
    let from = match (lang, from) {
        (Lang::En, from) => from.word(),
        (Lang::Zh, Role::Client) => "客户端",
        (Lang::Zh, Role::Server) => "服务器",
    };
    match (kind, lang) {
        (FaultKind::GapInFrame, Lang::En) => format!(
            "a gap of {octets} octets in what the {from} sent, within the payload of one frame: \
             the next one begins where it ends"
        ),
        (FaultKind::GapInFrame, Lang::Zh) => format!(
            "{from}所发的数据缺少 {octets} 字节，全部在同一帧的 payload 之内：下一帧从其结尾开始"
        ),
        (FaultKind::Gap, Lang::En) => format!(
            "a gap of {octets} octets in what the {from} sent: where its next frame begins is not \
             certain, so what follows is not decoded"
        ),
        (FaultKind::Gap, Lang::Zh) => {
            format!("{from}所发的数据缺少 {octets} 字节：无法确定下一帧从何处开始，此后不再解码")
        }
        (FaultKind::Cut, Lang::En) => format!(
            "the snap length cut off {octets} octets of what the {from} sent: where its next frame \
             begins is not certain, so what follows is not decoded"
        ),
        (FaultKind::Cut, Lang::Zh) => format!(
            "抓包长度上限（snap length）截去了{from}所发的 {octets} 字节：\
             无法确定下一帧从何处开始，此后不再解码"
        ),
        (FaultKind::HandshakeCut, Lang::En) => format!(
            "the opening handshake was cut: {octets} octets of the {from} are passed over, \
             frames are decoded from here on"
        ),
        (FaultKind::HandshakeCut, Lang::Zh) => format!(
            "打开握手（opening handshake）不完整：跳过{from}的 {octets} 字节，从这里开始解码帧"
        ),
        (FaultKind::Undecoded, Lang::En) => {
            format!("{octets} octets of the {from} behind a gap, not decoded")
        }
        (FaultKind::Undecoded, Lang::Zh) => format!("缺口之后{from}的 {octets} 字节，未解码"),
        (_, Lang::En) => format!(
            "the {from} sent octets twice, and {octets} of them differ: the first copy counts"
        ),
        (_, Lang::Zh) => {
            format!("{from}重复发送的数据中有 {octets} 字节前后不同：以第一次为准")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_sentence_in_both_languages() {
        for &kind in FaultKind::ALL.iter().filter(|k| **k != FaultKind::System) {
            let detail = if kind == FaultKind::Rules { Rule::Rsv1.id() } else { "1" };
            let f = Fault::new(crate::session::Stage::Tcp, kind, detail);
            assert_ne!(fault(Lang::En, &f), fault(Lang::Zh, &f), "{}", kind.word());
        }
    }
}
