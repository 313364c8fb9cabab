//! `GET provider/locations`, `GET provider/hardware` and `POST provider/credentials`.

use axum::{
    Json, Router,
    extract::{Query, State},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::SaveCredential;

use super::{Answer, caller::Caller};
use crate::{accounts, app::App, providers};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/provider/locations", get(locations))
        .route("/provider/hardware", get(hardware))
        .route("/provider/credentials", post(credentials))
}

#[derive(Debug, Deserialize)]
struct Which {
    provider: String,
    location: Option<String>,
}

/// Each location once for each distribution that is offered there, as its table shows both.
async fn locations(
    State(app): State<App>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Answer<Vec<Value>> {
    let tenant = accounts::tenant(&app, caller.id()).await?;
    let all = providers::locations(&app, &tenant, &which.provider).await?;
    let releases = ["ubuntu", "debian", "centos", "amazon"];
    let rows = all.iter().flat_map(|location| {
        releases.map(|release| {
            json!({
                "id": location.id,
                "release": release,
                "description": location.description,
            })
        })
    });
    Ok(Json(rows.collect()))
}

async fn hardware(
    State(app): State<App>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Answer<Vec<Value>> {
    let tenant = accounts::tenant(&app, caller.id()).await?;
    let location = which.location.unwrap_or_default();
    let all = providers::sizes(&app, &tenant, &which.provider, &location).await?;
    let rows = all.into_iter().map(|size| {
        json!({
            "id": size.id,
            "ram": size.memory_mb,
            "processors": [{ "cores": size.cores }],
            "volumes": [{ "size": size.disk_gb }],
        })
    });
    Ok(Json(rows.collect()))
}

#[derive(Deserialize)]
struct Credentials {
    provider: String,
    client: String,
    key: String,
}

async fn credentials(
    State(app): State<App>,
    caller: Caller,
    Json(sent): Json<Credentials>,
) -> Answer<Value> {
    let tenant = accounts::tenant(&app, caller.id()).await?;
    let save = SaveCredential {
        client: sent.client,
        key: sent.key,
    };
    let saved = providers::save(&app, &tenant, &sent.provider, save).await?;
    Ok(Json(json!({ "provider": saved.name })))
}
