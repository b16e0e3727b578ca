//! The integration tests, one binary; a module for each subject.
//!
//! Those that need a browser, node, Python or Wireshark are ignored unless asked
//! for: `cargo test -- --ignored`, once `.ci/run` has installed what they need.

mod actions;
mod architecture;
mod capture;
mod closing;
mod command_line;
mod compressed;
mod conversions;
mod deflate;
mod deflate_ends;
mod deflate_peers;
mod differential;
mod endings;
mod filter;
mod fuzz;
mod hold;
mod hostile;
mod json_lines;
mod ladder;
mod languages;
mod lessons;
mod loopback;
mod models;
mod models_live;
mod opening;
mod opening_live;
mod options;
mod page;
mod peer;
mod peers;
mod playbooks;
mod proxy;
mod recording;
mod run;
mod session;
mod session_files;
mod shape;
mod show;
mod signals;
mod snippets;
mod soak;
mod splits;
mod tls;
mod ui_detail;
mod ui_ladder;
mod ui_window;
mod vectors;
mod violations;
mod window;
mod wire;
mod wireshark;
