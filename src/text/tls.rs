//! TLS in words: what did not work and what to do about it, what was agreed, and
//! whose the certificates are.

use super::Lang;
use crate::engine::tls::FileError;
use crate::protocol::Role;
use crate::session::tls::{Certificate, Tls, Verification};
use crate::session::{Fault, FaultKind};
use std::time::{Duration, SystemTime};

/// A moment in UTC; the detail of a fault is seconds since the epoch.
fn moment(seconds: i64) -> String {
    let time = u64::try_from(seconds)
        .ok()
        .and_then(|s| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(s)));
    // Beyond the year 9999 it cannot be written.
    match time {
        Some(time) if seconds < 253_402_300_800 => humantime::format_rfc3339_seconds(time)
            .to_string()
            .replace('T', " ")
            .replace('Z', " UTC"),
        Some(_) => "9999-12-31".to_owned(),
        None => "1970-01-01".to_owned(),
    }
}

fn moment_of(detail: &str) -> String {
    moment(detail.parse().unwrap_or(0))
}

/// What a TLS alert is called, and what it says of this end (RFC 8446 §6.2).
fn alert(lang: Lang, number: &str) -> (&'static str, &'static str) {
    let (name, en, zh) = match number.parse().unwrap_or(0) {
        10 => ("unexpected_message", "it did not expect this message now", "此时不应出现该消息"),
        20 => ("bad_record_mac", "a record could not be decrypted", "有记录无法解密"),
        40 => (
            "handshake_failure",
            "it has no cipher suite or signature scheme in common with this end, or wants a client certificate",
            "双方没有共同的密码套件或签名算法，或对端要求客户端证书",
        ),
        42 => (
            "bad_certificate",
            "it does not accept this end's certificate: it is damaged, or not for the name that was asked for",
            "对端不接受本端证书：证书已损坏，或不含所请求的名称",
        ),
        43 => (
            "unsupported_certificate",
            "it cannot use this end's kind of certificate",
            "对端不支持本端的证书类型",
        ),
        44 => (
            "certificate_revoked",
            "it takes this end's certificate for revoked",
            "对端认为本端证书已吊销",
        ),
        45 => (
            "certificate_expired",
            "it takes this end's certificate for expired",
            "对端认为本端证书已过期",
        ),
        46 => (
            "certificate_unknown",
            "it does not accept this end's certificate: let it trust that certificate or its CA",
            "对端不接受本端证书：请让对端信任该证书或其 CA",
        ),
        48 => (
            "unknown_ca",
            "it does not trust who signed this end's certificate: let it trust that CA, or the certificate itself",
            "对端不信任本端证书的签发者：请让对端信任该 CA 或证书本身",
        ),
        49 => (
            "access_denied",
            "the certificate is valid, but access is denied",
            "证书有效，但被拒绝访问",
        ),
        50 => ("decode_error", "it could not parse a message", "对端无法解析消息"),
        51 => (
            "decrypt_error",
            "a signature or a check of the handshake failed",
            "签名或握手校验失败",
        ),
        70 => (
            "protocol_version",
            "it speaks no version of TLS that this end speaks (1.2 and 1.3)",
            "对端不支持本端的 TLS 版本（1.2 与 1.3）",
        ),
        71 => ("insufficient_security", "it asks for stronger ciphers", "对端要求更强的密码"),
        80 => ("internal_error", "it failed for reasons of its own", "对端内部错误"),
        86 => ("inappropriate_fallback", "it takes this for a downgrade", "对端认为这是降级"),
        90 => ("user_canceled", "it gave up the handshake", "对端放弃了握手"),
        109 => ("missing_extension", "it misses an extension", "缺少扩展"),
        112 => (
            "unrecognized_name",
            "it knows no server of that name: choose another server name",
            "对端没有该名称的服务器：请选择其他服务器名称",
        ),
        115 => ("unknown_psk_identity", "it does not know that key", "未知的预共享密钥"),
        116 => (
            "certificate_required",
            "it asks for a client certificate: give one with its key",
            "对端要求客户端证书：请提供证书及其私钥",
        ),
        120 => (
            "no_application_protocol",
            "it does not speak http/1.1, perhaps only h2, over which this end does not speak WebSocket (RFC 8441)",
            "对端不支持 http/1.1，可能只支持 h2，本端不支持在 h2 上使用 WebSocket（RFC 8441）",
        ),
        _ => ("alert", "it gave up", "对端放弃了连接"),
    };
    (name, if lang == Lang::En { en } else { zh })
}

