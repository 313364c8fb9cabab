//! What is between visitors and this server, and goes on to no version.

use axum::{
    body::Body,
    http::{HeaderName, Request, header},
};

/// The cookie of the dashboard, which a browser sends to the dashboard alone; nobody else needs it.
pub const SESSION_COOKIE: &str = "manageacloud_session";
/// The cookie that holds a pass to see another version than the live one.
pub const PREVIEW_COOKIE: &str = "manageacloud_preview";
/// The header that a program shows such a pass in.
pub const PREVIEW_HEADER: HeaderName = HeaderName::from_static("manageacloud-preview");
/// Below which path an address is asked for more than what its version serves.
pub const PATH: &str = "/.manageacloud/";

/// Whether a request may ask for something else than what the live version serves.
pub(crate) fn may_ask_for_more(request: &Request<Body>) -> bool {
    let headers = request.headers();
    let mut cookies = headers.get_all(header::COOKIE).iter();
    request.uri().path().starts_with(PATH)
        || headers.contains_key(PREVIEW_HEADER)
        || cookies.any(|cookie| is_in(PREVIEW_COOKIE.as_bytes(), cookie.as_bytes()))
}

fn is_in(what: &[u8], bytes: &[u8]) -> bool {
    bytes.windows(what.len()).any(|part| part == what)
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};

    use super::may_ask_for_more;

    #[test]
    fn who_shows_a_pass_or_asks_for_one_asks_for_more_than_the_live_version() {
        let may = |path: &str, header: (&str, &str)| {
            let request = Request::get(path).header(header.0, header.1);
            may_ask_for_more(&request.body(Body::empty()).unwrap())
        };
        assert!(may("/.manageacloud/live", ("a", "b")));
        assert!(may("/", ("cookie", "a=b; manageacloud_preview=c")));
        assert!(may("/", ("manageacloud-preview", "c")));
        assert!(!may("/.manageacloud", ("cookie", "a=b; preview=c")));
    }
}
