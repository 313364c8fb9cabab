//! Against AWS's own published examples, and against its own library.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign},
    sign::v4,
};
use http::{Request, request::Parts};

use super::{Claim, Refusal};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// The documents of S3 have it with another sign.
const S3_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// `get-vanilla` of AWS's test suite for Signature Version 4.
fn vanilla(path: &str) -> Parts {
    let request = Request::get(path)
        .header("host", "example.amazonaws.com")
        .header("x-amz-date", "20150830T123600Z")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        );
    request.body(()).unwrap().into_parts().0
}

const VANILLA: u64 = 1_440_938_160;

#[test]
fn the_published_example_is_right_and_every_change_of_it_wrong() {
    let time = at(VANILLA);
    let parts = vanilla("/");
    let claim = Claim::read(&parts).unwrap();
    let scope = (claim.region.as_str(), claim.service.as_str());
    assert_eq!(scope, ("us-east-1", "service"));
    assert_eq!(claim.verify(SECRET, &parts, b"", time), Ok(()));
    for (secret, path, body, time, refusal) in [
        ("other", "/", &b""[..], VANILLA, Refusal::WrongSignature),
        (SECRET, "/", b"x", VANILLA, Refusal::WrongSignature),
        (SECRET, "/other", b"", VANILLA, Refusal::WrongSignature),
        (SECRET, "/", b"", VANILLA + 16 * 60, Refusal::Skewed),
        (SECRET, "/", b"", VANILLA - 16 * 60, Refusal::Skewed),
    ] {
        let parts = vanilla(path);
        assert_eq!(
            claim.verify(secret, &parts, body, at(time)),
            Err(refusal),
            "{path}"
        );
    }
}

#[test]
fn a_claim_that_is_not_whole_is_malformed() {
    for (before, after, refusal) in [
        ("host;", "", Refusal::Malformed),
        ("aws4_request", "aws5_request", Refusal::Malformed),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1", Refusal::Malformed),
        ("/us-east-1/", "/us-east-1.s3/", Refusal::Malformed),
        ("Signature=", "Sign=", Refusal::Malformed),
    ] {
        let mut parts = vanilla("/");
        let said = parts.headers["authorization"].to_str().unwrap().to_owned();
        let changed = said.replace(before, after);
        assert_ne!(said, changed);
        parts
            .headers
            .insert("authorization", changed.parse().unwrap());
        assert_eq!(Claim::read(&parts), Err(refusal), "{after}");
    }
    let mut parts = vanilla("/");
    let again = parts.headers["authorization"].clone();
    parts.headers.append("authorization", again);
    assert_eq!(Claim::read(&parts), Err(Refusal::Malformed), "signed twice");
    parts.headers.remove("authorization");
    assert_eq!(Claim::read(&parts), Err(Refusal::Unsigned));
}

#[test]
fn the_day_of_the_scope_is_the_day_of_the_request() {
    let mut parts = vanilla("/");
    let later = "20150831T001500Z".parse().unwrap();
    parts.headers.insert("x-amz-date", later);
    let claim = Claim::read(&parts).unwrap();
    let time = at(VANILLA + 41_940);
    assert_eq!(
        claim.verify(SECRET, &parts, b"", time),
        Err(Refusal::WrongSignature)
    );
}

#[test]
fn the_time_may_be_in_the_date_header_in_either_form() {
    for date in ["Sun, 30 Aug 2015 12:36:00 GMT", "20150830T123600Z"] {
        let mut parts = vanilla("/");
        parts.headers.remove("x-amz-date");
        parts.headers.insert("date", date.parse().unwrap());
        let claim = Claim::read(&parts).unwrap();
        assert_eq!(
            (claim.stamp.as_str(), claim.time),
            ("20150830T123600Z", at(VANILLA))
        );
    }
}

