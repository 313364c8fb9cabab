//! The peer of our load balancers: Debian's haproxy.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::{
    net::UnixStream,
    process::{Child, Command},
};

use super::answers;

/// Leads to one server; it ends when this is dropped.
#[derive(Debug)]
pub struct Haproxy {
    /// Where it listens.
    pub socket: PathBuf,
    /// The number of its process.
    pub pid: u32,
    // dropped before its folder
    _child: Child,
    _folder: TempDir,
}

impl Haproxy {
    /// Starts it in front of a server, with so many threads, and returns once it leads there.
    pub async fn start(server: SocketAddr, threads: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let (socket, file) = (folder.path().join("s"), folder.path().join("haproxy.cfg"));
        fs::write(&file, config(&socket, server, threads))?;
        let child = Command::new("/usr/sbin/haproxy")
            .args(["-db", "-f"])
            .arg(file)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("start haproxy")?;
        answers::until(async || UnixStream::connect(&socket).await).await?;
        Ok(Self {
            socket,
            pid: child.id().context("haproxy ended")?,
            _child: child,
            _folder: folder,
        })
    }
}

/// Does what our load balancers do: keeps connections on both sides, shares those to the server
/// among all visitors, and says who asked.
fn config(socket: &Path, server: SocketAddr, threads: usize) -> String {
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
  bind unix@{}
  server nginx {server}
",
        socket.display()
    )
}
