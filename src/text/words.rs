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
}
