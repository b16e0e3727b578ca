//! The status codes, in a line each.

use super::Lang;
use crate::protocol::StatusCode;
use crate::protocol::close::{CodeRange, Sender};

/// What a status code means, in a line.
#[must_use]
pub fn status_code(lang: Lang, code: StatusCode) -> &'static str {
    let en = lang == Lang::En;
    let pick = |e, z| if en { e } else { z };
    match code.0 {
        1000 => pick("the purpose is fulfilled", "目的已达成，正常关闭"),
        1001 => pick("the server goes down or the page is left", "服务器停机或用户离开页面"),
        1002 => pick("the other end broke the protocol", "对端违反了协议"),
        1003 => pick("a kind of data that cannot be accepted", "收到无法接受的数据类型"),
        1004 => pick("reserved; has no meaning yet", "保留，尚无含义"),
        1005 => pick(
            "reported where a Close had no code; never on the wire",
            "Close 未带状态码时由本端报告；不得出现在线路上",
        ),
        1006 => pick(
            "reported where no Close came; never on the wire",
            "没有收到 Close 时由本端报告；不得出现在线路上",
        ),
        1007 => pick(
            "data that does not fit its type, such as text that is not UTF-8",
            "数据与类型不符，例如文本不是 UTF-8",
        ),
        1008 => {
            pick("against a policy; where no other code fits", "违反策略；没有更合适的状态码时使用")
        }
        1009 => pick("a message larger than can be taken", "消息过大，无法处理"),
        1010 => {
            pick("the server did not agree to a needed extension", "服务器没有同意客户端必需的扩展")
        }
        1011 => {
            pick("an end met a condition that keeps it from going on", "一端遇到意外情况，无法继续")
        }
        1012 => pick("the service restarts; come back", "服务重启，可稍后重连"),
        1013 => pick("overload; try again later", "过载，请稍后再试"),
        1014 => {
            pick("a gateway got a bad answer from the server behind it", "网关从上游收到了无效响应")
        }
        1015 => pick(
            "reported where the TLS handshake failed; never on the wire",
            "TLS 握手失败时由本端报告；不得出现在线路上",
        ),
        3000 => pick("credentials are missing or wrong", "缺少凭据或凭据错误"),
        3003 => pick("not allowed, whoever asks", "无权访问"),
        3008 => pick("it took too long", "超时"),
        _ => match code.range() {
            CodeRange::NotUsed => pick("0–999 are not used", "0–999 不使用"),
            CodeRange::Protocol => {
                pick("the protocol's own range, not assigned", "协议保留范围，尚未分配")
            }
            CodeRange::Libraries => {
                pick("for libraries and frameworks, to be registered", "供库和框架使用，须登记")
            }
            CodeRange::Private => pick("private: what both ends agreed", "私有：由双方约定"),
            CodeRange::Undefined => pick("outside every range", "不在任何范围内"),
        },
    }
}

/// Who may send a code.
#[must_use]
pub fn sender(lang: Lang, code: StatusCode) -> &'static str {
    let sender = code.registered().map_or(Sender::Either, |row| row.sender);
    let sender = if code.may_be_sent() { sender } else { Sender::Nobody };
    match (lang, sender) {
        (Lang::En, Sender::Either) => "either end may send it",
        (Lang::En, Sender::Client) => "only a client sends it",
        (Lang::En, Sender::Server) => "only a server sends it",
        (Lang::En, Sender::Nobody) => "nobody may send it",
        (Lang::Zh, Sender::Either) => "任一端都可发送",
        (Lang::Zh, Sender::Client) => "仅客户端发送",
        (Lang::Zh, Sender::Server) => "仅服务器发送",
        (Lang::Zh, Sender::Nobody) => "任何一端都不得发送",
    }
}
