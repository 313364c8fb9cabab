//! Tutorials, how far an account is in each, and their tasks.

use axum::{
    Json,
    extract::{DefaultBodyLimit, Path, Query, State},
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde::Deserialize;
use shared::{
    Page, Tutorial, TutorialDetail, paths,
    tutorial::{Checked, Previewed, Progress, PushPreview, ReadStep, Solved},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Result, accounts::SignedIn, app::App};

/// The paths of tutorials.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(image))
        .routes(routes!(progress, turn_to, reset))
        .routes(routes!(check))
        .routes(routes!(solve))
}

/// A folder with images is larger than all else that is sent as JSON, in bytes.
const LARGEST_FOLDER_BYTES: usize = 8 << 20; // 8 MiB

/// An image loads nothing and runs nothing, whatever is drawn in it (CSP level 3).
const IMAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// The paths of previews, which are sent whole.
pub fn previews() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(preview, end_preview))
        .layer(DefaultBodyLimit::max(LARGEST_FOLDER_BYTES))
}

/// The tutorials
#[utoipa::path(
    get,
    path = paths::TUTORIALS,
    tag = "tutorials",
    responses((status = 200, description = "all of them", body = Page<Tutorial>)),
)]
async fn list(State(app): State<App>, _: SignedIn) -> Json<Page<Tutorial>> {
    Json(Page::whole(super::list(&app)))
}

/// What is asked of a tutorial.
#[derive(Debug, Deserialize)]
struct Asked {
    /// The language, as a BCP 47 tag.
    #[serde(default)]
    language: String,
}

/// A tutorial with its text
#[utoipa::path(
    get,
    context_path = paths::TUTORIALS,
    path = "/{name}",
    tag = "tutorials",
    params(
        ("name" = String, Path, description = "its name"),
        ("language" = Option<String>, Query, description = "the language, as a BCP 47 tag; without it, or where there is none in it, its own"),
    ),
    responses((status = 200, description = "the tutorial", body = TutorialDetail)),
)]
async fn read(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<TutorialDetail>> {
    let detail = super::read(&app, signed_in.account.id, &name, &asked.language)?;
    Ok(Json(detail))
}

/// Which image is meant.
#[derive(Debug, Deserialize)]
struct Shown {
    /// Its path in the tutorial's folder.
    path: String,
}

/// An image that a tutorial shows
///
/// No other file of its folder is sent.
#[utoipa::path(
    get,
    context_path = paths::TUTORIALS,
    path = "/{name}/image",
    tag = "tutorials",
    params(
        ("name" = String, Path, description = "the tutorial's name"),
        ("path" = String, Query, description = "the image's path in the tutorial's folder"),
    ),
    responses((status = 200, description = "the image", body = Vec<u8>, content_type = "image/*")),
)]
async fn image(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Query(shown): Query<Shown>,
) -> Result<impl IntoResponse> {
    let (kind, bytes) = super::image(&app, signed_in.account.id, &name, &shown.path)?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, IMAGE_POLICY),
    ];
    Ok((headers, bytes))
}

/// Shows a folder as a tutorial to its author
///
/// The account alone sees it, as the tutorial that is answered, for an hour after it was sent last; pages
/// that show it change at once.
#[utoipa::path(
    put,
    context_path = paths::TUTORIAL_PREVIEWS,
    path = "/{folder}",
    tag = "tutorials",
    params(("folder" = String, Path, description = "what the folder is called")),
    request_body = PushPreview,
    responses((status = 200, description = "where its page is", body = Previewed)),
)]
async fn preview(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(folder): Path<String>,
    Json(pushed): Json<PushPreview>,
) -> Result<Json<Previewed>> {
    let account = signed_in.account.id;
    let previewed = super::previews::push(&app, account, &folder, pushed).await?;
    Ok(Json(previewed))
}

/// Ends a preview
#[utoipa::path(
    delete,
    context_path = paths::TUTORIAL_PREVIEWS,
    path = "/{folder}",
    tag = "tutorials",
    params(("folder" = String, Path, description = "what the folder is called")),
    responses((status = 204, description = "it is gone")),
)]
async fn end_preview(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(folder): Path<String>,
) -> Result<StatusCode> {
    super::previews::end(&app, signed_in.account.id, &folder).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How far the account is in a tutorial
#[utoipa::path(
    get,
    context_path = paths::TUTORIALS,
    path = "/{name}/progress",
    tag = "tutorials",
    params(("name" = String, Path, description = "its name")),
    responses((status = 200, description = "how far it is", body = Progress)),
)]
async fn progress(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
) -> Result<Json<Progress>> {
    let progress = super::progress(&app, signed_in.account.id, &name).await?;
    Ok(Json(progress))
}

/// Notes which step the account reads
///
/// The first time, it begins the tutorial.
#[utoipa::path(
    put,
    context_path = paths::TUTORIALS,
    path = "/{name}/progress",
    tag = "tutorials",
    params(("name" = String, Path, description = "its name")),
    request_body = ReadStep,
    responses((status = 200, description = "how far it is", body = Progress)),
)]
async fn turn_to(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Json(read): Json<ReadStep>,
) -> Result<Json<Progress>> {
    let progress = super::turn_to(&app, &signed_in.tenant(), &name, read.step).await?;
    Ok(Json(progress))
}

/// Forgets how far the account is in a tutorial
///
/// What it made stays.
#[utoipa::path(
    delete,
    context_path = paths::TUTORIALS,
    path = "/{name}/progress",
    tag = "tutorials",
    params(("name" = String, Path, description = "its name")),
    responses((status = 204, description = "it is forgotten")),
)]
async fn reset(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
) -> Result<StatusCode> {
    super::reset(&app, signed_in.account.id, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Finds out whether a task of a tutorial is done
#[utoipa::path(
    post,
    context_path = paths::TUTORIALS,
    path = "/{name}/tasks/{task}/check",
    tag = "tutorials",
    params(
        ("name" = String, Path, description = "the tutorial's name"),
        ("task" = String, Path, description = "the task's name"),
    ),
    responses((status = 200, description = "what was found", body = Checked)),
)]
async fn check(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((name, task)): Path<(String, String)>,
) -> Result<Json<Checked>> {
    let checked = super::check(&app, &signed_in.tenant(), &name, &task).await?;
    Ok(Json(checked))
}

/// Does a task of a tutorial for the reader
///
/// Whether it is done then is for its check to say.
#[utoipa::path(
    post,
    context_path = paths::TUTORIALS,
    path = "/{name}/tasks/{task}/solution",
    tag = "tutorials",
    params(
        ("name" = String, Path, description = "the tutorial's name"),
        ("task" = String, Path, description = "the task's name"),
    ),
    responses((status = 200, description = "how it went", body = Solved)),
)]
async fn solve(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((name, task)): Path<(String, String)>,
) -> Result<Json<Solved>> {
    let solved = super::solve(&app, &signed_in.tenant(), &name, &task).await?;
    Ok(Json(solved))
}
