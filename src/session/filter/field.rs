//! The table of fields: what a filter may ask of a row, under which names.
//!
//! Parser, evaluator, completion and help read this table. What a field means is
//! said in words by `text`.

use crate::protocol::closing_handshake::TcpEvent;
use crate::protocol::violation::Severity;
use crate::protocol::{Opcode, Role, Rule};
use crate::session::row::Kind;

/// What the values of a field are, and so how they are compared and written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Type {
    /// Yes or no.
    Flag,
    /// 0 to 2^64 − 1; some have names.
    Number,
    /// Seconds, kept in nanoseconds.
    Seconds,
    /// One of a few words.
    Word,
    /// UTF-8, or what was sent in its place.
    Text,
    /// Any octets.
    Octets,
    /// An IP address.
    Address,
}

/// One row of the table.
#[derive(Debug)]
pub struct Entry {
    /// Which field.
    pub field: Field,
    /// The short name.
    pub name: &'static str,
    /// Wireshark's names of the same.
    pub wireshark: &'static [&'static str],
    /// What its values are.
    pub kind: Type,
}

macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident $name:literal [$($wireshark:literal),*] $kind:ident;)*) => {
        /// What a filter may ask of a row.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Field { $($(#[$doc])* $field,)* }

        /// Every field, in the order of the help.
        pub const FIELDS: &[Entry] = &[$(Entry {
            field: Field::$field,
            name: $name,
            wireshark: &[$($wireshark),*],
            kind: Type::$kind,
        },)*];
    };
}

fields! {
    /// Number of a frame over the session.
    Number "number" [] Number;
    /// Number of the connection.
    Connection "connection" [] Number;
    /// Since the first row.
    Time "time" ["frame.time_relative"] Seconds;
    /// Who sent it.
    From "from" [] Word;
    /// What the row is, by the `type` of the JSON Lines.
    Kind "kind" [] Word;
    /// A frame of WebSocket.
    Frame "frame" ["websocket"] Flag;
    /// The opcode of a frame.
    Opcode "opcode" ["websocket.opcode"] Number;
    /// Text or Binary, or a continuation of one.
    Data "data" [] Flag;
    /// A Close frame.
    Close "close" [] Flag;
    /// A Ping frame.
    Ping "ping" [] Flag;
    /// A Pong frame.
    Pong "pong" [] Flag;
    /// The FIN bit.
    Fin "fin" ["websocket.fin"] Flag;
    /// RSV1–3 as a number, RSV1 being 4.
    Rsv "rsv" ["websocket.rsv"] Number;
    /// The RSV1 bit.
    Rsv1 "rsv1" [] Flag;
    /// The RSV2 bit.
    Rsv2 "rsv2" [] Flag;
    /// The RSV3 bit.
    Rsv3 "rsv3" [] Flag;
    /// The MASK bit.
    Mask "mask" ["websocket.mask"] Flag;
    /// The masking-key.
    MaskingKey "masking_key" ["websocket.masking_key"] Octets;
    /// Octets of payload as announced.
    Len "len" [] Number;
    /// The seven bits of length: 126 and 127 stand for a longer form.
    Length7 "length7" ["websocket.payload_length"] Number;
    /// The length in the form of 16 bits.
    Length16 "length16" ["websocket.payload_length_ext_16"] Number;
    /// The length in the form of 64 bits.
    Length64 "length64" ["websocket.payload_length_ext_64"] Number;
    /// A frame that came whole.
    Complete "complete" [] Flag;
    /// The text of a text message.
    Text "text" ["websocket.payload.text"] Text;
    /// The unmasked payload of a frame.
    Payload "payload" ["websocket.payload"] Octets;
    /// A frame of a compressed message.
    Compressed "compressed" [] Flag;
    /// The number of the message in its direction.
    Message "message" [] Number;
    /// Which fragment of its message.
    Part "part" [] Number;
    /// The status code of a Close.
    Code "code" ["websocket.payload.close.status_code"] Number;
    /// The reason of a Close.
    Reason "reason" ["websocket.payload.close.reason"] Text;
    /// How TCP was ended.
    Event "event" [] Word;
    /// A head of the opening handshake, with its body.
    Head "head" [] Text;
    /// The status of a response.
    Status "status" ["http.response.code"] Number;
    /// The row breaks a rule.
    Violation "violation" [] Flag;
    /// The ids of the rules it breaks.
    Rule "rule" [] Word;
    /// How binding those are.
    Severity "severity" [] Word;
    /// The address of who sent it.
    Source "source" ["ip.src", "ipv6.src"] Address;
    /// The address of who was sent it.
    Destination "destination" ["ip.dst", "ipv6.dst"] Address;
    /// The TCP port of who sent it.
    SourcePort "source_port" ["tcp.srcport"] Number;
    /// The TCP port of who was sent it.
    DestinationPort "destination_port" ["tcp.dstport"] Number;
}

