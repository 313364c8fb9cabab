//! The emulated Azure: Service Management of 2015, which the `azure` command line (0.10) speaks,
//! and Resource Manager, which `az` (2.x) speaks.
//!
//! [`Ask`] is read from a request, [`Book`] answers it without clock, files or network; `desk`
//! keeps an account's book on the disk, and `front` is the HTTP around it. Machines are emulated:
//! they have states, addresses and extensions, and nothing runs in them.

mod agent;
mod ask;
mod book;
mod building;
mod catalogue;
mod deployments;
mod desk;
mod directory;
mod endpoints;
mod extension;
mod fault;
mod files;
mod front;
mod home;
mod identity;
mod machine;
mod names;
mod network;
mod path;
mod prefix;
mod resources;
mod roles;
mod services;
mod show;
mod sign_in;
mod sockets;
mod storage;
mod tree;
#[cfg(test)]
mod trial;
mod writing;

use ask::Ask;
use book::Book;
pub(crate) use desk::Azure;
use fault::Fault;
pub(crate) use home::{az_variables, azure_files, azure_variables};
pub(crate) use identity::{subscription, token};
pub use sockets::Az;
pub(crate) use sockets::{Everyone, az, serve_account, sockets};
use tree::Tree;
