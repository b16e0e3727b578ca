//! Proxies in words: the tunnel that a connection goes through, and why there is
//! none.

use super::{Lang, faults};
use crate::session::tunnel::Tunnel;
use crate::session::{Fault, FaultKind};

/// Which way a connection goes.
#[must_use]
pub fn summary(lang: Lang, tunnel: &Tunnel) -> String {
    let Tunnel { proxy, target } = tunnel;
    match lang {
        Lang::En => format!("through {proxy} to {target}"),
        Lang::Zh => format!("经 {proxy} 到 {target}"),
    }
}

/// Why a SOCKS5 proxy opens no tunnel (RFC 1928 §6).
fn reply(lang: Lang, code: &str) -> &'static str {
    let (en, zh) = match code {
        "1" => ("general failure", "一般性故障"),
        "2" => ("its rules do not allow it", "规则不允许"),
        "3" => ("there is no way to the server's network", "无法到达服务器所在网络"),
        "4" => {
            ("the server is not reachable, or has no address", "无法到达服务器，或服务器没有地址")
        }
        "5" => ("the server refused the connection", "服务器拒绝了连接"),
        "6" => ("the way to the server is too long (TTL)", "到服务器的路径过长（TTL）"),
        "7" => ("it does not know CONNECT", "不支持 CONNECT"),
        "8" => ("it does not know this type of address", "不支持该地址类型"),
        _ => ("for no reason that RFC 1928 names", "原因不在 RFC 1928 之列"),
    };
    if lang == Lang::En { en } else { zh }
}

/// Why there is no tunnel; `None` for a fault of another kind.
pub(super) fn fault(lang: Lang, fault: &Fault) -> Option<String> {
    let detail = fault.detail.as_str();
    let (proxy, more) = detail.split_once(' ').unwrap_or((detail, ""));
    let en = lang == Lang::En;
    Some(match fault.kind {
        FaultKind::ProxyUnreachable => {
            let kind = FaultKind::ALL.iter().find(|kind| kind.word() == proxy);
            let why = kind.map(|kind| faults::fault(lang, &Fault::new(fault.stage, *kind, more)));
            let why = why.unwrap_or_else(|| detail.to_owned());
            match lang {
                Lang::En => format!("the proxy cannot be reached: {why}"),
                Lang::Zh => format!("无法连接代理：{why}"),
            }
        }
        FaultKind::ProxyTimeout if en => {
            format!("the proxy {proxy} opened no tunnel within {more} ms")
        }
        FaultKind::ProxyTimeout => format!("代理 {proxy} 在 {more} 毫秒内没有建立隧道"),
        FaultKind::ProxyEnded if en => {
            format!("the proxy {proxy} ended TCP before it opened a tunnel")
        }
        FaultKind::ProxyEnded => format!("代理 {proxy} 未建立隧道就结束了 TCP"),
        FaultKind::ProxyProtocol if en => {
            format!("what answers at {proxy} is no proxy of this kind: check its scheme and port")
        }
        FaultKind::ProxyProtocol => {
            format!("{proxy} 处应答的不是这种代理：请检查其 scheme 与端口")
        }
        FaultKind::ProxyStatus if en => {
            format!("the proxy {proxy} opens no tunnel: it answered {more}")
        }
        FaultKind::ProxyStatus => format!("代理 {proxy} 拒绝建立隧道：返回 {more}"),
        FaultKind::ProxyReply if en => {
            format!("the proxy {proxy} opens no tunnel: {} (reply {more})", reply(lang, more))
        }
        FaultKind::ProxyReply => {
            format!("代理 {proxy} 拒绝建立隧道：{}（应答码 {more}）", reply(lang, more))
        }
        FaultKind::ProxyLogin if en => {
            format!("the proxy {proxy} wants a user and a password: give them in its URL")
        }
        FaultKind::ProxyLogin => format!("代理 {proxy} 要求用户名和密码：请写在其 URL 中"),
        FaultKind::ProxyLoginRefused if en => {
            format!("the proxy {proxy} does not accept this user and password")
        }
        FaultKind::ProxyLoginRefused => format!("代理 {proxy} 不接受该用户名和密码"),
        _ => return None,
    })
}
