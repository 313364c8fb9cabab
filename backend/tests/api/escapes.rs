//! Ways out of a terminal and of a macfile's command, tried from inside: into the host, into what
//! belongs to another account, into any network. `escapes.py` tries; here is judged what came of it.

use std::{
    collections::BTreeSet,
    io::Write as _,
    net::{IpAddr, SocketAddr, TcpListener, UdpSocket},
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr as UnixAddress, UnixListener},
    },
    path::{Path, PathBuf},
    process::{Child, Command},
    thread,
};

use serde::Deserialize;
use serde_json::json;
use shared::{CreateInfrastructure, DeploymentState};

use crate::{
    infrastructures::ended,
    server::{Guest, TestServer},
    shell::Shell,
};

/// What tries.
const PROGRAM: &str = include_str!("escapes.py");
/// A variable that the test's own process has, and so the server.
const VARIABLE: &str = "CARGO_PKG_NAME";
/// A macfile whose command tries.
const COMMAND: &str = "
mac: 1.0.8
name: escape
version: '1'
description: tries to get out
resources:
  attempts:
    create bash: cd ~ && python3 escapes.py told.json inside > found
infrastructures:
  attempts_01:
    resource: attempts
";
/// In the command line of a process of the host's.
const MARKER: &str = "600.1357";

/// What came of an attempt.
#[derive(Debug, Clone, Deserialize)]
struct Attempt {
    name: String,
    /// How exactly it must fail.
    wants: Option<String>,
    works_outside: bool,
    /// It must work inside too.
    must: bool,
    worked: bool,
    how: String,
}

/// What the host has that must not be reached.
struct Host {
    process: Child,
    abstract_name: String,
    temporary: tempfile::NamedTempFile,
    shared_memory: tempfile::NamedTempFile,
    listeners: Vec<(&'static str, SocketAddr)>,
    datagrams: SocketAddr,
    _abstract: UnixListener,
}

impl Host {
    fn new() -> Self {
        let abstract_name = format!("escapes-{}", uuid::Uuid::new_v4());
        let address = UnixAddress::from_abstract_name(&abstract_name).unwrap();
        let mut listeners = vec![("a loopback port of the host", greeting("127.0.0.1"))];
        listeners.extend(own_address().map(|own| {
            let address = greeting(&own.to_string());
            ("the host at its address in the network", address)
        }));
        if TcpListener::bind("[::1]:0").is_ok() {
            listeners.push(("a loopback port of version 6", greeting("::1")));
        }
        let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
        let at = datagrams.local_addr().unwrap();
        thread::spawn(move || {
            while let Ok((_, from)) = datagrams.recv_from(&mut [0; 16]) {
                datagrams.send_to(b"reached", from).ok();
            }
        });
        Self {
            process: Command::new("/bin/sleep").arg(MARKER).spawn().unwrap(),
            _abstract: UnixListener::bind_addr(&address).unwrap(),
            abstract_name,
            temporary: tempfile::NamedTempFile::new_in("/tmp").unwrap(),
            shared_memory: tempfile::NamedTempFile::new_in("/dev/shm").unwrap(),
            listeners,
            datagrams: at,
        }
    }

    /// What the program is told.
    fn told(&self, server: &TestServer, own: &Guest, another: &Guest) -> serde_json::Value {
        let data = server.data.path();
        let home = data.join("homes").join(another.account.id.to_string());
        let there = |names: &[&str]| -> Vec<PathBuf> {
            let paths = names.iter().map(|name| data.join(name));
            paths.filter(|path| path.exists()).collect()
        };
        let mut files = there(&["secret.key", "agents.key", "manageacloud.db"]);
        assert!(files.len() >= 2, "{files:?}");
        files.extend(["diary", ".manageacloud", ".bashrc"].map(|name| home.join(name)));
        let run = std::fs::read_dir(data.join("run")).unwrap();
        let run = run.map(|entry| entry.unwrap().path());
        let sockets: Vec<_> = run.filter(|path| path.extension().is_some()).collect();
        assert!(!sockets.is_empty());
        let port = server.address.port();
        let listeners: serde_json::Map<_, _> = self
            .listeners
            .iter()
            .map(|(name, at)| ((*name).to_owned(), json!([at.ip().to_string(), at.port()])))
            .collect();
        json!({
            "files": files,
            "folders": [data.to_owned(), data.join("homes"), home],
            "sockets": sockets,
            "data": data,
            "own": own.account.id.to_string(),
            "another": another.account.id.to_string(),
            "temporary": self.temporary.path(),
            "shared_memory": self.shared_memory.path(),
            "process": self.process.id(),
            "marker": MARKER,
            "variable": VARIABLE,
            "abstract": self.abstract_name,
            "listeners": listeners,
            "datagrams": [self.datagrams.ip().to_string(), self.datagrams.port()],
            "gateway": gateway(),
            "host_name": std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim(),
            "server": port,
            // the API, AWS, Azure, and Azure by TLS
            "ports": [port, 4566, 4577, 4578],
        })
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Listens, and greets whoever comes.
fn greeting(host: &str) -> SocketAddr {
    let listener = TcpListener::bind((host, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        while let Ok((mut visitor, _)) = listener.accept() {
            visitor.write_all(b"reached").ok();
        }
    });
    address
}

/// An address of this machine that is not loopback, if it has one; nothing is sent for that.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let own = socket.local_addr().ok()?.ip();
    (!own.is_loopback() && !own.is_unspecified()).then_some(own)
}

/// Where this machine sends what is not for its own network; some address if it has no such.
fn gateway() -> String {
    let routes = std::fs::read_to_string("/proc/net/route").unwrap_or_default();
    let default = routes.lines().find_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (to, by) = (fields.next()?, fields.next()?);
        (to == "00000000").then(|| u32::from_str_radix(by, 16).ok())?
    });
    let address = default.map(|by| IpAddr::from(by.to_le_bytes()));
    address.map_or_else(|| "192.0.2.254".to_owned(), |by| by.to_string())
}

