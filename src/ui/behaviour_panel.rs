//! How this end behaves, changeable while connections are open; and the partner.

use super::command::Command;
use super::session::Session;
use super::state::{BehaviourForm, State};
use super::widgets;
use crate::engine::order::PartnerOrder;
use crate::engine::status::Status;
use crate::engine::status::{PartnerRole, PartnerStatus};
use crate::protocol::StatusCode;
use crate::protocol::behaviour::{OnClose, OnPing, OnViolation, TcpBy, TcpEnd, When};
use crate::text::Lang;
use egui::{ComboBox, TextEdit, Ui, vec2};

/// A labelled choice; `true` when another was chosen.
fn choice<T: PartialEq + Clone>(
    ui: &mut Ui,
    group: &str,
    label: &str,
    value: &mut T,
    is: impl Fn(&T, &T) -> bool,
    choices: &[(T, &str)],
) -> bool {
    let mut changed = false;
    ui.horizontal(|ui| {
        let name = name(ui, group, label);
        let shown = choices.iter().find(|(c, _)| is(c, value)).map_or("", |(_, text)| *text);
        let width = (ui.available_width() - 4.0).max(80.0);
        let combo = ComboBox::from_id_salt(label).selected_text(shown).width(width).truncate();
        let response = combo.show_ui(ui, |ui| {
            for (choice, text) in choices {
                if ui.selectable_label(is(choice, value), *text).clicked() {
                    *value = choice.clone();
                    changed = true;
                }
            }
        });
        response.response.labelled_by(name.id);
    });
    changed
}

/// A label in a column of its own. Other panels have a Ping and a reason too, so
/// a screen reader says whose it is.
fn name(ui: &mut Ui, group: &str, label: &str) -> egui::Response {
    let size = vec2(74.0, 26.0);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.set_min_width(size.x);
        let response = widgets::dim(ui, label);
        let full = format!("{group}: {label}");
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &full));
        response
    })
    .inner
}

fn field(ui: &mut Ui, group: &str, label: &str, text: &mut String) -> bool {
    ui.horizontal(|ui| {
        let name = name(ui, group, label);
        let width = (ui.available_width() - 4.0).max(60.0);
        let edit = TextEdit::singleline(text)
            .desired_width(width)
            .min_size(vec2(width, 26.0))
            .align(egui::Align2::LEFT_CENTER)
            .font(egui::TextStyle::Monospace);
        ui.add(edit).labelled_by(name.id).changed()
    })
    .inner
}

/// The form; a change is in force at once.
pub fn behaviour_ui(
    ui: &mut Ui,
    form: &mut BehaviourForm,
    connection: Option<u32>,
    lang: Lang,
    commands: &mut Vec<Command>,
) {
    let words = lang.words();
    let same_kind =
        |a: &OnClose, b: &OnClose| std::mem::discriminant(a) == std::mem::discriminant(b);
    let own = form.own_answer();
    let late = field(ui, words.behaviour, words.delay_ms, &mut form.delays[3]);
    if late {
        form.behaviour.delay = form.delay_of_all();
    }
    let mut changed = choice(
        ui,
        words.behaviour,
        words.on_close,
        &mut form.behaviour.on_close,
        same_kind,
        &[
            (OnClose::Same, words.same_code),
            (own, words.own_code),
            (OnClose::Empty, words.empty),
            (OnClose::Fin, words.fin_instead),
            (OnClose::Rst, words.rst_instead),
            (OnClose::Never, words.never),
        ],
    );
    changed |= late;
    if matches!(form.behaviour.on_close, OnClose::Code(..)) {
        let edited = field(ui, words.behaviour, words.close_code, &mut form.code)
            | field(ui, words.behaviour, words.reason_label, &mut form.reason);
        if edited {
            form.behaviour.on_close = form.own_answer();
            changed = true;
        }
    }
    let kind = |a: &When, b: &When| std::mem::discriminant(a) == std::mem::discriminant(b);
    if form.behaviour.on_close != OnClose::Never {
        let later = When::After(form.delay(0));
        let choices =
            [(When::AtOnce, words.at_once), (later, words.after_ms), (When::ByHand, words.by_hand)];
        changed |=
            choice(ui, words.behaviour, words.when, &mut form.behaviour.close_when, kind, &choices);
        if matches!(form.behaviour.close_when, When::After(_))
            && field(ui, words.behaviour, words.milliseconds, &mut form.delays[0])
        {
            form.behaviour.close_when = When::After(form.delay(0));
            changed = true;
        }
    }
    changed |= ping_ui(ui, form, lang);
    let mut messages = (form.behaviour.echo, form.behaviour.to_all);
    changed |= choice(
        ui,
        words.behaviour,
        words.messages,
        &mut messages,
        PartialEq::eq,
        &[
            ((false, false), words.no_answer),
            ((true, false), words.echo),
            ((false, true), words.messages_to_all),
        ],
    );
    (form.behaviour.echo, form.behaviour.to_all) = messages;
    changed |= tcp_end_ui(ui, form, lang);
    changed |= choice(
        ui,
        words.behaviour,
        words.on_violation,
        &mut form.behaviour.on_violation,
        OnViolation::eq,
        &[(OnViolation::Fail, words.fail), (OnViolation::Note, words.only_note)],
    );
    changed |= rare_ui(ui, form, lang);
    if changed {
        commands.push(Command::Behave(connection));
    }
}

