//! Providers, and credentials for them.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use axum::{Router, http::StatusCode, routing::post};
use shared::{
    CreateInstance, CredentialState, Instance, InstanceState, ProblemKind, SaveCredential,
};

use crate::{
    instances::alone,
    server::{Guest, TestServer},
    shell::PATIENCE,
};

const REFUSED: &str = "<Response><Errors><Error><Code>AuthFailure</Code><Message>AWS was not able \
    to validate the provided access credentials</Message></Error></Errors></Response>";
const REGIONS: &str = "<DescribeRegionsResponse><regionInfo><item><regionName>eu-west-1\
    </regionName></item></regionInfo></DescribeRegionsResponse>";

const IMAGES: &str = "<DescribeImagesResponse><imagesSet>\
    <item><imageId>ami-older</imageId><creationDate>2019-01-01T00:00:00.000Z</creationDate></item>\
    <item><imageId>ami-newest</imageId><creationDate>2019-11-07T00:00:00.000Z</creationDate></item>\
    <item><imageId>ami-old</imageId><creationDate>2019-05-01T00:00:00.000Z</creationDate></item>\
    </imagesSet></DescribeImagesResponse>";
const SIZES: &str = "<DescribeInstanceTypesResponse><instanceTypeSet>\
    <item><instanceType>m7i.large</instanceType><vCpuInfo><defaultVCpus>2</defaultVCpus></vCpuInfo>\
    <memoryInfo><sizeInMiB>8192</sizeInMiB></memoryInfo></item>\
    <item><instanceType>t3.nano</instanceType><vCpuInfo><defaultVCpus>2</defaultVCpus></vCpuInfo>\
    <memoryInfo><sizeInMiB>512</sizeInMiB></memoryInfo></item>\
    </instanceTypeSet></DescribeInstanceTypesResponse>";
const NETWORKS: &str = "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>\
    </DescribeVpcsResponse>";
const MADE: &str = "<CreateSecurityGroupResponse><groupId>sg-ssh</groupId>\
    </CreateSecurityGroupResponse>";
const OPENED: &str = "<AuthorizeSecurityGroupIngressResponse><return>true</return>\
    </AuthorizeSecurityGroupIngressResponse>";
const GROUPS: &str = "<DescribeSecurityGroupsResponse><securityGroupInfo>\
    <item><groupId>sg-default</groupId></item></securityGroupInfo></DescribeSecurityGroupsResponse>";
const FULL: &str = "<Response><Errors><Error><Code>InsufficientInstanceCapacity</Code><Message>\
    come back later</Message></Error></Errors></Response>";

/// A cloud that knows one key; its address.
pub async fn cloud() -> String {
    cloud_and_asked().await.0
}

/// The same, and what it was asked.
async fn cloud_and_asked() -> (String, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = asked.clone();
    let answer = move |headers: axum::http::HeaderMap, body: String| {
        let shown = headers["authorization"].to_str().unwrap().to_owned();
        let answer = match body.split('&').next().unwrap_or_default() {
            _ if !shown.contains("Credential=AKIAGOOD/") => (StatusCode::UNAUTHORIZED, REFUSED),
            "Action=DescribeImages" => (StatusCode::OK, IMAGES),
            "Action=DescribeInstanceTypes" => (StatusCode::OK, SIZES),
            "Action=DescribeVpcs" => (StatusCode::OK, NETWORKS),
            "Action=CreateSecurityGroup" => (StatusCode::OK, MADE),
            "Action=AuthorizeSecurityGroupIngress" => (StatusCode::OK, OPENED),
            "Action=DescribeSecurityGroups" => (StatusCode::OK, GROUPS),
            "Action=RunInstances" => (StatusCode::BAD_REQUEST, FULL),
            _ => (StatusCode::OK, REGIONS),
        };
        heard.lock().unwrap().push(body);
        async move { answer }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (format!("http://{address}"), asked)
}

#[tokio::test]
async fn credentials_are_tried_kept_sealed_and_forgotten() {
    let cloud = cloud().await;
    let server = TestServer::with_cloud_and(|config| config.aws_endpoint = Some(cloud)).await;
    let guest = server.guest().await;
    let of = async || {
        let all = client::providers::list(&guest.client).await.unwrap().items;
        all.into_iter()
            .find(|provider| provider.name == "amazon")
            .unwrap()
            .credential
    };
    assert_eq!(of().await, CredentialState::Emulated);
    let save = |client: &str| SaveCredential {
        client: client.into(),
        key: "wJalr-a-secret-of-its-own".into(),
    };
    let refused =
        client::providers::save_credential(&guest.client, "amazon", &save("AKIABAD")).await;
    let problem = refused.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Conflict);
    assert!(problem.title.contains("AuthFailure"), "{problem:?}");
    assert_eq!(of().await, CredentialState::Emulated);

    let saved =
        client::providers::save_credential(&guest.client, "amazon", &save("AKIAGOOD")).await;
    assert_eq!(saved.unwrap().credential, CredentialState::Own);
    let locations = client::providers::locations(&guest.client, "amazon")
        .await
        .unwrap();
    assert_eq!(locations.items[0].id, "eu-west-1");
    let stranger = server.guest().await;
    let theirs = client::providers::list(&stranger.client)
        .await
        .unwrap()
        .items;
    assert!(
        theirs
            .iter()
            .all(|provider| provider.credential == CredentialState::Emulated)
    );

    if server.database_url.is_none() {
        // nor the logs of the processes
        for file in files(server.data.path()) {
            let bytes = std::fs::read(&file).unwrap_or_default();
            let has = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
            assert!(
                !has(b"AKIAGOOD") && !has(b"wJalr"),
                "{} has the credentials",
                file.display()
            );
        }
    }
    let forgotten = client::providers::forget_credential(&guest.client, "amazon")
        .await
        .unwrap();
    assert_eq!(forgotten.credential, CredentialState::Emulated);
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let of = |entry: std::io::Result<std::fs::DirEntry>| {
        let (path, kind) = (entry.as_ref().unwrap().path(), entry.unwrap().file_type());
        match kind.unwrap() {
            kind if kind.is_dir() => files(&path),
            kind if kind.is_file() => vec![path],
            _ => Vec::new(),
        }
    };
    entries.flat_map(of).collect()
}

