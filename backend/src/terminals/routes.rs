//! Opening, listing, showing and ending terminals.

use axum::{
    Json,
    extract::{FromRequestParts as _, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::{OpenTerminal, Page, RenameTerminal, Terminal, TerminalId, paths, terminal::Role};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Error, Result, accounts::SignedIn, app::App, named::Named};

/// The paths of terminals.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(rename, end))
        .routes(routes!(extend))
        .routes(routes!(socket))
}

/// The account's terminals
#[utoipa::path(
    get,
    path = paths::TERMINALS,
    tag = "terminals",
    responses((status = 200, description = "all of them", body = Page<Terminal>)),
)]
async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Terminal>>> {
    Ok(Json(Page::whole(
        super::list(&app, signed_in.account.id).await?,
    )))
}

/// Opens a terminal
#[utoipa::path(
    post,
    path = paths::TERMINALS,
    tag = "terminals",
    request_body = OpenTerminal,
    responses((status = 201, description = "the terminal", body = Terminal)),
)]
async fn open(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(size): Json<OpenTerminal>,
) -> Result<impl IntoResponse> {
    let terminal = super::open(&app, &signed_in.tenant(), size).await?;
    Ok((StatusCode::CREATED, Json(terminal)))
}

/// Renames a terminal
#[utoipa::path(
    patch,
    context_path = paths::TERMINALS,
    path = "/{id}",
    tag = "terminals",
    params(("id" = TerminalId, Path, description = "its id")),
    request_body = RenameTerminal,
    responses((status = 200, description = "the terminal", body = Terminal)),
)]
async fn rename(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Terminal>,
    Json(new): Json<RenameTerminal>,
) -> Result<Json<Terminal>> {
    let renamed = super::rename(&app, signed_in.account.id, id, &new.name).await?;
    Ok(Json(renamed))
}

/// Gives a terminal more time
///
/// From now on it has as much as a new one.
#[utoipa::path(
    post,
    context_path = paths::TERMINALS,
    path = "/{id}/extend",
    tag = "terminals",
    params(("id" = TerminalId, Path, description = "its id")),
    responses((status = 200, description = "the terminal", body = Terminal)),
)]
async fn extend(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Terminal>,
) -> Result<Json<Terminal>> {
    let extended = super::extend(&app, signed_in.account.id, id).await?;
    Ok(Json(extended))
}

/// Ends a terminal
#[utoipa::path(
    delete,
    context_path = paths::TERMINALS,
    path = "/{id}",
    tag = "terminals",
    params(("id" = TerminalId, Path, description = "its id")),
    responses((status = 204, description = "its shell is gone")),
)]
async fn end(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Terminal>,
) -> Result<StatusCode> {
    super::end(&app, signed_in.account.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A terminal's websocket
///
/// Binary frames: one type byte, then fixed little-endian fields, then bytes.
#[utoipa::path(
    get,
    context_path = paths::TERMINALS,
    path = "/{id}/socket",
    tag = "terminals",
    params(("id" = TerminalId, Path, description = "its id")),
    responses((status = 101, description = "the websocket")),
)]
async fn socket(
    State(app): State<App>,
    Named(id): Named<Terminal>,
    page: Request,
) -> Result<Response> {
    let (mut head, body) = page.into_parts();
    let claimed = super::socket::claimed(&head);
    // all at once, as a person waits: what was found is shown to whose it is alone, and a place that was
    // kept for who shows something else is given up
    let (signed_in, found, seat) = tokio::join!(
        SignedIn::from_request_parts(&mut head, &app),
        super::of_anybody(&app, id),
        super::socket::keep_seat(&app, id, claimed)
    );
    let (signed_in, found, page) = (signed_in?, found?, Request::from_parts(head, body));
    let held = found.filter(|held| held.account == signed_in.account.id);
    let held = held.ok_or(Error::NotFound("terminal"))?;
    let visitor = pty::Visitor {
        role: Role::Write,
        login: signed_in.login,
    };
    super::socket::open(&app, &held, (visitor, seat), page).await
}
