//! The emulated cloud as terminals and browsers see it through the server.

use crate::{
    server::{Guest, TestServer},
    shell::Shell,
};

/// A load balancer on two ports, and an instance behind it that serves a word.
pub const SERVE: &str = "printf '#!/bin/sh\\nmkdir w; cd w; echo served >index.html\\n\
     exec python3 -m http.server 80\\n' >user-data && \
     id=$(aws ec2 run-instances --image-id ami-69631053 --user-data file://user-data \
     --query 'Instances[0].InstanceId' --output text) && \
     name=$(aws elb create-load-balancer --load-balancer-name web --listeners \
     Protocol=HTTP,LoadBalancerPort=80,InstanceProtocol=HTTP,InstancePort=80 \
     Protocol=TCP,LoadBalancerPort=8000,InstanceProtocol=TCP,InstancePort=80 \
     --availability-zones ap-southeast-2a --query DNSName --output text) && \
     aws elb register-instances-with-load-balancer --load-balancer-name web --instances $id && \
     aws elb wait any-instance-in-service --load-balancer-name web && echo $name";

/// Asks the server for a name as a browser would.
async fn visit(server: &TestServer, host: &str) -> (u16, String) {
    let host = format!("{host}:{}", server.address.port());
    let request = reqwest::Client::new().get(server.url("/"));
    let answer = request.header("host", host).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn ok(shell: &mut Shell, line: &str) -> String {
    let seen = shell.run(line).await;
    assert!(seen.contains("end=0"), "{line}: {seen}");
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_the_cloud_leads_a_terminal_on_every_port_and_a_browser_on_an_origin_of_its_own()
{
    let server = TestServer::with_cloud().await;
    let (guest, stranger) = (server.guest().await, server.guest().await);
    let mut shell = Shell::open(&server, &guest).await;
    let seen = ok(&mut shell, SERVE).await;
    assert!(
        seen.contains("web.ap-southeast-2.elb.amazonaws.com"),
        "{seen}"
    );
    for line in ["curl -s http://$name/", "curl -s http://$name:8000/"] {
        let seen = ok(&mut shell, line).await;
        assert!(seen.contains("served"), "{line}: {seen}");
    }
    let named = |guest: &Guest| {
        format!(
            "web.ap-southeast-2.elb.amazonaws.com.{}.localhost",
            guest.account.id
        )
    };
    assert_eq!(
        visit(&server, &named(&guest)).await,
        (200, "served\n".into())
    );
    let (status, text) = visit(&server, &named(&stranger)).await;
    assert_eq!(status, 404, "{text}");
    let nobody = format!(
        "web.elb.amazonaws.com.{}.localhost",
        shared::AccountId::new()
    );
    assert_eq!(visit(&server, &nobody).await.0, 502);
    let seen = shell.run("curl -s -m 5 http://169.254.169.254/").await;
    assert!(!seen.contains("end=0"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_key_is_in_the_home_and_the_one_before_it_is_refused() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let who = "aws sts get-caller-identity --query Account --output text";
    ok(&mut shell, &format!("{who} && cp -r ~/.aws ~/old")).await;
    let seen = ok(&mut shell, "mac provider renew").await;
    assert!(seen.contains("renewed"), "{seen}");
    ok(&mut shell, who).await;
    // what is Azure's goes on with its own
    ok(&mut shell, "azure vm list").await;
    let old = format!("AWS_SHARED_CREDENTIALS_FILE=~/old/credentials {who}");
    let seen = shell.run(&old).await;
    assert!(seen.contains("InvalidClientTokenId"), "{seen}");
}
