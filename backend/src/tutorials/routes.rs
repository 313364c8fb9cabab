//! Tutorials, how far an account is in each, and their tasks.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use shared::{
    Page, Tutorial, TutorialDetail, paths,
    tutorial::{Checked, Progress, ReadStep, Solved},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Result, accounts::SignedIn, app::App};

/// The paths of tutorials.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(progress, turn_to, reset))
        .routes(routes!(check))
        .routes(routes!(solve))
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
    _: SignedIn,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<TutorialDetail>> {
    Ok(Json(super::read(&app, &name, &asked.language)?))
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
