//! The server put together: state, routes and middleware.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    routing::get,
};
use shared::paths;
use sqlx::AnyPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::{
    catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer, set_header::SetResponseHeaderLayer,
    trace::TraceLayer,
};

use crate::{
    accounts, applications, config::Config, db, deployments, events, events::Events, health,
    infrastructures, page, terminals,
};

/// What every request may need; cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The database.
    pub pool: AnyPool,
    /// Where changes are told.
    pub events: Events,
    /// The settings.
    pub config: Arc<Config>,
    /// How well this machine isolates, found by trying at the start.
    pub probe: Arc<sandbox::Probe>,
}

/// A macfile is text of a few kilobytes; nothing else that is sent here is larger.
const LARGEST_BODY_BYTES: usize = 1 << 20;

/// How long requests under way may take to end when the server stops.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// What a page of ours may load, and from where (CSP level 3).
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

impl App {
    /// Opens what the settings name, and tries how well this machine isolates.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        let pool = db::open(config.database_url.as_deref(), &config.data).await?;
        let probe = sandbox::Launcher::probe(&config.helper, &config.data.join("run")).await?;
        let level = probe.level;
        if matches!(level, sandbox::Level::C | sandbox::Level::D) {
            tracing::warn!(
                "isolation is at level {level:?}: {}",
                probe.missing.join("; ")
            );
        } else {
            tracing::info!(
                "isolation is at level {level:?}; for more: {}",
                probe.missing.join("; ")
            );
        }
        Ok(Self {
            pool,
            events: Events::default(),
            config: Arc::new(config),
            probe: Arc::new(probe),
        })
    }
}

/// Serves until `shutdown` is cancelled.
pub async fn run(
    config: Config,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let app = App::open(config.prepare()?).await?;
    let router = router(app.clone());
    let stop = shutdown.clone();
    let serving = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
    tokio::select! {
        ended = serving.into_future() => ended?,
        () = last_requests(shutdown) => {}
    }
    app.pool.close().await;
    Ok(())
}

/// Open sockets would keep a graceful stop waiting for ever.
async fn last_requests(shutdown: CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(LAST_REQUESTS).await;
}

/// Every path on one screen.
fn router(app: App) -> Router {
    Router::new()
        .route(paths::HEALTH, get(health::health))
        .route(paths::EVENTS, get(events::socket))
        .merge(accounts::routes::router())
        .merge(applications::routes::router())
        .merge(infrastructures::routes::router())
        .merge(deployments::routes::router())
        .merge(terminals::routes::router())
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .fallback_service(page::service(&app.config.assets))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY_BYTES))
        .layer(set(
            header::CONTENT_SECURITY_POLICY,
            CONTENT_SECURITY_POLICY,
        ))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::REFERRER_POLICY, "no-referrer"))
        .layer(set(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        .layer(TraceLayer::new_for_http())
        .layer(CatchPanicLayer::new())
        .with_state(app)
}

fn set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
