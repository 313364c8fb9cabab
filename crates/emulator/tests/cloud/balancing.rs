//! Load balancers that balance: what the genuine command line asks for is what happens.

use std::time::Duration;

use emulator::Credentials;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
    time,
};

use crate::rig::{Cloud, until, visit};

const PATIENCE: Duration = Duration::from_secs(60);
const DNS: &str = "--query LoadBalancers[0].DNSName";

/// Serves its name and what it was sent, and a slow page.
fn server(name: &str) -> String {
    format!(
        "#!/usr/bin/python3
import http.server, time
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_POST(self):
        self.do_GET()
    def do_GET(self):
        if self.path == '/slow':
            time.sleep(2)
        if self.path == '/ill':
            return self.send_error(500)
        text = '{name} %s %s' % (self.path, self.headers.get('X-Forwarded-For'))
        self.send_response(200)
        self.send_header('Content-Length', str(len(text)))
        self.send_header('Set-Cookie', 'SESSION=1')
        self.end_headers()
        self.wfile.write(text.encode())
http.server.ThreadingHTTPServer(('', 80), Page).serve_forever()
"
    )
}

/// Waits until a query of the command line says a word.
async fn wait_for(cloud: &Cloud, me: &Credentials, line: &str, word: &str) {
    let said = async { while cloud.ok(me, line).await != word {} };
    let said = time::timeout(PATIENCE, said).await;
    assert!(said.is_ok(), "{line}: {}", cloud.ok(me, line).await);
}

struct Site {
    cloud: Cloud,
    me: Credentials,
    blue: String,
    green: String,
    groups: [String; 2],
    listener: String,
    name: String,
}

/// Two instances in two target groups behind an application load balancer that leads to the first.
async fn site() -> Site {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let blue = cloud.launch_script(&me, &server("blue")).await;
    let green = cloud.launch_script(&me, &server("green")).await;
    let vpc = cloud
        .ok(&me, "ec2 describe-vpcs --query Vpcs[0].VpcId")
        .await;
    let subnets = "ec2 describe-subnets --query Subnets[0:2].SubnetId";
    let subnets = cloud.ok(&me, subnets).await.replace('\t', " ");
    let mut groups = Vec::new();
    for (name, instance) in [("blue", &blue), ("green", &green)] {
        let create = format!(
            "elbv2 create-target-group --name {name} --protocol HTTP --port 80 --vpc-id {vpc} \
             --query TargetGroups[0].TargetGroupArn"
        );
        let group = cloud.ok(&me, &create).await;
        let register =
            format!("elbv2 register-targets --target-group-arn {group} --targets Id={instance}");
        cloud.ok(&me, &register).await;
        groups.push(group);
    }
    let create = format!("elbv2 create-load-balancer --name alb --subnets {subnets} {DNS}");
    let name = cloud.ok(&me, &create).await;
    let arn = "elbv2 describe-load-balancers --query LoadBalancers[0].LoadBalancerArn";
    let arn = cloud.ok(&me, arn).await;
    let create = format!(
        "elbv2 create-listener --load-balancer-arn {arn} --protocol HTTP --port 80 \
         --default-actions Type=forward,TargetGroupArn={} --query Listeners[0].ListenerArn",
        groups[0]
    );
    let listener = cloud.ok(&me, &create).await;
    until(&me, &name, |status, body| {
        status == 200 && body.starts_with("blue")
    })
    .await;
    Site {
        groups: groups.try_into().unwrap(),
        cloud,
        me,
        blue,
        green,
        listener,
        name,
    }
}

impl Site {
    async fn ok(&self, line: &str) -> String {
        self.cloud.ok(&self.me, line).await
    }

    /// Has the listener lead to both groups by weight.
    async fn weigh(&self, blue: u32, green: u32, sticky: bool) {
        let [first, second] = &self.groups;
        let actions = format!(
            "[{{\"Type\":\"forward\",\"ForwardConfig\":{{\"TargetGroups\":[\
             {{\"TargetGroupArn\":\"{first}\",\"Weight\":{blue}}},\
             {{\"TargetGroupArn\":\"{second}\",\"Weight\":{green}}}],\
             \"TargetGroupStickinessConfig\":{{\"Enabled\":{sticky},\"DurationSeconds\":60}}}}}}]"
        );
        self.ok(&format!(
            "elbv2 modify-listener --listener-arn {} --default-actions {actions}",
            self.listener
        ))
        .await;
        let [_, second] = &self.groups;
        let health = format!(
            "elbv2 describe-target-health --target-group-arn {second} \
             --query TargetHealthDescriptions[].TargetHealth.State"
        );
        wait_for(&self.cloud, &self.me, &health, "healthy").await;
    }

    async fn count(&self, visits: usize, word: &str) -> usize {
        let mut count = 0;
        for _ in 0..visits {
            let page = visit(&self.me, &self.name, "/", &[]).await;
            assert_eq!(page.status, 200, "{}", page.body);
            count += usize::from(page.body.starts_with(word));
        }
        count
    }
}

