//! The scripts in tests/peers as values: start one, give it a scenario, get its answer.
//!
//! `WSSCOPE_PEERS` names the folder with the scripts and their node_modules,
//! `WSSCOPE_PYTHON` a Python that has websockets; without them the folder of the
//! repository and target/peers-venv are taken.

use super::run::LIMIT;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A library that can be either end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Library {
    NodeWs,
    PythonWebsockets,
}

/// A script that runs.
pub struct Peer {
    child: Child,
    answers: Receiver<String>,
}

/// Where the scripts and their node_modules are.
pub fn folder() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
    std::env::var_os("WSSCOPE_PEERS").map_or_else(default, PathBuf::from)
}

/// A Python that has websockets.
pub fn python() -> PathBuf {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers-venv/bin/python");
    let default = || if venv.exists() { venv } else { PathBuf::from("python3") };
    std::env::var_os("WSSCOPE_PYTHON").map_or_else(default, PathBuf::from)
}

impl Library {
    fn start(self, role: &str, scenario: &Value) -> Peer {
        let mut command = match self {
            Library::NodeWs => Command::new("node"),
            Library::PythonWebsockets => Command::new(python()),
        };
        command.arg(folder().join(match self {
            Library::NodeWs => "node_ws.mjs",
            Library::PythonWebsockets => "python_websockets.py",
        }));
        command.arg(role).arg(scenario.to_string());
        Peer::start(command)
    }

    /// A client that plays this.
    pub fn client(self, scenario: &Value) -> Peer {
        self.start("client", scenario)
    }

    /// A server that plays this on each connection, and its port.
    pub fn server(self, scenario: &Value) -> (Peer, u16) {
        let mut peer = self.start("server", scenario);
        let first = peer.answer();
        let port = first["port"].as_u64().and_then(|port| port.try_into().ok());
        (peer, port.unwrap_or_else(|| panic!("no port in {first}")))
    }
}

impl Peer {
    /// A browser that plays scenarios one after the other.
    pub fn chromium() -> Peer {
        let mut command = Command::new("node");
        command.arg(folder().join("chromium.mjs"));
        Peer::start(command)
    }

    /// A browser on our own page, which plays scenarios one after the other.
    pub fn page() -> Peer {
        let mut command = Command::new("node");
        command.arg(folder().join("page.mjs"));
        Peer::start(command)
    }

    /// A browser at the other end of these lessons, all at once; an answer each.
    pub fn lessons(numbers: std::ops::RangeInclusive<u32>) -> Peer {
        let mut command = Command::new("node");
        command.arg(folder().join("lessons.mjs")).arg(env!("CARGO_BIN_EXE_wsscope"));
        command.args(numbers.map(|number| number.to_string()));
        Peer::start(command)
    }

    /// python `websockets`, which gives its verdict on one case after the other.
    pub fn python_differential() -> Peer {
        let mut command = Command::new(python());
        command.arg(folder().join("python_differential.py"));
        Peer::start(command)
    }

    fn start(mut command: Command) -> Peer {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Peer { child, answers }
    }

    /// Gives it its next scenario.
    pub fn play(&mut self, scenario: &Value) {
        let stdin = self.child.stdin.as_mut().expect("a pipe");
        writeln!(stdin, "{scenario}").expect("the script runs");
    }

    /// The next answer.
    pub fn answer(&mut self) -> Value {
        // Starting a browser on a busy machine takes its time.
        let line = self.answers.recv_timeout(2 * LIMIT).expect("an answer");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The end of its input is what stops it in order; a browser needs that.
        drop(self.child.stdin.take());
        let deadline = std::time::Instant::now() + LIMIT;
        while std::time::Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
