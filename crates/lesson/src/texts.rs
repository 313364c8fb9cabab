//! The texts of a folder.

use crate::Files;
use crate::complaint::{Complaint, nearest};
use crate::source::Source;

/// A lesson is text that people write, in bytes.
const LARGEST_BYTES: usize = 1 << 18; // 256 KiB

/// The text of a file, unless it is missing or nobody wrote it.
pub(crate) fn source(files: &Files, file: &str, complaints: &mut Vec<Complaint>) -> Option<Source> {
    let Some(text) = files.get(file) else {
        let hint = nearest(file, files.keys().map(String::as_str));
        complaints.push(Complaint::error(file, (1, 1), "there is no such file").with_hint(hint));
        return None;
    };
    if text.len() > LARGEST_BYTES {
        let message = format!("a text may have up to {} KiB", LARGEST_BYTES >> 10);
        complaints.push(Complaint::error(file, (1, 1), message));
        return None;
    }
    Some(Source::new(file, text))
}
