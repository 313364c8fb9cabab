//! Every refusal is a problem, whoever refuses.

use reqwest::{Method, StatusCode};
use shared::{Problem, ProblemKind, paths};

use crate::server::TestServer;

#[tokio::test]
async fn what_a_library_refuses_is_told_as_a_problem_too() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let http = reqwest::Client::new();
    let ask = |method: Method, path: &str, body: String| {
        let request = http.request(method, server.url(path));
        let request = request
            .header("cookie", &guest.cookie)
            .header("origin", server.origin())
            .header("content-type", "application/json");
        request.body(body).send()
    };
    let large = format!("{{\"macfile\": \"{}\"}}", "x".repeat(2 << 20));
    for (method, path, body, status, kind) in [
        (
            Method::POST,
            paths::TERMINALS,
            "{".into(),
            400,
            ProblemKind::Invalid,
        ),
        (
            Method::POST,
            paths::INFRASTRUCTURES,
            "{}".into(),
            422,
            ProblemKind::Invalid,
        ),
        (
            Method::POST,
            paths::INFRASTRUCTURES,
            large,
            413,
            ProblemKind::LimitReached,
        ),
        (
            Method::PUT,
            paths::ACCOUNT,
            String::new(),
            405,
            ProblemKind::Invalid,
        ),
        (
            Method::GET,
            "/api/v1/nothing",
            String::new(),
            404,
            ProblemKind::NotFound,
        ),
    ] {
        let answer = ask(method, path, body).await.unwrap();
        assert_eq!(
            answer.status(),
            StatusCode::from_u16(status).unwrap(),
            "{path}"
        );
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem: Problem = answer.json().await.unwrap();
        assert_eq!(
            (problem.kind, problem.status),
            (kind, status),
            "{problem:?}"
        );
    }
}
