//! Making, listing and ending links to terminals.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use shared::{MadeShare, NewShare, ShareId, Sharing, TerminalId, paths};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Error, Result, accounts::SignedIn, app::App};

/// The paths of links to terminals.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, make, end_all))
        .routes(routes!(end))
}

/// The links to a terminal, and who looks at it
#[utoipa::path(
    get,
    context_path = paths::TERMINALS,
    path = "/{id}/shares",
    tag = "shares",
    params(("id" = TerminalId, Path, description = "the terminal's id")),
    responses((status = 200, description = "all of them", body = Sharing)),
)]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Sharing>> {
    let sharing = super::list(&app, signed_in.account.id, terminal(&id)?).await?;
    Ok(Json(sharing))
}

/// Makes a link to a terminal
///
/// Whoever has it may watch the terminal, or type into it, until it expires or is ended.
#[utoipa::path(
    post,
    context_path = paths::TERMINALS,
    path = "/{id}/shares",
    tag = "shares",
    params(("id" = TerminalId, Path, description = "the terminal's id")),
    request_body = NewShare,
    responses((status = 201, description = "the link; it is shown now and never again", body = MadeShare)),
)]
async fn make(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Json(new): Json<NewShare>,
) -> Result<(StatusCode, Json<MadeShare>)> {
    let made = super::make(&app, signed_in.account.id, terminal(&id)?, new).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Ends all links to a terminal
///
/// The pages of who came by them are closed.
#[utoipa::path(
    delete,
    context_path = paths::TERMINALS,
    path = "/{id}/shares",
    tag = "shares",
    params(("id" = TerminalId, Path, description = "the terminal's id")),
    responses((status = 204, description = "they are ended")),
)]
async fn end_all(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    super::end_all(&app, signed_in.account.id, terminal(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a link to a terminal
///
/// The pages of who came by it are closed.
#[utoipa::path(
    delete,
    context_path = paths::TERMINALS,
    path = "/{id}/shares/{share}",
    tag = "shares",
    params(
        ("id" = TerminalId, Path, description = "the terminal's id"),
        ("share" = ShareId, Path, description = "the link's id"),
    ),
    responses((status = 204, description = "it is ended")),
)]
async fn end(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, share)): Path<(String, String)>,
) -> Result<StatusCode> {
    let share = share.parse().map_err(|_| Error::NotFound("link"))?;
    super::end(&app, signed_in.account.id, terminal(&id)?, share).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is not an id is no terminal's.
fn terminal(id: &str) -> Result<TerminalId> {
    id.parse().map_err(|_| Error::NotFound("terminal"))
}
