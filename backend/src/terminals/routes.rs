//! Opening, listing, showing and ending terminals.

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{delete, get},
};
use shared::{OpenTerminal, Page, Terminal, TerminalId, paths};

use crate::{Error, Result, accounts::SignedIn, app::App};

/// The paths of terminals.
pub fn router() -> Router<App> {
    let one = format!("{}/{{id}}", paths::TERMINALS);
    Router::new()
        .route(paths::TERMINALS, get(list).post(open))
        .route(&one, delete(end))
        .route(&format!("{one}/socket"), get(socket))
}

async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Terminal>>> {
    Ok(Json(Page::whole(
        super::list(&app, signed_in.account.id).await?,
    )))
}

async fn open(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(size): Json<OpenTerminal>,
) -> Result<impl IntoResponse> {
    let terminal = super::open(&app, signed_in.account.id, size).await?;
    Ok((StatusCode::CREATED, Json(terminal)))
}

async fn end(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    super::end(&app, signed_in.account.id, known(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn socket(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    page: Request,
) -> Result<Response> {
    let terminal = super::by_id(&app, signed_in.account.id, known(&id)?).await?;
    super::socket::splice(&app, terminal.id, page).await
}

/// What is not an id is no terminal's.
fn known(id: &str) -> Result<TerminalId> {
    id.parse().map_err(|_| Error::NotFound("terminal"))
}
