//! The part of a capture that is being looked at, while the file is read from
//! its beginning to its end. What the octets mean is its users'.

use std::io::{self, Read};

/// Octets of a file in order, some megabytes at a time.
#[derive(Debug)]
pub struct Buffer<R> {
    input: R,
    octets: Vec<u8>,
    /// Within `octets`, what was not taken yet.
    start: usize,
    end: usize,
    /// Position in the file of `octets[0]`.
    base: u64,
}

impl<R: Read> Buffer<R> {
    /// Reads from the beginning of `input`.
    #[must_use]
    pub fn new(input: R) -> Buffer<R> {
        Buffer { input, octets: vec![0; 4 << 20], start: 0, end: 0, base: 0 }
    }

    /// Reads until `want` octets are there, or the input ends: then `false`.
    ///
    /// # Errors
    /// The input could not be read.
    pub fn fill(&mut self, want: usize) -> io::Result<bool> {
        if self.start + want > self.octets.len() {
            self.octets.copy_within(self.start..self.end, 0);
            self.base += self.start as u64;
            self.end -= self.start;
            self.start = 0;
        }
        while self.end - self.start < want {
            if self.end == self.octets.len() {
                // Grows with what is there, not with what is announced.
                let more = want.min(self.start + 2 * self.octets.len());
                self.octets.resize(more, 0);
            }
            match self.input.read(&mut self.octets[self.end..]) {
                Ok(0) => return Ok(false),
                Ok(n) => self.end += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// What is there and was not taken yet.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets[self.start..self.end]
    }

    /// Takes octets that are there.
    pub fn take(&mut self, len: usize) -> &[u8] {
        let start = self.start;
        self.start += len;
        &self.octets[start..self.start]
    }

    /// Position in the file of the next octet.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.base + self.start as u64
    }
}
