//! What each receiver makes of a stream: ours, tungstenite and python `websockets`.

use super::super::peer::Peer;
use super::super::splits::opening;
use super::cases::Case;
use serde_json::{Value, json};
use std::fmt;
use std::io::{self, Read, Write};
use tokio_tungstenite::tungstenite::protocol::{self as theirs, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket};
use wsscope::protocol::connection::{Event, Output, Settings};
use wsscope::protocol::half::{Done, FrameDone};
use wsscope::protocol::{Behaviour, Connection, Half, Header, Opcode, Role, Rule, Violation};

/// How a stream ends for its receiver.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum End {
    /// No Close and no fault before the end of the stream.
    Unfinished,
    /// With a Close.
    Closed,
    /// With a Close, and it is a fault that frames came behind it.
    WentOn,
    /// With a fault, which is answered by this status code.
    Failed(u16),
}

/// What a receiver took, and how it ended.
#[derive(Clone, PartialEq)]
pub struct Verdict {
    /// Messages and control frames as they became whole: opcode, payload.
    pub received: Vec<(u8, Vec<u8>)>,
    pub end: End,
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (opcode, payload) in &self.received {
            let shown = &payload[..payload.len().min(40)];
            write!(f, "opcode {opcode} \"{}\" ({}), ", shown.escape_ascii(), payload.len())?;
        }
        write!(f, "{:?}", self.end)
    }
}

/// A frame of the stream, whoever takes it.
#[derive(Debug)]
pub struct Seen {
    pub header: Header,
    /// All of it came.
    pub complete: bool,
    /// Octets of the message that is open before it, if one is.
    pub open: Option<u64>,
}

/// Our verdict, and what explains it.
#[derive(Debug)]
pub struct Ours {
    pub verdict: Verdict,
    /// The rule for which the connection was failed, and the number of the frame.
    pub fault: Option<(Rule, usize)>,
    /// Every frame whose header is whole, those behind a fault included.
    pub frames: Vec<Seen>,
    /// Octets of a last header that is not whole.
    pub tail: Vec<u8>,
}

/// The end under inspection, with what it did.
struct Endpoint {
    connection: Connection,
    peer: Role,
}

impl Endpoint {
    fn new(case: &Case) -> Endpoint {
        let settings = Settings {
            behaviour: Behaviour { to_all: true, ..Behaviour::default() },
            max_message: case.limit,
            ..Settings::default()
        };
        let keys = Box::new(|| [0; 4]); // what it writes can be read as it is
        let connection = match case.from {
            Role::Client => Connection::server(settings, keys, 0),
            Role::Server => Connection::client(settings, *b"the sample nonce", keys, 0),
        };
        let mut endpoint = Endpoint { connection, peer: case.from };
        endpoint.take(opening(case.from));
        assert!(endpoint.connection.closing_handshake().opened_at().is_some());
        endpoint
    }

    /// Gives it octets; the messages that they completed and what it wrote.
    fn take(&mut self, octets: &[u8]) -> (Vec<(u8, Vec<u8>)>, Vec<u8>) {
        self.connection.receive(octets, 0);
        let (mut messages, mut written) = (Vec::new(), Vec::new());
        while let Some(event) = self.connection.poll_event() {
            if let Event::Message(opcode, payload) = event {
                messages.push((opcode.value(), payload));
            }
        }
        while let Some(output) = self.connection.poll_output() {
            if let Output::Write(octets) = output {
                written.extend(octets);
            }
        }
        (messages, written)
    }

    /// The rule for which it failed the connection.
    fn fault(&self) -> Option<Rule> {
        let facts = self.connection.closing_handshake().end(self.peer);
        let of_close = facts.close.as_ref().and_then(|close| close.fault);
        of_close.or(facts.fault.map(|(rule, _)| rule))
    }
}

/// Our verdict: the endpoint's, and beside it the observer's, who has to agree.
pub fn ours(case: &Case) -> Ours {
    let mut endpoint = Endpoint::new(case);
    let mut observer = Half::new(case.from, true);
    observer.step(opening(case.from));
    let mut ours = Ours {
        verdict: Verdict { received: Vec::new(), end: End::Unfinished },
        fault: None,
        frames: Vec::new(),
        tail: Vec::new(),
    };
    let (mut rest, mut open) = (&case.octets[..], None);
    while !rest.is_empty() {
        let step = observer.step(rest);
        let (octets, behind) = rest.split_at(step.consumed);
        rest = behind;
        let frame = match &step.done {
            Some(Done::Frame(frame)) => Some(frame),
            Some(Done::Head(head)) => panic!("a head among frames: {head:?}"),
            None => None,
        };
        let header = frame.map(|f| f.header).or(observer.pending_frame().map(|(h, _)| *h));
        let violations = frame.map_or(observer.violations(), |f| &f.violations);
        if let Some(header) = header {
            ours.frames.push(Seen { header, complete: frame.is_some(), open });
            if header.opcode == Opcode::CONTINUATION {
                open = open.map(|open: u64| open.saturating_add(header.payload_len));
            } else if !header.opcode.is_control() {
                open = Some(header.payload_len);
            }
            if header.fin && !header.opcode.is_control() {
                open = None;
            }
        } else {
            ours.tail = octets.to_vec();
        }
        match ours.verdict.end {
            End::Unfinished => ours.judge(&mut endpoint, &observer, octets, frame, violations),
            End::Closed if violations.iter().any(|v| v.rule == Rule::FrameAfterClose) => {
                ours.verdict.end = End::WentOn;
            }
            _ => {}
        }
    }
    ours
}

