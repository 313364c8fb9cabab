//! Deployments: the history, and each one's steps and log.

mod deployment_list;
mod deployment_log;
mod deployment_page;
mod deployment_steps;
mod deployment_table;
mod view;

pub use deployment_list::DeploymentList;
pub use deployment_page::DeploymentPage;
pub use deployment_steps::DeploymentSteps;
pub use deployment_table::{DeploymentTable, HISTORY, deployment_cells};
pub use view::{deployment_badge, what};