/// A row's kind as the JSON Lines spell it.
const KINDS: [(&str, Kind); 8] = [
    ("connection", Kind::Opened),
    ("tls", Kind::Tls),
    ("opening_handshake", Kind::Head),
    ("frame", Kind::Frame),
    ("tcp", Kind::Tcp),
    ("error", Kind::Fault),
    ("closed", Kind::Closed),
    ("observed", Kind::Observed),
];

const OPCODES: [(&str, Opcode); 6] = [
    ("continuation", Opcode::CONTINUATION),
    ("text", Opcode::TEXT),
    ("binary", Opcode::BINARY),
    ("close", Opcode::CLOSE),
    ("ping", Opcode::PING),
    ("pong", Opcode::PONG),
];

impl Field {
    /// The field's row in the table.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        &FIELDS[self as usize]
    }

    /// What its values are.
    #[must_use]
    pub fn kind(self) -> Type {
        self.entry().kind
    }

    /// The field of this name, short or Wireshark's.
    #[must_use]
    pub fn named(name: &str) -> Option<Field> {
        let found = FIELDS.iter().find(|e| e.names().any(|known| known == name));
        found.map(|entry| entry.field)
    }

    /// Names that its values have, and what they stand for.
    #[must_use]
    pub fn words(self) -> Vec<(&'static str, u64)> {
        match self {
            Field::Opcode => OPCODES.map(|(word, o)| (word, u64::from(o.value()))).into(),
            Field::From => Role::BOTH.map(|role| (role.word(), role.index() as u64)).into(),
            Field::Kind => KINDS.map(|(word, kind)| (word, kind as u64)).into(),
            Field::Event => [TcpEvent::Fin, TcpEvent::Rst, TcpEvent::Lost]
                .map(|event| (event.word(), event as u64))
                .into(),
            Field::Severity => [Severity::Must, Severity::Should, Severity::Note]
                .map(|severity| (severity.word(), severity as u64))
                .into(),
            Field::Rule => Rule::ALL.iter().map(|rule| (rule.id(), *rule as u64)).collect(),
            _ if self.kind() == Type::Flag => vec![("true", 1), ("false", 0)],
            _ => Vec::new(),
        }
    }
}

impl Entry {
    /// The short name, then Wireshark's.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.wireshark.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::header;

    #[test]
    fn the_table_is_in_the_order_of_its_fields_and_names_none_twice() {
        let mut seen = std::collections::HashSet::new();
        for (i, entry) in FIELDS.iter().enumerate() {
            assert_eq!(entry.field as usize, i, "{}", entry.name);
            for name in entry.names() {
                assert!(seen.insert(name), "{name}");
                assert_eq!(Field::named(name), Some(entry.field));
            }
        }
    }

    #[test]
    fn every_field_of_the_header_can_be_asked_for_under_wiresharks_name() {
        for field in &header::FIELDS {
            assert!(Field::named(field.wireshark).is_some(), "{}", field.wireshark);
        }
    }
}
