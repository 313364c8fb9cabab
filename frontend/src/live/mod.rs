//! What the server says now: lists that events keep fresh, and readings that are read again.
//!
//! Knows the wire and no component.

mod loaded;
mod reading;
mod socket;
mod store;

pub use loaded::Loaded;
pub use reading::{Reading, read};
pub use socket::{address, delay_ms};
pub use store::{Connection, Live, put};

/// The API of the server that this page came from.
pub fn server() -> Result<client::Client, shared::Problem> {
    client::Client::new(&crate::routes::server())
}
