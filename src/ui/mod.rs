//! The window: paints the log, and turns clicks into commands.
//!
//! A panel is a value with all that is to be shown, built by a pure function,
//! plus a `…_ui` function that paints it; a click pushes a command, and one
//! place applies it. Sockets are `engine`'s, sentences `text`'s.

pub mod app;
mod behaviour_panel;
pub mod bit_diagram;
mod center;
mod close_panel;
pub mod command;
mod composer;
mod connection_list;
mod deflate_form;
mod detail;
mod files;
mod filter;
pub mod fonts;
pub mod frame_detail;
mod frame_editor;
pub mod hex_dump;
pub mod hold;
pub mod invitation;
pub mod json_text;
pub mod ladder;
mod left;
pub mod lesson;
pub mod long_rows;
mod message;
pub mod network;
mod notes;
pub mod observed;
pub mod opening;
mod panes;
mod path_dialog;
pub mod present;
mod proxy_form;
mod remember;
pub mod replay;
mod replay_bar;
mod session;
pub mod shortcuts;
mod start_page;
pub mod state;
mod statistics;
mod table;
mod tail;
pub mod text_lines;
pub mod theme;
pub mod tls_form;
mod top_bar;
mod update;
pub mod verdict_card;
mod widgets;
mod window;

pub use app::{App, Start};
pub use update::Begin;
pub use window::run;
