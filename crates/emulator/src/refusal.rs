//! Refusals in AWS's own shapes, so that its command lines and SDKs understand them.

use axum::{
    body::Body,
    http::{Response, StatusCode, header},
};

use crate::user_data::LARGEST_BYTES;

/// Why a request is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request is not signed, or not as it should be.
    Malformed,
    /// Nobody has this key.
    UnknownKey,
    /// The signature is not that of the key's secret.
    WrongSignature,
    /// It was signed too long ago, or will be.
    Expired,
    /// The account has as many instances as it may.
    InstanceLimit(usize),
    /// User data is larger than AWS takes.
    UserDataTooLarge,
    /// An instance is in no state from which it can be started, stopped or rebooted, which is the
    /// second.
    WrongState(String, &'static str),
    /// moto does not answer.
    Unavailable,
}

impl Refusal {
    fn words(&self) -> (&'static str, String, StatusCode) {
        match self {
            Self::Malformed => (
                "IncompleteSignature",
                "The request signature does not conform to AWS standards.".into(),
                StatusCode::BAD_REQUEST,
            ),
            Self::UnknownKey => (
                "AuthFailure",
                "AWS was not able to validate the provided access credentials".into(),
                StatusCode::UNAUTHORIZED,
            ),
            Self::WrongSignature => (
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. \
                 Check your AWS Secret Access Key and signing method."
                    .into(),
                StatusCode::FORBIDDEN,
            ),
            Self::Expired => (
                "RequestExpired",
                "Request has expired: its time is too far from the server's.".into(),
                StatusCode::BAD_REQUEST,
            ),
            Self::InstanceLimit(most) => (
                "InstanceLimitExceeded",
                format!(
                    "You have requested more instances than your current instance limit of {most} allows."
                ),
                StatusCode::BAD_REQUEST,
            ),
            Self::UserDataTooLarge => (
                "InvalidParameterValue",
                format!("User data is limited to {LARGEST_BYTES} bytes"),
                StatusCode::BAD_REQUEST,
            ),
            Self::WrongState(id, participle) => (
                "IncorrectInstanceState",
                format!("The instance '{id}' is not in a state from which it can be {participle}."),
                StatusCode::BAD_REQUEST,
            ),
            Self::Unavailable => (
                "Unavailable",
                "The emulated cloud is coming back. Try again in some seconds.".into(),
                StatusCode::SERVICE_UNAVAILABLE,
            ),
        }
    }

    /// The answer, as the service would word it.
    pub fn answer(&self, service: &str) -> Response<Body> {
        let (mut code, message, status) = self.words();
        if *self == Self::UnknownKey && service != "ec2" {
            code = "InvalidClientTokenId";
        }
        let (kind, body) = match service {
            "ec2" => (
                "text/xml",
                format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Errors><Error>\
                     <Code>{code}</Code><Message>{message}</Message></Error></Errors>\
                     <RequestID>{REQUEST_ID}</RequestID></Response>"
                ),
            ),
            "s3"
            | "elasticloadbalancing"
            | "autoscaling"
            | "cloudformation"
            | "iam"
            | "sts"
            | "rds"
            | "sns"
            | "monitoring"
            | "route53" => (
                "text/xml",
                format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ErrorResponse><Error>\
                     <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                     <RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
                ),
            ),
            _ => (
                "application/x-amz-json-1.1",
                serde_json::json!({"__type": code, "message": message}).to_string(),
            ),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let kind = header::HeaderValue::from_static(kind);
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if *self == Self::Unavailable {
            let soon = header::HeaderValue::from_static(RETRY_AFTER_SECONDS);
            response.headers_mut().insert(header::RETRY_AFTER, soon);
        }
        response
    }
}

/// How long moto takes to come back.
const RETRY_AFTER_SECONDS: &str = "5";
/// moto's own request id is as constant.
pub(crate) const REQUEST_ID: &str = "59dbff89-35bd-4eac-99ed-be587EXAMPLE";
