//! Headers that are about one connection, and those that ask for another protocol on it.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use hyper::body::Body;

/// Headers of one connection, which are not passed on (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 6] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
/// Removes what is about one connection alone.
pub fn remove_hop_by_hop(headers: &mut HeaderMap) {
    // what a request is for is not about one connection, whatever a visitor lists
    let listed: Vec<HeaderName> = connection(headers)
        .filter_map(|name| name.parse().ok())
        .filter(|name| name != header::HOST)
        .collect();
    for name in listed.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Says how a body is sent that has no known length: hyper sends none with a method that has none as a rule,
/// unless it is said (RFC 9112, section 6.3).
pub fn announce_body(headers: &mut HeaderMap, body: &impl Body) {
    let is_known =
        body.size_hint().exact().is_some() || headers.contains_key(header::CONTENT_LENGTH);
    if !body.is_end_stream() && !is_known {
        headers.insert(
            header::TRANSFER_ENCODING,
            HeaderValue::from_static("chunked"),
        );
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
pub fn wanted_protocol(headers: &HeaderMap) -> Option<HeaderValue> {
    let is_asked = connection(headers).any(|name| name.eq_ignore_ascii_case("upgrade"));
    headers.get(header::UPGRADE).filter(|_| is_asked).cloned()
}

/// Asks for another protocol on our own connection.
pub fn want_protocol(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, protocol);
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName};

    use super::{remove_hop_by_hop, wanted_protocol};

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let one = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn headers_of_one_connection_are_not_passed_on() {
        let mut headers = headers(&[("connection", "x-mine"), ("x-mine", "1"), ("x-other", "2")]);
        remove_hop_by_hop(&mut headers);
        assert_eq!(headers.keys().collect::<Vec<_>>(), ["x-other"]);
    }

    #[test]
    fn a_visitor_can_not_take_away_what_a_request_is_for() {
        let mut headers = headers(&[("connection", "host"), ("host", "shop.localhost")]);
        remove_hop_by_hop(&mut headers);
        assert_eq!(headers["host"], "shop.localhost");
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
