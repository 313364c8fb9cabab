//! Recording terminals, and reading what was recorded.

use axum::{
    Json,
    body::Body,
    extract::{Query, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use shared::{
    DeploymentId, Page, Recording, RecordingHit, RecordingId, Terminal, TerminalId, paths,
};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Wanted, files};
use crate::{Error, Result, accounts::SignedIn, app::App, named::Named};

/// How much of what was written is sent at once.
const MOST_BYTES: usize = 1 << 20;
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
const CAST: HeaderValue = HeaderValue::from_static("application/x-asciicast");

/// The paths of recordings.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(start, stop))
        .routes(routes!(list))
        .routes(routes!(read, remove))
        .routes(routes!(data))
        .routes(routes!(screen))
        .routes(routes!(index))
        .routes(routes!(cast))
        .routes(routes!(search))
}

/// Records a terminal
///
/// What its shell writes from now on is kept, with the screen as it is; never what is typed.
#[utoipa::path(
    post,
    context_path = paths::TERMINALS,
    path = "/{id}/recording",
    tag = "recordings",
    params(("id" = TerminalId, Path, description = "the terminal's id")),
    responses((status = 201, description = "the recording", body = Recording)),
)]
async fn start(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(terminal): Named<Terminal>,
) -> Result<(StatusCode, Json<Recording>)> {
    let begun = super::start(&app, signed_in.account.id, terminal).await?;
    Ok((StatusCode::CREATED, Json(begun)))
}

/// Stops recording a terminal
#[utoipa::path(
    delete,
    context_path = paths::TERMINALS,
    path = "/{id}/recording",
    tag = "recordings",
    params(("id" = TerminalId, Path, description = "the terminal's id")),
    responses((status = 200, description = "the recording as it ended", body = Recording)),
)]
async fn stop(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(terminal): Named<Terminal>,
) -> Result<Json<Recording>> {
    let ended = super::stop(&app, signed_in.account.id, terminal).await?;
    Ok(Json(ended))
}

/// Which recordings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Those in which this text was written.
    q: Option<String>,
    /// Those in which this deployment was begun.
    #[param(value_type = Option<DeploymentId>)]
    deployment: Option<String>,
}

/// The account's recordings, newest first
#[utoipa::path(
    get,
    path = paths::RECORDINGS,
    tag = "recordings",
    params(Which),
    responses((status = 200, description = "all of them", body = Page<Recording>)),
)]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(which): Query<Which>,
) -> Result<Json<Page<Recording>>> {
    let deployment = which.deployment.map(|id| id.parse()).transpose();
    let wanted = Wanted {
        text: which.q.filter(|text| !text.is_empty()),
        deployment: deployment.map_err(|_| Error::NotFound("deployment"))?,
    };
    let all = super::list(&app, signed_in.account.id, wanted).await?;
    Ok(Json(Page::whole(all)))
}

/// One recording
#[utoipa::path(
    get,
    context_path = paths::RECORDINGS,
    path = "/{id}",
    tag = "recordings",
    params(("id" = RecordingId, Path, description = "its id")),
    responses((status = 200, description = "the recording", body = Recording)),
)]
async fn read(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Recording>,
) -> Result<Json<Recording>> {
    Ok(Json(super::by_id(&app, signed_in.account.id, id).await?))
}

/// Removes a recording
#[utoipa::path(
    delete,
    context_path = paths::RECORDINGS,
    path = "/{id}",
    tag = "recordings",
    params(("id" = RecordingId, Path, description = "its id")),
    responses((status = 204, description = "it is gone")),
)]
async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Recording>,
) -> Result<StatusCode> {
    super::remove(&app, signed_in.account.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where to read from.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct From {
    /// The offset.
    #[serde(default)]
    #[param(maximum = 9_007_199_254_740_991_u64)]
    from: u64,
}

/// What was written
///
/// At most a mebibyte from an offset on, or from the next that there is. The header `X-Offset` says
/// which offset the first byte has; nothing is sent when nothing comes any more.
#[utoipa::path(
    get,
    context_path = paths::RECORDINGS,
    path = "/{id}/data",
    tag = "recordings",
    params(("id" = RecordingId, Path, description = "its id"), From),
    responses((status = 200, description = "the bytes", content_type = "application/octet-stream", body = Vec<u8>)),
)]
async fn data(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Recording>,
    Query(from): Query<From>,
) -> Result<impl IntoResponse> {
    let (account, id) = (signed_in.account.id, id);
    super::by_id(&app, account, id).await?;
    let (offset, bytes) = files::data(&app, account, id, from.from, MOST_BYTES).await?;
    Ok((binary([(OFFSET, offset)]), bytes))
}