#[tokio::test]
async fn weights_lead_to_both_and_a_cookie_back_to_the_same() {
    let site = site().await;
    site.weigh(50, 50, true).await;
    let green = site.count(200, "green").await;
    assert!((50..150).contains(&green), "{green} of 200");
    let page = visit(&site.me, &site.name, "/", &[]).await;
    let colour = page.body.split(' ').next().unwrap().to_owned();
    let cookie = page.cookie("AWSALBTG");
    for _ in 0..20 {
        let again = visit(&site.me, &site.name, "/", &[("cookie", &cookie)]).await;
        assert!(again.body.starts_with(&colour), "{}", again.body);
    }
    site.weigh(0, 100, false).await;
    let settled = async { while site.count(1, "green").await == 0 {} };
    time::timeout(PATIENCE, settled).await.unwrap();
    assert_eq!(site.count(50, "green").await, 50);
}

#[tokio::test]
async fn rules_lead_by_path_and_host_and_answer_by_themselves() {
    let site = site().await;
    site.weigh(1, 0, false).await;
    let rule = |priority: u32, condition: &str, action: &str| {
        format!(
            "elbv2 create-rule --listener-arn {} --priority {priority} --conditions {condition} \
             --actions {action}",
            site.listener
        )
    };
    let green = format!("Type=forward,TargetGroupArn={}", site.groups[1]);
    site.ok(&rule(1, "Field=path-pattern,Values=/new/*", &green))
        .await;
    let fixed = "Type=fixed-response,FixedResponseConfig={StatusCode=418,ContentType=text/plain,\
                 MessageBody=tea}";
    site.ok(&rule(2, "Field=host-header,Values=tea.example.com", fixed))
        .await;
    let moved = "Type=redirect,RedirectConfig={Host=new.example.com,StatusCode=HTTP_301}";
    site.ok(&rule(3, "Field=path-pattern,Values=/old", moved))
        .await;
    let is_green = async {
        while !visit(&site.me, &site.name, "/new/x", &[])
            .await
            .body
            .starts_with("green")
        {}
    };
    time::timeout(PATIENCE, is_green).await.unwrap();
    let page = visit(&site.me, &site.name, "/", &[]).await;
    assert!(page.body.starts_with("blue"), "{}", page.body);
    let curl = |host: &str, path: &str| {
        format!(
            "curl -sw '%{{http_code}} %{{redirect_url}}' -H 'Host: {host}' http://{}{path}",
            site.name
        )
    };
    let said = site
        .cloud
        .terminal(&site.me, &curl("tea.example.com", "/"))
        .await;
    assert_eq!(said, "tea418");
    let said = site
        .cloud
        .terminal(&site.me, &curl("a.example.com", "/old?x=1"))
        .await;
    assert_eq!(said, "301 http://new.example.com:80/old?x=1");
}

#[tokio::test]
async fn health_is_what_the_check_finds_and_in_aws_s_own_words() {
    let site = site().await;
    site.weigh(1, 1, false).await;
    let [group, _] = &site.groups;
    let health = format!(
        "elbv2 describe-target-health --target-group-arn {group} --query \
         TargetHealthDescriptions[].[TargetHealth.State,TargetHealth.Reason,TargetHealth.Description]"
    );
    let check = |path: &str| {
        format!(
            "elbv2 modify-target-group --target-group-arn {group} --health-check-path {path} \
             --unhealthy-threshold-count 2 --healthy-threshold-count 2"
        )
    };
    site.ok(&check("/ill")).await;
    let codes = "unhealthy\tTarget.ResponseCodeMismatch\t\
                 Health checks failed with these codes: [500]";
    wait_for(&site.cloud, &site.me, &health, codes).await;
    until(&site.me, &site.name, |_, body| body.starts_with("green")).await;
    site.ok(&check("/")).await;
    wait_for(&site.cloud, &site.me, &health, "healthy\tNone\tNone").await;
    site.ok(&format!("ec2 stop-instances --instance-ids {}", site.blue))
        .await;
    let stopped = "unused\tTarget.InvalidState\tTarget is in the stopped state";
    wait_for(&site.cloud, &site.me, &health, stopped).await;
}

#[tokio::test]
async fn what_is_under_way_ends_before_a_target_is_gone() {
    let site = site().await;
    site.weigh(1, 1, false).await;
    let slow = tokio::spawn({
        let (me, name) = (site.me.clone(), site.name.clone());
        async move { visit(&me, &name, "/slow", &[]).await }
    });
    let [group, other] = &site.groups;
    for (group, instance) in [(group, &site.blue), (other, &site.green)] {
        site.ok(&format!(
            "elbv2 deregister-targets --target-group-arn {group} --targets Id={instance}"
        ))
        .await;
    }
    let states = "--query TargetHealthDescriptions[].TargetHealth.State";
    let mut draining = Vec::new();
    for group in [group, other] {
        let health = format!("elbv2 describe-target-health --target-group-arn {group} {states}");
        draining.push(site.ok(&health).await);
    }
    // the slow page may have ended before both were asked
    let page = slow.await.unwrap();
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("/slow"), "{}", page.body);
    until(&site.me, &site.name, |status, _| status == 503).await;
}

