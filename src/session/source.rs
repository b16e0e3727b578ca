//! Reads octets back from a capture, from any position, while it is being written.

use super::log::{Log, Piece};
use std::fs::File;
use std::io;
use std::sync::Arc;

/// Reads a capture from its beginning to its end.
#[derive(Debug)]
pub struct Reader {
    source: Source,
    at: u64,
}

impl io::Read for Reader {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(self.at, octets)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// A capture file open for reading.
#[derive(Clone, Debug)]
pub struct Source(Arc<File>);

#[cfg(unix)]
fn read_at(file: &File, octets: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, octets, offset)
}

#[cfg(windows)]
fn read_at(file: &File, octets: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, octets, offset)
}

impl Source {
    /// Reads from this file.
    #[must_use]
    pub fn new(file: File) -> Source {
        Source(Arc::new(file))
    }

    /// Fills `octets` from `offset` on, as far as the file goes.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn read(&self, offset: u64, octets: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < octets.len() {
            match read_at(&self.0, &mut octets[done..], offset + done as u64) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// Reads the file from its beginning, wherever others read.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader { source: self.clone(), at: 0 }
    }

    /// The octets of a row from `skip` on, at most `limit` of them.
    ///
    /// # Errors
    /// The file could not be read, or is shorter than the log says.
    pub fn row_octets(&self, log: &Log, index: u64, skip: u64, limit: u64) -> io::Result<Vec<u8>> {
        self.octets(&log.pieces(index), skip, limit)
    }

    /// The octets at these places from `skip` on, at most `limit` of them.
    ///
    /// # Errors
    /// The file could not be read, or is too short.
    pub fn octets(&self, pieces: &[Piece], skip: u64, limit: u64) -> io::Result<Vec<u8>> {
        let (mut skip, mut left) = (skip, limit);
        let mut octets = Vec::new();
        for piece in pieces {
            let len = u64::from(piece.len);
            if skip >= len {
                skip -= len;
                continue;
            }
            let take = (len - skip).min(left);
            let at = octets.len();
            octets.resize(at + take as usize, 0);
            // What is missing stays 0.
            if !piece.is_missing() {
                let got = self.read(piece.offset + skip, &mut octets[at..])?;
                if (got as u64) < take {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            skip = 0;
            left -= take;
            if left == 0 {
                break;
            }
        }
        Ok(octets)
    }
}