/// At which offset.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct At {
    /// The offset.
    #[serde(default)]
    #[param(maximum = 9_007_199_254_740_991_u64)]
    at: u64,
}

/// The screen at an offset
///
/// What draws it on a terminal that was just reset. The headers `X-Offset`, `X-Cols` and `X-Rows` say
/// which offset it is at, and the terminal's size there.
#[utoipa::path(
    get,
    context_path = paths::RECORDINGS,
    path = "/{id}/screen",
    tag = "recordings",
    params(("id" = RecordingId, Path, description = "its id"), At),
    responses((status = 200, description = "the bytes", content_type = "application/octet-stream", body = Vec<u8>)),
)]
async fn screen(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Recording>,
    Query(at): Query<At>,
) -> Result<impl IntoResponse> {
    let (account, id) = (signed_in.account.id, id);
    super::by_id(&app, account, id).await?;
    let drawing = files::screen(&app, account, id, at.at).await?;
    let headers = binary([
        (OFFSET, drawing.offset),
        (COLS, drawing.cols.into()),
        (ROWS, drawing.rows.into()),
    ]);
    Ok((headers, drawing.bytes))
}

/// When what was written
///
/// Records of 40 bytes, little-endian: milliseconds since the beginning (8), offset (8), kind (1: 1 what
/// comes from there on was written, 2 the terminal took a size, 3 a deployment was begun, 4 the end),
/// nothing (3), columns (2), rows (2), the deployment's id (16).
#[utoipa::path(
    get,
    context_path = paths::RECORDINGS,
    path = "/{id}/index",
    tag = "recordings",
    params(("id" = RecordingId, Path, description = "its id")),
    responses((status = 200, description = "the records", content_type = "application/octet-stream", body = Vec<u8>)),
)]
async fn index(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Recording>,
) -> Result<impl IntoResponse> {
    let (account, id) = (signed_in.account.id, id);
    super::by_id(&app, account, id).await?;
    let records = files::index(&app, account, id).await?;
    Ok(([(header::CONTENT_TYPE, BYTES)], records))
}

/// The recording for other players
///
/// An asciicast of version 3.
#[utoipa::path(
    get,
    context_path = paths::RECORDINGS,
    path = "/{id}/cast",
    tag = "recordings",
    params(("id" = RecordingId, Path, description = "its id")),
    responses((status = 200, description = "the asciicast", content_type = "application/x-asciicast", body = String)),
)]
async fn cast(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Recording>,
) -> Result<Response> {
    let account = signed_in.account.id;
    let recording = super::by_id(&app, account, id).await?;
    let pieces = files::cast(&app, account, &recording).await?;
    let pieces = futures_util::stream::unfold(pieces, async |mut pieces| {
        Some((pieces.recv().await?, pieces))
    });
    let named = format!("attachment; filename=\"{}\"", file_name(&recording));
    let named = HeaderValue::from_str(&named).map_err(anyhow::Error::from)?;
    let headers = [
        (header::CONTENT_TYPE, CAST),
        (header::CONTENT_DISPOSITION, named),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Text {
    /// The text.
    q: String,
}

/// Where a text was written in a recording
#[utoipa::path(
    get,
    context_path = paths::RECORDINGS,
    path = "/{id}/search",
    tag = "recordings",
    params(("id" = RecordingId, Path, description = "its id"), Text),
    responses((status = 200, description = "the lines, the first first", body = Page<RecordingHit>)),
)]
async fn search(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Recording>,
    Query(text): Query<Text>,
) -> Result<Json<Page<RecordingHit>>> {
    let account = signed_in.account.id;
    let found = super::search(&app, account, id, &text.q).await?;
    Ok(Json(Page::whole(found)))
}

const OFFSET: HeaderName = HeaderName::from_static(paths::OFFSET_HEADER);
const COLS: HeaderName = HeaderName::from_static(paths::COLS_HEADER);
const ROWS: HeaderName = HeaderName::from_static(paths::ROWS_HEADER);

/// The headers of what is bytes.
fn binary<const N: usize>(numbers: [(HeaderName, u64); N]) -> http::HeaderMap {
    let numbers = numbers.map(|(name, number)| (name, HeaderValue::from(number)));
    let all = numbers.into_iter().chain([(header::CONTENT_TYPE, BYTES)]);
    all.collect()
}

/// Of letters, digits and dashes, for example `terminal-1-2026-11-30.cast`.
fn file_name(recording: &Recording) -> String {
    let plain = |letter: char| match letter.to_ascii_lowercase() {
        letter if letter.is_ascii_alphanumeric() => letter,
        _ => '-',
    };
    let name: String = recording.terminal.chars().map(plain).collect();
    let instant = recording.started_at.to_string();
    let day: String = instant.chars().take(10).collect();
    format!("{name}-{day}.cast")
}
