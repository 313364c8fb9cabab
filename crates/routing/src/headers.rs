//! What a version sees of a request's headers, and a visitor of an answer's.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{Visitor, ours};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Makes of a visitor's headers what the version sees; people reach it by `scheme`.
pub(crate) fn prepare(headers: &mut HeaderMap, scheme: &'static str, visitor: Option<Visitor>) {
    proxy::remove_hop_by_hop(headers);
    headers.remove(FORWARDED_HOST);
    if let Some(host) = headers.get(header::HOST).cloned() {
        headers.insert(FORWARDED_HOST, host);
    }
    let by_tls = visitor.is_some_and(|visitor| visitor.by_tls);
    let scheme = if by_tls { "https" } else { scheme };
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static(scheme));
    if let Some(visitor) = visitor {
        add_visitor(headers, visitor.address.ip());
    }
    // a pass is between the visitor and us
    headers.remove(ours::PREVIEW_HEADER);
    remove_our_cookies(headers);
}

/// Each proxy on the way adds who asked it.
fn add_visitor(headers: &mut HeaderMap, visitor: IpAddr) {
    let before = headers.get_all(&FORWARDED_FOR).iter();
    let mut all: Vec<String> = before
        .filter_map(|value| value.to_str().ok())
        .map(str::to_owned)
        .collect();
    all.push(visitor.to_string());
    if let Ok(value) = HeaderValue::from_str(&all.join(", ")) {
        headers.insert(FORWARDED_FOR, value);
    }
}

/// A browser sends the dashboard's cookie to the dashboard alone; nobody else needs it.
fn remove_our_cookies(headers: &mut HeaderMap) {
    let pairs = |value: &HeaderValue| -> Vec<Vec<u8>> {
        let pairs = value.as_bytes().split(|byte| *byte == b';');
        pairs.map(|pair| pair.trim_ascii().to_vec()).collect()
    };
    let all: Vec<Vec<u8>> = headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(pairs)
        .collect();
    if !all.iter().any(|pair| is_ours(pair)) {
        return;
    }
    headers.remove(header::COOKIE);
    let kept: Vec<Vec<u8>> = all.into_iter().filter(|pair| !is_ours(pair)).collect();
    if let Ok(value) = HeaderValue::from_bytes(&kept.join(&b"; "[..]))
        && !kept.is_empty()
    {
        headers.insert(header::COOKIE, value);
    }
}

fn is_ours(pair: &[u8]) -> bool {
    let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
    name == ours::SESSION_COOKIE.as_bytes() || name == ours::PREVIEW_COOKIE.as_bytes()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

    use super::{Visitor, prepare};

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let one = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn a_version_never_sees_the_dashboards_cookie() {
        let mut headers = headers(&[
            (
                "cookie",
                "a=1; manageacloud_session=secret; b=2; manageacloud_preview=pass",
            ),
            ("host", "demo.localhost"),
        ]);
        prepare(&mut headers, "http", None);
        assert_eq!(headers["cookie"], "a=1; b=2");
        assert_eq!(headers["x-forwarded-host"], "demo.localhost");
    }

    #[test]
    fn what_is_no_ascii_in_a_cookie_takes_no_other_away() {
        let (name, value) = (
            header::COOKIE,
            "session=abc; name=\u{e9}; manageacloud_session=s",
        );
        let mut headers = HeaderMap::new();
        headers.insert(
            name.clone(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
        prepare(&mut headers, "http", None);
        let kept = "session=abc; name=\u{e9}";
        assert_eq!(headers[&name].as_bytes(), kept.as_bytes());
        // what a visitor says of it is not taken for what was asked
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-host", HeaderValue::from_static("evil.example"));
        prepare(&mut headers, "http", None);
        assert!(headers.get("x-forwarded-host").is_none());
    }

    #[test]
    fn a_version_sees_who_asked_after_those_who_asked_before() {
        let mut headers = headers(&[("x-forwarded-for", "203.0.113.7")]);
        let mut visitor = Visitor {
            address: ([127, 0, 0, 1], 1).into(),
            by_tls: false,
        };
        prepare(&mut headers, "http", Some(visitor));
        assert_eq!(headers["x-forwarded-for"], "203.0.113.7, 127.0.0.1");
        assert_eq!(headers["x-forwarded-proto"], "http");
        visitor.by_tls = true;
        prepare(&mut headers, "http", Some(visitor));
        assert_eq!(headers["x-forwarded-proto"], "https");
    }
}
