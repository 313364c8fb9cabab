//! The emulated cloud: an AWS front over moto, instances and load balancers.
//!
//! Knows accounts only by an opaque id and a tenant number; knows no database and no web page.

mod accounts;
mod books;
pub mod client;
mod command;
mod control;
mod door;
mod emulator;
mod form;
mod front;
mod gateway;
mod instances;
mod keys;
mod moto;
mod plan;
mod prober;
mod protocol;
mod realm;
mod refusal;
mod shells;
mod signature;

pub use client::{Credentials, Emulator, Ran};
pub use emulator::{Config, SERVER_PORT, run};
pub use gateway::UPSTREAM;
