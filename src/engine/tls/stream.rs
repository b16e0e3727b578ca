//! TLS over a socket that does not wait: octets in, cleartext out, and the other
//! way round, with every ending told apart.

use bytes::Bytes;
use std::io::{self, BufRead as _, Write};
use tokio::net::TcpStream;
use tokio_rustls::rustls::{Connection, Error};

/// Octets of cleartext encrypted at a time: they count as taken when the socket
/// has accepted all records that hold them.
const CHUNK: usize = 64 * 1024;

/// Octets read at a time during the handshake.
const HANDSHAKE: usize = 4096;

/// What the socket gave.
#[derive(Debug)]
pub enum Came {
    /// Octets, never empty.
    Octets(Bytes),
    /// The peer said in TLS that nothing more comes (RFC 8446 §6.1); TCP may last.
    CloseNotify,
    /// The peer's FIN.
    Fin,
}

/// Why a handshake is not complete.
#[derive(Debug)]
pub enum Broken {
    /// The socket's error.
    Io(io::Error),
    /// The peer's FIN.
    Ended,
    /// What is wrong in TLS; an alert has gone out.
    Tls(Error),
}

/// One end of TLS.
#[derive(Debug)]
pub struct TlsStream {
    connection: Connection,
    /// The first octets that came.
    first: Vec<u8>,
    /// Octets of cleartext in records that the socket has not accepted all of.
    in_flight: usize,
    /// Cleartext that is to be given.
    early: Vec<u8>,
    /// What is to be given behind the cleartext: an error, or the close_notify.
    next: Option<Result<Came, Error>>,
    /// Nothing more is decrypted, after either; what comes is thrown away.
    dead: bool,
    /// After an error.
    failed: bool,
}

/// The socket as rustls writes to it.
struct NotWaiting<'a>(&'a TcpStream);

impl Write for NotWaiting<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.try_write(octets)
    }

    fn write_vectored(&mut self, octets: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TlsStream {
    /// Before its handshake.
    pub fn new(connection: Connection) -> TlsStream {
        TlsStream {
            connection,
            first: Vec::new(),
            in_flight: 0,
            early: Vec::new(),
            next: None,
            dead: false,
            failed: false,
        }
    }

    /// What rustls knows of the connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The first octets that came, at most 8.
    pub fn first(&self) -> &[u8] {
        &self.first
    }

    /// There is something to give without reading the socket.
    pub fn is_ready(&self) -> bool {
        !self.early.is_empty() || self.next.is_some()
    }

    /// Records wait for the socket.
    pub fn wants_write(&self) -> bool {
        self.connection.wants_write()
    }

    /// Does the handshake, up to its last octet written or read.
    pub async fn handshake(&mut self, stream: &TcpStream) -> Result<(), Broken> {
        let mut buffer = vec![0; HANDSHAKE];
        loop {
            while self.connection.wants_write() {
                match self.try_flush(stream) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        stream.writable().await.map_err(Broken::Io)?;
                    }
                    result => result.map_err(Broken::Io)?,
                }
            }
            if !self.connection.is_handshaking() {
                return Ok(());
            }
            stream.readable().await.map_err(Broken::Io)?;
            let n = match stream.try_read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(Broken::Io(error)),
                Ok(0) => return Err(Broken::Ended),
                Ok(n) => n,
            };
            let room = 8 - self.first.len();
            self.first.extend_from_slice(&buffer[..n.min(room)]);
            self.receive(&buffer[..n]);
            // What is wrong behind the handshake waits for who reads there.
            if let Some(Err(error)) = self.next.take_if(|_| self.connection.is_handshaking()) {
                // The alert says why; it goes if it can.
                let _ = self.try_flush(stream);
                return Err(Broken::Tls(error));
            }
        }
    }

    /// What is there to read; the next call, or the next but one, gives what
    /// stands behind it.
    pub fn try_read(&mut self, stream: &TcpStream, buffer: &mut [u8]) -> io::Result<Came> {
        loop {
            if !self.early.is_empty() {
                return Ok(Came::Octets(std::mem::take(&mut self.early).into()));
            }
            if let Some(next) = self.next.take() {
                return next.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error));
            }
            let n = stream.try_read(buffer)?;
            if n == 0 {
                return Ok(Came::Fin);
            }
            if self.dead {
                // Others have their turn before more is thrown away.
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.receive(&buffer[..n]);
            // Tickets, new keys, an alert: what cannot go now goes with the next flush.
            let _ = self.try_flush(stream);
        }
    }

    /// Octets of cleartext whose records the socket has accepted, of the first
    /// ones of `octets`. Until then each call has to begin with the same octets.
    pub fn try_write(&mut self, stream: &TcpStream, octets: &[u8]) -> io::Result<usize> {
        loop {
            self.try_flush(stream)?;
            if self.in_flight > 0 {
                return Ok(std::mem::take(&mut self.in_flight));
            }
            let chunk = &octets[..octets.len().min(CHUNK)];
            self.in_flight = self.connection.writer().write(chunk)?;
        }
    }

    /// Writes the records that wait.
    pub fn try_flush(&mut self, stream: &TcpStream) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(&mut NotWaiting(stream))?;
        }
        Ok(())
    }

    /// Queues the close_notify; `false` where an error has ended TLS before.
    pub fn notify(&mut self) -> bool {
        if !self.failed {
            self.connection.send_close_notify();
        }
        !self.failed
    }

    /// Decrypts `records`; what they hold, and what ends them, is to be given.
    fn receive(&mut self, mut records: &[u8]) {
        let mut cleartext = std::mem::take(&mut self.early);
        let result = self.decrypt(&mut records, &mut cleartext);
        self.early = cleartext;
        let notified = self.connection.process_new_packets().is_ok_and(|s| s.peer_has_closed());
        self.failed = result.is_err();
        self.dead = notified || self.failed;
        self.next = match result {
            Err(error) => Some(Err(error)),
            Ok(()) => notified.then_some(Ok(Came::CloseNotify)),
        };
    }

    /// Decrypts all of `records`, or what stands before an error.
    fn decrypt(&mut self, records: &mut &[u8], cleartext: &mut Vec<u8>) -> Result<(), Error> {
        loop {
            // What was decrypted makes room for what follows.
            let result = self.connection.process_new_packets();
            let mut reader = self.connection.reader();
            while let Ok(chunk) = reader.fill_buf() {
                if chunk.is_empty() {
                    break;
                }
                let len = chunk.len();
                cleartext.extend_from_slice(chunk);
                reader.consume(len);
            }
            result?;
            if records.is_empty() {
                return Ok(());
            }
            match self.connection.read_tls(records) {
                // Behind a close_notify nothing is read (RFC 8446 §6.1).
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(Error::General(error.to_string())),
            }
        }
    }
}
