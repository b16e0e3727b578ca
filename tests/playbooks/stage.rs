//! One end on a stage: no socket, a clock that moves when told, and a script
//! that reads like a ladder.
//!
//! | Line | Meaning |
//! |---|---|
//! | `< W + W` | one read at our end: these frames of the peer; or `fin`, `rst`, `lost` |
//! | `<< W + W` | the same, in reads of a single octet |
//! | `> W + W` | our end's next output: one write with these frames; or `fin`, `rst` |
//! | `! E` | our end's next event: `Opened` or a problem |
//! | `$ A` | the user does this action, or `release`, `shut_down`, `fragments:SIZE:TEXT` |
//! | `$ hold`, `$ go on` | the connection is put on hold, or no longer |
//! | `$ let N`, `$ drop N`, `$ let all`, `$ drop all` | with what waits, from 1 |
//! | `$ delay MS` | the delay of everything is this from now on |
//! | `? W | W` | what waits to go out, in the window's words, or `nothing` |
//! | `@ MS` | so much time goes by |
//! | `= S` | `readyState`, or with it what our end holds: `= CLOSED 1000 "bye" clean` |
//!
//! Frames are spelled like the actions of `--after-open`; `…` at the end or the
//! beginning marks a fragment that goes on or goes before, `close-body:HEX` is a
//! Close with any body, `!rule` behind a frame of ours a rule that it breaks.
//! Whatever is not expected is a failure.

use std::str::FromStr;
use wsscope::protocol::action::parse_hex;
use wsscope::protocol::close::{self, CloseBody};
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::connection::{Event, Output, Settings};
use wsscope::protocol::half::Done;
use wsscope::protocol::header::write_frame;
use wsscope::protocol::opening_handshake::{self, RequestParts};
use wsscope::protocol::{
    Action, Behaviour, Connection, Half, Head, Header, MILLISECOND, Opcode, ReadyState, Role,
    SECOND, Time,
};
use wsscope::text::Lang;
use wsscope::text::held::held;

/// The moment at which a stage is set up.
pub const START: Time = 1_700_000_000 * SECOND;

/// A connection with its clock, and an eye on what it writes.
pub struct Stage {
    /// The end under test.
    pub end: Connection,
    /// The clock.
    pub now: Time,
    written: Half,
}

/// Settings whose request is whole.
pub fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
    let request = RequestParts { target: "/".into(), host: "h".into(), ..Default::default() };
    let mut settings = Settings { request, ..Default::default() };
    change(&mut settings);
    settings
}

/// A masking-key that was not used just before.
fn next_key() -> [u8; 4] {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes()
}

/// Masking-keys as a client draws them.
pub fn fresh_keys() -> wsscope::protocol::connection::KeySource {
    Box::new(next_key)
}

/// A client's request, with the key that the RFC shows.
pub fn request() -> Vec<u8> {
    let nonce = *b"the sample nonce";
    opening_handshake::write_request(&settings(|_| ()).request, nonce)
}

impl Stage {
    /// An end whose opening handshake has not begun.
    pub fn waiting(role: Role, change: impl FnOnce(&mut Settings)) -> Stage {
        let keys = fresh_keys();
        let end = match role {
            Role::Client => Connection::client(settings(change), [7; 16], keys, START),
            Role::Server => Connection::server(settings(change), keys, START),
        };
        Stage { end, now: START, written: Half::new(role, true) }
    }

    /// An end whose connection is open; its script has run.
    pub fn open(role: Role, change: impl FnOnce(&mut Settings)) -> Stage {
        let mut stage = Stage::waiting(role, change);
        match role {
            Role::Client => {
                stage.play("> GET / HTTP/1.1");
                let accept = stage.accept();
                stage.receive(&accept);
            }
            Role::Server => {
                stage.receive(&request());
                assert_eq!(
                    stage.next_output().as_deref(),
                    Some("HTTP/1.1 101 Switching Protocols")
                );
            }
        }
        assert_eq!(stage.next_event().as_deref(), Some("Opened"));
        stage
    }

    /// Plays a script on an open connection, with the plain behaviour.
    pub fn plain(role: Role, script: &str) {
        Stage::open(role, |_| ()).play(script);
    }

    /// The 101 that answers our request.
    pub fn accept(&self) -> Vec<u8> {
        let request: &Head = self.end.request().expect("our request");
        opening_handshake::write_accept(&Default::default(), request)
    }

    /// One read.
    pub fn receive(&mut self, octets: &[u8]) {
        self.end.receive(octets, self.now);
    }

