//! Tutorials: what there is to learn, and a text beside a terminal that it leads.
//!
//! What a click on a command means is decided in [`runs`]; texts are clean HTML of the server's.

mod answers;
mod aside;
mod blocked_note;
mod catch_up;
mod change_view;
mod command_block;
mod console_field;
mod console_form;
mod difference;
mod going_on;
mod links;
mod player;
mod preview_note;
mod prose;
mod quiz;
mod runs;
mod step_view;
mod task_card;
mod terminal_side;
mod tutorial_list;
mod tutorial_page;
mod verified_note;

pub use tutorial_list::TutorialList;
pub use tutorial_page::TutorialPage;
