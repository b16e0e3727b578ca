//! What to do about an ending, in one sentence.

use super::Lang;
use super::rules::rule;
use super::sentences::{capitalised, duration, role};
use crate::protocol::closing_handshake::TcpEvent;
use crate::session::verdict::Advice;

/// What a refusal with this status asks for.
fn refused(lang: Lang, status: u16) -> String {
    let pick = |en: &str, zh: &str| if lang == Lang::En { en.to_owned() } else { zh.to_owned() };
    match status {
        401 => pick(
            "send what the server asks for in WWW-Authenticate; a page can send cookies, a subprotocol or a query, not headers",
            "按服务器 WWW-Authenticate 的要求提供凭据；网页只能借助 Cookie、子协议或查询参数，不能设置请求头",
        ),
        403 => pick(
            "look at the server's list of allowed origins, and at what a proxy before it forbids",
            "检查服务器允许的 Origin 列表，以及前置代理的限制",
        ),
        404 => pick(
            "check the path of the URL, and that a proxy passes it on to the WebSocket server",
            "检查 URL 的路径，以及代理是否将其转发到 WebSocket 服务器",
        ),
        400 | 426 => pick(
            "let each proxy pass on Upgrade and Connection, by HTTP/1.1, and ask for version 13",
            "让每一级代理以 HTTP/1.1 转发 Upgrade 与 Connection，并使用版本 13",
        ),
        300..400 => pick(
            "use the URL in the Location header: a page does not follow it",
            "直接使用 Location 中的 URL：网页不会跟随重定向",
        ),
        502 | 504 => pick(
            "look whether the server behind the gateway runs and answers in time",
            "检查网关之后的服务器是否在运行并及时响应",
        ),
        503 | 429 => {
            pick("connect again later, and wait longer each time", "稍后重连，并逐次延长等待时间")
        }
        500.. => pick("look into the server's log", "查看服务器日志"),
        _ => pick(
            "make the server answer 101 at this URL, as it does for WebSocket",
            "让服务器在该 URL 上以 101 应答",
        ),
    }
}

