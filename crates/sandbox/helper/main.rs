//! The helper subcommands, and a launcher to be killed, for this crate's tests only.

use std::path::Path;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let control = arguments.next().unwrap_or_default();
    match command.as_str() {
        "sandbox-exec" => sandbox::exec::run(Path::new(&control)),
        "sandbox-init" => sandbox::init::run(Path::new(&control)),
        "launch" => launch(Path::new(&control)),
        other => anyhow::bail!("unknown subcommand {other:?}"),
    }
}

/// Runs a command in a sandbox: the folder for homes and sockets, then a script.
#[tokio::main(flavor = "current_thread")]
async fn launch(folder: &Path) -> anyhow::Result<()> {
    let script = std::env::args().nth(3).unwrap_or_default();
    let launcher = sandbox::Launcher::new(std::env::current_exe()?, folder.join("run")).await?;
    let spec = sandbox::Spec::new(["/bin/bash", "-c", &script], folder.join("home"), 1);
    launcher.spawn(spec).await?.wait().await?;
    Ok(())
}
