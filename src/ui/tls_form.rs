//! TLS as it is set up in the window: for the server and for the client.

use super::app::App;
use super::command::Command;
use super::state::{PathFor, State, Weight};
use super::{theme, widgets};
use crate::engine::status::Status;
use crate::engine::tls::{ClientOptions, ClientTls, Identity, ServerOptions, ServerTls};
use crate::protocol::Role;
use crate::text::system::io_error;
use crate::text::{Lang, Words, tls};
use egui::{ComboBox, RichText, TextEdit, Ui};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a server does about TLS.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ServerChoice {
    /// Nothing.
    #[default]
    None,
    /// Makes a certificate.
    SelfSigned,
    /// Has one.
    Files,
}

/// Which file a path is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TlsFile {
    /// The server's certificate.
    Certificate,
    /// Its key.
    Key,
    /// What a client trusts.
    Ca,
    /// A client's certificate.
    ClientCertificate,
    /// Its key.
    ClientKey,
}

/// TLS as it is typed.
#[derive(Debug, Default)]
pub struct TlsForm {
    /// What the server does.
    pub server: ServerChoice,
    /// Paths, in the order of [`TlsFile`].
    pub paths: [String; 5],
    /// The name that a client looks for, instead of the URL's.
    pub server_name: String,
    /// A client accepts any certificate.
    pub accept_any: bool,
    /// The certificate that was made for a host: who has trusted it need not again.
    made: Option<(String, Arc<ServerTls>)>,
}

impl TlsForm {
    /// Where a file's path is typed.
    pub fn path(&mut self, file: TlsFile) -> &mut String {
        &mut self.paths[file as usize]
    }

    fn given(&self, file: TlsFile) -> Option<PathBuf> {
        let text = self.paths[file as usize].trim();
        (!text.is_empty()).then(|| PathBuf::from(text))
    }

    /// A certificate and its key, both or none.
    fn identity(&self, certificate: TlsFile, key: TlsFile) -> Result<Option<Identity>, ()> {
        match (self.given(certificate), self.given(key)) {
            (Some(certificate), Some(key)) => Ok(Some(Identity { certificate, key })),
            (None, None) => Ok(None),
            _ => Err(()),
        }
    }

    /// Shows what the server was started with.
    pub fn show_server(&mut self, tls: Option<&Arc<ServerTls>>, host: &str) {
        self.server = ServerChoice::None;
        let Some(tls) = tls else { return };
        match &tls.options {
            ServerOptions::SelfSigned => {
                self.server = ServerChoice::SelfSigned;
                self.made = Some((host.to_owned(), tls.clone()));
            }
            ServerOptions::Identity(Identity { certificate, key }) => {
                self.server = ServerChoice::Files;
                *self.path(TlsFile::Certificate) = certificate.display().to_string();
                *self.path(TlsFile::Key) = key.display().to_string();
            }
        }
    }

    /// Shows what the client was started with.
    pub fn show_client(&mut self, options: &ClientOptions) {
        let show =
            |path: Option<&PathBuf>| path.map_or_else(String::new, |p| p.display().to_string());
        let identity = options.identity.as_ref();
        *self.path(TlsFile::Ca) = show(options.ca.as_ref());
        *self.path(TlsFile::ClientCertificate) = show(identity.map(|i| &i.certificate));
        *self.path(TlsFile::ClientKey) = show(identity.map(|i| &i.key));
        self.server_name = options.server_name.clone().unwrap_or_default();
        self.accept_any = options.insecure;
    }

    /// What a server at this host is to be started with.
    ///
    /// # Errors
    /// A sentence.
    pub fn load_server(
        &mut self,
        host: &str,
        lang: Lang,
    ) -> Result<Option<Arc<ServerTls>>, String> {
        let pair = || lang.words().tls_pair.to_owned();
        let options = match self.server {
            ServerChoice::None => return Ok(None),
            ServerChoice::SelfSigned => {
                if let Some((_, tls)) = self.made.as_ref().filter(|(made, _)| made == host) {
                    return Ok(Some(tls.clone()));
                }
                ServerOptions::SelfSigned
            }
            ServerChoice::Files => {
                let identity = self.identity(TlsFile::Certificate, TlsFile::Key);
                ServerOptions::Identity(identity.ok().flatten().ok_or_else(pair)?)
            }
        };
        let loaded = Arc::new(options.load(host).map_err(|error| tls::file(lang, &error))?);
        if loaded.options == ServerOptions::SelfSigned {
            self.made = Some((host.to_owned(), loaded.clone()));
        }
        Ok(Some(loaded))
    }

    /// What a client is to be started with.
    ///
    /// # Errors
    /// A sentence.
    pub fn load_client(&self, lang: Lang) -> Result<Arc<ClientTls>, String> {
        let identity = self.identity(TlsFile::ClientCertificate, TlsFile::ClientKey);
        let name = self.server_name.trim();
        let options = ClientOptions {
            ca: self.given(TlsFile::Ca),
            identity: identity.map_err(|()| lang.words().tls_pair.to_owned())?,
            insecure: self.accept_any,
            server_name: (!name.is_empty()).then(|| name.to_owned()),
        };
        options.load().map(Arc::new).map_err(|error| tls::file(lang, &error))
    }
}

/// What a saved certificate is called first.
pub(super) const PEM_NAME: &str = "wsscope.pem";

impl App {
    /// What the server is to be started with; else the top says what is wrong.
    pub(super) fn server_tls(&mut self, host: &str) -> Option<Option<Arc<ServerTls>>> {
        let loaded = self.state.tls.load_server(host, self.state.lang);
        loaded.map_err(|sentence| self.state.top_error = Some(sentence)).ok()
    }