/// A message before the answer to a Close.
fn data_first_ui(ui: &mut Ui, form: &mut BehaviourForm, lang: Lang) -> bool {
    let words = lang.words();
    let mut text = form.behaviour.before_close.clone().unwrap_or_default();
    let edited = field(ui, words.behaviour, words.data_first, &mut text);
    if edited {
        form.behaviour.before_close = (!text.is_empty()).then_some(text);
    }
    edited
}

fn ping_ui(ui: &mut Ui, form: &mut BehaviourForm, lang: Lang) -> bool {
    let words = lang.words();
    let kind = |a: &OnPing, b: &OnPing| match (a, b) {
        (OnPing::Reply(a), OnPing::Reply(b)) => {
            std::mem::discriminant(a) == std::mem::discriminant(b)
        }
        (a, b) => a == b,
    };
    let later = OnPing::Reply(When::After(form.delay(1)));
    let choices = [
        (OnPing::Reply(When::AtOnce), words.at_once),
        (later, words.after_ms),
        (OnPing::Reply(When::ByHand), words.by_hand),
        (OnPing::Never, words.never),
    ];
    let mut changed =
        choice(ui, words.behaviour, words.on_ping, &mut form.behaviour.on_ping, kind, &choices);
    if matches!(form.behaviour.on_ping, OnPing::Reply(When::After(_)))
        && field(ui, words.behaviour, words.milliseconds, &mut form.delays[1])
    {
        form.behaviour.on_ping = OnPing::Reply(When::After(form.delay(1)));
        changed = true;
    }
    changed
}

fn tcp_end_ui(ui: &mut Ui, form: &mut BehaviourForm, lang: Lang) -> bool {
    let words = lang.words();
    let kind = |a: &TcpEnd, b: &TcpEnd| std::mem::discriminant(a) == std::mem::discriminant(b);
    let later = TcpEnd::After(form.delay(2));
    let choices = [
        (TcpEnd::Auto, words.after_handshake),
        (later, words.after_ms),
        (TcpEnd::ByHand, words.by_hand),
        (TcpEnd::Never, words.never),
    ];
    let mut changed =
        choice(ui, words.behaviour, words.tcp_end, &mut form.behaviour.tcp_end, kind, &choices);
    if matches!(form.behaviour.tcp_end, TcpEnd::After(_))
        && field(ui, words.behaviour, words.milliseconds, &mut form.delays[2])
    {
        form.behaviour.tcp_end = TcpEnd::After(form.delay(2));
        changed = true;
    }
    changed
}

