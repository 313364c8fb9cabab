//! What the router of the server and the gateway of the emulated cloud share as reverse proxies.
//!
//! Nothing here knows where a request goes: only which headers go on, what may be sent twice, how
//! unix sockets are dialled, how a listener hears through TLS, and how two connections are joined that go on in another protocol.
//!
//! ```
//! let mut headers = http::HeaderMap::new();
//! headers.insert("connection", "x-mine".parse().expect("a value"));
//! headers.insert("x-mine", "1".parse().expect("a value"));
//! headers.insert("accept", "text/html".parse().expect("a value"));
//! proxy::remove_hop_by_hop(&mut headers);
//! assert_eq!(headers.len(), 1);
//! ```

mod frames;
mod headers;
mod join;
mod socket;
mod tls;
mod unix;

pub use headers::{remove_hop_by_hop, want_protocol, wanted_protocol};
use http::Method;
pub use join::join;
pub use socket::join_websocket;
pub use tls::OverTls;
pub use unix::{UnixDial, unix_address};

/// Methods that change nothing, so that twice is as once (RFC 9110, section 9.2.1).
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
