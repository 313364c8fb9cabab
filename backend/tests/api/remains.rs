//! What is left when terminals have ended, in whatever way: nothing. Only what is this server's is
//! counted, as other tests run beside it.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, Signal, kill_process};
use shared::{TerminalId, TerminalState};

use crate::{
    crash::Killable,
    server::{Guest, TestServer},
    shell::{PATIENCE, Shell},
};

/// Something that a shell leaves running, in a session of its own.
const LEAVE: &str = "(setsid sleep 3600 >/dev/null 2>&1 &); mkdir -p /tmp/a; echo x > /dev/shm/x";
/// How long a terminal is kept that no page shows.
const KEPT_SECONDS: &str = "2";

/// What there is of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Remains {
    /// The command lines of its processes, and of those that see something of it.
    processes: Vec<String>,
    /// The host's mounts of something of it.
    mounts: Vec<String>,
    /// Control groups.
    groups: Vec<PathBuf>,
    /// Where its sockets are.
    files: BTreeSet<PathBuf>,
}

impl Remains {
    fn of(data: &Path) -> Self {
        // a file system's own root may be other than where it is mounted
        let name = data.file_name().unwrap().to_str().unwrap();
        let run = data.join("run");
        let facts = fs::metadata(&run).unwrap();
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let mut processes = processes(name);
        processes.sort();
        Self {
            processes,
            mounts: mounts
                .lines()
                .filter(|line| line.contains(name))
                .map(str::to_owned)
                .collect(),
            groups: groups(&format!("{}-{}", facts.dev(), facts.ino())),
            files: below(&run).collect(),
        }
    }
}

/// The command lines of processes that name it, or have it among their mounts.
fn processes(name: &str) -> Vec<String> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let found = entries.filter_map(|entry| {
        let line = fs::read(entry.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let mounts = || fs::read_to_string(entry.path().join("mountinfo")).unwrap_or_default();
        let is_ours = line.contains(name) || (!line.is_empty() && mounts().contains(name));
        is_ours.then_some(line)
    });
    found.collect()
}

/// A server's groups, in whichever hierarchy.
fn groups(server: &str) -> Vec<PathBuf> {
    let root = PathBuf::from("/sys/fs/cgroup");
    let mut roots = vec![root.clone()];
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    roots.extend(entries.map(|entry| entry.path()));
    let at = |root: PathBuf| root.join("manageacloud").join(server);
    roots.into_iter().map(at).filter(|at| at.exists()).collect()
}

fn below(folder: &Path) -> Box<dyn Iterator<Item = PathBuf>> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    Box::new(entries.flat_map(|entry| {
        let inside = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let inside = inside.then(|| below(&entry.path()));
        std::iter::once(entry.path()).chain(inside.into_iter().flatten())
    }))
}

