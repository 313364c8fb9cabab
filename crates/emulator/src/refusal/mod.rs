//! Refusals in AWS's own words and shapes, so that its command lines and SDKs understand them.
//!
//! The codes are those of each service's page of common errors, for example
//! <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>,
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html> and
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>.

mod shape;
mod words;

use axum::{
    body::Body,
    http::{Response, header},
};

pub(crate) use self::shape::REQUEST_ID;
use crate::protocol::Protocol;

/// Why a request is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Refusal {
    /// The request is not signed.
    Unsigned,
    /// It is signed, but not as it should be.
    Malformed,
    /// Nobody has this key, or it is inactive.
    UnknownKey,
    /// The token is not that of the key's session.
    WrongToken,
    /// The session is over.
    ExpiredToken,
    /// The signature is not that of the key's secret.
    WrongSignature,
    /// The body is not the one that was signed.
    WrongHash,
    /// It was signed too long ago, or will be.
    Skewed,
    /// The link is no longer good.
    LinkExpired,
    /// It is about something of another account.
    Foreign,
    /// The account has as many bytes as it may.
    Full,
    /// The account has as many instances as it may.
    InstanceLimit(usize),
    /// User data is larger than AWS takes.
    UserDataTooLarge,
    /// An instance is in no state from which it can be started, stopped or rebooted, which is the
    /// second.
    WrongState(String, &'static str),
    /// Its body is larger than any may be.
    TooLarge,
    /// Its body did not come in time.
    Slow,
    /// Its body cannot be read: cut off, or encoded in a way that is not known.
    Unreadable,
    /// There is no such service.
    UnknownService,
    /// The service does no such thing, or not here.
    UnknownAction,
    /// moto failed at it.
    Failed,
    /// The account asks for too much at once.
    Busy,
    /// moto does not answer.
    Unavailable,
}

impl Refusal {
    /// The answer, as a service with this protocol would word it.
    pub fn answer(&self, protocol: Protocol) -> Response<Body> {
        let (code, status) = self.code(protocol);
        let mut response = shape::answer(protocol, code, status, &self.message());
        if matches!(self, Self::Unavailable | Self::Busy) {
            let soon = header::HeaderValue::from_static(RETRY_AFTER_SECONDS);
            response.headers_mut().insert(header::RETRY_AFTER, soon);
        }
        response
    }
}

/// How long moto takes to come back.
const RETRY_AFTER_SECONDS: &str = "5";
