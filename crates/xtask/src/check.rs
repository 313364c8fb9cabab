//! What a change must pass before it is sent.

use crate::{arrows, page, process};

/// Format, lints on the host and for the page, documentation, arrows, dependencies; stops at the
/// first failure.
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
    page::install()?;
    let of_the_page = ["clippy", "--package", "frontend", "--target", page::TARGET];
    cargo(&[&of_the_page[..], &["--", "-D", "warnings"]].concat())?;
    let mut doc = process::command("cargo", &["doc", "--workspace", "--no-deps", "--quiet"]);
    process::run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    deny()
}

/// Known holes, licences and sources of dependencies; not installed from here, as it takes minutes
/// to compile and asks the network for what is known today.
fn deny() -> anyhow::Result<()> {
    if process::is_there("cargo-deny") {
        return cargo(&["deny", "check"]);
    }
    eprintln!(
        "SKIPPED: cargo deny check (holes, licences and sources of dependencies), as cargo-deny is \
         missing; this brings it: cargo install cargo-deny --locked"
    );
    Ok(())
}

fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    process::run(&mut process::command("cargo", arguments))
}