impl Ours {
    fn judge(
        &mut self,
        endpoint: &mut Endpoint,
        observer: &Half,
        octets: &[u8],
        frame: Option<&FrameDone>,
        violations: &[Violation],
    ) {
        let (messages, written) = endpoint.take(octets);
        self.verdict.received.extend(messages);
        let observed = violations.iter().map(|v| v.rule).find(|rule| rule.fails());
        if let Some(rule) = endpoint.fault() {
            // The observer does not know the limit.
            assert!(
                rule == Rule::MessageTooBig || observed == Some(rule),
                "{rule:?}, {observed:?}"
            );
            let code = rule.status_code();
            assert!(written.ends_with(&code.to_be_bytes()), "{rule:?} is answered by {written:x?}");
            self.fault = Some((rule, self.frames.len() - 1));
            self.verdict.end = End::Failed(code);
            return;
        }
        assert_eq!(observed, None, "the endpoint takes what the observer does not");
        if let Some(frame) = frame
            && frame.header.opcode.is_control()
        {
            self.verdict.received.push((frame.header.opcode.value(), observer.control().to_vec()));
            if frame.header.opcode == Opcode::CLOSE {
                self.verdict.end = End::Closed;
            }
        }
    }
}

/// A socket that gives these octets, then its end, and takes everything.
struct Socket<'a>(&'a [u8]);

impl Read for Socket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What tungstenite puts in the place of a Close whose code it refuses.
const REFUSED: &str = "Protocol violation";

/// tungstenite's verdict. It leaves the Close behind an error to its caller: the
/// code is the one that RFC 6455 §7.4.1 has for that kind of error.
pub fn tungstenite(case: &Case) -> Verdict {
    let role = match case.from {
        Role::Client => theirs::Role::Server,
        Role::Server => theirs::Role::Client,
    };
    let limit = usize::try_from(case.limit).ok();
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .max_message_size(limit)
        .max_frame_size(limit);
    let mut socket = WebSocket::from_raw_socket(Socket(&case.octets), role, Some(config));
    let mut verdict = Verdict { received: Vec::new(), end: End::Unfinished };
    loop {
        let (opcode, payload) = match socket.read() {
            Ok(Message::Text(text)) => (1, text.as_bytes().to_vec()),
            Ok(Message::Binary(payload)) => (2, payload.to_vec()),
            Ok(Message::Ping(payload)) => (9, payload.to_vec()),
            Ok(Message::Pong(payload)) => (10, payload.to_vec()),
            Ok(Message::Close(Some(close))) if close.reason.as_str() == REFUSED => {
                verdict.end = End::Failed(close.code.into());
                return verdict;
            }
            Ok(Message::Close(close)) => {
                verdict.end = End::Closed;
                let body = close.map(|close| {
                    [&u16::from(close.code).to_be_bytes()[..], close.reason.as_bytes()].concat()
                });
                (8, body.unwrap_or_default())
            }
            Ok(Message::Frame(frame)) => panic!("a raw frame is never read: {frame}"),
            Err(error) => {
                verdict.end = ending(&error, verdict.end);
                return verdict;
            }
        };
        verdict.received.push((opcode, payload));
    }
}

/// What this error says of the stream, after what was known before.
fn ending(error: &Error, before: End) -> End {
    use tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;
    match (error, before) {
        (Error::ConnectionClosed, End::Closed) => End::Closed,
        (Error::Protocol(ResetWithoutClosingHandshake), End::Unfinished) => End::Unfinished,
        (_, End::Closed) => End::WentOn,
        (Error::Protocol(_), _) => End::Failed(1002),
        (Error::Utf8(_), _) => End::Failed(1007),
        (Error::Capacity(_), _) => End::Failed(1009),
        _ => panic!("{error:?} after {before:?}"),
    }
}

/// The verdict of python `websockets`, by `python_differential.py`.
pub fn python(peer: &mut Peer, case: &Case) -> Verdict {
    let (from, octets) = (case.from.word(), case.hex());
    peer.play(&json!({"from": from, "limit": case.limit, "octets": octets}));
    let answer = peer.answer();
    let received = answer["received"].as_array().expect("a list").iter().map(|pair| {
        let opcode = pair[0].as_u64().and_then(|opcode| opcode.try_into().ok());
        (opcode.expect("an opcode"), from_hex(&pair[1]))
    });
    let code = answer["end"].as_u64().and_then(|code| code.try_into().ok());
    let end = match (answer["end"].as_str(), code) {
        (Some("unfinished"), _) => End::Unfinished,
        (Some("closed"), _) => End::Closed,
        (_, Some(code)) => End::Failed(code),
        _ => panic!("{answer}"),
    };
    Verdict { received: received.collect(), end }
}

fn from_hex(value: &Value) -> Vec<u8> {
    let hex = value.as_str().expect("hex");
    let octet = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits");
    (0..hex.len()).step_by(2).map(octet).collect()
}
