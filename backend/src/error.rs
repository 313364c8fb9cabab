//! One error type; only this file knows how it looks over HTTP.

use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use shared::{Problem, ProblemKind, paths};

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
    /// More than there is room for.
    #[error("{0}")]
    TooLarge(String),
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
            Self::TooLarge(_) => (ProblemKind::LimitReached, StatusCode::PAYLOAD_TOO_LARGE),
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

/// Gives every refusal of the API the same form, whoever refused: a library that could not read
/// the request, a method that a path does not have, a handler that panicked.
pub async fn problems(request: Request, next: Next) -> Response {
    let is_ours = request.uri().path().starts_with(paths::API);
    let response = next.run(request).await;
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    if is_ours && is_refusal && response.headers().get(header::CONTENT_TYPE) != Some(&PROBLEM) {
        let (parts, body) = response.into_parts();
        let said = axum::body::to_bytes(body, LONGEST_SAYING_BYTES).await;
        let mut answer = respond(&told(status, &said.unwrap_or_default()));
        for name in [header::ALLOW, header::RETRY_AFTER] {
            if let Some(value) = parts.headers.get(&name) {
                answer.headers_mut().insert(name, value.clone());
            }
        }
        return answer;
    }
    response
}

/// A library's refusal is a sentence; a longer one is not worth showing.
const LONGEST_SAYING_BYTES: usize = 4096;
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

fn told(status: StatusCode, said: &[u8]) -> Problem {
    let kind = match status {
        StatusCode::UNAUTHORIZED => ProblemKind::NotSignedIn,
        StatusCode::FORBIDDEN => ProblemKind::Forbidden,
        StatusCode::NOT_FOUND => ProblemKind::NotFound,
        StatusCode::CONFLICT => ProblemKind::Conflict,
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::TOO_MANY_REQUESTS => ProblemKind::LimitReached,
        StatusCode::SERVICE_UNAVAILABLE => ProblemKind::Unavailable,
        status if status.is_server_error() => ProblemKind::Internal,
        _ => ProblemKind::Invalid,
    };
    let said = String::from_utf8_lossy(said);
    let reason = status
        .canonical_reason()
        .unwrap_or("refused")
        .to_lowercase();
    let said = Some(said.trim()).filter(|said| !said.is_empty());
    Problem {
        kind,
        title: reason,
        status: status.as_u16(),
        detail: said.map(str::to_owned),
        instance: None,
    }
}

fn respond(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = (status, Json(problem)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, PROBLEM);
    response
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let problem = self.problem();
        if problem.kind == ProblemKind::Internal {
            let error = anyhow::Error::from(self);
            tracing::error!(error = format!("{error:#}"), "a request failed: {error:#}");
        }
        respond(&problem)
    }
}
