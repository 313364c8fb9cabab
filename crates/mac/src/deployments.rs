//! Following a deployment to its end.

use std::time::Duration;

use client::Client;
use shared::{Deployment, DeploymentState, LogPage, LogStream, Problem, ProblemKind};

use crate::output::Output;

/// How long the server may hold a request that has no news.
const WAIT_MS: u64 = 20_000;
/// A server that restarts is back within this many seconds.
const PATIENCE: u32 = 60;

/// Prints the log line by line until the deployment has ended.
pub async fn follow(
    client: &Client,
    mut deployment: Deployment,
    output: &Output,
) -> anyhow::Result<Deployment> {
    let mut after = 0;
    loop {
        let page = next(client, &deployment, after, output).await?;
        for line in &page.lines {
            after = line.seq;
            match line.stream {
                LogStream::Note | LogStream::Stdout => {
                    output.progress(&format!("{}\n", line.text))?
                }
                LogStream::Stderr => output.progress_error(&line.text),
            }
        }
        deployment = page.deployment;
        if deployment.state.is_final() && page.lines.is_empty() {
            return Ok(deployment);
        }
    }
}

/// The next part of the log; asks again while the server does not answer.
async fn next(
    client: &Client,
    deployment: &Deployment,
    after: u64,
    output: &Output,
) -> Result<LogPage, Problem> {
    let mut tries = 0;
    loop {
        match client::deployments::log(client, deployment.id, after, WAIT_MS).await {
            Err(problem) if problem.kind == ProblemKind::Unreachable && tries < PATIENCE => {
                if tries == 0 {
                    output.progress_error("the server does not answer; asking again");
                }
                tries += 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            answer => return answer,
        }
    }
}

/// Whether it did what it was asked to; says why not.
pub fn has_succeeded(deployment: &Deployment) -> bool {
    if deployment.state == DeploymentState::Succeeded {
        return true;
    }
    let why = deployment.error.as_deref().unwrap_or("the log says why");
    let (name, version) = (&deployment.application, &deployment.version);
    eprintln!("mac: {name} {version} did not succeed: {why}");
    false
}
