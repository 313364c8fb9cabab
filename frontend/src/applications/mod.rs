//! Applications: which version is live, and moving the address.

mod application_list;
mod application_page;
mod gate;
mod history;
mod lane;
mod move_plan;
mod policy_form;
mod traffic;
mod traffic_chart;
mod view;
mod visitors_form;

pub use application_list::{ApplicationList, ApplicationTable};
pub use application_page::ApplicationPage;
pub use move_plan::PlanOf;
