//! What was agreed in TLS, and the server's certificates.

use crate::protocol::Role;
use crate::session::tls::{Certificate, Tls};
use crate::text::{Lang, tls};
use crate::ui::theme::{self, GRID, palette};
use crate::ui::verdict_card::{caption, card};
use egui::{Label, RichText, Ui};

/// A label and what stands behind it.
pub type Line = (&'static str, String);

/// TLS below a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsPart {
    /// Version, suite, protocol, name.
    pub agreed: Vec<Line>,
    /// Whether the certificate was verified, and that all is well with it.
    pub verification: Option<(String, bool)>,
    /// Remarks.
    pub remarks: Vec<String>,
    /// The certificates, the server's own first.
    pub chain: Vec<Vec<Line>>,
}

impl TlsPart {
    /// In words.
    #[must_use]
    pub fn of(seen: &Tls, close_notify: [bool; 2], lang: Lang) -> TlsPart {
        let words = lang.words();
        let agreed = [
            (words.tls_version, Some(tls::version(lang, seen).to_owned())),
            (words.cipher_suite, seen.cipher_suite.clone()),
            (words.alpn, seen.alpn.clone()),
            (words.sni, seen.server_name.clone()),
        ];
        let certificate = |certificate: &Certificate| -> Vec<Line> {
            vec![
                (words.subject, certificate.subject.clone()),
                (words.issuer, certificate.issuer.clone()),
                (words.names, tls::names(lang, certificate)),
                (words.valid, tls::validity(certificate)),
                (words.fingerprint, certificate.sha256.clone()),
            ]
        };
        let well = seen.verification == crate::session::tls::Verification::Passed;
        let shown = seen.client_certificate.then(|| words.client_certificate_shown.to_owned());
        let notified = Role::BOTH.into_iter().filter(|role| close_notify[role.index()]);
        let notified = notified.map(|role| tls::notified(lang, role));
        TlsPart {
            agreed: agreed.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
            verification: tls::verification(lang, seen).map(|sentence| (sentence, well)),
            remarks: shown.into_iter().chain(notified).collect(),
            chain: seen.chain.iter().map(certificate).collect(),
        }
    }
}

fn lines(ui: &mut Ui, list: &[Line]) {
    let colours = palette(ui);
    for (name, value) in list.iter().filter(|(_, value)| !value.is_empty()) {
        ui.label(RichText::new(*name).font(theme::small()).color(colours.dim));
        ui.add(Label::new(RichText::new(value).font(theme::mono())).wrap());
    }
}

/// Paints it.
pub(super) fn show(ui: &mut Ui, part: &TlsPart, lang: Lang) {
    let colours = palette(ui);
    if let Some((sentence, well)) = &part.verification {
        let (mark, colour) = if *well { ("✓", colours.open) } else { ("!", colours.closing) };
        let sentence = crate::text::sentences::capitalised(sentence);
        ui.label(RichText::new(format!("{mark} {sentence}")).color(colour));
        ui.add_space(GRID);
    }
    lines(ui, &part.agreed);
    for remark in &part.remarks {
        ui.label(RichText::new(remark).font(theme::small()).color(colours.dim));
    }
    if !part.chain.is_empty() {
        ui.add_space(GRID);
        caption(ui, lang.words().certificate_chain);
    }
    for (i, certificate) in part.chain.iter().enumerate() {
        card(ui, &(i + 1).to_string(), |ui| lines(ui, certificate));
        ui.add_space(GRID);
    }
}
