//! Applications: which version is live, and moving the address.

mod application_list;
mod application_page;
mod gate;
mod lane;
mod move_plan;
mod policy_form;
mod view;

pub use application_list::{ApplicationList, ApplicationTable};
pub use application_page::ApplicationPage;
