//! Reading providers, and saving credentials for them.

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::{get, put},
};
use shared::{Hardware, Location, Page, Provider, SaveCredential, paths};

use crate::{
    Result,
    accounts::{self, SignedIn},
    app::App,
};

/// The paths of providers.
pub fn router() -> Router<App> {
    let one = format!("{}/{{provider}}", paths::PROVIDERS);
    let locations_of = format!("{one}/locations");
    Router::new()
        .route(paths::PROVIDERS, get(list))
        .route(&locations_of, get(locations))
        .route(
            &format!("{locations_of}/{{location}}/hardware"),
            get(hardware),
        )
        .route(&format!("{one}/credential"), put(save).delete(forget))
}

async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Provider>>> {
    let tenant = accounts::tenant(&app, signed_in.account.id).await?;
    Ok(Json(Page::whole(super::list(&app, &tenant).await?)))
}

async fn locations(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(provider): Path<String>,
) -> Result<Json<Page<Location>>> {
    let tenant = accounts::tenant(&app, signed_in.account.id).await?;
    let all = super::locations(&app, &tenant, &provider).await?;
    Ok(Json(Page::whole(all)))
}

async fn hardware(
    _signed_in: SignedIn,
    Path((provider, _location)): Path<(String, String)>,
) -> Result<Json<Page<Hardware>>> {
    super::check(&provider)?;
    Ok(Json(Page::whole(super::sizes(&provider))))
}

async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(provider): Path<String>,
    Json(save): Json<SaveCredential>,
) -> Result<Json<Provider>> {
    let tenant = accounts::tenant(&app, signed_in.account.id).await?;
    Ok(Json(super::save(&app, &tenant, &provider, save).await?))
}

async fn forget(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(provider): Path<String>,
) -> Result<Json<Provider>> {
    let tenant = accounts::tenant(&app, signed_in.account.id).await?;
    Ok(Json(super::forget(&app, &tenant, &provider).await?))
}
