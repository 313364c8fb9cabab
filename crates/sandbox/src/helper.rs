//! The two helper subcommands, for a program that has nothing else to do.

use std::path::Path;

use crate::{exec, init};

/// Carries out the subcommand that the arguments of this program name.
///
/// Called before any thread is started: making namespaces needs a single one.
pub fn run() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let control = arguments.next().unwrap_or_default();
    match command.as_str() {
        "sandbox-exec" => exec::run(Path::new(&control)),
        "sandbox-init" => init::run(Path::new(&control)),
        other => anyhow::bail!("unknown subcommand {other:?}"),
    }
}
