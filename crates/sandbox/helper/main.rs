//! The helper subcommands, and a launcher to be killed, for this crate's tests only.

use std::path::Path;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.as_slice() {
        [_, command, folder, ..] if command == "launch" => launch(Path::new(folder)),
        _ => sandbox::helper::run(),
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
