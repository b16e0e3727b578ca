//! The program: reads the command line and starts the window or the run without one.

fn main() {}