/// The sentence of a fault of TLS; `None` for other faults.
#[must_use]
pub fn fault(lang: Lang, fault: &Fault) -> Option<String> {
    let detail = fault.detail.as_str();
    let (en, zh) = match fault.kind {
        FaultKind::TlsTimeout => (
            format!("the TLS handshake was not complete after {detail} ms: does the peer speak TLS on this port?"),
            format!("{detail} 毫秒后 TLS 握手仍未完成：对端在此端口上使用 TLS 吗？"),
        ),
        FaultKind::TlsEnded => (
            "the peer ended TCP in the middle of the TLS handshake: it may not speak TLS, or did not like what was offered".to_owned(),
            "对端在 TLS 握手中途结束了 TCP：它可能不支持 TLS，或不接受所提供的参数".to_owned(),
        ),
        FaultKind::TlsPlainHttp => (
            "this looks like plain HTTP where TLS was expected: one end uses ws:// and the other wss://".to_owned(),
            "此处应为 TLS，收到的却像明文 HTTP：一端使用 ws://，另一端使用 wss://".to_owned(),
        ),
        FaultKind::TlsNotTls => (
            "what came is not TLS: the peer speaks another protocol on this port, try ws://".to_owned(),
            "收到的不是 TLS：对端在此端口上使用其他协议，请尝试 ws://".to_owned(),
        ),
        FaultKind::TlsUnexpected => (
            "this looks like TLS where plain HTTP was expected: one end uses wss:// and the other ws://".to_owned(),
            "此处应为明文 HTTP，收到的却像 TLS：一端使用 wss://，另一端使用 ws://".to_owned(),
        ),
        FaultKind::TlsAlert => {
            let (name, meaning) = alert(lang, detail);
            (
                format!("the peer refused with the TLS alert {name} ({detail}): {meaning}"),
                format!("对端以 TLS 警报 {name}（{detail}）拒绝：{meaning}"),
            )
        }
        FaultKind::TlsAlpn => (
            "the ends have no application protocol in common: WebSocket is spoken here over http/1.1 only, not over h2 (RFC 8441)".to_owned(),
            "双方没有共同的应用层协议：此处仅支持基于 http/1.1 的 WebSocket，不支持 h2（RFC 8441）".to_owned(),
        ),
        FaultKind::TlsIncompatible => (
            format!("the ends have no version, cipher suite or group of TLS in common ({detail}); TLS 1.2 and 1.3 are spoken here"),
            format!("双方没有共同的 TLS 版本、密码套件或密钥交换组（{detail}）；此处支持 TLS 1.2 与 1.3"),
        ),
        FaultKind::TlsBroken => (
            format!("TLS was broken: {detail}"),
            format!("TLS 出错：{detail}"),
        ),
        FaultKind::CertExpired => (
            format!("the server's certificate expired on {}: renew it, or check this machine's clock", moment_of(detail)),
            format!("服务器证书已于 {} 过期：请更新证书，或检查本机时钟", moment_of(detail)),
        ),
        FaultKind::CertNotYetValid => (
            format!("the server's certificate is not valid before {}: check the clocks of both ends", moment_of(detail)),
            format!("服务器证书在 {} 之前无效：请检查双方时钟", moment_of(detail)),
        ),
        FaultKind::CertWrongName => wrong_name(detail),
        FaultKind::CertUnknownIssuer => (
            format!("the server's certificate is signed by an unknown issuer ({detail}): trust that CA with a CA file, or let the server send its intermediate certificates"),
            format!("服务器证书由未知签发者签发（{detail}）：请用 CA 文件信任该 CA，或让服务器发送中间证书"),
        ),
        FaultKind::CertSelfSigned => (
            format!("the server's certificate is self-signed ({detail}): trust it with a CA file that holds it, or accept any certificate"),
            format!("服务器证书是自签名的（{detail}）：请用包含该证书的 CA 文件信任它，或接受任何证书"),
        ),
        FaultKind::CertUntrustedRoot => (
            format!("the chain ends in a self-signed root that is not trusted here ({detail}): trust it with a CA file"),
            format!("证书链以此处不信任的自签名根证书结束（{detail}）：请用 CA 文件信任它"),
        ),
        FaultKind::CertNoRoots => (
            "there are no root certificates on this machine to verify against: install ca-certificates, or give a CA file".to_owned(),
            "本机没有可用于验证的根证书：请安装 ca-certificates，或提供 CA 文件".to_owned(),
        ),
        FaultKind::CertPurpose => (
            "the certificate is not for servers (extended key usage without serverAuth): issue one that is".to_owned(),
            "该证书不用于服务器（扩展密钥用法缺少 serverAuth）：请签发用于服务器的证书".to_owned(),
        ),
        FaultKind::CertIsCa => (
            "the server shows a CA's certificate (CA:TRUE) as its own: issue one with basicConstraints CA:FALSE".to_owned(),
            "服务器把 CA 证书（CA:TRUE）当作自己的证书：请签发 basicConstraints 为 CA:FALSE 的证书".to_owned(),
        ),
        FaultKind::CertRevoked => (
            "the server's certificate has been revoked: it needs a new one".to_owned(),
            "服务器证书已被吊销：需要新证书".to_owned(),
        ),
        FaultKind::CertSignature => (
            "a signature in the chain does not match its issuer's key: the chain is mixed up or forged".to_owned(),
            "证书链中有签名与签发者的密钥不符：证书链有误或被伪造".to_owned(),
        ),
        FaultKind::CertEncoding => (
            "the server's certificate is damaged: it cannot be parsed".to_owned(),
            "服务器证书已损坏：无法解析".to_owned(),
        ),
        FaultKind::CertMissing => (
            "the server showed no certificate".to_owned(),
            "服务器没有出示证书".to_owned(),
        ),
        FaultKind::CertOther => (
            format!("the server's certificate cannot be accepted: {detail}"),
            format!("无法接受服务器证书：{detail}"),
        ),
        _ => return None,
    };
    Some(if lang == Lang::En { en } else { zh })
}

