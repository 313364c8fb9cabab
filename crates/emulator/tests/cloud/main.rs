//! The emulated cloud as the genuine `aws` command line, a balancer's users and strangers see it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod bad_input;
mod balancing;
mod books;
mod boto;
mod groups;
mod instances;
mod isolation;
mod keys;
mod network;
mod rig;
mod ssh;
mod suite;
mod user_data;

use emulator::Credentials;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
};

use crate::rig::{Cloud, until};

const NAME: &str = "web.ap-southeast-2.elb.amazonaws.com";

#[tokio::test]
async fn instances_run_their_user_data_and_a_balancer_leads_to_those_that_are_well() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let blue = cloud.launch(&me, "blue").await;
    let name = cloud
        .ok(
            &me,
            "elb create-load-balancer --load-balancer-name web --listeners \
             Protocol=HTTP,LoadBalancerPort=80,InstanceProtocol=HTTP,InstancePort=8080 \
             --availability-zones ap-southeast-2a --query DNSName",
        )
        .await;
    assert_eq!(name, NAME);
    until(&me, NAME, |status, _| status == 503).await;
    let register = format!(
        "elb register-instances-with-load-balancer --load-balancer-name web --instances {blue}"
    );
    cloud.ok(&me, &register).await;
    until(&me, NAME, |_, body| body.contains("page-blue")).await;
    let health = "elb describe-instance-health --load-balancer-name web --query \
                  InstanceStates[0].State";
    assert_eq!(cloud.ok(&me, health).await, "InService");

    // a second one takes its turns
    let green = cloud.launch(&me, "green").await;
    cloud.ok(&me, &register.replace(&blue, &green)).await;
    until(&me, NAME, |_, body| body.contains("page-green")).await;
    until(&me, NAME, |_, body| body.contains("page-blue")).await;

    let console = format!("ec2 get-console-output --instance-id {blue} --query Output");
    assert!(cloud.ok(&me, &console).await.contains("serving blue"));

    cloud
        .ok(&me, &format!("ec2 stop-instances --instance-ids {blue}"))
        .await;
    cloud
        .ok(
            &me,
            &format!("ec2 terminate-instances --instance-ids {green}"),
        )
        .await;
    until(&me, NAME, |status, _| status == 503).await;
    let states = cloud
        .ok(
            &me,
            "ec2 describe-instances --query Reservations[].Instances[].State.Name",
        )
        .await;
    assert_eq!(states, "stopped\tterminated");
    // what was stopped comes back with its disk
    cloud
        .ok(&me, &format!("ec2 start-instances --instance-ids {blue}"))
        .await;
    until(&me, NAME, |_, body| body.contains("page-blue")).await;
}

#[tokio::test]
async fn a_stranger_sees_and_reaches_nothing_of_another() {
    let cloud = Cloud::new().await;
    let (me, other) = (
        cloud.account("me", 1).await,
        cloud.account("other", 2).await,
    );
    assert_ne!(me.account_number, other.account_number);
    let id = cloud.launch(&me, "mine").await;
    let asked = format!("ec2 describe-instances --instance-ids {id}");
    assert!(
        cloud
            .refused(&other, &asked)
            .await
            .contains("InvalidInstanceID.NotFound")
    );
    let asked = format!("ec2 terminate-instances --instance-ids {id}");
    assert!(
        cloud
            .refused(&other, &asked)
            .await
            .contains("InvalidInstanceID.NotFound")
    );

    let forged = Credentials {
        secret_access_key: other.secret_access_key.clone(),
        ..me.clone()
    };
    let refusal = cloud.refused(&forged, "ec2 describe-instances").await;
    assert!(refusal.contains("SignatureDoesNotMatch"), "{refusal}");
    let nobody = Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        ..me.clone()
    };
    let refusal = cloud.refused(&nobody, "ec2 describe-instances").await;
    assert!(refusal.contains("AuthFailure"), "{refusal}");
    assert_eq!(
        cloud
            .ok(
                &me,
                "ec2 describe-images --image-ids ami-69631053 --query Images[0].ImageId"
            )
            .await,
        "ami-69631053"
    );
}

