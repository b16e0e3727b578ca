//! The integration tests, one binary; a module for each subject.

mod architecture;
mod playbooks;
mod splits;
mod ui_detail;
mod vectors;
