//! Macfiles carried out, through the real server, in a real sandbox.

use shared::{
    CreateInfrastructure, Deployment, DeploymentState, InfrastructureState, ProblemKind,
    ResourceState, StepState,
};

use crate::{
    server::{Guest, TestServer},
    shell::PATIENCE,
};

/// A macfile whose resources are files in the home.
const FILES: &str = "
mac: 1.0.8
name: files
version: '{VERSION}'
description: a file for each version
resources:
  file:
    create bash: echo made > file-{VERSION} && echo file-{VERSION} is there
    destroy bash: rm file-{VERSION}
infrastructures:
  file_01:
    resource: file
";

fn asked(macfile: &str, version: &str) -> CreateInfrastructure {
    CreateInfrastructure {
        macfile: macfile.into(),
        parameters: [("VERSION".to_owned(), version.to_owned())].into(),
        ..CreateInfrastructure::default()
    }
}

/// The deployment once it has ended.
pub async fn ended(guest: &Guest, deployment: Deployment) -> Deployment {
    let ended = async {
        let mut after = 0;
        loop {
            let page = client::deployments::log(&guest.client, deployment.id, after, 10_000)
                .await
                .unwrap();
            after = page.lines.last().map_or(after, |line| line.seq);
            if page.deployment.state.is_final() {
                return page.deployment;
            }
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.unwrap()
}

#[tokio::test]
async fn a_version_is_made_listed_and_destroyed_with_its_history() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let made = client::infrastructures::create(&guest.client, &asked(FILES, "1.10"))
        .await
        .unwrap();
    let made = ended(&guest, made).await;
    assert_eq!(made.state, DeploymentState::Succeeded, "{made:?}");
    assert_eq!(
        (made.version.as_str(), made.started_by),
        ("1.10", guest.account.name.clone())
    );

    let detail = client::infrastructures::read(&guest.client, "files", "1.10")
        .await
        .unwrap();
    assert_eq!(detail.infrastructure.state, InfrastructureState::Ready);
    assert_eq!(detail.infrastructure.endpoint, None);
    assert_eq!(detail.resources[0].state, ResourceState::Ready);
    let resource = client::infrastructures::resource(&guest.client, "files", "1.10", "file_01")
        .await
        .unwrap();
    assert_eq!(resource.stdout, "file-1.10 is there\n");

    let steps = client::deployments::read(&guest.client, made.id)
        .await
        .unwrap()
        .steps;
    assert_eq!(steps[0].name, "file_01: create");
    assert_eq!(steps[0].state, StepState::Done);

    let gone = client::infrastructures::destroy(&guest.client, "files", "1.10")
        .await
        .unwrap();
    let gone = ended(&guest, gone).await;
    assert_eq!(gone.state, DeploymentState::Succeeded, "{gone:?}");
    assert_eq!(
        client::infrastructures::list(&guest.client)
            .await
            .unwrap()
            .total,
        0
    );
    assert_eq!(
        client::deployments::list(&guest.client)
            .await
            .unwrap()
            .total,
        2
    );
}

/// The eighth defect of the original: only the client looked whether a version was there.
#[tokio::test]
async fn two_who_make_the_same_version_at_once_make_one() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let asked = asked(FILES, "1");
    let all = [(); 8].map(|()| client::infrastructures::create(&guest.client, &asked));
    let answers = futures_util::future::join_all(all).await;
    let made: Vec<_> = answers.iter().flatten().collect();
    assert_eq!(made.len(), 1, "{answers:?}");
    for refused in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(refused.kind, ProblemKind::Conflict);
    }
}

