//! The control socket, by which the server makes and removes accounts.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{self, State},
    http::StatusCode,
    routing::{get, put},
};
use tracing::warn;

use crate::{
    client::{Credentials, Health, NewAccount},
    emulator::Emulator,
};

type Answer<T> = Result<T, (StatusCode, String)>;

/// The routes of the control socket.
pub(crate) fn routes(emulator: Arc<Emulator>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/accounts/{id}", put(make).delete(remove))
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
    emulator.remove(&id).map_err(failed)?;
    Ok(StatusCode::NO_CONTENT)
}

fn failed(error: anyhow::Error) -> (StatusCode, String) {
    warn!("{error:#}");
    (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}"))
}
