//! `manageacloud`: one binary, its processes as subcommands.

use std::path::PathBuf;

use anyhow::Context;
use backend::{app, config::Config};
use clap::{Parser, Subcommand};
use tokio::{net::TcpListener, signal::unix::SignalKind};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// Learn and run blue-green deployments, on your own server.
#[derive(Debug, Parser)]
#[command(name = "manageacloud", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the page, the API and the sockets.
    Serve(Config),
    /// Outside a sandbox: gives up rights, and becomes bubblewrap. For the server's own use.
    #[command(hide = true)]
    SandboxExec {
        /// The socket that says what to start.
        control: PathBuf,
    },
    /// Inside a sandbox: the first program. For the server's own use.
    #[command(hide = true)]
    SandboxInit {
        /// The socket that says what to start.
        control: PathBuf,
    },
}

fn main() -> anyhow::Result<()> {
    // making namespaces needs a single thread, so these two come before anything else
    let config = match Arguments::parse().command {
        Command::Serve(config) => config,
        Command::SandboxExec { control } => return sandbox::exec::run(&control),
        Command::SandboxInit { control } => return sandbox::init::run(&control),
    };
    let filter = EnvFilter::try_from_env("MANAGEACLOUD_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    tokio::runtime::Runtime::new()?.block_on(serve(config))
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    tracing::info!(%address, "serving http://localhost:{}", address.port());
    let shutdown = CancellationToken::new();
    tokio::spawn(cancel_on_signal(shutdown.clone()));
    app::run(config, listener, shutdown).await
}

async fn cancel_on_signal(shutdown: CancellationToken) -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    shutdown.cancel();
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Arguments::command().debug_assert();
    }
}
