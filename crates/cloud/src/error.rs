//! Why a cloud did not do what it was asked.

use aws_sdk_ec2::config::http::HttpResponse;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};

/// What can go wrong between a cloud and us.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cloud answered, and said no.
    #[error("the cloud refused with {code}: {message}")]
    Refused {
        /// The cloud's own code, as `AuthFailure`.
        code: String,
        /// The cloud's own words.
        message: String,
    },
    /// No answer came, so whether it was done is unknown; repeating is safe.
    #[error("the cloud could not be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The cloud knows no such instance.
    #[error("the cloud knows no instance {provider_id}")]
    NotFound {
        /// The id that was asked for.
        provider_id: String,
    },
}

impl Error {
    /// Sorts the SDK's error about the instance `provider_id`.
    pub(crate) fn about<E>(provider_id: &str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match Self::from_sdk(error) {
            Self::Refused { code, .. } if code.starts_with("InvalidInstanceID") => Self::NotFound {
                provider_id: provider_id.to_owned(),
            },
            other => other,
        }
    }

    /// Sorts the SDK's error into refused and unreachable.
    pub(crate) fn from_sdk<E>(error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match error.as_service_error() {
            Some(refusal) => Self::Refused {
                code: refusal.code().unwrap_or("Unknown").to_owned(),
                message: refusal.message().unwrap_or("no reason given").to_owned(),
            },
            None => Self::Unreachable(Box::new(error)),
        }
    }
}
