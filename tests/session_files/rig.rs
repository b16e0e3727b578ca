//! Records a script into a file, opens it, and says what was seen in each.

use bytes::Bytes;
use core::net::{IpAddr, SocketAddr};
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use wsscope::protocol::closing_handshake::TcpEvent;
use wsscope::protocol::header::write_frame;
use wsscope::protocol::{Header, Opcode, Role, SECOND, Time};
use wsscope::session::client_model::CloseEvent;
use wsscope::session::open::{self, Opened, Progress};
use wsscope::session::page::Page;
use wsscope::session::recorder::SharedLog;
use wsscope::session::source::Source;
use wsscope::session::verdict::Verdict;
use wsscope::session::{Fault, Log, Observed, Record, Recorder, store};

pub const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\nUser-Agent: a browser\r\n\r\n";
pub const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// A whole frame with FIN, masked if `from` is the client.
pub fn frame(from: Role, opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let key = (from == Role::Client).then_some([0x37, 0xFA, 0x21, 0x3D]);
    let mut octets = Vec::new();
    write_frame(&Header::new(opcode, payload.len() as u64, key), payload, &mut octets);
    octets
}

/// Collects records, each a millisecond after the one before.
#[derive(Default, Clone)]
pub struct Script {
    pub records: Vec<Record>,
    connections: u32,
    /// Nanoseconds that were paused for.
    paused: Time,
}

impl Script {
    fn push(&mut self, connection: u32, what: Observed) {
        let time = 1_700_000_000_000_000_000 + self.records.len() as Time * 1_234_567;
        let time = time + self.paused;
        self.records.push(Record { connection, time, what });
    }

    pub fn opened(&mut self, role: Option<Role>, client: &str, server: &str) -> u32 {
        self.connections += 1;
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let (client, server) = (address(client), address(server));
        self.push(self.connections, Observed::Opened { role, client, server, tunnel: None });
        self.connections
    }

    pub fn octets(&mut self, connection: u32, from: Role, octets: impl AsRef<[u8]>) {
        let octets = Bytes::copy_from_slice(octets.as_ref());
        self.push(connection, Observed::Octets { from, octets });
    }

    pub fn tcp(&mut self, connection: u32, from: Role, event: TcpEvent) {
        let error = (event == TcpEvent::Lost).then(|| "no route to host".to_owned());
        self.push(connection, Observed::Tcp { from, event, error });
    }

    pub fn fault(&mut self, connection: u32, fault: Fault) {
        self.push(connection, Observed::Fault(fault));
    }

    /// What follows happens so much later.
    pub fn pause(&mut self, seconds: u64) {
        self.paused += seconds * SECOND;
    }

    pub fn over(&mut self, connection: u32) {
        self.push(connection, Observed::Over);
    }

    /// A page of ours at the client's end.
    pub fn page(&mut self, connection: u32, name: &str) {
        let browser = "Chromium 156".to_owned();
        self.push(connection, Observed::Page(Page { browser, name: name.to_owned() }));
    }

    /// What that page reported.
    pub fn observed(&mut self, connection: u32, event: CloseEvent) {
        self.push(connection, Observed::CloseEvent(event));
    }

    /// A connection whose opening handshake went well.
    pub fn connection(&mut self, client: &str, server: &str) -> u32 {
        let number = self.opened(Some(Role::Server), client, server);
        self.octets(number, Role::Client, REQUEST);
        self.octets(number, Role::Server, RESPONSE);
        number
    }
}

/// A session in a file, and what the window showed of it while it was live.
pub struct Recorded {
    pub folder: TempDir,
    pub path: PathBuf,
    pub log: SharedLog,
}

impl Recorded {
    pub fn octets(&self) -> Vec<u8> {
        std::fs::read(&self.path).unwrap()
    }

    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Records a script to its end; `look` is called after each commit.
pub fn record_looking(
    script: &Script,
    commit_every: usize,
    mut look: impl FnMut(&Path, &SharedLog),
) -> Recorded {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.pcapng");
    let log = SharedLog::default();
    let file = store::create(&path, false).unwrap();
    let mut recorder = Recorder::new(file, None, log.clone()).unwrap();
    for records in script.records.chunks(commit_every) {
        for record in records {
            recorder.take(record.clone());
        }
        recorder.commit().unwrap();
        look(&path, &log);
    }
    recorder.finish().unwrap();
    look(&path, &log);
    Recorded { folder, path, log }
}

pub fn record(script: &Script) -> Recorded {
    record_looking(script, 1, |_, _| {})
}

/// Opens a whole file.
pub fn open(path: &Path) -> (SharedLog, Opened) {
    let log = SharedLog::default();
    let opened = open::open(File::open(path).unwrap(), &log, &Progress::default()).unwrap();
    (log, opened)
}

/// All that can be known of a row without its octets and their place.
pub fn row(log: &Log, index: u64) -> String {
    let row = log.row(index).unwrap();
    format!(
        "#{index} {:?} at {} of {} from {:?}, {:?} {} fin {} rsv {} mask {} {:?} status {:?}, \
         message {} part {} text {} complete {}, {} octets, {} of payload, {} of head, {:?} {:?} \
         {:?} {:?}",
        row.kind,
        row.time,
        row.connection,
        row.from(),
        row.opcode(),
        row.number,
        row.fin(),
        row.rsv(),
        row.masked(),
        row.length_form(),
        row.status(),
        row.message,
        row.part,
        row.is_text(),
        row.is_complete(),
        log.octets_len(index),
        log.payload_len(index),
        log.head_len(index),
        (row.kind == wsscope::session::Kind::Tcp).then(|| row.tcp_event()),
        log.tcp_error(index),
        log.fault(index),
        log.violations(index),
    )
}

pub fn rows(log: &Log) -> Vec<String> {
    (0..log.len()).map(|index| row(log, index)).collect()
}

/// Rows with their octets as they stand in the file, then connections with
/// their verdicts.
pub fn session(log: &SharedLog, path: &Path) -> Vec<String> {
    let log = log.read();
    let source = Source::new(File::open(path).unwrap());
    let mut seen = rows(&log);
    for (index, seen) in seen.iter_mut().enumerate() {
        let octets = source.row_octets(&log, index as u64, 0, u64::MAX).unwrap();
        assert_eq!(octets.len() as u64, log.octets_len(index as u64), "{seen}");
        let mut hash = DefaultHasher::new();
        octets.hash(&mut hash);
        *seen += &format!(" {:016x}", hash.finish());
    }
    for connection in log.connections() {
        seen.push(format!("{connection:?}"));
        seen.push(format!("{:?} {:?}", connection.ready_state(), Verdict::of(connection)));
    }
    seen
}

/// Compares two sessions line by line, so that a failure shows the one that differs.
pub fn same(left: &[String], right: &[String]) {
    for (left, right) in left.iter().zip(right) {
        assert_eq!(left, right);
    }
    assert_eq!(left.len(), right.len());
}

/// Where each block of a little-endian file begins.
pub fn blocks(octets: &[u8]) -> Vec<usize> {
    let (mut at, mut starts) = (0, Vec::new());
    while at < octets.len() {
        starts.push(at);
        at += u32::from_le_bytes(octets[at + 4..at + 8].try_into().unwrap()) as usize;
    }
    assert_eq!(at, octets.len());
    starts
}

/// The same address as an IPv4-mapped one.
pub fn mapped(address: &str) -> String {
    let address: SocketAddr = address.parse().unwrap();
    let IpAddr::V4(ip) = address.ip() else { panic!("{address} is no IPv4") };
    format!("[{}]:{}", ip.to_ipv6_mapped(), address.port())
}
