//! The one socket of a connection: reads and writes that do not wait, and every
//! way to end it, with TLS or without.

use super::page::Ahead;
use super::tls::stream::{Broken, TlsStream};
use crate::protocol::closing_handshake::TcpEvent;
use bytes::Bytes;
use std::cell::RefCell;
use std::io;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::rustls;

pub use super::tls::stream::Came;

/// Octets asked for in one read.
const READ: usize = 64 * 1024;

thread_local! {
    /// One for all connections of a thread: what was read is copied out at once.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// ECONNRESET and EPIPE are the peer's RST, any other error "lost", in the
/// system's words.
pub fn how_broken(error: &io::Error) -> (TcpEvent, Option<String>) {
    let reset = matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted
    );
    if reset { (TcpEvent::Rst, None) } else { (TcpEvent::Lost, Some(error.to_string())) }
}

/// A TCP socket, until it is reset.
pub struct Socket {
    stream: Option<TcpStream>,
    tls: Option<Box<TlsStream>>,
    /// What was read before the connection began; never with TLS.
    ahead: Ahead,
}

impl Socket {
    /// Each write goes out at once (TCP_NODELAY).
    pub fn new(stream: TcpStream) -> Socket {
        // A socket that is broken already says so at the first read.
        let _ = stream.set_nodelay(true);
        Socket { stream: Some(stream), tls: None, ahead: Ahead::default() }
    }

    /// A socket of which something was read already.
    pub fn resume(stream: TcpStream, ahead: Ahead) -> Socket {
        Socket { ahead, ..Socket::new(stream) }
    }

    fn stream(&self) -> io::Result<&TcpStream> {
        self.stream.as_ref().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// TLS from here on.
    pub async fn handshake(&mut self, connection: rustls::Connection) -> Result<(), Broken> {
        let tls = self.tls.insert(Box::new(TlsStream::new(connection)));
        let Some(stream) = &self.stream else {
            return Err(Broken::Io(io::ErrorKind::NotConnected.into()));
        };
        tls.handshake(stream).await
    }

    /// TLS, once its handshake has begun.
    pub fn tls(&self) -> Option<&TlsStream> {
        self.tls.as_deref()
    }

    /// Waits until there is something to read.
    pub async fn readable(&self) -> io::Result<()> {
        if !self.ahead.is_empty() || self.tls.as_ref().is_some_and(|tls| tls.is_ready()) {
            return Ok(());
        }
        self.stream()?.readable().await
    }

    /// Waits until something can be written.
    pub async fn writable(&self) -> io::Result<()> {
        self.stream()?.writable().await
    }

    /// What is there to read.
    pub fn try_read(&mut self) -> io::Result<Came> {
        let stream = self.stream.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        if !self.ahead.octets.is_empty() {
            return Ok(Came::Octets(std::mem::take(&mut self.ahead.octets).into()));
        }
        if let Some(error) = self.ahead.broken.take() {
            return Err(error);
        }
        BUFFER.with_borrow_mut(|buffer| match &mut self.tls {
            Some(tls) => tls.try_read(stream, buffer),
            None => stream.try_read(buffer).map(|n| match n {
                0 => Came::Fin,
                n => Came::Octets(Bytes::copy_from_slice(&buffer[..n])),
            }),
        })
    }

    /// How many octets the socket accepted; under TLS, of how many it accepted
    /// all records: until then each call has to begin with the same octets.
    pub fn try_write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let stream = self.stream.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        match &mut self.tls {
            Some(tls) => tls.try_write(stream, octets),
            None => stream.try_write(octets),
        }
    }

    /// TLS has records of its own for the socket.
    pub fn wants_write(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    /// Writes TLS's own records.
    pub fn try_flush(&mut self) -> io::Result<()> {
        let stream = self.stream.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        self.tls.as_mut().map_or(Ok(()), |tls| tls.try_flush(stream))
    }

    /// Under TLS, says that nothing more comes, to be flushed before the FIN;
    /// `false` where there is no TLS that could say it.
    pub fn notify(&mut self) -> bool {
        self.tls.as_mut().is_some_and(|tls| tls.notify())
    }

    /// Shuts down the write side: FIN.
    pub async fn fin(&mut self) -> io::Result<()> {
        match &mut self.stream {
            Some(stream) => stream.shutdown().await,
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Closes with linger 0: RST.
    pub fn rst(&mut self) -> io::Result<()> {
        self.stream()?.set_zero_linger()?;
        self.stream = None;
        Ok(())
    }
}
