//! Reading providers, and saving credentials for them.

use axum::{
    Json,
    extract::{Path, State},
};
use shared::{Hardware, Location, Page, Provider, SaveCredential, paths};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Result,
    accounts::{self, SignedIn},
    app::App,
};

/// The paths of providers.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(locations))
        .routes(routes!(hardware))
        .routes(routes!(save, forget))
        .routes(routes!(renew))
}

/// Who runs instances
#[utoipa::path(
    get,
    path = paths::PROVIDERS,
    tag = "providers",
    responses((status = 200, description = "all of them", body = Page<Provider>)),
)]
async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Provider>>> {
    let tenant = accounts::tenant(&app, signed_in.account.id).await?;
    Ok(Json(Page::whole(super::list(&app, &tenant).await?)))
}

/// Where a provider runs instances
#[utoipa::path(
    get,
    context_path = paths::PROVIDERS,
    path = "/{provider}/locations",
    tag = "providers",
    params(("provider" = String, Path, description = "its name")),
    responses((status = 200, description = "all of them", body = Page<Location>)),
)]
async fn locations(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(provider): Path<String>,
) -> Result<Json<Page<Location>>> {
    let tenant = accounts::tenant(&app, signed_in.account.id).await?;
    let all = super::locations(&app, &tenant, &provider).await?;
    Ok(Json(Page::whole(all)))
}

/// A provider's sizes of instances
#[utoipa::path(
    get,
    context_path = paths::PROVIDERS,
    path = "/{provider}/locations/{location}/hardware",
    tag = "providers",
    params(("provider" = String, Path, description = "its name"),
        ("location" = String, Path, description = "where")),
    responses((status = 200, description = "all of them", body = Page<Hardware>)),
)]
async fn hardware(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((provider, location)): Path<(String, String)>,
) -> Result<Json<Page<Hardware>>> {
    let tenant = accounts::tenant(&app, signed_in.account.id).await?;
    let all = super::sizes(&app, &tenant, &provider, &location).await?;
    Ok(Json(Page::whole(all)))
}

/// Saves credentials for a provider
///
/// They are tried before they are kept, and kept sealed.
#[utoipa::path(
    put,
    context_path = paths::PROVIDERS,
    path = "/{provider}/credential",
    tag = "providers",
    request_body = SaveCredential,
    params(("provider" = String, Path, description = "its name")),
    responses((status = 200, description = "the provider as it is now", body = Provider)),
)]
async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(provider): Path<String>,
    Json(save): Json<SaveCredential>,
) -> Result<Json<Provider>> {
    let tenant = accounts::tenant(&app, signed_in.account.id).await?;
    Ok(Json(super::save(&app, &tenant, &provider, save).await?))
}

/// Forgets the credentials for a provider
#[utoipa::path(
    delete,
    context_path = paths::PROVIDERS,
    path = "/{provider}/credential",
    tag = "providers",
    params(("provider" = String, Path, description = "its name")),
    responses((status = 200, description = "the provider as it is now", body = Provider)),
)]
async fn forget(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(provider): Path<String>,
) -> Result<Json<Provider>> {
    let tenant = accounts::tenant(&app, signed_in.account.id).await?;
    Ok(Json(super::forget(&app, &tenant, &provider).await?))
}

/// Gives the account a new key to the emulated cloud
///
/// Its home gets it; the key before it is refused from now on.
#[utoipa::path(
    post,
    context_path = paths::PROVIDERS,
    path = "/{provider}/renew",
    tag = "providers",
    params(("provider" = String, Path, description = "its name")),
    responses((status = 200, description = "the provider as it is now", body = Provider)),
)]
async fn renew(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(provider): Path<String>,
) -> Result<Json<Provider>> {
    let tenant = accounts::tenant(&app, signed_in.account.id).await?;
    Ok(Json(super::renew(&app, &tenant, &provider).await?))
}
