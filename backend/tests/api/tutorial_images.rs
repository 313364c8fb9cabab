//! Images that tutorials show, and no other file of theirs.

use std::{fs, os::unix::fs::symlink};

use reqwest::{Response, StatusCode};
use shared::paths;

use crate::server::{Guest, TestServer};

const LESSON: &str = "---
title: Pictures
setup: {background: setup.sh}
tasks: {one: {run: check.sh}}
---
## Look

![a point](in/a%20point.png) ![drawn](drawn.svg) ![page](page.html) ![out](out.png) ![led](led/a.png)
![script](setup.sh)

::task{#one}
";

/// A drawing that would run something.
const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
/// What begins every PNG.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Asks for an image as a page does.
async fn asked(server: &TestServer, guest: &Guest, path: &str) -> Response {
    let http = reqwest::Client::new();
    let url = server.url(&paths::tutorial_image("pictures"));
    let asked = http.get(url).query(&[("path", path)]);
    asked.header("cookie", &guest.cookie).send().await.unwrap()
}

#[tokio::test]
async fn an_image_that_a_text_shows_is_sent_and_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("pictures");
    let outside = folder.path().join("outside.png");
    fs::create_dir_all(place.join("in")).unwrap();
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    for (name, bytes) in [
        ("lesson.md", LESSON.as_bytes()),
        ("in/a point.png", PNG),
        ("drawn.svg", SVG),
        ("page.html", b"<script></script>"),
        ("unseen.png", PNG),
        ("setup.sh", b"true"),
        ("check.sh", b"true"),
        ("../outside.png", PNG),
        ("../elsewhere/a.png", PNG),
    ] {
        fs::write(place.join(name), bytes).unwrap();
    }
    symlink(&outside, place.join("out.png")).unwrap();
    symlink(folder.path().join("elsewhere"), place.join("led")).unwrap();
    let server = TestServer::with(|config| config.tutorials = folder.path().into()).await;
    let guest = server.guest().await;

    for (path, kind, bytes) in [
        ("in/a point.png", "image/png", PNG),
        ("drawn.svg", "image/svg+xml", SVG),
    ] {
        let answer = asked(&server, &guest, path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let headers = answer.headers().clone();
        assert_eq!(headers["content-type"], kind);
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert_eq!(
            policy,
            "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        );
        assert_eq!(answer.bytes().await.unwrap(), bytes);
    }
    for path in [
        "unseen.png",
        "page.html",
        "setup.sh",
        "check.sh",
        "lesson.md",
        "out.png",
        "led/a.png",
        "../outside.png",
        "in/../drawn.svg",
        "./drawn.svg",
        "/etc/passwd",
        "in/a%20point.png",
        "",
    ] {
        let answer = asked(&server, &guest, path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let url = server.url(&paths::tutorial_image("pictures"));
    let stranger = reqwest::get(format!("{url}?path=drawn.svg")).await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);

    let read = client::tutorials::read(&guest.client, "pictures", "")
        .await
        .unwrap();
    let shown = format!("{:?}", read.steps[0].blocks).replace('\\', "");
    assert!(
        shown.contains("<img src=\"in/a%20point.png\" alt=\"a point\">"),
        "{shown}"
    );
    assert!(
        !shown.contains("page.html") && !shown.contains("setup.sh"),
        "{shown}"
    );
}
