//! What a version sees of a request's headers, and a visitor of an answer's.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::upstream::UPSTREAM;
use crate::accounts;

/// Headers of one connection, which are not passed on (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 6] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Makes of a visitor's headers what the version sees.
pub(super) fn prepare(headers: &mut HeaderMap, visitor: Option<IpAddr>) {
    remove_hop_by_hop(headers);
    // ours alone to say
    headers.remove(UPSTREAM);
    if let Some(host) = headers.get(header::HOST).cloned() {
        headers.insert(FORWARDED_HOST, host);
    }
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
    if let Some(visitor) = visitor {
        add_visitor(headers, visitor);
    }
    remove_our_cookie(headers);
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
fn remove_our_cookie(headers: &mut HeaderMap) {
    let cookies = headers.get_all(header::COOKIE).iter();
    let kept: Vec<String> = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .map(|pair| pair.trim().to_owned())
        .filter(|pair| pair.split('=').next() != Some(accounts::COOKIE))
        .collect();
    headers.remove(header::COOKIE);
    if let Ok(value) = HeaderValue::from_str(&kept.join("; "))
        && !kept.is_empty()
    {
        headers.insert(header::COOKIE, value);
    }
}

/// Removes what is about one connection alone.
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = connection(headers)
        .filter_map(|name| name.parse().ok())
        .collect();
    for name in listed.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

fn connection(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(header::CONNECTION).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(str::trim)
}

/// The protocol that a request wants to go on in, for example `websocket`.
pub(super) fn wanted_protocol(headers: &HeaderMap) -> Option<HeaderValue> {
    let is_asked = connection(headers).any(|name| name.eq_ignore_ascii_case("upgrade"));
    headers.get(header::UPGRADE).filter(|_| is_asked).cloned()
}

/// Asks for another protocol on our own connection.
pub(super) fn want_protocol(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, protocol);
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName};

    use super::{prepare, wanted_protocol};

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let one = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn a_version_never_sees_the_dashboards_cookie_or_names_its_own_upstream() {
        let mut headers = headers(&[
            ("cookie", "a=1; manageacloud_session=secret; b=2"),
            ("manageacloud-upstream", "other.elb.amazonaws.com"),
            ("host", "demo.localhost"),
        ]);
        prepare(&mut headers, None);
        assert_eq!(headers["cookie"], "a=1; b=2");
        assert!(!headers.contains_key("manageacloud-upstream"));
        assert_eq!(headers["x-forwarded-host"], "demo.localhost");
    }

    #[test]
    fn a_version_sees_who_asked_after_those_who_asked_before() {
        let mut headers = headers(&[("x-forwarded-for", "203.0.113.7")]);
        prepare(&mut headers, Some([127, 0, 0, 1].into()));
        assert_eq!(headers["x-forwarded-for"], "203.0.113.7, 127.0.0.1");
    }

    #[test]
    fn another_protocol_is_wanted_only_when_the_connection_says_so() {
        let asked = headers(&[
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "websocket"),
        ]);
        assert_eq!(wanted_protocol(&asked).unwrap(), "websocket");
        assert_eq!(wanted_protocol(&headers(&[("upgrade", "h2c")])), None);
    }
}
