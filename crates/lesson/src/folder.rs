//! A tutorial's folder on a disk.

use std::fs;
use std::io;
use std::path::Path;

use crate::Files;

/// What is larger is no text that somebody wrote, in bytes.
const LARGEST_FILE_BYTES: u64 = 1 << 20; // 1 MiB
/// Nobody lays the files of a tutorial deeper; it bounds recursion.
const DEEPEST: usize = 4;

/// The text files below a folder, by their paths in it; links are not followed.
///
/// # Errors
///
/// The folder, or a file in it, can't be read.
pub fn files(folder: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    gather(folder, "", DEEPEST, &mut files)?;
    Ok(files)
}

fn gather(folder: &Path, before: &str, depth: usize, files: &mut Files) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // a name that is not UTF-8 can't be written in a lesson
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = format!("{before}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() && depth > 0 && !name.starts_with('.') {
            gather(&entry.path(), &format!("{path}/"), depth - 1, files)?;
        } else if kind.is_file() && entry.metadata()?.len() <= LARGEST_FILE_BYTES {
            // what is not UTF-8 is an image or the like
            if let Ok(text) = String::from_utf8(fs::read(entry.path())?) {
                files.insert(path, text);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::files;

    #[test]
    fn text_files_are_found_by_their_paths_below_the_folder() {
        let files = files(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(files["Cargo.toml"].contains("lesson"));
        assert!(files.contains_key("src/lib.rs"));
        assert!(super::files(Path::new("/nowhere/at/all")).is_err());
    }
}
