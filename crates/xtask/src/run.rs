//! From a checkout to a server.

use std::{net::SocketAddr, os::unix::process::CommandExt};

use anyhow::anyhow;

use crate::{packages, page, process, toolbox};

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
    /// Sets up, builds and becomes the server; returns only when that fails.
    pub fn run(&self) -> anyhow::Result<()> {
        eprintln!("1/4 packages and the toolbox that terminals come with");
        packages::check_node()?;
        let toolbox = toolbox::install()?.display().to_string();
        eprintln!("2/4 the page (minutes the first time)");
        let assets = page::build()?.display().to_string();
        eprintln!("3/4 the server (10 to 20 minutes the first time: it holds Amazon's EC2 SDK)");
        let program = process::build_for_people()?
            .join("manageacloud")
            .display()
            .to_string();
        eprintln!(
            "4/4 serving http://localhost:{}/ — Ctrl-C stops it",
            self.listen.port()
        );
        let tutorials = process::root().join("tutorials").display().to_string();
        let listen = self.listen.to_string();
        let settings = [
            ["--listen", &listen],
            ["--data", &self.data],
            ["--assets", &assets],
            ["--tutorials", &tutorials],
            ["--toolbox", &toolbox],
        ];
        let arguments = [&["serve"][..], settings.as_flattened()].concat();
        // in place of this process, so that a signal reaches one process, once
        let error = process::command(&program, &arguments).exec();
        Err(anyhow!("start {program}: {error}"))
    }
}
