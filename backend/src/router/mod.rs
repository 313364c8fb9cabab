//! The router: `http://docker-tomcat.localhost:8080/` leads to the live version.
//!
//! An application's address is another origin than the dashboard's, on the same listener. The
//! table is in memory, and what it says is what requests follow; `deployments` alone changes it.

mod either;
mod table;
mod upstream;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header, request::Parts,
    },
    middleware::Next,
    response::IntoResponse,
};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use shared::AccountId;
pub use table::{NewRoute, Route, Table};
use tracing::debug;
use upstream::{Http, Upstream};

use crate::{Result, accounts, app::App, applications, providers};

/// How often a request that changes nothing is tried.
const TRIES: usize = 3;
/// Headers of one connection, which are not passed on (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 6] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Leads requests to live versions.
#[derive(Debug)]
pub struct Router {
    /// Where each address leads.
    pub table: Table,
    http: Http,
}

impl Default for Router {
    fn default() -> Self {
        Self {
            table: Table::default(),
            http: upstream::http(),
        }
    }
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
    // the flight counts until the last byte of the answer is sent
    let Some((route, flight)) = app.router.table.enter(host) else {
        return nobody(app, host).await;
    };
    match forward(app, &route, request).await {
        Ok(answer) => answer.map(|body| {
            Body::new(body.map_frame(move |frame| {
                let _until_here = &flight;
                frame
            }))
        }),
        Err(error) => {
            debug!("{host} {}: {error:#}", route.version);
            let silent = format!("Version {} does not answer.", route.version);
            says(StatusCode::BAD_GATEWAY, silent)
        }
    }
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

async fn forward(app: &App, route: &Route, request: Request) -> anyhow::Result<Response<Incoming>> {
    let find = || reach(app, route.account);
    let upstream = route.upstream.get_or_try_init(find).await?;
    let (mut parts, body) = request.into_parts();
    prepare(&mut parts.headers);
    let may_repeat = body.is_end_stream() && is_safe(&parts.method);
    let mut body = Some(body);
    let mut tries = if may_repeat { TRIES } else { 1 };
    loop {
        let request = again(&parts, body.take().unwrap_or_default());
        tries -= 1;
        match upstream
            .send(&app.router.http, &route.endpoint, request)
            .await
        {
            Err(_) if tries > 0 => {}
            Err(error) => return Err(error),
            Ok(mut answer) => {
                remove_hop_by_hop(answer.headers_mut());
                return Ok(answer);
            }
        }
    }
}

fn again(parts: &Parts, body: Body) -> Request {
    let mut request = Request::new(body);
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = parts.uri.clone();
    *request.headers_mut() = parts.headers.clone();
    request
}

/// How an account's versions are reached.
async fn reach(app: &App, account: AccountId) -> Result<Upstream> {
    let tenant = accounts::tenant(app, account).await?;
    Ok(match providers::emulated(app, &tenant).await? {
        Some(credentials) => Upstream::Emulated(credentials.web_socket),
        None => Upstream::Real,
    })
}

/// Asks a version for its front page, and returns the status that it answers with.
pub async fn ask(app: &App, account: AccountId, endpoint: &str) -> anyhow::Result<StatusCode> {
    let upstream = reach(app, account).await?;
    let request = Request::get("/")
        .header(header::HOST, endpoint)
        .header(header::USER_AGENT, "Manageacloud-HealthChecker")
        .body(Body::empty())?;
    let answer = upstream.send(&app.router.http, endpoint, request).await?;
    Ok(answer.status())
}

/// What a version sees of a request.
fn prepare(headers: &mut HeaderMap) {
    remove_hop_by_hop(headers);
    // ours alone to say
    headers.remove(upstream::UPSTREAM);
    if let Some(host) = headers.get(header::HOST).cloned() {
        headers.insert("x-forwarded-host", host);
    }
    headers.insert("x-forwarded-proto", HeaderValue::from_static("http"));
    remove_our_cookie(headers);
}

/// A browser sends the dashboard's cookie to the dashboard alone; nobody else needs it.
fn remove_our_cookie(headers: &mut HeaderMap) {
    let cookies = headers.get_all(header::COOKIE).iter();
    let kept: Vec<String> = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .map(|pair| pair.trim().to_owned())
        .filter(|pair| pair.split('=').next() != Some(accounts::COOKIE))
        .collect();
    headers.remove(header::COOKIE);
    if let Ok(value) = HeaderValue::from_str(&kept.join("; "))
        && !kept.is_empty()
    {
        headers.insert(header::COOKIE, value);
    }
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in listed.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Methods that change nothing, so that twice is as once (RFC 9110, section 9.2.1).
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn says(status: StatusCode, text: String) -> Response<Body> {
    (status, format!("{text}\n")).into_response()
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, extract::Request, http::HeaderMap};

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

    #[test]
    fn a_version_never_sees_the_dashboards_cookie_or_names_its_own_upstream() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("cookie", "a=1; manageacloud_session=secret; b=2"),
            ("manageacloud-upstream", "other.elb.amazonaws.com"),
            ("host", "demo.localhost"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        super::prepare(&mut headers);
        assert_eq!(headers["cookie"], "a=1; b=2");
        assert!(!headers.contains_key("manageacloud-upstream"));
        assert_eq!(headers["x-forwarded-host"], "demo.localhost");
    }
}
