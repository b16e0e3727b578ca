//! The program without a window: started, its lines read with a deadline, killed on drop.
//!
//! Nothing here sleeps for a guessed time: a test waits for a line, for the end
//! of a stream or for the end of the process.

use super::shape;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long anything may take before a test gives up on it.
pub const LIMIT: Duration = Duration::from_secs(30);

/// What `connect` and `listen` get in nearly every test.
const HEADLESS: [&str; 2] = ["--headless", "--json"];

/// A run of the program.
pub struct Run {
    child: Child,
    stdout: Receiver<String>,
    stderr: Option<JoinHandle<String>>,
    /// Lines of JSON read so far.
    pub lines: Vec<Value>,
    /// How many of them [`Run::until`] has gone past.
    passed: usize,
    json: bool,
    home: TempDir,
}

/// A run that has ended.
pub struct Ended {
    /// How; the code is `None` if a signal killed it.
    pub status: ExitStatus,
    /// Every line.
    pub lines: Vec<Value>,
    /// What was said on stderr.
    pub stderr: String,
    /// Its folders.
    pub home: TempDir,
}

/// The program with folders of its own and no screen, nothing started yet.
pub fn command(home: &Path, arguments: &[&str]) -> Command {
    let temporary = home.join("tmp");
    std::fs::create_dir_all(&temporary).expect("a folder for temporary files");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsscope"));
    command
        .args(arguments)
        .current_dir(home)
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("TMPDIR", temporary)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A command line cut at its spaces.
pub fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// `--after-open` before each action.
pub fn after_open<'a>(actions: &[&'a str]) -> Vec<&'a str> {
    actions.iter().flat_map(|action| ["--after-open", action]).collect()
}

/// Runs the program to its end and gives what it left.
pub fn output(arguments: &[&str]) -> Ended {
    Run::start(arguments).end()
}

/// Runs the program, which has to say what is wrong in one line and exit with 2.
#[track_caller]
pub fn expect_usage_error(arguments: &[&str]) -> Ended {
    let ended = output(arguments);
    let lines: Vec<&str> = ended.stderr.lines().filter(|line| !line.trim().is_empty()).collect();
    assert_eq!(ended.code(), 2, "{arguments:?}: {}", ended.stderr);
    assert_eq!(lines.len(), 1, "{arguments:?} is told in one line:\n{}", ended.stderr);
    ended
}

impl Run {
    /// Starts the program with these arguments and nothing else.
    pub fn start(arguments: &[&str]) -> Run {
        let home = TempDir::new().expect("a folder for the run");
        let command = command(home.path(), arguments);
        Run::spawn(command, home)
    }

    /// Starts a prepared command.
    pub fn spawn(mut command: Command, home: TempDir) -> Run {
        let mut child = command.spawn().expect("the program starts");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut stderr = child.stderr.take().expect("a pipe");
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let stderr = std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = stderr.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        let json = command.get_args().any(|argument| argument == "--json");
        Run {
            child,
            stdout: receiver,
            stderr: Some(stderr),
            lines: Vec::new(),
            passed: 0,
            json,
            home,
        }
    }

    /// `listen` on a free port of 127.0.0.1, without a capture, once it accepts.
    pub fn listen(options: &[&str]) -> Run {
        Run::listen_on("127.0.0.1:0", &[&["--no-record"], options].concat())
    }

    /// `listen` on this address, once it accepts.
    pub fn listen_on(address: &str, options: &[&str]) -> Run {
        let mut run = Run::start(&[&["listen", address], &HEADLESS[..], options].concat());
        let first = run.next();
        assert_eq!(first["type"], "listening", "the first line is {first}");
        run.passed = 1;
        run
    }

    /// `connect` to this URL, without a capture.
    pub fn connect(url: &str, options: &[&str]) -> Run {
        Run::start(&[&["connect", url, "--no-record"], &HEADLESS[..], options].concat())
    }

    /// `connect` to a port of 127.0.0.1.
    pub fn connect_port(port: u16, options: &[&str]) -> Run {
        Run::connect(&format!("ws://127.0.0.1:{port}/"), options)
    }

    /// The URL of the `listening` line.
    pub fn url(&self) -> String {
        let url = self.lines.first().and_then(|line| line["url"].as_str());
        url.unwrap_or_else(|| panic!("no listening line:\n{}", self.told())).to_owned()
    }

    /// The port in that URL.
    pub fn port(&self) -> u16 {
        let url = self.url();
        let port = url.trim_end_matches('/').rsplit(':').next().and_then(|p| p.parse().ok());
        port.unwrap_or_else(|| panic!("no port in {url}"))
    }

    /// The number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line as text, `None` once stdout has ended.
    pub fn text(&mut self) -> Option<String> {
        self.text_by(Instant::now() + LIMIT)
    }