/// Puts the program and what it is told into a home.
fn put(home: &Path, told: &serde_json::Value) {
    std::fs::write(home.join("escapes.py"), PROGRAM).unwrap();
    std::fs::write(home.join("told.json"), told.to_string()).unwrap();
}

fn read(lines: &str) -> Vec<Attempt> {
    let lines = lines.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

/// What works outside, as root, of what must not work inside.
fn outside(told: &serde_json::Value) -> Vec<Attempt> {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), told);
    let output = Command::new("/usr/bin/python3")
        .args(["escapes.py", "told.json", "outside"])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    read(&String::from_utf8(output.stdout).unwrap())
}

/// Fails with every attempt that came to something else than it must.
fn judge(inside: &[Attempt], least: usize) {
    let is_wrong = |one: &&Attempt| match (one.must, &one.wants) {
        (true, _) => !one.worked,
        (false, Some(wants)) => one.worked || one.how != *wants,
        (false, None) => one.worked,
    };
    let wrong: Vec<_> = inside.iter().filter(is_wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(inside.len() >= least, "only {} attempts", inside.len());
}

/// Fails with what is said to work outside and does not: inside it would prove nothing.
fn judge_outside(inside: &[Attempt], outside: &[Attempt]) {
    let tried: BTreeSet<_> = outside.iter().map(|one| &one.name).collect();
    let meant = inside.iter().filter(|one| one.works_outside);
    assert_eq!(meant.map(|one| &one.name).collect::<BTreeSet<_>>(), tried);
    if !rustix::process::geteuid().is_root() {
        return; // who may do less himself
    }
    let idle: Vec<_> = outside.iter().filter(|one| !one.worked).collect();
    assert!(idle.is_empty(), "{idle:#?}");
    assert!(outside.len() >= 30, "only {} attempts", outside.len());
}

/// A guest whose terminal runs, with a file in its home.
async fn with_a_diary(server: &TestServer) -> (Guest, Shell) {
    let guest = server.guest().await;
    let mut shell = Shell::open(server, &guest).await;
    shell.run("echo mine > diary; chmod 600 diary").await;
    (guest, shell)
}

#[tokio::test]
async fn no_way_leads_out_of_a_terminal() {
    let server = TestServer::with_cloud().await;
    let (another, mut victim) = with_a_diary(&server).await;
    let own = server.guest().await;
    let mut shell = Shell::open(&server, &own).await;
    let host = Host::new();
    let told = host.told(&server, &own, &another);
    let home = server.data.path().join("homes");
    let home = home.join(own.account.id.to_string());
    put(&home, &told);
    let seen = shell
        .run("python3 escapes.py told.json inside > found 2> complaints")
        .await;
    let complaints = std::fs::read_to_string(home.join("complaints")).unwrap();
    assert!(seen.contains("end=0"), "{seen} {complaints}");
    let inside = std::fs::read_to_string(home.join("found")).unwrap();
    let inside = read(&inside);
    judge(&inside, 140);
    judge_outside(&inside, &outside(&told));

    // whatever it may kill is its own
    shell
        .type_("exec python3 -c 'import os; os.kill(-1, 9)'\r")
        .await;
    assert!(victim.run("cat diary").await.contains("mine"));
    let pid = host.process.id();
    assert!(Path::new(&format!("/proc/{pid}/exe")).exists(), "it lives");
    assert!(client::health(&own.client).await.is_ok());
}

#[tokio::test]
async fn no_way_leads_out_of_a_command_of_a_macfile() {
    let server = TestServer::new().await;
    let (another, _victim) = with_a_diary(&server).await;
    let own = server.guest().await;
    // which makes its home
    let shell = Shell::open(&server, &own).await;
    let host = Host::new();
    let told = host.told(&server, &own, &another);
    let home = server.data.path().join("homes");
    let home = home.join(own.account.id.to_string());
    put(&home, &told);
    drop(shell);
    let asked = CreateInfrastructure {
        macfile: COMMAND.into(),
        ..CreateInfrastructure::default()
    };
    let made = client::infrastructures::create(&own.client, &asked);
    let made = ended(&own, made.await.unwrap()).await;
    assert_eq!(made.state, DeploymentState::Succeeded, "{made:?}");
    let inside = std::fs::read_to_string(home.join("found")).unwrap();
    judge(&read(&inside), 140);
}
