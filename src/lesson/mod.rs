//! Lessons: what is said, what is done by real ends over loopback, and what must
//! then be seen on the wire.
//!
//! [`script`] has the values, [`file`](mod@file) reads them from TOML, [`library`] finds the
//! built-in ones and one's own. [`player`] performs a script: it orders what the ends
//! do, and compares the log's rows with what was expected ([`evidence`]). Painting is `ui`'s, sentences beside the script's own are `text`'s.

mod crossing;
pub mod end;
pub mod evidence;
pub mod expectation;
pub mod file;
pub mod library;
pub mod player;
pub mod script;
mod stage;

pub use expectation::Expectation;
pub use library::Library;
pub use player::{Player, State};
pub use script::{Both, Lesson, Other, Step};
