//! What every page is built of. Knows no noun.

mod ago;
mod announcer;
mod badge;
mod button;
mod command;
mod confirm;
mod dialog;
mod facts;
mod page_header;
mod problem_note;
mod shown;
mod sidebar;
mod spotlight;
mod table;
mod theme;
mod top_bar;
mod words;

pub use ago::Ago;
pub use announcer::Announcer;
pub use badge::{Badge, Tone};
pub use button::{Busy, Button};
pub use command::{Command, Commands, shell};
pub use confirm::Confirm;
pub use dialog::Dialog;
pub use facts::Fact;
pub use page_header::PageHeader;
pub use problem_note::ProblemNote;
pub use shown::{Listing, Shown, row};
pub use sidebar::Sidebar;
pub use spotlight::Spotlight;
pub use table::Table;
pub use top_bar::TopBar;
pub use words::{ago, duration};
