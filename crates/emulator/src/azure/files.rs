//! A book on the disk: written whole beside the one before, and read again.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::{Book, Fault};

/// Which form books are kept in; another one is put aside.
const VERSION: u32 = 1;
/// The largest book that is kept; what tutorials make is a hundredth of it. Every account's is in
/// memory.
const LARGEST_BYTES: usize = 1 << 20; // 1 MiB

/// A book as it is on the disk.
#[derive(Serialize, Deserialize)]
struct Kept<B> {
    version: u32,
    book: B,
}

/// The files of a book: itself, and the one before it.
pub(crate) struct Files {
    book: PathBuf,
}

impl Files {
    /// Those of an account, by its number.
    pub fn of(folder: &Path, number: &str) -> Self {
        Self {
            book: folder.join(format!("{number}.json")),
        }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        self.book.with_extension(ending)
    }

    /// The book, or the one before it if that can't be read; none if there is none.
    pub fn read(&self) -> anyhow::Result<Option<Book>> {
        for file in [self.book.clone(), self.beside("before")] {
            let text = match fs::read(&file) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                read => read.with_context(|| format!("read {}", file.display()))?,
            };
            match understood(&text) {
                Ok(book) => return Ok(Some(book)),
                Err(error) => {
                    warn!("{} is put aside: {error:#}", file.display());
                    fs::rename(&file, aside(&file))?;
                }
            }
        }
        Ok(None)
    }

    /// Keeps a book, unless it is too large.
    pub fn keep(&self, book: &Book) -> Result<(), Fault> {
        let failed = |error: anyhow::Error| {
            warn!("{}: {error:#}", self.book.display());
            Fault::Internal
        };
        let text = serde_json::to_vec(&Kept {
            version: VERSION,
            book,
        });
        let text = text.map_err(|error| failed(error.into()))?;
        if text.len() > LARGEST_BYTES {
            let why = "Quota exceeded: what is kept of this subscription would be too large.";
            return Err(Fault::Conflict(why.to_owned()));
        }
        self.write(&text).map_err(failed)
    }

    /// Writes a new file and moves it there, so that no crash leaves half of one.
    fn write(&self, text: &[u8]) -> anyhow::Result<()> {
        let (new, before) = (self.beside("new"), self.beside("before"));
        let mut out = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)
            .context("write it")?;
        out.write_all(text)?;
        out.sync_all()?;
        if self.book.exists() {
            gone(fs::remove_file(&before))?;
            // by a second name, so that there is a book at every moment
            fs::hard_link(&self.book, &before).context("keep the one before")?;
        }
        fs::rename(&new, &self.book).context("keep it")?;
        let folder = self.book.parent().unwrap_or(Path::new("."));
        File::open(folder)?.sync_all().context("keep its name")
    }

    /// Removes all of them.
    pub fn remove(&self) -> io::Result<()> {
        let all = ["json", "before", "new"].map(|ending| self.beside(ending));
        let mut all = all.iter().flat_map(|file| [file.clone(), aside(file)]);
        all.try_for_each(|file| gone(fs::remove_file(file)))
    }
}

/// Where a file goes that can't be read.
fn aside(file: &Path) -> PathBuf {
    file.with_added_extension("unread")
}

fn understood(text: &[u8]) -> anyhow::Result<Book> {
    let kept: Kept<serde_json::Value> = serde_json::from_slice(text).context("read it")?;
    anyhow::ensure!(kept.version == VERSION, "its version is {}", kept.version);
    serde_json::from_value(kept.book).context("understand it")
}

/// What is not there need not be removed.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Files, aside};
    use crate::azure::Book;

    #[test]
    fn a_book_that_cannot_be_read_is_put_aside_and_the_one_before_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::of(folder.path(), "1");
        assert_eq!(files.read().unwrap(), None);
        let (first, second) = (Book::new("first", 1), Book::new("second", 2));
        files.keep(&first).unwrap();
        files.keep(&second).unwrap();
        assert_eq!(files.read().unwrap(), Some(second));
        let whole = fs::read(&files.book).unwrap();
        fs::write(&files.book, &whole[..whole.len() / 2]).unwrap();
        assert_eq!(files.read().unwrap(), Some(first.clone()));
        assert!(aside(&files.book).exists() && !files.book.exists());
        files.keep(&first).unwrap();
        assert_eq!(files.read().unwrap(), Some(first));
        files.remove().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_book_of_another_version_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::of(folder.path(), "1");
        fs::write(&files.book, "{\"version\": 2, \"book\": {}}").unwrap();
        assert_eq!(files.read().unwrap(), None);
        assert!(aside(&files.book).exists());
    }
}
