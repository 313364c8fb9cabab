//! The commands of the house: sets up what a clean machine lacks, builds, runs, tests.

mod packages;
mod shell;
mod toolbox;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

/// Sets up, builds, runs and tests Manageacloud.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Installs the tools that terminals come with.
    Toolbox,
}

fn main() -> Result<()> {
    let root = root()?;
    match Arguments::parse().task {
        Task::Toolbox => {
            let folder = toolbox::ensure(&root)?;
            shell::say(&format!("the toolbox is at {}", folder.display()));
            Ok(())
        }
    }
}

/// The folder of the workspace.
fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .map(Path::to_path_buf)
        .context("find the workspace")
}
