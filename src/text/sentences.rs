//! Sentences with figures.

use super::Lang;
use super::rules::rule;
use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::{Role, StatusCode};
use crate::session::verdict::Explanation;

/// The name of an end within a sentence.
#[must_use]
pub fn role(lang: Lang, role: Role) -> &'static str {
    match (lang, role) {
        (Lang::En, Role::Client) => "the client",
        (Lang::En, Role::Server) => "the server",
        (Lang::Zh, Role::Client) => "客户端",
        (Lang::Zh, Role::Server) => "服务器",
    }
}

/// `text` with its first letter in upper case.
#[must_use]
pub fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Nanoseconds as a duration with a unit.
#[must_use]
pub fn duration(nanos: u64) -> String {
    let ms = nanos as f64 / 1e6;
    match nanos {
        0..1_000 => format!("{nanos} ns"),
        1_000..100_000 => format!("{:.0} µs", nanos as f64 / 1e3),
        100_000..10_000_000 => format!("{ms:.1} ms"),
        10_000_000..1_000_000_000 => format!("{ms:.0} ms"),
        1_000_000_000..60_000_000_000 => format!("{:.2} s", ms / 1e3),
        _ => humantime::format_duration(std::time::Duration::from_secs(nanos / 1_000_000_000))
            .to_string(),
    }
}

