//! Infrastructures: what a macfile made, with its parts.

mod infrastructure_list;
mod infrastructure_page;
mod parts;
mod view;

pub use infrastructure_list::InfrastructureList;
pub use infrastructure_page::InfrastructurePage;
pub use view::infrastructure_badge;
