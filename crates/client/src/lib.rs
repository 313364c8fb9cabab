//! Our API as functions: the page, `mac` and the tests all speak through here.
//!
//! Nothing else in the workspace speaks HTTP to our API, and nothing here decides anything.
//!
//! ```no_run
//! # async fn example() -> Result<(), shared::Problem> {
//! let client = client::Client::new("http://localhost:8080/")?;
//! let account = client::accounts::try_it_now(&client).await?;
//! println!("hello {}", account.name);
//! # Ok(())
//! # }
//! ```

pub mod accounts;
pub mod applications;
pub mod configurations;
pub mod deployments;
pub mod files;
pub mod infrastructures;
pub mod instances;
pub mod links;
pub mod providers;
pub mod recordings;
pub mod self_test;
pub mod shares;
pub mod terminals;
mod transport;
pub mod tutorials;
pub mod visits;
pub mod webhooks;

pub use transport::{Client, health};
