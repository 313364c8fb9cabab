//! The screen as it was at an offset of a recording.

use std::io;

use super::{play::What, reader::Recording};
use crate::screen::Screen;

/// A screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
    /// The offset that it was at.
    pub offset: u64,
    /// What draws it on a terminal that was just reset.
    pub bytes: Vec<u8>,
}

/// The screen as it was at an offset, or at the end if that is before.
///
/// # Errors
/// The recording cannot be read.
pub fn screen_at(recording: &Recording, offset: u64) -> io::Result<Drawing> {
    let part = recording.part_to_begin_at(offset);
    let begins = recording.parts().get(part);
    let start = begins.map_or(recording.start(), |part| part.start);
    let mut size = recording.size_at(start);
    let mut screen = Screen::new(size.0, size.1);
    let mut at = start;
    for event in recording.play_part(part) {
        let event = event?;
        // what is drawn there follows
        let is_size = matches!(event.what, What::Size(..));
        match event.what {
            What::Screen { bytes, .. } => {
                screen = Screen::new(size.0, size.1);
                screen.feed(&bytes);
                at = event.offset;
            }
            What::Output(bytes) => {
                let before = event.offset - bytes.len() as u64;
                let wanted = offset.saturating_sub(before);
                let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
                let bytes = bytes.get(..wanted).unwrap_or(&bytes);
                let passed = screen.skim(bytes);
                screen.feed(bytes.get(passed..).unwrap_or_default());
                at = before + bytes.len() as u64;
            }
            What::Size(cols, rows) => {
                size = (cols.max(1), rows.max(1));
                screen.resize(size.0, size.1);
            }
            What::Mark(_) | What::End(_) => continue,
        }
        if at >= offset && !is_size {
            break;
        }
    }
    Ok(Drawing {
        cols: size.0,
        rows: size.1,
        offset: at,
        bytes: screen.draw(),
    })
}
