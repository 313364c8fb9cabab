//! Terminals: tabs, those that are shown beside each other, and what draws one.

mod bell;
mod clipboard;
mod command;
mod connection;
mod copy_offer;
mod desk;
mod divider;
mod end_button;
mod events;
mod key_bytes;
mod key_row;
mod layout;
mod open_terminal_button;
mod options;
mod options_dialog;
mod pane;
mod pane_state;
mod panes;
mod paste;
mod paste_dialog;
mod pulse;
mod rename;
mod reply;
mod search_bar;
mod shell;
mod socket;
mod split_button;
mod status_line;
mod stream;
mod tabs;
mod terminal_page;
mod typed;
mod viewport;
mod xterm;

pub use open_terminal_button::{OpenShellButton, OpenTerminalButton};
pub use terminal_page::TerminalPage;
