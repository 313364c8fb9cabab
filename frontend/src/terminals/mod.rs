//! Terminals: tabs, and what draws one.

mod connection;
mod open_terminal_button;
mod screen;
mod stream;
mod terminal_page;
mod xterm;

pub use open_terminal_button::{OpenShellButton, OpenTerminalButton};
pub use terminal_page::TerminalPage;
