//! The server: HTTP, sockets and the deployment runner.
//!
//! One folder a noun: `mod.rs` holds the rules, `routes.rs` knows axum and not sqlx, `store.rs`
//! knows sqlx and not axum.

pub mod accounts;
pub mod app;
pub mod applications;
mod base_path;
pub mod config;
pub mod configurations;
pub mod db;
pub mod deployments;
mod description;
pub mod error;
pub mod events;
pub mod files;
mod health;
mod home;
mod https;
pub mod infrastructures;
pub mod instances;
pub mod lease;
mod links;
mod named;
mod original;
mod outward;
mod page;
mod predecessor;
pub mod processes;
mod providers;
pub mod quota;
pub mod recordings;
pub mod resources;
pub mod router;
mod routes;
mod self_test;
mod shares;
pub mod terminals;
pub mod tutorials;
mod visits;
mod webhooks;
mod words;

pub use error::{Error, Result};
