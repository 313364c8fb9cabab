//! Which process holds a terminal: another build's, another machine's, one that is gone or silent.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use shared::{HopName, HopState, OpenTerminal, Terminal, TerminalState};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::{self, http::StatusCode};

use crate::{
    crash::Killable,
    server::{Guest, TestServer},
    shell::{PATIENCE, Shell, connect},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_manageacloud");

/// The sockets at which this machine's hosts listen.
pub fn sockets(server: &TestServer) -> Vec<PathBuf> {
    let entries = fs::read_dir(server.data.path().join("run")).unwrap();
    let mut found: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with("pty") && name.ends_with(".sock")
        })
        .collect();
    found.sort();
    found
}

/// Waits until a condition holds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let held = async {
        while !holds().await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, held).await.expect(what);
}

async fn listed(guest: &Guest, terminal: &Terminal) -> Terminal {
    let all = client::terminals::list(&guest.client).await.unwrap().items;
    all.into_iter()
        .find(|other| other.id == terminal.id)
        .unwrap()
}

async fn until_state(guest: &Guest, terminal: &Terminal, state: TerminalState) -> Terminal {
    let what = format!("the terminal is never {state:?}");
    until(&what, async || listed(guest, terminal).await.state == state).await;
    listed(guest, terminal).await
}

/// Waits until a new terminal is of the machine's, if any is asked for.
async fn open_at(guest: &Guest, machine: Option<&str>) -> Terminal {
    let size = OpenTerminal::sized(80, 24);
    let opened = async {
        loop {
            let terminal = client::terminals::open(&guest.client, &size).await.unwrap();
            if terminal.machine.as_deref() == machine {
                break terminal;
            }
            client::terminals::end(&guest.client, terminal.id)
                .await
                .unwrap();
        }
    };
    timeout(PATIENCE, opened).await.unwrap()
}

/// A build takes the place of another, as by an upgrade: a hard link is another program at another place.
#[tokio::test]
async fn an_upgrade_leaves_terminals_with_the_build_that_opened_them_until_they_end() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let newer = folder.path().join("manageacloud");
    fs::hard_link(PROGRAM, &newer).unwrap();

    let server = Killable::start(TestServer::unstarted().await, false).await;
    let guest = server.seen.guest().await;
    let mut old = Shell::open(&server.seen, &guest).await;
    old.run("kept=by-the-older-build").await;
    let before = sockets(&server.seen);
    assert_eq!(before.len(), 1, "{before:?}");

    let server = Killable::start_program(&newer, server.kill().await, false, &[]).await;
    let seen = old.run("echo $kept").await;
    assert!(seen.contains("by-the-older-build"), "{seen}");
    let mut new = Shell::open(&server.seen, &guest).await;
    new.run("kept=by-the-newer").await;
    assert_eq!(sockets(&server.seen).len(), 2);
    // and in another page, by the newer server
    let mut again = Shell::show(&server.seen, &guest, old.terminal.clone()).await;
    let seen = again.run("echo $kept").await;
    assert!(seen.contains("by-the-older-build"), "{seen}");

    client::terminals::end(&guest.client, old.terminal.id)
        .await
        .unwrap();
    until("the older build's host stays", async || {
        sockets(&server.seen).len() == 1
    })
    .await;
    assert_ne!(sockets(&server.seen), before);
    let seen = new.run("echo $kept").await;
    assert!(seen.contains("by-the-newer"), "{seen}");
    assert_eq!(
        listed(&guest, &new.terminal).await.state,
        TerminalState::Running
    );
    server.stop().await;
}

#[tokio::test]
async fn stopping_everything_ends_an_older_builds_terminals_too() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let newer = folder.path().join("manageacloud");
    fs::hard_link(PROGRAM, &newer).unwrap();
    let server = Killable::start(TestServer::unstarted().await, false).await;
    let guest = server.seen.guest().await;
    let mut old = Shell::open(&server.seen, &guest).await;
    let server = Killable::start_program(&newer, server.kill().await, false, &[]).await;
    // which looks whether anything still answers
    server.stop().await;
    timeout(PATIENCE, old.until_closed()).await.unwrap();
}

#[tokio::test]
async fn terminals_of_a_host_that_was_killed_are_lost_and_say_so_and_new_ones_are_opened() {
    let server = Killable::start(TestServer::unstarted().await, false).await;
    let guest = server.seen.guest().await;
    let shell = Shell::open(&server.seen, &guest).await;
    let socket = sockets(&server.seen).remove(0);
    let stream = std::os::unix::net::UnixStream::connect(socket).unwrap();
    let host = rustix::net::sockopt::socket_peercred(&stream).unwrap().pid;
    rustix::process::kill_process(host, rustix::process::Signal::KILL).unwrap();

    // one may still be about to get its shell for half a minute
    let lost = until_state(&guest, &shell.terminal, TerminalState::Lost).await;
    assert_eq!(lost.reason.unwrap(), "The process that held it ended.");
    let mut shell = Shell::open(&server.seen, &guest).await;
    let seen = shell.run("echo on-$((6 * 7))").await;
    assert!(seen.contains("on-42"), "{seen}");
    client::terminals::end(&guest.client, lost.id)
        .await
        .unwrap();
    server.stop().await;
}

