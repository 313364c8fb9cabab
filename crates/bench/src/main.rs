//! What `cargo xtask bench` measures, and what `cargo xtask soak` wears.
//!
//! Everything runs against the real server, started here on a free port with a data folder of
//! its own. Where a figure means little alone, its peer or limit is measured in the same run.

mod applications;
mod commands;
mod emulator;
mod endurance;
mod figure;
mod guest;
mod journal;
mod language;
mod load;
mod page;
mod processes;
mod rest;
mod router;
mod sample;
mod script;
mod server;
mod shell;
mod soak;
mod spread;
mod switches;
mod terminals;
mod tutorials;

use std::path::PathBuf;

use anyhow::ensure;
use clap::{Parser, ValueEnum};

use crate::{figure::Table, server::Server};

/// What is measured, and with what.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Arguments {
    /// What to measure; everything but `soak`, `keep` and `sessions` when nothing is named.
    parts: Vec<Part>,
    /// Fail when a figure falls short of its target.
    #[arg(long)]
    check: bool,
    /// How long to wear the server.
    #[arg(long, default_value_t = 60)]
    soak_seconds: u64,
    /// How many terminals to keep busy.
    #[arg(long, default_value_t = 200)]
    terminals: usize,
    /// For how long.
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// How many terminals to open and end.
    #[arg(long, default_value_t = 1000)]
    sessions: usize,
    #[command(flatten)]
    built: Built,
}

/// What was built beforehand.
#[derive(Debug, Clone, clap::Args)]
struct Built {
    /// The server's program.
    #[arg(long, env = "MANAGEACLOUD_BIN")]
    program: PathBuf,
    /// The built page.
    #[arg(long, env = "MANAGEACLOUD_ASSETS")]
    assets: PathBuf,
    /// The toolbox.
    #[arg(long, env = "MANAGEACLOUD_TOOLBOX")]
    toolbox: PathBuf,
    /// The script that loads the overview in a browser and prints what that took.
    #[arg(long)]
    first_load: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Memory of the server with nobody on it.
    Rest,
    /// The overview's first load.
    Page,
    /// Terminals: until the prompt, each key, much output, and what they hold.
    Terminals,
    /// The first lesson, from the landing page on.
    Tutorials,
    /// A macfile, against its commands by hand.
    Macfile,
    /// A large macfile, read.
    Language,
    /// Many commands, against the original client and a bare shell.
    Journal,
    /// What `mac` takes to say something.
    Commands,
    /// Instances and load balancers.
    Emulator,
    /// The router, beside other proxies.
    Router,
    /// Moving an application's address under load.
    Switches,
    /// Many applications that deploy at once.
    Applications,
    /// Terminals and switches for a while, and what is left of them.
    Soak,
    /// Many terminals for long, and whether what they hold grows.
    Keep,
    /// Many terminals, opened and ended, and what is left of them.
    Sessions,
}

/// The last three are not among them: they take minutes, and are a command of their own.
const MEASURED: &[Part] = &[
    Part::Rest,
    Part::Page,
    Part::Terminals,
    Part::Tutorials,
    Part::Macfile,
    Part::Language,
    Part::Journal,
    Part::Commands,
    Part::Emulator,
    Part::Router,
    Part::Switches,
    Part::Applications,
];

fn main() -> anyhow::Result<()> {
    // a client of terminals is this program too, and shares nothing with what measures
    if std::env::args().nth(1).as_deref() == Some(terminals::CLIENT) {
        return terminals::run_client();
    }
    tokio::runtime::Runtime::new()?.block_on(run(Arguments::parse()))
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut table = Table::default();
    let parts = match arguments.parts.as_slice() {
        [] => MEASURED,
        named => named,
    };
    for part in parts {
        measure(*part, &arguments, &mut table).await?;
    }
    print!("{table}");
    let short = table.short();
    ensure!(
        !arguments.check || short.is_empty(),
        "fell short: {}",
        short.join(", ")
    );
    Ok(())
}

/// Measures a part on a server of its own, so that no part feels another.
async fn measure(part: Part, arguments: &Arguments, table: &mut Table) -> anyhow::Result<()> {
    let name = part.to_possible_value();
    let name = name.as_ref().map_or("", |name| name.get_name());
    eprintln!("measuring {name} …");
    let server = Server::start(&arguments.built).await?;
    let measured = on(&server, part, arguments, table).await;
    // also after a failure: what it started must not outlive the run
    let stopped = server.stop().await;
    measured.and(stopped)
}

async fn on(
    server: &Server,
    part: Part,
    arguments: &Arguments,
    table: &mut Table,
) -> anyhow::Result<()> {
    match part {
        Part::Rest => rest::measure(server, table).await,
        Part::Page => page::measure(server, &arguments.built, table).await,
        Part::Terminals => terminals::measure(server, &arguments.built, table).await,
        Part::Tutorials => tutorials::measure(server, &arguments.built, table).await,
        Part::Macfile => sample::measure(server, table).await,
        Part::Language => language::measure(table),
        Part::Journal => journal::measure(server, &arguments.built, table).await,
        Part::Commands => commands::measure(server, &arguments.built, table).await,
        Part::Emulator => emulator::measure(server, table).await,
        Part::Router => router::measure(server, table).await,
        Part::Switches => switches::measure(server, table).await,
        Part::Applications => applications::measure(server, table).await,
        Part::Soak => soak::measure(server, arguments.soak_seconds, table).await,
        Part::Keep => {
            let Arguments {
                terminals, minutes, ..
            } = arguments;
            endurance::keep(server, *terminals, *minutes, table).await
        }
        Part::Sessions => endurance::open_and_end(server, arguments.sessions, table).await,
    }
}
