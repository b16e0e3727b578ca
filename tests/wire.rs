//! The other end as bare TCP: what it sends is written octet by octet here, and
//! nothing of the program's own code has a part in it.

use super::run::LIMIT;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The key of RFC 6455 §1.3.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// The masking-key that a [`Wire`] in the client's place uses.
pub const MASKING_KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// First octets of frames that are whole messages or control frames.
pub const TEXT: u8 = 0x81;
pub const BINARY: u8 = 0x82;
pub const CLOSE: u8 = 0x88;
pub const PING: u8 = 0x89;
pub const PONG: u8 = 0x8a;

/// A frame as it came.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Frame {
    /// FIN, RSV1 to RSV3 and opcode.
    pub first: u8,
    pub masking_key: Option<[u8; 4]>,
    pub length_bits: u8,
    /// Unmasked.
    pub payload: Vec<u8>,
}

/// How TCP ended.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum End {
    Fin,
    Rst,
}

/// One end of a TCP connection.
pub struct Wire {
    stream: TcpStream,
    client: bool,
}

/// A port of 127.0.0.1 on which nobody listens.
pub fn free_port() -> u16 {
    server().1
}

/// A listening socket and its port.
pub fn server() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    (listener, port)
}

/// Whether this machine has IPv6; says so if not.
pub fn has_ipv6() -> bool {
    let has = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    if !has {
        eprintln!("no IPv6 on this machine: not tested");
    }
    has
}

/// The body of a Close.
pub fn close_body(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes()[..], reason.as_bytes()].concat()
}

/// A frame with the shortest form of its length.
pub fn frame(first: u8, masking_key: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let mask = if masking_key.is_some() { 0x80 } else { 0 };
    let mut octets = vec![first];
    match payload.len() {
        len @ 0..=125 => octets.push(mask | len as u8),
        len @ 126..=0xffff => {
            octets.push(mask | 126);
            octets.extend((len as u16).to_be_bytes());
        }
        len => {
            octets.push(mask | 127);
            octets.extend((len as u64).to_be_bytes());
        }
    }
    octets.extend(masking_key.unwrap_or_default().iter().take(if mask == 0 { 0 } else { 4 }));
    let key = masking_key.unwrap_or_default();
    octets.extend(payload.iter().enumerate().map(|(i, octet)| octet ^ key[i % 4]));
    octets
}

/// A request with `extra` header lines (each with its CRLF).
pub fn request(extra: &str) -> String {
    format!(
        "GET /chat?room=1 HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n{extra}\r\n"
    )
}

/// The value of a header in a head.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The 101 that answers the request in `head`.
pub fn accept(head: &str, extra: &str) -> String {
    let key = header(head, "Sec-WebSocket-Key").expect("a request has a key");
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n{extra}\r\n",
        derive_accept_key(key.as_bytes())
    )
}

impl Wire {
    fn new(stream: TcpStream, client: bool) -> Wire {
        stream.set_nodelay(true).expect("a socket of TCP");
        stream.set_read_timeout(Some(LIMIT)).expect("a limit above zero");
        stream.set_write_timeout(Some(LIMIT)).expect("a limit above zero");
        Wire { stream, client }
    }

    /// Connects and sends nothing.
    pub fn connect(port: u16) -> Wire {
        Wire::connect_to((Ipv4Addr::LOCALHOST, port).into())
    }

    /// The same, to any address.
    pub fn connect_to(address: SocketAddr) -> Wire {
        Wire::new(TcpStream::connect_timeout(&address, LIMIT).expect("the listener accepts"), true)
    }

    /// From this address of this machine, and sends nothing.
    pub fn connect_from(address: [u8; 4], port: u16) -> Wire {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        let stream = runtime.expect("a runtime").block_on(async {
            let socket = tokio::net::TcpSocket::new_v4()?;
            socket.bind((Ipv4Addr::from(address), 0).into())?;
            socket.connect((Ipv4Addr::LOCALHOST, port).into()).await?.into_std()
        });
        let stream = stream.expect("the listener accepts");
        stream.set_nonblocking(false).expect("a socket");
        Wire::new(stream, true)
    }

    /// A client whose opening handshake is complete.
    pub fn open(port: u16) -> Wire {
        Wire::open_with(port, "").0
    }

    /// The same with further request headers; gives the response's head as well.
    pub fn open_with(port: u16, extra: &str) -> (Wire, String) {
        let mut wire = Wire::connect(port);
        wire.send(request(extra).as_bytes());
        let head = wire.head();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        (wire, head)
    }

    /// Accepts and reads nothing.
    pub fn accept(listener: &TcpListener) -> Wire {
        listener.set_nonblocking(true).expect("a socket");
        let deadline = Instant::now() + LIMIT;
        loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false).expect("a socket");
                    return Wire::new(stream, false);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    assert!(Instant::now() < deadline, "nobody connected within {LIMIT:?}");
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// A server whose opening handshake is complete.
    pub fn accept_open(listener: &TcpListener) -> Wire {
        Wire::accept_with(listener, "", b"").0
    }

