//! The endpoint of Service Management and of Resource Manager: who asks, what for, and the answer.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header},
};
use rand::Rng as _;
use serde_json::json;
use tokio::time::timeout;
use tracing::warn;

use super::{
    Ask, Fault,
    book::Answer,
    desk::{Azure, Desk},
    directory::Question,
    home::SUBSCRIPTION_NAME,
    resources,
};

/// The largest body; no request of the command line is near it.
const LARGEST_BYTES: usize = 256 << 10;
/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_secs(30);
/// By which a request is known, and how far it is is asked.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");
/// Where Resource Manager lists subscriptions, and has what is in them.
const SUBSCRIPTIONS: &str = "subscriptions";
/// Where a client asks whether a change is done.
const ASYNC_OPERATION: HeaderName = HeaderName::from_static("azure-asyncoperation");
/// How many seconds a client waits before it asks that again.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// An endpoint: of one account, or of all.
#[derive(Clone)]
struct Front {
    azure: Arc<Azure>,
    /// The number of the account whose own socket this is.
    only: Option<Arc<str>>,
    scheme: &'static str,
}

/// An endpoint of one account, by its number, or of all; reached by `http` or by `https`.
pub(crate) fn routes(azure: Arc<Azure>, only: Option<&str>, scheme: &'static str) -> Router {
    let only = only.map(Arc::from);
    Router::new().fallback(answer).with_state(Front {
        azure,
        only,
        scheme,
    })
}

async fn answer(State(front): State<Front>, request: Request) -> Response<Body> {
    let id = format!("{:032x}", rand::rng().random::<u128>());
    let (first, _) = split(request.uri().path());
    let of_resource_manager = first.eq_ignore_ascii_case(SUBSCRIPTIONS);
    let answered = front.carry_out(request, &id).await;
    let mut response = answered.unwrap_or_else(|fault| fault.answer(of_resource_manager));
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

impl Front {
    async fn carry_out(&self, request: Request, id: &str) -> Result<Response<Body>, Fault> {
        let (parts, body) = request.into_parts();
        let base = self.base(&parts.headers);
        if let Some(question) = Question::read(parts.uri.path()) {
            let form = read(body).await?;
            let only = self.only.as_deref();
            let (status, said) = question.answer(&self.azure, only, &base, &form);
            return Ok(json(status, &said));
        }
        let desk = self.let_in(&parts.headers)?;
        let (first, rest) = split(parts.uri.path());
        let of_resource_manager = first.eq_ignore_ascii_case(SUBSCRIPTIONS);
        if of_resource_manager && rest.is_empty() {
            return subscriptions(&desk, &parts.method);
        }
        let subscription = if of_resource_manager {
            split(rest).0
        } else {
            first
        };
        if !subscription.eq_ignore_ascii_case(&desk.identity.subscription) {
            return Err(Fault::ForeignSubscription);
        }
        let turn = desk.turns.clone().acquire_owned().await;
        let body = read(body).await?;
        let id = id.to_owned();
        // it reads what may take its time, and writes to the disk; and a client that hangs up must
        // not leave half of it done
        let answer = tokio::task::spawn_blocking(move || {
            let _until_it_is_done = turn;
            let (_, rest) = split(parts.uri.path());
            let query = parts.uri.query().unwrap_or_default();
            let method = parts.method.as_str();
            let ask = if of_resource_manager {
                let (_, rest) = split(rest);
                let ask = resources::Ask::read(method, rest, query, &body)?;
                Ask::Resources(Box::new(ask))
            } else {
                Ask::read(method, rest, query, &body)?
            };
            let answer = desk.carry_out(ask, &id)?;
            Ok(written(answer, &desk, &base, &id))
        });
        let answer: Result<_, Fault> = answer.await.map_err(|error| {
            warn!("a request to Azure ended early: {error}");
            Fault::Internal
        })?;
        answer
    }

    /// Where the client reaches this, for example `https://127.0.0.1:4578`.
    fn base(&self, headers: &HeaderMap) -> String {
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        format!("{}://{}", self.scheme, host.unwrap_or("127.0.0.1"))
    }

    fn let_in(&self, headers: &HeaderMap) -> Result<Arc<Desk>, Fault> {
        let said = headers.get(header::AUTHORIZATION);
        let said = said.and_then(|said| said.to_str().ok());
        let token = said.and_then(|said| {
            let (scheme, token) = said.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then_some(token.trim())
        });
        let token = token.ok_or(Fault::Unauthenticated)?;
        self.azure.let_in(token, self.only.as_deref())
    }
}

/// The first word of a path, and the rest.
fn split(path: &str) -> (&str, &str) {
    let path = path.trim_start_matches('/');
    path.split_once('/').unwrap_or((path, ""))
}

async fn read(body: Body) -> Result<String, Fault> {
    let body = timeout(PATIENCE, to_bytes(body, LARGEST_BYTES)).await;
    let late = |_| Fault::BadRequest("The body took too long to come.".to_owned());
    let body = body.map_err(late)?.map_err(|_| Fault::TooLarge)?;
    let text = std::str::from_utf8(&body);
    let text = text.map_err(|_| Fault::InvalidXml("The body is not UTF-8.".to_owned()))?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// [List Subscriptions](https://learn.microsoft.com/en-us/rest/api/resources/subscriptions/list).
fn subscriptions(desk: &Desk, method: &Method) -> Result<Response<Body>, Fault> {
    if method != Method::GET {
        let why = "Subscriptions are listed, and not changed.";
        return Err(Fault::refused(405, "MethodNotAllowed", why));
    }
    let id = &desk.identity.subscription;
    let subscription = json!({
        "id": format!("/subscriptions/{id}"),
        "subscriptionId": id,
        "tenantId": desk.identity.tenant,
        "displayName": SUBSCRIPTION_NAME,
        "state": "Enabled",
    });
    Ok(json(StatusCode::OK, &json!({"value": [subscription]})))
}

fn json(status: StatusCode, body: &serde_json::Value) -> Response<Body> {
    let mut response = shown("application/json; charset=utf-8", body.to_string());
    *response.status_mut() = status;
    response
}

/// An answer of Resource Manager's; of a change that takes longer, with where to ask for it.
fn managed(answer: &resources::Answer, operation: &str) -> Response<Body> {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = match &answer.body {
        Some(body) => json(status, body),
        None => Response::new(Body::empty()),
    };
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if answer.done_ms.is_some()
        && let Ok(operation) = HeaderValue::from_str(operation)
    {
        headers.insert(ASYNC_OPERATION, operation);
    }
    if answer.done_ms.is_some() || answer.is_awaited {
        headers.insert(header::RETRY_AFTER, RETRY_SECONDS);
    }
    response
}

fn written(answer: Answer, desk: &Desk, base: &str, id: &str) -> Response<Body> {
    let empty = |status| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        response
    };
    match answer {
        Answer::Shown(tree) => shown("application/xml; charset=utf-8", tree.document()),
        Answer::Sent(text) => shown("text/plain; charset=utf-8", text),
        Answer::Created => empty(StatusCode::CREATED),
        Answer::Accepted => empty(StatusCode::ACCEPTED),
        Answer::Done => empty(StatusCode::OK),
        Answer::Resources(answer) => {
            let subscription = &desk.identity.subscription;
            let at = format!("{base}/subscriptions/{subscription}/operationstatuses/{id}");
            managed(&answer, &format!("{at}?api-version=2024-11-01"))
        }
    }
}

fn shown(kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
