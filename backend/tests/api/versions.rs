//! Versions as people may call them: each is refused before anything is made, or can be used by its
//! name wherever that is said.

use shared::{
    Approval, CreateInfrastructure, DeploymentKind, DeploymentState, OpenPreview, ProblemKind,
    paths,
};

use crate::{
    applications::{WELL, make, serves},
    infrastructures::ended,
    main_job::until_live,
    policies::{change, live, set},
    server::{Guest, TestServer},
};

const NAME: &str = "docker_tomcat";
const PLAIN: &str = "7-jre8";
/// Served at an address of their own in paths.
const ODD: [&str; 8] = [
    "v1/2",
    "ü ber",
    "a%2Fb",
    "a\"b'c",
    "<b>x</b>",
    "100% ☃",
    "...",
    "?a=b#c&d;e\\f",
];
/// No path leads to the first three ([RFC 3986, 5.2.4](https://www.rfc-editor.org/rfc/rfc3986)).
const REFUSED: [&str; 7] = ["", ".", "..", " ", "1\n2", "1\r", "1\0"];

/// A macfile of a version that is where another one is.
fn beside(version: &str, endpoint: &str) -> CreateInfrastructure {
    // JSON is YAML too
    let version = serde_json::to_string(version).unwrap();
    let macfile = format!(
        "
mac: 1.0.8
name: {NAME}
version: {version}
description: where another version is
resources:
  name:
    create bash: echo {endpoint}
    destroy bash: 'true'
infrastructures:
  name_01:
    resource: name
"
    );
    CreateInfrastructure {
        macfile,
        ..CreateInfrastructure::default()
    }
}

/// Makes a version, and reads it by its name.
async fn is_made(guest: &Guest, version: &str, endpoint: &str) {
    let asked = beside(version, endpoint);
    let made = client::infrastructures::create(&guest.client, &asked).await;
    let made = ended(guest, made.unwrap()).await;
    assert_eq!(made.state, DeploymentState::Succeeded, "{made:?}");
    let read = client::infrastructures::read(&guest.client, NAME, version).await;
    assert_eq!(read.unwrap().infrastructure.version, version);
    let resource = client::infrastructures::resource(&guest.client, NAME, version, "name_01").await;
    assert_eq!(resource.unwrap().stdout.trim(), endpoint);
}

/// Shows a version at the address, to a program and to a browser.
async fn is_seen(server: &TestServer, guest: &Guest, version: &str) {
    let open = OpenPreview {
        version: version.to_owned(),
        minutes: 5,
    };
    let preview = client::applications::open_preview(&guest.client, NAME, &open).await;
    let preview = preview.unwrap();
    assert_eq!(preview.version, version);
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let http = http.build().unwrap();
    let host = format!("docker-tomcat.localhost:{}", server.address.port());
    let seen = http.get(server.url("/")).header("host", host);
    let seen = seen.header("manageacloud-preview", &preview.pass).send();
    let seen = seen.await.unwrap();
    assert_eq!(
        (seen.status(), &seen.headers()["cache-control"]),
        (200.try_into().unwrap(), &"no-store".parse().unwrap())
    );
    let there = server.url(&paths::version_preview(NAME, version));
    let led = http.get(there).header("cookie", &guest.cookie).send();
    let led = led.await.unwrap();
    let to = led.headers()["location"].to_str().unwrap();
    assert!(to.starts_with(&preview.address), "{to}");
}

/// Says what making a version live would do.
async fn is_planned(guest: &Guest, version: &str) {
    let kind = DeploymentKind::Promote;
    let plan = client::applications::plan(&guest.client, NAME, version, kind).await;
    let plan = plan.unwrap();
    assert_eq!(
        (plan.version.as_str(), plan.live.as_deref()),
        (version, Some(PLAIN))
    );
    let words = shell_words::split(&plan.command).unwrap();
    assert_eq!(words, ["mac", "app", "promote", NAME, version]);
}

/// Makes a version live, and goes back from it.
async fn is_live_for_a_while(guest: &Guest, version: &str) {
    for (kind, to, from) in [
        (DeploymentKind::Promote, version, PLAIN),
        (DeploymentKind::RollBack, PLAIN, version),
    ] {
        let moved = change(guest, kind, to, from).await;
        let moved = ended(guest, moved).await;
        assert_eq!(moved.state, DeploymentState::Succeeded, "{moved:?}");
        assert_eq!(live(guest).await.as_deref(), Some(to));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_of_a_name_that_nothing_gets_any_more_can_still_be_destroyed() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let asked = beside("1", "nothing");
    let made = client::infrastructures::create(&guest.client, &asked).await;
    let made = ended(&guest, made.unwrap()).await;
    assert_eq!(made.state, DeploymentState::Succeeded, "{made:?}");
    // as it was let through once
    let old = "1\t2";
    let renamed = "update infrastructure set version = $1, macfile = $2 where version = '1'";
    let pool = server.pool().await;
    let update = sqlx::query(renamed).bind(old);
    let update = update.bind(beside(old, "nothing").macfile);
    update.execute(&pool).await.unwrap();
    is_destroyed(&guest, old).await;
    let again = client::infrastructures::create(&guest.client, &beside(old, "nothing")).await;
    assert_eq!(again.unwrap_err().kind, ProblemKind::Invalid);
}

async fn is_destroyed(guest: &Guest, version: &str) {
    let gone = client::infrastructures::destroy(&guest.client, NAME, version).await;
    let gone = ended(guest, gone.unwrap()).await;
    assert_eq!(gone.state, DeploymentState::Succeeded, "{gone:?}");
    let read = client::infrastructures::read(&guest.client, NAME, version).await;
    assert_eq!(read.unwrap_err().kind, ProblemKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_odd_version_is_refused_before_anything_is_made_or_is_one_like_any_other() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    make(&guest, WELL, PLAIN).await;
    until_live(&guest, PLAIN).await;
    set(&guest, Approval::Automatic, 0).await;
    let plain = client::infrastructures::read(&guest.client, NAME, PLAIN).await;
    let endpoint = plain.unwrap().infrastructure.endpoint.unwrap();

    for version in REFUSED {
        let asked = beside(version, &endpoint);
        let made = client::infrastructures::create(&guest.client, &asked).await;
        let problem = made.expect_err(version);
        assert_eq!((problem.kind, problem.status), (ProblemKind::Invalid, 422));
        let detail = problem.detail.unwrap();
        assert!(
            detail.contains("line 4") && detail.contains("version"),
            "{detail}"
        );
    }
    let all = client::infrastructures::list(&guest.client).await;
    assert_eq!(all.unwrap().total, 1);

    let long = "9".repeat(200);
    for version in ODD.into_iter().chain([long.as_str()]) {
        is_made(&guest, version, &endpoint).await;
        is_seen(&server, &guest, version).await;
        is_planned(&guest, version).await;
        is_live_for_a_while(&guest, version).await;
        is_destroyed(&guest, version).await;
    }
    assert_eq!(live(&guest).await.as_deref(), Some(PLAIN));
    serves(&server, PLAIN).await;
}
