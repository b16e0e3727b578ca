//! A session written down for others: HAR, CSV, a payload; and a file that
//! appears only when it is whole.
//!
//! What holds sentences (JSON Lines, ladders) is written by `text`, which makes
//! them.

pub mod csv;
pub mod har;
pub mod messages;
pub mod payload;

use super::recorder::SharedLog;
use super::store;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The forms in which a session is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Format {
    /// The lossless one.
    Pcapng,
    /// HTTP Archive, for browsers and proxies.
    Har,
    /// An object for each row.
    JsonLines,
    /// The table.
    Csv,
    /// One connection's ladder as a picture.
    Svg,
    /// Ladders as text.
    Text,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 6] =
        [Format::Pcapng, Format::Har, Format::JsonLines, Format::Csv, Format::Svg, Format::Text];

    /// How files of it end, without the dot; the first is its name, too.
    #[must_use]
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Format::Pcapng => &["pcapng"],
            Format::Har => &["har"],
            Format::JsonLines => &["jsonl", "ndjson"],
            Format::Csv => &["csv"],
            Format::Svg => &["svg"],
            Format::Text => &["txt"],
        }
    }

    /// Its name.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.endings()[0]
    }

    /// The format of this name, in any case.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Format> {
        let word = word.to_ascii_lowercase();
        Format::ALL.into_iter().find(|format| format.endings().contains(&word.as_str()))
    }

    /// The format that a path's ending names.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Format> {
        Format::of_word(path.extension()?.to_str()?)
    }
}

/// How far writing is, and whether it is still wanted.
#[derive(Debug, Default)]
pub struct Progress {
    /// What was written.
    pub done: AtomicU64,
    /// The whole, in the same unit; 0 while that is not known.
    pub whole: AtomicU64,
    /// Set to stop.
    pub cancelled: AtomicBool,
}

impl Progress {
    /// From 0 to 1.
    #[must_use]
    pub fn share(&self) -> f32 {
        let whole = self.whole.load(Ordering::Relaxed).max(1);
        (self.done.load(Ordering::Relaxed) as f32 / whole as f32).min(1.0)
    }

    /// Calls `write` for each row that the log has now, in order.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn rows(
        &self,
        log: &SharedLog,
        write: impl FnMut(u64) -> io::Result<()>,
    ) -> io::Result<()> {
        let rows = log.read().len();
        self.each(0..rows, write)
    }

    /// Calls `write` for each of these rows.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn each(
        &self,
        rows: impl Iterator<Item = u64>,
        mut write: impl FnMut(u64) -> io::Result<()>,
    ) -> io::Result<()> {
        self.whole.store(rows.size_hint().0 as u64, Ordering::Relaxed);
        for (done, index) in (1..).zip(rows) {
            write(index)?;
            self.done.store(done, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Where something is written while somebody may cancel it: from then on every
/// write fails.
pub struct Watched<'a> {
    out: &'a mut dyn Write,
    progress: &'a Progress,
}

impl<'a> Watched<'a> {
    /// Writes to `out`.
    pub fn new(out: &'a mut dyn Write, progress: &'a Progress) -> Watched<'a> {
        Watched { out, progress }
    }
}

impl Write for Watched<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        if self.progress.cancelled.load(Ordering::Relaxed) {
            return Err(io::Error::other("cancelled"));
        }
        self.out.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Whether something of this name would be replaced. A device or a named pipe is
/// written to, not replaced.
#[must_use]
pub fn is_taken(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() || metadata.is_dir())
}

/// Links that are followed to a file: more are a circle.
const MAX_LINKS: usize = 40;

/// The file that a path names, through symbolic links, whether it is there or not.
fn target(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(to) = path.read_link() else { break };
        path = store::folder_of(&path).join(to);
    }
    path
}

