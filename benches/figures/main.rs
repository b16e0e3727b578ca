//! The figures of README.md: each line compares two programs, or two sizes, within
//! one run, so that what it says travels to other machines.
//!
//! `cargo bench` measures all and prints a table; `cargo bench -- codec echo` only
//! these groups; `cargo bench -- --readme` puts the table into README.md. What a line
//! needs beside Rust (taskset, valgrind, tshark) and does not find is said in its line.

mod capture;
mod codec;
mod echo;
mod filtering;
mod inflate;
mod load;
mod painting;
#[path = "../../tests/ui_window/screenless.rs"]
mod screenless;
mod table;

use std::process::ExitCode;
use table::Line;

type Group = (&'static str, fn() -> Vec<Line>);

const GROUPS: &[Group] = &[
    ("codec", codec::lines),
    ("echo", echo::lines),
    ("capture", capture::lines),
    ("filtering", filtering::lines),
    ("inflate", inflate::lines),
    ("painting", painting::lines),
];

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        // What runs in a process of its own, so that it has a CPU of its own.
        ["serve-bare", batch] => echo::serve_bare(batch == "batch"),
        ["serve-recorded", capture] => echo::serve_recorded(capture),
        ["load", address, connections, in_flight, size] => {
            load::run(address, number(connections), number(in_flight), number(size));
        }
        ["record", path, frames, size] => capture::record_only(path, number(frames), number(size)),
        ["open", path] => capture::open_only(path),
        ["decode", size, frames] => codec::decode_only(number(size), number(frames)),
        _ => return measure(&words),
    }
    ExitCode::SUCCESS
}

fn number(word: &str) -> usize {
    word.parse().expect("a number")
}

fn measure(words: &[&str]) -> ExitCode {
    let wanted: Vec<&str> = words.iter().copied().filter(|word| *word != "--readme").collect();
    if let Some(unknown) = wanted.iter().find(|w| GROUPS.iter().all(|(name, _)| name != *w)) {
        let names: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
        eprintln!("there is no group {unknown}: {}", names.join(", "));
        return ExitCode::from(2);
    }
    let mut lines = Vec::new();
    for (name, group) in GROUPS {
        if wanted.is_empty() || wanted.contains(name) {
            eprintln!("{name} …");
            lines.extend(group());
        }
    }
    let table = table::markdown(&lines);
    print!("{table}");
    if words.contains(&"--readme")
        && let Err(error) = table::into_readme(&table)
    {
        eprintln!("README.md: {error}");
        return ExitCode::FAILURE;
    }
    if lines.iter().any(|line| line.reached == Some(false)) {
        eprintln!("not every figure was reached");
    }
    ExitCode::SUCCESS
}
