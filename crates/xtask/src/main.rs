//! The commands of the house: `cargo xtask …`.
//!
//! Each command says what it does before it does it, and a missing piece is named together with
//! the command that brings it.

mod arrows;
mod bench;
mod check;
mod e2e;
mod files;
mod npm;
mod packages;
mod page;
mod postgres;
mod process;
mod run;
mod test;
mod toolbox;

use clap::{Parser, Subcommand};

/// The commands of the house.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sets everything up and serves on the address, by default <http://localhost:8080>.
    Run(run::Run),
    /// Sets up and runs the tests.
    Test(test::Test),
    /// Does every tutorial from its first step to its last, and notes in `tutorials/verified.json` that it can
    /// be done.
    Verify,
    /// Format, lints, documentation and the arrows between crates.
    Check,
    /// Measures, in a table: what, target, measured, peer or limit in the same run.
    Bench(bench::Bench),
    /// Wears a server with terminals and moved addresses, and looks what is left of them.
    Soak(bench::Soak),
    /// Builds the page into `dist`.
    Page,
    /// Installs what terminals come with: the aws and azure command lines, and moto.
    Toolbox(toolbox::Toolbox),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Run(run) => run.run(),
        Command::Test(test) => test.run(),
        Command::Verify => test::verify(),
        Command::Check => check::run(),
        Command::Bench(bench) => bench.run(),
        Command::Soak(soak) => soak.run(),
        Command::Page => page::build().map(|dist| eprintln!("the page is in {}", dist.display())),
        Command::Toolbox(toolbox) => toolbox.install(),
    }
}
