//! What a change must pass before it is sent.

use crate::{arrows, process};

/// Format, lints on the host and for the page, documentation, arrows; stops at the first failure.
pub fn run() -> anyhow::Result<()> {
    cargo(&["fmt", "--all", "--check"])?;
    arrows::check()?;
    cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])?;
    let page = [
        "clippy",
        "--package",
        "frontend",
        "--target",
        "wasm32-unknown-unknown",
    ];
    cargo(&[&page[..], &["--", "-D", "warnings"]].concat())?;
    let mut doc = process::command("cargo", &["doc", "--workspace", "--no-deps", "--quiet"]);
    process::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    process::run(&mut process::command("cargo", arguments))
}
