//! What the window remembers from one start to the next.

use super::state::State;
use crate::engine::address::ListenAddress;
use crate::text::Lang;
use core::net::IpAddr;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

const KEY: &str = "wsscope";

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Memory {
    address: String,
    url: String,
    chinese: bool,
    recent: Vec<PathBuf>,
    sequences: Vec<(String, String)>,
    filters: Vec<(String, String)>,
    recent_filters: Vec<String>,
    /// While it presents: the zoom to go back to, should it not come to that.
    zoom: Option<f32>,
}

/// Takes over what was remembered; the language only where none was asked for. A window
/// that ended while it presented has the zoom of that: returns the one from before.
pub fn load(
    state: &mut State,
    storage: Option<&dyn eframe::Storage>,
    language: bool,
) -> Option<f32> {
    let text = storage.and_then(|storage| storage.get_string(KEY));
    // What an older version wrote and this one cannot read is forgotten.
    let memory: Option<Memory> = text.and_then(|text| serde_json::from_str(&text).ok());
    let memory = memory?;
    if !memory.address.is_empty() {
        state.address = memory.address;
    }
    if !memory.url.is_empty() {
        state.url = memory.url;
    }
    if language {
        state.lang = if memory.chinese { Lang::Zh } else { Lang::En };
    }
    state.recent = memory.recent;
    state.composer.sequences = memory.sequences;
    state.filter.kept = memory.filters;
    state.filter.recent = memory.recent_filters;
    memory.zoom
}

/// Whether the network may connect is chosen anew at each start.
fn remembered(address: &str) -> String {
    let parsed = address.parse::<ListenAddress>().ok();
    let everywhere = |host: &str| host.parse::<IpAddr>().is_ok_and(|ip| ip.is_unspecified());
    match parsed.filter(|address| everywhere(&address.host)) {
        Some(address) => address.on_network(false).to_string(),
        None => address.to_owned(),
    }
}

/// Writes it down.
pub fn save(state: &State, storage: &mut dyn eframe::Storage) {
    let memory = Memory {
        address: remembered(&state.address),
        url: state.url.clone(),
        chinese: state.lang == Lang::Zh,
        recent: state.recent.clone(),
        sequences: state.composer.sequences.clone(),
        filters: state.filter.kept.clone(),
        recent_filters: state.filter.recent.clone(),
        zoom: state.present.zoom_before(),
    };
    storage.set_string(KEY, serde_json::to_string(&memory).unwrap_or_default());
}
