//! The main job through `mac`, the API and the addresses: two versions made, promoted, rolled
//! back, on the emulated cloud.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use shared::{ChangeApplication, DeploymentKind, DeploymentState, ProblemKind};

use crate::{
    infrastructures::ended,
    server::{Guest, TestServer},
    shell::{PATIENCE, Shell},
};

/// What an application's address answers.
pub async fn visit(http: &reqwest::Client, server: &TestServer) -> (u16, String) {
    let answer = http
        .get(server.url("/"))
        .header(
            "host",
            format!("docker-tomcat.localhost:{}", server.address.port()),
        )
        .send()
        .await;
    match answer {
        Ok(answer) => (
            answer.status().as_u16(),
            answer.text().await.unwrap_or_default(),
        ),
        Err(error) => (0, error.to_string()),
    }
}

/// Waits until a version is live and nothing is under way.
pub async fn until_live(guest: &Guest, version: &str) {
    let live = async {
        loop {
            let detail = client::applications::read(&guest.client, "docker_tomcat")
                .await
                .unwrap();
            if detail.application.live.as_deref() == Some(version) && detail.active.is_none() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, live).await.is_err() {
        let detail = client::applications::read(&guest.client, "docker_tomcat").await;
        panic!("{version} is not live: {:#?}", detail.unwrap().deployments);
    }
}

async fn change(guest: &Guest, kind: DeploymentKind, version: &str, live: &str) {
    let change = ChangeApplication {
        kind,
        version: version.into(),
        expected_live: Some(live.into()),
        reason: None,
    };
    let deployment = client::applications::change(&guest.client, "docker_tomcat", &change)
        .await
        .unwrap();
    let deployment = ended(guest, deployment).await;
    assert_eq!(
        deployment.state,
        DeploymentState::Succeeded,
        "{deployment:?}"
    );
}

/// A second token of the guest's, as for a command line elsewhere.
async fn guest_token(server: &TestServer, guest: &Guest) -> String {
    let named = shared::NewToken {
        name: "elsewhere".into(),
    };
    let answer = reqwest::Client::new()
        .post(server.url(shared::paths::TOKENS))
        .header("cookie", &guest.cookie)
        .header("origin", server.origin())
        .json(&named)
        .send()
        .await;
    answer
        .unwrap()
        .json::<shared::Token>()
        .await
        .unwrap()
        .secret
}

/// Steady visitors, until they are told to stop.
struct Load {
    is_over: Arc<AtomicBool>,
    visitors: Vec<tokio::task::JoinHandle<()>>,
    sevens: Arc<AtomicUsize>,
    eights: Arc<AtomicUsize>,
    failures: Arc<std::sync::Mutex<Vec<String>>>,
}

impl Load {
    fn begin(server: &Arc<TestServer>) -> Self {
        let mut load = Self {
            is_over: Arc::default(),
            visitors: Vec::new(),
            sevens: Arc::default(),
            eights: Arc::default(),
            failures: Arc::default(),
        };
        for _ in 0..4 {
            let server = server.clone();
            let (is_over, failures) = (load.is_over.clone(), load.failures.clone());
            let (sevens, eights) = (load.sevens.clone(), load.eights.clone());
            load.visitors.push(tokio::spawn(async move {
                let http = reqwest::Client::new();
                while !is_over.load(Ordering::Relaxed) {
                    let (status, body) = visit(&http, &server).await;
                    match (
                        status,
                        body.contains("Version 7-jre8"),
                        body.contains("Version 8-jre8"),
                    ) {
                        (200, true, false) => sevens.fetch_add(1, Ordering::Relaxed),
                        (200, false, true) => eights.fetch_add(1, Ordering::Relaxed),
                        _ => {
                            failures.lock().unwrap().push(format!("{status} {body}"));
                            0
                        }
                    };
                }
            }));
        }
        load
    }

    async fn end(self) -> (usize, usize, Vec<String>) {
        self.is_over.store(true, Ordering::Relaxed);
        for visitor in self.visitors {
            visitor.await.unwrap();
        }
        let failures = self.failures.lock().unwrap().clone();
        (
            self.sevens.load(Ordering::Relaxed),
            self.eights.load(Ordering::Relaxed),
            failures,
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_are_made_promoted_and_rolled_back_without_a_failed_request() {
    let server = Arc::new(TestServer::with_cloud().await);
    let (guest, stranger) = (server.guest().await, server.guest().await);
    let mut shell = Shell::open(&server, &guest).await;
    for tool in ["aws --version", "azure --version", "mac --version"] {
        let seen = shell.run(tool).await;
        assert!(seen.contains("end=0"), "{tool}: {seen}");
    }
    for version in ["7-jre8", "8-jre8"] {
        let seen = shell
            .run(&format!(
                "mac -s infrastructure macfile docker_tomcat.macfile -p TOMCAT_VERSION={version}"
            ))
            .await;
        assert!(seen.contains("end=0"), "{seen}");
        let seen = shell
            .run(&format!(
                "curl -s http://$(mac resource get_stdout docker_tomcat {version} load_balancer_01)/"
            ))
            .await;
        assert!(seen.contains(&format!("Version {version}")), "{seen}");
    }
    let token = guest_token(&server, &guest).await;
    for (line, words) in [
        (
            "mac infrastructure list --json".to_owned(),
            "docker-tomcat-8-jre8.ap-southeast-2.elb",
        ),
        (
            "mac infrastructure items docker_tomcat 7-jre8".to_owned(),
            "attach_01",
        ),
        ("mac resource list".to_owned(), "load_balancer_01"),
        (
            "mac instance log $(mac instance list | awk '/8-jre8/ {print $6}')".to_owned(),
            "serving a stand-in for tomcat:8-jre8",
        ),
        (format!("echo {token} | mac login"), "Signed in as guest-"),
    ] {
        let seen = shell.run(&line).await;
        assert!(
            seen.contains("end=0") && seen.contains(words),
            "{line}: {seen}"
        );
    }
    until_live(&guest, "7-jre8").await;
    // the address works inside terminals too
    let port = server.address.port();
    let seen = shell
        .run(&format!("curl -s http://docker-tomcat.localhost:{port}/"))
        .await;
    assert!(seen.contains("Version 7-jre8"), "{seen}");

    let load = Load::begin(&server);
    for _ in 0..3 {
        change(&guest, DeploymentKind::Promote, "8-jre8", "7-jre8").await;
        change(&guest, DeploymentKind::RollBack, "7-jre8", "8-jre8").await;
    }
    change(&guest, DeploymentKind::Promote, "8-jre8", "7-jre8").await;
    let (sevens, eights, failures) = load.end().await;
    assert_eq!(failures, Vec::<String>::new(), "of {}", sevens + eights);
    assert!(sevens > 0 && eights > 0, "{sevens} and {eights}");

    let stale = ChangeApplication {
        kind: DeploymentKind::Promote,
        version: "7-jre8".into(),
        expected_live: Some("7-jre8".into()),
        reason: None,
    };
    let problem = client::applications::change(&guest.client, "docker_tomcat", &stale)
        .await
        .unwrap_err();
    assert_eq!(
        (problem.kind, problem.title.as_str()),
        (ProblemKind::Conflict, "8-jre8 is live now: look again")
    );

    let problem = client::applications::change(&stranger.client, "docker_tomcat", &stale).await;
    assert_eq!(problem.unwrap_err().kind, ProblemKind::NotFound);
    let problem = client::applications::read(&stranger.client, "docker_tomcat").await;
    assert_eq!(problem.unwrap_err().kind, ProblemKind::NotFound);
    let instances = client::instances::list(&guest.client).await.unwrap().items;
    assert_eq!(instances.len(), 2);
    let log = client::instances::log(&guest.client, instances[0].id, 0, 0)
        .await
        .unwrap();
    assert!(
        log.console.contains("stand-in for tomcat:8-jre8"),
        "{}",
        log.console
    );
    let problem = client::instances::log(&stranger.client, instances[0].id, 0, 0).await;
    assert_eq!(problem.unwrap_err().kind, ProblemKind::NotFound);

    // the live version stays, the other one goes with all that it has
    let problem = client::infrastructures::destroy(&guest.client, "docker_tomcat", "8-jre8").await;
    assert_eq!(problem.unwrap_err().kind, ProblemKind::Conflict);
    let seen = shell
        .run("mac infrastructure destroy docker_tomcat 7-jre8")
        .await;
    assert!(seen.contains("end=0"), "{seen}");
    let seen = shell
        .run("aws elb describe-load-balancers --query 'LoadBalancerDescriptions[].LoadBalancerName' --output text")
        .await;
    assert!(
        seen.contains("docker-tomcat-8-jre8") && !seen.contains("docker-tomcat-7"),
        "{seen}"
    );

    // the last version may go though it is live, and its address then leads nowhere
    let gone = client::infrastructures::destroy(&guest.client, "docker_tomcat", "8-jre8").await;
    let gone = ended(&guest, gone.unwrap()).await;
    assert_eq!(gone.state, DeploymentState::Succeeded, "{gone:?}");
    let (status, said) = visit(&reqwest::Client::new(), &server).await;
    assert_eq!(
        (status, said.contains("No version is live")),
        (503, true),
        "{said}"
    );
    assert_eq!(
        client::instances::list(&guest.client).await.unwrap().total,
        0
    );
}
