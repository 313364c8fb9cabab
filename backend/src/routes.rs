//! Every path of the server, and what is around all of them.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    middleware,
};
use tower_http::{
    catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer, set_header::SetResponseHeaderLayer,
    trace::TraceLayer,
};
use utoipa::{OpenApi, openapi};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    accounts,
    app::App,
    applications,
    base_path::Below,
    configurations, deployments,
    description::{self, Description},
    error, events, files, health, infrastructures, instances, links, original, page, providers,
    recordings, resources, router, self_test, shares, terminals, tutorials, visits, webhooks,
};

/// A macfile is text of a few kilobytes; nothing else that is sent here is larger.
const LARGEST_BODY_BYTES: usize = 1 << 20;

/// What a page of ours may load, and from where (CSP level 3).
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Every path on one screen, those of files apart, and their description.
fn api() -> (Router<App>, Router<App>, openapi::OpenApi) {
    let (router, mut openapi) = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(health::health))
        .routes(routes!(events::socket))
        .merge(self_test::routes::router())
        .merge(accounts::routes::router())
        .merge(applications::routes::router())
        .merge(infrastructures::routes::router())
        .merge(instances::routes::router())
        .merge(providers::routes::router())
        .merge(configurations::routes::router())
        .merge(resources::routes::router())
        .merge(deployments::routes::router())
        .merge(terminals::routes::router())
        .merge(shares::routes::router())
        .merge(visits::routes::router())
        .merge(recordings::routes::router())
        .merge(tutorials::routes::router())
        .merge(webhooks::routes::router())
        .merge(links::routes::router())
        .split_for_parts();
    let (files, described) = files::routes::router()
        .merge(tutorials::routes::previews())
        .split_for_parts();
    openapi.merge(described);
    (router, files, description::complete(openapi))
}

/// All of it, below the path that people reach it by.
pub(crate) fn router(app: App) -> Router {
    let (base, domain) = (app.config.base_path(), app.router.domain.clone());
    let whole = whole(app);
    match base.is_empty() {
        true => whole,
        false => Router::new().fallback_service(Below::new(base, domain, whole)),
    }
}

/// The API, what instances' agents ask, the page, and what is around all of them.
fn whole(app: App) -> Router {
    let (api, files, openapi) = api();
    api.merge(instances::agent::router())
        .merge(description::router(&openapi))
        .layer(never_stored())
        .fallback_service(page::service(&app.config.assets, app.config.base_path()))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY_BYTES))
        // these are as large as there is room for
        .merge(files.layer(never_stored()))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            recordings::asked_in,
        ))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(error::problems))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            original::by_scheme,
        ))
        // what may do less says so itself
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CONTENT_SECURITY_POLICY),
        ))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::REFERRER_POLICY, "no-referrer"))
        .layer(set(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        .layer(middleware::from_fn_with_state(app.clone(), router::by_host))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            accounts::only_from_here,
        ))
        .layer(TraceLayer::new_for_http())
        .layer(CatchPanicLayer::new())
        .with_state(app)
}
/// What instances' agents ask, and nothing else.
pub(crate) fn agents(app: App) -> Router {
    instances::agent::router()
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(error::problems))
        .with_state(app)
}

fn never_stored() -> SetResponseHeaderLayer<HeaderValue> {
    let no_store = HeaderValue::from_static("no-store");
    SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, no_store)
}

fn set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
