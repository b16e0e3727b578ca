//! A session of which every row is known.

use crate::session_files::rig::{Recorded, Script, frame, record, row};
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::header::write_frame;
use wsscope::protocol::{Header, Opcode, Role, StatusCode, close};
use wsscope::session::recorder::SharedLog;
use wsscope::session::source::Source;

pub struct Session {
    pub log: SharedLog,
    pub source: Source,
    pub recorded: Recorded,
}

impl Session {
    /// Every row, for a failure.
    pub fn shown(&self) -> String {
        let log = self.log.read();
        (0..log.len()).map(|index| row(&log, index) + "\n").collect()
    }
}

fn fragment(opcode: Opcode, fin: bool, payload: &[u8]) -> Vec<u8> {
    let mut octets = Vec::new();
    let header = Header { fin, ..Header::new(opcode, payload.len() as u64, None) };
    write_frame(&header, payload, &mut octets);
    octets
}

pub fn session() -> Session {
    use Role::{Client, Server};
    let mut script = Script::default();
    let one = script.connection("10.0.0.7:50001", "127.0.0.1:8000");
    script.octets(one, Client, frame(Client, Opcode::TEXT, b"hello"));
    script.octets(one, Server, frame(Server, Opcode::TEXT, br#"{"id":17,"state":"error"}"#));
    script.octets(one, Client, frame(Client, Opcode::PING, b"beat"));
    script.octets(one, Server, frame(Server, Opcode::PONG, b"beat"));
    script.octets(one, Client, frame(Client, Opcode::BINARY, &[0x88, 2, 3]));
    script.octets(one, Server, fragment(Opcode::TEXT, false, b"first an "));
    script.octets(one, Client, frame(Client, Opcode::PING, b""));
    script.octets(one, Server, fragment(Opcode::CONTINUATION, false, b"error, th"));
    script.octets(one, Server, fragment(Opcode::CONTINUATION, true, "en 火星".as_bytes()));
    // In two packets, what is sought across both.
    let mut long = vec![b'x'; 70_000];
    long[64_990..64_993].copy_from_slice(&[0x88, 2, 3]);
    let long = &long[..65_000];
    script.octets(one, Client, frame(Client, Opcode::BINARY, long));
    let body = |code, reason: &str| close::body(StatusCode(code), reason.as_bytes());
    script.octets(one, Server, frame(Server, Opcode::PONG, b"never asked"));
    script.octets(one, Client, frame(Client, Opcode::CLOSE, &body(1000, "快回火星去吧")));
    script.octets(one, Server, frame(Server, Opcode::CLOSE, &body(1000, "")));
    script.tcp(one, Server, TcpEvent::Fin);
    script.tcp(one, Client, TcpEvent::Fin);
    let two = script.connection("127.0.0.1:50002", "127.0.0.1:8000");
    script.octets(two, Client, frame(Client, Opcode::TEXT, b"masked"));
    let mut bare = Vec::new();
    write_frame(&Header::new(Opcode::TEXT, 4, None), b"bare", &mut bare);
    script.octets(two, Client, bare);
    script.octets(two, Server, frame(Server, Opcode::CLOSE, &body(1002, "mask!")));
    script.tcp(two, Server, TcpEvent::Rst);
    let three = script.opened(Some(Server), "[::1]:50003", "[::1]:8000");
    script.octets(three, Server, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    script.tcp(three, Client, TcpEvent::Rst);
    let recorded = record(&script);
    let source = Source::new(std::fs::File::open(&recorded.path).unwrap());
    Session { log: recorded.log.clone(), source, recorded }
}
