//! Terminals, through the real server, its host and a page's socket.

use shared::{InstanceState, OpenTerminal, ProblemKind, RunCommand, TerminalState};
use tokio_tungstenite::tungstenite;

use crate::{
    instances::{create, until},
    server::TestServer,
    shell::{PATIENCE, Shell, connect, connect_from},
};

#[tokio::test]
async fn a_shell_answers_on_a_page_and_knows_whose_it_is() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let seen = shell.run("mac --version; ls; pwd").await;
    assert!(seen.contains("docker_tomcat.macfile"), "{seen}");
    assert!(seen.contains("azure.macfile"), "{seen}");
    assert!(seen.contains("/home/user"), "{seen}");
    let seen = shell.run("mac infrastructure list && echo signed in").await;
    assert!(seen.contains("signed in"), "{seen}");
}

#[tokio::test]
async fn a_shell_reaches_neither_the_data_folder_nor_another_port_nor_the_metadata() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let another = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = another.local_addr().unwrap().port();
    let mut shell = Shell::open(&server, &guest).await;
    let data = server.data.path().display().to_string();
    let seen = shell
        .run(&format!("ls -d {data} || ls -d /proc/1/root{data}"))
        .await;
    assert!(seen.contains("end=2"), "{seen}");
    for target in [format!("127.0.0.1/{port}"), "169.254.169.254/80".to_owned()] {
        let seen = shell
            .run(&format!("timeout 5 bash -c '</dev/tcp/{target}' 2>&1"))
            .await;
        assert!(!seen.contains("end=0"), "{target}: {seen}");
    }
    let own = server.address.port();
    let seen = shell
        .run(&format!("bash -c '</dev/tcp/127.0.0.1/{own}'"))
        .await;
    assert!(seen.contains("end=0"), "its own server: {seen}");
}

#[tokio::test]
async fn a_stranger_finds_no_terminal_of_another() {
    let server = TestServer::new().await;
    let (owner, stranger) = (server.guest().await, server.guest().await);
    let mut shell = Shell::open(&server, &owner).await;
    let id = shell.terminal.id;
    let refused = connect(&server, &stranger, id).await.unwrap_err();
    assert!(
        matches!(&refused, tungstenite::Error::Http(answer) if answer.status() == 404),
        "{refused}"
    );
    let foreign = connect_from(&server, &owner, id, "http://docker-tomcat.localhost").await;
    assert!(
        matches!(&foreign, Err(tungstenite::Error::Http(answer)) if answer.status() == 403),
        "{foreign:?}"
    );
    let problem = client::terminals::end(&stranger.client, id)
        .await
        .unwrap_err();
    assert_eq!(problem.kind, ProblemKind::NotFound);
    assert_eq!(
        client::terminals::list(&stranger.client)
            .await
            .unwrap()
            .total,
        0
    );
    assert!(shell.run("echo still here").await.contains("still here"));
}

#[tokio::test]
async fn a_shell_that_ended_is_shown_as_ended_and_goes_when_it_is_closed() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let shell = Shell::open(&server, &guest).await;
    let id = shell.terminal.id;
    let mut other = connect(&server, &guest, id).await.unwrap();
    drop(shell);
    futures_util::SinkExt::send(
        &mut other,
        tungstenite::Message::binary(shared::terminal::PageFrame::End.encode()),
    )
    .await
    .unwrap();
    let ended = async {
        loop {
            let terminals = client::terminals::list(&guest.client).await.unwrap().items;
            if terminals[0].state == TerminalState::Ended {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.unwrap();
    client::terminals::end(&guest.client, id).await.unwrap();
    assert_eq!(
        client::terminals::list(&guest.client).await.unwrap().total,
        0
    );
}

#[tokio::test]
async fn without_a_sandbox_there_is_one_account_on_this_machine_and_everybody_is_warned() {
    let server = TestServer::without_sandbox().await;
    let guest = server.guest().await;
    let health = client::health(&guest.client).await.unwrap();
    assert!(health.warning.unwrap().contains("without a sandbox"));
    let mut shell = Shell::open(&server, &guest).await;
    let seen = shell.run("pwd; mac infrastructure list && tty").await;
    let home = server.data.path().join("homes");
    assert!(seen.contains(&home.display().to_string()), "{seen}");
    assert!(
        seen.contains("/dev/pts/") && seen.contains("end=0"),
        "{seen}"
    );

    let http = reqwest::Client::new();
    let guests = server.url(shared::paths::GUESTS);
    let second = http.post(&guests).json(&()).send().await.unwrap();
    assert_eq!(second.status(), 429);
    let rebound = http.post(&guests).header("host", "evil.example").json(&());
    assert_eq!(rebound.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_shell_on_an_instance_is_a_terminal_like_others() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let instance = create(&guest, "echo made > ~/here").await;
    until(&guest, instance.id, InstanceState::Ready).await;
    let on = |instance| OpenTerminal {
        instance: Some(instance),
        ..OpenTerminal::sized(200, 50)
    };
    let terminal = client::terminals::open(&guest.client, &on(instance.id))
        .await
        .unwrap();
    assert_eq!(terminal.name, "box 1");
    let mut shell = Shell::show(&server, &guest, terminal.clone()).await;
    shell.type_("cat ~/here; stty size; sleep 600\r").await;
    shell.until("50 200").await;
    assert!(shell.text.contains("made"), "{}", shell.text);
    let run = async |line: &str| {
        let run = RunCommand {
            command: line.into(),
        };
        client::instances::run(&guest.client, instance.id, &run).await
    };
    let until_code = async |line: &str, code| {
        let there = async { while run(line).await.unwrap().exit_code != Some(code) {} };
        tokio::time::timeout(PATIENCE, there).await.unwrap();
    };
    // what runs in the foreground is interrupted, as on any terminal, once it does
    until_code("pgrep -f '[s]leep 600'", 0).await;
    shell.type_("\x03echo back-$((6 * 7))\r").await;
    shell.until("back-42").await;
    // a stranger has no shell there
    let stranger = server.guest().await;
    let refused = client::terminals::open(&stranger.client, &on(instance.id)).await;
    assert_eq!(refused.unwrap_err().kind, ProblemKind::NotFound);
    // ended with its terminal: nothing of it is left on the instance
    shell.type_("sleep 7777123\r").await;
    let sleeps = "pgrep -f '[s]leep 7777123'";
    until_code(sleeps, 0).await;
    client::terminals::end(&guest.client, terminal.id)
        .await
        .unwrap();
    until_code(sleeps, 1).await;
    // none on one that is gone
    client::instances::destroy(&guest.client, instance.id)
        .await
        .unwrap();
    until(&guest, instance.id, InstanceState::Destroyed).await;
    let refused = client::terminals::open(&guest.client, &on(instance.id)).await;
    assert!(refused.unwrap_err().title.contains("does not run"));
}

#[tokio::test]
async fn many_who_open_terminals_at_once_get_ten_with_names_of_their_own() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let size = OpenTerminal::sized(80, 24);
    let all = [(); 14].map(|()| client::terminals::open(&guest.client, &size));
    let answers = futures_util::future::join_all(all).await;
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    let kinds: Vec<_> = refused.map(|problem| problem.kind).collect();
    assert_eq!(kinds, [ProblemKind::LimitReached; 4]);
    let opened = answers.iter().flatten().map(|terminal| &terminal.name);
    let names: std::collections::BTreeSet<_> = opened.collect();
    assert_eq!(names.len(), 10, "{names:?}");
}