/// What is asked for rarely, folded away until it is.
fn rare_ui(ui: &mut Ui, form: &mut BehaviourForm, lang: Lang) -> bool {
    let words = lang.words();
    let folded = egui::CollapsingHeader::new(words.more_behaviour).id_salt("rare");
    let shown = folded.show(ui, |ui| {
        let mut changed = data_first_ui(ui, form, lang);
        let by = [(TcpBy::Fin, "FIN"), (TcpBy::Rst, "RST")];
        let tcp_by = &mut form.behaviour.tcp_by;
        changed |= choice(ui, words.behaviour, words.tcp_by, tcp_by, TcpBy::eq, &by);
        let reading = [(true, words.reads), (false, words.reads_not)];
        let value = &mut form.behaviour.reading;
        changed | choice(ui, words.behaviour, words.reading_label, value, bool::eq, &reading)
    });
    shown.body_returned.unwrap_or_default()
}

/// The partner, and what it can be asked to do.
pub fn partner_ui(
    ui: &mut Ui,
    partner: &PartnerStatus,
    text: &mut String,
    lang: Lang,
    commands: &mut Vec<Command>,
) {
    let words = lang.words();
    widgets::caption(ui, words.partner);
    widgets::dim(
        ui,
        match partner.role {
            PartnerRole::Client => words.partner_client,
            PartnerRole::Server => words.partner_server,
        },
    );
    if partner.silent {
        widgets::wrong(ui, words.silent);
    }
    if !partner.connected {
        let again = match partner.role {
            PartnerRole::Client => Command::Partner(PartnerOrder::Connect),
            PartnerRole::Server => Command::Connect,
        };
        ui.horizontal(|ui| {
            widgets::dim(ui, words.partner_left);
            if ui.button(words.connect_again).clicked() {
                commands.push(again);
            }
        });
        return;
    }
    field(ui, words.partner, words.partner_text, text);
    ui.horizontal_wrapped(|ui| {
        let mut ask = |ui: &mut Ui, label: &str, order: PartnerOrder| {
            // A screen reader has to tell these buttons from this end's own.
            let response = ui.add(egui::Button::new(label).small());
            let name = format!("{}: {label}", words.partner);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
            if response.clicked() {
                commands.push(Command::Partner(order));
            }
        };
        ask(ui, words.partner_send, PartnerOrder::Text(text.clone()));
        ask(ui, "Ping", PartnerOrder::Ping);
        ask(ui, words.partner_close, PartnerOrder::Close(StatusCode(3001), text.clone()));
        if partner.silent {
            ask(ui, words.resume, PartnerOrder::Resume);
        } else {
            ask(ui, words.fall_silent, PartnerOrder::FallSilent);
        }
    });
}

/// The behaviour of every connection, or of the chosen one alone.
pub fn own_behaviour_ui(
    ui: &mut Ui,
    state: &mut State,
    session: &Session,
    status: &Status,
    commands: &mut Vec<Command>,
) {
    let (lang, words) = (state.lang, state.lang.words());
    let scope = state.view.scope().connection;
    let open = |n: &u32| session.log.read().connection(*n).is_some_and(|c| !c.over);
    let chosen = scope.filter(open);
    widgets::caption(ui, words.behaviour);
    if let Some(number) = chosen {
        let one = format!("{} {number}", words.connection_n);
        let choices = [(false, words.for_all), (true, one.as_str())];
        widgets::segmented(ui, &mut state.behave_alone, &choices);
    }
    let alone = chosen.filter(|_| state.behave_alone);
    let on_hold = |number| status.held.get(&number).is_some_and(|holding| holding.on_hold);
    super::hold::switch_ui(ui, alone.map_or(state.hold, on_hold), alone, lang, commands);
    match alone {
        Some(number) => {
            let all = &state.behaviour;
            let form = state.own_behaviour.entry(number).or_insert_with(|| all.clone());
            behaviour_ui(ui, form, Some(number), lang, commands);
        }
        None => behaviour_ui(ui, &mut state.behaviour, None, lang, commands),
    }
}
