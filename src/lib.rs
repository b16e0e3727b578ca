//! wsscope, an oscilloscope for WebSocket: shows every frame as the socket gave
//! and took it, and ends connections in every way there is.
//!
//! The folders are a chain, each importing only what stands to its right:
//! `ui`, `headless` → `text` → `lesson` →
//! `engine` → `session` → `protocol`.

pub mod engine;
pub mod headless;
pub mod lesson;
pub mod protocol;
pub mod session;
pub mod text;
pub mod ui;
