//! Reading applications, and moving their addresses.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use serde::Deserialize;
use shared::{
    Application, ApplicationDetail, ChangeApplication, ChangeVisitors, Deployment, DeploymentKind,
    MovePlan, OpenPreview, Page, Policy, Preview, Receipt, Traffic, paths,
};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Result, accounts::SignedIn, app::App};

/// The paths of applications.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(change))
        .routes(routes!(set_policy))
        .routes(routes!(set_visitors))
        .routes(routes!(traffic))
        .routes(routes!(receipts))
        .routes(routes!(open_preview))
        .routes(routes!(preview))
        .routes(routes!(plan))
}

/// The account's applications
#[utoipa::path(
    get,
    path = paths::APPLICATIONS,
    tag = "applications",
    responses((status = 200, description = "all of them", body = Page<Application>)),
)]
async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Application>>> {
    Ok(Json(Page::whole(
        super::list(&app, signed_in.account.id).await?,
    )))
}

/// One application with its versions
#[utoipa::path(
    get,
    context_path = paths::APPLICATIONS,
    path = "/{name}",
    tag = "applications",
    params(("name" = String, Path, description = "its name")),
    responses((status = 200, description = "the application", body = ApplicationDetail)),
)]
async fn read(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
) -> Result<Json<ApplicationDetail>> {
    Ok(Json(super::read(&app, signed_in.account.id, &name).await?))
}

/// Promotes a version, or rolls back
#[utoipa::path(
    post,
    context_path = paths::APPLICATIONS,
    path = "/{name}/deployments",
    tag = "applications",
    request_body = ChangeApplication,
    params(("name" = String, Path, description = "its name")),
    responses((status = 202, description = "the deployment that has begun", body = Deployment)),
)]
async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Json(change): Json<ChangeApplication>,
) -> Result<impl IntoResponse> {
    let deployment = super::change(&app, &signed_in.account, &name, change).await?;
    Ok((StatusCode::ACCEPTED, Json(deployment)))
}

/// Says how an application's address is moved from now on
#[utoipa::path(
    put,
    context_path = paths::APPLICATIONS,
    path = "/{name}/policy",
    tag = "applications",
    request_body = Policy,
    params(("name" = String, Path, description = "its name")),
    responses((status = 200, description = "the application", body = Application)),
)]
async fn set_policy(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Json(policy): Json<Policy>,
) -> Result<Json<Application>> {
    let application = super::set_policy(&app, signed_in.account.id, &name, policy).await?;
    Ok(Json(application))
}

/// Says what becomes of visitors: they are served, wait for a while, or are turned away
#[utoipa::path(
    put,
    context_path = paths::APPLICATIONS,
    path = "/{name}/visitors",
    tag = "applications",
    request_body = ChangeVisitors,
    params(("name" = String, Path, description = "its name")),
    responses((status = 200, description = "the application", body = Application)),
)]
async fn set_visitors(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Json(change): Json<ChangeVisitors>,
) -> Result<Json<Application>> {
    let account = signed_in.account.id;
    Ok(Json(
        super::set_visitors(&app, account, &name, change).await?,
    ))
}

/// How visitors were answered in the last minute, by version and second
#[utoipa::path(
    get,
    context_path = paths::APPLICATIONS,
    path = "/{name}/traffic",
    tag = "applications",
    params(("name" = String, Path, description = "its name")),
    responses((status = 200, description = "what is remembered", body = Traffic)),
)]
async fn traffic(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
) -> Result<Json<Traffic>> {
    let account = signed_in.account.id;
    Ok(Json(super::traffic(&app, account, &name).await?))
}

/// What an application's deployments came to, as a chain that can be checked
#[utoipa::path(
    get,
    context_path = paths::APPLICATIONS,
    path = "/{name}/receipts",
    tag = "applications",
    params(("name" = String, Path, description = "its name")),
    responses((status = 200, description = "oldest first", body = Page<Receipt>)),
)]
async fn receipts(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
) -> Result<Json<Page<Receipt>>> {
    let all = super::receipts(&app, signed_in.account.id, &name).await?;
    Ok(Json(Page::whole(all)))
}

/// Makes a pass that shows a version at the application's own address
#[utoipa::path(
    post,
    context_path = paths::APPLICATIONS,
    path = "/{name}/previews",
    tag = "applications",
    request_body = OpenPreview,
    params(("name" = String, Path, description = "its name")),
    responses((status = 200, description = "the pass", body = Preview)),
)]
async fn open_preview(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Json(open): Json<OpenPreview>,
) -> Result<Json<Preview>> {
    let account = signed_in.account.id;
    Ok(Json(super::open_preview(&app, account, &name, open).await?))
}

/// Leads a browser to a version, shown at the application's own address for an hour
#[utoipa::path(
    get,
    context_path = paths::APPLICATIONS,
    path = "/{name}/versions/{version}/preview",
    tag = "applications",
    params(
        ("name" = String, Path, description = "its name"),
        ("version" = String, Path, description = "the version"),
    ),
    responses((status = 303, description = "to the address, with a pass")),
)]
async fn preview(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((name, version)): Path<(String, String)>,
) -> Result<Redirect> {
    let open = OpenPreview {
        version,
        minutes: OpenPreview::USUAL_MINUTES,
    };
    let preview = super::open_preview(&app, signed_in.account.id, &name, open).await?;
    Ok(Redirect::to(&preview.link))
}

/// What making a version live, or destroying it, would do; nothing of it is done
#[utoipa::path(
    get,
    context_path = paths::APPLICATIONS,
    path = "/{name}/versions/{version}/plan",
    tag = "applications",
    params(
        ("name" = String, Path, description = "its name"),
        ("version" = String, Path, description = "the version"),
        How,
    ),
    responses((status = 200, description = "what would be done", body = MovePlan)),
)]
async fn plan(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((name, version)): Path<(String, String)>,
    Query(how): Query<How>,
) -> Result<Json<MovePlan>> {
    let account = signed_in.account.id;
    let plan = super::plan(&app, account, (&name, &version), how.kind).await?;
    Ok(Json(plan))
}

/// What would be done with a version.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct How {
    /// `promote`, `roll_back`, or `destroy`.
    #[serde(default = "by_promoting")]
    kind: DeploymentKind,
}

fn by_promoting() -> DeploymentKind {
    DeploymentKind::Promote
}
