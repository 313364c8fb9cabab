//! The router: `http://docker-tomcat.localhost:8080/` leads to the live version.
//!
//! An application's address is another origin than the dashboard's, on the same listener. The
//! table is in memory, and what it says is what requests follow; `deployments` alone changes it.

mod cloud;
mod door;
mod forward;
mod headers;
mod names;
mod notice;
pub mod preview;
mod record;
mod table;
mod traffic;
mod upstream;
mod visitor;
#[cfg(test)]
mod visits;

use std::{sync::Arc, time};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Response, StatusCode, header},
    middleware::Next,
    response::IntoResponse,
};
pub use cloud::link;
use door::TurnedAway;
pub use names::{Names, named};
use notice::says;
use preview::{Asked, Pass};
use record::{Answered, second_of};
use shared::{AccountId, Event, Instant};
use table::Flight;
pub use table::{NewRoute, Route, Table};
use tracing::debug;
pub use traffic::Window;
use upstream::{Http, Upstream};
pub use visitor::Visitor;

use crate::{Result, accounts, app::App, applications, providers};

/// Leads requests to live versions.
#[derive(Debug, Default)]
pub struct Router {
    /// Where each address leads.
    pub table: Table,
    http: Http,
}

/// Requests to applications go their way here; all others to the dashboard.
pub async fn by_host(State(app): State<App>, request: Request, next: Next) -> Response<Body> {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let Some(label) = app.names.label(host) else {
        return next.run(request).await;
    };
    let wants_page = notice::wants_page(request.headers());
    let answer = lead(&app, &label, request).await;
    if wants_page {
        notice::as_page(answer)
    } else {
        answer
    }
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
    // the flight counts until the last byte of the answer is sent
    let (route, flight) = match enter(&app.router.table, host).await {
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
    let begun = time::Instant::now();
    let answer = forward(app, &route, flight, request).await;
    let is_bad = |answer: &Response<Body>| answer.status().is_server_error();
    let answered = match &answer {
        Ok(answer) if !is_bad(answer) => Answered::Well,
        Ok(_) | Err(_) => Answered::Badly,
    };
    let record = route.traffic.record();
    record.add(Instant::now(), answered, begun.elapsed());
    answer.unwrap_or_else(|error| {
        debug!("{host} {}: {error:#}", route.version);
        let silent = format!("Version {} does not answer.", route.version);
        says(StatusCode::BAD_GATEWAY, silent)
    })
}

/// Where an address leads, once it lets a visitor in; who waits is under way to no version.
async fn enter(
    table: &Table,
    host: &str,
) -> std::result::Result<Option<(Arc<Route>, Flight)>, TurnedAway> {
    loop {
        let Some((route, flight)) = table.enter(host) else {
            return Ok(None);
        };
        if route.door.is_open() {
            return Ok(Some((route, flight)));
        }
        drop(flight);
        route.door.pass().await?;
    }
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

async fn forward(
    app: &App,
    route: &Route,
    flight: Flight,
    request: Request,
) -> anyhow::Result<Response<Body>> {
    let find = || reach(app, route.account, &route.endpoint);
    let upstream = route.upstream.get_or_try_init(find).await?;
    let (http, scheme) = (&app.router.http, app.names.scheme());
    forward::forward(
        http,
        scheme,
        upstream,
        &route.endpoint,
        Some(flight),
        request,
    )
    .await
}

/// What is said at an address that leads nowhere.
async fn nobody(app: &App, host: &str) -> Response<Body> {
    let name = app.names.name(host);
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
        Some(credentials) => Upstream::Socket(credentials.web_socket),
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
    let upstream = reach(app, account, endpoint).await?;
    let (http, scheme) = (&app.router.http, app.names.scheme());
    forward::forward(http, scheme, &upstream, endpoint, None, request).await
}

/// Asks a version for its front page, and returns the status that it answers with.
pub async fn ask(app: &App, account: AccountId, endpoint: &str) -> anyhow::Result<StatusCode> {
    let upstream = reach(app, account, endpoint).await?;
    let request = Request::get("/")
        .header(header::HOST, endpoint)
        .header(header::USER_AGENT, "Manageacloud-HealthChecker")
        .body(Body::empty())?;
    let answer = upstream.send(&app.router.http, endpoint, request).await?;
    Ok(answer.status())
}
