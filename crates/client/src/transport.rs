//! One request, one answer or one [`Problem`].

use reqwest::{Method, RequestBuilder, Response, Url, header::HeaderMap};
use serde::{Serialize, de::DeserializeOwned};
use shared::{Health, Problem, paths};

/// Speaks to one server, as the signed-in browser or with a token.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: Option<String>,
    terminal: Option<String>,
}

/// Bytes that were sent, with the numbers of some headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binary<const N: usize> {
    pub(crate) numbers: [u64; N],
    pub(crate) bytes: Vec<u8>,
}

impl Client {
    /// A client of the server at `base`, for example `http://localhost:8080/` or, where it answers below
    /// another path, `https://example.com/mac/`.
    pub fn new(base: &str) -> Result<Self, Problem> {
        let url = Url::parse(base)
            .map_err(|_| Problem::unreachable(format!("{base} is not a server's address")))?;
        Ok(Self {
            http: http(),
            base: below(url),
            token: None,
            terminal: None,
        })
    }

    /// The same client, which says that it asks in this terminal.
    #[must_use]
    pub fn in_terminal(mut self, terminal: impl Into<String>) -> Self {
        self.terminal = Some(terminal.into());
        self
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
            .join(path.trim_start_matches('/'))
            .map_err(|_| Problem::unreachable(format!("{path} is not a path")))?;
        let mut request = self.http.request(method, url);
        if let Some(terminal) = &self.terminal {
            request = request.header(paths::TERMINAL_HEADER, terminal);
        }
        Ok(match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    }

    /// Reads bytes, and the numbers that headers say.
    pub(crate) async fn bytes<const N: usize>(
        &self,
        path: &str,
        headers: [&str; N],
    ) -> Result<Binary<N>, Problem> {
        let (said, bytes) = self.whole(self.request(Method::GET, path)?).await?;
        let number = |name: &str| said.get(name)?.to_str().ok()?.parse().ok();
        Ok(Binary {
            numbers: headers.map(|name| number(name).unwrap_or_default()),
            bytes,
        })
    }

    async fn answer<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Problem> {
        let (_, body) = self.whole(request).await?;
        let body = if body.is_empty() {
            b"null".as_slice()
        } else {
            &body
        };
        serde_json::from_slice(body)
            .map_err(|error| Problem::unreachable(format!("the answer is not ours: {error}")))
    }

    /// What was answered, if it was not a refusal.
    pub(crate) async fn whole(
        &self,
        request: RequestBuilder,
    ) -> Result<(HeaderMap, Vec<u8>), Problem> {
        let answer = self.accepted(request).await?;
        let headers = answer.headers().clone();
        Ok((headers, whole(answer).await?.to_vec()))
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

/// The address that paths of the API are below: it ends in `/`. What the original client is given names
/// the API itself.
fn below(mut url: Url) -> Url {
    let path = format!("{}/", url.path().trim_end_matches('/'));
    let api = &format!("{}/", paths::API)[1..];
    url.set_path(path.strip_suffix(api).unwrap_or(&path));
    url
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

#[cfg(test)]
mod tests {
    use super::Client;

    #[test]
    fn a_server_may_be_below_another_path() {
        let base = |address: &str| Client::new(address).unwrap().base().to_owned();
        assert_eq!(base("http://localhost:8080"), "http://localhost:8080/");
        assert_eq!(base("https://example.com/mac"), "https://example.com/mac/");
        assert_eq!(base("https://example.com/mac/"), "https://example.com/mac/");
        assert_eq!(base("http://localhost/api/v1/"), "http://localhost/");
        assert_eq!(
            base("http://example.com/mac/api/v1"),
            "http://example.com/mac/"
        );
        let client = Client::new("https://example.com/mac").unwrap();
        let request = client.request(reqwest::Method::GET, "/api/v1/health");
        let url = request.unwrap().build().unwrap().url().to_string();
        assert_eq!(url, "https://example.com/mac/api/v1/health");
    }
}