/// Why nothing can be made in a folder: named is the folder, not the file that would
/// have had a temporary name.
fn in_folder(folder: &Path, error: &io::Error) -> io::Error {
    let words = error.to_string();
    // The crate `tempfile` puts the path behind the system's words.
    let system = words.split_once(" at path ").map_or(&*words, |(system, _)| system);
    io::Error::new(error.kind(), format!("{}: {system}", folder.display()))
}

/// Writes a file that appears, or replaces an old one, only when it is whole.
/// It is private, as a capture has to be. A symbolic link stays: what it points to
/// is replaced.
///
/// # Errors
/// Those of `write`; the file exists and is not to be replaced, somebody is
/// recording into it, or it cannot be written. An old file is unharmed then.
pub fn whole_file<E: From<io::Error>>(
    path: &Path,
    overwrite: bool,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    if !is_taken(path) && path.exists() {
        return write(&mut OpenOptions::new().write(true).open(path)?);
    }
    if !overwrite && is_taken(path) {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists).into());
    }
    if store::is_live(path) {
        return Err(io::Error::from(io::ErrorKind::ResourceBusy).into());
    }
    let path = &target(path);
    let folder = store::folder_of(path);
    let temporary = tempfile::NamedTempFile::new_in(folder);
    let mut temporary = temporary.map_err(|error| in_folder(folder, &error))?;
    let mut out = io::BufWriter::with_capacity(1 << 20, temporary.as_file_mut());
    write(&mut out)?;
    out.flush()?;
    drop(out);
    temporary.as_file().sync_all()?;
    let kept = if overwrite { temporary.persist(path) } else { temporary.persist_noclobber(path) };
    kept.map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_format() {
        for (path, format) in [
            ("a.har", Some(Format::Har)),
            ("a.b.NDJSON", Some(Format::JsonLines)),
            ("a.jsonl", Some(Format::JsonLines)),
            ("a.pcap", None),
            ("har", None),
            ("-", None),
        ] {
            assert_eq!(Format::of_path(Path::new(path)), format, "{path}");
        }
    }

    #[test]
    fn a_file_that_is_not_whole_does_not_appear() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let broken = whole_file(&path, false, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("cancelled"))
        });
        assert!(broken.is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let write = |octets: &'static [u8]| move |out: &mut dyn Write| out.write_all(octets);
        whole_file(&path, false, write(b"one")).unwrap();
        let kept = whole_file(&path, false, write(b"two")).unwrap_err();
        assert_eq!(kept.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        whole_file(&path, true, write(b"two")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("nowhere");
        let error =
            whole_file::<io::Error>(&nowhere.join("out.har"), false, |_| Ok(())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let said = error.to_string();
        assert!(said.starts_with(&format!("{}: ", nowhere.display())), "{said}");
        assert!(!said.contains("at path"), "{said}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_its_target_is_replaced() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("kept")).unwrap();
        std::fs::write(at("kept/old.har"), b"old").unwrap();
        symlink("kept/old.har", at("inner.har")).unwrap();
        symlink(at("inner.har"), at("link.har")).unwrap();
        symlink("kept/new.har", at("dangling.har")).unwrap();
        for (link, file) in [("link.har", "kept/old.har"), ("dangling.har", "kept/new.har")] {
            let write = |out: &mut dyn Write| out.write_all(b"new");
            whole_file::<io::Error>(&at(link), true, write).unwrap();
            assert_eq!(std::fs::read(at(file)).unwrap(), b"new", "{link}");
            assert!(at(link).symlink_metadata().unwrap().is_symlink(), "{link}");
        }
        let old = whole_file::<io::Error>(&at("link.har"), false, |_| Ok(())).unwrap_err();
        assert_eq!(old.kind(), io::ErrorKind::AlreadyExists);
        // One that points to itself cannot be written through.
        symlink("circle.har", at("circle.har")).unwrap();
        assert!(whole_file::<io::Error>(&at("circle.har"), false, |_| Ok(())).is_err());
    }
}
