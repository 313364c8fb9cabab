//! What stands for a folder's texts as they are.

use sha2::{Digest as _, Sha256};

use crate::{Files, Lesson};

/// How much of the hash is kept, in bytes: texts that differ by chance are told apart, and nobody gains by
/// making two that are not.
const KEPT_BYTES: usize = 16;

/// Marks a lesson, in all of its languages, with its folder's texts.
pub(crate) fn mark(lesson: &mut Lesson, files: &Files) {
    let fingerprint = of(files);
    for detail in lesson.translations.iter_mut().chain([&mut lesson.original]) {
        detail.fingerprint.clone_from(&fingerprint);
    }
}

fn of(files: &Files) -> String {
    let mut hash = Sha256::new();
    for (path, text) in files {
        // as a checkout on Windows has them, they are the same texts
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        for part in [path, &text] {
            // with its length, so that no end of one is taken for a beginning of the next
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    let kept = hash.finalize();
    let kept = kept.iter().take(KEPT_BYTES);
    kept.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::Files;

    #[test]
    fn other_texts_have_another_fingerprint() {
        let files = |all: &[(&str, &str)]| -> Files {
            let own = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
            all.iter().map(own).collect()
        };
        let all = [
            files(&[]),
            files(&[("a", "b")]),
            files(&[("a", "c")]),
            files(&[("b", "b")]),
            files(&[("a", "b"), ("c", "")]),
            files(&[("ab", "")]),
            files(&[("", "ab")]),
        ];
        let mut seen: Vec<String> = all.iter().map(of).collect();
        assert_eq!(seen[1], of(&files(&[("a", "b")])));
        assert_eq!(seen[1].len(), 32);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), all.len());
    }
}
