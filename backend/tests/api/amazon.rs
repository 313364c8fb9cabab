//! An account with credentials of its own: its commands speak to Amazon, and reach nothing else.
//!
//! Amazon is plain moto here, as it comes, so that nothing works with our own emulated cloud alone.

use std::time::Duration;

use shared::SaveCredential;
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::timeout,
};

use crate::{
    server::{Guest, TestServer},
    shell::{PATIENCE, Shell},
};

/// A moto server, which ends with the test.
pub struct Moto {
    _process: Child,
    pub endpoint: String,
}

impl Moto {
    pub async fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let process = Command::new(TestServer::toolbox().join("moto/bin/python"))
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p"])
            .arg(port.to_string())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let listens = async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, listens).await.unwrap();
        Self {
            _process: process,
            endpoint: format!("http://127.0.0.1:{port}"),
        }
    }
}

pub async fn save(guest: &Guest) {
    let own = SaveCredential {
        client: "AKIAIOSFODNN7EXAMPLE".into(),
        key: "wJalrXUtnFEMI".into(),
    };
    client::providers::save_credential(&guest.client, "amazon", &own)
        .await
        .unwrap();
}

pub async fn ok(shell: &mut Shell, line: &str) -> String {
    let seen = shell.run(line).await;
    assert!(seen.contains("end=0"), "{line}: {seen}");
    seen
}

const BALANCER: &str = "aws elb create-load-balancer --load-balancer-name own --listeners \
     Protocol=HTTP,LoadBalancerPort=80,InstanceProtocol=HTTP,InstancePort=80 \
     --availability-zones us-east-1a --region us-east-1 --query DNSName --output text";
const BALANCERS: &str = "aws elb describe-load-balancers --region us-east-1 \
     --query 'LoadBalancerDescriptions[].LoadBalancerName' --output text";

/// The blueprint of a version whose only resource is a load balancer.
const MACFILE: &str = "\
mac: 1.0.8
name: own
version: 1
description: by credentials of its own
resources:
  own elb:
    create bash: aws elb create-load-balancer --load-balancer-name by-macfile --region us-east-1 \
--availability-zones us-east-1a --listeners \
Protocol=HTTP,LoadBalancerPort=80,InstanceProtocol=HTTP,InstancePort=80
    destroy bash: aws elb delete-load-balancer --load-balancer-name by-macfile --region us-east-1
infrastructures:
  own elb 01:
    resource: own elb
";

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_an_account_with_credentials_of_its_own_speak_to_amazon() {
    let amazon = Moto::start().await;
    let endpoint = amazon.endpoint.clone();
    let server = TestServer::with_cloud_and(|config| config.aws_endpoint = Some(endpoint)).await;
    let guest = server.guest().await;
    let mut before = Shell::open(&server, &guest).await;
    let emulated = ok(&mut before, BALANCER).await;
    assert!(emulated.contains("own.us-east-1.elb"), "{emulated}");
    save(&guest).await;

    let mut shell = Shell::open(&server, &guest).await;
    let who = "aws sts get-caller-identity --query Account --output text";
    let seen = ok(&mut shell, who).await;
    assert!(seen.contains("123456789012"), "moto's account: {seen}");
    let seen = ok(&mut shell, &format!("{BALANCERS}; true")).await;
    assert!(!seen.contains("own"), "that is the emulated one: {seen}");
    let write = format!("printf %b '{}' >own.macfile", MACFILE.replace('\n', "\\n"));
    ok(&mut shell, &write).await;
    ok(&mut shell, "mac infrastructure macfile own.macfile").await;
    let seen = ok(&mut shell, BALANCERS).await;
    assert!(seen.contains("by-macfile"), "{seen}");
    // terminals that were open go on with what they had
    let seen = ok(&mut before, BALANCERS).await;
    assert!(
        seen.contains("own") && !seen.contains("by-macfile"),
        "{seen}"
    );
    ok(&mut shell, "mac infrastructure destroy own 1").await;
    let seen = ok(&mut shell, &format!("{BALANCERS}; true")).await;
    assert!(!seen.contains("by-macfile"), "{seen}");
    // what is Azure's goes on as it was
    ok(&mut shell, "azure vm list").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_to_amazon_leads_nowhere_else() {
    let amazon = Moto::start().await;
    let endpoint = amazon.endpoint.clone();
    let server = TestServer::with_cloud_and(|config| config.aws_endpoint = Some(endpoint)).await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let seen = ok(&mut shell, "echo proxy=$https_proxy.").await;
    assert!(
        seen.contains("proxy=."),
        "without credentials there is none: {seen}"
    );
    ok(&mut shell, crate::cloud::SERVE).await;
    save(&guest).await;
    let mut shell = Shell::open(&server, &guest).await;
    let code = "-s -o /dev/null -m 20 -w 'code=%{http_code}/%{http_connect}.'";
    for (what, said) in [
        // the operator's machine and networks, by address and by name
        ("-p https://example.com/".to_owned(), "code=000/403."),
        (
            format!("-p {}/", amazon.endpoint.replace("127.0.0.1", "127.0.0.2")),
            "code=000/403.",
        ),
        (
            "-p http://ec2.us-east-1.amazonaws.com:22/".to_owned(),
            "code=000/403.",
        ),
        ("http://192.0.2.1/".to_owned(), "code=403/000."),
        ("http://example.com/".to_owned(), "code=403/000."),
        // names of Amazon's, which nobody looks up here
        (
            "https://ec2.us-east-1.amazonaws.com/".to_owned(),
            "code=000/502.",
        ),
        (
            "http://internal-a.us-east-1.elb.amazonaws.com/".to_owned(),
            "code=502/000.",
        ),
        // of the account's part of the emulated cloud, made before
        (
            "http://web.ap-southeast-2.elb.amazonaws.com/".to_owned(),
            "code=200/000.",
        ),
        (
            "http://web.ap-southeast-2.elb.amazonaws.com:8000/".to_owned(),
            "code=200/000.",
        ),
        // without the pass, and with one for somebody else
        (
            "-x http://localhost:4568 http://a.elb.amazonaws.com/".to_owned(),
            "code=407/000.",
        ),
        (
            format!(
                "-x ${{https_proxy/{}/{}}} http://a.elb.amazonaws.com/",
                guest.account.id,
                server.guest().await.account.id
            ),
            "code=407/000.",
        ),
    ] {
        let seen = shell.run(&format!("curl {code} {what}")).await;
        assert!(seen.contains(said), "{what}: {said} is not in {seen}");
    }
    let seen = ok(&mut shell, "mac provider forget amazon").await;
    assert!(seen.contains("are forgotten"), "{seen}");
    let seen = shell
        .run(&format!("curl {code} http://a.elb.amazonaws.com/"))
        .await;
    assert!(seen.contains("code=403/000."), "{seen}");
    let mut shell = Shell::open(&server, &guest).await;
    let seen = ok(
        &mut shell,
        "echo proxy=$https_proxy. key=$AWS_ACCESS_KEY_ID.",
    )
    .await;
    assert!(seen.contains("proxy=. key=."), "{seen}");
}
