//! The helper subcommands, and launchers to be killed or asked, for this crate's tests only.

use std::path::Path;

mod container;

use container::Kind;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.as_slice() {
        [_, command, folder, ..] if command == "launch" => launch(Path::new(folder)),
        [_, command, folder] if command == "level" => level(Path::new(folder)),
        [_, command, words @ ..] if command == "contained" => {
            match container::run(Kind::Plain, words)? {}
        }
        [_, command, words @ ..] if command == "contained-with-groups" => {
            match container::run(Kind::WithGroups, words)? {}
        }
        [_, command, words @ ..] if command == "contained-without-landlock" => {
            match container::run(Kind::WithoutLandlock, words)? {}
        }
        _ => sandbox::helper::run(),
    }
}

/// Runs a command in a sandbox: the folder for homes and sockets, then a script, then the tenant.
#[tokio::main(flavor = "current_thread")]
async fn launch(folder: &Path) -> anyhow::Result<()> {
    let script = std::env::args().nth(3).unwrap_or_default();
    let launcher = sandbox::Launcher::new(std::env::current_exe()?, folder.join("run")).await?;
    let tenant = std::env::args()
        .nth(4)
        .map_or(Ok(1), |tenant| tenant.parse())?;
    let spec = sandbox::Spec::new(["/bin/bash", "-c", &script], folder.join("home"), tenant);
    launcher.spawn(spec).await?.wait().await?;
    Ok(())
}

/// Prints the level that a launcher finds, and what is missing.
#[tokio::main(flavor = "current_thread")]
async fn level(folder: &Path) -> anyhow::Result<()> {
    let launcher = sandbox::Launcher::new(std::env::current_exe()?, folder.join("run")).await?;
    println!("{}", serde_json::to_string(launcher.level())?);
    Ok(())
}