/// The sentence of a piece of advice.
#[must_use]
pub fn advice(lang: Lang, advice: &Advice) -> String {
    let en = lang == Lang::En;
    let pick = |e: String, z: String| if en { e } else { z };
    let text = match *advice {
        Advice::NoResponse { ended: true } => pick(
            "look whether a WebSocket server listens there: something took the TCP connection and ended it without an answer, as a server that expects TLS does".into(),
            "检查该端口是否为 WebSocket 服务器：TCP 已接受却未作应答就结束，例如期待 TLS 的服务器".into(),
        ),
        Advice::NoResponse { ended: false } => pick(
            "look at the server and the proxies before it: the request arrived and no 101 came".into(),
            "检查服务器及其前面的代理：请求已送达，却没有返回 101".into(),
        ),
        Advice::Refused { status } => refused(lang, status),
        Advice::BadResponse { rule: broken } => {
            let demand = rule(lang, broken);
            pick(
                format!("mend the server's 101, or the proxy that wrote it: {demand}"),
                format!("修正服务器的 101，或写出它的代理：{demand}"),
            )
        }
        Advice::SendPings { idle } => {
            let idle = duration(idle);
            pick(
                format!("send a Ping every 20 to 30 seconds: no frame went for {idle}, after which a proxy or a NAT ends TCP"),
                format!("每 20 至 30 秒发送一次 Ping：已有 {idle} 没有任何帧，代理或 NAT 会因此结束 TCP"),
            )
        }
        Advice::CloseBeforeTcp { by, event } => {
            let who = role(lang, by);
            match event {
                TcpEvent::Lost => pick(
                    "connect again, and send Pings so that a lost path is noticed early".into(),
                    "重新连接，并发送 Ping 以便及早发现链路中断".into(),
                ),
                TcpEvent::Fin | TcpEvent::Rst => pick(
                    format!("let {who} send a Close before it ends TCP; if it crashed, or a proxy stands between, its log tells why"),
                    format!("让{who}在结束 TCP 之前先发送 Close；若它已崩溃或中间有代理，请查看其日志"),
                ),
            }
        }
        Advice::AnswerClose { by } => {
            let who = role(lang, by);
            pick(
                format!("let {who} answer a Close with a Close, and read on until one comes; the other end needs a limit for its waiting"),
                format!("让{who}以 Close 应答 Close，并一直读取到它到来；另一端应为等待设置时限"),
            )
        }
        Advice::AnswerBeforeTcp { by } => {
            let who = role(lang, by);
            pick(
                format!("let {who} send its Close as an answer before it ends TCP"),
                format!("让{who}先发送 Close 作为应答，再结束 TCP"),
            )
        }
        Advice::DrainBeforeClose { by } => {
            let who = role(lang, by);
            pick(
                format!("let {who} end its own direction first and read until the other end's FIN before it closes the socket: unread octets turn the FIN into a RST"),
                format!("让{who}先结束自己的方向，读到对端 FIN 之后再关闭套接字：未读的字节会使 FIN 变成 RST"),
            )
        }
        Advice::EndTcp => pick(
            "let the server end TCP as soon as a Close went each way; clients wait for it, Chromium 2 s".into(),
            "双方都发送 Close 之后，服务器应立即结束 TCP；客户端会等待，Chromium 等 2 s".into(),
        ),
        Advice::EndTcpToo { by } => {
            let who = role(lang, by);
            pick(
                format!("let {who} end its direction too when a FIN comes: WebSocket has no half-closed state"),
                format!("收到 FIN 后，{who}也应结束自己的方向：WebSocket 没有半关闭状态"),
            )
        }
        Advice::Mask => pick(
            "let the client mask every frame with a new random key; a server has to fail one that does not".into(),
            "客户端须用新的随机密钥对每一帧加掩码；否则服务器必须使连接失败".into(),
        ),
        Advice::SendUtf8 { by } => {
            let who = role(lang, by);
            pick(
                format!("let {who} send other octets than UTF-8 as a binary message, and cut a reason between characters"),
                format!("非 UTF-8 的字节应由{who}以二进制消息发送；截断原因时须在字符之间"),
            )
        }
        Advice::ChooseCode { by } => {
            let who = role(lang, by);
            pick(
                format!("let {who} send 1000, 1001, 1011 or a code of its own from 4000 to 4999, or a Close without a body"),
                format!("{who}应发送 1000、1001、1011 或 4000–4999 之内自定的状态码，或不带主体的 Close"),
            )
        }
        Advice::MendFrames { by } => {
            let who = role(lang, by);
            pick(
                format!("mend how {who} writes frames, or look whether two writers share its socket; the violation tells the octets"),
                format!("修正{who}写帧的方式，或检查是否有两处同时写入套接字；违规之处指明了字节"),
            )
        }
        Advice::FindFault { by } => {
            let (who, peer) = (role(lang, by), role(lang, by.peer()));
            pick(
                format!("look at the last frame of {peer} before the Close: {who} says that it broke the protocol"),
                format!("查看{peer}在 Close 之前的最后一帧：{who}认为它违反了协议"),
            )
        }
        Advice::SmallerMessages { by } => {
            let (who, peer) = (role(lang, by), role(lang, by.peer()));
            pick(
                format!("raise {who}'s limit, or let {peer} send smaller messages; fragments do not help, since the limit is the whole message's"),
                format!("提高{who}的上限，或让{peer}发送较小的消息；分片无济于事，上限针对整条消息"),
            )
        }
        Advice::MatchType { by } => {
            let who = role(lang, by);
            pick(
                format!("send what {who} expects: text as UTF-8, all else as binary"),
                format!("按{who}的要求发送：文本用 UTF-8，其余用二进制"),
            )
        }
        Advice::LookAtLog { by } => {
            let who = role(lang, by);
            pick(
                format!("look into the log of {who}: it met a condition that keeps it from going on"),
                format!("查看{who}的日志：它遇到意外情况，无法继续"),
            )
        }
        Advice::SendCode { by } => {
            let who = role(lang, by);
            pick(
                format!("let {who} put a code into its Close: an empty one is told as 1005, which says nothing"),
                format!("{who}的 Close 应带上状态码：空的 Close 会报告为 1005，不说明任何问题"),
            )
        }
        Advice::PageLeft => pick(
            "nothing is wrong: the page was left or reloaded; free what the connection held".into(),
            "一切正常：用户离开或刷新了页面；释放该连接占用的资源即可".into(),
        ),
        Advice::Reconnect { code } => {
            let code = code.0;
            pick(
                format!("connect again after a random delay: {code} says that the server comes back"),
                format!("随机延迟后重连：{code} 表示服务器会恢复"),
            )
        }
        Advice::SeeReason { by } => {
            let who = role(lang, by);
            pick(
                format!("read the reason and the log of {who}: it refused on purpose, so connecting again the same way will not help"),
                format!("查看关闭原因和{who}的日志：这是有意拒绝，以同样方式重连无济于事"),
            )
        }
    };
    capitalised(&text)
}
