//! What becomes of visitors at an address: they wait, are turned away, and are counted.

use std::time::Duration;

use shared::{
    Application, ChangeVisitors, DeploymentKind, OpenPreview, Problem, ProblemKind, Visitors,
};
use tokio::task::JoinSet;

use crate::{
    applications::{WELL, make, serves},
    crash::Killable,
    main_job::{until_live, visit},
    policies::change,
    server::{Guest, TestServer},
    shell::PATIENCE,
};

const NAME: &str = "docker_tomcat";
const NOTICE: &str = "Back at <noon>.";

async fn set(guest: &Guest, change: ChangeVisitors) -> Result<Application, Problem> {
    client::applications::set_visitors(&guest.client, NAME, &change).await
}

fn turned_away() -> ChangeVisitors {
    ChangeVisitors::TurnedAway {
        notice: Some(NOTICE.into()),
    }
}

/// What the address answers to a browser.
async fn browse(server: &TestServer) -> reqwest::Response {
    let host = format!("docker-tomcat.localhost:{}", server.address.port());
    let request = reqwest::Client::new().get(server.url("/"));
    let request = request.header("host", host).header("accept", "text/html");
    request.send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_wait_while_the_address_moves_and_are_turned_away_when_that_is_said() {
    let server = Killable::start(TestServer::unstarted().await, true).await;
    let guest = server.seen.guest().await;
    let (old, new) = ("7-jre8", "8-jre8");
    make(&guest, WELL, old).await;
    until_live(&guest, old).await;
    make(&guest, WELL, new).await;

    // who waits is under way to no version: the address moves, and they see the new one
    let held = set(&guest, ChangeVisitors::Held { seconds: 300 }).await;
    assert!(matches!(held.unwrap().visitors, Visitors::Held { .. }));
    let mut waiting = JoinSet::new();
    for _ in 0..20 {
        let http = reqwest::Client::new();
        let host = format!("docker-tomcat.localhost:{}", server.seen.address.port());
        let request = http.get(server.seen.url("/")).header("host", host);
        waiting.spawn(async move { request.send().await.unwrap().text().await.unwrap() });
    }
    change(&guest, DeploymentKind::Promote, new, old).await;
    until_live(&guest, new).await;
    assert!(waiting.try_join_next().is_none(), "nobody was let in");
    let served = set(&guest, ChangeVisitors::Served).await.unwrap();
    assert_eq!(served.visitors, Visitors::Served);
    let pages = tokio::time::timeout(PATIENCE, waiting.join_all()).await;
    let pages = pages.unwrap();
    assert!(
        pages.iter().all(|page| page.contains("Version 8-jre8")),
        "{pages:?}"
    );

    // a hold ends by itself
    set(&guest, ChangeVisitors::Held { seconds: 1 })
        .await
        .unwrap();
    serves(&server.seen, new).await;
    let application = client::applications::read(&guest.client, NAME)
        .await
        .unwrap();
    assert_eq!(application.application.visitors, Visitors::Served);

    // turned away, also after the server was killed
    set(&guest, turned_away()).await.unwrap();
    let server = Killable::start(server.kill().await, true).await;
    let guest = guest.at(&server.seen).await;
    let (status, text) = visit(&reqwest::Client::new(), &server.seen).await;
    assert_eq!((status, text.trim_end()), (503, NOTICE));
    let page = browse(&server.seen).await;
    assert_eq!(page.headers()["retry-after"], "10");
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let page = page.text().await.unwrap();
    assert!(page.contains("Back at &lt;noon&gt;."), "{page}");
    // who has a pass looks whether all is well
    let open = OpenPreview {
        version: new.into(),
        minutes: 1,
    };
    let preview = client::applications::open_preview(&guest.client, NAME, &open).await;
    let host = format!("docker-tomcat.localhost:{}", server.seen.address.port());
    let seen = reqwest::Client::new().get(server.seen.url("/"));
    let seen = seen.header("host", host);
    let seen = seen.header("manageacloud-preview", preview.unwrap().pass);
    assert_eq!(seen.send().await.unwrap().status(), 200);
    set(&guest, ChangeVisitors::Served).await.unwrap();
    serves(&server.seen, new).await;

    // how all of them were answered
    let told = async {
        loop {
            let traffic = client::applications::traffic(&guest.client, NAME).await;
            let [version] = &traffic.unwrap().versions[..] else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            return version.clone();
        }
    };
    let told = tokio::time::timeout(PATIENCE, told).await.unwrap();
    assert_eq!(told.version, new);
    let (requests, errors) = told.seconds.iter().fold((0, 0), |(requests, errors), one| {
        (requests + one.requests, errors + one.errors)
    });
    // since it was started again: who was turned away, or had a pass, is none of them
    assert_eq!((requests, errors), (1, 0));

    let stranger = server.seen.guest().await;
    let refused = set(&stranger, turned_away()).await.unwrap_err();
    assert_eq!(refused.kind, ProblemKind::NotFound);
    let traffic = client::applications::traffic(&stranger.client, NAME).await;
    assert_eq!(traffic.unwrap_err().kind, ProblemKind::NotFound);
    for seconds in [0, 301] {
        let refused = set(&guest, ChangeVisitors::Held { seconds }).await;
        assert_eq!(refused.unwrap_err().kind, ProblemKind::Invalid);
    }
    server.stop().await;
}
