//! Paints the pane: what every row has, then what its kind has.

use super::rows::LINE;
use super::{Body, Broken, DetailState, FrameDetail, frame, rows, tls};
use crate::protocol::Severity;
use crate::text::Lang;
use crate::ui::theme::{self, GRID, palette};
use crate::ui::verdict_card::{one_line, verdict_card_ui};
use egui::{RichText, ScrollArea, Ui};

/// Paints everything about one row, in a scroll area that takes the room there is.
pub fn frame_detail_ui(ui: &mut Ui, detail: &FrameDetail, state: &mut DetailState, lang: Lang) {
    state.turn_to(detail);
    state.laid_out = 0;
    // The bar of the pane stands beside the lists inside it, not on them.
    ui.spacing_mut().scroll.bar_width = 6.0;
    ui.spacing_mut().scroll.floating_allocated_width = 8.0;
    ScrollArea::vertical().id_salt("detail").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = GRID;
        ui.spacing_mut().interact_size.y = LINE;
        let colours = palette(ui);
        let caption = RichText::new(&detail.caption).font(theme::bold_small());
        ui.label(caption.color(colours.text));
        ui.label(RichText::new(&detail.place).font(theme::small()).color(colours.dim));
        ui.add_space(GRID);
        match &detail.body {
            Body::Frame(part) => frame::show(ui, part, &detail.broken, state, lang),
            Body::Head(part) => rows::head(ui, part, &detail.broken, state, lang),
            Body::Tls(part) => tls::show(ui, part, lang),
            Body::Tcp { meaning, tls, error, verdict } => {
                ui.label(meaning);
                if let Some(tls) = tls {
                    ui.label(tls);
                }
                if let Some(error) = error {
                    ui.label(RichText::new(error).font(theme::mono()).color(colours.close));
                }
                violations(ui, &detail.broken, lang);
                if let Some(verdict) = verdict {
                    ui.add_space(GRID);
                    verdict_card_ui(ui, verdict, lang);
                }
            }
            Body::Fault(sentence, octets) => {
                let mark = ("×", theme::bold(), colours.close);
                one_line(ui, [mark, (sentence, theme::body(), colours.text)]);
                for line in octets {
                    ui.label(RichText::new(line).font(theme::mono()).color(colours.text));
                }
            }
            Body::Connection { client, server, verdict } => {
                rows::addresses(ui, client, server, lang);
                ui.add_space(GRID);
                verdict_card_ui(ui, verdict, lang);
            }
        }
        ui.add_space(2.0 * GRID);
    });
    state.linked.finish(ui);
}

/// The rules that a row breaks, or that it breaks none.
pub(super) fn violations(ui: &mut Ui, broken: &[Broken], lang: Lang) {
    let colours = palette(ui);
    if broken.is_empty() {
        ui.label(RichText::new(lang.words().no_rule_broken).color(colours.dim));
    }
    for rule in broken {
        let (mark, colour) = match rule.severity {
            Severity::Must => ("×", colours.close),
            Severity::Should => ("!", colours.closing),
            Severity::Note => ("·", colours.dim),
        };
        let severity = rule.severity.word().to_uppercase();
        let parts = [
            (mark, theme::bold(), colour),
            (&severity, theme::bold_small(), colours.text),
            (rule.id, theme::mono(), colour),
        ];
        one_line(ui, parts);
        ui.label(rule.sentence);
        let at = rule.at.as_ref().map(|at| format!(" · {at}")).unwrap_or_default();
        let place = format!("{}{at}", rule.section);
        ui.label(RichText::new(place).font(theme::small()).color(colours.dim));
    }
}
