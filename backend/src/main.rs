//! `manageacloud`: one binary, its processes as subcommands.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::Context;
use backend::{
    app::{self, Stop},
    config::{self, Config, Folders},
};
use clap::{Parser, Subcommand};
use tokio::{net::TcpListener, signal::unix::SignalKind};
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
    Serve(Box<Config>),
    /// Holds terminals. Started by `serve`, which it outlives; or by a person, for servers of other machines.
    PtyHost(PtyHost),
    /// Is the emulated cloud. Started by `serve`, which it outlives.
    #[command(hide = true)]
    Emulator(Neighbour),
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

/// Settings of a host of terminals.
#[derive(Debug, clap::Args)]
struct PtyHost {
    #[command(flatten)]
    neighbour: Neighbour,
    /// The socket to listen at, for the server that starts it.
    #[arg(long, hide = true, required_unless_present = "listen")]
    socket: Option<PathBuf>,
    /// The address to listen on, for servers of other machines. What passes is not encrypted.
    #[arg(long, requires = "token", conflicts_with = "socket")]
    listen: Option<SocketAddr>,
    /// The file with the token that those servers show, of 32 characters or more.
    #[arg(long, requires = "listen")]
    token: Option<PathBuf>,
}

impl PtyHost {
    fn listen(&self) -> anyhow::Result<pty::host::Listen> {
        match (&self.socket, self.listen, &self.token) {
            (Some(socket), None, None) => Ok(pty::host::Listen::Socket(socket.clone())),
            (None, Some(address), Some(token)) => Ok(pty::host::Listen::Network {
                address,
                token: pty::Token::read(token)?,
            }),
            _ => anyhow::bail!("either --socket, or --listen and --token"),
        }
    }
}

/// Settings of the processes that `serve` starts.
#[derive(Debug, clap::Args)]
struct Neighbour {
    /// The server's data folder.
    #[arg(long)]
    data: PathBuf,
    /// Seconds that everything is kept for a server that does not come back.
    #[arg(long, default_value_t = 900)]
    keep_seconds: u64,
    /// Seconds between two questions to a page whether it is there.
    #[arg(long, default_value_t = 20)]
    ping_seconds: u64,
    /// The toolbox.
    #[arg(long)]
    toolbox: Option<PathBuf>,
    /// Shells run without a sandbox.
    #[arg(long)]
    no_sandbox: bool,
}

fn main() -> anyhow::Result<()> {
    // making namespaces needs a single thread, so no runtime is started for the last two
    match Arguments::parse().command {
        Command::Serve(config) => block_on(serve(*config)),
        Command::PtyHost(host) => block_on(hold_terminals(host)),
        Command::Emulator(neighbour) => block_on(emulate(neighbour)),
        Command::SandboxExec { control } => sandbox::exec::run(&control),
        Command::SandboxInit { control } => sandbox::init::run(&control),
    }
}

fn block_on(program: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_env("MANAGEACLOUD_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // a reader of our output may go away, which is no reason to stop
        .log_internal_errors(false)
        .init();
    tokio::runtime::Runtime::new()?.block_on(program)
}

async fn hold_terminals(host: PtyHost) -> anyhow::Result<()> {
    let listen = host.listen()?;
    let neighbour = host.neighbour;
    let folders = Folders::of(neighbour.data);
    let config = pty::host::Config {
        listen,
        run_dir: folders.run("pty"),
        helper: config::sandbox_helper(std::env::current_exe()?),
        is_unconfined: neighbour.no_sandbox,
        alone_for: Duration::from_secs(neighbour.keep_seconds),
        ping_every: Duration::from_secs(neighbour.ping_seconds.max(1)),
    };
    let stop = Stop::default();
    tokio::spawn(cancel_on_signal(stop.clone()));
    pty::host::run(config, stop.serving).await
}

async fn emulate(neighbour: Neighbour) -> anyhow::Result<()> {
    let folders = Folders::of(neighbour.data);
    let config = emulator::Config {
        control: folders.emulator_socket(),
        data: folders.emulator(),
        run_dir: folders.run("emu"),
        helper: config::sandbox_helper(std::env::current_exe()?),
        toolbox: neighbour.toolbox.context("--toolbox is missing")?,
        alone_for: Duration::from_secs(neighbour.keep_seconds),
        server: Some(folders.agents_socket()),
    };
    let stop = Stop::default();
    tokio::spawn(cancel_on_signal(stop.clone()));
    emulator::run(config, stop.serving).await
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    tracing::info!(%address, "serving http://localhost:{}", address.port());
    let stop = Stop::default();
    tokio::spawn(cancel_on_signal(stop.clone()));
    app::run(config, listener, stop).await
}

/// A person's Ctrl-C stops everything; a service manager's SIGTERM may be an upgrade, so
/// terminals and instances wait for the next server.
async fn cancel_on_signal(stop: Stop) -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            stop.everything.cancel();
        }
        _ = terminate.recv() => {}
    }
    stop.serving.cancel();
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        let arguments = ["manageacloud", "serve", "--no-sandbox", "--isolation", "a"];
        let error = super::Arguments::try_parse_from(arguments)
            .unwrap_err()
            .to_string();
        assert!(error.contains("cannot be used with"), "{error}");
    }

    #[test]
    fn the_command_line_is_sound() {
        super::Arguments::command().debug_assert();
    }
}
