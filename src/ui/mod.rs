//! The window: paints the log, and turns clicks into commands.
//!
//! A panel is a value with all that is to be shown, built by a pure function,
//! plus a `…_ui` function that paints it; a click pushes a command, and one
//! place applies it. Sockets are `engine`'s, sentences `text`'s.

pub mod fonts;
pub mod theme;

pub mod bit_diagram;
pub mod frame_detail;
pub mod hex_dump;
pub mod json_text;
pub mod long_rows;
pub mod text_lines;
pub mod verdict_card;
