//! The API of the original client, `mac` 1.0.8, which works here unchanged.
//!
//! It lives under the same paths as ours; the scheme of `Authorization` tells the two apart: that
//! client sends `ApiKey user:key`, and `Basic` once to sign in, ours sends `Bearer` or a cookie.
//! What it tells of what it made on its own machine is kept as what is made here is, so that our
//! pages, lists and history show it.

mod caller;
mod configurations;
mod followers;
mod infrastructures;
mod instances;
mod providers;
mod resources;
mod wire;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use caller::Caller;
pub use followers::Followers;
use shared::paths;
use tower::ServiceExt as _;

use crate::{Error, app::App};

/// What the original client reads when something is refused: a status, and words.
#[derive(Debug)]
struct Refusal(Error);

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    /// 403 reads as "Not authorized" there, 400, 404 and 409 print the words.
    fn into_response(self) -> Response {
        let problem = self.0.problem();
        let status = match self.0 {
            Error::NotSignedIn | Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Invalid(..) => StatusCode::BAD_REQUEST,
            Error::Conflict(_) | Error::LimitReached(_) | Error::TooLarge(_) => {
                StatusCode::CONFLICT
            }
            Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Database(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            tracing::error!(
                "a request of the original client failed: {:#}",
                anyhow::Error::from(self.0)
            );
        }
        let detail = problem.detail.map(|detail| format!("\n{detail}"));
        let words = format!("{}{}", problem.title, detail.unwrap_or_default());
        (status, words).into_response()
    }
}

type Answer<T> = Result<Json<T>, Refusal>;

/// The paths of the original, below [`paths::API`].
fn router(app: App) -> Router {
    Router::new()
        .route("/user/auth", get(sign_in))
        .merge(infrastructures::router())
        .merge(instances::router())
        .merge(providers::router())
        .merge(resources::router())
        .merge(configurations::router())
        .layer(DefaultBodyLimit::max(LARGEST_BODY_BYTES))
        .with_state(app)
}

/// What a command wrote travels in one piece.
const LARGEST_BODY_BYTES: usize = 8 << 20;

/// Requests of the original client go their way here; all others to our own API.
pub async fn by_scheme(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(path) = path(&request) else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    parts.uri = path;
    match router(app).oneshot(Request::from_parts(parts, body)).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    }
}

/// The path below ours, if the request is the original client's.
fn path(request: &Request) -> Option<axum::http::Uri> {
    let scheme = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    if !(scheme.starts_with("ApiKey ") || scheme.starts_with("Basic ")) {
        return None;
    }
    let whole = request.uri().path_and_query()?.as_str();
    whole.strip_prefix(paths::API)?.parse().ok()
}

async fn sign_in(caller: Caller) -> Json<wire::SignedIn> {
    Json(wire::SignedIn {
        username: caller.account.name,
        api_key: caller.key,
    })
}
