//! Other programs, run in the open.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, ensure};

/// The folder that the workspace lies in.
///
/// Asked of cargo at run time: several checkouts may share one target folder, and a binary built
/// in another one would remember that one's path.
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    here.ancestors()
        .nth(2)
        .map(PathBuf::from)
        .unwrap_or_default()
}

/// The folder that cargo builds into.
pub fn target() -> anyhow::Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec()
        .context("ask cargo for its target folder")?;
    Ok(metadata.target_directory.into())
}

/// Builds every program of the workspace, and says where they lie.
///
/// Always all of them: with fewer packages chosen, cargo unites other features and compiles
/// dependencies again.
pub fn build() -> anyhow::Result<PathBuf> {
    build_with(&[])
}

/// The same as people are to use it, and as it is measured: the server's own code is compiled for speed,
/// which takes three times as long. What it depends on is the same.
pub fn build_for_people() -> anyhow::Result<PathBuf> {
    build_with(&["--config", "profile.dev.package.backend.opt-level=1"])
}

fn build_with(more: &[&str]) -> anyhow::Result<PathBuf> {
    let arguments = [&["build", "--workspace", "--bins"], more].concat();
    run(&mut command("cargo", &arguments))?;
    Ok(target()?.join("debug"))
}

/// A command that runs in the workspace's folder.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Shows a command, runs it, and fails with its name when it fails.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = shown(command);
    eprintln!("→ {shown}");
    let status = command.status().with_context(|| format!("start {shown}"))?;
    ensure!(status.success(), "{shown} ended with {status}");
    Ok(())
}

/// Whether a program of this name is on the path.
pub fn is_there(program: &str) -> bool {
    find(program).is_some()
}

/// Where on the path a program of this name lies.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.exists())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::{command, root, run};

    #[test]
    fn the_root_is_where_cargo_runs_now() {
        assert!(root().join("Cargo.lock").exists(), "{}", root().display());
    }

    #[test]
    fn a_failed_command_is_named() {
        let error = run(&mut command("sh", &["-c", "exit 3"]))
            .unwrap_err()
            .to_string();
        assert_eq!(error, "sh -c exit 3 ended with exit status: 3");
    }
}
