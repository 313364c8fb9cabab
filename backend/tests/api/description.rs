//! The description of the API, and whether the API is as described: schemathesis tries it.

use serde_json::Value;
use shared::{CreateInfrastructure, InstanceState, OpenTerminal};

use crate::{
    infrastructures::ended,
    instances::{create, until},
    providers,
    server::{Guest, TestServer},
};

/// A version whose making ends well.
const MACFILE: &str = "mac: 1
name: files
version: '7'
description: a file
resources:
  file:
    create bash: echo hello
infrastructures:
  file_01:
    resource: file
";

/// What is asked of schemathesis.
///
/// The websockets are left out as it does not speak them, and guests as it would make hundreds.
/// 422 may answer what the description allows: whether a macfile's text makes sense is more than
/// a schema can say.
fn config(real: &[(&str, String)]) -> String {
    let mut config = String::from(
        "[checks.positive_data_acceptance]\n\
         expected-statuses = ['2xx', '401', '403', '404', '409', '422', '429']\n",
    );
    for (paths, parameters) in real {
        config += &format!(
            "[[operations]]\n\
             include-path-regex = '{paths}'\n\
             exclude-method = 'DELETE'\n\
             parameters = {{ {parameters} }}\n"
        );
    }
    config
}

/// What there is to ask for, so that not every answer is "no such thing".
async fn things(guest: &Guest) -> Vec<(&'static str, String)> {
    let asked = CreateInfrastructure {
        macfile: MACFILE.into(),
        ..CreateInfrastructure::default()
    };
    let deployment = client::infrastructures::create(&guest.client, &asked)
        .await
        .unwrap();
    ended(guest, deployment.clone()).await;
    let instance = create(guest, "echo configured").await;
    until(guest, instance.id, InstanceState::Ready).await;
    let size = OpenTerminal::sized(80, 24);
    client::terminals::open(&guest.client, &size).await.unwrap();
    vec![
        ("^/api/v1/applications/", "'path.name' = 'files'".into()),
        (
            "^/api/v1/infrastructures/",
            "'path.name' = 'files', 'path.version' = '7', 'path.resource' = 'file_01'".into(),
        ),
        (
            "^/api/v1/deployments/",
            format!("'path.id' = '{}'", deployment.id),
        ),
        (
            "^/api/v1/instances/",
            format!("'path.id' = '{}'", instance.id),
        ),
        ("^/api/v1/providers/", "'path.provider' = 'local'".into()),
    ]
}

#[tokio::test]
async fn the_api_is_as_described() {
    let amazon = providers::cloud().await;
    let server = TestServer::with_cloud_and(|config| config.aws_endpoint = Some(amazon)).await;
    let guest = server.guest().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schemathesis.toml");
    std::fs::write(&file, config(&things(&guest).await)).unwrap();
    let token = format!("Authorization: Bearer {}", guest.client.token().unwrap());
    let said = tokio::process::Command::new(TestServer::toolbox().join("schemathesis/bin/st"))
        .args(["--config-file".as_ref(), file.as_os_str()])
        .args(["run", &server.url("/api/docs/openapi.json")])
        .args(["--header", &token])
        .args(["--exclude-path-regex", "(events|socket|guests)$"])
        .args(["--phases", "coverage,fuzzing", "--max-examples", "20"])
        .args(["--seed", "1", "--generation-database", "none"])
        .current_dir(folder.path())
        .output()
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{text}");
    // it must have tried something
    assert!(text.contains("Tested: "), "{text}");
    assert!(!text.contains(" 0 generated"), "{text}");
}

#[tokio::test]
async fn people_and_programs_can_read_the_description() {
    let server = TestServer::new().await;
    let page = reqwest::get(server.url("/api/docs")).await.unwrap();
    assert!(page.status().is_success());
    assert!(page.text().await.unwrap().contains("swagger-ui"));
    let described: Value = reqwest::get(server.url("/api/docs/openapi.json"))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let operations = described["paths"].as_object().unwrap().values();
    let mut ids: Vec<_> = operations
        .flat_map(|item| item.as_object().unwrap().values())
        .map(|operation| {
            assert!(operation["summary"].is_string(), "{operation}");
            operation["operationId"].as_str().unwrap()
        })
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "each operation has a name of its own");
}