#[tokio::test]
async fn the_same_version_twice_is_a_conflict() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let first = client::infrastructures::create(&guest.client, &asked(FILES, "1"))
        .await
        .unwrap();
    let again = client::infrastructures::create(&guest.client, &asked(FILES, "1")).await;
    let problem = again.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Conflict);
    assert!(
        problem.title.contains("files 1 exists already"),
        "{problem}"
    );
    ended(&guest, first).await;
    // another account's is another one
    let stranger = server.guest().await;
    client::infrastructures::create(&stranger.client, &asked(FILES, "1"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_command_that_fails_ends_the_run_and_says_what_it_said() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let broken = FILES.replace(
        "echo made > file-{VERSION}",
        "echo no such thing >&2; exit 3",
    );
    let deployment = client::infrastructures::create(&guest.client, &asked(&broken, "1"))
        .await
        .unwrap();
    let failed = ended(&guest, deployment).await;
    assert_eq!(failed.state, DeploymentState::Failed);
    assert_eq!(
        failed.error.as_deref(),
        Some("file_01: its command ended with 3: no such thing")
    );
    let detail = client::infrastructures::read(&guest.client, "files", "1")
        .await
        .unwrap();
    assert_eq!(
        detail.infrastructure.state,
        InfrastructureState::CreateFailed
    );
    assert_eq!(detail.resources[0].exit_code, Some(3));
}

#[tokio::test]
async fn a_macfile_that_is_not_right_is_refused_with_its_place() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let broken = FILES.replace("    resource: file\n", "    resource: fiel\n");
    let refused = client::infrastructures::create(&guest.client, &asked(&broken, "1")).await;
    let problem = refused.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Invalid);
    assert!(problem.detail.unwrap().contains("line "));
    assert_eq!(
        client::infrastructures::list(&guest.client)
            .await
            .unwrap()
            .total,
        0
    );
}

#[tokio::test]
async fn a_stranger_reaches_no_part_of_anothers_version() {
    let server = TestServer::new().await;
    let (owner, stranger) = (server.guest().await, server.guest().await);
    let made = client::infrastructures::create(&owner.client, &asked(FILES, "1"))
        .await
        .unwrap();
    let made = ended(&owner, made).await;
    let (client, id) = (&stranger.client, made.id);
    let problems = [
        client::infrastructures::read(client, "files", "1")
            .await
            .err(),
        client::infrastructures::resource(client, "files", "1", "file_01")
            .await
            .err(),
        client::infrastructures::destroy(client, "files", "1")
            .await
            .err(),
        client::deployments::read(client, id).await.err(),
        client::deployments::log(client, id, 0, 0).await.err(),
    ];
    for problem in problems {
        assert_eq!(problem.unwrap().kind, ProblemKind::NotFound);
    }
    assert_eq!(client::instances::list(client).await.unwrap().total, 0);
    let detail = client::infrastructures::read(&owner.client, "files", "1")
        .await
        .unwrap();
    assert_eq!(detail.infrastructure.state, InfrastructureState::Ready);
}

#[tokio::test]
async fn a_version_whose_requests_are_being_finished_is_not_destroyed() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let made = client::infrastructures::create(&guest.client, &asked(FILES, "1"))
        .await
        .unwrap();
    ended(&guest, made).await;
    // as while an address moves from 1 to 2
    sqlx::query(
        "insert into deployment (deployment_id, account_id, kind, application, version, \
           from_version, state, created_at) \
         values ($1, $2, 'promote', 'files', '2', '1', 'draining', 5)",
    )
    .bind(shared::DeploymentId::new().to_string())
    .bind(guest.account.id.to_string())
    .execute(&server.pool().await)
    .await
    .unwrap();
    let refused = client::infrastructures::destroy(&guest.client, "files", "1").await;
    let problem = refused.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Conflict);
    assert!(problem.title.contains("being moved"), "{problem}");
}

#[tokio::test]
async fn a_command_that_cannot_be_started_leaves_its_resource_failed() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    // where sandboxes have their control sockets
    std::fs::remove_dir_all(server.data.path().join("run/serve")).unwrap();
    let made = client::infrastructures::create(&guest.client, &asked(FILES, "1"))
        .await
        .unwrap();
    let failed = ended(&guest, made).await;
    assert_eq!(failed.state, DeploymentState::Failed, "{failed:?}");
    let detail = client::infrastructures::read(&guest.client, "files", "1")
        .await
        .unwrap();
    assert_eq!(detail.resources[0].state, ResourceState::CreateFailed);
    assert!(
        detail.resources[0].stderr.contains("the server failed"),
        "{:?}",
        detail.resources[0]
    );
}
