//! The network that sandboxes see: instances, names, and what lets whom in.

use std::time::Duration;

use tokio::time;

use crate::rig::Cloud;

const PATIENCE: Duration = Duration::from_secs(60);

/// Serves its own name on port 80.
const SERVES: &str = "#!/bin/sh\nmkdir -p www; cd www; hostname >index.html\n\
                      exec python3 -m http.server 80\n";

fn facts(what: &str, id: &str) -> String {
    format!(
        "ec2 describe-instances --instance-ids {id} --query Reservations[0].Instances[0].{what}"
    )
}

#[tokio::test]
async fn security_groups_decide_who_reaches_an_instance() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let server = cloud.launch_script(&me, SERVES).await;
    let client = cloud
        .launch_script(&me, "#!/bin/sh\nexec sleep 999\n")
        .await;
    let private = cloud.ok(&me, &facts("PrivateDnsName", &server)).await;
    let public = cloud.ok(&me, &facts("PublicDnsName", &server)).await;
    let ask = format!("curl -s http://{private}/ || echo no");
    let said = async { while !cloud.on("me", &client, &ask).await.starts_with("ip-") {} };
    time::timeout(PATIENCE, said)
        .await
        .expect("a neighbour of the default group is let in");
    let from_terminal = format!("curl -s http://{public}/ || echo no");
    assert_eq!(cloud.terminal(&me, &from_terminal).await, "no");
    let to_private = format!("curl -s http://{private}/ || echo no");
    assert_eq!(cloud.terminal(&me, &to_private).await, "no");

    for line in [
        "ec2 create-security-group --group-name open --description open".to_owned(),
        "ec2 authorize-security-group-ingress --group-name open --protocol tcp --port 80 \
         --cidr 0.0.0.0/0"
            .to_owned(),
    ] {
        cloud.ok(&me, &line).await;
    }
    let id = "ec2 describe-security-groups --group-names open --query SecurityGroups[0].GroupId";
    let group = cloud.ok(&me, id).await;
    let join = format!("ec2 modify-instance-attribute --instance-id {server} --groups {group}");
    cloud.ok(&me, &join).await;
    let said = async { while !cloud.terminal(&me, &from_terminal).await.starts_with("ip-") {} };
    time::timeout(PATIENCE, said)
        .await
        .expect("everybody is let in");
    let revoke = "ec2 revoke-security-group-ingress --group-name open --protocol tcp --port 80 \
                  --cidr 0.0.0.0/0";
    cloud.ok(&me, revoke).await;
    let said = async { while cloud.on("me", &client, &ask).await != "no" {} };
    time::timeout(PATIENCE, said)
        .await
        .expect("nobody is let in");
}

#[tokio::test]
async fn an_instance_is_told_about_itself_and_nobody_else_about_it() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let id = cloud.launch_script(&me, SERVES).await;
    let ask = "curl -s http://169.254.169.254/latest/meta-data/instance-id || echo no";
    let said = async { while cloud.on("me", &id, ask).await != id {} };
    time::timeout(PATIENCE, said).await.expect("it is told");
    let with_token = "token=$(curl -sX PUT http://169.254.169.254/latest/api/token \
                      -H 'X-aws-ec2-metadata-token-ttl-seconds: 60'); \
                      curl -s http://instance-data.ec2.internal/latest/meta-data/local-ipv4 \
                      -H \"X-aws-ec2-metadata-token: $token\"";
    let address = cloud.ok(&me, &facts("PrivateIpAddress", &id)).await;
    assert_eq!(cloud.on("me", &id, with_token).await, address);
    let addresses = cloud.on("me", &id, "hostname -I").await;
    assert_eq!(addresses, address);
    assert_eq!(cloud.terminal(&me, ask).await, "no");
}

#[tokio::test]
async fn names_of_route_53_lead_where_they_say() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let server = cloud.launch_script(&me, SERVES).await;
    let create = "elb create-load-balancer --load-balancer-name web --listeners \
                  Protocol=HTTP,LoadBalancerPort=80,InstanceProtocol=HTTP,InstancePort=80 \
                  --availability-zones ap-southeast-2a --query DNSName";
    let balancer = cloud.ok(&me, create).await;
    let register = format!(
        "elb register-instances-with-load-balancer --load-balancer-name web --instances {server}"
    );
    cloud.ok(&me, &register).await;
    let zone = "route53 create-hosted-zone --name example.com --caller-reference 1 \
                --query HostedZone.Id";
    let zone = cloud.ok(&me, zone).await;
    let record = |name: &str, rest: &str| {
        format!(
            "{{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{{\"Name\":\"{name}.example.com\",{rest}}}}}"
        )
    };
    let alias = format!(
        "\"Type\":\"A\",\"AliasTarget\":{{\"HostedZoneId\":\"Z1\",\"DNSName\":\"{balancer}\",\
         \"EvaluateTargetHealth\":false}}"
    );
    let weighted = |id: &str, weight: u32, to: &str| {
        format!(
            "\"Type\":\"CNAME\",\"SetIdentifier\":\"{id}\",\"Weight\":{weight},\"TTL\":5,\
             \"ResourceRecords\":[{{\"Value\":\"{to}\"}}]"
        )
    };
    let changes = [
        record("www", &alias),
        record("app", &weighted("blue", 0, "nowhere.example.com")),
        record("app", &weighted("green", 10, "www.example.com")),
    ];
    let batch = format!("{{\"Changes\":[{}]}}", changes.join(","));
    let change = format!(
        "route53 change-resource-record-sets --hosted-zone-id {zone} --change-batch {batch}"
    );
    cloud.ok(&me, &change).await;
    for name in ["www.example.com", "app.example.com"] {
        let ask = format!("curl -s http://{name}/ || echo no");
        let said = async { while !cloud.terminal(&me, &ask).await.starts_with("ip-") {} };
        time::timeout(PATIENCE, said).await.expect(name);
    }
    let none = "curl -s http://none.example.com/ || echo $?";
    assert_eq!(
        cloud.terminal(&me, none).await,
        "6",
        "it cannot be resolved"
    );
}

#[tokio::test]
async fn another_account_s_addresses_and_names_lead_nowhere() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let stranger = cloud.account("stranger", 2).await;
    let server = cloud.launch_script(&me, SERVES).await;
    for line in [
        "ec2 create-security-group --group-name open --description open",
        "ec2 authorize-security-group-ingress --group-name open --protocol -1 --cidr 0.0.0.0/0",
    ] {
        cloud.ok(&me, line).await;
    }
    let id = "ec2 describe-security-groups --group-names open --query SecurityGroups[0].GroupId";
    let group = cloud.ok(&me, id).await;
    let join = format!("ec2 modify-instance-attribute --instance-id {server} --groups {group}");
    cloud.ok(&me, &join).await;
    let address = cloud.ok(&me, &facts("PublicIpAddress", &server)).await;
    let name = cloud.ok(&me, &facts("PublicDnsName", &server)).await;
    let mine = format!("curl -s http://{address}/ || echo no");
    let said = async { while !cloud.terminal(&me, &mine).await.starts_with("ip-") {} };
    time::timeout(PATIENCE, said)
        .await
        .expect("its owner reaches it");
    assert_eq!(cloud.terminal(&stranger, &mine).await, "no");
    let named = format!("curl -s http://{name}/ || echo $?");
    assert_eq!(cloud.terminal(&stranger, &named).await, "6");
}
