//! Making, listing and ending links to terminals.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use shared::{MadeShare, NewShare, ShareId, Sharing, Terminal, TerminalId, paths};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Result,
    accounts::SignedIn,
    app::App,
    named::{self, Named},
};

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
    Named(id): Named<Terminal>,
) -> Result<Json<Sharing>> {
    let sharing = super::list(&app, signed_in.account.id, id).await?;
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
    Named(id): Named<Terminal>,
    Json(new): Json<NewShare>,
) -> Result<(StatusCode, Json<MadeShare>)> {
    let made = super::make(&app, signed_in.account.id, id, new).await?;
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
    Named(id): Named<Terminal>,
) -> Result<StatusCode> {
    super::end_all(&app, signed_in.account.id, id).await?;
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
    let (id, share) = (named::read(&id)?, named::read(&share)?);
    super::end(&app, signed_in.account.id, id, share).await?;
    Ok(StatusCode::NO_CONTENT)
}