    fn text_by(&mut self, deadline: Instant) -> Option<String> {
        match self.stdout.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                panic!("nothing more was printed within {LIMIT:?}; so far:\n{}", self.told())
            }
        }
    }

    fn take(&mut self, text: &str) -> Value {
        let line: Value =
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in line: {text}"));
        shape::check(&line);
        self.lines.push(line.clone());
        line
    }

    /// The next line of JSON.
    pub fn next(&mut self) -> Value {
        match self.text() {
            Some(text) => self.take(&text),
            None => {
                let told = self.told();
                let stderr = self.kill();
                panic!("stdout ended; printed:\n{told}\nstderr:\n{stderr}");
            }
        }
    }

    /// The next line, behind the one found before, that `is` what is looked for.
    pub fn until(&mut self, is: impl Fn(&Value) -> bool) -> Value {
        loop {
            while self.passed < self.lines.len() {
                self.passed += 1;
                if is(&self.lines[self.passed - 1]) {
                    return self.lines[self.passed - 1].clone();
                }
            }
            self.next();
        }
    }

    /// The next line of this type.
    pub fn line(&mut self, kind: &str) -> Value {
        self.until(|line| line["type"] == kind)
    }

    /// The next frame of this end.
    pub fn frame(&mut self, from: &str) -> Value {
        self.until(|line| line["type"] == "frame" && line["from"] == from)
    }

    /// The next line that says how a connection was closed.
    pub fn closed(&mut self) -> Value {
        self.line("closed")
    }

    /// Writes to the program's standard input, which has to be a pipe.
    pub fn type_in(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().expect("a pipe as standard input");
        stdin.write_all(text.as_bytes()).expect("the program reads its input");
    }

    /// Ends the program's standard input.
    pub fn end_input(&mut self) {
        self.child.stdin = None;
    }

    /// Sends INT, TERM or KILL.
    pub fn signal(&self, name: &str) {
        // The shell's own kill: the command is not on every machine.
        let sent =
            Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.pid())).status();
        assert!(sent.is_ok_and(|status| status.success()), "SIG{name} was not sent");
    }

    /// SIGINT, then the end.
    pub fn interrupt(self) -> Ended {
        self.signal("INT");
        self.end()
    }

    /// SIGKILL, then what had been printed.
    pub fn destroy(self) -> Ended {
        self.signal("KILL");
        self.end_at_once()
    }

    /// Reads on until the program has ended in the middle of its work; a last line
    /// that is not whole is dropped.
    pub fn end_at_once(mut self) -> Ended {
        self.drain(true)
    }

    /// Reads on until the program has ended by itself.
    pub fn end(self) -> Ended {
        let ended = self.end_unshaped();
        shape::check_all(&ended.lines);
        ended
    }

    /// The same where some lines are left out: by a filter, by damage.
    pub fn end_unshaped(mut self) -> Ended {
        let lenient = !self.json;
        let ended = self.drain(lenient);
        assert!(!ended.stderr.contains("panicked"), "stderr:\n{}", ended.stderr);
        ended
    }

    fn drain(&mut self, lenient: bool) -> Ended {
        let deadline = Instant::now() + LIMIT;
        while let Some(text) = self.text_by(deadline) {
            if !lenient || serde_json::from_str::<Value>(&text).is_ok() {
                self.take(&text);
            }
        }
        let status = loop {
            match self.child.try_wait().expect("the process is ours") {
                Some(status) => break status,
                None if Instant::now() > deadline => {
                    panic!("stdout ended, the process did not; printed:\n{}", self.told())
                }
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        let home = std::mem::replace(&mut self.home, TempDir::new().expect("a folder"));
        Ended { status, lines: std::mem::take(&mut self.lines), stderr: self.stderr(), home }
    }

    fn stderr(&mut self) -> String {
        self.stderr.take().and_then(|reader| reader.join().ok()).unwrap_or_default()
    }

    fn kill(&mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.stderr()
    }

    fn told(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Ended {
    /// The exit code.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| panic!("{}; stderr:\n{}", self.status, self.stderr))
    }

    /// Fails unless the exit code is this one.
    #[track_caller]
    pub fn expect(self, code: i32) -> Ended {
        let told: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(self.code(), code, "lines:\n{told}\nstderr:\n{}", self.stderr);
        self
    }

    /// Every line of this type.
    pub fn all(&self, kind: &str) -> Vec<&Value> {
        self.lines.iter().filter(|line| line["type"] == kind).collect()
    }

    /// The only line of this type.
    #[track_caller]
    pub fn only(&self, kind: &str) -> &Value {
        match self.all(kind)[..] {
            [line] => line,
            ref lines => panic!("{} lines of type {kind}: {lines:?}", lines.len()),
        }
    }

    /// The frames of this end.
    pub fn frames(&self, from: &str) -> Vec<&Value> {
        self.all("frame").into_iter().filter(|line| line["from"] == from).collect()
    }

    /// A file in the folder that the run took for the user's home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }
}

/// The octets of `{"text":…}` or `{"bytes":…}`.
#[track_caller]
pub fn octets(value: &Value) -> Vec<u8> {
    match (value["text"].as_str(), value["bytes"].as_str()) {
        (Some(text), None) => text.as_bytes().to_vec(),
        (None, Some(bytes)) => STANDARD.decode(bytes).expect("padded base64"),
        _ => panic!("neither text nor bytes, or both: {value}"),
    }
}

/// `{"bytes":…}`.
pub fn bytes(octets: &[u8]) -> Value {
    serde_json::json!({ "bytes": STANDARD.encode(octets) })
}

/// What an end holds, or the CloseEvent, without further keys.
pub fn end_of(value: &Value) -> Value {
    let [code, reason, was_clean] = ["code", "reason", "was_clean"].map(|key| &value[key]);
    serde_json::json!({ "code": code, "reason": reason, "was_clean": was_clean })
}

/// When a line's event happened, in milliseconds since the epoch.
#[track_caller]
pub fn time(line: &Value) -> f64 {
    let text = line["time"].as_str().unwrap_or_else(|| panic!("no time in {line}"));
    let time = humantime::parse_rfc3339(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let since = time.duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    since.as_secs_f64() * 1000.0
}

/// Fails unless `line` holds all of `expected`, at each depth; other keys do not matter.
#[track_caller]
pub fn holds(line: &Value, expected: &Value) {
    fn differs(got: &Value, expected: &Value) -> bool {
        match (got, expected) {
            (Value::Object(_), Value::Object(keys)) => {
                keys.iter().any(|(key, value)| differs(&got[key.as_str()], value))
            }
            _ => got != expected,
        }
    }
    assert!(!differs(line, expected), "expected {expected}\nin       {line}");
}