#[tokio::test]
async fn the_books_have_no_back_door() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;

    // whoever may sign could empty everybody's books by it
    cloud
        .ok(&me, "ec2 create-key-pair --key-name kept --query KeyName")
        .await;
    let stranger = cloud.account("stranger", 2).await;
    for path in ["/%6Doto-api/reset", "//moto-api/reset"] {
        let endpoint = format!("{}{path}", stranger.endpoint);
        let at_the_door = Credentials {
            endpoint,
            ..stranger.clone()
        };
        cloud.aws(&at_the_door, "ec2 describe-instances").await;
    }
    let kept = "ec2 describe-key-pairs --query KeyPairs[].KeyName";
    assert_eq!(cloud.ok(&me, kept).await, "kept");

    let http = reqwest::Client::new();
    let doors = [
        "/moto-api/data.json",
        "/moto-api",
        "//moto-api/reset",
        "/%6Doto-api/reset",
        "/%2Fmoto-api/reset",
    ];
    for path in doors {
        let answer = http
            .post(format!("{}{path}", me.endpoint))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
    let unsigned = http
        .post(&me.endpoint)
        .header("x-moto-account-id", &me.account_number)
        .body("Action=DescribeInstances&Version=2016-11-15")
        .send()
        .await
        .unwrap();
    assert_eq!(unsigned.status(), 403);
}

#[tokio::test]
async fn a_token_launches_once() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let line = "ec2 run-instances --image-id ami-69631053 --instance-type t2.micro \
                --client-token once --query Instances[0].InstanceId";
    let first = cloud.ok(&me, line).await;
    assert_eq!(cloud.ok(&me, line).await, first);
    let count = "ec2 describe-instances --query length(Reservations[])";
    assert_eq!(cloud.ok(&me, count).await, "1");
    let too_many = "ec2 run-instances --image-id ami-69631053 --count 21";
    assert!(
        cloud
            .refused(&me, too_many)
            .await
            .contains("InstanceLimitExceeded")
    );
}

#[tokio::test]
async fn the_cloud_sends_no_request_to_this_machine_for_anybody() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let victim = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = victim.local_addr().unwrap().port();
    let topic = cloud
        .ok(&me, "sns create-topic --name t --query TopicArn")
        .await;
    let subscribe = format!(
        "sns subscribe --topic-arn {topic} --protocol http \
         --notification-endpoint http://127.0.0.1:{port}/taken"
    );
    cloud.aws(&me, &subscribe).await;
    // sent before the command ends, if it is sent at all
    cloud
        .aws(&me, &format!("sns publish --topic-arn {topic} --message m"))
        .await;
    victim.set_nonblocking(true).unwrap();
    let reached = victim.accept().map(|(_, from)| from);
    assert!(reached.is_err(), "{reached:?}");
}

/// A server that goes on in a protocol of its own, and says everything back.
const ECHO: &str = "#!/usr/bin/python3
import socketserver
class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        lines = iter(self.rfile.readline, b'')
        wanted = [line for line in iter(lambda: next(lines, b'').strip(), b'')]
        if not any(line.lower() == b'upgrade: echo' for line in wanted):
            return self.wfile.write(b'HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nok')
        self.wfile.write(b'HTTP/1.1 101 Go on\\r\\nconnection: upgrade\\r\\nupgrade: echo\\r\\n\\r\\n')
        while said := self.connection.recv(100):
            self.connection.sendall(said)
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
Server(('', 8080), Echo).serve_forever()
";

#[tokio::test]
async fn a_socket_goes_through_a_balancer_both_ways() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let instance = cloud.launch_script(&me, ECHO).await;
    cloud.balance(&me, &instance).await;
    until(&me, NAME, |_, body| body == "ok").await;
    let mut socket = UnixStream::connect(&me.web_socket).await.unwrap();
    let wanted =
        format!("GET / HTTP/1.1\r\nhost: {NAME}\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n");
    socket.write_all(wanted.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{head:?}");
    for said in [&b"hello"[..], b"again"] {
        socket.write_all(said).await.unwrap();
        let mut heard = [0; 5];
        socket.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, said);
    }
}