/// A host as another machine has it; gone when dropped.
struct SecondMachine {
    address: SocketAddr,
    folder: TempDir,
    child: Child,
}

impl SecondMachine {
    async fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = free.local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("token"), "t".repeat(40)).unwrap();
        drop(free);
        let child = Self::run(&folder, address);
        Self {
            address,
            folder,
            child,
        }
    }

    fn run(folder: &TempDir, address: SocketAddr) -> Child {
        Command::new(PROGRAM)
            .args(["pty-host", "--listen", &address.to_string()])
            .arg("--token")
            .arg(folder.path().join("token"))
            .arg("--data")
            .arg(folder.path())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    async fn signal(&self, signal: &str) {
        let pid = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().await;
        assert!(sent.unwrap().success());
    }

    async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    fn start_again(&mut self) {
        self.child = Self::run(&self.folder, self.address);
    }

    fn token(&self) -> PathBuf {
        self.folder.path().join("token")
    }
}

async fn server_with(machine: &SecondMachine, token: &Path) -> TestServer {
    let named = format!("second={}", machine.address).parse().unwrap();
    let token = token.to_owned();
    TestServer::with(|config| {
        config.terminals.hosts = vec![named];
        config.terminals.hosts_token = Some(token);
        config.terminals.silent_seconds = 1;
    })
    .await
}

#[tokio::test]
async fn a_second_machine_holds_terminals_and_is_lost_with_a_reason() {
    let mut machine = SecondMachine::start().await;
    let server = server_with(&machine, &machine.token()).await;
    let guest = server.guest().await;
    let here = Shell::open(&server, &guest).await;
    assert_eq!(here.terminal.machine, None);
    let there = open_at(&guest, Some("second")).await;
    let mut shell = Shell::show(&server, &guest, there.clone()).await;
    let seen = shell
        .run("echo on-$((6 * 7)); curl -s ${MAC_BASE_URL}api/v1/health")
        .await;
    assert!(seen.contains("on-42"), "{seen}");
    assert!(
        seen.contains("\"isolation\""),
        "it reaches the server: {seen}"
    );

    machine.kill().await;
    let lost = until_state(&guest, &there, TerminalState::Lost).await;
    assert_eq!(
        lost.reason.unwrap(),
        "Machine second, which holds it, does not answer."
    );
    match connect(&server, &guest, there.id).await {
        Err(tungstenite::Error::Http(answer)) => {
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(
        listed(&guest, &here.terminal).await.state,
        TerminalState::Running
    );
    client::terminals::end(&guest.client, there.id)
        .await
        .unwrap();

    machine.start_again();
    let there = open_at(&guest, Some("second")).await;
    let mut shell = Shell::show(&server, &guest, there).await;
    let seen = shell.run("echo again-$((6 * 7))").await;
    assert!(seen.contains("again-42"), "{seen}");
}

#[tokio::test]
async fn a_silent_machine_takes_nothing_from_others_and_its_terminals_come_back() {
    let machine = SecondMachine::start().await;
    let server = server_with(&machine, &machine.token()).await;
    let guest = server.guest().await;
    let mut here = Shell::open(&server, &guest).await;
    let there = open_at(&guest, Some("second")).await;
    let mut shell = Shell::show(&server, &guest, there.clone()).await;
    shell.run("kept=while-silent").await;

    machine.signal("-STOP").await;
    until_state(&guest, &there, TerminalState::Lost).await;
    // what this machine holds is opened, typed into, and closed when its login ends, as ever
    let seen = here.run("echo here-$((6 * 7))").await;
    assert!(seen.contains("here-42"), "{seen}");
    let other = open_at(&guest, None).await;
    client::terminals::end(&guest.client, other.id)
        .await
        .unwrap();

    machine.signal("-CONT").await;
    until_state(&guest, &there, TerminalState::Running).await;
    let mut shell = Shell::show(&server, &guest, there).await;
    let seen = shell.run("echo $kept").await;
    assert!(seen.contains("while-silent"), "{seen}");
}

#[tokio::test]
async fn a_machine_that_knows_another_token_gets_no_terminals() {
    let machine = SecondMachine::start().await;
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("token");
    fs::write(&wrong, "w".repeat(40)).unwrap();
    let listens = async || {
        tokio::net::TcpStream::connect(machine.address)
            .await
            .is_ok()
    };
    until("the machine does not listen", listens).await;
    let server = server_with(&machine, &wrong).await;
    // it is there, and does not let this server in
    let refused = async || {
        let client = client::Client::new(&server.url("/")).unwrap();
        let found = client::self_test::read(&client).await.unwrap();
        let hop = found.hops.iter().find(|hop| hop.name == HopName::Machine);
        hop.unwrap().state == HopState::Fails
    };
    assert!(refused().await);
    let guest = server.guest().await;
    for _ in 0..3 {
        let opened = Shell::open(&server, &guest).await;
        assert_eq!(opened.terminal.machine, None);
    }
}
