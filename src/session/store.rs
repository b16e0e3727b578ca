//! The sessions folder: where a session is kept until somebody saves it
//! elsewhere. A live file is locked and private; old ones go when there are too
//! many.

use super::pcapng::LOCAL;
use super::pcapng::facts::{Fact, What};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Sessions kept that were not saved.
pub const MAX_SESSIONS: usize = 20;
/// Octets that they may take together.
pub const MAX_OCTETS: u64 = 5 << 30;

/// The folder of unsaved sessions under the user's data directory.
///
/// # Errors
/// There is no home directory, or the folder cannot be made.
pub fn folder() -> io::Result<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "wsscope")
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no home directory"))?;
    let folder = dirs.data_local_dir().join("sessions");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// A file that is overwritten may have been readable for others. Somebody else's,
/// or one on a file system without modes, stays as it is.
fn make_private(file: &File) {
    #[cfg(unix)]
    if file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        use std::os::unix::fs::PermissionsExt as _;
        let _ = file.set_permissions(std::fs::Permissions::from_mode(0o600));
    }
    #[cfg(not(unix))]
    let _ = file;
}

/// The folder that a file is, or will be, in.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a capture file, private and locked. With `overwrite`, an existing file
/// is emptied, unless somebody is recording into it.
///
/// # Errors
/// It exists, is locked, or cannot be made.
pub fn create(path: &Path, overwrite: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    if overwrite {
        options.create(true).truncate(false);
    } else {
        options.create_new(true);
    }
    let file = private(&mut options).open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(io::Error::new(
                io::ErrorKind::ResourceBusy,
                "another wsscope is recording into it",
            ));
        }
        // A file system without locks: the file is new, so nobody else has it.
        Err(TryLockError::Error(_)) => {}
    }
    file.set_len(0)?;
    make_private(&file);
    Ok(file)
}

/// Makes a new session file in `folder`, named after the time.
///
/// # Errors
/// It cannot be made.
pub fn create_session(folder: &Path, now: SystemTime) -> io::Result<(PathBuf, File)> {
    let stamp = humantime::format_rfc3339_seconds(now).to_string().replace(':', "-");
    for n in 1..1000 {
        let suffix = if n == 1 { String::new() } else { format!("-{n}") };
        let path = folder.join(format!("{stamp}{suffix}.pcapng"));
        match create(&path, false) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Whether somebody is recording into this file.
#[must_use]
pub fn is_live(path: &Path) -> bool {
    path.is_file()
        && File::open(path).is_ok_and(|f| matches!(f.try_lock(), Err(TryLockError::WouldBlock)))
}

/// A session that was not saved elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaved {
    /// The file.
    pub path: PathBuf,
    /// Its size in octets.
    pub octets: u64,
    /// When it was last written.
    pub modified: SystemTime,
    /// The program ended without ending the recording.
    pub crashed: bool,
}

/// A capture without a single packet is not worth keeping.
pub const EMPTY: u64 = 512;

/// How long an empty file is left alone.
const YOUNG: Duration = Duration::from_secs(60);

/// The sessions in `folder` that nobody is recording, newest first.
///
/// # Errors
/// The folder cannot be read.
pub fn unsaved(folder: &Path) -> io::Result<Vec<Unsaved>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|e| e != "pcapng") {
            continue;
        }
        // A file that vanished meanwhile is no error.
        let Ok(mut file) = OpenOptions::new().read(true).write(true).open(&path) else { continue };
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            continue;
        }
        let metadata = file.metadata()?;
        let modified = metadata.modified()?;
        let crashed = !ended_in_order(&mut file).unwrap_or(true);
        found.push(Unsaved { path, octets: metadata.len(), modified, crashed });
    }
    found.sort_by(|a, b| b.modified.cmp(&a.modified).then_with(|| b.path.cmp(&a.path)));
    Ok(found)
}

/// Whether the file's last block is the one that ends a recording.
fn ended_in_order(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() < 12 {
        return Ok(false);
    }
    let mut len = [0; 4];
    file.seek(SeekFrom::End(-4))?;
    file.read_exact(&mut len)?;
    let len = u32::from_le_bytes(len);
    if !(12..=1024).contains(&len) {
        return Ok(false);
    }
    let mut octets = Vec::new();
    file.seek(SeekFrom::End(-i64::from(len)))?;
    file.read_to_end(&mut octets)?;
    let kind = octets.first_chunk().map(|kind| u32::from_le_bytes(*kind));
    let body = octets.get(8..octets.len().saturating_sub(4));
    let fact = body.filter(|_| kind == Some(LOCAL)).and_then(Fact::from_json);
    Ok(fact.is_some_and(|fact| fact.what == What::End {}))
}

/// Deletes sessions without a frame, and the oldest beyond [`MAX_SESSIONS`] and
/// [`MAX_OCTETS`]. Says how many of those that held something went.
///
/// # Errors
/// The folder cannot be read.
pub fn prune(folder: &Path) -> io::Result<usize> {
    let (mut kept, mut octets, mut gone) = (0, 0, 0);
    for session in unsaved(folder)? {
        if session.octets < EMPTY {
            // A young one may be another instance's, made and not yet locked.
            if session.modified.elapsed().is_ok_and(|age| age < YOUNG) {
                continue;
            }
            remove(&session.path);
            continue;
        }
        kept += 1;
        octets += session.octets;
        if kept > MAX_SESSIONS || octets > MAX_OCTETS {
            remove(&session.path);
            gone += 1;
        }
    }
    Ok(gone)
}

/// Deletes a session; one that is gone already is no matter.
pub fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_file_is_not_offered_and_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let (live, file) = create_session(folder.path(), now).unwrap();
        assert_eq!(unsaved(folder.path()).unwrap(), []);
        assert!(create(&live, true).is_err(), "two instances take each other's file");
        file.set_len(EMPTY).unwrap();
        drop(file);
        assert_eq!(unsaved(folder.path()).unwrap().len(), 1);
        for n in 0..MAX_SESSIONS + 3 {
            let path = folder.path().join(format!("{n:03}.pcapng"));
            std::fs::write(&path, [0; 1000]).unwrap();
        }
        assert_eq!(prune(folder.path()).unwrap(), 4);
        assert_eq!(unsaved(folder.path()).unwrap().len(), MAX_SESSIONS);
    }

    #[cfg(unix)]
    #[test]
    fn a_capture_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (path, _file) = create_session(folder.path(), SystemTime::now()).unwrap();
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