    /// Plays a script; whatever it does not name must not happen.
    pub fn play(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (kind, rest) = line.split_once(' ').expect("a kind and what it says");
            if kind == ">" {
                assert_eq!(self.next_output().as_deref(), Some(rest), "'{line}' of\n{script}");
                continue;
            }
            if kind == "!" {
                assert_eq!(self.next_event().as_deref(), Some(rest), "'{line}' of\n{script}");
                continue;
            }
            self.nothing_left(&format!("before '{line}' of\n{script}"));
            match kind {
                "<" => self.peer(rest, usize::MAX),
                "<<" => self.peer(rest, 1),
                "@" => self.pass(MILLISECOND * number::<Time>(rest)),
                "$" => self.user(rest),
                "?" => assert_eq!(self.held(), rest, "'{line}' of\n{script}"),
                "=" => {
                    let state = self.state();
                    let state =
                        if rest.contains(' ') { &state } else { self.end.ready_state().word() };
                    assert_eq!(state, rest, "'{line}' of\n{script}");
                }
                _ => panic!("what is '{line}'?"),
            }
        }
        self.nothing_left(&format!("at the end of\n{script}"));
    }

    /// `readyState`, code, reason and whether it was clean.
    pub fn state(&self) -> String {
        let held = self.end.closing_handshake().held(self.end.role());
        let clean = if held.was_clean { "clean" } else { "unclean" };
        let state = self.end.ready_state().word();
        format!("{state} {} {:?} {clean}", held.code.0, held.reason)
    }

    /// The user's doing.
    pub fn user(&mut self, word: &str) {
        match word {
            "release" => assert!(self.end.release(self.now), "nothing waits"),
            "hold" => self.end.set_hold(true, self.now),
            "go on" => self.end.set_hold(false, self.now),
            "let all" => self.end.let_all_through(self.now),
            "drop all" => self.end.discard_all(),
            "shut_down" => self.end.shut_down(self.now),
            _ if word.starts_with("let ") => {
                let id = self.waiting_id(&word[4..]);
                assert!(self.end.let_through(id, self.now));
            }
            _ if word.starts_with("drop ") => {
                let id = self.waiting_id(&word[5..]);
                assert!(self.end.discard(id));
            }
            _ if word.starts_with("delay ") => {
                let delay = MILLISECOND * number::<Time>(&word[6..]);
                self.end.set_behaviour(Behaviour { delay, ..self.end.behaviour().clone() });
            }
            _ => self.end.perform([action(word)], self.now),
        }
    }

    /// What waits to go out, oldest first.
    fn held(&self) -> String {
        let words: Vec<String> =
            self.end.waiting().map(|waiting| held(Lang::En, &waiting.held())).collect();
        if words.is_empty() { "nothing".to_owned() } else { words.join(" | ") }
    }

    fn waiting_id(&self, position: &str) -> u64 {
        let at = number::<usize>(position) - 1;
        self.end.waiting().nth(at).unwrap_or_else(|| panic!("no {position} waits")).held().id
    }

    /// Lets time go by, keeping every date on the way.
    pub fn pass(&mut self, time: Time) {
        let until = self.now + time;
        for _ in 0..1000 {
            match self.end.next_timeout() {
                Some(at) if at <= until => self.now = self.now.max(at),
                _ => return self.now = until,
            }
            self.end.timeout(self.now);
        }
        panic!("a timer never ends");
    }

    /// All outputs, a write as `a + b`.
    pub fn outputs(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.next_output()).collect()
    }

    /// What the peer does, in reads of so many octets.
    pub fn peer(&mut self, words: &str, read: usize) {
        let peer = self.end.role().peer();
        match words {
            "fin" => self.end.receive_eof(self.now),
            "rst" => self.end.receive_broken(TcpEvent::Rst, self.now),
            "lost" => self.end.receive_broken(TcpEvent::Lost, self.now),
            _ => {
                let octets: Vec<u8> =
                    words.split(" + ").flat_map(|word| frame(peer, word)).collect();
                octets.chunks(read).for_each(|octets| self.end.receive(octets, self.now));
            }
        }
    }

    fn next_output(&mut self) -> Option<String> {
        Some(match self.end.poll_output()? {
            Output::Fin | Output::FinAbrupt => "fin".to_owned(),
            Output::Rst => "rst".to_owned(),
            Output::Write(octets) => spell(&mut self.written, &octets).join(" + "),
        })
    }

    fn next_event(&mut self) -> Option<String> {
        Some(match self.end.poll_event()? {
            Event::Opened => "Opened".to_owned(),
            Event::Message(opcode, message) => {
                format!("{} {}", opcode.name(), String::from_utf8_lossy(&message))
            }
            Event::Problem(problem) => format!("{problem:?}"),
        })
    }

    fn nothing_left(&mut self, place: &str) {
        assert_eq!(self.next_output(), None, "an output {place}");
        assert_eq!(self.end.poll_event(), None, "an event {place}");
        let due = self.end.next_timeout().is_some_and(|at| at < self.now);
        assert!(!due, "a timer was missed {place}");
        let over = self.end.ready_state() == ReadyState::Closed;
        let lingers = over && self.end.closing_handshake().opened_at().is_some();
        assert!(!(lingers && self.end.next_timeout().is_some()), "a timer outlives TCP {place}");
    }
}

