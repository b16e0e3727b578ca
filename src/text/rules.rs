//! What each rule demands, in a line.

use super::Lang;
use crate::protocol::Rule;

/// What a broken rule demands, in our own words.
#[must_use]
pub fn rule(lang: Lang, rule: Rule) -> &'static str {
    let pick = |en, zh| if lang == Lang::En { en } else { zh };
    match rule {
        Rule::HeadNotHttp => pick(
            "a head is HTTP/1.1 and ends with a blank line",
            "报文头须为 HTTP/1.1 并以空行结束",
        ),
        Rule::HeadSpaceBeforeColon => pick(
            "no white space stands between a header's name and its colon",
            "首部名称与冒号之间不得有空白",
        ),
        Rule::HeadFolded => pick(
            "a header stands in one line: folding is obsolete",
            "每个首部须写在一行内：折行已废弃",
        ),
        Rule::HeadTooLong => {
            pick("the head is longer than is read here", "报文头超出本程序读取的长度")
        }
        Rule::ResponseStatus => {
            pick("only a 101 makes it a WebSocket", "只有 101 才会成为 WebSocket")
        }
        Rule::ResponseUpgrade => pick(
            "the response needs Upgrade: websocket, and nothing else in it",
            "响应须有 Upgrade: websocket，且别无他值",
        ),
        Rule::ResponseConnection => {
            pick("the response needs Connection: Upgrade", "响应须有 Connection: Upgrade")
        }
        Rule::ResponseAccept => pick(
            "Sec-WebSocket-Accept must be derived from the key of the request",
            "Sec-WebSocket-Accept 须由请求的 key 推导而来",
        ),
        Rule::ResponseAcceptDoubled => {
            pick("a response has one Sec-WebSocket-Accept", "响应只能有一个 Sec-WebSocket-Accept")
        }
        Rule::ResponseSubprotocolDoubled => {
            pick("the server chooses one subprotocol", "服务器只能选择一个子协议")
        }
        Rule::ResponseExtensionsDoubled => pick(
            "a response lists its extensions in one Sec-WebSocket-Extensions; a client may go on",
            "响应的扩展须列在一个 Sec-WebSocket-Extensions 中；客户端可以继续",
        ),
        Rule::ResponseHttpVersion => {
            pick("HTTP/1.0 has no 101; a client may go on", "HTTP/1.0 没有 101；客户端可以继续")
        }
        Rule::ResponseLength => pick(
            "a 101 has no Content-Length and no Transfer-Encoding; a client may go on",
            "101 不得有 Content-Length 或 Transfer-Encoding；客户端可以继续",
        ),
        Rule::ResponseSubprotocol => pick(
            "the server may choose only a subprotocol that was offered",
            "服务器只能选择客户端提供的子协议",
        ),
        Rule::ResponseExtension => pick(
            "the server may use only an extension that was offered",
            "服务器只能使用客户端提供的扩展",
        ),
        Rule::ExtensionMalformed => pick(
            "Sec-WebSocket-Extensions lists tokens with their parameters",
            "Sec-WebSocket-Extensions 须为带参数的 token 列表",
        ),
        Rule::FrameBeforeResponse => pick(
            "a client waits for the response before it sends more",
            "客户端须等到响应后才能继续发送",
        ),
        Rule::RequestSubprotocol => pick(
            "the subprotocols offered are tokens, each of them once",
            "所提供的子协议须为 token，且互不相同",
        ),
        Rule::RequestMethod => pick("the request's method must be GET", "请求方法须为 GET"),
        Rule::RequestHttpVersion => {
            pick("the request must be at least HTTP/1.1", "请求至少为 HTTP/1.1")
        }
        Rule::RequestHost => pick("the request needs one Host header", "请求须有且仅有一个 Host"),
        Rule::RequestUpgrade => {
            pick("the request needs Upgrade: websocket", "请求须有 Upgrade: websocket")
        }
        Rule::RequestConnection => {
            pick("the request needs Connection: Upgrade", "请求须有 Connection: Upgrade")
        }
        Rule::RequestKey => pick(
            "the request needs a Sec-WebSocket-Key of 16 octets in base64",
            "请求须有 Sec-WebSocket-Key（16 字节的 base64）",
        ),
        Rule::RequestKeyDoubled => {
            pick("a request has one Sec-WebSocket-Key", "请求只能有一个 Sec-WebSocket-Key")
        }
        Rule::RequestVersionMissing => pick(
            "the request needs Sec-WebSocket-Version: 13",
            "请求须有 Sec-WebSocket-Version: 13",
        ),
        Rule::RequestVersionDoubled => {
            pick("a request has one Sec-WebSocket-Version", "请求只能有一个 Sec-WebSocket-Version")
        }
        Rule::RequestOriginDoubled => pick("a request has one Origin", "请求只能有一个 Origin"),
        Rule::RequestBody => {
            pick("a GET has no body: it would mean nothing", "GET 不应带主体：它没有含义")
        }
        Rule::RequestVersion => {
            pick("Sec-WebSocket-Version must be 13", "Sec-WebSocket-Version 须为 13")
        }
        Rule::ClientNotMasked => pick("a client masks every frame", "客户端须对每一帧加掩码"),
        Rule::MaskingKeyZero => pick(
            "a masking-key of 0 masks nothing; keys are to be unpredictable",
            "掩码密钥为 0 等于没有掩码；密钥应不可预测",
        ),
        Rule::MaskingKeyRepeated => pick(
            "the masking-key of the frame before, again; keys are to be unpredictable",
            "与上一帧的掩码密钥相同；密钥应不可预测",
        ),
        Rule::PingUnanswered => pick("a Ping is answered with a Pong", "须以 Pong 应答 Ping"),
        Rule::PongUnsolicited => {
            pick("this Pong answers no Ping, which is allowed", "此 Pong 不对应任何 Ping（允许）")
        }
        Rule::TcpNotEnded => pick(
            "the server ends TCP once a Close went each way",
            "双方都发送 Close 后，服务器须结束 TCP",
        ),
        Rule::ClientEndsTcpFirst => pick(
            "the client ended TCP first; it should leave that to the server",
            "客户端先结束了 TCP；应由服务器先结束",
        ),
        Rule::ServerMasked => pick("a server masks no frame", "服务器不得对帧加掩码"),
        Rule::Rsv1 => pick(
            "RSV1 is 0 unless an extension gives it a meaning",
            "RSV1 须为 0，除非扩展赋予其含义",
        ),
        Rule::Rsv1OnControl => pick(
            "a control frame is never compressed: its RSV1 is 0",
            "控制帧不压缩：其 RSV1 须为 0",
        ),
        Rule::Rsv1OnContinuation => pick(
            "only a message's first frame says that it is compressed",
            "只有消息的首帧才标明已压缩",
        ),
        Rule::DeflateOfferInvalid => pick(
            "permessage-deflate is offered with its own four parameters, each once, with fit values",
            "permessage-deflate 的提议只能含其四个参数，各一次，取值合法",
        ),
        Rule::DeflateAnswerInvalid => pick(
            "the answer of permessage-deflate must be one that an offer allows",
            "permessage-deflate 的应答须为某项提议所允许",
        ),
        Rule::DeflateDataInvalid => pick(
            "a compressed message is deflate data that ends with a whole block",
            "压缩消息须为以完整块结尾的 deflate 数据",
        ),
        Rule::Rsv2 => pick(
            "RSV2 is 0 unless an extension gives it a meaning",
            "RSV2 须为 0，除非扩展赋予其含义",
        ),
        Rule::Rsv3 => pick(
            "RSV3 is 0 unless an extension gives it a meaning",
            "RSV3 须为 0，除非扩展赋予其含义",
        ),
        Rule::ReservedOpcode => {
            pick("opcodes 3–7 and 11–15 are reserved", "操作码 3–7 与 11–15 为保留")
        }
        Rule::LengthNotMinimal => pick("the length takes its shortest form", "长度须使用最短形式"),
        Rule::LengthTopBit => {
            pick("the top bit of a 64-bit length is 0", "64 位长度的最高位须为 0")
        }
        Rule::ContinuationWithoutStart => {
            pick("a continuation needs a message that was begun", "延续帧之前须有已开始的消息")
        }
        Rule::MessageInsideMessage => pick(
            "a message is finished before the next one begins",
            "前一条消息结束后才能开始下一条",
        ),
        Rule::ControlFragmented => pick("a control frame is not fragmented", "控制帧不得分片"),
        Rule::ControlTooLong => pick(
            "a control frame has at most 125 octets of payload",
            "控制帧的载荷不得超过 125 字节",
        ),
        Rule::CloseBodyOneOctet => pick(
            "a Close body is empty or begins with a code of two octets",
            "Close 的主体为空，或以两字节状态码开头",
        ),
        Rule::FrameAfterClose => pick("nothing follows a Close", "Close 之后不得再发送任何帧"),
        Rule::ReasonNotUtf8 => pick("the reason of a Close is UTF-8", "Close 的原因须为 UTF-8"),
        Rule::CloseNotAnswered => pick(
            "a Close is answered with a Close before TCP is ended",
            "结束 TCP 之前须以 Close 应答对方的 Close",
        ),
        Rule::CodeNeverOnTheWire => pick(
            "1004, 1005, 1006 and 1015 are never on the wire",
            "1004、1005、1006、1015 不得出现在线路上",
        ),
        Rule::CodeUnassigned => pick(
            "a code is one that was assigned, or in 3000–4999",
            "状态码须已分配，或在 3000–4999 之内",
        ),
        Rule::CodeOfClients => pick(
            "1010 is for clients: a server refuses the opening handshake instead",
            "1010 供客户端使用：服务器应改为拒绝打开握手",
        ),
        Rule::TextNotUtf8 => pick("a text message is UTF-8", "文本消息须为 UTF-8"),
        Rule::FrameCutOff => pick("the stream ended inside a frame", "数据流在帧的中间结束"),
        Rule::MessageTooBig => {
            pick("the message is larger than the other end takes", "消息大于对端的上限")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_sentence_in_both_languages() {
        for &r in Rule::ALL {
            assert_ne!(rule(Lang::En, r), rule(Lang::Zh, r), "{}", r.id());
            assert!(!rule(Lang::Zh, r).is_ascii(), "{}", r.id());
        }
    }
}
