//! Terminals, through the real server, its host and a page's socket.

use std::time::Duration;

use shared::{
    InstanceState, OpenTerminal, ProblemKind, RunCommand, TerminalId, TerminalState, paths,
};
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

#[tokio::test]
async fn a_shell_tells_where_commands_begin_and_how_they_end() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let seen = shell.run("mkdir -p 'a b'; cd 'a b'; false").await;
    assert!(seen.contains("\x1b]133;C\x07"), "{seen:?}");
    shell
        .until("]7;file://manageacloud/home/user/a%20b\x07")
        .await;
    shell.type_("(exit 3)\r").await;
    shell.until("\x1b]133;D;3\x07").await;
    shell.until("\x1b]133;B\x07").await;
}

#[tokio::test]
async fn a_terminal_is_renamed_and_others_may_not() {
    let server = TestServer::new().await;
    let (guest, stranger) = (server.guest().await, server.guest().await);
    let size = OpenTerminal::sized(80, 24);
    let id = client::terminals::open(&guest.client, &size)
        .await
        .unwrap()
        .id;
    let renamed = client::terminals::rename(&guest.client, id, " green one ").await;
    assert_eq!(renamed.unwrap().name, "green one");
    for wrong in ["", "  ", "a\nb", &"x".repeat(61)] {
        let refused = client::terminals::rename(&guest.client, id, wrong).await;
        assert_eq!(refused.unwrap_err().kind, ProblemKind::Invalid, "{wrong:?}");
    }
    let other = client::terminals::open(&guest.client, &size).await.unwrap();
    let refused = client::terminals::rename(&guest.client, id, &other.name).await;
    assert_eq!(refused.unwrap_err().kind, ProblemKind::Conflict);
    let refused = client::terminals::rename(&stranger.client, id, "mine").await;
    assert_eq!(refused.unwrap_err().kind, ProblemKind::NotFound);
    let listed = client::terminals::list(&guest.client).await.unwrap();
    assert_eq!(listed.items[0].name, "green one");
}

/// Waits until a terminal runs no more, and says why.
async fn until_over(guest: &crate::server::Guest, id: TerminalId) -> (TerminalState, String) {
    let over = async {
        loop {
            let all = client::terminals::list(&guest.client).await.unwrap().items;
            let terminal = all.into_iter().find(|terminal| terminal.id == id).unwrap();
            if terminal.state != TerminalState::Running {
                break (terminal.state, terminal.reason.unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, over).await.unwrap()
}

#[tokio::test]
async fn a_terminal_that_no_page_shows_is_kept_for_a_while_and_then_ends_with_all_of_it() {
    let server = TestServer::with(|config| config.terminals.keep_seconds = 2).await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let other = Shell::open(&server, &guest).await;
    shell.run("sleep 4242 & echo started").await;
    assert_eq!(shell.terminal.keep_s, Some(2));
    let id = shell.terminal.id;
    drop(shell);
    let (state, reason) = until_over(&guest, id).await;
    assert_eq!(state, TerminalState::Ended);
    assert!(
        reason.contains("No page showed it for 2 seconds"),
        "{reason}"
    );
    let all = client::terminals::list(&guest.client).await.unwrap().items;
    let kept = all.iter().find(|terminal| terminal.id == other.terminal.id);
    assert_eq!(kept.unwrap().state, TerminalState::Running);
    let left = std::process::Command::new("pgrep")
        .args(["-f", "sleep 4242"])
        .output();
    assert!(
        left.unwrap().stdout.is_empty(),
        "its processes are still there"
    );
}

#[tokio::test]
async fn a_terminal_ends_when_its_time_is_over_unless_it_is_given_more() {
    let server = TestServer::with(|config| config.terminals.lasts_seconds = 9).await;
    let guest = server.guest().await;
    let short = Shell::open(&server, &guest).await;
    let long = Shell::open(&server, &guest).await;
    let before = long.terminal.ends_at.unwrap();
    let (id, other) = (short.terminal.id, long.terminal.id);
    // one is given more time again and again, until the other's is over
    let given = async {
        loop {
            let extended = client::terminals::extend(&guest.client, other).await;
            let extended = extended.unwrap().ends_at.unwrap();
            assert!(extended >= before, "{extended:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let (_, reason) = tokio::select! {
        () = given => unreachable!(),
        over = until_over(&guest, id) => over,
    };
    assert!(reason.contains("time was over"), "{reason}");
    let refused = client::terminals::extend(&guest.client, short.terminal.id).await;
    assert_eq!(refused.unwrap_err().kind, ProblemKind::Conflict);
    let all = client::terminals::list(&guest.client).await.unwrap().items;
    let long = all.iter().find(|terminal| terminal.id == long.terminal.id);
    assert_eq!(long.unwrap().state, TerminalState::Running);
}

#[tokio::test]
async fn signing_out_closes_the_pages_of_that_login_and_leaves_the_shell() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    shell.run("echo here").await;
    let http = reqwest::Client::new();
    let signed_out = http
        .delete(server.url(paths::SESSION))
        .header("cookie", &guest.cookie)
        .header("origin", server.origin());
    assert_eq!(signed_out.send().await.unwrap().status(), 204);
    tokio::time::timeout(PATIENCE, shell.until_closed())
        .await
        .unwrap();
    // its token is another login
    let all = client::terminals::list(&guest.client).await.unwrap().items;
    assert_eq!(all[0].state, TerminalState::Running);
}

#[tokio::test]
async fn a_login_that_is_gone_from_the_database_closes_its_pages_too() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let gone = sqlx::query("delete from session where kind = 'cookie'");
    gone.execute(&server.pool().await).await.unwrap();
    tokio::time::timeout(PATIENCE, shell.until_closed())
        .await
        .unwrap();
}
