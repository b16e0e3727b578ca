//! The proxy of our client as it is typed in the window.

use super::app::App;
use super::{theme, widgets};
use crate::engine::proxy::Proxy;
use crate::text::{Lang, faults};
use egui::{TextEdit, Ui};
use std::sync::Arc;

/// The field, among a client's options.
pub fn proxy_ui(ui: &mut Ui, proxy: &mut String, lang: Lang) {
    ui.separator();
    let label = widgets::dim(ui, lang.words().proxy);
    let edit = TextEdit::singleline(proxy).id_salt("proxy").font(theme::mono());
    ui.add(edit.desired_width(f32::INFINITY)).labelled_by(label.id);
    ui.add_space(4.0);
}

impl App {
    /// What our client connects through; else the top says what is wrong.
    pub(super) fn client_proxy(&mut self) -> Option<Option<Arc<Proxy>>> {
        let typed = self.state.proxy.trim();
        if typed.is_empty() {
            return Some(None);
        }
        match typed.parse::<Proxy>() {
            Ok(proxy) => Some(Some(Arc::new(proxy))),
            Err(error) => {
                self.state.top_error = Some(faults::address(self.state.lang, &error));
                None
            }
        }
    }
}
