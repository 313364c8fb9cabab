//! What the router bears, beside haproxy and nginx in front of the same load balancer.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    thread::available_parallelism,
};

use anyhow::{Context as _, ensure};
use rustix::process::{Pid, Signal, geteuid, kill_process_group};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::{
    applications::{address, macfile},
    emulator::{account::Account, forwarding::Side},
    figure::{Table, Target, number},
    guest::Guest,
    load::Visitors,
    processes,
    server::{GLANCE, PATIENCE, Server},
};

/// How often each is visited, in turn.
const ROUNDS: usize = 9;
/// How much of haproxy's requests are enough.
const ENOUGH: f64 = 0.7;
/// What is answered.
const PAGE: &str = "routed";
/// By which header the account's load balancers are told which of them is meant.
const UPSTREAM: &str = "manageacloud-upstream";

/// Measures all three in turn.
pub async fn measure(server: &Server, table: &mut Table) -> anyhow::Result<()> {
    let guest = Guest::new(server).await?;
    let account = Account::of(server, &guest).await?;
    let instances = account.launch(PAGE, 1).await?;
    let balancer = account.balancer("routed").await?;
    balancer.register(&instances[0]).await?;
    let asked = macfile("rush", "1", balancer.host());
    client::infrastructures::create(&guest.client, &asked).await?;
    let host = address(&guest, "rush").await?;
    let ours = Visitors::of_host(&server.url("/"), &host);
    let mut ours = Side::new(processes::numbered(server.pid()?), ours);
    let haproxy = Peer::start("/usr/sbin/haproxy", &["-db", "-f"], |port, _| {
        haproxy(port, &account.web, balancer.host())
    })?;
    let nginx = Peer::start(
        "/usr/sbin/nginx",
        &["-e", "stderr", "-c"],
        |port, folder| nginx(port, folder, &account.web, balancer.host()),
    )?;
    let (mut haproxy, mut nginx) = (haproxy.side().await?, nginx.side().await?);
    for _ in 0..ROUNDS {
        ours.visited().await?;
        haproxy.1.visited().await?;
        nginx.1.visited().await?;
    }
    report(&ours, &haproxy.1, &nginx.1, table);
    account.terminate(&instances).await
}

/// A proxy of Debian's; it ends when this is dropped.
struct Peer {
    port: u16,
    child: Child,
    _folder: TempDir,
}

impl Peer {
    fn start(
        program: &str,
        arguments: &[&str],
        config: impl FnOnce(u16, &Path) -> String,
    ) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = tempfile::tempdir()?;
        let file: PathBuf = folder.path().join("config");
        fs::write(&file, config(port, folder.path()))?;
        let child = Command::new(program)
            .args(arguments)
            .arg(file)
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("start {program}"))?;
        Ok(Self {
            port,
            child,
            _folder: folder,
        })
    }

    /// Its visitors, once it leads them somewhere.
    async fn side(self) -> anyhow::Result<(Self, Side)> {
        let pid = self.child.id().context("it ended")?;
        let visitors = Visitors::of_host(&format!("http://127.0.0.1:{}/", self.port), "rush");
        let leads = async {
            while visitors.visit().await.is_err() {
                sleep(GLANCE).await;
            }
        };
        timeout(PATIENCE, leads)
            .await
            .context("a peer does not lead")?;
        let page = visitors.visit().await.map_err(anyhow::Error::msg)?;
        ensure!(page == PAGE, "a peer leads elsewhere: {page}");
        Ok((self, Side::new(processes::numbered(pid), visitors)))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // with its workers, which would outlive it
        let group = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = group.and_then(Pid::from_raw) {
            kill_process_group(group, Signal::KILL).ok(); // it has ended
        }
    }
}

/// Does what the router does: keeps connections on both sides, and says who asked.
fn haproxy(port: u16, web: &Path, host: &str) -> String {
    let threads = available_parallelism().map_or(1, usize::from);
    format!(
        "global
  nbthread {threads}
  maxconn 1000
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  option forwardfor
  http-reuse always
listen bench
  bind 127.0.0.1:{port}
  http-request set-header {UPSTREAM} {host}
  server cloud unix@{}
",
        web.display()
    )
}

/// The same by nginx; its workers may reach the socket only as who started all of this.
fn nginx(port: u16, folder: &Path, web: &Path, host: &str) -> String {
    let workers = available_parallelism().map_or(1, usize::from);
    let user = match geteuid().is_root() {
        true => "user root;\n",
        false => "",
    };
    let folder = folder.display();
    let temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temp: String = temp
        .iter()
        .map(|kind| format!("  {kind}_temp_path {folder}/{kind};\n"))
        .collect();
    format!(
        "daemon off;
{user}worker_processes {workers};
pid {folder}/pid;
events {{ worker_connections 1000; }}
http {{
  access_log off;
{temp}  upstream cloud {{ server unix:{}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://cloud;
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header {UPSTREAM} {host};
    }}
  }}
}}
",
        web.display()
    )
}

fn report(ours: &Side, haproxy: &Side, nginx: &Side, table: &mut Table) {
    let each = [ours, haproxy, nginx].map(|side| number(side.per_second()));
    let beside = format!(
        "ours: {}/s; haproxy: {}/s; nginx: {}/s",
        each[0], each[1], each[2]
    );
    let what = "router: requests, part of haproxy's";
    let part = ours.part_of(haproxy);
    table.add(what, Target::AtLeast(ENOUGH), part, "", &beside);
    let what = "router: requests, part of nginx's";
    table.add(what, Target::None, ours.part_of(nginx), "", &beside);
    let beside = format!(
        "haproxy: {} ms; nginx: {} ms",
        number(haproxy.p99()),
        number(nginx.p99())
    );
    table.add("router: p99", Target::None, ours.p99(), "ms", &beside);
}
