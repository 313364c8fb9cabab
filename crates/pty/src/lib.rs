//! Terminals: pseudo terminals and scrollback, in a process that outlives the server.
//!
//! An offset counts the bytes that a shell has written; resuming, acknowledging and resending
//! all use this one number. This crate knows nothing of accounts or databases, and checks no
//! right but that the peer is the same user of the operating system, or shows the host's token.
//!
//! ```no_run
//! # async fn example() -> Result<(), pty::client::Error> {
//! let way = pty::Way::Socket("/run/manageacloud/pty.sock".into());
//! let host = pty::client::Host::connect(&way).await?;
//! let spec = sandbox::Spec::new(["/bin/bash", "-l"], "/srv/homes/1", 1);
//! host.launch("terminal-1", spec, 80, 24).await?;
//! assert_eq!(host.list().await?.len(), 1);
//! # Ok(())
//! # }
//! ```

mod beat;
pub mod client;
mod device;
mod handing;
mod history;
pub mod host;
mod modes;
mod program;
mod protocol;
pub mod recording;
mod route;
mod screen;
mod scrollback;
mod shell;
mod socket;
mod viewers;
mod way;

pub use protocol::{Listed, Record, Recorded, Viewing, Visitor};
pub use way::{Connection, Token, Way};
