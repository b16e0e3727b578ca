//! The raw frame editor: every bit of the header, a length that lies, any
//! payload; and beside it what goes on the wire and which rules that breaks.

use super::app::App;
use super::bit_diagram::{Figure, Linked, bit_diagram_ui};
use super::state::{Compose, OctetForm, Weight};
use super::{theme, widgets};
use crate::protocol::action::parse_hex;
use crate::protocol::deflate::{Deflater, Direction, Parameters};
use crate::protocol::frame_spec::MaskSpec;
use crate::protocol::half::Done;
use crate::protocol::header::LengthForm;
use crate::protocol::{CloseBody, FrameSpec, Half, Opcode, Role, Rule, Violation};
use crate::session::entry;
use crate::session::inflate::{Compressed, Reader};
use crate::text::actions::{Preset, preset};
use crate::text::system::io_error;
use crate::text::{Lang, rules};
use egui::{Checkbox, ComboBox, RichText, TextEdit, Ui};

/// How the payload is typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PayloadForm {
    /// As text.
    #[default]
    Text,
    /// As octets, in one of their forms.
    Octets(OctetForm),
}

/// Octets of a payload that the editor takes from a row.
const EDITED: u64 = 1 << 20;

/// The editor's fields.
#[derive(Clone, Debug)]
pub struct FrameForm {
    /// Everything but what is typed.
    pub spec: FrameSpec,
    /// The masking-key as eight hexadecimal digits.
    pub key: String,
    /// The announced length; empty for the payload's own.
    pub length: String,
    /// The payload as typed.
    pub payload: String,
    /// How it is typed.
    pub payload_form: PayloadForm,
}

impl Default for FrameForm {
    fn default() -> FrameForm {
        FrameForm {
            spec: FrameSpec::default(),
            key: "37fa213d".into(),
            length: String::new(),
            payload: "Hello".into(),
            payload_form: PayloadForm::Text,
        }
    }
}

/// Frames that people ask for, with the words of `frame:`.
pub const PRESETS: [(Preset, &str); 10] = [
    (Preset::CloseOneOctet, "opcode=8,hex=03"),
    (Preset::CloseCut, "opcode=8,length=4,hex=03e8"),
    (Preset::CloseNotUtf8, "opcode=8,hex=03e8fffe"),
    (Preset::Close1005, "opcode=8,hex=03ed"),
    (Preset::PingWithoutFin, "opcode=9,fin=0,hex="),
    (Preset::TextNotUtf8, "opcode=1,hex=c328"),
    (Preset::Rsv1, "opcode=1,rsv1=1,text=hi"),
    (Preset::Opcode3, "opcode=3,hex="),
    (Preset::LengthNotMinimal, "opcode=1,bits=16,text=hi"),
    (Preset::ContinuationOfNothing, "opcode=0,text=hi"),
];

impl FrameForm {
    /// A form that gives this frame; text where the payload is text.
    #[must_use]
    pub fn of(spec: &FrameSpec) -> FrameForm {
        let text = std::str::from_utf8(&spec.payload).ok().filter(|t| !t.contains('\0'));
        let text = text.filter(|_| spec.opcode != Opcode::CLOSE && spec.opcode != Opcode::BINARY);
        let hex = || spec.payload.iter().map(|o| format!("{o:02x}")).collect::<Vec<_>>().join(" ");
        let mut form = FrameForm { spec: spec.clone(), ..FrameForm::default() };
        if let MaskSpec::Key(key) = spec.mask {
            form.key = format!("{:08x}", u32::from_be_bytes(key));
        }
        form.length = spec.length.map(|n| n.to_string()).unwrap_or_default();
        (form.payload, form.payload_form) = match text {
            Some(text) => (text.to_owned(), PayloadForm::Text),
            None => (hex(), PayloadForm::Octets(OctetForm::Hex)),
        };
        form
    }

