//! What a page that tests itself asks.

use axum::{
    Json,
    extract::{State, WebSocketUpgrade},
    http::{HeaderMap, header},
    response::Response,
};
use shared::{SelfTest, paths, self_test::LARGEST_MESSAGE_BYTES};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::socket;
use crate::{Result, accounts, app::App};

/// The paths of the self-test.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read))
        .routes(routes!(listen))
}

/// Which of the hops behind the server fails, if one does
///
/// Nobody need be signed in.
#[utoipa::path(
    get,
    path = paths::SELF_TEST,
    tag = "server",
    responses((status = 200, description = "how they are", body = SelfTest)),
    security(()),
)]
async fn read(State(app): State<App>, headers: HeaderMap) -> Json<SelfTest> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    Json(SelfTest {
        host: host.unwrap_or_default().to_owned(),
        base_path: app.config.base_path(),
        hops: super::hops(&app).await,
    })
}

/// A websocket that says a few words and then whatever it hears
///
/// Nobody need be signed in, but a page of another origin is refused as it is at terminals.
#[utoipa::path(
    get,
    path = paths::SELF_TEST_SOCKET,
    tag = "server",
    responses((status = 101, description = "the websocket")),
    security(()),
)]
async fn listen(
    State(app): State<App>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response> {
    accounts::own_origin(&headers)?;
    let place = socket::Place::take()?;
    let every = app.config.ping_every();
    Ok(upgrade
        .max_message_size(LARGEST_MESSAGE_BYTES)
        .on_upgrade(move |socket| socket::serve(socket, place, every)))
}
