//! From a checkout to a server.

use std::net::SocketAddr;

use crate::{packages, page, process};

/// Where to serve.
#[derive(Debug, clap::Args)]
pub struct Run {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The folder of everything durable.
    #[arg(long, default_value = "data")]
    data: String,
}

impl Run {
    /// Sets up, builds and serves until it is stopped.
    pub fn run(&self) -> anyhow::Result<()> {
        packages::install()?;
        let assets = page::build()?.display().to_string();
        let listen = self.listen.to_string();
        process::run(&mut process::command(
            "cargo",
            &[
                &["run", "--bin", "manageacloud", "--", "serve"][..],
                &[
                    "--listen", &listen, "--data", &self.data, "--assets", &assets,
                ],
            ]
            .concat(),
        ))
    }
}