/// Waits until there is what there was.
async fn until_as(before: &Remains, data: &Path, when: &str) {
    let same = async {
        while Remains::of(data) != *before {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, same).await.is_err() {
        panic!("{when}: {:#?}\nand not {before:#?}", Remains::of(data));
    }
}

/// A terminal in which something was left running.
async fn used(server: &TestServer, guest: &Guest) -> Shell {
    let mut shell = Shell::open(server, guest).await;
    shell.run(LEAVE).await;
    shell
}

/// Waits until a terminal runs no more, and takes it away.
async fn close(guest: &Guest, id: TerminalId) {
    let over = async {
        loop {
            let all = client::terminals::list(&guest.client).await.unwrap().items;
            let state = all.iter().find(|one| one.id == id).map(|one| one.state);
            if state != Some(TerminalState::Running) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, over).await.unwrap();
    client::terminals::end(&guest.client, id).await.unwrap();
}

/// Whether it is the socket of who holds terminals.
fn is_hosts(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    name.starts_with("pty") && name.ends_with(".sock")
}

/// Kills who holds terminals, without a warning.
async fn kill_host(data: &Path) {
    let sockets = below(&data.join("run")).filter(|path| is_hosts(path));
    let [socket] = sockets.collect::<Vec<_>>().try_into().unwrap();
    let socket = tokio::net::UnixStream::connect(socket);
    let pid = socket.await.unwrap().peer_cred().unwrap().pid().unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

/// Opens one more terminal and ends it, for which a host must be there.
async fn once_more(guest: &Guest) {
    let opened = async {
        loop {
            let size = shared::OpenTerminal::sized(80, 24);
            if let Ok(terminal) = client::terminals::open(&guest.client, &size).await {
                return terminal.id;
            }
        }
    };
    let id = tokio::time::timeout(PATIENCE, opened).await.unwrap();
    client::terminals::end(&guest.client, id).await.unwrap();
}

/// The settings of who lets no terminal wait for long.
fn keep() -> [(&'static str, String); 1] {
    let name = "MANAGEACLOUD_TERMINAL_KEEP_SECONDS";
    [(name, KEPT_SECONDS.to_owned())]
}

/// A server whose host is there, a guest, the data folder, and what there is of it without terminals.
async fn alone() -> (Killable, Guest, PathBuf, Remains) {
    let unstarted = TestServer::unstarted().await;
    let server = Killable::start_with(unstarted, false, &keep()).await;
    let guest = server.seen.guest().await;
    let data = server.seen.data.path().to_owned();
    once_more(&guest).await;
    let mut before = Remains::of(&data);
    let settled = async {
        while before.processes.len() != 2 || !before.groups.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            before = Remains::of(&data);
        }
    };
    if tokio::time::timeout(PATIENCE, settled).await.is_err() {
        panic!("the server and its host alone: {before:#?}");
    }
    assert!(before.mounts.is_empty(), "{before:#?}");
    (server, guest, data, before)
}

#[tokio::test]
async fn of_terminals_that_ended_nothing_is_left() {
    let (server, guest, data, before) = alone().await;
    for _ in 0..10 {
        // by its own program; from outside; and as no page shows it any more
        let mut exits = used(&server.seen, &guest).await;
        let (ended, left) = (
            used(&server.seen, &guest).await,
            used(&server.seen, &guest).await,
        );
        let ids = [&exits, &ended, &left].map(|shell| shell.terminal.id);
        exits.type_("exit\r").await;
        client::terminals::end(&guest.client, ids[1]).await.unwrap();
        drop(left);
        close(&guest, ids[0]).await;
        close(&guest, ids[2]).await;
    }
    until_as(&before, &data, "30 terminals that ended").await;
    let held = used(&server.seen, &guest).await;
    let _data = server.end().await;
    drop(held);
    let after = Remains::of(&data);
    assert_eq!(after.processes, Vec::<String>::new());
    assert_eq!(
        (after.mounts.len(), after.groups.len()),
        (0, 0),
        "{after:?}"
    );
    assert!(!after.files.iter().any(|path| is_hosts(path)), "{after:?}");
}

#[tokio::test]
async fn of_terminals_whose_host_or_server_was_killed_nothing_is_left() {
    let (server, guest, data, before) = alone().await;
    let held = [
        used(&server.seen, &guest).await,
        used(&server.seen, &guest).await,
    ];
    kill_host(&data).await;
    for shell in &held {
        close(&guest, shell.terminal.id).await;
    }
    once_more(&guest).await;
    until_as(&before, &data, "their host was killed").await;

    let held = used(&server.seen, &guest).await;
    let server = Killable::start_with(server.kill().await, false, &keep()).await;
    let id = held.terminal.id;
    // the page streams on without the server, until it is closed
    drop(held);
    close(&guest, id).await;
    until_as(&before, &data, "the server was killed").await;

    let held = used(&server.seen, &guest).await;
    kill_host(&data).await;
    let server = Killable::start_with(server.kill().await, false, &keep()).await;
    close(&guest, held.terminal.id).await;
    once_more(&guest).await;
    until_as(&before, &data, "both were killed").await;
    server.stop().await;
}
