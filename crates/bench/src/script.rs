//! Scripts that measure in a real browser, each beside the one that loads the overview.

use anyhow::{Context, ensure};
use serde::de::DeserializeOwned;
use tokio::process::Command;

use crate::{Built, server::Server};

/// Runs a script against a server; what it prints.
pub async fn run<T: DeserializeOwned>(
    script: &str,
    server: &Server,
    built: &Built,
) -> anyhow::Result<T> {
    let output = Command::new("node")
        .arg(built.first_load.with_file_name(script))
        .arg(format!("http://localhost:{}/", server.address.port()))
        .output()
        .await
        .context("start node")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{script} failed in a browser: {said}"
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}
