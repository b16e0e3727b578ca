//! A session that is observed at fixed times, without sockets.

use wsscope::protocol::Role;
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::opening_handshake::derive_accept;
use wsscope::session::recorder::SharedLog;
use wsscope::session::verdict::Verdict;
use wsscope::session::{Observed, Record, Recorder};

/// The sample key of RFC 6455 §1.3.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// One connection that is recorded, our end the server.
pub struct Session {
    pub log: SharedLog,
    recorder: Recorder,
    /// When the next thing is observed; 1 ms later each time.
    pub time: u64,
}

/// Octets of hex digits.
pub fn hex(text: &str) -> Vec<u8> {
    let octet = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    (0..text.len()).step_by(2).map(octet).collect()
}

impl Session {
    pub fn new() -> Session {
        let log = SharedLog::default();
        let file = tempfile::tempfile().expect("a file");
        let recorder = Recorder::new(file, None, log.clone()).expect("a recorder");
        Session { log, recorder, time: 1_700_000_000_000_000_000 }
    }

    /// A connection that is open.
    pub fn open() -> Session {
        let mut session = Session::new();
        session.opened();
        session.request("");
        session.response("", "", "", b"");
        session
    }

    fn observe(&mut self, what: Observed) {
        self.time += 1_000_000;
        self.recorder.take(Record { connection: 1, time: self.time, what });
        self.recorder.commit().expect("room on the disk");
    }

    /// Lets nanoseconds pass.
    pub fn wait(&mut self, nanos: u64) {
        self.time += nanos;
    }

    pub fn opened(&mut self) {
        self.observe(Observed::Opened {
            role: Some(Role::Server),
            client: "127.0.0.1:50001".parse().expect("an address"),
            server: "127.0.0.1:8000".parse().expect("an address"),
            tunnel: None,
        });
    }

    pub fn octets(&mut self, from: Role, octets: impl Into<Vec<u8>>) {
        self.observe(Observed::Octets { from, octets: octets.into().into() });
    }

    pub fn tcp(&mut self, from: Role, event: TcpEvent) {
        self.observe(Observed::Tcp { from, event, error: None });
    }

    /// The run has ended.
    pub fn over(&mut self) {
        self.observe(Observed::Over);
    }

    /// A request that offers subprotocols.
    pub fn request(&mut self, subprotocols: &str) {
        let mut head = format!(
            "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n"
        );
        if !subprotocols.is_empty() {
            head += &format!("Sec-WebSocket-Protocol: {subprotocols}\r\n");
        }
        head += "\r\n";
        self.octets(Role::Client, head);
    }

    /// A 101 with frames behind it in one write; empty words are as they should be.
    pub fn response(&mut self, accept: &str, subprotocol: &str, extension: &str, frames: &[u8]) {
        let derived = derive_accept(KEY);
        let accept = if accept.is_empty() { derived.accept.as_str() } else { accept };
        let mut head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n"
        );
        if !subprotocol.is_empty() {
            head += &format!("Sec-WebSocket-Protocol: {subprotocol}\r\n");
        }
        if !extension.is_empty() {
            head += &format!("Sec-WebSocket-Extensions: {extension}\r\n");
        }
        head += "\r\n";
        self.octets(Role::Server, [head.as_bytes(), frames].concat());
    }

    /// The verdict so far.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.log.read().connection(1).expect("one connection"))
    }
}
