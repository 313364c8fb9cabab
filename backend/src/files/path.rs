//! A path in a home, as it is written on the wire.

use crate::{Error, Result};

/// What a file system lets a name have (`NAME_MAX`).
const LONGEST_NAME_BYTES: usize = 255;
/// What the kernel lets a path have, without the zero at its end (`PATH_MAX`).
const LONGEST_PATH_BYTES: usize = 4095;

/// A path in a home, from the home on; empty for the home itself.
///
/// It has no `.` nor `..` and begins nowhere else, so that people see where it leads. That it does
/// not leave the home by a link is the kernel's to see, at the moment that it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomePath(String);

impl HomePath {
    /// Reads a path; one slash at its end is passed over.
    ///
    /// # Errors
    /// It is absolute, a name of it is empty, `.` or `..`, too long, or has control characters.
    pub fn parse(text: &str) -> Result<Self> {
        let path = text.strip_suffix('/').unwrap_or(text);
        if path.is_empty() && text.is_empty() {
            return Ok(Self(String::new()));
        }
        if path.len() > LONGEST_PATH_BYTES {
            return Err(refused("this path is too long"));
        }
        for name in path.split('/') {
            check(name)?;
        }
        Ok(Self(path.to_owned()))
    }

    /// As the wire has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As the kernel takes it, which has no empty path.
    pub fn as_opened(&self) -> &str {
        if self.0.is_empty() { "." } else { &self.0 }
    }

    /// The folder that it is in, and its name there; the home itself is in none.
    pub fn split(&self) -> Option<(Self, &str)> {
        if self.0.is_empty() {
            return None;
        }
        let (folder, name) = self.0.rsplit_once('/').unwrap_or(("", &self.0));
        Some((Self(folder.to_owned()), name))
    }

    /// What is called so in this folder.
    pub fn join(&self, name: &str) -> Self {
        match self.0.is_empty() {
            true => Self(name.to_owned()),
            false => Self(format!("{}/{name}", self.0)),
        }
    }

    /// Its names, from the home on.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|name| !name.is_empty())
    }
}

/// Whether a file of this name can be asked for.
pub fn is_plain(name: &[u8]) -> bool {
    str::from_utf8(name).is_ok_and(|name| check(name).is_ok())
}

fn check(name: &str) -> Result<()> {
    match name {
        "" | "." | ".." => Err(refused("a path goes from the home on, name by name")),
        name if name.len() > LONGEST_NAME_BYTES => Err(refused("this name is too long")),
        name if name.contains(char::is_control) => Err(refused("a name has no control characters")),
        _ => Ok(()),
    }
}

fn refused(why: &str) -> Error {
    let how = format!(
        "Write it like folder/file, with names of 1 to {LONGEST_NAME_BYTES} bytes and without .. \
         or a slash before it."
    );
    Error::Invalid(why.to_owned(), Some(how))
}

#[cfg(test)]
mod tests {
    use super::{HomePath, is_plain};

    #[test]
    fn a_path_goes_from_the_home_on() {
        for (text, path) in [
            ("", ""),
            ("a", "a"),
            ("a/", "a"),
            ("a/b c/.d", "a/b c/.d"),
            ("été/日本/🎉", "été/日本/🎉"),
            ("%2e%2e/..a/...", "%2e%2e/..a/..."),
            ("a\\..\\b", "a\\..\\b"),
        ] {
            assert_eq!(HomePath::parse(text).unwrap().as_str(), path);
        }
    }

    #[test]
    fn what_could_lead_elsewhere_or_be_misread_is_refused() {
        let long = "x".repeat(256);
        let deep = "x/".repeat(2100);
        for text in [
            "/",
            "//",
            "/etc/passwd",
            "..",
            "../a",
            "a/..",
            "a/../b",
            ".",
            "./a",
            "a/.",
            "a//b",
            "a\0b",
            "a\nb",
            "a\u{1b}[2Jb",
            "a\u{85}b",
            "a\u{7f}",
            &long,
            &deep,
        ] {
            assert!(HomePath::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_path_is_a_folder_and_a_name() {
        let split = |text| {
            let path = HomePath::parse(text).unwrap();
            let parts = path.split();
            parts.map(|(folder, name)| (folder.as_str().to_owned(), name.to_owned()))
        };
        assert_eq!(split(""), None);
        assert_eq!(split("a"), Some((String::new(), "a".to_owned())));
        assert_eq!(split("a/b/c"), Some(("a/b".to_owned(), "c".to_owned())));
    }

    #[test]
    fn a_name_that_is_no_text_is_not_plain() {
        assert!(is_plain("é".as_bytes()));
        assert!(!is_plain(b"\xff") && !is_plain(b"a\nb") && !is_plain(b".."));
    }
}