    /// The form of a preset.
    #[must_use]
    pub fn preset(words: &str) -> Option<FrameForm> {
        words.parse::<FrameSpec>().ok().map(|spec| FrameForm::of(&spec))
    }

    /// The frame.
    ///
    /// # Errors
    /// What is wrong with what is typed, as a sentence.
    pub fn frame(&self, lang: Lang) -> Result<FrameSpec, String> {
        let words = lang.words();
        let mut spec = self.spec.clone();
        if matches!(spec.mask, MaskSpec::Key(_)) {
            let key = parse_hex(&self.key).ok().and_then(|key| key.try_into().ok());
            spec.mask = MaskSpec::Key(key.ok_or_else(|| words.bad_key.to_owned())?);
        }
        spec.length = match self.length.trim() {
            "" => None,
            length => Some(length.parse().map_err(|_| words.bad_length.to_owned())?),
        };
        spec.payload = match self.payload_form {
            PayloadForm::Text => self.payload.clone().into_bytes(),
            PayloadForm::Octets(form) => super::composer::typed_octets(form, &self.payload, lang)?,
        };
        Ok(spec)
    }

    /// The same frame with its payload compressed, by itself: no message of before is
    /// referred to.
    ///
    /// # Errors
    /// As [`FrameForm::frame`].
    fn compressed(&self, direction: Direction, lang: Lang) -> Result<FrameForm, String> {
        let mut spec = self.frame(lang)?;
        if let Some(mut deflater) = Deflater::new(direction) {
            spec.payload = deflater.message(&spec.payload);
            spec.rsv[0] = true;
        }
        Ok(FrameForm::of(&spec))
    }
}

impl App {
    /// Takes a row's frame into the raw frame editor, masked as our role asks. Of the
    /// last frame of a compressed message it takes the message inflated, in one frame:
    /// in another context its octets would mean something else.
    pub(super) fn edit_again(&mut self, index: u64) {
        let Some(session) = &self.session else { return };
        let log = session.log.read();
        let inflated = Reader::default().message(&log, &session.source, index, EDITED);
        let whole = inflated.ok().flatten().filter(|message| message.whole);
        let text = log.compressed(index).is_some_and(Compressed::is_text);
        let frame = entry::frame(&log, &session.source, index, EDITED);
        drop(log);
        let words = self.state.lang.words();
        let spec = match (whole, frame) {
            (Some(message), _) => {
                self.say(Weight::Info, words.edited_inflated.to_owned());
                let opcode = if text { Opcode::TEXT } else { Opcode::BINARY };
                FrameSpec { opcode, payload: message.octets, ..FrameSpec::default() }
            }
            (None, Ok(frame)) => {
                let header = &frame.header;
                let minimal = LengthForm::minimal(header.payload_len);
                FrameSpec {
                    fin: header.fin,
                    rsv: [header.rsv1, header.rsv2, header.rsv3],
                    opcode: header.opcode,
                    form: (header.length_form != minimal).then_some(header.length_form),
                    payload: frame.payload,
                    ..FrameSpec::default()
                }
            }
            (None, Err(error)) => {
                return self.say(
                    Weight::Error,
                    format!("{}: {}", words.cannot_read, io_error(self.state.lang, &error)),
                );
            }
        };
        self.state.composer.frame = FrameForm::of(&spec);
        self.state.composer.tab = Compose::Frame;
        self.state.composer_error = None;
    }
}

/// Octets to which a preview inflates a compressed payload.
const INFLATED: u64 = 1 << 20;

