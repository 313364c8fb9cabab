//! Where a server without a sandbox may be used from.

use axum::{
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{Error, app::App};

/// Refuses other names than this machine's own where shells run without a sandbox.
///
/// A page of anybody's can let its own name lead to this machine (DNS rebinding), and would then
/// be our own origin; its name is still the one that the browser says.
pub async fn only_from_here(State(app): State<App>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    if app.config.no_sandbox && !is_here(host) {
        return Error::Forbidden("a server without a sandbox answers to localhost only")
            .into_response();
    }
    next.run(request).await
}

/// Whether a `Host` is a name of this machine that no other can take.
fn is_here(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let is_name = name == "localhost" || name.ends_with(".localhost");
    is_name || name == "127.0.0.1" || name == "[::1]"
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn only_names_that_nobody_can_take_are_here() {
        for here in [
            "localhost",
            "localhost:8080",
            "127.0.0.1:1",
            "[::1]:80",
            "a.localhost:80",
        ] {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in [
            "",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
        ] {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }
}
