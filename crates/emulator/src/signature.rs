//! Who signed a request: Signature Version 4, checked by signing the same request again.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use http::{HeaderMap, header, request::Parts};

use crate::refusal::Refusal;

/// How far a client's clock may be off, as with AWS.
const SKEW: Duration = Duration::from_secs(15 * 60);
const ALGORITHM: &str = "AWS4-HMAC-SHA256 ";
const CONTENT_HASH: &str = "x-amz-content-sha256";

/// What a request says of who signed it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The public half of the key.
    pub access_key_id: String,
    /// The region that the request is for.
    pub region: String,
    /// The service that the request is for.
    pub service: String,
    signed_headers: Vec<String>,
    signature: String,
}

impl Claim {
    /// Reads the `Authorization` header; none when it is not there or malformed.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let fields = text.strip_prefix(ALGORITHM)?;
        let field = |name: &str| {
            let mut fields = fields.split(',');
            fields.find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
        };
        let scope: Vec<&str> = field("Credential")?.split('/').collect();
        let [key, _day, region, service, "aws4_request"] = scope.as_slice() else {
            return None;
        };
        let signed_headers = field("SignedHeaders")?.split(';').map(str::to_owned);
        Some(Self {
            access_key_id: (*key).to_owned(),
            region: (*region).to_owned(),
            service: (*service).to_owned(),
            signed_headers: signed_headers.collect(),
            signature: field("Signature")?.to_owned(),
        })
    }

    /// Whether the request was signed with `secret`, and not long ago.
    pub fn verify(
        &self,
        secret: &str,
        request: &Parts,
        body: &[u8],
        now: SystemTime,
    ) -> Result<(), Refusal> {
        let time = signed_at(&request.headers).ok_or(Refusal::Malformed)?;
        let distance = now
            .duration_since(time)
            .or_else(|_| time.duration_since(now));
        if distance.unwrap_or_default() > SKEW {
            return Err(Refusal::Expired);
        }
        // the library takes the host from an address that is not there otherwise
        if !self.signed_headers.iter().any(|name| name == "host") {
            return Err(Refusal::Malformed);
        }
        let expected = self
            .sign(secret, request, body, time)
            .ok_or(Refusal::Malformed)?;
        if is_equal(expected.as_bytes(), self.signature.as_bytes()) {
            Ok(())
        } else {
            Err(Refusal::WrongSignature)
        }
    }

    fn sign(&self, secret: &str, request: &Parts, body: &[u8], time: SystemTime) -> Option<String> {
        let identity = Credentials::new(&self.access_key_id, secret, None, None, "emulator").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(time)
            .settings(self.settings())
            .build()
            .ok()?;
        let path = request
            .uri
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let headers = self.signed_headers.iter().filter_map(|name| {
            let value = request.headers.get(name)?.to_str().ok()?;
            Some((name.as_str(), value))
        });
        let signable = SignableRequest::new(
            request.method.as_str(),
            format!("http://localhost{path}"),
            headers,
            payload(&request.headers, body)?,
        );
        let signed = sign(signable.ok()?, &parameters.into()).ok()?;
        Some(signed.into_parts().1)
    }

    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        settings.excluded_headers = None;
        if self.service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        settings
    }
}

/// What of the body was signed: its hash, unless the client says that it was not.
fn payload<'a>(headers: &HeaderMap, body: &'a [u8]) -> Option<SignableBody<'a>> {
    let Some(said) = headers.get(CONTENT_HASH) else {
        return Some(SignableBody::Bytes(body));
    };
    match said.to_str().ok()? {
        "UNSIGNED-PAYLOAD" => Some(SignableBody::UnsignedPayload),
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Some(SignableBody::StreamingUnsignedPayloadTrailer),
        // a hash that is not the body's makes another signature
        _ => Some(SignableBody::Bytes(body)),
    }
}

/// The time in `X-Amz-Date`, for example `20261123T120000Z`.
fn signed_at(headers: &HeaderMap) -> Option<SystemTime> {
    let text = headers.get("x-amz-date")?.to_str().ok()?;
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    let time = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(time.timestamp().into())
}

/// Compares without telling by its duration how much is equal.
fn is_equal(left: &[u8], right: &[u8]) -> bool {
    let differences = left
        .iter()
        .zip(right)
        .fold(0, |all, (left, right)| all | (left ^ right));
    left.len() == right.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use http::Request;

    use super::{Claim, Refusal};

    /// AWS's own example, `get-vanilla` of its test suite for Signature Version 4.
    fn vanilla(path: &str) -> (http::request::Parts, SystemTime) {
        let request = Request::get(path)
            .header("host", "example.amazonaws.com")
            .header("x-amz-date", "20150830T123600Z")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders=host;x-amz-date, \
                 Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            );
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160);
        (request.body(()).unwrap().into_parts().0, time)
    }

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    #[test]
    fn the_published_example_is_right_and_every_change_of_it_wrong() {
        let (parts, time) = vanilla("/");
        let claim = Claim::read(&parts.headers).unwrap();
        assert_eq!(
            (claim.region.as_str(), claim.service.as_str()),
            ("us-east-1", "service")
        );
        assert_eq!(claim.verify(SECRET, &parts, b"", time), Ok(()));
        assert_eq!(
            claim.verify("other", &parts, b"", time),
            Err(Refusal::WrongSignature)
        );
        assert_eq!(
            claim.verify(SECRET, &parts, b"x", time),
            Err(Refusal::WrongSignature)
        );
        let later = time + Duration::from_secs(16 * 60);
        assert_eq!(
            claim.verify(SECRET, &parts, b"", later),
            Err(Refusal::Expired)
        );
        let (parts, _) = vanilla("/other");
        assert_eq!(
            claim.verify(SECRET, &parts, b"", time),
            Err(Refusal::WrongSignature)
        );
    }

    #[test]
    fn a_signature_that_leaves_the_host_out_is_malformed() {
        let (mut parts, time) = vanilla("/");
        let text = parts.headers["authorization"]
            .to_str()
            .unwrap()
            .replace("host;", "");
        parts.headers.insert("authorization", text.parse().unwrap());
        let claim = Claim::read(&parts.headers).unwrap();
        assert_eq!(
            claim.verify(SECRET, &parts, b"", time),
            Err(Refusal::Malformed)
        );
    }
}