    /// The same for the client.
    pub(super) fn client_tls(&mut self) -> Option<Arc<ClientTls>> {
        let loaded = self.state.tls.load_client(self.state.lang);
        loaded.map_err(|sentence| self.state.top_error = Some(sentence)).ok()
    }

    /// Saves the certificate that the server shows.
    pub(super) fn save_pem(&mut self, path: &Path) {
        let Some(tls) = self.status().listening_tls else { return };
        let words = self.state.lang.words();
        match std::fs::write(path, &tls.pem) {
            Ok(()) => {
                self.say(Weight::Info, format!("{} {}", words.saved_to, path.display()));
            }
            Err(error) => {
                let text = format!(
                    "{} {}: {}",
                    words.cannot_save,
                    path.display(),
                    io_error(self.state.lang, &error)
                );
                self.say(Weight::Error, text);
            }
        }
    }
}

fn choice_word(words: &Words, choice: ServerChoice) -> &'static str {
    match choice {
        ServerChoice::None => words.tls_none,
        ServerChoice::SelfSigned => words.tls_self_signed,
        ServerChoice::Files => words.tls_files,
    }
}

/// The server's choice, beside its address.
pub fn server_choice_ui(ui: &mut Ui, form: &mut TlsForm, lang: Lang) {
    let words = lang.words();
    let combo = ComboBox::from_id_salt("tls").selected_text(choice_word(words, form.server));
    let response = combo.width(132.0).show_ui(ui, |ui| {
        for choice in [ServerChoice::None, ServerChoice::SelfSigned, ServerChoice::Files] {
            ui.selectable_value(&mut form.server, choice, choice_word(words, choice));
        }
    });
    response.response.widget_info(|| {
        let label = format!("{} {}", words.tls_caption, choice_word(words, form.server));
        egui::WidgetInfo::labeled(egui::Role::ComboBox, true, label)
    });
}

/// A path: typed, or chosen with the dialog.
fn path_ui(
    ui: &mut Ui,
    form: &mut TlsForm,
    file: TlsFile,
    label: &str,
    words: &Words,
    commands: &mut Vec<Command>,
) {
    let caption = widgets::dim(ui, label);
    ui.horizontal(|ui| {
        let width = ui.available_width() - 84.0;
        let edit = TextEdit::singleline(form.path(file)).id_salt(label).font(theme::mono());
        ui.add(edit.desired_width(width)).labelled_by(caption.id);
        let button = ui.button(words.browse);
        let name = format!("{} {label}", words.browse);
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
        if button.clicked() {
            commands.push(Command::AskPath(PathFor::Tls(file)));
        }
    });
    ui.add_space(4.0);
}

/// What there is to set up for this role, in its options.
pub fn tls_options_ui(
    ui: &mut Ui,
    form: &mut TlsForm,
    role: Role,
    lang: Lang,
    commands: &mut Vec<Command>,
) {
    let words = lang.words();
    if role == Role::Server {
        if form.server == ServerChoice::Files {
            ui.separator();
            path_ui(ui, form, TlsFile::Certificate, words.certificate_file, words, commands);
            path_ui(ui, form, TlsFile::Key, words.key_file, words, commands);
        }
        return;
    }
    ui.separator();
    widgets::caption(ui, words.tls_caption);
    path_ui(ui, form, TlsFile::Ca, words.ca_file, words, commands);
    path_ui(ui, form, TlsFile::ClientCertificate, words.client_certificate_file, words, commands);
    path_ui(ui, form, TlsFile::ClientKey, words.client_key_file, words, commands);
    let label = widgets::dim(ui, words.server_name);
    let edit = TextEdit::singleline(&mut form.server_name).id_salt("server name");
    let edit = edit.desired_width(f32::INFINITY).font(theme::mono());
    ui.add(edit).labelled_by(label.id);
    ui.add_space(4.0);
    ui.checkbox(&mut form.accept_any, words.accept_any);
    if form.accept_any {
        warning(ui, words.accept_any_warning);
    }
}

/// A sentence in the warning colour.
pub(super) fn warning(ui: &mut Ui, text: &str) {
    let color = theme::palette(ui).closing;
    ui.label(RichText::new(format!("! {text}")).font(theme::small()).color(color));
}

/// A line below the bar: the server's certificate while it listens, what is still
/// to be chosen, or that the client accepts anybody.
pub fn tls_line_ui(ui: &mut Ui, state: &State, status: &Status, commands: &mut Vec<Command>) {
    let words = state.lang.words();
    match (state.role, &status.listening_tls) {
        (Role::Client, _) if state.tls.accept_any && state.url.starts_with("wss:") => {
            warning(ui, &format!("{}: {}", words.accept_any, words.accept_any_warning));
        }
        (Role::Server, Some(tls)) => {
            let Some(certificate) = tls.chain.first() else { return };
            ui.horizontal(|ui| {
                if ui.button(words.copy_pem).clicked() {
                    ui.ctx().copy_text(tls.pem.clone());
                }
                if ui.button(words.save_pem).clicked() {
                    commands.push(Command::AskPath(PathFor::Pem));
                }
                widgets::dim(ui, format!("{} · {}", certificate.subject, words.fingerprint));
                let sha256 = RichText::new(&certificate.sha256).font(theme::mono());
                let hover = format!("{}\n{}", certificate.sha256, tls::validity(certificate));
                ui.add(egui::Label::new(sha256).truncate()).on_hover_text(hover);
            });
        }
        _ => {}
    }
}
