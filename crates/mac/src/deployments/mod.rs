//! Deployments: shown, followed to their ends, ended.

mod live;

use std::process::ExitCode;
use std::time::Duration;

use client::Client;
use shared::{
    Deployment, DeploymentState, LogLine, LogPage, LogStream, Problem, ProblemKind, Step,
};
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::DeploymentCommand;
use crate::output::{Coded, FAILED, INTERRUPTED, Output, word};
use crate::table::{Align, boxed};
use live::Live;

/// How long the server may hold a request that has no news.
const WAIT_MS: u64 = 20_000;
/// The same while the steps' clocks are drawn.
const LIVE_WAIT_MS: u64 = 500;
/// A server that restarts is back within this many seconds.
const PATIENCE: u32 = 60;

/// Carries out a command about deployments.
pub async fn run(command: DeploymentCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let client = crate::signed_in(output)?;
    match command {
        DeploymentCommand::List => return history(None, output).await,
        DeploymentCommand::Show { id } => {
            let detail = client::deployments::read(&client, id).await?;
            output.either(&detail, || {
                let head = table(std::slice::from_ref(&detail.deployment));
                format!("{head}{}", steps(&detail.steps))
            })?;
        }
        DeploymentCommand::Log { id, follow: false } => {
            let lines = whole_log(&client, id).await?;
            let text = |line: &LogLine| format!("{}\n", line.text);
            output.either(&lines, || lines.iter().map(text).collect())?;
        }
        DeploymentCommand::Log { id, follow: true } => {
            let deployment = client::deployments::read(&client, id).await?.deployment;
            let ended = follow(&client, deployment, output).await?;
            if !has_succeeded(&ended) {
                return Ok(ExitCode::from(FAILED));
            }
        }
        DeploymentCommand::Cancel { id } => {
            let deployment = client::deployments::cancel(&client, id).await?;
            let ended = follow(&client, deployment, output).await?;
            output.either(&ended, || format!("it is {}", word(&ended.state)))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What was done, newest first.
pub async fn history(application: Option<String>, output: &Output) -> anyhow::Result<ExitCode> {
    let client = crate::signed_in(output)?;
    let mut all = client::deployments::list(&client).await?.items;
    all.retain(|one| {
        application
            .as_ref()
            .is_none_or(|name| one.application == *name)
    });
    output.either(&all, || table(&all))?;
    Ok(ExitCode::SUCCESS)
}

fn table(all: &[Deployment]) -> String {
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            [
                one.created_at.to_string(),
                word(&one.kind),
                one.application.clone(),
                one.version.clone(),
                word(&one.state),
                one.started_by.clone(),
                one.id.to_string(),
            ]
        })
        .collect();
    let titles = [
        "When",
        "What",
        "Application",
        "Version",
        "State",
        "By",
        "Id",
    ];
    boxed(Align::Left, titles, &rows)
}

fn steps(all: &[Step]) -> String {
    let code = |step: &Step| {
        step.exit_code
            .map(|code| code.to_string())
            .unwrap_or_default()
    };
    let row = |step: &Step| [step.name.clone(), word(&step.state), code(step)];
    let rows: Vec<_> = all.iter().map(row).collect();
    boxed(Align::Left, ["Step", "State", "Exit code"], &rows)
}

async fn whole_log(client: &Client, id: shared::DeploymentId) -> Result<Vec<LogLine>, Problem> {
    let mut lines: Vec<LogLine> = Vec::new();
    loop {
        let after = lines.last().map_or(0, |line| line.seq);
        let page = client::deployments::log(client, id, after, 0).await?;
        if page.lines.is_empty() {
            return Ok(lines);
        }
        lines.extend(page.lines);
    }
}

/// Prints the log line by line until the deployment has ended. Ctrl-C asks the server to end it,
/// where that can be; a second one leaves.
pub async fn follow(
    client: &Client,
    mut deployment: Deployment,
    output: &Output,
) -> anyhow::Result<Deployment> {
    let mut after = 0;
    let mut has_asked = false;
    // one for all of it, so that none is missed while something else is waited for
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut live = output.is_live().then(Live::default);
    let wait_ms = if live.is_some() {
        LIVE_WAIT_MS
    } else {
        WAIT_MS
    };
    loop {
        let page = tokio::select! {
            page = next(client, &deployment, (after, wait_ms), output) => page?,
            _ = interrupts.recv() => {
                if has_asked {
                    return Err(left(&deployment).into());
                }
                has_asked = true;
                tokio::select! {
                    () = cancel(client, &deployment, output) => continue,
                    _ = interrupts.recv() => return Err(left(&deployment).into()),
                }
            }
        };
        after = page.lines.last().map_or(after, |line| line.seq);
        deployment = page.deployment;
        match &mut live {
            Some(live) => live.draw(&page.lines, &known(client, &deployment).await)?,
            None => print_all(&page.lines, output)?,
        }
        if deployment.state.is_final() && page.lines.is_empty() {
            return Ok(deployment);
        }
    }
}

/// The steps as they stand; none while the server does not answer, as the log is what counts.
async fn known(client: &Client, deployment: &Deployment) -> Vec<Step> {
    let detail = client::deployments::read(client, deployment.id).await;
    detail.map(|detail| detail.steps).unwrap_or_default()
}

fn print_all(lines: &[LogLine], output: &Output) -> std::io::Result<()> {
    lines.iter().try_for_each(|line| print(line, output))
}

fn print(line: &LogLine, output: &Output) -> std::io::Result<()> {
    match line.stream {
        LogStream::Note | LogStream::Stdout => output.progress(&format!("{}\n", line.text)),
        LogStream::Stderr => {
            output.progress_error(&line.text);
            Ok(())
        }
    }
}

fn left(deployment: &Deployment) -> Coded {
    let id = deployment.id;
    Coded {
        code: INTERRUPTED,
        words: format!("left alone; `mac deployment log -f {id}` shows how it goes on"),
    }
}

async fn cancel(client: &Client, deployment: &Deployment, output: &Output) {
    output.progress_error("ending it; Ctrl-C once more leaves it alone");
    if let Err(problem) = client::deployments::cancel(client, deployment.id).await {
        output.progress_error(&format!("mac: {}", problem.title));
    }
}

/// The next part of the log; asks again while the server does not answer.
async fn next(
    client: &Client,
    deployment: &Deployment,
    (after, wait_ms): (u64, u64),
    output: &Output,
) -> Result<LogPage, Problem> {
    let mut tries = 0;
    loop {
        match client::deployments::log(client, deployment.id, after, wait_ms).await {
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