/// Names in a sentence: the first few.
const FEW: usize = 6;

fn wrong_name(detail: &str) -> (String, String) {
    let mut lines = detail.lines();
    let asked = lines.next().unwrap_or_default();
    let names: Vec<&str> = lines.collect();
    let mut list = names.iter().take(FEW).copied().collect::<Vec<_>>().join(", ");
    if names.len() > FEW {
        list.push_str(", …");
    }
    if names.is_empty() {
        return (
            format!(
                "the server's certificate names nobody (no subjectAltName), so not {asked} either: issue one that names it"
            ),
            format!(
                "服务器证书未包含任何名称（没有 subjectAltName），因此也不含 {asked}：请签发包含该名称的证书"
            ),
        );
    }
    (
        format!(
            "the server's certificate is not for {asked} but for {list}: use one of these names, or choose the server name to look for"
        ),
        format!(
            "服务器证书不是给 {asked} 的，而是给 {list} 的：请使用其中的名称，或指定要核对的服务器名称"
        ),
    )
}

/// What is wrong with a file or a name that TLS was set up with.
#[must_use]
pub fn file(lang: Lang, error: &FileError) -> String {
    if lang == Lang::En {
        return error.to_string();
    }
    match error {
        FileError::Unreadable(path, words) => format!("无法读取 {}：{words}", path.display()),
        FileError::Empty(path) => format!("{} 是空文件", path.display()),
        FileError::TooLarge(path) => format!("{} 太大，不像证书或密钥", path.display()),
        FileError::NoCertificate(path) => {
            format!("{} 中没有证书：应为含 BEGIN CERTIFICATE 的 PEM", path.display())
        }
        FileError::NoKey(path) => format!(
            "{} 中没有私钥：应为含 BEGIN PRIVATE KEY、BEGIN RSA PRIVATE KEY 或 BEGIN EC PRIVATE KEY 的 PEM",
            path.display()
        ),
        FileError::EncryptedKey(path) => {
            format!("{} 中的私钥有口令保护：请先解密（openssl pkey -in … -out …）", path.display())
        }
        FileError::Unusable(path, words) => format!("{} 无法使用：{words}", path.display()),
        FileError::KeyMismatch(key, certificate) => {
            format!("{} 中的私钥不属于 {} 中的证书", key.display(), certificate.display())
        }
        FileError::Name(name) => format!("“{name}”既不是 DNS 名称也不是 IP 地址"),
        FileError::SelfSigned(words) => format!("无法生成证书：{words}"),
    }
}

/// `TLS 1.3`, or that there is none yet.
#[must_use]
pub fn version(lang: Lang, tls: &Tls) -> &str {
    let none = if lang == Lang::En { "TLS failed" } else { "TLS 失败" };
    tls.version.as_deref().unwrap_or(none)
}

