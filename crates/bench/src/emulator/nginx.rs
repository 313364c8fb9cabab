//! The server of every figure: Debian's nginx, in an instance or bare.

use std::{
    net::{SocketAddr, TcpListener},
    process::Stdio,
};

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

use super::answers;

/// A script that becomes nginx, which answers everything with `page`; all that it needs lies in
/// the home, as a sandbox sees the program and none of its settings.
pub fn script(listen: &str, page: &str) -> String {
    format!(
        "#!/bin/sh
cat >\"$HOME/nginx.conf\" <<'END'
daemon off;
master_process off;
pid nginx.pid;
events {{ worker_connections 400; }}
http {{
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {{
    listen {listen};
    location / {{ return 200 '{page}'; }}
  }}
}}
END
exec /usr/sbin/nginx -e stderr -p \"$HOME/\" -c \"$HOME/nginx.conf\"
"
    )
}

/// The same server on loopback, without a cloud; it ends when this is dropped.
#[derive(Debug)]
pub struct Bare {
    /// Where it listens.
    pub address: SocketAddr,
    // dropped before its home
    _child: Child,
    _home: TempDir,
}

impl Bare {
    /// Starts it, and returns once it answers.
    pub async fn start(page: &str) -> anyhow::Result<Self> {
        let home = tempfile::tempdir()?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new("/bin/sh")
            .args(["-c", &script(&address.to_string(), page)])
            .env_clear()
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("start nginx")?;
        answers::until(async || TcpStream::connect(address).await).await?;
        Ok(Self {
            address,
            _child: child,
            _home: home,
        })
    }
}
