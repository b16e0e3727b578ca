//! The one socket of a connection: reads and writes that do not wait, and every
//! way to end it.

use bytes::Bytes;
use std::cell::RefCell;
use std::io;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// Octets asked for in one read.
const READ: usize = 64 * 1024;

thread_local! {
    /// One for all connections of a thread: what was read is copied out at once.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// A TCP socket, until it is reset.
pub struct Socket(Option<TcpStream>);

impl Socket {
    /// Each write goes out at once (TCP_NODELAY).
    pub fn new(stream: TcpStream) -> Socket {
        // A socket that is broken already says so at the first read.
        let _ = stream.set_nodelay(true);
        Socket(Some(stream))
    }

    fn stream(&self) -> io::Result<&TcpStream> {
        self.0.as_ref().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Waits until there is something to read.
    pub async fn readable(&self) -> io::Result<()> {
        self.stream()?.readable().await
    }

    /// Waits until something can be written.
    pub async fn writable(&self) -> io::Result<()> {
        self.stream()?.writable().await
    }

    /// What is there to read; empty at the peer's FIN.
    pub fn try_read(&self) -> io::Result<Bytes> {
        let stream = self.stream()?;
        BUFFER.with_borrow_mut(|buffer| {
            stream.try_read(buffer).map(|n| Bytes::copy_from_slice(&buffer[..n]))
        })
    }

    /// How many octets the socket accepted.
    pub fn try_write(&self, octets: &[u8]) -> io::Result<usize> {
        self.stream()?.try_write(octets)
    }

    /// Shuts down the write side: FIN.
    pub async fn fin(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Some(stream) => stream.shutdown().await,
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Closes with linger 0: RST.
    pub fn rst(&mut self) -> io::Result<()> {
        self.stream()?.set_zero_linger()?;
        self.0 = None;
        Ok(())
    }
}
