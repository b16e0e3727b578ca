//! The command line, and the run without a window: the same engine, the same
//! capture, printed instead of painted.

pub mod capture;
pub mod cli;
pub mod convert;
pub mod ladder;
pub mod lesson;
pub mod opening;
mod people;
mod print;
mod progress;
pub mod run;
pub mod show;
pub mod tls;

pub use crate::text::json_lines as json;
