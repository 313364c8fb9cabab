//! The network that sandboxes of an account see: their instances' addresses, their load balancers',
//! and the names of both.

mod answers;
mod directory;
mod names;
mod preface;
mod serve;

pub(crate) use answers::{Found, Kind, answer};
pub(crate) use directory::{Directory, Leads};
pub(crate) use names::serve as serve_names;
pub(crate) use preface::Preface;
pub(crate) use serve::serve as serve_connections;

use std::net::Ipv4Addr;

/// The address of an account's terminals and commands: of those that carriers share, so that it is
/// nobody's ([RFC 6598](https://www.rfc-editor.org/rfc/rfc6598)).
pub const TERMINAL: Ipv4Addr = Ipv4Addr::new(100, 64, 0, 2);
