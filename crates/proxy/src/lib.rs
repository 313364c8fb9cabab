//! What the router of the server and the gateway of the emulated cloud share as reverse proxies.
//!
//! Nothing here knows where a request goes: only which headers go on, what may be sent twice, which
//! threads drive connections, how those to what answers are kept, how a listener hears through TLS, and
//! how two connections are joined that go on in another protocol.
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
mod kept;
mod lanes;
mod links;
mod socket;
mod tls;

pub use headers::{announce_body, remove_hop_by_hop, want_protocol, wanted_protocol};
use http::{HeaderName, Method};
pub use join::join;
pub use kept::Kept;
pub use lanes::{Handed, Lanes};
pub use links::{Link, Links};
pub use socket::join_websocket;
pub use tls::OverTls;

/// The header by which the router tells an account's cloud which load balancer is meant, as the
/// visitor's `Host` goes on to the version.
pub const UPSTREAM: HeaderName = HeaderName::from_static("manageacloud-upstream");

/// Methods that change nothing, so that twice is as once (RFC 9110, section 9.2.1).
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
