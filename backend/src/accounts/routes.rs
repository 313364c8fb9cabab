//! Signing in and out.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse},
    routing::{delete, get, post},
};
use shared::{Account, NewToken, Token, paths};

use super::{COOKIE, SecretKind, SignedIn, extract};
use crate::{Error, Result, app::App};

/// The paths of accounts.
pub fn router() -> Router<App> {
    Router::new()
        .route(paths::ACCOUNT, get(current))
        .route(paths::GUESTS, post(try_it_now))
        .route(paths::SESSION, delete(sign_out))
        .route(paths::TOKENS, post(make_token))
}

async fn current(signed_in: SignedIn) -> Json<Account> {
    Json(signed_in.account)
}

async fn try_it_now(State(app): State<App>, headers: HeaderMap) -> Result<impl IntoResponse> {
    if headers.contains_key(header::ORIGIN) {
        extract::own_origin(&headers)?;
    }
    let (account, secret) = super::make_guest(&app).await?;
    tracing::info!(account.id = %account.id, "made a guest account");
    let cookie = set_cookie(&secret, 60 * 60 * 24 * 30);
    Ok((
        StatusCode::CREATED,
        AppendHeaders([(header::SET_COOKIE, cookie)]),
        Json(account),
    ))
}

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
        AppendHeaders([(header::SET_COOKIE, set_cookie("", 0))]),
    ))
}

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
    let secret = super::make_secret(&app, id, SecretKind::Token, &new.name).await?;
    Ok((
        StatusCode::CREATED,
        Json(Token {
            name: new.name,
            secret,
        }),
    ))
}

fn set_cookie(secret: &str, max_age_s: u32) -> String {
    format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_s}")
}
