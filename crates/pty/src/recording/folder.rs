//! What lies in a recording's folder, by name.

use std::path::{Path, PathBuf};

/// What an index begins with, before the instant at which the recording began.
pub(super) const MAGIC: &[u8; 8] = b"MACREC1\n";
/// How long an index is before its first record.
pub(super) const HEAD_BYTES: usize = 16;

/// A file of a recording's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// What the shell wrote from an offset on, as it came.
    Raw(u64),
    /// The same, of that many bytes, compressed.
    Packed(u64, u64),
    /// What draws the screen as it was at an offset.
    Screen(u64),
}

impl Named {
    /// Its path in a folder.
    pub(super) fn path(self, folder: &Path) -> PathBuf {
        folder.join(match self {
            Self::Raw(start) => format!("{start:016x}.raw"),
            Self::Packed(start, length) => format!("{start:016x}-{length:08x}.zst"),
            Self::Screen(at) => format!("{at:016x}.screen"),
        })
    }

    /// What a file's name says.
    pub(super) fn read(name: &str) -> Option<Self> {
        let (stem, kind) = name.split_once('.')?;
        let number = |text: &str| u64::from_str_radix(text, 16).ok();
        match kind {
            "raw" => Some(Self::Raw(number(stem)?)),
            "screen" => Some(Self::Screen(number(stem)?)),
            "zst" => {
                let (start, length) = stem.split_once('-')?;
                Some(Self::Packed(number(start)?, number(length)?))
            }
            _ => None,
        }
    }
}

/// The path of the index in a folder.
pub(super) fn index(folder: &Path) -> PathBuf {
    folder.join("index")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Named;

    #[test]
    fn names_say_what_is_in_a_file() {
        for named in [Named::Raw(7), Named::Packed(1 << 40, 99), Named::Screen(0)] {
            let path = named.path(Path::new("/x"));
            let name = path.file_name().and_then(|name| name.to_str()).unwrap();
            assert_eq!(Named::read(name), Some(named));
        }
        for other in ["index", "0-1.zst.new", "x.raw", "1.zst"] {
            assert_eq!(Named::read(other), None, "{other}");
        }
    }
}
