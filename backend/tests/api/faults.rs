//! A database that does not answer for a while: what is served is served on, nothing is moved that
//! could not be stored, and what was under way goes on afterwards.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use shared::{Approval, ChangeApplication, DeploymentKind, DeploymentState};
use sqlx::{AnyPool, Executor as _};
use tokio::time::{sleep, timeout};

use crate::{
    applications::serves,
    infrastructures::ended,
    main_job::visit,
    policies::{change, live, set, two_versions, until},
    server::TestServer,
};

/// For how long nothing can be stored: longer than anybody waits for a lock.
const LOCKED: Duration = Duration::from_secs(30);
const NAME: &str = "docker_tomcat";

/// Keeps everybody else from writing for a while; reading goes on.
async fn lock(pool: &AnyPool) {
    let mut connection = pool.acquire().await.unwrap();
    let lock = match pool.connect_options().database_url.scheme() {
        "sqlite" => "begin immediate",
        _ => "begin; lock table deployment, application, controller in exclusive mode",
    };
    connection.execute(lock).await.unwrap();
    sleep(LOCKED).await;
    connection.execute("rollback").await.unwrap();
}

/// Visits the address until it is over, and says how often, and what was not as it should be.
async fn visits(server: &TestServer, version: &str, is_over: &AtomicBool) -> (u32, Vec<String>) {
    let http = reqwest::Client::new();
    let (mut count, mut failed) = (0, Vec::new());
    while !is_over.load(Ordering::Relaxed) {
        let (status, text) = visit(&http, server).await;
        count += 1;
        if status != 200 || !text.contains(version) {
            failed.push(format!("{status}: {text}"));
        }
        sleep(Duration::from_millis(20)).await;
    }
    (count, failed)
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nothing_can_be_stored_nothing_is_moved_and_visitors_are_served() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let (old, new) = ("7-jre8", "8-jre8");
    two_versions(&guest).await;
    // it is watched for less than the lock lasts, so that what comes next can't be stored in time
    set(&guest, Approval::Automatic, 5).await;
    let promoted = change(&guest, DeploymentKind::Promote, new, old).await;
    until(&guest, &promoted, DeploymentState::Baking).await;

    let is_over = AtomicBool::default();
    let pool = server.pool().await;
    let scenario = async {
        let asking = async {
            sleep(LOCKED / 2).await;
            let back = ChangeApplication {
                kind: DeploymentKind::Promote,
                version: old.into(),
                expected_live: Some(new.into()),
                reason: None,
            };
            let asked = client::applications::change(&guest.client, NAME, &back);
            let refused = timeout(LOCKED / 3, asked).await;
            assert!(
                !matches!(refused, Ok(Ok(_))),
                "it was not stored: {refused:?}"
            );
        };
        tokio::join!(lock(&pool), asking);
        let ended = ended(&guest, promoted).await;
        is_over.store(true, Ordering::Relaxed);
        ended
    };
    let (promoted, (count, failed)) = tokio::join!(scenario, visits(&server, new, &is_over));
    assert_eq!(promoted.state, DeploymentState::Succeeded, "{promoted:?}");
    assert_eq!(live(&guest).await.as_deref(), Some(new));
    assert!(count > 200 && failed.is_empty(), "{count}: {failed:?}");

    set(&guest, Approval::Automatic, 0).await;
    let moved = change(&guest, DeploymentKind::RollBack, old, new).await;
    let moved = ended(&guest, moved).await;
    assert_eq!(moved.state, DeploymentState::Succeeded, "{moved:?}");
    serves(&server, old).await;
}
