//! A tutorial's folder on a disk.

use std::collections::BTreeSet;
use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

use crate::{Files, Images, Lesson};

/// What is larger is no text that somebody wrote, in bytes.
const LARGEST_FILE_BYTES: u64 = 1 << 20; // 1 MiB
/// An image of a text may have so many bytes.
pub const LARGEST_IMAGE_BYTES: u64 = 1 << 20; // 1 MiB
/// Nobody lays the files of a tutorial deeper; it bounds recursion.
const DEEPEST: usize = 4;

/// The text files below a folder, by their paths in it; links are not followed.
///
/// # Errors
///
/// The folder, or a file in it, can't be read.
pub fn files(folder: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    gather(folder, "", DEEPEST, &mut |path, entry| {
        if entry.metadata()?.len() > LARGEST_FILE_BYTES {
            return Ok(());
        }
        // what is not UTF-8 is an image or the like
        if let Ok(text) = String::from_utf8(fs::read(entry.path())?) {
            files.insert(path, text);
        }
        Ok(())
    })?;
    Ok(files)
}

/// The paths of all files below a folder; links are not among them.
///
/// # Errors
///
/// The folder can't be read.
pub fn names(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    gather(folder, "", DEEPEST, &mut |path, _| {
        names.insert(path);
        Ok(())
    })?;
    Ok(names)
}

/// The images that a lesson shows, of those below its folder; links are not followed, and what is larger
/// than an image may be is not read.
///
/// # Errors
///
/// The folder, or a file in it, can't be read.
pub fn images(folder: &Path, lesson: &Lesson) -> io::Result<Images> {
    let mut images = Images::new();
    gather(folder, "", DEEPEST, &mut |path, entry| {
        let is_shown = lesson.images.iter().any(|it| it.path == path);
        if is_shown && entry.metadata()?.len() <= LARGEST_IMAGE_BYTES {
            images.insert(path, fs::read(entry.path())?);
        }
        Ok(())
    })?;
    Ok(images)
}

/// Calls `each` with every file's path and entry.
fn gather(
    folder: &Path,
    before: &str,
    depth: usize,
    each: &mut impl FnMut(String, &DirEntry) -> io::Result<()>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // a name that is not UTF-8 can't be written in a lesson
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = format!("{before}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() && depth > 0 && !name.starts_with('.') {
            gather(&entry.path(), &format!("{path}/"), depth - 1, each)?;
        } else if kind.is_file() {
            each(path, &entry)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::files;

    #[test]
    fn text_files_are_found_by_their_paths_below_the_folder() {
        let files = files(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(files["Cargo.toml"].contains("lesson"));
        assert!(files.contains_key("src/lib.rs"));
        assert!(super::files(Path::new("/nowhere/at/all")).is_err());
    }

    #[test]
    fn images_are_those_that_a_text_shows_and_no_links() {
        let folder = std::env::temp_dir().join(format!("lesson-images-{}", std::process::id()));
        fs::create_dir_all(folder.join("in")).unwrap();
        let text = "---\ntitle: T\n---\n## S\n![a](a.png) ![b](in/b.svg) ![c](c.gif) ![d](d.png)\n";
        for (name, bytes) in [
            ("lesson.md", text.as_bytes()),
            ("a.png", b"\xff1"),
            ("in/b.svg", b"<svg/>"),
            ("other.png", b"2"),
            ("secret", b"3"),
        ] {
            fs::write(folder.join(name), bytes).unwrap();
        }
        std::os::unix::fs::symlink(folder.join("secret"), folder.join("c.gif")).unwrap();
        let lesson = crate::read("t", &files(&folder).unwrap()).lesson.unwrap();
        let images = super::images(&folder, &lesson).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        let names: Vec<_> = images.keys().collect();
        assert_eq!(names, ["a.png", "in/b.svg"]);
        assert_eq!(images["a.png"], b"\xff1");
        let told = lesson.without_image(&images);
        let told: Vec<String> = told.iter().map(ToString::to_string).collect();
        let expected = [
            "lesson.md:5:28: error: there is no image c.gif",
            "lesson.md:5:40: error: there is no image d.png (did you mean \"a.png\"?)",
        ];
        assert_eq!(told, expected);
    }
}