#[tokio::test]
async fn with_credentials_of_ones_own_a_release_is_its_makers_newest_image() {
    let (cloud, asked) = cloud_and_asked().await;
    let server = TestServer::with_cloud_and(|config| config.aws_endpoint = Some(cloud)).await;
    let guest = server.guest().await;
    let save = SaveCredential {
        client: "AKIAGOOD".into(),
        key: "a-secret".into(),
    };
    client::providers::save_credential(&guest.client, "amazon", &save)
        .await
        .unwrap();
    let sizes = client::providers::hardware(&guest.client, "amazon", "eu-west-1")
        .await
        .unwrap()
        .items;
    let names: Vec<_> = sizes.iter().map(|size| size.id.as_str()).collect();
    assert_eq!(names, ["t3.nano", "m7i.large"], "smallest first");
    let made = client::instances::create(&guest.client, &on_amazon("ubuntu:trusty"))
        .await
        .unwrap();
    let failed = ended(&guest, made.id).await;
    let why = failed.error.unwrap();
    assert!(why.contains("InsufficientInstanceCapacity"), "{why}");
    {
        let asked = asked.lock().unwrap();
        let of = |action: &str| {
            let begin = format!("Action={action}&");
            asked.iter().find(|body| body.starts_with(&begin)).unwrap()
        };
        let images = of("DescribeImages");
        assert!(images.contains("Owner.1=099720109477"), "{images}");
        assert!(images.contains("trusty"), "{images}");
        let run = of("RunInstances");
        assert!(run.contains("ImageId=ami-newest&"), "{run}");
        assert!(run.contains("InstanceType=t2.micro&"), "{run}");
        // in the default group as ever, and in one that lets SSH in
        assert!(run.contains("SecurityGroupId.1=sg-ssh&"), "{run}");
        assert!(run.contains("SecurityGroupId.2=sg-default"), "{run}");
        let opened = of("AuthorizeSecurityGroupIngress");
        assert!(opened.contains("FromPort=22&"), "{opened}");
    }
    let unknown = client::instances::create(&guest.client, &on_amazon("centos"))
        .await
        .unwrap();
    let why = ended(&guest, unknown.id).await.error.unwrap();
    assert!(why.contains("there is no image of centos"), "{why}");
}

fn on_amazon(release: &str) -> CreateInstance {
    CreateInstance {
        provider: "amazon".into(),
        location: Some("eu-west-1".into()),
        release: Some(release.into()),
        ..alone("true")
    }
}

/// The instance once it could not be made.
async fn ended(guest: &Guest, id: shared::InstanceId) -> Instance {
    let there = async {
        loop {
            let known = client::instances::read(&guest.client, id).await.unwrap();
            if known.state == InstanceState::CreateFailed {
                return known;
            }
        }
    };
    tokio::time::timeout(PATIENCE, there).await.unwrap()
}

#[tokio::test]
async fn a_provider_of_the_originals_that_is_not_here_is_refused_by_name() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let refused = client::providers::locations(&guest.client, "gce")
        .await
        .unwrap_err();
    assert_eq!(refused.kind, ProblemKind::Invalid);
    assert!(refused.title.contains("gce") && refused.title.contains("amazon and local"));
    let sizes = client::providers::hardware(&guest.client, "amazon", "us-east-1")
        .await
        .unwrap();
    assert!(sizes.items.iter().any(|size| size.id == "t2.micro"));
}