/// A figure with a comma between thousands.
#[must_use]
pub fn grouped(figure: u64) -> String {
    let digits = figure.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many frames.
#[must_use]
pub fn frames(lang: Lang, frames: u64) -> String {
    match (lang, frames) {
        (Lang::En, 1) => "1 frame".to_owned(),
        (Lang::En, _) => format!("{} frames", grouped(frames)),
        (Lang::Zh, _) => format!("{} 帧", grouped(frames)),
    }
}

/// Octets with a unit that keeps the figure short.
#[must_use]
pub fn octets(lang: Lang, octets: u64) -> String {
    let unit = if lang == Lang::Zh {
        "字节"
    } else if octets == 1 {
        "octet"
    } else {
        "octets"
    };
    match octets {
        0..10_000 => format!("{octets} {unit}"),
        10_000..10_000_000 => format!("{:.1} kB", octets as f64 / 1e3),
        10_000_000..10_000_000_000 => format!("{:.1} MB", octets as f64 / 1e6),
        _ => format!("{:.1} GB", octets as f64 / 1e9),
    }
}

/// Who ended TCP, and how.
#[must_use]
pub fn ended(lang: Lang, by: Role, event: TcpEvent) -> String {
    let who = role(lang, by);
    match (lang, event) {
        (Lang::En, TcpEvent::Fin) => format!("{who} ended TCP (FIN)"),
        (Lang::En, TcpEvent::Rst) => format!("{who} reset TCP (RST)"),
        (Lang::En, TcpEvent::Lost) => "the connection was lost".to_owned(),
        (Lang::Zh, TcpEvent::Fin) => format!("{who}结束了 TCP（FIN）"),
        (Lang::Zh, TcpEvent::Rst) => format!("{who}重置了 TCP（RST）"),
        (Lang::Zh, TcpEvent::Lost) => "连接丢失".to_owned(),
    }
}

/// A code, or that there is none.
#[must_use]
pub fn code_or_none(lang: Lang, code: Option<StatusCode>) -> String {
    match (lang, code) {
        (_, Some(code)) => code.0.to_string(),
        (Lang::En, None) => "without a code".to_owned(),
        (Lang::Zh, None) => "（无状态码）".to_owned(),
    }
}

/// The one fact that decided how a connection ended.
#[must_use]
pub fn explanation(lang: Lang, explanation: &Explanation) -> String {
    let en = lang == Lang::En;
    let text = match explanation {
        Explanation::Open => {
            if en {
                "the connection is open".to_owned()
            } else {
                "连接处于打开状态".to_owned()
            }
        }
        Explanation::Unended => {
            if en {
                "the capture ends here, while the connection is open".to_owned()
            } else {
                "抓包到此为止，此时连接仍处于打开状态".to_owned()
            }
        }
        Explanation::Gap { from } => {
            let who = role(lang, *from);
            if en {
                format!("{who} sent octets that the capture lacks; a Close may be among them")
            } else {
                format!("抓包文件缺少{who}所发的部分数据，其中可能有 Close")
            }
        }
        Explanation::NeverOpened { status: Some(status), .. } => {
            if en {
                format!(
                    "the server answered {status}, not 101: it never became a WebSocket (RFC 6455 §4.1)"
                )
            } else {
                format!("服务器返回 {status} 而不是 101：从未成为 WebSocket（RFC 6455 §4.1）")
            }
        }
        Explanation::NeverOpened { status: None, ended: Some((by, event)) } => {
            let ended = ended(lang, *by, *event);
            if en {
                format!("{ended} before the opening handshake was complete (RFC 6455 §4.1)")
            } else {
                format!("打开握手（opening handshake）完成之前，{ended}（RFC 6455 §4.1）")
            }
        }
        Explanation::NeverOpened { status: None, ended: None } => {
            if en {
                "the opening handshake was never completed".to_owned()
            } else {
                "打开握手（opening handshake）从未完成".to_owned()
            }
        }
        Explanation::NoTls { fault } => {
            let why = super::faults::fault(lang, fault);
            if en {
                format!("TLS was not established, so it never became a WebSocket: {why}")
            } else {
                format!("TLS 未建立，因此从未成为 WebSocket：{why}")
            }
        }
        Explanation::BadResponse { rule: broken } => {
            let (section, sentence) = (broken.section(), rule(lang, *broken));
            if en {
                format!(
                    "the client has to refuse the server's 101: {sentence} (RFC 6455 §{section})"
                )
            } else {
                format!("客户端必须拒绝服务器的 101：{sentence}（RFC 6455 §{section}）")
            }
        }
        Explanation::Clean { started, answered_after, same_code, tcp_first } => {
            let (who, answer, first) =
                (role(lang, *started), role(lang, started.peer()), role(lang, *tcp_first));
            let after = duration(*answered_after);
            if en {
                let with = if *same_code { "with the same code" } else { "with a code of its own" };
                format!(
                    "{who} started the closing handshake, {answer} answered {with} after {after}, \
                     then {first} ended TCP: closed cleanly (RFC 6455 §7.1.4)"
                )
            } else {
                let with =
                    if *same_code { "以相同的状态码" } else { "以自己的状态码" };
                format!(
                    "{who}发起关闭握手（closing handshake），{answer}在 {after} 后{with}应答，随后{first}先结束 TCP：\
                     干净关闭（RFC 6455 §7.1.4）"
                )
            }
        }
        Explanation::ResetAfterCloses { by, event } => {
            let ended = ended(lang, *by, *event);
            if en {
                format!(
                    "a Close went each way, then {ended}: the codes count, clean it is not (RFC 6455 §7.1.4)"
                )
            } else {
                format!(
                    "双方都发送了 Close，随后{ended}：状态码有效，但不算干净关闭（RFC 6455 §7.1.4）"
                )
            }
        }
        Explanation::NoClose { by, event } => {
            let ended = ended(lang, *by, *event);
            if en {
                format!("{ended} and nobody had sent a Close: 1006 (RFC 6455 §7.1.5)")
            } else {
                format!("{ended}，而双方都没有发送 Close：1006（RFC 6455 §7.1.5）")
            }
        }
        Explanation::NotAnswered { started, code, by, event } => {
            let (who, code) = (role(lang, *started), code_or_none(lang, *code));
            let (peer, ended) = (role(lang, started.peer()), ended(lang, *by, *event));
            if en {
                format!(
                    "{who} sent Close {code}, {peer} never answered it and {ended} (RFC 6455 §5.5.1)"
                )
            } else {
                format!("{who}发送了 Close {code}，{peer}没有应答，{ended}（RFC 6455 §5.5.1）")
            }
        }
        Explanation::Fault { by, rule: broken } => {
            let (who, peer) = (role(lang, *by), role(lang, by.peer()));
            let (section, sentence) = (broken.section(), rule(lang, *broken));
            if en {
                format!(
                    "{who} broke RFC 6455 §{section} ({sentence}), so {peer} has to fail the connection (§7.1.7)"
                )
            } else {
                format!(
                    "{who}违反了 RFC 6455 §{section}（{sentence}），{peer}必须使连接失败（§7.1.7）"
                )
            }
        }
        Explanation::Waiting { started } => {
            let (who, peer) = (role(lang, *started), role(lang, started.peer()));
            if en {
                format!("{who} sent a Close and {peer} has not answered it (RFC 6455 §5.5.1)")
            } else {
                format!("{who}已发送 Close，{peer}尚未应答（RFC 6455 §5.5.1）")
            }
        }
        Explanation::TcpLasts { .. } => {
            if en {
                "a Close went each way, TCP still lasts; the server should end it (RFC 6455 §7.1.1)"
                    .to_owned()
            } else {
                "双方都发送了 Close，TCP 仍未结束；应由服务器结束（RFC 6455 §7.1.1）".to_owned()
            }
        }
        Explanation::HalfClosed { by } => {
            let (who, peer) = (role(lang, *by), role(lang, by.peer()));
            if en {
                format!(
                    "{who} ended its direction of TCP, {peer} has not: half-closed (RFC 6455 §7.1.1)"
                )
            } else {
                format!("{who}结束了自己方向的 TCP，{peer}尚未：半关闭（RFC 6455 §7.1.1）")
            }
        }
    };
    capitalised(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_octets_keep_three_figures() {
        assert_eq!(duration(900), "900 ns");
        assert_eq!(duration(1_700_000), "1.7 ms");
        assert_eq!(duration(1_800_000_000), "1.80 s");
        assert_eq!(octets(Lang::En, 1), "1 octet");
        assert_eq!(octets(Lang::En, 2_000_000), "2000.0 kB");
    }

    #[test]
    fn figures_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(104_857_600), "104,857,600");
        assert_eq!(frames(Lang::En, 1), "1 frame");
        assert_eq!(frames(Lang::En, 1_000_002), "1,000,002 frames");
        assert_eq!(frames(Lang::Zh, 1_000_002), "1,000,002 帧");
    }
}
