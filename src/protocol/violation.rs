//! Every rule of RFC 6455 and RFC 7692 that an endpoint can be seen to break on the wire.
//!
//! Decoding never stops at a broken rule: a [`Violation`] is attached to what
//! broke it. The sentence for people is `text`'s.

use super::Role;

/// How binding the broken sentence is (RFC 2119).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Severity {
    /// Breaks a MUST: the other end has to fail the connection (§7.1.7).
    Must,
    /// Breaks a SHOULD.
    Should,
    /// Allowed, but worth knowing.
    Note,
}

impl Severity {
    /// As JSON spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Must => "must",
            Severity::Should => "should",
            Severity::Note => "note",
        }
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident $id:literal $rfc:literal $section:literal $severity:ident $code:literal;)*) => {
        /// A rule that can be broken.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        pub enum Rule { $($(#[$doc])* $rule,)* }

        impl Rule {
            /// Every rule, in the order of the sections.
            pub const ALL: &[Rule] = &[$(Rule::$rule,)*];

            /// The stable name that JSON and the filter use.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Rule::$rule => $id,)* }
            }

            /// The number of the RFC.
            #[must_use]
            pub fn rfc(self) -> u16 {
                match self { $(Rule::$rule => $rfc,)* }
            }

            /// The section of that RFC.
            #[must_use]
            pub fn section(self) -> &'static str {
                match self { $(Rule::$rule => $section,)* }
            }

            /// How binding it is.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Rule::$rule => Severity::$severity,)* }
            }

            /// The status code to fail the connection with; 0 where none is sent.
            #[must_use]
            pub fn status_code(self) -> u16 {
                match self { $(Rule::$rule => $code,)* }
            }

            /// Whether the other end has to fail an open connection for it (§7.1.7).
            #[must_use]
            pub fn fails(self) -> bool {
                self.severity() == Severity::Must && self.status_code() != 0
            }
        }
    };
}