/// What `role` would put on the wire, and which rules it would break there as a
/// first frame, where this was `agreed` of permessage-deflate.
#[must_use]
pub fn preview(
    spec: &FrameSpec,
    role: Role,
    agreed: Option<&Parameters>,
) -> (Vec<u8>, Vec<Violation>) {
    let mut octets = Vec::new();
    spec.write(role, || [0x37, 0xfa, 0x21, 0x3d], &mut octets);
    let mut half = Half::frames(role);
    if let Some(agreed) = agreed {
        half.agree_deflate(agreed, INFLATED);
    }
    let mut violations = Vec::new();
    let mut rest = &octets[..];
    while !rest.is_empty() {
        let step = half.step(rest);
        rest = &rest[step.consumed..];
        if let Some(Done::Frame(frame)) = step.done {
            violations.extend(frame.violations);
            // What stands behind an announced length that is too short is the
            // peer's next frame, and none of this one's.
            break;
        }
    }
    violations.extend_from_slice(half.violations());
    violations.retain(|v| v.rule != Rule::FrameCutOff);
    (octets, violations)
}

/// The editor; `role` is our end's, and this was agreed of permessage-deflate.
pub fn frame_editor_ui(
    ui: &mut Ui,
    form: &mut FrameForm,
    linked: &mut Linked,
    (role, agreed): (Role, Option<&Parameters>),
    lang: Lang,
) {
    ui.columns(2, |columns| {
        fields_ui(&mut columns[0], form, lang);
        preview_ui(&mut columns[1], form, linked, (role, agreed), lang);
        if let Some(agreed) = agreed {
            compression_ui(&mut columns[1], form, agreed.direction(role), lang);
        }
    });
}

fn fields_ui(ui: &mut Ui, form: &mut FrameForm, lang: Lang) {
    let words = lang.words();
    ui.horizontal(|ui| {
        let spec = &mut form.spec;
        ui.add(Checkbox::new(&mut spec.fin, "FIN"));
        for (i, label) in ["RSV1", "RSV2", "RSV3"].into_iter().enumerate() {
            ui.add(Checkbox::new(&mut spec.rsv[i], label));
        }
    });
    ui.horizontal(|ui| {
        let name = |opcode: Opcode| format!("{} {}", opcode.value(), opcode.name());
        let label = widgets::dim(ui, words.column_opcode);
        let combo = ComboBox::from_id_salt("opcode").selected_text(name(form.spec.opcode));
        let response = combo.width(112.0).height(420.0).show_ui(ui, |ui| {
            for opcode in (0..16).map(Opcode::new) {
                ui.selectable_value(&mut form.spec.opcode, opcode, name(opcode));
            }
        });
        response.response.labelled_by(label.id);
        preset_ui(ui, form, lang);
    });
    ui.horizontal(|ui| mask_ui(ui, form, lang));
    ui.horizontal(|ui| {
        let forms = [
            (None, words.shortest),
            (Some(LengthForm::Bits7), "7"),
            (Some(LengthForm::Bits16), "16"),
            (Some(LengthForm::Bits64), "64"),
        ];
        let shown = forms.iter().find(|(f, _)| *f == form.spec.form).map_or("", |(_, text)| *text);
        let label = widgets::dim(ui, words.length_bits);
        let combo = ComboBox::from_id_salt("length form").selected_text(shown).width(76.0);
        let response = combo.show_ui(ui, |ui| {
            for (choice, text) in forms {
                ui.selectable_value(&mut form.spec.form, choice, text);
            }
        });
        response.response.labelled_by(label.id);
        let label = widgets::dim(ui, words.announced);
        let edit = TextEdit::singleline(&mut form.length).desired_width(56.0).font(theme::mono());
        ui.add(edit.hint_text("=")).labelled_by(label.id);
    });
    ui.horizontal(|ui| {
        let kinds = [
            (PayloadForm::Text, words.text),
            (PayloadForm::Octets(OctetForm::Hex), words.hex),
            (PayloadForm::Octets(OctetForm::Base64), words.base64),
            (PayloadForm::Octets(OctetForm::File), words.file),
        ];
        let shown = kinds.iter().find(|(k, _)| *k == form.payload_form).map_or("", |(_, t)| *t);
        let label = widgets::dim(ui, words.payload_field);
        let combo = ComboBox::from_id_salt("payload form").selected_text(shown).width(76.0);
        let response = combo.show_ui(ui, |ui| {
            for (choice, text) in kinds {
                ui.selectable_value(&mut form.payload_form, choice, text);
            }
        });
        response.response.labelled_by(label.id);
        let edit = TextEdit::singleline(&mut form.payload).id_salt("frame payload");
        let edit = edit.desired_width(ui.available_width() - 8.0).font(theme::mono());
        let response = ui.add(edit);
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::TextInput, true, words.frame_payload)
        });
    });
}