fn number<T: FromStr>(word: &str) -> T {
    word.parse().unwrap_or_else(|_| panic!("{word} is no number"))
}

/// An action as the user words it.
pub fn action(word: &str) -> Action {
    if let Some((size, text)) = word.strip_prefix("fragments:").and_then(|w| w.split_once(':')) {
        let payload = text.as_bytes().to_vec();
        return Action::Fragments { opcode: Opcode::TEXT, payload, size: number(size) };
    }
    word.parse().unwrap_or_else(|error| panic!("{word}: {error}"))
}

/// A frame that `from` sends, as the script words it.
pub fn frame(from: Role, word: &str) -> Vec<u8> {
    let (word, fin) = word.strip_suffix('…').map_or((word, true), |word| (word, false));
    let (opcode, payload) = if let Some(rest) = word.strip_prefix('…') {
        (Opcode::CONTINUATION, rest.as_bytes().to_vec())
    } else if let Some(hex) = word.strip_prefix("close-body:") {
        (Opcode::CLOSE, parse_hex(hex).expect("a body"))
    } else {
        match action(word) {
            Action::Frame(opcode, payload) => (opcode, payload),
            Action::Close(code, reason) => (Opcode::CLOSE, close::body(code, &reason)),
            Action::CloseEmpty => (Opcode::CLOSE, Vec::new()),
            Action::Raw(octets) => return octets,
            other => panic!("{other:?} is no frame"),
        }
    };
    let key = (from == Role::Client).then(next_key);
    let mut octets = Vec::new();
    let header = Header { fin, ..Header::new(opcode, payload.len() as u64, key) };
    write_frame(&header, &payload, &mut octets);
    octets
}

/// What these octets complete, in the script's words; of a head its first line.
pub fn spell(half: &mut Half, octets: &[u8]) -> Vec<String> {
    let (mut rest, mut words, mut payload) = (octets, Vec::new(), Vec::new());
    while !rest.is_empty() {
        let step = half.step(rest);
        rest = &rest[step.consumed..];
        payload.extend_from_slice(half.chunk());
        match step.done {
            Some(Done::Head(head)) => {
                let head = String::from_utf8_lossy(&head.octets).into_owned();
                words.push(head.lines().next().unwrap_or_default().to_owned());
            }
            Some(Done::Frame(frame)) => {
                let mut word = spell_frame(&frame.header, &std::mem::take(&mut payload));
                for violation in &frame.violations {
                    word.push_str(&format!("!{}", violation.rule.id()));
                }
                words.push(word);
            }
            None => {}
        }
    }
    words
}

fn spell_frame(header: &Header, payload: &[u8]) -> String {
    let text = String::from_utf8_lossy(payload);
    let more = if header.fin { "" } else { "…" };
    let named = |name: &str| if text.is_empty() { name.into() } else { format!("{name}:{text}") };
    match (header.opcode, CloseBody::parse(payload)) {
        (Opcode::CONTINUATION, _) => format!("…{text}{more}"),
        (Opcode::TEXT, _) => format!("text:{text}{more}"),
        (Opcode::BINARY, _) => {
            let hex: String = payload.iter().map(|octet| format!("{octet:02x}")).collect();
            format!("binary:{hex}{more}")
        }
        (Opcode::PING, _) => named("ping"),
        (Opcode::PONG, _) => named("pong"),
        (Opcode::CLOSE, CloseBody::Code(code, [])) => format!("close:{}", code.0),
        (Opcode::CLOSE, CloseBody::Code(code, reason)) => {
            format!("close:{}:{}", code.0, String::from_utf8_lossy(reason))
        }
        (Opcode::CLOSE, CloseBody::Empty) => "close".to_owned(),
        (Opcode::CLOSE, CloseBody::OneOctet(octet)) => format!("close-body:{octet:02x}"),
        (opcode, _) => format!("{} {text}", opcode.name()),
    }
}
