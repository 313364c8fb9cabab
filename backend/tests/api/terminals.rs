//! Terminals, through the real server, its host and a page's socket.

use shared::{ProblemKind, TerminalState};
use tokio_tungstenite::tungstenite;

use crate::{
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
