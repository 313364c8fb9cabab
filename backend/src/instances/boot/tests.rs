//! The wrapper, run by bash here.

use std::{
    collections::BTreeMap,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};

use shared::InstanceId;

use super::{Boot, Told, script, told};

#[test]
fn variables_come_after_the_interpreter_and_keep_their_quotes() {
    let environment = [("NAME".to_owned(), "it's".to_owned())].into();
    assert_eq!(
        script("#!/bin/sh\nserve\n", &environment).unwrap(),
        "#!/bin/sh\nexport NAME='it'\\''s'\nserve\n"
    );
    assert!(
        script("serve", &environment)
            .unwrap()
            .starts_with("#!/bin/bash\n")
    );
    assert_eq!(script(" \n", &BTreeMap::new()), None);
}

#[test]
fn the_wrapper_runs_the_script_and_tells_the_console() {
    let home = tempfile::tempdir().unwrap();
    let id = InstanceId::new();
    let boot = Boot {
        id,
        url: "",
        token: "",
        key: "",
        longest: Duration::from_secs(60),
        script: Some("#!/bin/bash\necho \"it's $1 a \\\"long\\\" line\"; exit 3\n"),
    };
    let run = Command::new("bash")
        .arg("-c")
        .arg(boot.user_data())
        .env("HOME", home.path())
        .env("AGENT_FOLDER", home.path().join("agent"))
        .output()
        .unwrap();
    let console = String::from_utf8(run.stdout).unwrap();
    assert!(console.contains("it's  a \"long\" line"), "{console}");
    assert_eq!(told(&console, id), Some(Told::Ended(Some(3))), "{console}");
}

#[test]
fn a_script_that_goes_on_is_left_when_its_time_is_over() {
    let home = tempfile::tempdir().unwrap();
    let id = InstanceId::new();
    let boot = Boot {
        id,
        url: "",
        token: "",
        key: "",
        longest: Duration::from_secs(1),
        script: Some("echo $$ > ~/pid; exec sleep 60"),
    };
    let run = Command::new("bash")
        .arg("-c")
        .arg(boot.user_data())
        .env("HOME", home.path())
        .env("AGENT_FOLDER", home.path().join("agent"))
        .output()
        .unwrap();
    let console = String::from_utf8(run.stdout).unwrap();
    assert_eq!(told(&console, id), Some(Told::Ended(None)), "{console}");
    let pid = std::fs::read_to_string(home.path().join("pid")).unwrap();
    let killed = Command::new("kill").arg(pid.trim()).status().unwrap();
    assert!(killed.success(), "it was left running");
}

#[test]
fn a_console_tells_of_its_own_instance_alone() {
    let (id, other) = (InstanceId::new(), InstanceId::new());
    let console =
        format!("[boot] ::manageacloud {id} running\r\n::manageacloud {other} ended 1\nnoise\n");
    assert_eq!(told(&console, id), Some(Told::Running));
    assert_eq!(told(&console, other), Some(Told::Ended(Some(1))));
    assert_eq!(told("", id), None);
}

/// A server that uses tokens up, and loses each answer to an end; what it was asked, and its phase.
#[derive(Clone, Default)]
struct Forgetful(Arc<Mutex<u32>>);

impl Forgetful {
    fn phase(&self) -> u32 {
        *self.0.lock().unwrap()
    }

    fn is_good(&self, headers: &HeaderMap) -> bool {
        headers["authorization"] == format!("Agent t{}", self.phase())
    }

    async fn next(State(server): State<Self>, headers: HeaderMap) -> (StatusCode, String) {
        match server.is_good(&headers) {
            true => (StatusCode::OK, format!("t{}", server.phase() + 1)),
            false => (StatusCode::FORBIDDEN, String::new()),
        }
    }

    async fn ended(State(server): State<Self>, headers: HeaderMap) -> StatusCode {
        if server.is_good(&headers) {
            *server.0.lock().unwrap() += 1;
        }
        StatusCode::BAD_GATEWAY
    }

    /// A second script, for who shows the second token.
    async fn work(State(server): State<Self>, headers: HeaderMap) -> (StatusCode, String) {
        match (server.is_good(&headers), server.phase()) {
            (false, _) => (StatusCode::FORBIDDEN, String::new()),
            (true, 1) => (StatusCode::OK, "#!/bin/sh\ntrue\n".into()),
            (true, _) => std::future::pending().await,
        }
    }
}

#[tokio::test]
async fn an_agent_goes_on_when_the_answer_to_an_end_is_lost() {
    let server = Forgetful::default();
    let router = Router::new()
        .route("/running", post(StatusCode::NO_CONTENT))
        .route("/log", post(StatusCode::NO_CONTENT))
        .route("/next", get(Forgetful::next))
        .route("/ended", post(Forgetful::ended))
        .route("/work", get(Forgetful::work))
        .with_state(server.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let home = tempfile::tempdir().unwrap();
    let boot = Boot {
        id: InstanceId::new(),
        url: &url,
        token: "t0",
        key: "",
        longest: Duration::from_secs(60),
        script: Some("#!/bin/sh\ntrue\n"),
    };
    let mut agent = Command::new("bash")
        .arg("-c")
        .arg(boot.user_data())
        .env("HOME", home.path())
        .env("AGENT_FOLDER", home.path().join("agent"))
        .stdout(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let ended = async {
        while server.phase() < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(20), ended).await;
    let group = format!("-{}", agent.id());
    Command::new("kill").args(["--", &group]).status().unwrap();
    agent.wait().unwrap();
    ended.expect("both scripts ended");
}
