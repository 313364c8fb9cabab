//! The control socket, by which the server makes and removes accounts.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{self, State},
    http::StatusCode,
    routing::{get, post, put},
};
use tracing::warn;

use crate::{
    client::{Credentials, Health, NewAccount, Ran},
    emulator::Emulator,
};

type Answer<T> = Result<T, (StatusCode, String)>;

/// The routes of the control socket.
pub(crate) fn routes(emulator: Arc<Emulator>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/accounts/{id}", put(make).delete(remove))
        .route("/accounts/{id}/key", post(renew_key))
        .route("/accounts/{id}/instances/{instance}/command", post(command))
        .route("/accounts/{id}/names/{name}", get(name))
        .with_state(emulator)
}

async fn health(State(emulator): State<Arc<Emulator>>) -> Json<Health> {
    emulator.heard();
    Json(emulator.health())
}

async fn make(
    State(emulator): State<Arc<Emulator>>,
    extract::Path(id): extract::Path<String>,
    Json(new): Json<NewAccount>,
) -> Answer<Json<Credentials>> {
    emulator.heard();
    let made = emulator.account(&id, new.tenant).await;
    made.map(Json).map_err(failed)
}

async fn remove(
    State(emulator): State<Arc<Emulator>>,
    extract::Path(id): extract::Path<String>,
) -> Answer<StatusCode> {
    emulator.heard();
    emulator.remove(&id).await.map_err(failed)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn renew_key(
    State(emulator): State<Arc<Emulator>>,
    extract::Path(id): extract::Path<String>,
) -> Answer<Json<Credentials>> {
    emulator.heard();
    let renewed = emulator.renew_key(&id).map_err(failed)?;
    let unknown = || (StatusCode::NOT_FOUND, format!("no account has the id {id}"));
    renewed.map(Json).ok_or_else(unknown)
}

async fn command(
    State(emulator): State<Arc<Emulator>>,
    extract::Path((id, instance)): extract::Path<(String, String)>,
    line: String,
) -> Answer<Json<Ran>> {
    emulator.heard();
    let ran = emulator.command(&id, &instance, &line).await;
    ran.map(Json)
        .map_err(|error| (StatusCode::CONFLICT, format!("{error:#}")))
}

async fn name(
    State(emulator): State<Arc<Emulator>>,
    extract::Path((id, name)): extract::Path<(String, String)>,
) -> StatusCode {
    emulator.heard();
    match emulator.knows(&id, &name) {
        true => StatusCode::NO_CONTENT,
        false => StatusCode::NOT_FOUND,
    }
}

fn failed(error: anyhow::Error) -> (StatusCode, String) {
    warn!("{error:#}");
    (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}"))
}