fn preset_ui(ui: &mut Ui, form: &mut FrameForm, lang: Lang) {
    ui.menu_button(format!("{} ▾", lang.words().presets), |ui| {
        for (name, words) in PRESETS {
            if ui.button(preset(lang, name)).clicked() {
                *form = FrameForm::preset(words).unwrap_or_default();
                ui.close();
            }
        }
        if ui.button(preset(lang, Preset::CloseTooLong)).clicked() {
            let mut payload = vec![0x03, 0xE8];
            payload.resize(130, b'a');
            let spec = FrameSpec { opcode: Opcode::CLOSE, payload, ..FrameSpec::default() };
            *form = FrameForm::of(&spec);
            ui.close();
        }
    });
}

fn mask_ui(ui: &mut Ui, form: &mut FrameForm, lang: Lang) {
    let words = lang.words();
    let kinds = [
        (MaskSpec::Role, words.mask_by_role),
        (MaskSpec::None, words.mask_none),
        (MaskSpec::Random, words.mask_random),
        (MaskSpec::Key([0; 4]), words.mask_zero),
        (MaskSpec::Key([1; 4]), words.mask_chosen),
    ];
    let index = match form.spec.mask {
        MaskSpec::Role => 0,
        MaskSpec::None => 1,
        MaskSpec::Random => 2,
        MaskSpec::Key(_) if form.key == "00000000" => 3,
        MaskSpec::Key(_) => 4,
    };
    let label = widgets::dim(ui, "MASK");
    let combo = ComboBox::from_id_salt("mask").selected_text(kinds[index].1).width(112.0);
    let response = combo.show_ui(ui, |ui| {
        for (i, (kind, text)) in kinds.into_iter().enumerate() {
            if ui.selectable_label(i == index, text).clicked() {
                form.spec.mask = kind;
                form.key = if i == 3 { "00000000" } else { "37fa213d" }.into();
            }
        }
    });
    response.response.labelled_by(label.id);
    if matches!(form.spec.mask, MaskSpec::Key(_)) {
        let edit = TextEdit::singleline(&mut form.key).id_salt("key").desired_width(76.0);
        let response = ui.add(edit.font(theme::mono()));
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "masking-key"));
    }
}

/// That RSV1 stands for a compressed payload, or the button that compresses it.
fn compression_ui(ui: &mut Ui, form: &mut FrameForm, direction: Direction, lang: Lang) {
    if !matches!(form.spec.opcode, Opcode::TEXT | Opcode::BINARY) {
        return;
    }
    if form.spec.rsv[0] {
        widgets::dim(ui, lang.words().rsv1_compressed);
    } else if direction.window_bits > 8
        && ui.horizontal(|ui| ui.button(lang.words().compress_payload)).inner.clicked()
        && let Ok(compressed) = form.compressed(direction, lang)
    {
        *form = compressed;
    }
}

