//! The code, the status and the words of each refusal, in each protocol.

use axum::http::StatusCode;

use super::Refusal;
use crate::protocol::Protocol;

impl Refusal {
    /// The code and the status: of EC2, of the query protocol and Route 53, of S3, and of those
    /// that speak JSON, where a service with paths has other statuses.
    #[rustfmt::skip]
    pub(super) fn code(&self, protocol: Protocol) -> (&'static str, StatusCode) {
        let (ec2, query, s3, (json, by_target, by_path)) = match self {
            Self::Unsigned => (("MissingAuthenticationToken", 403), ("MissingAuthenticationToken", 403), ("AccessDenied", 403), ("MissingAuthenticationTokenException", 400, 403)),
            Self::Malformed => (("IncompleteSignature", 400), ("IncompleteSignature", 400), ("AuthorizationHeaderMalformed", 400), ("IncompleteSignatureException", 400, 403)),
            Self::UnknownKey => (("AuthFailure", 401), ("InvalidClientTokenId", 403), ("InvalidAccessKeyId", 403), ("UnrecognizedClientException", 400, 403)),
            Self::WrongToken => (("AuthFailure", 401), ("InvalidClientTokenId", 403), ("InvalidToken", 400), ("UnrecognizedClientException", 400, 403)),
            Self::ExpiredToken => (("RequestExpired", 400), ("ExpiredToken", 403), ("ExpiredToken", 400), ("ExpiredTokenException", 400, 403)),
            Self::WrongSignature => (("SignatureDoesNotMatch", 403), ("SignatureDoesNotMatch", 403), ("SignatureDoesNotMatch", 403), ("InvalidSignatureException", 400, 403)),
            Self::WrongHash => (("SignatureDoesNotMatch", 403), ("SignatureDoesNotMatch", 403), ("XAmzContentSHA256Mismatch", 400), ("InvalidSignatureException", 400, 403)),
            Self::Skewed => (("RequestExpired", 400), ("RequestExpired", 400), ("RequestTimeTooSkewed", 403), ("InvalidSignatureException", 400, 403)),
            Self::LinkExpired => (("RequestExpired", 400), ("RequestExpired", 400), ("AccessDenied", 403), ("InvalidSignatureException", 400, 403)),
            Self::Foreign => (("UnauthorizedOperation", 403), ("AccessDenied", 403), ("AccessDenied", 403), ("AccessDeniedException", 400, 403)),
            Self::Full => (("ResourceLimitExceeded", 400), ("LimitExceeded", 400), ("QuotaExceeded", 400), ("LimitExceededException", 400, 400)),
            Self::InstanceLimit(_) => (("InstanceLimitExceeded", 400), ("LimitExceeded", 400), ("QuotaExceeded", 400), ("LimitExceededException", 400, 400)),
            Self::UserDataTooLarge => (("InvalidParameterValue", 400), ("ValidationError", 400), ("InvalidArgument", 400), ("ValidationException", 400, 400)),
            Self::WrongState(..) => (("IncorrectInstanceState", 400), ("ValidationError", 400), ("InvalidRequest", 400), ("ValidationException", 400, 400)),
            Self::TooLarge => (("RequestEntityTooLarge", 413), ("RequestEntityTooLarge", 413), ("EntityTooLarge", 400), ("RequestEntityTooLargeException", 413, 413)),
            Self::Slow => (("RequestTimeout", 408), ("RequestTimeout", 408), ("RequestTimeout", 400), ("RequestTimeoutException", 408, 408)),
            Self::Unreadable => (("MalformedInput", 400), ("MalformedInput", 400), ("IncompleteBody", 400), ("SerializationException", 400, 400)),
            Self::UnknownService => (("UnknownService", 404), ("UnknownService", 404), ("UnknownService", 404), ("UnknownService", 404, 404)),
            Self::UnknownAction => (("InvalidAction", 400), ("InvalidAction", 400), ("NotImplemented", 501), ("UnknownOperationException", 400, 404)),
            Self::Failed => (("InternalError", 500), ("InternalFailure", 500), ("InternalError", 500), ("InternalFailure", 500, 500)),
            Self::Busy => (("RequestLimitExceeded", 503), ("Throttling", 503), ("SlowDown", 503), ("ThrottlingException", 503, 503)),
            Self::Unavailable => (("Unavailable", 503), ("ServiceUnavailable", 503), ("ServiceUnavailable", 503), ("ServiceUnavailable", 503, 503)),
        };
        let (code, status) = match protocol {
            Protocol::Ec2 => ec2,
            Protocol::Query | Protocol::RestXml => query,
            Protocol::S3 => s3,
            Protocol::Json10 | Protocol::Json11 => (json, by_target),
            Protocol::RestJson => (json, by_path),
        };
        (code, StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST))
    }

    pub(super) fn message(&self) -> String {
        match self {
            Self::Unsigned => "Request is missing Authentication Token".into(),
            Self::Malformed => "The request signature does not conform to AWS standards.".into(),
            Self::UnknownKey => {
                "AWS was not able to validate the provided access credentials".into()
            }
            Self::WrongToken => "The security token included in the request is invalid.".into(),
            Self::ExpiredToken => "The security token included in the request is expired".into(),
            Self::WrongSignature => "The request signature we calculated does not match the \
                 signature you provided. Check your AWS Secret Access Key and signing method."
                .into(),
            Self::WrongHash => "The provided x-amz-content-sha256 header does not match what was \
                 computed."
                .into(),
            Self::Skewed => "Request has expired: its time is too far from the server's.".into(),
            Self::LinkExpired => "Request has expired".into(),
            Self::Foreign => "Access Denied: it is of another account, and accounts of the \
                 emulated cloud share nothing."
                .into(),
            Self::Full => "The account has as many bytes in the emulated cloud as it may. Delete \
                 something first."
                .into(),
            Self::InstanceLimit(most) => format!(
                "You have requested more instances than your current instance limit of {most} \
                 allows."
            ),
            Self::UserDataTooLarge => format!(
                "User data is limited to {} bytes",
                crate::user_data::LARGEST_BYTES
            ),
            Self::WrongState(id, participle) => {
                format!("The instance '{id}' is not in a state from which it can be {participle}.")
            }
            Self::TooLarge => format!(
                "Your proposed upload exceeds the maximum allowed size: a request to the emulated \
                 cloud has at most {} MiB. Upload more in parts.",
                crate::front::LARGEST_BYTES >> 20
            ),
            Self::Slow => "The request was not sent within the timeout period.".into(),
            Self::Unreadable => "The body of the request cannot be read.".into(),
            Self::UnknownService => "The emulated cloud knows no service of that name.".into(),
            Self::UnknownAction => {
                "The action or operation requested is not known to the emulated cloud.".into()
            }
            Self::Failed => "The emulated cloud failed at this request.".into(),
            Self::Busy => "Please reduce your request rate.".into(),
            Self::Unavailable => {
                "The emulated cloud is coming back. Try again in some seconds.".into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Protocol, Refusal};

    #[test]
    fn each_protocol_has_its_own_word_and_status() {
        for (refusal, protocol, code, status) in [
            (Refusal::UnknownKey, Protocol::Ec2, "AuthFailure", 401),
            (
                Refusal::UnknownKey,
                Protocol::Query,
                "InvalidClientTokenId",
                403,
            ),
            (
                Refusal::UnknownKey,
                Protocol::RestXml,
                "InvalidClientTokenId",
                403,
            ),
            (Refusal::UnknownKey, Protocol::S3, "InvalidAccessKeyId", 403),
            (
                Refusal::UnknownKey,
                Protocol::Json10,
                "UnrecognizedClientException",
                400,
            ),
            (
                Refusal::UnknownKey,
                Protocol::RestJson,
                "UnrecognizedClientException",
                403,
            ),
            (
                Refusal::WrongSignature,
                Protocol::S3,
                "SignatureDoesNotMatch",
                403,
            ),
            (
                Refusal::WrongSignature,
                Protocol::Json11,
                "InvalidSignatureException",
                400,
            ),
            (Refusal::Skewed, Protocol::Ec2, "RequestExpired", 400),
            (Refusal::Skewed, Protocol::S3, "RequestTimeTooSkewed", 403),
            (
                Refusal::Skewed,
                Protocol::Json10,
                "InvalidSignatureException",
                400,
            ),
            (Refusal::Foreign, Protocol::Query, "AccessDenied", 403),
            (Refusal::TooLarge, Protocol::S3, "EntityTooLarge", 400),
            (
                Refusal::UnknownAction,
                Protocol::Query,
                "InvalidAction",
                400,
            ),
        ] {
            let (found, number) = refusal.code(protocol);
            assert_eq!(
                (found, number.as_u16()),
                (code, status),
                "{refusal:?} {protocol:?}"
            );
        }
    }
}
