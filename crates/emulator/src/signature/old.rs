//! Links to S3 as signature version 2 has them, which `aws s3 presign` still makes in the regions
//! that were there before version 4.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html>

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, Mac as _};
use http::request::Parts;
use sha1::Sha1;

use super::{claim::Claim, is_equal};
use crate::refusal::Refusal;

/// The parameters that are part of what is signed.
const SIGNED: [&str; 35] = [
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "defaultObjectAcl",
    "delete",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "select",
    "select-type",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

/// Whether the request was made by a link that was signed with `secret` and is still good.
///
/// The bucket is read from the path, as it is with an address that is a number.
pub(super) fn verify(
    claim: &Claim,
    secret: &str,
    request: &Parts,
    ends: SystemTime,
    now: SystemTime,
) -> Result<(), Refusal> {
    let mut mac =
        Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("any length will do as a key");
    mac.update(text(request, ends).as_bytes());
    let expected = BASE64.encode(mac.finalize().into_bytes());
    match is_equal(&expected, &claim.signature) {
        true if now <= ends => Ok(()),
        true => Err(Refusal::LinkExpired),
        false => Err(Refusal::WrongSignature),
    }
}

/// The text that is signed.
fn text(request: &Parts, ends: SystemTime) -> String {
    let query = request.uri.query().unwrap_or_default().as_bytes();
    let parameters: Vec<(String, String)> = form_urlencoded::parse(query).into_owned().collect();
    // what the signer knew as a header may have become a parameter of the link
    let mut said = BTreeMap::new();
    for (name, value) in &parameters {
        said.insert(name.to_ascii_lowercase(), value.clone());
    }
    for (name, value) in &request.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
        said.insert(name.as_str().to_owned(), value);
    }
    let one = |name: &str| said.get(name).map_or("", String::as_str);
    let amazon = said.iter().filter(|(name, _)| name.starts_with("x-amz-"));
    let amazon: String = amazon
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let ends = ends
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    format!(
        "{}\n{}\n{}\n{}\n{amazon}{}{}",
        request.method,
        one("content-md5"),
        one("content-type"),
        ends.as_secs(),
        request.uri.path(),
        resource(parameters)
    )
}

/// The parameters that choose a part of what the path names.
fn resource(parameters: Vec<(String, String)>) -> String {
    let mut signed: Vec<(String, String)> = parameters
        .into_iter()
        .filter(|(name, _)| SIGNED.contains(&name.as_str()))
        .collect();
    signed.sort();
    let signed = signed
        .into_iter()
        .map(|(name, value)| match value.as_str() {
            "" => name,
            value => format!("{name}={value}"),
        });
    let signed = signed.collect::<Vec<_>>().join("&");
    if signed.is_empty() {
        signed
    } else {
        format!("?{signed}")
    }
}

/// The moment that a link names, in seconds since 1970.
pub(super) fn end(seconds: &str) -> Option<SystemTime> {
    let seconds: u32 = seconds.parse().ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Request;

    use super::{Claim, Refusal, end};

    #[test]
    fn a_link_of_the_command_line_is_good_until_its_end_for_what_it_names() {
        // of `aws s3 presign s3://bucket/key` with the secret `s`
        let link = "/bucket/key?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE\
                    &Signature=thDSa66Lv54FuhZDD4BGE0OaAow%3D&Expires=1795629816";
        let verify = |link: &str, secret, later| {
            let request = Request::get(link).header("host", "127.0.0.1:4566");
            let parts = request.body(()).unwrap().into_parts().0;
            let claim = Claim::read(&parts).unwrap();
            let now = end("1795629816").unwrap() + Duration::from_secs(later);
            claim.verify(secret, &parts, b"", now)
        };
        assert_eq!(verify(link, "s", 0), Ok(()));
        assert_eq!(verify(link, "s", 1), Err(Refusal::LinkExpired));
        assert_eq!(verify(link, "t", 0), Err(Refusal::WrongSignature));
        for other in ["&acl", "&x-amz-acl=public-read", "&content-type=a"] {
            let link = format!("{link}{other}");
            assert_eq!(
                verify(&link, "s", 0),
                Err(Refusal::WrongSignature),
                "{other}"
            );
        }
        let other = link.replace("/key", "/other");
        assert_eq!(verify(&other, "s", 0), Err(Refusal::WrongSignature));
    }
}
