//! What one guest has, another cannot see.

use crate::server::{Guest, TestServer};
use shared::{DeploymentId, InfrastructureId};

/// Rows as a finished deployment leaves them.
async fn give(server: &TestServer, guest: &Guest) {
    let pool = server.pool().await;
    let account = guest.account.id.to_string();
    for statement in [
        "insert into application (application_id, account_id, name, host, live, epoch, created_at, updated_at) values ($1, $2, 'docker_tomcat', 'docker-tomcat', '7-jre8', 1, 5, 6)",
        "insert into infrastructure (infrastructure_id, account_id, name, version, description, state, macfile, parameters, folder, created_at, updated_at) values ($1, $2, 'docker_tomcat', '7-jre8', 'd', 'ready', 'm', '{}', '', 5, 6)",
        "insert into terminal (terminal_id, account_id, name, state, created_at) values ($1, $2, 'Terminal 1', 'running', 5)",
        "insert into deployment (deployment_id, account_id, kind, application, version, state, created_at, finished_at) values ($1, $2, 'create', 'docker_tomcat', '7-jre8', 'succeeded', 5, 6)",
    ] {
        sqlx::query(statement)
            .bind(if statement.contains("infra") {
                InfrastructureId::new().to_string()
            } else {
                DeploymentId::new().to_string()
            })
            .bind(&account)
            .execute(&pool)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_guest_sees_its_own_and_nothing_of_another() {
    let server = TestServer::new().await;
    let (owner, stranger) = (server.guest().await, server.guest().await);
    give(&server, &owner).await;
    let infrastructures = client::infrastructures::list(&owner.client)
        .await
        .unwrap()
        .items;
    assert_eq!(infrastructures.len(), 1);
    assert!(infrastructures[0].live);
    assert_eq!(infrastructures[0].created_by, owner.account.name);
    let applications = client::applications::list(&owner.client)
        .await
        .unwrap()
        .items;
    assert!(
        applications[0]
            .address
            .starts_with("http://docker-tomcat.localhost:")
    );
    assert_eq!(applications[0].versions, 1);
    assert_eq!(
        client::deployments::list(&owner.client)
            .await
            .unwrap()
            .total,
        1
    );

    let terminals = client::terminals::list(&owner.client).await.unwrap().items;
    assert_eq!(terminals[0].name, "Terminal 1");

    assert_eq!(
        client::terminals::list(&stranger.client)
            .await
            .unwrap()
            .total,
        0
    );
    assert_eq!(
        client::infrastructures::list(&stranger.client)
            .await
            .unwrap()
            .total,
        0
    );
    assert_eq!(
        client::applications::list(&stranger.client)
            .await
            .unwrap()
            .total,
        0
    );
    assert_eq!(
        client::deployments::list(&stranger.client)
            .await
            .unwrap()
            .total,
        0
    );
}