/// The example of <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
fn link(expires: &str) -> Parts {
    let path = format!(
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F\
         20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=\
         {expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=\
         aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    );
    let request = Request::get(path).header("host", "examplebucket.s3.amazonaws.com");
    request.body(()).unwrap().into_parts().0
}

const LINK: u64 = 1_369_353_600;

#[test]
fn a_link_is_good_for_as_long_as_it_says() {
    let parts = link("86400");
    let claim = Claim::read(&parts).unwrap();
    let verify = |time| claim.verify(S3_SECRET, &parts, b"", at(time));
    assert_eq!(verify(LINK), Ok(()));
    assert_eq!(verify(LINK + 86_400), Ok(()));
    assert_eq!(verify(LINK + 86_401), Err(Refusal::LinkExpired));
    assert_eq!(verify(LINK - 3600), Err(Refusal::Skewed));
    let longer = link("86401");
    let claim = Claim::read(&longer).unwrap();
    let verified = claim.verify(S3_SECRET, &longer, b"", at(LINK));
    assert_eq!(verified, Err(Refusal::WrongSignature));
    for never in ["604801", "0", "-1", "x"] {
        assert_eq!(
            Claim::read(&link(never)),
            Err(Refusal::Malformed),
            "{never}"
        );
    }
}

/// The example of <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>.
fn chunked() -> (Parts, Vec<u8>) {
    let request = Request::put("/examplebucket/chunkObject.txt")
        .header("host", "s3.amazonaws.com")
        .header("x-amz-date", "20130524T000000Z")
        .header("x-amz-storage-class", "REDUCED_REDUNDANCY")
        .header("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        .header("content-encoding", "aws-chunked")
        .header("x-amz-decoded-content-length", "66560")
        .header("content-length", "66824")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;\
             x-amz-decoded-content-length;x-amz-storage-class, \
             Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        );
    let mut body = Vec::new();
    for (size, signature) in [
        (
            65_536,
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        ),
        (
            1024,
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        ),
        (
            0,
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ),
    ] {
        body.extend(format!("{size:x};chunk-signature={signature}\r\n").bytes());
        body.extend(std::iter::repeat_n(b'a', size));
        body.extend(b"\r\n");
    }
    (request.body(()).unwrap().into_parts().0, body)
}

#[test]
fn each_chunk_of_a_body_is_what_was_signed() {
    let (parts, body) = chunked();
    let claim = Claim::read(&parts).unwrap();
    let verify = |body: &[u8]| claim.verify(S3_SECRET, &parts, body, at(LINK));
    assert_eq!(verify(&body), Ok(()));
    let mut other = body.clone();
    other[70_000 - 4000] = b'b';
    assert_eq!(verify(&other), Err(Refusal::WrongSignature));
    assert_eq!(verify(&body[..body.len() / 2]), Err(Refusal::Malformed));
    let mut more = body.clone();
    more.extend(b"x-amz-checksum-crc32:AAAAAA==\r\n");
    assert_eq!(verify(&more), Err(Refusal::WrongSignature));
}

#[test]
fn what_aws_s_own_library_signs_is_right_in_headers_and_in_the_address() {
    for location in [SignatureLocation::Headers, SignatureLocation::QueryParams] {
        let path = "/2013-04-01/hosted%20zone/Z1//x?b=%2F%20&a=%C3%A9&c";
        let mut settings = SigningSettings::default();
        settings.signature_location = location;
        settings.expires_in = Some(Duration::from_secs(60));
        let token = Some("session".to_owned());
        let identity = Credentials::new("AKIDEXAMPLE", SECRET, token, None, "test").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("route53")
            .time(at(VANILLA))
            .settings(settings)
            .build()
            .unwrap();
        let url = format!("http://localhost{path}");
        let headers = [("host", "localhost"), ("x-amz-meta", "a   b")];
        let body = SignableBody::Bytes(b"body");
        let signable = SignableRequest::new("POST", &url, headers.into_iter(), body).unwrap();
        let (instructions, _) = sign(signable, &parameters.into()).unwrap().into_parts();
        let request = Request::post(&url).header("host", "localhost");
        let mut request = request.header("x-amz-meta", "a   b").body(()).unwrap();
        instructions.apply_to_request_http1x(&mut request);
        let parts = request.into_parts().0;
        let claim = Claim::read(&parts).unwrap();
        assert_eq!(claim.token.as_deref(), Some("session"));
        assert_eq!(claim.verify(SECRET, &parts, b"body", at(VANILLA)), Ok(()));
        let other = claim.verify(SECRET, &parts, b"another", at(VANILLA));
        assert_eq!(other, Err(Refusal::WrongSignature));
    }
}
