//! Holds the chain of folders: which words a folder may not name.

use std::fs;
use std::path::{Path, PathBuf};

/// Folder, then what none of its files may name, with the reason.
const RULES: &[(&str, &[&str], &str)] = &[
    (
        "src/protocol",
        &[
            "tokio",
            "egui",
            "std::io",
            "std::net",
            "std::fs",
            "Instant",
            "SystemTime",
            "rand",
            "getrandom",
            "serde",
            "crate::session",
            "crate::engine",
            "crate::lesson",
            "crate::text",
            "crate::headless",
            "crate::ui",
        ],
        "the protocol does no I/O, has no clock and draws no random numbers",
    ),
    (
        "src/session",
        &[
            "tokio",
            "egui",
            "std::net",
            "crate::engine",
            "crate::lesson",
            "crate::text",
            "crate::headless",
            "crate::ui",
        ],
        "a session is what was observed, not how",
    ),
    (
        "src/engine",
        &["egui", "crate::lesson", "crate::text", "crate::headless", "crate::ui"],
        "the engine wakes the window through a closure",
    ),
    (
        "src/lesson",
        &["tokio", "egui", "std::net", "crate::text", "crate::headless", "crate::ui"],
        "a lesson orders an engine and reads its log",
    ),
    (
        "src/text",
        &["tokio", "egui", "std::net", "crate::headless", "crate::ui"],
        "text makes sentences only",
    ),
    (
        "src/headless",
        &["TcpStream", "TcpListener", "egui", "crate::ui"],
        "sockets are the engine's",
    ),
    ("src/ui", &["TcpStream", "TcpListener", "crate::headless"], "sockets are the engine's"),
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.expect("a readable folder").path()) {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Whether `line`, without its comment and its strings, names `word` as a whole word.
fn names(line: &str, word: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.split('"').step_by(2).any(|code| {
        code.match_indices(word).any(|(at, _)| {
            let (before, behind) = (&code[..at], &code[at + word.len()..]);
            !is_word(before.chars().next_back()) && !is_word(behind.chars().next())
        })
    })
}

#[test]
fn each_folder_imports_only_what_stands_to_its_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut broken = Vec::new();
    for (folder, words, reason) in RULES {
        let mut files = Vec::new();
        rust_files(&root.join(folder), &mut files);
        assert!(!files.is_empty(), "{folder} has no files");
        for file in files {
            let text = fs::read_to_string(&file).expect("a readable file");
            for (number, line) in text.lines().enumerate() {
                for word in words.iter().filter(|word| names(line, word)) {
                    let at = file.strip_prefix(root).unwrap_or(&file).display();
                    broken.push(format!("{at}:{}: names {word}: {reason}", number + 1));
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("src"), &mut files);
    let long: Vec<String> = files
        .iter()
        // The list of the window's words is looked up, not read from end to end.
        .filter(|file| !file.ends_with("src/text/words.rs"))
        .filter_map(|file| {
            let lines = fs::read_to_string(file).expect("a readable file").lines().count();
            (lines > 500).then(|| format!("{}: {lines} lines", file.display()))
        })
        .collect();
    assert!(long.is_empty(), "above 500 lines:\n{}", long.join("\n"));
}