/// A line: version, whether it was verified, cipher suite, application protocol.
#[must_use]
pub fn summary(lang: Lang, tls: &Tls) -> String {
    let parts = [
        Some(version(lang, tls)),
        verification_word(lang, tls),
        tls.cipher_suite.as_deref(),
        tls.alpn.as_deref(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Whether the certificate was verified, in a word; none for a server.
fn verification_word(lang: Lang, tls: &Tls) -> Option<&'static str> {
    let words = lang.words();
    match tls.verification {
        Verification::None => None,
        Verification::Passed => Some(words.tls_verified),
        Verification::Failed(_) => Some(words.tls_refused),
        Verification::Skipped(_) => Some(words.tls_unverified),
    }
}

/// Whether the certificate was verified, in a sentence.
#[must_use]
pub fn verification(lang: Lang, tls: &Tls) -> Option<String> {
    let why = tls.verification.fault().and_then(|f| fault(lang, &f));
    let en = lang == Lang::En;
    Some(match (&tls.verification, why) {
        (Verification::None, _) => return None,
        (Verification::Passed, _) if en => {
            "verified: the chain leads to a trusted root, and the name is right".to_owned()
        }
        (Verification::Passed, _) => "已验证：证书链通向受信任的根证书，名称正确".to_owned(),
        (Verification::Failed(_), why) => why.unwrap_or_default(),
        (Verification::Skipped(_), Some(why)) if en => {
            format!(
                "not verified, as you chose: anybody could be at the other end. What is wrong: {why}"
            )
        }
        (Verification::Skipped(_), Some(why)) => {
            format!("按您的选择未验证：另一端可能是任何人。问题在于：{why}")
        }
        (Verification::Skipped(_), None) if en => {
            "any certificate would have been accepted, as you chose; this one is in order"
                .to_owned()
        }
        (Verification::Skipped(_), None) => "按您的选择会接受任何证书；这一张没有问题".to_owned(),
    })
}

/// From when to when a certificate is valid.
#[must_use]
pub fn validity(certificate: &Certificate) -> String {
    format!("{} – {}", moment(certificate.not_before), moment(certificate.not_after))
}

/// Its names, as far as they are kept.
#[must_use]
pub fn names(lang: Lang, certificate: &Certificate) -> String {
    let mut text = certificate.names.join(", ");
    if certificate.more_names > 0 {
        text.push_str(&match lang {
            Lang::En => format!(" and {} more", certificate.more_names),
            Lang::Zh => format!(" 等，另有 {} 个", certificate.more_names),
        });
    }
    text
}

/// An end has said that nothing more comes from it.
#[must_use]
pub fn notified(lang: Lang, by: Role) -> String {
    let who = super::sentences::role(lang, by);
    super::sentences::capitalised(&match lang {
        Lang::En => format!("{who} has ended TLS in order (close_notify)"),
        Lang::Zh => format!("{who}已正常结束 TLS（close_notify）"),
    })
}

/// How an end's FIN ended TLS.
#[must_use]
pub fn fin(lang: Lang, by: Role, notified: bool) -> String {
    let who = super::sentences::role(lang, by);
    super::sentences::capitalised(&match (lang, notified) {
        (Lang::En, true) => {
            format!("{who} ended TLS in order before it: close_notify (RFC 8446 §6.1).")
        }
        (Lang::En, false) => format!(
            "{who} sent no close_notify before it: to TLS the stream was cut off, and nobody can tell \
             whether somebody on the way cut it (truncation, RFC 8446 §6.1)."
        ),
        (Lang::Zh, true) => format!("{who}此前已正常结束 TLS：close_notify（RFC 8446 §6.1）。"),
        (Lang::Zh, false) => format!(
            "{who}此前没有发送 close_notify：对 TLS 而言数据流到此中断，无法判断是否被人为截断（truncation，RFC 8446 §6.1）。"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Stage;

    #[test]
    fn a_wrong_name_says_which_names_there_are() {
        let f = |detail: &str| Fault::new(Stage::Tls, FaultKind::CertWrongName, detail);
        let sentence = fault(Lang::En, &f("a.test\nb.test\n*.c.test")).unwrap();
        assert!(sentence.contains("not for a.test but for b.test, *.c.test:"), "{sentence}");
        assert!(fault(Lang::En, &f("a.test")).unwrap().contains("names nobody"));
    }

    #[test]
    fn moments_are_written_in_utc() {
        assert_eq!(moment(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(moment(i64::MAX), "9999-12-31");
        assert_eq!(moment(-1), "1970-01-01");
    }
}
