//! Recordings: the list, one that is played, and recording a terminal.

mod playback;
mod player;
mod record_button;
mod recorded_in;
mod recording_list;
mod recording_page;
mod seek_bar;
mod tape;
mod words;

pub use record_button::{RecordButton, RecordingMark};
pub use recorded_in::RecordedIn;
pub use recording_list::RecordingList;
pub use recording_page::RecordingPage;
