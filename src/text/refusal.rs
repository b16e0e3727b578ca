//! What a response other than 101 means for a page, and what a client may do.

use super::Lang;

/// What a refusal with this status means; a sentence or two.
#[must_use]
pub fn refusal(lang: Lang, status: u16) -> String {
    let en = lang == Lang::En;
    match status {
        301 | 302 | 303 | 307 | 308 if en => {
            "A redirect. A browser never follows one for a WebSocket (its redirect mode is \
             \"error\"): the page gets an error event and 1006. Another client may follow it \
             (RFC 6455 §4.1)."
                .to_owned()
        }
        301 | 302 | 303 | 307 | 308 => {
            "重定向。浏览器从不为 WebSocket 跟随重定向（其 redirect mode 为 \"error\"）：\
             网页只得到 error 事件和 1006。其他客户端可以跟随（RFC 6455 §4.1）。"
                .to_owned()
        }
        401 if en => {
            "The server asks for credentials. A client may send them with another request \
             (RFC 6455 §4.1); a page cannot set the header, and gets an error event and 1006."
                .to_owned()
        }
        401 => "服务器要求提供凭据。客户端可以在新的请求中发送（RFC 6455 §4.1）；\
             网页无法设置该首部，只得到 error 事件和 1006。"
            .to_owned(),
        _ if en => format!(
            "The server refuses: {status} instead of 101. A page is told nothing of status, head \
             and body; it gets an error event and 1006."
        ),
        _ => format!(
            "服务器拒绝：返回 {status} 而不是 101。网页看不到状态、报文头和主体，只得到 error 事件和 1006。"
        ),
    }
}
