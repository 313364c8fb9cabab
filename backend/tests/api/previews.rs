//! A version that is seen at its application's own address before it is live.

use shared::{OpenPreview, ProblemKind};

use crate::{
    applications::{WELL, make, serves},
    infrastructures::ended,
    main_job::until_live,
    server::{Guest, TestServer},
};

const NAME: &str = "docker_tomcat";

async fn open(guest: &Guest, version: &str, minutes: u32) -> Result<shared::Preview, ProblemKind> {
    let version = version.to_owned();
    let open = OpenPreview { version, minutes };
    let opened = client::applications::open_preview(&guest.client, NAME, &open).await;
    opened.map_err(|problem| problem.kind)
}

/// Asks for a path at the application's address, with a header.
async fn ask(server: &TestServer, path: &str, header: (&str, &str)) -> reqwest::Response {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let host = format!("docker-tomcat.localhost:{}", server.address.port());
    let request = http.get(server.url(path)).header("host", host);
    request.header(header.0, header.1).send().await.unwrap()
}

async fn sees(server: &TestServer, header: (&str, &str), version: &str) {
    let answer = ask(server, "/", header).await;
    let marked = answer.headers().get("manageacloud-version").cloned();
    let page = answer.text().await.unwrap();
    assert!(page.contains(&format!("Version {version}")), "{page}");
    if let Some(marked) = marked {
        assert_eq!(marked, version);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_pass_sees_green_where_others_see_blue() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    make(&guest, WELL, "7-jre8").await;
    until_live(&guest, "7-jre8").await;
    make(&guest, WELL, "8-jre8").await;

    let preview = open(&guest, "8-jre8", 60).await.unwrap();
    let header = ("manageacloud-preview", preview.pass.as_str());
    sees(&server, header, "8-jre8").await;
    serves(&server, "7-jre8").await;

    // a browser gets it as a cookie, and is led to the front page
    let path = preview
        .link
        .strip_prefix(preview.address.trim_end_matches('/'));
    let entered = ask(&server, path.unwrap(), ("a", "b")).await;
    assert_eq!(entered.status(), 303);
    assert_eq!(entered.headers()["location"], "/");
    let cookie = entered.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("Max-Age="),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap();
    sees(&server, ("cookie", cookie), "8-jre8").await;
    let answer = ask(&server, "/", ("cookie", cookie)).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let left = ask(&server, "/.manageacloud/live", ("cookie", cookie)).await;
    assert!(
        left.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );

    // by a link of the page's
    let there = shared::paths::version_preview(NAME, "8-jre8");
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let led = http.get(server.url(&there)).header("cookie", &guest.cookie);
    let led = led.send().await.unwrap();
    assert_eq!(led.status(), 303);
    let to = led.headers()["location"].to_str().unwrap();
    assert!(
        to.starts_with(&preview.address) && to.contains("/preview/"),
        "{to}"
    );

    // forged, strangers', and of what is not there
    let forged = preview.pass.replacen('.', ".0", 1);
    sees(&server, ("manageacloud-preview", &forged), "7-jre8").await;
    let refused = ask(&server, "/.manageacloud/preview/forged", ("a", "b")).await;
    assert_eq!(refused.status(), 403);
    assert_eq!(
        open(&guest, "9", 60).await.unwrap_err(),
        ProblemKind::NotFound
    );
    let stranger = server.guest().await;
    assert_eq!(
        open(&stranger, "8-jre8", 60).await.unwrap_err(),
        ProblemKind::NotFound
    );
    for minutes in [0, 1441] {
        let refused = open(&guest, "8-jre8", minutes).await;
        assert_eq!(refused.unwrap_err(), ProblemKind::Invalid);
    }

    // once it is gone, so is the preview
    let gone = client::infrastructures::destroy(&guest.client, NAME, "8-jre8").await;
    ended(&guest, gone.unwrap()).await;
    let answer = ask(&server, "/", ("cookie", cookie)).await;
    assert_eq!(answer.status(), 410);
    assert!(answer.headers().contains_key("set-cookie"));
    serves(&server, "7-jre8").await;
}
