//! Every way to end a connection: a Close with any code and reason, an empty
//! one, FIN, RST. What the RFC forbids is said, and sent all the same.

use super::command::Command;
use super::composer::{has_target, resolve};
use super::state::{CloseForm, State, Target};
use super::{theme, widgets};
use crate::protocol::close::{MAX_REASON, REGISTRY};
use crate::protocol::{Action, Rule, StatusCode};
use crate::session::log::{Connection, Log};
use crate::text::{Lang, codes, rules};
use egui::{ComboBox, RichText, TextEdit, Ui};

impl CloseForm {
    /// The code that is chosen or typed; `None` if it is no number to 65535.
    #[must_use]
    pub fn status_code(&self) -> Option<StatusCode> {
        self.code.trim().parse().ok().map(StatusCode)
    }

    /// The rules that a Close with this code and reason breaks.
    #[must_use]
    pub fn broken_rules(&self) -> Vec<Rule> {
        let code = self.status_code().and_then(StatusCode::broken_rule);
        let too_long = (self.reason.len() > MAX_REASON).then_some(Rule::ControlTooLong);
        code.into_iter().chain(too_long).collect()
    }
}

fn name(code: StatusCode) -> String {
    format!("{} {}", code.0, code.name().unwrap_or_default()).trim().to_owned()
}

/// The panel.
pub fn close_panel_ui(ui: &mut Ui, state: &mut State, log: &Log, commands: &mut Vec<Command>) {
    let lang = state.lang;
    let words = lang.words();
    let ready = has_target(state, log);
    ui.horizontal(|ui| code_ui(ui, &mut state.close, lang));
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let form = &mut state.close;
        let label = widgets::dim(ui, words.reason_label);
        let width = ui.available_width() - 72.0;
        let edit = TextEdit::singleline(&mut form.reason).id_salt("reason").desired_width(width);
        let edit = ui.add(edit).labelled_by(label.id).on_hover_text(words.reason_one_line);
        if std::mem::take(&mut form.focus) {
            edit.request_focus();
        }
        let count = format!("{} / {MAX_REASON}", form.reason.len());
        let palette = theme::palette(ui);
        let over = form.reason.len() > MAX_REASON;
        let color = if over { palette.close } else { palette.dim };
        ui.label(RichText::new(count).font(theme::mono()).color(color));
    });
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let code = state.close.status_code();
        if widgets::ending(ui, ready && code.is_some(), words.send_close).clicked()
            && let Some(code) = code
        {
            let reason = state.close.reason.clone().into_bytes();
            commands.push(Command::Perform(vec![Action::Close(code, reason)]));
        }
        if ui.add_enabled(ready, egui::Button::new(words.empty_close)).clicked() {
            commands.push(Command::Perform(vec![Action::CloseEmpty]));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::outlined(ui, ready, words.reset).clicked() {
                commands.push(Command::Perform(vec![Action::Rst]));
            }
            if widgets::outlined(ui, ready, words.end_tcp).clicked() {
                commands.push(Command::Perform(vec![Action::Fin]));
            }
            if has_tls(state, log) {
                let abrupt = widgets::outlined(ui, ready, words.fin_abrupt);
                if abrupt.on_hover_text(words.fin_abrupt_hint).clicked() {
                    commands.push(Command::Perform(vec![Action::FinAbrupt]));
                }
            }
        });
    });
    all_ui(ui, state, log, commands);
    let broken = state.close.broken_rules();
    if state.close.status_code().is_none() {
        widgets::wrong(ui, words.bad_code);
    } else if let Some(rule) = broken.first() {
        let sentence = rules::rule(lang, *rule);
        let text = format!(
            "{} RFC 6455 §{}: {sentence}; {}",
            words.breaks,
            rule.section(),
            words.sent_all_the_same
        );
        widgets::wrong(ui, text);
    }
}

/// Where several are open: this Close to each of them.
fn all_ui(ui: &mut Ui, state: &State, log: &Log, commands: &mut Vec<Command>) {
    let open = log.connections().iter().filter(|c| !c.over && c.role.is_some()).count();
    if open < 2 {
        return;
    }
    ui.add_space(4.0);
    let code = state.close.status_code();
    let words = state.lang.words();
    let label = words.close_all.replace("{}", &open.to_string());
    // In a line of its own a button is as wide as its words.
    let button = ui.horizontal(|ui| widgets::outlined(ui, code.is_some(), &label)).inner;
    if button.clicked()
        && let Some(code) = code
    {
        let reason = state.close.reason.clone().into_bytes();
        commands.push(Command::PerformAll(vec![Action::Close(code, reason)]));
    }
}

/// Whether a connection that the panel ends is over TLS.
fn has_tls(state: &State, log: &Log) -> bool {
    let over_tls = |c: &Connection| !c.over && c.tls.is_some();
    match resolve(state, log) {
        Some(Target::One(number)) => log.connection(number).is_some_and(over_tls),
        Some(_) => log.connections().iter().any(over_tls),
        None => false,
    }
}

fn code_ui(ui: &mut Ui, form: &mut CloseForm, lang: Lang) {
    let words = lang.words();
    let code = form.status_code();
    let shown = match code {
        Some(code) if !form.by_hand => name(code),
        _ => words.other_code.to_owned(),
    };
    let label = widgets::dim(ui, words.status_code_label);
    let combo = ComboBox::from_id_salt("code").selected_text(shown).width(214.0).height(460.0);
    let response = combo.show_ui(ui, |ui| {
        for row in &REGISTRY {
            let text = format!("{}  ·  {}", name(row.code), codes::status_code(lang, row.code));
            let text = if row.code.may_be_sent() {
                RichText::new(text)
            } else {
                RichText::new(text).color(theme::palette(ui).close)
            };
            let chosen = !form.by_hand && code == Some(row.code);
            let choice = ui.selectable_label(chosen, text);
            if choice.on_hover_text(codes::sender(lang, row.code)).clicked() {
                form.code = row.code.0.to_string();
                form.by_hand = false;
            }
        }
        if ui.selectable_label(form.by_hand, words.other_code).clicked() {
            form.by_hand = true;
        }
    });
    response.response.labelled_by(label.id);
    if form.by_hand {
        let edit = TextEdit::singleline(&mut form.code).id_salt("own code").desired_width(56.0);
        let edit = ui.add(edit.font(egui::TextStyle::Monospace));
        edit.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::TextInput, true, words.other_code)
        });
    }
    if let Some(code) = code {
        let meaning = codes::status_code(lang, code);
        let text = format!("{meaning} · {}", codes::sender(lang, code));
        let palette = theme::palette(ui);
        let label = RichText::new(text).font(theme::small()).color(palette.dim);
        ui.add(egui::Label::new(label).truncate());
    }
}