    /// The same with further response headers, and with `behind` in the same write
    /// as the 101; gives the request's head as well.
    pub fn accept_with(listener: &TcpListener, extra: &str, behind: &[u8]) -> (Wire, String) {
        let mut wire = Wire::accept(listener);
        let head = wire.head();
        wire.send(&[accept(&head, extra).as_bytes(), behind].concat());
        (wire, head)
    }

    /// This end's address.
    pub fn local(&self) -> SocketAddr {
        self.stream.local_addr().expect("it is connected")
    }

    /// Writes these octets.
    pub fn send(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).expect("the other end reads");
    }

    /// Writes as much of these octets as the other end takes.
    pub fn try_send(&mut self, octets: &[u8]) -> bool {
        self.stream.write_all(octets).is_ok()
    }

    /// From now on a write that is not taken for so long has failed.
    pub fn limit_writes(&mut self, time: Duration) {
        self.stream.set_write_timeout(Some(time)).expect("a limit above zero");
    }

    /// Writes a frame, masked if this is the client.
    pub fn send_frame(&mut self, first: u8, payload: &[u8]) {
        self.send(&frame(first, self.client.then_some(MASKING_KEY), payload));
    }

    /// Writes a Close with a code and a reason.
    pub fn send_close(&mut self, code: u16, reason: &str) {
        self.send_frame(CLOSE, &close_body(code, reason));
    }

    fn exact<const N: usize>(&mut self) -> [u8; N] {
        let mut octets = [0; N];
        self.stream.read_exact(&mut octets).expect("more octets");
        octets
    }

    /// Reads a head, to its blank line and no further.
    pub fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(self.exact::<1>());
        }
        head.into_iter().map(char::from).collect()
    }

    /// Reads a frame.
    pub fn frame(&mut self) -> Frame {
        let [first, second] = self.exact();
        let (length_bits, len) = match second & 0x7f {
            126 => (16, u64::from(u16::from_be_bytes(self.exact()))),
            127 => (64, u64::from_be_bytes(self.exact())),
            len => (7, u64::from(len)),
        };
        let masking_key = (second & 0x80 != 0).then(|| self.exact::<4>());
        let mut payload = vec![0; usize::try_from(len).expect("a length that fits")];
        self.stream.read_exact(&mut payload).expect("the payload");
        let key = masking_key.unwrap_or_default();
        for (i, octet) in payload.iter_mut().enumerate() {
            *octet ^= key[i % 4];
        }
        Frame { first, masking_key, length_bits, payload }
    }

    /// Reads a frame that has to be this.
    #[track_caller]
    pub fn expect(&mut self, first: u8, payload: &[u8]) {
        let frame = self.frame();
        assert_eq!((frame.first, &frame.payload[..]), (first, payload), "{frame:?}");
    }

    /// Reads a Close that has to be this.
    #[track_caller]
    pub fn expect_close(&mut self, code: u16, reason: &str) {
        self.expect(CLOSE, &close_body(code, reason));
    }

    /// Reads to the end of TCP, which has to come without another octet.
    #[track_caller]
    pub fn expect_end(&mut self, end: End) {
        let (octets, ended) = self.rest();
        assert_eq!((octets, ended), (Vec::new(), end));
    }

    /// Reads to the end of TCP.
    pub fn rest(&mut self) -> (Vec<u8>, End) {
        let mut octets = Vec::new();
        match self.stream.read_to_end(&mut octets) {
            Ok(_) => (octets, End::Fin),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => (octets, End::Rst),
            Err(error) => panic!("{error}, after {octets:?}"),
        }
    }

    /// The same connection once more, to read and write at once.
    pub fn clone(&self) -> Wire {
        Wire { stream: self.stream.try_clone().expect("a socket"), client: self.client }
    }

    /// Reads and forgets, until TCP ends in whatever way.
    pub fn read_on(&mut self) {
        let mut octets = [0; 1 << 16];
        while self.stream.read(&mut octets).is_ok_and(|read| read > 0) {}
    }

    /// Fails if anything comes, the end of TCP included, within this time.
    #[track_caller]
    pub fn quiet_for(&mut self, time: Duration) {
        self.stream.set_read_timeout(Some(time)).expect("a limit above zero");
        let mut octet = [0];
        let read = self.stream.read(&mut octet);
        self.stream.set_read_timeout(Some(LIMIT)).expect("a limit above zero");
        let kind = read.as_ref().err().map(std::io::Error::kind);
        assert!(
            matches!(kind, Some(ErrorKind::WouldBlock | ErrorKind::TimedOut)),
            "it should have been quiet: {read:?} {octet:?}"
        );
    }

    /// Ends this direction of TCP.
    pub fn fin(&mut self) {
        // The other end may have reset it meanwhile.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Resets TCP.
    pub fn rst(self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        let runtime = runtime.expect("a runtime");
        let _inside = runtime.enter();
        self.stream.set_nonblocking(true).expect("a socket");
        let stream = tokio::net::TcpStream::from_std(self.stream).expect("a socket");
        stream.set_zero_linger().expect("a socket");
    }
}
