//! The emulated cloud as the genuine `aws` command line, a balancer's users and strangers see it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::{path::PathBuf, process::Output, time::Duration};

use emulator::{Config, Credentials, Emulator};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tempfile::TempDir;
use tokio::{net::UnixStream, process::Command, time};
use tokio_util::sync::{CancellationToken, DropGuard};

const PATIENCE: Duration = Duration::from_secs(60);

/// An emulated cloud with a folder of its own.
struct Cloud {
    emulator: Emulator,
    toolbox: PathBuf,
    folder: TempDir,
    _shutdown: DropGuard,
}

impl Cloud {
    async fn new() -> Self {
        let toolbox = std::env::var_os("MANAGEACLOUD_TOOLBOX")
            .map_or_else(|| PathBuf::from("/opt/manageacloud/toolbox"), PathBuf::from);
        assert!(
            toolbox.join("stamp").exists(),
            "run `cargo xtask toolbox` first"
        );
        let folder = tempfile::tempdir().unwrap();
        let control = folder.path().join("run/emulator.sock");
        let config = Config {
            control: control.clone(),
            data: folder.path().join("data"),
            run_dir: folder.path().join("run/emu"),
            helper: env!("CARGO_BIN_EXE_emulator-helper").into(),
            toolbox: toolbox.clone(),
            alone_for: Duration::from_secs(600),
        };
        let shutdown = CancellationToken::new();
        tokio::spawn(emulator::run(config, shutdown.clone()));
        let emulator = Emulator::new(control);
        let started = async {
            while emulator.health().await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        time::timeout(PATIENCE, started).await.unwrap();
        Self {
            emulator,
            toolbox,
            folder,
            _shutdown: shutdown.drop_guard(),
        }
    }

    async fn account(&self, id: &str, tenant: u32) -> Credentials {
        self.emulator.account(id, tenant).await.unwrap()
    }

    /// Runs the genuine command line as somebody.
    async fn aws(&self, who: &Credentials, line: &str) -> Output {
        let arguments: Vec<&str> = line.split(' ').collect();
        Command::new(self.toolbox.join("bin/aws"))
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("AWS_ENDPOINT_URL", &who.endpoint)
            .env("AWS_ACCESS_KEY_ID", &who.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &who.secret_access_key)
            .env("AWS_DEFAULT_REGION", "ap-southeast-2")
            .env("AWS_DEFAULT_OUTPUT", "text")
            .env("AWS_MAX_ATTEMPTS", "1")
            .output()
            .await
            .unwrap()
    }

    async fn ok(&self, who: &Credentials, line: &str) -> String {
        let output = self.aws(who, line).await;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {errors}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    async fn refused(&self, who: &Credentials, line: &str) -> String {
        let output = self.aws(who, line).await;
        assert!(!output.status.success(), "{line} was not refused");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// A script that serves its own instance's name on port 8080.
    fn user_data(&self, name: &str) -> String {
        let script = self.folder.path().join(name);
        let text = format!(
            "#!/bin/bash\necho serving {name}\nmkdir -p www && cd www && echo page-{name} >index.html\n\
             exec python3 -m http.server 8080\n"
        );
        std::fs::write(&script, text).unwrap();
        format!("file://{}", script.display())
    }

    async fn launch(&self, who: &Credentials, name: &str) -> String {
        let user_data = self.user_data(name);
        let line = format!(
            "ec2 run-instances --image-id ami-69631053 --count 1 --instance-type t2.micro \
             --security-groups default --region ap-southeast-2 --user-data {user_data} \
             --query Instances[0].InstanceId"
        );
        self.ok(who, &line).await
    }
}

/// What a balancer answers under a name.
async fn get(who: &Credentials, host: &str) -> (u16, String) {
    let stream = UnixStream::connect(&who.web_socket).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::get("/").header("host", host);
    let answer = sender
        .send_request(request.body(Empty::<Bytes>::new()).unwrap())
        .await
        .unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

async fn until(who: &Credentials, host: &str, wanted: impl Fn(u16, &str) -> bool) {
    let seen = async {
        loop {
            let (status, body) = get(who, host).await;
            if wanted(status, &body) {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    if time::timeout(PATIENCE, seen).await.is_err() {
        panic!("{host} answers {:?}", get(who, host).await);
    }
}

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
    let http = reqwest::Client::new();
    for path in ["/moto-api/data.json", "/moto-api/reset", "/moto-api"] {
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
    assert_eq!(unsigned.status(), 400);
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