#[tokio::test]
async fn a_classic_one_keeps_visitors_and_leads_connections_on_any_port() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let mut instances = Vec::new();
    for name in ["a", "b"] {
        instances.push(cloud.launch_script(&me, &server(name)).await);
    }
    let create = "elb create-load-balancer --load-balancer-name web --listeners \
                  Protocol=HTTP,LoadBalancerPort=81,InstanceProtocol=HTTP,InstancePort=80 \
                  Protocol=TCP,LoadBalancerPort=9000,InstanceProtocol=TCP,InstancePort=80 \
                  --availability-zones ap-southeast-2a --query DNSName";
    let name = cloud.ok(&me, create).await;
    for line in [
        "elb create-lb-cookie-stickiness-policy --load-balancer-name web --policy-name sticky \
         --cookie-expiration-period 60",
        "elb set-load-balancer-policies-of-listener --load-balancer-name web \
         --load-balancer-port 81 --policy-names sticky",
    ] {
        cloud.ok(&me, line).await;
    }
    let register = format!(
        "elb register-instances-with-load-balancer --load-balancer-name web --instances {}",
        instances.join(" ")
    );
    cloud.ok(&me, &register).await;
    let health = "elb describe-instance-health --load-balancer-name web \
                  --query InstanceStates[].State";
    wait_for(&cloud, &me, health, "InService\tInService").await;
    let host = format!("{name}:81");
    let first = visit(&me, &host, "/", &[]).await;
    let cookie = first.cookie("AWSELB");
    for _ in 0..10 {
        let again = visit(&me, &host, "/", &[("cookie", &cookie)]).await;
        assert_eq!(again.body[..1], first.body[..1]);
    }
    let others = async { while visit(&me, &host, "/", &[]).await.body[..1] == first.body[..1] {} };
    time::timeout(PATIENCE, others).await.unwrap();
    let said = cloud
        .terminal(&me, &format!("curl -s http://{name}:9000/tcp"))
        .await;
    assert!(said.ends_with("/tcp None"), "{said}");
    let said = cloud
        .terminal(&me, &format!("curl -s http://{name}:81/http"))
        .await;
    assert!(said.ends_with("/http 100.64.0.2"), "{said}");
    let silent = format!("curl -s http://{name}:82/ || echo refused $?");
    let said = cloud.terminal(&me, &silent).await;
    assert!(said.starts_with("refused"), "{said}");
}

#[tokio::test]
async fn nobody_waits_for_another_s_upload_that_was_answered_before_its_end() {
    let site = site().await;
    let mut upload = UnixStream::connect(&site.me.web_socket).await.unwrap();
    let head = format!(
        "POST /early HTTP/1.1\r\nhost: {}\r\ncontent-length: 1000\r\n\r\nbegun",
        site.name
    );
    upload.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).contains("blue /early") {
        answer.push(upload.read_u8().await.unwrap());
    }
    let page = visit(&site.me, &site.name, "/after", &[]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.starts_with("blue /after"), "{}", page.body);
}

#[tokio::test]
async fn a_network_one_leads_connections_to_addresses_as_well_as_to_instances() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let instance = cloud.launch_script(&me, &server("n")).await;
    let facts = format!(
        "ec2 describe-instances --instance-ids {instance} \
         --query Reservations[0].Instances[0].[PrivateIpAddress,VpcId,SubnetId]"
    );
    let facts = cloud.ok(&me, &facts).await;
    let [address, vpc, subnet] = facts.split('\t').collect::<Vec<_>>()[..] else {
        panic!("{facts}")
    };
    let create = format!(
        "elbv2 create-target-group --name n --protocol TCP --port 80 --target-type ip \
         --vpc-id {vpc} --query TargetGroups[0].TargetGroupArn"
    );
    let group = cloud.ok(&me, &create).await;
    cloud
        .ok(
            &me,
            &format!("elbv2 register-targets --target-group-arn {group} --targets Id={address}"),
        )
        .await;
    let create = format!(
        "elbv2 create-load-balancer --name nlb --type network --subnets {subnet} \
         --query LoadBalancers[0].[DNSName,LoadBalancerArn]"
    );
    let made = cloud.ok(&me, &create).await;
    let (name, arn) = made.split_once('\t').unwrap();
    let listen = format!(
        "elbv2 create-listener --load-balancer-arn {arn} --protocol TCP --port 7000 \
         --default-actions Type=forward,TargetGroupArn={group}"
    );
    cloud.ok(&me, &listen).await;
    let health = format!(
        "elbv2 describe-target-health --target-group-arn {group} \
         --query TargetHealthDescriptions[].[Target.Id,TargetHealth.State]"
    );
    wait_for(&cloud, &me, &health, &format!("{address}\thealthy")).await;
    let ask = format!("curl -s http://{name}:7000/x");
    assert_eq!(cloud.terminal(&me, &ask).await, "n /x None");
}