fn preview_ui(
    ui: &mut Ui,
    form: &FrameForm,
    linked: &mut Linked,
    (role, agreed): (Role, Option<&Parameters>),
    lang: Lang,
) {
    // A file is read when it is sent, not at every painting.
    let file = form.payload_form == PayloadForm::Octets(OctetForm::File);
    let shown = if file {
        FrameForm { payload_form: PayloadForm::Text, ..form.clone() }
    } else {
        form.clone()
    };
    let spec = match shown.frame(lang) {
        Ok(spec) => spec,
        Err(error) => return drop(widgets::wrong(ui, error)),
    };
    let (octets, violations) = preview(&spec, role, agreed);
    let header = spec.header(role, || [0x37, 0xfa, 0x21, 0x3d]);
    let close = (spec.opcode == Opcode::CLOSE).then(|| CloseBody::parse(&spec.payload));
    bit_diagram_ui(ui, Figure { header: &header, close }, linked, lang);
    linked.finish(ui);
    let hex: Vec<String> = octets.iter().take(20).map(|o| format!("{o:02x}")).collect();
    let more = if octets.len() > 20 { " …" } else { "" };
    let palette = theme::palette(ui);
    let text = RichText::new(hex.join(" ") + more).font(theme::mono()).color(palette.payload);
    ui.add(egui::Label::new(text).truncate());
    match &violations[..] {
        [] => drop(widgets::dim(ui, lang.words().no_rule_broken)),
        [first, rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(" (+{})", rest.len()) };
            let rule = first.rule;
            let text = format!("§{} {}{more}", rule.section(), rules::rule(lang, rule));
            let ids: Vec<&str> = violations.iter().map(|v| v.rule.id()).collect();
            widgets::wrong_in_line(ui, &text).on_hover_text(ids.join("\n"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_a_frame_and_breaks_what_it_says() {
        for (name, words) in PRESETS {
            let form = FrameForm::preset(words).unwrap_or_else(|| panic!("{name:?}"));
            let spec = form.frame(Lang::En).unwrap();
            assert_eq!(spec, words.parse().unwrap(), "{name:?}");
            let (octets, violations) = preview(&spec, Role::Server, None);
            // A length that lies is not wrong until the stream ends.
            let fine = name == Preset::CloseCut;
            assert_eq!(violations.is_empty(), fine, "{name:?}: {octets:02x?} {violations:?}");
        }
    }

    #[test]
    fn the_preview_masks_as_the_role_demands() {
        let spec = FrameSpec { payload: b"Hello".to_vec(), ..FrameSpec::default() };
        assert_eq!(preview(&spec, Role::Server, None), (b"\x81\x05Hello".to_vec(), vec![]));
        let (octets, violations) = preview(&spec, Role::Client, None);
        assert_eq!(octets, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
        assert_eq!(violations, []);
        let bare = FrameSpec { mask: MaskSpec::None, ..spec };
        assert_eq!(preview(&bare, Role::Client, None).1[0].rule, Rule::ClientNotMasked);
    }

    #[test]
    fn rsv1_means_compressed_where_that_was_agreed() {
        let agreed = Parameters::default();
        let form = FrameForm { payload: "Hello ".repeat(30), ..FrameForm::default() };
        let compressed = form.compressed(agreed.direction(Role::Server), Lang::En).unwrap();
        let spec = compressed.frame(Lang::En).unwrap();
        assert!(spec.rsv[0] && spec.payload.len() < 30, "{spec:?}");
        let rules = |spec: &FrameSpec, agreed| {
            let (_, violations) = preview(spec, Role::Server, agreed);
            violations.into_iter().map(|v| v.rule).collect::<Vec<_>>()
        };
        assert_eq!(rules(&spec, Some(&agreed)), []);
        assert_eq!(rules(&spec, None)[0], Rule::Rsv1);
        let plain = FrameSpec { rsv: [true, false, false], ..form.frame(Lang::En).unwrap() };
        assert_eq!(rules(&plain, Some(&agreed)), [Rule::DeflateDataInvalid]);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let mut form = FrameForm { length: "many".into(), ..FrameForm::default() };
        assert!(form.frame(Lang::En).is_err());
        form.length.clear();
        form.spec.mask = MaskSpec::Key([0; 4]);
        form.key = "12".into();
        assert!(form.frame(Lang::En).is_err());
    }
}
