//! The emulated cloud: an AWS front over moto, instances and load balancers.
//!
//! Knows accounts only by an opaque id and a tenant number; knows no database and no web page.

pub mod client;

pub use client::{Credentials, Emulator};
