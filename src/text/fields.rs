//! What each field of a frame's header means with the value it has, in a line.

use super::Lang;
use crate::protocol::header::{FieldId, LengthForm};
use crate::protocol::{Header, Opcode};

/// The value of a field as it is written; `None` where the frame has no such field.
#[must_use]
pub fn value(lang: Lang, header: &Header, id: FieldId) -> Option<String> {
    id.bits(header).or((id == FieldId::Payload).then_some(0..0))?;
    let bit = |set: bool| u8::from(set).to_string();
    Some(match id {
        FieldId::Fin => bit(header.fin),
        FieldId::Rsv1 => bit(header.rsv1),
        FieldId::Rsv2 => bit(header.rsv2),
        FieldId::Rsv3 => bit(header.rsv3),
        FieldId::Opcode => format!("{:X}", header.opcode.value()),
        FieldId::Mask => bit(header.masking_key.is_some()),
        FieldId::PayloadLength => length_bits(header).to_string(),
        FieldId::ExtendedLength => super::sentences::grouped(header.payload_len),
        FieldId::MaskingKey => {
            let [a, b, c, d] = header.masking_key?;
            format!("{a:02x} {b:02x} {c:02x} {d:02x}")
        }
        FieldId::Payload => super::detail::exact_octets(lang, header.payload_len),
    })
}

/// The seven bits of length in the second octet.
#[must_use]
pub fn length_bits(header: &Header) -> u8 {
    match header.length_form {
        LengthForm::Bits7 => header.payload_len as u8 & 0x7F,
        LengthForm::Bits16 => 126,
        LengthForm::Bits64 => 127,
    }
}

/// What a field means with this value, in a line.
#[must_use]
pub fn meaning(lang: Lang, header: &Header, id: FieldId) -> &'static str {
    let pick = |en, zh| if lang == Lang::En { en } else { zh };
    match id {
        FieldId::Fin => match (header.fin, header.opcode) {
            (true, o) if o.is_control() => {
                pick("a control frame is never fragmented", "控制帧从不分片")
            }
            (true, Opcode::CONTINUATION) => {
                pick("the last fragment of its message", "消息的最后一个分片")
            }
            (true, _) => pick("the whole message is in this frame", "整条消息都在这一帧内"),
            (false, _) => pick("more fragments of the message follow", "该消息还有后续分片"),
        },
        FieldId::Rsv1 if header.rsv1 => pick(
            "set: permessage-deflate calls the message compressed so",
            "已置位：permessage-deflate 以此表示消息已压缩",
        ),
        FieldId::Rsv2 if header.rsv2 => {
            pick("set: an extension has to define it", "已置位：须由扩展定义")
        }
        FieldId::Rsv3 if header.rsv3 => {
            pick("set: an extension has to define it", "已置位：须由扩展定义")
        }
        FieldId::Rsv1 | FieldId::Rsv2 | FieldId::Rsv3 => {
            pick("reserved for extensions, not used", "保留给扩展，未使用")
        }
        FieldId::Opcode => opcode(lang, header.opcode),
        FieldId::Mask if header.masking_key.is_some() => {
            pick("the payload is masked; only a client does that", "载荷已加掩码：只有客户端如此")
        }
        FieldId::Mask => pick(
            "the payload is not masked; only a server does that",
            "载荷未加掩码：只有服务器如此",
        ),
        FieldId::PayloadLength => match header.length_form {
            LengthForm::Bits7 => pick("octets of payload", "载荷的字节数"),
            LengthForm::Bits16 => {
                pick("the next 2 octets hold the length", "长度在随后的 2 字节中")
            }
            LengthForm::Bits64 => {
                pick("the next 8 octets hold the length", "长度在随后的 8 字节中")
            }
        },
        FieldId::ExtendedLength => {
            if header.length_form == LengthForm::minimal(header.payload_len) {
                pick("octets of payload, network byte order", "载荷的字节数，网络字节序")
            } else {
                pick(
                    "octets of payload; a shorter form would hold it",
                    "载荷的字节数；较短的形式已足够",
                )
            }
        }
        FieldId::MaskingKey => pick(
            "payload octet i is XORed with key octet i mod 4",
            "载荷的第 i 字节与 key 的第 i mod 4 字节作 XOR",
        ),
        FieldId::Payload => match header.opcode {
            Opcode::CLOSE if header.payload_len == 0 => {
                pick("empty: no status code, 1005 is reported", "为空：没有状态码，报告为 1005")
            }
            Opcode::CLOSE => pick("status code, then the reason", "状态码，随后是原因"),
            Opcode::PING => pick("the Pong has to carry the same", "Pong 须原样带回"),
            Opcode::PONG => pick("what the Ping carried", "即 Ping 所带内容"),
            _ if header.payload_len == 0 => pick("empty", "为空"),
            _ => pick("extension data, then application data", "扩展数据，随后是应用数据"),
        },
    }
}

/// What an opcode means, in a line.
#[must_use]
pub fn opcode(lang: Lang, opcode: Opcode) -> &'static str {
    let pick = |en, zh| if lang == Lang::En { en } else { zh };
    match opcode {
        Opcode::CONTINUATION => {
            pick("Continuation: a further fragment", "Continuation：消息的后续分片")
        }
        Opcode::TEXT => pick("Text: a message of UTF-8", "Text：UTF-8 文本消息"),
        Opcode::BINARY => pick("Binary: a message of any octets", "Binary：任意字节的消息"),
        Opcode::CLOSE => pick("Close: begins or answers the end", "Close：发起或应答关闭"),
        Opcode::PING => pick("Ping: asks whether the other end is there", "Ping：询问对端是否在线"),
        Opcode::PONG => {
            pick("Pong: answers a Ping, or beats unasked", "Pong：应答 Ping，或主动心跳")
        }
        o if o.is_control() => pick("reserved for further control frames", "保留给将来的控制帧"),
        _ => pick("reserved for further data frames", "保留给将来的数据帧"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::header::FIELDS;

    #[test]
    fn every_field_and_opcode_has_its_line_in_both_languages() {
        for n in 0..16 {
            let header = Header::new(Opcode::new(n), 300, Some([1, 2, 3, 4]));
            for field in &FIELDS {
                let en = meaning(Lang::En, &header, field.id);
                let zh = meaning(Lang::Zh, &header, field.id);
                assert!(!zh.is_ascii() && en.is_ascii(), "{}: {en} {zh}", field.name);
                assert!(value(Lang::En, &header, field.id).is_some());
            }
        }
        let short = Header::new(Opcode::TEXT, 5, None);
        assert_eq!(value(Lang::En, &short, FieldId::ExtendedLength), None);
        assert_eq!(value(Lang::En, &short, FieldId::Payload).as_deref(), Some("5 octets"));
    }
}
