//! A capture file that somebody gave: as it is, or packed with gzip, which is
//! unpacked into a temporary file, since rows say where octets stand.

use super::source::Source;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

/// A capture before it is read.
#[derive(Debug)]
pub struct Input {
    /// The capture, or where it will be.
    file: File,
    /// What has to be unpacked into it.
    packed: Option<File>,
    /// Octets of the file.
    size: u64,
}

impl Input {
    /// Opens the file; unpacks nothing yet.
    ///
    /// # Errors
    /// It cannot be read, or no temporary file can be made.
    pub fn open(path: &Path) -> io::Result<Input> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        let mut magic = Vec::new();
        (&file).take(2).read_to_end(&mut magic)?;
        file.rewind()?;
        if magic == [0x1F, 0x8B] {
            // Without a name, so it goes with its last reader.
            return Ok(Input { file: tempfile::tempfile()?, packed: Some(file), size });
        }
        Ok(Input { file, packed: None, size })
    }

    /// Where octets of rows are read from.
    ///
    /// # Errors
    /// The system has no handle left.
    pub fn source(&self) -> io::Result<Source> {
        Ok(Source::new(self.file.try_clone()?))
    }

    /// How far reading can go, where that is known before.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.packed.is_none().then_some(self.size)
    }

    /// The capture from its beginning, unpacked as far as it can be.
    ///
    /// # Errors
    /// It could not be unpacked or written.
    pub fn unpacked(self) -> io::Result<File> {
        let Input { mut file, packed, .. } = self;
        let Some(packed) = packed else { return Ok(file) };
        let mut from = MultiGzDecoder::new(io::BufReader::with_capacity(1 << 20, packed));
        let mut octets = vec![0; 1 << 20];
        loop {
            match from.read(&mut octets) {
                Ok(0) => break,
                Ok(n) => file.write_all(&octets[..n])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Cut off: what came out is read, and the cut is found there.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(error),
            }
        }
        file.rewind()?;
        Ok(file)
    }
}
