//! One error type; only this file knows how it looks over HTTP.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use shared::{Problem, ProblemKind};

/// What the backend's functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in.
    #[error("sign in first")]
    NotSignedIn,
    /// The request comes from a page that is not ours.
    #[error("{0}")]
    Forbidden(&'static str),
    /// No such thing, or it is somebody else's.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// It can't be carried out as written; the second text says what to do.
    #[error("{0}")]
    Invalid(String, Option<String>),
    /// The thing is not in the state that the request expects.
    #[error("{0}")]
    Conflict(String),
    /// Too many, or too much.
    #[error("{0}")]
    LimitReached(String),
    /// A part of the server is not there.
    #[error("{0}")]
    Unavailable(String),
    /// The database failed.
    #[error("database")]
    Database(#[from] sqlx::Error),
    /// Something else failed.
    #[error("internal")]
    Internal(#[from] anyhow::Error),
}

impl Error {
    /// Whether a unique constraint refused the statement.
    pub fn is_duplicate(error: &sqlx::Error) -> bool {
        error
            .as_database_error()
            .is_some_and(|error| error.is_unique_violation())
    }

    /// The problem that the reader sees.
    pub fn problem(&self) -> Problem {
        let (kind, status) = match self {
            Self::NotSignedIn => (ProblemKind::NotSignedIn, StatusCode::UNAUTHORIZED),
            Self::Forbidden(_) => (ProblemKind::Forbidden, StatusCode::FORBIDDEN),
            Self::NotFound(_) => (ProblemKind::NotFound, StatusCode::NOT_FOUND),
            Self::Invalid(..) => (ProblemKind::Invalid, StatusCode::UNPROCESSABLE_ENTITY),
            Self::Conflict(_) => (ProblemKind::Conflict, StatusCode::CONFLICT),
            Self::LimitReached(_) => (ProblemKind::LimitReached, StatusCode::TOO_MANY_REQUESTS),
            Self::Unavailable(_) => (ProblemKind::Unavailable, StatusCode::SERVICE_UNAVAILABLE),
            Self::Database(_) | Self::Internal(_) => {
                (ProblemKind::Internal, StatusCode::INTERNAL_SERVER_ERROR)
            }
        };
        let (title, detail) = match self {
            Self::Invalid(title, detail) => (title.clone(), detail.clone()),
            Self::Database(_) | Self::Internal(_) => (
                "the server failed".to_owned(),
                Some("try again; the server's log has the reason".to_owned()),
            ),
            other => (other.to_string(), None),
        };
        Problem {
            kind,
            title,
            status: status.as_u16(),
            detail,
            instance: None,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let problem = self.problem();
        if problem.kind == ProblemKind::Internal {
            let error = anyhow::Error::from(self);
            tracing::error!(error = format!("{error:#}"), "a request failed: {error:#}");
        }
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_GATEWAY);
        let mut response = (status, Json(problem)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}