rules! {
    /// The octets before the blank line are not an HTTP/1.1 head.
    HeadNotHttp "head-not-http" 6455 "4.1" Must 0;
    /// White space between a header's name and its colon.
    HeadSpaceBeforeColon "head-space-before-colon" 9112 "5.1" Must 0;
    /// A header line that goes on in the next one.
    HeadFolded "head-folded" 9112 "5.2" Must 0;
    /// The head is longer than this program reads.
    HeadTooLong "head-too-long" 6455 "10.4" Note 0;
    /// The response's status is not 101.
    ResponseStatus "response-status" 6455 "4.1" Note 0;
    /// The response lacks `Upgrade: websocket`.
    ResponseUpgrade "response-upgrade" 6455 "4.1" Must 0;
    /// The response lacks `Connection: Upgrade`.
    ResponseConnection "response-connection" 6455 "4.1" Must 0;
    /// `Sec-WebSocket-Accept` is missing or is not derived from the key.
    ResponseAccept "response-accept" 6455 "4.1" Must 0;
    /// More than one `Sec-WebSocket-Accept`.
    ResponseAcceptDoubled "response-accept-doubled" 6455 "11.3.3" Must 0;
    /// A subprotocol that the client did not offer.
    ResponseSubprotocol "response-subprotocol" 6455 "4.1" Must 0;
    /// More than one subprotocol.
    ResponseSubprotocolDoubled "response-subprotocol-doubled" 6455 "11.3.4" Must 0;
    /// An extension that the client did not offer.
    ResponseExtension "response-extension" 6455 "4.1" Must 0;
    /// More than one `Sec-WebSocket-Extensions`, which only a request may have.
    ResponseExtensionsDoubled "response-extensions-doubled" 6455 "11.3.2" Must 0;
    /// A 101 of HTTP/1.0, which has none.
    ResponseHttpVersion "response-http-version" 9110 "15.2" Note 0;
    /// A 101 that announces a body.
    ResponseLength "response-length" 9110 "8.6" Must 0;
    /// An extension header, of either head, against its grammar.
    ExtensionMalformed "extension-malformed" 6455 "9.1" Must 0;
    /// A frame of the client before the server's response.
    FrameBeforeResponse "frame-before-response" 6455 "4.1" Must 0;
    /// A subprotocol offered twice, or one that is no token.
    RequestSubprotocol "request-subprotocol" 6455 "4.1" Must 0;
    /// The request's method is not GET.
    RequestMethod "request-method" 6455 "4.2.1" Must 0;
    /// The request is older than HTTP/1.1.
    RequestHttpVersion "request-http-version" 6455 "4.2.1" Must 0;
    /// No Host, or more than one.
    RequestHost "request-host" 6455 "4.2.1" Must 0;
    /// No `Upgrade: websocket`.
    RequestUpgrade "request-upgrade" 6455 "4.2.1" Must 0;
    /// No `Connection: Upgrade`.
    RequestConnection "request-connection" 6455 "4.2.1" Must 0;
    /// `Sec-WebSocket-Key` is missing or not 16 octets of base64.
    RequestKey "request-key" 6455 "4.2.1" Must 0;
    /// More than one `Sec-WebSocket-Key`.
    RequestKeyDoubled "request-key-doubled" 6455 "11.3.1" Must 0;
    /// `Sec-WebSocket-Version` is not 13.
    RequestVersion "request-version" 6455 "4.2.1" Must 0;
    /// `Sec-WebSocket-Version` is missing.
    RequestVersionMissing "request-version-missing" 6455 "4.2.1" Must 0;
    /// More than one `Sec-WebSocket-Version`.
    RequestVersionDoubled "request-version-doubled" 6455 "11.3.5" Must 0;
    /// More than one `Origin`.
    RequestOriginDoubled "request-origin-doubled" 6454 "7.3" Must 0;
    /// The request has a body, for which GET has no meaning.
    RequestBody "request-body" 9110 "9.3.1" Should 0;
    /// A client's frame is not masked.
    ClientNotMasked "client-not-masked" 6455 "5.1" Must 1002;
    /// The masking-key is 0, which masks nothing.
    MaskingKeyZero "masking-key-zero" 6455 "5.3" Note 0;
    /// The masking-key of the frame before, again.
    MaskingKeyRepeated "masking-key-repeated" 6455 "5.3" Note 0;
    /// A server's frame is masked.
    ServerMasked "server-masked" 6455 "5.1" Must 1002;
    /// RSV1 without an extension that defines it.
    Rsv1 "rsv1-without-extension" 6455 "5.2" Must 1002;
    /// "Compressed" on a control frame, under permessage-deflate.
    Rsv1OnControl "rsv1-on-control-frame" 7692 "6" Must 1002;
    /// "Compressed" on another frame than a message's first, under permessage-deflate.
    Rsv1OnContinuation "rsv1-on-continuation" 7692 "6" Must 1002;
    /// An offer of permessage-deflate that every server has to decline.
    DeflateOfferInvalid "deflate-offer-invalid" 7692 "7.1" Note 0;
    /// An answer of permessage-deflate that no offer allows.
    DeflateAnswerInvalid "deflate-answer-invalid" 7692 "7.1" Must 0;
    /// A compressed message that cannot be inflated.
    DeflateDataInvalid "deflate-data-invalid" 7692 "7.2.2" Must 1007;
    /// RSV2 without an extension that defines it.
    Rsv2 "rsv2-without-extension" 6455 "5.2" Must 1002;
    /// RSV3 without an extension that defines it.
    Rsv3 "rsv3-without-extension" 6455 "5.2" Must 1002;
    /// Opcode 3–7 or 11–15.
    ReservedOpcode "reserved-opcode" 6455 "5.2" Must 1002;
    /// A longer length form than needed.
    LengthNotMinimal "length-not-minimal" 6455 "5.2" Must 1002;
    /// The top bit of a 64-bit length.
    LengthTopBit "length-top-bit" 6455 "5.2" Must 1002;
    /// A continuation with no message open.
    ContinuationWithoutStart "continuation-without-start" 6455 "5.4" Must 1002;
    /// A new data message inside a message.
    MessageInsideMessage "message-inside-message" 6455 "5.4" Must 1002;
    /// A control frame without FIN.
    ControlFragmented "control-fragmented" 6455 "5.5" Must 1002;
    /// A control frame of more than 125 octets.
    ControlTooLong "control-too-long" 6455 "5.5" Must 1002;
    /// A Close body of one octet.
    CloseBodyOneOctet "close-body-one-octet" 6455 "5.5.1" Must 1002;
    /// A frame after a Close. It is discarded (§1.4), so nothing is sent for it.
    FrameAfterClose "frame-after-close" 6455 "5.5.1" Must 0;
    /// A reason that is not UTF-8.
    ReasonNotUtf8 "reason-not-utf8" 6455 "8.1" Must 1007;
    /// TCP ended by this end before it answered the peer's Close.
    CloseNotAnswered "close-not-answered" 6455 "5.5.1" Must 0;
    /// A Ping that was never answered. What was under way when the connection
    /// ended is not known, hence a note.
    PingUnanswered "ping-unanswered" 6455 "5.5.2" Note 0;
    /// A Pong that answers no Ping.
    PongUnsolicited "pong-unsolicited" 6455 "5.5.3" Note 0;
    /// The server did not end TCP after a Close each way, or let the client wait.
    TcpNotEnded "tcp-not-ended" 6455 "5.5.1" Must 0;
    /// The client ended TCP before the server did.
    ClientEndsTcpFirst "client-ends-tcp-first" 6455 "7.1.1" Note 0;
    /// 1004, 1005, 1006 or 1015 on the wire.
    CodeNeverOnTheWire "code-never-on-the-wire" 6455 "7.4.1" Must 1002;
    /// 0–999, an unassigned code of the protocol's own range, or above 4999.
    CodeUnassigned "code-unassigned" 6455 "7.4.2" Must 1002;
    /// A server's Close 1010, which says what a server says by refusing the handshake.
    CodeOfClients "code-of-clients" 6455 "7.4.1" Note 0;
    /// A text message that is not UTF-8.
    TextNotUtf8 "text-not-utf8" 6455 "8.1" Must 1007;
    /// The stream ended inside a frame, by whomever.
    FrameCutOff "frame-cut-off" 6455 "5.2" Note 0;
    /// A message longer than the other end takes, as its Close 1009 says.
    MessageTooBig "message-too-big" 6455 "7.4.1" Note 1009;
}

/// A rule, who broke it, and where.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Violation {
    /// Which rule.
    pub rule: Rule,
    /// Whose octets broke it.
    pub by: Role,
    /// The position in the payload of the octet that broke it, where one did; in a
    /// compressed message, the position in what was inflated of it.
    pub at: Option<u64>,
}

impl Violation {
    /// A violation without a position.
    #[must_use]
    pub fn new(rule: Rule, by: Role) -> Violation {
        Violation { rule, by, at: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_and_in_kebab_case() {
        let mut seen = HashSet::new();
        for rule in Rule::ALL {
            assert!(seen.insert(rule.id()), "{} twice", rule.id());
            assert!(
                rule.id().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            );
        }
    }
}
