//! Listing, downloading, uploading and removing files of the home.

use axum::{
    Json,
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use shared::{Folder, MakeFolder, paths};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    answer::{Part, attachment},
    send::{Content, Download},
    upload::Replace,
};
use crate::{Error, Result, accounts::SignedIn, app::App};

/// The paths of files.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, make_folder, remove))
        .routes(routes!(download, upload))
}

/// What of the home is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Place {
    /// The path, from the home on; without it, the home itself.
    #[serde(default)]
    path: String,
}

/// Where a file is to be put.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Target {
    /// The path, from the home on.
    path: String,
    /// Whether a file that is there is replaced.
    #[serde(default)]
    overwrite: bool,
}

/// A folder of the home
///
/// Links are followed as long as they lead to what is in the home.
#[utoipa::path(
    get,
    path = paths::FILES,
    tag = "files",
    params(Place),
    responses((status = 200, description = "what is in it", body = Folder)),
)]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(place): Query<Place>,
) -> Result<Json<Folder>> {
    let folder = super::list(&app, signed_in.account.id, &place.path).await?;
    Ok(Json(folder))
}

/// Makes a folder
///
/// Those above it are made too; one that is there stays.
#[utoipa::path(
    post,
    path = paths::FILES,
    tag = "files",
    request_body = MakeFolder,
    responses((status = 201, description = "it is there")),
)]
async fn make_folder(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(folder): Json<MakeFolder>,
) -> Result<StatusCode> {
    super::make_folder(&app, signed_in.account.id, &folder.path).await?;
    Ok(StatusCode::CREATED)
}

/// Removes a file, or a folder with all in it
#[utoipa::path(
    delete,
    path = paths::FILES,
    tag = "files",
    params(Place),
    responses((status = 204, description = "it is gone")),
)]
async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(place): Query<Place>,
) -> Result<StatusCode> {
    super::remove(&app, signed_in.account.id, &place.path).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Downloads a file, or a folder as a tar archive
///
/// Of a file, one range of bytes may be asked for.
#[utoipa::path(
    get,
    path = paths::FILE_CONTENT,
    tag = "files",
    params(Place),
    responses(
        (status = 200, description = "all of it", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "a part of it", body = Vec<u8>, content_type = "application/octet-stream"),
    ),
)]
async fn download(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(place): Query<Place>,
    headers: HeaderMap,
) -> Result<Response> {
    let found = super::send::open(&app, signed_in.account.id, &place.path).await?;
    match found {
        Download::File(content) => file(content, &headers),
        Download::Folder(folder) => {
            let name = format!("{}.tar", folder.name);
            Ok((said(&name), Body::from_stream(folder.stream()?)).into_response())
        }
    }
}

/// Uploads a file
///
/// It is there once all of it has arrived, in one step, and belongs to the account. A folder that it
/// is to be in must be there.
#[utoipa::path(
    put,
    path = paths::FILE_CONTENT,
    tag = "files",
    params(Target),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, description = "it is there")),
)]
async fn upload(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(target): Query<Target>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode> {
    let announced = text(&headers, header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
    let replace = match target.overwrite {
        true => Replace::Yes,
        false => Replace::No,
    };
    let (account, announced) = (signed_in.account.id, announced.unwrap_or(0));
    super::take::take(&app, account, &target.path, replace, announced, body).await?;
    Ok(StatusCode::CREATED)
}

fn file(content: Content, headers: &HeaderMap) -> Result<Response> {
    let size = content.size;
    let part = content.part(
        text(headers, header::RANGE),
        text(headers, header::IF_RANGE),
    );
    let (status, first, count) = match part {
        Part::Whole => (StatusCode::OK, 0, size),
        Part::Bytes { first, last } => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Part::Missing => {
            let refused = Error::Invalid("these bytes are not in the file".into(), None);
            let mut refused = refused.into_response();
            *refused.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            let range = format!("bytes */{size}");
            refused
                .headers_mut()
                .insert(header::CONTENT_RANGE, value(&range)?);
            return Ok(refused);
        }
    };
    let (mut said, tag) = (said(&content.name), value(&content.tag)?);
    said.insert(header::ETAG, tag);
    said.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    said.insert(header::CONTENT_LENGTH, count.into());
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {first}-{}/{size}", first + count - 1);
        said.insert(header::CONTENT_RANGE, value(&range)?);
    }
    let body = Body::from_stream(content.stream(first, count)?);
    Ok((status, said, body).into_response())
}

/// Something to be saved, which no page takes for its own: whatever it is, it is bytes.
fn said(name: &str) -> HeaderMap {
    let own = HeaderName::from_static("cross-origin-resource-policy");
    HeaderMap::from_iter([
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        ),
        (header::CONTENT_DISPOSITION, attachment(name)),
        (own, HeaderValue::from_static("same-origin")),
    ])
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn value(text: &str) -> Result<HeaderValue> {
    Ok(HeaderValue::from_str(text).map_err(anyhow::Error::from)?)
}
