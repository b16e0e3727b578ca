//! The list of fixed words, filled in by `en` and `zh`.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The fixed words of one language.
        #[derive(Debug)]
        pub struct Words { $($(#[$doc])* pub $name: &'static str,)* }

        impl Words {
            /// Every word with its name.
            #[must_use]
            pub fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name),)*]
            }
        }
    };
}

words! {
    /// The detail pane's tab: the payload as text.
    text,
    /// The detail pane's tab: the payload as formatted JSON.
    json,
    /// The detail pane's tab: octets.
    hex,
    /// The payload as it is on the wire.
    masked,
    /// The payload after unmasking.
    unmasked,
    /// Copies something.
    copy,
    /// Heads the frame's rules.
    no_rule_broken,
    /// No row is selected.
    select_a_row,
    /// Heads the reason of a Close.
    reason,
    /// The first two octets of a Close.
    status_code,
    /// Behind a number of octets: they are text.
    of_utf8,
    /// What the first two octets of a Close are.
    status_code_meaning,
    /// What follows the status code of a Close.
    reason_meaning,
    /// Heads the table of fields.
    fields,
    /// Heads the payload.
    payload,
    /// Heads an HTTP head.
    head,
    /// Heads what follows a head.
    head_body,
    /// Heads the message that a fragment belongs to.
    message,
    /// Heads the CloseEvent while TCP lasts.
    as_page,
    /// Heads the CloseEvent once it is over.
    as_page_over,
    /// Heads the verdict while TCP lasts.
    so_far,
    /// Heads the verdict once it is over.
    verdict,
    /// Heads what each end reports.
    each_end_holds,
    /// The end that asked.
    client,
    /// The end that answered.
    server,
    /// An error event comes before the CloseEvent.
    error_event_first,
    /// Whose CloseEvent it is.
    chromium,
    /// Heads the derivation of Sec-WebSocket-Accept.
    accept_derivation,
    /// First step of the derivation.
    step_concatenate,
    /// Second step.
    step_sha1,
    /// Third step.
    step_base64,
    /// The response holds what was derived.
    accept_right,
    /// The response holds something else.
    accept_wrong,
    /// The response holds none.
    accept_missing,
    /// No response came.
    accept_pending,
    /// The request holds no key.
    no_key,
    /// The payload is empty.
    no_payload,
    /// A Close without a body.
    no_status_code,
    /// A Close body of one octet.
    one_octet,
    /// A Close with a code alone.
    no_reason,
    /// A code that the registry lacks.
    unregistered,
    /// The payload is too long to be formatted.
    json_too_long,
    /// Before the field with an offset in hex.
    jump_to,
    /// Copies the payload as text.
    copy_text,
    /// Copies the payload in hex.
    copy_hex,
    /// Copies the payload in base64.
    copy_base64,
    /// Copies the head.
    copy_head,
    /// The scrollbar of a text.
    text_rows,
    /// The scrollbar of a hex dump.
    hex_rows,
    /// Heads the addresses of both ends.
    addresses,
}
