//! One request, one answer or one [`Problem`].

use reqwest::{Method, RequestBuilder, Response, Url};
use serde::{Serialize, de::DeserializeOwned};
use shared::{Health, Problem, paths};

/// Speaks to one server, as the signed-in browser or with a token.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: Option<String>,
}

impl Client {
    /// A client of the server at `base`, for example `http://localhost:8080/`.
    pub fn new(base: &str) -> Result<Self, Problem> {
        let base = Url::parse(base)
            .map_err(|_| Problem::unreachable(format!("{base} is not a server's address")))?;
        Ok(Self {
            http: http(),
            base,
            token: None,
        })
    }

    /// The same client, which shows `token` with each request.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// The token that it shows.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The server's address.
    pub fn base(&self) -> &str {
        self.base.as_str()
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        self.answer(self.request(Method::GET, path)?).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Problem> {
        self.answer(self.request(Method::POST, path)?.json(body))
            .await
    }

    pub(crate) async fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Problem> {
        self.answer(self.request(Method::PUT, path)?.json(body))
            .await
    }

    pub(crate) async fn patch<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Problem> {
        self.answer(self.request(Method::PATCH, path)?.json(body))
            .await
    }

    pub(crate) async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        self.answer(self.request(Method::DELETE, path)?).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Problem> {
        let url = self
            .base
            .join(path)
            .map_err(|_| Problem::unreachable(format!("{path} is not a path")))?;
        let request = self.http.request(method, url);
        Ok(match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    }

    async fn answer<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Problem> {
        let body = whole(self.accepted(request).await?).await?;
        let body = if body.is_empty() {
            b"null".as_slice()
        } else {
            &body
        };
        serde_json::from_slice(body)
            .map_err(|error| Problem::unreachable(format!("the answer is not ours: {error}")))
    }

    /// Sends a request; the answer unless that is a refusal.
    pub(crate) async fn accepted(&self, request: RequestBuilder) -> Result<Response, Problem> {
        let answer = request.send().await.map_err(|error| {
            Problem::unreachable(format!(
                "the server at {} does not answer: {error}",
                self.base
            ))
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let body = whole(answer).await?;
        Err(serde_json::from_slice(&body).unwrap_or_else(|_| Problem {
            status: status.as_u16(),
            ..Problem::unreachable(format!("the server answered {status}"))
        }))
    }
}

async fn whole(answer: Response) -> Result<Vec<u8>, Problem> {
    let body = answer.bytes().await;
    let body =
        body.map_err(|error| Problem::unreachable(format!("the answer broke off: {error}")))?;
    Ok(body.to_vec())
}

/// How the server is.
pub async fn health(client: &Client) -> Result<Health, Problem> {
    client.get(paths::HEALTH).await
}

#[cfg(target_arch = "wasm32")]
fn http() -> reqwest::Client {
    reqwest::Client::new()
}

#[cfg(not(target_arch = "wasm32"))]
fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .user_agent(concat!("manageacloud-client/", env!("CARGO_PKG_VERSION")))
        .build()
        .expect("no option of the builder can fail")
}
