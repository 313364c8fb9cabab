//! A request on its way to moto, and an answer on its way back: what only counts for one way.

use std::iter;

use axum::http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header, request::Parts,
};
use bytes::Bytes;
use http_body_util::Full;

use crate::{
    moto::ACCOUNT,
    signature::{Claim, Place},
};

/// How a message was framed between two ends.
const FRAMING: [HeaderName; 4] = [
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::EXPECT,
];

/// The request as moto sees it: the account is ours to say, and who signed it is always said in
/// the same place. None if an address or a header cannot be.
pub(super) fn to_moto<'a>(
    parts: Parts,
    body: Bytes,
    claim: &Claim,
    number: &'a str,
    marks: impl Iterator<Item = (&'static str, &'a str)>,
) -> Option<Request<Full<Bytes>>> {
    let length = body.len().to_string();
    let mut request = Request::from_parts(parts, Full::from(body));
    let said: Vec<HeaderName> = request.headers().keys().cloned().collect();
    for name in said.iter().filter(|name| is_ours(name)).chain(&FRAMING) {
        request.headers_mut().remove(name);
    }
    let signed: &[&str] = match claim.place {
        Place::Header => &[],
        Place::Address { .. } => &SIGNED,
        Place::OldLink { .. } => &SIGNED_OLD,
    };
    *request.uri_mut() = unsigned(request.uri(), signed)?;
    let is_safe = request.method().is_safe();
    let headers = request.headers_mut();
    // S3 wants to be told of nothing, too
    if !is_safe || length != "0" {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_str(&length).ok()?);
    }
    headers.insert(
        header::AUTHORIZATION,
        HeaderValue::from_str(&claim.header()).ok()?,
    );
    for (name, value) in marks.chain(iter::once((ACCOUNT, number))) {
        headers.insert(name, HeaderValue::from_str(value).ok()?);
    }
    Some(request)
}

/// Takes how moto framed its answer from the answer.
pub(super) fn unframe(method: &Method, headers: &mut HeaderMap) {
    for name in &FRAMING {
        // the length that is told of what is not sent
        if method != Method::HEAD || *name != header::CONTENT_LENGTH {
            headers.remove(name);
        }
    }
}

/// Whether a header is one by which we speak with moto. CGI names, which moto reads, know no
/// difference between `-` and `_` (RFC 3875, 4.1.18).
fn is_ours(name: &HeaderName) -> bool {
    name.as_str().replace('_', "-").starts_with("x-moto-")
}

/// The address without what was signed beforehand.
fn unsigned(uri: &Uri, signed: &[&str]) -> Option<Uri> {
    let parts = uri.query().unwrap_or_default().split('&');
    let parts = parts.filter(|part| {
        let name = form_urlencoded::parse(part.as_bytes()).next();
        let name = name.map(|(name, _)| name.into_owned()).unwrap_or_default();
        !part.is_empty() && !signed.contains(&name.as_str())
    });
    let query: Vec<&str> = parts.collect();
    let question = if query.is_empty() { "" } else { "?" };
    format!("{}{question}{}", uri.path(), query.join("&"))
        .parse()
        .ok()
}

/// The parameters of a link that is signed beforehand.
const SIGNED: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
];

/// The same, as version 2 has them.
const SIGNED_OLD: [&str; 4] = [
    "AWSAccessKeyId",
    "Expires",
    "Signature",
    "x-amz-security-token",
];

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::{SIGNED, is_ours, unsigned};

    #[test]
    fn nobody_speaks_to_moto_in_our_place_however_it_is_spelled() {
        for name in [
            "x-moto-account-id",
            "X_Moto-Account_Id",
            "x_moto_changes",
            "x-moto_key",
        ] {
            assert!(is_ours(&name.parse::<HeaderName>().unwrap()), "{name}");
        }
        assert!(!is_ours(&HeaderName::from_static("x-amz-meta-x-moto-key")));
    }

    #[test]
    fn a_link_loses_its_signature_and_nothing_else() {
        let link = "/b/k?list-type=2&X-Amz-Signature=a&x%2Dy=%20&%58-Amz-Expires=9&delete";
        let link = link.parse().unwrap();
        assert_eq!(
            unsigned(&link, &SIGNED).unwrap(),
            "/b/k?list-type=2&x%2Dy=%20&delete"
        );
        let link = "/b?X-Amz-Date=a".parse().unwrap();
        assert_eq!(unsigned(&link, &SIGNED).unwrap(), "/b");
        assert_eq!(unsigned(&link, &[]).unwrap(), link);
    }
}
