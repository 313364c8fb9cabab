//! The emulated cloud: an AWS front over moto, instances and load balancers.
//!
//! Knows accounts only by an opaque id and a tenant number; knows no database and no web page.

mod accounts;
mod azure;
mod balancing;
mod books;
mod boot;
pub mod client;
mod command;
mod console;
mod control;
mod door;
mod emulator;
mod form;
mod front;
mod gateway;
mod health;
mod home;
mod instances;
mod keys;
mod metadata;
mod moto;
mod network;
mod plan;
mod power;
mod prober;
mod protocol;
mod reach;
mod realm;
mod refusal;
mod signature;
mod ssh;
mod status;
mod tls;
mod user_data;
mod vitals;
mod whole;

pub use azure::Az;
pub use client::{Credentials, Emulator, Ran};
pub use emulator::{Config, SERVER_PORT, run};
pub use network::TERMINAL;
