//! Who is connected to this server, and how.

use std::net::SocketAddr;

/// Who is connected to this server, and how: in the extensions of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visitor {
    /// From where.
    pub address: SocketAddr,
    /// Whether by TLS.
    pub by_tls: bool,
}
