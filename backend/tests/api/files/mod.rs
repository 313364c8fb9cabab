//! Files of a home over HTTP: up, down, and never out of it.

mod content;
mod mac;
mod names;
mod quota;

use std::path::PathBuf;

use reqwest::{Response, StatusCode};
use shared::{Problem, paths};

use crate::server::{Guest, TestServer};

/// What somebody with a token asks of files.
pub struct Desk<'a> {
    server: &'a TestServer,
    guest: &'a Guest,
    http: reqwest::Client,
}

impl<'a> Desk<'a> {
    /// The guest's; the home is made.
    pub async fn of(server: &'a TestServer, guest: &'a Guest) -> Self {
        client::files::list(&guest.client, "").await.unwrap();
        Self {
            server,
            guest,
            http: reqwest::Client::new(),
        }
    }

    /// Where the home is on the server's disk.
    pub fn home(&self) -> PathBuf {
        let homes = self.server.data.path().join("homes");
        homes.join(self.guest.account.id.to_string())
    }

    /// Asks for a path of the API as the guest.
    pub fn ask(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, self.server.url(path));
        request.bearer_auth(self.guest.client.token().unwrap())
    }

    /// Downloads.
    pub async fn get(&self, path: &str) -> Response {
        let asked = self.ask(reqwest::Method::GET, &paths::file_content(path));
        asked.send().await.unwrap()
    }

    /// Uploads a new file.
    pub async fn put(&self, path: &str, body: impl Into<reqwest::Body>) -> Response {
        self.put_at(&paths::file_content(path), body).await
    }

    /// Uploads in the place of a file.
    pub async fn replace(&self, path: &str, body: impl Into<reqwest::Body>) -> Response {
        self.put_at(&paths::file_replaced(path), body).await
    }

    async fn put_at(&self, path: &str, body: impl Into<reqwest::Body>) -> Response {
        let asked = self.ask(reqwest::Method::PUT, path).body(body);
        asked.send().await.unwrap()
    }

    /// What the home takes on the disk, as the server tells it.
    pub async fn used(&self) -> u64 {
        let listed = client::files::list(&self.guest.client, "").await;
        listed.unwrap().usage.used_bytes
    }
}

/// A refusal, told to people.
pub async fn refused(answer: Response, status: StatusCode) -> Problem {
    assert_eq!(answer.status(), status, "{answer:?}");
    let problem: Problem = answer.json().await.unwrap();
    let said = format!("{} {:?}", problem.title, problem.detail);
    assert!(!problem.title.is_empty());
    assert!(
        !said.contains("homes") && !said.contains("os error"),
        "{said}"
    );
    problem
}
