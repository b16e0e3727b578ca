//! Where lessons come from: the built-in ones, and one's own from a folder.

use super::file::{self, LessonError};
use super::script::Lesson;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

macro_rules! built_in {
    ($($name:literal)*) => {
        /// Name and text of each built-in lesson.
        const BUILT_IN: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../assets/lessons/", $name)))),*];
    };
}

built_in! {
    "01-opening.toml"
    "02-frame.toml"
    "03-fragments.toml"
    "04-ping.toml"
    "05-polite.toml"
    "06-hang-up.toml"
    "07-empty.toml"
    "08-client-ends.toml"
    "09-stuck.toml"
    "10-crossing.toml"
    "11-forbidden-codes.toml"
    "12-reason.toml"
    "13-data-after-close.toml"
    "14-deflate.toml"
    "15-tcp-end.toml"
}

/// Lessons, and the files that are none.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// By number, those without one last, by name.
    pub lessons: Vec<Arc<Lesson>>,
    /// What could not be read.
    pub faults: Vec<LessonError>,
}

/// Where one's own lessons are: `lessons` in the user's data directory. It need not exist.
#[must_use]
pub fn own_folder() -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "wsscope")?;
    Some(dirs.data_local_dir().join("lessons"))
}

impl Library {
    /// The built-in lessons alone.
    #[must_use]
    pub fn built_in() -> Library {
        let mut library = Library::default();
        for (name, text) in BUILT_IN {
            library.add(file::read(name, text));
        }
        library
    }

    /// The built-in lessons and those of a folder (`*.toml`), where there is one. One's
    /// own of the same id takes the place of a built-in one.
    #[must_use]
    pub fn with_own(folder: Option<&Path>) -> Library {
        let mut library = Library::built_in();
        let Some(folder) = folder else { return library };
        let files = match std::fs::read_dir(folder) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return library,
            Err(error) => {
                library.faults.push(unread(folder, &error));
                return library;
            }
        };
        let files = files.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let mut files: Vec<_> =
            files.filter(|file| file.extension().is_some_and(|e| e == "toml")).collect();
        files.sort();
        let built_in = library.lessons.len();
        for file in files {
            library.add_own(read_file(&file), built_in);
        }
        library.lessons.sort_by_key(|lesson| lesson.number.unwrap_or(u32::MAX));
        library
    }

    fn add(&mut self, read: Result<Lesson, LessonError>) {
        match read {
            Ok(lesson) => self.lessons.push(Arc::new(lesson)),
            Err(error) => self.faults.push(error),
        }
    }

    fn add_own(&mut self, read: Result<Lesson, LessonError>, built_in: usize) {
        let same = read.as_ref().ok().and_then(|new| {
            self.lessons.iter().take(built_in).position(|lesson| lesson.id == new.id)
        });
        match (same, read) {
            (Some(at), Ok(lesson)) => self.lessons[at] = Arc::new(lesson),
            (_, read) => self.add(read),
        }
    }

    /// The lesson of this id or number.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Arc<Lesson>> {
        let number = name.parse::<u32>().ok();
        let is = |l: &&Arc<Lesson>| l.id == name || number.is_some() && l.number == number;
        self.lessons.iter().find(is)
    }
}

/// Reads a file of one's own.
///
/// # Errors
/// It cannot be read, or is no lesson.
pub fn read_file(path: &Path) -> Result<Lesson, LessonError> {
    let text = std::fs::read_to_string(path).map_err(|error| unread(path, &error))?;
    file::read(&path.display().to_string(), &text)
}

fn unread(path: &Path, error: &io::Error) -> LessonError {
    LessonError { file: path.display().to_string(), line: None, message: error.to_string() }
}
