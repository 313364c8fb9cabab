//! Signing in and out.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse},
};
use shared::{Account, Login, LoginKind, NewToken, Page, Token, paths};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{COOKIE, SignedIn, extract, logins};
use crate::{Error, Result, app::App};

/// The paths of accounts.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(current, remove))
        .routes(routes!(try_it_now))
        .routes(routes!(sign_out))
        .routes(routes!(make_token))
        .routes(routes!(list_logins, revoke_others))
        .routes(routes!(revoke))
}

/// The signed-in account
#[utoipa::path(
    get,
    path = paths::ACCOUNT,
    tag = "accounts",
    responses((status = 200, description = "the account", body = Account)),
)]
async fn current(signed_in: SignedIn) -> Json<Account> {
    Json(signed_in.account)
}

/// Removes the account
///
/// All that is kept for it is gone then: its home, its terminals, its part of the emulated cloud, its
/// history. What it has made must be destroyed before.
#[utoipa::path(
    delete,
    path = paths::ACCOUNT,
    tag = "accounts",
    responses((status = 204, description = "it is removed, and the browser signed out")),
)]
async fn remove(State(app): State<App>, signed_in: SignedIn) -> Result<impl IntoResponse> {
    let account = signed_in.account;
    super::remove(&app, account.id).await?;
    tracing::info!(account.id = %account.id, "removed an account");
    Ok((
        StatusCode::NO_CONTENT,
        AppendHeaders([(header::SET_COOKIE, set_cookie(&app, "", 0))]),
    ))
}

/// Makes a guest account and signs in
///
/// The answer sets the cookie that the page signs in with.
#[utoipa::path(
    post,
    path = paths::GUESTS,
    tag = "accounts",
    responses((status = 201, description = "the new account", body = Account)),
    security(()),
)]
async fn try_it_now(State(app): State<App>, headers: HeaderMap) -> Result<impl IntoResponse> {
    if headers.contains_key(header::ORIGIN) {
        extract::own_origin(&headers)?;
    }
    let (account, secret) = super::make_guest(&app).await?;
    tracing::info!(account.id = %account.id, "made a guest account");
    let cookie = set_cookie(&app, &secret, 60 * 60 * 24 * 30);
    Ok((
        StatusCode::CREATED,
        AppendHeaders([(header::SET_COOKIE, cookie)]),
        Json(account),
    ))
}

/// Signs out
#[utoipa::path(
    delete,
    path = paths::SESSION,
    tag = "accounts",
    responses((status = 204, description = "signed out")),
)]
async fn sign_out(
    State(app): State<App>,
    _signed_in: SignedIn,
    headers: HeaderMap,
) -> Result<impl IntoResponse> {
    if let Some(secret) = extract::cookie(&headers) {
        super::forget(&app, &secret).await?;
    }
    Ok((
        StatusCode::NO_CONTENT,
        AppendHeaders([(header::SET_COOKIE, set_cookie(&app, "", 0))]),
    ))
}

/// Makes a token
///
/// Its secret is shown this once.
#[utoipa::path(
    post,
    path = paths::TOKENS,
    tag = "accounts",
    request_body = NewToken,
    responses((status = 201, description = "the token", body = Token)),
)]
async fn make_token(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(new): Json<NewToken>,
) -> Result<impl IntoResponse> {
    if new.name.trim().is_empty() || new.name.len() > 100 {
        return Err(Error::Invalid(
            "a token needs a name of 1 to 100 characters".into(),
            None,
        ));
    }
    let id = signed_in.account.id;
    let secret = super::make_secret(&app, id, LoginKind::Token, &new.name).await?;
    Ok((
        StatusCode::CREATED,
        Json(Token {
            name: new.name,
            secret,
        }),
    ))
}

/// What is signed in
#[utoipa::path(
    get,
    path = paths::LOGINS,
    tag = "accounts",
    responses((status = 200, description = "all of them", body = Page<Login>)),
)]
async fn list_logins(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Login>>> {
    Ok(Json(Page::whole(logins::list(&app, &signed_in).await?)))
}

/// Signs all others out
///
/// All but the one that asks, and the token that the account's own terminals have. What they show is
/// closed.
#[utoipa::path(
    delete,
    path = paths::LOGINS,
    tag = "accounts",
    responses((status = 204, description = "they are signed out")),
)]
async fn revoke_others(State(app): State<App>, signed_in: SignedIn) -> Result<StatusCode> {
    logins::revoke_others(&app, &signed_in).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs one out
///
/// The terminals and the events that it shows are closed.
#[utoipa::path(
    delete,
    context_path = paths::LOGINS,
    path = "/{id}",
    tag = "accounts",
    params(("id" = String, Path, description = "the login's id")),
    responses((status = 204, description = "it is signed out")),
)]
async fn revoke(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    logins::revoke(&app, signed_in.account.id, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A browser sends it by TLS alone where people come by that.
fn set_cookie(app: &App, secret: &str, max_age_s: u32) -> String {
    let by_tls = app.config.reached_by_people().starts_with("https:");
    let secure = if by_tls { "; Secure" } else { "" };
    let base = app.config.base_path();
    format!(
        "{COOKIE}={secret}; Path={base}/; HttpOnly; SameSite=Strict; Max-Age={max_age_s}{secure}"
    )
}
