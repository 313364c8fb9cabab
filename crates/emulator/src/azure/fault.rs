//! Refusals in Service Management's own shape.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};

use super::Tree;

/// Why a request is not carried out.
///
/// The codes are those of
/// <https://learn.microsoft.com/en-us/previous-versions/azure/reference/ee460801(v=azure.100)>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is no token, or it is not right, or over.
    Unauthenticated,
    /// The subscription in the address is not the token's.
    ForeignSubscription,
    /// There is no such thing, or no such address.
    NotFound(String),
    /// What is asked for makes no sense.
    BadRequest(String),
    /// The body is not XML, or not that of this request.
    InvalidXml(String),
    /// The body is larger than may be.
    TooLarge,
    /// What is asked for does not go with what is there.
    Conflict(String),
    /// Resource Manager's own refusals, of which each has a code.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What programs know it by.
        code: &'static str,
        /// What a person reads.
        why: String,
    },
    /// It could not be kept.
    Internal,
}

impl Fault {
    /// A fault about a thing that is not there.
    pub fn missing(kind: &str, name: &str) -> Self {
        Self::NotFound(format!("The {kind} {name} was not found."))
    }

    /// A refusal of Resource Manager's.
    pub fn refused(status: u16, code: &'static str, why: impl Into<String>) -> Self {
        Self::Refused {
            status,
            code,
            why: why.into(),
        }
    }

    fn words(&self) -> (StatusCode, &'static str, &str) {
        match self {
            Self::Unauthenticated => (
                StatusCode::UNAUTHORIZED,
                "AuthenticationFailed",
                "The server failed to authenticate the request. Verify that the token is valid \
                 and belongs to this subscription.",
            ),
            Self::ForeignSubscription => (
                StatusCode::FORBIDDEN,
                "SubscriptionNotFound",
                "The subscription was not found among those of this token.",
            ),
            Self::NotFound(why) => (StatusCode::NOT_FOUND, "ResourceNotFound", why),
            Self::BadRequest(why) => (StatusCode::BAD_REQUEST, "BadRequest", why),
            Self::InvalidXml(why) => (StatusCode::BAD_REQUEST, "BadRequest", why),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "BadRequest",
                "The body of the request is larger than 256 KiB.",
            ),
            Self::Conflict(why) => (StatusCode::CONFLICT, "ConflictError", why),
            Self::Refused { status, code, why } => (
                StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_REQUEST),
                code,
                why,
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalError",
                "The server could not keep what was asked for. Try again.",
            ),
        }
    }

    /// The answer: in XML, or in JSON where Resource Manager was asked.
    pub fn answer(&self, of_resource_manager: bool) -> Response<Body> {
        let (status, code, message) = self.words();
        let (kind, body) = if of_resource_manager {
            let error = serde_json::json!({"error": {"code": code, "message": message}});
            ("application/json; charset=utf-8", error.to_string())
        } else {
            let error = Tree::new("Error")
                .with_leaf("Code", code)
                .with_leaf("Message", message);
            ("application/xml; charset=utf-8", error.document())
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let kind = HeaderValue::from_static(kind);
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}
