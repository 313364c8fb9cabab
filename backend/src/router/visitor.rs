//! Who is connected to this server, and how.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, connect_info::Connected},
    http::Request,
    serve::IncomingStream,
};
use proxy::OverTls;
use tokio::net::{TcpListener, TcpStream};

/// Who is connected to this server, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visitor {
    /// From where.
    pub address: SocketAddr,
    /// Whether by TLS.
    pub by_tls: bool,
}

impl Visitor {
    /// Who sent a request; none when that is no connection of people's.
    pub(super) fn of<B>(request: &Request<B>) -> Option<Self> {
        let known = request.extensions().get::<ConnectInfo<Self>>();
        known.map(|ConnectInfo(visitor)| *visitor)
    }
}

impl Connected<IncomingStream<'_, TcpListener>> for Visitor {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self {
            address: *stream.remote_addr(),
            by_tls: false,
        }
    }
}

impl Connected<IncomingStream<'_, OverTls<TcpStream, SocketAddr>>> for Visitor {
    fn connect_info(stream: IncomingStream<'_, OverTls<TcpStream, SocketAddr>>) -> Self {
        Self {
            address: *stream.remote_addr(),
            by_tls: true,
        }
    }
}
