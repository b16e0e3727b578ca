//! The filter in the window: the bar above the rows, the field with what may be
//! typed next, the help. The language itself is `session::filter`.

mod apply;
mod bar;
mod field;
mod form;
mod help;

pub use bar::bar_ui;
pub use form::FilterForm;
