//! Recordings of terminals: what a shell wrote, byte by byte, and when.
//!
//! A recording is a folder. `index` says when what happened, in records of one length; what was
//! written lies beside it, in parts that are named by the offset of their first byte, compressed once
//! they are full; and so does the screen at which a part begins, so that one can begin to look there.
//! A terminal hands bytes to a thread that writes all recordings, and never waits for it: what that
//! thread can't keep up with, or what the disk has no room for, is missing from the recording, which
//! says so. What is typed is never recorded.

mod cast;
mod folder;
mod play;
mod reader;
mod recorder;
mod screen;
mod search;
mod tape;
#[cfg(test)]
mod tests;
mod writer;

pub use cast::Cast;
pub use play::{Event, What};
pub use reader::Recording;
pub use screen::{Drawing, screen_at};
pub use search::search;

pub(crate) use recorder::{Progress, Recorder};
pub(crate) use tape::Tape;
pub(crate) use writer::Writer;
