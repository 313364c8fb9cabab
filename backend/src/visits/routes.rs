//! The way in for who has a link to a terminal, and no account.

use axum::{
    Json,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use shared::{NewVisit, Visit, paths};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Result, accounts, app::App, terminals};

/// The paths of visits.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .routes(routes!(socket))
}

/// Lets somebody in by a link to a terminal
///
/// Nobody need be signed in: the secret says enough. It is in the body, so that it is in no log.
#[utoipa::path(
    post,
    path = paths::VISITS,
    tag = "visits",
    security(()),
    request_body = NewVisit,
    responses((status = 201, description = "what opens the terminal's websocket, once", body = Visit)),
)]
async fn ask(
    State(app): State<App>,
    headers: HeaderMap,
    Json(new): Json<NewVisit>,
) -> Result<(StatusCode, Json<Visit>)> {
    if headers.contains_key(header::ORIGIN) {
        accounts::own_origin(&headers)?;
    }
    let visit = super::ask(&app, new).await?;
    Ok((StatusCode::CREATED, Json(visit)))
}

/// The websocket of a terminal that is visited
///
/// The same as a terminal's own. The ticket is good once, so that it may be in a log.
#[utoipa::path(
    get,
    context_path = paths::VISITS,
    path = "/{ticket}/socket",
    tag = "visits",
    security(()),
    params(("ticket" = String, Path, description = "what a visit was answered with")),
    responses((status = 101, description = "the websocket")),
)]
async fn socket(
    State(app): State<App>,
    Path(ticket): Path<String>,
    page: Request,
) -> Result<Response> {
    accounts::own_origin(page.headers())?;
    let begun = super::begin(&app, &ticket).await?;
    terminals::show(&app, begun.account, begun.terminal, begun.visitor, page).await
}
