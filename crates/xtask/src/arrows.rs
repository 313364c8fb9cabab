//! Which crate may use which: the arrows of ARCHITECTURE.md, and no others.

use anyhow::{Context, ensure};
use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::process;

/// A crate, and the crates of ours that it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("shared", &[]),
    ("rollout", &["shared"]),
    ("macfile", &["shared"]),
    ("forms", &[]),
    ("lesson", &["shared", "forms"]),
    ("client", &["shared"]),
    ("cloud", &["shared"]),
    ("sandbox", &[]),
    ("proxy", &[]),
    ("routing", &["shared", "proxy"]),
    ("frontend", &["client", "shared", "rollout", "forms"]),
    ("mac", &["client", "shared", "macfile", "lesson"]),
    ("pty", &["proxy", "sandbox", "shared"]),
    ("emulator", &["sandbox", "proxy"]),
    (
        "backend",
        &[
            "shared", "rollout", "macfile", "lesson", "cloud", "sandbox", "pty", "emulator",
            "proxy", "routing",
        ],
    ),
    ("bench", &["client", "macfile", "pty", "sandbox", "shared"]),
    ("xtask", &[]),
];

/// Fails with every arrow that is not drawn.
pub fn check() -> anyhow::Result<()> {
    let metadata = MetadataCommand::new()
        .current_dir(process::root())
        .no_deps()
        .exec()
        .context("read the workspace")?;
    let ours: Vec<&str> = metadata
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        for dependency in &package.dependencies {
            let used = dependency.name.as_str();
            let counts = dependency.kind != DependencyKind::Development && ours.contains(&used);
            if counts && !is_drawn(package.name.as_str(), used) {
                wrong.push(format!("{} → {used}", package.name));
            }
        }
    }
    ensure!(
        wrong.is_empty(),
        "arrows that ARCHITECTURE.md does not draw: {}",
        wrong.join(", ")
    );
    Ok(())
}

fn is_drawn(from: &str, to: &str) -> bool {
    ARROWS
        .iter()
        .any(|(name, uses)| *name == from && uses.contains(&to))
}

#[cfg(test)]
mod tests {
    use super::is_drawn;

    #[test]
    fn the_workspace_has_only_the_arrows_that_are_drawn() {
        super::check().unwrap();
    }

    #[test]
    fn what_decides_may_not_use_what_does() {
        assert!(is_drawn("backend", "rollout"));
        assert!(!is_drawn("rollout", "backend"));
        assert!(!is_drawn("pty", "backend"));
        assert!(!is_drawn("frontend", "backend"));
    }
}
