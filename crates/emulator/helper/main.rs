//! The helper subcommands, for this crate's tests only.

use std::path::Path;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let control = arguments.next().unwrap_or_default();
    match command.as_str() {
        "sandbox-exec" => sandbox::exec::run(Path::new(&control)),
        "sandbox-init" => sandbox::init::run(Path::new(&control)),
        other => anyhow::bail!("unknown subcommand {other:?}"),
    }
}
