//! The router: `http://docker-tomcat.localhost:8080/` leads to the live version.
//!
//! An application's address is another origin than the dashboard's, on the same listener. The
//! table is in memory, and what it says is what requests follow; `deployments` alone changes it.

mod cloud;
mod forward;
mod headers;
pub mod preview;
mod table;
mod traffic;
mod upstream;
#[cfg(test)]
mod visits;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Response, StatusCode, header},
    middleware::Next,
    response::IntoResponse,
};
pub use cloud::link;
use preview::{Asked, Pass};
use shared::{AccountId, Instant};
use table::Flight;
pub use table::{NewRoute, Route, Table};
use tracing::debug;
pub use traffic::Window;
use upstream::{Http, Upstream};

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
    match label(&request) {
        Some(host) => lead(&app, &host, request).await,
        None => next.run(request).await,
    }
}

/// `docker-tomcat` of `docker-tomcat.localhost:8080`.
fn label(request: &Request) -> Option<String> {
    let header = request.headers().get(header::HOST);
    let host = header.and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().host())?.to_ascii_lowercase();
    let name = host.split(':').next()?;
    let label = name.strip_suffix(".localhost")?;
    Some(label.to_owned())
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
    let Some((route, flight)) = app.router.table.enter(host) else {
        return nobody(app, host).await;
    };
    match forward(app, &route, flight, request).await {
        Ok(answer) => answer,
        Err(error) => {
            debug!("{host} {}: {error:#}", route.version);
            let silent = format!("Version {} does not answer.", route.version);
            says(StatusCode::BAD_GATEWAY, silent)
        }
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
    let http = &app.router.http;
    forward::forward(http, upstream, &route.endpoint, Some(flight), request).await
}

/// What is said at an address that leads nowhere.
async fn nobody(app: &App, host: &str) -> Response<Body> {
    match applications::is_address(app, host).await {
        Ok(true) => says(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("No version is live at {host}.localhost yet."),
        ),
        Ok(false) => says(
            StatusCode::NOT_FOUND,
            format!("There is no application at {host}.localhost."),
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
    forward::forward(&app.router.http, &upstream, endpoint, None, request).await
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

fn says(status: StatusCode, text: String) -> Response<Body> {
    (status, format!("{text}\n")).into_response()
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, extract::Request};

    fn label(host: &str) -> Option<String> {
        let request = Request::get("/").header("host", host);
        super::label(&request.body(Body::empty()).unwrap())
    }

    #[test]
    fn an_application_is_told_from_the_dashboard_by_its_host() {
        assert_eq!(
            label("docker-tomcat.localhost:8080").unwrap(),
            "docker-tomcat"
        );
        assert_eq!(label("Docker-Tomcat.LOCALHOST").unwrap(), "docker-tomcat");
        for dashboard in [
            "localhost:8080",
            "127.0.0.1:8080",
            "manage.example.com",
            "[::1]:80",
        ] {
            assert_eq!(label(dashboard), None, "{dashboard}");
        }
    }
}
