//! The router: `http://docker-tomcat.localhost:8080/` leads to the live version.
//!
//! An application's address is another origin than the dashboard's, on the same listener. What
//! `routing` can't answer at once comes here: who has a pass to see another version, who waits, who
//! comes first to a version, and who asks for names that lead nowhere.

mod cloud;
mod internet;
mod names;
pub mod preview;

use std::{sync::Arc, time};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Response, StatusCode, header},
    middleware::Next,
    response::IntoResponse,
};
pub use cloud::link;
use internet::Amazons;
pub use names::Names;
use preview::{Asked, Pass};
use routing::{Http, Router, To, TurnedAway, Upstream, as_page, says, second_of, wants_page};
use shared::{AccountId, Event, Instant};
use tracing::debug;

use crate::{Result, accounts, app::App, applications, providers};

/// The router of a server whose applications have such names.
pub(crate) fn of(names: &Names) -> Router {
    let http = Http::new(Arc::new(Amazons::default()), names.scheme());
    Router::new(names.domain().clone(), http)
}

/// Requests to applications go their way here; all others to the dashboard.
pub async fn by_host(State(app): State<App>, request: Request, next: Next) -> Response<Body> {
    let Some(label) = app.router.domain.label_of(request.headers()) else {
        return next.run(request).await;
    };
    let wants_page = wants_page(request.headers());
    let answer = lead(&app, &label, request).await;
    if wants_page { as_page(answer) } else { answer }
}

async fn lead(app: &App, host: &str, request: Request) -> Response<Body> {
    if let Some(name) = cloud::CloudName::read(host) {
        return cloud::lead(app, &name, request)
            .await
            .unwrap_or_else(|error| {
                debug!("{host}: {error:#}");
                says(StatusCode::BAD_GATEWAY, "Nothing answers there.".into())
            });
    }
    match preview::asked(&app.signer, host, &request, Instant::now()) {
        Asked::Live => {}
        Asked::Version(pass) => return see(app, host, pass, request).await,
        Asked::Enter(given) => return preview::enter(given, Instant::now()),
        Asked::Leave => return preview::leave(),
    }
    let router = &app.router;
    let (route, flight) = match router.enter(host).await {
        Ok(Some(entered)) => entered,
        Ok(None) => return nobody(app, host).await,
        Err(TurnedAway::WorkedOn { notice }) => {
            return says(StatusCode::SERVICE_UNAVAILABLE, notice);
        }
        Err(TurnedAway::Crowded) => {
            let full = "Too many wait here already.".to_owned();
            return says(StatusCode::SERVICE_UNAVAILABLE, full);
        }
    };
    let (account, endpoint) = (route.account, route.endpoint.clone());
    let find = || reach(app, account, &endpoint);
    let entered = (route, flight);
    router.visit(&router.http, entered, find, request).await
}

/// How often open pages are told how visitors were answered.
const ROUND: time::Duration = time::Duration::from_secs(1);

/// Tells open pages how visitors were answered in each second, until the server ends.
pub async fn keep_telling(app: App) {
    let mut rounds = tokio::time::interval(ROUND);
    let mut first = second_of(Instant::now());
    loop {
        rounds.tick().await;
        let now = Instant::now();
        for told in app.router.table.answered_since(first, now) {
            let (application, versions) = (told.application, told.versions);
            let event = Event::Traffic {
                application,
                versions,
            };
            app.events.tell(told.account, event);
        }
        first = second_of(now);
    }
}

/// Shows a version that somebody has a pass for.
async fn see(app: &App, host: &str, pass: Pass, request: Request) -> Response<Body> {
    let seen = preview::lead(app, host, pass, request).await;
    seen.unwrap_or_else(|error| {
        debug!("a preview at {host}: {error:#}");
        says(StatusCode::BAD_GATEWAY, "Nothing answers there.".into())
    })
}

/// What is said at an address that leads nowhere.
async fn nobody(app: &App, host: &str) -> Response<Body> {
    let name = app.router.domain.name(host);
    match applications::is_address(app, host).await {
        Ok(true) => says(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("No version is live at {name} yet."),
        ),
        Ok(false) => says(
            StatusCode::NOT_FOUND,
            format!("There is no application at {name}."),
        ),
        Err(error) => error.into_response(),
    }
}

/// How what serves under a name is reached, for an account.
async fn reach(app: &App, account: AccountId, endpoint: &str) -> Result<Upstream> {
    let tenant = accounts::tenant(app, account).await?;
    let name = endpoint.split(':').next().unwrap_or(endpoint);
    Ok(match providers::serving(app, &tenant, name).await? {
        Some(credentials) => Upstream::Socket(credentials.web_socket.as_os_str().into()),
        None => Upstream::Name,
    })
}

/// Leads a request of a sandbox's to what serves under a name, which may have a port.
pub async fn lead_out(
    app: &App,
    account: AccountId,
    endpoint: &str,
    request: Request,
) -> anyhow::Result<Response<Body>> {
    let upstream = &reach(app, account, endpoint).await?;
    let to = To { upstream, endpoint };
    app.router.http.lead(to, None, request).await
}

/// Asks a version for its front page, and returns the status that it answers with.
pub async fn ask(app: &App, account: AccountId, endpoint: &str) -> anyhow::Result<StatusCode> {
    let upstream = &reach(app, account, endpoint).await?;
    let request = Request::get("/")
        .header(header::HOST, endpoint)
        .header(header::USER_AGENT, "Manageacloud-HealthChecker")
        .body(Body::empty())?;
    let to = To { upstream, endpoint };
    app.router.http.ask(to, request).await
}
